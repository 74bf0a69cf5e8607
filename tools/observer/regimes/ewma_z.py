"""Two moving averages, seconds against minutes, in standard deviations of their difference.

The averages move by a power of two of the way to each sample, so they are exact in integers:
``fast += (x - fast) >> 2`` (a mean age of 4 s), ``slow += (x - slow) >> 9`` (512 s); the
variance of ``fast - slow`` is averaged like ``slow``. Nothing is frozen: a crisis is learnt
while it lasts, and a slow rise is never found. This is the usual recipe, for comparison.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import isqrt
from typing import Final

from tools.core.errors import ConfigError
from tools.core.snapshots import Snapshot, read_int
from tools.core.units import NS_PER_S, PPM
from tools.core.verdicts import Evidence
from tools.observer.regimes.detector import FAST, UNSTABLE, RegimeDetector
from tools.observer.regimes.features import FALLING, check_features
from tools.observer.regimes.watches import Watch, Watches

_FINE: Final = 20  # fraction bits of the averages


class Reason(StrEnum):
    """Which feature is far from its slow average."""

    TRADES_EWMA = "TRADES_EWMA"  # trades per second: the fast average is far above the slow one
    QUOTES_EWMA = "QUOTES_EWMA"  # quotes per second: the fast average is far above the slow one
    MOVE_EWMA = "MOVE_EWMA"  # moves of the mid: the fast average is far above the slow one
    RV_EWMA = "RV_EWMA"  # realised variation: the fast average is far above the slow one
    SPREAD_EWMA = "SPREAD_EWMA"  # spread: the fast average is far above the slow one
    DEPTH_EWMA = "DEPTH_EWMA"  # depth at the best: the fast average is far below the slow one


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    features
        Of ``trades_1s``, ``quotes_1s``, ``move_10s_ht``, ``rv_10s_ht2``, ``spread_1s_ubps``
        and ``depth_10s_lots`` (whose falling counts).
    unstable
        Those whose alarm is UNSTABLE instead of FAST.
    fast_shift, slow_shift
        Powers of two by which the averages move: 2 is a mean age of 4 s, 9 of 512 s.
    floor_ppm
        The standard deviation is never less than this share of the slow average.
    alarm_milli, release_milli
        z, in thousandths, that alarms, and above which an alarm goes on.
    hold_ns
        How long an alarm lasts.
    """

    features: tuple[str, ...] = ("trades_1s", "quotes_1s")
    unstable: tuple[str, ...] = ("spread_1s_ubps", "depth_10s_lots")
    fast_shift: int = 2
    slow_shift: int = 9
    floor_ppm: int = 100_000
    alarm_milli: int = 6_000
    release_milli: int = 2_000
    hold_ns: int = 10 * NS_PER_S

    def __post_init__(self) -> None:
        check_features("detector.ewma_z.features", self.features)
        check_features("detector.ewma_z.unstable", self.unstable)
        if not self.features:
            raise ConfigError("detector.ewma_z.features: must not be empty")
        if not 0 <= self.fast_shift < self.slow_shift <= 20:
            raise ConfigError("detector.ewma_z.fast_shift: must be within 0..slow_shift - 1, those within 20")
        if self.floor_ppm < 0:
            raise ConfigError("detector.ewma_z.floor_ppm: must not be negative")
        if not 0 < self.release_milli <= self.alarm_milli:
            raise ConfigError("detector.ewma_z.release_milli: must be within 1..alarm_milli")
        if self.hold_ns < 0:
            raise ConfigError("detector.ewma_z.hold_ns: must not be negative")


LIMITS: Final = ("alarm_milli",)
"""The parameters at which it alarms, for calibration."""

_REASONS: Final = {
    "trades_1s": Reason.TRADES_EWMA,
    "quotes_1s": Reason.QUOTES_EWMA,
    "move_10s_ht": Reason.MOVE_EWMA,
    "rv_10s_ht2": Reason.RV_EWMA,
    "spread_1s_ubps": Reason.SPREAD_EWMA,
    "depth_10s_lots": Reason.DEPTH_EWMA,
}


class EwmaWatch(Watch):
    """The averages of one feature. Until a slow average has its age, it is the plain mean."""

    def __init__(self, config: Config, feature: str, min_samples: int) -> None:
        super().__init__(feature, config.hold_ns)
        self._config: Final = config
        self._min_samples: Final = min_samples
        self._falling: Final = feature in FALLING
        self._level: Final = UNSTABLE if feature in config.unstable else FAST
        self._samples = 0
        self._fast = 0  # in units of 2**-20 of the feature
        self._slow = 0
        self._variance = 0  # in units of 2**-40 of the feature's square
        self.z_milli = 0

    def sample(self, x: int, now_ns: int) -> None:
        """Judge the fast average against the slow one of the seconds before, then move both."""
        config = self._config
        fine = x << _FINE
        if self._samples == 0:
            self._fast = fine
            self._slow = fine
        self._samples += 1
        self._fast += (fine - self._fast) >> config.fast_shift
        gap = self._fast - self._slow
        if self.warm():
            self._judge(gap, now_ns)
        if self._samples < 1 << config.slow_shift:
            self._slow += (fine - self._slow) // self._samples
            self._variance += (gap * gap - self._variance) // self._samples
        else:
            self._slow += (fine - self._slow) >> config.slow_shift
            self._variance += (gap * gap - self._variance) >> config.slow_shift

    def _judge(self, gap: int, now_ns: int) -> None:
        config = self._config
        deviation = max(isqrt(self._variance), self._slow * config.floor_ppm // PPM, 1)
        self.z_milli = (-gap if self._falling else gap) * 1_000 // deviation
        if self.z_milli >= config.alarm_milli:
            self.fire(now_ns, self._level, _REASONS[self.feature], self.bounds())
        elif self.z_milli > config.release_milli:
            self.extend(now_ns)

    def warm(self) -> bool:
        """Return True once it has its minimum of samples."""
        return self._samples >= self._min_samples

    def bounds(self) -> tuple[Evidence, ...]:
        """Return z with its limit, and both averages in thousandths of the feature."""
        return (
            (f"{self.feature}_ewma_z_milli", self.z_milli, self._config.alarm_milli),
            (f"{self.feature}_fast_milli", self._fast * 1_000 >> _FINE, None),
            (f"{self.feature}_slow_milli", self._slow * 1_000 >> _FINE, None),
        )

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        return {
            **super().snapshot(),
            "fast": self._fast,
            "samples": self._samples,
            "slow": self._slow,
            "variance": self._variance,
            "z_milli": self.z_milli,
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        super().restore(saved)
        self._fast = read_int(saved, "fast")
        self._samples = read_int(saved, "samples")
        self._slow = read_int(saved, "slow")
        self._variance = read_int(saved, "variance")
        self.z_milli = read_int(saved, "z_milli")


EXAMPLES: Final = (
    # Usual figures, figures of the seconds after them, and the reason after the last.
    # A steady 20 has no scatter but the floor of 2: one second of 68 lifts the fast average by 12.
    ({"trades_1s": 20}, ({"trades_1s": 68},), "TRADES_EWMA"),
    ({"trades_1s": 20}, ({"trades_1s": 67},), ""),
    ({"quotes_1s": 20}, ({"quotes_1s": 50},) * 3, "QUOTES_EWMA"),
)


def build(config: Config, profile: str, min_samples: int) -> RegimeDetector:
    """Return the detector; both profiles are judged alike, by their own averages."""
    watches: list[Watch] = []
    for feature in config.features:
        watches.append(EwmaWatch(config, feature, min_samples))
    return Watches(watches)
