"""Every risk control, found by discovery, keeps the promises of a control."""

from __future__ import annotations

import copy
import pkgutil
from dataclasses import fields, is_dataclass
from importlib import import_module
from itertools import pairwise
from types import ModuleType
from typing import Any

import pytest

from tests.kit.controls import FINE, World
from tools.core.errors import ConfigError
from tools.core.instrument import Instrument
from tools.risk import controls
from tools.risk.arguments import Reason as ArgumentReason
from tools.risk.control import CANCELS, CHANGES, EDGES, QUOTES, SENT, TICKS, WITHDRAWS
from tools.risk.fix import ORD_REJ_REASON, OTHER, ord_rej_reason
from tools.risk.holds import Trigger

MODULES: dict[str, ModuleType] = {
    found.name: import_module(f"tools.risk.controls.{found.name}")
    for found in pkgutil.iter_modules(controls.__path__)
    if not found.name.startswith("_")
}
EXAMPLES = [
    pytest.param(name, given, expected, id=f"{name}-{number}")
    for name, module in MODULES.items()
    for number, (given, expected) in enumerate(module.EXAMPLES)
]
HOOKS = {
    SENT: "on_sent",
    CANCELS: "on_cancel",
    CHANGES: "on_change",
    QUOTES: "on_quote",
    TICKS: "on_tick",
    EDGES: "on_edge",
    WITHDRAWS: "cancels_wanted",
}


def reasons(module: ModuleType) -> set[str]:
    return {member.value for member in getattr(module, "Reason", ())}


def state_of(world: World) -> tuple[object, ...]:
    """Return everything that a control could touch, deeply."""
    question = world.question()
    return copy.deepcopy(
        (
            question.intent.to_json(),
            world.book.snapshot(),
            world.figures.snapshot(),
            world.parents.snapshot(),
            world.control.snapshot(),
        )
    )


def test_controls_are_found_and_every_one_is_on_somewhere() -> None:
    listed: set[str] = set()
    for profile, names in controls.PROFILES.items():
        assert len(set(names)) == len(names), profile
        assert set(names) <= set(MODULES), profile
        assert names[0] == "halt", f"{profile}: the halt comes first"
        listed |= set(names)
    assert listed == set(MODULES)
    assert set(controls.DECLARED) | set(controls.COMPARED) <= set(controls.PROFILES)


@pytest.mark.parametrize("name", MODULES)
def test_a_control_is_a_plug_in(name: str) -> None:
    module = MODULES[name]
    assert module.__doc__
    assert is_dataclass(module.Config)
    assert module.Config.__dataclass_params__.frozen
    module.Config()  # every field has a default
    with pytest.raises(TypeError):
        module.Config(1)  # keywords only
    # Nothing is wrong with a small order at a real price in a market that is seen.
    assert World(module, FINE).answer() is None


@pytest.mark.parametrize("name", MODULES)
def test_a_control_listens_to_exactly_what_it_takes(name: str) -> None:
    control = MODULES[name].build(MODULES[name].Config())
    taken = {what for what, hook in HOOKS.items() if hook in type(control).__dict__}
    assert set(control.listens()) == taken


@pytest.mark.parametrize(("name", "given", "expected"), EXAMPLES)
def test_example(name: str, given: dict[str, Any], expected: str | None) -> None:
    module = MODULES[name]
    world = World(module, given)
    if expected is not None and expected not in reasons(module):
        assert world.trigger() == expected
        return
    before = state_of(world)
    finding = world.control.check(world.question())
    assert (None if finding is None else str(finding[0])) == expected or world.trigger() == expected
    assert state_of(world) == before, "a check changes nothing"
    assert World(module, given).control.check(World(module, given).question()) == finding
    if finding is not None:
        assert finding[0] in set(module.Reason)
        for entry, observed, limit in finding[1]:
            assert "_" in entry
            assert observed is None or type(observed) is int
            assert limit is None or type(limit) is int
    if expected is None:
        assert world.trigger() is None


@pytest.mark.parametrize(("name", "given", "expected"), EXAMPLES)
def test_headroom_is_told_at_any_time(name: str, given: dict[str, Any], expected: str | None) -> None:
    world = World(MODULES[name], given)
    before = state_of(world)
    rows = world.headroom()
    assert rows == world.headroom()
    assert state_of(world) == before, "telling changes nothing"
    assert rows, "every control says how near it is"
    units = ("_e8", "_ns", "_ubps", "_ppm", "_lots", "_ticks", "_count", "_level")
    for row, used, limit in rows:
        assert row.endswith(units)
        assert used is None or type(used) is int
        assert limit is None or type(limit) is int
    assert set(world.control.quiet_limits()) <= {row for row, _, _ in rows}
    assert [row for row, _, _ in rows] == [row for row, _, _ in World(MODULES[name], {}).headroom()]


@pytest.mark.parametrize("profile", controls.PROFILES)
def test_no_two_controls_share_the_name_of_a_limit(profile: str) -> None:
    names = [row[0] for name in controls.PROFILES[profile] for row in World(MODULES[name], {}).headroom()]
    assert len(set(names)) == len(names) >= len(controls.PROFILES[profile])


@pytest.mark.parametrize(("name", "given", "expected"), EXAMPLES)
def test_a_snapshot_leads_to_the_same_future(name: str, given: dict[str, Any], expected: str | None) -> None:
    world = World(MODULES[name], given)
    twin = world.restored()
    assert twin.control.snapshot() == world.control.snapshot()
    assert twin.answer() == world.answer()
    then = [("quote", 1_000, 1_001, 5, 5), ("order", "z", "BUY", 1, 1_000), ("fill", "z", 1, 1_000)]
    for happening in [*then, ("profit", -(10**12)), ("tick",), ("edge", 0), ("at", 7 * 10**9)]:
        world.trips.clear()
        twin.trips.clear()
        world.happen(*happening)
        twin.happen(*happening)
        assert [t.cause.to_json() for t in twin.trips] == [t.cause.to_json() for t in world.trips]
        assert twin.answer() == world.answer(), happening
    assert twin.control.snapshot() == world.control.snapshot()


@pytest.mark.parametrize("name", MODULES)
def test_every_reason_has_an_example_and_something_passes(name: str) -> None:
    module = MODULES[name]
    seen = {expected for _, expected in module.EXAMPLES}
    assert reasons(module) <= seen
    assert seen - {None} <= reasons(module) | set(Trigger)
    assert None in seen


def test_reasons_are_one_closed_enumeration() -> None:
    """No two controls share a reason, but for what the arguments of a call are refused with too."""
    owners: dict[str, list[str]] = {}
    for name, module in MODULES.items():
        for reason in reasons(module):
            owners.setdefault(reason, []).append(name)
    assert {reason: names for reason, names in owners.items() if len(names) > 1} == {}
    known = set(owners) | set(ArgumentReason)
    assert set(ORD_REJ_REASON) <= known
    for reason in known:
        assert type(ord_rej_reason(reason)) is int
    assert ord_rej_reason("QUOTE_STALE") == OTHER


# -- tighter and worse ------------------------------------------------------------------------

LIMITS = (0, 1, 2, 3, 99, 100, 101, 250, 900, 10**6, 10**8, 10**11, 10**14)
ORDERS = [
    {"side": side, "qty_lots": qty, "position_lots": position, "price_ticks": price, **quote}
    for side in ("BUY", "SELL")
    for qty in (1, 9)
    for position in (-7, 0, 7)
    for price in (100, 104)
    for quote in (
        {"quote": (99, 101), "intent_age_ns": 5},
        {"quote": (90, 110)},
        {"quote": (99, 101), "quote_age_ns": 3},
    )
]
HISTORY = (
    ("heartbeat",),
    ("quote", 99, 101, 2, 1),
    ("quote", 100, 102, 2, 1),
    ("parent", "p", "BUY", 9),
    ("order", "a", "BUY", 1, 100),
    ("fill", "a", 1, 100),
    ("order", "b", "SELL", 2, 101),
    ("fill", "b", 1, 99),
    ("cancel", "b"),
    ("order", "c", "BUY", 2, 99),
    ("profit", 50),
    ("tick",),
    ("profit", -50),
    ("tick",),
    ("at", 2),
)


def limit_fields(config: type) -> list[str]:
    return [field.name for field in fields(config) if field.name.startswith("max_")]


def verdicts(module: ModuleType, config: dict[str, Any]) -> list[bool] | None:
    """Return for each order whether it passes and nothing is held; None if it cannot be configured."""
    try:
        module.Config(**config)
    except ConfigError:
        return None
    out = []
    for order in ORDERS:
        figures = {"clock_offset": "0.0000001", "free_balance": "0.00001", "status": "TRADING"}
        world = World(module, {**order, **figures, "before": HISTORY, "config": config})
        out.append(world.answer() is None and world.trigger() is None)
    return out


@pytest.mark.parametrize(
    ("name", "field"),
    [(name, field) for name, module in MODULES.items() for field in limit_fields(module.Config)],
)
def test_a_tighter_limit_never_approves_more(name: str, field: str) -> None:
    module = MODULES[name]
    extra = {"floor_e8": 0} if name == "fat_finger" else {}
    extra |= {"small_loss_e8": 0} if name == "loss_streak" else {}
    extra |= {"cancel_reserve": 0} if name == "message_rate" else {}
    found = [verdicts(module, {**extra, field: limit}) for limit in LIMITS]
    rows = [row for row in found if row is not None]
    assert len(rows) > 5
    for tighter, looser in pairwise(rows):
        assert all(wide or not tight for tight, wide in zip(tighter, looser, strict=True)), field
    if (name, field) not in UNMOVED:
        assert rows[0] != rows[-1], f"{field} decides nothing here: this test would prove nothing"


# Limits that no history of this suite can reach, and where they are tested instead.
UNMOVED = {
    ("balance", "max_told_age_ns"): "tests/unit/test_fail_closed.py",
    ("child_orders", "max_children"): "tests/unit/test_controls.py",
    ("permission", "max_aggressiveness"): "every order of the suite rests",
}


@pytest.mark.parametrize(
    "name", ["inventory", "total_notional", "order_value", "fat_finger", "quantity_filter"]
)
def test_more_of_the_same_never_passes_where_less_did_not(name: str) -> None:
    module = MODULES[name]
    for order in ORDERS:
        for limit in (100, 1_500):
            field = limit_fields(module.Config)
            config = {field[0]: limit} if field else {}
            config |= {"floor_e8": 0} if name == "fat_finger" else {}
            given = {**order, "position_lots": 0, "before": HISTORY[:3], "config": config}
            passed = [World(module, {**given, "qty_lots": qty}).answer() is None for qty in (1, 2, 20, 500)]
            assert passed == sorted(passed, reverse=True), order


def test_an_instrument_of_the_suite_is_worth_one_e8() -> None:
    one = Instrument(venue="t", symbol="A", tick="0.0001", lot="0.0001").steps()
    assert one.e8_up(2) == one.e8_down(2) == 1
