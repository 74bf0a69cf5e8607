"""Reasons of refusals as FIX OrdRejReason (tag 103), by the numbers of the standard."""

from __future__ import annotations

from tools.risk.fix import ORD_REJ_REASON, ord_rej_reason

# FIX Latest, tag 103, by number.
STANDARD = {
    1: "SYMBOL_UNKNOWN",  # unknown symbol
    2: "NOT_TRADING",  # exchange closed
    3: "INVENTORY_LIMIT TOTAL_NOTIONAL_LIMIT OPEN_ORDERS_SIDE OPEN_ORDERS_SYMBOL OPEN_ORDERS_ACCOUNT",
    6: "DUPLICATE_ORDER",  # duplicate order
    8: "INTENT_STALE",  # stale order
    11: "SIDE_UNKNOWN SIDE_NOT_PERMITTED AGGRESSION_NOT_PERMITTED",  # unsupported characteristic
    13: "QTY_INVALID QTY_BELOW_MINIMUM QTY_ABOVE_MAXIMUM",  # incorrect quantity
    16: "PRICE_COLLAR PRICE_WALK PRICE_BELOW_MINIMUM PRICE_ABOVE_MAXIMUM",  # price exceeds price band
    19: "REFERENCE_MISSING MARK_MISSING TOTAL_NOTIONAL_UNKNOWN",  # reference price not available
    20: "BUDGET_EXCEEDED",  # notional value exceeds threshold
    # Algorithm risk threshold breached.
    21: "ORDER_RATE CANCEL_RATE MESSAGE_RESERVE PARENT_QUANTITY PARENT_CHILDREN "
    "FROZEN KILLED PAUSED REDUCE_ONLY",
    25: "BALANCE_EXCEEDED",  # insufficient credit limit
    26: "FAT_FINGER",  # exceeded clip size limit
    27: "ORDER_VALUE_LIMIT ORDER_VALUE_ABOVE_MAXIMUM",  # exceeded maximum notional order amount
}


def test_every_reason_that_the_standard_knows_has_its_number() -> None:
    wanted = {reason: number for number, reasons in STANDARD.items() for reason in reasons.split()}
    assert {reason: ord_rej_reason(reason) for reason in wanted} == wanted
    assert set(wanted) == set(ORD_REJ_REASON)


def test_what_the_standard_does_not_know_is_other() -> None:
    assert [ord_rej_reason(reason) for reason in ("QUOTE_STALE", "")] == [99, 99]
