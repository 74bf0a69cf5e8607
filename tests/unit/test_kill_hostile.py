"""What a venue, a wire or an operator can do to a kill that must not undo it."""

from __future__ import annotations

from tests.kit.orders import report
from tests.unit.test_kill import BTC, Rig
from tools.core.events import Side
from tools.core.reports import ReportKind


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
