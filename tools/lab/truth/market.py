"""A market by order, and what of it a feed without ids would show."""

from typing import Final

from tools.core.errors import InputError
from tools.core.events import Levels, Market, Quote, Side, Trade
from tools.execution.order_events import OrderEvent, OrderEventKind

SYMBOL: Final = "truth"


class MarketByOrder:
    """Follows order events; tells prints and the top of the book, and sizes by price.

    `events` of one cause go in together, as a taker's fills do: the prints come out one by
    one, and the quote once, after them.
    """

    def __init__(self) -> None:
        self._sizes: Final[dict[Side, dict[int, int]]] = {Side.BUY: {}, Side.SELL: {}}
        self._lots: Final[dict[int, int]] = {}  # by order id
        self._best: Final[dict[Side, int]] = {}
        self._last: tuple[int, int, int, int] | None = None
        self._updates = 0
        self._trades = 0

    def best_ticks(self, side: Side) -> int | None:
        """Return the best price of a side; None if it is empty."""
        return self._best.get(side)

    def lots_at(self, side: Side, price_ticks: int) -> int:
        """Return the size that rests at a price."""
        return self._sizes[side].get(price_ticks, 0)

    def levels(self, side: Side) -> Levels:
        """Return every price of a side with its size, in no order."""
        return tuple(self._sizes[side].items())

    def open_lots(self, order_id: int) -> int:
        """Return what is left of an order; 0 if it does not rest."""
        return self._lots.get(order_id, 0)

    @property
    def mid_ht(self) -> int | None:
        """The mid in half-ticks; None without two sides."""
        bid, ask = self._best.get(Side.BUY), self._best.get(Side.SELL)
        return None if bid is None or ask is None else bid + ask

    def apply(self, events: list[OrderEvent]) -> tuple[list[Trade], Quote | None]:
        """Take the events of one cause in; return the prints, and the quote if the top changed."""
        prints: list[Trade] = []
        for event in events:
            added = event.kind is OrderEventKind.ADDED
            self._change(event, event.lots if added else -event.lots)
            if event.kind is OrderEventKind.TRADED:
                self._trades += 1
                prints.append(
                    Trade(
                        SYMBOL,
                        event.time_ns,
                        event.time_ns,
                        event.price_ticks,
                        event.lots,
                        event.side is Side.SELL,
                        Market.MARKET,
                        self._trades,
                        self._trades,
                    )
                )
        return prints, self._quote(events[-1].time_ns)

    def _change(self, event: OrderEvent, lots: int) -> None:
        left = self._lots.get(event.order_id, 0) + lots
        if left < 0 or (lots > 0 and left != lots):
            raise InputError(f"order {event.order_id}: {event.kind.value} {event.lots} does not fit its book")
        if left:
            self._lots[event.order_id] = left
        else:
            del self._lots[event.order_id]
        sizes, price = self._sizes[event.side], event.price_ticks
        size = sizes.get(price, 0) + lots
        buying = event.side is Side.BUY
        best = self._best.get(event.side)
        if size:
            sizes[price] = size
            if best is None or (price > best if buying else price < best):
                self._best[event.side] = price
        else:
            del sizes[price]
            if best == price:
                if sizes:
                    self._best[event.side] = max(sizes) if buying else min(sizes)
                else:
                    del self._best[event.side]

    def _quote(self, time_ns: int) -> Quote | None:
        bid, ask = self._best.get(Side.BUY), self._best.get(Side.SELL)
        if bid is None or ask is None:
            return None
        top = (bid, self._sizes[Side.BUY][bid], ask, self._sizes[Side.SELL][ask])
        if top == self._last:
            return None
        self._last = top
        self._updates += 1
        return Quote(SYMBOL, time_ns, time_ns, *top, self._updates)
