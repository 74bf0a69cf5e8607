"""Every regime detector, found by discovery, keeps the promises of a detector."""

from __future__ import annotations

import json
import pkgutil
from dataclasses import is_dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from tests.kit.market_states import T0, S, calm_state
from tools.observer import regimes

WARM = 120
MODULES: dict[str, ModuleType] = {
    found.name: module
    for found in pkgutil.iter_modules(regimes.__path__)
    if hasattr(module := import_module(f"tools.observer.regimes.{found.name}"), "EXAMPLES")
}
EXAMPLES = [
    pytest.param(name, *example, id=f"{name}-{number}")
    for name, module in MODULES.items()
    for number, example in enumerate(module.EXAMPLES)
]


def built(name: str) -> Any:
    module = MODULES[name]
    return module.build(module.Config(), "minor", WARM)


def drive(detector: Any, usual: dict[str, Any], after: tuple[dict[str, Any], ...]) -> int:
    """Show the usual second WARM times, then those after it; return the time of the last."""
    now = T0
    for changed in [usual] * WARM + list(after):
        now += S
        detector.sample(calm_state(now, tick=True, **changed))
    return now


def told(detector: Any, now: int) -> tuple[object, ...]:
    return (
        detector.level(now),
        detector.reason(now),
        detector.evidence(now),
        detector.hold_until_ns(),
        detector.warm(),
        detector.bounds(),
    )


def test_the_default_detector_is_found() -> None:
    assert "robust_cusum" in MODULES


@pytest.mark.parametrize("name", MODULES)
def test_is_a_plug_in(name: str) -> None:
    module = MODULES[name]
    assert is_dataclass(module.Config) and module.Config.__dataclass_params__.frozen
    assert module.EXAMPLES, "a detector shows what it does"
    detector = built(name)
    assert not detector.warm()
    now = drive(detector, {}, ())
    assert detector.warm()
    assert (detector.level(now), detector.reason(now)) == (0, "")


@pytest.mark.parametrize(("name", "usual", "after", "reason"), EXAMPLES)
def test_example(name: str, usual: dict[str, Any], after: tuple[dict[str, Any], ...], reason: str) -> None:
    detector = built(name)
    now = drive(detector, usual, after)
    assert detector.reason(now) == reason
    assert (detector.level(now) > 0) == (reason != "")
    if reason:
        assert reason in {str(item) for item in MODULES[name].Reason}


@pytest.mark.parametrize(("name", "usual", "after", "reason"), EXAMPLES)
def test_same_input_same_output_and_same_future(
    name: str, usual: dict[str, Any], after: tuple[dict[str, Any], ...], reason: str
) -> None:
    one, two = built(name), built(name)
    now = drive(one, usual, ())
    two.restore(json.loads(json.dumps(one.snapshot())))
    for changed in after:
        now += S
        state = calm_state(now, tick=True, **changed)
        before = state.to_json()
        one.sample(state)
        two.sample(state)
        assert state.to_json() == before
        assert told(one, now) == told(two, now)
