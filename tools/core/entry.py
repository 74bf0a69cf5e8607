"""The words of order entry: everything that a venue can be asked for in one request.

`IExchangeClient.place_limit` asks for the two simplest of these. Not every combination makes
sense, and no venue takes all that do: which are refused is the venue's to say, in its report.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.canon import Record
from tools.core.events import Side
from tools.core.orders import TimeInForce
from tools.core.snapshots import Snapshot, read_bool, read_int, read_opt, read_text


class OrderType(StrEnum):
    """At what price an order trades, and from when."""

    LIMIT = "LIMIT"  # at its price or better
    MARKET = "MARKET"  # at whatever is displayed
    STOP = "STOP"  # a market order from when a print reaches its stop price
    STOP_LIMIT = "STOP_LIMIT"  # a limit order from when a print reaches its stop price


class SelfMatch(StrEnum):
    """What the venue does when an order would trade with one of the same account."""

    CANCEL_NEWEST = "CANCEL_NEWEST"  # the one that arrives loses its remainder
    CANCEL_OLDEST = "CANCEL_OLDEST"  # the one that rests is closed
    CANCEL_BOTH = "CANCEL_BOTH"  # both are
    DECREMENT = "DECREMENT"  # both lose the smaller quantity of the two


@dataclass(init=False)
class NewOrder(Record):
    """A request for a new order. Price in ticks, quantity in lots, times in ns.

    Parameters
    ----------
    client_id, symbol, side, qty_lots
        `client_id` is unique within an account.
    order_type, price_ticks, stop_ticks
        A limit price for LIMIT and STOP_LIMIT, a stop price for STOP and STOP_LIMIT; else None.
    time_in_force, expire_ns, ttl_ns
        A GTD order has either the time at which it ends, or how long it lives from its
        arrival; no other has one.
    post_only
        Never takes.
    reduce_only
        Never adds to a position, nor turns it.
    self_match
        None for the venue's own rule.
    """

    client_id: Final[str]
    symbol: Final[str]
    side: Final[Side]
    qty_lots: Final[int]
    order_type: Final[OrderType]
    price_ticks: Final[int | None]
    stop_ticks: Final[int | None]
    time_in_force: Final[TimeInForce]
    expire_ns: Final[int | None]
    ttl_ns: Final[int | None]
    post_only: Final[bool]
    reduce_only: Final[bool]
    self_match: Final[SelfMatch | None]

    def __init__(
        self,
        client_id: str,
        symbol: str,
        side: Side,
        qty_lots: int,
        price_ticks: int | None = None,
        *,
        order_type: OrderType = OrderType.LIMIT,
        stop_ticks: int | None = None,
        time_in_force: TimeInForce = TimeInForce.GTC,
        expire_ns: int | None = None,
        ttl_ns: int | None = None,
        post_only: bool = False,
        reduce_only: bool = False,
        self_match: SelfMatch | None = None,
    ) -> None:
        self.client_id = client_id
        self.symbol = symbol
        self.side = side
        self.qty_lots = qty_lots
        self.order_type = order_type
        self.price_ticks = price_ticks
        self.stop_ticks = stop_ticks
        self.time_in_force = time_in_force
        self.expire_ns = expire_ns
        self.ttl_ns = ttl_ns
        self.post_only = post_only
        self.reduce_only = reduce_only
        self.self_match = self_match


def new_order_from(saved: Snapshot) -> NewOrder:
    """Return the request that `NewOrder.to_dict` wrote."""
    return NewOrder(
        read_text(saved, "client_id"),
        read_text(saved, "symbol"),
        Side(read_text(saved, "side")),
        read_int(saved, "qty_lots"),
        read_opt(saved, "price_ticks"),
        order_type=OrderType(read_text(saved, "order_type")),
        stop_ticks=read_opt(saved, "stop_ticks"),
        time_in_force=TimeInForce(read_text(saved, "time_in_force")),
        expire_ns=read_opt(saved, "expire_ns"),
        ttl_ns=read_opt(saved, "ttl_ns"),
        post_only=read_bool(saved, "post_only"),
        reduce_only=read_bool(saved, "reduce_only"),
        self_match=None if saved["self_match"] is None else SelfMatch(read_text(saved, "self_match")),
    )
