"""Nothing new is sent while a hold of everything, or of the order's symbol, halts trading.

Reducing orders are refused too. Cancels do not pass through here.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.verdicts import Evidence
from tools.risk.control import Control, Examples, Finding, Question
from tools.risk.holds import Effect, Timer, Trigger
from tools.risk.standing import Standing


class Reason(StrEnum):
    """Why this control refuses."""

    FROZEN = "FROZEN"  # a latch holds; only an operator opens it
    KILLED = "KILLED"  # a kill holds; only an operator opens it
    PAUSED = "PAUSED"  # a timer holds; it runs out by itself


@dataclass(frozen=True, kw_only=True)
class Config:
    """This control has no parameters."""


class Halt(Control):
    """Refuses every order while a hold halts its symbol, reducing ones included."""

    def check(self, question: Question) -> Finding | None:
        """Refuse if held."""
        hold = question.halted
        if hold is None:
            return None
        if isinstance(hold, Timer):
            return Reason.PAUSED, (("until_ns", question.now_ns, hold.until_ns),)
        if hold.cause is not None and hold.cause.trigger is Trigger.KILL:
            return Reason.KILLED, ()
        return Reason.FROZEN, ()

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return how many holds that halt are in force; none may be."""
        count = now.holds.count(Effect.HALT) + now.holds.count(Effect.KILL)
        return (("halting_holds_count", count, 0),)


EXAMPLES: Final[Examples] = (
    ({"halted": "CALL"}, "FROZEN"),
    ({"halted": "KILL"}, "KILLED"),
    ({"halted": "TIMER"}, "PAUSED"),
    ({}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return Halt()
