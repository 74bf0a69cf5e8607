"""The smaller side of the best level, over 10 s, against its own 1 h median."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.market import MarketState
from tools.core.quality import ExecQuality
from tools.core.units import PPM
from tools.core.verdicts import Evidence
from tools.health.factor import FULL, HealthFactor, check_anchors, check_part, rising_score


class Reason(StrEnum):
    """What this factor says when it is the worst."""

    DEPTH = "DEPTH"  # little is displayed at the best, against usual
    DEPTH_MISSING = "DEPTH_MISSING"  # depth or its usual value cannot be known


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

    good_ppm: int = 700_000
    warn_ppm: int = 300_000
    bad_ppm: int = 100_000
    critical: bool = False
    weight: int = 2

    def __post_init__(self) -> None:
        check_anchors("factor.depth", -self.good_ppm, -self.warn_ppm, -self.bad_ppm)
        check_part("factor.depth", self.critical, self.weight)


class Depth(HealthFactor):
    """Scores ``depth_10s_lots`` against ``depth_base_1h_lots``."""

    def __init__(self, config: Config) -> None:
        self._good: Final = config.good_ppm
        self._warn: Final = config.warn_ppm
        self._bad: Final = config.bad_ppm

    def score(self, state: MarketState, quality: ExecQuality) -> int:
        """Return the score, 0 to 100."""
        value = state.depth_10s_lots
        base = state.depth_base_1h_lots
        if value is None or base is None or base <= 0:
            return 0
        ratio_ppm = value * PPM // base
        if ratio_ppm >= self._good:
            return FULL
        return rising_score(ratio_ppm, self._good, self._warn, self._bad)

    def reason(self, state: MarketState, quality: ExecQuality) -> str:
        """Return what to call it when this factor is the worst."""
        if state.depth_10s_lots is None or state.depth_base_1h_lots is None:
            return Reason.DEPTH_MISSING
        return Reason.DEPTH

    def evidence(self, state: MarketState, quality: ExecQuality) -> tuple[Evidence, ...]:
        """Return the figure and what it would be at the ``bad`` anchor."""
        base = state.depth_base_1h_lots
        limit = None if base is None else self._bad * base // PPM
        return (("depth_10s_lots", state.depth_10s_lots, limit),)


EXAMPLES: Final[tuple[tuple[dict[str, int | None], int], ...]] = (
    ({"depth_10s_lots": None, "depth_base_1h_lots": 10}, 0),
    ({"depth_10s_lots": 10, "depth_base_1h_lots": None}, 0),
    ({"depth_10s_lots": 7, "depth_base_1h_lots": 10}, 100),
    ({"depth_10s_lots": 3, "depth_base_1h_lots": 10}, 50),
    ({"depth_10s_lots": 1, "depth_base_1h_lots": 10}, 0),
)


def build(config: Config) -> HealthFactor:
    """Return the factor."""
    return Depth(config)
