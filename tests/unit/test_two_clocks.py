"""The feed on two clocks: what comes when, held against a sort of everything at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.core.errors import ConfigError
from tools.core.events import Depth, FeedKind, FeedStatus, Market, MarketEvent, Quote, Tick, Trade
from tools.core.instrument import Instrument
from tools.core.units import NS_PER_MS
from tools.live.feeds.two_clocks import LOCAL, Timed, TwoClocks, TwoClocksConfig
from tools.observer import LatencyConfig, Observer

T0 = 1_735_689_600 * 10**9
A = Instrument(venue="t", symbol="AA", tick="1", lot="1")
B = Instrument(venue="t", symbol="BB", tick="1", lot="1")
DELAY_MS = 7  # the least: what the floor is


def quote(recv_ms: int, late_ms: int | None = 0, update_id: int = 0, key: str = A.key) -> Quote:
    recv_ns = T0 + recv_ms * NS_PER_MS
    exch_ns = None if late_ms is None else recv_ns - (DELAY_MS + late_ms) * NS_PER_MS
    return Quote(key, recv_ns, exch_ns, 100, 5, 101, 5, update_id or recv_ms + 1)


def trade(recv_ms: int, late_ms: int = 0, number: int = 0, key: str = A.key) -> Trade:
    recv_ns = T0 + recv_ms * NS_PER_MS
    exch_ns = recv_ns - (DELAY_MS + late_ms) * NS_PER_MS
    number = number or recv_ms + 1
    return Trade(key, recv_ns, exch_ns, 100, 1, True, Market.MARKET, number, number)


def merged(events: list[MarketEvent], cut: int = 1_000, config: TwoClocksConfig | None = None) -> list[Timed]:
    return clocks_and_all(events, cut, config)[1]


def clocks_and_all(
    events: list[MarketEvent], cut: int, config: TwoClocksConfig | None = None
) -> tuple[TwoClocks, list[Timed]]:
    batches = [events[at : at + cut] for at in range(0, len(events), cut)][::-1]
    clocks = TwoClocks(lambda: batches.pop() if batches else [], LatencyConfig(), config)
    out: list[Timed] = []
    while batch := clocks.next_batch():
        out += batch
    assert clocks.next_batch() == []
    return clocks, out


def short(timed: list[Timed]) -> list[tuple[str, int]]:
    """Return (what and whose, ms of its clock)."""
    return [
        (
            type(event).__name__[0] + ("" if ns == LOCAL else "@venue"),
            ((event.recv_ns if ns == LOCAL else ns) - T0) // NS_PER_MS,
        )
        for event, ns in timed
    ]


def test_a_late_quote_reaches_the_venue_before_what_we_heard_meanwhile() -> None:
    events: list[MarketEvent] = [quote(0), trade(1), trade(40), quote(50, 30)]
    assert short(merged(events)) == [
        ("Q@venue", 0),
        ("Q", 0),
        ("T@venue", 1),
        ("T", 1),
        ("Q@venue", 20),
        ("T@venue", 40),
        ("T", 40),
        ("Q", 50),
    ]


def test_at_one_instant_the_venue_comes_first_and_a_trade_before_a_quote() -> None:
    events: list[MarketEvent] = [Tick(T0 + 60 * NS_PER_MS), quote(60), trade(60)]
    assert short(merged(events)) == [
        ("T@venue", 60),
        ("Q@venue", 60),
        ("T", 60),  # the tick
        ("Q", 60),
        ("T", 60),
    ]


def test_a_message_without_exchange_time_counts_at_its_receive_time() -> None:
    assert short(merged([quote(0, None), quote(9, None)])) == [
        ("Q@venue", 0),
        ("Q", 0),
        ("Q@venue", 9),
        ("Q", 9),
    ]


def test_what_the_observer_refuses_never_reaches_the_venue() -> None:
    events: list[MarketEvent] = [
        quote(0, update_id=5),
        quote(1, update_id=5),
        trade(2, number=9),
        trade(3, number=9),
        Trade(A.key, T0 + 4 * NS_PER_MS, None, 1, 1, True, Market.OTHER, 10, 10),
        FeedStatus("", T0 + 5 * NS_PER_MS, FeedKind.CONNECTED, ""),
        quote(6, update_id=1),  # another connection's first
    ]
    told = [event for event, ns in merged(events) if ns != LOCAL]
    assert told == [events[0], events[2], events[6]]
    assert [event for event, ns in merged(events) if ns == LOCAL] == events


def test_a_status_of_another_instrument_leaves_the_book() -> None:
    events: list[MarketEvent] = [
        quote(0, update_id=5),
        FeedStatus(B.key, T0 + 5 * NS_PER_MS, FeedKind.CONNECTED, ""),
        quote(6, update_id=1),
    ]
    assert [event for event, ns in merged(events) if ns != LOCAL] == [events[0]]


def depth(recv_ms: int, late_ms: int = 0, last_id: int = 0, snapshot: bool = False) -> Depth:
    recv_ns = T0 + recv_ms * NS_PER_MS
    exch_ns = None if snapshot else recv_ns - (DELAY_MS + late_ms) * NS_PER_MS
    number = last_id or recv_ms + 1
    return Depth(A.key, recv_ns, exch_ns, number, number, None, ((99, 1),), ((102, 1),), snapshot)


def test_depth_is_shown_only_where_levels_are_asked_for() -> None:
    events: list[MarketEvent] = [depth(0), depth(20, 15), depth(21, last_id=21), depth(30, snapshot=True)]
    clocks, out = clocks_and_all(events, 1_000)
    assert [ns for _, ns in out] == [LOCAL] * 4 and clocks.depths == 0
    clocks, out = clocks_and_all(events, 1_000, TwoClocksConfig(levels=True))
    # The second was 15 ms late; the third tells its id again; a fetched book has no venue time.
    assert short(out) == [
        ("D@venue", 0), ("D", 0), ("D@venue", 5), ("D", 20), ("D", 21), ("D@venue", 30), ("D", 30),
    ]  # fmt: skip
    assert clocks.depths == 3


def test_the_first_quote_says_whose_time_it_is() -> None:
    for late_ms, join in ((0, "exchange"), (None, "receive")):
        clocks, _ = clocks_and_all([trade(0), quote(1, late_ms)], 1_000)
        assert (clocks.join(A.key), clocks.join(B.key)) == (join, None)
    clocks, _ = clocks_and_all([trade(0)], 1_000)
    assert clocks.join(A.key) is None


def test_what_is_later_than_the_look_ahead_comes_as_soon_as_it_may_and_is_counted() -> None:
    config = TwoClocksConfig(look_ahead_ns=100 * NS_PER_MS)
    events: list[MarketEvent] = [quote(0), quote(300), quote(450, 300), quote(560, 100)]
    clocks, out = clocks_and_all(events, 2, config)
    assert clocks.late == 1
    assert short(out)[2:] == [
        ("Q@venue", 300),
        ("Q", 300),
        ("Q@venue", 350),  # happened at 150, heard at 450
        ("Q", 450),
        ("Q@venue", 460),  # exactly the look-ahead: in time
        ("Q", 560),
    ]


def test_no_look_ahead_is_one_clock() -> None:
    config = TwoClocksConfig(look_ahead_ns=0)
    out = merged([quote(0), quote(10), quote(60, 30)], 1, config)
    assert short(out)[-2:] == [("Q@venue", 60), ("Q", 60)]


STEPS = st.lists(
    st.tuples(
        st.sampled_from("qqttxsc"),
        st.integers(0, 60),  # ms since the one before
        st.sampled_from([0, 0, 1, 5, 40, 90, 150]),  # ms late
        st.booleans(),  # of the other instrument
        st.integers(0, 9),  # 0: an id seen before
    ),
    max_size=60,
)
CONFIGS = st.builds(
    TwoClocksConfig,
    look_ahead_ns=st.sampled_from([0, 20 * NS_PER_MS, 100 * NS_PER_MS, 2_000 * NS_PER_MS]),
    max_events=st.sampled_from([1, 3, 10, 1_000]),
)


def stream(steps: list[tuple[str, int, int, bool, int]]) -> list[MarketEvent]:
    now, number = 0, 10
    out: list[MarketEvent] = []
    for what, wait, late, other, fresh in steps:
        now += wait
        number += 1 if fresh else 0
        key = B.key if other else A.key
        if what == "q":
            out.append(quote(now, late, number, key))
        elif what == "t":
            out.append(trade(now, late, number, key))
        elif what == "x":
            out.append(Tick(T0 + now * NS_PER_MS))
        else:
            kind = FeedKind.CONNECTED if what == "c" else FeedKind.QUARANTINED
            out.append(FeedStatus(key if fresh > 5 else "", T0 + now * NS_PER_MS, kind, ""))
    return out


def oracle(events: list[MarketEvent], config: TwoClocksConfig) -> tuple[int, list[Timed]]:
    """Ask the observers themselves, then sort everything at once."""
    observers: dict[str, Observer] = {}
    rows: list[tuple[int, int, int, int, Timed]] = []  # (time, ours, quote, number, event)
    late = 0
    for number, event in enumerate(events):
        rows.append((event.recv_ns, 1, 0, number, (event, LOCAL)))
        if isinstance(event, FeedStatus):
            for key, observer in observers.items():
                if event.symbol in ("", key):
                    observer.admit(event)
        if not isinstance(event, (Quote, Trade)):
            continue
        one = A if event.symbol == A.key else B
        observer = observers.setdefault(one.key, Observer(one))
        if not observer.admit(event):
            continue
        venue_ns = event.recv_ns - observer.latency.last_excess_ns
        soonest_ns = event.recv_ns - config.look_ahead_ns
        if number >= config.max_events:
            soonest_ns = max(soonest_ns, events[number - config.max_events].recv_ns)
        late += venue_ns < soonest_ns
        venue_ns = max(venue_ns, soonest_ns)
        rows.append((venue_ns, 0, isinstance(event, Quote), number, (event, venue_ns)))
    rows.sort(key=lambda row: row[:4])
    return late, [row[4] for row in rows]


@given(STEPS, CONFIGS, st.integers(1, 20))
def test_it_is_a_sort_of_everything_however_the_feed_is_cut(
    steps: list[tuple[str, int, int, bool, int]], config: TwoClocksConfig, cut: int
) -> None:
    events = stream(steps)
    late, wanted = oracle(events, config)
    clocks, out = clocks_and_all(events, cut, config)
    assert out == wanted
    assert clocks.late == late


def test_a_flood_is_held_back_by_no_more_than_its_bound() -> None:
    """20,000 quotes within one millisecond, in batches of 100: what waits stays under the bound."""
    flood: list[MarketEvent] = []
    for number in range(20_000):
        recv_ns = T0 + number * 50
        flood.append(Quote(A.key, recv_ns, recv_ns - 1_000, 100, 5, 101, 5, number + 1))
    batches = [flood[at : at + 100] for at in range(0, len(flood), 100)][::-1]
    read = handed = most = 0

    def next_batch() -> list[MarketEvent]:
        nonlocal read
        batch = batches.pop() if batches else []
        read += len(batch)
        return batch

    clocks = TwoClocks(next_batch, config=TwoClocksConfig(max_events=500))
    while out := clocks.next_batch():
        handed += sum(ns == LOCAL for _, ns in out)
        most = max(most, read - handed)
    assert handed == read == 20_000
    assert most <= 500


@pytest.mark.parametrize(
    ("values", "said"),
    [({"look_ahead_ns": -1}, "look_ahead_ns: must not be neg"), ({"max_events": 0}, "max_events: must be")],
)
def test_bounds_that_are_none(values: dict[str, int], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        TwoClocksConfig(**values)
