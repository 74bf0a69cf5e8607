"""What happened to the size at the best prices: traded away, taken away, improved upon.

A quote that shows less at an unchanged best price removed size. Prints at that price explain
some of it; the rest was cancelled. The two messages come in either order, so both wait for
each other: a removal is decided `HOLD_NS` after it was received. Prints and removals belong
together where their exchange times differ by at most `JOIN_NS` (receive times, where the
venue's quotes have no exchange time); in order of arrival, and each lot explains one lot.

An improvement is a quote with a better best price. It lives until the best is worse than it;
if that is sooner than `FLEETING_NS`, and no print reached it at its end, it was fleeting.

Removals and improvements enter a window when they are decided.
"""

from dataclasses import dataclass
from typing import Final

from tools.core.events import Market, Quote, Trade
from tools.core.snapshots import Snapshot, read_bool, read_ints, read_list, read_opt, read_part
from tools.core.units import NS_PER_MS, NS_PER_S, PPM
from tools.observer.columns import Column
from tools.observer.gauge import Figure, Gauge, Parts, ratio_ppm
from tools.observer.removals import STAYED, UNSEEN, Print, Removal, print_from, removal_from
from tools.observer.windows import CountWindow, SortedWindow, SumWindow

HOLD_NS: Final = 200 * NS_PER_MS
FLEETING_NS: Final = 100 * NS_PER_MS
WIDTH_NS: Final = 60 * NS_PER_S
_MAX_OPEN: Final = 4096  # improvements open on one side; the oldest are forgotten beyond
_MEDIAN: Final = PPM >> 1
_60S: Final = "60 s"


@dataclass(frozen=True, kw_only=True)
class Config:
    """Nothing to set: the windows are columns, the join is that of the published tables."""


COLUMNS: Final = (
    Column(
        name="cancelled_60s_lots", formula="lots gone from b or a while it stayed, less matched", window=_60S
    ),
    Column(name="matched_60s_lots", formula="those that prints at that price explain", window=_60S),
    Column(name="cancel_share_60s_ppm", formula="cancelled / (cancelled + matched)", window=_60S),
    Column(name="improvements_60s", formula="better best prices that ended", window=_60S),
    Column(name="improvement_life_60s_ns", formula="median of how long they lived", window=_60S),
    Column(name="fleeting_60s_ppm", formula="share below 100 ms of those that no print reached", window=_60S),
    Column(name="fleeting_any_60s_ppm", formula="share below 100 ms of all", window=_60S),
)

# A seller takes 3 of the 8 lots that leave the bid; a better bid is gone after 20 ms.
EXAMPLES: Final = (
    (
        (("quote", 0, 100, 10, 104, 5), ("quote", 1_000, 100, 2, 104, 5), ("trade", 1_050, 100, 3, "SELL"),
         ("quote", 2_000, 101, 7, 104, 5), ("quote", 2_020, 100, 2, 104, 5), ("tick", 60_200)),
        {"cancelled_60s_lots": 5, "matched_60s_lots": 3,
         "cancel_share_60s_ppm": 625_000, "improvements_60s": 1,
         "improvement_life_60s_ns": 20 * NS_PER_MS, "fleeting_60s_ppm": PPM},
    ),
    (
        (("quote", 0, 100, 10, 104, 5), ("quote", 1_000, 100, 2, 104, 5), ("tick", 60_199)),
        {"cancelled_60s_lots": None, "fleeting_any_60s_ppm": None},
    ),
)  # fmt: skip


class BestFlow(Gauge):
    """Cancelled and traded volume at the best, and the life of improvements.

    Attributes
    ----------
    removed_lots, matched_lots
        All size that left an unchanged best, and how much of it prints explained, so far.
    printed_lots
        All market prints so far, whatever they hit.
    ended, fleeting, unreached, unreached_fleeting
        Improvements that ended so far; those that were short; those that no print reached at
        their end; and those of them that were short.
    by_exchange
        Whether exchange times join quotes and prints; None before the first quote.
    """

    def __init__(self) -> None:
        self.removed_lots = 0
        self.matched_lots = 0
        self.printed_lots = 0
        self.ended = 0
        self.fleeting = 0
        self.unreached = 0
        self.unreached_fleeting = 0
        self.by_exchange: bool | None = None
        self._first_ns: int | None = None
        self._best: list[int] = []  # bid price, bid lots, ask price, ask lots; empty before a quote
        self._open_bids: list[tuple[int, int]] = []  # (price, since) of live improvements, best last
        self._open_asks: list[tuple[int, int]] = []
        self._prints: list[Print] = []
        self._removals: list[Removal] = []
        self._cancelled = SumWindow(WIDTH_NS)
        self._matched = SumWindow(WIDTH_NS)
        self._lives = SortedWindow(WIDTH_NS)
        self._fleeting = CountWindow(WIDTH_NS)
        self._unreached = CountWindow(WIDTH_NS)
        self._unreached_fleeting = CountWindow(WIDTH_NS)

    def on_quote(self, quote: Quote, now_ns: int) -> None:
        """Take in an accepted quote."""
        self.decide(now_ns)
        if self._first_ns is None:
            self._first_ns = now_ns
        self.by_exchange = quote.exch_ns is not None
        at_ns = now_ns if quote.exch_ns is None else quote.exch_ns
        best = self._best
        if best:
            self._side(now_ns, at_ns, True, best[0], best[1], quote.bid_ticks, quote.bid_lots)
            self._side(now_ns, at_ns, False, best[2], best[3], quote.ask_ticks, quote.ask_lots)
        self._best = [quote.bid_ticks, quote.bid_lots, quote.ask_ticks, quote.ask_lots]

    def _side(
        self, now_ns: int, at_ns: int, bid: bool, was_ticks: int, was_lots: int, ticks: int, lots: int
    ) -> None:
        if ticks == was_ticks:
            if lots < was_lots:
                gone_lots = was_lots - lots
                self._remove(Removal(now_ns, at_ns, bid, ticks, gone_lots, gone_lots, STAYED))
            return
        opened = self._open_bids if bid else self._open_asks
        if (ticks > was_ticks) == bid:
            opened.append((ticks, at_ns))
            if len(opened) > _MAX_OPEN:
                del opened[0]
            return
        if not opened or opened[-1][0] != was_ticks:
            self._remove(Removal(now_ns, at_ns, bid, was_ticks, was_lots, was_lots, UNSEEN))
        while opened and (opened[-1][0] > ticks if bid else opened[-1][0] < ticks):
            price_ticks, since_ns = opened.pop()
            left_lots = was_lots if price_ticks == was_ticks else 0
            life_ns = at_ns - since_ns if at_ns > since_ns else 0
            self._remove(Removal(now_ns, at_ns, bid, price_ticks, left_lots, left_lots, life_ns))

    def _remove(self, removal: Removal) -> None:
        for print_ in self._prints:
            removal.meet(print_)
        self._removals.append(removal)

    def on_trade(self, trade: Trade, now_ns: int) -> None:
        """Take in a market print; those before the first quote explain nothing."""
        self.decide(now_ns)
        if trade.market is not Market.MARKET or self.by_exchange is None:
            return
        at_ns = now_ns if trade.exch_ns is None or not self.by_exchange else trade.exch_ns
        print_ = Print(now_ns, at_ns, trade.buyer_aggressor, trade.price_ticks, trade.qty_lots)
        self.printed_lots += trade.qty_lots
        for removal in self._removals:
            removal.meet(print_)
        self._prints.append(print_)

    def on_break(self, now_ns: int) -> None:
        """Decide what is due; forget what must not be joined across a lost connection."""
        self.decide(now_ns)
        self._best = []
        self._open_bids = []
        self._open_asks = []
        self._prints = []
        self._removals = []

    def decide(self, now_ns: int) -> None:
        """Decide every removal that has waited long enough; its window time is when it was due."""
        edge_ns = now_ns - HOLD_NS
        done = 0
        for removal in self._removals:
            if removal.recv_ns > edge_ns:
                break
            self._decide(removal, removal.recv_ns + HOLD_NS)
            done += 1
        if done:
            del self._removals[:done]
        done = 0
        for print_ in self._prints:
            if print_.recv_ns > edge_ns:
                break
            done += 1
        if done:
            del self._prints[:done]

    def _decide(self, removal: Removal, due_ns: int) -> None:
        if removal.life_ns == STAYED:
            matched_lots = removal.lots - removal.left_lots
            self.removed_lots += removal.lots
            self.matched_lots += matched_lots
            if matched_lots:
                self._matched.add(due_ns, matched_lots)
            if removal.left_lots:
                self._cancelled.add(due_ns, removal.left_lots)
        elif removal.life_ns != UNSEEN:
            short = removal.life_ns < FLEETING_NS
            self.ended += 1
            self._lives.add(due_ns, removal.life_ns)
            if short:
                self.fleeting += 1
                self._fleeting.add(due_ns)
            if not removal.reached:
                self.unreached += 1
                self._unreached.add(due_ns)
                if short:
                    self.unreached_fleeting += 1
                    self._unreached_fleeting.add(due_ns)

    def read(self, now_ns: int) -> list[Figure]:
        """Return the figures as of `now_ns`."""
        self.on_tick(now_ns)
        if self._first_ns is None or now_ns - self._first_ns < WIDTH_NS + HOLD_NS:
            return [None, None, None, None, None, None, None]
        cancelled_lots = self._cancelled.total(now_ns)
        matched_lots = self._matched.total(now_ns)
        lives = self._lives.count(now_ns)
        return [
            cancelled_lots,
            matched_lots,
            ratio_ppm(cancelled_lots, cancelled_lots + matched_lots),
            lives,
            self._lives.quantile(now_ns, _MEDIAN),
            ratio_ppm(self._unreached_fleeting.count(now_ns), self._unreached.count(now_ns)),
            ratio_ppm(self._fleeting.count(now_ns), lives),
        ]

    def on_tick(self, now_ns: int) -> None:
        """Decide what is due and drop what is too old, so that memory stays bounded when nobody reads."""
        self.decide(now_ns)
        self._cancelled.total(now_ns)
        self._matched.total(now_ns)
        self._lives.count(now_ns)
        self._fleeting.count(now_ns)
        self._unreached.count(now_ns)
        self._unreached_fleeting.count(now_ns)

    def snapshot(self) -> Snapshot:
        """Return the whole state."""
        return {
            "best": list(self._best),
            "by_exchange": self.by_exchange,
            "cancelled": self._cancelled.snapshot(),
            "first_ns": self._first_ns,
            "fleeting": self._fleeting.snapshot(),
            "lives": self._lives.snapshot(),
            "matched": self._matched.snapshot(),
            "open_asks": [list(item) for item in self._open_asks],
            "open_bids": [list(item) for item in self._open_bids],
            "prints": [print_.to_list() for print_ in self._prints],
            "removals": [removal.to_list() for removal in self._removals],
            "totals": [
                self.removed_lots, self.matched_lots, self.printed_lots,
                self.ended, self.fleeting, self.unreached, self.unreached_fleeting,
            ],
            "unreached": self._unreached.snapshot(),
            "unreached_fleeting": self._unreached_fleeting.snapshot(),
        }  # fmt: skip

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._best = read_ints(saved, "best")
        self.by_exchange = None if saved["by_exchange"] is None else read_bool(saved, "by_exchange")
        self._cancelled.restore(read_part(saved, "cancelled"))
        self._first_ns = read_opt(saved, "first_ns")
        self._fleeting.restore(read_part(saved, "fleeting"))
        self._lives.restore(read_part(saved, "lives"))
        self._matched.restore(read_part(saved, "matched"))
        self._open_asks = _pairs(saved, "open_asks")
        self._open_bids = _pairs(saved, "open_bids")
        self._prints = [print_from(item) for item in read_list(saved, "prints")]
        self._removals = [removal_from(item) for item in read_list(saved, "removals")]
        totals = read_ints(saved, "totals")
        self.removed_lots, self.matched_lots, self.printed_lots = totals[:3]
        self.ended, self.fleeting, self.unreached, self.unreached_fleeting = totals[3:]
        self._unreached.restore(read_part(saved, "unreached"))
        self._unreached_fleeting.restore(read_part(saved, "unreached_fleeting"))


def _pairs(saved: Snapshot, key: str) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for item in read_list(saved, key):
        price_ticks, since_ns = read_ints({key: item}, key)
        out.append((price_ticks, since_ns))
    return out


def build(config: Config, parts: Parts) -> Gauge:
    """Return the gauge; it reads none of the observer's parts."""
    return BestFlow()
