"""The figures of the gauges `depth`, `best_flow` and `resiliency`, each by arithmetic."""

from types import SimpleNamespace

import pytest

from tests.kit import gauges as kit
from tools.core.errors import ConfigError, UsageError
from tools.core.events import Depth, FeedKind, FeedStatus, Market, Quote, Side, Tick, Trade
from tools.core.l2 import BookConfig
from tools.observer import Observer
from tools.observer.gauges.best_flow import BestFlow
from tools.observer.gauges.depth import Config, DepthGauge
from tools.observer.gauges.resiliency import Resiliency

MS = 1_000_000
S = 1_000 * MS
BIDS = ((9_999, 5), (9_998, 7), (9_994, 11), (9_990, 13), (9_980, 17))
ASKS = ((10_001, 4), (10_002, 6), (10_006, 8), (10_010, 10), (10_020, 12))


def watching() -> Observer:
    return kit.watching("depth", "best_flow", "resiliency")


def told(observer: Observer, now_ns: int) -> SimpleNamespace:
    return SimpleNamespace(join=observer.metrics(now_ns).join, **kit.figures(observer, now_ns))


def gauges_of(observer: Observer) -> tuple[DepthGauge, BestFlow, Resiliency]:
    depth, flow, resiliency = observer.gauges
    assert isinstance(depth, DepthGauge) and isinstance(flow, BestFlow) and isinstance(resiliency, Resiliency)
    return depth, flow, resiliency


def quote(
    at_ns: int, bid_lots: int, bid: int = 9_999, ask: int = 10_001, ask_lots: int = 4, number: int = 0
) -> Quote:
    return Quote("demo:X", at_ns, at_ns, bid, bid_lots, ask, ask_lots, number or at_ns)


def sold(at_ns: int, lots: int, price: int = 9_999, number: int = 1) -> Trade:
    return Trade("demo:X", at_ns, at_ns, price, lots, False, Market.MARKET, number, number)


def test_depth_within_a_distance() -> None:
    observer = watching()
    observer.admit(Depth("demo:X", 1, None, 7, 7, None, BIDS, ASKS, True))
    observer.admit(Depth("demo:X", 2, 2, 8, 8, None, (), ()))
    # mid 10,000 ticks: 1 bps is one tick, 5 bps five, 10 bps ten, 20 bps twenty
    figures = told(observer, 2)
    assert figures.bid_1bps_htl == 2 * 9_999 * 5
    assert figures.ask_1bps_htl == 2 * 10_001 * 4
    assert figures.bid_5bps_htl == 2 * (9_999 * 5 + 9_998 * 7)
    assert figures.ask_5bps_htl == 2 * (10_001 * 4 + 10_002 * 6)
    assert figures.bid_10bps_htl == 2 * (9_999 * 5 + 9_998 * 7 + 9_994 * 11 + 9_990 * 13)
    assert figures.ask_10bps_htl == 2 * (10_001 * 4 + 10_002 * 6 + 10_006 * 8 + 10_010 * 10)
    assert gauges_of(observer)[0].within_htl(Side.BUY, 20) == figures.bid_10bps_htl + 2 * 9_980 * 17
    assert gauges_of(observer)[0].within_htl(Side.BUY, 21) is None  # beyond the worst level of the snapshot
    assert (figures.book_state, figures.book_age_ns) == ("LIVE", 0)
    assert told(observer, 5).book_age_ns == 3


def test_a_distance_between_two_ticks_leaves_the_farther_one_out() -> None:
    observer = watching()
    bids, asks = ((10_000, 1), (9_998, 1), (9_989, 1)), ((10_001, 1), (10_003, 1), (10_012, 1))
    observer.admit(Depth("demo:X", 1, None, 7, 7, None, bids, asks, True))
    observer.admit(Depth("demo:X", 2, 2, 8, 8, None, (), ()))
    for bps in range(1, 11):
        wanted = [2 * p * n for p, n in bids if abs(2 * p - 20_001) * 10_000 <= bps * 20_001]
        assert gauges_of(observer)[0].within_htl(Side.BUY, bps) == sum(wanted)
        wanted = [2 * p * n for p, n in asks if abs(2 * p - 20_001) * 10_000 <= bps * 20_001]
        assert gauges_of(observer)[0].within_htl(Side.SELL, bps) == sum(wanted)


def test_without_a_book_only_what_needs_it_is_missing() -> None:
    observer = watching()
    observer.admit(quote(0, 10))
    for second in range(1, 62):
        observer.admit(quote(second * S, 10 - second % 2))
    figures = told(observer, 61 * S)
    missing = [name for name, value in vars(figures).items() if value is None]
    assert missing == [
        "book_age_ns", "bid_1bps_htl", "ask_1bps_htl", "bid_5bps_htl", "ask_5bps_htl", "bid_10bps_htl",
        "ask_10bps_htl", "improvement_life_60s_ns", "fleeting_60s_ppm", "fleeting_any_60s_ppm",
        "sweeps_600s", "resiliency_600s_ns", "recovering_ns",
    ]  # fmt: skip
    assert (figures.book_state, figures.join) == ("SYNCING", "exchange")
    assert figures.best_10s_htl == 4 * 20_000
    # 10 -> 9 at each odd second; those of the seconds 1 .. 59 were decided 200 ms later, in (1 s, 61 s]
    assert (figures.cancelled_60s_lots, figures.matched_60s_lots) == (30, 0)
    assert figures.cancel_share_60s_ppm == 1_000_000


def test_none_until_warm() -> None:
    observer = watching()
    observer.admit(quote(0, 10))
    observer.admit(quote(1, 4))
    just_before = vars(told(observer, 60 * S + 199 * MS))
    assert [name for name in just_before if "60s" in name and just_before[name] is not None] == []
    assert just_before["best_10s_htl"] == 4 * 20_000
    assert told(observer, 60 * S + 200 * MS).cancelled_60s_lots == 6
    assert told(observer, 60 * S + 200 * MS + 1).cancelled_60s_lots == 0


@pytest.mark.parametrize("trade_first", [True, False])
@pytest.mark.parametrize(("apart_ms", "matched"), [(0, 3), (50, 3), (51, 0)])
def test_a_print_explains_a_removal_in_either_order(trade_first: bool, apart_ms: int, matched: int) -> None:
    observer = watching()
    observer.admit(quote(0, 10))
    times = (S, S + apart_ms * MS)
    events = (
        [sold(times[0], 3), quote(times[1], 2)] if trade_first else [quote(times[0], 2), sold(times[1], 3)]
    )
    for event in events:
        observer.admit(event)
    figures = told(observer, 61 * S)
    assert (figures.matched_60s_lots, figures.cancelled_60s_lots) == (matched, 8 - matched)
    assert figures.cancel_share_60s_ppm == (8 - matched) * 1_000_000 // 8


def test_a_lot_explains_one_lot() -> None:
    observer = watching()
    observer.admit(quote(0, 10))
    observer.admit(sold(S, 5))
    observer.admit(quote(S + 1, 8))  # 2 of the 5
    observer.admit(quote(S + 2, 1))  # 3 of the 5, and 4 cancelled
    figures = told(observer, 61 * S)
    assert (figures.matched_60s_lots, figures.cancelled_60s_lots) == (5, 4)


def test_prints_elsewhere_explain_nothing() -> None:
    observer = watching()
    observer.admit(quote(0, 10))
    observer.admit(sold(S, 5, price=9_998))
    observer.admit(Trade("demo:X", S, S, 9_999, 5, True, Market.MARKET, 2, 2))  # a buyer
    observer.admit(Trade("demo:X", S, S, 9_999, 5, False, Market.OTHER, 3, 3))  # no market print
    observer.admit(quote(S + 1, 6))
    assert told(observer, 61 * S).matched_60s_lots == 0


def test_the_life_of_improvements() -> None:
    observer = watching()
    observer.admit(quote(0, 5))
    observer.admit(quote(S, 5, bid=10_000))
    observer.admit(quote(S + 99 * MS, 5))  # lived 99 ms: fleeting
    observer.admit(quote(2 * S, 5, bid=10_000))
    observer.admit(sold(2 * S + 20 * MS, 5, price=10_000))
    observer.admit(quote(2 * S + 21 * MS, 5))  # short, but traded
    observer.admit(quote(3 * S, 5, ask=10_000))
    observer.admit(quote(3 * S + 500 * MS, 5))  # lived 500 ms
    observer.admit(quote(4 * S, 5, bid=9_998))  # 9,999 was there before we were
    figures = told(observer, 61 * S)
    assert figures.improvements_60s == 3
    assert figures.improvement_life_60s_ns == 99 * MS  # of 21, 99 and 500 ms
    assert figures.fleeting_60s_ppm == 500_000
    assert figures.fleeting_any_60s_ppm == 666_666


def sampled(observer: Observer, seconds: int, spread: int) -> None:
    """Let the spread be `spread` ticks for so many whole seconds."""
    for second in range(seconds):
        observer.admit(quote(second * S + 1, 5, ask=9_999 + spread))
        observer.admit(Tick((second + 1) * S))


def test_the_time_to_recover_from_a_sweep() -> None:
    observer = watching()
    sampled(observer, 40, 2)
    at = 40 * S + 500 * MS
    observer.admit(sold(at, 5, 9_999, 1))
    observer.admit(sold(at, 2, 9_997, 2))  # of the same order, at another price
    observer.admit(sold(at, 2, 9_996, 3))
    observer.admit(quote(at, 5, bid=9_996))
    assert told(observer, at + 3).recovering_ns == 3
    observer.admit(quote(at + 7 * MS, 5, bid=9_998))  # 3 ticks: not yet
    observer.admit(quote(at + 9 * MS, 5))
    figures = told(observer, 41 * S)
    assert (figures.resiliency_600s_ns, figures.recovering_ns, figures.sweeps_600s) == (9 * MS, None, None)
    assert told(observer, 600 * S + 1).sweeps_600s == 1
    assert told(observer, at + 600 * S).sweeps_600s == 0


def test_no_sweep_and_no_usual_width_give_no_time() -> None:
    observer = watching()
    sampled(observer, 29, 2)
    at = 29 * S + 500 * MS
    observer.admit(sold(at, 5, 9_999, 1))
    observer.admit(sold(at, 5, 9_997, 2))  # too early: 29 samples
    observer.admit(sold(at + 1, 5, 9_999, 3))
    observer.admit(sold(at + 2, 5, 9_997, 4))  # two orders
    assert gauges_of(observer)[2].sweeps == 0
    assert told(observer, 30 * S).resiliency_600s_ns is None


def test_a_recovery_is_cut_at_a_minute() -> None:
    observer = watching()
    sampled(observer, 40, 2)
    observer.admit(sold(40 * S + 1, 5, 9_999, 1))
    observer.admit(sold(40 * S + 1, 5, 9_997, 2))
    observer.admit(quote(40 * S + 2, 5, bid=9_990))
    for second in range(41, 102):
        observer.admit(Tick(second * S))
    assert (gauges_of(observer)[2].given_up, gauges_of(observer)[2].recovered) == (1, 0)
    assert told(observer, 101 * S).resiliency_600s_ns == 60 * S


def test_spot_is_joined_by_receive_time() -> None:
    observer = watching()
    for at_ns, lots in ((0, 10), (S, 2)):
        observer.admit(Quote("demo:X", at_ns, None, 9_999, lots, 10_001, 4, at_ns + 1))
    observer.admit(Trade("demo:X", S + 50 * MS, 5 * S, 9_999, 3, False, Market.MARKET, 1, 1))
    figures = told(observer, 61 * S)
    assert (figures.join, figures.matched_60s_lots) == ("receive", 3)


def test_a_lost_connection_joins_nothing_across_it() -> None:
    observer = watching()
    observer.admit(Depth("demo:X", 1, None, 7, 7, None, BIDS, ASKS, True))
    observer.admit(Depth("demo:X", 2, 2, 8, 8, None, (), ()))
    observer.admit(quote(3, 10))
    observer.admit(FeedStatus("", 4, FeedKind.DISCONNECTED, "cut"))
    assert told(observer, 4).book_state == "SYNCING"
    observer.admit(FeedStatus("", 5, FeedKind.CONNECTED, "back"))
    observer.admit(quote(6, 1, number=1))
    observer.admit(quote(7, 1, number=2))
    assert told(observer, 61 * S).cancelled_60s_lots == 0


def test_a_bound_of_the_book_is_configuration() -> None:
    observer = kit.watching("depth", depth=Config(book=BookConfig(max_levels=2)))
    observer.admit(Depth("demo:X", 1, None, 7, 7, None, BIDS, ASKS, True))
    observer.admit(Depth("demo:X", 2, 2, 8, 8, None, (), ()))
    figures = told(observer, 2)
    assert figures.bid_1bps_htl == 2 * 9_999 * 5
    assert figures.bid_5bps_htl is None  # 9,998 and 9,999 are kept, 9,995 is beyond
    with pytest.raises(ConfigError, match="at least 1"):
        BookConfig(max_levels=0)


def test_the_past_cannot_be_read() -> None:
    observer = watching()
    observer.admit(quote(5, 1))
    with pytest.raises(UsageError, match="last event"):
        observer.figures(4)


def test_a_book_by_request_is_no_sign_of_life() -> None:
    observer = watching()
    observer.admit(Depth("demo:X", 5 * S, S, 7, 7, None, BIDS, ASKS, True))
    assert not observer.link.seen
    observer.admit(Depth("demo:X", 6 * S, 6 * S, 8, 8, None, (), ()))
    assert observer.link.seen and observer.counters()["depth"] == 2


def test_a_removal_is_decided_when_no_print_can_explain_it_any_more() -> None:
    observer = watching()
    observer.admit(quote(0, 10))
    observer.admit(quote(S, 4))
    gauges_of(observer)[1].decide(S + 200 * MS - 1)
    assert gauges_of(observer)[1].removed_lots == 0
    gauges_of(observer)[1].decide(S + 200 * MS)
    assert gauges_of(observer)[1].removed_lots == 6


def test_what_was_due_before_a_break_counts_whether_it_was_read_or_not() -> None:
    told_of = []
    for curious in (False, True):
        observer = watching()
        observer.admit(quote(0, 10))
        observer.admit(quote(S, 4))
        if curious:
            told(observer, S + 300 * MS)
        observer.admit(FeedStatus("", S + 400 * MS, FeedKind.DISCONNECTED, "cut"))
        told_of.append(told(observer, 61 * S).cancelled_60s_lots)
    assert told_of == [6, 6]
