"""What a feed by level would tell of a market by order: snapshots, and updates in batches."""

from typing import Final

from tools.core.events import Depth, Levels, Side
from tools.core.units import NS_PER_S
from tools.execution.order_events import OrderEvent
from tools.lab.truth.market import SYMBOL, MarketByOrder

_FRESH_NS: Final = 60 * NS_PER_S  # a book is known to the worst level of its snapshot; then it is stale


class DepthFeed:
    """Updates by level, `every_ns` apart, each with all that changed since the last.

    Who left a price within a batch and who came cannot be told from it. The times are halfway
    between whole multiples of `every_ns`: ghosts come at whole seconds, and what is known of
    their queues then is to be half a batch old. With `every_ns` 0 there is an update for each
    cause, at its own time. A snapshot follows an update once a minute, and whenever a reader
    has lost its book.
    """

    def __init__(self, market: MarketByOrder, every_ns: int) -> None:
        self._market: Final = market
        self._every_ns: Final = every_ns
        self._touched: Final[dict[Side, dict[int, None]]] = {Side.BUY: {}, Side.SELL: {}}
        self._changed_ns = 0
        self._told_ns = -1
        self._last_id = 0
        self._fresh_id = -1  # of the last snapshot, and its time
        self._fresh_ns = 0

    def note(self, events: list[OrderEvent]) -> None:
        """Take in the events of one cause."""
        for event in events:
            self._touched[event.side][event.price_ticks] = None
        self._changed_ns = events[-1].time_ns

    def due(self, now_ns: int, live: bool) -> list[Depth]:
        """Return what is told up to `now_ns` of causes before it; a reader not `live` needs a snapshot."""
        every_ns = self._every_ns
        at_ns = self._changed_ns
        if every_ns:
            half_ns = every_ns // 2
            at_ns = (now_ns + half_ns) // every_ns * every_ns - half_ns
        if at_ns <= self._told_ns:
            return []
        self._told_ns = at_ns  # also with nothing to tell: what comes later is no part of it
        bids, asks = self._changes(Side.BUY), self._changes(Side.SELL)
        if not bids and not asks:
            return []
        self._last_id += 1
        number, market = self._last_id, self._market
        out = [Depth(SYMBOL, at_ns, at_ns, number, number, None, bids, asks)]
        joined = self._fresh_id < number - 1
        if market.mid_ht is not None and joined and (not live or at_ns - self._fresh_ns >= _FRESH_NS):
            self._fresh_id, self._fresh_ns = number, at_ns
            whole = market.levels(Side.BUY), market.levels(Side.SELL)
            out.append(Depth(SYMBOL, at_ns, at_ns, number, number, None, *whole, snapshot=True))
        return out

    def _changes(self, side: Side) -> Levels:
        touched = self._touched[side]
        levels = tuple((price_ticks, self._market.lots_at(side, price_ticks)) for price_ticks in touched)
        touched.clear()
        return levels
