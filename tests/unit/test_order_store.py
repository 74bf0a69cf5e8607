"""The order store: two mutators, P0.1's views, and a bound on what it keeps."""

from __future__ import annotations

import json

import pytest

from tests.kit.orders import report
from tools.core.errors import UsageError
from tools.core.events import Side
from tools.core.orders import ChangeAlert, OrderStatus
from tools.core.reports import ReportKind
from tools.live.order_store import InMemoryOrderStore, OrderState, state_of

K = ReportKind


def store(*symbols: str, keep_closed: int | None = None) -> InMemoryOrderStore:
    """Return a store with an order of 10 lots of each of these symbols, ids as the store gives them."""
    made = InMemoryOrderStore(keep_closed)
    for symbol in symbols:
        made.add(made.next_client_id(), symbol, Side.BUY, 10, 500, 1)
    return made


def tell(made: InMemoryOrderStore, number: int, kind: ReportKind, lots: int = 0, exec_id: str = ""):
    client_id = f"CLI{number:08d}"
    order = made.get(client_id)
    change = made.apply(
        report(
            exec_id or f"{number}-{kind}-{lots}",
            kind,
            lots,
            client_id=client_id,
            exchange_id=f"V{number}",
            symbol="BTCUSDT" if order is None else order.symbol,
        )
    )
    made._check()
    return change


def test_client_ids_are_p01_s() -> None:
    made = InMemoryOrderStore()
    assert [made.next_client_id() for _ in range(3)] == ["CLI00000001", "CLI00000002", "CLI00000003"]
    made.reset()
    assert made.next_client_id() == "CLI00000001"


STATES = [
    ([], OrderState.PENDING),
    ([(K.ACCEPTED, 0)], OrderState.OPEN),
    ([(K.ACCEPTED, 0), (K.TRADE, 4)], OrderState.PARTIALLY_FILLED),
    ([(K.TRADE, 10)], OrderState.FILLED),
    ([(K.ACCEPTED, 0), (K.CANCELED, 0)], OrderState.CANCELED),
    ([(K.ACCEPTED, 0), (K.TRADE, 4), (K.CANCELED, 0)], OrderState.CANCELED),
    ([(K.ACCEPTED, 0), (K.EXPIRED, 0)], OrderState.CANCELED),
    ([(K.REJECTED, 0)], OrderState.REJECTED),
    ([(K.ACCEPTED, 0), (K.PENDING_CANCEL, 0)], OrderState.OPEN),
    ([(K.ACCEPTED, 0), (K.PENDING_CANCEL, 0), (K.TRADE, 4)], OrderState.PARTIALLY_FILLED),
    ([(K.ACCEPTED, 0), (K.PENDING_CANCEL, 0), (K.TRADE, 10)], OrderState.FILLED),
]


@pytest.mark.parametrize(("events", "state"), STATES)
def test_p01_s_six_states_are_views(events, state) -> None:
    made = store("BTCUSDT")
    for kind, lots in events:
        tell(made, 1, kind, lots)
    (order,) = made.all_orders()
    assert state_of(order) is state
    for each in OrderState:
        assert made.by_state(each) == ([order] if each is state else [])
    assert made.export()[0]["state"] == state.value


def test_every_state_of_p01_occurs() -> None:
    assert {state for _, state in STATES} == set(OrderState)


def test_queries() -> None:
    made = store("BTCUSDT", "ETHUSDT", "BTCUSDT")
    tell(made, 1, K.ACCEPTED)
    tell(made, 3, K.TRADE, 10)
    one, two, three = made.all_orders()
    assert made.get("CLI00000002") is two
    assert made.get("nobody") is None
    assert made.get_by_exchange_id("V3") is three
    assert made.get_by_exchange_id("V2") is None
    assert made.by_symbol("BTCUSDT") == [one, three]
    assert made.open_orders() == [one, two]
    assert made.open_orders("ETHUSDT") == [two]


def test_misuse_raises_and_changes_nothing() -> None:
    made = store("BTCUSDT")
    before = made.export()
    for client_id, qty, price in (("CLI00000001", 1, 1), ("new", 0, 1), ("new", 1, 0), ("new", -1, 1)):
        with pytest.raises(UsageError, match=client_id):
            made.add(client_id, "BTCUSDT", Side.BUY, qty, price, 1)
    assert made.export() == before
    assert made.counts()["sent"] == 1
    made._check()
    with pytest.raises(UsageError):
        InMemoryOrderStore(-1)


def test_counts_close() -> None:
    made = store(*["BTCUSDT"] * 8)
    tell(made, 1, K.TRADE, 10)
    tell(made, 2, K.ACCEPTED)
    tell(made, 3, K.TRADE, 4)
    tell(made, 4, K.CANCELED)
    tell(made, 5, K.EXPIRED)
    tell(made, 6, K.REJECTED)
    tell(made, 7, K.PENDING_CANCEL)
    assert made.counts() == {
        "accepted": 6,
        "canceled": 1,
        "done_for_day": 0,
        "expired": 1,
        "fill_events": 2,
        "filled": 1,
        "open": 3,
        "rejected": 1,
        "sent": 8,
        "unanswered": 1,
    }


def test_nothing_that_a_venue_reports_raises() -> None:
    made = store("BTCUSDT")
    tell(made, 1, K.TRADE, 4, exec_id="A")
    assert tell(made, 1, K.TRADE, 4, exec_id="A").alert is ChangeAlert.DUPLICATE
    assert tell(made, 1, K.TRADE, 5, exec_id="A").alert is ChangeAlert.CONFLICT
    assert tell(made, 1, K.TRADE, 0, exec_id="B").alert is ChangeAlert.BAD_ARITHMETIC
    assert tell(made, 1, K.TRADE, 9, exec_id="C").alert is ChangeAlert.OVERFILL
    assert tell(made, 1, K.CANCELED, exec_id="D").alert is ChangeAlert.LATE
    unknown = tell(made, 9, K.TRADE, 3)
    assert (unknown.alert, unknown.fill_lots, unknown.before, unknown.after) == (
        ChangeAlert.UNKNOWN_ORDER,
        3,
        None,
        OrderStatus.PARTIALLY_FILLED,  # of a quantity that nobody has told us
    )
    assert tell(made, 9, K.CANCELED).fill_lots == 0
    assert made.alerts() == {
        "BAD_ARITHMETIC": 1,
        "CONFLICT": 1,
        "DUPLICATE": 1,
        "LATE": 1,
        "OVERFILL": 1,
        "UNKNOWN_ORDER": 2,
    }
    assert list(made.alerts()) == sorted(made.alerts())


def test_an_unknown_order_s_fill_counts_once() -> None:
    made = InMemoryOrderStore()
    assert tell(made, 9, K.TRADE, 3, exec_id="A").fill_lots == 3
    assert tell(made, 9, K.TRADE, 3, exec_id="A").fill_lots == 0
    assert made.counts()["fill_events"] == 1


def test_a_fill_told_again_after_its_order_has_left_the_store_counts_once() -> None:
    made = store("BTCUSDT", keep_closed=0)
    assert tell(made, 1, K.TRADE, 10, exec_id="A").fill_lots == 10
    assert made.get("CLI00000001") is None
    assert tell(made, 1, K.TRADE, 10, exec_id="A").fill_lots == 0


@pytest.mark.parametrize("keep", [0, 1, 3])
def test_keep_closed_bounds_the_orders_and_keeps_the_counts(keep: int) -> None:
    bounded = store(*["BTCUSDT"] * 9, keep_closed=keep)
    whole = store(*["BTCUSDT"] * 9)
    for made in (bounded, whole):
        for number in range(1, 8):
            tell(made, number, (K.CANCELED, K.REJECTED, K.EXPIRED)[number % 3])
            tell(made, number, K.TRADE, 0)  # odd, and about an order that may be gone
        tell(made, 8, K.ACCEPTED)
    assert bounded.counts() == whole.counts()
    kept = [order.client_id for order in bounded.all_orders()]
    expected = [f"CLI{number:08d}" for number in range(8 - keep, 10)]
    assert kept == expected
    for number in range(1, 8 - keep):
        assert bounded.get_by_exchange_id(f"V{number}") is None


def test_a_closed_order_that_a_venue_takes_up_again_is_open_again() -> None:
    made = store("BTCUSDT")
    tell(made, 1, K.REJECTED)
    assert made.open_orders() == []
    tell(made, 1, K.TRADE, 3)  # so it was not rejected after all
    (order,) = made.open_orders()
    assert order.status is OrderStatus.PARTIALLY_FILLED
    tell(made, 1, K.CANCELED)
    assert made.open_orders() == []


def test_an_exchange_id_that_changes_leaves_no_old_name_behind() -> None:
    made = store("BTCUSDT")
    made.apply(report("A", K.ACCEPTED, client_id="CLI00000001", exchange_id="V1"))
    made.apply(report("B", K.TRADE, 1, client_id="CLI00000001", exchange_id="V2"))
    made._check()
    assert made.get_by_exchange_id("V2") is made.get("CLI00000001")


def test_export_is_plain_and_in_order() -> None:
    made = store("BTCUSDT", "ETHUSDT")
    tell(made, 2, K.TRADE, 10)
    exported = made.export()
    assert json.loads(json.dumps(exported)) == exported
    assert [row["client_id"] for row in exported] == ["CLI00000001", "CLI00000002"]
    assert [row["state"] for row in exported] == ["PENDING", "FILLED"]


def test_a_fill_of_one_lot_is_a_fill_event() -> None:
    made = store("BTCUSDT")
    tell(made, 1, K.TRADE, 1)
    assert made.counts()["fill_events"] == 1


def test_p01_s_states_have_p01_s_names() -> None:
    assert [state.value for state in OrderState] == [
        "PENDING",
        "OPEN",
        "PARTIALLY_FILLED",
        "FILLED",
        "CANCELED",
        "REJECTED",
    ]
