"""The composed chain: worse never gives more from the caps to the decision, and a machine that tries.

The first part feeds market states to regime, gate, health and decision; the second drives a
whole pipeline by rules and holds every verdict against what the layers promise.
"""

from __future__ import annotations

import json
from operator import add
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.kit.effort import share
from tests.kit.event_stream import CONFIG, KINDS, OPEN, SHUT, T0, WAITS, Stream, new_chain, through_json, told
from tests.kit.market_states import S, calm_state
from tools.core.events import MarketEvent, Quote, Trade
from tools.core.market import MarketState, state_from
from tools.core.quality import NO_ORDERS
from tools.core.start import StartConfig
from tools.core.units import PPM
from tools.core.verdicts import Ceiling, Colour, Decision, Gate, Regime, RiskVerdict
from tools.engine import Pipeline
from tools.engine.decision import DecisionLayer
from tools.health import HealthConfig, HealthModel
from tools.observer.regimes import RegimeConfig, RegimeEngine
from tools.permission import GateConfig, PermissionGate


class Layers:
    """Regime, gate, health and decision of one instrument, without an observer."""

    def __init__(self, start: StartConfig) -> None:
        self.regimes = RegimeEngine(RegimeConfig(), "major", start)
        self.gate = PermissionGate(GateConfig(), start)
        self.model = HealthModel(HealthConfig())
        self.decisions = DecisionLayer()

    def judge(self, state: MarketState, risk: RiskVerdict) -> Decision:
        return judged(self, state, risk)


def judged(chain: Layers | Pipeline, state: MarketState, risk: RiskVerdict) -> Decision:
    """Give a state to the layers of a chain as its next evaluation."""
    now_ns = state.time_ns
    regime = chain.regimes.step(state)
    permission = chain.gate.step(regime, state, now_ns)
    health = chain.model.step(state, regime, NO_ORDERS, now_ns)
    return chain.decisions.step(regime, permission, health, risk, now_ns)


def never_more(worse: Decision, better: Decision) -> None:
    assert worse.ceiling <= better.ceiling
    assert worse.budget_ppm <= better.budget_ppm


# --- worse states ---------------------------------------------------------------------------

# Each figure from better to worse. Baselines stay as they are: an adaptive one is wider after a
# worse past, which is why the caps do not move.
LEVELS: dict[str, list[Any]] = {
    "link_age_ns": [0, S, 3 * S, None],
    "excess_ns": [0, 2 * S, None],
    "excess_p95_10s_ns": [0, S // 20, S // 10, S // 2, None],
    "spread_1s_ubps": [100_000, 400_000, 10_000_000, None],
    "move_1s_ht": [0, 2_000, None],
    "crossed_ns": [None, 0, 2 * S],
    "quote_age_ns": [0, 10 * S, None],
    "trade_age_ns": [0, 60 * S, None],
    "gap_ids_60s": [0, 1, 10],
    "bad_lines_10s": [0, 1],
    "clock_jump_ns": [0, S // 200, S // 20],
    "depth_10s_lots": [50, 10, None],
    "move_10s_ht": [0, 30, None],
    "missing": [(), ("trades",), ("latency", "quotes", "trades")],
    "warm": [True, False],
    "disconnected": [False, True],
}
worlds = st.tuples(
    st.one_of(st.integers(0, 12 * S), st.sampled_from((10 * S, 30 * S, 60 * S, 90 * S))),
    st.one_of(
        st.just((0,) * len(LEVELS)),
        st.tuples(*[st.one_of(st.just(0), st.integers(0, len(values) - 1)) for values in LEVELS.values()]),
    ),
    st.one_of(st.just((0,) * len(LEVELS)), st.tuples(*[st.integers(0, 2) for _ in LEVELS])),
    st.booleans(),
    st.booleans(),
)


def world(at_ns: int, levels: tuple[int, ...]) -> MarketState:
    figures = {
        name: values[min(len(values) - 1, level)]
        for (name, values), level in zip(LEVELS.items(), levels, strict=True)
    }
    return calm_state(at_ns, **figures)


@given(st.lists(worlds, min_size=1, max_size=15))
def test_a_worse_world_never_gives_a_larger_decision(
    history: list[tuple[int, tuple[int, ...], tuple[int, ...], bool, bool]],
) -> None:
    start = StartConfig(min_samples=1, cooldown_ns=0, probation_ns=0)
    better, worse = Layers(start), Layers(start)
    at_ns = T0
    for layers in (better, worse):
        first = layers.judge(calm_state(at_ns, tick=True), OPEN)
        assert (first.ceiling, first.budget_ppm) == (Ceiling.TAKE, PPM)
    for gap, levels, more, frozen, worse_frozen in history:
        at_ns += gap
        good = better.judge(world(at_ns, levels), SHUT if frozen else OPEN)
        bad = worse.judge(
            world(at_ns, tuple(map(add, levels, more))), SHUT if frozen or worse_frozen else OPEN
        )
        never_more(bad, good)


# --- the machine ----------------------------------------------------------------------------

# Ways for an input to be missing, as the state would show it.
BLIND: dict[str, dict[str, Any]] = {
    **{
        name: {name: None}
        for name in (
            "link_age_ns", "link_p999_ns", "quote_age_ns", "quote_p999_ns", "trade_age_ns", "trade_p999_ns",
            "spread_1s_ubps", "spread_base_1h_ubps", "spread_base_24h_ubps", "depth_10s_lots",
            "depth_base_1h_lots", "move_1s_ht", "move_10s_ht", "move_base_ht", "excess_ns",
            "excess_p95_10s_ns", "mid_ht",
        )
    },
    "warm": {"warm": False},
    "quotes": {"missing": ("quotes",)},
    "trades": {"missing": ("trades",)},
    "latency": {"missing": ("latency",)},
}  # fmt: skip


class Chain(RuleBasedStateMachine):
    """A pipeline under random events, and a twin that is restored from its snapshots."""

    def __init__(self) -> None:
        super().__init__()
        self.stream = Stream(T0)
        self.chain = new_chain()
        self.twin = through_json(self.chain)
        self.risk = OPEN
        self.fed = 0
        self.gate = Gate.BLOCKED
        self.opened: list[int] = []
        self.last: MarketEvent | None = None

    @initialize(seconds=st.sampled_from((0, 8, 19, 19, 19)))
    def warm_up(self, seconds: int) -> None:
        self.stream.calm(seconds)
        self.feed()

    def feed(self) -> None:
        """Give both chains what the stream has added."""
        for event in self.stream.events[self.fed :]:
            assert told(self.twin, event, self.risk) == told(self.chain, event, self.risk)
            if isinstance(event, (Quote, Trade)):
                self.last = event
            gate = self.chain.permission.gate
            if gate is Gate.ALLOWED and self.gate is not Gate.ALLOWED:
                self.opened.append(event.recv_ns)
            self.gate = gate
            self.layers_hold()
        self.fed = len(self.stream.events)

    @rule(
        kind=st.sampled_from(KINDS),
        wait=st.sampled_from(WAITS),
        figure=st.integers(min_value=1, max_value=9),
    )
    def something_happens(self, kind: str, wait: int, figure: int) -> None:
        self.stream.take((kind, wait, figure))
        self.feed()

    @rule(seconds=st.integers(1, 6))
    def all_is_calm(self, seconds: int) -> None:
        self.stream.calm(seconds)
        self.feed()

    @rule(is_open=st.booleans())
    def risk_turns(self, is_open: bool) -> None:
        self.risk = OPEN if is_open else SHUT

    @rule()
    def the_twin_is_restored(self) -> None:
        self.twin = through_json(self.chain)

    @rule()
    def both_are_restored(self) -> None:
        self.chain = through_json(self.chain)
        self.twin = through_json(self.twin)

    @precondition(lambda self: self.last is not None and self.last.recv_ns == self.chain.observer.now_ns)
    @rule()
    def a_message_comes_twice(self) -> None:
        for chain in (self.chain, self.twin):
            before = (chain.regime, chain.permission, chain.health, chain.decision)
            assert not chain.step(self.last, NO_ORDERS, self.risk)
            after = (chain.regime, chain.permission, chain.health, chain.decision)
            assert all(a is b for a, b in zip(after, before, strict=True))

    @precondition(lambda self: self.chain.state is not None)
    @rule(name=st.sampled_from(sorted(BLIND)), blind_s=st.integers(1, 3), seeing_s=st.integers(0, 12))
    def an_input_goes_missing(self, name: str, blind_s: int, seeing_s: int) -> None:
        """Beside the run: the same world goes on, once seen whole and once in part; never wider."""
        whole, part = through_json(self.chain), through_json(self.chain)
        assert self.chain.state is not None
        shown = self.chain.state.to_dict()
        for second in range(blind_s + seeing_s):
            now = {**shown, "tick": False, "time_ns": self.chain.observer.now_ns + second * S}
            blind = {**now, **BLIND[name]} if second < blind_s else now
            never_more(judged(part, state_from(blind), self.risk), judged(whole, state_from(now), self.risk))

    @invariant()
    def layers_hold(self) -> None:
        chain = self.chain
        decision = chain.decision
        shut = (
            chain.regime.regime in (Regime.UNSTABLE, Regime.UNKNOWN)
            or chain.permission.gate in (Gate.COOLDOWN, Gate.BLOCKED)
            or chain.health.colour is Colour.RED
        )
        if shut:
            assert (decision.ceiling, decision.budget_ppm, decision.eligible) == (Ceiling.NONE, 0, False)
        if chain.permission.gate is Gate.PROBATION:
            assert decision.ceiling <= Ceiling.PASSIVE
            assert decision.budget_ppm * 4 <= PPM
        if chain.health.colour is Colour.YELLOW:
            assert decision.ceiling <= Ceiling.PASSIVE
        if chain.regime.regime is Regime.FAST:
            assert decision.ceiling <= Ceiling.IMPROVE
        state = chain.state
        if state is not None and (state.missing or state.disconnected or not state.warm):
            assert decision.ceiling == Ceiling.NONE

    @invariant()
    def openings_are_apart(self) -> None:
        apart_ns = CONFIG.permission.cooldown_ns + CONFIG.permission.probation_ns
        for first, second in zip(self.opened, self.opened[1:], strict=False):
            assert second - first >= apart_ns

    @invariant()
    def time_adds_up(self) -> None:
        tally = self.chain.tally
        ran_ns = tally.last_ns - tally.first_ns
        saved = json.loads(json.dumps(tally.snapshot()))
        tally.settle()
        for clocked in (tally.regime, tally.gate, tally.colour, tally.episodes):
            assert sum(clocked.time_ns.values()) == (ran_ns if tally.evaluations else 0)
        tally.restore(saved)


TestChain = Chain.TestCase
TestChain.settings = settings(share(10), stateful_step_count=30)
