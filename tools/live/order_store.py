"""The order store: every order of a run, and the views that P0.1 had of it.

It has two mutators. `add` takes in an order that is about to be sent; `apply` books one
report. Everything else is a view: an order's state is computed from its own ledger.
"""

from enum import StrEnum
from typing import Final

from tools.core.errors import UsageError
from tools.core.events import Side
from tools.core.orders import (
    ChangeAlert,
    ExecutionReport,
    OrderChange,
    OrderStatus,
    ReportKind,
)
from tools.execution.order import Order

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
    """Return P0.1's state of an order; a pending cancel shows as what it is pending on."""
    if order.status is not OrderStatus.PENDING_CANCEL:
        return _STATE_OF[order.status]
    if order.cum_lots >= order.qty_lots:
        return OrderState.FILLED
    return OrderState.PARTIALLY_FILLED if order.cum_lots > 0 else OrderState.OPEN


# How many reports about orders that have left the store are still told from repetitions.
_STRAYS_MAX: Final = 10_000


class InMemoryOrderStore:
    """All orders by client id, in the order in which they were added.

    Parameters
    ----------
    keep_closed
        How many closed orders stay; older ones are forgotten, their counts are not. None
        keeps all.
    """

    def __init__(self, keep_closed: int | None = None) -> None:
        if keep_closed is not None and keep_closed < 0:
            raise UsageError("keep_closed must not be negative")
        self._keep_closed: Final = keep_closed
        self.reset()

    def reset(self) -> None:
        """Forget every order and start the ids again."""
        self._orders: dict[str, Order] = {}
        self._open: dict[str, Order] = {}
        self._closed: dict[str, Order] = {}
        self._by_exchange_id: dict[str, Order] = {}
        self._ids = 0
        self._added = 0
        self._fill_events = 0
        self._alerts: dict[str, int] = {}
        # Reports about orders that are not (or no longer) here: execution id -> content.
        self._strays: dict[str, str] = {}
        self._left: dict[OrderStatus, int] = {}  # orders that have left the store, by status

    def next_client_id(self) -> str:
        """Return the next client order id: CLI00000001, CLI00000002, ..."""
        self._ids += 1
        return f"CLI{self._ids:08d}"

    def add(
        self, client_id: str, symbol: str, side: Side, qty_lots: int, price_ticks: int, sent_ns: int
    ) -> Order:
        """Take in an order before it is sent; raise `UsageError` if the id is taken."""
        if client_id in self._orders:
            raise UsageError(f"{client_id}: this client order id is already in the store")
        if qty_lots <= 0 or price_ticks <= 0:
            raise UsageError(f"{client_id}: quantity and price must be positive")
        order = Order(client_id, symbol, side, qty_lots, price_ticks, sent_ns)
        self._orders[client_id] = order
        self._open[client_id] = order
        self._added += 1
        return order

    def apply(self, report: ExecutionReport) -> OrderChange:
        """Book one report. Never raises: a report that makes no sense comes back as an alert."""
        order = self._orders.get(report.client_id)
        if order is None:
            change = self._stray(report)
        else:
            known_as = order.exchange_id
            change = order.apply(report)
            if order.exchange_id != known_as:
                self._by_exchange_id.pop(known_as, None)
                self._by_exchange_id[order.exchange_id] = order
            self._file(order)
        if change.fill_lots > 0:
            self._fill_events += 1
        if change.alert is not ChangeAlert.NONE:
            self._alerts[change.alert.value] = self._alerts.get(change.alert.value, 0) + 1
        return change

    def _file(self, order: Order) -> None:
        """Move an order between the open and the closed ones, and let the oldest closed go."""
        if not order.closed:
            if order.client_id in self._closed:
                del self._closed[order.client_id]
                self._open[order.client_id] = order
            return
        if order.client_id in self._open:
            del self._open[order.client_id]
            self._closed[order.client_id] = order
        if self._keep_closed is None:
            return
        while len(self._closed) > self._keep_closed:
            oldest = next(iter(self._closed))
            gone = self._closed.pop(oldest)
            del self._orders[oldest]
            self._by_exchange_id.pop(gone.exchange_id, None)
            for exec_id, content in gone.seen.items():
                self._remember(exec_id, content)
            self._left[gone.status] = self._left.get(gone.status, 0) + 1

    def _stray(self, report: ExecutionReport) -> OrderChange:
        """Book a report about an order that is not in the store; its fill counts once."""
        content = report.to_json()
        known = self._strays.get(report.exec_id)
        if known is not None:
            alert = ChangeAlert.DUPLICATE if known == content else ChangeAlert.CONFLICT
            return _without_order(report, 0, alert)
        self._remember(report.exec_id, content)
        is_fill = report.kind is ReportKind.TRADE and report.last_lots > 0 and report.last_ticks > 0
        return _without_order(report, report.last_lots if is_fill else 0, ChangeAlert.UNKNOWN_ORDER)

    def _remember(self, exec_id: str, content: str) -> None:
        self._strays[exec_id] = content
        while len(self._strays) > _STRAYS_MAX:
            del self._strays[next(iter(self._strays))]

    # -- views --------------------------------------------------------------------------

    def get(self, client_id: str) -> Order | None:
        """Return an order by our id."""
        return self._orders.get(client_id)

    def get_by_exchange_id(self, exchange_id: str) -> Order | None:
        """Return an order by the venue's id."""
        return self._by_exchange_id.get(exchange_id)

    def all_orders(self) -> list[Order]:
        """Return every order in the store, oldest first."""
        return list(self._orders.values())

    def open_orders(self, symbol: str | None = None) -> list[Order]:
        """Return the orders of which something is still expected, oldest first."""
        return [o for o in self._open.values() if symbol is None or o.symbol == symbol]

    def by_state(self, state: OrderState) -> list[Order]:
        """Return the orders in one of P0.1's states, oldest first."""
        return [o for o in self._orders.values() if state_of(o) is state]

    def by_symbol(self, symbol: str) -> list[Order]:
        """Return the orders of one symbol, oldest first."""
        return [o for o in self._orders.values() if o.symbol == symbol]

    def counts(self) -> dict[str, int]:
        """Return the lifecycle counters of everything that was ever added; they close.

        ``sent = rejected + accepted + unanswered`` and
        ``accepted = filled + canceled + expired + open``.
        """
        by_status = dict(self._left)
        for order in self._orders.values():
            by_status[order.status] = by_status.get(order.status, 0) + 1
        filled = by_status.get(OrderStatus.FILLED, 0)
        canceled = by_status.get(OrderStatus.CANCELED, 0)
        expired = by_status.get(OrderStatus.EXPIRED, 0)
        rejected = by_status.get(OrderStatus.REJECTED, 0)
        unanswered = by_status.get(OrderStatus.PENDING_NEW, 0)
        resting = (
            by_status.get(OrderStatus.NEW, 0)
            + by_status.get(OrderStatus.PARTIALLY_FILLED, 0)
            + by_status.get(OrderStatus.PENDING_CANCEL, 0)
        )
        return {
            "accepted": filled + canceled + expired + resting,
            "canceled": canceled,
            "expired": expired,
            "fill_events": self._fill_events,
            "filled": filled,
            "open": resting,
            "rejected": rejected,
            "sent": self._added,
            "unanswered": unanswered,
        }

    def alerts(self) -> dict[str, int]:
        """Return how often each kind of odd report was seen, sorted by name."""
        return dict(sorted(self._alerts.items()))

    def export(self) -> list[dict[str, object]]:
        """Return every order in the store as plain values, oldest first."""
        return [{**o.to_dict(), "state": state_of(o).value} for o in self._orders.values()]

    def _check(self) -> None:
        """Assert that the indexes agree with the orders."""
        assert len(self._open) + len(self._closed) == len(self._orders)
        for client_id, order in self._orders.items():
            assert order.client_id == client_id
            assert (client_id in self._closed) == order.closed
            assert (client_id in self._open) != order.closed
        for exchange_id, order in self._by_exchange_id.items():
            assert order.exchange_id == exchange_id
            assert self._orders[order.client_id] is order
        left = 0
        for count in self._left.values():
            left += count
        assert left + len(self._orders) == self._added


def _without_order(report: ExecutionReport, fill_lots: int, alert: ChangeAlert) -> OrderChange:
    """Return the change that a report about an order not in the store stands for."""
    return OrderChange(
        client_id=report.client_id,
        symbol=report.symbol,
        side=report.side,
        before=None,
        after=None,
        fill_lots=fill_lots,
        fill_ticks=report.last_ticks if fill_lots else 0,
        cum_lots=0,
        leaves_lots=0,
        alert=alert,
    )
