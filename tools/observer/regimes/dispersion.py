"""How clustered a flow of counts is: variance over mean of its blocks, robustly."""

from typing import Final

from tools.core.snapshots import Snapshot, read_int
from tools.core.units import PPM

_CLIP: Final = 9  # a squared difference counts up to three standard deviations
_CLIP_AFTER: Final = 12  # blocks before there is something to clip by


class Dispersion:
    """Variance over mean of counts in blocks of `block` samples; never below 1, which is Poisson.

    Neighbouring blocks are compared, so that a slow change of the rate does not count:
    ``F = sum (b - a)^2 / sum (b + a)`` over the last `memory` pairs, older ones fading.
    """

    def __init__(self, block: int, memory: int) -> None:
        self._block: Final = block
        self._memory: Final = memory
        self._pairs = 0
        self._squares = 0
        self._totals = 0
        self._before = -1  # the block before; -1 is none
        self._total = 0
        self._samples = 0
        self._ppm = PPM

    def ppm(self) -> int:
        """Return the dispersion."""
        return self._ppm

    def add(self, x: int) -> None:
        """Take in the next sample."""
        self._total += x
        self._samples += 1
        if self._samples < self._block:
            return
        if self._before >= 0:
            self._pair(self._total - self._before, self._total + self._before)
        self._before = self._total
        self._total = 0
        self._samples = 0

    def _pair(self, difference: int, total: int) -> None:
        square = difference * difference
        if self._pairs >= _CLIP_AFTER:
            square = min(square, _CLIP * self._ppm * total // PPM)
        if self._pairs < self._memory:
            self._pairs += 1
        else:
            self._squares -= self._squares // self._memory
            self._totals -= self._totals // self._memory
        self._squares += square
        self._totals += total
        self._ppm = max(PPM, self._squares * PPM // max(self._totals, 1))

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        return {
            "before": self._before,
            "pairs": self._pairs,
            "ppm": self._ppm,
            "samples": self._samples,
            "squares": self._squares,
            "total": self._total,
            "totals": self._totals,
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._before = read_int(saved, "before")
        self._pairs = read_int(saved, "pairs")
        self._ppm = read_int(saved, "ppm")
        self._samples = read_int(saved, "samples")
        self._squares = read_int(saved, "squares")
        self._total = read_int(saved, "total")
        self._totals = read_int(saved, "totals")
