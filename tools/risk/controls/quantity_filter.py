"""The venue's quantity filter: whole lots between a least and a greatest quantity.

Quantities are counted in lots, so a part of one cannot be written down. A bound of 0 is none.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.verdicts import Evidence
from tools.risk.control import Control, Examples, Finding, Question
from tools.risk.standing import Standing, bound, fuller, lower


class Reason(StrEnum):
    """Why this control refuses."""

    QTY_BELOW_MINIMUM = "QTY_BELOW_MINIMUM"  # less than the instrument's least quantity
    QTY_ABOVE_MAXIMUM = "QTY_ABOVE_MAXIMUM"  # more than the instrument's greatest quantity


@dataclass(frozen=True, kw_only=True)
class Config:
    """This control has no parameters: the bounds are the instrument's."""


class QuantityFilter(Control):
    """Refuses a quantity outside of the instrument's bounds."""

    def check(self, question: Question) -> Finding | None:
        """Refuse a quantity that the venue would refuse."""
        qty_lots = question.intent.qty_lots
        steps = question.exposure.steps
        if qty_lots < steps.min_qty_lots:
            return Reason.QTY_BELOW_MINIMUM, (("qty_lots", qty_lots, steps.min_qty_lots),)
        if 0 < steps.max_qty_lots < qty_lots:
            return Reason.QTY_ABOVE_MAXIMUM, (("qty_lots", qty_lots, steps.max_qty_lots),)
        return None

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return the open orders nearest to the bounds of their instruments; None without any.

        The quantity is what was asked for: what is left of an order may be less than the least.
        """
        low: tuple[int, int] | None = None
        high: tuple[int, int] | None = None
        for exposure in now.book.by_symbol.values():
            steps = exposure.steps
            for live in exposure.open.values():
                if steps.min_qty_lots > 0:
                    low = lower(low, live.asked_lots, steps.min_qty_lots)
                if steps.max_qty_lots > 0:
                    high = fuller(high, live.asked_lots, steps.max_qty_lots)
        return bound("least_qty_lots", low), bound("qty_lots", high)

    def quiet_limits(self) -> tuple[str, ...]:
        """Return both: an order at a bound is as it should be."""
        return "least_qty_lots", "qty_lots"


EXAMPLES: Final[Examples] = (
    ({"instrument": {"min_qty": "0.0002"}, "qty_lots": 1}, "QTY_BELOW_MINIMUM"),
    ({"instrument": {"max_qty": "0.0002"}, "qty_lots": 3}, "QTY_ABOVE_MAXIMUM"),
    ({"instrument": {"min_qty": "0.0002", "max_qty": "0.0002"}, "qty_lots": 2}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return QuantityFilter()
