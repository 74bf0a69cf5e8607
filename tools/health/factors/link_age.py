"""Age of the last message of any kind on the connection.

Silence is judged by the link's own gaps, because a thin symbol recorded alone has no
heartbeat. The score reaches the model's YELLOW and RED exactly at ``warn`` and ``bad``, so
it has its own bands: 100 to 70 below ``warn``, 69 to 40 below ``bad``, then 0.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.market import MarketState
from tools.core.quality import ExecQuality
from tools.core.units import NS_PER_MS, NS_PER_S
from tools.core.verdicts import Evidence
from tools.health.factor import FULL, HealthFactor, check_anchors, check_part

_GREEN_LEAST: Final = 70
_YELLOW_MOST: Final = 69
_YELLOW_LEAST: Final = 40


class Reason(StrEnum):
    """What this factor says when it is the worst."""

    LINK_AGE = "LINK_AGE"  # no message for long, against the link's usual gaps
    LINK_MISSING = "LINK_MISSING"  # no message was seen yet


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    good_ns, warn_ns, bad_ns
        Anchors of a busy link.
    bad_multiple
        ``warn`` is at least the link's own 99.9 % gap, ``bad`` at least this multiple of it.
    critical, weight
        Whether it decides alone, or its weight among those that do not.
    """

    good_ns: int = 200 * NS_PER_MS
    warn_ns: int = NS_PER_S
    bad_ns: int = 3 * NS_PER_S
    bad_multiple: int = 3
    critical: bool = True
    weight: int = 0

    def __post_init__(self) -> None:
        check_anchors("factor.link_age", self.good_ns, self.warn_ns, self.bad_ns)
        check_anchors("factor.link_age.bad_multiple", 0, 1, self.bad_multiple)
        check_part("factor.link_age", self.critical, self.weight)


class LinkAge(HealthFactor):
    """Scores ``link_age_ns``."""

    def __init__(self, config: Config) -> None:
        self._good_ns: Final = config.good_ns
        self._warn_ns: Final = config.warn_ns
        self._bad_ns: Final = config.bad_ns
        self._multiple: Final = config.bad_multiple

    def score(self, state: MarketState, quality: ExecQuality) -> int:
        """Return the score, 0 to 100."""
        age_ns = state.link_age_ns
        if age_ns is None:
            return 0
        if age_ns <= self._good_ns:
            return FULL
        gap_ns = state.link_p999_ns
        warn_ns = self._warn_ns
        bad_ns = self._bad_ns
        if gap_ns is not None:
            warn_ns = max(warn_ns, gap_ns)
            bad_ns = max(bad_ns, self._multiple * gap_ns)
        if age_ns < warn_ns:
            green = FULL - _GREEN_LEAST
            return _GREEN_LEAST + green * (warn_ns - age_ns) // (warn_ns - self._good_ns)
        if age_ns < bad_ns:
            yellow = _YELLOW_MOST - _YELLOW_LEAST
            return _YELLOW_LEAST + yellow * (bad_ns - age_ns) // (bad_ns - warn_ns)
        return 0

    def reason(self, state: MarketState, quality: ExecQuality) -> str:
        """Return what to call it when this factor is the worst."""
        return Reason.LINK_MISSING if state.link_age_ns is None else Reason.LINK_AGE

    def evidence(self, state: MarketState, quality: ExecQuality) -> tuple[Evidence, ...]:
        """Return the age and the ``bad`` anchor in force."""
        gap_ns = state.link_p999_ns
        bad_ns = self._bad_ns if gap_ns is None else max(self._bad_ns, self._multiple * gap_ns)
        return (("link_age_ns", state.link_age_ns, bad_ns),)


EXAMPLES: Final[tuple[tuple[dict[str, int | None], int], ...]] = (
    ({"link_age_ns": None, "link_p999_ns": None}, 0),
    ({"link_age_ns": 200 * NS_PER_MS, "link_p999_ns": None}, 100),
    ({"link_age_ns": 600 * NS_PER_MS, "link_p999_ns": None}, 85),
    ({"link_age_ns": NS_PER_S, "link_p999_ns": None}, 69),
    ({"link_age_ns": 3 * NS_PER_S, "link_p999_ns": None}, 0),
    ({"link_age_ns": 20 * NS_PER_S, "link_p999_ns": 20 * NS_PER_S}, 69),
    ({"link_age_ns": 60 * NS_PER_S, "link_p999_ns": 20 * NS_PER_S}, 0),
)


def build(config: Config) -> HealthFactor:
    """Return the factor."""
    return LinkAge(config)
