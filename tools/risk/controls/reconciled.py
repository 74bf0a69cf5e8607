"""Nothing new is sent before our books and the venue's have agreed.

A position that has not been compared is not known, so nothing is known to reduce it either.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.verdicts import Evidence
from tools.risk.control import Control, Examples, Finding, Question
from tools.risk.standing import Standing


class Reason(StrEnum):
    """Why this control refuses."""

    NOT_RECONCILED = "NOT_RECONCILED"  # our books have not been found to agree with the venue's


@dataclass(frozen=True, kw_only=True)
class Config:
    """This control has no parameters."""


class Reconciled(Control):
    """Refuses every order until the books agree."""

    def check(self, question: Question) -> Finding | None:
        """Refuse unless reconciled."""
        return None if question.reconciled else (Reason.NOT_RECONCILED, ())

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return 1 while the books have not been found to agree, else 0."""
        return (("books_not_agreed_count", 0 if now.agreed else 1, 0),)


EXAMPLES: Final[Examples] = (({"reconciled": False}, "NOT_RECONCILED"), ({"reconciled": True}, None))


def build(config: Config) -> Control:
    """Return the control."""
    return Reconciled()
