"""The order store: every order of a run, and the views that P0.1 had of it.

Three things change it: `add` takes in an order that is about to be sent, `request` a cancel
or replace that is, and `apply` books one report. Everything else is a view: an order's
state is computed from its own ledger.
"""

from enum import StrEnum
from typing import Final

from tools.core.errors import UsageError
from tools.core.events import Side
from tools.core.orders import QUARANTINED, ChangeAlert, OrderChange, OrderStatus, TimeInForce
from tools.core.reports import ExecutionReport, report_from
from tools.core.snapshots import Snapshot, read_int, read_part, read_parts
from tools.execution.client_ids import ClientIds
from tools.execution.order import Order
from tools.execution.order_index import OrderIndex
from tools.execution.strangers import Strangers, misplaced, without_order

__all__ = ["InMemoryOrderStore", "Order", "OrderState", "state_of"]


class OrderState(StrEnum):
    """P0.1's six states, a view of the computed status."""

    PENDING = "PENDING"
    OPEN = "OPEN"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"


_STATE_OF: Final[dict[OrderStatus, OrderState]] = {
    OrderStatus.PENDING_NEW: OrderState.PENDING,
    OrderStatus.NEW: OrderState.OPEN,
    OrderStatus.PARTIALLY_FILLED: OrderState.PARTIALLY_FILLED,
    OrderStatus.FILLED: OrderState.FILLED,
    OrderStatus.CANCELED: OrderState.CANCELED,
    OrderStatus.EXPIRED: OrderState.CANCELED,  # counted apart in `counts`
    OrderStatus.REJECTED: OrderState.REJECTED,
}


def state_of(order: Order) -> OrderState:
    """Return P0.1's state of an order: the view of its outcome.

    What is pending, stopped, suspended or calculated shows as what it is without. A day
    order that is done for the day shows as CANCELED, one that goes on tomorrow as what it
    was: nothing, or part of it, filled.
    """
    outcome = order.outcome
    if outcome is not OrderStatus.DONE_FOR_DAY:
        return _STATE_OF[outcome]
    if order.closed_as is OrderStatus.FILLED:
        return OrderState.FILLED
    if order.closed:
        return OrderState.CANCELED
    return OrderState.PARTIALLY_FILLED if order.cum_lots > 0 else OrderState.OPEN


_NONE: Final = ChangeAlert.NONE  # looked up once: every report is asked

# How many reports that were not applied are kept to be looked at.
_QUARANTINE_MAX: Final = 100


class InMemoryOrderStore:
    """All orders by client id, in the order in which they were added.

    Parameters
    ----------
    keep_closed
        How many closed orders stay; older ones are forgotten, their counts are not. None
        keeps all.
    run_id
        An input of the run, for the ids that a venue is given; see `ClientIds`.
    """

    def __init__(self, keep_closed: int | None = None, *, run_id: str = "") -> None:
        if keep_closed is not None and keep_closed < 0:
            raise UsageError("keep_closed must not be negative")
        self._keep_closed: Final = keep_closed
        self._run_id: Final = run_id
        self.reset()

    def reset(self) -> None:
        """Forget every order and start the ids again."""
        self.ids = ClientIds(self._run_id)
        self._index = OrderIndex(self._keep_closed)
        self._strangers = Strangers()
        self._gone = self._strangers.gone
        self._quarantine: list[ExecutionReport] = []
        self._added = 0
        self._fill_events = 0
        self._alerts: dict[str, int] = {}

    # -- what changes it ----------------------------------------------------------------

    def next_client_id(self) -> str:
        """Return the next client order id: CLI00000001, CLI00000002, ...

        One that the venue knows an order by already, from another run, is passed over.
        """
        made = self.ids.next()
        while self._taken(made):
            made = self.ids.next()
        return made

    def add(
        self,
        client_id: str,
        symbol: str,
        side: Side,
        qty_lots: int | None,
        price_ticks: int,
        sent_ns: int,
        time_in_force: TimeInForce = TimeInForce.GTC,
    ) -> Order:
        """Take in an order before it is sent; raise `UsageError` if the id is taken.

        A quantity of None is for an order over an amount of money (FIX CashOrderQty): it is
        0 lots until the venue says how many it makes, and nothing of it counts as open
        before that. Risk approves no such order.
        """
        self._refuse_taken(client_id)
        if (qty_lots is not None and qty_lots <= 0) or price_ticks <= 0:
            raise UsageError(f"{client_id}: quantity and price must be positive")
        lots = 0 if qty_lots is None else qty_lots
        order = Order(client_id, symbol, side, lots, price_ticks, sent_ns, time_in_force)
        self._index.add(order)
        self._added += 1
        return order

    def request(
        self,
        client_id: str,
        request_id: str,
        replace: bool,
        qty_lots: int | None = None,
        price_ticks: int | None = None,
    ) -> Order:
        """Take note of a cancel or replace that is about to be sent under an id of its own.

        Risk is not told: in a loop use `ExecutionLoop.note_request`, which tells both.

        Parameters
        ----------
        client_id
            The order, by any of its ids.
        request_id
            Of the request; with a replace that comes into force it is the order's id too.
        replace
            Whether it is a replace, or else a cancel.
        qty_lots, price_ticks
            What a replace asks for; None leaves a figure as it is.

        Raises
        ------
        UsageError
            There is no such order, the id is taken, or a figure is not positive.
        """
        order = self._index.get(client_id)
        if order is None:
            raise UsageError(f"{client_id}: no such order in the store")
        self._refuse_taken(request_id)
        order.request(request_id, replace, qty_lots, price_ticks)
        self._strangers.remember(self._index.add_request(request_id, order))
        return order

    def _refuse_taken(self, client_id: str) -> None:
        if self._taken(client_id):
            raise UsageError(f"{client_id}: this client order id is already in the store")

    def _taken(self, client_id: str) -> bool:
        """Return True if an order of ours or of others has this id."""
        return self._index.get(client_id) is not None or self._strangers.knows(client_id)

    def apply(self, report: ExecutionReport) -> OrderChange:
        """Book one report. Never raises: a report that makes no sense comes back as an alert."""
        index = self._index
        exec_id = report.exec_id
        order = index.find(report)
        told = index.reports.get(exec_id) or self._gone.get(exec_id)
        if told is not None:
            alert = ChangeAlert.DUPLICATE if told == report else ChangeAlert.CONFLICT
            change = without_order(report, alert) if order is None else order.unchanged(alert)
        elif order is None:
            change = self._strangers.apply(report)
        else:
            change = order.apply(report)
            if change.alert is _NONE or change.alert not in QUARANTINED:
                gone = index.follow(report, order, change.closed_as is not None)
                if gone:
                    self._strangers.remember(gone)
            elif misplaced(report, order):
                change = self._strangers.by_itself(report)
        if change.fill_lots > 0:
            self._fill_events += 1
        if change.alert is not _NONE:
            self._note(report, change.alert)
        return change

    def _note(self, report: ExecutionReport, alert: ChangeAlert) -> None:
        self._alerts[alert.value] = self._alerts.get(alert.value, 0) + 1
        if alert in QUARANTINED and len(self._quarantine) < _QUARANTINE_MAX:
            self._quarantine.append(report)

    # -- views --------------------------------------------------------------------------

    def get(self, client_id: str) -> Order | None:
        """Return an order of ours by any of its ids: its own, or that of a cancel or replace."""
        return self._index.get(client_id)

    def get_by_exchange_id(self, exchange_id: str, symbol: str = "") -> Order | None:
        """Return an order of ours by the venue's id, and by the symbol where that is not enough."""
        return self._index.at_venue(exchange_id, symbol)

    def all_orders(self) -> list[Order]:
        """Return every order in the store, oldest first."""
        return list(self._index.orders.values())

    def open_orders(self, symbol: str | None = None) -> list[Order]:
        """Return the orders of which something is still expected, oldest first."""
        return [o for o in self._index.open.values() if symbol is None or o.symbol == symbol]

    def by_state(self, state: OrderState) -> list[Order]:
        """Return the orders in one of P0.1's states, oldest first."""
        return [o for o in self._index.orders.values() if state_of(o) is state]

    def by_symbol(self, symbol: str) -> list[Order]:
        """Return the orders of one symbol, oldest first."""
        return [o for o in self._index.orders.values() if o.symbol == symbol]

    def counts(self) -> dict[str, int]:
        """Return the lifecycle counters of everything that was ever added; they close.

        ``sent = rejected + accepted + unanswered`` and
        ``accepted = filled + canceled + expired + open``. A day order that is done for the
        day has expired; `done_for_day` says how many of those there are.
        """
        return {"fill_events": self._fill_events, "sent": self._added, **self._index.lifecycle()}

    def alerts(self) -> dict[str, int]:
        """Return how often each kind of odd report was seen, sorted by name."""
        return dict(sorted(self._alerts.items()))

    def export(self) -> list[dict[str, object]]:
        """Return every order in the store as plain values, oldest first."""
        return [{**o.to_dict(), "state": state_of(o).value} for o in self._index.orders.values()]

    def quarantined(self) -> list[ExecutionReport]:
        """Return the first reports that were not applied: contradictory in themselves, or to others."""
        return list(self._quarantine)

    def strangers(self) -> list[Order]:
        """Return the orders that were not sent from here, oldest first; no counter counts them."""
        return self._strangers.all()

    # -- kept and read back -------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on; no id is ever given twice."""
        return {
            "added": self._added,
            "alerts": dict(self._alerts),
            "fill_events": self._fill_events,
            "given": self.ids.given,
            "index": self._index.snapshot(),
            "quarantine": [report.to_dict() for report in self._quarantine],
            "strangers": self._strangers.snapshot(),
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned, in a store that was made with the same parameters."""
        self.reset()
        self._added = read_int(saved, "added")
        alerts = read_part(saved, "alerts")
        for name in alerts:
            self._alerts[name] = read_int(alerts, name)
        self._fill_events = read_int(saved, "fill_events")
        self.ids.given = read_int(saved, "given")
        self._index.restore(read_part(saved, "index"))
        self._quarantine = [report_from(part) for part in read_parts(saved, "quarantine")]
        self._strangers.restore(read_part(saved, "strangers"))

    def _check(self) -> None:
        """Assert that the indexes agree with the orders."""
        self._index.check()
        self._strangers.check()
        left = 0
        for count in self._index.left.values():
            left += count
        assert left + len(self._index.orders) == self._added
