"""The decision is monotone in every argument and in its configuration, and never exceeds a layer."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from tests.kit.market_states import T0, gate_verdict, health_verdict, regime_verdict, risk_verdict
from tools.core.units import PPM
from tools.core.verdicts import Ceiling, Colour, Decision, Gate, Regime
from tools.engine.decision import LAYERS, DecisionConfig, decide

# Each from best to worst; 96 points, so all of them instead of samples.
REGIMES = (Regime.NORMAL, Regime.FAST, Regime.UNSTABLE, Regime.UNKNOWN)
GATES = (Gate.ALLOWED, Gate.PROBATION, Gate.COOLDOWN, Gate.BLOCKED)
COLOURS = (Colour.GREEN, Colour.YELLOW, Colour.RED)
RISKS = (True, False)
CONFIGS = (
    DecisionConfig(),
    DecisionConfig(fast_budget_ppm=1, probation_budget_ppm=1_000_000, yellow_budget_ppm=7),
)
Point = tuple[int, int, int, int]
POINTS: list[Point] = list(itertools.product(range(4), range(4), range(3), range(2)))
BEST: Point = (0, 0, 0, 0)

budgets = st.one_of(st.sampled_from((1, PPM // 4, PPM // 2, PPM)), st.integers(1, PPM))
configs = st.builds(
    DecisionConfig, fast_budget_ppm=budgets, probation_budget_ppm=budgets, yellow_budget_ppm=budgets
)
points = st.sampled_from(POINTS)


def at(point: Point, config: DecisionConfig) -> Decision:
    return decide(
        regime_verdict(REGIMES[point[0]]),
        gate_verdict(GATES[point[1]]),
        health_verdict(COLOURS[point[2]]),
        risk_verdict(RISKS[point[3]]),
        T0,
        config,
    )


def never_more(worse: Decision, better: Decision) -> None:
    assert worse.ceiling <= better.ceiling
    assert worse.budget_ppm <= better.budget_ppm
    assert worse.eligible <= better.eligible


def test_monotone_in_every_pair() -> None:
    for config in CONFIGS:
        decisions = {point: at(point, config) for point in POINTS}
        for better, worse in itertools.product(POINTS, POINTS):
            if all(b <= w for b, w in zip(better, worse, strict=True)):
                never_more(decisions[worse], decisions[better])


@given(configs, points, points)
def test_worse_verdicts_never_give_a_larger_decision(config: DecisionConfig, one: Point, two: Point) -> None:
    """Under any budgets; the worse point is worse or equal in every layer."""
    better = tuple(min(pair) for pair in zip(one, two, strict=True))
    worse = tuple(max(pair) for pair in zip(one, two, strict=True))
    never_more(at(worse, config), at(one, config))  # type: ignore[arg-type]
    never_more(at(two, config), at(better, config))  # type: ignore[arg-type]


@given(configs, configs, points)
def test_smaller_budgets_never_give_a_larger_decision(
    one: DecisionConfig, two: DecisionConfig, point: Point
) -> None:
    less = DecisionConfig(
        fast_budget_ppm=min(one.fast_budget_ppm, two.fast_budget_ppm),
        probation_budget_ppm=min(one.probation_budget_ppm, two.probation_budget_ppm),
        yellow_budget_ppm=min(one.yellow_budget_ppm, two.yellow_budget_ppm),
    )
    never_more(at(point, less), at(point, one))


@given(configs, points)
def test_the_decision_is_the_meet_of_its_layers(config: DecisionConfig, point: Point) -> None:
    """No layer alone allows less, and a layer that is not named could be the best without change."""
    out = at(point, config)
    alone = [at(tuple(p if i == k else 0 for i, p in enumerate(point)), config) for k in range(4)]  # type: ignore[arg-type]
    assert out.ceiling == min(one.ceiling for one in alone)
    assert out.budget_ppm == min(one.budget_ppm for one in alone)
    kept = tuple(p if name in out.binding else 0 for name, p in zip(LAYERS, point, strict=True))
    without = at(kept, config)  # type: ignore[arg-type]
    assert (without.ceiling, without.budget_ppm) == (out.ceiling, out.budget_ppm)
    assert (out.binding == ()) == (at(BEST, config) == out)


@given(configs, points)
def test_shut_layers_shut_the_decision(config: DecisionConfig, point: Point) -> None:
    out = at(point, config)
    shut = point[0] >= 2 or point[1] >= 2 or point[2] == 2 or point[3] == 1
    assert out.eligible == (not shut)
    if shut:
        assert (out.ceiling, out.budget_ppm) == (Ceiling.NONE, 0)
        assert out.binding
    if point[1] == 1:
        assert out.ceiling <= Ceiling.PASSIVE
        assert out.budget_ppm <= config.probation_budget_ppm


def test_with_the_defaults_probation_is_a_quarter_and_rests_only() -> None:
    for point in POINTS:
        if GATES[point[1]] is Gate.PROBATION:
            out = at(point, DecisionConfig())
            assert out.ceiling <= Ceiling.PASSIVE
            assert out.budget_ppm * 4 <= PPM
