"""What one resting order of ours knows of the queue in front of it."""

from abc import abstractmethod
from typing import Final, Protocol

from tools.core.snapshots import Snapshot, read_bool, read_int, read_ints, read_list
from tools.execution.netting import UNKNOWN_LOTS


class Front(Protocol):
    """The queue ahead of one order, as one model sees it. Quantities are lots of others.

    Calls come in the venue's order. `on_shown` or `on_blind` comes first, as the order
    comes to rest.
    """

    @abstractmethod
    def on_shown(self, now_ns: int, lots: int, credit_lots: int, until_ns: int) -> None:
        """Learn what is displayed at the order's price.

        Of what will be printed up to `until_ns`, `credit_lots` may be gone from `lots` already.
        """
        ...

    @abstractmethod
    def on_blind(self) -> None:
        """Learn that the order's price cannot be seen: the best has improved past it."""
        ...

    @abstractmethod
    def on_behind(self, now_ns: int, lots: int) -> None:
        """Learn from a book by level what was displayed at the order's price behind the best."""
        ...

    @abstractmethod
    def on_fell(self, lots: int) -> None:
        """Learn that displayed size left, which no earlier print explains."""
        ...

    @abstractmethod
    def on_settled(self, explained_lots: int, canceled_lots: int, shown_lots: int) -> None:
        """Learn what such a fall was: a trade printed later, or cancels that left `shown_lots`."""
        ...

    @abstractmethod
    def reach_lots(self, now_ns: int, lots: int) -> int:
        """Return how much of a print of `lots` at the order's price gets past the queue."""
        ...

    @abstractmethod
    def on_print(self, lots: int) -> None:
        """Let `lots` trade at the order's price."""
        ...

    @abstractmethod
    def beyond_lots(self, lots: int, early_lots: int) -> int:
        """Return how much of a print beyond the order's price would have come to it first.

        Of it, up to `early_lots` may have traded before the order came to rest.
        """
        ...

    @abstractmethod
    def on_beyond(self) -> None:
        """Learn that a print went beyond the order's price while it rested."""
        ...

    @abstractmethod
    def ahead_lots(self) -> int | None:
        """Return the lots ahead; None while they cannot be known."""
        ...

    @abstractmethod
    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        ...

    @abstractmethod
    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        ...


class Fronts(Protocol):
    """Makes the fronts of one model."""

    @abstractmethod
    def make(self) -> Front:
        """Return the front of an order that is about to rest."""
        ...


class _Cap:
    """A bound that a quote gave, while prints of what it already shows may still come.

    The queue is no longer than `cap`; a print gets past it from `need` on.
    """

    def __init__(self, until_ns: int, cap: int, need: int) -> None:
        self.until_ns: Final = until_ns
        self.cap: Final = cap
        self.need = need


class PlainFront(Front):
    """A front without a queue: how much of a print reaches the order depends on nothing before it."""

    def on_shown(self, now_ns: int, lots: int, credit_lots: int, until_ns: int) -> None:
        """Take no notice."""

    def on_blind(self) -> None:
        """Take no notice."""

    def on_behind(self, now_ns: int, lots: int) -> None:
        """Take no notice."""

    def on_fell(self, lots: int) -> None:
        """Take no notice."""

    def on_settled(self, explained_lots: int, canceled_lots: int, shown_lots: int) -> None:
        """Take no notice."""

    def on_print(self, lots: int) -> None:
        """Take no notice."""

    def on_beyond(self) -> None:
        """Take no notice."""

    def snapshot(self) -> Snapshot:
        """Return nothing: there is no state."""
        return {}

    def restore(self, saved: Snapshot) -> None:
        """Take nothing over."""


class UpperFront(Front):
    """The most that can be ahead: prints alone shorten it, and no queue is longer than its level.

    A quote bounds the queue by what it displays. What prints afterwards shortens that bound
    only beyond what the quote may have shown already, so that no trade counts twice,
    whichever of print and quote comes first.

    Parameters
    ----------
    join_ns
        For how long a print may come after the quote that shows it.
    parts
        Into how many parts a lot is divided; 1 where the queue is whole lots.
    """

    def __init__(self, join_ns: int, parts: int) -> None:
        self._join_ns: Final = join_ns
        self._parts: Final = parts
        self._front = UNKNOWN_LOTS  # parts
        self._caps: list[_Cap] = []

    def on_shown(self, now_ns: int, lots: int, credit_lots: int, until_ns: int) -> None:
        """Bound the queue by what is displayed."""
        self._pass_time(now_ns)
        cap = lots * self._parts
        if cap >= self._front:
            return
        if credit_lots == 0:
            self._front = cap
        elif credit_lots >= UNKNOWN_LOTS:
            self._caps.append(_Cap(until_ns, cap, UNKNOWN_LOTS))
        else:
            self._caps.append(_Cap(until_ns, cap, cap + credit_lots * self._parts))

    def on_blind(self) -> None:
        """Keep what is known."""

    def on_behind(self, now_ns: int, lots: int) -> None:
        """Bound the queue by what was displayed, once prints of before have all come."""
        self.on_shown(now_ns, lots, UNKNOWN_LOTS, now_ns + self._join_ns)

    def on_fell(self, lots: int) -> None:
        """Assume that it was not ahead."""

    def on_settled(self, explained_lots: int, canceled_lots: int, shown_lots: int) -> None:
        """Assume that it was not ahead."""

    def reach_lots(self, now_ns: int, lots: int) -> int:
        """Return what is left of a print after the queue, by the bound that needs least."""
        self._pass_time(now_ns)
        need = self._front
        for cap in self._caps:
            need = min(need, cap.need)
        return max(0, (lots * self._parts - need) // self._parts)

    def on_print(self, lots: int) -> None:
        """Shorten every bound."""
        traded = lots * self._parts
        if self._front < UNKNOWN_LOTS:
            self._front = max(0, self._front - traded)
        for cap in self._caps:
            if cap.need < UNKNOWN_LOTS:
                cap.need = max(0, cap.need - traded)

    def beyond_lots(self, lots: int, early_lots: int) -> int:
        """Return what is certain to have traded after the order came to rest."""
        return max(0, lots - early_lots)

    def on_beyond(self) -> None:
        """Know that nothing is ahead."""
        self._front = 0
        self._caps = []

    def ahead_lots(self) -> int | None:
        """Return the best bound, rounded up to whole lots."""
        front = self._front
        for cap in self._caps:
            front = min(front, cap.cap, cap.need)
        return None if front >= UNKNOWN_LOTS else -(-front // self._parts)

    def _pass_time(self, now_ns: int) -> None:
        """Take over the bounds whose trades have all been printed by now."""
        while self._caps and self._caps[0].until_ns < now_ns:
            cap = self._caps.pop(0)
            self._front = min(self._front, cap.cap, cap.need)

    def snapshot(self) -> Snapshot:
        """Return the bounds."""
        caps: list[object] = []
        for cap in self._caps:
            caps.append([cap.until_ns, cap.cap, cap.need])
        return {"caps": caps, "front": self._front}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._front = read_int(saved, "front")
        self._caps = []
        for item in read_list(saved, "caps"):
            until_ns, cap, need = read_ints({"cap": item}, "cap")
            self._caps.append(_Cap(until_ns, cap, need))


class LowerFront(Front):
    """The least that can be ahead: whatever left the level, left from before us.

    A fall counts when it shows, a print when it comes. Where the fall came first, the same
    trade counts twice until the fall is settled; then once. Behind the best anything may
    have gone unseen, so nothing is left. The figure is kept below 0 too, since what is
    given back must go back to what was taken from.
    """

    def __init__(self) -> None:
        self._front_lots = UNKNOWN_LOTS
        self._lost = False  # nobody can be said to be ahead any more

    def on_shown(self, now_ns: int, lots: int, credit_lots: int, until_ns: int) -> None:
        """Know that no queue is longer than its level."""
        self._front_lots = min(self._front_lots, lots)

    def on_blind(self) -> None:
        """Assume that all that was ahead has gone."""
        self._lost = True

    def on_behind(self, now_ns: int, lots: int) -> None:
        """Keep assuming that all has gone: others may have come behind us in its place."""

    def on_fell(self, lots: int) -> None:
        """Assume that it was ahead, and no part of a trade still to be printed."""
        self._front_lots -= lots

    def on_settled(self, explained_lots: int, canceled_lots: int, shown_lots: int) -> None:
        """Give back what was counted twice."""
        self._front_lots += explained_lots

    def reach_lots(self, now_ns: int, lots: int) -> int:
        """Return what is left of a print after the queue."""
        return max(0, lots - (self.ahead_lots() or 0))

    def on_print(self, lots: int) -> None:
        """Shorten the queue."""
        self._front_lots -= lots

    def beyond_lots(self, lots: int, early_lots: int) -> int:
        """Assume that all of it came after us."""
        return lots

    def on_beyond(self) -> None:
        """Know that nothing is ahead."""
        self._lost = True

    def ahead_lots(self) -> int | None:
        """Return the bound."""
        return 0 if self._lost else max(0, self._front_lots)

    def snapshot(self) -> Snapshot:
        """Return the bound."""
        return {"front_lots": self._front_lots, "lost": self._lost}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._front_lots = read_int(saved, "front_lots")
        self._lost = read_bool(saved, "lost")
