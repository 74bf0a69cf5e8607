"""What both engines are given: lines of quotes and prints, and one quoting rule."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tools.core.events import Market, Quote, Trade
from tools.core.units import NS_PER_MS, NS_PER_S
from tools.live.feeds import open_collector, read_instruments
from tools.live.settings import LabConfig
from tools.observer import Observer, ObserverConfig

QUOTE = 0
TRADE = 1

Line = tuple[int, int, int, int, int, int]
"""``(QUOTE, time_ns, bid, bid_lots, ask, ask_lots)`` or ``(TRADE, time_ns, price, lots, +1 | -1, 0)``."""


def lines_of(market: Iterable[tuple[int, ...]], origin_ns: int) -> list[Line]:
    """Return the market of a case as lines."""
    out: list[Line] = []
    for item in market:
        time_ns = origin_ns + item[0] * NS_PER_MS
        if len(item) == 5:
            out.append((QUOTE, time_ns, item[1], item[2], item[3], item[4]))
        else:
            out.append((TRADE, time_ns, item[1], item[2], item[3], 0))
    return out


def recorded_lines(paths: Sequence[str], symbol: str) -> list[Line]:
    """Return what the observer of one instrument accepts of a recording, at its receive times.

    Duplicates and what is out of order are left out for both engines alike, and so is the delay
    of the feed: each line happens at the venue when we hear of it.
    """
    feed = open_collector(paths, dict(read_instruments(None)), LabConfig().decode, (symbol,))
    observer: Observer | None = None
    out: list[Line] = []
    while batch := feed.next_batch():
        for event in batch:
            if not isinstance(event, (Quote, Trade)):
                continue
            if observer is None:
                observer = Observer(read_instruments(None)[event.symbol], ObserverConfig(metrics=False))
            if not observer.admit(event):
                continue
            if isinstance(event, Quote):
                out.append((
                    QUOTE, event.recv_ns, event.bid_ticks, event.bid_lots, event.ask_ticks, event.ask_lots
                ))  # fmt: skip
            elif event.market is Market.MARKET:
                side = 1 if event.buyer_aggressor else -1
                out.append((TRADE, event.recv_ns, event.price_ticks, event.qty_lots, side, 0))
    return out


@dataclass(frozen=True)
class Quoting:
    """The rule: every so often cancel what rests, and quote both sides anew at the best prices.

    It looks at no position and at no fill, so both engines send the very same orders.
    """

    first_ns: int
    every_ns: int = 2 * NS_PER_S
    lots: int = 200
    delay_ns: int = 20 * NS_PER_MS


@dataclass(frozen=True)
class Run:
    """What became of it: lots by order (buy, sell, buy, ...), and the position that we are told."""

    given: list[int]
    cancels: int
    position: int
    seconds: float

    @property
    def held(self) -> int:
        """The position that the orders' own fills come to."""
        return sum(self.given[0::2]) - sum(self.given[1::2])


class Tape:
    """What was quoted and printed while an order rested."""

    def __init__(self, lines: Sequence[Line], quoting: Quoting) -> None:
        self._lines = lines
        self._times = [line[1] for line in lines]
        self._quoting = quoting

    def prices(self, number: int) -> tuple[int, int]:
        """Return the price of order `number` and the lots displayed there when it arrived; 0 if none."""
        sent_ns = self._quoting.first_ns + number // 2 * self._quoting.every_ns
        own = 2 if number % 2 == 0 else 4
        price = self._last_quote(sent_ns)[own]
        there = self._last_quote(sent_ns + self._quoting.delay_ns)
        return price, there[own + 1] if there[own] == price else 0

    def _last_quote(self, time_ns: int) -> Line:
        at = bisect_right(self._times, time_ns) - 1
        while self._lines[at][0] != QUOTE:
            at -= 1
        return self._lines[at]

    def traded(self, number: int) -> tuple[int, int, bool]:
        """Return lots that the other side traded at the order's price, and beyond; and if a quote crossed it.

        From its arrival until its cancel arrived.
        """
        quoting = self._quoting
        price, _ = self.prices(number)
        arrived_ns = quoting.first_ns + number // 2 * quoting.every_ns + quoting.delay_ns
        first = bisect_right(self._times, arrived_ns)
        last = bisect_left(self._times, arrived_ns + quoting.every_ns)
        sign = 1 if number % 2 == 0 else -1
        at_price = beyond = 0
        crossed = False
        for kind, _, a, b, c, _ in self._lines[first:last]:
            if kind == QUOTE:
                crossed = crossed or (c <= price if sign > 0 else a >= price)
            elif c == -sign:
                if a == price:
                    at_price += b
                elif sign * (price - a) > 0:
                    beyond += b
        return at_price, beyond, crossed
