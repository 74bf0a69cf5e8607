"""No order is more aggressive than the decision in force allows.

The quoter keeps to the ceiling by itself; this control does not believe it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.verdicts import Ceiling, Evidence
from tools.risk.control import Control, Examples, Finding, Question
from tools.risk.standing import Standing


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

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return how aggressive the open order nearest to its ceiling, or furthest above it, was.

        The ceiling is that of the decision in force now; None where no decision was told. An order
        of which nobody has told how aggressive it was makes the level unknown. With nothing open
        the level is 0, against the lowest ceiling in force.
        """
        level: int | None = 0
        limit: int | None = None
        lowest: int | None = None
        found = False
        for symbol, exposure in now.book.by_symbol.items():
            decision = now.decisions.get(symbol)
            ceiling = None
            if decision is not None:
                ceiling = int(decision.ceiling) if decision.eligible else int(Ceiling.NONE)
                lowest = ceiling if lowest is None else min(lowest, ceiling)
            for live in exposure.open.values():
                if live.level == 0 or ceiling is None:
                    return (("aggressiveness_level", live.level or None, ceiling),)
                if not found or limit is None or level is None or live.level - ceiling > level - limit:
                    level, limit, found = live.level, ceiling, True
        return (("aggressiveness_level", level, limit if found else lowest),)

    def quiet_limits(self) -> tuple[str, ...]:
        """Return its level: an order at the ceiling is as it should be."""
        return ("aggressiveness_level",)


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
