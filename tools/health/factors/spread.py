"""The time-weighted one-second spread against its own 1 h median."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.market import MarketState
from tools.core.quality import ExecQuality
from tools.core.units import PPM
from tools.core.verdicts import Evidence
from tools.health.factor import FULL, HealthFactor, check_anchors, check_part, falling_score


class Reason(StrEnum):
    """What this factor says when it is the worst."""

    SPREAD = "SPREAD"  # the spread is wide, against usual
    SPREAD_MISSING = "SPREAD_MISSING"  # the spread or its usual value cannot be known


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    good_ppm, warn_ppm, bad_ppm
        Anchors of the ratio to the usual figure.
    critical, weight
        Whether it decides alone, or its weight among those that do not.
    """

    good_ppm: int = 1_500_000
    warn_ppm: int = 3 * PPM
    bad_ppm: int = 6 * PPM
    critical: bool = True
    weight: int = 0

    def __post_init__(self) -> None:
        check_anchors("factor.spread", self.good_ppm, self.warn_ppm, self.bad_ppm)
        check_part("factor.spread", self.critical, self.weight)


class Spread(HealthFactor):
    """Scores ``spread_1s_ubps`` against ``spread_base_1h_ubps``."""

    def __init__(self, config: Config) -> None:
        self._good: Final = config.good_ppm
        self._warn: Final = config.warn_ppm
        self._bad: Final = config.bad_ppm

    def score(self, state: MarketState, quality: ExecQuality) -> int:
        """Return the score, 0 to 100."""
        value = state.spread_1s_ubps
        base = state.spread_base_1h_ubps
        if value is None or base is None or base <= 0:
            return 0
        ratio_ppm = -(-value * PPM // base)
        if ratio_ppm <= self._good:
            return FULL
        return falling_score(ratio_ppm, self._good, self._warn, self._bad)

    def reason(self, state: MarketState, quality: ExecQuality) -> str:
        """Return what to call it when this factor is the worst."""
        if state.spread_1s_ubps is None or state.spread_base_1h_ubps is None:
            return Reason.SPREAD_MISSING
        return Reason.SPREAD

    def evidence(self, state: MarketState, quality: ExecQuality) -> tuple[Evidence, ...]:
        """Return the figure and what it would be at the ``bad`` anchor."""
        base = state.spread_base_1h_ubps
        limit = None if base is None else -(-self._bad * base // PPM)
        return (("spread_1s_ubps", state.spread_1s_ubps, limit),)


EXAMPLES: Final[tuple[tuple[dict[str, int | None], int], ...]] = (
    ({"spread_1s_ubps": None, "spread_base_1h_ubps": 10}, 0),
    ({"spread_1s_ubps": 10, "spread_base_1h_ubps": None}, 0),
    ({"spread_1s_ubps": 15, "spread_base_1h_ubps": 10}, 100),
    ({"spread_1s_ubps": 30, "spread_base_1h_ubps": 10}, 50),
    ({"spread_1s_ubps": 60, "spread_base_1h_ubps": 10}, 0),
)


def build(config: Config) -> HealthFactor:
    """Return the factor."""
    return Spread(config)
