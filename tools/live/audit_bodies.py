"""What the lines of the audit log, and P0.1's lines on stderr, say."""

from typing import Final

from tools.core.orders import OrderChange, RefusedOrder
from tools.core.reports import ExecutionReport
from tools.core.units import UBPS_PER_BPS, format_scaled
from tools.risk import ApprovedOrder, FreezeCause, Trigger

_SELDOM: Final = ("leaves_lots", "orig_id", "price_ticks", "qty_lots", "ref_id")


def sent_body(order: ApprovedOrder) -> dict[str, object]:
    """Return an approved order as it was sent."""
    return {
        "aggressiveness": order.intent.aggressiveness.name,
        "price_ticks": order.price_ticks,
        "qty_lots": order.intent.qty_lots,
        "side": order.intent.side.value,
        "symbol": order.intent.symbol,
        "time_in_force": order.intent.time_in_force.value,
    }


def freeze_line(cause: FreezeCause) -> str:
    """Return what P0.1 writes to stderr about a freeze."""
    if cause.trigger is Trigger.EDGE_BELOW_THRESHOLD:
        tenths = (cause.observed_ubps or 0) // (UBPS_PER_BPS // 10)
        return f"System FROZEN: edge={format_scaled(tenths, 1)}bps < threshold"
    return f"System FROZEN: {cause.text}"


def refused_body(refused: RefusedOrder) -> dict[str, object]:
    """Return a refusal: the intent, the primary reason, the others, the evidence."""
    intent = refused.intent
    return {
        "also": list(refused.also),
        "evidence": [list(item) for item in refused.evidence],
        "price_ticks": intent.price_ticks,
        "qty_lots": intent.qty_lots,
        "reason": refused.reason,
        "side": intent.side.value,
        "symbol": intent.symbol,
        "time_ns": intent.time_ns,
    }


def report_body(report: ExecutionReport, change: OrderChange) -> dict[str, object]:
    """Return a report and what it did to its order, for the audit log.

    What few venues state, and what an ordinary report does not do, is left out where it is
    not there.
    """
    body = report.to_dict()
    for name in _SELDOM:
        if body[name] is None or body[name] == "":
            del body[name]
    if change.undone_lots:
        body["undone_lots"], body["undone_ticks"] = change.undone_lots, change.undone_ticks
    body["report"] = body.pop("kind")
    body["alert"] = change.alert.value
    body["order_cum_lots"] = change.cum_lots
    body["order_leaves_lots"] = change.leaves_lots
    body["status"] = None if change.after is None else change.after.value
    return body
