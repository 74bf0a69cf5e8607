"""What is asked of an order: ids, answers, and what can still fill meanwhile."""

from __future__ import annotations

import pytest

from tests.kit.orders import order, report
from tools.core.errors import UsageError
from tools.core.events import Side
from tools.core.orders import ChangeAlert, OrderStatus, TimeInForce
from tools.core.reports import ReportKind
from tools.execution.order import Order, order_from
from tools.execution.order_facts import PRECEDENCE
from tools.execution.requests import Requests

K, S, A = ReportKind, OrderStatus, ChangeAlert


def about(exec_id: str, kind: ReportKind, request_id: str, at: int = 1, **more):
    return report(exec_id, kind, client_id=request_id, orig_id="C1", at=at, **more)


@pytest.mark.parametrize(
    ("request_id", "qty_lots", "price_ticks"),
    [("C1", None, None), ("R1", None, None), ("N", 0, None), ("N", -1, None), ("N", None, 0), ("N", 5, -1)],
)
def test_misuse_raises_and_changes_nothing(request_id: str, qty_lots, price_ticks) -> None:
    made = order(10)
    made.request("R1", True, 20)
    before = made.snapshot()
    with pytest.raises(UsageError, match=request_id):
        made.request(request_id, True, qty_lots, price_ticks)
    assert made.snapshot() == before
    assert made.all_ids == ("C1", "R1")
    assert (made.status, made.open_lots) == (S.PENDING_NEW, 20)


def test_the_least_that_can_be_asked() -> None:
    made = order(10)
    made.request("R1", True, 1, 1)
    made.apply(about("A", K.REPLACED, "R1"))
    assert (made.qty_lots, made.price_ticks, made.client_ids) == (1, 1, ("C1", "R1"))
    made.request("R2", True, None, 7)
    made.apply(about("B", K.REPLACED, "R2", 2))
    assert (made.qty_lots, made.price_ticks, made.open_lots) == (1, 7, 1)


def test_the_venue_s_figures_come_before_those_that_were_asked() -> None:
    made = order(10)
    made.request("R1", True, 20, 600)
    made.apply(about("A", K.REPLACED, "R1", qty_lots=15, price_ticks=550))
    assert (made.qty_lots, made.price_ticks) == (15, 550)


def test_the_open_quantity_is_the_most_of_all_terms_that_may_come_into_force() -> None:
    made = order(10)
    made.request("R1", True, 20)
    made.request("R2", True, 30)
    made.request("X1", False)
    assert (made.leaves_lots, made.open_lots) == (10, 30)
    made.apply(report("T", K.TRADE, 4))
    assert (made.leaves_lots, made.open_lots) == (6, 26)
    made.apply(about("A", K.CANCEL_REJECTED, "R2"))
    assert made.open_lots == 16
    made.apply(about("B", K.PENDING_REPLACE, "R1", 2, qty_lots=5))  # the venue would take less
    assert (made.qty_lots, made.leaves_lots, made.open_lots) == (5, 1, 16)
    made.apply(about("C", K.CANCEL_REJECTED, "R1", 3))
    assert (made.leaves_lots, made.open_lots) == (6, 6)
    made.apply(about("D", K.CANCELED, "X1", 4))
    assert (made.leaves_lots, made.open_lots, made.closed_as) == (0, 0, S.CANCELED)


def test_while_a_lower_quantity_is_only_announced_the_confirmed_one_can_fill() -> None:
    made = order(10)
    made.apply(report("A", K.PENDING_REPLACE, at=1, qty_lots=6))
    assert (made.leaves_lots, made.open_lots) == (6, 10)
    made.apply(report("T", K.TRADE, 7, at=2))
    assert (made.leaves_lots, made.open_lots, made.overfill_lots) == (0, 3, 0)


def test_what_the_venue_has_filled_and_not_told_is_open_after_the_end() -> None:
    made = order(10)
    made.apply(report("X", K.CANCELED, at=2, cum_lots=4))
    assert (made.leaves_lots, made.open_lots, made.closed_as) == (0, 4, S.CANCELED)
    assert made.apply(report("T", K.TRADE, 4, at=1)).open_lots == 0
    over = order(10)
    over.apply(report("A", K.ACCEPTED, cum_lots=12))
    assert (over.leaves_lots, over.open_lots) == (10, 12)
    exact = order(10)
    exact.apply(report("A", K.ACCEPTED, cum_lots=4))
    assert (exact.leaves_lots, exact.open_lots, exact.missing_lots) == (10, 10, 4)


def test_a_filled_order_is_not_closed_while_a_replace_may_take_it_up_again() -> None:
    made = order(10)
    made.request("R1", True, 12)
    made.request("X1", False)
    made.apply(report("T", K.TRADE, 10))
    assert (made.status, made.closed_as, made.open_lots) == (S.FILLED, None, 2)
    made.apply(about("A", K.CANCEL_REJECTED, "R1"))
    assert made.closed_as is S.FILLED  # an unanswered cancel is nothing to wait for
    made.apply(about("B", K.PENDING_CANCEL, "X1", 2))
    assert (made.status, made.closed_as) == (S.PENDING_CANCEL, None)
    made.apply(about("C", K.CANCEL_REJECTED, "X1", 3))
    assert (made.status, made.closed_as) == (S.FILLED, S.FILLED)


def test_replaced_down_to_what_was_filled_it_is_filled_and_to_nothing_it_is_canceled() -> None:
    made = order(10)
    made.apply(report("T", K.TRADE, 4, at=1))
    made.request("R1", True, 3)
    made.apply(about("A", K.REPLACED, "R1", 2))
    assert (made.status, made.qty_lots, made.overfill_lots, made.closed_as) == (S.FILLED, 4, 0, S.FILLED)
    assert made.apply(report("U", K.TRADE, 1, at=3)).alert is A.OVERFILL
    assert (made.qty_lots, made.overfill_lots) == (4, 1)
    none = order(10)
    none.apply(about("A", K.REPLACED, "R1", qty_lots=0))
    assert (none.status, none.closed_as) == (S.CANCELED, S.CANCELED)


def test_a_cancel_goes_before_a_replace_and_each_has_its_own_answer() -> None:
    made = order(10)
    made.request("R1", True, 12)
    made.request("X1", False)
    made.apply(about("A", K.PENDING_REPLACE, "R1", 1))
    assert made.status is S.PENDING_REPLACE
    made.apply(about("B", K.PENDING_CANCEL, "X1", 2))
    assert made.status is S.PENDING_CANCEL
    made.apply(about("C", K.CANCEL_REJECTED, "X1", 3))
    assert made.status is S.PENDING_REPLACE
    made.apply(about("D", K.CANCEL_REJECTED, "R1", 4))
    assert made.status is S.PENDING_NEW
    made.apply(about("E", K.PENDING_CANCEL, "X1", 5))  # an old word, told late
    assert made.status is S.PENDING_NEW


def test_after_the_end_nothing_is_looked_into() -> None:
    made = order(10)
    made.apply(report("X", K.EXPIRED, at=3))
    made.request("R1", True, 20)
    assert (made.closed_as, made.open_lots) == (None, 0)  # an answer is expected
    made.apply(about("A", K.PENDING_REPLACE, "R1", 4, qty_lots=20))
    assert (made.status, made.closed_as, made.qty_lots, made.open_lots) == (S.EXPIRED, S.EXPIRED, 10, 0)
    made.apply(report("B", K.PENDING_CANCEL, at=5))
    assert (made.status, made.closed_as) == (S.EXPIRED, S.EXPIRED)


def test_a_request_of_somebody_else_becomes_known_by_what_is_said_about_it() -> None:
    made = order(10)
    made.apply(about("A", K.PENDING_CANCEL, "Z1"))
    assert (made.status, made.all_ids, made.client_ids) == (S.PENDING_CANCEL, ("C1", "Z1"), ("C1",))
    made.apply(about("B", K.CANCEL_REJECTED, "Z1", 2))
    assert made.status is S.PENDING_NEW
    made.apply(about("C", K.REPLACED, "Z2", 3, qty_lots=11))
    assert (made.qty_lots, made.client_ids, made.status) == (11, ("C1", "Z2"), S.NEW)
    saved = made.snapshot()
    assert saved["requests"] == []  # the reports bring them back
    assert order_from(saved).all_ids == made.all_ids == ("C1", "Z2", "Z1")


def test_without_ids_of_their_own_the_later_of_announcement_and_answer_holds() -> None:
    made = Requests()
    assert (made.quiet, made.pending_status) == (True, None)
    made.announce(None, True, 5)
    assert (made.quiet, made.pending_status) == (False, S.PENDING_REPLACE)
    made.answer(None, 4, replace=True, cancel=True)
    assert made.pending_status is S.PENDING_REPLACE
    made.announce(None, False, 3)
    assert made.pending_status is S.PENDING_REPLACE  # answered at 4
    made.answer(None, 5, replace=False, cancel=True)
    assert made.pending_status is S.PENDING_REPLACE
    made.answer(None, 5, replace=True, cancel=False)
    assert made.pending_status is None
    made.announce(None, False, 6)
    made.announce(None, False, 2)
    assert made.pending_status is S.PENDING_CANCEL
    made.answer_all(6)
    assert (made.pending_status, made.quiet) == (None, True)


def test_requests_are_numbered_as_they_become_known() -> None:
    made = Requests()
    one = made.add("R1", True, 5, None, 0)
    two = made.add("R2", False, None, None, 3)
    assert [one.number, two.number] == [1, 2]
    assert (made.get("R1"), made.get("?"), made.all()) == (one, None, [one, two])
    assert (made.quiet, made.replaces_open, made.pending_status) == (False, [one], None)
    assert (one.pending, one.answered, two.after) == (False, False, 3)
    made.announce(two, False, 1)
    assert (two.pending, made.pending_status) == (True, S.PENDING_CANCEL)
    made.answer_all(2)
    assert (one.answered, two.pending, made.replaces_open, made.awaited(one, 0)) == (True, False, [], False)
    assert made.quiet


def test_unresolved_until_there_is_a_word_of_it() -> None:
    made = order(10)
    assert not made.unresolved
    made.apply(report("A", K.UNRESOLVED))
    assert (made.unresolved, made.status) == (True, S.PENDING_NEW)
    made.apply(report("B", K.ACCEPTED, at=1))
    assert not made.unresolved
    other = order(10)
    other.request("X1", False)
    other.apply(about("A", K.UNRESOLVED, "X1"))  # of the cancel nothing is known; of the order neither
    assert not other.unresolved


def test_a_cash_order_s_quantity_is_known_from_the_first_report_that_states_it() -> None:
    made = Order("C1", "BTCUSDT", Side.BUY, 0, 500, 0)
    made.apply(report("T", K.TRADE, 4, at=1))
    assert (made.status, made.overfill_lots, made.leaves_lots) == (S.PARTIALLY_FILLED, 0, 0)
    made.apply(report("U", K.TRADE, 2, at=2, qty_lots=10))
    assert (made.qty_lots, made.leaves_lots) == (10, 4)
    made.apply(report("V", K.TRADE, 1, at=3, qty_lots=99))  # a trade is not what changes it
    assert made.qty_lots == 10


def test_in_new_units_the_position_moves_at_no_price_and_the_average_follows() -> None:
    made = order(10)
    made.apply(report("T", K.TRADE, 4, ticks=500, at=1))
    up = made.apply(report("A", K.REDENOMINATED, at=2, cum_lots=8, qty_lots=20, price_ticks=250))
    assert (up.fill_lots, up.fill_ticks, up.undone_lots, up.alert) == (4, 0, 0, A.NONE)
    assert (made.cum_lots, made.qty_lots, made.leaves_lots, made.price_ticks) == (8, 20, 12, 250)
    assert made.average_ticks_e8() == 250 * 10**8
    down = made.apply(report("B", K.REDENOMINATED, at=3, cum_lots=2, qty_lots=5))
    assert (down.fill_lots, down.undone_lots, down.undone_ticks) == (0, 6, 0)
    assert (made.cum_lots, made.average_ticks_e8()) == (2, 1000 * 10**8)


def test_a_correction_says_both_what_it_takes_back_and_what_it_books() -> None:
    made = order(10)
    made.apply(report("T", K.TRADE, 4, ticks=500))
    change = made.apply(report("X", K.TRADE_CORRECT, 3, ticks=490, ref_id="T", at=1))
    assert (change.undone_lots, change.undone_ticks, change.fill_lots, change.fill_ticks) == (4, 500, 3, 490)
    bust = made.apply(report("Y", K.TRADE_CANCEL, ref_id="X", at=2))
    assert (bust.undone_lots, bust.undone_ticks, bust.fill_lots, bust.fill_ticks) == (3, 490, 0, 0)
    assert (bust.before, bust.after, made.average_ticks_e8()) == (S.PARTIALLY_FILLED, S.PENDING_NEW, None)
    assert made.value_lot_ticks == 0


def test_what_comes_round_to_itself_is_set_aside() -> None:
    made = order(10)
    made.apply(report("X", K.TRADE_CORRECT, 3, ref_id="Y"))
    change = made.apply(report("Y", K.TRADE_CORRECT, 2, ref_id="X"))
    assert (change.alert, change.fill_lots, made.cum_lots) == (A.BAD_ARITHMETIC, 0, 3)
    assert list(made.reports) == ["X"]


@pytest.mark.parametrize("more", [{"symbol": "ETHUSDT"}, {"side": Side.SELL}])
def test_another_symbol_or_side_is_a_conflict(more) -> None:
    made = order(10)
    assert made.apply(report("T", K.TRADE, 4, **more)).alert is A.CONFLICT
    assert (made.cum_lots, made.reports) == (0, {})
    silent = report("T", K.CANCELED, symbol="", side=Side.SELL)  # without a symbol it says neither
    assert made.apply(silent).alert is A.NONE


def test_a_total_that_is_not_the_ledger_s_is_a_gap() -> None:
    made = order(10)
    assert made.apply(report("T", K.TRADE, 4, at=1, cum_lots=4)).alert is A.NONE
    assert made.apply(report("V", K.TRADE, 2, at=3, cum_lots=8)).alert is A.GAP
    assert made.missing_lots == 2
    assert made.apply(report("U", K.TRADE, 2, at=2, cum_lots=6)).alert is A.GAP  # it knows less than we do
    assert made.missing_lots == 0
    assert made.apply(report("X", K.CANCELED, at=4, cum_lots=8)).alert is A.NONE
    assert made.apply(report("S", K.STATUS, at=5, cum_lots=8)).alert is A.NONE  # late, and no surprise


@pytest.mark.parametrize("kind", K)
def test_what_is_a_surprise_about_a_closed_order(kind: ReportKind) -> None:
    made = order(10)
    made.apply(report("X", K.CANCELED, at=1))
    told = report("E", kind, 4, at=2, ref_id="T", qty_lots=10, cum_lots=None)
    if kind is K.REDENOMINATED:
        told = report("E", kind, at=2, qty_lots=10, cum_lots=0)
    expected = {"CANCEL_REJECTED", "TRADE_CORRECT", "TRADE_CANCEL", "CALCULATED", "REDENOMINATED"}
    expected |= {"STATUS", "DUPLICATE_ID"}
    assert made.apply(told).alert is (A.NONE if kind.value in expected else A.LATE)


@pytest.mark.parametrize("after", range(6))
def test_a_snapshot_at_any_point_leads_to_the_same_future(after: int) -> None:
    made = Order("C1", "BTCUSDT", Side.SELL, 10, 500, 7, TimeInForce.DAY)
    events = [
        lambda one: one.apply(report("A", K.ACCEPTED, side=Side.SELL, at=1, exchange_id="V", text="x")),
        lambda one: one.request("R1", True, 20, 510),
        lambda one: one.apply(report("T", K.TRADE, 4, side=Side.SELL, at=2)),
        lambda one: one.request("X1", False),
        lambda one: one.apply(about("B", K.REPLACED, "R1", 3, side=Side.SELL)),
        lambda one: one.apply(report("D", K.DONE_FOR_DAY, side=Side.SELL, at=4, text="bell")),
    ]
    for event in events[:after]:
        event(made)
    back = order_from(made.snapshot())
    assert back.snapshot() == made.snapshot()
    for event in events[after:]:
        event(made)
        event(back)
    assert back.snapshot() == made.snapshot()
    assert back.to_dict() == made.to_dict()
    assert (back.all_ids, back.open_lots, back.closed_as) == (made.all_ids, made.open_lots, made.closed_as)
    assert (made.status, made.text, made.closed_as) == (S.DONE_FOR_DAY, "bell", S.DONE_FOR_DAY)
    assert (made.qty_lots, made.price_ticks, made.client_ids) == (20, 510, ("C1", "R1"))


def test_a_bust_takes_back_all_whatever_quantity_it_states() -> None:
    made = order(10)
    made.apply(report("T", K.TRADE, 4))
    assert made.apply(report("X", K.TRADE_CANCEL, 4, ref_id="T", at=1)).fill_lots == 0
    assert made.cum_lots == 0


def test_a_replace_that_names_no_id_or_a_known_one_adds_none() -> None:
    made = order(10)
    made.apply(report("A", K.REPLACED, client_id="", exchange_id="V", at=1, qty_lots=12))
    made.apply(report("B", K.REPLACED, at=2, qty_lots=14))
    assert (made.client_ids, made.qty_lots) == (("C1",), 14)


def test_a_snapshot_keeps_our_requests_beside_those_of_others() -> None:
    made = order(10)
    made.apply(about("A", K.PENDING_CANCEL, "Z1"))
    made.request("R1", True, 20)
    back = order_from(made.snapshot())
    assert back.all_ids == made.all_ids == ("C1", "Z1", "R1")
    assert back.open_lots == 20


def test_precedence_is_that_of_appendix_d() -> None:
    """FIX 5.0 SP2, Appendix D; Expired ranks with Canceled, as the room's own page says."""
    ranks = {"PENDING_CANCEL": 12, "PENDING_REPLACE": 11, "DONE_FOR_DAY": 10, "CALCULATED": 9, "FILLED": 8}
    ranks |= {"STOPPED": 7, "SUSPENDED": 6, "CANCELED": 5, "EXPIRED": 5, "PARTIALLY_FILLED": 4}
    ranks |= {"REJECTED": 2, "NEW": 2, "PENDING_NEW": 2}
    assert {status.value: rank for status, rank in PRECEDENCE.items()} == ranks


def test_one_lot_filled_and_canceled_is_filled_and_none_is_not() -> None:
    one = order(1)
    one.apply(report("T", K.TRADE, 1))
    one.apply(report("X", K.CANCELED, at=1))
    assert one.status is S.FILLED
    none = order(10)
    none.apply(about("A", K.REPLACED, "R1", qty_lots=0))
    none.apply(report("X", K.EXPIRED, at=2))
    assert none.status is S.EXPIRED


def test_of_an_unknown_quantity_nothing_is_too_much() -> None:
    made = Order("C1", "BTCUSDT", Side.BUY, 0, 500, 0)
    assert made.apply(report("T", K.TRADE, 4)).alert is A.NONE
    assert made.overfill_lots == 0
