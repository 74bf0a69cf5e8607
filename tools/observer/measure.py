"""From windows to a `Metrics` record."""

from tools.core.units import PPM
from tools.observer.book import Book
from tools.observer.flow import Flow, imbalance_ppm
from tools.observer.latency import P50, P99, Latency
from tools.observer.link import Link
from tools.observer.metrics import Metrics
from tools.observer.rolling import Rolling


def measure(now_ns: int, book: Book, link: Link, latency: Latency, rolling: Rolling, flow: Flow) -> Metrics:
    """Return every figure as of `now_ns`."""
    seen = book.seen
    then_1s_ht = rolling.mid_1s_ht.lagged(now_ns)
    then_10s_ht = rolling.mid_10s_ht.lagged(now_ns)
    buy_10s = flow.total(flow.buy_10s, now_ns)
    sell_10s = flow.total(flow.sell_10s, now_ns)
    crossed = book.crossed_since_ns
    return Metrics(
        time_ns=now_ns,
        join=flow.join,
        bid_ticks=book.bid_ticks if seen else None,
        bid_lots=book.bid_lots if seen else None,
        ask_ticks=book.ask_ticks if seen else None,
        ask_lots=book.ask_lots if seen else None,
        mid_ht=book.mid_ht if seen else None,
        weighted_mid_num=book.bid_ticks * book.ask_lots + book.ask_ticks * book.bid_lots if seen else None,
        weighted_mid_den=book.bid_lots + book.ask_lots if seen else None,
        imbalance_ppm=book.bid_lots * PPM // (book.bid_lots + book.ask_lots) if seen else None,
        spread_ubps=book.spread_ubps if seen else None,
        spread_1s_ubps=rolling.spread_1s_ubps.mean(now_ns),
        spread_10s_ubps=flow.spread_10s.mean(now_ns),
        spread_60s_ubps=flow.spread_60s.mean(now_ns),
        one_tick_60s_ppm=flow.one_tick_60s.mean(now_ns),
        mid_changes_10s=flow.count(flow.mid_changes_10s, now_ns),
        move_1s_ht=None if then_1s_ht is None else book.mid_ht - then_1s_ht,
        move_10s_ht=None if then_10s_ht is None else book.mid_ht - then_10s_ht,
        rv_10s_ht2=flow.total(flow.squares_10s, now_ns),
        rv_60s_ht2=flow.total(flow.squares_60s, now_ns),
        trades_1s=flow.count(rolling.trades_1s, now_ns),
        trades_10s=flow.count(flow.trades_10s, now_ns),
        trades_60s=flow.count(flow.trades_60s, now_ns),
        buy_1s_lots=flow.total(flow.buy_1s, now_ns),
        buy_10s_lots=buy_10s,
        buy_60s_lots=flow.total(flow.buy_60s, now_ns),
        sell_1s_lots=flow.total(flow.sell_1s, now_ns),
        sell_10s_lots=sell_10s,
        sell_60s_lots=flow.total(flow.sell_60s, now_ns),
        trade_imbalance_10s_ppm=None
        if buy_10s is None or sell_10s is None
        else imbalance_ppm(buy_10s, sell_10s),
        quotes_1s=flow.count(rolling.quotes_1s, now_ns),
        quotes_10s=flow.count(flow.quotes_10s, now_ns),
        quotes_60s=flow.count(flow.quotes_60s, now_ns),
        ofi_1s_lots=flow.total(flow.ofi_1s, now_ns),
        ofi_10s_lots=flow.total(flow.ofi_10s, now_ns),
        depth_lots=book.depth_lots if seen else None,
        depth_10s_lots=rolling.depth_10s_lots.mean(now_ns),
        quote_age_ns=now_ns - book.time_ns if seen else None,
        link_age_ns=now_ns - link.last_ns if link.seen else None,
        link_p999_ns=link.p999_ns,
        crossed_ns=None if crossed is None else now_ns - crossed,
        gap_ids_60s=rolling.gap_ids_60s.total(now_ns),
        excess_ns=latency.excess_ns(now_ns, link.unusual_ns()),
        excess_p50_10s_ns=latency.quantile_ns(now_ns, P50),
        excess_p95_10s_ns=latency.p95_ns(now_ns, link.unusual_ns()),
        excess_p99_10s_ns=latency.quantile_ns(now_ns, P99),
        clock_jump_ns=latency.jump_ns(now_ns),
        floor_drift_60s_ppm=_drift_ppm(latency, flow, now_ns),
    )


def _drift_ppm(latency: Latency, flow: Flow, now_ns: int) -> int | None:
    """Return how fast the latency floor rose over the last minute, rounded down."""
    then_ns = flow.floor_60s.lagged(now_ns)
    floor_ns = latency.floor_ns()
    if then_ns is None or floor_ns is None:
        return None
    return (floor_ns - then_ns) * PPM // flow.floor_60s.width_ns
