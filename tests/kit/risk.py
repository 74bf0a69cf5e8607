"""A monitor in which one lot at one tick is worth exactly one e8 of the quote currency."""

from __future__ import annotations

from tests.kit import orders
from tools.core.events import Side
from tools.core.instrument import Instrument
from tools.core.orders import OrderChange, OrderStatus
from tools.core.units import format_scaled
from tools.risk import RuntimeRiskMonitor

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
) -> OrderChange:
    """Return what the store would say about a report that brought this fill."""
    return orders.change(
        fill_lots, symbol=symbol, side=side, client_id=client_id, after=after, leaves_lots=leaves_lots
    )


def hold(risk: RuntimeRiskMonitor, symbol: str, lots: int) -> None:
    """Give the monitor a position, without showing it a price."""
    if lots:
        side = Side.BUY if lots > 0 else Side.SELL
        risk.on_order_change(change(symbol, side, abs(lots)))


def mark(risk: RuntimeRiskMonitor, symbol: str, ticks: int) -> None:
    """Show the monitor a quote whose mid is this many ticks."""
    risk.on_quote(symbol, ticks, ticks)
