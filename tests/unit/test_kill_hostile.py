"""What a venue, a wire or an operator can do to a kill that must not undo it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.kit.orders import ScriptedExchange, change, intent, report
from tests.kit.risk import TAKE, monitor, ready
from tests.unit.test_kill import BTC, ETH, Rig, S, closing
from tools.core.errors import UsageError
from tools.core.events import Side
from tools.core.orders import ChangeAlert, Intent, OrderStatus
from tools.core.reports import ReportKind
from tools.live import ExecutionLoop, InMemoryOrderStore
from tools.live.reconciliation import own_orders, venue_positions
from tools.risk import ApprovedOrder, Effect


def test_a_refusal_that_comes_after_the_acknowledgement_does_not_let_the_order_rest_for_ever() -> None:
    """The venue did not know the order yet; the answer travels slower than the acknowledgement."""
    rig = Rig()
    rig.loop.kill("anna", "stop")
    rig.tell((BTC[0], ReportKind.ACCEPTED))
    rig.tell((BTC[0], ReportKind.CANCEL_REJECTED))
    rig.quotes(4)
    assert rig.venue.canceled.count(BTC[0]) == 1, "not in a storm"
    rig.quotes(5)
    assert rig.venue.canceled.count(BTC[0]) == 2
    rig.tell((BTC[0], ReportKind.CANCEL_REJECTED), at=5)
    rig.quotes(9)
    rig.quotes(10)
    assert rig.venue.canceled.count(BTC[0]) == 3


def test_a_late_acknowledgement_by_the_venues_id_alone_is_cancelled_too() -> None:
    rig = Rig()
    rig.loop.kill("anna", "stop")
    told = {"side": Side.BUY, "exchange_id": "V1"}
    rig.venue.waiting.append(report("r1", ReportKind.CANCEL_REJECTED, client_id=BTC[0], **told))
    rig.loop.on_fill()
    rig.venue.waiting.append(report("r2", ReportKind.ACCEPTED, client_id="", **told))
    rig.loop.on_fill()
    assert rig.venue.canceled.count(BTC[0]) == 2


@pytest.mark.parametrize("scope", [None, "BTCUSDT"])
def test_a_thaw_ends_the_flattening_and_the_next_kill_does_not_take_it_up(scope: str | None) -> None:
    rig = Rig()
    rig.tell((BTC[0], ReportKind.TRADE), lots=1_000)
    rig.loop.kill("anna", "stop", symbol=scope, flatten=True)
    rig.risk.thaw("anna", "looked into it", scope, Effect.KILL)
    rig.loop.on_fill()
    rig.loop.kill("ben", "stop, and leave the position alone")
    rig.tell((BTC[0], ReportKind.CANCELED), (BTC[1], ReportKind.CANCELED))
    rig.quotes(2)
    assert closing(rig) == []


def test_what_opens_a_freeze_does_not_open_the_kill_that_came_upon_it() -> None:
    rig = Rig()
    rig.risk.freeze("the edge is gone")
    rig.loop.kill("anna", "stop")
    assert [cause.effect for cause in rig.risk.holds.in_force()] == [Effect.HALT, Effect.KILL]
    rig.risk.thaw("ben", "the edge is back")
    assert rig.risk.is_frozen() and rig.risk.holds.killed()
    assert rig.loop.submit(intent(Side.BUY, 1, 500, "BTCUSDT")) == "risk:KILLED"
    rig.risk.thaw("anna", "looked into it", effect=Effect.KILL)
    assert not rig.risk.is_frozen() and not rig.risk.holds.killed()


def test_what_opens_a_kill_does_not_open_the_freeze_below_it() -> None:
    rig = Rig()
    rig.risk.freeze("the edge is gone")
    rig.loop.kill("anna", "stop")
    rig.risk.thaw("anna", "looked into it", effect=Effect.KILL)
    assert rig.risk.is_frozen() and not rig.risk.holds.killed()
    assert rig.loop.submit(intent(Side.BUY, 1, 500, "BTCUSDT")) == "risk:FROZEN"


def test_a_kill_right_after_a_thaw_flattens_if_it_is_to() -> None:
    rig = Rig()
    rig.tell((BTC[0], ReportKind.TRADE), lots=1_000)
    rig.loop.kill("anna", "stop", flatten=True)
    rig.risk.thaw("anna", "looked into it", effect=Effect.KILL)
    rig.loop.kill("ben", "stop and close", flatten=True)
    rig.tell((BTC[0], ReportKind.CANCELED), (BTC[1], ReportKind.CANCELED))
    assert [row[:2] for row in closing(rig)] == [("BTCUSDT", "SELL")]


def test_the_closing_order_can_be_killed_by_itself() -> None:
    rig = Rig()
    rig.tell((BTC[0], ReportKind.TRADE), lots=1_000)
    rig.loop.kill("anna", "stop", flatten=True)
    rig.tell((BTC[0], ReportKind.CANCELED), (BTC[1], ReportKind.CANCELED))
    sent = rig.venue.placed[-1][0]
    assert sent not in rig.venue.canceled
    rig.loop.kill("anna", "not this either", client_id=sent)
    assert rig.venue.canceled.count(sent) == 1


def test_an_order_is_killed_by_the_id_of_its_replace_and_an_unknown_id_is_said() -> None:
    rig = Rig()
    rig.store.request(BTC[0], "R1", replace=True, qty_lots=5)
    rig.loop.kill("anna", "stop this", client_id="R1")
    assert rig.venue.canceled == [BTC[0]]
    with pytest.raises(UsageError, match="no such order"):
        rig.loop.kill("anna", "stop that", client_id="CLI99999999")
    assert list(rig.risk.condemned) == [BTC[0]]


def test_an_order_that_a_bust_reopens_is_still_condemned() -> None:
    rig = Rig()
    rig.loop.kill("anna", "stop this", client_id=BTC[0])
    order = rig.store.get(BTC[0])
    assert order is not None
    ids = {"client_id": BTC[0], "side": Side.BUY}
    fill = report("f1", ReportKind.TRADE, order.leaves_lots, ticks=4_998_750, **ids)
    bust = report("b1", ReportKind.TRADE_CANCEL, ref_id="f1", at=1, **ids)
    for said in (fill, bust):
        rig.venue.waiting.append(said)
        rig.loop.on_fill()
    assert order.open_lots > 0
    assert rig.venue.canceled == [BTC[0], BTC[0]], "what is open again is cancelled again"


class _Unsure(Rig):
    """A venue to which the connection breaks after an order was written to it."""

    def break_at_next(self) -> None:
        place = self.venue.place_limit

        def broken(*order, **more) -> None:
            place(*order, **more)
            self.venue.place_limit = place
            raise ConnectionError("reset by peer")

        self.venue.place_limit = broken


def test_an_order_that_may_have_left_counts_and_is_cancelled_by_a_kill() -> None:
    rig = _Unsure()
    before = rig.risk.exposures()["BTCUSDT"].worst_long_lots()
    rig.break_at_next()
    with pytest.raises(ConnectionError):
        rig.loop.submit(intent(Side.BUY, 7, 5_000_000))
    assert rig.risk.exposures()["BTCUSDT"].worst_long_lots() == before + 7
    rig.loop.kill("anna", "stop")
    assert sorted(rig.venue.canceled) == [*BTC, *ETH, "CLI00000005"]
    life = rig.loop.lifecycle()
    assert life["attempted"] == life["refused"] + life["rejected"] + life["accepted"] + life["unanswered"]


def test_a_closing_order_that_may_have_left_is_not_sent_twice() -> None:
    rig = _Unsure()
    rig.tell((BTC[0], ReportKind.TRADE), lots=1_000)
    rig.loop.kill("anna", "stop", flatten=True)
    rig.break_at_next()
    rig.tell((BTC[0], ReportKind.CANCELED), (BTC[1], ReportKind.CANCELED))
    for at in range(1, 4):
        rig.quotes(at)
    assert len(closing(rig)) == 1, "two of them would turn the position round"
    assert rig.alerts()["FLATTEN_FAILED"] == 1


def test_an_order_that_the_client_refuses_to_send_has_not_left() -> None:
    rig = Rig()

    def refusing(*order, **more) -> None:
        raise UsageError("no such symbol")

    rig.venue.place_limit = refusing
    with pytest.raises(UsageError):
        rig.loop.submit(intent(Side.BUY, 7, 5_000_000))
    assert len(rig.store.all_orders()) == 4


def test_a_narrator_that_raises_loses_no_report_under_a_kill() -> None:
    rig = Rig()
    said = []

    def narrate(line: str) -> None:
        said.append(line)
        raise BrokenPipeError

    rig.loop = ExecutionLoop(rig.venue, rig.store, rig.risk, narrate=narrate)
    rig.loop.kill("anna", "stop")
    for number, (client_id, kind, lots) in enumerate(
        ((BTC[0], ReportKind.REJECTED, 0), (ETH[0], ReportKind.TRADE, 9))
    ):
        symbol = "BTCUSDT" if client_id in BTC else "ETHUSDT"
        rig.venue.waiting.append(report(f"n{number}", kind, lots, client_id=client_id, symbol=symbol))
    rig.loop.on_fill()
    assert len(said) == 2
    assert rig.risk.exposures()["ETHUSDT"].position_lots == 9


def test_the_closing_order_is_one_however_the_listener_fails() -> None:
    rig = Rig()
    rig.tell((BTC[0], ReportKind.TRADE), lots=1_000)
    rig.loop.kill("anna", "stop", flatten=True)
    rig.listener.raising = True
    rig.tell((BTC[0], ReportKind.CANCELED), (BTC[1], ReportKind.CANCELED))
    sent = rig.venue.placed[-1][0]
    rig.quotes(1)
    assert sent not in rig.venue.canceled
    life = rig.loop.lifecycle()
    assert life["attempted"] == life["refused"] + life["rejected"] + life["accepted"] + life["unanswered"]


# -- reduce only, commands, books ----------------------------------------------------------------


def test_where_positions_may_only_shrink_what_adds_is_withdrawn_until_it_is_gone() -> None:
    """A resting order is asked for again, refused or not, while what only reduces may rest."""
    rig = Rig()
    rig.tell((BTC[0], ReportKind.TRADE), lots=1_000_500)  # more than the resting sell
    rig.risk.reduce_only("anna", "no more")
    rig.quotes(1)
    assert sorted(set(rig.venue.canceled)) == [BTC[1], *ETH]  # when it closes: everything open
    assert {cancel["reason"] for cancel in rig.records("cancel")} == {"risk:REDUCE_ONLY"}
    rig.tell(*[(name, ReportKind.CANCEL_REJECTED) for name in ETH])
    rig.venue.canceled.clear()
    for at in (2, 6, 7, 12):
        rig.quotes(at)
    assert rig.venue.canceled.count(ETH[0]) == rig.venue.canceled.count(ETH[1]) == 2
    assert BTC[1] not in rig.venue.canceled, "this one only reduces"


@pytest.mark.parametrize("command", ["kill", "reduce_only", "freeze_symbol"])
def test_a_mistyped_symbol_is_said_and_holds_nothing(command: str) -> None:
    risk = ready(monitor())
    words = ("why", "Z") if command == "freeze_symbol" else ("anna", "why", "Z")
    with pytest.raises(UsageError, match="unknown symbol 'Z'"):
        getattr(risk, command)(*words)
    assert not risk.holds.busy


def test_a_venue_that_lists_instruments_of_which_nothing_is_held_agrees() -> None:
    risk = monitor(profile="replay")
    venue = ScriptedExchange()
    venue.get_positions = lambda: {"A": Decimal(0), "Z": Decimal("0.00"), "Y": Decimal("0.1")}
    assert venue_positions(venue, risk) == {"A": 0, "Z": 0, "Y": None}


def test_a_replaced_order_is_compared_under_the_id_that_the_venue_has() -> None:
    store = InMemoryOrderStore()
    store.add("C1", "BTCUSDT", Side.BUY, 10, 500, 0)
    store.apply(report("e1", ReportKind.ACCEPTED, qty_lots=10))
    store.request("C1", "C2", replace=True, qty_lots=12)
    store.apply(report("e2", ReportKind.REPLACED, client_id="C2", orig_id="C1", qty_lots=12, at=1))
    assert own_orders(store) == {"C2": ("BTCUSDT", 12, True)}


def test_a_repeated_report_answers_no_request() -> None:
    risk = ready(monitor(profile="replay"))
    approved = risk.check(Intent("A", 0, Side.BUY, 1, 100), TAKE)
    assert isinstance(approved, ApprovedOrder)
    risk.on_order_sent("C", approved)
    for alert in (ChangeAlert.DUPLICATE, ChangeAlert.CONFLICT, ChangeAlert.BAD_ARITHMETIC):
        risk.on_order_change(
            change(0, symbol="A", after=OrderStatus.PENDING_NEW, leaves_lots=1, client_id="C", alert=alert)
        )
    risk.advance(6 * S)
    risk.tick()
    assert risk.alerts.counts()["IN_FLIGHT"] == 1
