"""`RuntimeRiskMonitor`: limits at their exact boundary, marks, refusals, and its part in a freeze."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.kit.orders import intent
from tests.kit.risk import change, hold, mark, monitor
from tools.core.errors import UsageError
from tools.core.events import Side
from tools.core.orders import OrderStatus, RefusedOrder
from tools.risk import ApprovedOrder, RiskConfig, RuntimeRiskMonitor, Trigger
from tools.risk.controls import edge, inventory, total_notional

BUY, SELL = Side.BUY, Side.SELL


def ask(
    risk: RuntimeRiskMonitor, side: Side = BUY, lots: int = 1, ticks: int | None = 100, symbol="A"
) -> str:
    """Return "APPROVED", or the primary reason of the refusal."""
    answer = risk.check(intent(side, lots, ticks, symbol))
    return answer.reason if isinstance(answer, RefusedOrder) else "APPROVED"


def send(risk: RuntimeRiskMonitor, client_id: str, side: Side, lots: int, ticks: int, symbol="A") -> None:
    answer = risk.check(intent(side, lots, ticks, symbol))
    assert isinstance(answer, ApprovedOrder)
    risk.on_order_sent(client_id, answer)


# -- what it is made of ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "same", "other"),
    [
        ("inventory", inventory.Config(max_inventory_e8=500), inventory.Config(max_inventory_e8=499)),
        ("total_notional", total_notional.Config(max_total_e8=900), total_notional.Config(max_total_e8=901)),
        (
            "edge",
            edge.Config(min_edge_ubps=1_500_000, observations=3),
            edge.Config(min_edge_ubps=1_500_000),
        ),
    ],
)
def test_a_limit_is_said_once(name: str, same: object, other: object) -> None:
    config = RiskConfig(edge_observations=3)
    with pytest.raises(UsageError, match=rf"controls\['{name}'\]"):
        monitor(500, 900, controls={name: other}, config=config)
    risk = monitor(500, 900, controls={name: same}, config=config)
    rows = {row: limit for row, _, limit in risk.headroom()}
    assert (rows["worst_inventory_e8"], rows["worst_total_e8"]) == (500, 900)


# -- the boundary -------------------------------------------------------------------------------


@pytest.mark.parametrize("side", [BUY, SELL])
@pytest.mark.parametrize(
    ("position", "lots", "ticks", "limit_e8", "passes"),
    [
        (0, 1, 100, 100, True),
        (0, 1, 100, 99, False),
        (0, 1, 101, 100, False),
        (0, 7, 13, 91, True),
        (0, 7, 13, 90, False),
        (5, 1, 100, 600, True),
        (5, 1, 100, 599, False),
        (-5, 11, 100, 600, True),  # through flat to 6 on the other side
        (-5, 11, 100, 599, False),
    ],
)
def test_inventory_limit_is_strict_to_the_e8(side, position, lots, ticks, limit_e8, passes) -> None:
    risk = monitor(inventory_e8=limit_e8)
    hold(risk, "A", position if side is BUY else -position)
    assert ask(risk, side, lots, ticks) == ("APPROVED" if passes else "INVENTORY_LIMIT")


@pytest.mark.parametrize(("total_e8", "passes"), [(353, True), (352, False)])
def test_total_is_strict_to_the_e8_and_adds_symbols(total_e8: int, passes: bool) -> None:
    risk = monitor(total_e8=total_e8)
    mark(risk, "A", 10)
    mark(risk, "B", 20)
    hold(risk, "A", -10)  # 100
    hold(risk, "B", 10)
    # 11 lots of B valued at the order's own price, which is above the mark: 253.
    assert ask(risk, BUY, 1, 23, symbol="B") == ("APPROVED" if passes else "TOTAL_NOTIONAL_LIMIT")


@pytest.mark.parametrize("side", [BUY, SELL])
def test_the_total_takes_whichever_side_is_worse(side: Side) -> None:
    risk = monitor(total_e8=500)
    other = SELL if side is BUY else BUY
    send(risk, "a", other, 4, 100)
    assert ask(risk, side, 5) == "APPROVED"  # 5 lots on this side, or 4 on the other
    assert ask(risk, side, 6) == "TOTAL_NOTIONAL_LIMIT"
    send(risk, "b", side, 2, 100)
    assert ask(risk, side, 3) == "APPROVED"
    assert ask(risk, side, 4) == "TOTAL_NOTIONAL_LIMIT"


def test_an_order_below_the_mark_is_valued_at_the_mark() -> None:
    risk = monitor(inventory_e8=100)
    mark(risk, "A", 100)
    assert ask(risk, BUY, 1, 1) == "APPROVED"
    mark(risk, "A", 101)
    assert ask(risk, BUY, 1, 1) == "INVENTORY_LIMIT"


def test_a_refusal_shows_the_figure_and_the_limit() -> None:
    risk = monitor(inventory_e8=99, total_e8=98)
    answer = risk.check(intent(BUY, 1, 100, "A"))
    assert isinstance(answer, RefusedOrder)
    assert answer.reason == "INVENTORY_LIMIT"
    assert answer.also == ("TOTAL_NOTIONAL_LIMIT",)
    assert answer.evidence == (("worst_inventory_e8", 100, 99),)


# -- resting orders ------------------------------------------------------------------------------


def test_resting_orders_count_per_side() -> None:
    risk = monitor(inventory_e8=300)
    send(risk, "b1", BUY, 2, 100)
    assert ask(risk, BUY, 1) == "APPROVED"
    assert ask(risk, BUY, 2) == "INVENTORY_LIMIT"
    assert ask(risk, SELL, 3) == "APPROVED"  # the resting buy need not fill
    send(risk, "s1", SELL, 3, 100)
    assert ask(risk, BUY, 1) == "APPROVED"  # nor the resting sell
    assert ask(risk, SELL, 1) == "INVENTORY_LIMIT"


@pytest.mark.parametrize(
    ("after", "fill", "leaves", "room"),
    [
        (OrderStatus.PARTIALLY_FILLED, 1, 1, 1),
        (OrderStatus.FILLED, 2, 0, 1),
        (OrderStatus.CANCELED, 0, 0, 3),
        (OrderStatus.REJECTED, 0, 0, 3),
        (OrderStatus.EXPIRED, 0, 0, 3),
        (OrderStatus.PENDING_CANCEL, 0, 2, 1),
    ],
)
def test_a_report_frees_what_can_no_longer_fill(after, fill, leaves, room) -> None:
    risk = monitor(inventory_e8=300)
    send(risk, "b1", BUY, 2, 100)
    risk.on_order_change(change("A", BUY, fill, leaves, "b1", after))
    assert ask(risk, BUY, room) == "APPROVED"
    assert ask(risk, BUY, room + 1) == "INVENTORY_LIMIT"
    for exposure in risk.exposures().values():
        exposure.check()


def test_resting_orders_of_another_symbol_count_in_the_total() -> None:
    risk = monitor(total_e8=500)
    mark(risk, "A", 100)
    send(risk, "a", BUY, 2, 100)
    send(risk, "b", SELL, 3, 100)
    assert ask(risk, BUY, 2, symbol="B") == "APPROVED"  # 300 of A's worse side, 200 of B
    assert ask(risk, BUY, 3, symbol="B") == "TOTAL_NOTIONAL_LIMIT"


# -- reducing orders -----------------------------------------------------------------------------


def test_reducing_orders_pass_however_far_beyond_the_limits() -> None:
    risk = monitor(inventory_e8=1, total_e8=1)
    mark(risk, "A", 100)
    mark(risk, "B", 100)
    hold(risk, "A", 10)
    hold(risk, "B", -10)
    assert ask(risk, SELL, 10) == "APPROVED"
    assert ask(risk, SELL, 11) == "INVENTORY_LIMIT"
    assert ask(risk, BUY, 1) == "INVENTORY_LIMIT"
    assert ask(risk, BUY, 10, symbol="B") == "APPROVED"


def test_two_orders_that_together_would_flip_the_position_do_not_both_reduce() -> None:
    risk = monitor(inventory_e8=1)
    mark(risk, "A", 100)
    hold(risk, "A", 10)
    send(risk, "s", SELL, 6, 100)
    assert ask(risk, SELL, 4) == "APPROVED"
    assert ask(risk, SELL, 5) == "INVENTORY_LIMIT"


def test_a_reducing_order_needs_a_price_but_no_mark() -> None:
    risk = monitor()
    hold(risk, "A", 10)
    assert risk.check_before_order("A", "Sell", "0.001", "0.01")
    assert not risk.check_before_order("A", "Sell", "0.001")  # nothing to send it at
    assert not risk.check_before_order("A", "Buy", "0.001")
    assert risk.refusals_by_reason() == {"MARK_MISSING": 2}


@pytest.mark.parametrize("price", [None, "0.00005"], ids=["no mark", "a mark of half a tick"])
def test_an_approval_always_names_a_price_that_can_be_sent(price: str | None) -> None:
    risk = monitor(get_mark_price=lambda symbol: price)
    hold(risk, "A", 10)
    answer = risk.check(intent(SELL, 5, None, "A"))
    assert isinstance(answer, RefusedOrder) or answer.price_ticks > 0


# -- marks ---------------------------------------------------------------------------------------


def test_no_mark_and_no_price_is_refused_and_a_price_of_its_own_is_enough() -> None:
    risk = monitor()
    assert ask(risk, BUY, 1, None) == "MARK_MISSING"
    assert ask(risk, BUY, 1, 100) == "APPROVED"
    mark(risk, "A", 50)
    assert ask(risk, BUY, 1, None) == "APPROVED"


def test_a_quote_that_is_none_takes_the_mark_away() -> None:
    risk = monitor()
    mark(risk, "A", 50)
    risk.on_quote("A", 0, 50)
    assert ask(risk, BUY, 1, None) == "MARK_MISSING"


@pytest.mark.parametrize("price", [Decimal("0.01"), "0.01", 0.01])
def test_get_mark_price_is_used(price: object) -> None:
    risk = monitor(inventory_e8=100, get_mark_price={"A": price}.__getitem__)
    assert ask(risk, BUY, 1, None) == "APPROVED"  # 100 ticks
    assert ask(risk, BUY, 2, 1) == "INVENTORY_LIMIT"
    assert ask(risk, BUY, 1, None, symbol="B") == "MARK_MISSING"  # KeyError


def _raises(symbol: str) -> Decimal:
    raise RuntimeError(symbol)


@pytest.mark.parametrize(
    "provider",
    [_raises, *({"A": bad}.get for bad in ("NaN", float("nan"), float("inf"), "-1", 0, None, "x", [], True))],
)
def test_a_provider_without_a_price_gives_no_mark(provider) -> None:
    risk = monitor(get_mark_price=provider)
    assert ask(risk, BUY, 1, None) == "MARK_MISSING"
    assert not risk.check_before_order("A", "Buy", 1)


def test_a_quote_goes_before_the_provider() -> None:
    risk = monitor(inventory_e8=100, get_mark_price=lambda symbol: "0.01")
    mark(risk, "A", 200)
    assert ask(risk, BUY, 1, 1) == "INVENTORY_LIMIT"


def test_the_provider_values_the_other_symbols_too() -> None:
    risk = monitor(total_e8=300, get_mark_price=lambda symbol: "0.01")
    send(risk, "a", BUY, 1, 100)
    assert ask(risk, BUY, 2, 100, symbol="B") == "APPROVED"
    assert ask(risk, BUY, 3, 100, symbol="B") == "TOTAL_NOTIONAL_LIMIT"


def test_a_fill_by_hand_does_not_put_an_old_price_before_the_provider() -> None:
    risk = monitor(inventory_e8=1000, get_mark_price=lambda symbol: "0.09")  # 900 ticks a lot
    risk.on_fill("A", "Buy", "0.0001", "0.01")  # at 100 ticks
    assert ask(risk, BUY, 1, 100) == "INVENTORY_LIMIT"  # two lots are worth 1800


def test_a_mark_that_is_missing_for_what_is_held_elsewhere_makes_the_total_unknown() -> None:
    risk = monitor()
    hold(risk, "B", 1)
    assert ask(risk) == "TOTAL_NOTIONAL_UNKNOWN"
    hold(risk, "B", -1)
    assert ask(risk) == "APPROVED"  # nothing held is worth nothing


# -- what cannot be meant ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("a", "Buy", 1, 1), "SYMBOL_UNKNOWN"),
        (("", "Buy", 1, 1), "SYMBOL_UNKNOWN"),
        ((None, "Buy", 1, 1), "SYMBOL_UNKNOWN"),
        (("A", "Hold", 1, 1), "SIDE_UNKNOWN"),
        (("A", "", 1, 1), "SIDE_UNKNOWN"),
        (("A", None, 1, 1), "SIDE_UNKNOWN"),
        (("A", "Buy", float("nan"), 1), "QTY_INVALID"),
        (("A", "Buy", float("inf"), 1), "QTY_INVALID"),
        (("A", "Buy", "NaN", 1), "QTY_INVALID"),
        (("A", "Buy", 0, 1), "QTY_INVALID"),
        (("A", "Buy", -1, 1), "QTY_INVALID"),
        (("A", "Buy", "0.00001", 1), "QTY_INVALID"),
        (("A", "Buy", True, 1), "QTY_INVALID"),
        (("A", "Buy", None, 1), "QTY_INVALID"),
        (("A", "Buy", 1, float("nan")), "PRICE_INVALID"),
        (("A", "Buy", 1, float("-inf")), "PRICE_INVALID"),
        (("A", "Buy", 1, 0), "PRICE_INVALID"),
        (("A", "Buy", 1, -1), "PRICE_INVALID"),
        (("A", "Buy", 1, "x"), "PRICE_INVALID"),
        (("A", "Buy", 1, None), "MARK_MISSING"),
    ],
)
def test_check_before_order_refuses_and_never_raises(arguments, reason) -> None:
    risk = monitor()
    assert risk.check_before_order(*arguments) is False
    assert risk.blocks_total == 1
    assert risk.refusals_by_reason() == {reason: 1}
    assert risk.last_refusal is not None
    assert risk.last_refusal.reason == reason


@pytest.mark.parametrize("side", ["Buy", "BUY", "buy", Side.BUY, "Sell", "SELL", Side.SELL])
def test_sides_as_people_write_them(side: str) -> None:
    assert monitor().check_before_order("A", side, "0.5", 2.5) is True


def test_refusals_are_counted_by_primary_reason() -> None:
    risk = monitor(inventory_e8=100)
    for lots in (1, 2, 0, 3):
        ask(risk, BUY, lots)
    risk.check_before_order("ZZZ", "Buy", 1, 1)
    assert risk.blocks_total == 4
    assert risk.refusals_by_reason() == {"INVENTORY_LIMIT": 2, "QTY_INVALID": 1, "SYMBOL_UNKNOWN": 1}


@pytest.mark.parametrize(
    "changed",
    [{"max_inventory_usd_per_symbol": bad} for bad in (0, -1, float("nan"), float("inf"), "x", None)]
    + [{"max_total_notional_usd": bad} for bad in (0, -1, float("nan"))]
    + [{"edge_freeze_threshold_bps": bad} for bad in (float("nan"), float("inf"), "x")]
    + [{"profile": "none such"}],
)
def test_limits_that_cannot_be_are_refused(changed: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        monitor(**changed)


# -- the freeze -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edge", "freezes"),
    [
        ("1.5", False),
        ("1.500001", False),
        ("1.499999", True),
        ("1.4999999999", True),
        (1.5, False),
        (-3, True),
    ],
)
def test_edge_freezes_strictly_below_the_threshold(edge: object, freezes: bool) -> None:
    risk = monitor()
    assert risk.on_edge_update("A", edge) is freezes
    assert risk.is_frozen() is freezes


@pytest.mark.parametrize("edge", [float("nan"), float("inf"), float("-inf"), "x", None, ""])
def test_an_edge_that_is_no_number_freezes(edge: object) -> None:
    risk = monitor()
    assert risk.on_edge_update("A", edge) is True
    assert risk.freeze_log.cause is not None
    assert risk.freeze_log.cause.trigger is Trigger.EDGE_NOT_FINITE


@pytest.mark.parametrize(
    ("edge", "text"),
    [
        ("2.8", "Edge degradation: 2.80 BPS < 3.00 BPS"),
        ("2.999999", "Edge degradation: 2.99 BPS < 3.00 BPS"),
        ("-0.001", "Edge degradation: -0.01 BPS < 3.00 BPS"),
    ],
)
def test_the_reason_is_p01_s_and_never_says_x_below_x(edge: str, text: str) -> None:
    risk = monitor(edge_freeze_threshold_bps=3)
    risk.on_edge_update("A", edge)
    assert risk.freeze_log.cause is not None
    assert risk.freeze_log.cause.text == text


def test_frozen_refuses_everything_reducing_orders_included() -> None:
    risk = monitor()
    mark(risk, "A", 100)
    hold(risk, "A", 10)
    risk.freeze("stop", "A")
    for side, lots, ticks in ((BUY, 1, 100), (SELL, 1, 100), (SELL, 10, None), (BUY, 0, -1)):
        assert ask(risk, side, lots, ticks) == "FROZEN"
    assert risk.check_before_order("A", "Sell", "0.0001", 1) is False
    assert (risk.verdict().open, risk.verdict().reason) == (False, "FROZEN")


def test_thaw_is_explicit_signed_and_remembered() -> None:
    risk = monitor()
    with pytest.raises(UsageError):
        risk.thaw("anna", "not frozen")
    risk.freeze("stop")
    for operator, reason in (("", "x"), ("  ", "x"), ("anna", ""), ("anna", " ")):
        with pytest.raises(UsageError):
            risk.thaw(operator, reason)
    assert risk.is_frozen()
    risk.on_edge_update("A", "10")  # a good edge alone opens nothing
    assert risk.is_frozen()
    risk.advance(77)
    risk.thaw("anna", "edge is back")
    assert not risk.is_frozen()
    assert [thaw.to_dict() for thaw in risk.freeze_log.thaws] == [
        {"effect": "HALT", "operator": "anna", "reason": "edge is back", "scope": "", "time_ns": 77}
    ]
    assert (risk.verdict().open, risk.verdict().reason) == (True, "OPEN")


# -- fills by hand, positions, reset ------------------------------------------------------------------


def test_fills_by_hand_move_the_position_exactly() -> None:
    risk = monitor()
    risk.on_fill("A", "Buy", "0.3", "1")
    risk.on_fill("A", "Sell", 0.1, 1)
    risk.on_fill("B", "sell", Decimal("2"), 5)
    assert risk.get_positions() == {"A": Decimal("0.2"), "B": Decimal("-2")}


@pytest.mark.parametrize(
    "arguments",
    [
        ("ZZZ", "Buy", 1, 1),
        ("A", "Hold", 1, 1),
        ("A", "Buy", 0, 1),
        ("A", "Buy", -1, 1),
        ("A", "Buy", float("nan"), 1),
        ("A", "Buy", 1, 0),
        ("A", "Buy", 1, float("nan")),
    ],
)
def test_a_fill_that_cannot_be_is_the_caller_s_mistake_and_changes_nothing(arguments) -> None:
    risk = monitor()
    with pytest.raises(UsageError):
        risk.on_fill(*arguments)
    assert set(risk.get_positions().values()) <= {Decimal(0)}


def test_a_fill_of_an_unknown_order_counts() -> None:
    risk = monitor(inventory_e8=300)
    risk.on_order_change(change("A", BUY, 2, after=None))
    assert ask(risk, BUY, 1) == "APPROVED"
    assert ask(risk, BUY, 2) == "INVENTORY_LIMIT"


def test_reset_forgets_all_but_the_limits() -> None:
    risk = monitor(inventory_e8=200)
    mark(risk, "A", 100)
    send(risk, "a", BUY, 2, 100)
    hold(risk, "B", 3)
    risk.freeze("stop")
    ask(risk)
    risk.reset()
    assert not risk.is_frozen()
    assert (risk.blocks_total, risk.refusals_by_reason(), risk.last_refusal) == (0, {}, None)
    assert risk.get_positions() == {}
    assert ask(risk, BUY, 1, None) == "MARK_MISSING"
    assert ask(risk, BUY, 2) == "APPROVED"
    assert ask(risk, BUY, 3) == "INVENTORY_LIMIT"
