"""The page of theorems names tests that exist, and that run as often as it says."""

from __future__ import annotations

import importlib
import re
from typing import Any

import pytest
from hypothesis import settings

from tests.conftest import EXAMPLES
from tests.house.tree import ROOT

PAGE = (ROOT / "docs" / "concepts" / "theorems.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`tests/([\w/]+)\.py::(\w+)`", PAGE)

# Theorems of gate, health, decision: 3,000 examples or more each under `full`.
IN_FULL = ("property/test_gate", "property/test_health", "property/test_decision")
DEAR = (
    "test_looking_more_often_never_gives_more",
    "test_more_evaluations_of_the_same_figures_change_nothing",
)


def named(file: str, name: str) -> Any:
    return getattr(importlib.import_module(f"tests.{file.replace('/', '.')}"), name)


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_named_test_exists(file: str, name: str) -> None:
    assert callable(named(file, name))


def test_every_theorem_of_the_gate_has_its_row() -> None:
    assert re.findall(r"^\| (G\d) \|", PAGE, re.M) == [f"G{number}" for number in range(1, 9)]


@pytest.mark.parametrize(("file", "name"), [row for row in NAMED if row[0] in IN_FULL and row[1] not in DEAR])
def test_a_theorem_takes_its_number_from_the_profile(file: str, name: str) -> None:
    """A plain test has no examples, and one that draws them asks for no number of its own."""
    own = getattr(named(file, name), "_hypothesis_internal_use_settings", None)
    assert own is None or own.max_examples == settings().max_examples


def test_the_page_says_what_the_profiles_are() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", PAGE, re.M)
    assert {name: int(count.replace(",", "")) for name, count in rows} == EXAMPLES
    assert EXAMPLES["full"] >= 3_000
    for name, count in EXAMPLES.items():
        profile = settings.get_profile(name)
        assert (profile.max_examples, profile.derandomize) == (count, name != "other")
