"""The delay of our own loop, as the shell measured it; off unless a shell measures it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.market import MarketState
from tools.core.quality import ExecQuality
from tools.core.units import NS_PER_MS
from tools.core.verdicts import Evidence
from tools.health.factor import FULL, HealthFactor, check_anchors, check_part, falling_score


class Reason(StrEnum):
    """What this factor says when it is the worst."""

    LOOP_LAG = "LOOP_LAG"  # the program itself is late
    LOOP_LAG_MISSING = "LOOP_LAG_MISSING"  # its lag cannot be known


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    good_ns, warn_ns, bad_ns
        Delay from event to decision.
    critical, weight
        Whether it decides alone, or its weight among those that do not.
    """

    good_ns: int = 5 * NS_PER_MS
    warn_ns: int = 50 * NS_PER_MS
    bad_ns: int = 250 * NS_PER_MS
    critical: bool = True
    weight: int = 0

    def __post_init__(self) -> None:
        check_anchors("factor.loop_lag", self.good_ns, self.warn_ns, self.bad_ns)
        check_part("factor.loop_lag", self.critical, self.weight)


class LoopLag(HealthFactor):
    """Scores ``loop_lag_ns``."""

    def __init__(self, config: Config) -> None:
        self._good: Final = config.good_ns
        self._warn: Final = config.warn_ns
        self._bad: Final = config.bad_ns

    def score(self, state: MarketState, quality: ExecQuality) -> int:
        """Return the score, 0 to 100."""
        value = state.loop_lag_ns
        if value is None:
            return 0
        if value <= self._good:
            return FULL
        return falling_score(value, self._good, self._warn, self._bad)

    def reason(self, state: MarketState, quality: ExecQuality) -> str:
        """Return what to call it when this factor is the worst."""
        return Reason.LOOP_LAG_MISSING if state.loop_lag_ns is None else Reason.LOOP_LAG

    def evidence(self, state: MarketState, quality: ExecQuality) -> tuple[Evidence, ...]:
        """Return the figure and its ``bad`` anchor."""
        return (("loop_lag_ns", state.loop_lag_ns, self._bad),)


EXAMPLES: Final[tuple[tuple[dict[str, int | None], int], ...]] = (
    ({"loop_lag_ns": None}, 0),
    ({"loop_lag_ns": 5 * NS_PER_MS}, 100),
    ({"loop_lag_ns": 50 * NS_PER_MS}, 50),
    ({"loop_lag_ns": 250 * NS_PER_MS}, 0),
)


def build(config: Config) -> HealthFactor:
    """Return the factor."""
    return LoopLag(config)
