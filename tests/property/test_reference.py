"""The figures of `observe` equal the slow path's, on random streams and at random times."""

from hypothesis import given
from hypothesis import strategies as st

from tests.kit.effort import share
from tests.kit.gauges import gauge_module
from tools.core.chance import draw64, stream_id
from tools.core.events import Depth, FeedKind, FeedStatus, Market, Quote, Tick, Trade
from tools.core.instrument import Instrument
from tools.core.units import NS_PER_MS, NS_PER_S
from tools.lab.observe import Observation
from tools.lab.reference import SKIPPED
from tools.observer.gauges import GAUGES
from tools.observer.gauges.costs import Config as Costs
from tools.observer.gauges.trading import Config as Trading

INSTRUMENT = Instrument(venue="demo", symbol="BTCUSDT", tick="0.1", lot="0.001")
ORIGIN_NS = 1_700_000_000 * NS_PER_S
# Bins of 2 s, 4 of them, and a low number for the alarm: random streams are short.
CONFIGS = {name: gauge_module(name).Config() for name in GAUGES} | {
    "costs": Costs(min_trades=3),
    "trading": Trading(bin_ticks=2, bins=4),
}

# (kind, pause in ms, four small numbers)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(
            ["quote"] * 5
            + ["trade"] * 6
            + ["levels"] * 5
            + ["depth", "book", "book", "bad", "lost", "back", "silence"]
        ),
        st.sampled_from([0, 0, 1, 30, 49, 50, 51, 100, 400, 1_000, 2_500]),
        st.integers(0, 4),
        st.integers(0, 4),
        st.integers(0, 4),
        st.sampled_from([0, 0, 0, 1, 30, 50, 300, 21_000, -40_000]),
    ),
    max_size=90,
)


def stream(rows, stamped: bool, shift_ns: int):
    """Return events with a tick after every whole second; exchange times go back and forth."""
    now = ORIGIN_NS + shift_ns
    next_tick = -(-now // NS_PER_S) * NS_PER_S
    update_id = trade_id = 100
    level_id = 500
    out = []
    for kind, pause, one, two, three, late in rows:
        now += pause * NS_PER_MS * (17 if kind == "silence" else 1)
        while next_tick < now:
            out.append(Tick(next_tick))
            next_tick += NS_PER_S
        exch = now - late * NS_PER_MS
        if kind == "quote":
            update_id += 1 if three else 0
            stamp = exch if stamped else None
            out.append(
                Quote("S", now, stamp, 1_000 + one, 1 + two, 1_001 + two + three, 1 + three, update_id)
            )
        elif kind == "trade":
            trade_id += 3 if one == 4 else 1
            market = Market.OTHER if two == three == 4 else Market.MARKET
            out.append(
                Trade("S", now, exch, 1_000 + two + three, 1 + one, one < 2, market, trade_id, trade_id)
            )
        elif kind == "depth":
            out.append(Depth("S", now, exch, 1, 2))
        elif kind == "levels":  # sizes 0 .. 4 around the mid; now and then one is missing before it
            first_id = level_id + (2 if (one, two) == (4, 4) else 1)
            level_id = first_id + three
            changes = ((999 - one, three), (1_000 - two, one)), ((1_002 + two, three), (1_001 + one, two))
            out.append(Depth("S", now, exch, first_id, level_id, None, *changes))
        elif kind == "book":  # as of up to four ids ago
            bids = tuple((1_000 - step, 1 + one) for step in range(1 + two))
            asks = tuple((1_001 + step, 1 + three) for step in range(3))
            out.append(Depth("S", now, None, level_id - one, level_id - one, None, bids, asks, True))
        elif kind == "bad":
            out.append(FeedStatus("S", now, FeedKind.QUARANTINED, ""))
        elif kind != "silence":
            what = FeedKind.DISCONNECTED if kind == "lost" else FeedKind.CONNECTED
            out.append(FeedStatus("S", now, what, ""))
    # Long enough after the last event that every window has filled and emptied again.
    for _ in range(70):
        out.append(Tick(next_tick))
        next_tick += NS_PER_S
    return out


@share(5)
@given(ROWS, st.booleans(), st.integers(0, 10**9), st.sampled_from([250 * NS_PER_MS, NS_PER_S, 7 * NS_PER_S]))
def test_every_figure_equals_the_slow_path(rows, stamped, shift_ns, every_ns):
    seen = Observation({"S": INSTRUMENT}, CONFIGS, every_ns, reference=True)
    rows_out = list(seen.rows(stream(rows, stamped, shift_ns)))
    assert seen.first_difference == ""
    assert seen.differ == 0
    assert seen.compared == len(rows_out) * (len(seen.columns) - 1 - len(SKIPPED))


def test_the_book_by_level_equals_the_slow_path_while_it_may_be_read() -> None:
    # Long streams, which hypothesis seldom makes: most of what it draws never joins a snapshot.
    kinds = ["quote", "trade", "levels", "levels", "levels", "book", "depth", "bad", "lost", "back"]
    weights = [3, 2, 4, 4, 4, 3, 1, 1, 1, 1]
    drawn = [kind for kind, weight in zip(kinds, weights, strict=True) for _ in range(weight)]
    known = 0
    for number in range(40):
        pick = [draw64(7, stream_id("rows"), number, k) for k in range(80 * 5)]
        rows = [
            (drawn[a % len(drawn)], (0, 1, 50, 400, 1_000)[b % 5], c % 5, d % 5, e % 5, 0)
            for a, b, c, d, e in zip(*[iter(pick)] * 5, strict=True)
        ]
        seen = Observation({"S": INSTRUMENT}, CONFIGS, 250 * NS_PER_MS, reference=True)
        for row in seen.rows(stream(rows, True, 0)):
            known += (row["bid_10bps_htl"] is not None) + (row["ask_10bps_htl"] is not None)
        assert seen.first_difference == ""
    assert known > 1_000


@share(5)
@given(ROWS, st.booleans(), st.integers(1, 10**7))
def test_moving_all_times_moves_nothing_else(rows, stamped, seconds):
    told = []
    for shift_ns in (0, seconds * NS_PER_S):
        seen = Observation({"S": INSTRUMENT}, CONFIGS)
        told.append(
            [
                {**row, "time_ns": row["time_ns"] - shift_ns}
                for row in seen.rows(stream(rows, stamped, shift_ns))
            ]
        )
    assert told[0] == told[1]


def test_the_comparison_sees_a_difference():
    seen = Observation({"S": INSTRUMENT}, CONFIGS, NS_PER_S, reference=True)
    rows = [("quote", 1_000, n % 5, 1, 1 + n % 2, 0) for n in range(30)]
    for number, event in enumerate(stream(rows, True, 0)):
        seen._admit(event)
        if number == 20:
            quotes = seen._watched["S"].reference.tape.quotes
            quotes[-1] = Quote(
                "S", quotes[-1].recv_ns, quotes[-1].exch_ns, 900, 1, 905, 1, quotes[-1].update_id
            )
    seen._next_ns = event.recv_ns
    list(seen._read())
    assert seen.differ >= 1
    assert "is" in seen.first_difference and "not" in seen.first_difference
