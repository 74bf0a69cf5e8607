"""Orders and reports for tests, with everything that a test does not care about filled in."""

from __future__ import annotations

from collections.abc import Callable

from tools.core.events import Quote, Side
from tools.core.orders import ChangeAlert, Intent, OpenOrder, OrderChange, OrderStatus
from tools.core.reports import ExecutionReport, Liquidity, ReportKind
from tools.execution.order import Order
from tools.live.ports import IExchangeClient

T0_NS = 1_735_689_600 * 10**9  # 2025-01-01T00:00:00Z


def order(qty_lots: int = 10_000, client_id: str = "C1", side: Side = Side.BUY) -> Order:
    return Order(client_id, "BTCUSDT", side, qty_lots, 500, T0_NS)


def report(
    exec_id: str,
    kind: ReportKind,
    lots: int = 0,
    *,
    ticks: int = 500,
    client_id: str = "C1",
    exchange_id: str = "",
    symbol: str = "BTCUSDT",
    side: Side = Side.BUY,
    cum_lots: int | None = None,
    text: str = "",
    at: int = 0,
    orig_id: str = "",
    ref_id: str = "",
    qty_lots: int | None = None,
    leaves_lots: int | None = None,
    price_ticks: int | None = None,
) -> ExecutionReport:
    """Return a report of the venue time `at` ns after the tests' origin."""
    return ExecutionReport(
        exec_id=exec_id,
        kind=kind,
        time_ns=T0_NS + at,
        client_id=client_id,
        exchange_id=exchange_id,
        symbol=symbol,
        side=side,
        last_lots=lots,
        last_ticks=ticks if kind in (ReportKind.TRADE, ReportKind.TRADE_CORRECT) else 0,
        cum_lots=cum_lots,
        liquidity=Liquidity.UNKNOWN,
        text=text,
        orig_id=orig_id,
        ref_id=ref_id,
        qty_lots=qty_lots,
        leaves_lots=leaves_lots,
        price_ticks=price_ticks,
    )


_ENDS = (
    OrderStatus.FILLED,
    OrderStatus.CANCELED,
    OrderStatus.EXPIRED,
    OrderStatus.REJECTED,
    OrderStatus.DONE_FOR_DAY,
)


def change(
    fill_lots: int = 0,
    *,
    symbol: str = "BTCUSDT",
    side: Side = Side.BUY,
    client_id: str = "C1",
    before: OrderStatus | None = OrderStatus.NEW,
    after: OrderStatus | None = OrderStatus.NEW,
    ticks: int = 100,
    undone_lots: int = 0,
    undone_ticks: int = 0,
    leaves_lots: int = 0,
    open_lots: int | None = None,
    alert: ChangeAlert = ChangeAlert.NONE,
) -> OrderChange:
    """Return what the store would say about a report that brought this fill."""
    return OrderChange(
        client_id=client_id,
        symbol=symbol,
        side=side,
        before=before,
        after=after,
        fill_lots=fill_lots,
        fill_ticks=ticks if fill_lots else 0,
        undone_lots=undone_lots,
        undone_ticks=undone_ticks,
        cum_lots=fill_lots,
        leaves_lots=leaves_lots,
        open_lots=leaves_lots if open_lots is None else open_lots,
        closed_as=after if after in _ENDS else None,
        alert=alert,
    )


def quote(
    symbol: str = "BTCUSDT", bid_ticks: int = 4_997_500, ask_ticks: int = 5_002_500, at: int = 0
) -> Quote:
    """Return a quote `at` seconds after the tests' origin; prices in the demo's ticks of 0.01."""
    recv_ns = T0_NS + at * 10**9
    return Quote(symbol, recv_ns, recv_ns, bid_ticks, 1, ask_ticks, 1, at + 1)


def intent(
    side: Side = Side.BUY, qty_lots: int = 1, price_ticks: int | None = 100, symbol: str = "BTCUSDT"
) -> Intent:
    return Intent(symbol, T0_NS, side, qty_lots, price_ticks)


class ScriptedExchange(IExchangeClient):
    """A venue that answers only what a test tells it to, and notes what it was asked."""

    def __init__(self) -> None:
        self.placed: list[tuple[str, str, str, str, str]] = []
        self.canceled: list[str] = []
        self.waiting: list[ExecutionReport] = []
        self.sent: Callable[[str], None] | None = None

    def place_limit(self, client_order_id, symbol, side, qty, price, time_in_force="GTC") -> None:
        self.placed.append((client_order_id, symbol, str(side), str(qty), str(price)))

    def cancel(self, client_order_id: str) -> None:
        self.canceled.append(client_order_id)

    def get_open_orders(self, symbol: str | None = None) -> list[OpenOrder]:
        return []

    def get_positions(self):
        return {}

    def stream_fills(self):
        return iter(())

    def advance(self, now_ns: int) -> None:
        pass

    def reports(self) -> list[ExecutionReport]:
        out, self.waiting = self.waiting, []
        return out
