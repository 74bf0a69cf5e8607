"""When an order of ours is too large for a recorded market to stand for what would have happened."""

from typing import Final

from tools.core.snapshots import Snapshot, read_int, read_ints
from tools.core.units import NS_PER_S

_SECONDS: Final = 60

# An order is suspect if it is more than one part in so many.
_OF_TAKEN_LEVEL: Final = 20  # of the size displayed where it takes
_OF_MINUTE: Final = 10  # of what was printed in the last minute
_OF_JOINED_LEVEL: Final = 5  # of the size displayed where it rests; at a price of its own it is all of it


class MinuteVolume:
    """What was printed in the last minute, by whole seconds, the running one included."""

    def __init__(self) -> None:
        self._by_second: list[int] = [0] * _SECONDS
        self._second = 0
        self._total_lots = 0

    def add(self, time_ns: int, lots: int) -> None:
        """Count a print."""
        self._pass(time_ns)
        self._by_second[self._second % _SECONDS] += lots
        self._total_lots += lots

    def lots(self, time_ns: int) -> int:
        """Return the sum as of `time_ns`."""
        self._pass(time_ns)
        return self._total_lots

    def _pass(self, time_ns: int) -> None:
        second = time_ns // NS_PER_S
        if second <= self._second:
            return
        for late in range(max(self._second + 1, second - _SECONDS + 1), second + 1):
            at = late % _SECONDS
            self._total_lots -= self._by_second[at]
            self._by_second[at] = 0
        self._second = second

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        return {"by_second": list(self._by_second), "second": self._second}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._by_second = read_ints(saved, "by_second")
        self._second = read_int(saved, "second")
        self._total_lots = sum(self._by_second)


def outsized(qty_lots: int, minute_lots: int) -> bool:
    """Return True if an order is too large for what was printed in the last minute."""
    return qty_lots * _OF_MINUTE > minute_lots


def takes_much(qty_lots: int, shown_lots: int) -> bool:
    """Return True if an order is too large for the level that it takes from."""
    return qty_lots * _OF_TAKEN_LEVEL > shown_lots


def joins_much(qty_lots: int, shown_lots: int) -> bool:
    """Return True if an order is too large for the level that it joins."""
    return qty_lots * _OF_JOINED_LEVEL > shown_lots
