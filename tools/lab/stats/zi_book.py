"""A zero-intelligence order book: orders, takers and cancels at random, and nothing learnt from it.

The model of Smith, Farmer, Gillemot and Krishnamurthy (2003) with takers whose side persists.
What a market's participants know is absent here by construction, so that what a statistic finds
in it is the mechanics of a queue. Every draw is a pure function of the seed and its number.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tools.core.chance import draw64, stream_id
from tools.core.events import Market, MarketEvent, Quote, Side, Tick, Trade
from tools.core.units import NS_PER_S, PPM
from tools.execution.order_events import OrderEvent, OrderEventKind
from tools.observer.regimes.ilog import ilog2_1p

# Arrivals fall with the distance d from the opposite best as d^-0.52; in ppm, d = 1 .. 20.
_ARRIVALS_PPM: Final = (
    1_000_000, 697_372, 564_803, 486_327, 433_048, 393_878, 363_537, 339_151, 319_002, 301_995,
    287_393, 274_679, 263_481, 253_521, 244_587, 236_514, 229_175, 222_463, 216_296, 210_603,
)  # fmt: skip
_LIMIT_MEAN: Final = 3  # lots, geometric
_TAKER_MEAN: Final = 4
_LARGE_PPM: Final = 30_000  # takers eight times as large
_PERSIST_PPM: Final = 800_000
_LN2_PPM: Final = 693_147
_LOG_ONE: Final = 1_024  # ilog2_1p counts in 1/1024
_STREAM: Final = stream_id("stats.zi_book")
_START_TICKS: Final = 100_000


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Events per second, in ppm.

    Parameters
    ----------
    limit_ppm
        Orders of one side at the price next to the opposite best.
    taker_ppm
        Takers of one side.
    cancel_ppm
        Cancels of one order.
    """

    limit_ppm: int
    taker_ppm: int
    cancel_ppm: int


BOOKS: Final[dict[str, Rates]] = {
    "thin": Rates(limit_ppm=2_000_000, taker_ppm=800_000, cancel_ppm=120_000),
    "mid": Rates(limit_ppm=2_200_000, taker_ppm=550_000, cancel_ppm=90_000),
    "deep": Rates(limit_ppm=2_400_000, taker_ppm=350_000, cancel_ppm=60_000),
}


class _Book:
    """Orders by number: side, price, lots; queues of numbers by price, first come first served."""

    def __init__(self, rates: Rates, seed: int, cancel_bias: int = 1, by_order: bool = False) -> None:
        self._rates: Final = rates
        self._seed: Final = seed
        self._cancel_bias: Final = cancel_bias
        self._by_order: Final = by_order
        self.changes: list[OrderEvent] = []  # of the last step, if asked for
        self._step = 0
        self._draw = 0
        self.now_ns = 0
        self._sides: list[int] = []  # of each order, 0 bid and 1 offer
        self._prices: list[int] = []
        self._lots: list[int] = []
        self._queues: tuple[dict[int, list[int]], dict[int, list[int]]] = ({}, {})
        self._sizes: tuple[dict[int, int], dict[int, int]] = ({}, {})  # lots by price
        self._live: list[int] = []
        self._place_of: dict[int, int] = {}  # of each live order in _live
        self._best = [_START_TICKS, _START_TICKS + 1]
        self._side = 0  # of the last taker
        for distance in range(1, 6):
            for _ in range(8):
                self._add(0, _START_TICKS + 1 - distance, _LIMIT_MEAN)
                self._add(1, _START_TICKS + distance, _LIMIT_MEAN)

    def below(self, bound: int) -> int:
        """Return the next draw in ``0 .. bound - 1``."""
        self._draw += 1
        return (draw64(self._seed, _STREAM, self._step, self._draw) * bound) >> 64

    def _geometric(self, mean: int) -> int:
        lots = 1
        while self.below(mean):
            lots += 1
        return lots

    def _add(self, side: int, price: int, lots: int) -> None:
        order = len(self._lots)
        self._sides.append(side)
        self._prices.append(price)
        self._lots.append(lots)
        self._place_of[order] = len(self._live)
        self._live.append(order)
        self._queues[side].setdefault(price, []).append(order)
        self._sizes[side][price] = self._sizes[side].get(price, 0) + lots
        if (price > self._best[0] and side == 0) or (price < self._best[1] and side == 1):
            self._best[side] = price
        self._note(OrderEventKind.ADDED, order, lots)

    def _note(self, kind: OrderEventKind, order: int, lots: int) -> None:
        if self._by_order:
            side = Side.SELL if self._sides[order] else Side.BUY
            self.changes.append(OrderEvent(self.now_ns, kind, order, side, self._prices[order], lots))

    def _take_off(self, order: int, lots: int, kind: OrderEventKind) -> None:
        """Take lots off an order; an empty one leaves the book, an empty price too."""
        self._note(kind, order, lots)
        side, price = self._sides[order], self._prices[order]
        self._lots[order] -= lots
        left = self._sizes[side][price] - lots
        self._sizes[side][price] = left
        if self._lots[order] == 0:
            place, last = self._place_of.pop(order), self._live.pop()
            if last != order:
                self._live[place] = last
                self._place_of[last] = place
        if left == 0:
            del self._sizes[side][price]
            del self._queues[side][price]
            if self._sizes[side]:
                self._best[side] = max(self._sizes[0]) if side == 0 else min(self._sizes[1])

    def _take(self) -> list[tuple[int, int, bool]]:
        """Let a taker come; return what it traded: price, lots, bought."""
        if self.below(PPM) >= _PERSIST_PPM:
            self._side = 1 - self._side
        left = self._geometric(_TAKER_MEAN) * (8 if self.below(PPM) < _LARGE_PPM else 1)
        side = self._side
        out: list[tuple[int, int, bool]] = []
        while left and len(self._sizes[side]) > 1:  # the last price of a side stays
            price = self._best[side]
            queue = self._queues[side][price]
            while self._lots[queue[0]] == 0:
                queue.pop(0)
            lots = min(left, self._lots[queue[0]])
            self._take_off(queue[0], lots, OrderEventKind.TRADED)
            left -= lots
            out.append((price, lots, side == 1))
        return out

    def step(self) -> list[tuple[int, int, bool]]:
        """Let time pass until the next event and do it; return the trades that it made."""
        self._step += 1
        self._draw = 0
        self.changes = []
        rates = self._rates
        limits = 2 * rates.limit_ppm * sum(_ARRIVALS_PPM) // PPM
        takers = 2 * rates.taker_ppm
        total = limits + takers + rates.cancel_ppm * len(self._live)
        # Exponential by the binary logarithm of a uniform draw of 64 bits.
        waited = 64 * _LOG_ONE - ilog2_1p(self.below(1 << 64))
        self.now_ns += waited * _LN2_PPM * NS_PER_S // (_LOG_ONE * total) + 1
        what = self.below(total)
        if what < limits:
            side = self.below(2)
            rest = self.below(sum(_ARRIVALS_PPM))
            distance = 1
            for weight in _ARRIVALS_PPM:
                if rest < weight:
                    break
                rest -= weight
                distance += 1
            price = self._best[1] - distance if side == 0 else self._best[0] + distance
            self._add(side, price, self._geometric(_LIMIT_MEAN))
        elif what < limits + takers:
            return self._take()
        else:
            order = self._canceled()
            if len(self._sizes[self._sides[order]]) > 1:
                self._take_off(order, self._lots[order], OrderEventKind.CANCELED)
        return []

    def _canceled(self) -> int:
        """Return who cancels: anybody, or with a bias the last of some at the same price."""
        order = self._live[self.below(len(self._live))]
        if self._cancel_bias == 1:
            return order
        queues = self._queues[self._sides[order]]
        queue = [other for other in queues[self._prices[order]] if self._lots[other]]
        queues[self._prices[order]] = queue
        return queue[max(self.below(len(queue)) for _ in range(self._cancel_bias))]

    def best(self) -> tuple[int, int, int, int]:
        """Return best bid and size, best offer and size."""
        bid, ask = self._best
        return bid, self._sizes[0][bid], ask, self._sizes[1][ask]


def events(name: str, seconds: int, seed: int = 42) -> Iterator[MarketEvent]:
    """Yield quotes, trades and ticks of a book of `BOOKS`; times start at 0 and need no network."""
    book = _Book(BOOKS[name], seed)
    tick_ns = NS_PER_S
    last: tuple[int, int, int, int] | None = None
    update = trade = 0
    while True:
        traded = book.step()
        while tick_ns < book.now_ns:
            yield Tick(tick_ns)
            tick_ns += NS_PER_S
            if tick_ns > seconds * NS_PER_S:
                return
        now = book.now_ns
        for price, lots, bought in traded:
            trade += 1
            yield Trade(name, now, now, price, lots, bought, Market.MARKET, trade, trade)
        if book.best() != last:
            last = book.best()
            update += 1
            yield Quote(name, now, now, *last, update)


def order_events(name: str, cancel_bias: int, seed: int = 42) -> Iterator[list[OrderEvent]]:
    """Yield what each step did to the orders of a book of `BOOKS`, without end.

    One list is one cause: an order that comes, one that is canceled, or all that one taker
    took. The first list is the book at time 0.
    """
    book = _Book(BOOKS[name], seed, cancel_bias, by_order=True)
    yield book.changes
    while True:
        book.step()
        if book.changes:
            yield book.changes
