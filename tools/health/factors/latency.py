"""Excess latency: the 95 % quantile of 10 s, and 0 at once when the newest is a stall."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import ConfigError
from tools.core.market import MarketState
from tools.core.quality import ExecQuality
from tools.core.units import NS_PER_MS, NS_PER_S
from tools.core.verdicts import Evidence
from tools.health.factor import FULL, HealthFactor, check_anchors, check_part, falling_score


class Reason(StrEnum):
    """What this factor says when it is the worst."""

    LATENCY = "LATENCY"  # messages come late
    LATENCY_STALL = "LATENCY_STALL"  # the newest message comes far too late
    LATENCY_MISSING = "LATENCY_MISSING"  # excess latency cannot be known


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    good_ns, warn_ns, bad_ns
        Anchors of the quantile.
    stall_ns
        Newest excess at which the score is 0.
    critical, weight
        Whether it decides alone, or its weight among those that do not.
    """

    good_ns: int = 20 * NS_PER_MS
    warn_ns: int = 100 * NS_PER_MS
    bad_ns: int = 500 * NS_PER_MS
    stall_ns: int = 2 * NS_PER_S
    critical: bool = True
    weight: int = 0

    def __post_init__(self) -> None:
        check_anchors("factor.latency", self.good_ns, self.warn_ns, self.bad_ns)
        check_part("factor.latency", self.critical, self.weight)
        if self.stall_ns < 1:
            raise ConfigError(f"factor.latency.stall_ns: must be positive, not {self.stall_ns}")


class Latency(HealthFactor):
    """Scores ``excess_p95_10s_ns`` and ``excess_ns``."""

    def __init__(self, config: Config) -> None:
        self._good_ns: Final = config.good_ns
        self._warn_ns: Final = config.warn_ns
        self._bad_ns: Final = config.bad_ns
        self._stall_ns: Final = config.stall_ns

    def score(self, state: MarketState, quality: ExecQuality) -> int:
        """Return the score, 0 to 100."""
        newest_ns = state.excess_ns
        p95_ns = state.excess_p95_10s_ns
        if newest_ns is None or p95_ns is None or newest_ns >= self._stall_ns:
            return 0
        if p95_ns <= self._good_ns:
            return FULL
        return falling_score(p95_ns, self._good_ns, self._warn_ns, self._bad_ns)

    def reason(self, state: MarketState, quality: ExecQuality) -> str:
        """Return what to call it when this factor is the worst."""
        newest_ns = state.excess_ns
        if newest_ns is None or state.excess_p95_10s_ns is None:
            return Reason.LATENCY_MISSING
        return Reason.LATENCY_STALL if newest_ns >= self._stall_ns else Reason.LATENCY

    def evidence(self, state: MarketState, quality: ExecQuality) -> tuple[Evidence, ...]:
        """Return both figures, the one that decides first."""
        newest: Evidence = ("excess_ns", state.excess_ns, self._stall_ns)
        p95: Evidence = ("excess_p95_10s_ns", state.excess_p95_10s_ns, self._bad_ns)
        if state.excess_ns is None or state.excess_ns >= self._stall_ns:
            return (newest, p95)
        return (p95, newest)


EXAMPLES: Final[tuple[tuple[dict[str, int | None], int], ...]] = (
    ({"excess_ns": None, "excess_p95_10s_ns": 0}, 0),
    ({"excess_ns": 0, "excess_p95_10s_ns": None}, 0),
    ({"excess_ns": 0, "excess_p95_10s_ns": 20 * NS_PER_MS}, 100),
    ({"excess_ns": 0, "excess_p95_10s_ns": 100 * NS_PER_MS}, 50),
    ({"excess_ns": 0, "excess_p95_10s_ns": 500 * NS_PER_MS}, 0),
    ({"excess_ns": 2 * NS_PER_S, "excess_p95_10s_ns": 0}, 0),
)


def build(config: Config) -> HealthFactor:
    """Return the factor."""
    return Latency(config)
