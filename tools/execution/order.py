"""An order is what has been reported about it.

`apply` books what a venue says and never raises; `request` notes what is about to be asked
of it. Nothing else changes an order, and neither assigns a status: that is computed
(`OrderFacts`). Reports that race end in the same order, whichever came first.
"""

from typing import Final

from tools.core.errors import UsageError
from tools.core.events import Side
from tools.core.orders import ChangeAlert, OrderChange, OrderStatus, TimeInForce
from tools.core.reports import ExecutionReport, ReportKind, report_from
from tools.core.snapshots import Snapshot, read_bool, read_int, read_opt, read_parts, read_text
from tools.execution.executions import NOTHING, Booking
from tools.execution.order_facts import OrderFacts
from tools.execution.requests import Request

# What is no surprise about an order that is closed.
_NEVER_LATE: Final = (
    ReportKind.CANCEL_REJECTED,
    ReportKind.TRADE_CORRECT,
    ReportKind.TRADE_CANCEL,
    ReportKind.CALCULATED,
    ReportKind.REDENOMINATED,
    ReportKind.STATUS,
    ReportKind.DUPLICATE_ID,
)

# Looked up once: every report is asked.
_TRADE: Final = ReportKind.TRADE
_ACCEPTED: Final = ReportKind.ACCEPTED
_PENDING_CANCEL: Final = ReportKind.PENDING_CANCEL
_PENDING_REPLACE: Final = ReportKind.PENDING_REPLACE
_CANCEL_REJECTED: Final = ReportKind.CANCEL_REJECTED
_OVERFILL: Final = ChangeAlert.OVERFILL
_GAP: Final = ChangeAlert.GAP
_LATE: Final = ChangeAlert.LATE
_NONE: Final = ChangeAlert.NONE

_Booked = tuple[Booking, Booking]
_NO_EXECUTION: Final[_Booked] = (NOTHING, NOTHING)


class Order(OrderFacts):
    """One order, from the moment it is sent, or first heard of if it was sent elsewhere."""

    def request(
        self, request_id: str, replace: bool, qty_lots: int | None = None, price_ticks: int | None = None
    ) -> None:
        """Take note of a cancel or replace that is about to be sent under an id of its own.

        The status does not change: only the venue's word does that. `open_lots` does.
        Raises `UsageError` if the id is in use or a figure is not positive.
        """
        if request_id in self._ids or self._requests.get(request_id) is not None:
            raise UsageError(f"{request_id}: this client order id is already in use")
        if (qty_lots is not None and qty_lots <= 0) or (price_ticks is not None and price_ticks <= 0):
            raise UsageError(f"{request_id}: quantity and price must be positive")
        self._stands = None
        self._requests.add(request_id, replace, qty_lots, price_ticks, len(self._reports))

    def apply(self, report: ExecutionReport) -> OrderChange:
        """Book one report and return what it changed. Never raises on what a venue says."""
        known = self._reports.get(report.exec_id)
        if known is not None:
            return self.unchanged(ChangeAlert.DUPLICATE if known == report else ChangeAlert.CONFLICT)
        if report.symbol and (report.symbol != self.symbol or report.side is not self.side):
            return self.unchanged(ChangeAlert.CONFLICT)
        if report.contradiction():
            return self.unchanged(ChangeAlert.BAD_ARITHMETIC)
        stood = self._stands or self._standing()
        late = stood[4] is not None or (report.kind is _ACCEPTED and self._life.working)
        self._stands = None
        booked = self._book(report)
        if booked is None:
            return self.unchanged(ChangeAlert.BAD_ARITHMETIC)
        self._reports[report.exec_id] = report
        if report.exchange_id:
            self.exchange_id = report.exchange_id
        if not self._terms.known and report.qty_lots is not None:
            self._terms.state(report.time_ns, report.exec_id, report.qty_lots, report.price_ticks)
        gap = self._hear_total(report)
        cum_lots = self._executions.cum_lots
        if cum_lots > self._terms.confirmed_lots and booked[1] != NOTHING and self.overfill_lots > 0:
            alert = _OVERFILL
        elif gap:
            alert = _GAP
        elif late and report.kind not in _NEVER_LATE:
            alert = _LATE
        else:
            alert = _NONE
        return self._change(stood[0], booked[0], booked[1], alert)

    def _book(self, report: ExecutionReport) -> _Booked | None:
        """Take in a report; return what it takes back and what it adds, or None if it cannot be."""
        kind, time_ns = report.kind, report.time_ns
        if kind is _TRADE:
            self._life.traded(time_ns)
            lots, ticks = report.last_lots, report.last_ticks
            return NOTHING, self._executions.trade(report.exec_id, lots, ticks, time_ns)
        if kind is _PENDING_CANCEL or kind is _PENDING_REPLACE:
            self._announce(report)
            return _NO_EXECUTION
        if kind is _CANCEL_REJECTED:
            self._answer(self._request_of(report), time_ns, cancel=True)
            return _NO_EXECUTION
        if kind is ReportKind.TRADE_CORRECT or kind is ReportKind.TRADE_CANCEL:
            lots = report.last_lots if kind is ReportKind.TRADE_CORRECT else 0
            ref_id, ticks = report.ref_id, report.last_ticks
            return self._executions.amend(report.exec_id, ref_id, lots, ticks, time_ns)
        if self._life.take(kind, time_ns):
            self._requests.answer_all(time_ns)
            self._terms.retract_all()
            self.text = report.text or self.text
        elif kind is ReportKind.REPLACED:
            self._replaced(report)
        elif kind is ReportKind.REDENOMINATED:
            self._terms.state(time_ns, report.exec_id, report.qty_lots, report.price_ticks)
            lots = self._executions.redenominate(report.cum_lots or 0)
            return (NOTHING, (lots, 0)) if lots > 0 else ((-lots, 0), NOTHING)
        elif kind is _ACCEPTED or kind is ReportKind.RESTATED:
            self._terms.state(time_ns, report.exec_id, report.qty_lots, report.price_ticks)
        elif kind is ReportKind.UNRESOLVED and self._request_of(report) is None:
            self._life.unresolved = True
        return _NO_EXECUTION

    def _request_of(self, report: ExecutionReport) -> Request | None:
        """Return the request that a report is about; None if that is one by the order's own id.

        The id of a replace is the order's own once it has come into force; what the venue
        said about it until then is about the replace, whenever it arrives.
        """
        request = self._requests.get(report.client_id)
        if request is not None and report.client_id in self._ids and report.time_ns > request.answered_ns:
            return None
        return request

    def _announce(self, report: ExecutionReport) -> None:
        """The venue looks into a request; one that was sent elsewhere becomes known by it."""
        replace = report.kind is _PENDING_REPLACE
        request = self._request_of(report)
        if request is None and report.orig_id and report.client_id not in self._ids:
            request = self._requests.add(report.client_id, replace, None, None, None)
        if self._life.ended(self._executions.cum_lots):
            self._answer(request, report.time_ns, cancel=True)
            return
        self._requests.announce(request, replace, report.time_ns)
        if replace and self._requests.awaited(request, report.time_ns):
            number = 0 if request is None else request.number
            self._terms.announce(report.time_ns, report.exec_id, report.qty_lots, number)

    def _answer(self, request: Request | None, time_ns: int, *, cancel: bool) -> None:
        """The venue has answered a replace, or it does not say whether that or a cancel."""
        self._requests.answer(request, time_ns, replace=True, cancel=cancel)
        if request is not None:
            self._terms.retract(request.number)
        elif not self._requests.awaited(None, self._terms.announced_ns(0)):
            self._terms.retract(0)

    def _replaced(self, report: ExecutionReport) -> None:
        """New terms are in force: as the venue states them, or else as they were asked for."""
        request = self._request_of(report)
        qty_lots, price_ticks, number = report.qty_lots, report.price_ticks, 0
        if request is not None:
            number = request.number
            qty_lots = request.qty_lots if qty_lots is None else qty_lots
            price_ticks = request.price_ticks if price_ticks is None else price_ticks
        self._answer(request, report.time_ns, cancel=False)
        if report.client_id and report.client_id not in self._ids:
            at = len(self._ids)
            while self._ids_ns[at - 1] > report.time_ns:
                at -= 1
            self._ids.insert(at, report.client_id)
            self._ids_ns.insert(at, report.time_ns)
        self._terms.state(report.time_ns, report.exec_id, qty_lots, price_ticks, number)

    def _hear_total(self, report: ExecutionReport) -> bool:
        """Note the total that a report states; return True if the ledger comes to another."""
        if report.cum_lots is None:
            return False
        told = self._told
        if report.time_ns > told[0] or (report.time_ns, report.exec_id) > told:
            self._told = (report.time_ns, report.exec_id)
            self._told_lots = report.cum_lots
        return report.cum_lots != self._executions.cum_lots

    def unchanged(self, alert: ChangeAlert) -> OrderChange:
        """Return the change that a report stands for which was not applied."""
        return self._change(self.status, NOTHING, NOTHING, alert)

    def _change(self, before: OrderStatus, back: Booking, added: Booking, alert: ChangeAlert) -> OrderChange:
        stands = self._stands or self._standing()
        return OrderChange(
            self.client_id,
            self.symbol,
            self.side,
            before,
            stands[0],
            added[0],
            added[1],
            back[0],
            back[1],
            self._executions.cum_lots,
            stands[2],
            stands[3],
            stands[4],
            alert,
        )

    # -- kept and read back -------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on: what was asked, and what was reported."""
        asked: list[object] = []
        for request in self._requests.all():
            if request.after is None:  # a report brought it, and will again
                continue
            asked.append(
                {
                    "after": request.after,
                    "id": request.request_id,
                    "price_ticks": request.price_ticks,
                    "qty_lots": request.qty_lots,
                    "replace": request.replace,
                }
            )
        return {
            "client_id": self.client_id,
            "price_ticks": self.sent_ticks,
            "qty_lots": self.sent_lots,
            "reports": [report.to_dict() for report in self._reports.values()],
            "requests": asked,
            "sent_ns": self.sent_ns,
            "side": self.side.value,
            "symbol": self.symbol,
            "time_in_force": self.time_in_force.value,
        }


def order_from(saved: Snapshot) -> Order:
    """Return the order that `Order.snapshot` wrote: the same requests and reports, told again."""
    order = Order(
        read_text(saved, "client_id"),
        read_text(saved, "symbol"),
        Side(read_text(saved, "side")),
        read_int(saved, "qty_lots"),
        read_int(saved, "price_ticks"),
        read_int(saved, "sent_ns"),
        TimeInForce(read_text(saved, "time_in_force")),
    )
    asked = read_parts(saved, "requests")
    reports = read_parts(saved, "reports")
    at = 0
    for told in range(len(reports) + 1):
        while at < len(asked) and read_int(asked[at], "after") <= told:
            request = asked[at]
            order.request(
                read_text(request, "id"),
                read_bool(request, "replace"),
                read_opt(request, "qty_lots"),
                read_opt(request, "price_ticks"),
            )
            at += 1
        if told < len(reports):
            order.apply(report_from(reports[told]))
    return order
