"""The observer of one instrument: events in, the figures that the chain decides on out."""

from typing import Final

from tools.core.errors import UsageError
from tools.core.events import Depth, FeedKind, FeedStatus, Market, MarketEvent, Quote, Tick, Trade
from tools.core.instrument import Instrument
from tools.core.snapshots import Snapshot, read_int, read_opt, read_part, read_parts
from tools.core.units import NS_PER_S
from tools.observer.baselines import Baselines
from tools.observer.book import Book
from tools.observer.config import ObserverConfig
from tools.observer.flow import Flow
from tools.observer.gauge import Figure, Gauge, Parts, build_gauges
from tools.observer.latency import DEPTH, QUOTE, TRADE, Latency
from tools.observer.link import Link, Pauses
from tools.observer.measure import measure
from tools.observer.metrics import Metrics
from tools.observer.rolling import Rolling
from tools.observer.sequence import ABSURD, TradeSequence


class Observer:
    """Top of book, id continuity, latency, link and rolling windows of one instrument.

    Public attributes are for reading: `StateEngine` makes them a `MarketState`, `metrics` a `Metrics`.

    Parameters
    ----------
    instrument
        What is observed; every event given to `admit` must be about it.
    config
        Defaults suit a notebook; a replay switches `metrics` off.

    Examples
    --------
    >>> from tools.core.events import Quote
    >>> observer = Observer(Instrument(venue="demo", symbol="BTCUSDT", tick="0.1", lot="0.001"))
    >>> observer.admit(Quote("BTCUSDT", 1_000, None, 100, 5, 101, 7, 1))
    True
    >>> observer.book.mid_ht
    201
    """

    def __init__(self, instrument: Instrument, config: ObserverConfig | None = None) -> None:
        settings = ObserverConfig() if config is None else config
        self.instrument: Final = instrument
        self.config: Final = settings
        self.now_ns = 0
        self.book = Book()
        self.sequence = TradeSequence()
        self.latency = Latency(settings.latency)
        self.link = Link()
        self.quotes = Pauses()  # of accepted quotes, and of applied prints
        self.prints = Pauses()
        self.baselines = Baselines(settings.start, settings.baseline)
        self.flow: Final = Flow() if settings.metrics else None
        self.rolling = Rolling()
        self.gauges: list[Gauge] = []
        if self.flow is not None:
            own = (self.book, self.sequence, self.latency, self.link, self.quotes, self.prints, self.rolling)
            self.gauges = build_gauges(settings.gauges, Parts(*own, self.flow))
        self.trades_seen = False
        self._trades = 0
        self._trades_applied = 0
        self._trades_other = 0
        self._depth = 0
        self._depth_id: int | None = None  # told twice it would witness its own odd time
        self._ticks = 0
        self._trim_ns = 0

    def admit(self, event: MarketEvent) -> bool:
        """Take in one event; return True when an evaluation follows: a quote or trade taken, a tick.

        Depth and feed status move only link, latency and counters; prints that are no market
        trades, duplicates and regressions only the link and the sequence.
        """
        now_ns = event.recv_ns
        if now_ns < self.now_ns:
            now_ns = self.now_ns  # time never runs backwards here
        self.now_ns = now_ns
        if now_ns >= self._trim_ns:
            self._trim(now_ns)
        if isinstance(event, Quote):
            return self._quote(event, now_ns)
        if isinstance(event, Trade):
            return self._trade(event, now_ns)
        if isinstance(event, Depth):
            self._depth += 1
            if not event.snapshot and event.last_id == self._depth_id:
                self.link.again(now_ns)
                return False
            if not event.snapshot:  # fetched by request: it says nothing about the stream
                self._depth_id = event.last_id
                self.link.touch(now_ns)
                if event.exch_ns is not None:
                    self.latency.observe(DEPTH, now_ns, event.exch_ns)
            for gauge in self.gauges:
                gauge.on_depth(event, now_ns)
            return False
        if isinstance(event, Tick):
            self._tick(now_ns)
            return True
        self._status(event, now_ns)
        # A line that goes dead is judged at once, not at the next sign of life.
        return event.kind is FeedKind.DISCONNECTED

    def _quote(self, quote: Quote, now_ns: int) -> bool:
        book = self.book
        invalid = book.invalid
        if not book.apply(quote, now_ns):
            self.link.again(now_ns)
            if book.invalid != invalid:
                self.link.reject(now_ns)
            return False
        self.link.touch(now_ns)
        self.quotes.touch(now_ns)
        if quote.exch_ns is not None:
            self.latency.observe(QUOTE, now_ns, quote.exch_ns)
        self.rolling.on_quote(book, now_ns)
        if self.flow is not None:
            self.flow.start(now_ns)
            self.flow.on_quote(book, now_ns, quote.exch_ns is not None)
            for gauge in self.gauges:
                gauge.on_quote(quote, now_ns)
        return True

    def _trade(self, trade: Trade, now_ns: int) -> bool:
        self._trades += 1
        missing = self.sequence.check(trade.first_id, trade.last_id)
        if missing < 0:  # seen before, or absurd
            self.link.again(now_ns)
            if missing == ABSURD:
                self.link.reject(now_ns)
            return False
        self.link.touch(now_ns)
        if missing:
            self.rolling.gap_ids_60s.add(now_ns, missing)
        if trade.market is not Market.MARKET:
            self._trades_other += 1
            return False
        self._trades_applied += 1
        self.trades_seen = True
        self.prints.touch(now_ns)
        if trade.exch_ns is not None:
            self.latency.observe(TRADE, now_ns, trade.exch_ns)
        self.rolling.trades_1s.add(now_ns)
        if self.flow is not None:
            self.flow.start(now_ns)
            self.flow.on_trade(trade, now_ns)
            for gauge in self.gauges:
                gauge.on_trade(trade, now_ns)
        return True

    def _tick(self, now_ns: int) -> None:
        self._ticks += 1
        if self._sampled(now_ns):
            rolling = self.rolling
            then_ht = rolling.mid_10s_ht.lagged(now_ns)
            move_ht = None if then_ht is None else abs(self.book.mid_ht - then_ht)
            spread_ubps = rolling.spread_1s_ubps.mean(now_ns)
            self.baselines.sample(now_ns, spread_ubps, rolling.depth_10s_lots.mean(now_ns), move_ht)
        self.baselines.tick(now_ns)
        if not self.baselines.warm or self._ticks % self.config.baseline.refresh_ticks == 0:
            self.link.refresh(now_ns)
            self.quotes.refresh(now_ns)
            self.prints.refresh(now_ns)
        if self.flow is not None:
            self.flow.on_tick(self.book, self.latency.floor_ns(), now_ns)
            for gauge in self.gauges:
                gauge.on_tick(now_ns)

    def _sampled(self, now_ns: int) -> bool:
        """Return whether this second may count as usual."""
        return (
            self.book.seen
            and self.trades_seen
            and self.book.crossed_since_ns is None
            and not self.link.disconnected
            and not self.link.stale(now_ns, self.config.baseline.stale_ns)
        )

    def _status(self, event: FeedStatus, now_ns: int) -> None:
        self.link.status(event, now_ns)
        if event.kind is FeedKind.DISCONNECTED or event.kind is FeedKind.CONNECTED:
            self.quotes.pause()
            self.prints.pause()
            if self.flow is not None:
                self.flow.on_break()
            for gauge in self.gauges:
                gauge.on_break(now_ns)
        if event.kind is FeedKind.CONNECTED:
            self.book.reconnected()

    def _trim(self, now_ns: int) -> None:
        """Once a second, drop what is too old, so that memory is bounded when nobody reads."""
        self._trim_ns = now_ns + NS_PER_S
        self.rolling.trim(now_ns)
        self.link.bad_lines.count(now_ns)
        if self.flow is not None:
            self.flow.trim(now_ns)

    def metrics(self, now_ns: int) -> Metrics:
        """Return every figure as of `now_ns`; `UsageError` if that is past, or `metrics` is off."""
        if self.flow is None:
            raise UsageError("this observer keeps no metrics: give it ObserverConfig(metrics=True)")
        if now_ns < self.now_ns:
            raise UsageError(f"metrics at {now_ns} ns, but the last event is at {self.now_ns} ns")
        return measure(now_ns, self.book, self.link, self.latency, self.rolling, self.flow)

    def figures(self, now_ns: int) -> list[Figure]:
        """Return the figures of every gauge in turn, in the order of its `COLUMNS`, as of `now_ns`."""
        if now_ns < self.now_ns:
            raise UsageError(f"figures at {now_ns} ns, but the last event is at {self.now_ns} ns")
        out: list[Figure] = []
        for gauge in self.gauges:
            out += gauge.read(now_ns)
        return out

    def counters(self) -> dict[str, int]:
        """Return what came in and what became of it.

        ``events = quotes + trades + depth + ticks + status``;
        ``quotes = quotes_applied + quotes_duplicate + quotes_regressed + quotes_invalid``;
        ``trades = trades_applied + trades_other_market + trades_duplicate + trades_absurd``;
        ``status = status_bad + status_ignored + status_loop_lag + status_disconnected + status_connected``.
        """
        out = {
            "clock_jumps": self.latency.jumps,
            "depth": self._depth,
            "ticks": self._ticks,
            "trades": self._trades,
            "trades_applied": self._trades_applied,
            "trades_other_market": self._trades_other,
            **self.book.counters(),
            **self.link.counters(),
            **self.sequence.counters(),
        }
        out["events"] = out["quotes"] + self._trades + self._depth + self._ticks + out["status"]
        return out

    def snapshot(self) -> Snapshot:
        """Return the whole state; `restore` of it leads to the same future."""
        return {
            "baselines": self.baselines.snapshot(),
            "book": self.book.snapshot(),
            "depth": self._depth,
            "depth_id": self._depth_id,
            "flow": None if self.flow is None else self.flow.snapshot(),
            "gauges": [gauge.snapshot() for gauge in self.gauges],
            "latency": self.latency.snapshot(),
            "link": self.link.snapshot(),
            "now_ns": self.now_ns,
            "prints": self.prints.pauses(),
            "quotes": self.quotes.pauses(),
            "rolling": self.rolling.snapshot(),
            "sequence": self.sequence.snapshot(),
            "ticks": self._ticks,
            "trades": self._trades,
            "trades_applied": self._trades_applied,
            "trades_other": self._trades_other,
            "trim_ns": self._trim_ns,
        }

    def restore(self, state: Snapshot) -> None:
        """Take over what `snapshot` of an observer with the same configuration returned."""
        self.baselines.restore(read_part(state, "baselines"))
        self.book.restore(read_part(state, "book"))
        self._depth = read_int(state, "depth")
        self._depth_id = read_opt(state, "depth_id")
        if self.flow is not None:
            self.flow.restore(read_part(state, "flow"))
        for index, part in enumerate(read_parts(state, "gauges")):
            self.gauges[index].restore(part)
        self.latency.restore(read_part(state, "latency"))
        self.link.restore(read_part(state, "link"))
        self.now_ns = read_int(state, "now_ns")
        self.prints.restore_pauses(read_part(state, "prints"))
        self.quotes.restore_pauses(read_part(state, "quotes"))
        self.rolling.restore(read_part(state, "rolling"))
        self.sequence.restore(read_part(state, "sequence"))
        self._ticks = read_int(state, "ticks")
        self._trades = read_int(state, "trades")
        self._trades_applied = read_int(state, "trades_applied")
        self._trades_other = read_int(state, "trades_other")
        self._trim_ns = read_int(state, "trim_ns")
        self.trades_seen = self._trades_applied > 0
