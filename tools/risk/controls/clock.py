"""Time is valid: the intent is of now, and our clock is the venue's to within a bound.

The offset is told from outside (in seconds); never told, unreadable or told too long ago means
that it is unknown, and unknown is refused.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import ConfigError
from tools.core.units import NS_PER_MS, NS_PER_S
from tools.core.verdicts import Evidence
from tools.risk.control import Control, Examples, Finding, Question
from tools.risk.figures import Figure
from tools.risk.standing import Standing

# Looked up once: every check asks.
_OFFSET: Final = Figure.CLOCK_OFFSET


class Reason(StrEnum):
    """Why this control refuses."""

    INTENT_STALE = "INTENT_STALE"  # the intent was made too long ago
    INTENT_AHEAD = "INTENT_AHEAD"  # the intent is from the future
    CLOCK_UNKNOWN = "CLOCK_UNKNOWN"  # the offset of our clock is unknown, or was told too long ago
    CLOCK_OFFSET = "CLOCK_OFFSET"  # our clock is too far from the venue's


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    max_intent_age_ns
        How old an intent may be; venues reject what is older than their receive window.
    max_offset_ns
        Greatest distance of our clock from the venue's, either way.
    max_told_age_ns
        How long a told offset is believed.
    """

    max_intent_age_ns: int = NS_PER_S
    max_offset_ns: int = 500 * NS_PER_MS
    max_told_age_ns: int = 120 * NS_PER_S

    def __post_init__(self) -> None:
        if self.max_intent_age_ns < 0 or self.max_offset_ns < 0 or self.max_told_age_ns < 0:
            raise ConfigError("control.clock: no limit may be negative")


class Clock(Control):
    """Refuses new risk while time cannot be trusted; a reducing order needs only to be of now."""

    def __init__(self, config: Config) -> None:
        self._config: Final = config

    def check(self, question: Question) -> Finding | None:
        """Refuse a stale intent, and a clock that is unknown or off."""
        config = self._config
        age_ns = question.now_ns - question.intent.time_ns
        if age_ns < 0:
            return Reason.INTENT_AHEAD, (("intent_age_ns", age_ns, 0),)
        if age_ns > config.max_intent_age_ns:
            return Reason.INTENT_STALE, (("intent_age_ns", age_ns, config.max_intent_age_ns),)
        if question.reducing:
            return None
        offset_ns, told_ns = question.figures.look(_OFFSET, question.now_ns)
        if offset_ns is None or told_ns is None or not 0 <= told_ns <= config.max_told_age_ns:
            return Reason.CLOCK_UNKNOWN, (("told_age_ns", told_ns, config.max_told_age_ns),)
        if abs(offset_ns) > config.max_offset_ns:
            return Reason.CLOCK_OFFSET, (("clock_offset_ns", abs(offset_ns), config.max_offset_ns),)
        return None

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return the offset against its limit."""
        offset_ns = now.figures.get(_OFFSET)
        used_ns = None if offset_ns is None else abs(offset_ns)
        return (("clock_offset_ns", used_ns, self._config.max_offset_ns),)


EXAMPLES: Final[Examples] = (
    ({"clock_offset": "0.001", "intent_age_ns": NS_PER_S + 1}, "INTENT_STALE"),
    ({"clock_offset": "0.001", "intent_age_ns": -1}, "INTENT_AHEAD"),
    ({}, "CLOCK_UNKNOWN"),
    ({"clock_offset": "NaN"}, "CLOCK_UNKNOWN"),
    ({"clock_offset": "-0.501"}, "CLOCK_OFFSET"),
    ({"clock_offset": "0.5"}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return Clock(config)
