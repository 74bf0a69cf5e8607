"""The walk over small orders goes along every edge of the published matrix, and tells it as it is."""

from __future__ import annotations

from tools.core.orders import OrderStatus, TimeInForce
from tools.core.reports import ReportKind
from tools.lab import order_diagram

S = OrderStatus
# FIX 5.0 SP2, Appendix D, the starred pairs. Left out: from Stopped to PartiallyFilled, which the
# same appendix contradicts (L.1.a: a trade of a stopped order reports Stopped, which ranks higher).
PUBLISHED = {
    S.PENDING_NEW: (S.NEW, S.REJECTED),
    S.NEW: (S.NEW, S.PARTIALLY_FILLED, S.FILLED, S.DONE_FOR_DAY, S.PENDING_CANCEL, S.PENDING_REPLACE,
            S.REJECTED, S.STOPPED),
    S.PARTIALLY_FILLED: (S.PARTIALLY_FILLED, S.FILLED, S.DONE_FOR_DAY, S.PENDING_CANCEL,
                         S.PENDING_REPLACE, S.CANCELED),
    S.FILLED: (S.PARTIALLY_FILLED, S.FILLED, S.PENDING_REPLACE),
    S.DONE_FOR_DAY: (S.PARTIALLY_FILLED,),
    S.PENDING_CANCEL: (S.NEW, S.PARTIALLY_FILLED, S.FILLED, S.PENDING_CANCEL, S.CANCELED),
    S.PENDING_REPLACE: (S.NEW, S.PARTIALLY_FILLED, S.FILLED, S.PENDING_REPLACE, S.CANCELED),
}  # fmt: skip


def test_every_published_edge_is_gone_along() -> None:
    edges, _ = order_diagram.walk(TimeInForce.GTC)
    missing = [(a, b) for a, to in PUBLISHED.items() for b in to if (a, b) not in edges]
    assert missing == []
    assert (S.STOPPED, S.PARTIALLY_FILLED) not in edges


def test_every_kind_is_told_in_every_walk() -> None:
    for lasting in (TimeInForce.GTC, TimeInForce.DAY):
        edges, _ = order_diagram.walk(lasting)
        assert {kind for kinds in edges.values() for kind in kinds} == {kind.value for kind in ReportKind}


def test_questions_and_repetitions_change_nothing() -> None:
    edges, _ = order_diagram.walk(TimeInForce.GTC)
    for (before, after), kinds in edges.items():
        if kinds.keys() & {"STATUS", "DUPLICATE_ID", "UNRESOLVED"}:
            assert before is after


def test_only_a_gtc_order_trades_on_after_its_day() -> None:
    rows = {(before, after): kinds for before, after, kinds in order_diagram.matrix()}
    assert "`TRADE` (GTC)" in rows["`DONE_FOR_DAY`", "`PARTIALLY_FILLED`"]
    assert rows["`PENDING_CANCEL`", "`DONE_FOR_DAY`"] == "`DONE_FOR_DAY` (DAY)"


def test_what_is_odd_is_in_italics() -> None:
    # A rejected order that fills all the same was not rejected; the venue's word came late.
    rows = {(before, after): kinds for before, after, kinds in order_diagram.matrix()}
    assert rows["`REJECTED`", "`PARTIALLY_FILLED`"] == "*`TRADE`*"
