"""Orders and reports for tests, with everything that a test does not care about filled in."""

from __future__ import annotations

from collections.abc import Callable

from tools.core.events import Quote, Side
from tools.core.orders import ExecutionReport, Intent, Liquidity, OpenOrder, ReportKind
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
    cum_lots: int = 0,
    text: str = "",
) -> ExecutionReport:
    return ExecutionReport(
        exec_id=exec_id,
        kind=kind,
        time_ns=T0_NS,
        client_id=client_id,
        exchange_id=exchange_id,
        symbol=symbol,
        side=side,
        last_lots=lots,
        last_ticks=ticks if kind is ReportKind.TRADE else 0,
        cum_lots=cum_lots,
        liquidity=Liquidity.UNKNOWN,
        text=text,
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
