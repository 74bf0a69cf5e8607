"""What loop, desk, cancels, books and quality make of reports that are told in an unusual way."""

from __future__ import annotations

import pytest

from tests.kit.orders import T0_NS, ScriptedExchange, report
from tools.core.errors import UsageError
from tools.core.events import Side
from tools.core.instrument import Instrument
from tools.core.orders import Intent, OrderStatus, TimeInForce
from tools.core.reports import ExecutionReport, ReportKind
from tools.core.verdicts import Ceiling
from tools.execution import FeeConfig
from tools.execution.client_ids import ClientIds
from tools.live.books import Books
from tools.live.cancels import Cancels
from tools.live.desk import Desk
from tools.live.execution_loop import ExecutionLoop
from tools.live.order_store import InMemoryOrderStore
from tools.live.reconciliation import own_orders
from tools.risk import ApprovedOrder, RuntimeRiskMonitor

K = ReportKind
SYMBOL = "BTCUSDT"
ONE = "CLI00000001"


class Rig:
    """A loop over a scripted venue, with books of its only instrument."""

    def __init__(self) -> None:
        self.venue = ScriptedExchange()
        self.store = InMemoryOrderStore()
        instruments = {SYMBOL: Instrument(venue="test", symbol=SYMBOL, tick="0.01", lot="0.00000001")}
        self.risk = RuntimeRiskMonitor(
            max_inventory_usd_per_symbol=10_000,
            max_total_notional_usd=50_000,
            edge_freeze_threshold_bps="1.5",
            instruments=instruments,
        )
        self.books = Books(instruments, FeeConfig(maker_ubps=0, taker_ubps=0))
        self.loop = ExecutionLoop(self.venue, self.store, self.risk, listener=self.books)
        self.loop.advance(T0_NS)
        self.risk.on_quote(SYMBOL, 999, 1001)

    def send(self, lots: int = 10, time_in_force: TimeInForce = TimeInForce.GTC) -> str:
        intent = Intent(SYMBOL, T0_NS, Side.BUY, lots, 1000, Ceiling.PASSIVE, time_in_force)
        assert self.loop.submit(intent) is None
        return self.store.all_orders()[-1].client_id

    def hear(self, *told: ExecutionReport) -> None:
        self.venue.waiting += told
        self.loop.on_fill()

    def working(self) -> list[tuple[str, int]]:
        return [(w.client_id, w.leaves_lots) for w in self.loop._desk.working(SYMBOL)]

    def open_lots(self) -> int:
        return self.risk.exposures()[SYMBOL].open_buy_lots

    def quality(self) -> dict[str, object]:
        return self.books.book(SYMBOL).quality.to_dict()


def test_an_order_is_kept_with_the_time_in_force_that_it_was_sent_with() -> None:
    rig = Rig()
    rig.send(time_in_force=TimeInForce.DAY)
    rig.hear(report("A", K.ACCEPTED, client_id=ONE), report("B", K.DONE_FOR_DAY, client_id=ONE))
    (order,) = rig.store.all_orders()
    assert order.time_in_force is TimeInForce.DAY
    assert order.closed_as is OrderStatus.DONE_FOR_DAY  # a day order does not go on tomorrow
    assert rig.open_lots() == 0


@pytest.mark.parametrize(
    "end",
    [
        report("B", K.CANCELED, client_id="web-1", orig_id=ONE),  # the venue's own cancel has an id
        report("B", K.CANCELED, client_id="", exchange_id="V1"),  # named by the venue's id alone
        report("B", K.TRADE, 10, client_id="", exchange_id="V1"),
    ],
)
def test_an_order_leaves_the_desk_however_its_end_names_it(end: ExecutionReport) -> None:
    rig = Rig()
    rig.send()
    rig.hear(report("A", K.ACCEPTED, client_id=ONE, exchange_id="V1"))
    assert rig.working() == [(ONE, 10)]
    rig.hear(end)
    assert rig.working() == []


def test_an_order_that_works_again_is_back_on_the_desk() -> None:
    rig = Rig()
    rig.send()
    rig.hear(report("A", K.TRADE, 10, client_id=ONE))
    assert rig.working() == []
    rig.hear(report("B", K.TRADE_CANCEL, client_id=ONE, ref_id="A"))
    assert rig.working() == [(ONE, 10)]
    assert rig.open_lots() == 10


def test_the_desk_takes_in_no_order_of_others_and_none_that_is_closed() -> None:
    rig = Rig()
    rig.send()
    rig.hear(report("A", K.ACCEPTED, client_id="web-1", qty_lots=5))
    rig.hear(report("B", K.CANCELED, client_id=ONE), report("C", K.TRADE, 3, client_id=ONE))
    assert rig.working() == []


def test_a_cancel_that_is_refused_under_an_id_of_its_own_may_be_sent_again() -> None:
    rig = Rig()
    rig.send()
    rig.hear(report("A", K.ACCEPTED, client_id=ONE))
    rig.loop._cancel(ONE, "test:ASKED")
    rig.hear(report("B", K.CANCEL_REJECTED, client_id="Y1", orig_id=ONE))
    assert rig.loop._cancels.refused(ONE, rig.loop._now_ns)
    assert not rig.loop._desk.working(SYMBOL)[0].cancel_sent
    assert rig.loop._cancel(ONE, "test:ASKED")


def test_a_refusal_that_is_told_again_answers_no_later_cancel() -> None:
    store, cancels = InMemoryOrderStore(), Cancels()
    store.add(ONE, SYMBOL, Side.BUY, 10, 1000, T0_NS)
    refusal = report("A", K.CANCEL_REJECTED, client_id=ONE)
    cancels.send(ONE, T0_NS)
    assert cancels.follow(refusal, store.apply(refusal))
    cancels.send(ONE, T0_NS + 1)
    assert not cancels.follow(refusal, store.apply(refusal))
    assert not cancels.send(ONE, T0_NS + 2)  # the second one is still under way


def test_a_fill_of_an_instrument_that_is_not_traded_here_freezes_and_raises_nothing() -> None:
    rig = Rig()
    rig.send()
    rig.hear(
        report("A", K.TRADE, 7, client_id="web-1", symbol="DOGEUSDT"),
        report("B", K.TRADE_CANCEL, client_id="web-1", symbol="DOGEUSDT", ref_id="A"),
        report("C", K.TRADE, 4, client_id=ONE),  # and what came with it is booked
    )
    assert rig.risk.is_frozen("DOGEUSDT")
    assert rig.books.positions.get(SYMBOL).position_lots == 4
    assert list(rig.books.positions.by_symbol) == [SYMBOL]


def test_an_end_that_states_another_total_ends_the_order_for_quality_too() -> None:
    rig = Rig()
    rig.send()
    rig.hear(report("A", K.ACCEPTED, client_id=ONE))
    rig.hear(report("B", K.CANCELED, client_id=ONE, cum_lots=3))  # a fill is missing
    quality = rig.quality()
    assert (quality["open"], quality["closed"]) == (
        0,
        {"canceled": 1, "expired": 0, "filled": 0, "rejected": 0},
    )


def test_an_acknowledgement_that_states_another_total_is_one() -> None:
    rig = Rig()
    rig.send()
    rig.hear(report("A", K.ACCEPTED, client_id=ONE, cum_lots=2))
    assert rig.quality()["acknowledged"] == 1


def test_quality_measures_a_fill_once_and_no_change_of_units() -> None:
    rig = Rig()
    rig.send()
    rig.hear(
        report("A", K.TRADE, 4, client_id=ONE, ticks=1000),
        report("B", K.TRADE_CORRECT, 3, client_id=ONE, ticks=1000, ref_id="A"),
        report("C", K.REDENOMINATED, client_id=ONE, cum_lots=6, qty_lots=20),
    )
    fills = rig.quality()["fills"]
    assert isinstance(fills, dict)
    assert (fills["unknown"]["fills"], fills["unknown"]["lots"]) == (1, 4)
    assert rig.books.positions.get(SYMBOL).position_lots == 6


def test_a_desk_that_is_told_without_the_order_takes_nothing_in() -> None:
    store, desk = InMemoryOrderStore(), Desk()
    store.add(ONE, SYMBOL, Side.BUY, 10, 1000, T0_NS)
    desk.on_sent(ONE, ApprovedOrder(Intent(SYMBOL, T0_NS, Side.BUY, 10, 1000), 1000))
    for told in (
        report("A", K.TRADE, 10, client_id=ONE),
        report("B", K.TRADE_CANCEL, client_id=ONE, ref_id="A"),
    ):
        desk.on_report(told, store.apply(told))
    assert desk.working(SYMBOL) == []


def test_an_order_that_others_have_replaced_is_cancelled_killed_and_compared_by_its_new_id() -> None:
    rig = Rig()
    rig.send()
    rig.hear(report("A", K.ACCEPTED, client_id=ONE))
    rig.hear(report("B", K.REPLACED, client_id="web-2", orig_id=ONE, qty_lots=8, at=1))
    assert own_orders(rig.store) == {"web-2": (SYMBOL, 8, True)}
    rig.loop.kill("anna", "typed the wrong size", client_id="web-2")
    assert rig.venue.canceled == ["web-2"]
    rig.hear(report("C", K.CANCELED, client_id="web-2", at=2))
    assert (rig.store.open_orders(), rig.working(), rig.open_lots()) == ([], [], 0)


def test_an_id_for_a_venue_can_be_told_from_those_of_other_runs() -> None:
    for run_id in ("r1", "r1-a"):
        ids = ClientIds(run_id)
        made = ids.for_venue(ids.next())
        assert (ids.from_venue(made), ClientIds("r1-b").from_venue(made)) == (ONE, None)
    with pytest.raises(UsageError, match="r1-a-b"):  # of run r1, or of run r1-a?
        ClientIds("r1").for_venue("a-b")
