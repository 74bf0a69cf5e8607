"""Our books and the venue's: what differs, when it is believed, and that nothing is corrected."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.kit.orders import T0_NS, ScriptedExchange, quote, report
from tests.kit.risk import INSTRUMENTS, monitor
from tools.core.audit import AuditLog
from tools.core.events import Side
from tools.core.instrument import Instrument
from tools.core.orders import OpenOrder
from tools.core.reports import ReportKind
from tools.live import ExecutionLoop, InMemoryOrderStore, RuntimeRiskMonitor, ShadowParams
from tools.risk.reconcile import LOOK_AGAIN_NS, Mismatch, MismatchReason, Reconciler, compare

S = 10**9
POSITION, MISSING = MismatchReason.POSITION, MismatchReason.ORDER_MISSING
UNKNOWN, QUANTITY = MismatchReason.ORDER_UNKNOWN, MismatchReason.ORDER_QUANTITY


def resting(client_id: str, leaves: int) -> OpenOrder:
    return OpenOrder(client_id, f"E{client_id}", "A", Side.BUY, 9, leaves, 100)


@pytest.mark.parametrize(
    ("own_positions", "venue_positions", "own_orders", "venue_orders", "expected"),
    [
        ({}, {}, {}, [], []),
        ({"A": 5}, {"A": 5}, {}, [], []),
        ({"A": 0}, {}, {}, [], []),
        ({"A": 5}, {}, {}, [], [(POSITION, "A", "", 5, 0)]),
        ({}, {"A": -5}, {}, [], [(POSITION, "A", "", 0, -5)]),
        ({"A": 5}, {"A": None}, {}, [], [(POSITION, "A", "", 5, None)]),
        ({}, {}, {"c": ("A", 3, True)}, [resting("c", 3)], []),
        ({}, {}, {"c": ("A", 3, True)}, [resting("c", 2)], [(QUANTITY, "A", "c", 3, 2)]),
        ({}, {}, {"c": ("A", 3, True)}, [], [(MISSING, "A", "c", 3, None)]),
        # Nobody has answered, or a cancel is under way: it may or may not rest there.
        ({}, {}, {"c": ("A", 3, False)}, [], []),
        ({}, {}, {"c": ("A", 3, False)}, [resting("c", 2)], []),
        ({}, {}, {}, [resting("x", 2)], [(UNKNOWN, "A", "x", None, 2)]),
    ],
)
def test_what_differs(own_positions, venue_positions, own_orders, venue_orders, expected) -> None:
    found = compare(own_positions, venue_positions, own_orders, venue_orders)
    assert [(m.reason, m.symbol, m.client_id, m.own_lots, m.venue_lots) for m in found] == expected


def drift(lots: int) -> tuple[Mismatch, ...]:
    return (Mismatch(POSITION, "A", "", 0, lots),)


def test_only_the_same_difference_in_a_row_is_believed() -> None:
    books = Reconciler(True, 2, 10 * S)
    assert books.step((), 0) == () and books.agreed
    assert books.step(drift(1), S) == ()
    assert books.step(drift(2), 2 * S) == (), "another difference: reports under way"
    assert books.agreed
    assert books.step(drift(2), 3 * S) == drift(2)
    assert not books.agreed
    assert books.step((), 4 * S) == () and books.agreed


def test_a_difference_is_looked_at_again_after_a_second_and_agreement_after_its_time() -> None:
    books = Reconciler(True, 2, 10 * S)
    assert books.due(0)
    books.step((), 0)
    assert not books.due(10 * S - 1) and books.due(10 * S)
    books.step(drift(1), 10 * S)
    assert not books.due(10 * S + LOOK_AGAIN_NS - 1) and books.due(10 * S + LOOK_AGAIN_NS)
    books.look_now()
    assert books.due(10 * S) and books.agreed
    books.demand()
    assert not books.agreed


def test_where_nobody_is_asked_the_books_agree() -> None:
    books = Reconciler(False, 2, S)
    books.demand()
    books.failed(0)
    assert books.agreed and not books.due(10**18)


# -- in the loop ------------------------------------------------------------------------------

BTC = Instrument(venue="fake", symbol="BTCUSDT", tick="0.01", lot="0.00000001")


class Venue(ScriptedExchange):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[OpenOrder] = []
        self.positions: dict[str, Any] = {}
        self.down = False

    def get_open_orders(self, symbol: str | None = None) -> list[OpenOrder]:
        if self.down:
            raise ConnectionError("down")
        return self.open

    def get_positions(self):
        return self.positions


class Rig:
    def __init__(self) -> None:
        self.venue = Venue()
        self.risk = RuntimeRiskMonitor(
            max_inventory_usd_per_symbol=10_000,
            max_total_notional_usd=50_000,
            edge_freeze_threshold_bps=1,
            instruments={"BTCUSDT": BTC},
            profile="replay",
        )
        self.lines: list[str] = []
        self.store = InMemoryOrderStore()
        self.loop = ExecutionLoop(self.venue, self.store, self.risk, audit=AuditLog(self.lines.append))
        self.second = 0

    def tick(self, seconds: int = 1) -> None:
        for _ in range(seconds):
            self.second += 1
            self.loop.advance(T0_NS + self.second * S)
            self.loop.tick()

    def kinds(self) -> list[str]:
        return [json.loads(line)["kind"] for line in self.lines]


def test_the_loop_is_shut_until_its_first_comparison_and_asks_at_once() -> None:
    rig = Rig()
    rig.loop.on_quote(quote(), ShadowParams(symbols=("BTCUSDT",)))
    assert rig.venue.placed == []
    assert set(rig.risk.refusals_by_reason()) == {"NOT_RECONCILED"}
    rig.tick()
    assert rig.risk.verdict("BTCUSDT").open


def test_drift_is_found_within_one_cycle_frozen_told_and_left_as_it_is() -> None:
    rig = Rig()
    rig.tick()
    rig.venue.positions = {"BTCUSDT": "0.00000007"}
    rig.tick(12)  # the next look, ten seconds on, and one a second after it
    assert rig.risk.is_frozen()
    assert rig.kinds() == ["freeze", "alert", "alert"]
    cause = rig.risk.freeze_log.cause
    assert cause is not None
    assert cause.text == "POSITION BTCUSDT: ours 0 lots, the venue's 7 lots"
    assert rig.risk.exposures() == {} or rig.risk.exposures()["BTCUSDT"].position_lots == 0
    rig.risk.thaw("anna", "the venue was wrong")
    rig.tick()
    assert rig.risk.is_frozen(), "still different: frozen again"


def test_a_venue_that_cannot_be_asked_keeps_new_orders_back_until_it_can() -> None:
    rig = Rig()
    rig.tick()
    rig.venue.down = True
    rig.tick(12)
    assert rig.risk.verdict().reason == "NOT_RECONCILED"
    assert rig.kinds() == ["alert"]
    rig.venue.down = False
    rig.tick(2)
    assert rig.risk.verdict().open


def test_orders_under_way_are_no_difference_and_a_lost_one_is() -> None:
    rig = Rig()
    rig.tick()
    rig.store.add("C1", "BTCUSDT", Side.BUY, 10, 100, T0_NS)  # sent; not acknowledged
    rig.tick(25)
    assert not rig.risk.is_frozen()
    rig.venue.waiting.append(report("a", ReportKind.ACCEPTED, client_id="C1"))
    rig.loop.on_fill()
    rig.tick(12)
    assert rig.risk.is_frozen()
    cause = rig.risk.freeze_log.cause
    assert cause is not None and cause.text.startswith("ORDER_MISSING BTCUSDT order C1: ours 10 lots")


def test_a_quantity_that_no_lots_make_is_a_difference() -> None:
    rig = Rig()
    rig.tick()
    rig.venue.positions = {"BTCUSDT": "0.000000001"}
    rig.tick(12)
    assert rig.risk.is_frozen()


def test_what_was_restored_must_agree_anew() -> None:
    risk = monitor(profile="replay")
    risk.on_books({}, [], {})
    assert risk.verdict().open
    twin = monitor(profile="replay", instruments=INSTRUMENTS)
    twin.restore(risk.snapshot())
    assert twin.verdict().reason == "NOT_RECONCILED"


def test_a_difference_in_words() -> None:
    assert Mismatch(MISSING, "A", "c", 3, None).text() == (
        "ORDER_MISSING A order c: ours 3 lots, the venue's nothing"
    )
    assert Mismatch(POSITION, "A", "", 0, -5).text() == "POSITION A: ours 0 lots, the venue's -5 lots"
