"""Funding: its times from TOML and among the venue's events; what the venue tells; what is booked."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kit.paper import INSTRUMENTS, KEY, at, feed, paper, quote, send, trade
from tests.kit.paper import A as AAA
from tests.kit.paper import B as BBB
from tests.kit.session import SMALL, Rig, sold
from tests.kit.session import A as TRADED
from tests.kit.session import quote as told_quote
from tests.unit.test_two_clocks import CONFIGS, STEPS, T0, oracle, stream
from tests.unit.test_two_clocks import A as CLOCKED
from tests.unit.test_two_clocks import quote as clock_quote
from tests.unit.test_two_clocks import trade as clock_trade
from tools.core.errors import ConfigError, UsageError
from tools.core.events import MarketEvent
from tools.core.funding import Funding
from tools.core.instrument import Instrument
from tools.core.units import E8, HALF_E8, NS_PER_MS
from tools.execution.tca import QualityConfig
from tools.live.feeds.two_clocks import LOCAL, Timed, TwoClocks, TwoClocksConfig
from tools.live.funding import funding_from, load_funding
from tools.observer import LatencyConfig

BTC = Instrument(venue="binance-usdm", symbol="BTCUSDT", tick="0.1", lot="0.001")
SPOT = Instrument(venue="binance-spot", symbol="BTCUSDT", tick="0.01", lot="0.00001")
KNOWN = {BTC.key: BTC, SPOT.key: SPOT}
HEAD = "[[binance-usdm.BTCUSDT]]\n"
AT = 'at = "2024-07-18T08:00:00Z"\n'
AT_NS = 1_721_289_600 * 10**9
RATE = 'rate = "0.0001"\n'


# -- from TOML ------------------------------------------------------------------------------------


def test_figures_are_read_exactly_and_times_put_in_order() -> None:
    text = (
        f'{HEAD}at = "2024-07-18T16:00:00Z"\nrate = "-0.0000375701"\nmark = "64123.12345678"\n'
        f"{HEAD}at = 2024-07-18T08:00:00Z\n{RATE}"
    )
    # 1 is 10^10 of 1e-10; a tick is 0.1, so that 64,123.12345678 is 641,231.2345678 ticks.
    assert load_funding(text, KNOWN, "f") == (
        Funding(BTC.key, AT_NS, 1_000_000),
        Funding(BTC.key, AT_NS + 8 * 3_600 * 10**9, -375_701, 64_123_123_456_780),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[[binance-usdm.BTCUSD]]\n" + AT + RATE,
            "usdm.BTCUSD: .* did you mean binance-usdm:BTCUSDT",
        ),
        ("[[binance-spot.BTCUSDT]]\n" + AT + RATE, r"binance-spot.BTCUSDT: a spot instrument has no funding"),
        ("[binance-usdm.BTCUSDT]\n" + AT + RATE, r"\[\[binance-usdm.BTCUSDT\]\]"),
        ("binance-usdm = 1\n", r"\[\[venue.SYMBOL\]\]"),
        (HEAD + AT, r"BTCUSDT\[0\]\.rate: this key is missing"),
        (HEAD + RATE, r"\.at: this key is missing"),
        (HEAD + AT + RATE + 'price = "1"\n', r"\.price: no such key"),
        (HEAD + AT + "rate = 0.0001\n", r'\.rate: must be text, such as "0.0001"'),
        (HEAD + AT + 'rate = "0.01 %"\n', r"\.rate: not a finite decimal number"),
        (HEAD + AT + 'rate = "0.00000000001"\n', r"\.rate: .* more than 10 decimals"),
        (HEAD + AT + 'rate = "-1"\n', r"\.rate: must be a part of the position's value, not -1"),
        (HEAD + 'at = "18.7.2024"\n' + RATE, r"\.at: not an ISO 8601 time"),
        (HEAD + "at = 1721289600\n" + RATE, r"\.at: must be text"),
        # TOML readers cut what is finer than a microsecond off: 1 ns would be lost.
        (HEAD + "at = 2024-07-18T08:00:00.000001001Z\n" + RATE, r"\.at: a fraction of a second needs quotes"),
        (HEAD + AT + RATE + 'mark = "0"\n', r"\.mark: must be positive"),
        (HEAD + AT + RATE + 'mark = "1.0000000001"\n', r"\.mark: .* not a multiple"),
        (HEAD + AT + RATE + HEAD + AT + RATE, "BTCUSDT is funded twice at 2024-07-18T08:00:00"),
        ("[[", "not TOML"),
    ],
)
def test_what_cannot_be_is_refused_by_its_place(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        load_funding(text, KNOWN, "f.toml")
    assert str(caught.value).startswith("f.toml: ")
    assert "\n" not in str(caught.value)


def test_a_header_gives_back_what_was_written_and_nothing_else() -> None:
    given = load_funding(HEAD + AT + RATE, KNOWN, "f")
    rows: list[dict[str, Any]] = json.loads(json.dumps([item.to_dict() for item in given]))
    assert funding_from(rows, KNOWN) == given
    for key, value in (("time_ns", "1"), ("rate_ubps", None), ("mark_ticks_e8", True)):
        with pytest.raises(UsageError, match=key):
            funding_from([{**rows[0], key: value}], KNOWN)
    with pytest.raises(ConfigError, match="spot"):
        funding_from([{**rows[0], "symbol": SPOT.key}], KNOWN)


# -- among the venue's events ---------------------------------------------------------------------


def order_of(events: list[MarketEvent], cut: int, *at_ms: int) -> tuple[list[tuple[str, int]], int]:
    """Return what was handed out, by name and ms of its clock, and how many funding times were not."""
    batches = [events[n : n + cut] for n in range(0, len(events), cut)][::-1]
    fundings = [Funding(CLOCKED.key, T0 + ms * NS_PER_MS, 1) for ms in at_ms]
    clocks = TwoClocks(lambda: batches.pop() if batches else [], LatencyConfig(), None, fundings)
    out: list[tuple[str, int]] = []
    while batch := clocks.next_batch():
        for event, venue_ns in batch:
            ours = not isinstance(event, Funding) and venue_ns == LOCAL
            time_ns = event.recv_ns if ours and not isinstance(event, Funding) else venue_ns
            out.append((type(event).__name__ + ("" if ours else "@venue"), (time_ns - T0) // NS_PER_MS))
    return out, clocks.fundings_left()


@pytest.mark.parametrize("cut", [1, 2, 100])
def test_funding_comes_at_the_venue_s_time_and_before_all_else_of_it(cut: int) -> None:
    events: list[MarketEvent] = [clock_quote(0), clock_trade(40), clock_quote(50, 30), clock_quote(9_000)]
    handed, left = order_of(events, cut, 20, 40, 60, 9_000)
    assert handed == [
        ("Quote@venue", 0),
        ("Quote", 0),
        ("Funding@venue", 20),
        ("Quote@venue", 20),  # heard of at 50
        ("Funding@venue", 40),
        ("Trade@venue", 40),
        ("Trade", 40),
        ("Quote", 50),
        ("Funding@venue", 60),  # nothing else between 50 and 9,000
        ("Funding@venue", 9_000),
        ("Quote@venue", 9_000),
        ("Quote", 9_000),
    ]
    assert left == 0


def test_funding_outside_of_the_feed_is_left_and_counted() -> None:
    handed, left = order_of([clock_quote(10), clock_quote(20)], 1, 5, 15, 21, 9_000)
    assert [row for row in handed if row[0] == "Funding@venue"] == [("Funding@venue", 15)]
    assert left == 3
    assert order_of([], 1, 5) == ([], 1)


@given(STEPS, CONFIGS, st.integers(1, 20), st.lists(st.integers(-20, 900), unique=True, max_size=5))
def test_it_comes_before_what_is_not_earlier_however_the_feed_is_cut(
    steps: list[tuple[str, int, int, bool, int]], config: TwoClocksConfig, cut: int, at_ms: list[int]
) -> None:
    events = stream(steps)
    fundings = [Funding(CLOCKED.key, T0 + ms * NS_PER_MS, 1) for ms in sorted(at_ms)]
    batches = [events[n : n + cut] for n in range(0, len(events), cut)][::-1]
    clocks = TwoClocks(lambda: batches.pop() if batches else [], LatencyConfig(), config, fundings)
    out: list[Timed] = []
    while batch := clocks.next_batch():
        out += batch
    late, wanted = oracle(events, config)
    inside = [f for f in fundings if events and events[0].recv_ns <= f.time_ns <= events[-1].recv_ns]
    for funding in inside:
        times = [event.recv_ns if ns == LOCAL else ns for event, ns in wanted]  # type: ignore[union-attr]
        place = next(n for n, time_ns in enumerate(times) if time_ns >= funding.time_ns)
        wanted.insert(place, (funding, funding.time_ns))
    assert out == wanted
    assert (clocks.late, clocks.fundings_left()) == (late, len(fundings) - len(inside))


# -- at the venue ---------------------------------------------------------------------------------


def held_by_two() -> Any:
    """Return a venue at which one account bought 4 at 101 and another sold 3 at 100."""
    venue = paper()
    feed(venue, quote(0, 100, 50, 101, 50))
    send(venue.account("long"), "L", "BUY", 4, 101)
    send(venue.account("short"), "S", "SELL", 3, 100)
    feed(venue, quote(100, 100, 50, 101, 50))
    return venue


def test_every_account_is_told_of_what_the_venue_held_for_it() -> None:
    venue = held_by_two()
    venue.on_funding(Funding(KEY, at(200), 5_000_000))
    venue.advance(at(219))
    assert venue.account("long").fundings() == []  # the answer takes 20 ms, as every answer does
    venue.advance(at(220))
    (long,), (short,) = venue.account("long").fundings(), venue.account("short").fundings()
    assert (long.position_lots, short.position_lots) == (4, -3)
    # Without a mark of its own it is the mid of that moment, 100.5 ticks, and the same for both.
    assert long.mark_ticks_e8 == short.mark_ticks_e8 == 201 * HALF_E8
    assert (long.time_ns, long.rate_ubps, long.symbol) == (at(200), 5_000_000, KEY)
    assert long.exec_id != short.exec_id
    assert venue.fundings() == [], "the account without a name is flat, and flat ones hear nothing"
    assert venue.account("long").fundings() == [], "nothing is told twice"


def test_it_is_no_execution() -> None:
    venue = held_by_two()
    venue.advance(at(190))
    long = venue.account("long")
    assert long.reports() and long.outcomes()
    before = (long.get_positions(), long.get_entry_prices(), long.get_open_orders())
    venue.on_funding(Funding(KEY, at(200), 5_000_000, 7 * E8))
    venue.advance(at(300))
    assert long.reports() == [] and long.outcomes() == []
    assert (long.get_positions(), long.get_entry_prices(), long.get_open_orders()) == before
    assert long.fundings()[0].mark_ticks_e8 == 7 * E8


def test_what_happens_at_the_instant_comes_after_it_and_what_came_before_it_counts() -> None:
    venue = paper()
    feed(venue, quote(0, 100, 50, 101, 50))
    send(venue, "B", "BUY", 2, 101)  # arrives at 20 ms
    venue.on_funding(Funding(KEY, at(20), 1))
    assert venue.held_lots(KEY) == 0, "it arrives at the very instant, which is too late to be funded"
    venue.on_funding(Funding(KEY, at(21), 1))
    assert venue.held_lots(KEY) == 2
    venue.advance(at(100))
    assert [report.time_ns for report in venue.fundings()] == [at(21)]
    # A print at the instant comes after it too: it is shown afterwards, at the same time.
    send(venue, "R", "BUY", 1, 100, post_only=True)
    feed(venue, quote(150, 100, 50, 101, 50))
    venue.on_funding(Funding(KEY, at(160), 1))
    venue.on_market(trade(160, 99, 60, "SELL"), at(160))
    assert venue.held_lots(KEY) == 3
    venue.advance(at(300))
    assert [report.position_lots for report in venue.fundings()] == [2]


def test_what_no_venue_could_do_is_the_caller_s_mistake() -> None:
    venue = held_by_two()
    venue.advance(at(300))
    with pytest.raises(UsageError, match="back"):
        venue.on_funding(Funding(KEY, at(299), 1))
    with pytest.raises(UsageError, match="unknown symbol"):
        venue.on_funding(Funding("t:CCC", at(300), 1))
    feed(venue, quote(400, 0, 0, 101, 50))  # no mid
    with pytest.raises(UsageError, match="mark"):
        venue.on_funding(Funding(KEY, at(401), 1))
    venue.on_funding(Funding(BBB.key, at(402), 1))  # nobody holds any: no price is needed


@pytest.mark.parametrize("ms", [199, 205, 230])
def test_a_snapshot_keeps_what_is_under_way_and_what_was_not_fetched(ms: int) -> None:
    venue, other = held_by_two(), paper()
    if ms > 199:
        venue.on_funding(Funding(KEY, at(200), 5_000_000))
    venue.advance(at(ms))
    other.restore(json.loads(json.dumps(venue.snapshot())))
    for one in (venue, other):
        if ms <= 199:
            one.on_funding(Funding(KEY, at(200), 5_000_000))
        one.advance(at(400))
    for name in ("long", "short"):
        told = venue.account(name).fundings()
        assert len(told) == 1 and other.account(name).fundings() == told
    assert venue.snapshot() == other.snapshot()


# -- in a session ---------------------------------------------------------------------------------


def funded_rig(measures: bool = True) -> Rig:
    """Return a rig that has bought 4 at 99 (a print at 200 ms), at a mid of 100.5 since."""
    config = replace(SMALL, quality=QualityConfig(measures=measures, edge_fills=0))
    rig = Rig(config, funded=True)
    return rig.take(told_quote(0), told_quote(100), sold(200, 99, 4), told_quote(1_000))


@pytest.mark.parametrize("measures", [True, False])
def test_it_is_booked_when_it_is_heard_of_with_a_line_and_is_in_profit_and_identity(measures: bool) -> None:
    rig = funded_rig(measures)
    position = rig.session.books.positions.get(TRADED)
    before_e8 = position.net_e8()
    assert position.position_lots == 4 and before_e8 is not None
    rig.session.take(Funding(TRADED, at_ms(2_000), 1_000_000), at_ms(2_000))
    assert (position.funding_e8, rig.records("funding")) == (0, [])
    rig.take(told_quote(3_000))
    # 4 lots at 100.5 are worth 402; 1 bps of that is paid: 0.0402.
    assert position.funding_e8 == -4_020_000
    assert position.net_e8() == before_e8 - 4_020_000
    (line,) = rig.records("funding")
    assert (line["time_ns"], line["heard_ns"]) == (at_ms(2_000), at_ms(2_020))
    assert (line["position_lots"], line["funding_e8"], line["rate_ubps"]) == (4, -4_020_000, 1_000_000)
    report: Any = rig.session.report()["instruments"]
    assert report[TRADED]["in_units"]["funding"] == "-0.04020000"
    if measures:
        identity = report[TRADED]["measures"]["book_identity"]
        assert identity["funding_e8"] == -4_020_000
        assert (identity["residual_e8"], identity["residual_htl"]) == (0, 0)


def test_funding_that_no_event_follows_is_not_lost() -> None:
    rig = funded_rig()
    rig.session.take(Funding(TRADED, at_ms(1_000), 1_000_000), at_ms(1_000))
    rig.session.finish()
    assert rig.session.books.positions.get(TRADED).funding_e8 == -4_020_000
    assert len(rig.records("funding")) == 1


def test_a_fill_that_was_not_heard_of_is_funded_and_one_after_it_is_not() -> None:
    rig = Rig(funded=True).take(told_quote(0), told_quote(100))
    rig.session.on_venue(sold(200, 99, 4), at_ms(200))
    rig.session.take(Funding(TRADED, at_ms(201), 1_000_000), at_ms(201))
    rig.session.step(sold(202, 99, 4))
    assert rig.session.books.positions.get(TRADED).position_lots == 0, "we have not heard of the fill"
    rig.take(told_quote(1_000))
    (line,) = rig.records("funding")
    assert line["position_lots"] == 4


def test_a_session_that_expects_no_funding_says_so() -> None:
    with pytest.raises(UsageError, match="funded"):
        Rig().session.take(Funding(TRADED, at_ms(0), 1), at_ms(0))


def at_ms(ms: int) -> int:
    return told_quote(ms).recv_ns


def test_the_instruments_of_these_tests_are_no_spot_ones() -> None:
    """The paper kit's venue is ``t``; a name decides what has funding, and theirs does not forbid it."""
    text = "".join(f'[[{i.venue}.{i.symbol}]]\n{AT}rate = "0"\n' for i in (AAA, BBB))
    assert len(load_funding(text, INSTRUMENTS, "f")) == 2
