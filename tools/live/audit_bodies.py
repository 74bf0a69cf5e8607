"""What the lines of the audit log say about orders."""

from tools.core.orders import ExecutionReport, OrderChange
from tools.risk import ApprovedOrder


def sent_body(order: ApprovedOrder) -> dict[str, object]:
    """Return an approved order as it was sent."""
    return {
        "price_ticks": order.price_ticks,
        "qty_lots": order.intent.qty_lots,
        "side": order.intent.side.value,
        "symbol": order.intent.symbol,
    }


def report_body(report: ExecutionReport, change: OrderChange) -> dict[str, object]:
    """Return a report and what it did to its order, for the audit log."""
    body = report.to_dict()
    body["report"] = body.pop("kind")
    body["alert"] = change.alert.value
    body["order_cum_lots"] = change.cum_lots
    body["order_leaves_lots"] = change.leaves_lots
    body["status"] = None if change.after is None else change.after.value
    return body
