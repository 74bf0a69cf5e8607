"""The order book of one instrument and what is measured on it and on its best prices."""

from dataclasses import dataclass, field
from typing import Final

from tools.core.events import Depth, Quote, Side, Trade
from tools.core.l2 import BookConfig, BookState, L2Book
from tools.core.snapshots import Snapshot, read_int, read_part
from tools.core.units import NS_PER_S, PPM, div_up
from tools.observer.best_flow import BestFlow
from tools.observer.book import Book
from tools.observer.depth_metrics import DepthMetrics
from tools.observer.resiliency import Resiliency
from tools.observer.rolling import Rolling
from tools.observer.steps import StepMean

_BPS_ONE: Final = 10_000


@dataclass(frozen=True, kw_only=True)
class DepthConfig:
    """What a `DepthView` keeps.

    Parameters
    ----------
    book
        Bounds of the order book.
    """

    book: BookConfig = field(default_factory=BookConfig)


class DepthView:
    """Order book by level, cancelled volume, flicker and resiliency of one instrument.

    It is kept where `ObserverConfig.depth` asks for it; decisions do not need it. The feed
    must read levels (``open_collector(..., levels=True)``); without them the book stays
    SYNCING and what needs only quotes and prints is measured all the same.
    """

    def __init__(self, config: DepthConfig) -> None:
        self.book: Final = L2Book(config.book)
        self.flow: Final = BestFlow()
        self.resiliency: Final = Resiliency()
        self.best_10s_htl: Final = StepMean(10 * NS_PER_S)
        self._best_htl = 0
        self._updated_ns = 0

    def on_depth(self, event: Depth, now_ns: int) -> None:
        """Take in a depth update or a snapshot."""
        last_id = self.book.last_id
        self.book.on_depth(event)
        if self.book.last_id != last_id:
            self._updated_ns = now_ns

    def on_quote(self, quote: Quote, top: Book, now_ns: int) -> None:
        """Take in a quote that the top of the book has taken over."""
        self.book.on_quote(quote)
        self.flow.on_quote(quote, now_ns)
        self.resiliency.on_quote(quote, now_ns)
        best_htl = top.depth_lots * top.mid_ht
        if best_htl != self._best_htl:
            self._best_htl = best_htl
            self.best_10s_htl.put(now_ns, best_htl)

    def on_trade(self, trade: Trade, now_ns: int) -> None:
        """Take in a market trade that is new."""
        self.book.on_trade(trade)
        self.flow.on_trade(trade, now_ns)
        self.resiliency.on_trade(trade, now_ns)

    def on_tick(self, now_ns: int) -> None:
        """Sample at a whole second, and drop what is too old."""
        self.flow.trim(now_ns)
        self.resiliency.on_tick(now_ns)
        self.best_10s_htl.mean(now_ns)

    def on_break(self) -> None:
        """Forget what must not be joined across a connection that was lost."""
        self.book.lost()
        self.flow.on_break()
        self.resiliency.on_break()

    def within_htl(self, side: Side, bps: int) -> int | None:
        """Return the value of a side within so many basis points of the book's mid, or None.

        A level at ``P`` ticks counts if ``|2 P - mid_ht| * 10,000 <= bps * mid_ht``.
        """
        mid_ht = self.book.mid_ht
        if mid_ht is None:
            return None
        if side is Side.BUY:
            return self.book.money_through_htl(side, div_up(mid_ht * (_BPS_ONE - bps), 2 * _BPS_ONE))
        return self.book.money_through_htl(side, mid_ht * (_BPS_ONE + bps) // (2 * _BPS_ONE))

    def measure(self, now_ns: int, rolling: Rolling) -> DepthMetrics:
        """Return every figure as of `now_ns`."""
        flow = self.flow
        flow.decide(now_ns)
        full = flow.full(now_ns)
        cancelled_lots = flow.cancelled_lots(now_ns)
        matched_lots = flow.traded_lots(now_ns)
        removed_lots = cancelled_lots + matched_lots
        live = self.book.state is BookState.LIVE
        joined_by: str | None = None
        if flow.by_exchange is not None:
            joined_by = "EXCHANGE" if flow.by_exchange else "RECEIVE"
        return DepthMetrics(
            time_ns=now_ns,
            book_state=self.book.state.value,
            book_age_ns=now_ns - self._updated_ns if live else None,
            bid_1bps_htl=self.within_htl(Side.BUY, 1),
            ask_1bps_htl=self.within_htl(Side.SELL, 1),
            bid_5bps_htl=self.within_htl(Side.BUY, 5),
            ask_5bps_htl=self.within_htl(Side.SELL, 5),
            bid_10bps_htl=self.within_htl(Side.BUY, 10),
            ask_10bps_htl=self.within_htl(Side.SELL, 10),
            best_10s_lots=rolling.depth_10s_lots.mean(now_ns),
            best_10s_htl=self.best_10s_htl.mean(now_ns),
            cancelled_60s_lots=cancelled_lots if full else None,
            matched_60s_lots=matched_lots if full else None,
            cancel_share_60s_ppm=cancelled_lots * PPM // removed_lots if full and removed_lots else None,
            improvements_60s=flow.improvements(now_ns) if full else None,
            improvement_life_60s_ns=flow.life_ns(now_ns) if full else None,
            fleeting_60s_ppm=flow.fleeting_ppm(now_ns) if full else None,
            fleeting_any_60s_ppm=flow.fleeting_any_ppm(now_ns) if full else None,
            sweeps_600s=self.resiliency.sweeps_count(now_ns),
            resiliency_600s_ns=self.resiliency.recovery_ns(now_ns),
            recovering_ns=self.resiliency.recovering_ns(now_ns),
            joined_by=joined_by,
        )

    def snapshot(self) -> Snapshot:
        """Return the whole state; `restore` of it leads to the same future."""
        return {
            "best_10s_htl": self.best_10s_htl.snapshot(),
            "best_htl": self._best_htl,
            "book": self.book.snapshot(),
            "flow": self.flow.snapshot(),
            "resiliency": self.resiliency.snapshot(),
            "updated_ns": self._updated_ns,
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` of a view with the same configuration returned."""
        self.best_10s_htl.restore(read_part(saved, "best_10s_htl"))
        self._best_htl = read_int(saved, "best_htl")
        self.book.restore(read_part(saved, "book"))
        self.flow.restore(read_part(saved, "flow"))
        self.resiliency.restore(read_part(saved, "resiliency"))
        self._updated_ns = read_int(saved, "updated_ns")
