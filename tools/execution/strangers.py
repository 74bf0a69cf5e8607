"""Orders that were not sent from here, as far as the venue's reports tell of them.

Given by telephone, left from another run, placed by a person at the venue's own screen, or
forgotten by a store that keeps only so many closed orders: what they fill is ours all the
same, and so is what they can still fill.
"""

from typing import Final

from tools.core.orders import QUARANTINED, ChangeAlert, OrderChange
from tools.core.reports import ExecutionReport, ReportKind, report_from
from tools.core.snapshots import Snapshot, read_part, read_parts
from tools.execution.gone import Gone
from tools.execution.order import Order
from tools.execution.order_index import OrderIndex

_KEEP: Final = 10_000

# Reports that tell of a request, and not of an order that the venue has.
_NO_ORDER: Final = (
    ReportKind.REJECTED,
    ReportKind.CANCEL_REJECTED,
    ReportKind.DUPLICATE_ID,
    ReportKind.UNRESOLVED,
)


def tells_of_an_order(report: ExecutionReport) -> bool:
    """Return True if a report about an order that is not known shows that there is one.

    The answer to a status request shows it by stating a quantity of which something is
    left: that no such order is known, or that it is over, is an answer too.
    """
    if report.kind in _NO_ORDER or not report.symbol or not (report.client_id or report.exchange_id):
        return False
    if report.kind is not ReportKind.STATUS:
        return True
    return report.leaves_lots != 0 and (report.qty_lots or 0) > (report.cum_lots or 0)


def misplaced(report: ExecutionReport, order: Order) -> bool:
    """Return True for an execution that names an order and yet another symbol or side than its own.

    Whatever it is of, it has moved the position that it names: it counts by itself.
    """
    return (
        report.kind is ReportKind.TRADE
        and report.symbol != ""
        and (report.symbol != order.symbol or report.side is not order.side)
        and not report.contradiction()
    )


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
    """These orders, oldest first, found by every id that they are known by.

    Of orders that were dropped, here or by the store, the last reports are remembered. One
    of which more is heard is put together again from them, and goes on from where it was.

    Beyond `keep` closed orders the oldest are dropped; so are open ones, of which no venue
    lets anybody have as many. What those could still fill then stays in the exposure.
    """

    def __init__(self, keep: int = _KEEP) -> None:
        self._keep: Final = keep
        self._index: Final = OrderIndex(keep)
        self._gone: Final = Gone()
        self.gone: Final = self._gone.reports  # whatever was booked here or is remembered; to look in

    def apply(self, report: ExecutionReport) -> OrderChange:
        """Book a report about an order that was not sent from here; at its best, `UNKNOWN_ORDER`.

        The report was not told before (`gone`). An execution that names no order at all
        counts by itself.
        """
        if self._index.find(report) is None and tells_of_an_order(report):  # so once for an order
            for order_id in (report.client_id, report.orig_id, report.exchange_id):
                for told in self._gone.about(order_id):
                    self._book(told)
        change = self._book(report)
        if change.alert not in QUARANTINED:
            self._gone.add(report)
        return change

    def by_itself(self, report: ExecutionReport) -> OrderChange:
        """Book an execution of no order that is known."""
        self._gone.add(report)
        return without_order(report, ChangeAlert.UNKNOWN_ORDER, report.last_lots)

    def remember(self, reports: list[ExecutionReport]) -> None:
        """Remember the reports of orders that are dropped: none is booked twice."""
        for report in reports:
            self._gone.add(report)

    def _book(self, report: ExecutionReport) -> OrderChange:
        if report.contradiction():
            return without_order(report, ChangeAlert.BAD_ARITHMETIC)
        order = self._index.find(report)
        known = order is not None
        if order is None:
            if not tells_of_an_order(report):
                lots = report.last_lots if report.kind is ReportKind.TRADE else 0
                return without_order(report, ChangeAlert.UNKNOWN_ORDER, lots)
            order = self._take(report)
        elif misplaced(report, order):
            return without_order(report, ChangeAlert.UNKNOWN_ORDER, report.last_lots)
        change = order.apply(report)
        if change.alert in QUARANTINED:
            return change
        self._index.follow(report, order, change.closed)
        return change.of_stranger(change.before if known else None)

    def knows(self, client_id: str) -> bool:
        """Return True if one of these orders has this client id."""
        return self._index.get(client_id) is not None

    def _take(self, report: ExecutionReport) -> Order:
        """Take in the order that a report tells of, without what the report says happened to it."""
        order = Order(
            report.client_id or f"{report.symbol}/{report.exchange_id}",
            report.symbol,
            report.side,
            report.qty_lots or 0,
            report.price_ticks or report.last_ticks,
            report.time_ns,
        )
        self._index.add(order)
        if len(self._index.open) > self._keep:
            self._index.drop_open()
        return order

    def all(self) -> list[Order]:
        """Return every one of them, oldest first."""
        return list(self._index.orders.values())

    def snapshot(self) -> Snapshot:
        """Return the orders, and what is remembered of those that are gone."""
        return {"gone": self._gone.snapshot(), "index": self._index.snapshot()}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.remember([report_from(part) for part in read_parts(saved, "gone")])
        self._index.restore(read_part(saved, "index"))

    def check(self) -> None:
        """Assert that the index agrees with the orders."""
        self._index.check()
