"""Reasons of refusals as FIX OrdRejReason (tag 103), where the standard has a number for them.

Numbers of FIX Latest. A reason that the standard does not know goes out as 99, other.
"""

from typing import Final

OTHER: Final = 99

ORD_REJ_REASON: Final[dict[str, int]] = {
    "SYMBOL_UNKNOWN": 1,  # unknown symbol
    "NOT_TRADING": 2,  # exchange closed
    "INVENTORY_LIMIT": 3,  # order exceeds limit
    "TOTAL_NOTIONAL_LIMIT": 3,
    "OPEN_ORDERS_SIDE": 3,
    "OPEN_ORDERS_SYMBOL": 3,
    "OPEN_ORDERS_ACCOUNT": 3,
    "DUPLICATE_ORDER": 6,  # duplicate order
    "INTENT_STALE": 8,  # stale order
    "SIDE_UNKNOWN": 11,  # unsupported order characteristic
    "SIDE_NOT_PERMITTED": 11,
    "AGGRESSION_NOT_PERMITTED": 11,
    "QTY_INVALID": 13,  # incorrect quantity
    "QTY_BELOW_MINIMUM": 13,
    "QTY_ABOVE_MAXIMUM": 13,
    "PRICE_COLLAR": 16,  # price exceeds current price band
    "PRICE_WALK": 16,
    "PRICE_BELOW_MINIMUM": 16,
    "PRICE_ABOVE_MAXIMUM": 16,
    "REFERENCE_MISSING": 19,  # reference price not available
    "MARK_MISSING": 19,
    "TOTAL_NOTIONAL_UNKNOWN": 19,
    "BUDGET_EXCEEDED": 20,  # notional value exceeds threshold
    "ORDER_RATE": 21,  # algorithm risk threshold breached
    "CANCEL_RATE": 21,
    "MESSAGE_RESERVE": 21,
    "PARENT_QUANTITY": 21,
    "PARENT_CHILDREN": 21,
    "FROZEN": 21,
    "KILLED": 21,
    "PAUSED": 21,
    "REDUCE_ONLY": 21,
    "BALANCE_EXCEEDED": 25,  # insufficient credit limit
    "FAT_FINGER": 26,  # exceeded clip size limit
    "ORDER_VALUE_LIMIT": 27,  # exceeded maximum notional order amount
    "ORDER_VALUE_ABOVE_MAXIMUM": 27,
}


def ord_rej_reason(reason: str) -> int:
    """Return the number of a reason."""
    return ORD_REJ_REASON.get(reason, OTHER)
