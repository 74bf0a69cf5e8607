"""The order's states as its ledger computes them: a walk over small orders, told as tables.

An order of two lots is told every kind of report, about one lot at a time, two at a time, at
every stage of an ordinary life, with nothing asked of it and with a cancel and replaces under
way; its status before and after each is all that is kept. Nothing here is written down by
hand: an edge is there because an order went along it.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from tools.core.events import Side
from tools.core.orders import ChangeAlert, OrderStatus, TimeInForce
from tools.core.reports import ExecutionReport, ReportKind
from tools.execution.order import Order
from tools.execution.order_facts import PRECEDENCE
from tools.live.order_store import OrderState, state_of

STEPS: Final = 2
_LOTS: Final = 2
_MORE: Final = 3  # what a replace upward asks for; nothing beyond is filled
_LESS: Final = 1
_TICKS: Final = 100

Edges = dict[tuple[OrderStatus, OrderStatus], dict[str, bool]]
"""By status before and after: the kinds that lead there, and whether one does without an alert."""

Views = dict[OrderStatus, dict[OrderState, None]]
"""By status: P0.1's states that an order in it was seen to show."""

Move = Callable[[Order, int], tuple[ReportKind, ChangeAlert] | None]
"""Does something to an order as step number n; None if it was no report, or could not be done."""


def _told(kind: ReportKind, client_id: str = "X", orig_id: str = "", qty_lots: int | None = None) -> Move:
    def move(order: Order, number: int) -> tuple[ReportKind, ChangeAlert] | None:
        if orig_id and order._requests.get(client_id) is None:
            return None
        lots = 1 if kind is ReportKind.TRADE else 0
        report = _report(kind, number, client_id, lots, orig_id=orig_id, qty_lots=qty_lots)
        return kind, order.apply(report).alert

    return move


def _report(
    kind: ReportKind,
    number: int,
    client_id: str = "X",
    lots: int = 0,
    *,
    orig_id: str = "",
    ref_id: str = "",
    cum_lots: int | None = None,
    qty_lots: int | None = None,
) -> ExecutionReport:
    return ExecutionReport(
        f"E{number}", kind, number, client_id, "", "S", Side.BUY, lots, _TICKS if lots else 0,
        cum_lots, orig_id=orig_id, ref_id=ref_id, qty_lots=qty_lots,
    )  # fmt: skip


def _asked(request_id: str, replace: bool, qty_lots: int | None = None) -> Move:
    def move(order: Order, number: int) -> tuple[ReportKind, ChangeAlert] | None:
        if order._requests.get(request_id) is None:
            order.request(request_id, replace, qty_lots)
        return None

    return move


def _amended(kind: ReportKind, lots: int) -> Move:
    """Correct, or with 0 lots bust, the last execution that counts."""

    def move(order: Order, number: int) -> tuple[ReportKind, ChangeAlert] | None:
        counting = list(order.fills)
        if not counting:
            return None
        return kind, order.apply(_report(kind, number, lots=lots, ref_id=counting[-1])).alert

    return move


def _split(order: Order, number: int) -> tuple[ReportKind, ChangeAlert] | None:
    if order.qty_lots > _MORE:
        return None
    kind, cum, qty = ReportKind.REDENOMINATED, 2 * order.cum_lots, 2 * order.qty_lots
    return kind, order.apply(_report(kind, number, cum_lots=cum, qty_lots=qty)).alert


_PLAIN: Final = (
    ReportKind.ACCEPTED, ReportKind.REJECTED, ReportKind.TRADE, ReportKind.CANCELED, ReportKind.EXPIRED,
    ReportKind.DONE_FOR_DAY, ReportKind.STOPPED, ReportKind.SUSPENDED, ReportKind.CALCULATED,
    ReportKind.RESTATED, ReportKind.TRIGGERED, ReportKind.STATUS, ReportKind.DUPLICATE_ID,
    ReportKind.UNRESOLVED, ReportKind.PENDING_CANCEL, ReportKind.CANCEL_REJECTED,
)  # fmt: skip
_MOVES: Final[tuple[Move, ...]] = (
    *(_told(kind) for kind in _PLAIN),
    _amended(ReportKind.TRADE_CORRECT, 2),
    _amended(ReportKind.TRADE_CANCEL, 0),
    _split,
    _told(ReportKind.PENDING_CANCEL, "Y", "X"),
    _told(ReportKind.CANCELED, "Y", "X"),
    _told(ReportKind.PENDING_REPLACE, "U", "X"),
    _told(ReportKind.REPLACED, "U", "X", _MORE),
    _told(ReportKind.CANCEL_REJECTED, "U", "X"),
    _told(ReportKind.PENDING_REPLACE, "D", "X"),
    _told(ReportKind.REPLACED, "D", "X", _LESS),
)

_STAGES: Final[tuple[tuple[Move, ...], ...]] = (
    (),
    (_told(ReportKind.ACCEPTED),),
    (_told(ReportKind.ACCEPTED), _told(ReportKind.TRADE)),
    (_told(ReportKind.ACCEPTED), _told(ReportKind.TRADE), _told(ReportKind.TRADE)),
)
_UNDER_WAY: Final[tuple[Move, ...]] = (
    _asked("Y", False),
    _asked("U", True, _MORE),
    _asked("D", True, _LESS),
)
_STARTS: Final = (*_STAGES, *[(*stage, *_UNDER_WAY) for stage in _STAGES])


def _known(order: Order) -> tuple[object, ...]:
    """Return what the order's future depends on."""
    life = order._life
    asked = [(r.request_id, r.pending, r.answered) for r in order._requests.all()]
    flags = (life.accepted, life.rejected, life.canceled, life.expired, life.stopped, life.unresolved)
    lifted = (life.done_for_day, life.calculated, life.suspended, order._requests.pending_status)
    terms = (order.qty_lots, order._terms.confirmed_lots, order.cum_lots, len(order.fills))
    return order.status, order.outcome, order.leaves_lots, order.open_lots, flags, lifted, terms, tuple(asked)


def _lived(time_in_force: TimeInForce, path: tuple[Move, ...]) -> Order:
    """Return an order that has gone along a path."""
    order = Order("X", "S", Side.BUY, _LOTS, _TICKS, 0, time_in_force)
    for number, move in enumerate(path, 1):
        move(order, number)
    return order


@lru_cache(maxsize=2)
def walk(time_in_force: TimeInForce) -> tuple[Edges, Views]:
    """Return every edge that an order goes along in `STEPS` steps from each start, and P0.1's views."""
    edges: Edges = {}
    views: Views = {}
    seen: dict[tuple[object, ...], None] = {}
    paths: list[tuple[Move, ...]] = list(_STARTS)
    for _ in range(STEPS):
        further: list[tuple[Move, ...]] = []
        for path in paths:
            for move in _MOVES:
                order = _lived(time_in_force, path)
                before = order.status
                told = move(order, len(path) + 1)
                if order.cum_lots > 2 * _MORE:
                    continue
                views.setdefault(order.status, {})[state_of(order)] = None
                if told is not None:
                    kinds = edges.setdefault((before, order.status), {})
                    plain = told[1] is ChangeAlert.NONE
                    kinds[told[0].value] = kinds.get(told[0].value, False) or plain
                known = _known(order)
                if known not in seen:
                    seen[known] = None
                    further.append((*path, move))
        paths = further
    return edges, views


def ranks() -> list[tuple[str, int, str]]:
    """Return rows of status, rank and P0.1's states, the highest rank first."""
    views = walk(TimeInForce.GTC)[1]
    day = walk(TimeInForce.DAY)[1]
    rows: list[tuple[str, int, str]] = []
    for status, rank in PRECEDENCE.items():
        seen = {**views.get(status, {}), **day.get(status, {})}
        shown = ", ".join(f"`{state.value}`" for state in OrderState if state in seen)
        rows.append((f"`{status.value}`", rank, shown))
    return rows


def matrix() -> list[tuple[str, str, str]]:
    """Return rows of from, to and kinds; a kind that never comes without an alert in italics."""
    long, day = walk(TimeInForce.GTC)[0], walk(TimeInForce.DAY)[0]
    rows: list[tuple[str, str, str]] = []
    for before in OrderStatus:
        for after in OrderStatus:
            if before is after:
                continue
            one, other = long.get((before, after), {}), day.get((before, after), {})
            shown = [_shown(kind.value, one, other) for kind in ReportKind if kind.value in {**one, **other}]
            if shown:
                rows.append((f"`{before.value}`", f"`{after.value}`", ", ".join(shown)))
    return rows


def _shown(kind: str, long: dict[str, bool], day: dict[str, bool]) -> str:
    text = f"`{kind}`" if long.get(kind) or day.get(kind) else f"*`{kind}`*"
    if kind in long and kind in day:
        return text
    return f"{text} (GTC)" if kind in long else f"{text} (DAY)"


# What the picture leaves out for the sake of the eye; the table has it.
_RARE: Final = (
    ReportKind.REDENOMINATED, ReportKind.CALCULATED, ReportKind.STOPPED, ReportKind.SUSPENDED,
    ReportKind.TRADE_CANCEL, ReportKind.TRADE_CORRECT, ReportKind.RESTATED, ReportKind.TRIGGERED,
    ReportKind.EXPIRED, ReportKind.DONE_FOR_DAY,
)  # fmt: skip
_APART: Final = (
    OrderStatus.CALCULATED, OrderStatus.STOPPED, OrderStatus.SUSPENDED, OrderStatus.EXPIRED,
    OrderStatus.DONE_FOR_DAY,
)  # fmt: skip
_ENDS: Final = (OrderStatus.CANCELED, OrderStatus.REJECTED)


def diagram() -> list[str]:
    """Return the everyday part of the edges as a mermaid state diagram."""
    edges = walk(TimeInForce.GTC)[0]
    out = ["```mermaid", "stateDiagram-v2", f"    [*] --> {OrderStatus.PENDING_NEW.value}"]
    for before in OrderStatus:
        for after in OrderStatus:
            kinds = edges.get((before, after), {})
            everyday = [k.value for k in ReportKind if kinds.get(k.value) and k not in _RARE]
            plain = before is not after and before not in _ENDS
            if everyday and plain and before not in _APART and after not in _APART:
                out.append(f"    {before.value} --> {after.value}: {', '.join(everyday)}")
    return [*out, "```", ""]
