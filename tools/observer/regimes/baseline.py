"""A robust baseline: median and MAD of the last admitted samples, on a logarithmic scale."""

from bisect import bisect_left, insort
from collections import deque
from typing import Final

from tools.core.snapshots import Snapshot, read_int, read_ints
from tools.observer.regimes.ilog import ilog2_1p, poisson_floor_milli

# A sample and its logarithm share one integer, so that one sorted list orders both.
_VALUE_BITS: Final = 48
_MAX_LOG2: Final = (_VALUE_BITS + 1) << 10

MAX_SAMPLE: Final = (1 << _VALUE_BITS) - 1
"""Largest sample that a baseline takes."""


class Baseline:
    """Median and scale over the last `window` samples, refreshed every `refresh` admissions.

    Both are order statistics taken low (the lower of two middle values), so that the median
    is a value that was seen. The scale is
    ``max(1.4826 * MAD, Poisson floor of the median, practical floor)``.

    Parameters
    ----------
    window
        Samples kept.
    floor_milli
        Least scale, in thousandths of 1/1024 of a doubling.
    poisson
        Whether the samples are counts, whose scatter is at least that of a Poisson count.
    """

    def __init__(self, window: int, floor_milli: int, poisson: bool) -> None:
        self._window: Final = window
        self._floor_milli: Final = floor_milli
        self._poisson: Final = poisson
        self._order: deque[int] = deque()
        self._sorted: list[int] = []
        self.admitted = 0
        self.median = 0  # in the unit of the samples
        self.median_log2 = 0
        self.scale_milli = floor_milli

    def admit(self, value: int, log2: int) -> None:
        """Add a sample of 0 to `MAX_SAMPLE` with its ``ilog2_1p``; the oldest leaves a full window."""
        key = (log2 << _VALUE_BITS) | value
        if len(self._order) == self._window:
            oldest = self._order.popleft()
            del self._sorted[bisect_left(self._sorted, oldest)]
        self._order.append(key)
        insort(self._sorted, key)
        self.admitted += 1

    def refresh(self) -> None:
        """Work out median and scale anew."""
        middle = self._sorted[(len(self._sorted) - 1) // 2]
        self.median = middle & MAX_SAMPLE
        self.median_log2 = middle >> _VALUE_BITS
        scale_milli = self._mad() * 14_826 // 10
        if scale_milli < self._floor_milli:
            scale_milli = self._floor_milli
        if self._poisson:
            floor_milli = poisson_floor_milli(self.median)
            if scale_milli < floor_milli:
                scale_milli = floor_milli
        self.scale_milli = scale_milli

    def z_milli(self, log2: int) -> int:
        """Return how many thousandths of the scale a logarithm lies above the median."""
        return (log2 - self.median_log2) * 1_000_000 // self.scale_milli

    def _mad(self) -> int:
        """Return the low median of |log2 - median|: bisect for the least radius that holds half."""
        values = self._sorted
        rank = (len(values) - 1) // 2 + 1
        centre = self.median_log2
        low = 0
        high = _MAX_LOG2
        while low < high:
            radius = (low + high) // 2
            start = bisect_left(values, (centre - radius) << _VALUE_BITS)
            stop = bisect_left(values, (centre + radius + 1) << _VALUE_BITS)
            if stop - start >= rank:
                high = radius
            else:
                low = radius + 1
        return low

    def snapshot(self) -> Snapshot:
        """Return the samples in order and what was worked out from them last."""
        return {
            "admitted": self.admitted,
            "median": self.median,
            "median_log2": self.median_log2,
            "samples": [key & MAX_SAMPLE for key in self._order],
            "scale_milli": self.scale_milli,
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._order = deque()
        for value in read_ints(saved, "samples"):
            self._order.append((ilog2_1p(value) << _VALUE_BITS) | value)
        self._sorted = sorted(self._order)
        self.admitted = read_int(saved, "admitted")
        self.median = read_int(saved, "median")
        self.median_log2 = read_int(saved, "median_log2")
        self.scale_milli = read_int(saved, "scale_milli")
