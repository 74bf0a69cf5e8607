"""From what the observer holds to the one record that regime, gate and health look at."""

from typing import Final

from tools.core.market import MarketState
from tools.observer import Observer

_NO_LATENCY: Final = 1
_NO_QUOTES: Final = 2
_NO_TRADES: Final = 4
# Names of what has never been seen, by the sum of the codes above; sorted.
_MISSING: Final[tuple[tuple[str, ...], ...]] = (
    (),
    ("latency",),
    ("quotes",),
    ("latency", "quotes"),
    ("trades",),
    ("latency", "trades"),
    ("quotes", "trades"),
    ("latency", "quotes", "trades"),
)


class StateEngine:
    """Reads the observer as of a time; holds nothing of its own between steps."""

    def step(self, observer: Observer, now_ns: int, tick: bool) -> MarketState:
        """Return the state of the market at `now_ns`.

        Parameters
        ----------
        observer
            The observer of the instrument, which has admitted every event up to `now_ns`.
        now_ns
            Time of the evaluation; not before the observer's last event.
        tick
            Whether this is the evaluation at a whole second.
        """
        book = observer.book
        link = observer.link
        latency = observer.latency
        rolling = observer.rolling
        baselines = observer.baselines
        hold_ns = link.unusual_ns()
        missing = 0
        bid_ticks: int | None = None
        bid_lots: int | None = None
        ask_ticks: int | None = None
        ask_lots: int | None = None
        mid_ht: int | None = None
        quote_age_ns: int | None = None
        crossed_ns: int | None = None
        move_1s_ht: int | None = None
        move_10s_ht: int | None = None
        if book.seen:
            bid_ticks = book.bid_ticks
            bid_lots = book.bid_lots
            ask_ticks = book.ask_ticks
            ask_lots = book.ask_lots
            mid_ht = book.mid_ht
            quote_age_ns = now_ns - book.time_ns
            crossed_since_ns = book.crossed_since_ns
            if crossed_since_ns is not None:
                crossed_ns = now_ns - crossed_since_ns
            then_ht = rolling.mid_1s_ht.lagged(now_ns)
            if then_ht is not None:
                move_1s_ht = abs(book.mid_ht - then_ht)
            then_ht = rolling.mid_10s_ht.lagged(now_ns)
            if then_ht is not None:
                move_10s_ht = abs(book.mid_ht - then_ht)
        else:
            missing += _NO_QUOTES
        if not observer.trades_seen:
            missing += _NO_TRADES
        if not latency.seen:
            missing += _NO_LATENCY
        return MarketState(
            time_ns=now_ns,
            tick=tick,
            bid_ticks=bid_ticks,
            bid_lots=bid_lots,
            ask_ticks=ask_ticks,
            ask_lots=ask_lots,
            mid_ht=mid_ht,
            crossed_ns=crossed_ns,
            quote_age_ns=quote_age_ns,
            quote_p999_ns=observer.quotes.p999_ns,
            trade_age_ns=observer.prints.age_ns(now_ns),
            trade_p999_ns=observer.prints.p999_ns,
            link_age_ns=now_ns - link.last_ns if link.seen else None,
            link_p999_ns=link.p999_ns,
            spread_1s_ubps=rolling.spread_1s_ubps.mean(now_ns),
            spread_base_1h_ubps=baselines.spread_1h_ubps,
            spread_base_24h_ubps=baselines.spread_24h_ubps,
            depth_10s_lots=rolling.depth_10s_lots.mean(now_ns),
            depth_base_1h_lots=baselines.depth_1h_lots,
            move_1s_ht=move_1s_ht,
            move_10s_ht=move_10s_ht,
            move_base_ht=baselines.move_scale_ht,
            trades_1s=rolling.trades_1s.count(now_ns),
            quotes_1s=rolling.quotes_1s.count(now_ns),
            excess_ns=latency.excess_ns(now_ns, hold_ns),
            excess_p95_10s_ns=latency.p95_ns(now_ns, hold_ns),
            clock_jump_ns=latency.jump_ns(now_ns),
            gap_ids_60s=rolling.gap_ids_60s.total(now_ns),
            bad_lines_10s=link.bad_lines.count(now_ns),
            disconnected=link.disconnected,
            loop_lag_ns=link.loop_lag_ns,
            samples=baselines.samples,
            warm=baselines.warm,
            missing=_MISSING[missing],
        )
