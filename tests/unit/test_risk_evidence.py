"""What each risk control says when it refuses or holds: the reason, and the exact figures beside it.

One lot at one tick is worth one e8 of the quote currency, so that every figure can be seen from
the case itself. A limit is one below what is observed wherever the control's comparison is strict.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from tests.kit.controls import T0, World
from tools.core.errors import ConfigError
from tools.risk.holds import LatchTrip, TimerTrip

S = 10**9
E8 = 10**8
BPS = 10**6  # of micro-bps
PERCENT = 100 * BPS
BOUGHT = ("order", "a", "BUY", 1, 100)
TWICE = (("order", "a", "BUY", 2, 100), ("fill", "a", 1, 100), ("fill", "a", 1, 100))
PARENT = {"before": (("parent", "p", "BUY", 3),), "parent_id": "p"}


def module_of(name: str) -> ModuleType:
    return import_module(f"tools.risk.controls.{name}")


REFUSED: list[tuple[str, dict[str, Any], str, tuple[tuple[str, int | None, int | None], ...]]] = [
    ("balance", {}, "BALANCE_UNKNOWN", (("told_age_ns", None, 60 * S),)),
    ("balance", {"free_balance": "NaN"}, "BALANCE_UNKNOWN", (("told_age_ns", 0, 60 * S),)),
    ("balance", {"free_balance": "0.00000099"}, "BALANCE_EXCEEDED", (("balance_needed_e8", 100, 99),)),
    ("ceiling", {"decision": None}, "DECISION_MISSING", ()),
    ("ceiling", {"decision": "NONE"}, "NOT_ELIGIBLE", ()),
    (
        "ceiling",
        {"decision": "PASSIVE", "aggressiveness": "TAKE"},
        "CEILING_EXCEEDED",
        (("aggressiveness_level", 3, 1),),  # NONE 0, PASSIVE 1, IMPROVE 2, TAKE 3
    ),
    ("child_orders", {"parent_id": "q"}, "PARENT_UNKNOWN", ()),
    ("child_orders", {**PARENT, "side": "SELL"}, "PARENT_MISMATCH", ()),
    ("child_orders", {**PARENT, "qty_lots": 4}, "PARENT_QUANTITY", (("children_lots", 4, 3),)),
    (
        "child_orders",
        {**PARENT, "config": {"max_children": 0}},
        "PARENT_CHILDREN",
        (("children_count", 1, 0),),
    ),
    ("clock", {}, "CLOCK_UNKNOWN", (("told_age_ns", None, 120 * S),)),
    (
        "clock",
        {"clock_offset": "0", "intent_age_ns": S + 1},
        "INTENT_STALE",
        (("intent_age_ns", S + 1, S),),
    ),
    ("clock", {"clock_offset": "0", "intent_age_ns": -1}, "INTENT_AHEAD", (("intent_age_ns", -1, 0),)),
    (
        "clock",
        {"clock_offset": "-0.501"},
        "CLOCK_OFFSET",
        (("clock_offset_ns", 501 * S // 1_000, S // 2),),  # how far, whichever way
    ),
    ("duplicate", {"before": (BOUGHT, ("at", 7))}, "DUPLICATE_ORDER", (("same_order_age_ns", 7, S // 2),)),
    (
        "fat_finger",
        {"config": {"floor_e8": 99}},
        "DISPLAYED_SIZE_UNKNOWN",
        (("displayed_lots", None, 1),),
    ),
    (
        "fat_finger",  # ten times what is shown on the other side
        {"config": {"floor_e8": 99}, "before": (("quote", 99, 101, 1, 2),), "qty_lots": 21},
        "FAT_FINGER",
        (("qty_lots", 21, 10 * 2),),
    ),
    ("halt", {"halted": "CALL"}, "FROZEN", ()),
    ("halt", {"halted": "KILL"}, "KILLED", ()),
    ("halt", {"halted": "TIMER"}, "PAUSED", (("until_ns", T0, T0 + S),)),
    ("heartbeat", {}, "HEARTBEAT_MISSING", (("heartbeat_age_ns", None, 10 * S),)),
    (
        "heartbeat",
        {"before": (("heartbeat",), ("at", 10 * S + 1))},
        "HEARTBEAT_LOST",
        (("heartbeat_age_ns", 10 * S + 1, 10 * S),),
    ),
    (
        "in_flight",
        {"before": (BOUGHT, ("at", 5 * S + 1))},
        "UNANSWERED_REQUEST",
        (("request_age_ns", 5 * S + 1, 5 * S),),
    ),
    ("instrument_status", {"status": None}, "STATUS_UNKNOWN", ()),
    ("instrument_status", {"status": "HALT"}, "NOT_TRADING", ()),
    (
        "inventory",
        {"config": {"max_inventory_e8": 99}},
        "INVENTORY_LIMIT",
        (("worst_inventory_e8", 100, 99),),
    ),
    ("loss_limit", {}, "PNL_UNKNOWN", (("net_profit_e8", None, None),)),
    (
        "loss_limit",
        {"before": (("profit", 0), ("at", 30 * S + 1))},
        "PNL_UNKNOWN",
        (("told_age_ns", 30 * S + 1, 30 * S),),
    ),
    ("mark", {"price_ticks": None, "mark_ht": None}, "MARK_MISSING", (("mark_ht", None, None),)),
    ("market_data", {"quote": None}, "QUOTE_MISSING", (("quote_age_ns", None, 10 * S),)),
    (
        "market_data",
        {"quote": (99, 101), "quote_age_ns": 10 * S + 1},
        "QUOTE_STALE",
        (("quote_age_ns", 10 * S + 1, 10 * S),),
    ),
    ("market_data", {"quote": (102, 101)}, "QUOTE_ABSURD", (("spread_ticks", -1, 1),)),
    (
        "market_data",  # 60 of 1,000 are 6 %
        {"quote": (970, 1030)},
        "SPREAD_TOO_WIDE",
        (("spread_ubps", 6 * PERCENT, 5 * PERCENT),),
    ),
    (
        "message_rate",
        {"config": {"max_new": 1}, "before": (BOUGHT,)},
        "ORDER_RATE",
        (("new_orders_count", 2, 1),),
    ),
    (
        "message_rate",
        {"config": {"max_cancels": 1}, "before": (BOUGHT, ("cancel", "a"))},
        "CANCEL_RATE",
        (("cancels_count", 1, 1),),
    ),
    (
        "message_rate",  # two of the four are for cancels alone
        {"config": {"max_messages": 4, "cancel_reserve": 2}, "before": (BOUGHT, ("cancel", "a"))},
        "MESSAGE_RESERVE",
        (("messages_count", 3, 4 - 2),),
    ),
    (
        "open_orders",
        {"config": {"max_side": 1}, "before": (BOUGHT,), "price_ticks": 99},
        "OPEN_ORDERS_SIDE",
        (("open_orders_count", 2, 1),),
    ),
    (
        "open_orders",
        {"config": {"max_symbol": 1}, "before": (("order", "a", "SELL", 1, 105),)},
        "OPEN_ORDERS_SYMBOL",
        (("open_orders_count", 2, 1),),
    ),
    ("open_orders", {"config": {"max_account": 0}}, "OPEN_ORDERS_ACCOUNT", (("open_orders_count", 1, 0),)),
    (
        "order_value",
        {"instrument": {"min_notional": "0.000001"}, "price_ticks": 99},
        "ORDER_VALUE_BELOW_MINIMUM",
        (("order_value_e8", 99, 100),),
    ),
    (
        "order_value",
        {"instrument": {"max_notional": "0.000001"}, "price_ticks": 101},
        "ORDER_VALUE_ABOVE_MAXIMUM",
        (("order_value_e8", 101, 100),),
    ),
    ("order_value", {"config": {"max_order_e8": 99}}, "ORDER_VALUE_LIMIT", (("order_value_e8", 100, 99),)),
    (
        "order_value",  # a quarter of 399, cut
        {"config": {"max_order_e8": 399}, "budget_ppm": 250_000},
        "BUDGET_EXCEEDED",
        (("order_value_e8", 100, 399 // 4),),
    ),
    ("permission", {"config": {"symbols": ("B",)}}, "SYMBOL_NOT_PERMITTED", ()),
    ("permission", {"config": {"buys": False}}, "SIDE_NOT_PERMITTED", ()),
    ("permission", {"config": {"sells": False}, "side": "SELL"}, "SIDE_NOT_PERMITTED", ()),
    (
        "permission",
        {"config": {"max_aggressiveness": 1}, "aggressiveness": "IMPROVE"},
        "AGGRESSION_NOT_PERMITTED",
        (("aggressiveness_level", 2, 1),),
    ),
    ("price_collar", {"mark_ht": None}, "REFERENCE_MISSING", (("mark_ht", None, None),)),
    (
        "price_collar",  # 1,021 against 1,000
        {"mark_ht": 2_000, "price_ticks": 1_021},
        "PRICE_COLLAR",
        (("from_mark_ubps", 210 * BPS, 2 * PERCENT),),
    ),
    (
        "price_collar",
        {"mark_ht": 2_000, "price_ticks": 949},
        "PRICE_COLLAR",
        (("from_mark_ubps", 510 * BPS, 5 * PERCENT),),
    ),
    (
        "price_filter",
        {"instrument": {"min_price": "0.01"}, "price_ticks": 99},
        "PRICE_BELOW_MINIMUM",
        (("price_ticks", 99, 100),),
    ),
    (
        "price_filter",
        {"instrument": {"max_price": "0.01"}, "price_ticks": 101},
        "PRICE_ABOVE_MAXIMUM",
        (("price_ticks", 101, 100),),
    ),
    (
        "price_walk",
        {"before": (("order", "a", "BUY", 1, 1_000),), "price_ticks": 1_051},
        "PRICE_WALK",
        (("own_move_ubps", 510 * BPS, 5 * PERCENT),),
    ),
    (
        "quantity_filter",
        {"instrument": {"min_qty": "0.0002"}, "qty_lots": 1},
        "QTY_BELOW_MINIMUM",
        (("qty_lots", 1, 2),),
    ),
    (
        "quantity_filter",
        {"instrument": {"max_qty": "0.0002"}, "qty_lots": 3},
        "QTY_ABOVE_MAXIMUM",
        (("qty_lots", 3, 2),),
    ),
    ("reconciled", {"reconciled": False}, "NOT_RECONCILED", ()),
    (
        "reduce_only",
        {"reduce_only": "CALL", "side": "SELL", "position_lots": 3, "qty_lots": 4},
        "REDUCE_ONLY",
        (("position_lots", 3, 0),),
    ),
    ("sanity", {"qty_lots": 0}, "QTY_INVALID", (("qty_lots", 0, 1),)),
    ("sanity", {"price_ticks": 0}, "PRICE_INVALID", (("price_ticks", 0, 1),)),
    (
        "self_match",
        {"before": (("order", "a", "SELL", 1, 100),), "price_ticks": 101},
        "SELF_MATCH",
        (("price_ticks", 101, 100),),
    ),
    (
        "total_notional",
        {"config": {"max_total_e8": 99}},
        "TOTAL_NOTIONAL_LIMIT",
        (("worst_total_e8", 100, 99),),
    ),
    (
        "total_notional",
        {"others_mark_ht": None, "others_position_lots": 1},
        "TOTAL_NOTIONAL_UNKNOWN",
        (("mark_ht", None, None),),
    ),
]


@pytest.mark.parametrize(
    ("name", "given", "reason", "evidence"),
    [pytest.param(*case, id=f"{case[0]}-{case[2]}-{number}") for number, case in enumerate(REFUSED)],
)
def test_a_refusal_names_its_figures(name: str, given: dict[str, Any], reason: str, evidence: Any) -> None:
    world = World(module_of(name), given)
    finding = world.control.check(world.question())
    assert finding is not None
    assert (str(finding[0]), tuple(finding[1])) == (reason, evidence)


# What is demanded: trigger, figure, what it is about, what is held, how, and for how long (None: a latch).
HELD: list[tuple[str, dict[str, Any], tuple[Any, ...]]] = [
    (
        "edge",
        {"config": {"min_edge_ubps": 10}, "before": (("edge", 9),)},
        ("EDGE_BELOW_THRESHOLD", ("edge_ubps", 9, 10), "A", "", "HALT", None),
    ),
    (
        "edge",
        {"before": (("edge", None),)},
        ("EDGE_NOT_FINITE", ("edge_ubps", None, 3 * BPS // 2), "A", "", "HALT", None),
    ),
    (
        "fill_velocity",
        {"config": {"max_filled_e8": 199}, "before": TWICE},
        ("FILL_VELOCITY", ("filled_e8", 200, 199), "A", "A", "HALT", 10 * S),
    ),
    (
        "fill_velocity",
        {"config": {"max_net_e8": 199, "frozen_ns": 0}, "before": TWICE},
        ("FILL_VELOCITY", ("net_filled_e8", 200, 199), "A", "A", "HALT", None),
    ),
    (
        "loss_limit",
        {"config": {"max_daily_loss_e8": 10}, "before": (("profit", -11), ("tick",))},
        ("DAILY_LOSS", ("daily_loss_e8", 11, 10), None, "", "REDUCE_ONLY", None),
    ),
    (
        "loss_limit",
        {
            "config": {"max_drawdown_e8": 20},
            "before": (("profit", 30), ("tick",), ("profit", 9), ("tick",)),
        },
        ("DRAWDOWN", ("drawdown_e8", 30 - 9, 20), None, "", "REDUCE_ONLY", None),
    ),
    (
        "loss_limit",
        {"before": (("profit", None), ("tick",))},
        ("PNL_UNKNOWN", ("net_profit_e8", None, None), None, "", "REDUCE_ONLY", None),
    ),
    (
        "loss_streak",  # a lot bought at 100 and sold at 90 loses 10
        {
            "config": {"max_losses": 0, "small_loss_e8": 9},
            "before": (*TWICE, ("closed", "a"), ("order", "b", "SELL", 1, 90), ("fill", "b", 1, 90)),
        },
        ("LOSS_STREAK", ("losing_exits_count", 1, 0), "A", "A", "REDUCE_ONLY", 600 * S),
    ),
    (
        "repeated_execution",
        {
            "config": {"max_repeats": 0},
            "before": (BOUGHT, ("fill", "a", 1, 100), ("closed", "a"), ("order", "b", "BUY", 1, 100)),
        },
        ("REPEATED_EXECUTION", ("repeats_count", 1, 0), "A", "A", "HALT", None),
    ),
    (
        "velocity",
        {"before": (("quote", 1_000, 1_000, 1, 1), ("quote", 1_031, 1_031, 1, 1))},
        ("PRICE_VELOCITY", ("moved_ubps", 310 * BPS, 3 * PERCENT), "A", "A", "HALT", 5 * S),
    ),
    (
        "heartbeat",
        {"before": (("heartbeat",), ("at", 10 * S + 1), ("tick",))},
        ("HEARTBEAT_LOST", ("heartbeat_age_ns", 10 * S + 1, 10 * S), None, "", "HALT", 5 * S),
    ),
]


@pytest.mark.parametrize(
    ("name", "given", "expected"), [pytest.param(*case, id=f"{case[0]}-{case[2][0]}") for case in HELD]
)
def test_a_demand_for_a_hold_names_its_figure_scope_and_length(
    name: str, given: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    world = World(module_of(name), given)
    assert world.trips
    trip = world.trips[-1]
    cause = trip.cause
    for_ns = trip.for_ns if isinstance(trip, TimerTrip) else None
    assert isinstance(trip, LatchTrip if expected[5] is None else TimerTrip)
    figure = None if cause.figure is None else tuple(cause.figure)
    found = (cause.trigger.value, figure, cause.symbol, cause.scope, cause.effect.value, for_ns)
    assert found == expected
    assert cause.time_ns == world.now_ns
    assert cause.text.strip()


# Defaults are limits that somebody trades under without having written them down.
DEFAULTS: dict[str, dict[str, Any]] = {
    "balance": {"margin_ppm": 1_000_000, "max_told_age_ns": 60 * S},
    "ceiling": {},
    "child_orders": {"max_children": 100, "required": False},
    "clock": {"max_intent_age_ns": S, "max_offset_ns": S // 2, "max_told_age_ns": 120 * S},
    "duplicate": {"window_ns": S // 2},
    "edge": {"min_edge_ubps": 15 * BPS // 10, "observations": 1, "recovery_ubps": 0},
    "fat_finger": {"max_displayed_ppm": 10 * 10**6, "floor_e8": 1_000 * E8, "window_ns": 60 * S},
    "fill_velocity": {
        "max_filled_e8": 20_000 * E8,
        "max_net_e8": 10_000 * E8,
        "window_ns": 5 * S,
        "frozen_ns": 10 * S,
        "maker_only": False,
    },
    "heartbeat": {"max_age_ns": 10 * S, "frozen_ns": 5 * S},
    "in_flight": {"max_age_ns": 5 * S},
    "inventory": {"max_inventory_e8": 10_000 * E8},
    "loss_limit": {
        "max_daily_loss_e8": 500 * E8,
        "max_drawdown_e8": 500 * E8,
        "confirmations": 1,
        "max_told_age_ns": 30 * S,
    },
    "loss_streak": {
        "max_losses": 20,
        "small_loss_e8": E8,
        "window_ns": 3_600 * S,
        "frozen_ns": 600 * S,
    },
    "market_data": {"max_age_ns": 10 * S, "max_spread_ubps": 5 * PERCENT},
    "message_rate": {
        "max_new": 50,
        "max_cancels": 100,
        "max_messages": 120,
        "cancel_reserve": 40,
        "window_ns": S,
    },
    "open_orders": {"max_side": 10, "max_symbol": 20, "max_account": 100},
    "order_value": {"max_order_e8": 5_000 * E8},
    "permission": {"symbols": ("*",), "buys": True, "sells": True, "max_aggressiveness": 3},
    "price_collar": {"max_paying_ubps": 2 * PERCENT, "max_waiting_ubps": 5 * PERCENT},
    "price_walk": {"max_move_ubps": 5 * PERCENT, "window_ns": 60 * S},
    "repeated_execution": {"max_repeats": 1_000, "window_ns": 3_600 * S},
    "self_match": {"mode": "refuse"},
    "total_notional": {"max_total_e8": 50_000 * E8},
    "velocity": {"max_move_ubps": 3 * PERCENT, "window_ns": S, "frozen_ns": 5 * S},
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_defaults(name: str) -> None:
    config = module_of(name).Config()
    assert {field: getattr(config, field) for field in config.__dataclass_fields__} == DEFAULTS[name]


# The least that each field takes; one less is no configuration.
LEAST: list[tuple[str, str, int]] = [
    ("balance", "margin_ppm", 1),
    ("balance", "max_told_age_ns", 0),
    ("child_orders", "max_children", 0),
    ("duplicate", "window_ns", 0),
    ("heartbeat", "frozen_ns", 1),
    ("heartbeat", "max_age_ns", 1),
    ("in_flight", "max_age_ns", 1),
    ("message_rate", "cancel_reserve", 0),
    ("message_rate", "max_cancels", 0),
    ("message_rate", "max_new", 0),
    ("message_rate", "max_messages", 40),  # the reserve for cancels
    ("message_rate", "window_ns", 1),
    ("clock", "max_intent_age_ns", 0),
    ("clock", "max_offset_ns", 0),
    ("clock", "max_told_age_ns", 0),
    ("edge", "observations", 1),
    ("edge", "recovery_ubps", 0),
    ("fat_finger", "max_displayed_ppm", 0),
    ("fat_finger", "floor_e8", 0),
    ("fat_finger", "window_ns", 1),
    ("fill_velocity", "max_filled_e8", 0),
    ("fill_velocity", "max_net_e8", 0),
    ("fill_velocity", "window_ns", 1),
    ("fill_velocity", "frozen_ns", 0),
    ("loss_limit", "max_daily_loss_e8", 0),
    ("loss_limit", "max_drawdown_e8", 0),
    ("loss_limit", "confirmations", 1),
    ("loss_limit", "max_told_age_ns", 0),
    ("loss_streak", "max_losses", 0),
    ("loss_streak", "small_loss_e8", 0),
    ("loss_streak", "window_ns", 1),
    ("loss_streak", "frozen_ns", 0),
    ("open_orders", "max_side", 0),
    ("open_orders", "max_symbol", 0),
    ("open_orders", "max_account", 0),
    ("order_value", "max_order_e8", 0),
    ("price_collar", "max_paying_ubps", 0),
    ("price_collar", "max_waiting_ubps", 0),
    ("price_walk", "max_move_ubps", 0),
    ("price_walk", "window_ns", 1),
    ("repeated_execution", "max_repeats", 0),
    ("repeated_execution", "window_ns", 1),
    ("velocity", "max_move_ubps", 0),
    ("velocity", "window_ns", 1),
    ("velocity", "frozen_ns", 0),
]


@pytest.mark.parametrize(("name", "field", "least"), LEAST)
def test_the_least_that_a_field_takes(name: str, field: str, least: int) -> None:
    module = module_of(name)
    module.Config(**{field: least})
    with pytest.raises(ConfigError, match=f"^control.{name}"):
        module.Config(**{field: least - 1})
