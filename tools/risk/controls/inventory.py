"""Worst-case position of one instrument, in the quote currency.

``|position + open orders of this side + this order| x value <= limit``, where value is the
higher of the mark and the order's own price; equality passes. P0.1 counted neither resting
orders nor money: its marks were 1.0, so its limit could never bind.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.units import E8
from tools.core.verdicts import Evidence
from tools.risk.control import Control, Examples, Finding, Question
from tools.risk.standing import Standing


class Reason(StrEnum):
    """Why this control refuses."""

    INVENTORY_LIMIT = "INVENTORY_LIMIT"  # the worst case of this symbol would be beyond its limit


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    max_inventory_e8
        Largest worst-case value of one instrument's position, 1e-8 quote currency.
    """

    max_inventory_e8: int = 10_000 * E8


class Inventory(Control):
    """Refuses what could carry the position of the instrument beyond its limit."""

    def __init__(self, config: Config) -> None:
        self._limit_e8 = config.max_inventory_e8

    def check(self, question: Question) -> Finding | None:
        """Refuse a breach; an order that only reduces passes whatever the position."""
        worst_e8 = question.side_worst_e8
        if worst_e8 is None or worst_e8 <= self._limit_e8:
            return None
        return Reason.INVENTORY_LIMIT, (("worst_inventory_e8", worst_e8, self._limit_e8),)

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return the worst case of the fullest instrument; None if what one holds has no mark."""
        used_e8: int | None = 0
        for exposure in now.book.by_symbol.values():
            if exposure.mark_ht is not None:
                used_e8 = None if used_e8 is None else max(used_e8, exposure.worst_e8(exposure.mark_ht))
            elif not exposure.flat:
                used_e8 = None
        return (("worst_inventory_e8", used_e8, self._limit_e8),)


EXAMPLES: Final[Examples] = (
    ({"qty_lots": 1, "price_ticks": 100, "config": {"max_inventory_e8": 99}}, "INVENTORY_LIMIT"),
    ({"qty_lots": 1, "price_ticks": 100, "config": {"max_inventory_e8": 100}}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return Inventory(config)
