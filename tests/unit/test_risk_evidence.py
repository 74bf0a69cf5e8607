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
