"""The slow path of ``observe --reference``: every figure anew, from plain lists, at every record.

It shares nothing with the windows of `tools.observer`: no running sums, no evictions. Which
events count (`accepted`) is the observer's verdict. Latency is not worked out anew, because a
floor is a recursion over every message: `SKIPPED` names those columns.
"""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from tools.core.events import Depth, FeedKind, FeedStatus, MarketEvent, Quote, Tick, Trade
from tools.core.units import NS_PER_S, PPM, UBPS_ONE
from tools.observer.gauge import Figure

S: Final = NS_PER_S

SKIPPED: Final = (
    "link_p999_ns", "excess_ns", "excess_p50_10s_ns", "excess_p95_10s_ns", "excess_p99_10s_ns",
    "clock_jump_ns", "floor_drift_60s_ppm", "excess_trade_ns", "excess_quote_ns", "excess_depth_ns",
    "skew_10s_p50_ns", "clock_jumps", "quotes_duplicate", "quotes_regressed", "trades_duplicate",
    "unjoined", "micro_shift_ppm", "micro_table", "book_state", "book_age_ns",
)  # fmt: skip
"""Columns that the slow path leaves out: latency, whether the book is read, counts and look-ups."""


def quotient(numerator: int, denominator: int) -> int | None:
    """Return a quotient towards zero; None for a denominator that is not positive."""
    if denominator <= 0:
        return None
    return abs(numerator) // denominator * (1 if numerator >= 0 else -1)


class Tape:
    """What has happened, as lists by the time when we could know it."""

    def __init__(self) -> None:
        self.quotes: list[Quote] = []
        self.quote_ns: list[int] = []
        self.trades: list[Trade] = []
        self.trade_ns: list[int] = []
        self.ticks_ns: list[int] = []
        self.connected_at = 0  # quotes until the connection last came back
        self.breaks_ns: list[int] = []  # the connection was lost or came back
        self.broken_at: list[tuple[int, int]] = []  # quotes and trades until then
        # Time, mid if there is a book, and how often the connection had broken: at each whole second.
        self.tick_mids: list[tuple[int, int | None, int]] = []
        self.link_ns: list[int] = []
        self.pauses: list[tuple[int, int, int]] = []  # quotes, trades, messages until then
        self.missing: list[tuple[int, int]] = []  # time, ids
        self.before_trade: list[int] = []  # the newest quote when each trade came, or -1
        self.tick_order: list[tuple[int, int]] = []  # connections and trades before each tick
        self.log: list[tuple[int, MarketEvent]] = []  # what a gauge hears, in order, but depth
        self.depths: list[Depth | None] = []  # depth in order; None where the connection broke
        self.book_state: str | None = None  # the observer's verdict on the book by level
        self._last_id: int | None = None
        self._depth_id: int | None = None

    def take(self, event: MarketEvent, now_ns: int, accepted: bool) -> None:
        """Write down one event."""
        if isinstance(event, Quote):
            self.link_ns.append(now_ns)
            if accepted:
                self.log.append((now_ns, event))
                self.quotes.append(event)
                self.quote_ns.append(now_ns)
        elif isinstance(event, Trade):
            self.link_ns.append(now_ns)
            self._ids(event, now_ns)
            if accepted:
                self.log.append((now_ns, event))
                self.trades.append(event)
                self.before_trade.append(len(self.quotes) - 1)
                self.trade_ns.append(now_ns)
        elif isinstance(event, Depth):
            if event.snapshot or event.last_id != self._depth_id:
                self.depths.append(event)
            # A book fetched by request is no sign of life, a repetition only of another instant.
            again = event.last_id == self._depth_id and self.link_ns[-1:] == [now_ns]
            if not event.snapshot and not again:
                self._depth_id = event.last_id
                self.link_ns.append(now_ns)
        elif isinstance(event, Tick):
            self.log.append((now_ns, event))
            self.ticks_ns.append(now_ns)
            self.tick_order.append((len(self.breaks_ns), len(self.trades)))
            mid_ht = self.mid_ht(len(self.quotes) - 1) if self.book_seen() else None
            self.tick_mids.append((now_ns, mid_ht, len(self.breaks_ns)))
        elif isinstance(event, FeedStatus):
            self._status(event, now_ns)

    def _ids(self, trade: Trade, now_ns: int) -> None:
        last_id = self._last_id
        if last_id is not None and last_id < trade.first_id - 1:
            self.missing.append((now_ns, trade.first_id - 1 - last_id))
        if last_id is None or trade.last_id > last_id:
            self._last_id = trade.last_id

    def _status(self, event: FeedStatus, now_ns: int) -> None:
        if event.kind in (FeedKind.IGNORED, FeedKind.QUARANTINED) and event.symbol:
            self.link_ns.append(now_ns)
        if event.kind in (FeedKind.CONNECTED, FeedKind.DISCONNECTED):
            self.log.append((now_ns, event))
            self.depths.append(None)
            self.pauses.append((len(self.quotes), len(self.trades), len(self.link_ns)))
            self.breaks_ns.append(now_ns)
            self.broken_at.append((len(self.quotes), len(self.trades)))
        if event.kind is FeedKind.CONNECTED:
            self.connected_at = len(self.quotes)

    def book_seen(self) -> bool:
        """Return whether a quote came since the connection did."""
        return len(self.quotes) > self.connected_at

    def mid_ht(self, at: int) -> int:
        """Return the mid of a quote."""
        return self.quotes[at].bid_ticks + self.quotes[at].ask_ticks

    def start_ns(self) -> int | None:
        """Return the time of the first quote or trade."""
        return min([*self.quote_ns[:1], *self.trade_ns[:1]], default=None)

    def full(self, width_ns: int, now_ns: int) -> bool:
        """Return whether a window has been observed in full."""
        start_ns = self.start_ns()
        return start_ns is not None and now_ns - start_ns >= width_ns

    def quotes_in(self, width_ns: int, now_ns: int) -> range:
        """Return which quotes lie in ``(now - width, now]``."""
        return range(bisect_right(self.quote_ns, now_ns - width_ns), len(self.quotes))

    def trades_in(self, width_ns: int, now_ns: int) -> list[Trade]:
        """Return the trades in ``(now - width, now]``."""
        return self.trades[bisect_right(self.trade_ns, now_ns - width_ns) :]

    def ofi_lots(self, at: int) -> int:
        """Return what one quote adds to the order-flow imbalance, by the paper's indicators."""
        if at == 0:
            return 0
        old, new = self.quotes[at - 1], self.quotes[at]
        bought = new.bid_lots * (new.bid_ticks >= old.bid_ticks) - old.bid_lots * (
            new.bid_ticks <= old.bid_ticks
        )
        sold = new.ask_lots * (new.ask_ticks <= old.ask_ticks) - old.ask_lots * (
            new.ask_ticks >= old.ask_ticks
        )
        return bought - sold

    def mean(self, values: list[int], width_ns: int, now_ns: int) -> int | None:
        """Return the time-weighted mean of ``values[i]``, held from the i-th quote to the next, floored."""
        edge_ns = now_ns - width_ns
        first = bisect_right(self.quote_ns, edge_ns) - 1
        if first < 0:
            return None
        area = 0
        for at in range(first, len(self.quotes)):
            begins_ns = max(self.quote_ns[at], edge_ns)
            ends_ns = self.quote_ns[at + 1] if at + 1 < len(self.quotes) else now_ns
            area += values[at] * (ends_ns - begins_ns)
        return area // width_ns

    def changes_ht(self, width_ns: int, now_ns: int) -> list[tuple[int, int, int]]:
        """Return ``(time, change, breaks)`` of the mid between whole seconds, within the window.

        A change over a lost connection is none of a second.
        """
        out = []
        for (_, before, breaks), (at_ns, after, still) in pairwise(self.tick_mids[-(width_ns // S) - 4 :]):
            if before is not None and after is not None and breaks == still and at_ns > now_ns - width_ns:
                out.append((at_ns, after - before, breaks))
        return out


class Reference:
    """The slow path of one instrument: `take` every event, ask for `figures` at any time."""

    def __init__(self, gauges: Mapping[str, object]) -> None:
        from tools.lab.reference_gauges import SLOW

        self.tape: Final = Tape()
        self._spreads: list[int] = []
        self._one_tick: list[int] = []
        self._depths: list[int] = []
        self._gauges: Final = [SLOW[name](gauges[name]) for name in gauges if name in SLOW]

    def take(self, event: MarketEvent, now_ns: int, accepted: bool) -> None:
        """Write down one event that the observer has taken in."""
        self.tape.take(event, now_ns, accepted)
        if isinstance(event, Quote) and accepted:
            wide = event.ask_ticks - event.bid_ticks
            self._spreads.append(2 * wide * UBPS_ONE // (event.bid_ticks + event.ask_ticks))
            self._one_tick.append(PPM if wide == 1 else 0)
            self._depths.append(min(event.bid_lots, event.ask_lots))

    def figures(self, now_ns: int, book_state: str | None = None) -> dict[str, Figure]:
        """Return the figures as of `now_ns`, by column, without those that are `SKIPPED`."""
        self.tape.book_state = book_state
        out: dict[str, Figure] = {"time_ns": now_ns, **self._book(now_ns), **self._flows(now_ns)}
        tape = self.tape
        stamped = [quote.exch_ns is not None for quote in tape.quotes[:1]]
        out["join"] = None if not stamped else "exchange" if stamped[0] else "receive"
        for seconds in (1, 10, 60):
            out[f"spread_{seconds}s_ubps"] = tape.mean(self._spreads, seconds * S, now_ns)
        out["one_tick_60s_ppm"] = tape.mean(self._one_tick, 60 * S, now_ns)
        out["depth_10s_lots"] = tape.mean(self._depths, 10 * S, now_ns)
        for seconds in (1, 10):
            then = bisect_right(tape.quote_ns, now_ns - seconds * S) - 1
            moved = None if then < 0 else tape.mid_ht(-1) - tape.mid_ht(then)
            out[f"move_{seconds}s_ht"] = moved
        for seconds in (10, 60):
            squares = [change * change for _, change, _ in tape.changes_ht(seconds * S, now_ns)]
            out[f"rv_{seconds}s_ht2"] = sum(squares) if tape.full(seconds * S, now_ns) else None
        out["gap_ids_60s"] = sum(ids for at_ns, ids in tape.missing if at_ns > now_ns - 60 * S)
        out["link_age_ns"] = now_ns - tape.link_ns[-1] if tape.link_ns else None
        for gauge in self._gauges:
            out.update(gauge(tape, now_ns))
        return out

    def _book(self, now_ns: int) -> dict[str, Figure]:
        names = (
            "bid_ticks bid_lots ask_ticks ask_lots mid_ht weighted_mid_num weighted_mid_den imbalance_ppm "
            "spread_ubps depth_lots quote_age_ns"
        ).split()
        tape = self.tape
        if not tape.book_seen():
            return {**dict.fromkeys(names), "crossed_ns": None}
        quote = tape.quotes[-1]
        b, qb, a, qa = quote.bid_ticks, quote.bid_lots, quote.ask_ticks, quote.ask_lots
        figures = (b, qb, a, qa, a + b, b * qa + a * qb, qa + qb, PPM * qb // (qa + qb), self._spreads[-1],
                   min(qa, qb), now_ns - tape.quote_ns[-1])  # fmt: skip
        crossed_ns = None
        for at in range(len(tape.quotes) - 1, tape.connected_at - 1, -1):
            if tape.quotes[at].bid_ticks < tape.quotes[at].ask_ticks:
                break
            crossed_ns = now_ns - tape.quote_ns[at]
        return {**dict(zip(names, figures, strict=True)), "crossed_ns": crossed_ns}

    def _flows(self, now_ns: int) -> dict[str, Figure]:
        out: dict[str, Figure] = {}
        tape = self.tape
        for seconds in (1, 10, 60):
            full = tape.full(seconds * S, now_ns)
            trades = tape.trades_in(seconds * S, now_ns)
            quotes = tape.quotes_in(seconds * S, now_ns)
            bought = sum(trade.qty_lots for trade in trades if trade.buyer_aggressor)
            sold = sum(trade.qty_lots for trade in trades if not trade.buyer_aggressor)
            out[f"trades_{seconds}s"] = len(trades) if full else None
            out[f"buy_{seconds}s_lots"] = bought if full else None
            out[f"sell_{seconds}s_lots"] = sold if full else None
            out[f"quotes_{seconds}s"] = len(quotes) if full else None
            if seconds < 60:
                out[f"ofi_{seconds}s_lots"] = sum(tape.ofi_lots(at) for at in quotes) if full else None
            if seconds == 10:
                moved = sum(at > 0 and tape.mid_ht(at) != tape.mid_ht(at - 1) for at in quotes)
                out["mid_changes_10s"] = moved if full else None
                share = quotient(PPM * (bought - sold), bought + sold)
                out["trade_imbalance_10s_ppm"] = share if full else None
        return out


def nearest_rank(values: list[int], quantile_ppm: int) -> int | None:
    """Return the smallest of sorted `values` that at least that share of them does not exceed."""
    if not values:
        return None
    return values[max(-(-len(values) * quantile_ppm // PPM), 1) - 1]
