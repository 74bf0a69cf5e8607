"""The whole chain under random markets: what must hold after every event, whatever came before."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from tests.kit.effort import share
from tests.kit.event_stream import KINDS, OPEN, SHUT, WAITS, events_of, new_chain, through_json, told
from tools.core.events import FeedKind, FeedStatus
from tools.core.quality import NO_ORDERS
from tools.core.units import PPM
from tools.core.verdicts import Ceiling, Colour, Gate, Regime

actions = st.lists(
    st.tuples(st.sampled_from(KINDS), st.sampled_from(WAITS), st.integers(min_value=1, max_value=9)),
    max_size=20,
)


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


@share(4)
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


@share(10)
@given(actions)
def test_a_shut_risk_shuts_the_decision(drawn: list[tuple[str, int, int]]) -> None:
    chain = new_chain()
    for event in events_of(drawn):
        if chain.step(event, NO_ORDERS, SHUT):
            assert not chain.decision.eligible
            assert "risk" in chain.decision.binding


@share(8)
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


@share(8)
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


@share(20)
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
