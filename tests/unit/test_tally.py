"""Counting: every evaluation has one reason, every nanosecond one verdict."""

import json

import pytest

from tools.engine.tally import Clocked, Tally

S = 1_000_000_000
T0 = 1_700_000_000 * S


def test_time_goes_to_the_value_in_force() -> None:
    clocked = Clocked()
    for at_s, value in ((0, "A"), (3, "B"), (4, "A"), (9, "A"), (10, "C")):
        clocked.enter(T0 + at_s * S, value)
    clocked.settle(T0 + 12 * S)
    assert clocked.time_ns == {"A": (3 + 6) * S, "B": 1 * S, "C": 2 * S}
    assert clocked.stretches == {"A": 2, "B": 1, "C": 1}


def test_nothing_is_credited_before_the_first_value() -> None:
    clocked = Clocked()
    clocked.settle(T0)
    assert clocked.time_ns == {}
    clocked.enter(T0 + S, "A")
    clocked.settle(T0 + 3 * S)
    assert clocked.time_ns == {"A": 2 * S}


def test_settling_twice_counts_once() -> None:
    clocked = Clocked()
    clocked.enter(T0, "A")
    clocked.settle(T0 + S)
    clocked.settle(T0 + S)
    clocked.enter(T0 + 2 * S, "B")
    assert clocked.time_ns == {"A": 2 * S}
    assert clocked.stretches == {"A": 1, "B": 1}


def test_a_value_that_holds_for_no_time_is_a_stretch_all_the_same() -> None:
    clocked = Clocked()
    clocked.enter(T0, "A")
    clocked.enter(T0, "B")
    clocked.settle(T0 + S)
    assert clocked.time_ns == {"A": 0, "B": S}
    assert clocked.stretches == {"A": 1, "B": 1}


def filled() -> Tally:
    tally = Tally()
    for at_s, regime, gate, colour in (
        (0, "UNKNOWN", "BLOCKED", "RED"),
        (1, "NORMAL", "ALLOWED", "GREEN"),
        (2, "FAST", "ALLOWED", "GREEN"),
        (3, "UNSTABLE", "BLOCKED", "RED"),
        (5, "NORMAL", "COOLDOWN", "GREEN"),
        (8, "FAST", "ALLOWED", "YELLOW"),
    ):
        tally.evaluation(T0 + at_s * S)
        tally.verdicts(T0 + at_s * S, regime, gate, colour)
        tally.no_order("eligible" if gate == "ALLOWED" else f"permission:{gate}")
    tally.evaluation(T0 + 9 * S)
    tally.no_order("eligible")
    return tally


def test_a_tally_closes() -> None:
    tally = filled()
    tally.settle()
    report = tally.to_dict()
    assert report["evaluations"] == 7
    assert report["without_order"] == {
        "eligible": 4,
        "permission:BLOCKED": 2,
        "permission:COOLDOWN": 1,
    }
    assert report["with_order"] == 0
    assert (report["first_ns"], report["last_ns"]) == (T0, T0 + 9 * S)
    assert report["regime"] == {
        "stretches": {"FAST": 2, "NORMAL": 2, "UNKNOWN": 1, "UNSTABLE": 1},
        "time_ns": {"FAST": 2 * S, "NORMAL": 4 * S, "UNKNOWN": 1 * S, "UNSTABLE": 2 * S},
    }
    assert report["gate"] == {
        "stretches": {"ALLOWED": 2, "BLOCKED": 2, "COOLDOWN": 1},
        "time_ns": {"ALLOWED": 3 * S, "BLOCKED": 3 * S, "COOLDOWN": 3 * S},
    }


def test_an_episode_is_a_whole_stretch_of_other_than_normal() -> None:
    assert filled().to_dict()["episodes"] == 3  # the start, FAST with UNSTABLE, the last FAST


def test_the_report_is_in_order_of_names_whatever_came_first() -> None:
    one, other = Tally(), Tally()
    for reason in ("b", "a", "c"):
        one.no_order(reason)
    for reason in ("c", "b", "a"):
        other.no_order(reason)
    assert json.dumps(one.to_dict()) == json.dumps(other.to_dict())


@pytest.mark.parametrize("settled", [False, True])
def test_a_snapshot_leads_to_the_same_future(settled: bool) -> None:
    tally, other = filled(), Tally()
    if settled:
        tally.settle()
    other.restore(json.loads(json.dumps(tally.snapshot())))
    assert other.snapshot() == tally.snapshot()
    for each in (tally, other):
        each.evaluation(T0 + 12 * S)
        each.verdicts(T0 + 12 * S, "NORMAL", "BLOCKED", "RED")
        each.no_order("permission:BLOCKED")
        each.evaluation(T0 + 13 * S)
        each.settle()
    assert other.to_dict() == tally.to_dict()
    assert tally.to_dict()["evaluations"] == 9


def test_a_snapshot_is_a_copy() -> None:
    tally = filled()
    saved = json.dumps(tally.snapshot(), sort_keys=True)
    kept = tally.snapshot()
    tally.no_order("new")
    tally.verdicts(T0 + 20 * S, "UNKNOWN", "BLOCKED", "RED")
    assert json.dumps(kept, sort_keys=True) == saved
