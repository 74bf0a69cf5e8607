"""Controls at work in a monitor: what the catalogue's test ideas come to."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.kit.risk import TAKE, change, hold, monitor, ready, shadow
from tools.core.errors import UsageError
from tools.core.events import Side
from tools.core.instrument import Instrument
from tools.core.orders import ChangeAlert, Intent, OrderStatus, RefusedOrder
from tools.core.verdicts import Ceiling, Decision
from tools.risk import AlertReason, ApprovedOrder, Effect, RuntimeRiskMonitor, Trigger
from tools.risk.alerts import MOST_DELAY_NS
from tools.risk.controls import (
    PROFILES,
    child_orders,
    edge,
    fill_velocity,
    in_flight,
    loss_limit,
    message_rate,
    order_value,
    repeated_execution,
    self_match,
)

BUY, SELL = Side.BUY, Side.SELL
S = 10**9


def replay(**controls: Any) -> RuntimeRiskMonitor:
    return ready(monitor(profile="replay", controls=controls), "A", "B")


def ask(risk, side=BUY, lots: int = 1, ticks: int | None = 100, symbol: str = "A", parent: str = "") -> Any:
    return risk.check(Intent(symbol, risk.now_ns, side, lots, ticks), TAKE, parent)


def reason(answer: Any) -> str:
    return answer.reason if isinstance(answer, RefusedOrder) else "APPROVED"


def send(risk, name: str, side=BUY, lots: int = 1, ticks: int = 100, symbol="A", parent: str = "") -> None:
    answer = ask(risk, side, lots, ticks, symbol, parent)
    assert isinstance(answer, ApprovedOrder), answer.to_json()
    risk.on_order_sent(name, answer)


def done(risk, name: str, side=BUY, fill: int = 0, symbol: str = "A") -> None:
    after = OrderStatus.FILLED if fill else OrderStatus.CANCELED
    risk.on_order_change(change(symbol, side, fill, 0, name, after))


def alerts(risk: RuntimeRiskMonitor) -> list[tuple[str, str]]:
    return [(alert.reason.value, alert.symbol) for alert in risk.alerts.take()]


# -- messages (P12) ---------------------------------------------------------------------------


def test_a_burst_is_refused_at_its_last_order_and_cancels_still_pass() -> None:
    limits = message_rate.Config(max_new=5, max_cancels=100, max_messages=120, cancel_reserve=10)
    risk = replay(message_rate=limits)
    for number in range(5):
        send(risk, f"o{number}", ticks=100 - number)
    assert reason(ask(risk, lots=2, ticks=97)) == "ORDER_RATE"
    for number in range(20):
        risk.on_cancel_sent(f"o{number % 5}", "A")  # nobody is asked whether it may leave
    risk.advance(2 * S)
    assert reason(ask(risk, lots=2, ticks=97)) == "APPROVED"


def test_the_reserve_is_for_cancels_alone() -> None:
    limits = message_rate.Config(max_new=50, max_cancels=100, max_messages=10, cancel_reserve=6)
    risk = replay(message_rate=limits)
    for number in range(4):
        send(risk, f"o{number}", ticks=100 - number)
    assert reason(ask(risk, ticks=101)) == "MESSAGE_RESERVE"


# -- repeated execution (P13) -----------------------------------------------------------------


def test_after_so_many_repetitions_only_an_operator_goes_on() -> None:
    risk = replay(repeated_execution=repeated_execution.Config(max_repeats=3, window_ns=3_600 * S))
    for number in range(4):
        send(risk, f"o{number}")
        done(risk, f"o{number}", fill=1)
    assert not risk.is_frozen("A")
    send(risk, "o4")  # the fourth entry after a fill
    assert risk.is_frozen("A") and not risk.is_frozen("B") and not risk.is_frozen()
    cause = risk.freeze_log.cause
    risk.advance(10**6 * S)
    risk.tick()
    assert risk.is_frozen("A"), "no time re-arms it"
    assert cause is not None
    assert (cause.trigger, cause.scope, cause.figure) == (
        Trigger.REPEATED_EXECUTION,
        "A",
        ("repeats_count", 4, 3),
    )
    risk.thaw("anna", "reviewed", "A")
    assert not risk.is_frozen("A")


# -- Knight (P15) -----------------------------------------------------------------------------


@pytest.mark.parametrize("credited", [True, False], ids=["fills are counted", "fills are lost"])
def test_the_knight_pattern_stops_within_the_configured_number(credited: bool) -> None:
    """A router whose parent never seems to be filled goes on sending children."""
    risk = replay(child_orders=child_orders.Config(max_children=10, required=True))
    risk.parents.open("p", "A", BUY, 1_000)
    sent = 0
    for number in range(1_000):
        answer = ask(risk, BUY, 100, 100, parent="p")
        if isinstance(answer, RefusedOrder):
            break
        sent += 1
        risk.on_order_sent(f"c{number}", answer)
        # The child is filled (or simply gone), and nobody tells the parent's owner.
        done(risk, f"c{number}", fill=100 if credited else 0)
    assert sent == 10
    assert reason(ask(risk, BUY, 1, 100)) == "FROZEN", "everything is stopped, not this parent alone"
    cause = risk.freeze_log.cause
    assert cause is not None and cause.trigger is Trigger.CHILD_ORDERS
    assert reason(ask(risk, SELL, 1, 100, symbol="B")) == "FROZEN"


def test_what_a_child_can_no_longer_fill_is_given_back_to_its_parent() -> None:
    risk = replay()
    risk.parents.open("p", "A", BUY, 10)
    send(risk, "a", lots=6, parent="p")
    assert reason(ask(risk, lots=4, ticks=101, parent="p")) == "APPROVED"
    risk.on_order_change(change("A", BUY, 2, 0, "a", OrderStatus.CANCELED))
    send(risk, "b", lots=8, parent="p")
    assert risk.parents.by_id["p"].asked_lots == 10
    with pytest.raises(UsageError):
        risk.parents.open("p", "A", BUY, 1)
    with pytest.raises(UsageError):
        risk.parents.open("q", "A", BUY, 0)
    risk.parents.close("p")
    assert reason(ask(risk, ticks=99, parent="p")) == "PARENT_UNKNOWN"


# -- duplicates (P14), self-match (P16) -------------------------------------------------------


def test_two_equal_intents_within_the_window_are_one_order() -> None:
    risk = replay()
    send(risk, "a")
    assert reason(ask(risk)) == "DUPLICATE_ORDER"
    assert reason(ask(risk, lots=2)) == "APPROVED"
    done(risk, "a")
    assert reason(ask(risk)) == "APPROVED"


@pytest.mark.parametrize(
    ("mode", "answered", "cancelled"),
    [
        ("refuse", "SELF_MATCH", []),
        ("cancel_resting", "APPROVED", ["s1", "s2"]),
        ("cancel_both", "SELF_MATCH", ["s1", "s2"]),
    ],
)
def test_three_modes_of_self_match(mode: str, answered: str, cancelled: list[str]) -> None:
    risk = replay(self_match=self_match.Config(mode=mode))
    send(risk, "s1", SELL, 1, 101)
    send(risk, "s2", SELL, 1, 102)
    send(risk, "s3", SELL, 1, 103)
    assert reason(ask(risk, BUY, 1, 102)) == answered
    assert risk.cancel_first == cancelled
    assert reason(ask(risk, BUY, 1, 100)) == "APPROVED"
    assert risk.cancel_first == []
    risk.freeze("stop")
    ask(risk, BUY, 1, 102)
    refused_here = mode == "cancel_both"  # no cancel on behalf of an order that others refuse
    assert risk.cancel_first == (cancelled if refused_here else [])


# -- gate and health (P18, P19) ---------------------------------------------------------------


@pytest.mark.parametrize("ceiling", list(Ceiling))
@pytest.mark.parametrize("asked", [Ceiling.PASSIVE, Ceiling.IMPROVE, Ceiling.TAKE])
@pytest.mark.parametrize("budget_ppm", [250_000, 1_000_000])
def test_ceiling_and_budget_bind_every_order(ceiling: Ceiling, asked: Ceiling, budget_ppm: int) -> None:
    risk = replay(order_value=order_value.Config(max_order_e8=4_000))
    held = Decision(0, ceiling > Ceiling.NONE, ceiling, budget_ppm if ceiling else 0, "TEST", ())
    for lots, share in ((10, 250_000), (11, 275_000), (40, 1_000_000), (41, 1_025_000)):
        answer = risk.check(Intent("A", 0, BUY, lots, 100, asked), held)
        allowed = ceiling > Ceiling.NONE and asked <= ceiling and share <= budget_ppm
        assert isinstance(answer, ApprovedOrder) is allowed, (lots, ceiling)


@pytest.mark.parametrize(("lots", "price", "why"), [
    (5, 100, ""), (6, 100, "ORDER_VALUE_ABOVE_MAXIMUM"), (2, 100, ""), (1, 199, "ORDER_VALUE_BELOW_MINIMUM"),
])  # fmt: skip
def test_an_order_may_be_worth_just_what_the_venue_s_bounds_say(lots: int, price: int, why: str) -> None:
    bounds = {"min_notional": "0.00000200", "max_notional": "0.00000500"}
    made = Instrument(venue="test", symbol="A", tick="0.0001", lot="0.0001", **bounds)
    answer = ready(monitor(profile="replay", instruments={"A": made}), ticks=price).check(
        Intent("A", 0, BUY, lots, price, Ceiling.PASSIVE),
        Decision(0, True, Ceiling.TAKE, 1_000_000, "TEST", ()),
    )
    assert (reason(answer) if isinstance(answer, RefusedOrder) else "") == why


def test_the_engine_starts_not_allowed() -> None:
    """Not before the books have agreed; and not without a decision that permits."""
    risk = monitor(profile="replay")
    assert (risk.verdict().open, risk.verdict().reason) == (False, "NOT_RECONCILED")
    assert reason(ask(risk)) == "NOT_RECONCILED"
    ready(risk)
    assert risk.verdict().open
    assert reason(risk.check(Intent("A", 0, BUY, 1, 100))) == "DECISION_MISSING"
    assert monitor().verdict().open  # the demo has nobody to compare with


def test_at_the_start_a_mismatch_keeps_it_shut_and_is_told() -> None:
    risk = monitor(profile="replay")
    risk.on_books({}, [], {"A": 5})
    assert not risk.verdict().open
    risk.advance(S)
    risk.on_books({}, [], {"A": 5})
    assert ("MISMATCH", "A") in alerts(risk)
    assert risk.verdict().reason == "FROZEN"
    risk.thaw("anna", "looked")
    assert risk.verdict().reason == "NOT_RECONCILED", "a thaw reconciles nothing"
    risk.on_books({}, [], {})
    assert risk.verdict().open


# -- reduce only (P20) ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("position", "open_sell", "side", "lots", "passes"),
    [
        (0, 0, BUY, 1, False),
        (0, 0, SELL, 1, False),
        (5, 0, SELL, 5, True),
        (5, 0, SELL, 6, False),
        (5, 0, BUY, 1, False),
        (5, 2, SELL, 3, True),
        (5, 2, SELL, 4, False),
        (-5, 0, BUY, 5, True),
        (-5, 0, BUY, 6, False),
    ],
)
def test_reduce_only_is_true_to_its_name(position, open_sell, side, lots, passes) -> None:
    risk = replay()
    hold(risk, "A", position)
    if open_sell:
        send(risk, "s", SELL, open_sell, 103)
    risk.reduce_only("anna", "winding down")
    assert isinstance(ask(risk, side, lots), ApprovedOrder) is passes
    risk.thaw("anna", "go on", effect=Effect.REDUCE_ONLY)
    assert reason(ask(risk, side, lots)) == "APPROVED"


# -- overrides (P23) --------------------------------------------------------------------------


def overridden(risk: RuntimeRiskMonitor, **changed: Any) -> None:
    given: dict[str, Any] = {"approver": "anna", "reason": "agreed with risk", "for_ns": 60 * S, **changed}
    risk.override("A", BUY, 1, 120, **given)


def test_an_override_lets_one_order_through_once_and_is_told() -> None:
    risk = replay()
    assert reason(ask(risk, ticks=120)) == "PRICE_COLLAR"
    overridden(risk)
    assert reason(ask(risk, ticks=121)) == "PRICE_COLLAR", "another order is not meant"
    answer = ask(risk, ticks=120)
    assert isinstance(answer, ApprovedOrder) and answer.approver == "anna"
    assert reason(ask(risk, ticks=120)) == "PRICE_COLLAR", "once"
    (told,) = [alert for alert in risk.alerts.take() if alert.reason is AlertReason.OVERRIDDEN]
    assert "anna" in told.text and "PRICE_COLLAR" in told.text and "agreed with risk" in told.text


def test_an_override_expires_and_must_be_signed() -> None:
    risk = replay()
    overridden(risk)
    risk.advance(60 * S)
    ready(risk)
    assert reason(ask(risk, ticks=120)) == "PRICE_COLLAR"
    for bad in ({"approver": " "}, {"reason": ""}, {"for_ns": 0}):
        with pytest.raises(UsageError):
            overridden(risk, **bad)


def test_no_override_goes_through_a_freeze() -> None:
    risk = replay()
    overridden(risk)
    risk.freeze("stop")
    assert reason(ask(risk, ticks=120)) == "FROZEN"


def test_a_question_leaves_an_override_for_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROFILES, "collar", ("halt", "price_collar"))
    risk = ready(monitor(profile="collar"))
    assert not risk.check_before_order("A", "buy", "0.0001", "0.0120")
    overridden(risk)
    for _ in range(2):
        assert risk.check_before_order("A", "buy", "0.0001", "0.0120")
    assert risk.alerts.take() == [], "nobody has let anything through yet"
    assert reason(ask(risk, ticks=120)) == "APPROVED"
    assert not risk.check_before_order("A", "buy", "0.0001", "0.0120"), "once"


# -- fills, losses, edges (A03 to A06) --------------------------------------------------------


@pytest.mark.parametrize("frozen_ns", [10 * S, 0])
def test_a_burst_of_fills_pauses_and_ends_at_exactly_its_time_or_never(frozen_ns: int) -> None:
    limits = fill_velocity.Config(max_filled_e8=250, max_net_e8=10**9, window_ns=5 * S, frozen_ns=frozen_ns)
    risk = replay(fill_velocity=limits)
    risk.advance(100 * S)
    ready(risk, "A", "B")
    for name, side in (("a", BUY), ("b", SELL), ("c", BUY)):
        send(risk, name, side)
        done(risk, name, side, fill=1)
    assert risk.is_frozen("A") and not risk.is_frozen("B")
    risk.advance(110 * S - 1)
    assert risk.is_frozen("A")
    risk.advance(110 * S)
    assert risk.is_frozen("A") is (frozen_ns == 0)
    risk.advance(10**9 * S)
    assert risk.is_frozen("A") is (frozen_ns == 0)


def loss(risk: RuntimeRiskMonitor, at_s: int, net_e8: int | None) -> None:
    risk.advance(at_s * S)
    risk.on_profit_e8(net_e8)
    risk.tick()


LOSSES = loss_limit.Config(max_daily_loss_e8=100, max_drawdown_e8=300)


@pytest.mark.parametrize(("worst", "held"), [(-100, False), (-101, True), (None, True)])
def test_a_daily_loss_lets_positions_only_shrink(worst: int | None, held: bool) -> None:
    risk = replay(loss_limit=LOSSES)
    hold(risk, "A", 5)
    loss(risk, 1, 0)
    loss(risk, 2, worst)
    loss(risk, 3, 0)  # it is a latch: the profit may come back
    assert (reason(ask(risk, BUY)) == "REDUCE_ONLY") is held
    assert reason(ask(risk, SELL, 5)) == "APPROVED"


def test_drawdown_is_from_the_peak_and_not_from_the_start() -> None:
    risk = replay(loss_limit=replace(LOSSES, max_daily_loss_e8=10**9))
    for second, net_e8 in ((1, 0), (2, 1_000), (3, 701), (4, 700)):
        loss(risk, second, net_e8)
        assert not risk.freeze_log.busy, net_e8
    loss(risk, 5, 699)
    cause = risk.freeze_log.cause
    assert cause is not None
    assert (cause.trigger, cause.figure) == (Trigger.DRAWDOWN, ("drawdown_e8", 301, 300))


def test_a_day_begins_with_the_profit_as_it_is() -> None:
    risk = replay(loss_limit=LOSSES)
    day = 86_400
    loss(risk, day - 2, 0)
    loss(risk, day - 1, -90)
    loss(risk, day, -150)  # 60 today
    assert not risk.freeze_log.busy
    loss(risk, day + 1, -191)
    assert risk.freeze_log.cause is not None and risk.freeze_log.cause.trigger is Trigger.DAILY_LOSS


def test_one_bad_reading_is_none_where_confirmations_are_asked_for() -> None:
    risk = replay(loss_limit=replace(LOSSES, confirmations=3))
    for second, net_e8 in ((1, None), (2, -500), (3, 0), (4, None), (5, None)):
        loss(risk, second, net_e8)
        assert not risk.freeze_log.busy
    loss(risk, 6, -500)
    assert risk.freeze_log.busy


def test_an_edge_needs_more_than_one_good_tick_to_come_back() -> None:
    """The mean of three counts; once it was gone it must be one above the threshold again."""
    judged = edge.build(edge.Config(min_edge_ubps=3, observations=3, recovery_ubps=1))
    told = [(value, judged.on_edge("A", value, 0)) for value in (3, 3, 3, 1, 5, 5, 2, 9)]
    # Means from the third on: 3, 7/3, 3, 11/3, 4, 16/3; the needed one is 3, then 4 until it is back.
    assert [value for value, trip in told if trip is not None] == [1, 5, 5]


# -- alerts (A08), warnings, requests in flight (A12) -------------------------------------------


def test_a_limit_that_is_near_is_told_once_for_each_crossing() -> None:
    risk = ready(monitor(inventory_e8=1_000, profile="replay"))
    send(risk, "a", lots=7)
    assert alerts(risk) == []
    send(risk, "b", lots=1, ticks=99)  # 800 of 1,000
    assert alerts(risk) == [("LIMIT_NEAR", "")]
    risk.tick()
    assert alerts(risk) == []
    done(risk, "a")
    risk.tick()
    send(risk, "c", lots=7)
    assert alerts(risk) == [("LIMIT_NEAR", "")]


def test_every_alert_comes_within_five_seconds_of_its_event() -> None:
    """Event time passes in ticks of a second; every kind of event is one that somebody must hear of."""
    risk = shadow(1_000 * S)
    found: list[Any] = []

    def pass_time(to_s: int) -> None:
        for second in range(risk.now_ns // S + 1, to_s + 1):
            risk.advance(second * S)
            risk.tick()
            found.extend(risk.alerts.take())

    send(risk, "a")
    pass_time(1_006)  # nobody answers
    risk.on_order_change(change("A", BUY, 1, 0, "a", OrderStatus.FILLED))
    risk.on_order_change(change("A", BUY, 0, 0, "b", alert=ChangeAlert.CONFLICT))
    pass_time(1_012)  # no heartbeat since 1,000 s
    risk.on_profit_e8(-(10**12))
    pass_time(1_013)
    risk.on_books({}, [], {"A": 7})
    pass_time(1_014)
    risk.on_books({}, [], {"A": 7})
    pass_time(1_015)
    kinds = {alert.reason.value for alert in found}
    assert {"IN_FLIGHT", "ODD_REPORT", "HELD", "MISMATCH"} <= kinds
    limit = {"IN_FLIGHT": in_flight.Config().max_age_ns}
    for alert in found:
        since = alert.since_ns + limit.get(alert.reason.value, 0)
        assert 0 <= alert.time_ns - since <= MOST_DELAY_NS, alert.to_json()


def test_silence_concludes_nothing() -> None:
    risk = replay()
    send(risk, "a")
    risk.advance(5 * S)
    ready(risk, "A", "B")
    assert reason(ask(risk, ticks=99)) == "APPROVED"
    risk.advance(5 * S + 1)
    assert reason(ask(risk, ticks=99)) == "UNANSWERED_REQUEST"
    assert reason(ask(risk, symbol="B")) == "APPROVED"
    risk.tick()
    risk.tick()
    assert [what for what, _ in alerts(risk)].count("IN_FLIGHT") == 1
    assert risk.exposures()["A"].open_buy_lots == 1, "it may still fill"
    risk.on_order_change(change("A", BUY, 0, 1, "a", OrderStatus.NEW))
    assert reason(ask(risk, ticks=99)) == "APPROVED"


# -- the dead man (A02) -----------------------------------------------------------------------


def test_a_lost_heartbeat_withdraws_everything_and_demands_a_comparison() -> None:
    risk = shadow(1_000 * S)
    risk.advance(1_010 * S)
    risk.tick()
    assert not risk.is_frozen("A")
    risk.advance(1_011 * S)
    risk.tick()
    assert risk.is_frozen("A") and not risk.reconciler.agreed
    risk.advance(1_020 * S)
    risk.on_heartbeat()
    ready(risk, "A")  # compared, and they agree
    risk.on_balance(10**6)
    assert not risk.is_frozen("A")
    assert reason(ask(risk)) == "APPROVED"


# -- snapshots --------------------------------------------------------------------------------


def test_a_monitor_comes_back_from_its_snapshot_with_everything_but_agreed_books() -> None:
    risk = shadow(1_000 * S)
    risk.parents.open("p", "A", BUY, 9)
    send(risk, "a", parent="p", lots=3)
    risk.on_order_change(change("A", BUY, 1, 2, "a", OrderStatus.PARTIALLY_FILLED))
    risk.freeze_symbol("look at it", "B")
    overridden(risk)
    text = json.dumps(risk.snapshot(), sort_keys=True)
    twin = shadow(5)
    twin.restore(json.loads(text))
    assert json.dumps(twin.snapshot(), sort_keys=True) == text.replace('"agreed": true', '"agreed": false')
    assert twin.is_frozen("B")
    assert reason(ask(twin, ticks=99)) == "NOT_RECONCILED"
    twin.on_books({"a": ("A", 2, True)}, [], {"A": 1})
    assert not twin.verdict("A").open  # the venue does not know order "a"
    for exposure in twin.exposures().values():
        exposure.check()
