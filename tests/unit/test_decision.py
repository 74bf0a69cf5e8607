"""The decision: the table of ceilings and budgets, the meet, binding and reasons."""

from __future__ import annotations

import itertools
import json

import pytest

from tests.kit.market_states import T0, gate_verdict, health_verdict, regime_verdict, risk_verdict
from tools.core.errors import ConfigError
from tools.core.verdicts import Ceiling, Colour, Decision, Gate, Regime
from tools.engine.decision import LAYERS, DecisionConfig, DecisionLayer, Reason, decide

REGIMES = {
    Regime.NORMAL: (3, 1_000_000),
    Regime.FAST: (2, 500_000),
    Regime.UNSTABLE: (0, 0),
    Regime.UNKNOWN: (0, 0),
}
GATES = {
    Gate.ALLOWED: (3, 1_000_000),
    Gate.PROBATION: (1, 250_000),
    Gate.COOLDOWN: (0, 0),
    Gate.BLOCKED: (0, 0),
}
COLOURS = {Colour.GREEN: (3, 1_000_000), Colour.YELLOW: (1, 500_000), Colour.RED: (0, 0)}
RISKS = {True: (3, 1_000_000), False: (0, 0)}


def decision(regime: Regime, gate: Gate, colour: Colour, risk: bool) -> Decision:
    return decide(regime_verdict(regime), gate_verdict(gate), health_verdict(colour), risk_verdict(risk), T0)


def test_every_combination_is_the_meet_of_the_table() -> None:
    for regime, gate, colour, risk in itertools.product(REGIMES, GATES, COLOURS, RISKS):
        limits = [REGIMES[regime], GATES[gate], COLOURS[colour], RISKS[risk]]
        ceiling = min(limit[0] for limit in limits)
        budget = min(limit[1] for limit in limits)
        out = decision(regime, gate, colour, risk)
        assert (out.ceiling, out.budget_ppm, out.eligible) == (ceiling, budget, ceiling > 0)
        binding = tuple(
            name
            for name, limit in zip(LAYERS, limits, strict=True)
            if (limit[0] == ceiling and ceiling < 3) or (limit[1] == budget and budget < 1_000_000)
        )
        assert out.binding == binding
        assert out.reason == ("ELIGIBLE" if ceiling else binding[0].upper())
        assert out.time_ns == T0


@pytest.mark.parametrize(
    ("args", "reason", "binding"),
    [
        ((Regime.NORMAL, Gate.ALLOWED, Colour.GREEN, True), Reason.ELIGIBLE, ()),
        ((Regime.FAST, Gate.PROBATION, Colour.YELLOW, True), Reason.ELIGIBLE, ("permission", "health")),
        ((Regime.UNSTABLE, Gate.BLOCKED, Colour.RED, False), Reason.REGIME, LAYERS),
        ((Regime.FAST, Gate.COOLDOWN, Colour.GREEN, True), Reason.PERMISSION, ("permission",)),
        ((Regime.NORMAL, Gate.PROBATION, Colour.RED, True), Reason.HEALTH, ("health",)),
        ((Regime.NORMAL, Gate.ALLOWED, Colour.YELLOW, False), Reason.RISK, ("risk",)),
    ],
)
def test_reasons(args: tuple[Regime, Gate, Colour, bool], reason: Reason, binding: tuple[str, ...]) -> None:
    out = decision(*args)
    assert (out.reason, out.binding) == (reason, binding)


def test_every_reason_is_reached() -> None:
    seen = {decision(*args).reason for args in itertools.product(REGIMES, GATES, COLOURS, RISKS)}
    assert seen == set(Reason)


def test_budgets_are_configurable() -> None:
    config = DecisionConfig(fast_budget_ppm=100)
    out = decide(
        regime_verdict(Regime.FAST),
        gate_verdict(Gate.ALLOWED),
        health_verdict(Colour.YELLOW),
        risk_verdict(True),
        T0,
        config,
    )
    # One layer holds the budget, another the ceiling.
    assert (out.ceiling, out.budget_ppm, out.binding) == (Ceiling.PASSIVE, 100, ("regime", "health"))


@pytest.mark.parametrize("key", ["fast_budget_ppm", "probation_budget_ppm", "yellow_budget_ppm"])
@pytest.mark.parametrize("value", [0, 1_000_001])
def test_configuration_is_checked(key: str, value: int) -> None:
    with pytest.raises(ConfigError, match=rf"^decision\.{key}:"):
        DecisionConfig(**{key: value})


def test_the_layer_keeps_its_answer_while_nothing_changes() -> None:
    layer = DecisionLayer()
    inputs = (gate_verdict(Gate.ALLOWED), health_verdict(Colour.GREEN), risk_verdict(True))
    first = layer.step(regime_verdict(), *inputs, T0)
    assert first.eligible
    # Other objects that say the same.
    assert layer.step(regime_verdict(Regime.NORMAL, T0 + 5), *inputs, T0 + 5) is first
    second = layer.step(regime_verdict(Regime.FAST), *inputs, T0 + 6)
    assert (second.time_ns, second.ceiling) == (T0 + 6, Ceiling.IMPROVE)
    third = layer.step(regime_verdict(Regime.FAST), *inputs[:2], risk_verdict(False), T0 + 7)
    assert not third.eligible
    restored = DecisionLayer()
    restored.restore(json.loads(json.dumps(layer.snapshot())))
    again = restored.step(regime_verdict(Regime.FAST), *inputs[:2], risk_verdict(False), T0 + 9)
    assert again.to_json() == third.to_json()
    assert restored.snapshot() == layer.snapshot()


def test_the_first_answer_is_given_even_if_everything_is_shut() -> None:
    layer = DecisionLayer()
    out = layer.step(
        regime_verdict(Regime.UNKNOWN),
        gate_verdict(Gate.BLOCKED),
        health_verdict(Colour.RED),
        risk_verdict(False),
        T0,
    )
    assert (out.time_ns, out.binding) == (T0, LAYERS)
