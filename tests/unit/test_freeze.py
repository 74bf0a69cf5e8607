"""The freeze: a complete table, the first cause kept, a bounded history."""

from __future__ import annotations

from itertools import product

import pytest
from tools.risk.freeze import FREEZE_TABLE, HISTORY_MAX, Freeze, FreezeCause, Trigger

from tools.core.errors import UsageError


def cause(number: int = 1) -> FreezeCause:
    return FreezeCause(number, Trigger.CALL, "A", None, None, f"cause {number}")


def latch(state: str) -> Freeze:
    made = Freeze()
    if state == "FROZEN":
        made.freeze(cause())
    return made


def act(made: Freeze, event: str) -> None:
    if event == "FREEZE":
        made.freeze(cause(2))
    elif event == "THAW":
        made.thaw(3, "anna", "because")
    else:
        made.reset()


def test_every_pair_is_a_row_or_illegal() -> None:
    legal = {(row[0], row[1]) for row in FREEZE_TABLE.rows}
    assert FREEZE_TABLE.states == ("ACTIVE", "FROZEN")
    assert sorted(FREEZE_TABLE.events) == ["FREEZE", "RESET", "THAW"]
    assert legal | set(FREEZE_TABLE.illegal) == set(product(FREEZE_TABLE.states, FREEZE_TABLE.events))
    assert not legal & set(FREEZE_TABLE.illegal)


@pytest.mark.parametrize(
    ("state", "event", "after"),
    [
        ("ACTIVE", "FREEZE", "FROZEN"),
        ("ACTIVE", "RESET", "ACTIVE"),
        ("FROZEN", "FREEZE", "FROZEN"),
        ("FROZEN", "THAW", "ACTIVE"),
        ("FROZEN", "RESET", "ACTIVE"),
    ],
)
def test_the_latch_follows_the_table(state: str, event: str, after: str) -> None:
    made = latch(state)
    act(made, event)
    assert made.frozen is (after == "FROZEN")
    assert FREEZE_TABLE.step(state, event)[2] == after


def test_illegal_pairs_raise_and_change_nothing() -> None:
    assert FREEZE_TABLE.illegal == (("ACTIVE", "THAW"),)
    made = latch("ACTIVE")
    with pytest.raises(UsageError, match="THAW is not possible in ACTIVE"):
        made.thaw(1, "anna", "because")
    assert (made.frozen, made.thaws, made.total) == (False, [], 0)


def test_the_first_cause_is_kept_and_the_others_join_the_history() -> None:
    made = Freeze()
    assert made.freeze(cause(1)) is True
    assert made.freeze(cause(2)) is False
    assert made.cause == cause(1)
    assert made.history == [cause(1), cause(2)]
    assert made.total == 1


def test_after_a_thaw_the_next_cause_counts() -> None:
    made = latch("FROZEN")
    made.thaw(5, "anna", "because")
    assert made.cause == cause(1)  # still tells why it was
    assert made.freeze(cause(9)) is True
    assert made.cause == cause(9)
    assert made.total == 2
    assert made.history == [cause(1), cause(9)]


def test_the_history_is_bounded_and_counts_what_it_drops() -> None:
    made = Freeze()
    for number in range(HISTORY_MAX + 7):
        made.freeze(cause(number))
    assert made.history == [cause(number) for number in range(HISTORY_MAX)]
    assert made.history_dropped == 7


def test_reset_forgets_everything() -> None:
    made = latch("FROZEN")
    made.thaw(1, "anna", "because")
    made.freeze(cause(2))
    made.reset()
    assert (made.frozen, made.cause, made.history, made.total, made.thaws) == (False, None, [], 0, [])
