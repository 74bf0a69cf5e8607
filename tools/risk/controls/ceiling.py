"""No order is more aggressive than the decision in force allows.

The quoter keeps to the ceiling by itself; this control does not believe it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.risk.control import Control, Examples, Finding, Question


class Reason(StrEnum):
    """Why this control refuses."""

    DECISION_MISSING = "DECISION_MISSING"  # the intent comes with no decision
    NOT_ELIGIBLE = "NOT_ELIGIBLE"  # the decision permits nothing
    CEILING_EXCEEDED = "CEILING_EXCEEDED"  # the order would do more than the decision's ceiling permits


@dataclass(frozen=True, kw_only=True)
class Config:
    """This control has no parameters."""


class CeilingControl(Control):
    """Refuses an order above the ceiling, or without a decision to hold it against."""

    def check(self, question: Question) -> Finding | None:
        """Refuse if the decision in force does not allow this order."""
        decision = question.decision
        if decision is None:
            return Reason.DECISION_MISSING, ()
        if not decision.eligible:
            return Reason.NOT_ELIGIBLE, ()
        asked = question.intent.aggressiveness
        if asked > decision.ceiling:
            return Reason.CEILING_EXCEEDED, (("aggressiveness_level", int(asked), int(decision.ceiling)),)
        return None


EXAMPLES: Final[Examples] = (
    ({"decision": None}, "DECISION_MISSING"),
    ({"decision": "NONE"}, "NOT_ELIGIBLE"),
    ({"decision": "PASSIVE", "aggressiveness": "TAKE"}, "CEILING_EXCEEDED"),
    ({"decision": "TAKE", "aggressiveness": "TAKE"}, None),
)
"""``decision`` is the ceiling in force."""


def build(config: Config) -> Control:
    """Return the control."""
    return CeilingControl()
