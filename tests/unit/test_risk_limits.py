"""The configuration of each risk control: its defaults, and the least that each field takes."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from tools.core.errors import ConfigError

S = 10**9
E8 = 10**8
BPS = 10**6  # of micro-bps
PERCENT = 100 * BPS
BOUGHT = ("order", "a", "BUY", 1, 100)
TWICE = (("order", "a", "BUY", 2, 100), ("fill", "a", 1, 100), ("fill", "a", 1, 100))
PARENT = {"before": (("parent", "p", "BUY", 3),), "parent_id": "p"}


def module_of(name: str) -> ModuleType:
    return import_module(f"tools.risk.controls.{name}")


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
    "in_flight": {"max_age_ns": 5 * S, "ask_every_ns": 2 * S, "ask_times": 5},
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
    ("in_flight", "ask_every_ns", 1),
    ("in_flight", "ask_times", 0),
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
