"""Risk controls, a file each; a profile is the list of those that are on, in order.

The first control that refuses gives the primary reason; the others are listed beside it.
"""

from typing import Final

PROFILES: Final[dict[str, tuple[str, ...]]] = {
    # P0.1's checks and data sanity. Self-match, rate and duplicate controls stay off: 45 of
    # the 73 placed orders of P0.1's second sample cross an own resting order.
    "demo": ("halt", "sanity", "mark", "inventory", "total_notional"),
    # A replay's orders also stay within the decision that they were made under.
    "replay": ("halt", "sanity", "ceiling", "mark", "inventory", "total_notional"),
}
