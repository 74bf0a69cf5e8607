"""Every risk control, found by discovery, keeps the promises of a control."""

from __future__ import annotations

import pkgutil
from dataclasses import fields, is_dataclass
from importlib import import_module
from types import ModuleType

import pytest

from tests.kit.orders import intent
from tests.kit.risk import INSTRUMENTS
from tools.core.events import Side
from tools.core.instrument import Instrument
from tools.core.orders import Intent
from tools.core.verdicts import Ceiling, Decision
from tools.risk import Exposure, ExposureBook, controls
from tools.risk.control import Question

MODULES: dict[str, ModuleType] = {
    found.name: import_module(f"tools.risk.controls.{found.name}")
    for found in pkgutil.iter_modules(controls.__path__)
    if not found.name.startswith("_")
}
EXAMPLES = [
    pytest.param(name, overrides, reason, id=f"{name}-{number}")
    for name, module in MODULES.items()
    for number, (overrides, reason) in enumerate(module.EXAMPLES)
]
KNOWN = {
    "frozen",
    "side",
    "qty_lots",
    "price_ticks",
    "mark_ht",
    "limit_e8",
    "position_lots",
    "open_buy_lots",
    "open_sell_lots",
    "others_mark_ht",
    "others_position_lots",
    "decision",
}


def limit_fields(config: type) -> list[str]:
    return [field.name for field in fields(config) if field.name.startswith("max_")]


def config_of(module: ModuleType, overrides: dict[str, object]):
    """Return the control's configuration; ``limit_e8`` stands for its one limit."""
    if "limit_e8" not in overrides:
        return module.Config()
    (name,) = limit_fields(module.Config)
    return module.Config(**{name: overrides["limit_e8"]})


def decision_of(ceiling: Ceiling) -> Decision:
    eligible = ceiling is not Ceiling.NONE
    return Decision(0, eligible, ceiling, 1_000_000 if eligible else 0, "", ())


def question_of(overrides: dict[str, object]) -> Question:
    """Return a question in which 1 lot x 1 tick is 1 e8; by default all is as it should be."""
    assert set(overrides) <= KNOWN, set(overrides) - KNOWN
    book = ExposureBook()
    book.by_symbol["A"] = own = Exposure(INSTRUMENTS["A"])
    own.position_lots = int(str(overrides.get("position_lots", 0)))
    own.set_open("open-buy", Side.BUY, int(str(overrides.get("open_buy_lots", 0))))
    own.set_open("open-sell", Side.SELL, int(str(overrides.get("open_sell_lots", 0))))
    price_ticks = overrides.get("price_ticks", 100)
    mark_ht = overrides.get("mark_ht")
    own.quote_ht = mark_ht  # type: ignore[assignment]
    if "others_mark_ht" in overrides or "others_position_lots" in overrides:
        book.by_symbol["B"] = other = Exposure(INSTRUMENTS["B"])
        other.position_lots = int(str(overrides.get("others_position_lots", 1)))
        other.quote_ht = overrides.get("others_mark_ht")  # type: ignore[assignment]
    asked = intent(
        Side(str(overrides.get("side", "BUY"))),
        int(str(overrides.get("qty_lots", 1))),
        price_ticks,  # type: ignore[arg-type]
        "A",
    )
    held, aggressiveness = overrides.get("decision", ("TAKE", "PASSIVE")) or (None, "PASSIVE")  # type: ignore[misc]
    asked = Intent(
        asked.symbol,
        asked.time_ns,
        asked.side,
        asked.qty_lots,
        asked.price_ticks,
        Ceiling[aggressiveness],
    )
    values = [
        value for value in (mark_ht, None if price_ticks is None else 2 * price_ticks) if value is not None
    ]
    return Question(
        intent=asked,
        exposure=own,
        book=book,
        frozen=bool(overrides.get("frozen", False)),
        reducing=own.reduces(asked.side, asked.qty_lots),
        value_ht=max(values) if values else None,
        decision=None if held is None else decision_of(Ceiling[held]),
    )


def state_of(question: Question) -> tuple[object, ...]:
    """Return everything in a question, deeply, to see whether a control touched it."""
    return (
        question.intent.to_json(),
        question.frozen,
        question.reducing,
        question.value_ht,
        [
            (name, e.position_lots, e.mark_ht, e.open_buy_lots, e.open_sell_lots, dict(e._open))
            for name, e in question.book.by_symbol.items()
        ],
    )


def test_controls_are_found() -> None:
    assert {"halt", "sanity", "mark", "inventory", "total_notional"} <= set(MODULES)
    for profile, names in controls.PROFILES.items():
        assert set(names) <= set(MODULES), profile
        assert names[0] == "halt", f"{profile}: the halt comes first"


@pytest.mark.parametrize("name", MODULES)
def test_a_control_is_a_plug_in(name: str) -> None:
    module = MODULES[name]
    assert module.__doc__
    assert is_dataclass(module.Config)
    assert module.Config.__dataclass_params__.frozen
    config = module.Config()  # every field has a default
    with pytest.raises(TypeError):
        module.Config(1)  # keywords only
    built = module.build(config)
    # Nothing is wrong with a small order at a real price.
    assert built.check(question_of({"mark_ht": 200})) is None


@pytest.mark.parametrize(("name", "overrides", "reason"), EXAMPLES)
def test_example(name: str, overrides: dict[str, object], reason: str | None) -> None:
    module = MODULES[name]
    control = module.build(config_of(module, overrides))
    question = question_of(overrides)
    before = state_of(question)
    finding = control.check(question)
    assert (None if finding is None else str(finding[0])) == reason
    assert state_of(question) == before
    assert control.check(question_of(overrides)) == finding == control.check(question)
    if finding is not None:
        assert finding[0] in set(module.Reason)
        for entry, observed, limit in finding[1]:
            assert "_" in entry
            assert observed is None or type(observed) is int
            assert limit is None or type(limit) is int


@pytest.mark.parametrize("name", MODULES)
def test_every_reason_has_an_example_and_something_passes(name: str) -> None:
    module = MODULES[name]
    seen = {reason for _, reason in module.EXAMPLES}
    assert seen - {None} == {reason.value for reason in module.Reason}
    assert None in seen


QUESTIONS = [
    {
        "side": side,
        "qty_lots": qty,
        "position_lots": position,
        "open_buy_lots": resting,
        "open_sell_lots": 2 * resting,
        "price_ticks": price,
        "mark_ht": mark,
        "others_position_lots": 3,
        "others_mark_ht": 20,
    }
    for side in ("BUY", "SELL")
    for qty in (1, 9)
    for position in (-7, 0, 7)
    for resting in (0, 4)
    for price, mark in ((100, None), (None, 150), (100, 300))
]


@pytest.mark.parametrize("name", [name for name in MODULES if limit_fields(MODULES[name].Config)])
def test_a_tighter_limit_never_approves_more(name: str) -> None:
    module = MODULES[name]
    limits = (0, 99, 100, 101, 400, 900, 1500, 3000, 10**9)
    flips = 0
    for field_name in limit_fields(module.Config):
        for overrides in QUESTIONS:
            passed = [
                module.build(module.Config(**{field_name: limit})).check(question_of(overrides)) is None
                for limit in limits
            ]
            assert passed == sorted(passed), (field_name, overrides)
            flips += passed[0] != passed[-1]
    assert flips > 20


@pytest.mark.parametrize("name", [name for name in MODULES if limit_fields(MODULES[name].Config)])
def test_more_of_the_same_never_passes_where_less_did_not(name: str) -> None:
    module = MODULES[name]
    for overrides in QUESTIONS:
        for limit in (100, 1500):
            control = module.build(module.Config(**{limit_fields(module.Config)[0]: limit}))
            passed = [
                control.check(question_of({**overrides, "qty_lots": qty})) is None for qty in (1, 2, 20, 500)
            ]
            # A reducing order passes beyond every limit; from flat on, more is never better.
            if (
                not question_of({**overrides, "qty_lots": 1}).reducing
                and int(str(overrides["position_lots"])) == 0
            ):
                assert passed == sorted(passed, reverse=True), overrides


def test_an_instrument_of_the_suite_is_worth_one_e8() -> None:
    one = Instrument(venue="t", symbol="A", tick="0.0001", lot="0.0001").steps()
    assert one.e8_up(2) == one.e8_down(2) == 1
