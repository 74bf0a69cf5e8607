"""Silence: every pair of its table, deadlines that only move later, the latch after a ban."""

from __future__ import annotations

import json
from itertools import product

import pytest

from tools.core.errors import InvariantError, UsageError
from tools.core.units import NS_PER_S
from tools.risk import BackOff
from tools.risk.back_off import BACK_OFF_TABLE, NOTICES_MAX

S = NS_PER_S
T0 = 1_735_689_600 * S
UNTIL = T0 + 10 * S


def silence(state: str) -> tuple[BackOff, int]:
    """Return one in this state, and a time at which it is."""
    made, now_ns = BackOff(), T0
    if state != "CLEAR":
        made.told(T0, UNTIL, state in ("BANNED", "LATCHED"), "told")
    if state == "LATCHED":
        now_ns = UNTIL
        assert made.silent(now_ns)
    assert made.state == state
    return made, now_ns


def test_every_pair_is_a_row_or_illegal() -> None:
    legal = {(row[0], row[1]) for row in BACK_OFF_TABLE.rows}
    assert set(BACK_OFF_TABLE.states) == {"CLEAR", "WAITING", "BANNED", "LATCHED"}
    pairs = set(product(BACK_OFF_TABLE.states, BACK_OFF_TABLE.events))
    assert legal | set(BACK_OFF_TABLE.illegal) == pairs
    assert not legal & set(BACK_OFF_TABLE.illegal)
    assert all(len(row) == 4 and row[3].strip() for row in BACK_OFF_TABLE.rows), "each says what happens"


@pytest.mark.parametrize(
    ("state", "event"), list(product(("CLEAR", "WAITING", "BANNED", "LATCHED"), ("WAIT", "BAN")))
)
def test_told_follows_the_table(state: str, event: str) -> None:
    made, now_ns = silence(state)
    made.told(now_ns, now_ns + 60 * S, event == "BAN", "again")
    assert made.state == BACK_OFF_TABLE.step(state, event)[2]
    assert made.silent(now_ns + 60 * S - 1)


def test_a_deadline_is_over_at_its_own_time() -> None:
    made, _ = silence("WAITING")
    assert (made.silent(UNTIL - 1), made.wait_ns(UNTIL - 1)) == (True, 1)
    assert (made.silent(UNTIL), made.wait_ns(UNTIL)) == (False, 0)
    assert made.state == "CLEAR"


@pytest.mark.parametrize("ban", [False, True])
def test_a_later_shorter_answer_never_shortens_a_deadline(ban: bool) -> None:
    made, _ = silence("WAITING")
    made.told(T0 + S, T0 + 2 * S, ban, "shorter")
    assert made.until_ns == UNTIL
    assert made.silent(UNTIL - 1)
    made.told(T0 + 3 * S, UNTIL + S, False, "longer")
    assert made.until_ns == UNTIL + S


def test_a_clock_that_steps_back_does_not_end_a_silence() -> None:
    made, _ = silence("WAITING")
    assert not made.silent(UNTIL)
    assert made.silent(UNTIL - 1)
    assert made.wait_ns(UNTIL - 1) == 1


def test_after_a_ban_the_passing_of_time_is_not_enough() -> None:
    made, _ = silence("BANNED")
    assert made.wait_ns(T0) is None
    assert made.silent(UNTIL + 10**6 * S)
    assert made.state == "LATCHED"
    assert [notice.ban for notice in made.notices] == [True]
    made.release(UNTIL + 10**6 * S, "anna", "the loop that earned it is fixed")
    assert not made.silent(UNTIL + 10**6 * S)
    assert made.acts[0].operator == "anna"


@pytest.mark.parametrize("state", ["CLEAR", "WAITING", "BANNED"])
def test_an_operator_cannot_shorten_what_the_venue_asked_for(state: str) -> None:
    made, now_ns = silence(state)
    with pytest.raises(UsageError, match="RELEASE"):
        made.release(now_ns, "anna", "in a hurry")
    assert made.state == state


def test_a_release_needs_name_and_reason() -> None:
    made, now_ns = silence("LATCHED")
    for operator, reason in (("", "why"), ("anna", " ")):
        with pytest.raises(UsageError, match="name of the operator"):
            made.release(now_ns, operator, reason)
    assert made.state == "LATCHED"


def test_notices_are_bounded_and_counted() -> None:
    made = BackOff()
    for number in range(NOTICES_MAX + 2):
        made.told(T0 + number, UNTIL, number == 0, "x")
    assert (len(made.notices), made.notices_total, made.bans_total) == (NOTICES_MAX, NOTICES_MAX + 2, 1)


@pytest.mark.parametrize("state", ["CLEAR", "WAITING", "BANNED", "LATCHED"])
def test_a_snapshot_keeps_the_silence_over_a_restart(state: str) -> None:
    made, now_ns = silence(state)
    other = BackOff()
    other.restore(json.loads(json.dumps(made.snapshot())))
    assert other.snapshot() == made.snapshot()
    assert other.wait_ns(now_ns) == made.wait_ns(now_ns)
    with pytest.raises(InvariantError):
        other.restore({**made.snapshot(), "state": "NOWHERE"})
