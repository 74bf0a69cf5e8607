"""An order whose worth cannot be known is refused: a limit in money needs a price.

A reducing order needs no worth, but it needs a price to be sent at.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.verdicts import Evidence
from tools.risk.control import Control, Examples, Finding, Question
from tools.risk.standing import Standing


class Reason(StrEnum):
    """Why this control refuses."""

    MARK_MISSING = "MARK_MISSING"  # no mark and no price: it cannot be valued


@dataclass(frozen=True, kw_only=True)
class Config:
    """This control has no parameters."""


class MarkPresent(Control):
    """Refuses an order that has neither a price of its own nor a mark."""

    def check(self, question: Question) -> Finding | None:
        """Refuse if there is nothing to value the order with, or to send it at."""
        if question.value_ht is None:
            return Reason.MARK_MISSING, (("mark_ht", None, None),)
        return None

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return how many of the instruments seen have no mark; none may."""
        count = 0
        for exposure in now.book.by_symbol.values():
            if exposure.mark_ht is None:
                count += 1
        return (("unmarked_instruments_count", count, 0),)


EXAMPLES: Final[Examples] = (
    ({"price_ticks": None, "mark_ht": None}, "MARK_MISSING"),
    ({"price_ticks": 100, "mark_ht": None}, None),
    ({"price_ticks": None, "mark_ht": 200}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return MarkPresent()
