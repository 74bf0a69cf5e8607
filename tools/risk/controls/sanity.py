"""Quantities and prices that cannot be meant are refused before anything is computed from them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.risk.control import Control, Examples, Finding, Question


class Reason(StrEnum):
    """Why this control refuses."""

    QTY_INVALID = "QTY_INVALID"  # not a positive quantity
    PRICE_INVALID = "PRICE_INVALID"  # not a positive price


@dataclass(frozen=True, kw_only=True)
class Config:
    """This control has no parameters."""


class Sanity(Control):
    """Refuses a quantity or a price that is not positive."""

    def check(self, question: Question) -> Finding | None:
        """Refuse non-positive figures; a missing price is another control's question."""
        intent = question.intent
        if intent.qty_lots <= 0:
            return Reason.QTY_INVALID, (("qty_lots", intent.qty_lots, 1),)
        if intent.price_ticks is not None and intent.price_ticks <= 0:
            return Reason.PRICE_INVALID, (("price_ticks", intent.price_ticks, 1),)
        return None


EXAMPLES: Final[Examples] = (
    ({"qty_lots": 0}, "QTY_INVALID"),
    ({"price_ticks": -1}, "PRICE_INVALID"),
    ({"qty_lots": 1, "price_ticks": 1}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return Sanity()
