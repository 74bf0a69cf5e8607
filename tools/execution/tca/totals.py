"""Sums over the orders that are over: shortfall, ends, cancel races, latencies."""

from typing import Final

from tools.execution.durations import Durations
from tools.execution.tca.records import OrderEnd, OrderQuality


class OrderTotals:
    """What the orders of one instrument came to together."""

    def __init__(self) -> None:
        self.sent = 0
        self.cancels_sent = 0
        self.post_only_rejects = 0
        self._ends: Final[dict[str, int]] = {}
        for end in OrderEnd:
            self._ends[end.value] = 0
        self._filled_orders = 0
        self._fills = 0
        self._measured = 0
        self._unmeasured = 0
        self._shortfall_htl = 0
        self._delay_htl = 0
        self._trading_htl = 0
        self._opportunity_htl = 0
        self._fees_e8 = 0
        self._residual_htl = 0  # of the absolute values
        self._canceled_orders = 0  # orders for which a cancel had left
        self._raced_orders = 0
        self._raced_fills = 0
        self._raced_markout_htl = 0
        self._raced_notional_htl = 0
        self._to_arrival: Final = Durations()
        self._to_hear: Final = Durations()

    def heard(self, after_ns: int) -> None:
        """Take how long after it a fill was heard of."""
        self._to_hear.add(after_ns)

    def raced(self, markout_htl: int | None, notional_htl: int) -> None:
        """Take the 5 s markout of a fill that came after a cancel had left."""
        self._raced_fills += 1
        if markout_htl is not None:
            self._raced_markout_htl += markout_htl
            self._raced_notional_htl += notional_htl

    def add(self, order: OrderQuality) -> None:
        """Add an order that is over, or that the run's end found open."""
        self._ends[order.end.value] += 1
        if order.post_only_reject:
            self.post_only_rejects += 1
        if order.fills:
            self._filled_orders += 1
            self._fills += order.fills
        times = order.times
        if times.cancel_sent_ns is not None:
            self._canceled_orders += 1
            if order.raced_fills:
                self._raced_orders += 1
        if times.arrived_ns is not None:
            self._to_arrival.add(times.arrived_ns - times.sent_ns)
        parts = order.shortfall
        whole = parts.shortfall_htl
        delay, trading, opportunity = parts.delay_htl, parts.trading_htl, parts.opportunity_htl
        if whole is None or delay is None or trading is None or opportunity is None:
            self._unmeasured += 1
            return
        self._measured += 1
        self._shortfall_htl += whole
        self._delay_htl += delay
        self._trading_htl += trading
        self._opportunity_htl += opportunity
        self._fees_e8 += parts.fees_e8
        self._residual_htl += abs(whole - delay - trading - opportunity)

    def to_dict(self) -> dict[str, object]:
        """Return the sums; ends and latencies by name."""
        ends: dict[str, object] = {}
        for end, count in self._ends.items():
            ends[end.lower()] = count
        return {
            "cancel_race": {
                "cancels_sent": self.cancels_sent,
                "markout_5s_htl": self._raced_markout_htl,
                "notional_htl": self._raced_notional_htl,
                "orders": self._canceled_orders,
                "raced_fills": self._raced_fills,
                "raced_orders": self._raced_orders,
            },
            "latency": {
                "decision_to_arrival": self._to_arrival.to_dict(),
                "fill_to_report": self._to_hear.to_dict(),
            },
            "orders": {
                **ends,
                "fills": self._fills,
                "post_only_rejects": self.post_only_rejects,
                "sent": self.sent,
                "with_fill": self._filled_orders,
            },
            "shortfall": {
                "delay_htl": self._delay_htl,
                "fees_e8": self._fees_e8,
                "opportunity_htl": self._opportunity_htl,
                "orders": self._measured,
                "residual_htl": self._residual_htl,
                "shortfall_htl": self._shortfall_htl,
                "trading_htl": self._trading_htl,
                "unmeasured": self._unmeasured,
            },
        }
