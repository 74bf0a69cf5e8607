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


Standing = tuple[OrderStatus, OrderStatus, int, int, OrderStatus | None]
"""``(status, outcome, leaves lots, open lots, closed as)``."""


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
        self._ids: list[str] = [client_id]  # in the order in which they came into force
        self._ids_ns: list[int] = [NEVER_NS]  # when each did
        self._told = (NEVER_NS, "")  # when the venue last stated a total
        self._told_lots: int | None = None
        self._stands: Standing | None = None  # as computed last; None once anything was told since

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

    def _standing(self) -> Standing:
        """Compute where the order stands from all that is known; everything below reads it off."""
        found = self._stands
        if found is not None:
            return found
        life, terms, cum = self._life, self._terms, self._executions.cum_lots
        complete = terms.known and cum >= terms.qty_lots
        ended = life.ended(cum)
        outcome = self._outcome(complete, cum)
        leaves_lots = 0 if ended or cum >= terms.qty_lots else terms.qty_lots - cum
        if self._requests.quiet:
            status = outcome
            open_lots = terms.confirmed_lots - cum
            if ended or open_lots < leaves_lots:
                open_lots = leaves_lots
            expected = not (complete or ended)
        else:
            status = self._requests.pending_status or outcome
            open_lots = 0 if ended else max(leaves_lots, self._most_lots() - cum)
            expected = True
        told_lots = self._told_lots
        if told_lots is not None and (ended or told_lots > terms.qty_lots):
            open_lots = max(open_lots, self.missing_lots)
        if status is outcome and life.marked and not ended:
            status = life.marked_status(outcome)
        closed_as: OrderStatus | None = None
        if not expected:
            closed_as = OrderStatus.FILLED if complete and cum > 0 else outcome
        made = (status, outcome, leaves_lots, open_lots, closed_as)
        self._stands = made
        return made

    def _outcome(self, complete: bool, cum: int) -> OrderStatus:
        life = self._life
        if life.canceled or life.expired:
            if complete and cum > 0:
                return OrderStatus.FILLED
            return OrderStatus.CANCELED if life.canceled else OrderStatus.EXPIRED
        if life.marked and life.done_for_day:
            return OrderStatus.DONE_FOR_DAY
        if complete:
            return OrderStatus.FILLED if cum > 0 else OrderStatus.CANCELED  # replaced down to nothing
        if cum > 0:
            return OrderStatus.PARTIALLY_FILLED
        if life.rejected:
            return OrderStatus.REJECTED
        return OrderStatus.NEW if life.accepted else OrderStatus.PENDING_NEW

    def _most_lots(self) -> int:
        """Return the largest quantity that is in force, confirmed, or asked for."""
        most = max(self._terms.qty_lots, self._terms.confirmed_lots)
        for request in self._requests.replaces_open:
            if request.qty_lots is not None:
                most = max(most, request.qty_lots)
        return most

    @property
    def status(self) -> OrderStatus:
        """The highest-precedence condition that holds (`PRECEDENCE`)."""
        return self._standing()[0]

    @property
    def outcome(self) -> OrderStatus:
        """The status without what is pending, calculated, stopped or suspended."""
        return self._standing()[1]

    @property
    def leaves_lots(self) -> int:
        """Quantity that can still be filled; 0 once nothing more fills."""
        return self._standing()[2]

    @property
    def open_lots(self) -> int:
        """The most that can still fill under any terms in force or asked for.

        What exposure must count: a replace upward from the moment it is sent, the confirmed
        quantity while the venue announces a lower one, and what the venue has filled but not
        reported yet, by the total that it states (a cancel may overtake the last fill).
        """
        return self._standing()[3]

    @property
    def closed_as(self) -> OrderStatus | None:
        """What it ended as, once nothing more is expected of it; else None.

        FILLED, CANCELED, EXPIRED, DONE_FOR_DAY (a day order) or REJECTED. An order of which
        a replace is under way is not closed, although it is filled: it may be taken up again.
        """
        return self._standing()[4]

    @property
    def closed(self) -> bool:
        """True once nothing more is expected of this order."""
        return self._standing()[4] is not None

    @property
    def overfill_lots(self) -> int:
        """Quantity filled beyond the quantity in force, or confirmed while a lower one is announced."""
        if not self._terms.known:
            return 0
        return max(0, self._executions.cum_lots - max(self.qty_lots, self._terms.confirmed_lots))

    @property
    def missing_lots(self) -> int:
        """How much more was filled than we know of, by the total that the venue stated last.

        Held against what the ledger knows of that moment, so that neither a later fill nor a
        later bust hides or feigns a missing report.
        """
        if self._told_lots is None:
            return 0
        return max(0, self._told_lots - self._executions.until(self._told[0]))

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
