"""The whole chain under random markets: what must hold after every event, whatever came before."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tools.core.events import Depth, FeedKind, FeedStatus, Market, MarketEvent, Quote, Tick, Trade
from tools.core.instrument import Instrument
from tools.core.quality import NO_ORDERS
from tools.core.start import StartConfig
from tools.core.units import NS_PER_MS, NS_PER_S, PPM
from tools.core.verdicts import Ceiling, Colour, Gate, Regime, RiskVerdict
from tools.engine import ChainConfig, Pipeline
from tools.health import HealthConfig
from tools.observer.regimes import RegimeConfig
from tools.permission import GateConfig

T0 = 1_735_689_600 * NS_PER_S
KEY = "test:AB"
INSTRUMENT = Instrument(venue="test", symbol="AB", tick="0.1", lot="0.001")
# Waits of seconds, so that a stream of a hundred events sees every state.
CONFIG = ChainConfig(
    start=StartConfig(min_samples=5, cooldown_ns=NS_PER_S, probation_ns=NS_PER_S),
    regime=RegimeConfig(fast_dwell_ns=NS_PER_S, unstable_dwell_ns=2 * NS_PER_S),
    permission=GateConfig(cooldown_ns=NS_PER_S, probation_ns=NS_PER_S, debt_factor=0),
    health=HealthConfig(red_hold_ns=NS_PER_S, yellow_hold_ns=NS_PER_S),
)
OPEN = RiskVerdict(0, True, "OPEN")
SHUT = RiskVerdict(0, False, "FROZEN")


class Stream:
    """Turns draws into events that a feed could hand out: times in order, a tick each second."""

    def __init__(self, start_ns: int) -> None:
        self.now_ns = start_ns
        self.tick_ns = start_ns + NS_PER_S
        self.trade_id = 1_000
        self.update_id = 5_000
        self.bid_ticks = 100_000
        self.events: list[MarketEvent] = []

    def wait(self, wait_ns: int) -> None:
        self.now_ns += wait_ns
        while self.tick_ns < self.now_ns:
            self.events.append(Tick(self.tick_ns))
            self.tick_ns += NS_PER_S

    def quote(self, spread_ticks: int = 1, late_ns: int = 2 * NS_PER_MS) -> None:
        self.update_id += 1
        ask_ticks = self.bid_ticks + spread_ticks
        exch_ns = self.now_ns - late_ns
        self.events.append(
            Quote(KEY, self.now_ns, exch_ns, self.bid_ticks, 5_000, ask_ticks, 4_000, self.update_id)
        )

    def trade(self, skipped: int = 0, market: Market = Market.MARKET, late_ns: int = 2 * NS_PER_MS) -> None:
        self.trade_id += 1 + skipped
        exch_ns = self.now_ns - late_ns
        self.events.append(
            Trade(KEY, self.now_ns, exch_ns, self.bid_ticks, 10, False, market, self.trade_id, self.trade_id)
        )

    def status(self, kind: FeedKind) -> None:
        self.events.append(FeedStatus(KEY, self.now_ns, kind, "TEST", 1))

    def calm(self, seconds: int) -> None:
        for _ in range(seconds * 10):
            self.wait(100 * NS_PER_MS)
            self.quote()
            self.trade()

    def take(self, action: tuple[str, int, int]) -> None:
        """Take one drawn action: what, after how long (in 10 ms), and a figure of its own."""
        what, wait, figure = action
        self.wait(wait * 10 * NS_PER_MS)
        if what == "quote":
            self.quote()
        elif what == "crossed":
            self.quote(spread_ticks=-figure)
        elif what == "wide":
            self.quote(spread_ticks=figure * 40)
        elif what == "move":
            self.bid_ticks += (figure - 5) * 100
            self.quote()
        elif what == "trade":
            self.trade()
        elif what == "trades":
            for _ in range(figure * 20):
                self.trade()
        elif what == "late":
            self.quote(late_ns=figure * 400 * NS_PER_MS)
            self.trade(late_ns=figure * 400 * NS_PER_MS)
        elif what == "skip":
            self.trade(skipped=figure)
        elif what == "other":
            self.trade(market=Market.OTHER)
        elif what == "depth":
            self.events.append(Depth(KEY, self.now_ns, self.now_ns - NS_PER_MS, 1, 2))
        elif what == "calm":
            self.calm(figure // 2)
        else:
            self.status(FeedKind[what])


KINDS = [
    "quote", "quote", "trade", "trade", "crossed", "wide", "move", "trades", "late", "skip", "other", "depth",
    "calm", "calm", "calm", "QUARANTINED", "IGNORED", "DISCONNECTED", "CONNECTED", "LOOP_LAG",
]  # fmt: skip
WAITS = [0, 0, 1, 5, 30, 100, 450]
actions = st.lists(
    st.tuples(st.sampled_from(KINDS), st.sampled_from(WAITS), st.integers(min_value=1, max_value=9)),
    max_size=20,
)


def events_of(drawn: list[tuple[str, int, int]], warm_s: int = 19, shift_s: int = 0) -> list[MarketEvent]:
    """Return a calm start, which is what makes the gate open, and then what was drawn."""
    stream = Stream(T0 + shift_s * NS_PER_S)
    stream.calm(warm_s)
    for action in drawn:
        stream.take(action)
    return stream.events


def new_chain() -> Pipeline:
    return Pipeline(INSTRUMENT, CONFIG)


def told(chain: Pipeline, event: MarketEvent) -> list[Any]:
    """Take one event; return all that the chain says about it."""
    evaluated = chain.step(event, NO_ORDERS, OPEN)
    news = [(kind, verdict.to_dict()) for kind, verdict in chain.news] if evaluated and chain.changed else []
    return [evaluated, chain.reason, news, repr(chain.state) if evaluated else ""]


def through_json(chain: Pipeline) -> Pipeline:
    other = new_chain()
    other.restore(json.loads(json.dumps(chain.snapshot())))
    return other


def shifted_back(value: Any, shift_ns: int) -> Any:
    """Return a record's dict with every time in it moved back; durations stay as they are."""
    if isinstance(value, dict):
        return {key: shifted_back(item, shift_ns) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [shifted_back(item, shift_ns) for item in value]
    return value - shift_ns if isinstance(value, int) and value >= T0 - NS_PER_S * 100 else value


def test_the_calm_start_opens_the_gate_and_the_actions_shut_it() -> None:
    """Without this the properties below could hold of a chain that never does anything."""
    chain = new_chain()
    seen: set[str] = set()
    drawn = [
        ("late", 5, 9), ("calm", 0, 9), ("calm", 0, 9), ("trades", 0, 9), ("calm", 0, 9), ("wide", 0, 9),
        ("calm", 0, 9), ("DISCONNECTED", 0, 1), ("calm", 0, 1), ("CONNECTED", 0, 1), ("calm", 0, 9),
    ]  # fmt: skip
    for event in events_of(drawn):
        chain.step(event, NO_ORDERS, OPEN)
        seen |= {str(chain.permission.gate), str(chain.regime.regime), str(chain.health.colour)}
        seen.add("hard" if chain.regime.hard else "soft")
        seen.add("eligible" if chain.decision.eligible else "not eligible")
    assert seen >= {"ALLOWED", "BLOCKED", "COOLDOWN", "PROBATION"}
    assert seen >= {"NORMAL", "FAST", "UNSTABLE", "UNKNOWN", "GREEN", "YELLOW", "RED"}
    assert seen >= {"hard", "eligible", "not eligible"}


@settings(max_examples=150)
@given(actions)
@example([("late", 5, 9), ("calm", 0, 9)])
@example([("crossed", 0, 2), ("quote", 100, 1), ("calm", 0, 9)])
@example([("DISCONNECTED", 0, 1), ("calm", 0, 9), ("CONNECTED", 0, 1), ("calm", 0, 9)])
def test_no_layer_is_overruled(drawn: list[tuple[str, int, int]]) -> None:
    chain = new_chain()
    evaluations = 0
    disconnected = False
    for event in events_of(drawn):
        if isinstance(event, FeedStatus):
            if event.kind in (FeedKind.DISCONNECTED, FeedKind.CONNECTED):
                disconnected = event.kind is FeedKind.DISCONNECTED
        if not chain.step(event, NO_ORDERS, OPEN):
            continue
        evaluations += 1
        chain.tally.no_order(chain.reason)
        assert chain.state is not None
        gate, decision = chain.permission.gate, chain.decision
        if chain.regime.hard:
            assert chain.regime.regime in (Regime.UNSTABLE, Regime.UNKNOWN)
            assert gate is Gate.BLOCKED
        if disconnected or chain.state.missing or not chain.state.warm:
            assert gate is Gate.BLOCKED
            assert not decision.eligible
        if chain.state.crossed_ns is not None:
            assert not decision.eligible
        if decision.eligible:
            assert gate in (Gate.ALLOWED, Gate.PROBATION)
            assert chain.health.colour is not Colour.RED
            assert chain.regime.regime in (Regime.NORMAL, Regime.FAST)
            assert chain.reason == "eligible"
            assert 0 < decision.budget_ppm <= PPM and decision.ceiling > Ceiling.NONE
        else:
            assert (decision.ceiling, decision.budget_ppm) == (Ceiling.NONE, 0)
            layer, _, reason = chain.reason.partition(":")
            assert layer in ("regime", "permission", "health") and reason.isupper()
            assert layer in decision.binding
        if gate is Gate.PROBATION or chain.health.colour is Colour.YELLOW:
            assert decision.ceiling <= Ceiling.PASSIVE
        elif chain.regime.regime is Regime.FAST:
            assert decision.ceiling <= Ceiling.IMPROVE
        if gate is not Gate.ALLOWED or chain.regime.regime is not Regime.NORMAL:
            assert decision.budget_ppm < PPM
        for verdict in (chain.regime, chain.permission, chain.health, chain.decision):
            assert verdict.time_ns <= chain.state.time_ns
    tally = chain.tally
    assert tally.evaluations == evaluations == sum(tally.without_order.values())
    tally.settle()
    for clocked in (tally.regime, tally.gate, tally.colour, tally.episodes):
        assert sum(clocked.time_ns.values()) == tally.last_ns - tally.first_ns


@settings(max_examples=20)
@given(actions)
def test_a_shut_risk_shuts_the_decision(drawn: list[tuple[str, int, int]]) -> None:
    chain = new_chain()
    for event in events_of(drawn):
        if chain.step(event, NO_ORDERS, SHUT):
            assert not chain.decision.eligible
            assert "risk" in chain.decision.binding


@settings(max_examples=80)
@given(actions, st.integers(min_value=0, max_value=400))
def test_a_snapshot_leads_to_the_same_future(drawn: list[tuple[str, int, int]], cut: int) -> None:
    events = events_of(drawn)
    cut = cut * len(events) // 400
    chain = new_chain()
    for event in events[:cut]:
        told(chain, event)
    other = through_json(chain)
    for event in events[cut:]:
        assert told(other, event) == told(chain, event)
    ends = [{**c.snapshot(), "state": None} for c in (chain, other)]  # the state is of the test below
    assert [part for part in ends[0] if ends[0][part] != ends[1][part]] == []
    assert other.tally.to_dict() == chain.tally.to_dict()


@settings(max_examples=25)
@given(actions)
def test_a_restored_chain_is_the_chain_that_was_saved(drawn: list[tuple[str, int, int]]) -> None:
    """Also before anything new comes: what it would tell, and what it would save."""
    chain = new_chain()
    for event in events_of(drawn):
        told(chain, event)
    other = through_json(chain)
    saved, again = (json.loads(json.dumps(c.snapshot())) for c in (chain, other))
    assert [part for part in saved if saved[part] != again[part]] == []
    assert other.reason == chain.reason
    assert other.frame(1).to_json() == chain.frame(1).to_json()
    assert other.bounds() == chain.bounds()


def test_a_restored_chain_that_has_seen_nothing() -> None:
    other = through_json(new_chain())
    events = events_of([])
    fresh = new_chain()
    assert [told(other, event) for event in events] == [told(fresh, event) for event in events]


@settings(max_examples=15)
@given(actions)
def test_snapshots_at_every_event(drawn: list[tuple[str, int, int]]) -> None:
    events = events_of(drawn[:5], warm_s=19)
    chain, other = new_chain(), new_chain()
    for event in events[:360]:
        told(chain, event)
    other = through_json(chain)
    for event in events[360:]:
        assert told(other, event) == told(chain, event)
        other = through_json(other)


@settings(max_examples=80)
@given(actions, st.integers(min_value=1, max_value=100_000_000))
@example([("trades", 0, 9), ("late", 5, 9), ("calm", 0, 9)], 1)
@example([("trades", 0, 9), ("late", 5, 9), ("calm", 0, 9)], 86_400 * 365)
def test_a_shift_in_time_changes_nothing_but_times(drawn: list[tuple[str, int, int]], shift_s: int) -> None:
    here, there = new_chain(), new_chain()
    for early, late in zip(events_of(drawn), events_of(drawn, shift_s=shift_s), strict=True):
        one = here.step(early, NO_ORDERS, OPEN)
        assert there.step(late, NO_ORDERS, OPEN) == one
        if not one:
            continue
        assert there.changed == here.changed
        assert there.reason == here.reason
        if here.changed:
            mine, theirs = here.frame(1).to_dict(), there.frame(1).to_dict()
            assert shifted_back(theirs, shift_s * NS_PER_S) == json.loads(json.dumps(mine))


@settings(max_examples=20)
@given(actions)
def test_events_that_lead_to_no_evaluation_change_no_verdict(drawn: list[tuple[str, int, int]]) -> None:
    chain = new_chain()
    for event in events_of(drawn):
        before = (chain.regime, chain.permission, chain.health, chain.decision, chain.reason)
        evaluations = chain.tally.evaluations
        if not chain.step(event, NO_ORDERS, OPEN):
            after = (chain.regime, chain.permission, chain.health, chain.decision, chain.reason)
            assert all(a is b for a, b in zip(after, before, strict=True))
            assert chain.tally.evaluations == evaluations
