"""What the monitor says by itself: alerts, holds and verdicts, in every figure."""

from __future__ import annotations

import json
from typing import Any

from tests.kit.risk import TAKE, change, monitor, ready, shadow
from tools.core.events import Side
from tools.core.orders import ChangeAlert, Intent, OrderStatus
from tools.risk import AlertReason, ApprovedOrder, Effect, RuntimeRiskMonitor, Trigger
from tools.risk.hold_book import HoldBook
from tools.risk.holds import FreezeCause, Pause, Resume, Thaw, TimerTrip

S = 10**9
BUY = Side.BUY


def send(risk: RuntimeRiskMonitor, name: str, lots: int = 1, ticks: int = 100, parent: str = "") -> None:
    answer = risk.check(Intent("A", risk.now_ns, BUY, lots, ticks), TAKE, parent)
    assert isinstance(answer, ApprovedOrder), answer.to_json()
    risk.on_order_sent(name, answer)


def told(risk: RuntimeRiskMonitor) -> list[tuple[Any, ...]]:
    return [
        (alert.time_ns, alert.since_ns, alert.reason, alert.symbol, alert.text, alert.figure)
        for alert in risk.alerts.take()
    ]


# -- alerts -------------------------------------------------------------------------------------


def test_a_request_without_an_answer_is_told_once_with_both_times() -> None:
    risk = ready(monitor(profile="replay"))
    risk.advance(3)
    send(risk, "c")
    assert not risk.reconciler.due(5 * S)
    risk.advance(5 * S + 3)
    risk.tick()  # as old as it may be, and not older
    near = ("request_age_ns", 5 * S, 5 * S)
    text = "request_age_ns is near its limit"
    assert told(risk) == [(5 * S + 3, 5 * S + 3, AlertReason.LIMIT_NEAR, "", text, near)]
    risk.advance(5 * S + 4)
    risk.tick()
    assert told(risk) == [(5 * S + 4, 3, AlertReason.IN_FLIGHT, "A", "c: nobody has answered", None)]
    assert risk.reconciler.due(5 * S + 4), "the venue is asked at once"
    risk.tick()
    assert told(risk) == []


def test_an_odd_report_is_told_and_a_late_or_repeated_one_is_not() -> None:
    risk = ready(monitor(profile="replay"))
    risk.advance(9)
    for odd in ChangeAlert:
        risk.on_order_change(change("A", BUY, 0, 0, "c", None, alert=odd))
    quiet = (ChangeAlert.NONE, ChangeAlert.DUPLICATE, ChangeAlert.LATE)
    assert told(risk) == [
        (9, 9, AlertReason.ODD_REPORT, "A", f"c: {odd.value}", None)
        for odd in ChangeAlert
        if odd not in quiet
    ]


def test_a_hold_is_told_with_its_figure_once() -> None:
    risk = ready(monitor(profile="replay", edge_freeze_threshold_bps="3"))
    risk.advance(9)
    risk.on_edge_update("A", "2.8")
    risk.on_edge_update("A", "2.4")
    text = "EDGE_BELOW_THRESHOLD: Edge degradation: 2.80 BPS < 3.00 BPS"
    assert told(risk) == [(9, 9, AlertReason.HELD, "A", text, ("edge_ubps", 2_800_000, 3_000_000))]


def test_a_limit_that_is_near_is_told_with_what_is_used() -> None:
    risk = ready(monitor(inventory_e8=1_000, profile="replay"))
    risk.advance(9)
    send(risk, "c", lots=8)  # 800,000 ppm
    figure = ("worst_inventory_e8", 800, 1_000)
    text = "worst_inventory_e8 is near its limit"
    assert told(risk) == [(9, 9, AlertReason.LIMIT_NEAR, "", text, figure)]


def test_a_fill_of_an_unknown_symbol_freezes_and_says_how_much() -> None:
    risk = ready(monitor(profile="replay"))
    risk.advance(9)
    risk.on_order_change(change("Z", BUY, 0, 0, "c"))
    assert not risk.is_frozen()
    risk.on_order_change(change("Z", BUY, 4, 0, "c"))
    assert risk.is_frozen()
    found = risk.freeze_log.cause
    assert found is not None
    assert (found.time_ns, found.trigger, found.symbol) == (9, Trigger.POSITION_UNKNOWN, "Z")
    assert found.text == "A fill of 4 lots of the unknown symbol 'Z'"


# -- the verdict --------------------------------------------------------------------------------


def test_a_verdict_says_since_when() -> None:
    risk = ready(monitor(profile="replay"))
    assert (risk.verdict("A").time_ns, risk.verdict("A").open) == (0, True)
    risk.advance(5)
    risk.freeze_symbol("look", "A")
    risk.advance(6)
    shut = risk.verdict("A")
    assert (shut.time_ns, shut.open, shut.reason) == (6, False, "FROZEN")
    risk.advance(7)
    assert risk.verdict("A") is shut
    assert risk.verdict("B").reason == "OPEN"
    risk.reconciler.demand()
    assert (risk.verdict("B").time_ns, risk.verdict("B").reason) == (7, "NOT_RECONCILED")


# -- holds --------------------------------------------------------------------------------------


def cause(at_ns: int = 1, trigger: Trigger = Trigger.FILL_VELOCITY, scope: str = "A") -> FreezeCause:
    return FreezeCause(at_ns, trigger, "A", f"cause {at_ns}", ("x_lots", at_ns, None), scope)


def test_a_timer_is_news_when_it_starts_when_its_end_moves_and_when_it_was_due() -> None:
    book = HoldBook()
    assert book.apply(TimerTrip(cause(1), 9)) is True
    assert book.apply(TimerTrip(cause(2), 8)) is False  # ends at 10 as well
    assert book.apply(TimerTrip(cause(3), 9)) is False  # ends at 12
    book.advance(11)
    assert book.busy
    assert book.binding("A", Effect.HALT) is not None
    assert book.binding("B", Effect.HALT) is None
    assert book.binding("A", Effect.REDUCE_ONLY) is None
    book.advance(15)
    assert book.binding("A", Effect.HALT) is None
    assert not book.busy
    assert book.take_news() == [
        Pause(cause(1), 10),
        Pause(cause(3), 12),
        Resume(12, Trigger.FILL_VELOCITY, "A"),
    ]
    assert book.take_news() == []
    assert (book.pauses, book.history, book.causes, book.history_dropped) == (1, [cause(1)], [], 0)


def test_every_hold_comes_back_and_is_news_again() -> None:
    book, twin = HoldBook(), HoldBook()
    book.latch(cause(1, Trigger.KILL, ""))
    book.latch(cause(2, Trigger.CALL, "A"))
    book.thaw(Thaw(3, "anna", "because", "A"))
    book.pause(cause(4), 40)
    for number in (5, 6):
        book.latch(cause(number, Trigger.RECONCILIATION, ""))
    twin.latch(cause(9, Trigger.CALL, "gone"))
    twin.restore(json.loads(json.dumps(book.snapshot())))
    assert twin.snapshot() == book.snapshot()
    assert twin.take_news() == [cause(1, Trigger.KILL, ""), Pause(cause(4), 40)]
    assert twin.in_force() == book.in_force() == [cause(1, Trigger.KILL, ""), cause(4)]
    assert twin.thaws == [Thaw(3, "anna", "because", "A")]
    assert (twin.pauses, twin.history_dropped, twin.total) == (1, 1, 2)
    assert twin.killed() and twin.killed("B")
    twin.advance(40)
    twin.thaw(Thaw(41, "anna", "because"))
    assert not twin.busy and not twin.killed()


# -- snapshots ----------------------------------------------------------------------------------


def test_a_restored_monitor_has_everything_it_was_told() -> None:
    risk, twin = shadow(1_000 * S), shadow(5)
    risk.on_profit_e8(-7)
    risk.parents.open("p", "A", BUY, 9)
    send(risk, "a", 3, parent="p")
    risk.on_order_change(change("A", BUY, 1, 2, "a", OrderStatus.PARTIALLY_FILLED))
    risk.condemned["a"] = True
    risk.freeze_symbol("look", "B")
    twin.restore(json.loads(json.dumps(risk.snapshot())))
    assert twin.now_ns == 1_000 * S
    assert list(twin.condemned) == ["a"]
    assert twin.parents.snapshot() == risk.parents.snapshot()
    assert twin.figures.snapshot() == risk.figures.snapshot()
    assert twin.alerts.counts() == risk.alerts.counts() == {"HELD": 1}
    own, back = risk.exposures()["A"], twin.exposures()["A"]
    assert (back.position_lots, back.open_buy_lots, back.mark_ht) == (1, 2, own.mark_ht)
    twin.on_order_change(change("A", BUY, 2, 0, "a", OrderStatus.CANCELED))
    assert (list(twin.condemned), back.position_lots, back.flat) == ([], 3, False)
