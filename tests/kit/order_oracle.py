"""What an order is, worked out slowly from all that was said about it, in the venue's order.

Independent of the order room: nothing is kept between reports, every figure is searched for in
the list of them. The order in which they arrived does not enter.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tests.kit.venue_model import Asked
from tools.core.orders import OrderStatus, TimeInForce
from tools.core.reports import ExecutionReport, ReportKind
from tools.execution.order_facts import PRECEDENCE

K, S = ReportKind, OrderStatus
LONG_AGO = -(10**30)
LAST_WORDS = (K.CANCELED, K.EXPIRED, K.REJECTED)


class Known(NamedTuple):
    """Status and figures of an order; `fills` by execution id, `value` in lots x ticks."""

    status: OrderStatus
    qty_lots: int
    cum_lots: int
    leaves_lots: int
    value: int
    fills: dict[str, tuple[int, int]]


def known(
    sent_lots: int, time_in_force: TimeInForce, asked: Iterable[Asked], told: Iterable[ExecutionReport]
) -> Known:
    """Return what `told` comes to. Each venue time occurs once, and no report contradicts itself."""
    said = sorted(told, key=lambda each: each.time_ns)
    requests = {each.request_id: each for each in asked}

    def last_ns(*kinds: ReportKind) -> int:
        return max([each.time_ns for each in said if each.kind in kinds], default=LONG_AGO)

    fills = counting(said)
    cum = sum(lots for lots, _ in fills.values())
    day = time_in_force is TimeInForce.DAY
    done = last_ns(K.DONE_FOR_DAY) > last_ns(K.RESTATED, K.REPLACED) and (
        day or last_ns(K.DONE_FOR_DAY) > last_ns(K.TRADE)
    )
    canceled = last_ns(K.CANCELED) > LONG_AGO
    expired = last_ns(K.EXPIRED) > LONG_AGO
    rejected = last_ns(K.REJECTED) > LONG_AGO
    over = canceled or expired or (rejected and cum == 0) or (day and done)
    answered = {each.client_id for each in said if each.kind in (K.CANCEL_REJECTED, K.REPLACED)}
    last_word = canceled or expired or rejected or (day and done)
    pending = {
        each.kind
        for each in said
        if each.kind in (K.PENDING_CANCEL, K.PENDING_REPLACE)
        and each.client_id not in answered
        and not last_word
    }
    qty = sent_lots
    for each in said:
        if each.kind in (K.ACCEPTED, K.RESTATED, K.REPLACED):
            request = requests.get(each.client_id) if each.kind is K.REPLACED else None
            stated = each.qty_lots
            if stated is None and request is not None:
                stated = request.qty_lots
            qty = qty if stated is None else stated
        elif each.kind is K.PENDING_REPLACE and each.client_id not in answered and not last_word:
            qty = qty if each.qty_lots is None else each.qty_lots
    renewed = last_ns(K.RESTATED, K.REPLACED)
    suspended = last_ns(K.SUSPENDED) > max(renewed, last_ns(K.ACCEPTED, K.TRIGGERED))
    holds = {
        S.PENDING_CANCEL: K.PENDING_CANCEL in pending,
        S.PENDING_REPLACE: K.PENDING_REPLACE in pending,
        S.DONE_FOR_DAY: done and not canceled and not expired,
        S.CALCULATED: last_ns(K.CALCULATED) > renewed and not over,
        S.FILLED: cum >= qty and cum > 0,
        S.STOPPED: last_ns(K.STOPPED) > LONG_AGO and not over,
        S.SUSPENDED: suspended and not over,
        S.CANCELED: canceled or (qty == 0 and cum == 0),
        S.EXPIRED: expired,
        S.PARTIALLY_FILLED: cum > 0,
        S.REJECTED: rejected,
        S.NEW: last_ns(K.ACCEPTED, K.REPLACED) > LONG_AGO,
        S.PENDING_NEW: True,
    }
    assert set(holds) == set(PRECEDENCE)
    highest = max(PRECEDENCE[status] for status, held in holds.items() if held)
    status = next(one for one, rank in PRECEDENCE.items() if rank == highest and holds[one])
    leaves = 0 if over else max(0, qty - cum)
    value = sum(lots * ticks for lots, ticks in fills.values())
    return Known(status, qty, cum, leaves, value, fills)


def counting(said: list[ExecutionReport]) -> dict[str, tuple[int, int]]:
    """Return the executions that count: of each chain of corrections its end, busts left out."""
    statements = [each for each in said if each.kind in (K.TRADE_CORRECT, K.TRADE_CANCEL)]
    booked = {
        each.exec_id: (0 if each.kind is K.TRADE_CANCEL else each.last_lots, each.last_ticks)
        for each in said
        if each.kind is K.TRADE or each in statements
    }
    found = {}
    about = {each.exec_id for each in statements}
    roots = [each for each in booked if each not in about]
    roots += [each.ref_id for each in statements if each.ref_id not in booked]
    for root in roots:
        at = root
        while True:
            later = [each for each in statements if each.ref_id == at]
            if not later:
                break
            at = max(later, key=lambda each: (each.time_ns, each.exec_id)).exec_id
        if booked[at][0] > 0:
            found[at] = booked[at]
    return found
