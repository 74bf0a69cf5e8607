"""Prints and falls of displayed size at one price: which explains which.

A trade takes size off the level at which it happens, and shows twice: as a print, and in the
quote that follows. The two come over different streams, in either order. A fall of the
displayed size is *tentative*: prints within `JOIN_NS` of it, earlier or later, explain it, and
what they leave was cancelled.

Which print belongs to which fall cannot be known, only bounded, and the two bounds want
opposite errors. So there are two accounts. In the one, a print and a fall explain each other
as soon as both are there: what is left of the falls is the most that prints to come may be
of. In the other, a print takes away from earlier falls only when those have grown old; until
then both stand, which is the most that can have gone.
"""

from typing import Final

from tools.core.snapshots import Snapshot, read_int, read_ints, read_list, read_opt
from tools.core.units import NS_PER_MS

JOIN_NS: Final = 50 * NS_PER_MS
"""A print and a fall may belong together if they are no further apart than this."""

UNKNOWN_LOTS: Final = 1 << 60
"""More lots than there are: a queue, or a fall, whose size cannot be known."""


class Fall:
    """Size that left a level in one quote, and that no earlier print explains.

    `open_lots` is what no print explains, earlier or later; `lots` what no earlier one does.
    """

    def __init__(self, at_ns: int, lots: int, open_lots: int, shown_lots: int) -> None:
        self.at_ns: Final = at_ns
        self.lots: Final = lots
        self.open_lots = open_lots
        self.shown_lots: Final = shown_lots  # displayed after it


class _Print:
    """A print, and how many of its lots have explained nothing yet, in either account."""

    def __init__(self, at_ns: int, left_lots: int, free_lots: int) -> None:
        self.at_ns: Final = at_ns
        self.left_lots = left_lots  # against falls that came later, or have grown old
        self.free_lots = free_lots  # against all


class Level:
    """One price of one side: what is displayed there, and what happened there of late.

    Attributes
    ----------
    shown_lots
        The size displayed by others; None while it cannot be seen, which at the top of a
        book is everywhere behind the best.
    orders
        How many orders of ours rest here.
    """

    def __init__(self, price_ticks: int, shown_lots: int | None, join_ns: int) -> None:
        self.price_ticks: Final = price_ticks
        self.shown_lots = shown_lots
        self.orders = 0
        self._join_ns: Final = join_ns
        self._falls: list[Fall] = []
        self._prints: list[_Print] = []
        self._known_ns: int | None = None  # since when its size can be seen again

    def came_to_light(self, now_ns: int) -> None:
        """Note that what had happened here up to now could not be seen."""
        self._known_ns = now_ns
        self._prints = []

    def on_quote(self, shown_lots: int | None, now_ns: int) -> int:
        """Take over the displayed size; return by how much it fell beyond what prints explain."""
        before_lots = self.shown_lots
        self.shown_lots = shown_lots
        if shown_lots is None:
            return 0
        if before_lots is None:
            self.came_to_light(now_ns)
            return 0
        fell_lots = before_lots - shown_lots
        if fell_lots <= 0:
            return 0
        open_lots = fell_lots
        for printed in self._prints:
            if printed.at_ns + self._join_ns >= now_ns:
                explained_lots = min(printed.left_lots, fell_lots)
                printed.left_lots -= explained_lots
                fell_lots -= explained_lots
                explained_lots = min(printed.free_lots, open_lots)
                printed.free_lots -= explained_lots
                open_lots -= explained_lots
        if fell_lots > 0 or open_lots > 0:
            self._falls.append(Fall(now_ns, fell_lots, open_lots, shown_lots))
        return fell_lots

    def on_print(self, lots: int, now_ns: int) -> None:
        """Take in a print at this price.

        One that may be of a trade from when the level could not be seen explains nothing.
        """
        if self._dim(now_ns):
            return
        free_lots = lots
        for fall in self._falls:
            if fall.at_ns + self._join_ns >= now_ns:
                explained_lots = min(fall.open_lots, free_lots)
                fall.open_lots -= explained_lots
                free_lots -= explained_lots
        self._prints.append(_Print(now_ns, lots, free_lots))

    def _dim(self, now_ns: int) -> bool:
        return self._known_ns is not None and now_ns <= self._known_ns + self._join_ns

    def credit_lots(self, now_ns: int) -> int:
        """Return how much of what will be printed the displayed size may already show."""
        if self._dim(now_ns):
            return UNKNOWN_LOTS
        lots = 0
        for fall in self._falls:
            if fall.at_ns + self._join_ns >= now_ns:
                lots += fall.open_lots
        return lots

    def credit_until_ns(self, now_ns: int) -> int:
        """Return until when prints of what the displayed size may already show can come."""
        until_ns = now_ns
        if self._known_ns is not None:
            until_ns = max(until_ns, self._known_ns + self._join_ns)
        for fall in self._falls:
            if fall.open_lots > 0:
                until_ns = max(until_ns, fall.at_ns + self._join_ns)
        return until_ns

    def early_lots(self, now_ns: int, rested_ns: int) -> int:
        """Return how much of a print of now may have been traded up to `rested_ns`."""
        if rested_ns + self._join_ns < now_ns:
            return 0
        if self._dim(now_ns):
            return UNKNOWN_LOTS
        lots = 0
        for fall in self._falls:
            if fall.at_ns <= rested_ns and fall.at_ns + self._join_ns >= now_ns:
                lots += fall.open_lots
        return lots

    def settled(self, now_ns: int) -> Fall | None:
        """Take out the oldest fall that no print to come can explain; None if there is none."""
        if self._falls and self._falls[0].at_ns + self._join_ns < now_ns:
            return self._falls.pop(0)
        while self._prints and self._prints[0].at_ns + self._join_ns < now_ns:
            del self._prints[0]
        return None

    def explain(self, fall: Fall) -> list[tuple[int, int]]:
        """Return the later prints that explain a settled fall, as (time, lots), and use them up."""
        out: list[tuple[int, int]] = []
        left_lots = fall.lots
        for printed in self._prints:
            if left_lots > 0 and printed.left_lots > 0 and abs(printed.at_ns - fall.at_ns) <= self._join_ns:
                explained_lots = min(printed.left_lots, left_lots)
                printed.left_lots -= explained_lots
                left_lots -= explained_lots
                out.append((printed.at_ns, explained_lots))
        return out

    def idle(self, now_ns: int) -> bool:
        """Return True if nothing here matters any more; no order of ours, nothing of late."""
        return not (self.orders > 0 or self._falls or self._prints or self._dim(now_ns))

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        falls: list[object] = []
        for fall in self._falls:
            falls.append([fall.at_ns, fall.lots, fall.open_lots, fall.shown_lots])
        prints: list[object] = []
        for printed in self._prints:
            prints.append([printed.at_ns, printed.left_lots, printed.free_lots])
        return {
            "falls": falls,
            "known_ns": self._known_ns,
            "orders": self.orders,
            "price_ticks": self.price_ticks,
            "prints": prints,
            "shown_lots": self.shown_lots,
        }


def level_from(saved: Snapshot, join_ns: int) -> Level:
    """Return the level that `Level.snapshot` wrote."""
    level = Level(read_int(saved, "price_ticks"), read_opt(saved, "shown_lots"), join_ns)
    level.orders = read_int(saved, "orders")
    level._known_ns = read_opt(saved, "known_ns")
    for item in read_list(saved, "falls"):
        at_ns, lots, open_lots, shown_lots = read_ints({"fall": item}, "fall")
        level._falls.append(Fall(at_ns, lots, open_lots, shown_lots))
    for item in read_list(saved, "prints"):
        at_ns, left_lots, free_lots = read_ints({"print": item}, "print")
        level._prints.append(_Print(at_ns, left_lots, free_lots))
    return level
