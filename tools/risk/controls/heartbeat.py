"""The dead man's switch: when nothing is heard from the venue, everything of ours is withdrawn.

A heartbeat that was never heard, or is older than `max_age_ns`, keeps every order back. Losing
one that was there also pauses everything, so that all orders are cancelled, and demands that the
books be compared again before anything new is sent.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import ConfigError
from tools.core.units import NS_PER_S
from tools.core.verdicts import Evidence
from tools.risk.control import TICKS, Control, Examples, Finding, Question
from tools.risk.exposure_book import ExposureBook
from tools.risk.figures import Figures
from tools.risk.holds import FreezeCause, TimerTrip, Trigger, Trip
from tools.risk.standing import Standing


class Reason(StrEnum):
    """Why this control refuses."""

    HEARTBEAT_MISSING = "HEARTBEAT_MISSING"  # nothing was ever heard
    HEARTBEAT_LOST = "HEARTBEAT_LOST"  # nothing was heard for too long


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    max_age_ns
        How old the last heartbeat may be.
    frozen_ns
        How long the pause lasts after the last look that found it lost.
    """

    max_age_ns: int = 10 * NS_PER_S
    frozen_ns: int = 5 * NS_PER_S

    def __post_init__(self) -> None:
        if self.max_age_ns <= 0 or self.frozen_ns <= 0:
            raise ConfigError("control.heartbeat: max_age_ns and frozen_ns must be positive")


class Heartbeat(Control):
    """Refuses every order without a heartbeat, and demands a pause when it is lost."""

    def __init__(self, config: Config) -> None:
        self._config: Final = config

    def check(self, question: Question) -> Finding | None:
        """Refuse unless a heartbeat was heard a moment ago."""
        heard_ns = question.figures.heartbeat_ns
        limit_ns = self._config.max_age_ns
        if heard_ns is None:
            return Reason.HEARTBEAT_MISSING, (("heartbeat_age_ns", None, limit_ns),)
        age_ns = question.now_ns - heard_ns
        if not 0 <= age_ns <= limit_ns:
            return Reason.HEARTBEAT_LOST, (("heartbeat_age_ns", age_ns, limit_ns),)
        return None

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return the age of the last heartbeat."""
        heard_ns = now.figures.heartbeat_ns
        age_ns = None if heard_ns is None else now.now_ns - heard_ns
        return (("heartbeat_age_ns", age_ns, self._config.max_age_ns),)

    def listens(self) -> tuple[str, ...]:
        """Return ticks."""
        return (TICKS,)

    def on_tick(self, book: ExposureBook, figures: Figures, now_ns: int) -> Trip | None:
        """Demand a pause while a heartbeat that was there is lost."""
        heard_ns = figures.heartbeat_ns
        if heard_ns is None or now_ns - heard_ns <= self._config.max_age_ns:
            return None
        figure = ("heartbeat_age_ns", now_ns - heard_ns, self._config.max_age_ns)
        text = "Nothing was heard from the venue"
        cause = FreezeCause(now_ns, Trigger.HEARTBEAT_LOST, None, text, figure)
        return TimerTrip(cause, self._config.frozen_ns)


EXAMPLES: Final[Examples] = (
    ({}, "HEARTBEAT_MISSING"),
    ({"before": (("heartbeat",), ("at", 10 * NS_PER_S + 1))}, "HEARTBEAT_LOST"),
    ({"before": (("heartbeat",), ("at", 10 * NS_PER_S))}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return Heartbeat(config)
