"""The decision is monotone in every argument and never exceeds a layer."""

from __future__ import annotations

import itertools

from tests.kit.market_states import T0, gate_verdict, health_verdict, regime_verdict, risk_verdict
from tools.core.verdicts import Ceiling, Colour, Decision, Gate, Regime
from tools.engine.decision import DecisionConfig, decide

# Each from best to worst; 96 points, so all of them instead of samples.
REGIMES = (Regime.NORMAL, Regime.FAST, Regime.UNSTABLE, Regime.UNKNOWN)
GATES = (Gate.ALLOWED, Gate.PROBATION, Gate.COOLDOWN, Gate.BLOCKED)
COLOURS = (Colour.GREEN, Colour.YELLOW, Colour.RED)
RISKS = (True, False)
CONFIGS = (
    DecisionConfig(),
    DecisionConfig(fast_budget_ppm=1, probation_budget_ppm=1_000_000, yellow_budget_ppm=7),
)
POINTS = list(itertools.product(range(4), range(4), range(3), range(2)))


def at(point: tuple[int, int, int, int], config: DecisionConfig) -> Decision:
    return decide(
        regime_verdict(REGIMES[point[0]]),
        gate_verdict(GATES[point[1]]),
        health_verdict(COLOURS[point[2]]),
        risk_verdict(RISKS[point[3]]),
        T0,
        config,
    )


def test_monotone_in_every_pair() -> None:
    for config in CONFIGS:
        decisions = {point: at(point, config) for point in POINTS}
        for better, worse in itertools.product(POINTS, POINTS):
            if all(b <= w for b, w in zip(better, worse, strict=True)):
                assert decisions[worse].ceiling <= decisions[better].ceiling
                assert decisions[worse].budget_ppm <= decisions[better].budget_ppm
                assert decisions[worse].eligible <= decisions[better].eligible


def test_shut_layers_shut_the_decision() -> None:
    for config in CONFIGS:
        for point in POINTS:
            out = at(point, config)
            shut = point[0] >= 2 or point[1] >= 2 or point[2] == 2 or point[3] == 1
            assert out.eligible == (not shut)
            if shut:
                assert (out.ceiling, out.budget_ppm) == (Ceiling.NONE, 0)
                assert out.binding
            if point[1] == 1:
                assert out.ceiling <= Ceiling.PASSIVE
                assert out.budget_ppm <= config.probation_budget_ppm
