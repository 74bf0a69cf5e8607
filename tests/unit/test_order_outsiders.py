"""Orders that are not ours, that were dropped, or that the venue names in more than one way."""

from __future__ import annotations

import json

import pytest

from tests.kit.orders import report
from tools.core.canon import encode
from tools.core.errors import UsageError
from tools.core.events import Side
from tools.core.orders import ChangeAlert, OrderStatus
from tools.core.reports import ExecutionReport, ReportKind
from tools.execution.gone import Gone
from tools.execution.strangers import Strangers
from tools.live.order_store import InMemoryOrderStore
from tools.live.reconciliation import open_lots

K, A = ReportKind, ChangeAlert
ONE, TWO = "CLI00000001", "CLI00000002"


def store(*symbols: str, keep_closed: int | None = None) -> InMemoryOrderStore:
    """Return a store with a buy of 10 lots of each of these symbols."""
    made = InMemoryOrderStore(keep_closed)
    for at, symbol in enumerate(symbols):
        made.add(made.next_client_id(), symbol, Side.BUY, 10, 500, at)
    return made


def tell(made: InMemoryOrderStore, *told: ExecutionReport) -> list[tuple[ChangeAlert, int, int]]:
    """Apply reports; return alert, what was booked less what was taken back, and what is open."""
    out = []
    for each in told:
        change = made.apply(each)
        made._check()
        out.append((change.alert, change.fill_lots - change.undone_lots, change.open_lots))
    return out


def restored(made: InMemoryOrderStore, keep_closed: int | None = None) -> InMemoryOrderStore:
    again = InMemoryOrderStore(keep_closed)
    again.restore(json.loads(encode(made.snapshot())))
    again._check()
    return again


# -- the venue's ids ------------------------------------------------------------------------


def test_a_venue_s_id_that_is_given_once_for_each_symbol_names_the_order_of_the_symbol() -> None:
    made = store("BTCUSDT", "ETHUSDT")
    tell(
        made,
        report("A", K.ACCEPTED, client_id=ONE, exchange_id="7", symbol="BTCUSDT"),
        report("B", K.ACCEPTED, client_id=TWO, exchange_id="7", symbol="ETHUSDT"),
    )
    assert made.get_by_exchange_id("7", "BTCUSDT") is made.get(ONE)
    assert made.get_by_exchange_id("7", "ETHUSDT") is made.get(TWO)
    assert made.get_by_exchange_id("7") is None  # it is not said which
    told = report("C", K.TRADE, 4, client_id="", exchange_id="7", symbol="BTCUSDT")
    assert tell(made, told) == [(A.NONE, 4, 6)]
    assert [order.cum_lots for order in made.all_orders()] == [4, 0]


def test_an_order_of_others_with_an_id_of_ours_in_another_symbol_counts_into_exposure() -> None:
    made = store("BTCUSDT")
    tell(made, report("A", K.ACCEPTED, client_id=ONE, exchange_id="7"))
    told = report("B", K.TRADE, 4, client_id="web-1", exchange_id="7", symbol="ETHUSDT", qty_lots=6)
    assert tell(made, told) == [(A.UNKNOWN_ORDER, 4, 2)]


def test_a_venue_s_id_that_is_given_twice_in_a_symbol_is_the_last_order_s() -> None:
    made = store("BTCUSDT", "BTCUSDT", keep_closed=0)
    tell(made, report("A", K.ACCEPTED, client_id=TWO, exchange_id="7"))
    tell(made, report("B", K.ACCEPTED, client_id=ONE, exchange_id="7"))
    for each in (made, restored(made, 0)):
        assert each.get_by_exchange_id("7", "BTCUSDT") is each.get(TWO)
        tell(each, report("C", K.CANCELED, client_id=TWO))
        assert each.get_by_exchange_id("7", "BTCUSDT") is each.get(ONE)


# -- executions that fit no order -----------------------------------------------------------


@pytest.mark.parametrize("wrong", [{"side": Side.SELL}, {"symbol": "ETHUSDT"}])
def test_an_execution_that_names_our_order_and_another_symbol_or_side_counts_by_itself(wrong) -> None:
    made = store("BTCUSDT")
    told = report("A", K.TRADE, 4, client_id=ONE, **wrong)
    change = made.apply(told)
    assert (change.alert, change.symbol, change.side) == (A.UNKNOWN_ORDER, told.symbol, told.side)
    assert (change.fill_lots, change.fill_ticks, change.after) == (4, 500, None)
    assert made.all_orders()[0].cum_lots == 0
    for each in (made, restored(made)):
        assert tell(each, told) == [(A.DUPLICATE, 0, 10)]  # once
    # What is no execution, or contradicts itself, stays in quarantine.
    assert made.apply(report("B", K.CANCELED, client_id=ONE, **wrong)).alert is A.CONFLICT
    assert made.apply(report("C", K.TRADE, 0, client_id=ONE, **wrong)).fill_lots == 0


def test_an_order_of_others_that_trades_on_the_other_side_under_its_old_id_counts() -> None:
    made = InMemoryOrderStore()
    tell(made, report("A", K.TRADE, 4, client_id="web-1", qty_lots=4))
    told = report("B", K.TRADE, 3, client_id="web-1", qty_lots=3, side=Side.SELL)
    assert tell(made, told) == [(A.UNKNOWN_ORDER, 3, 0)]
    assert tell(made, told) == [(A.DUPLICATE, 0, 0)]


# -- ids ------------------------------------------------------------------------------------


def test_an_id_that_the_venue_knows_from_another_run_is_passed_over_and_refused() -> None:
    made = InMemoryOrderStore()
    tell(made, report("A", K.TRADE, 4, client_id=ONE, qty_lots=10))
    with pytest.raises(UsageError, match=ONE):
        made.add(ONE, "BTCUSDT", Side.BUY, 10, 500, 1)
    assert made.next_client_id() == TWO
    assert restored(made).next_client_id() == "CLI00000003"


# -- after an order was dropped -------------------------------------------------------------


def test_a_bust_after_its_order_was_dropped_takes_the_fill_back() -> None:
    made = store("BTCUSDT", keep_closed=0)
    tell(made, report("A", K.TRADE, 10, client_id=ONE))
    for each in (made, restored(made, 0)):
        told = report("B", K.TRADE_CANCEL, client_id=ONE, ref_id="A")
        assert tell(each, told) == [(A.UNKNOWN_ORDER, -10, 0)]
        assert each.strangers()[0].cum_lots == 0
        assert tell(each, told) == [(A.DUPLICATE, 0, 0)]


def test_a_late_fill_of_a_canceled_order_that_was_dropped_leaves_nothing_open() -> None:
    made = store("BTCUSDT", keep_closed=0)
    tell(
        made,
        report("A", K.ACCEPTED, client_id=ONE, qty_lots=10),
        report("B", K.CANCELED, client_id="Y1", orig_id=ONE, qty_lots=10, cum_lots=3),
    )
    assert made.all_orders() == []
    told = report("C", K.TRADE, 3, client_id=ONE, qty_lots=10, cum_lots=3)
    assert tell(made, told) == [(A.UNKNOWN_ORDER, 3, 0)]
    (order,) = made.strangers()
    assert order.status is OrderStatus.CANCELED
    assert open_lots(made) == {}


# -- orders of others -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "figures", [{"cum_lots": 10}, {"leaves_lots": 0}, {"cum_lots": 4, "leaves_lots": 0}, {"cum_lots": 11}]
)
def test_an_answer_that_an_order_is_over_makes_no_order(figures) -> None:
    made = InMemoryOrderStore()
    tell(made, report("A", K.STATUS, client_id="web-1", qty_lots=10, **figures))
    assert made.strangers() == []


def test_an_answer_that_something_is_left_makes_one() -> None:
    made = InMemoryOrderStore()
    told = report("A", K.STATUS, client_id="web-1", qty_lots=10, cum_lots=0, leaves_lots=10)
    assert tell(made, told) == [(A.UNKNOWN_ORDER, 0, 10)]


def test_an_order_of_others_is_found_by_the_id_that_it_has_been_given() -> None:
    made = InMemoryOrderStore()
    tell(
        made,
        report("A", K.ACCEPTED, client_id="web-1", qty_lots=10),
        report("B", K.REPLACED, client_id="web-2", orig_id="web-1", qty_lots=8, at=1),
    )
    for each in (made, restored(made)):
        assert tell(each, report("C", K.TRADE, 8, client_id="web-2", at=2)) == [(A.UNKNOWN_ORDER, 8, 0)]
        assert [order.client_id for order in each.strangers()] == ["web-1"]


def test_an_order_of_others_is_found_by_each_id_that_the_venue_has_given_it() -> None:
    made = InMemoryOrderStore()
    tell(
        made,
        report("A", K.ACCEPTED, client_id="", exchange_id="7", qty_lots=10),
        report("B", K.ACCEPTED, client_id="", exchange_id="7", symbol="ETHUSDT", qty_lots=5),
        report("C", K.REPLACED, client_id="web-1", orig_id="", exchange_id="7", qty_lots=10, at=1),
    )
    again = restored(made)
    assert [order.symbol for order in made.strangers()] == ["BTCUSDT", "ETHUSDT"]
    for each in (made, again):
        told = report("D", K.TRADE, 5, client_id="", exchange_id="7", symbol="ETHUSDT")
        assert tell(each, told) == [(A.UNKNOWN_ORDER, 5, 0)]
        assert each.strangers()[0].cum_lots == 0
    assert made.snapshot() == again.snapshot()


def test_an_open_order_of_others_is_not_forgotten_for_closed_ones() -> None:
    kept = Strangers(keep=2)
    kept.apply(report("A", K.ACCEPTED, client_id="web-0", qty_lots=10))
    for number in range(1, 6):
        kept.apply(report(f"B{number}", K.CANCELED, client_id=f"web-{number}"))
        kept.check()
    assert [order.client_id for order in kept.all()] == ["web-0", "web-4", "web-5"]


def test_open_orders_of_others_are_bounded_too() -> None:
    kept = Strangers(keep=3)
    for number in range(5):
        kept.apply(report(f"A{number}", K.ACCEPTED, client_id=f"web-{number}", qty_lots=10))
        kept.check()
    assert [order.client_id for order in kept.all()] == ["web-2", "web-3", "web-4"]


@pytest.mark.parametrize("asked_first", [False, True])
def test_what_is_remembered_is_bounded_and_forgets_the_oldest(asked_first: bool) -> None:
    kept = Gone(keep=3)
    if asked_first:
        assert kept.about("web-0") == []
    for number in range(5):
        kept.add(report(f"A{number}", K.TRADE, 1, client_id=f"web-{number % 2}", exchange_id="7"))
    assert [f"A{number}" in kept.reports for number in range(5)] == [False, False, True, True, True]
    assert [told.exec_id for told in kept.about("web-0")] == ["A2", "A4"]
    assert [told.exec_id for told in kept.about("web-1")] == ["A3"]
    assert [told.exec_id for told in kept.about("7")] == ["A2", "A3", "A4"]
    for number in range(5, 8):
        kept.add(report(f"A{number}", K.TRADE, 1, client_id="web-9"))
    assert kept.about("web-0") == kept.about("7") == []


# -- order of the open ones -----------------------------------------------------------------


def test_an_order_that_is_open_again_stands_where_it_stood_and_a_snapshot_keeps_that() -> None:
    made = store("BTCUSDT", "BTCUSDT")
    tell(
        made,
        report("A", K.TRADE, 10, client_id=ONE),
        report("B", K.TRADE_CANCEL, client_id=ONE, ref_id="A"),
    )
    expected = [ONE, TWO]
    assert [order.client_id for order in made.open_orders()] == expected
    assert [order.client_id for order in restored(made).open_orders()] == expected
