"""Nothing new is sent while the system is frozen. Cancels do not pass through here."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.risk.control import Control, Finding, Question


class Reason(StrEnum):
    """Why this control refuses."""

    FROZEN = "FROZEN"  # risk is frozen


@dataclass(frozen=True, kw_only=True)
class Config:
    """This control has no parameters."""


class Halt(Control):
    """Refuses every order while the freeze is closed, reducing ones included."""

    def check(self, question: Question) -> Finding | None:
        """Refuse if frozen."""
        return (Reason.FROZEN, ()) if question.frozen else None


EXAMPLES: Final = (({"frozen": True}, "FROZEN"), ({"frozen": False}, None))


def build(config: Config) -> Control:
    """Return the control."""
    return Halt()
