"""The value of one order: the venue's minimum and maximum, ours, and the decision's budget.

The value is quantity times the order's own price. Equality passes. The budget binds orders that
add risk: under probation a quarter of the greatest order value, say, and not a unit more.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import ConfigError
from tools.core.units import E8, PPM
from tools.core.verdicts import Evidence
from tools.risk.control import Control, Examples, Finding, Question
from tools.risk.standing import Standing, bound, fuller, lower


class Reason(StrEnum):
    """Why this control refuses."""

    ORDER_VALUE_BELOW_MINIMUM = "ORDER_VALUE_BELOW_MINIMUM"  # worth less than the venue takes
    ORDER_VALUE_ABOVE_MAXIMUM = "ORDER_VALUE_ABOVE_MAXIMUM"  # worth more than the venue takes
    ORDER_VALUE_LIMIT = "ORDER_VALUE_LIMIT"  # worth more than any order of ours may be
    BUDGET_EXCEEDED = "BUDGET_EXCEEDED"  # worth more than the decision's share of that


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    max_order_e8
        Greatest value of one order, 1e-8 quote currency.
    """

    max_order_e8: int = 5_000 * E8

    def __post_init__(self) -> None:
        if self.max_order_e8 < 0:
            raise ConfigError("control.order_value.max_order_e8: must not be negative")


class OrderValue(Control):
    """Refuses an order worth too little for the venue or too much for anybody."""

    def __init__(self, config: Config) -> None:
        self._max_e8: Final = config.max_order_e8

    def check(self, question: Question) -> Finding | None:
        """Refuse an order that is worth too little or too much."""
        price_ticks = question.price_ticks
        if price_ticks is None:
            return None  # the mark is another control's question
        steps = question.exposure.steps
        money_htl = 2 * price_ticks * question.intent.qty_lots
        value_e8 = steps.e8_up(money_htl)
        if steps.min_notional_e8 > 0:
            least_e8 = steps.e8_down(money_htl)
            if least_e8 < steps.min_notional_e8:
                figure = ("order_value_e8", least_e8, steps.min_notional_e8)
                return Reason.ORDER_VALUE_BELOW_MINIMUM, (figure,)
        if 0 < steps.max_notional_e8 < value_e8:
            return Reason.ORDER_VALUE_ABOVE_MAXIMUM, (("order_value_e8", value_e8, steps.max_notional_e8),)
        if value_e8 > self._max_e8:
            return Reason.ORDER_VALUE_LIMIT, (("order_value_e8", value_e8, self._max_e8),)
        decision = question.decision
        if decision is not None and not question.reducing and decision.budget_ppm < PPM:
            budget_e8 = self._max_e8 * decision.budget_ppm // PPM
            if value_e8 > budget_e8:
                return Reason.BUDGET_EXCEEDED, (("order_value_e8", value_e8, budget_e8),)
        return None

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return the largest open order, and those nearest to the venue's bounds and to the budget.

        An order counts as it was asked for, at its own price; one without a known price makes the
        largest unknown. The budget is that of the decision in force now, where it is less than all.
        """
        most_e8: int | None = 0
        low: tuple[int, int] | None = None
        high: tuple[int, int] | None = None
        budget: tuple[int, int] | None = None
        for symbol, exposure in now.book.by_symbol.items():
            steps = exposure.steps
            decision = now.decisions.get(symbol)
            share_ppm = PPM if decision is None else decision.budget_ppm
            for live in exposure.open.values():
                if live.price_ticks <= 0:
                    most_e8 = None
                    continue
                money_htl = 2 * live.price_ticks * live.asked_lots
                value_e8 = steps.e8_up(money_htl)
                most_e8 = None if most_e8 is None else max(most_e8, value_e8)
                if steps.min_notional_e8 > 0:
                    low = lower(low, steps.e8_down(money_htl), steps.min_notional_e8)
                if steps.max_notional_e8 > 0:
                    high = fuller(high, value_e8, steps.max_notional_e8)
                if share_ppm < PPM and not exposure.reduces(live.side, 0):
                    budget = fuller(budget, value_e8, self._max_e8 * share_ppm // PPM)
        return (
            ("order_value_e8", most_e8, self._max_e8),
            bound("least_order_value_e8", low),
            bound("venue_order_value_e8", high),
            bound("budgeted_order_value_e8", budget),
        )

    def quiet_limits(self) -> tuple[str, ...]:
        """Return all of them: an order at a bound is as it should be."""
        return (
            "order_value_e8",
            "least_order_value_e8",
            "venue_order_value_e8",
            "budgeted_order_value_e8",
        )

    def overridable(self) -> bool:
        """Return True: RTS 6, article 15(6)."""
        return True


EXAMPLES: Final[Examples] = (
    ({"instrument": {"min_notional": "0.000001"}, "price_ticks": 99}, "ORDER_VALUE_BELOW_MINIMUM"),
    ({"instrument": {"max_notional": "0.000001"}, "price_ticks": 101}, "ORDER_VALUE_ABOVE_MAXIMUM"),
    ({"config": {"max_order_e8": 99}, "price_ticks": 100}, "ORDER_VALUE_LIMIT"),
    ({"config": {"max_order_e8": 399}, "price_ticks": 100, "budget_ppm": 250_000}, "BUDGET_EXCEEDED"),
    ({"config": {"max_order_e8": 400}, "price_ticks": 100, "budget_ppm": 250_000}, None),
    ({"instrument": {"min_notional": "0.000001", "max_notional": "0.000001"}, "price_ticks": 100}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return OrderValue(config)
