"""One side of an order book: exact sizes by price, from the best level to a known horizon."""

from bisect import bisect_left, insort
from typing import Final

from tools.core.errors import InvariantError, UsageError
from tools.core.snapshots import Snapshot, read_int, read_ints, read_opt

BID: Final = 1
ASK: Final = -1


class Ladder:
    """The levels of one side, best first.

    A ladder knows a side from its best price to `horizon_ticks` and says nothing beyond it.
    A snapshot names a limited number of levels, so its worst level is the first horizon.
    Changes beyond the horizon are not kept: what else rests there is not known. When more
    than `max_levels` levels are inside, the worst are forgotten and the horizon moves in
    to the worst that is left. It moves out only by another snapshot. So at every moment the
    ladder is the venue's side, cut at the horizon.

    Levels are kept under ``sign * price``, so that the best has the largest key and stands
    last in the sorted list, where it costs nothing to insert and to remove.

    Parameters
    ----------
    sign
        `BID` or `ASK`.
    max_levels
        Most levels kept, at least 1.
    """

    def __init__(self, sign: int, max_levels: int) -> None:
        self.sign: Final = sign
        self.max_levels: Final = max_levels
        self.forgotten = 0  # changes not kept and levels dropped, because of horizon or bound
        self._keys: list[int] = []
        self._lots: dict[int, int] = {}
        self._horizon: int | None = None

    def __len__(self) -> int:
        return len(self._keys)

    def clear(self) -> None:
        """Forget every level; the horizon too."""
        self._keys = []
        self._lots = {}
        self._horizon = None

    def load(self, levels: tuple[tuple[int, int], ...]) -> None:
        """Take over one side of a snapshot, ``(price_ticks, lots)`` in any order, lots > 0."""
        self._lots = {}
        for price_ticks, lots in levels:
            self._lots[self.sign * price_ticks] = lots
        self._keys = sorted(self._lots)
        self._horizon = self._keys[0] if self._keys else None
        self._bound()

    def put(self, price_ticks: int, lots: int) -> int | None:
        """Let a level have `lots` (0 removes it); return the lots before, None beyond the horizon."""
        key = self.sign * price_ticks
        horizon = self._horizon
        if horizon is None or key < horizon:
            self.forgotten += 1
            return None
        before = self._lots.get(key, 0)
        if lots:
            if not before:
                insort(self._keys, key)
            self._lots[key] = lots
            if len(self._keys) > self.max_levels:
                self._bound()
        elif before:
            del self._lots[key]
            del self._keys[bisect_left(self._keys, key)]
        return before

    def _bound(self) -> None:
        excess = len(self._keys) - self.max_levels
        if excess <= 0:
            return
        for key in self._keys[:excess]:
            del self._lots[key]
        del self._keys[:excess]
        self.forgotten += excess
        self._horizon = self._keys[0]

    @property
    def best_ticks(self) -> int | None:
        """Price of the best level; None when no level is left inside the horizon."""
        return self.sign * self._keys[-1] if self._keys else None

    @property
    def best_lots(self) -> int | None:
        """Size of the best level; None when no level is left inside the horizon."""
        return self._lots[self._keys[-1]] if self._keys else None

    @property
    def horizon_ticks(self) -> int | None:
        """Worst price up to which every level is known; None before a snapshot."""
        return None if self._horizon is None else self.sign * self._horizon

    def knows(self, price_ticks: int) -> bool:
        """Return whether the horizon reaches to this price."""
        return self._horizon is not None and self.sign * price_ticks >= self._horizon

    def lots_at(self, price_ticks: int) -> int | None:
        """Return the size at a price, 0 where nothing rests; None beyond the horizon."""
        if not self.knows(price_ticks):
            return None
        return self._lots.get(self.sign * price_ticks, 0)

    def lots_through(self, price_ticks: int) -> int | None:
        """Return the size resting at this price or better; None beyond the horizon."""
        if not self.knows(price_ticks):
            return None
        first = bisect_left(self._keys, self.sign * price_ticks)
        total_lots = 0
        for key in self._keys[first:]:
            total_lots += self._lots[key]
        return total_lots

    def money_through_htl(self, price_ticks: int) -> int | None:
        """Return the value resting at this price or better, in half-tick x lot; None beyond."""
        if not self.knows(price_ticks):
            return None
        first = bisect_left(self._keys, self.sign * price_ticks)
        total_htl = 0
        for key in self._keys[first:]:
            total_htl += key * self._lots[key]
        return 2 * self.sign * total_htl

    def levels(self, count: int) -> list[tuple[int, int]]:
        """Return up to `count` levels as ``(price_ticks, lots)``, best first."""
        if count < 0:
            raise UsageError(f"levels({count}): ask for 0 levels or more")
        first = max(len(self._keys) - count, 0)
        return [(self.sign * key, self._lots[key]) for key in reversed(self._keys[first:])]

    def snapshot(self) -> Snapshot:
        """Return the whole state."""
        return {
            "forgotten": self.forgotten,
            "horizon": self._horizon,
            "keys": list(self._keys),
            "lots": [self._lots[key] for key in self._keys],
        }

    def restore(self, state: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        keys = read_ints(state, "keys")
        lots = read_ints(state, "lots")
        if len(keys) != len(lots):
            raise InvariantError("snapshot: a ladder has other sizes than prices")
        self.forgotten = read_int(state, "forgotten")
        self._horizon = read_opt(state, "horizon")
        self._keys = keys
        self._lots = {}
        for index, key in enumerate(keys):
            self._lots[key] = lots[index]
