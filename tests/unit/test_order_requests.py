"""Requests, terms and ids of an order when reports arrive in another order than they were made."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.kit.orders import order, report
from tools.core.orders import ChangeAlert, OrderStatus
from tools.core.reports import ReportKind

K, S, A = ReportKind, OrderStatus, ChangeAlert


def replace(exec_id: str, kind: ReportKind, request_id: str, at: int, **more):
    return report(exec_id, kind, client_id=request_id, orig_id="C1", at=at, **more)


def test_an_announcement_that_its_grant_has_overtaken_leaves_nothing_pending() -> None:
    made = order(10)
    made.request("R1", True, 12)
    made.apply(replace("B", K.REPLACED, "R1", 2, qty_lots=12))
    made.apply(replace("A", K.PENDING_REPLACE, "R1", 1))
    assert (made.status, made.qty_lots, made.client_ids) == (S.NEW, 12, ("C1", "R1"))
    # By the id that is now the order's own, the venue looks into a replace once more.
    made.apply(report("C", K.PENDING_REPLACE, client_id="R1", at=3))
    assert made.status is S.PENDING_REPLACE


ANSWERS = {
    "refused": ([K.PENDING_REPLACE, K.CANCEL_REJECTED], 10, S.NEW),
    "granted": ([K.PENDING_REPLACE, K.REPLACED], 20, S.NEW),
    "cut short by a cancel": ([K.PENDING_REPLACE, K.CANCELED], 10, S.CANCELED),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_was_announced_of_a_replace_holds_until_it_is_answered(name: str) -> None:
    kinds, qty_lots, status = ANSWERS[name]
    stated = {K.PENDING_REPLACE: 20}
    reports = [report("0", K.ACCEPTED, at=1, qty_lots=10)]
    reports += [
        replace(str(at), kind, "R1", at, qty_lots=stated.get(kind)) for at, kind in enumerate(kinds, 2)
    ]
    made = order(10)
    made.request("R1", True, 20)
    for each in reports[:2]:
        made.apply(each)
    assert (made.status, made.qty_lots, made.leaves_lots, made.open_lots) == (S.PENDING_REPLACE, 20, 20, 20)
    for arrivals in permutations(reports):
        made = order(10)
        made.request("R1", True, 20)
        for each in arrivals:
            made.apply(each)
        leaves = 0 if status is S.CANCELED else qty_lots
        assert (made.status, made.qty_lots, made.leaves_lots) == (status, qty_lots, leaves)


def test_without_ids_of_their_own_the_venue_s_times_tell_which_announcement_was_answered() -> None:
    reports = [
        report("A", K.PENDING_REPLACE, at=1, qty_lots=20),
        report("B", K.CANCEL_REJECTED, at=2),
        report("C", K.PENDING_REPLACE, at=3, qty_lots=30),
    ]
    for arrivals in permutations(reports):
        made = order(10)
        for each in arrivals:
            made.apply(each)
        assert (made.status, made.qty_lots, made.open_lots) == (S.PENDING_REPLACE, 30, 30)
        made.apply(report("D", K.CANCEL_REJECTED, at=4))
        assert (made.qty_lots, made.open_lots) == (10, 10)


def test_ids_stand_in_the_order_in_which_they_came_into_force() -> None:
    reports = [replace(f"E{at}", K.REPLACED, f"R{at}", at) for at in (1, 2, 3)]
    for arrivals in permutations(reports):
        made = order(10)
        for each in arrivals:
            made.apply(each)
        assert made.client_ids == ("C1", "R1", "R2", "R3")


def test_the_total_of_an_overfill_is_heard_too() -> None:
    made = order(10)
    assert made.apply(report("B", K.TRADE, 11, at=2, cum_lots=15)).alert is A.OVERFILL
    assert made.missing_lots == 4
    made.apply(report("A", K.TRADE, 4, at=1))
    assert made.missing_lots == 0


MISSING = {
    "a later bust feigns no missing report": (
        [("T", K.TRADE, 5, 1, 5, ""), ("X", K.TRADE_CANCEL, 0, 2, None, "T")],
        0,
    ),
    "an earlier bust is in the total": (
        [("T", K.TRADE, 5, 1, None, ""), ("X", K.TRADE_CANCEL, 0, 2, None, "T"), ("U", K.TRADE, 3, 3, 3, "")],
        0,
    ),
    "a later fill hides none": ([("T", K.TRADE, 2, 2, 5, ""), ("U", K.TRADE, 3, 3, None, "")], 3),
    "of two corrections that were made by then, the later": (
        [
            ("T", K.TRADE, 5, 1, None, ""),
            ("X", K.TRADE_CORRECT, 4, 2, None, "T"),
            ("Y", K.TRADE_CORRECT, 2, 3, None, "T"),
            ("U", K.TRADE, 1, 4, 4, ""),
        ],
        1,
    ),
}


@pytest.mark.parametrize("name", MISSING)
def test_what_is_missing_is_held_against_the_ledger_of_that_moment(name: str) -> None:
    rows, missing = MISSING[name]
    reports = [
        report(exec_id, kind, lots, at=at, cum_lots=cum, ref_id=ref)
        for exec_id, kind, lots, at, cum, ref in rows
    ]
    for arrivals in permutations(reports):
        made = order(10)
        for each in arrivals:
            made.apply(each)
        assert made.missing_lots == missing
