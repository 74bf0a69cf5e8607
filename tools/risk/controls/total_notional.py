"""Worst-case value of all instruments together, in the quote currency.

For each instrument the larger of its two sides' worst cases counts, resting orders
included, valued at its mark; equality passes. A mark that is missing or too old for an
instrument that holds something means that the sum cannot be known: refused.
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

    TOTAL_NOTIONAL_LIMIT = "TOTAL_NOTIONAL_LIMIT"  # the worst case of all symbols would be beyond its limit
    TOTAL_NOTIONAL_UNKNOWN = "TOTAL_NOTIONAL_UNKNOWN"  # a position without a fresh mark: no total


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    max_total_e8
        Largest worst-case value of all positions together, 1e-8 quote currency.
    """

    max_total_e8: int = 50_000 * E8


class TotalNotional(Control):
    """Refuses what could carry the whole book beyond its limit."""

    def __init__(self, config: Config) -> None:
        self._limit_e8: Final = config.max_total_e8

    def check(self, question: Question) -> Finding | None:
        """Refuse a breach; an order that only reduces passes."""
        own_e8 = question.worst_e8
        if own_e8 is None:
            return None
        others_e8 = question.others_e8
        if others_e8 is None:
            return Reason.TOTAL_NOTIONAL_UNKNOWN, (("mark_ht", None, None),)
        total_e8 = others_e8 + own_e8
        if total_e8 <= self._limit_e8:
            return None
        return Reason.TOTAL_NOTIONAL_LIMIT, (("worst_total_e8", total_e8, self._limit_e8),)

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return the worst case of all instruments against the limit; None if it is unknown."""
        return (("worst_total_e8", now.book.others_worst_e8(""), self._limit_e8),)


EXAMPLES: Final[Examples] = (
    ({"qty_lots": 1, "price_ticks": 100, "config": {"max_total_e8": 99}}, "TOTAL_NOTIONAL_LIMIT"),
    ({"qty_lots": 1, "price_ticks": 100, "config": {"max_total_e8": 100}}, None),
    ({"others_mark_ht": None, "others_position_lots": 1}, "TOTAL_NOTIONAL_UNKNOWN"),
)


def build(config: Config) -> Control:
    """Return the control."""
    return TotalNotional(config)
