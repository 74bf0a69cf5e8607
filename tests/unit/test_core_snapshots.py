"""Reading snapshots back: every reader takes what it is for, and nothing that merely resembles it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType

import pytest

from tools.core import plugins, snapshots
from tools.core.canon import plain
from tools.core.errors import ConfigError, InvariantError
from tools.core.events import Tick
from tools.core.units import E8, decimal_text
from tools.risk import RiskConfig

EVIDENCE = ["spread_ubps", 3, None]

GOOD: list[tuple[Callable[..., object], object, object]] = [
    (snapshots.read_int, -3, -3),
    (snapshots.read_bool, False, False),
    (snapshots.read_text, "", ""),
    (snapshots.read_list, (1, "a"), [1, "a"]),
    (snapshots.read_opt, None, None),
    (snapshots.read_opt, 0, 0),
    (snapshots.read_part, {"a": 1}, {"a": 1}),
    (snapshots.read_parts, [{}, {"a": 1}], [{}, {"a": 1}]),
    (snapshots.read_ints, [1, -2], [1, -2]),
    (snapshots.read_evidence, [EVIDENCE], (("spread_ubps", 3, None),)),
]
BAD: list[tuple[Callable[..., object], list[object]]] = [
    (snapshots.read_int, [True, "1", None, 1.0, []]),
    (snapshots.read_bool, [1, 0, None, "true"]),
    (snapshots.read_text, [1, None, b"x"]),
    (snapshots.read_list, [None, "ab", {}, 3]),
    (snapshots.read_opt, [True, "1", 1.5]),
    (snapshots.read_part, [None, [], "x"]),
    (snapshots.read_parts, [[1], {}, [{}, None]]),
    (snapshots.read_ints, [[True], ["1"], [None], 3]),
    (
        snapshots.read_evidence,
        [["ab"], [["a", 1]], [["a", 1, 2, 3]], [[1, 1, 1]], [["a", "1", 1]], [["a", 1, "1"]], 3],
    ),
]


@pytest.mark.parametrize(("read", "value", "expected"), GOOD)
def test_what_was_written_is_read(read: Callable[..., object], value: object, expected: object) -> None:
    assert read({"key": value}, "key") == expected


@pytest.mark.parametrize(
    ("read", "value"), [(read, value) for read, values in BAD for value in values], ids=repr
)
def test_anything_else_is_named_and_refused(read: Callable[..., object], value: object) -> None:
    with pytest.raises(InvariantError, match="snapshot: key "):
        read({"key": value}, "key")


@pytest.mark.parametrize("read", [read for read, _ in BAD])
def test_a_missing_key_is_no_value(read: Callable[..., object]) -> None:
    with pytest.raises(InvariantError):
        read({}, "key")


def test_the_list_that_is_read_is_a_new_one() -> None:
    kept = [1, 2]
    snapshots.read_list({"key": kept}, "key").append(3)
    snapshots.read_ints({"key": kept}, "key").append(3)
    assert kept == [1, 2]


def test_records_become_plain_however_deep() -> None:
    tick = Tick(5)
    told = {"key": 5}
    body = plain({"a": [tick, (told,)], "b": {"c": tick}})
    assert body == {"a": [{"recv_ns": 5}, [told]], "b": {"c": {"recv_ns": 5}}}


@pytest.mark.parametrize("changed", [{"max_inventory_e8": 0}, {"max_inventory_e8": -1}, {"max_total_e8": 0}])
def test_risk_limits_of_a_configuration_are_positive(changed: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match="must be positive"):
        RiskConfig(**changed)
    assert RiskConfig().max_inventory_e8 == 10_000 * E8


@pytest.mark.parametrize(
    ("value", "text"),
    [("1e3", "1000"), ("1.5e1", "15"), ("1.234E2", "123.4"), ("12e-1", "1.2"), ("-5e-3", "-0.005")],
)
def test_exponents_are_expanded_by_moving_the_point(value: str, text: str) -> None:
    assert decimal_text(value) == text


# -- plug-ins -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "_hidden", "no such", "../halt", "halt.x", "nosuch"])
def test_a_name_that_is_no_plug_in_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="there is no plug-in named"):
        plugins.load_plugin("tools.risk.controls", name)


@pytest.mark.parametrize("part", ["Config", "EXAMPLES", "build"])
def test_a_file_without_one_of_the_three_parts_is_no_plug_in(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("tools.risk.controls.partial")
    for name in {"Config", "EXAMPLES", "build"} - {part}:
        setattr(module, name, object())
    monkeypatch.setitem(sys.modules, "tools.risk.controls.partial", module)
    with pytest.raises(ConfigError, match=f"needs {part}"):
        plugins.load_plugin("tools.risk.controls", "partial")


def test_what_a_plug_in_itself_cannot_find_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(path: str) -> ModuleType:
        raise ModuleNotFoundError("no numpy", name="numpy")

    monkeypatch.setattr(plugins, "import_module", missing)
    with pytest.raises(ModuleNotFoundError, match="no numpy"):
        plugins.load_plugin("tools.risk.controls", "halt")
