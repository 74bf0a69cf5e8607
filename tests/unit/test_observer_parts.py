"""Book, sequence, latency, link and baselines, each alone."""

import pytest

from tools.core.errors import ConfigError, InvariantError, UsageError
from tools.core.events import FeedKind, FeedStatus, Quote
from tools.core.snapshots import read_int, read_opt, read_parts
from tools.core.start import StartConfig
from tools.core.units import NS_PER_MS, NS_PER_S, UBPS_PER_BPS
from tools.observer import (
    BaselineConfig,
    Baselines,
    Book,
    Latency,
    LatencyConfig,
    Link,
    LogHist,
    LogHistRing,
    TradeSequence,
)
from tools.observer.latency import DEPTH, QUOTE, TRADE
from tools.observer.sequence import DUPLICATE

MS, S = NS_PER_MS, NS_PER_S


def quote(update_id, bid=100, ask=101, bid_lots=5, ask_lots=7):
    return Quote("S", 0, None, bid, bid_lots, ask, ask_lots, update_id)


@pytest.mark.parametrize(
    ("ids", "applied", "duplicates", "regressions"),
    [
        ([1, 2, 3], 3, 0, 0),
        ([1, 5, 900], 3, 0, 0),  # strictly rising is enough
        ([5, 5, 6], 2, 1, 0),
        ([5, 4, 6], 2, 0, 1),
        ([5, 4, 5, 5], 1, 2, 1),
    ],
)
def test_update_ids(ids, applied, duplicates, regressions):
    book = Book()
    for update_id in ids:
        book.apply(quote(update_id), 0)
    assert (book.applied, book.duplicates, book.regressions) == (applied, duplicates, regressions)


def test_a_refused_quote_changes_nothing_but_counters():
    book = Book()
    book.apply(quote(5), 10)
    assert not book.apply(quote(4, bid=50, ask=60), 20)
    assert (book.bid_ticks, book.ask_ticks, book.time_ns, book.mid_ht) == (100, 101, 10, 201)


@pytest.mark.parametrize("bad", [{"bid": 0}, {"ask": -1}, {"bid_lots": 0}, {"ask_lots": 0}])
def test_an_empty_side_is_refused_and_its_id_is_not_taken(bad):
    book = Book()
    assert not book.apply(quote(9, **bad), 0)
    assert book.invalid == 1
    assert book.apply(quote(9), 0)


def test_spread_and_mid():
    book = Book()
    book.apply(quote(1, bid=9_999, ask=10_001), 0)
    assert book.mid_ht == 20_000
    assert book.spread_ubps == 2 * UBPS_PER_BPS  # two ticks of ten thousand: 2 bps
    assert book.depth_lots == 5


def test_crossed_and_locked_since():
    book = Book()
    since = []
    for now, (bid, ask) in enumerate([(100, 101), (101, 101), (102, 101), (100, 101), (102, 101)]):
        book.apply(quote(now + 1, bid=bid, ask=ask), now)
        since.append(book.crossed_since_ns)
    assert since == [None, 1, 1, None, 4]
    assert (book.locked, book.crossed) == (1, 2)


def test_a_new_connection_may_start_from_another_update_id():
    book = Book()
    book.apply(quote(900), 0)
    book.reconnected()
    assert book.apply(quote(3), 1)


@pytest.mark.parametrize(
    ("ranges", "results"),
    [
        ([(1, 1), (2, 2), (3, 3)], [0, 0, 0]),
        ([(1, 1), (4, 4)], [0, 2]),
        ([(1, 3), (4, 9), (10, 10)], [0, 0, 0]),  # aggregates
        ([(1, 3), (6, 9)], [0, 2]),
        ([(5, 5), (5, 5), (6, 6)], [0, DUPLICATE, 0]),
        ([(5, 9), (7, 9), (3, 4), (10, 10)], [0, DUPLICATE, DUPLICATE, 0]),
        ([(5, 9), (8, 12), (13, 13)], [0, 0, 0]),  # overlap
    ],
)
def test_trade_ids(ranges, results):
    sequence = TradeSequence()
    assert [sequence.check(first, last) for first, last in ranges] == results
    assert sequence.missing == sum(result for result in results if result > 0)
    assert sequence.gaps == sum(result > 0 for result in results)
    assert sequence.duplicates == results.count(DUPLICATE)


@pytest.mark.parametrize("offset_ns", [0, -1_520 * MS, 3_600 * S])
def test_excess_does_not_depend_on_the_clocks_offset(offset_ns):
    latency = Latency(LatencyConfig())
    excesses = []
    for index, delay_ms in enumerate([5, 3, 3, 40, 3]):
        now = 1_000 * S + index * S
        latency.observe(QUOTE, now, now - delay_ms * MS - offset_ns)
        excesses.append(latency.excess_ns(now))
    # The floor may rise by 200 ppm: 0.2 ms in each second.
    assert excesses == [0, 0, 0, 40 * MS - 3 * MS - 200_000, 0]


def test_excess_is_the_larger_of_the_recent_streams():
    latency = Latency(LatencyConfig())
    for stream in (TRADE, QUOTE):
        latency.observe(stream, 100 * S, 100 * S)
    latency.observe(TRADE, 100 * S + 70 * MS, 100 * S + 10 * MS)
    latency.observe(QUOTE, 100 * S + 80 * MS, 100 * S + 78 * MS)
    assert latency.excess_ns(100 * S + 80 * MS) == 60 * MS - 70 * MS * 200 // 10**6
    # The trade is 10 s old: only the quote still counts, then neither.
    latency.observe(QUOTE, 110 * S, 110 * S)
    assert latency.excess_ns(110 * S + 70 * MS) == 0
    assert latency.excess_ns(120 * S) is None


def test_latency_of_a_thin_link_stands_while_its_silence_is_usual():
    latency = Latency(LatencyConfig())
    latency.observe(TRADE, 100 * S, 100 * S)
    latency.observe(TRADE, 101 * S, 101 * S - 50 * MS)
    expected = 50 * MS - 200_000
    assert latency.p95_ns(110 * S, 30 * S) == expected
    assert latency.p95_ns(125 * S, 30 * S) == expected
    assert latency.excess_ns(130 * S, 30 * S) == expected
    assert latency.p95_ns(131 * S, 30 * S) is None
    assert latency.excess_ns(131 * S, 30 * S) is None
    assert latency.p95_ns(111 * S) is None


def test_quantile_takes_the_smallest_excess_of_each_slot():
    latency = Latency(LatencyConfig())
    now = 50 * S
    latency.observe(DEPTH, now, now)
    # 99 further slots: one quick message and 50 late ones of the same burst in each.
    for slot in range(1, 100):
        now = 50 * S + slot * 100 * MS
        latency.observe(DEPTH, now, now - MS)
        for late in range(1, 51):
            latency.observe(DEPTH, now + late * MS, now + late * MS - 60 * MS)
    assert latency.p95_ns(60 * S) <= MS
    # Then the whole link is late: after 6 of 100 slots the 95 % quantile shows it.
    for slot in range(6):
        now = 60 * S + slot * 100 * MS
        latency.observe(DEPTH, now, now - 300 * MS)
        shown = latency.p95_ns(now + 100 * MS)
        assert (shown > 290 * MS) == (slot == 5)


def test_slots_are_counted_from_the_first_message():
    latency = Latency(LatencyConfig(window_ns=300 * MS))
    shown = []
    # Received at; late by. Slots of 100 ms begin at 1,000 ms.
    for at_ms, late_ms in [(1_000, 0), (1_150, 20), (1_199, 10), (1_200, 40), (1_299, 50), (1_460, 0)]:
        latency.observe(QUOTE, at_ms * MS, (at_ms - late_ms) * MS)
        p95_ns = latency.p95_ns(at_ms * MS)
        shown.append(None if p95_ns is None else -(-p95_ns // MS))
    assert shown == [None, 0, 0, 10, 10, 40]
    # At 1,500 ms the window holds the slots from 1,200 on, at 1,600 those from 1,300.
    later = [latency.p95_ns(at_ms * MS) or 0 for at_ms in (1_500, 1_599, 1_600)]
    assert [-(-p95_ns // MS) for p95_ns in later] == [40, 40, 0]


def test_a_clock_step_is_seen_for_ten_seconds_and_slow_links_are_none():
    latency = Latency(LatencyConfig())
    for index in range(200):
        # The link is slow for 150 s, while the floor rises; its recovery is no clock step.
        delay_ms = 30 if 20 <= index < 170 else 0
        latency.observe(QUOTE, (100 + index) * S, (100 + index) * S - delay_ms * MS)
        assert latency.jump_ns((100 + index) * S) == 0
    latency.observe(QUOTE, 300 * S, 300 * S + 15 * MS)
    assert latency.jump_ns(300 * S) == 15 * MS
    assert latency.jump_ns(310 * S - 1) == 15 * MS
    assert latency.jump_ns(310 * S) == 0
    assert latency.jumps == 1


def test_a_stream_that_is_finding_its_floor_shows_no_clock_step():
    latency = Latency(LatencyConfig())
    latency.observe(QUOTE, 100 * S, 100 * S - 90 * MS)
    latency.observe(QUOTE, 101 * S, 101 * S)
    assert latency.jump_ns(101 * S) == 0


def test_no_clock_step_after_a_silence_longer_than_the_memory():
    latency = Latency(LatencyConfig())
    latency.observe(QUOTE, 100 * S, 100 * S)
    latency.observe(QUOTE, 1_000 * S, 1_000 * S + 20 * MS)
    assert latency.jumps == 0


@pytest.mark.parametrize(
    "wrong", [{"rho_ppm": 0}, {"slot_ns": 0}, {"slot_ns": 3 * S}, {"jump_ns": 0}, {"settle_ns": -1}]
)
def test_latency_configuration_names_its_keys(wrong):
    with pytest.raises(ConfigError, match=rf"latency\.{next(iter(wrong))}"):
        LatencyConfig(**wrong)


def test_link_gaps_leave_out_disconnections():
    link = Link()
    link.touch(0)
    for second in range(1, 11):
        link.touch(second * S)
    link.status(FeedStatus("S", 11 * S, FeedKind.DISCONNECTED, ""), 11 * S)
    assert link.disconnected
    link.status(FeedStatus("S", 500 * S, FeedKind.CONNECTED, ""), 500 * S)
    assert not link.disconnected
    assert link.last_ns == 10 * S  # a connection is not yet a message
    link.touch(501 * S)
    link.refresh(501 * S)
    assert S <= link.p999_ns <= S + (S >> 5)


@pytest.mark.parametrize(("age_s", "stale"), [(3, False), (4, True)])
def test_a_link_is_stale_after_its_limit(age_s, stale):
    link = Link()
    link.touch(0)
    assert link.stale(age_s * S, 3 * S) is stale


def test_a_link_that_never_spoke_is_stale():
    assert Link().stale(0, 3 * S)


def test_a_slow_link_has_a_longer_limit():
    link = Link()
    for index in range(5):
        link.touch(index * 8 * S)
    link.refresh(32 * S)
    assert not link.stale((32 + 23) * S, 3 * S)
    assert link.stale((32 + 26) * S, 3 * S)


def test_status_events_are_counted_and_shown():
    link = Link()
    for index, kind in enumerate(FeedKind):
        link.status(FeedStatus("S", index * S, kind, "", 42), index * S)
    assert (link.bad, link.ignored, link.lag_reports, link.disconnects, link.connects) == (1, 1, 1, 1, 1)
    assert link.loop_lag_ns == 42
    assert link.bad_lines.count(4 * S) == 1
    assert link.bad_lines.count(10 * S) == 0


def test_baselines_are_medians_once_they_have_their_samples():
    base = Baselines(StartConfig(min_samples=5), BaselineConfig())
    for second, spread in enumerate([10, 50, 20, 40, 30], start=1):
        base.sample(second * S, spread, 100 * spread, second)
        base.tick(second * S)
        assert base.warm is (second == 5)
        assert (base.spread_1h_ubps is None) is (second < 5)
    assert (base.spread_1h_ubps, base.depth_1h_lots, base.spread_24h_ubps) == (30, 3_000, 30)
    assert base.move_scale_ht == 3 * 14_826 // 10_000  # median 3; upper quartile 4 gives 3


def test_a_quiet_market_takes_its_scale_from_the_upper_quartile():
    base = Baselines(StartConfig(min_samples=4), BaselineConfig())
    for second, move in enumerate([0, 0, 100, 100], start=1):
        base.sample(second * S, 1, 1, move)
    base.tick(4 * S)
    assert base.move_scale_ht == 86  # the median is 0


def test_a_market_that_never_moves_has_the_smallest_scale():
    base = Baselines(StartConfig(min_samples=2), BaselineConfig())
    for second in (1, 2):
        base.sample(second * S, 1, 1, 0)
    base.tick(2 * S)
    assert base.move_scale_ht == 1


def test_a_baseline_grows_cold_when_its_samples_expire():
    base = Baselines(StartConfig(min_samples=2), BaselineConfig())
    for second in (1, 2):
        base.sample(second * S, 7, 7, 0)
    base.tick(2 * S)
    assert base.warm
    base.tick(3_602 * S)
    assert not base.warm
    assert base.samples == 0
    assert base.spread_1h_ubps is None
    assert base.spread_24h_ubps == 7


def test_a_warm_baseline_is_refreshed_every_fifth_tick():
    base = Baselines(StartConfig(min_samples=1), BaselineConfig())
    shown = []
    for second in range(1, 11):
        base.sample(second * S, second, 1, 0)
        base.tick(second * S)
        shown.append(base.spread_1h_ubps)
    assert shown == [1, 1, 1, 1, 3, 3, 3, 3, 3, 5]


@pytest.mark.parametrize("key", ["refresh_ticks", "stale_ns", "move_floor_ht"])
def test_baseline_configuration_names_its_keys(key):
    with pytest.raises(ConfigError, match=rf"baseline\.{key}"):
        BaselineConfig(**{key: 0})


def test_more_samples_than_the_window_holds_are_refused():
    Baselines(StartConfig(min_samples=3_600), BaselineConfig())
    with pytest.raises(ConfigError, match=r"start\.min_samples"):
        Baselines(StartConfig(min_samples=3_601), BaselineConfig())


def test_histogram_refuses_what_it_cannot_hold():
    with pytest.raises(UsageError, match="bits"):
        LogHist(17)
    hist = LogHist(5)
    assert hist.quantile(500_000) is None
    with pytest.raises(UsageError, match="-1"):
        hist.add(-1)
    with pytest.raises(UsageError, match="nothing like 3"):
        hist.remove(3)


def test_histogram_survives_restoring_and_a_ring_of_another_size_is_refused():
    hist, copy = LogHist(5), LogHist(5)
    for value in (3, 3, 900, 70):
        hist.add(value)
    copy.restore(hist.snapshot())
    assert (copy.total, copy.quantile(1_000_000), copy.quantile(500_000)) == (4, hist.quantile(1_000_000), 3)
    with pytest.raises(InvariantError, match="number of stretches"):
        LogHistRing(1, 3, 5).restore(LogHistRing(1, 2, 5).snapshot())


@pytest.mark.parametrize(
    ("read", "value"), [(read_opt, "1"), (read_parts, {}), (read_parts, [1]), (read_int, True)]
)
def test_a_damaged_snapshot_is_refused(read, value):
    with pytest.raises(InvariantError, match="key"):
        read({"key": value}, "key")
    with pytest.raises(InvariantError, match="other"):
        read({"key": value}, "other")
