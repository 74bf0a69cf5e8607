"""The desk (open orders for the quoter) and the books (positions, quality, recent rejections)."""

from __future__ import annotations

import pytest

from tests.kit import orders
from tests.kit.orders import report
from tools.core.events import Side
from tools.core.instrument import Instrument
from tools.core.orders import ChangeAlert, Intent, OrderChange, OrderStatus, TimeInForce
from tools.core.reports import ExecutionReport, ReportKind
from tools.core.units import NS_PER_S
from tools.core.verdicts import Ceiling
from tools.execution import FeeConfig, Quoter, QuoterConfig
from tools.execution.strangers import without_order
from tools.live.books import Books
from tools.live.desk import Desk
from tools.live.order_store import InMemoryOrderStore
from tools.risk import ApprovedOrder

A, B = "test:AA", "test:BB"
INSTRUMENTS = {key: Instrument(venue="test", symbol=key[5:], tick="1", lot="1") for key in (A, B)}
T = 1_700_000_000 * NS_PER_S
K = ReportKind


def approved(
    side: Side = Side.BUY,
    lots: int = 10,
    ticks: int = 100,
    symbol: str = A,
    tif: TimeInForce = TimeInForce.GTC,
) -> ApprovedOrder:
    return ApprovedOrder(Intent(symbol, T, side, lots, ticks, Ceiling.PASSIVE, tif), ticks)


class Desked:
    """A desk beside a store that says what each report has changed."""

    def __init__(self, *orders: tuple[str, ApprovedOrder]) -> None:
        self.desk = Desk()
        self.store = InMemoryOrderStore()
        self.reports = 0
        for client_id, order in orders:
            intent = order.intent
            self.store.add(client_id, intent.symbol, intent.side, intent.qty_lots, order.price_ticks, T)
            self.desk.on_sent(client_id, order)

    def hear(self, client_id: str, kind: ReportKind, lots: int = 0, symbol: str = A, side=Side.BUY) -> None:
        self.reports += 1
        told = report(
            f"e{self.reports}", kind, lots, client_id=client_id, symbol=symbol, side=side, ticks=100
        )
        self.desk.on_report(told, self.store.apply(told))

    def open(self, symbol: str = A) -> list[tuple[str, int, bool, bool]]:
        return [
            (w.client_id, w.leaves_lots, w.acknowledged, w.cancel_sent) for w in self.desk.working(symbol)
        ]


# -- the desk -----------------------------------------------------------------------------


def test_an_instrument_without_orders_has_none() -> None:
    assert Desk().working(A) == []


def test_orders_are_told_by_instrument_oldest_first() -> None:
    desked = Desked(("C1", approved()), ("C2", approved(Side.SELL)), ("C3", approved(symbol=B)))
    assert [w.client_id for w in desked.desk.working(A)] == ["C1", "C2"]
    assert [w.client_id for w in desked.desk.working(B)] == ["C3"]
    first = desked.desk.working(A)[0]
    assert (first.side, first.price_ticks, first.leaves_lots) == (Side.BUY, 100, 10)
    assert (first.taking, first.acknowledged, first.cancel_sent) == (False, False, False)


def test_an_order_that_may_not_rest_is_a_taking_one() -> None:
    desked = Desked(("C1", approved(tif=TimeInForce.IOC)))
    assert desked.desk.working(A)[0].taking is True


def test_an_order_from_sent_to_filled() -> None:
    desked = Desked(("C1", approved()))
    desked.hear("C1", K.ACCEPTED)
    assert desked.open() == [("C1", 10, True, False)]
    desked.hear("C1", K.TRADE, 4)
    assert desked.open() == [("C1", 6, True, False)]
    desked.hear("C1", K.TRADE, 6)
    assert desked.open() == []


def test_a_fill_before_the_acknowledgement_is_no_acknowledgement() -> None:
    desked = Desked(("C1", approved()))
    desked.hear("C1", K.TRADE, 4)
    assert desked.open() == [("C1", 6, False, False)]


@pytest.mark.parametrize("kind", [K.REJECTED, K.CANCELED, K.EXPIRED])
def test_a_closed_order_leaves_and_the_others_stay(kind: ReportKind) -> None:
    desked = Desked(("C1", approved()), ("C2", approved()))
    desked.hear("C1", kind)
    assert desked.open() == [("C2", 10, False, False)]
    desked.hear("C1", K.TRADE, 1)  # late: no order of the desk's
    desked.desk.on_cancel("C1", True)
    assert desked.open() == [("C2", 10, False, False)]


def test_a_cancel_under_way_and_refused() -> None:
    desked = Desked(("C1", approved()), ("C2", approved()))
    desked.desk.on_cancel("C1", True)
    assert [row[3] for row in desked.open()] == [True, False]
    desked.desk.on_cancel("C1", False)
    assert [row[3] for row in desked.open()] == [False, False]


def test_reports_about_unknown_orders_change_nothing() -> None:
    desked = Desked(("C1", approved()))
    desked.hear("WHO", K.TRADE, 3)
    desked.hear("WHO", K.CANCELED)
    assert desked.open() == [("C1", 10, False, False)]


def test_a_report_that_the_store_could_not_place_closes_nothing() -> None:
    desked = Desked(("C1", approved()))
    told = report("e", K.CANCELED, symbol=A)
    lost = without_order(told, ChangeAlert.UNKNOWN_ORDER)
    desked.desk.on_report(told, lost)
    assert desked.open() == [("C1", 10, False, False)]


# -- the books ----------------------------------------------------------------------------


def books() -> Books:
    made = Books(INSTRUMENTS, FeeConfig(maker_ubps=0, taker_ubps=0))
    made.now_ns = T
    return made


def change(
    fill: int = 0, alert: ChangeAlert = ChangeAlert.NONE, side=Side.BUY, symbol: str = A
) -> OrderChange:
    return orders.change(fill, symbol=symbol, side=side, after=OrderStatus.REJECTED, alert=alert)


def rejected(symbol: str = A) -> ExecutionReport:
    return report("e", K.REJECTED, symbol=symbol)


def test_sent_and_rejected_count_for_sixty_seconds_each_from_its_own_time() -> None:
    made = books()
    made.on_sent("C1", approved(), T)
    made.now_ns = T + 10 * NS_PER_S
    made.on_report(rejected(), change())
    book = made.book(A)

    def seen(at_s: int) -> tuple[int, int]:
        quality = book.recent(T + at_s * NS_PER_S)
        return quality.sent_60s, quality.rejected_60s

    assert [seen(at_s) for at_s in (10, 59, 60, 69, 70)] == [(1, 1), (1, 1), (0, 1), (0, 1), (0, 0)]


def test_the_same_figures_are_the_same_object() -> None:
    made = books()
    first = made.book(A).recent(T)
    assert made.book(A).recent(T + NS_PER_S) is first
    made.on_sent("C1", approved(), T + NS_PER_S)
    second = made.book(A).recent(T + NS_PER_S)
    assert second is not first and second.sent_60s == 1


def test_instruments_have_books_of_their_own() -> None:
    made = books()
    made.on_sent("C1", approved(), T)
    made.on_report(rejected(), change())
    assert (made.book(B).recent(T).sent_60s, made.book(B).recent(T).rejected_60s) == (0, 0)


@pytest.mark.parametrize(
    ("alert", "counted"),
    [
        (ChangeAlert.NONE, 1),
        (ChangeAlert.DUPLICATE, 0),
        (ChangeAlert.LATE, 0),
        (ChangeAlert.UNKNOWN_ORDER, 0),
    ],
)
def test_only_a_rejection_that_rejected_something_counts(alert: ChangeAlert, counted: int) -> None:
    made = books()
    made.on_report(rejected(), change(alert=alert))
    assert made.book(A).recent(T).rejected_60s == counted


def test_a_rejection_makes_that_side_of_that_quoter_wait() -> None:
    made = books()
    for key in (A, B):
        made.quoters[key] = Quoter(QuoterConfig(), INSTRUMENTS[key])
    before = {key: made.quoters[key].snapshot() for key in (A, B)}
    made.on_report(rejected(), change(side=Side.SELL))
    after = made.quoters[A].snapshot()
    assert after["sell"]["wait_until_ns"] == T + QuoterConfig().retry_after_ns  # type: ignore[index]
    assert after["buy"] == before[A]["buy"]
    assert made.quoters[B].snapshot() == before[B]
    made.on_report(rejected(B), change(symbol=B))
    assert made.quoters[B].snapshot() != before[B]


def test_a_rejection_without_a_quoter_is_counted_all_the_same() -> None:
    made = books()
    made.on_report(rejected(), change())
    assert made.book(A).recent(T).rejected_60s == 1


def test_fills_move_the_position_and_quotes_mark_it() -> None:
    made = books()
    made.on_report(report("e", K.TRADE, 7, symbol=A, ticks=100), change(7))
    made.mark(A, 2 * 103)
    body = made.positions.get(A).to_dict()
    assert (body["position_lots"], body["cash_htl"], body["unrealised_htl"]) == (7, -7 * 200, 7 * 6)
    assert made.positions.get(B).to_dict()["position_lots"] == 0
    assert made.book(A).mid_ht == 206


def test_a_fill_of_an_order_that_is_not_known_counts_into_the_position() -> None:
    made = books()
    told = report("e", K.TRADE, 3, client_id="X", symbol=A, side=Side.SELL, ticks=100)
    made.on_report(told, without_order(told, ChangeAlert.UNKNOWN_ORDER, 3))
    assert made.positions.get(A).to_dict()["position_lots"] == -3


def test_the_decision_s_mid_is_the_last_quote_s() -> None:
    made = books()
    made.mark(A, 200)
    made.on_sent("C1", approved(), T)
    made.mark(A, 260)
    # Bought at 100 ticks; the mid was 200 half-ticks when it was sent, 206 when it arrived.
    made.now_ns = T + 1
    accepted = ExecutionReport("e1", K.ACCEPTED, T + 1, "C1", "V", A, Side.BUY, mid_ht=206)
    made.on_report(
        accepted,
        orders.change(symbol=A, before=OrderStatus.PENDING_NEW, leaves_lots=7),
    )
    fill = report("e2", K.TRADE, 7, symbol=A, ticks=100)
    made.on_report(
        fill,
        orders.change(7, symbol=A, after=OrderStatus.FILLED),
    )
    costs = made.book(A).quality.to_dict()["fills"]["unknown"]  # type: ignore[index]
    assert (costs["delay_htl"], costs["slippage_htl"]) == (7 * 6, 7 * (200 - 206))
