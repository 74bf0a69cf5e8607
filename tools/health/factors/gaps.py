"""Missing trade ids noticed in the last minute: the feed lost something."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.market import MarketState
from tools.core.quality import ExecQuality
from tools.core.verdicts import Evidence
from tools.health.factor import FULL, HealthFactor, check_anchors, check_part, falling_score


class Reason(StrEnum):
    """What this factor says when it is the worst."""

    IDS_MISSING = "IDS_MISSING"  # trade ids were missing within the last 60 s


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    good_ids, warn_ids, bad_ids
        Missing ids in 60 s.
    critical, weight
        Whether it decides alone, or its weight among those that do not.
    """

    good_ids: int = 0
    warn_ids: int = 1
    bad_ids: int = 10
    critical: bool = True
    weight: int = 0

    def __post_init__(self) -> None:
        check_anchors("factor.gaps", self.good_ids, self.warn_ids, self.bad_ids)
        check_part("factor.gaps", self.critical, self.weight)


class Gaps(HealthFactor):
    """Scores ``gap_ids_60s``."""

    def __init__(self, config: Config) -> None:
        self._good: Final = config.good_ids
        self._warn: Final = config.warn_ids
        self._bad: Final = config.bad_ids

    def score(self, state: MarketState, quality: ExecQuality) -> int:
        """Return the score, 0 to 100."""
        value = state.gap_ids_60s
        if value <= self._good:
            return FULL
        return falling_score(value, self._good, self._warn, self._bad)

    def reason(self, state: MarketState, quality: ExecQuality) -> str:
        """Return what to call it when this factor is the worst."""
        return Reason.IDS_MISSING

    def evidence(self, state: MarketState, quality: ExecQuality) -> tuple[Evidence, ...]:
        """Return the figure and its ``bad`` anchor."""
        return (("gap_ids_60s", state.gap_ids_60s, self._bad),)


EXAMPLES: Final[tuple[tuple[dict[str, int | None], int], ...]] = (
    ({"gap_ids_60s": 0}, 100),
    ({"gap_ids_60s": 1}, 50),
    ({"gap_ids_60s": 10}, 0),
)


def build(config: Config) -> HealthFactor:
    """Return the factor."""
    return Gaps(config)
