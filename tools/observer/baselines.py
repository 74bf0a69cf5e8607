"""What is usual for this instrument: medians of one-second samples, taken at ticks.

Every limit that is not absolute is a multiple of one of these. A baseline covers what has
been seen, up to its width, and is None before it holds `min_samples` samples.
"""

from dataclasses import dataclass
from typing import Final

from tools.core.errors import ConfigError
from tools.core.histogram import LogHistRing
from tools.core.snapshots import Snapshot, read_int, read_opt, read_part
from tools.core.start import StartConfig
from tools.core.units import NS_PER_S
from tools.observer.windows import SortedWindow

_HOUR_NS: Final = 3_600 * NS_PER_S
_MEDIAN: Final = 500_000
_BITS_24H: Final = 7
_UPPER_QUARTILE: Final = 750_000
# The standard deviation of a normal variable is 1.4826 times the median and 0.8693 times
# the upper quartile of its absolute value.
_FROM_MEDIAN: Final = 14_826
_FROM_UPPER_QUARTILE: Final = 8_693
_ROBUST_DEN: Final = 10_000


@dataclass(frozen=True, kw_only=True)
class BaselineConfig:
    """What a sample is, and how often a baseline is worked out.

    Parameters
    ----------
    refresh_ticks
        A warm baseline is worked out anew every so many ticks.
    stale_ns
        A second is no sample when the link has been silent for longer than this and
        than three times its usual longest gap.
    move_floor_ht
        Smallest scale of the 10 s move: a market that never moves has no scale of its own.
    """

    refresh_ticks: int = 5
    stale_ns: int = 3 * NS_PER_S
    move_floor_ht: int = 1

    def __post_init__(self) -> None:
        if self.refresh_ticks < 1:
            raise ConfigError(f"baseline.refresh_ticks: must be at least 1, not {self.refresh_ticks}")
        if self.stale_ns < 1:
            raise ConfigError(f"baseline.stale_ns: must be positive, not {self.stale_ns}")
        if self.move_floor_ht < 1:
            raise ConfigError(f"baseline.move_floor_ht: must be at least 1, not {self.move_floor_ht}")


class Baselines:
    """Medians of spread, depth and movement over the last hour, and of the spread over a day.

    Attributes
    ----------
    samples
        Samples of the baseline that holds the fewest.
    warm
        Whether every baseline has its minimum.
    """

    def __init__(self, start: StartConfig, config: BaselineConfig) -> None:
        if start.min_samples > _HOUR_NS // NS_PER_S:
            raise ConfigError(f"start.min_samples: an hour holds 3600, not {start.min_samples}")
        self.config: Final = config
        self._need: Final = start.min_samples
        self.samples = 0
        self.warm = False
        self.spread_1h_ubps: int | None = None
        self.spread_24h_ubps: int | None = None
        self.depth_1h_lots: int | None = None
        self.move_scale_ht: int | None = None
        self._spread = SortedWindow(_HOUR_NS)
        self._spread_24h = LogHistRing(_HOUR_NS, 24, _BITS_24H)
        self._depth = SortedWindow(_HOUR_NS)
        self._move = SortedWindow(_HOUR_NS)
        self._ticks = 0

    def sample(
        self, now_ns: int, spread_ubps: int | None, depth_lots: int | None, move_ht: int | None
    ) -> None:
        """Take one-second samples; what is None is no sample."""
        if spread_ubps is not None and spread_ubps >= 0:
            self._spread.add(now_ns, spread_ubps)
            self._spread_24h.add(now_ns, spread_ubps)
        if depth_lots is not None:
            self._depth.add(now_ns, depth_lots)
        if move_ht is not None:
            self._move.add(now_ns, move_ht)

    def tick(self, now_ns: int) -> None:
        """Drop what is too old and, when it is time, work out the medians."""
        spreads = self._spread.count(now_ns)
        depths = self._depth.count(now_ns)
        moves = self._move.count(now_ns)
        self.samples = min(spreads, depths, moves)
        need = self._need
        was_warm = self.warm
        self.warm = self.samples >= need
        self._ticks += 1
        if was_warm and self.warm and self._ticks % self.config.refresh_ticks:
            return
        self.spread_1h_ubps = self._spread.quantile(now_ns, _MEDIAN) if spreads >= need else None
        self.depth_1h_lots = self._depth.quantile(now_ns, _MEDIAN) if depths >= need else None
        self.spread_24h_ubps = None
        if self._spread_24h.count(now_ns) >= need:
            self.spread_24h_ubps = self._spread_24h.quantile(now_ns, _MEDIAN)
        self.move_scale_ht = self._move_scale_ht(now_ns) if moves >= need else None

    def _move_scale_ht(self, now_ns: int) -> int:
        """Return the larger of two robust estimates of the standard deviation of the move.

        More than half of the moves of a quiet market are 0, and so is their median.
        """
        median_ht = self._move.quantile(now_ns, _MEDIAN) or 0
        upper_ht = self._move.quantile(now_ns, _UPPER_QUARTILE) or 0
        scale = max(median_ht * _FROM_MEDIAN, upper_ht * _FROM_UPPER_QUARTILE) // _ROBUST_DEN
        return max(self.config.move_floor_ht, scale)

    def snapshot(self) -> Snapshot:
        """Return the whole state."""
        return {
            "depth": self._depth.snapshot(),
            "depth_1h_lots": self.depth_1h_lots,
            "move": self._move.snapshot(),
            "move_scale_ht": self.move_scale_ht,
            "samples": self.samples,
            "spread": self._spread.snapshot(),
            "spread_1h_ubps": self.spread_1h_ubps,
            "spread_24h": self._spread_24h.snapshot(),
            "spread_24h_ubps": self.spread_24h_ubps,
            "ticks": self._ticks,
        }

    def restore(self, state: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._depth.restore(read_part(state, "depth"))
        self.depth_1h_lots = read_opt(state, "depth_1h_lots")
        self._move.restore(read_part(state, "move"))
        self.move_scale_ht = read_opt(state, "move_scale_ht")
        self.samples = read_int(state, "samples")
        self._spread.restore(read_part(state, "spread"))
        self.spread_1h_ubps = read_opt(state, "spread_1h_ubps")
        self._spread_24h.restore(read_part(state, "spread_24h"))
        self.spread_24h_ubps = read_opt(state, "spread_24h_ubps")
        self._ticks = read_int(state, "ticks")
        self.warm = self.samples >= self._need
