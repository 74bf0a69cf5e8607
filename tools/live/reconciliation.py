"""Our books and the venue's, brought into the form in which risk compares them."""

from tools.core.errors import UsageError
from tools.core.instrument import DOWN, to_steps
from tools.core.orders import OrderStatus
from tools.live.order_store import InMemoryOrderStore
from tools.live.ports import IExchangeClient, TellsEntryPrices
from tools.risk import RuntimeRiskMonitor


def own_orders(store: InMemoryOrderStore) -> dict[str, tuple[str, int, bool]]:
    """Return ``(symbol, leaves, settled)`` of every open order by the client id that it has now.

    An order is settled when it must rest at the venue: acknowledged, and no cancel asked for.
    """
    out: dict[str, tuple[str, int, bool]] = {}
    for order in store.open_orders():
        settled = order.status in (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED)
        out[order.client_ids[-1]] = (order.symbol, order.leaves_lots, settled)
    return out


def open_lots(store: InMemoryOrderStore) -> dict[str, int]:
    """Return what could still fill of every open order, by client id; those of strangers too."""
    out: dict[str, int] = {}
    for order in [*store.open_orders(), *store.strangers()]:
        if order.open_lots > 0:
            out[order.client_id] = order.open_lots
    return out


def venue_positions(exchange: IExchangeClient, risk: RuntimeRiskMonitor) -> dict[str, int | None]:
    """Return the venue's positions in lots by symbol; None where no whole number of lots makes it.

    Venues also list instruments that they trade and we do not: nothing of one is 0 lots.
    """
    out: dict[str, int | None] = {}
    for symbol, quantity in exchange.get_positions().items():
        try:
            out[symbol] = risk.steps(symbol).qty_lots(quantity)
        except UsageError:
            out[symbol] = 0 if quantity == 0 else None
    return out


def venue_entries(exchange: TellsEntryPrices, risk: RuntimeRiskMonitor) -> dict[str, int | None]:
    """Return the venue's average entry prices in 1e-8 ticks, by symbol; None for what is no price."""
    out: dict[str, int | None] = {}
    for symbol, price in exchange.get_entry_prices().items():
        try:
            steps = risk.steps(symbol)
            out[symbol] = to_steps(price, steps.tick_units, steps.price_decimals + 8, DOWN, "price")
        except UsageError:
            out[symbol] = None
    return out
