"""The order book by price level: whether it may be read, and the money near the mid.

It hears quotes and prints too, because the book holds itself against them (`tools.core.l2`).
Where the feed reads no levels, or no snapshot came, the book stays SYNCING and only what needs
quotes alone is known.
"""

from dataclasses import dataclass, field
from typing import Final

from tools.core.events import Depth, Quote, Side, Trade
from tools.core.l2 import BookConfig, BookState, L2Book
from tools.core.snapshots import Snapshot, read_int, read_part
from tools.core.units import NS_PER_S, div_up
from tools.observer.book import Book
from tools.observer.columns import Column
from tools.observer.gauge import Figure, Gauge, Parts
from tools.observer.steps import StepMean

LEVELS: Final = True
DISTANCES_BPS: Final = (1, 5, 10)
_BPS_ONE: Final = 10_000
_BEST_NS: Final = 10 * NS_PER_S


@dataclass(frozen=True, kw_only=True)
class Config:
    """Bounds of the order book.

    Parameters
    ----------
    book
        Levels and updates that it keeps, and how often it may be contradicted.
    """

    book: BookConfig = field(default_factory=BookConfig)


def _columns() -> tuple[Column, ...]:
    out = [
        Column(name="book_state", formula="state of the order book; only a LIVE one is read"),
        Column(name="book_age_ns", formula="t less the time of the last update applied to a LIVE book"),
    ]
    for bps in DISTANCES_BPS:
        near = f"sum 2 p q of the {{}} with |2 p - Mb| / Mb <= {bps} bps, Mb the mid of the book"
        out.append(Column(name=f"bid_{bps}bps_htl", formula=near.format("bids")))
        out.append(Column(name=f"ask_{bps}bps_htl", formula=near.format("asks")))
    out.append(Column(name="best_10s_htl", formula="time-weighted mean of M min(qb, qa)", window="10 s"))
    return tuple(out)


COLUMNS: Final = _columns()

# Of two levels a side the second is 2 bps from the mid of 10,000 ticks. The update only joins.
EXAMPLES: Final = (
    (
        (("book", 0, ((9_999, 5), (9_998, 7)), ((10_001, 4), (10_002, 6))),
         ("depth", 10, (), ()), ("quote", 20, 9_999, 5, 10_001, 4), ("tick", 10_020)),
        {"book_state": "LIVE", "book_age_ns": 10_010_000_000, "bid_1bps_htl": 2 * 9_999 * 5,
         "ask_1bps_htl": 2 * 10_001 * 4, "bid_5bps_htl": None, "best_10s_htl": 4 * 20_000},
    ),
    (
        (("depth", 10, ((9_999, 5),), ()), ("tick", 1_000)),
        {"book_state": "SYNCING", "book_age_ns": None, "bid_1bps_htl": None, "best_10s_htl": None},
    ),
)  # fmt: skip


class DepthGauge(Gauge):
    """Keeps one order book, and how much money stood at the best.

    Attributes
    ----------
    book
        For reading: levels, counters, the reason why it was given up.
    """

    def __init__(self, config: Config, top: Book) -> None:
        self.book: Final = L2Book(config.book)
        self._top: Final = top
        self._best_10s_htl: Final = StepMean(_BEST_NS)
        self._best_htl = 0
        self._updated_ns = 0

    def on_depth(self, depth: Depth, now_ns: int) -> None:
        """Take in an update or a snapshot."""
        last_id = self.book.last_id
        self.book.on_depth(depth)
        if self.book.last_id != last_id:
            self._updated_ns = now_ns

    def on_quote(self, quote: Quote, now_ns: int) -> None:
        """Hold the book against a quote."""
        self.book.on_quote(quote)
        best_htl = self._top.depth_lots * self._top.mid_ht
        if best_htl != self._best_htl:
            self._best_htl = best_htl
            self._best_10s_htl.put(now_ns, best_htl)

    def on_trade(self, trade: Trade, now_ns: int) -> None:
        """Hold the book against a print."""
        self.book.on_trade(trade)

    def on_tick(self, now_ns: int) -> None:
        """Drop what is too old, so that memory stays bounded when nobody reads."""
        self._best_10s_htl.mean(now_ns)

    def on_break(self, now_ns: int) -> None:
        """Forget the book: what was missed will never be told."""
        self.book.lost()

    def within_htl(self, side: Side, bps: int) -> int | None:
        """Return the value of a side within so many basis points of the book's mid.

        A level at ``P`` ticks counts if ``|2 P - mid_ht| * 10,000 <= bps * mid_ht``. None if the
        book is not LIVE, or does not reach so far.
        """
        mid_ht = self.book.mid_ht
        if mid_ht is None:
            return None
        if side is Side.BUY:
            return self.book.money_through_htl(side, div_up(mid_ht * (_BPS_ONE - bps), 2 * _BPS_ONE))
        return self.book.money_through_htl(side, mid_ht * (_BPS_ONE + bps) // (2 * _BPS_ONE))

    def read(self, now_ns: int) -> list[Figure]:
        """Return the figures as of `now_ns`."""
        live = self.book.state is BookState.LIVE
        out: list[Figure] = [self.book.state.value, now_ns - self._updated_ns if live else None]
        for bps in DISTANCES_BPS:
            out.append(self.within_htl(Side.BUY, bps))
            out.append(self.within_htl(Side.SELL, bps))
        out.append(self._best_10s_htl.mean(now_ns))
        return out

    def snapshot(self) -> Snapshot:
        """Return the whole state."""
        return {
            "best_10s_htl": self._best_10s_htl.snapshot(),
            "best_htl": self._best_htl,
            "book": self.book.snapshot(),
            "updated_ns": self._updated_ns,
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` of a gauge with the same configuration returned."""
        self._best_10s_htl.restore(read_part(saved, "best_10s_htl"))
        self._best_htl = read_int(saved, "best_htl")
        self.book.restore(read_part(saved, "book"))
        self._updated_ns = read_int(saved, "updated_ns")


def build(config: Config, parts: Parts) -> Gauge:
    """Return the gauge; of the observer's parts it reads the best prices."""
    return DepthGauge(config, parts.book)
