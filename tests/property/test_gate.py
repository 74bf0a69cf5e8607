"""Theorems of the permission gate (G1 to G8), on generated histories of severities.

The gate's level is a function of maxima of monotone functions of time, so each of these is a
theorem; `docs/concepts/theorems.md` states them. Gaps are drawn at the edges of the configured
times as well as anywhere, and at odd nanoseconds, so that the leak never divides evenly.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from hypothesis import Phase, example, find, given, settings
from hypothesis import strategies as st

from tests.kit.effort import share
from tests.kit.market_states import T0, S, calm_state, regime_verdict
from tools.core.start import StartConfig
from tools.core.verdicts import Gate, Regime
from tools.permission import BAD, CLEAN, WARN, GateConfig, GateTimers, PermissionGate, SeverityConfig

WORSE = {Gate.ALLOWED: 0, Gate.PROBATION: 1, Gate.COOLDOWN: 2, Gate.BLOCKED: 3}
History = list[tuple[int, int]]  # gap before it in ns, severity from then on

severities = st.sampled_from((CLEAN, CLEAN, WARN, BAD))


@st.composite
def any_config(draw: st.DrawFn) -> GateConfig:
    cooldown_ns = draw(st.integers(0, 90 * S))
    return GateConfig(
        cooldown_ns=cooldown_ns,
        probation_ns=draw(st.integers(0, 60 * S)),
        debt_factor=draw(st.integers(0, 4)),
        debt_max_ns=draw(st.integers(0, 300 * S)),
        cooldown_max_ns=cooldown_ns + draw(st.integers(0, 600 * S)),
        leak_numerator=draw(st.integers(0, 5)),
        leak_denominator=draw(st.integers(1, 13)),
    )


configs = st.one_of(
    st.sampled_from(
        (
            GateConfig(),
            GateConfig(cooldown_ns=7 * S, probation_ns=3 * S, debt_max_ns=20 * S, cooldown_max_ns=30 * S),
            GateConfig(debt_factor=0, leak_numerator=0),
            GateConfig(leak_numerator=3, leak_denominator=7, probation_ns=0),
        )
    ),
    any_config(),
)


def gaps_of(config: GateConfig) -> st.SearchStrategy[int]:
    wait_ns = config.cooldown_ns + config.probation_ns
    edges = [0, 1, config.cooldown_ns, config.probation_ns, wait_ns, config.cooldown_max_ns]
    near = [edge + by for edge in edges for by in (-1, 0, 1) if edge + by >= 0]
    return st.one_of(st.sampled_from(near), st.integers(0, 45 * S + 7))


def steps_of(config: GateConfig, *more: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.tuples(gaps_of(config), severities, *more), min_size=1, max_size=40)


# A configuration, and a history for it.
cases = configs.flatmap(lambda config: st.tuples(st.just(config), steps_of(config)))


def started(config: GateConfig, at_ns: int = T0) -> GateTimers:
    timers = GateTimers(config)
    timers.open_after(at_ns, config.cooldown_ns, config.probation_ns)
    return timers


def run(timers: GateTimers, history: History, at_ns: int = T0) -> list[tuple[int, Gate]]:
    out = []
    for gap, severity in history:
        at_ns += gap
        out.append((at_ns, timers.advance(severity, at_ns)))
    return out


def openings(levels: list[tuple[int, Gate]]) -> list[int]:
    """Return when the gate came to ALLOWED from anything else."""
    out: list[int] = []
    before = Gate.COOLDOWN
    for at_ns, level in levels:
        if level is Gate.ALLOWED and before is not Gate.ALLOWED:
            out.append(at_ns)
        before = level
    return out


def test_the_histories_open_the_gate_more_than_once() -> None:
    """Without this the theorems could hold of gates that never open."""
    find(
        cases,
        lambda case: len(openings(run(started(case[0]), case[1]))) >= 3,
        # As many examples as in the house, however few the theorems are given.
        settings=settings(settings.get_profile("house"), phases=[Phase.generate]),
    )


# --- G1: worse input never gives more ------------------------------------------------------

worse_cases = configs.flatmap(
    lambda config: st.tuples(
        st.just(config),
        steps_of(config, st.integers(0, 2)),
        st.tuples(st.integers(0, 400 * S), st.integers(0, 400 * S), st.integers(0, 400 * S)),
    )
)


# The debt leaks so fast that the later bad moment asks for an earlier end: the maximum decides.
FAST_LEAK = GateConfig(debt_factor=4, leak_numerator=1, leak_denominator=1)
LATER_BAD = [(0, BAD, 0), (100 * S, CLEAN, 0), (50 * S, CLEAN, 2), (0, CLEAN, 0), (300 * S, CLEAN, 0)]


@given(worse_cases)
@example((FAST_LEAK, LATER_BAD, (0, 0, 0)))
def test_g1_worse_input_never_gives_more(
    case: tuple[GateConfig, list[tuple[int, int, int]], tuple[int, int, int]],
) -> None:
    """Also from a worse start: later until-times, more debt."""
    config, steps, (blocked, probation, debt) = case
    better, worse = started(config), started(config)
    worse.blocked_until_ns += blocked
    worse.probation_until_ns += max(blocked, probation)
    worse.debt_scaled = min(debt, config.debt_max_ns) * config.leak_denominator
    a = run(better, [(gap, severity) for gap, severity, _ in steps])
    b = run(worse, [(gap, min(BAD, severity + more)) for gap, severity, more in steps])
    for (_, good), (_, bad) in zip(a, b, strict=True):
        assert WORSE[bad] >= WORSE[good]
    assert worse.blocked_until_ns >= better.blocked_until_ns
    assert worse.probation_until_ns >= better.probation_until_ns
    assert worse.debt_scaled >= better.debt_scaled


class Strikes:
    """The other usual gate: each new bad stretch doubles the cooldown."""

    def __init__(self, cooldown_ns: int, probation_ns: int) -> None:
        self.cooldown_ns, self.probation_ns = cooldown_ns, probation_ns
        self.strikes = self.until_ns = 0
        self.bad = False

    def advance(self, severity: int, now_ns: int) -> Gate:
        if severity == BAD and not self.bad:
            self.strikes += 1
        if severity == BAD or self.bad:
            self.until_ns = now_ns + self.cooldown_ns * 2 ** (self.strikes - 1)
        self.bad = severity == BAD
        if self.bad:
            return Gate.BLOCKED
        if now_ns < self.until_ns:
            return Gate.COOLDOWN
        return Gate.PROBATION if now_ns < self.until_ns + self.probation_ns else Gate.ALLOWED


def test_counting_strikes_would_break_g1() -> None:
    """In the worse history two bad stretches run together, which are two strikes in the better one."""
    better = [(30 * S, BAD if ch == "B" else CLEAN) for ch in "B..B..BB......"]
    worse = [(30 * S, BAD if ch == "B" else CLEAN) for ch in "B..BBBBB......"]
    for strikes, out in ((True, []), (False, [])):
        for history in (better, worse):
            gate: Any = Strikes(60 * S, 30 * S) if strikes else started(GateConfig())
            at_ns, levels = T0, []
            for gap, severity in history:
                at_ns += gap
                levels.append(WORSE[gate.advance(severity, at_ns)])
            out.append(levels)
        kept = all(bad >= good for good, bad in zip(*out, strict=True))
        assert kept is not strikes


# --- G2, G3: how far an opening is from what was bad, and from the one before ----------------


@given(cases)
def test_g2_permission_is_that_far_from_the_last_bad(case: tuple[GateConfig, History]) -> None:
    config, history = case
    last_bad = T0  # the start counts as one
    previous = CLEAN
    for (at_ns, level), (_, severity) in zip(run(started(config), history), history, strict=True):
        if severity == BAD or previous == BAD:
            last_bad = at_ns
        previous = severity
        if level is Gate.ALLOWED:
            assert at_ns - last_bad >= config.cooldown_ns + config.probation_ns
        if level is Gate.PROBATION:
            assert at_ns - last_bad >= config.cooldown_ns


@given(cases, st.integers(0, 3_600 * S))
def test_g3_the_flap_bound(case: tuple[GateConfig, History], window_ns: int) -> None:
    """At most 1 + floor(W / (C0 + P)) openings in any window of length W, ends included."""
    config, history = case
    opened = openings(run(started(config), history))
    apart_ns = config.cooldown_ns + config.probation_ns
    for first, second in pairwise(opened):
        assert second - first >= apart_ns
    if apart_ns:
        # A window that holds the most can be moved to begin at an opening.
        for first in opened:
            inside = sum(1 for at_ns in opened if first <= at_ns <= first + window_ns)
            assert inside <= 1 + window_ns // apart_ns


def test_the_flap_bound_is_reached() -> None:
    """Bad for an instant at each opening: 41 openings in an hour with the defaults, and no more."""
    timers = started(GateConfig(debt_factor=0))
    history = [(90 * S, CLEAN)] + [(0, BAD), (0, CLEAN), (90 * S, CLEAN)] * 60
    opened = openings(run(timers, history))
    hour = [at_ns for at_ns in opened if at_ns <= opened[0] + 3_600 * S]
    assert len(hour) == 1 + 3_600 // 90 == 41


# --- G4, G5, G6 -----------------------------------------------------------------------------

dense_cases = configs.flatmap(
    lambda config: st.tuples(
        st.just(config), steps_of(config, st.lists(st.integers(0, 999), max_size=3).map(sorted))
    )
)


@given(dense_cases)
def test_g4_more_evaluations_of_the_same_change_nothing(
    case: tuple[GateConfig, list[tuple[int, int, list[int]]]],
) -> None:
    config, steps = case
    plain, dense = started(config), started(config)
    at_ns = T0
    held = CLEAN
    for gap, severity, extra in steps:
        for permille in extra:
            dense.advance(held, at_ns + gap * permille // 1000)
        at_ns += gap
        assert dense.advance(severity, at_ns) is plain.advance(severity, at_ns)
        assert dense.snapshot() == plain.snapshot()
        held = severity


@given(cases)
def test_g5_bad_blocks_at_once(case: tuple[GateConfig, History]) -> None:
    config, history = case
    for (_, level), (_, severity) in zip(run(started(config), history), history, strict=True):
        assert (level is Gate.BLOCKED) == (severity == BAD)


@given(cases)
def test_a_warning_never_shuts_an_open_gate(case: tuple[GateConfig, History]) -> None:
    config, history = case
    timers = started(config)
    run(timers, history)
    before = timers.advance(CLEAN, timers.last_ns)
    after = timers.advance(WARN, timers.last_ns)
    assert after is before or before is not Gate.ALLOWED


@given(cases)
def test_g6_it_opens_in_the_end(case: tuple[GateConfig, History]) -> None:
    config, history = case
    timers = started(config)
    at_ns = run(timers, history)[-1][0]
    timers.advance(CLEAN, at_ns)
    longest = min(config.cooldown_max_ns, config.cooldown_ns + config.debt_factor * config.debt_max_ns)
    assert timers.advance(CLEAN, at_ns + longest + config.probation_ns) is Gate.ALLOWED


def test_g6_with_the_defaults_is_630_seconds_and_not_one_less() -> None:
    timers = started(GateConfig())
    timers.advance(BAD, T0)
    timers.advance(CLEAN, T0 + 3_600 * S)
    assert timers.advance(CLEAN, T0 + (3_600 + 629) * S) is Gate.PROBATION
    assert timers.advance(CLEAN, T0 + (3_600 + 630) * S) is Gate.ALLOWED


# --- G7, G8 ---------------------------------------------------------------------------------


@given(cases, st.integers(-(10**18), 10**18))
def test_g7_time_shift(case: tuple[GateConfig, History], shift: int) -> None:
    config, history = case
    here, there = started(config), started(config, T0 + shift)
    levels = run(here, history)
    assert run(there, history, T0 + shift) == [(at_ns + shift, level) for at_ns, level in levels]
    moved = {
        name: value + shift if name.endswith("_ns") else value for name, value in here.snapshot().items()
    }
    assert there.snapshot() == moved


@given(cases, st.integers(0, 40))
def test_g8_restored_it_goes_on_alike(case: tuple[GateConfig, History], cut: int) -> None:
    config, history = case
    whole = started(config)
    run(whole, history[:cut])
    restored = GateTimers(config)
    restored.restore(json.loads(json.dumps(whole.snapshot())))
    at_ns = T0 + sum(gap for gap, _ in history[:cut])
    assert run(whole, history[cut:], at_ns) == run(restored, history[cut:], at_ns)
    assert whole.snapshot() == restored.snapshot()


# --- the gate as a whole, from figures ------------------------------------------------------

# Each figure from better to worse; None is the worst wherever it means "unknown".
FIGURES: dict[str, list[Any]] = {
    "excess_p95_10s_ns": [0, 10**8, 5 * 10**8, None],
    "excess_ns": [0, None],
    "link_age_ns": [0, None],
    "spread_1s_ubps": [100_000, 300_000, 600_000, None],
    "spread_base_1h_ubps": [100_000, None],
    "gap_ids_60s": [0, 1, 5],
    "bad_lines_10s": [0, 1],
    "crossed_ns": [None, 0],
    "disconnected": [False, True],
    "missing": [(), ("trades",), ("quotes", "trades")],
    "warm": [True, False],
}
REGIMES = (
    (Regime.NORMAL, False),
    (Regime.FAST, False),
    (Regime.UNSTABLE, False),
    (Regime.UNSTABLE, True),
    (Regime.UNKNOWN, False),
)
NOTHING_ODD = (0,) * len(FIGURES)
# Most figures are good most of the time, or nothing would ever open.
levels_of = [st.one_of(st.just(0), st.integers(0, len(values) - 1)) for values in FIGURES.values()]
figures = st.one_of(st.just(NOTHING_ODD), st.just(NOTHING_ODD), st.tuples(*levels_of))
regimes = st.one_of(st.just(0), st.integers(0, len(REGIMES) - 1))
worlds = st.tuples(
    st.one_of(st.integers(0, 20 * S), st.sampled_from((0, S // 2, 2 * S, 60 * S, 90 * S))),
    figures,
    regimes,
    st.tuples(*[st.integers(0, 1) for _ in FIGURES]),
    st.integers(0, 1),
)


def seen_by(gate: PermissionGate, at_ns: int, levels: tuple[int, ...], regime: int) -> Gate:
    changed = {
        name: values[min(len(values) - 1, level)]
        for (name, values), level in zip(FIGURES.items(), levels, strict=True)
    }
    which, hard = REGIMES[min(len(REGIMES) - 1, regime)]
    return gate.step(regime_verdict(which, at_ns, hard), calm_state(at_ns, **changed), at_ns).gate


def open_gate(config: GateConfig | None = None) -> PermissionGate:
    """Return a gate that was ALLOWED at `T0`."""
    gate = PermissionGate(
        GateConfig() if config is None else config, StartConfig(cooldown_ns=0, probation_ns=0)
    )
    assert seen_by(gate, T0, NOTHING_ODD, 0) is Gate.ALLOWED
    return gate


@given(st.lists(worlds, min_size=1, max_size=25))
def test_worse_figures_never_give_more(
    steps: list[tuple[int, tuple[int, ...], int, tuple[int, ...], int]],
) -> None:
    better, worse = open_gate(), open_gate()
    at_ns = T0
    for gap, levels, regime, more, worse_regime in steps:
        at_ns += gap + 1
        good = seen_by(better, at_ns, levels, regime)
        worse_levels = tuple(level + add for level, add in zip(levels, more, strict=True))
        assert WORSE[seen_by(worse, at_ns, worse_levels, regime + worse_regime)] >= WORSE[good]


# Without soft triggers, what is bad is bad at the evaluation that sees it.
HARD = GateConfig(severity=SeverityConfig(latency_evaluations=1, unstable_persist_ns=0, spread_persist_ns=0))
looks = st.lists(st.tuples(worlds, st.lists(st.integers(0, 999), max_size=3).map(sorted)), max_size=20)
Looks = list[tuple[tuple[int, tuple[int, ...], int, tuple[int, ...], int], list[int]]]


def levels_looked_at(config: GateConfig, steps: Looks) -> list[tuple[Gate, Gate]]:
    """Return the levels of a gate, and of one that looks at the same figures more often."""
    plain, dense = open_gate(config), open_gate(config)
    at_ns, held = T0, (NOTHING_ODD, 0)
    out = []
    for (gap, levels, regime, _, _), extra in steps:
        for permille in extra:
            seen_by(dense, at_ns + gap * permille // 1000, *held)
        at_ns += gap
        held = (levels, regime)
        out.append((seen_by(plain, at_ns, *held), seen_by(dense, at_ns, *held)))
    return out


@share(3)
@given(looks)
def test_more_evaluations_of_the_same_figures_change_nothing(steps: Looks) -> None:
    assert all(plain is dense for plain, dense in levels_looked_at(HARD, steps))


@share(3)
@given(looks)
def test_looking_more_often_never_gives_more(steps: Looks) -> None:
    """A soft trigger is noticed when its time is up, or at the first evaluation after that."""
    for plain, dense in levels_looked_at(GateConfig(), steps):
        assert WORSE[dense] >= WORSE[plain]


def test_late_evaluations_are_counted_so_that_more_of_them_are_not_the_same() -> None:
    """Why the two properties above differ: the second late evaluation is bad, however soon it comes."""
    once, twice = open_gate(), open_gate()
    late = (2, *NOTHING_ODD[1:])
    assert seen_by(once, T0 + S, late, 0) is Gate.ALLOWED
    assert seen_by(twice, T0 + S, late, 0) is Gate.ALLOWED
    assert seen_by(twice, T0 + S, late, 0) is Gate.ALLOWED  # the same instant counts once
    assert seen_by(twice, T0 + S + 1, late, 0) is Gate.BLOCKED
    assert seen_by(once, T0 + 3 * S, NOTHING_ODD, 0) is Gate.ALLOWED
