"""What must be remembered of an order until it is over, and what it came to."""

from typing import Final

from tools.core.events import Side
from tools.core.orders import OrderOutcome, OrderStatus, TimeInForce
from tools.core.units import PPM
from tools.execution.tca.records import (
    Context,
    OrderEnd,
    OrderQuality,
    OrderTimes,
    QueuePlace,
    Shortfall,
)

ENDS: Final = {
    OrderStatus.FILLED: OrderEnd.FILL,
    OrderStatus.CANCELED: OrderEnd.CANCEL,
    OrderStatus.EXPIRED: OrderEnd.EXPIRE,
    OrderStatus.DONE_FOR_DAY: OrderEnd.EXPIRE,  # a day order's end is that of its time
    OrderStatus.REJECTED: OrderEnd.REJECT,
}


class LiveOrder:
    """One order on its way or at the venue."""

    def __init__(
        self,
        client_id: str,
        symbol: str,
        side: Side,
        time_in_force: TimeInForce,
        price_ticks: int,
        qty_lots: int,
        sent_ns: int,
        decision_ht: int | None,
        context: Context,
    ) -> None:
        self.client_id: Final = client_id
        self.symbol: Final = symbol
        self.side: Final = side
        self.sign: Final = 1 if side is Side.BUY else -1
        self.time_in_force: Final = time_in_force
        self.price_ticks: Final = price_ticks
        self.qty_lots = qty_lots  # as last in force
        self.sent_ns: Final = sent_ns
        self.decision_ht: Final = decision_ht
        self.context: Final = context
        self.arrived_ns: int | None = None
        self.acknowledged_ns: int | None = None
        self.arrival_ht: int | None = None
        self.distance_ticks: int | None = None
        self.first_fill_ns: int | None = None
        self.cancel_sent_ns: int | None = None
        self.fills = 0
        self.filled_lots = 0
        self.paid_htl = 0  # sum of q p
        self.fees_e8 = 0
        self.raced_fills = 0
        self.raced_lots = 0
        self.outcome: OrderOutcome | None = None

    def fill(self, qty_lots: int, price_ht: int, time_ns: int, fee_e8: int) -> bool:
        """Take a fill; return True if a cancel had left before it."""
        if self.first_fill_ns is None:
            self.first_fill_ns = time_ns
        self.fills += 1
        self.filled_lots += qty_lots
        self.paid_htl += price_ht * qty_lots
        self.fees_e8 += fee_e8
        racing = self.cancel_sent_ns is not None and time_ns > self.cancel_sent_ns
        if racing:
            self.raced_fills += 1
            self.raced_lots += qty_lots
        return racing

    def close(self, end: OrderEnd, ended_ns: int, end_ht: int | None, post_only_reject: bool) -> OrderQuality:
        """Return what it came to, with the mid at its end."""
        return OrderQuality(
            self.client_id,
            self.symbol,
            self.side,
            self.time_in_force,
            self.price_ticks,
            self.qty_lots,
            self.filled_lots,
            self.fills,
            self.raced_lots,
            self.raced_fills,
            end,
            post_only_reject,
            OrderTimes(
                self.sent_ns,
                self.arrived_ns,
                None if self.outcome is None else self.outcome.rested_ns,
                self.acknowledged_ns,
                self.first_fill_ns,
                self.cancel_sent_ns,
                ended_ns,
            ),
            self._shortfall(end_ht),
            self._place(),
            self.context,
        )

    def _shortfall(self, end_ht: int | None) -> Shortfall:
        """Return shortfall and parts; what needs a mid that is not known is None."""
        filled = self.filled_lots
        left = max(0, self.qty_lots - filled)
        decision, arrival = self.decision_ht, self.arrival_ht
        delay: int | None = 0 if filled == 0 else None
        trading: int | None = delay
        opportunity: int | None = 0 if left == 0 else None
        shortfall: int | None = None
        if filled and arrival is not None:
            trading = self.sign * (self.paid_htl - filled * arrival)
            if decision is not None:
                delay = self.sign * filled * (arrival - decision)
        if decision is not None:
            if left and end_ht is not None:
                opportunity = self.sign * left * (end_ht - decision)
            if not left:
                shortfall = self.sign * (self.paid_htl - filled * decision)
            elif end_ht is not None:
                # All of it at once: paid, and the rest at the end's mid, against all at the decision's.
                whole = self.paid_htl + left * end_ht
                shortfall = self.sign * (whole - (filled + left) * decision)
        return Shortfall(decision, arrival, end_ht, shortfall, delay, trading, opportunity, self.fees_e8)

    def _place(self) -> QueuePlace:
        told = self.outcome
        if told is None:
            return QueuePlace(self.distance_ticks, None, None, None, None, None, None, False)
        share: int | None = None
        if told.ahead_lots is not None:
            share = 0 if told.ahead_lots == 0 else None
            if told.shown_lots:
                share = told.ahead_lots * PPM // told.shown_lots
        return QueuePlace(
            self.distance_ticks,
            told.ahead_lots,
            told.shown_lots,
            share,
            told.fill_class,
            told.ra_lots,
            told.opt_lots,
            told.impact_suspect,
        )
