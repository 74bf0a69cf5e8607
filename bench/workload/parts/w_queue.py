"""The fill rule of workload W (M4): not a model to be believed, a rule that is easy to repeat.

The queue ahead is what is displayed at placement. A print at our price eats it, then fills us; a
print or a best price beyond ours fills us whole, however small it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from tools.core.events import Side, Trade
from tools.execution.fill_model import NO_FILLS, FillLots, Resting
from tools.execution.venue_book import VenueBook


@dataclass(frozen=True, kw_only=True)
class Config:
    """This rule has no parameters."""


class _Order:
    def __init__(self, order: Resting, ahead_lots: int) -> None:
        self.client_id = order.client_id
        self.side = order.side
        self.price_ticks = order.price_ticks
        self.leaves_lots = order.qty_lots
        self.ahead_lots = ahead_lots


class WQueue:
    """Conforms by its methods alone: an interpreted class cannot inherit a compiled Protocol."""

    def __init__(self) -> None:
        self._orders: list[_Order] = []

    def on_rest(self, order: Resting, book: VenueBook) -> None:
        shown = book.bid_lots if order.side is Side.BUY else book.ask_lots
        best = book.bid_ticks if order.side is Side.BUY else book.ask_ticks
        self._orders.append(_Order(order, shown if order.price_ticks == best else 0))

    def on_quote(self, book: VenueBook, time_ns: int = 0) -> tuple[FillLots, ...]:
        if not self._orders:
            return NO_FILLS
        fills: list[FillLots] = []
        for order in self._orders:
            if order.side is Side.BUY:
                best, shown, crossed = book.bid_ticks, book.bid_lots, book.ask_ticks <= order.price_ticks
                behind = best < order.price_ticks
            else:
                best, shown, crossed = book.ask_ticks, book.ask_lots, book.bid_ticks >= order.price_ticks
                behind = best > order.price_ticks
            if crossed:
                fills.append(FillLots(order.client_id, order.leaves_lots))
                order.leaves_lots = 0
            elif behind:
                order.ahead_lots = 0
            elif best == order.price_ticks and shown < order.ahead_lots:
                order.ahead_lots = shown
        return self._told(fills)

    def on_trade(self, trade: Trade, time_ns: int = 0) -> tuple[FillLots, ...]:
        if not self._orders:
            return NO_FILLS
        fills: list[FillLots] = []
        for order in self._orders:
            buying = order.side is Side.BUY
            if trade.buyer_aggressor is buying:
                continue
            beyond = (
                order.price_ticks - trade.price_ticks if buying else trade.price_ticks - order.price_ticks
            )
            if beyond < 0:
                continue
            lots = order.leaves_lots
            if beyond == 0:
                lots = min(lots, max(0, trade.qty_lots - order.ahead_lots))
                order.ahead_lots = max(0, order.ahead_lots - trade.qty_lots)
            if lots > 0:
                order.leaves_lots -= lots
                fills.append(FillLots(order.client_id, lots))
        return self._told(fills)

    def _told(self, fills: list[FillLots]) -> tuple[FillLots, ...]:
        if not fills:
            return NO_FILLS
        self._orders = [order for order in self._orders if order.leaves_lots > 0]
        return tuple(fills)

    def on_reduced(self, client_id: str, lots: int) -> None:
        for order in self._orders:
            if order.client_id == client_id:
                order.leaves_lots -= lots

    def on_gone(self, client_id: str) -> None:
        self._orders = [order for order in self._orders if order.client_id != client_id]

    def ahead_lots(self, client_id: str) -> int | None:
        for order in self._orders:
            if order.client_id == client_id:
                return order.ahead_lots
        return None

    def snapshot(self) -> dict[str, object]:
        return {}  # a benchmark never restores

    def restore(self, saved: dict[str, object]) -> None:
        raise NotImplementedError("workload W is run from its start")


EXAMPLES: Final[tuple[Any, ...]] = ()


def build(config: Config) -> WQueue:
    """Return the rule."""
    return WQueue()
