"""An order is what has been reported about it; rows named X and J are those of the FIX scenarios."""

from __future__ import annotations

import pytest

from tests.kit.orders import order, report
from tools.core.orders import ChangeAlert, OrderStatus
from tools.core.reports import ReportKind

K, S, A = ReportKind, OrderStatus, ChangeAlert

# A scenario is rows of: exec id, kind, lots -> status, cumulative, leaves, alert.
Row = tuple[str, ReportKind, int, OrderStatus, int, int, ChangeAlert]

SCENARIOS: dict[str, list[Row]] = {
    "A.1.a acknowledged and filled in three executions": [
        ("A", K.ACCEPTED, 0, S.NEW, 0, 10_000, A.NONE),
        ("B", K.TRADE, 2000, S.PARTIALLY_FILLED, 2000, 8000, A.NONE),
        ("C", K.TRADE, 1000, S.PARTIALLY_FILLED, 3000, 7000, A.NONE),
        ("D", K.TRADE, 7000, S.FILLED, 10_000, 0, A.NONE),
    ],
    "B.1.a cancel of an order with no fills": [
        ("A", K.ACCEPTED, 0, S.NEW, 0, 10_000, A.NONE),
        ("B", K.PENDING_CANCEL, 0, S.PENDING_CANCEL, 0, 10_000, A.NONE),
        ("C", K.CANCELED, 0, S.CANCELED, 0, 0, A.NONE),
    ],
    "B.1.b part fill before the cancel is accepted": [
        ("A", K.ACCEPTED, 0, S.NEW, 0, 10_000, A.NONE),
        ("B", K.TRADE, 2000, S.PARTIALLY_FILLED, 2000, 8000, A.NONE),
        ("C", K.PENDING_CANCEL, 0, S.PENDING_CANCEL, 2000, 8000, A.NONE),
        ("D", K.TRADE, 3000, S.PENDING_CANCEL, 5000, 5000, A.NONE),
        ("E", K.CANCELED, 0, S.CANCELED, 5000, 0, A.NONE),
    ],
    "B.1.c filled before the cancel could be accepted": [
        ("A", K.ACCEPTED, 0, S.NEW, 0, 10_000, A.NONE),
        ("B", K.PENDING_CANCEL, 0, S.PENDING_CANCEL, 0, 10_000, A.NONE),
        ("C", K.TRADE, 10_000, S.PENDING_CANCEL, 10_000, 0, A.NONE),
        ("D", K.CANCEL_REJECTED, 0, S.FILLED, 10_000, 0, A.NONE),
    ],
    "rejected": [("A", K.REJECTED, 0, S.REJECTED, 0, 0, A.NONE)],
    "unsolicited cancel of a part-filled order (E.1.b)": [
        ("A", K.ACCEPTED, 0, S.NEW, 0, 10_000, A.NONE),
        ("B", K.TRADE, 5000, S.PARTIALLY_FILLED, 5000, 5000, A.NONE),
        ("C", K.CANCELED, 0, S.CANCELED, 5000, 0, A.NONE),
    ],
    "expired after a part fill": [
        ("A", K.ACCEPTED, 0, S.NEW, 0, 10_000, A.NONE),
        ("B", K.TRADE, 1, S.PARTIALLY_FILLED, 1, 9999, A.NONE),
        ("C", K.EXPIRED, 0, S.EXPIRED, 1, 0, A.NONE),
    ],
    "X.1 same execution id twice": [
        ("A", K.ACCEPTED, 0, S.NEW, 0, 10_000, A.NONE),
        ("B", K.TRADE, 2000, S.PARTIALLY_FILLED, 2000, 8000, A.NONE),
        ("B", K.TRADE, 2000, S.PARTIALLY_FILLED, 2000, 8000, A.DUPLICATE),
        ("A", K.ACCEPTED, 0, S.PARTIALLY_FILLED, 2000, 8000, A.DUPLICATE),
    ],
    "same execution id, other content": [
        ("B", K.TRADE, 2000, S.PARTIALLY_FILLED, 2000, 8000, A.NONE),
        ("B", K.TRADE, 3000, S.PARTIALLY_FILLED, 2000, 8000, A.CONFLICT),
        ("B", K.CANCELED, 0, S.PARTIALLY_FILLED, 2000, 8000, A.CONFLICT),
        ("B", K.TRADE, 2000, S.PARTIALLY_FILLED, 2000, 8000, A.DUPLICATE),
    ],
    "X.3 overfill is booked, and leaves never negative": [
        ("A", K.ACCEPTED, 0, S.NEW, 0, 10_000, A.NONE),
        ("B", K.TRADE, 9000, S.PARTIALLY_FILLED, 9000, 1000, A.NONE),
        ("C", K.TRADE, 2000, S.FILLED, 11_000, 0, A.OVERFILL),
        ("D", K.TRADE, 1, S.FILLED, 11_001, 0, A.OVERFILL),
    ],
    "overfill while a cancel is pending": [
        ("A", K.PENDING_CANCEL, 0, S.PENDING_CANCEL, 0, 10_000, A.NONE),
        ("B", K.TRADE, 10_001, S.PENDING_CANCEL, 10_001, 0, A.OVERFILL),
        ("C", K.CANCEL_REJECTED, 0, S.FILLED, 10_001, 0, A.NONE),
    ],
    "X.5 fill before the acknowledgement": [
        ("B", K.TRADE, 2000, S.PARTIALLY_FILLED, 2000, 8000, A.NONE),
        ("A", K.ACCEPTED, 0, S.PARTIALLY_FILLED, 2000, 8000, A.NONE),
        ("C", K.TRADE, 8000, S.FILLED, 10_000, 0, A.NONE),
    ],
    "filled before the acknowledgement": [
        ("B", K.TRADE, 10_000, S.FILLED, 10_000, 0, A.NONE),
        ("A", K.ACCEPTED, 0, S.FILLED, 10_000, 0, A.LATE),
    ],
    "X.6 and J.1.b fill after cancel: Canceled stays, the quantity moves": [
        ("A", K.ACCEPTED, 0, S.NEW, 0, 10_000, A.NONE),
        ("B", K.CANCELED, 0, S.CANCELED, 0, 0, A.NONE),
        ("C", K.TRADE, 4000, S.CANCELED, 4000, 0, A.LATE),
        ("D", K.TRADE, 6000, S.FILLED, 10_000, 0, A.LATE),  # filled outranks canceled
    ],
    "X.7 stale Canceled after Filled": [
        ("A", K.ACCEPTED, 0, S.NEW, 0, 10_000, A.NONE),
        ("B", K.TRADE, 10_000, S.FILLED, 10_000, 0, A.NONE),
        ("C", K.CANCELED, 0, S.FILLED, 10_000, 0, A.LATE),
        ("D", K.PENDING_CANCEL, 0, S.FILLED, 10_000, 0, A.LATE),
        ("E", K.EXPIRED, 0, S.FILLED, 10_000, 0, A.LATE),
        ("F", K.REJECTED, 0, S.FILLED, 10_000, 0, A.LATE),
    ],
    "a second acknowledgement": [
        ("A", K.ACCEPTED, 0, S.NEW, 0, 10_000, A.NONE),
        ("B", K.ACCEPTED, 0, S.NEW, 0, 10_000, A.LATE),
    ],
    "refused cancel of a resting order": [
        ("A", K.ACCEPTED, 0, S.NEW, 0, 10_000, A.NONE),
        ("B", K.PENDING_CANCEL, 0, S.PENDING_CANCEL, 0, 10_000, A.NONE),
        ("C", K.CANCEL_REJECTED, 0, S.NEW, 0, 10_000, A.NONE),
    ],
    "canceled before it was acknowledged": [
        ("A", K.CANCELED, 0, S.CANCELED, 0, 0, A.NONE),
        ("B", K.ACCEPTED, 0, S.CANCELED, 0, 0, A.LATE),
    ],
    "bad arithmetic changes nothing and may be sent again correctly": [
        ("A", K.TRADE, 0, S.PENDING_NEW, 0, 10_000, A.BAD_ARITHMETIC),
        ("A", K.TRADE, -5, S.PENDING_NEW, 0, 10_000, A.BAD_ARITHMETIC),
        ("A", K.TRADE, 5, S.PARTIALLY_FILLED, 5, 9995, A.NONE),
    ],
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str) -> None:
    made = order(10_000)
    assert (made.status, made.leaves_lots) == (S.PENDING_NEW, 10_000)
    for exec_id, kind, lots, status, cum, leaves, alert in SCENARIOS[name]:
        before = made.status
        cum_before = made.cum_lots
        change = made.apply(report(exec_id, kind, lots))
        row = (exec_id, kind.value)
        assert (made.status, made.cum_lots, made.leaves_lots, change.alert) == (status, cum, leaves, alert), (
            row
        )
        assert (change.before, change.after) == (before, status), row
        assert (change.cum_lots, change.leaves_lots) == (cum, leaves), row
        assert change.fill_lots == cum - cum_before, row
        assert change.fill_ticks == (500 if change.fill_lots else 0), row
        ended = status in (S.FILLED, S.CANCELED, S.EXPIRED, S.REJECTED)
        assert (made.closed, made.closed_as) == (ended, status if ended else None), row


def test_a_trade_at_no_price_is_bad_arithmetic() -> None:
    made = order()
    for ticks in (0, -1):
        change = made.apply(report("A", K.TRADE, 5, ticks=ticks))
        assert change.alert is A.BAD_ARITHMETIC
    assert made.fills == {}


def test_average_price_is_exact_and_rounded_once() -> None:
    made = order()
    assert made.average_ticks_e8() is None
    made.apply(report("A", K.TRADE, 1, ticks=100))
    made.apply(report("B", K.TRADE, 2, ticks=101))
    assert made.value_lot_ticks == 1 * 100 + 2 * 101
    assert made.average_ticks_e8() == 10_066_666_667  # 302 / 3 = 100.666...
    assert made.fills == {"A": (1, 100), "B": (2, 101)}


def test_the_ledger_cannot_be_changed_from_outside() -> None:
    made = order()
    made.apply(report("A", K.TRADE, 1))
    made.fills.clear()
    assert made.cum_lots == 1
    assert made.fills == {"A": (1, 500)}
    with pytest.raises(AttributeError):
        made.status = S.FILLED  # type: ignore[misc]


def test_the_venue_s_id_and_words_are_kept() -> None:
    made = order()
    made.apply(report("A", K.ACCEPTED, exchange_id="V7"))
    made.apply(report("B", K.TRADE, 1))  # without an id: the known one stays
    assert made.exchange_id == "V7"
    rejected = order()
    rejected.apply(report("A", K.REJECTED, text="no credit"))
    assert (rejected.text, rejected.status) == ("no credit", S.REJECTED)


def test_to_dict_tells_everything_in_integers() -> None:
    made = order(10)
    made.apply(report("A", K.TRADE, 4, ticks=7, exchange_id="V"))
    assert made.to_dict() == {
        "average_ticks_e8": 700_000_000,
        "client_id": "C1",
        "client_ids": ["C1"],
        "cum_lots": 4,
        "exchange_id": "V",
        "fills": [["A", 4, 7]],
        "leaves_lots": 6,
        "price_ticks": 500,
        "qty_lots": 10,
        "sent_ns": made.sent_ns,
        "side": "BUY",
        "status": "PARTIALLY_FILLED",
        "symbol": "BTCUSDT",
        "text": "",
    }
