"""The time-weighted one-second spread against its own 1 h median."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import ConfigError
from tools.core.market import MarketState
from tools.core.quality import ExecQuality
from tools.core.units import PPM, UBPS_PER_BPS
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
    base_floor_ubps
        A usual figure below this counts as this: six times next to nothing is next to nothing.
    critical, weight
        Whether it decides alone, or its weight among those that do not.
    """

    good_ppm: int = 1_500_000
    warn_ppm: int = 3 * PPM
    bad_ppm: int = 6 * PPM
    base_floor_ubps: int = UBPS_PER_BPS // 10
    critical: bool = True
    weight: int = 0

    def __post_init__(self) -> None:
        check_anchors("factor.spread", self.good_ppm, self.warn_ppm, self.bad_ppm)
        if self.base_floor_ubps < 0:
            raise ConfigError("factor.spread.base_floor_ubps: must not be negative")
        check_part("factor.spread", self.critical, self.weight)


class Spread(HealthFactor):
    """Scores ``spread_1s_ubps`` against ``spread_base_1h_ubps``."""

    def __init__(self, config: Config) -> None:
        self._good: Final = config.good_ppm
        self._warn: Final = config.warn_ppm
        self._bad: Final = config.bad_ppm
        self._floor_ubps: Final = config.base_floor_ubps

    def score(self, state: MarketState, quality: ExecQuality) -> int:
        """Return the score, 0 to 100."""
        value = state.spread_1s_ubps
        base = state.spread_base_1h_ubps
        if value is None or base is None or base <= 0:
            return 0
        ratio_ppm = -(-value * PPM // max(base, self._floor_ubps))
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
        limit = None if base is None else -(-self._bad * max(base, self._floor_ubps) // PPM)
        return (("spread_1s_ubps", state.spread_1s_ubps, limit),)


EXAMPLES: Final[tuple[tuple[dict[str, int | None], int], ...]] = (
    ({"spread_1s_ubps": None, "spread_base_1h_ubps": 1_000_000}, 0),
    ({"spread_1s_ubps": 1_000_000, "spread_base_1h_ubps": None}, 0),
    ({"spread_1s_ubps": 1_500_000, "spread_base_1h_ubps": 1_000_000}, 100),
    ({"spread_1s_ubps": 3_000_000, "spread_base_1h_ubps": 1_000_000}, 50),
    ({"spread_1s_ubps": 6_000_000, "spread_base_1h_ubps": 1_000_000}, 0),
    # One tick of BTC is 0.0036 bps; ten of them are not a wide spread.
    ({"spread_1s_ubps": 36_000, "spread_base_1h_ubps": 3_600}, 100),
)


def build(config: Config) -> HealthFactor:
    """Return the factor."""
    return Spread(config)
