"""The orders that the quoter works with: open ones of ours, by instrument, kept up to date."""

from typing import Final

from tools.core.orders import OrderChange, TimeInForce
from tools.core.reports import ExecutionReport, ReportKind
from tools.execution.plan import Working
from tools.risk import ApprovedOrder

_NO_ORDERS: Final[list[Working]] = []


class Desk:
    """Follows orders from sent to closed, so that a plan costs no walk through the store."""

    def __init__(self) -> None:
        self._by_symbol: dict[str, list[Working]] = {}
        self._by_id: dict[str, tuple[str, Working]] = {}

    def working(self, symbol: str) -> list[Working]:
        """Return the open orders of an instrument, oldest first; not to be changed."""
        return self._by_symbol.get(symbol, _NO_ORDERS)

    def on_sent(self, client_id: str, order: ApprovedOrder) -> None:
        """Take in an order that leaves now."""
        intent = order.intent
        working = Working(
            client_id,
            intent.side,
            order.price_ticks,
            intent.qty_lots,
            taking=intent.time_in_force is TimeInForce.IOC,
        )
        self._by_id[client_id] = (intent.symbol, working)
        self._by_symbol.setdefault(intent.symbol, []).append(working)

    def on_cancel(self, client_id: str, under_way: bool) -> None:
        """Note that a cancel was sent, or that it was refused."""
        found = self._by_id.get(client_id)
        if found is not None:
            found[1].cancel_sent = under_way

    def on_report(self, report: ExecutionReport, change: OrderChange) -> None:
        """Follow a report; a closed order leaves."""
        found = self._by_id.get(change.client_id)
        if found is None or change.after is None:
            return
        symbol, working = found
        if report.kind is ReportKind.ACCEPTED:
            working.acknowledged = True
        working.leaves_lots = change.open_lots
        if change.closed:
            del self._by_id[change.client_id]
            self._by_symbol[symbol].remove(working)
