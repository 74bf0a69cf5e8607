"""What each risk control says when it demands a hold: trigger, exact figure, scope, effect, length.

One lot at one tick is worth one e8 of the quote currency, as in ``test_risk_evidence.py``.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from tests.kit.controls import World
from tools.risk.holds import LatchTrip, TimerTrip

S = 10**9
E8 = 10**8
BPS = 10**6  # of micro-bps
PERCENT = 100 * BPS
BOUGHT = ("order", "a", "BUY", 1, 100)
TWICE = (("order", "a", "BUY", 2, 100), ("fill", "a", 1, 100), ("fill", "a", 1, 100))
PARENT = {"before": (("parent", "p", "BUY", 3),), "parent_id": "p"}


def module_of(name: str) -> ModuleType:
    return import_module(f"tools.risk.controls.{name}")


# What is demanded: trigger, figure, what it is about, what is held, how, and for how long (None: a latch).
HELD: list[tuple[str, dict[str, Any], tuple[Any, ...]]] = [
    (
        "edge",
        {"config": {"min_edge_ubps": 10}, "before": (("edge", 9),)},
        ("EDGE_BELOW_THRESHOLD", ("edge_ubps", 9, 10), "A", "", "HALT", None),
    ),
    (
        "edge",
        {"before": (("edge", None),)},
        ("EDGE_NOT_FINITE", ("edge_ubps", None, 3 * BPS // 2), "A", "", "HALT", None),
    ),
    (
        "fill_velocity",
        {"config": {"max_filled_e8": 199}, "before": TWICE},
        ("FILL_VELOCITY", ("filled_e8", 200, 199), "A", "A", "HALT", 10 * S),
    ),
    (
        "fill_velocity",
        {"config": {"max_net_e8": 199, "frozen_ns": 0}, "before": TWICE},
        ("FILL_VELOCITY", ("net_filled_e8", 200, 199), "A", "A", "HALT", None),
    ),
    (
        "loss_limit",
        {"config": {"max_daily_loss_e8": 10}, "before": (("profit", -11), ("tick",))},
        ("DAILY_LOSS", ("daily_loss_e8", 11, 10), None, "", "REDUCE_ONLY", None),
    ),
    (
        "loss_limit",
        {
            "config": {"max_drawdown_e8": 20},
            "before": (("profit", 30), ("tick",), ("profit", 9), ("tick",)),
        },
        ("DRAWDOWN", ("drawdown_e8", 30 - 9, 20), None, "", "REDUCE_ONLY", None),
    ),
    (
        "loss_limit",
        {"before": (("profit", None), ("tick",))},
        ("PNL_UNKNOWN", ("net_profit_e8", None, None), None, "", "REDUCE_ONLY", None),
    ),
    (
        "loss_streak",  # a lot bought at 100 and sold at 90 loses 10
        {
            "config": {"max_losses": 0, "small_loss_e8": 9},
            "before": (*TWICE, ("closed", "a"), ("order", "b", "SELL", 1, 90), ("fill", "b", 1, 90)),
        },
        ("LOSS_STREAK", ("losing_exits_count", 1, 0), "A", "A", "REDUCE_ONLY", 600 * S),
    ),
    (
        "repeated_execution",
        {
            "config": {"max_repeats": 0},
            "before": (BOUGHT, ("fill", "a", 1, 100), ("closed", "a"), ("order", "b", "BUY", 1, 100)),
        },
        ("REPEATED_EXECUTION", ("repeats_count", 1, 0), "A", "A", "HALT", None),
    ),
    (
        "velocity",
        {"before": (("quote", 1_000, 1_000, 1, 1), ("quote", 1_031, 1_031, 1, 1))},
        ("PRICE_VELOCITY", ("moved_ubps", 310 * BPS, 3 * PERCENT), "A", "A", "HALT", 5 * S),
    ),
    (
        "heartbeat",
        {"before": (("heartbeat",), ("at", 10 * S + 1), ("tick",))},
        ("HEARTBEAT_LOST", ("heartbeat_age_ns", 10 * S + 1, 10 * S), None, "", "HALT", 5 * S),
    ),
]


@pytest.mark.parametrize(
    ("name", "given", "expected"), [pytest.param(*case, id=f"{case[0]}-{case[2][0]}") for case in HELD]
)
def test_a_demand_for_a_hold_names_its_figure_scope_and_length(
    name: str, given: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    world = World(module_of(name), given)
    assert world.trips
    trip = world.trips[-1]
    cause = trip.cause
    for_ns = trip.for_ns if isinstance(trip, TimerTrip) else None
    assert isinstance(trip, LatchTrip if expected[5] is None else TimerTrip)
    figure = None if cause.figure is None else tuple(cause.figure)
    found = (cause.trigger.value, figure, cause.symbol, cause.scope, cause.effect.value, for_ns)
    assert found == expected
    assert cause.time_ns == world.now_ns
    assert cause.text.strip()
