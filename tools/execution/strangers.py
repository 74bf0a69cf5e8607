"""Orders that were not sent from here, as far as the venue's reports tell of them.

Given by telephone, left from another run, placed by a person at the venue's own screen, or
forgotten by a store that keeps only so many closed orders: what they fill is ours all the
same, and so is what they can still fill.
"""

from typing import Final

from tools.core.orders import QUARANTINED, ChangeAlert, OrderChange
from tools.core.reports import ExecutionReport, ReportKind
from tools.core.snapshots import Snapshot
from tools.execution.order import Order, order_from

_MAX: Final = 10_000  # orders beyond these are forgotten, the oldest first

# Reports that tell of a request, and not of an order that the venue has.
_NO_ORDER: Final = (
    ReportKind.REJECTED,
    ReportKind.CANCEL_REJECTED,
    ReportKind.DUPLICATE_ID,
    ReportKind.UNRESOLVED,
)


def tells_of_an_order(report: ExecutionReport) -> bool:
    """Return True if a report about an order that is not known shows that there is one.

    The answer to a status request shows it by stating a quantity: that no such order is
    known is an answer too.
    """
    if report.kind in _NO_ORDER or not report.symbol or not (report.client_id or report.exchange_id):
        return False
    return report.kind is not ReportKind.STATUS or (report.qty_lots is not None and report.qty_lots > 0)


def without_order(report: ExecutionReport, alert: ChangeAlert, fill_lots: int = 0) -> OrderChange:
    """Return the change that a report about no order stands for."""
    return OrderChange(
        report.client_id,
        report.symbol,
        report.side,
        None,
        None,
        fill_lots,
        report.last_ticks if fill_lots else 0,
        0,
        0,
        0,
        0,
        0,
        None,
        alert,
    )


class Strangers:
    """These orders, by client id and by the venue's id, oldest first."""

    def __init__(self) -> None:
        self._orders: dict[str, Order] = {}
        self._by_exchange_id: dict[str, Order] = {}

    def apply(self, report: ExecutionReport) -> OrderChange:
        """Book a report about an order that was not sent from here; at its best, `UNKNOWN_ORDER`.

        An execution that names no order at all counts by itself.
        """
        if report.contradiction():
            return without_order(report, ChangeAlert.BAD_ARITHMETIC)
        order = self._find(report)
        known = order is not None
        if order is None:
            if not tells_of_an_order(report):
                lots = report.last_lots if report.kind is ReportKind.TRADE else 0
                return without_order(report, ChangeAlert.UNKNOWN_ORDER, lots)
            order = self._take(report)
        change = order.apply(report)
        if change.alert in QUARANTINED:
            return change
        if order.exchange_id:
            self._by_exchange_id[order.exchange_id] = order
        return change.of_stranger(change.before if known else None)

    def _find(self, report: ExecutionReport) -> Order | None:
        order = self._orders.get(report.client_id)
        if order is None and report.orig_id:
            order = self._orders.get(report.orig_id)
        if order is None and report.exchange_id:
            order = self._by_exchange_id.get(report.exchange_id)
        return order

    def _take(self, report: ExecutionReport) -> Order:
        """Take in the order that a report tells of, without what the report says happened to it."""
        order = Order(
            report.client_id or report.exchange_id,
            report.symbol,
            report.side,
            report.qty_lots or 0,
            report.price_ticks or report.last_ticks,
            report.time_ns,
        )
        self._keep(order)
        return order

    def _keep(self, order: Order) -> None:
        self._orders[order.client_id] = order
        while len(self._orders) > _MAX:
            oldest = self._orders.pop(next(iter(self._orders)))
            self._by_exchange_id.pop(oldest.exchange_id, None)

    def all(self) -> list[Order]:
        """Return every one of them, oldest first."""
        return list(self._orders.values())

    def snapshot(self) -> list[object]:
        """Return the orders, oldest first."""
        return [order.snapshot() for order in self._orders.values()]

    def restore(self, parts: list[Snapshot]) -> None:
        """Take over what `snapshot` returned."""
        for part in parts:
            order = order_from(part)
            self._keep(order)
            if order.exchange_id:
                self._by_exchange_id[order.exchange_id] = order
