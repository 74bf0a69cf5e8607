"""Resiliency: how long the spread stays wide after a sweep.

A sweep is one taker order that printed at two prices or more: market prints of equal exchange
time and side. From then on, by the exchange's clock where quotes have one, the spread is
watched until it is at or below its usual width: the median, in ticks, of its samples at the
whole seconds of the last minute before the sweep. A quote of the sweep's own time already
shows the book after it, whichever came first; where quotes have no exchange time, the next
one received is waited for. Sweeps during a recovery belong to it. A recovery that takes longer
than a minute is counted as one minute.
"""

from dataclasses import dataclass
from typing import Final

from tools.core.events import Market, Quote, Trade
from tools.core.snapshots import Snapshot, read_ints, read_opt, read_part
from tools.core.units import NS_PER_S, PPM
from tools.observer.columns import Column
from tools.observer.gauge import Figure, Gauge, Parts
from tools.observer.windows import CountWindow, SortedWindow

USUAL_NS: Final = 60 * NS_PER_S
WIDTH_NS: Final = 600 * NS_PER_S
LONGEST_NS: Final = 60 * NS_PER_S
MIN_SAMPLES: Final = 30
_MEDIAN: Final = PPM >> 1


@dataclass(frozen=True, kw_only=True)
class Config:
    """Nothing to set: the windows are columns."""


COLUMNS: Final = (
    Column(name="sweeps_600s", formula="orders that printed at two prices or more", window="600 s"),
    Column(
        name="resiliency_600s_ns",
        formula="median time for a - b to return to its 60 s median; of recoveries that ended, if any did",
        window="last 600 s",
    ),
    Column(name="recovering_ns", formula="t less the time of the sweep whose recovery is under way"),
)

# For 31 seconds the spread is 2; a sweep makes it 4, and 12 ms after it it is 2 again.
_USUAL: Final = (("quote", 0, 100, 5, 102, 5), *[("tick", 1_000 * second) for second in range(1, 32)])
_SWEEP: Final = (
    *_USUAL, ("trade", 31_500, 100, 5, "SELL"), ("trade", 31_500, 99, 2, "SELL"),
    ("quote", 31_501, 98, 3, 102, 5),
)  # fmt: skip
EXAMPLES: Final = (
    (
        (*_SWEEP, ("quote", 31_512, 100, 1, 102, 5), ("tick", 32_000)),
        {"sweeps_600s": None, "resiliency_600s_ns": 12_000_000, "recovering_ns": None},
    ),
    (
        (*_SWEEP, ("tick", 32_000)),
        {"sweeps_600s": None, "resiliency_600s_ns": None, "recovering_ns": 500_000_000},
    ),
)


class Resiliency(Gauge):
    """Times from a sweep until the spread was back at its usual width.

    Attributes
    ----------
    sweeps, recovered, given_up
        Sweeps seen while the usual width was known, recoveries, and those cut at a minute.
    took_ns
        How long the last recovery took; None before the first.
    """

    def __init__(self) -> None:
        self.sweeps = 0
        self.recovered = 0
        self.given_up = 0
        self.took_ns: int | None = None
        self._first_ns: int | None = None
        self._usual = SortedWindow(USUAL_NS)
        self._times = SortedWindow(WIDTH_NS)
        self._sweeps = CountWindow(WIDTH_NS)
        self._spread_ticks: int | None = None
        self._quote_at_ns = 0
        self._by_exchange = False
        # The taker order whose prints come in: time, side, first price, whether it swept.
        self._order_ns = -1
        self._order_buy = False
        self._order_ticks = 0
        self._order_swept = False
        # The recovery under way: since when by either clock, and to what width.
        self._open_at_ns: int | None = None
        self._open_recv_ns = 0
        self._target_ticks = 0

    def on_quote(self, quote: Quote, now_ns: int) -> None:
        """Take in an accepted quote; a crossed one says nothing about the spread."""
        if self._first_ns is None:
            self._first_ns = now_ns
        spread_ticks = quote.ask_ticks - quote.bid_ticks
        if spread_ticks <= 0:
            self._spread_ticks = None
            return
        self._spread_ticks = spread_ticks
        self._by_exchange = quote.exch_ns is not None
        self._quote_at_ns = now_ns if quote.exch_ns is None else quote.exch_ns
        self._expire(now_ns)
        self._look(now_ns)

    def on_trade(self, trade: Trade, now_ns: int) -> None:
        """Take in a market print."""
        order_ns = trade.exch_ns
        if trade.market is not Market.MARKET or order_ns is None:
            return
        if order_ns != self._order_ns or trade.buyer_aggressor != self._order_buy:
            self._order_ns = order_ns
            self._order_buy = trade.buyer_aggressor
            self._order_ticks = trade.price_ticks
            self._order_swept = False
        elif trade.price_ticks != self._order_ticks and not self._order_swept:
            self._order_swept = True
            self._sweep(order_ns if self._by_exchange else now_ns, now_ns)

    def _sweep(self, at_ns: int, now_ns: int) -> None:
        usual_ticks = self.usual_ticks(now_ns)
        if usual_ticks is None:
            return
        self.sweeps += 1
        self._sweeps.add(now_ns)
        if self._open_at_ns is None:
            self._open_at_ns = at_ns
            self._open_recv_ns = now_ns
            self._target_ticks = usual_ticks
            if self._by_exchange:  # the quote after the sweep may have come before the print
                self._look(now_ns)

    def _look(self, now_ns: int) -> None:
        """End the recovery under way if the newest quote shows its end."""
        if self._open_at_ns is None:
            return
        took_ns = self._quote_at_ns - self._open_at_ns
        if took_ns > LONGEST_NS:
            self.given_up += 1
            self._end(now_ns, LONGEST_NS)
        elif self._spread_ticks is not None and took_ns >= 0 and self._spread_ticks <= self._target_ticks:
            self.recovered += 1
            self._end(now_ns, took_ns)

    def _expire(self, now_ns: int) -> None:
        if self._open_at_ns is not None and now_ns - self._open_recv_ns > LONGEST_NS:
            self.given_up += 1
            self._end(now_ns, LONGEST_NS)

    def _end(self, now_ns: int, took_ns: int) -> None:
        self._open_at_ns = None
        self.took_ns = took_ns
        self._times.add(now_ns, took_ns)

    def on_tick(self, now_ns: int) -> None:
        """Sample the spread at a whole second."""
        if self._spread_ticks is not None:
            self._usual.add(now_ns, self._spread_ticks)
        self._expire(now_ns)
        self._usual.count(now_ns)
        self._times.count(now_ns)
        self._sweeps.count(now_ns)

    def on_break(self, now_ns: int) -> None:
        """Forget what must not be joined across a lost connection."""
        self._spread_ticks = None
        self._order_ns = -1
        self._open_at_ns = None

    def usual_ticks(self, now_ns: int) -> int | None:
        """Return the median spread of the last minute, in ticks; None below 30 samples."""
        if self._usual.count(now_ns) < MIN_SAMPLES:
            return None
        return self._usual.quantile(now_ns, _MEDIAN)

    def read(self, now_ns: int) -> list[Figure]:
        """Return the figures as of `now_ns`."""
        full = self._first_ns is not None and now_ns - self._first_ns >= WIDTH_NS
        return [
            self._sweeps.count(now_ns) if full else None,
            self._times.quantile(now_ns, _MEDIAN),
            None if self._open_at_ns is None else now_ns - self._open_recv_ns,
        ]

    def snapshot(self) -> Snapshot:
        """Return the whole state."""
        return {
            "first_ns": self._first_ns,
            "now": [
                self.sweeps, self.recovered, self.given_up, self._quote_at_ns, 1 if self._by_exchange else 0,
                self._order_ns, 1 if self._order_buy else 0, self._order_ticks, 1 if self._order_swept else 0,
                self._open_recv_ns, self._target_ticks,
            ],
            "open_at_ns": self._open_at_ns,
            "spread_ticks": self._spread_ticks,
            "sweeps": self._sweeps.snapshot(),
            "took_ns": self.took_ns,
            "times": self._times.snapshot(),
            "usual": self._usual.snapshot(),
        }  # fmt: skip

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._first_ns = read_opt(saved, "first_ns")
        now = read_ints(saved, "now")
        self.sweeps, self.recovered, self.given_up, self._quote_at_ns = now[:4]
        self._by_exchange = now[4] == 1
        self._order_ns = now[5]
        self._order_buy = now[6] == 1
        self._order_ticks = now[7]
        self._order_swept = now[8] == 1
        self._open_recv_ns = now[9]
        self._target_ticks = now[10]
        self._open_at_ns = read_opt(saved, "open_at_ns")
        self._spread_ticks = read_opt(saved, "spread_ticks")
        self._sweeps.restore(read_part(saved, "sweeps"))
        self.took_ns = read_opt(saved, "took_ns")
        self._times.restore(read_part(saved, "times"))
        self._usual.restore(read_part(saved, "usual"))


def build(config: Config, parts: Parts) -> Gauge:
    """Return the gauge; it reads none of the observer's parts."""
    return Resiliency()
