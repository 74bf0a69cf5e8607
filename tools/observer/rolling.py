"""The rolling windows that decisions use; always kept."""

from typing import Final

from tools.core.snapshots import Snapshot, read_bool, read_int, read_part
from tools.core.units import NS_PER_S
from tools.observer.book import Book
from tools.observer.steps import StepLag, StepMean
from tools.observer.windows import CountWindow, SumWindow


class Rolling:
    """Rates, time-weighted spread and depth, and the mid of 1 s and 10 s ago."""

    def __init__(self) -> None:
        self.quotes_1s: Final = CountWindow(NS_PER_S)
        self.trades_1s: Final = CountWindow(NS_PER_S)
        self.spread_1s_ubps: Final = StepMean(NS_PER_S)
        self.depth_10s_lots: Final = StepMean(10 * NS_PER_S)
        self.mid_1s_ht: Final = StepLag(NS_PER_S)
        self.mid_10s_ht: Final = StepLag(10 * NS_PER_S)
        self.gap_ids_60s: Final = SumWindow(60 * NS_PER_S)
        self._seen = False
        self._mid_ht = 0
        self._spread_ubps = 0
        self._depth_lots = 0

    def on_quote(self, book: Book, now_ns: int) -> None:
        """Take in the book after an accepted quote; only what changed becomes a breakpoint."""
        self.quotes_1s.add(now_ns)
        if book.depth_lots != self._depth_lots:
            self._depth_lots = book.depth_lots
            self.depth_10s_lots.put(now_ns, book.depth_lots)
        if book.mid_ht != self._mid_ht:
            self._mid_ht = book.mid_ht
            self.mid_1s_ht.put(now_ns, book.mid_ht)
            self.mid_10s_ht.put(now_ns, book.mid_ht)
        if book.spread_ubps != self._spread_ubps or not self._seen:
            self._seen = True
            self._spread_ubps = book.spread_ubps
            self.spread_1s_ubps.put(now_ns, book.spread_ubps)

    def trim(self, now_ns: int) -> None:
        """Drop what is too old, so that memory stays bounded when nobody reads."""
        self.quotes_1s.count(now_ns)
        self.trades_1s.count(now_ns)
        self.spread_1s_ubps.mean(now_ns)
        self.depth_10s_lots.mean(now_ns)
        self.mid_1s_ht.lagged(now_ns)
        self.mid_10s_ht.lagged(now_ns)
        self.gap_ids_60s.total(now_ns)

    def snapshot(self) -> Snapshot:
        """Return the whole state."""
        return {
            "depth_10s_lots": self.depth_10s_lots.snapshot(),
            "depth_lots": self._depth_lots,
            "gap_ids_60s": self.gap_ids_60s.snapshot(),
            "mid_10s_ht": self.mid_10s_ht.snapshot(),
            "mid_1s_ht": self.mid_1s_ht.snapshot(),
            "mid_ht": self._mid_ht,
            "quotes_1s": self.quotes_1s.snapshot(),
            "seen": self._seen,
            "spread_1s_ubps": self.spread_1s_ubps.snapshot(),
            "spread_ubps": self._spread_ubps,
            "trades_1s": self.trades_1s.snapshot(),
        }

    def restore(self, state: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.depth_10s_lots.restore(read_part(state, "depth_10s_lots"))
        self._depth_lots = read_int(state, "depth_lots")
        self.gap_ids_60s.restore(read_part(state, "gap_ids_60s"))
        self.mid_10s_ht.restore(read_part(state, "mid_10s_ht"))
        self.mid_1s_ht.restore(read_part(state, "mid_1s_ht"))
        self._mid_ht = read_int(state, "mid_ht")
        self.quotes_1s.restore(read_part(state, "quotes_1s"))
        self._seen = read_bool(state, "seen")
        self.spread_1s_ubps.restore(read_part(state, "spread_1s_ubps"))
        self._spread_ubps = read_int(state, "spread_ubps")
        self.trades_1s.restore(read_part(state, "trades_1s"))
