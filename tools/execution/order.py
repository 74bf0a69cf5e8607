"""An order is what has been reported about it.

It holds three things: the ledger of its executions by execution id, its pending requests,
and its terminal flags. Status, filled and remaining quantity and average price are
*computed* from these, by precedence, and assigned nowhere; so no sequence of messages can
leave a status that contradicts the ledger. The precedence is that of FIX 5.0 SP2,
Appendix D: pending cancel 12, filled 8, canceled and expired 5, partially filled 4, new,
rejected and pending new 2.
"""

from typing import Final

from tools.core.events import Side
from tools.core.orders import (
    CLOSED_STATUSES,
    ChangeAlert,
    ExecutionReport,
    OrderChange,
    OrderStatus,
    ReportKind,
)
from tools.core.units import div_half_even


class Order:
    """One order of ours, from the moment it is sent.

    Parameters
    ----------
    client_id, symbol, side
        Ours; `client_id` is unique within a run.
    qty_lots, price_ticks
        As ordered.
    sent_ns
        Event time at which it was handed to the exchange client.
    """

    def __init__(
        self, client_id: str, symbol: str, side: Side, qty_lots: int, price_ticks: int, sent_ns: int
    ) -> None:
        self.client_id: Final = client_id
        self.symbol: Final = symbol
        self.side: Final = side
        self.qty_lots: Final = qty_lots
        self.price_ticks: Final = price_ticks
        self.sent_ns: Final = sent_ns
        self.exchange_id = ""
        self.text = ""
        self._seen: dict[str, str] = {}  # execution id -> content, of every report applied
        self._fills: dict[str, tuple[int, int]] = {}  # execution id -> (lots, ticks)
        self._accepted = False
        self._rejected = False
        self._canceled = False
        self._expired = False
        self._cancel_pending = False
        self._cum_lots = 0
        self._value = 0  # sum of lots x ticks over the ledger

    @property
    def cum_lots(self) -> int:
        """Filled quantity: the sum over the ledger."""
        return self._cum_lots

    @property
    def leaves_lots(self) -> int:
        """Quantity that can still be filled; 0 once the order is closed."""
        if self.status in CLOSED_STATUSES:
            return 0
        return max(0, self.qty_lots - self._cum_lots)

    @property
    def value_lot_ticks(self) -> int:
        """Sum of lots x ticks over the fills; divided by `cum_lots` it is the average price."""
        return self._value

    def average_ticks_e8(self) -> int | None:
        """Return the average fill price in 1e-8 ticks, half to even; None without a fill."""
        if self._cum_lots == 0:
            return None
        return div_half_even(self._value * 100_000_000, self._cum_lots)

    @property
    def fills(self) -> dict[str, tuple[int, int]]:
        """A copy of the ledger: execution id to ``(lots, ticks)``."""
        return dict(self._fills)

    @property
    def seen(self) -> dict[str, str]:
        """A copy of what was applied: execution id to the report's content."""
        return dict(self._seen)

    @property
    def status(self) -> OrderStatus:
        """The highest-precedence condition that holds."""
        if self._cancel_pending:
            return OrderStatus.PENDING_CANCEL
        if self._cum_lots >= self.qty_lots:
            return OrderStatus.FILLED
        if self._canceled:
            return OrderStatus.CANCELED
        if self._expired:
            return OrderStatus.EXPIRED
        if self._cum_lots > 0:
            return OrderStatus.PARTIALLY_FILLED
        if self._rejected:
            return OrderStatus.REJECTED
        return OrderStatus.NEW if self._accepted else OrderStatus.PENDING_NEW

    @property
    def closed(self) -> bool:
        """True once nothing more is expected of this order."""
        return self.status in CLOSED_STATUSES

    def apply(self, report: ExecutionReport) -> OrderChange:
        """Book one report and return what it changed. Never raises on what a venue says."""
        before = self.status
        content = report.to_json()
        known = self._seen.get(report.exec_id)
        if known is not None:
            alert = ChangeAlert.DUPLICATE if known == content else ChangeAlert.CONFLICT
            return self._change(report, before, 0, alert)
        if report.symbol and (report.symbol != self.symbol or report.side is not self.side):
            return self._change(report, before, 0, ChangeAlert.CONFLICT)
        if report.kind is ReportKind.TRADE and (report.last_lots <= 0 or report.last_ticks <= 0):
            return self._change(report, before, 0, ChangeAlert.BAD_ARITHMETIC)
        self._seen[report.exec_id] = content
        if report.exchange_id:
            self.exchange_id = report.exchange_id
        if report.kind is ReportKind.TRADE:
            return self._change(report, before, report.last_lots, self._fill(report))
        return self._change(report, before, 0, self._flag(report))

    def _fill(self, report: ExecutionReport) -> ChangeAlert:
        was_closed = self.closed
        self._fills[report.exec_id] = (report.last_lots, report.last_ticks)
        self._cum_lots += report.last_lots
        self._value += report.last_lots * report.last_ticks
        if self._cum_lots > self.qty_lots:
            return ChangeAlert.OVERFILL
        return ChangeAlert.LATE if was_closed else ChangeAlert.NONE

    def _flag(self, report: ExecutionReport) -> ChangeAlert:
        """Set the flag that a report without a fill stands for."""
        kind = report.kind
        was_closed = self.closed
        if kind is ReportKind.CANCEL_REJECTED:
            self._cancel_pending = False
            return ChangeAlert.NONE
        if kind is ReportKind.PENDING_CANCEL:
            if was_closed:
                return ChangeAlert.LATE
            self._cancel_pending = True
            return ChangeAlert.NONE
        if kind is ReportKind.ACCEPTED:
            late = self._accepted or was_closed
            self._accepted = True
            return ChangeAlert.LATE if late else ChangeAlert.NONE
        # A venue's last word also answers a pending cancel.
        self._cancel_pending = False
        if was_closed:
            return ChangeAlert.LATE
        if kind is ReportKind.REJECTED:
            self._rejected = True
            self.text = report.text
        elif kind is ReportKind.CANCELED:
            self._accepted = True
            self._canceled = True
        else:
            self._accepted = True
            self._expired = True
            self.text = report.text
        return ChangeAlert.NONE

    def _change(
        self, report: ExecutionReport, before: OrderStatus, fill_lots: int, alert: ChangeAlert
    ) -> OrderChange:
        return OrderChange(
            client_id=self.client_id,
            symbol=self.symbol,
            side=self.side,
            before=before,
            after=self.status,
            fill_lots=fill_lots,
            fill_ticks=report.last_ticks if fill_lots else 0,
            cum_lots=self._cum_lots,
            leaves_lots=self.leaves_lots,
            alert=alert,
        )

    def __repr__(self) -> str:
        """Return the order on one line, for a notebook."""
        return (
            f"<Order {self.client_id} {self.side} {self.qty_lots} lots {self.symbol}"
            f" at {self.price_ticks} ticks: {self.status}, {self._cum_lots} filled>"
        )

    def to_dict(self) -> dict[str, object]:
        """Return the order as plain values in ticks and lots, its ledger included."""
        return {
            "average_ticks_e8": self.average_ticks_e8(),
            "client_id": self.client_id,
            "cum_lots": self._cum_lots,
            "exchange_id": self.exchange_id,
            "fills": [[key, lots, ticks] for key, (lots, ticks) in self._fills.items()],
            "leaves_lots": self.leaves_lots,
            "price_ticks": self.price_ticks,
            "qty_lots": self.qty_lots,
            "sent_ns": self.sent_ns,
            "side": self.side.value,
            "status": self.status.value,
            "symbol": self.symbol,
            "text": self.text,
        }
