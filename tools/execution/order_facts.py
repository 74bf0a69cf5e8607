"""What is known of one order, and all that is computed from it.

Known are the ledger of its executions by execution id, the chain of its client ids, the
terms in force, its requests, and the flags that the venue has set. Status, filled and
remaining quantity and average price are computed from these, by precedence, and assigned
nowhere; so no sequence of messages can leave a status that contradicts the ledger.
"""

from typing import Final

from tools.core.events import Side
from tools.core.orders import OrderStatus, TimeInForce
from tools.core.reports import ExecutionReport
from tools.core.units import div_half_even
from tools.execution.executions import Booking, Executions
from tools.execution.life import NEVER_NS, Life
from tools.execution.requests import Requests
from tools.execution.terms import Terms

PRECEDENCE: Final[dict[OrderStatus, int]] = {
    OrderStatus.PENDING_CANCEL: 12,
    OrderStatus.PENDING_REPLACE: 11,
    OrderStatus.DONE_FOR_DAY: 10,
    OrderStatus.CALCULATED: 9,
    OrderStatus.FILLED: 8,
    OrderStatus.STOPPED: 7,
    OrderStatus.SUSPENDED: 6,
    OrderStatus.CANCELED: 5,
    OrderStatus.EXPIRED: 5,
    OrderStatus.PARTIALLY_FILLED: 4,
    OrderStatus.REJECTED: 2,
    OrderStatus.NEW: 2,
    OrderStatus.PENDING_NEW: 2,
}
"""Of the conditions that hold, the highest is the status; of two that rank the same, the one
that stands first here. The ranks are those of FIX 5.0 SP2, Appendix D; Calculated, Suspended
and Expired are not in the edition that was read, and Expired ranks with Canceled, as Binance
reports it: an order that expires with fills is EXPIRED, not PARTIALLY_FILLED."""


class OrderFacts:
    """One order as it is known; `Order` adds what changes it.

    Parameters
    ----------
    client_id, symbol, side
        `client_id` is unique within a run.
    qty_lots, price_ticks
        As ordered; 0 lots for a quantity that only the venue knows (a cash amount, an order
        sent elsewhere).
    sent_ns
        Event time at which it was handed to the exchange client.
    time_in_force
        A DAY order ends with the day; any other is taken up again after it.
    """

    def __init__(
        self,
        client_id: str,
        symbol: str,
        side: Side,
        qty_lots: int,
        price_ticks: int,
        sent_ns: int,
        time_in_force: TimeInForce = TimeInForce.GTC,
    ) -> None:
        self.client_id: Final = client_id
        self.symbol: Final = symbol
        self.side: Final = side
        self.sent_lots: Final = qty_lots
        self.sent_ticks: Final = price_ticks
        self.sent_ns: Final = sent_ns
        self.time_in_force: Final = time_in_force
        self.exchange_id = ""
        self.text = ""
        self._reports: dict[str, ExecutionReport] = {}  # by execution id: whatever was applied
        self._executions: Final = Executions()
        self._requests: Final = Requests()
        self._terms: Final = Terms(qty_lots, price_ticks)
        self._life: Final = Life(time_in_force)
        self._ids: list[str] = [client_id]
        self._told = (NEVER_NS, "")  # when the venue last stated a total
        self._told_lots: int | None = None

    @property
    def cum_lots(self) -> int:
        """Filled quantity: the sum over the ledger."""
        return self._executions.cum_lots

    @property
    def qty_lots(self) -> int:
        """Quantity in force; 0 while only the venue knows it.

        A replace to less than had been filled when it came into force is one to exactly
        that (Appendix D, C.3.c).
        """
        terms = self._terms
        if self._executions.cum_lots <= terms.qty_lots or terms.since_ns is None:
            return terms.qty_lots
        return max(terms.qty_lots, self._executions.until(terms.since_ns))

    @property
    def price_ticks(self) -> int:
        """Limit price in force."""
        return self._terms.price_ticks

    @property
    def _complete(self) -> bool:
        """True if the quantity in force is filled."""
        return self._terms.known and self._executions.cum_lots >= self._terms.qty_lots

    @property
    def outcome(self) -> OrderStatus:
        """The status without what is pending, calculated, stopped or suspended."""
        life, cum = self._life, self._executions.cum_lots
        if life.canceled or life.expired:
            if cum > 0 and self._complete:
                return OrderStatus.FILLED
            return OrderStatus.CANCELED if life.canceled else OrderStatus.EXPIRED
        if life.done_for_day:
            return OrderStatus.DONE_FOR_DAY
        if self._complete:
            return OrderStatus.FILLED if cum > 0 else OrderStatus.CANCELED  # replaced down to nothing
        if cum > 0:
            return OrderStatus.PARTIALLY_FILLED
        if life.rejected:
            return OrderStatus.REJECTED
        return OrderStatus.NEW if life.accepted else OrderStatus.PENDING_NEW

    @property
    def status(self) -> OrderStatus:
        """The highest-precedence condition that holds (`PRECEDENCE`)."""
        if self._requests.pending(False):
            return OrderStatus.PENDING_CANCEL
        if self._requests.pending(True):
            return OrderStatus.PENDING_REPLACE
        outcome, life = self.outcome, self._life
        if outcome is OrderStatus.DONE_FOR_DAY or life.ended(self._executions.cum_lots):
            return outcome
        if life.calculated:
            return OrderStatus.CALCULATED
        if outcome is OrderStatus.FILLED:
            return outcome
        if life.stopped:
            return OrderStatus.STOPPED
        return OrderStatus.SUSPENDED if life.suspended else outcome

    @property
    def leaves_lots(self) -> int:
        """Quantity that can still be filled; 0 once nothing more fills."""
        cum = self._executions.cum_lots
        return 0 if self._life.ended(cum) else max(0, self._terms.qty_lots - cum)

    @property
    def open_lots(self) -> int:
        """The most that can still fill under any terms in force or asked for.

        What exposure must count: a replace upward from the moment it is sent, and the
        confirmed quantity while the venue announces a lower one.
        """
        cum, terms = self._executions.cum_lots, self._terms
        if self._life.ended(cum):
            return 0
        most = max(terms.qty_lots, terms.confirmed_lots)
        for request in self._requests.replaces_open():
            if request.qty_lots is not None:
                most = max(most, request.qty_lots)
        return max(0, most - cum)

    @property
    def closed_as(self) -> OrderStatus | None:
        """What it ended as, once nothing more is expected of it; else None.

        FILLED, CANCELED, EXPIRED, DONE_FOR_DAY (a day order) or REJECTED. An order of which
        a replace is under way is not closed, although it is filled: it may be taken up again.
        """
        requests = self._requests
        if requests.pending(False) or requests.pending(True) or requests.replaces_open():
            return None
        if self._complete:
            return OrderStatus.FILLED if self._executions.cum_lots > 0 else OrderStatus.CANCELED
        return self.outcome if self._life.ended(self._executions.cum_lots) else None

    @property
    def closed(self) -> bool:
        """True once nothing more is expected of this order."""
        return self.closed_as is not None

    @property
    def overfill_lots(self) -> int:
        """Quantity filled beyond the quantity in force."""
        return max(0, self._executions.cum_lots - self.qty_lots) if self._terms.known else 0

    @property
    def missing_lots(self) -> int:
        """How much more was filled than we know of, by what the venue stated last."""
        return 0 if self._told_lots is None else max(0, self._told_lots - self._executions.cum_lots)

    @property
    def unresolved(self) -> bool:
        """True if it is not known whether the venue has it: a time-out, and no word of it since."""
        return self._life.unresolved and self.outcome is OrderStatus.PENDING_NEW

    @property
    def value_lot_ticks(self) -> int:
        """Sum of lots x ticks over the fills; divided by `cum_lots` it is the average price."""
        return self._executions.value

    def average_ticks_e8(self) -> int | None:
        """Return the average fill price in 1e-8 ticks, half to even; None without a fill."""
        if self._executions.cum_lots <= 0:
            return None
        return div_half_even(self._executions.value * 100_000_000, self._executions.cum_lots)

    @property
    def fills(self) -> dict[str, Booking]:
        """A copy of what counts of the ledger: execution id to ``(lots, ticks)``."""
        return self._executions.counting()

    @property
    def reports(self) -> dict[str, ExecutionReport]:
        """A copy of what was applied, by execution id, in order of arrival."""
        return dict(self._reports)

    @property
    def client_ids(self) -> tuple[str, ...]:
        """Its client ids: the first, and that of each replace that came into force."""
        return tuple(self._ids)

    @property
    def all_ids(self) -> tuple[str, ...]:
        """Every id by which it is known: its own, and those of all cancels and replaces."""
        known = dict.fromkeys(self._ids)
        for request in self._requests.all():
            known[request.request_id] = None
        return tuple(known)

    def __repr__(self) -> str:
        """Return the order on one line, for a notebook."""
        return (
            f"<Order {self.client_id} {self.side} {self.qty_lots} lots {self.symbol}"
            f" at {self.price_ticks} ticks: {self.status}, {self.cum_lots} filled>"
        )

    def to_dict(self) -> dict[str, object]:
        """Return the order as plain values in ticks and lots, its ledger included."""
        return {
            "average_ticks_e8": self.average_ticks_e8(),
            "client_id": self.client_id,
            "client_ids": list(self._ids),
            "cum_lots": self.cum_lots,
            "exchange_id": self.exchange_id,
            "fills": [[key, lots, ticks] for key, (lots, ticks) in self.fills.items()],
            "leaves_lots": self.leaves_lots,
            "price_ticks": self.price_ticks,
            "qty_lots": self.qty_lots,
            "sent_ns": self.sent_ns,
            "side": self.side.value,
            "status": self.status.value,
            "symbol": self.symbol,
            "text": self.text,
        }
