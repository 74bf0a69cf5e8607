"""Risk controls, a file each; a profile is the list of those that are on, in order.

The first control that refuses gives the primary reason; the others are listed beside it.
"""

from typing import Final

# Whatever happens to the market or to us, in the order in which a person would ask.
_REPLAY: Final = (
    "halt",
    "reconciled",
    "reduce_only",
    "permission",
    "sanity",
    "price_filter",
    "quantity_filter",
    "ceiling",
    "mark",
    "market_data",
    "order_value",
    "fat_finger",
    "price_collar",
    "price_walk",
    "inventory",
    "total_notional",
    "open_orders",
    "message_rate",
    "duplicate",
    "child_orders",
    "self_match",
    "in_flight",
    "loss_limit",
    "repeated_execution",
    "fill_velocity",
    "loss_streak",
    "velocity",
    "edge",
)

PROFILES: Final[dict[str, tuple[str, ...]]] = {
    # P0.1's checks and data sanity. Self-match, rate and duplicate controls stay off: 45 of
    # the 73 placed orders of P0.1's second sample cross an own resting order.
    "demo": ("halt", "reduce_only", "sanity", "mark", "inventory", "total_notional", "edge"),
    # All that a recording can be held against: it tells no account, clock, status or heartbeat.
    "replay": _REPLAY,
    # All of them; what is not told is refused.
    "shadow": (*_REPLAY, "instrument_status", "clock", "balance", "heartbeat"),
}

DECLARED: Final = ("shadow",)
"""Profiles under which the engine does not start while a limit of a control is not declared."""

COMPARED: Final = ("replay", "shadow")
"""Profiles under which nothing is sent before our books and the venue's have agreed."""
