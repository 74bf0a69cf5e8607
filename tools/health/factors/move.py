"""The move of the mid in 10 s against its own robust scale.

A thin or quiet market does not move at all most of the time, so that its scale can be 0;
the scale is taken as one tick at least.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import ConfigError
from tools.core.market import MarketState
from tools.core.quality import ExecQuality
from tools.core.units import PPM
from tools.core.verdicts import Evidence
from tools.health.factor import FULL, HealthFactor, check_anchors, check_part, falling_score


class Reason(StrEnum):
    """What this factor says when it is the worst."""

    MOVE = "MOVE"  # the mid moves further than usual
    MOVE_MISSING = "MOVE_MISSING"  # the move or its usual value cannot be known


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    good_ppm, warn_ppm, bad_ppm
        Anchors of the ratio to the usual figure.
    floor_ht
        The usual move is never taken as less.
    critical, weight
        Whether it decides alone, or its weight among those that do not.
    """

    good_ppm: int = 2 * PPM
    warn_ppm: int = 5 * PPM
    bad_ppm: int = 10 * PPM
    floor_ht: int = 2
    critical: bool = False
    weight: int = 2

    def __post_init__(self) -> None:
        check_anchors("factor.move", self.good_ppm, self.warn_ppm, self.bad_ppm)
        check_part("factor.move", self.critical, self.weight)
        if self.floor_ht < 1:
            raise ConfigError(f"factor.move.floor_ht: must be positive, not {self.floor_ht}")


class Move(HealthFactor):
    """Scores ``move_10s_ht`` against ``move_base_ht``."""

    def __init__(self, config: Config) -> None:
        self._good: Final = config.good_ppm
        self._warn: Final = config.warn_ppm
        self._bad: Final = config.bad_ppm
        self._floor: Final = config.floor_ht

    def score(self, state: MarketState, quality: ExecQuality) -> int:
        """Return the score, 0 to 100."""
        value = state.move_10s_ht
        base = state.move_base_ht
        if value is None or base is None:
            return 0
        if base < self._floor:
            base = self._floor
        ratio_ppm = -(-value * PPM // base)
        if ratio_ppm <= self._good:
            return FULL
        return falling_score(ratio_ppm, self._good, self._warn, self._bad)

    def reason(self, state: MarketState, quality: ExecQuality) -> str:
        """Return what to call it when this factor is the worst."""
        if state.move_10s_ht is None or state.move_base_ht is None:
            return Reason.MOVE_MISSING
        return Reason.MOVE

    def evidence(self, state: MarketState, quality: ExecQuality) -> tuple[Evidence, ...]:
        """Return the figure and what it would be at the ``bad`` anchor."""
        base = state.move_base_ht
        if base is not None and base < self._floor:
            base = self._floor
        limit = None if base is None else -(-self._bad * base // PPM)
        return (("move_10s_ht", state.move_10s_ht, limit),)


EXAMPLES: Final[tuple[tuple[dict[str, int | None], int], ...]] = (
    ({"move_10s_ht": None, "move_base_ht": 10}, 0),
    ({"move_10s_ht": 10, "move_base_ht": None}, 0),
    ({"move_10s_ht": 20, "move_base_ht": 10}, 100),
    ({"move_10s_ht": 50, "move_base_ht": 10}, 50),
    ({"move_10s_ht": 100, "move_base_ht": 10}, 0),
    ({"move_10s_ht": 4, "move_base_ht": 0}, 100),
)


def build(config: Config) -> HealthFactor:
    """Return the factor."""
    return Move(config)
