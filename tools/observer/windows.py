"""Exact rolling windows over ``(t - w, t]``, all integers, O(1) amortised.

Every window is written at the time of an event and read at the time of an evaluation.
Reading at `now_ns` first drops what lies at or before ``now_ns - width_ns``, so a window
empties by itself when nothing happens. Times given to one window never decrease; the
observer sees to that.

The containers are lists with a moving head, cut when more than half is dead: as fast as a
deque interpreted and twice as fast compiled.
"""

from bisect import bisect_left, insort
from typing import Final

from tools.core.snapshots import Snapshot, read_ints
from tools.core.units import PPM

_CUT: Final = 512  # dead entries before a list is cut


def rank_of(count: int, quantile_ppm: int) -> int:
    """Return the 0-based nearest rank of a quantile among `count` > 0 sorted values."""
    rank = (count * quantile_ppm + PPM - 1) // PPM - 1
    return rank if rank > 0 else 0


class CountWindow:
    """How many events fell into the last `width_ns`."""

    def __init__(self, width_ns: int) -> None:
        self.width_ns: Final = width_ns
        self._times: list[int] = []
        self._head = 0

    def add(self, time_ns: int) -> None:
        """Count one event at `time_ns`."""
        self._times.append(time_ns)

    def count(self, now_ns: int) -> int:
        """Return the number of events in ``(now_ns - width_ns, now_ns]``."""
        times = self._times
        head = self._head
        size = len(times)
        edge = now_ns - self.width_ns
        while head < size and times[head] <= edge:
            head += 1
        if head > _CUT and head + head > size:
            del times[:head]
            self._head = 0
        else:
            self._head = head
        return size - head

    def snapshot(self) -> Snapshot:
        """Return the times still held."""
        return {"times": self._times[self._head :]}

    def restore(self, state: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._times = read_ints(state, "times")
        self._head = 0


class SumWindow:
    """Sum of the values that fell into the last `width_ns`; an empty window is exactly 0."""

    def __init__(self, width_ns: int) -> None:
        self.width_ns: Final = width_ns
        self._times: list[int] = []
        self._values: list[int] = []
        self._head = 0
        self._total = 0

    def add(self, time_ns: int, value: int) -> None:
        """Add `value` at `time_ns`."""
        self._times.append(time_ns)
        self._values.append(value)
        self._total += value

    def total(self, now_ns: int) -> int:
        """Return the sum over ``(now_ns - width_ns, now_ns]``."""
        times = self._times
        head = self._head
        size = len(times)
        edge = now_ns - self.width_ns
        while head < size and times[head] <= edge:
            self._total -= self._values[head]
            head += 1
        if head > _CUT and head + head > size:
            del times[:head]
            del self._values[:head]
            head = 0
        self._head = head
        return self._total

    def snapshot(self) -> Snapshot:
        """Return the times and values still held."""
        return {"times": self._times[self._head :], "values": self._values[self._head :]}

    def restore(self, state: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._times = read_ints(state, "times")
        self._values = read_ints(state, "values")
        self._head = 0
        self._total = sum(self._values)


class SortedWindow:
    """Exact quantiles of the values that fell into the last `width`.

    Adding and dropping cost O(log n) comparisons and one block move, so this is for
    windows of some thousand values, such as one-second samples over an hour. The unit of
    time is the caller's.
    """

    def __init__(self, width: int) -> None:
        self.width: Final = width
        self._times: list[int] = []
        self._values: list[int] = []
        self._head = 0
        self._sorted: list[int] = []

    def add(self, time: int, value: int) -> None:
        """Add `value` at `time`."""
        self._times.append(time)
        self._values.append(value)
        insort(self._sorted, value)

    def count(self, now: int) -> int:
        """Return how many values lie in ``(now - width, now]``."""
        times = self._times
        head = self._head
        size = len(times)
        edge = now - self.width
        while head < size and times[head] <= edge:
            del self._sorted[bisect_left(self._sorted, self._values[head])]
            head += 1
        if head > _CUT and head + head > size:
            del times[:head]
            del self._values[:head]
            self._head = 0
        else:
            self._head = head
        return size - head

    def quantile(self, now: int, quantile_ppm: int) -> int | None:
        """Return the nearest-rank quantile at `now`; None when the window is empty."""
        count = self.count(now)
        if count == 0:
            return None
        return self._sorted[rank_of(count, quantile_ppm)]

    def snapshot(self) -> Snapshot:
        """Return the times and values still held."""
        return {"times": self._times[self._head :], "values": self._values[self._head :]}

    def restore(self, state: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._times = read_ints(state, "times")
        self._values = read_ints(state, "values")
        self._head = 0
        self._sorted = sorted(self._values)


class MaxWindow:
    """Largest of the values that fell into the last `width_ns`; 0 when there is none.

    For rare events: it keeps only the values that can still become the largest.
    """

    def __init__(self, width_ns: int) -> None:
        self.width_ns: Final = width_ns
        self._times: list[int] = []
        self._values: list[int] = []

    def add(self, time_ns: int, value: int) -> None:
        """Add `value` at `time_ns`."""
        while self._values and self._values[-1] <= value:
            self._values.pop()
            self._times.pop()
        self._times.append(time_ns)
        self._values.append(value)

    def largest(self, now_ns: int) -> int:
        """Return the largest value in ``(now_ns - width_ns, now_ns]``, or 0."""
        if not self._times:
            return 0
        edge = now_ns - self.width_ns
        dead = 0
        while dead < len(self._times) and self._times[dead] <= edge:
            dead += 1
        if dead:
            del self._times[:dead]
            del self._values[:dead]
        return self._values[0] if self._values else 0

    def snapshot(self) -> Snapshot:
        """Return the times and values still held."""
        return {"times": list(self._times), "values": list(self._values)}

    def restore(self, state: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._times = read_ints(state, "times")
        self._values = read_ints(state, "values")
