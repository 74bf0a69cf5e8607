"""The flags of an order, and its terms, by the venue's times and not by the order of arrival."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.kit.orders import report
from tools.core.events import Side
from tools.core.orders import ChangeAlert, OrderStatus, TimeInForce
from tools.core.reports import ReportKind
from tools.execution.life import Life
from tools.execution.order import Order
from tools.execution.terms import Terms

K, S, A = ReportKind, OrderStatus, ChangeAlert
GTC, DAY = TimeInForce.GTC, TimeInForce.DAY

# kinds at venue times 1, 2, ... of an order of 10 -> status, closed as
LIVES: dict[str, tuple[TimeInForce, list[tuple[ReportKind, int]], OrderStatus, OrderStatus | None]] = {
    "done for the day": (GTC, [(K.DONE_FOR_DAY, 0)], S.DONE_FOR_DAY, None),
    "done for the day, a day order": (DAY, [(K.DONE_FOR_DAY, 0)], S.DONE_FOR_DAY, S.DONE_FOR_DAY),
    "a trade begins another day": (GTC, [(K.DONE_FOR_DAY, 0), (K.TRADE, 1)], S.PARTIALLY_FILLED, None),
    "but not for a day order": (
        DAY,
        [(K.ACCEPTED, 0), (K.DONE_FOR_DAY, 0), (K.TRADE, 1)],
        S.DONE_FOR_DAY,
        S.DONE_FOR_DAY,
    ),
    "a trade of the day before does not": (GTC, [(K.TRADE, 1), (K.DONE_FOR_DAY, 0)], S.DONE_FOR_DAY, None),
    "restated: another day": (GTC, [(K.DONE_FOR_DAY, 0), (K.RESTATED, 0)], S.PENDING_NEW, None),
    "replaced: another day": (GTC, [(K.DONE_FOR_DAY, 0), (K.REPLACED, 0)], S.NEW, None),
    "restated before: no other day": (GTC, [(K.RESTATED, 0), (K.DONE_FOR_DAY, 0)], S.DONE_FOR_DAY, None),
    "a second day's end": (
        GTC,
        [(K.DONE_FOR_DAY, 0), (K.RESTATED, 0), (K.DONE_FOR_DAY, 0)],
        S.DONE_FOR_DAY,
        None,
    ),
    "filled and done: done outranks": (GTC, [(K.TRADE, 10), (K.DONE_FOR_DAY, 0)], S.DONE_FOR_DAY, S.FILLED),
    "calculated": (GTC, [(K.TRADE, 10), (K.CALCULATED, 0)], S.CALCULATED, S.FILLED),
    "done outranks calculated": (GTC, [(K.DONE_FOR_DAY, 0), (K.CALCULATED, 0)], S.DONE_FOR_DAY, None),
    "calculated, and renewed": (GTC, [(K.CALCULATED, 0), (K.RESTATED, 0)], S.PENDING_NEW, None),
    "renewed, and calculated": (GTC, [(K.RESTATED, 0), (K.CALCULATED, 0)], S.CALCULATED, None),
    "canceled outlives calculated": (GTC, [(K.CANCELED, 0), (K.CALCULATED, 0)], S.CANCELED, S.CANCELED),
    "suspended": (GTC, [(K.ACCEPTED, 0), (K.SUSPENDED, 0)], S.SUSPENDED, None),
    "resumed by an acknowledgement": (GTC, [(K.SUSPENDED, 0), (K.ACCEPTED, 0)], S.NEW, None),
    "resumed by its trigger": (GTC, [(K.SUSPENDED, 0), (K.TRIGGERED, 0)], S.PENDING_NEW, None),
    "resumed by a replace": (GTC, [(K.SUSPENDED, 0), (K.REPLACED, 0)], S.NEW, None),
    "resumed by a restatement": (GTC, [(K.SUSPENDED, 0), (K.RESTATED, 0)], S.PENDING_NEW, None),
    "suspended outranks part filled": (GTC, [(K.TRADE, 1), (K.SUSPENDED, 0)], S.SUSPENDED, None),
    "filled outranks suspended": (GTC, [(K.TRADE, 10), (K.SUSPENDED, 0)], S.FILLED, S.FILLED),
    "stopped": (GTC, [(K.ACCEPTED, 0), (K.STOPPED, 0)], S.STOPPED, None),
    "stopped outranks suspended": (GTC, [(K.STOPPED, 0), (K.SUSPENDED, 0)], S.STOPPED, None),
    "filled outranks stopped": (GTC, [(K.STOPPED, 0), (K.TRADE, 10)], S.FILLED, S.FILLED),
    "canceled ends what was stopped": (GTC, [(K.STOPPED, 0), (K.CANCELED, 0)], S.CANCELED, S.CANCELED),
    "canceled before expired": (GTC, [(K.EXPIRED, 0), (K.CANCELED, 0)], S.CANCELED, S.CANCELED),
    "expired": (GTC, [(K.EXPIRED, 0)], S.EXPIRED, S.EXPIRED),
    "rejected": (GTC, [(K.REJECTED, 0)], S.REJECTED, S.REJECTED),
    "a rejection of what fills was none": (GTC, [(K.REJECTED, 0), (K.TRADE, 3)], S.PARTIALLY_FILLED, None),
    "a status tells nothing": (GTC, [(K.STATUS, 0), (K.DUPLICATE_ID, 0)], S.PENDING_NEW, None),
}


@pytest.mark.parametrize("name", LIVES)
def test_a_life_ends_the_same_in_whatever_order_it_is_told(name: str) -> None:
    time_in_force, rows, status, closed_as = LIVES[name]
    reports = [report(f"E{at}", kind, lots, at=at) for at, (kind, lots) in enumerate(rows, 1)]
    for arrivals in permutations(reports):
        made = Order("C1", "BTCUSDT", Side.BUY, 10, 500, 0, time_in_force)
        for each in arrivals:
            made.apply(each)
        assert (made.status, made.closed_as) == (status, closed_as)
        cum = sum(lots for _, lots in rows)
        resting = closed_as in (None, S.FILLED)
        assert (made.leaves_lots, made.open_lots) == ((10 - cum, 10 - cum) if resting else (0, 0))


def test_at_one_moment_the_end_of_the_day_holds_and_a_suspension_does_not() -> None:
    life = Life(GTC)
    for kind in (K.DONE_FOR_DAY, K.RESTATED, K.SUSPENDED, K.CALCULATED):
        life.take(kind, 5)
    assert (life.done_for_day, life.suspended, life.calculated) == (True, False, False)
    life.take(K.SUSPENDED, 6)
    life.take(K.ACCEPTED, 6)
    assert not life.suspended
    life.take(K.TRADE, 5)
    assert life.done_for_day


def test_an_older_word_takes_nothing_back() -> None:
    for kind, flag in (
        (K.DONE_FOR_DAY, "done_for_day"),
        (K.SUSPENDED, "suspended"),
        (K.CALCULATED, "calculated"),
    ):
        life = Life(GTC)
        life.take(kind, 5)
        life.take(K.RESTATED, 4)
        life.take(kind, 3)
        assert getattr(life, flag), kind
        life.take(K.RESTATED, 6)
        life.take(K.REPLACED, 2)
        assert not getattr(life, flag), kind


def test_the_last_word_is_told_from_others() -> None:
    last = [kind for kind in K if Life(GTC).take(kind, 1)]
    assert last == [K.REJECTED, K.CANCELED, K.EXPIRED]
    assert [kind for kind in K if Life(DAY).take(kind, 1)] == [*last, K.DONE_FOR_DAY]


def test_working_is_acknowledged_and_not_suspended() -> None:
    life = Life(GTC)
    assert not life.working
    life.take(K.ACCEPTED, 1)
    assert life.working
    life.take(K.SUSPENDED, 2)
    assert not life.working
    made = Order("C1", "BTCUSDT", Side.BUY, 10, 500, 0)
    kinds = (K.ACCEPTED, K.SUSPENDED, K.ACCEPTED, K.ACCEPTED)
    alerts = [made.apply(report(str(at), kind, at=at)).alert for at, kind in enumerate(kinds)]
    assert alerts == [A.NONE, A.NONE, A.NONE, A.LATE]  # the third one resumes


def test_of_two_terms_the_later_holds_and_what_is_not_said_stays() -> None:
    rows = [(3, "A", 30, None), (2, "B", 20, 120), (4, "C", None, 140), (1, "D", 10, 110)]
    for arrivals in permutations(rows):
        terms = Terms(5, 100)
        for row in arrivals:
            terms.state(*row)
        assert (terms.qty_lots, terms.confirmed_lots, terms.price_ticks, terms.since_ns) == (30, 30, 140, 3)


def test_terms_of_one_moment_go_by_request_and_then_by_id() -> None:
    rows = [(1, "B", 20, 120, 0), (1, "A", 30, 130, 1), (1, "C", 40, 140, 0)]
    for arrivals in permutations(rows):
        terms = Terms(5, 100)
        for row in arrivals:
            terms.state(*row)
        assert (terms.qty_lots, terms.price_ticks) == (30, 130)


def test_an_announcement_holds_until_it_is_confirmed_or_taken_back() -> None:
    terms = Terms(5, 100)
    assert (terms.known, terms.since_ns, terms.announced_ns(1)) == (True, None, -(1 << 63))
    terms.announce(2, "A", 9, 1)
    terms.announce(1, "B", 8, 1)  # older
    terms.announce(2, "C", None, 2)  # says nothing
    assert (terms.qty_lots, terms.confirmed_lots, terms.since_ns, terms.announced_ns(1)) == (9, 5, 2, 2)
    terms.announce(3, "D", 7, 3)
    assert (terms.qty_lots, terms.since_ns) == (7, 3)
    terms.retract(2)
    terms.retract(3)
    assert terms.qty_lots == 9
    terms.state(2, "E", 6, None)  # at that very moment: confirmed
    assert (terms.qty_lots, terms.confirmed_lots) == (6, 6)
    terms.announce(4, "F", 11, 1)
    terms.retract_all()
    assert (terms.qty_lots, terms.announced_ns(1)) == (6, -(1 << 63))


def test_a_quantity_that_only_the_venue_knows() -> None:
    terms = Terms(0, 100)
    assert not terms.known
    terms.announce(1, "A", 4, 1)
    assert terms.known
    terms.retract(1)
    assert not terms.known
    terms.state(1, "B", 0, None)
    assert (terms.known, terms.qty_lots) == (True, 0)
