"""Theorems of the permission gate (G1 to G8), on generated histories of severities."""

from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.kit.market_states import T0, S, calm_state, regime_verdict
from tools.core.start import StartConfig
from tools.core.verdicts import Gate, Regime
from tools.permission import BAD, CLEAN, WARN, GateConfig, GateTimers, PermissionGate

EXAMPLES = 300
WORSE = {Gate.ALLOWED: 0, Gate.PROBATION: 1, Gate.COOLDOWN: 2, Gate.BLOCKED: 3}

# Odd times, so that the leak never divides evenly.
gaps = st.integers(0, 45 * S + 7)
severities = st.sampled_from((CLEAN, CLEAN, WARN, BAD))
histories = st.lists(st.tuples(gaps, severities), min_size=1, max_size=40)
configs = st.sampled_from(
    (
        GateConfig(),
        GateConfig(cooldown_ns=7 * S, probation_ns=3 * S, debt_max_ns=20 * S, cooldown_max_ns=30 * S),
        GateConfig(debt_factor=0, leak_numerator=0),
        GateConfig(leak_numerator=3, leak_denominator=7, probation_ns=0),
    )
)


def started(config: GateConfig, at_ns: int = T0) -> GateTimers:
    timers = GateTimers(config)
    timers.open_after(at_ns, config.cooldown_ns, config.probation_ns)
    return timers


def run(timers: GateTimers, history: list[tuple[int, int]], at_ns: int = T0) -> list[tuple[int, Gate]]:
    out = []
    for gap, severity in history:
        at_ns += gap
        out.append((at_ns, timers.advance(severity, at_ns)))
    return out


@settings(max_examples=2 * EXAMPLES, derandomize=True, deadline=None)
@given(configs, st.lists(st.tuples(gaps, severities, st.integers(0, 2)), max_size=40), st.booleans())
def test_g1_worse_input_never_gives_more(
    config: GateConfig, steps: list[tuple[int, int, int]], worse_start: bool
) -> None:
    better, worse = started(config), started(config)
    if worse_start:
        worse.advance(BAD, T0)
        worse.advance(CLEAN, T0)
    a = run(better, [(gap, severity) for gap, severity, _ in steps])
    b = run(worse, [(gap, min(BAD, severity + more)) for gap, severity, more in steps])
    for (_, good), (_, bad) in zip(a, b, strict=True):
        assert WORSE[bad] >= WORSE[good]
    assert worse.blocked_until_ns >= better.blocked_until_ns
    assert worse.probation_until_ns >= better.probation_until_ns
    assert worse.debt_scaled >= better.debt_scaled


@settings(max_examples=EXAMPLES, derandomize=True, deadline=None)
@given(configs, histories)
def test_g2_permission_is_that_far_from_the_last_bad(
    config: GateConfig, history: list[tuple[int, int]]
) -> None:
    levels = run(started(config), history)
    last_bad = T0  # the start counts as one
    previous = CLEAN
    for (at_ns, level), (_, severity) in zip(levels, history, strict=True):
        if severity == BAD or previous == BAD:
            last_bad = at_ns
        previous = severity
        if level is Gate.ALLOWED:
            assert at_ns - last_bad >= config.cooldown_ns + config.probation_ns
        if level is Gate.PROBATION:
            assert at_ns - last_bad >= config.cooldown_ns


@settings(max_examples=EXAMPLES, derandomize=True, deadline=None)
@given(configs, histories)
def test_g3_openings_are_apart(config: GateConfig, history: list[tuple[int, int]]) -> None:
    opened: list[int] = []
    before = Gate.COOLDOWN
    for at_ns, level in run(started(config), history):
        if level is Gate.ALLOWED and before is not Gate.ALLOWED:
            opened.append(at_ns)
        before = level
    for first, second in pairwise(opened):
        assert second - first >= config.cooldown_ns + config.probation_ns


@settings(max_examples=2 * EXAMPLES, derandomize=True, deadline=None)
@given(configs, st.lists(st.tuples(gaps, severities, st.lists(st.integers(0, 999), max_size=3)), max_size=30))
def test_g4_more_evaluations_of_the_same_change_nothing(
    config: GateConfig, steps: list[tuple[int, int, list[int]]]
) -> None:
    plain, dense = started(config), started(config)
    at_ns = T0
    held = CLEAN
    for gap, severity, extra in steps:
        for permille in sorted(extra):
            dense.advance(held, at_ns + gap * permille // 1000)
        at_ns += gap
        assert dense.advance(severity, at_ns) is plain.advance(severity, at_ns)
        assert dense.snapshot() == plain.snapshot()
        held = severity


@settings(max_examples=EXAMPLES, derandomize=True, deadline=None)
@given(configs, histories)
def test_g5_bad_blocks_at_once(config: GateConfig, history: list[tuple[int, int]]) -> None:
    for (_, level), (_, severity) in zip(run(started(config), history), history, strict=True):
        assert (level is Gate.BLOCKED) == (severity == BAD)


@settings(max_examples=EXAMPLES, derandomize=True, deadline=None)
@given(configs, histories)
def test_g6_it_opens_in_the_end(config: GateConfig, history: list[tuple[int, int]]) -> None:
    timers = started(config)
    at_ns = run(timers, history)[-1][0]
    timers.advance(CLEAN, at_ns)
    longest = min(config.cooldown_max_ns, config.cooldown_ns + config.debt_factor * config.debt_max_ns)
    assert timers.advance(CLEAN, at_ns + longest + config.probation_ns) is Gate.ALLOWED


@settings(max_examples=EXAMPLES, derandomize=True, deadline=None)
@given(configs, histories, st.integers(-(10**18), 10**18))
def test_g7_time_shift(config: GateConfig, history: list[tuple[int, int]], shift: int) -> None:
    here = run(started(config), history)
    there = run(started(config, T0 + shift), history, T0 + shift)
    assert [level for _, level in here] == [level for _, level in there]


@settings(max_examples=EXAMPLES, derandomize=True, deadline=None)
@given(configs, histories, st.integers(0, 40))
def test_g8_restored_it_goes_on_alike(config: GateConfig, history: list[tuple[int, int]], cut: int) -> None:
    assume(cut < len(history))
    whole = started(config)
    run(whole, history[:cut])
    restored = GateTimers(config)
    restored.restore(json.loads(json.dumps(whole.snapshot())))
    at_ns = T0 + sum(gap for gap, _ in history[:cut])
    assert run(whole, history[cut:], at_ns) == run(restored, history[cut:], at_ns)
    assert whole.snapshot() == restored.snapshot()


# The gate as a whole, from figures: what is worse, figure by figure.
FIGURES: dict[str, list[object]] = {
    "excess_p95_10s_ns": [0, 10**8, 5 * 10**8, None],
    "spread_1s_ubps": [100_000, 300_000, 600_000, None],
    "gap_ids_60s": [0, 1, 5],
    "crossed_ns": [None, 0],
    "disconnected": [False, True],
}
REGIMES = (
    (Regime.NORMAL, False),
    (Regime.FAST, False),
    (Regime.UNSTABLE, False),
    (Regime.UNSTABLE, True),
    (Regime.UNKNOWN, False),
)
worlds = st.tuples(
    st.integers(0, 20 * S),
    st.tuples(*[st.integers(0, len(values) - 1) for values in FIGURES.values()]),
    st.integers(0, len(REGIMES) - 1),
    st.tuples(*[st.integers(0, 1) for _ in FIGURES]),
    st.integers(0, 1),
)


@settings(max_examples=EXAMPLES, derandomize=True, deadline=None)
@given(st.lists(worlds, min_size=1, max_size=25))
def test_worse_figures_never_give_more(
    steps: list[tuple[int, tuple[int, ...], int, tuple[int, ...], int]],
) -> None:
    start = StartConfig(cooldown_ns=0, probation_ns=0)
    gates = (PermissionGate(GateConfig(), start), PermissionGate(GateConfig(), start))
    at_ns = T0
    for gate in gates:
        gate.step(regime_verdict(), calm_state(at_ns), at_ns)
    for gap, levels, regime, more, worse_regime in steps:
        at_ns += gap + 1
        seen = []
        for k, gate in enumerate(gates):
            figures = {}
            for name, level, add in zip(FIGURES, levels, more, strict=True):
                values = FIGURES[name]
                figures[name] = values[min(len(values) - 1, level + k * add)]
            which, hard = REGIMES[min(len(REGIMES) - 1, regime + k * worse_regime)]
            verdict = regime_verdict(which, at_ns, hard)
            seen.append(WORSE[gate.step(verdict, calm_state(at_ns, **figures), at_ns).gate])
        assert seen[1] >= seen[0]
