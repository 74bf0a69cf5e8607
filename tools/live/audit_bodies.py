"""What the lines of the audit log, and P0.1's lines on stderr, say."""

from typing import Final

from tools.core.orders import OrderChange, RefusedOrder
from tools.core.reports import ExecutionReport
from tools.core.units import UBPS_PER_BPS, format_scaled
from tools.risk import ApprovedOrder, FreezeCause, Pause, Thaw, Trigger
from tools.risk.hold_book import HoldNews

_SELDOM: Final = ("leaves_lots", "orig_id", "price_ticks", "qty_lots", "ref_id")


def sent_body(order: ApprovedOrder) -> dict[str, object]:
    """Return an approved order as it was sent."""
    body: dict[str, object] = {
        "aggressiveness": order.intent.aggressiveness.name,
        "price_ticks": order.price_ticks,
        "qty_lots": order.intent.qty_lots,
        "side": order.intent.side.value,
        "symbol": order.intent.symbol,
        "time_in_force": order.intent.time_in_force.value,
    }
    if order.approver:
        body["approver"] = order.approver
    if order.parent_id:
        body["parent_id"] = order.parent_id
    return body


def freeze_line(cause: FreezeCause) -> str:
    """Return what P0.1 writes to stderr about a freeze."""
    if cause.trigger is Trigger.EDGE_BELOW_THRESHOLD:
        observed_ubps = 0 if cause.figure is None else cause.figure[1] or 0
        tenths = observed_ubps // (UBPS_PER_BPS // 10)
        return f"System FROZEN: edge={format_scaled(tenths, 1)}bps < threshold"
    return f"System FROZEN: {cause.text}"


def news_body(news: HoldNews) -> tuple[str, dict[str, object]]:
    """Return the kind and the body of the line about a hold that has closed or opened."""
    if isinstance(news, FreezeCause):
        return "freeze", news.to_dict()
    if isinstance(news, Thaw):
        return "thaw", news.to_dict()
    if isinstance(news, Pause):
        return "pause", {**news.cause.to_dict(), "until_ns": news.until_ns}
    return "resume", news.to_dict()


def cause_body(cause: FreezeCause) -> dict[str, object]:
    """Return a cause as P0.1's report lists it."""
    measured = cause.figure is not None and cause.figure[0] == "edge_ubps"
    return {
        "observed_ubps": cause.figure[1] if measured and cause.figure is not None else None,
        "symbol": cause.symbol,
        "text": cause.text,
        "threshold_ubps": cause.figure[2] if measured and cause.figure is not None else None,
        "time_ns": cause.time_ns,
        "trigger": cause.trigger.value,
    }


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
