"""Absolute limits on the messages of ten seconds: what a baseline has to beat.

Nothing is learnt, so a limit that suits one instrument or one hour suits no other. It stands
here so that a detector that learns can be compared with one that does not.
"""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import ConfigError
from tools.core.snapshots import Snapshot, read_int, read_ints
from tools.core.units import NS_PER_S
from tools.core.verdicts import Evidence
from tools.observer.regimes.detector import FAST, RegimeDetector
from tools.observer.regimes.features import COUNTS, check_features
from tools.observer.regimes.watches import Watch, Watches

_WIDTH: Final = 10  # samples that are added up


class Reason(StrEnum):
    """Which feature is above its limit."""

    TRADES_LIMIT = "TRADES_LIMIT"  # trades in ten seconds: at or above the configured limit
    QUOTES_LIMIT = "QUOTES_LIMIT"  # quotes in ten seconds: at or above the configured limit


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    features
        Of ``trades_1s`` and ``quotes_1s``.
    trades_major, trades_minor, quotes_major, quotes_minor
        Messages in ten seconds that alarm, by profile.
    hold_ns
        How long an alarm lasts after the last second at or above the limit.
    """

    features: tuple[str, ...] = COUNTS
    trades_major: int = 400
    trades_minor: int = 50
    quotes_major: int = 2_000
    quotes_minor: int = 200
    hold_ns: int = 10 * NS_PER_S

    def __post_init__(self) -> None:
        check_features("detector.static_threshold.features", self.features, COUNTS)
        if not self.features:
            raise ConfigError("detector.static_threshold.features: must not be empty")
        for name, value in (
            ("trades_major", self.trades_major),
            ("trades_minor", self.trades_minor),
            ("quotes_major", self.quotes_major),
            ("quotes_minor", self.quotes_minor),
        ):
            if value < 1:
                raise ConfigError(f"detector.static_threshold.{name}: must be at least 1, not {value}")
        if self.hold_ns < 0:
            raise ConfigError("detector.static_threshold.hold_ns: must not be negative")


LIMITS: Final = ("trades_major", "trades_minor", "quotes_major", "quotes_minor")
"""The parameters at which it alarms, for calibration."""

_REASONS: Final = {"trades_1s": Reason.TRADES_LIMIT, "quotes_1s": Reason.QUOTES_LIMIT}


class LimitWatch(Watch):
    """The sum of the last ten samples of one feature, against its limit."""

    def __init__(self, config: Config, feature: str, limit: int, min_samples: int) -> None:
        super().__init__(feature, config.hold_ns)
        self._limit: Final = limit
        self._min_samples: Final = min_samples
        self._name: Final = feature.removesuffix("1s") + "10s"
        self._last: deque[int] = deque()
        self._total = 0
        self._samples = 0

    def sample(self, x: int, now_ns: int) -> None:
        """Add a sample; alarm when the last ten reach the limit."""
        self._samples += 1
        self._last.append(x)
        self._total += x
        if len(self._last) > _WIDTH:
            self._total -= self._last.popleft()
        if self._total >= self._limit and self.warm():
            self.fire(now_ns, FAST, _REASONS[self.feature], self.bounds())

    def warm(self) -> bool:
        """Return True once it has its minimum of samples."""
        return self._samples >= self._min_samples

    def bounds(self) -> tuple[Evidence, ...]:
        """Return the count of the last ten seconds and its limit."""
        return ((self._name, self._total, self._limit),)

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        return {**super().snapshot(), "last": list(self._last), "samples": self._samples}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        super().restore(saved)
        self._last = deque(read_ints(saved, "last"))
        self._total = 0
        for x in self._last:
            self._total += x
        self._samples = read_int(saved, "samples")


EXAMPLES: Final = (
    # Usual figures, figures of the seconds after them, and the reason after the last.
    ({"trades_1s": 3}, ({"trades_1s": 23},), "TRADES_LIMIT"),  # 9 x 3 + 23 = 50
    ({"trades_1s": 3}, ({"trades_1s": 22},), ""),
    ({"quotes_1s": 10}, ({"quotes_1s": 110},), "QUOTES_LIMIT"),  # 9 x 10 + 110 = 200
)


def build(config: Config, profile: str, min_samples: int) -> RegimeDetector:
    """Return the detector for an instrument of profile ``major`` or ``minor``."""
    minor = profile == "minor"
    limits = {
        "trades_1s": config.trades_minor if minor else config.trades_major,
        "quotes_1s": config.quotes_minor if minor else config.quotes_major,
    }
    watches: list[Watch] = []
    for feature in config.features:
        watches.append(LimitWatch(config, feature, limits[feature], min_samples))
    return Watches(watches)
