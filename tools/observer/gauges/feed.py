"""The feed itself: usual gaps, what the ids say, and how far two streams are apart.

The skew of two streams is the difference of their newest excess latencies: what one message
is later than the other beyond what each usually is. It is known where both streams carry
exchange times.
"""

from dataclasses import dataclass
from typing import Final

from tools.core.events import Quote, Trade
from tools.core.snapshots import Snapshot, read_part
from tools.core.units import NS_PER_MS, NS_PER_S
from tools.observer.columns import Column
from tools.observer.gauge import Figure, Gauge, Parts
from tools.observer.latency import DEPTH, P50, P99, QUOTE, TRADE
from tools.observer.link import P999
from tools.observer.windows import SortedWindow

SEQUENCE_OK: Final = "ok"
SEQUENCE_GAP: Final = "gap"


@dataclass(frozen=True, kw_only=True)
class Config:
    """Nothing to set: the windows are columns."""


_GAP: Final = "quantile of gaps, upper edge of a bucket of 1/32"
_EXCESS: Final = "newest x - floor of the stream"

COLUMNS: Final = (
    Column(name="quote_gap_p99_1h_ns", formula=_GAP, window="1 h"),
    Column(name="quote_gap_p999_1h_ns", formula=_GAP, window="1 h"),
    Column(name="trade_gap_p99_1h_ns", formula=_GAP, window="1 h"),
    Column(name="trade_gap_p999_1h_ns", formula=_GAP, window="1 h"),
    Column(name="link_gap_p99_1h_ns", formula=_GAP, window="1 h"),
    Column(name="trade_age_ns", formula="t less the time of the last trade"),
    Column(name="sequence", formula="`ok`; `gap`: trade ids were missing", window="60 s"),
    Column(name="trade_ids_missing", formula="since the start"),
    Column(name="trades_duplicate", formula="since the start"),
    Column(name="quotes_duplicate", formula="since the start"),
    Column(name="quotes_regressed", formula="update ids that went back, since the start"),
    Column(name="quotes_crossed", formula="b > a, since the start"),
    Column(name="quotes_locked", formula="b = a, since the start"),
    Column(name="excess_trade_ns", formula=_EXCESS),
    Column(name="excess_quote_ns", formula=_EXCESS),
    Column(name="excess_depth_ns", formula=_EXCESS),
    Column(name="skew_10s_p50_ns", formula="median of excess_trade - excess_quote", window="10 s"),
    Column(name="clock_jumps", formula="falls of x over 5 ms, since the start"),
)

# The helper's messages take no time; the second trade comes 7 ms late.
EXAMPLES: Final = (
    (
        (("quote", 0, 100, 5, 102, 5), ("trade", 10, 102, 1, "BUY"), ("late", 20, 7, 102, 1, "BUY"),
         ("quote", 30, 100, 6, 102, 5), ("tick", 1_000)),
        {"excess_trade_ns": 7 * NS_PER_MS - 10 * NS_PER_MS * 200 // 10**6, "excess_quote_ns": 0,
         "excess_depth_ns": None, "trade_age_ns": 980 * NS_PER_MS, "sequence": "ok",
         "trade_ids_missing": 0, "quotes_crossed": 0, "clock_jumps": 0},
    ),
)  # fmt: skip


class FeedGauge(Gauge):
    """Reads the observer's own parts, and keeps the skew of trades against quotes."""

    def __init__(self, parts: Parts) -> None:
        self._parts: Final = parts
        self._skew = SortedWindow(10 * NS_PER_S)

    def _sample(self, now_ns: int) -> None:
        trades = self._parts.latency.streams[TRADE]
        quotes = self._parts.latency.streams[QUOTE]
        if trades.seen and quotes.seen:
            self._skew.add(now_ns, trades.excess_ns - quotes.excess_ns)

    def on_quote(self, quote: Quote, now_ns: int) -> None:
        """Take a sample of the skew."""
        if quote.exch_ns is not None:
            self._sample(now_ns)

    def on_trade(self, trade: Trade, now_ns: int) -> None:
        """Take a sample of the skew."""
        if trade.exch_ns is not None:
            self._sample(now_ns)

    def on_tick(self, now_ns: int) -> None:
        """Drop what is too old."""
        self._skew.count(now_ns)

    def read(self, now_ns: int) -> list[Figure]:
        """Return the figures as of `now_ns`."""
        parts = self._parts
        out: list[Figure] = [
            parts.quotes.quantile_ns(now_ns, P99),
            parts.quotes.quantile_ns(now_ns, P999),
            parts.prints.quantile_ns(now_ns, P99),
            parts.prints.quantile_ns(now_ns, P999),
            parts.link.quantile_ns(now_ns, P99),
            parts.prints.age_ns(now_ns),
        ]
        sequence = None
        if parts.prints.seen:
            sequence = SEQUENCE_GAP if parts.rolling.gap_ids_60s.total(now_ns) else SEQUENCE_OK
        book = parts.book
        out += [
            sequence,
            parts.sequence.missing,
            parts.sequence.duplicates,
            book.duplicates,
            book.regressions,
            book.crossed,
            book.locked,
        ]
        for stream in (TRADE, QUOTE, DEPTH):
            state = parts.latency.streams[stream]
            out.append(state.excess_ns if state.seen else None)
        return [*out, self._skew.quantile(now_ns, P50), parts.latency.jumps]

    def snapshot(self) -> Snapshot:
        """Return the whole state."""
        return {"skew": self._skew.snapshot()}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._skew.restore(read_part(saved, "skew"))


def build(config: Config, parts: Parts) -> Gauge:
    """Return the gauge."""
    return FeedGauge(parts)
