"""What happened outside: the events that a feed hands to the chain.

Every event carries its time in nanoseconds: `recv_ns` is when we could have known it (the
engine's clock), `exch_ns` when the venue says it happened, or None where the message does
not say. Records made for each event are written out by hand because a generated
``__init__`` stays slow in the compiled build.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.canon import Record
from tools.core.errors import UsageError


class Side(StrEnum):
    """Side of an order, or of the aggressor of a trade."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


def parse_side(side: object) -> Side:
    """Return a side from ``"Buy"``, ``"BUY"``, ``"sell"``; raise `UsageError` on anything else."""
    known = _SIDES.get(str(side).upper())
    if known is None:
        raise UsageError(f"side must be Buy or Sell, not {str(side)[:20]!r}")
    return known


_SIDES: Final[dict[str, Side]] = {"BUY": Side.BUY, "SELL": Side.SELL}


class Market(StrEnum):
    """What kind of print a trade message reports."""

    MARKET = "MARKET"
    OTHER = "OTHER"  # insurance fund, liquidation transfer, block: counted, touches nothing


class FeedKind(StrEnum):
    """What a `FeedStatus` tells."""

    QUARANTINED = "QUARANTINED"  # a line that could not be used
    IGNORED = "IGNORED"  # a message that is known and carries nothing for the chain
    LOOP_LAG = "LOOP_LAG"  # the shell measured its own delay, in `value`
    DISCONNECTED = "DISCONNECTED"
    CONNECTED = "CONNECTED"


@dataclass(init=False)
class Quote(Record):
    """Best bid and offer of one instrument. Prices in ticks, sizes in lots."""

    symbol: Final[str]
    recv_ns: Final[int]
    exch_ns: Final[int | None]
    bid_ticks: Final[int]
    bid_lots: Final[int]
    ask_ticks: Final[int]
    ask_lots: Final[int]
    update_id: Final[int]

    def __init__(
        self,
        symbol: str,
        recv_ns: int,
        exch_ns: int | None,
        bid_ticks: int,
        bid_lots: int,
        ask_ticks: int,
        ask_lots: int,
        update_id: int,
    ) -> None:
        self.symbol = symbol
        self.recv_ns = recv_ns
        self.exch_ns = exch_ns
        self.bid_ticks = bid_ticks
        self.bid_lots = bid_lots
        self.ask_ticks = ask_ticks
        self.ask_lots = ask_lots
        self.update_id = update_id


@dataclass(init=False)
class Trade(Record):
    """One print. `buyer_aggressor` is True when a buyer crossed the spread.

    `first_id` and `last_id` are the trade ids that the message covers: equal for a single
    trade, a range for an aggregate.
    """

    symbol: Final[str]
    recv_ns: Final[int]
    exch_ns: Final[int | None]
    price_ticks: Final[int]
    qty_lots: Final[int]
    buyer_aggressor: Final[bool]
    market: Final[Market]
    first_id: Final[int]
    last_id: Final[int]

    def __init__(
        self,
        symbol: str,
        recv_ns: int,
        exch_ns: int | None,
        price_ticks: int,
        qty_lots: int,
        buyer_aggressor: bool,
        market: Market,
        first_id: int,
        last_id: int,
    ) -> None:
        self.symbol = symbol
        self.recv_ns = recv_ns
        self.exch_ns = exch_ns
        self.price_ticks = price_ticks
        self.qty_lots = qty_lots
        self.buyer_aggressor = buyer_aggressor
        self.market = market
        self.first_id = first_id
        self.last_id = last_id


Levels = tuple[tuple[int, int], ...]
"""Price levels of one side as ``(price_ticks, lots)``; in an update, 0 lots remove a level."""


@dataclass(init=False)
class Depth(Record):
    """Levels of an order book: what changed, or (`snapshot`) the best levels as they are.

    Update ids `first_id` to `last_id` are in it; a snapshot has one. `prev_id` is the last
    id of the update before, where the venue names it. `bids` and `asks` are None where the
    feed was not asked for levels, or the message is no update of the whole book.
    """

    symbol: Final[str]
    recv_ns: Final[int]
    exch_ns: Final[int | None]
    first_id: Final[int]
    last_id: Final[int]
    prev_id: Final[int | None]
    bids: Final[Levels | None]  # prices in ticks, sizes in lots
    asks: Final[Levels | None]
    snapshot: Final[bool]
    rounded_count: Final[int]  # sizes that were no whole number of lots, rounded down

    def __init__(
        self,
        symbol: str,
        recv_ns: int,
        exch_ns: int | None,
        first_id: int,
        last_id: int,
        prev_id: int | None = None,
        bids: Levels | None = None,
        asks: Levels | None = None,
        snapshot: bool = False,
        rounded_count: int = 0,
    ) -> None:
        self.symbol = symbol
        self.recv_ns = recv_ns
        self.exch_ns = exch_ns
        self.first_id = first_id
        self.last_id = last_id
        self.prev_id = prev_id
        self.bids = bids
        self.asks = asks
        self.snapshot = snapshot
        self.rounded_count = rounded_count


@dataclass(init=False)
class Tick(Record):
    """A whole second of event time, put into the stream by the feed."""

    recv_ns: Final[int]

    def __init__(self, recv_ns: int) -> None:
        self.recv_ns = recv_ns


@dataclass(init=False)
class FeedStatus(Record):
    """Something about the feed itself, such as a line that could not be used."""

    symbol: Final[str]
    recv_ns: Final[int]
    kind: Final[FeedKind]
    detail: Final[str]
    value: Final[int]

    def __init__(self, symbol: str, recv_ns: int, kind: FeedKind, detail: str, value: int = 0) -> None:
        self.symbol = symbol
        self.recv_ns = recv_ns
        self.kind = kind
        self.detail = detail
        self.value = value


MarketEvent = Quote | Trade | Depth | Tick | FeedStatus
