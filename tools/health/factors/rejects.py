"""Share of own orders that were rejected in the last minute."""

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

    REJECTS = "REJECTS"  # the exchange rejects many of our orders


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    good_ppm, warn_ppm, bad_ppm
        Anchors of rejected over sent.
    min_sent
        Orders in the window below which a share says nothing.
    critical, weight
        Whether it decides alone, or its weight among those that do not.
    """

    good_ppm: int = 0
    warn_ppm: int = 50_000
    bad_ppm: int = 200_000
    min_sent: int = 10
    critical: bool = False
    weight: int = 2

    def __post_init__(self) -> None:
        check_anchors("factor.rejects", self.good_ppm, self.warn_ppm, self.bad_ppm)
        check_part("factor.rejects", self.critical, self.weight)


class Rejects(HealthFactor):
    """Scores ``rejected_60s`` over ``sent_60s``; who sends nothing is not rejected."""

    def __init__(self, config: Config) -> None:
        self._good: Final = config.good_ppm
        self._warn: Final = config.warn_ppm
        self._bad: Final = config.bad_ppm
        self._min_sent: Final = config.min_sent

    def score(self, state: MarketState, quality: ExecQuality) -> int:
        """Return the score, 0 to 100."""
        rejected = quality.rejected_60s
        if rejected <= 0 or 0 < quality.sent_60s < self._min_sent:
            return FULL
        if rejected >= quality.sent_60s:
            return 0
        share_ppm = -(-rejected * PPM // quality.sent_60s)
        return falling_score(share_ppm, self._good, self._warn, self._bad)

    def reason(self, state: MarketState, quality: ExecQuality) -> str:
        """Return what to call it when this factor is the worst."""
        return Reason.REJECTS

    def evidence(self, state: MarketState, quality: ExecQuality) -> tuple[Evidence, ...]:
        """Return the count of rejects and what it would be at the ``bad`` anchor."""
        limit = -(-self._bad * quality.sent_60s // PPM)
        return (("rejected_60s", quality.rejected_60s, limit), ("sent_60s", quality.sent_60s, None))


EXAMPLES: Final[tuple[tuple[dict[str, int | None], int], ...]] = (
    ({"sent_60s": 0, "rejected_60s": 0}, 100),
    ({"sent_60s": 100, "rejected_60s": 5}, 50),
    ({"sent_60s": 100, "rejected_60s": 20}, 0),
    ({"sent_60s": 0, "rejected_60s": 1}, 0),
)


def build(config: Config) -> HealthFactor:
    """Return the factor."""
    return Rejects(config)
