"""The observer on random event streams: closed counters, restoring, time shift, closed windows."""

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.kit.effort import share
from tools.core.events import Depth, FeedKind, FeedStatus, Market, Quote, Tick, Trade
from tools.core.instrument import Instrument
from tools.core.start import StartConfig
from tools.core.units import NS_PER_MS, NS_PER_S
from tools.engine.state import StateEngine
from tools.observer import Observer, ObserverConfig
from tools.observer.gauges.best_flow import Config as BestFlow
from tools.observer.gauges.depth import Config as DepthBook
from tools.observer.gauges.resiliency import Config as Resiliency

INSTRUMENT = Instrument(venue="demo", symbol="BTCUSDT", tick="0.1", lot="0.001")
GAUGES = {"best_flow": BestFlow(), "depth": DepthBook(), "resiliency": Resiliency()}
CONFIG = ObserverConfig(gauges=GAUGES, start=StartConfig(min_samples=2))
FAST = share(3)
ORIGIN_NS = 1_700_000_000 * NS_PER_S

# (kind, pause in ms, three small numbers): made into events that may be duplicates, gaps,
# regressions, crossed books or prints that are no market trades.
RAW = st.lists(
    st.tuples(
        st.sampled_from(["quote", "quote", "quote", "trade", "trade", "depth", "status", "silence"]),
        st.integers(0, 700),
        st.integers(0, 9),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    max_size=70,
)


def make_events(raw, shift_ns=0):
    """Return the events of `raw`, with a tick after every whole second, all moved by `shift_ns`."""
    now, out, update_id, trade_id = ORIGIN_NS + 1, [], 100, 50
    next_tick = ORIGIN_NS + NS_PER_S
    for kind, pause, first, second, third in raw:
        now += pause * NS_PER_MS * (9 if kind == "silence" else 1)
        while next_tick < now:
            out.append(Tick(next_tick + shift_ns))
            next_tick += NS_PER_S
        recv, exch = now + shift_ns, now + shift_ns + 1_520 * NS_PER_MS - third * 17 * NS_PER_MS
        if kind == "quote":
            update_id += first - 1
            out.append(Quote("S", recv, exch, 1000 + second, 1 + first, 1002 + third, 1 + second, update_id))
        elif kind == "trade":
            trade_id += 2 if first == 9 else 0 if first == 8 else 1
            market = Market.OTHER if second == 9 else Market.MARKET
            out.append(Trade("S", recv, exch, 1000, 1 + third, second < 5, market, trade_id, trade_id))
        elif kind == "depth":
            bids, asks = ((1000 + second, 1 + first), (999, 1)), ((1012, 2), (1002 + third, first))
            whole = (bids, asks, first == 0 and third > 0)
            out.append(Depth("S", recv, exch if first else None, len(out), len(out), None, *whole))
        elif kind == "status":
            out.append(FeedStatus("S", recv, list(FeedKind)[first % 5], "", third))
    return out


def figures(observer, now_ns):
    """Return everything that an observer can be asked for."""
    return {**observer.metrics(now_ns).to_dict(), "gauges": observer.figures(now_ns)}


def run(events, observer=None):
    """Return one line per evaluation: state and metrics."""
    observer = Observer(INSTRUMENT, CONFIG) if observer is None else observer
    states, lines = StateEngine(), []
    for event in events:
        if observer.admit(event):
            now = event.recv_ns
            state = states.step(observer, now, isinstance(event, Tick))
            lines.append((state.to_dict(), figures(observer, now)))
    return observer, lines


@FAST
@given(RAW)
def test_counters_close(raw):
    events = make_events(raw)
    observer, lines = run(events)
    count = observer.counters()
    assert count["events"] == len(events)
    assert count["events"] == sum(count[k] for k in ("quotes", "trades", "depth", "ticks", "status"))
    assert count["quotes"] == sum(isinstance(event, Quote) for event in events)
    parts = ("quotes_applied", "quotes_duplicate", "quotes_regressed", "quotes_invalid")
    assert count["quotes"] == sum(count[k] for k in parts)
    assert count["trades"] == sum(isinstance(event, Trade) for event in events)
    parts = ("trades_applied", "trades_other_market", "trades_duplicate", "trades_absurd")
    assert count["trades"] == sum(count[k] for k in parts)
    assert count["status"] == sum(v for k, v in count.items() if k.startswith("status_"))
    judged = ("quotes_applied", "trades_applied", "ticks", "status_disconnected")
    assert len(lines) == sum(count[k] for k in judged)


@FAST
@given(RAW, st.integers(0, 80))
def test_restoring_a_snapshot_leads_to_the_same_future(raw, cut):
    events = make_events(raw)
    whole, lines = run(events)
    first, head = run(events[:cut])
    second = Observer(INSTRUMENT, CONFIG)
    second.restore(json.loads(json.dumps(first.snapshot())))
    _, tail = run(events[cut:], second)
    assert head + tail == lines
    assert json.dumps(second.snapshot(), sort_keys=True) == json.dumps(whole.snapshot(), sort_keys=True)
    assert second.counters() == whole.counters()


@FAST
@given(RAW, st.integers(1, 10**9))
def test_moving_all_times_moves_nothing_else(raw, seconds):
    _, lines = run(make_events(raw))
    _, moved = run(make_events(raw, seconds * NS_PER_S + 7))
    for one, two in zip(lines, moved, strict=True):
        for record, shifted in zip(one, two, strict=True):
            assert shifted.pop("time_ns") - record.pop("time_ns") == seconds * NS_PER_S + 7
            assert shifted == record


@FAST
@given(RAW)
def test_switching_metrics_off_changes_no_state(raw):
    events = make_events(raw)
    _, lines = run(events)
    lean = Observer(INSTRUMENT, ObserverConfig(metrics=False, start=CONFIG.start))
    states = StateEngine()
    got = []
    for event in events:
        if lean.admit(event):
            got.append(states.step(lean, event.recv_ns, isinstance(event, Tick)).to_dict())
    assert got == [state for state, _ in lines]


@FAST
@given(RAW)
def test_reading_more_often_changes_nothing(raw):
    events = make_events(raw)
    _, lines = run(events)
    nosy, states, got = Observer(INSTRUMENT, CONFIG), StateEngine(), []
    for event in events:
        # A second look at the same instant, after every event of any kind.
        evaluates = nosy.admit(event)
        states.step(nosy, event.recv_ns, False)
        figures(nosy, event.recv_ns)
        if evaluates:
            state = states.step(nosy, event.recv_ns, isinstance(event, Tick))
            got.append((state.to_dict(), figures(nosy, event.recv_ns)))
    assert got == lines


@FAST
@given(RAW)
def test_counts_and_means_equal_an_oracle_over_all_events(raw):
    events = make_events(raw)
    observer, states = Observer(INSTRUMENT, CONFIG), StateEngine()
    quotes, trades = [], []
    for event in events:
        before = observer.counters()
        if not observer.admit(event):
            continue
        after = observer.counters()
        now = event.recv_ns
        if after["quotes_applied"] > before["quotes_applied"]:
            quotes.append((now, event))
        if after["trades_applied"] > before["trades_applied"]:
            trades.append((now, event))
        state = states.step(observer, now, False)
        metrics = observer.metrics(now)
        assert state.quotes_1s == sum(now - NS_PER_S < at for at, _ in quotes)
        assert state.trades_1s == sum(now - NS_PER_S < at for at, _ in trades)
        bought = [t.qty_lots for at, t in trades if now - 10 * NS_PER_S < at and t.buyer_aggressor]
        if metrics.buy_10s_lots is not None:
            assert metrics.buy_10s_lots == sum(bought)
        if metrics.ofi_10s_lots is not None:
            assert metrics.ofi_10s_lots == oracle_ofi(quotes, now)
        past = [q for at, q in quotes if at <= now - NS_PER_S]
        if not past or state.mid_ht is None:  # no book since the connection came back
            assert state.move_1s_ht is None
        else:
            then = past[-1].bid_ticks + past[-1].ask_ticks
            assert state.move_1s_ht == abs(state.mid_ht - then)


def oracle_ofi(quotes, now):
    """Cont, Kukanov and Stoikov (2014), equation 3, written with their indicators."""
    total = 0
    for (_, old), (at, new) in pairwise(quotes):
        if at <= now - 10 * NS_PER_S:
            continue
        total += new.bid_lots * (new.bid_ticks >= old.bid_ticks)
        total -= old.bid_lots * (new.bid_ticks <= old.bid_ticks)
        total -= new.ask_lots * (new.ask_ticks <= old.ask_ticks)
        total += old.ask_lots * (new.ask_ticks >= old.ask_ticks)
    return total
