"""Where orders are found, how many are kept, and a store that is taken up again."""

from __future__ import annotations

import json

import pytest

from tests.kit.orders import report
from tools.core.errors import UsageError
from tools.core.events import Side
from tools.core.orders import ChangeAlert, OrderStatus, TimeInForce
from tools.core.reports import ReportKind
from tools.live.order_store import InMemoryOrderStore, OrderState, state_of

K, S, A = ReportKind, OrderStatus, ChangeAlert


def store(*client_ids: str, keep_closed: int | None = None, day: bool = False) -> InMemoryOrderStore:
    made = InMemoryOrderStore(keep_closed, run_id="run")
    for client_id in client_ids:
        tif = TimeInForce.DAY if day else TimeInForce.GTC
        made.add(client_id, "BTCUSDT", Side.BUY, 10, 500, 1, tif)
    return made


def names(orders) -> list[str]:
    return [order.client_id for order in orders]


def test_an_order_is_found_by_any_of_its_ids_and_by_the_venue_s() -> None:
    made = store("C1", "C2")
    made.request("C1", "X1", False)
    made.request("X1", "R1", True, 20)  # by the id of a request
    order = made.get("C1")
    assert made.get("X1") is made.get("R1") is order
    made.apply(report("A", K.ACCEPTED, exchange_id="V1"))
    made.apply(report("B", K.PENDING_CANCEL, client_id="Z1", orig_id="C1", at=1))  # somebody else's
    assert made.get("Z1") is order
    made.apply(report("C", K.TRADE, 2, client_id="?", exchange_id="V1", at=2))
    made.apply(report("D", K.TRADE, 3, client_id="?", orig_id="R1", at=3))
    made._check()
    assert order is not None and order.cum_lots == 5
    assert made.get("?") is None
    assert made.get_by_exchange_id("V1") is order
    assert made.strangers() == []


@pytest.mark.parametrize("taken", ["C1", "C2", "R1"])
def test_no_id_is_taken_twice(taken: str) -> None:
    made = store("C1", "C2")
    made.request("C1", "R1", True, 20)
    before = made.snapshot()
    with pytest.raises(UsageError, match=taken):
        made.request("C1", taken, False)
    with pytest.raises(UsageError, match=taken):
        made.add(taken, "BTCUSDT", Side.BUY, 1, 1, 1)
    with pytest.raises(UsageError, match="nobody"):
        made.request("nobody", "N", False)
    with pytest.raises(UsageError, match="N"):
        made.request("C1", "N", True, 0)
    assert made.snapshot() == before
    assert made.get("N") is None
    made._check()


def test_the_least_order_is_one_lot_at_one_tick() -> None:
    made = store()
    assert made.add("C1", "BTCUSDT", Side.BUY, 1, 1, 1).qty_lots == 1
    assert names(InMemoryOrderStore(0).all_orders()) == []


def test_an_execution_is_applied_once_over_the_whole_store() -> None:
    made = store("C1", "C2")
    assert made.apply(report("T", K.TRADE, 4)).fill_lots == 4
    stray = made.apply(report("T", K.TRADE, 4, client_id="C2"))
    assert (stray.alert, stray.fill_lots, stray.client_id, stray.cum_lots) == (A.CONFLICT, 0, "C2", 0)
    lost = made.apply(report("T", K.TRADE, 4, client_id="nobody"))
    assert (lost.alert, lost.fill_lots, lost.client_id) == (A.CONFLICT, 0, "nobody")
    assert made.apply(report("T", K.TRADE, 4)).alert is A.DUPLICATE
    assert made.counts()["fill_events"] == 1
    assert made.alerts() == {"CONFLICT": 2, "DUPLICATE": 1}


def test_a_request_takes_a_closed_order_up_again_and_its_answer_closes_it() -> None:
    made = store("C1", "C2")
    made.apply(report("T", K.TRADE, 10))
    assert names(made.open_orders()) == ["C2"]
    made.request("C1", "R1", True, 20)
    assert names(made.open_orders()) == ["C1", "C2"]  # oldest first, as before it was closed
    made._check()
    made.apply(report("B", K.CANCEL_REJECTED, client_id="R1", orig_id="C1", at=1))
    assert names(made.open_orders()) == ["C2"]
    made._check()


def test_the_oldest_closed_go_first_with_all_their_ids() -> None:
    made = store("C1", "C2", "C3", keep_closed=1)
    made.request("C2", "R2", True, 20)
    for number in (2, 1, 3):
        exec_id = f"E{number}"
        made.apply(report(exec_id, K.EXPIRED, client_id=f"C{number}", exchange_id=f"V{number}"))
        made._check()
    assert names(made.all_orders()) == ["C3"]
    assert [made.get(each) for each in ("C1", "C2", "R2")] == [None] * 3
    assert [made.get_by_exchange_id(each) for each in ("V1", "V2")] == [None] * 2
    assert made.counts()["expired"] == 3
    again = made.apply(report("E1", K.EXPIRED, client_id="C1", exchange_id="V1"))
    assert (again.alert, made.strangers()) == (A.DUPLICATE, [])
    late = made.apply(report("L", K.TRADE, 4, client_id="C1"))
    assert (late.alert, late.fill_lots) == (A.UNKNOWN_ORDER, 4)  # forgotten, and still ours


def test_days_end_counts_as_expired_and_apart() -> None:
    made = store("C1", "C2", "C3", day=True)
    made.apply(report("A", K.DONE_FOR_DAY))
    made.apply(report("B", K.TRADE, 10, client_id="C2"))
    made.apply(report("C", K.DONE_FOR_DAY, client_id="C2", at=1))
    made.apply(report("D", K.EXPIRED, client_id="C3"))
    counts = made.counts()
    assert (counts["expired"], counts["done_for_day"], counts["filled"]) == (2, 1, 1)
    assert [state_of(order).value for order in made.all_orders()] == ["CANCELED", "FILLED", "CANCELED"]


def test_an_order_that_goes_on_tomorrow_shows_as_what_it_was() -> None:
    made = store("C1", "C2")
    made.apply(report("A", K.DONE_FOR_DAY))
    made.apply(report("B", K.TRADE, 1, client_id="C2"))
    made.apply(report("C", K.DONE_FOR_DAY, client_id="C2", at=1))
    assert [state_of(order) for order in made.all_orders()] == [OrderState.OPEN, OrderState.PARTIALLY_FILLED]
    assert made.counts()["open"] == 2


def test_what_was_not_applied_is_kept_to_be_looked_at_up_to_a_bound() -> None:
    made = store()
    for number in range(101):
        made.apply(report(f"X{number}", K.TRADE, 0))
    assert [each.exec_id for each in made.quarantined()] == [f"X{number}" for number in range(100)]
    assert made.alerts() == {"BAD_ARITHMETIC": 101}


def busy(keep_closed: int | None) -> InMemoryOrderStore:
    """Return a store in which everything that a snapshot holds has a value of its own."""
    made = store(keep_closed=keep_closed)
    for _ in range(5):
        made.add(made.next_client_id(), "BTCUSDT", Side.BUY, 10, 500, 1)
    made.next_client_id()
    ids = [f"CLI{number:08d}" for number in range(1, 6)]
    made.request(ids[0], "R1", True, 20)
    made.apply(report("A", K.ACCEPTED, client_id=ids[0], exchange_id="V1"))
    made.apply(report("B", K.TRADE, 10, client_id=ids[2], exchange_id="V3"))
    made.apply(report("C", K.CANCELED, client_id=ids[1]))
    made.apply(report("D", K.REJECTED, client_id=ids[3]))
    made.apply(report("E", K.TRADE, 3, client_id="X", exchange_id="VX"))
    made.apply(report("F", K.TRADE, 0, client_id=ids[0]))
    made.apply(report("F2", K.TRADE_CANCEL, client_id="X"))
    return made


@pytest.mark.parametrize("keep_closed", [None, 0, 1, 2])
def test_a_store_that_is_taken_up_again_has_the_same_future(keep_closed: int | None) -> None:
    made = busy(keep_closed)
    back = InMemoryOrderStore(keep_closed, run_id="run")
    back.add("other", "ETHUSDT", Side.SELL, 1, 1, 1)  # what was there is forgotten
    back.restore(json.loads(json.dumps(made.snapshot())))
    back._check()
    for one in (made, back):
        assert one.next_client_id() == "CLI00000007"
        assert one.ids.for_venue("CLI00000007") == "run-CLI00000007"
        assert one.counts()["sent"] == 5
        assert one.counts()["fill_events"] == 2
        assert one.get_by_exchange_id("V1") is one.get("CLI00000001") is one.get("R1")
        assert len(one.quarantined()) == 2
        assert one.alerts() == {"BAD_ARITHMETIC": 2, "UNKNOWN_ORDER": 1}
        assert names(one.strangers()) == ["X"]
    assert back.get("other") is None
    future = [
        report("B", K.TRADE, 10, client_id="CLI00000003", exchange_id="V3"),
        report("E", K.TRADE, 3, client_id="X", exchange_id="VX"),
        report("G", K.TRADE, 1, client_id="", exchange_id="VX"),
        report("H", K.REPLACED, client_id="R1", orig_id="CLI00000001", at=5),
        report("I", K.TRADE, 5, client_id="", exchange_id="V1", at=6),
        report("J", K.EXPIRED, client_id="CLI00000005", at=7),
    ]
    for each in future:
        assert back.apply(each).to_dict() == made.apply(each).to_dict()
        back._check()
        assert back.snapshot() == made.snapshot()
        assert (back.export(), back.counts()) == (made.export(), made.counts())
        assert names(back.open_orders()) == names(made.open_orders())


def test_reset_forgets_all() -> None:
    made = busy(None)
    made.reset()
    assert made.snapshot() == InMemoryOrderStore(run_id="run").snapshot()
    assert (made.all_orders(), made.alerts(), made.quarantined()) == ([], {}, [])
