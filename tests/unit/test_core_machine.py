"""Transition tables: complete, unambiguous, and strict about what they do not hold."""

from __future__ import annotations

import pytest

from tools.core.errors import ExitCode, InvariantError, LabError, UsageError
from tools.core.events import Side, parse_side
from tools.core.machine import Row, Table

ROWS: tuple[Row, ...] = (
    ("OFF", "PUSH", "ON", "lit"),
    ("ON", "PUSH", "OFF", "dark"),
    ("ON", "PULL", "ON", "stays"),
)


def test_a_complete_table_steps() -> None:
    table = Table("lamp", ROWS, illegal=(("OFF", "PULL"),))
    assert (table.states, table.events) == (("OFF", "ON"), ("PUSH", "PULL"))
    assert table.step("OFF", "PUSH") == ROWS[0]
    for state, event in (("OFF", "PULL"), ("ON", "KICK"), ("BROKEN", "PUSH")):
        with pytest.raises(UsageError, match=f"lamp: {event} is not possible in {state}"):
            table.step(state, event)


@pytest.mark.parametrize(
    ("rows", "illegal"),
    [
        (ROWS, ()),  # a pair is missing
        (ROWS, (("OFF", "PULL"), ("ON", "PULL"))),  # a pair is both
        ((*ROWS, ROWS[0]), (("OFF", "PULL"),)),  # a pair has two rows
        ((*ROWS, ("ON", "KICK", "BROKEN", "crash")), (("OFF", "PULL"), ("OFF", "KICK"))),  # no way out said
    ],
)
def test_a_table_that_is_not_complete_is_refused(rows, illegal) -> None:
    with pytest.raises(InvariantError):
        Table("lamp", rows, illegal)


def test_exit_codes_are_the_documented_table() -> None:
    assert [int(code) for code in ExitCode] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 130]
    for kind in LabError.__subclasses__():
        assert kind.exit_code not in (ExitCode.DONE, ExitCode.UNEXPECTED), kind


@pytest.mark.parametrize("text", ["Buy", "BUY", "buy", Side.BUY])
def test_sides(text: str) -> None:
    assert parse_side(text) is Side.BUY


@pytest.mark.parametrize("text", ["", "B", "Buy ", "Hold", None, 1, "BUYSELL"])
def test_sides_that_are_none(text: object) -> None:
    with pytest.raises(UsageError, match="side must be Buy or Sell"):
        parse_side(text)
