"""An instrument that the venue does not trade takes no order; a status never told is no permission."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.verdicts import Evidence
from tools.risk.control import Control, Examples, Finding, Question
from tools.risk.figures import TradingStatus
from tools.risk.standing import Standing

# Looked up once: every check asks.
_TRADING: Final = TradingStatus.TRADING


class Reason(StrEnum):
    """Why this control refuses."""

    STATUS_UNKNOWN = "STATUS_UNKNOWN"  # the venue has not said whether it trades the instrument
    NOT_TRADING = "NOT_TRADING"  # halted, in a break, or cancels only


@dataclass(frozen=True, kw_only=True)
class Config:
    """This control has no parameters."""


class InstrumentStatus(Control):
    """Refuses every order unless the instrument is traded. Cancels do not pass through here."""

    def check(self, question: Question) -> Finding | None:
        """Refuse unless the status is TRADING."""
        status = question.figures.status.get(question.intent.symbol)
        if status is None:
            return Reason.STATUS_UNKNOWN, ()
        return None if status is _TRADING else (Reason.NOT_TRADING, ())

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return how many of the instruments seen are not known to be traded; none may be."""
        count = 0
        for symbol in now.book.by_symbol:
            if now.figures.status.get(symbol) is not _TRADING:
                count += 1
        return (("untraded_instruments_count", count, 0),)


EXAMPLES: Final[Examples] = (
    ({"status": None}, "STATUS_UNKNOWN"),
    ({"status": "CANCEL_ONLY"}, "NOT_TRADING"),
    ({"status": "HALT"}, "NOT_TRADING"),
    ({"status": "TRADING"}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return InstrumentStatus()
