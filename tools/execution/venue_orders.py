"""Orders as the paper venue holds them, and reports as a snapshot holds them."""

from typing import Final

from tools.core.events import Side
from tools.core.orders import OpenOrder, TimeInForce
from tools.core.snapshots import Snapshot, read_int, read_text


class VenueOrder:
    """One order of ours, from its sending until it is closed. `exchange_id` is empty until it arrives."""

    def __init__(
        self,
        client_id: str,
        symbol: str,
        side: Side,
        qty_lots: int,
        price_ticks: int,
        time_in_force: TimeInForce,
        arrives_ns: int,
    ) -> None:
        self.client_id: Final = client_id
        self.symbol: Final = symbol
        self.side: Final = side
        self.qty_lots: Final = qty_lots
        self.price_ticks: Final = price_ticks
        self.time_in_force: Final = time_in_force
        self.arrives_ns: Final = arrives_ns
        self.exchange_id = ""
        self.cum_lots = 0

    @property
    def leaves_lots(self) -> int:
        """Quantity that has not filled."""
        return self.qty_lots - self.cum_lots

    def view(self) -> OpenOrder:
        """Return the order as the exchange client shows it."""
        return OpenOrder(
            self.client_id,
            self.exchange_id,
            self.symbol,
            self.side,
            self.qty_lots,
            self.leaves_lots,
            self.price_ticks,
        )

    def snapshot(self) -> Snapshot:
        """Return the order."""
        return {
            "arrives_ns": self.arrives_ns,
            "client_id": self.client_id,
            "cum_lots": self.cum_lots,
            "exchange_id": self.exchange_id,
            "price_ticks": self.price_ticks,
            "qty_lots": self.qty_lots,
            "side": self.side.value,
            "symbol": self.symbol,
            "time_in_force": self.time_in_force.value,
        }


def order_from(saved: Snapshot) -> VenueOrder:
    """Return the order that `VenueOrder.snapshot` wrote."""
    order = VenueOrder(
        read_text(saved, "client_id"),
        read_text(saved, "symbol"),
        Side(read_text(saved, "side")),
        read_int(saved, "qty_lots"),
        read_int(saved, "price_ticks"),
        TimeInForce(read_text(saved, "time_in_force")),
        read_int(saved, "arrives_ns"),
    )
    order.exchange_id = read_text(saved, "exchange_id")
    order.cum_lots = read_int(saved, "cum_lots")
    return order


def orders_from(parts: list[Snapshot]) -> dict[str, VenueOrder]:
    """Return orders by client id, in the order in which they were written."""
    out: dict[str, VenueOrder] = {}
    for part in parts:
        order = order_from(part)
        out[order.client_id] = order
    return out


class Closed:
    """What the venue still knows of an order that is closed, to answer a late cancel."""

    def __init__(self, exchange_id: str, symbol: str, side: Side) -> None:
        self.exchange_id: Final = exchange_id
        self.symbol: Final = symbol
        self.side: Final = side


class ClosedOrders:
    """The last closed orders by client id; older ones are forgotten."""

    def __init__(self, keep: int) -> None:
        self._keep: Final = keep
        self._by_id: dict[str, Closed] = {}

    def add(self, order: VenueOrder) -> None:
        """Remember an order."""
        self._by_id[order.client_id] = Closed(order.exchange_id, order.symbol, order.side)
        if len(self._by_id) > self._keep:
            del self._by_id[next(iter(self._by_id))]

    def get(self, client_id: str) -> Closed | None:
        """Return what is known of an order."""
        return self._by_id.get(client_id)

    def snapshot(self) -> list[object]:
        """Return the orders, oldest first."""
        out: list[object] = []
        for client_id, closed in self._by_id.items():
            out.append(
                {
                    "client_id": client_id,
                    "exchange_id": closed.exchange_id,
                    "side": closed.side.value,
                    "symbol": closed.symbol,
                }
            )
        return out

    def restore(self, parts: list[Snapshot]) -> None:
        """Take over what `snapshot` returned."""
        self._by_id = {}
        for part in parts:
            self._by_id[read_text(part, "client_id")] = Closed(
                read_text(part, "exchange_id"), read_text(part, "symbol"), Side(read_text(part, "side"))
            )
