"""The venue's price filter: a positive multiple of the tick between a least and a greatest price.

Prices are counted in ticks, so an order between two ticks cannot be written down. A bound of 0
is none, as venues write it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.verdicts import Evidence
from tools.risk.control import Control, Examples, Finding, Question
from tools.risk.standing import Standing, bound, fuller, lower


class Reason(StrEnum):
    """Why this control refuses."""

    PRICE_BELOW_MINIMUM = "PRICE_BELOW_MINIMUM"  # below the instrument's least price
    PRICE_ABOVE_MAXIMUM = "PRICE_ABOVE_MAXIMUM"  # above the instrument's greatest price


@dataclass(frozen=True, kw_only=True)
class Config:
    """This control has no parameters: the bounds are the instrument's."""


class PriceFilter(Control):
    """Refuses a price outside of the instrument's bounds."""

    def check(self, question: Question) -> Finding | None:
        """Refuse a price that the venue would refuse."""
        price_ticks = question.price_ticks
        if price_ticks is None:
            return None
        steps = question.exposure.steps
        if price_ticks < steps.min_price_ticks:
            return Reason.PRICE_BELOW_MINIMUM, (("price_ticks", price_ticks, steps.min_price_ticks),)
        if 0 < steps.max_price_ticks < price_ticks:
            return Reason.PRICE_ABOVE_MAXIMUM, (("price_ticks", price_ticks, steps.max_price_ticks),)
        return None

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return the open orders nearest to the bounds of their instruments; None without any."""
        low: tuple[int, int] | None = None
        high: tuple[int, int] | None = None
        for exposure in now.book.by_symbol.values():
            steps = exposure.steps
            for live in exposure.open.values():
                if live.price_ticks > 0 and steps.min_price_ticks > 0:
                    low = lower(low, live.price_ticks, steps.min_price_ticks)
                if live.price_ticks > 0 and steps.max_price_ticks > 0:
                    high = fuller(high, live.price_ticks, steps.max_price_ticks)
        return bound("least_price_ticks", low), bound("price_ticks", high)

    def quiet_limits(self) -> tuple[str, ...]:
        """Return both: where a price stands between the bounds is the market's doing."""
        return "least_price_ticks", "price_ticks"


EXAMPLES: Final[Examples] = (
    ({"instrument": {"min_price": "0.01"}, "price_ticks": 99}, "PRICE_BELOW_MINIMUM"),
    ({"instrument": {"max_price": "0.01"}, "price_ticks": 101}, "PRICE_ABOVE_MAXIMUM"),
    ({"instrument": {"min_price": "0.01", "max_price": "0.01"}, "price_ticks": 100}, None),
    ({"price_ticks": 10**9}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return PriceFilter()
