"""What the risk monitor shows of itself, and answers that a small mistake in it would change."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from tests.kit.orders import intent, order, report
from tests.kit.risk import INSTRUMENTS, change, hold, mark, monitor, ready
from tools.core.events import Side
from tools.core.orders import ChangeAlert, Intent, OrderStatus, RefusedOrder
from tools.core.reports import ReportKind
from tools.core.units import E8
from tools.core.verdicts import Ceiling, Decision
from tools.risk import AlertReason, ApprovedOrder, RuntimeRiskMonitor, Trigger
from tools.risk.controls import order_value
from tools.risk.standing import is_near, worse

BUY, SELL = Side.BUY, Side.SELL


def answer(risk: RuntimeRiskMonitor, asked: Intent, decision: Decision | None = None) -> str:
    found = risk.check(asked, decision)
    return found.reason if isinstance(found, RefusedOrder) else "APPROVED"


def ask(
    risk: RuntimeRiskMonitor, side: Side = BUY, lots: int = 1, ticks: int = 100, symbol: str = "A"
) -> str:
    return answer(risk, intent(side, lots, ticks, symbol))


def send(risk: RuntimeRiskMonitor, name: str, side: Side, lots: int, ticks: int = 100, symbol="A") -> None:
    approved = risk.check(intent(side, lots, ticks, symbol))
    assert isinstance(approved, ApprovedOrder)
    risk.on_order_sent(name, approved)


# -- the ceiling --------------------------------------------------------------------------


def decision(ceiling: Ceiling) -> Decision:
    eligible = ceiling is not Ceiling.NONE
    return Decision(7, eligible, ceiling, 1_000_000 if eligible else 0, "TEST", ())


@pytest.mark.parametrize("asked", [Ceiling.PASSIVE, Ceiling.IMPROVE, Ceiling.TAKE])
@pytest.mark.parametrize("ceiling", list(Ceiling))
def test_no_order_above_the_ceiling_passes_a_replay_s_controls(asked: Ceiling, ceiling: Ceiling) -> None:
    risk = ready(monitor(profile="replay"))
    wanted = Intent("A", 7, BUY, 1, 100, asked)
    expected = "APPROVED" if asked <= ceiling else "CEILING_EXCEEDED"
    if ceiling is Ceiling.NONE:
        expected = "NOT_ELIGIBLE"
    assert answer(risk, wanted, decision(ceiling)) == expected


def test_a_refusal_by_the_ceiling_shows_both_levels() -> None:
    risk = ready(monitor(profile="replay"))
    refused = risk.check(Intent("A", 7, BUY, 1, 100, Ceiling.TAKE), decision(Ceiling.PASSIVE))
    assert isinstance(refused, RefusedOrder)
    assert refused.evidence == (("aggressiveness_level", 3, 1),)


def test_a_replay_s_order_without_a_decision_is_refused_and_the_demo_s_is_not() -> None:
    assert answer(ready(monitor(profile="replay")), intent(BUY, 1, 100, "A")) == "DECISION_MISSING"
    assert answer(monitor(), intent(BUY, 1, 100, "A")) == "APPROVED"


def test_a_reducing_order_needs_the_ceiling_too() -> None:
    risk = ready(monitor(profile="replay"))
    hold(risk, "A", 5)
    wanted = Intent("A", 7, SELL, 5, 100, Ceiling.TAKE)
    assert answer(risk, wanted, decision(Ceiling.PASSIVE)) == "CEILING_EXCEEDED"
    assert answer(risk, wanted, decision(Ceiling.TAKE)) == "APPROVED"


def test_the_halt_speaks_before_the_ceiling() -> None:
    risk = ready(monitor(profile="replay"))
    risk.freeze("stop")
    refused = risk.check(Intent("A", 7, BUY, 1, 100, Ceiling.TAKE), decision(Ceiling.NONE))
    assert isinstance(refused, RefusedOrder)
    assert (refused.reason, refused.also) == ("FROZEN", ("NOT_ELIGIBLE", "BUDGET_EXCEEDED"))


# -- headroom and peaks -------------------------------------------------------------------


def used(risk: RuntimeRiskMonitor) -> dict[str, tuple[int | None, int | None]]:
    return {name: (now, limit) for name, now, limit in risk.headroom()}


def worst(risk: RuntimeRiskMonitor) -> dict[str, tuple[int | None, int | None]]:
    return {name: row for name, row in used(risk).items() if name.startswith("worst_")}


def most(risk: RuntimeRiskMonitor) -> dict[str, int]:
    return {name: peak for name, peak in risk.peaks().items() if name.startswith("worst_")}


def test_headroom_is_the_worst_case_now_against_the_limit() -> None:
    risk = monitor(inventory_e8=5_000, total_e8=9_000)
    assert worst(risk) == {"worst_inventory_e8": (0, 5_000), "worst_total_e8": (0, 9_000)}
    mark(risk, "A", 100)
    mark(risk, "B", 10)
    send(risk, "a", BUY, 3)
    send(risk, "b", SELL, 7, 10, "B")
    # A: 3 x 100; B: 7 x 10, not added to the fullest but to the total.
    assert worst(risk) == {"worst_inventory_e8": (300, 5_000), "worst_total_e8": (370, 9_000)}
    mark(risk, "A", 200)
    assert used(risk)["worst_inventory_e8"] == (600, 5_000)


def test_a_total_that_cannot_be_known_is_none() -> None:
    risk = monitor()
    hold(risk, "A", 1)
    assert used(risk)["worst_total_e8"][0] is None


def test_peaks_are_the_most_that_was_used_when_an_order_left() -> None:
    risk = monitor(inventory_e8=5_000, total_e8=9_000)
    assert risk.peaks() == {}
    mark(risk, "A", 100)
    send(risk, "a", BUY, 3)
    risk.on_order_change(change("A", BUY, 0, 0, "a", OrderStatus.CANCELED))
    assert used(risk)["worst_inventory_e8"][0] == 0
    send(risk, "b", SELL, 2)
    assert most(risk) == {"worst_inventory_e8": 300, "worst_total_e8": 300}
    send(risk, "c", SELL, 2)
    assert most(risk) == {"worst_inventory_e8": 400, "worst_total_e8": 400}
    assert risk.peaks()["least_sane_qty_lots"] == 2, "of a floor the peak is the lowest"
    risk.reset()
    assert risk.peaks() == {}


@pytest.mark.parametrize(
    ("name", "used_now", "limit", "near"),
    [
        ("worst_total_e8", 79, 100, False),
        ("worst_total_e8", 80, 100, True),
        ("worst_total_e8", 101, 100, True),
        ("worst_total_e8", 0, 0, False),  # no share of nothing
        ("halting_holds_count", 1, 0, False),  # it was an alert when it closed
        ("price_ticks", 80, None, False),
        ("least_edge_ubps", 16, 12, False),  # 12 is 75 % of 16
        ("least_edge_ubps", 15, 12, True),  # and 80 % of 15
        ("least_edge_ubps", 11, 12, True),
        ("least_edge_ubps", -5, 12, True),
        ("least_edge_ubps", -5, -4, False),
    ],
)
def test_near_a_limit(name: str, used_now: int, limit: int | None, near: bool) -> None:
    assert is_near(name, used_now, limit, 800_000) is near


def test_of_two_figures_the_worse_is_the_higher_or_of_a_floor_the_lower() -> None:
    assert worse("worst_total_e8", 3, 5) == worse("worst_total_e8", 5, 3) == 5
    assert worse("least_edge_ubps", 3, 5) == worse("least_edge_ubps", 5, 3) == 3
    assert worse("least_edge_ubps", None, 5) == worse("worst_total_e8", 5, None) == 5
    assert worse("worst_total_e8", 0, None) == 0
    assert worse("least_edge_ubps", None, None) is None


def test_an_edge_that_comes_near_its_floor_is_an_alert_and_an_order_at_its_greatest_value_is_none() -> None:
    value = order_value.Config(max_order_e8=300)
    risk = ready(monitor(profile="replay", controls={"order_value": value}))
    risk.on_edge_update("A", "1.88")  # 1.5 is 79.8 % of it
    risk.on_order_sent("a", ApprovedOrder(intent(BUY, 3, 100, "A"), 100))
    assert used(risk)["order_value_e8"] == (300, 300)
    assert risk.alerts.take() == []
    risk.on_edge_update("A", "1.87")
    risk.tick()
    (alert,) = risk.alerts.take()
    assert (alert.reason, alert.figure) == (AlertReason.LIMIT_NEAR, ("least_edge_ubps", 1_870_000, 1_500_000))
    assert risk.peaks()["least_edge_ubps"] == 1_870_000


def test_each_second_only_those_are_looked_at_that_may_come_near() -> None:
    risk = ready(monitor(profile="replay"))
    risk.on_order_sent("a", ApprovedOrder(intent(BUY, 3, 100, "A"), 100))
    risk.on_quote("A", 189, 191, 10**6, 10**6)
    risk.tick()
    assert risk.peaks()["worst_inventory_e8"] == 3 * 190
    assert risk.peaks()["waiting_from_mark_ubps"] == 0, "of an order as it left"
    assert used(risk)["waiting_from_mark_ubps"] == (90 * 10**10 // 190, 5 * 10**8)


def test_headroom_knows_the_decision_in_force_and_the_holds() -> None:
    risk = ready(monitor(profile="replay"))
    assert used(risk)["aggressiveness_level"] == (0, None)
    risk.on_order_sent("a", ApprovedOrder(Intent("A", 7, BUY, 1, 100, Ceiling.IMPROVE), 100))
    risk.decisions["A"] = decision(Ceiling.PASSIVE)
    assert used(risk)["aggressiveness_level"] == (2, 1)
    assert used(risk)["halting_holds_count"] == (0, 0)
    risk.freeze("stop")
    assert used(risk)["halting_holds_count"] == (1, 0)


# -- the verdict --------------------------------------------------------------------------


def test_the_verdict_is_the_same_object_while_it_stays_the_same() -> None:
    risk = monitor()
    first = risk.verdict()
    risk.advance(5)
    assert risk.verdict() is first and first.open
    risk.freeze("stop")
    second = risk.verdict()
    assert second is not first
    assert (second.open, second.time_ns, second.reason) == (False, 5, "FROZEN")
    risk.advance(9)
    risk.freeze("again")
    assert risk.verdict() is second
    risk.thaw("anna", "because")
    third = risk.verdict()
    assert (third.open, third.time_ns, third.reason) == (True, 9, "OPEN")


def test_after_a_reset_the_verdict_is_open() -> None:
    risk = monitor()
    risk.freeze("stop")
    assert not risk.verdict().open
    risk.reset()
    assert risk.verdict().open


# -- freezes ------------------------------------------------------------------------------


def test_a_fill_of_an_unknown_symbol_freezes() -> None:
    risk = monitor()
    risk.advance(77)
    risk.on_order_change(change("ZZZ", BUY, 0))
    assert not risk.is_frozen()  # no fill: no position
    risk.on_order_change(change("ZZZ", BUY, 3, after=None))
    cause = risk.freeze_log.cause
    assert cause is not None
    assert (cause.trigger, cause.symbol, cause.time_ns) == (Trigger.POSITION_UNKNOWN, "ZZZ", 77)
    assert cause.figure is None
    assert "3 lots" in cause.text and "'ZZZ'" in cause.text
    assert ask(risk) == "FROZEN"


@pytest.mark.parametrize("edge", [1e-300, -1e-300, 5e-324, 1e-7, -0.0, Decimal("1e-30"), "0.000000000001"])
def test_a_tiny_edge_above_a_negative_threshold_does_not_freeze(edge: object) -> None:
    risk = monitor(edge_freeze_threshold_bps=-1)
    assert risk.on_edge_update("A", edge) is False  # type: ignore[arg-type]
    assert not risk.is_frozen()


@pytest.mark.parametrize(
    ("threshold", "edge"),
    [
        ("1.5", math.nextafter(1.5, 0)),
        ("1.5", 1.5 - 1e-13),
        (0, -1e-300),
        (-1, math.nextafter(-1, -2)),
    ],
)
def test_a_float_a_hair_below_the_threshold_freezes(threshold: object, edge: float) -> None:
    assert edge < float(str(threshold))
    risk = monitor(edge_freeze_threshold_bps=threshold)
    assert risk.on_edge_update("A", edge) is True


@pytest.mark.parametrize("edge", [1e22, 1e300, 10**30])
def test_a_huge_edge_does_not_freeze(edge: float) -> None:
    assert monitor().on_edge_update("A", edge) is False


@pytest.mark.parametrize("side", ["max_inventory_usd_per_symbol", "max_total_notional_usd"])
@pytest.mark.parametrize("value", [10_000 / 3, 0.1 + 0.2, 0.7 * 3])
def test_limits_with_the_noise_of_floats_are_rounded_down_to_the_e8(side: str, value: float) -> None:
    risk = monitor(**{side: value})
    exact = int(Decimal(repr(value)) * E8)
    limit = risk.max_inventory_e8 if side.startswith("max_inv") else risk.max_total_e8
    assert limit == exact
    # One lot at one tick is one e8: the limit holds to the lot.
    assert ask(risk, BUY, exact, 1) == "APPROVED"
    assert ask(risk, BUY, exact + 1, 1) != "APPROVED"


# -- small mistakes that would go unseen --------------------------------------------------


@pytest.mark.parametrize("side", [BUY, SELL])
def test_the_total_counts_the_worse_side_of_the_order_s_own_symbol(side: Side) -> None:
    """The other side's orders are the larger exposure: a small order on this one adds nothing."""
    other = SELL if side is BUY else BUY
    risk = monitor(total_e8=500)
    mark(risk, "B", 100)
    send(risk, "o", other, 5)
    assert ask(risk, side, 1) == "APPROVED"  # 5 on the other side is still the worst
    hold(risk, "B", 1)  # 100 more elsewhere
    assert ask(risk, side, 1) == "TOTAL_NOTIONAL_LIMIT"  # 600, although this side alone is 200
    refused = risk.last_refusal
    assert refused is not None and refused.evidence == (("worst_total_e8", 600, 500),)


class Provider:
    def __init__(self, **prices: str) -> None:
        self.prices = prices
        self.asked: list[str] = []

    def __call__(self, symbol: str) -> str:
        self.asked.append(symbol)
        return self.prices[symbol]


def test_the_provider_is_asked_for_what_is_held_elsewhere_and_for_nothing_that_is_not() -> None:
    provider = Provider(A="0.01", B="0.02", C="0.03")
    risk = monitor(total_e8=700, get_mark_price=provider)
    hold(risk, "B", 3)  # worth 600 at the provider's price
    hold(risk, "C", 1)
    hold(risk, "C", -1)  # flat again
    assert ask(risk, BUY, 1, 100) == "APPROVED"
    assert sorted(provider.asked) == ["A", "B"]
    assert ask(risk, BUY, 2, 100) == "TOTAL_NOTIONAL_LIMIT"


def test_the_provider_is_not_asked_where_a_quote_exists() -> None:
    provider = Provider(A="9", B="9")
    risk = monitor(total_e8=700, get_mark_price=provider)
    mark(risk, "A", 100)
    mark(risk, "B", 200)
    hold(risk, "B", 3)
    assert ask(risk, BUY, 1, 100) == "APPROVED"
    assert provider.asked == []


def test_a_quote_replaces_what_the_provider_said_and_its_end_brings_the_provider_back() -> None:
    provider = Provider(A="0.05")  # 500 ticks
    risk = monitor(inventory_e8=100, get_mark_price=provider)
    hold(risk, "A", 1)
    hold(risk, "A", -1)  # from now on it is an instrument that risk keeps
    assert ask(risk, BUY, 1, 1) == "INVENTORY_LIMIT"
    mark(risk, "A", 100)
    assert ask(risk, BUY, 1, 1) == "APPROVED"
    assert provider.asked == ["A"]
    risk.on_quote("A", 0, 0)  # no quote any more
    assert ask(risk, BUY, 1, 1) == "INVENTORY_LIMIT"


def test_a_price_between_two_ticks_is_judged_as_the_higher_one() -> None:
    risk = monitor(inventory_e8=100)  # one lot at 100 ticks
    assert risk.check_before_order("A", "Buy", "0.0001", "0.01") is True
    for price in ("0.010000001", "0.01005", "0.01009999"):
        assert risk.check_before_order("A", "Buy", "0.0001", price) is False
    assert risk.refusals_by_reason() == {"INVENTORY_LIMIT": 3}
    # Just below the tick it is rounded up to it, and no further.
    assert risk.check_before_order("A", "Buy", "0.0001", "0.00999999") is True


@pytest.mark.parametrize(("lots", "alert"), [(3, ChangeAlert.NONE), (4, ChangeAlert.OVERFILL)])
def test_one_lot_more_than_ordered_is_an_overfill(lots: int, alert: ChangeAlert) -> None:
    made = order(10)
    assert made.apply(report("e1", ReportKind.TRADE, 7)).alert is ChangeAlert.NONE
    told = made.apply(report("e2", ReportKind.TRADE, lots))
    assert told.alert is alert
    assert (made.cum_lots, made.leaves_lots, made.status) == (7 + lots, 0, OrderStatus.FILLED)


def test_all_instruments_of_the_kit_are_worth_one_e8() -> None:
    assert [one.steps().e8_up(2) for one in INSTRUMENTS.values()] == [1, 1, 1]
