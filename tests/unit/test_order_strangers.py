"""Orders that were not sent from here: what tells of one, what they fill, how they are found again."""

from __future__ import annotations

import pytest

from tests.kit.orders import report
from tools.core.events import Side
from tools.core.orders import ChangeAlert, OrderStatus
from tools.core.reports import ReportKind
from tools.execution.strangers import Strangers, tells_of_an_order, without_order
from tools.live.order_store import InMemoryOrderStore

K, S, A = ReportKind, OrderStatus, ChangeAlert

TELLING = [
    (report("E", K.ACCEPTED), True),
    (report("E", K.TRADE, 1), True),
    (report("E", K.TRADE, 1, symbol=""), False),
    (report("E", K.TRADE, 1, client_id=""), False),
    (report("E", K.TRADE, 1, client_id="", exchange_id="V"), True),
    (report("E", K.STATUS), False),
    (report("E", K.STATUS, qty_lots=0), False),
    (report("E", K.STATUS, qty_lots=1), True),
    (report("E", K.REJECTED), False),
    (report("E", K.CANCEL_REJECTED), False),
    (report("E", K.DUPLICATE_ID), False),
    (report("E", K.UNRESOLVED), False),
    (report("E", K.PENDING_CANCEL), True),
]


@pytest.mark.parametrize(("made", "tells"), TELLING)
def test_what_tells_of_an_order(made, tells: bool) -> None:
    assert tells_of_an_order(made) is tells
    change = Strangers().apply(made)
    assert change.alert is A.UNKNOWN_ORDER
    assert (change.before, change.after is None) == (None, not tells)
    # Whatever it tells of, its execution counts.
    assert change.fill_lots == made.last_lots
    assert change.fill_ticks == (500 if made.last_lots else 0)


def test_a_change_without_an_order_says_no_more_than_the_report() -> None:
    made = report("E", K.TRADE, 3, client_id="X", side=Side.SELL)
    change = without_order(made, A.CONFLICT)
    assert (change.client_id, change.symbol, change.side) == ("X", "BTCUSDT", Side.SELL)
    assert (change.fill_lots, change.fill_ticks, change.undone_lots, change.undone_ticks) == (0, 0, 0, 0)
    assert (change.cum_lots, change.leaves_lots, change.open_lots, change.closed_as) == (0, 0, 0, None)
    assert (change.before, change.after, change.alert) == (None, None, A.CONFLICT)
    assert without_order(made, A.CONFLICT, 3).fill_ticks == 500


def test_a_stranger_is_followed_like_any_order() -> None:
    made = Strangers()
    first = made.apply(report("A", K.ACCEPTED, client_id="X", exchange_id="V", qty_lots=10, price_ticks=450))
    assert (first.before, first.after, first.open_lots) == (None, S.NEW, 10)
    second = made.apply(report("B", K.TRADE, 4, client_id="", exchange_id="V"))
    assert (second.before, second.after, second.fill_lots, second.open_lots) == (
        S.NEW,
        S.PARTIALLY_FILLED,
        4,
        6,
    )
    third = made.apply(report("C", K.CANCELED, client_id="Y", orig_id="X"))
    assert (third.after, third.open_lots, third.closed_as, third.client_id) == (
        S.CANCELED,
        0,
        S.CANCELED,
        "X",
    )
    (order,) = made.all()
    assert (order.client_id, order.exchange_id, order.price_ticks, order.qty_lots) == ("X", "V", 450, 10)
    assert {first.alert, second.alert, third.alert} == {A.UNKNOWN_ORDER}


def test_without_a_client_id_it_goes_by_the_venue_s_and_at_the_price_of_its_fill() -> None:
    made = Strangers()
    made.apply(report("A", K.TRADE, 4, client_id="", exchange_id="V", ticks=480, at=3))
    (order,) = made.all()
    assert (order.client_id, order.price_ticks, order.sent_lots) == ("BTCUSDT/V", 480, 0)
    assert order.sent_ns == report("A", K.TRADE, at=3).time_ns
    assert made.apply(report("B", K.TRADE, 1, client_id="", exchange_id="V")).cum_lots == 5


def test_what_contradicts_itself_or_the_order_is_set_aside() -> None:
    made = Strangers()
    assert made.apply(report("A", K.TRADE, 0)).alert is A.BAD_ARITHMETIC
    assert made.all() == []
    made.apply(report("B", K.TRADE, 4))
    # An execution of the other side is none of this order's, and has moved the position all the same.
    other = made.apply(report("C", K.TRADE, 4, side=Side.SELL, exchange_id="V"))
    assert (other.alert, other.fill_lots, other.side, other.after) == (A.UNKNOWN_ORDER, 4, Side.SELL, None)
    refused = made.apply(report("D", K.CANCELED, side=Side.SELL))
    assert (refused.alert, refused.after, refused.cum_lots) == (A.CONFLICT, S.PARTIALLY_FILLED, 4)
    assert made.apply(report("E", K.TRADE, 1, client_id="", exchange_id="V")).cum_lots == 1  # V is not known


def test_they_are_bounded_the_oldest_go_first() -> None:
    made = Strangers(keep=2)
    for name in "XYZ":
        made.apply(report(name, K.TRADE, 1, client_id=name, exchange_id=f"V{name}"))
    assert [order.client_id for order in made.all()] == ["Y", "Z"]
    assert (
        made.apply(report("B", K.TRADE, 1, client_id="", exchange_id="VX")).cum_lots == 2
    )  # put together again
    assert made.apply(report("C", K.TRADE, 1, client_id="", exchange_id="VZ")).cum_lots == 2


def test_a_snapshot_finds_them_again_by_either_id() -> None:
    made = Strangers()
    made.apply(report("A", K.TRADE, 4, client_id="X", exchange_id="V", qty_lots=10))
    made.apply(report("B", K.TRADE, 1, client_id="Y"))
    back = Strangers()
    back.restore(made.snapshot())  # type: ignore[arg-type]
    assert back.snapshot() == made.snapshot()
    assert back.apply(report("C", K.TRADE, 2, client_id="", exchange_id="V")).cum_lots == 6
    assert back.apply(report("D", K.TRADE, 2, client_id="Y")).cum_lots == 3


def test_the_store_counts_a_stranger_s_fill_once_and_no_order() -> None:
    store = InMemoryOrderStore()
    told = report("A", K.TRADE, 4, client_id="X")
    assert store.apply(told).fill_lots == 4
    again = store.apply(told)
    assert (again.alert, again.fill_lots) == (A.DUPLICATE, 0)
    other = store.apply(report("A", K.TRADE, 5, client_id="X"))
    assert (other.alert, other.fill_lots) == (A.CONFLICT, 0)
    assert store.counts()["sent"] == store.counts()["accepted"] == 0
    assert [order.cum_lots for order in store.strangers()] == [4]
    bad = report("B", K.TRADE, 0, client_id="X")
    assert [store.apply(bad).alert for _ in range(2)] == [A.BAD_ARITHMETIC] * 2
    assert store.quarantined() == [report("A", K.TRADE, 5, client_id="X"), bad, bad]
