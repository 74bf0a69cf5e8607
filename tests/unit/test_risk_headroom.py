"""How near each control is to its limit, and what it lets pass at the very limit."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any

import pytest

from tests.kit.controls import T0, World
from tools.risk import controls

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
        (("new_orders_count", 2, 50), ("cancels_count", 1, 100), ("messages_count", 3, 120 - 40)),
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
    ("inventory", {"before": (BUY_3,)}, (("worst_inventory_e8", None, 10_000 * E8),)),  # no mark
    ("clock", {"clock_offset": "-0.25"}, (("clock_offset_ns", S // 4, S // 2),)),
    ("clock", {}, (("clock_offset_ns", None, S // 2),)),
    (
        "repeated_execution",  # filled and entered again once
        {"before": (BUY_3, ("fill", "a", 3, 100), ("closed", "a"), BUY_1)},
        (("repeats_count", 1, 1_000),),
    ),
    # -- counts of what must not be --
    ("halt", {}, (("halting_holds_count", 0, 0),)),
    (
        "halt",  # a freeze, a kill and a pause halt; what only lets positions shrink does not
        {
            "before": (
                ("latch", "CALL", "HALT"),
                ("latch", "KILL", "KILL", "A"),
                ("pause", "HALT", 5),
                ("latch", "CALL", "REDUCE_ONLY"),
            )
        },
        (("halting_holds_count", 3, 0),),
    ),
    ("halt", {"before": (("pause", "HALT", 5), ("at", 5))}, (("halting_holds_count", 0, 0),)),
    ("reduce_only", {}, (("reduce_only_holds_count", 0, 0),)),
    (
        "reduce_only",
        {"before": (("latch", "CALL", "REDUCE_ONLY"), ("latch", "CALL", "HALT"))},
        (("reduce_only_holds_count", 1, 0),),
    ),
    ("reconciled", {"reconciled": True}, (("books_not_agreed_count", 0, 0),)),
    ("reconciled", {"reconciled": False}, (("books_not_agreed_count", 1, 0),)),
    ("mark", {}, (("unmarked_instruments_count", 1, 0),)),
    ("mark", {"before": (QUOTE,)}, (("unmarked_instruments_count", 0, 0),)),
    (
        "mark",
        {"before": (QUOTE,), "others_position_lots": 1, "others_mark_ht": None},
        (("unmarked_instruments_count", 1, 0),),
    ),
    ("instrument_status", {"status": "TRADING"}, (("untraded_instruments_count", 0, 0),)),
    ("instrument_status", {"status": "BREAK"}, (("untraded_instruments_count", 1, 0),)),
    (
        "instrument_status",  # of the other one nothing was told
        {"status": "TRADING", "others_position_lots": 1},
        (("untraded_instruments_count", 1, 0),),
    ),
    ("self_match", {"before": (BUY_3, BUY_1, SELL_2)}, (("crossing_orders_count", 0, 0),)),
    (
        "self_match",  # the sell at 100 and the buy at 100; the buy at 99 and the sell at 105 do not cross
        {"before": (BUY_3, BUY_1, SELL_2, ("order", "d", "SELL", 1, 100))},
        (("crossing_orders_count", 2, 0),),
    ),
    (
        "self_match",  # one of unknown price may cross anything
        {"before": (BUY_3,), "open_sell_lots": 1},
        (("crossing_orders_count", 2, 0),),
    ),
    (
        "self_match",
        {"before": (SELL_2,), "open_buy_lots": 1},
        (("crossing_orders_count", 2, 0),),
    ),
    ("self_match", {"open_buy_lots": 1}, (("crossing_orders_count", 0, 0),)),
    # -- how aggressive open orders are --
    (
        "permission",
        {"before": (BUY_3, ("order", "d", "SELL", 1, 100, "TAKE"))},
        (("undeclared_orders_count", 0, 0), ("permitted_aggressiveness_level", 3, 3)),
    ),
    (
        "permission",
        {"before": (BUY_3, BUY_1, SELL_2), "config": {"symbols": ("A",), "buys": False}},
        (("undeclared_orders_count", 2, 0), ("permitted_aggressiveness_level", 1, 3)),
    ),
    (
        "permission",
        {"before": (BUY_3, SELL_2), "config": {"symbols": ("B",), "max_aggressiveness": 1}},
        (("undeclared_orders_count", 2, 0), ("permitted_aggressiveness_level", 1, 1)),
    ),
    (
        "permission",  # nobody has told how aggressive it was
        {"before": (BUY_3,), "open_sell_lots": 1, "config": {"sells": False}},
        (("undeclared_orders_count", 1, 0), ("permitted_aggressiveness_level", None, 3)),
    ),
    ("ceiling", {}, (("aggressiveness_level", 0, None),)),  # no decision was told
    ("ceiling", {"decision": "IMPROVE"}, (("aggressiveness_level", 0, 2),)),
    (
        "ceiling",
        {"decision": "PASSIVE", "before": (BUY_3, ("order", "d", "SELL", 1, 105, "TAKE"), BUY_1)},
        (("aggressiveness_level", 3, 1),),
    ),
    ("ceiling", {"decision": "NONE", "before": (BUY_3,)}, (("aggressiveness_level", 1, 0),)),
    ("ceiling", {"before": (BUY_3,)}, (("aggressiveness_level", 1, None),)),
    ("ceiling", {"decision": "TAKE", "open_buy_lots": 1}, (("aggressiveness_level", None, 3),)),
    # -- single orders --
    ("sanity", {}, (("least_sane_qty_lots", None, 1), ("least_sane_price_ticks", None, 1))),
    (
        "sanity",  # what was asked for counts, not what is left of it
        {"before": (BUY_3, SELL_2, ("fill", "a", 2, 100))},
        (("least_sane_qty_lots", 2, 1), ("least_sane_price_ticks", 100, 1)),
    ),
    (
        "sanity",
        {"before": (SELL_2,), "open_buy_lots": 1},
        (("least_sane_qty_lots", 1, 1), ("least_sane_price_ticks", 105, 1)),
    ),
    (
        "price_filter",  # 99 of at least 90, 105 of at most 200
        {"instrument": {"min_price": "0.009", "max_price": "0.02"}, "before": (BUY_3, BUY_1, SELL_2)},
        (("least_price_ticks", 99, 90), ("price_ticks", 105, 200)),
    ),
    ("price_filter", {"before": (BUY_3,)}, (("least_price_ticks", None, None), ("price_ticks", None, None))),
    (
        "quantity_filter",
        {"instrument": {"min_qty": "0.0001", "max_qty": "0.0009"}, "before": (BUY_3, BUY_1, SELL_2)},
        (("least_qty_lots", 1, 1), ("qty_lots", 3, 9)),
    ),
    ("quantity_filter", {"before": (BUY_3,)}, (("least_qty_lots", None, None), ("qty_lots", None, None))),
    (
        "order_value",  # 3 at 100, 1 at 99, 2 at 105
        {
            "instrument": {"min_notional": "0.00000050", "max_notional": "0.00000500"},
            "before": (BUY_3, BUY_1, SELL_2),
        },
        (
            ("order_value_e8", 300, 5_000 * E8),
            ("least_order_value_e8", 99, 50),
            ("venue_order_value_e8", 300, 500),
            ("budgeted_order_value_e8", None, None),
        ),
    ),
    (
        "order_value",
        {},
        (
            ("order_value_e8", 0, 5_000 * E8),
            ("least_order_value_e8", None, None),
            ("venue_order_value_e8", None, None),
            ("budgeted_order_value_e8", None, None),
        ),
    ),
    (
        "order_value",  # one of unknown price
        {"before": (BUY_3,), "open_sell_lots": 1},
        (
            ("order_value_e8", None, 5_000 * E8),
            ("least_order_value_e8", None, None),
            ("venue_order_value_e8", None, None),
            ("budgeted_order_value_e8", None, None),
        ),
    ),
    (
        "order_value",  # a quarter of 1,200; the sells only reduce what is held
        {
            "config": {"max_order_e8": 1_200},
            "decision": "PASSIVE",
            "budget_ppm": 250_000,
            "position_lots": 9,
            "before": (BUY_1, ("order", "d", "SELL", 9, 100)),
        },
        (
            ("order_value_e8", 900, 1_200),
            ("least_order_value_e8", None, None),
            ("venue_order_value_e8", None, None),
            ("budgeted_order_value_e8", 99, 300),
        ),
    ),
    (
        "fat_finger",  # 3 of a displayed 1; the two sells are worth 210, the floor
        {"before": (QUOTE, BUY_3, SELL_2), "config": {"floor_e8": 210}},
        (("displayed_share_ppm", 3 * 10**6, 10 * 10**6),),
    ),
    (
        "fat_finger",
        {"before": (("quote", 99, 101, 1, 4), BUY_3, SELL_2), "config": {"floor_e8": 0}},
        (("displayed_share_ppm", 750_000, 10 * 10**6),),
    ),
    ("fat_finger", {"before": (BUY_3,)}, (("displayed_share_ppm", 0, 10 * 10**6),)),
    ("fat_finger", {"before": (BUY_3,), "config": {"floor_e8": 0}}, (("displayed_share_ppm", None, 10**7),)),
    (
        "price_collar",  # the buy at 103 pays 3 % more than 100; the sell at 105 waits 5 % away
        {"mark_ht": 200, "before": (BUY_1, SELL_2, ("order", "d", "BUY", 1, 103))},
        (
            ("paying_from_mark_ubps", 3 * PERCENT, 2 * PERCENT),
            ("waiting_from_mark_ubps", 5 * PERCENT, 5 * PERCENT),
        ),
    ),
    (
        "price_collar",
        {"before": (BUY_1,)},
        (("paying_from_mark_ubps", None, 2 * PERCENT), ("waiting_from_mark_ubps", None, 5 * PERCENT)),
    ),
    (
        "price_collar",
        {},
        (("paying_from_mark_ubps", 0, 2 * PERCENT), ("waiting_from_mark_ubps", 0, 5 * PERCENT)),
    ),
    (
        "price_walk",  # from 100 to 105
        {"before": (BUY_3, SELL_2)},
        (("own_move_ubps", 5 * PERCENT, 5 * PERCENT),),
    ),
    ("price_walk", {"before": (BUY_3, ("at", 70 * S), SELL_2)}, (("own_move_ubps", 0, 5 * PERCENT),)),
    # -- ages, shares, edges --
    (
        "market_data",
        {"before": (QUOTE, ("at", 9))},
        (("quote_age_ns", 9, 10 * S), ("spread_ubps", 2 * PERCENT, 5 * PERCENT)),
    ),
    ("market_data", {}, (("quote_age_ns", None, 10 * S), ("spread_ubps", None, 5 * PERCENT))),
    (
        "market_data",  # a locked quote has an age and no spread
        {"quote": (100, 100), "quote_age_ns": 4},
        (("quote_age_ns", 4, 10 * S), ("spread_ubps", None, 5 * PERCENT)),
    ),
    ("duplicate", {}, (("least_same_order_age_ns", None, S // 2),)),
    (
        "duplicate",  # the youngest that is not over
        {"before": (BUY_3, ("at", 3), BUY_1, ("at", 5), SELL_2, ("at", 9), ("closed", "c"))},
        (("least_same_order_age_ns", 9 - 3, S // 2),),
    ),
    ("child_orders", {}, (("parent_children_count", 0, 100), ("parent_asked_ppm", 0, 10**6))),
    (
        "child_orders",  # 1 of 4 asked for by one child of p, 2 + 1 of 4 by two of q
        {
            "before": (
                ("parent", "p", "BUY", 4),
                ("parent", "q", "BUY", 4),
                ("child", "p", 1),
                ("child", "q", 2),
                ("child", "q", 1),
            )
        },
        (("parent_children_count", 2, 100), ("parent_asked_ppm", 750_000, 10**6)),
    ),
    ("edge", {}, (("least_edge_ubps", None, 3 * BPS // 2),)),
    ("edge", {"before": (("edge", 40), ("edge", 30))}, (("least_edge_ubps", 30, 3 * BPS // 2),)),
    (
        "edge",  # the mean of 9 and 20, cut; one measurement is none yet
        {"config": {"min_edge_ubps": 10, "observations": 2}, "before": (("edge", 9), ("edge", 20))},
        (("least_edge_ubps", 14, 10),),
    ),
    (
        "edge",
        {"config": {"min_edge_ubps": 10, "observations": 2}, "before": (("edge", 9),)},
        (("least_edge_ubps", None, 10),),
    ),
    (
        "edge",  # having been gone it must come back to 15
        {"config": {"min_edge_ubps": 10, "recovery_ubps": 5}, "before": (("edge", 9),)},
        (("least_edge_ubps", 9, 15),),
    ),
]


QUIET = {
    "permission": ("permitted_aggressiveness_level",),
    "sanity": ("least_sane_qty_lots", "least_sane_price_ticks"),
    "price_filter": ("least_price_ticks", "price_ticks"),
    "quantity_filter": ("least_qty_lots", "qty_lots"),
    "ceiling": ("aggressiveness_level",),
    "market_data": ("quote_age_ns", "spread_ubps"),
    "order_value": (
        "order_value_e8",
        "least_order_value_e8",
        "venue_order_value_e8",
        "budgeted_order_value_e8",
    ),
    "fat_finger": ("displayed_share_ppm",),
    "price_collar": ("paying_from_mark_ubps", "waiting_from_mark_ubps"),
    "duplicate": ("least_same_order_age_ns",),
    "child_orders": ("parent_asked_ppm",),
}


def test_near_which_limits_it_is_right_to_be() -> None:
    """Of every other one it is an alert to be near."""
    found = {name: World(import_module(f"tools.risk.controls.{name}"), {}).control for name, _, _ in HEADROOM}
    assert {name: one.quiet_limits() for name, one in found.items() if one.quiet_limits()} == QUIET


def test_the_table_is_of_every_control() -> None:
    """Found by discovery: a control that is added must be added here."""
    found = {module.name for module in pkgutil.iter_modules(controls.__path__)}
    assert {name for name, _, _ in HEADROOM} == found


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [pytest.param(*case, id=f"{case[0]}-{number}") for number, case in enumerate(HEADROOM)],
)
def test_headroom(name: str, given: dict[str, Any], expected: Any) -> None:
    world = World(import_module(f"tools.risk.controls.{name}"), given)
    assert world.headroom() == expected


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
