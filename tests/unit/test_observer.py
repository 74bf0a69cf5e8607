"""The observer as a whole: what is admitted, what moves, and the figures of `Metrics`."""

import pytest

from tools.core.errors import UsageError
from tools.core.events import Depth, FeedKind, FeedStatus, Market, Quote, Tick, Trade
from tools.core.instrument import Instrument
from tools.core.start import StartConfig
from tools.core.units import NS_PER_S
from tools.observer import Observer, ObserverConfig

S = NS_PER_S
INSTRUMENT = Instrument(venue="demo", symbol="BTCUSDT", tick="0.1", lot="0.001")


def observer(**options):
    return Observer(INSTRUMENT, ObserverConfig(**options))


def quote(now, update_id, bid=1_000, ask=1_001, bid_lots=5, ask_lots=7, exch=None):
    return Quote("BTCUSDT", now, exch, bid, bid_lots, ask, ask_lots, update_id)


def trade(now, trade_id, lots=1, buy=True, market=Market.MARKET, exch=None):
    return Trade("BTCUSDT", now, exch, 1_000, lots, buy, market, trade_id, trade_id)


@pytest.mark.parametrize(
    ("event", "evaluates"),
    [
        (quote(2 * S, 11), True),
        (quote(2 * S, 10), False),  # duplicate
        (quote(2 * S, 9), False),  # regression
        (quote(2 * S, 11, bid_lots=0), False),
        (trade(2 * S, 21), True),
        (trade(2 * S, 20), False),  # duplicate
        (trade(2 * S, 21, market=Market.OTHER), False),
        (Depth("BTCUSDT", 2 * S, 1, 1, 2), False),
        (Tick(2 * S), True),
        (FeedStatus("BTCUSDT", 2 * S, FeedKind.QUARANTINED, "x"), False),
    ],
)
def test_what_leads_to_an_evaluation(event, evaluates):
    seen = observer()
    seen.admit(quote(S, 10))
    seen.admit(trade(S, 20))
    assert seen.admit(event) is evaluates
    assert seen.counters()["events"] == 3


@pytest.mark.parametrize(
    "event",
    [
        trade(90 * S, 21, lots=10**9, market=Market.OTHER, exch=90 * S - 10**12),
        trade(90 * S, 20, lots=10**9, exch=90 * S - 10**12),
        quote(90 * S, 9, bid=1, ask=9_999, exch=90 * S - 10**12),
    ],
)
def test_what_does_not_count_moves_no_metric_but_the_link(event):
    one, two = observer(), observer()
    for second in range(1, 90):
        for seen in (one, two):
            seen.admit(quote(second * S, second + 10, exch=second * S))
            seen.admit(trade(second * S, second - 69, exch=second * S))
            seen.admit(Tick(second * S))
    one.admit(event)
    left, right = one.metrics(90 * S).to_dict(), two.metrics(90 * S).to_dict()
    moved = {name for name in left if left[name] != right[name]}
    assert moved == {"link_age_ns"}


def test_ids_are_checked_before_prints_are_filtered():
    seen = observer()
    seen.admit(trade(S, 1))
    seen.admit(trade(S, 2, market=Market.OTHER))
    seen.admit(trade(S, 3))
    assert seen.counters()["trade_ids_missing"] == 0
    seen.admit(trade(2 * S, 7))
    assert seen.rolling.gap_ids_60s.total(2 * S) == 3
    assert seen.rolling.gap_ids_60s.total(62 * S) == 0


def test_time_never_runs_backwards():
    seen = observer()
    seen.admit(quote(5 * S, 1))
    seen.admit(quote(4 * S, 2))
    assert seen.now_ns == 5 * S
    assert seen.book.time_ns == 5 * S


def test_an_unusable_quote_is_a_bad_line():
    seen = observer()
    seen.admit(quote(S, 1, bid_lots=0))
    assert seen.link.bad_lines.count(S) == 1
    assert seen.counters()["quotes_invalid"] == 1


def test_a_reconnection_lets_update_ids_start_again():
    seen = observer()
    seen.admit(quote(S, 900))
    seen.admit(FeedStatus("BTCUSDT", 2 * S, FeedKind.DISCONNECTED, ""))
    seen.admit(FeedStatus("BTCUSDT", 3 * S, FeedKind.CONNECTED, ""))
    assert seen.admit(quote(4 * S, 1))


def feed(seen, seconds, **options):
    for second in range(seconds):
        seen.admit(quote(second * S + 1, second + 1, **options))
        seen.admit(trade(second * S + 2, second + 1))
        seen.admit(Tick((second + 1) * S))


def test_samples_count_only_what_is_usual():
    seen = observer(start=StartConfig(min_samples=2))
    feed(seen, 15)
    # Depth and movement need a full 10 s: ticks 11 to 15 sample them.
    assert seen.baselines.samples == 5
    assert seen.baselines.warm
    seen.admit(FeedStatus("BTCUSDT", 15 * S, FeedKind.DISCONNECTED, ""))
    seen.admit(Tick(16 * S))
    assert seen.baselines.samples == 5


@pytest.mark.parametrize("case", ["no trades", "no quotes", "crossed", "locked", "silent"])
def test_seconds_that_are_no_samples(case):
    seen = observer(start=StartConfig(min_samples=1))
    for second in range(30):
        now = second * S + 1
        if case != "no quotes" and not (case == "silent" and second):
            bid = {"crossed": 1_002, "locked": 1_001}.get(case, 1_000)
            seen.admit(quote(now, second + 1, bid=bid))
        if case != "no trades" and not (case == "silent" and second):
            seen.admit(trade(now, second + 1))
        seen.admit(Tick((second + 1) * S))
    assert seen.baselines.samples == 0
    assert not seen.baselines.warm


def test_metrics_of_a_small_market():
    seen = observer()
    seen.admit(quote(S, 1, bid=1_000, ask=1_001, bid_lots=6, ask_lots=2))
    seen.admit(trade(S, 1, lots=4, buy=True))
    seen.admit(trade(10 * S, 2, lots=1, buy=False))
    # The bid falls by one tick: the whole old bid left; the ask grows by 3.
    seen.admit(quote(31 * S, 2, bid=999, ask=1_001, bid_lots=9, ask_lots=5))
    seen.admit(trade(31 * S, 3, lots=3, buy=False))
    got = seen.metrics(61 * S)
    assert (got.mid_ht, got.depth_lots) == (2_000, 5)
    assert (got.weighted_mid_num, got.weighted_mid_den) == (999 * 5 + 1_001 * 9, 14)
    assert got.imbalance_ppm == 9 * 10**6 // 14
    assert got.one_tick_60s_ppm == 500_000
    one_tick, two_ticks = 2 * 10**10 // 2_001, 4 * 10**10 // 2_000
    assert (got.spread_ubps, got.spread_10s_ubps) == (two_ticks, two_ticks)
    assert got.spread_60s_ubps == (30 * one_tick + 30 * two_ticks) // 60
    # Windows are (t - w, t]: what happened exactly 60 s ago has just left.
    assert (got.trades_60s, got.buy_60s_lots, got.sell_60s_lots) == (2, 0, 4)
    assert (got.quotes_60s, got.quotes_1s, got.quote_age_ns) == (1, 0, 30 * S)
    near = seen.metrics(61 * S + 1)
    assert near.trades_10s == 0
    assert near.trade_imbalance_10s_ppm is None


def test_order_flow_trade_imbalance_and_moves():
    seen = observer()
    seen.admit(quote(1, 1, bid_lots=6, ask_lots=2))
    seen.admit(Tick(20 * S))
    seen.admit(quote(20 * S + 1, 2, bid=999, bid_lots=9, ask_lots=5))
    seen.admit(trade(20 * S + 2, 1, lots=3, buy=False))
    seen.admit(trade(20 * S + 3, 2, lots=1, buy=True))
    seen.admit(Tick(21 * S))
    got = seen.metrics(21 * S)
    assert got.ofi_10s_lots == -6 - 5 + 2
    assert got.trade_imbalance_10s_ppm == -500_000
    assert (got.move_1s_ht, got.move_10s_ht, got.mid_changes_10s) == (-1, -1, 1)
    assert got.rv_10s_ht2 == 1
    assert (got.trades_10s, got.buy_10s_lots, got.sell_10s_lots) == (2, 1, 3)


def test_metrics_are_none_before_their_window():
    seen = observer()
    seen.admit(quote(5 * S, 1))
    got = seen.metrics(7 * S)
    assert got.quotes_1s == 0
    assert got.quotes_10s is None
    assert got.spread_10s_ubps is None
    assert got.excess_p95_10s_ns is None
    assert observer().metrics(0).mid_ht is None


def test_floor_drift():
    seen = observer()
    for second in range(100):
        # The clock runs 50 ppm fast against the venue's: 50 us more in every second.
        seen.admit(quote(second * S, second + 1, exch=second * S - second * 50_000))
        seen.admit(Tick(second * S))
    assert seen.metrics(99 * S).floor_drift_60s_ppm == 50


def test_depth_is_the_smaller_side_weighted_by_time():
    seen = observer()
    seen.admit(quote(S, 1, bid_lots=9, ask_lots=4))
    seen.admit(quote(8 * S, 2, bid_lots=14, ask_lots=24))
    got = seen.metrics(11 * S)
    assert (got.depth_lots, got.depth_10s_lots) == (14, (7 * 4 + 3 * 14) // 10)


def test_metrics_are_one_line_of_json():
    seen = observer()
    seen.admit(quote(S, 1))
    line = seen.metrics(S).to_json()
    assert line.endswith("\n")
    assert '"mid_ht":2001' in line


def test_metrics_refuse_what_they_cannot_know():
    seen = observer(metrics=False)
    seen.admit(quote(S, 1))
    with pytest.raises(UsageError, match="metrics=True"):
        seen.metrics(S)
    full = observer()
    full.admit(quote(S, 1))
    with pytest.raises(UsageError, match="last event"):
        full.metrics(S - 1)


def test_memory_is_bounded_when_nobody_reads():
    seen = observer()
    for index in range(60_000):
        seen.admit(quote(index * 10_000_000, index + 1, bid_lots=1 + index % 9, ask_lots=1 + index % 7))
    rolling = seen.rolling
    assert len(rolling.quotes_1s._times) < 2_000
    assert len(rolling.depth_10s_lots._times) < 3_000
    assert len(seen.flow.quotes_60s._times) < 13_000


def test_a_link_that_says_all_twice_has_the_gaps_of_one_that_does_not():
    """1,500 messages a second apart but for two gaps of 20 s: those are the 99.9 % quantile.

    With a gap of 0 for each repeated message they would be two of 3,000, and beyond it.
    """
    once, twice = observer(metrics=False), observer(metrics=False)
    now = S
    for number in range(1, 501):
        now += 20 * S if number in (100, 300) else S
        events = [
            quote(now, number),
            trade(now + S, number),
            Depth("BTCUSDT", now + 2 * S, now + 2 * S, number, number),
        ]
        now += 2 * S
        for event in events:
            once.admit(event)
            twice.admit(event)
            assert not twice.admit(event)
    once.link.refresh(now)
    twice.link.refresh(now)
    assert once.link.p999_ns == twice.link.p999_ns
    assert 20 * S <= once.link.p999_ns < 21 * S
    assert once.link.age_ns(now + S) == twice.link.age_ns(now + S) == S


def test_a_message_told_again_later_is_a_sign_of_life():
    seen = observer()
    seen.admit(quote(S, 10))
    assert not seen.admit(quote(4 * S, 10))
    assert seen.link.age_ns(5 * S) == S


def test_a_depth_message_told_twice_is_no_witness_for_its_own_odd_time():
    """Stamped 2 s in the future: believed only if another message says so too."""

    def depth(number, now, exch):
        return Depth("BTCUSDT", now, exch, number, number)

    for witnesses, floor_s in (
        ((depth(2, 3 * S, 5 * S),), 0),
        ((depth(2, 3 * S, 5 * S), depth(3, 3 * S, 5 * S)), -2),
    ):
        seen = observer()
        seen.admit(depth(1, 2 * S, 2 * S))
        for event in witnesses:
            seen.admit(event)
            seen.admit(event)
        assert seen.latency.floor_ns() // S == floor_s
