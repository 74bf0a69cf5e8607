"""Quantities and prices that cannot be meant are refused before anything is computed from them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.verdicts import Evidence
from tools.risk.control import Control, Examples, Finding, Question
from tools.risk.standing import Standing


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

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return the smallest quantity and price of an open order; None if none is open."""
        qty_lots: int | None = None
        price_ticks: int | None = None
        for exposure in now.book.by_symbol.values():
            for live in exposure.open.values():
                qty_lots = live.asked_lots if qty_lots is None else min(qty_lots, live.asked_lots)
                if live.price_ticks > 0:  # else nobody has told it
                    price_ticks = (
                        live.price_ticks if price_ticks is None else min(price_ticks, live.price_ticks)
                    )
        return ("least_sane_qty_lots", qty_lots, 1), ("least_sane_price_ticks", price_ticks, 1)

    def quiet_limits(self) -> tuple[str, ...]:
        """Return both: an order of one lot, or at one tick, is as it should be."""
        return "least_sane_qty_lots", "least_sane_price_ticks"


EXAMPLES: Final[Examples] = (
    ({"qty_lots": 0}, "QTY_INVALID"),
    ({"price_ticks": -1}, "PRICE_INVALID"),
    ({"qty_lots": 1, "price_ticks": 1}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return Sanity()
