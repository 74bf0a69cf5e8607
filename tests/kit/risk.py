"""A monitor in which one lot at one tick is worth exactly one e8 of the quote currency."""

from __future__ import annotations

from tests.kit import orders
from tools.core.events import Side
from tools.core.instrument import Instrument
from tools.core.orders import ChangeAlert, OrderChange, OrderStatus
from tools.core.units import format_scaled
from tools.core.verdicts import Ceiling, Decision
from tools.risk import RuntimeRiskMonitor, TradingStatus
from tools.risk.controls import permission

INSTRUMENTS = {
    name: Instrument(venue="test", symbol=name, tick="0.0001", lot="0.0001") for name in ("A", "B", "C")
}


def monitor(inventory_e8: int = 10**12, total_e8: int = 10**12, **settings) -> RuntimeRiskMonitor:
    return RuntimeRiskMonitor(
        **{
            "max_inventory_usd_per_symbol": format_scaled(inventory_e8, 8),
            "max_total_notional_usd": format_scaled(total_e8, 8),
            "edge_freeze_threshold_bps": "1.5",
            "instruments": INSTRUMENTS,
            **settings,
        }
    )


def change(
    symbol: str,
    side: Side,
    fill_lots: int,
    leaves_lots: int = 0,
    client_id: str = "C",
    after: OrderStatus | None = OrderStatus.FILLED,
    fill_ticks: int = 100,
    alert: ChangeAlert = ChangeAlert.NONE,
) -> OrderChange:
    """Return what the store would say about a report that brought this fill."""
    return orders.change(
        fill_lots,
        symbol=symbol,
        side=side,
        client_id=client_id,
        after=after,
        leaves_lots=leaves_lots,
        ticks=fill_ticks,
        alert=alert,
    )


def hold(risk: RuntimeRiskMonitor, symbol: str, lots: int) -> None:
    """Give the monitor a position, without showing it a price."""
    if lots:
        side = Side.BUY if lots > 0 else Side.SELL
        risk.on_order_change(change(symbol, side, abs(lots)))


def mark(risk: RuntimeRiskMonitor, symbol: str, ticks: int) -> None:
    """Show the monitor a quote whose mid is this many ticks."""
    risk.on_quote(symbol, ticks, ticks)


def ready(risk: RuntimeRiskMonitor, *symbols: str, ticks: int = 100) -> RuntimeRiskMonitor:
    """Bring a monitor to where it may trade: books compared, profit told, a quote of each symbol."""
    risk.on_books({}, [], {})
    risk.on_profit_e8(0)
    for symbol in symbols or ("A",):
        risk.on_quote(symbol, ticks - 1, ticks + 1, 10**6, 10**6)
    return risk


def shadow(at_ns: int = 0, controls: dict[str, object] | None = None, **settings) -> RuntimeRiskMonitor:
    """Return a monitor under the profile that must be told everything, told everything."""
    allowed = {"permission": permission.Config(symbols=("A", "B", "C"))}
    risk = monitor(profile="shadow", controls={**allowed, **(controls or {})}, **settings)
    risk.advance(at_ns)
    risk.on_heartbeat()
    risk.on_balance(1_000_000)
    risk.on_clock_offset("0.001")
    for symbol in INSTRUMENTS:
        risk.on_status(symbol, TradingStatus.TRADING)
    return ready(risk, "A", "B", "C")


TAKE = Decision(0, True, Ceiling.TAKE, 1_000_000, "TEST", ())
"""A decision that allows everything."""
