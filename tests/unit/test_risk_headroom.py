"""How near each control is to its limit, and what it lets pass at the very limit."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from tests.kit.controls import T0, World

S = 10**9
E8 = 10**8
BPS = 10**6  # of micro-bps
PERCENT = 100 * BPS

BUY_3 = ("order", "a", "BUY", 3, 100)
BUY_1 = ("order", "b", "BUY", 1, 99)
SELL_2 = ("order", "c", "SELL", 2, 105)
QUOTE = ("quote", 99, 101, 1, 1)  # marks at 100 ticks
LOST = (("fill", "a", 3, 100), ("closed", "a"), ("order", "s", "SELL", 1, 90), ("fill", "s", 1, 90))

HEADROOM: list[tuple[str, dict[str, Any], tuple[tuple[str, int | None, int | None], ...]]] = [
    ("inventory", {"before": (QUOTE, BUY_3, BUY_1, SELL_2)}, (("worst_inventory_e8", 400, 10_000 * E8),)),
    ("inventory", {}, (("worst_inventory_e8", 0, 10_000 * E8),)),
    ("total_notional", {"before": (QUOTE, BUY_3)}, (("worst_total_e8", 300, 50_000 * E8),)),
    ("total_notional", {"before": (BUY_3,)}, (("worst_total_e8", None, 50_000 * E8),)),
    (
        "open_orders",
        {"before": (BUY_3, BUY_1, SELL_2)},
        (
            ("open_orders_side_count", 2, 10),
            ("open_orders_symbol_count", 3, 20),
            ("open_orders_account_count", 3, 100),
        ),
    ),
    (
        "open_orders",
        {},
        (
            ("open_orders_side_count", 0, 10),
            ("open_orders_symbol_count", 0, 20),
            ("open_orders_account_count", 0, 100),
        ),
    ),
    (
        "message_rate",
        {"before": (BUY_3, BUY_1, ("cancel", "a"))},
        (("new_orders_count", 2, 50), ("cancels_count", 1, 100)),
    ),
    (
        "velocity",  # from 1,000 to 1,020, then back to 1,010
        {"before": tuple(("quote", price, price, 1, 1) for price in (1_000, 1_020, 1_010))},
        (("moved_ubps", 2 * PERCENT, 3 * PERCENT),),
    ),
    ("velocity", {}, (("moved_ubps", 0, 3 * PERCENT),)),
    ("heartbeat", {"before": (("heartbeat",), ("at", 7))}, (("heartbeat_age_ns", 7, 10 * S),)),
    ("heartbeat", {}, (("heartbeat_age_ns", None, 10 * S),)),
    (
        "in_flight",
        {"before": (BUY_3, ("at", 2), BUY_1, ("at", 9))},
        (("request_age_ns", 9, 5 * S),),  # of the oldest
    ),
    ("in_flight", {"before": (BUY_3, ("accepted", "a"), ("at", 9))}, (("request_age_ns", 0, 5 * S),)),
    (
        "balance",  # a third of 300, rounded up
        {"before": (QUOTE, BUY_3), "config": {"margin_ppm": 333_333}, "free_balance": "1"},
        (("balance_needed_e8", 100, E8),),
    ),
    ("balance", {"before": (BUY_3,)}, (("balance_needed_e8", None, None),)),
    (
        "fill_velocity",  # 300 bought and 90 sold
        {"before": (BUY_3, *LOST)},
        (("filled_e8", 390, 20_000 * E8), ("net_filled_e8", 210, 10_000 * E8)),
    ),
    (
        "loss_streak",
        {"before": (BUY_3, *LOST), "config": {"small_loss_e8": 9}},
        (("losing_exits_count", 1, 20),),
    ),
    (
        "loss_streak",
        {"before": (BUY_3, *LOST), "config": {"small_loss_e8": 10}},
        (("losing_exits_count", 0, 20),),
    ),
    (
        "loss_limit",
        {"before": (("profit", 40), ("tick",), ("profit", -15), ("tick",))},
        (("daily_loss_e8", 15, 500 * E8), ("drawdown_e8", 55, 500 * E8)),
    ),
    (
        "loss_limit",
        {"before": (("profit", 40), ("tick",))},
        (("daily_loss_e8", 0, 500 * E8), ("drawdown_e8", 0, 500 * E8)),
    ),
    (
        "loss_limit",  # told, and not looked at by a tick yet
        {"before": (("profit", 0),)},
        (("daily_loss_e8", 0, 500 * E8), ("drawdown_e8", 0, 500 * E8)),
    ),
    ("loss_limit", {}, (("daily_loss_e8", None, 500 * E8), ("drawdown_e8", None, 500 * E8))),
]


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [pytest.param(*case, id=f"{case[0]}-{number}") for number, case in enumerate(HEADROOM)],
)
def test_headroom(name: str, given: dict[str, Any], expected: Any) -> None:
    world = World(import_module(f"tools.risk.controls.{name}"), given)
    assert world.control.headroom(world.book, world.figures, world.now_ns) == expected


# One of each pair is at the limit and passes, the other is one beyond it and is refused.
AT_LIMIT: list[tuple[str, dict[str, Any], str, Any, Any]] = [
    ("balance", {"before": (QUOTE,), "free_balance": "0.000003"}, "qty_lots", 3, 4),
    (
        "balance",
        {"before": (QUOTE,), "free_balance": "0.000003", "side": "SELL"},
        "qty_lots",
        3,
        4,
    ),
    (
        "balance",  # another instrument holds 100 already
        {"free_balance": "0.000003", "others_mark_ht": 200, "others_position_lots": 1},
        "qty_lots",
        2,
        3,
    ),
    ("child_orders", {"before": (("parent", "p", "BUY", 3),), "parent_id": "p"}, "qty_lots", 3, 4),
    ("clock", {"clock_offset": "0.5"}, "intent_age_ns", S, S + 1),
    ("clock", {"clock_offset": "-0.5"}, "intent_age_ns", 0, -1),
    ("fat_finger", {"config": {"floor_e8": 0}, "before": (QUOTE,)}, "qty_lots", 10, 11),
    ("inventory", {"config": {"max_inventory_e8": 700}, "position_lots": 2}, "qty_lots", 5, 6),
    (
        "inventory",
        {"config": {"max_inventory_e8": 700}, "position_lots": -2, "side": "SELL"},
        "qty_lots",
        5,
        6,
    ),
    ("market_data", {"quote": (99, 101)}, "quote_age_ns", 10 * S, 10 * S + 1),
    ("order_value", {"config": {"max_order_e8": 500}}, "qty_lots", 5, 6),
    ("price_collar", {"mark_ht": 2_000}, "price_ticks", 1_020, 1_021),
    ("price_collar", {"mark_ht": 2_000}, "price_ticks", 950, 949),
    ("price_walk", {"before": (("order", "a", "BUY", 1, 1_000),)}, "price_ticks", 1_050, 1_051),
    ("sanity", {}, "qty_lots", 1, 0),
    ("sanity", {}, "price_ticks", 1, 0),
    ("self_match", {"before": (SELL_2,)}, "price_ticks", 104, 105),
    ("self_match", {"before": (BUY_3,), "side": "SELL"}, "price_ticks", 101, 100),
    ("total_notional", {"config": {"max_total_e8": 500}}, "qty_lots", 5, 6),
]


@pytest.mark.parametrize(
    ("name", "given", "field", "passes", "refused"),
    [pytest.param(*case, id=f"{case[0]}-{number}") for number, case in enumerate(AT_LIMIT)],
)
def test_at_the_limit_it_passes_and_beyond_it_does_not(
    name: str, given: dict[str, Any], field: str, passes: Any, refused: Any
) -> None:
    module = import_module(f"tools.risk.controls.{name}")
    assert World(module, {**given, field: passes}).answer() is None
    assert World(module, {**given, field: refused}).answer() is not None


@pytest.mark.parametrize(
    ("name", "told", "age_ns"),
    [
        ("balance", ("free_balance", "1"), 60 * S),
        ("clock", ("clock_offset", "0"), 120 * S),
        ("loss_limit", ("net_profit", "0"), 30 * S),
    ],
)
def test_a_figure_is_believed_for_its_time(name: str, told: tuple[str, str], age_ns: int) -> None:
    world = World(import_module(f"tools.risk.controls.{name}"), dict([told]))
    for late_ns, refused in ((0, False), (age_ns, False), (age_ns + 1, True), (-1, True)):
        world.now_ns = T0 + late_ns
        assert (world.answer() is not None) is refused, late_ns
