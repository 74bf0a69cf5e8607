"""What a venue, a wire or an operator can do to a kill that must not undo it."""

from __future__ import annotations

import pytest

from tests.kit.orders import intent, report
from tests.unit.test_kill import BTC, ETH, Rig, closing
from tools.core.errors import UsageError
from tools.core.events import Side
from tools.core.reports import ReportKind
from tools.live import ExecutionLoop


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
    rig.risk.thaw("anna", "looked into it", scope)
    rig.loop.on_fill()
    rig.loop.kill("ben", "stop, and leave the position alone")
    rig.tell((BTC[0], ReportKind.CANCELED), (BTC[1], ReportKind.CANCELED))
    rig.quotes(2)
    assert closing(rig) == []


def test_a_kill_right_after_a_thaw_flattens_if_it_is_to() -> None:
    rig = Rig()
    rig.tell((BTC[0], ReportKind.TRADE), lots=1_000)
    rig.loop.kill("anna", "stop", flatten=True)
    rig.risk.thaw("anna", "looked into it")
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
