"""Order scenarios read from a file: who says what to whom, and what must then be true.

The format is that of a JSON object with `scenarios`, each with `id`, `evidence` and `steps`;
the names in a step are those of FIX fields, and of Binance where the scenario is one of
Binance's. Quantities and prices become integers in units of 1e-8, exactly.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from tools.core.errors import InputError, UsageError
from tools.core.orders import OrderStatus, TimeInForce
from tools.core.reports import ReportKind
from tools.core.units import decimal_text, parse_scaled

DECIMALS: Final = 8
MAX_BYTES: Final = 64_000_000

_DAYS: Final = re.compile(r"D\d")

Fields = Mapping[str, object]

# FIX ExecType by name and by code, and what FIX 4.2 and Binance call some of them.
_KINDS: Final[dict[str, ReportKind]] = {
    "NEW": ReportKind.ACCEPTED, "0": ReportKind.ACCEPTED,
    "PENDINGNEW": ReportKind.STATUS, "A": ReportKind.STATUS,  # received, not yet taken: nothing changes
    "TRADE": ReportKind.TRADE, "F": ReportKind.TRADE,
    "PARTIALFILL": ReportKind.TRADE, "1": ReportKind.TRADE, "FILL": ReportKind.TRADE, "2": ReportKind.TRADE,
    "TRADECORRECT": ReportKind.TRADE_CORRECT, "G": ReportKind.TRADE_CORRECT,
    "TRADECANCEL": ReportKind.TRADE_CANCEL, "H": ReportKind.TRADE_CANCEL,
    "DONEFORDAY": ReportKind.DONE_FOR_DAY, "3": ReportKind.DONE_FOR_DAY,
    "CANCELED": ReportKind.CANCELED, "CANCELLED": ReportKind.CANCELED, "4": ReportKind.CANCELED,
    "REPLACED": ReportKind.REPLACED, "5": ReportKind.REPLACED,
    "PENDINGCANCEL": ReportKind.PENDING_CANCEL, "6": ReportKind.PENDING_CANCEL,
    "STOPPED": ReportKind.STOPPED, "7": ReportKind.STOPPED,
    "REJECTED": ReportKind.REJECTED, "8": ReportKind.REJECTED,
    "SUSPENDED": ReportKind.SUSPENDED, "9": ReportKind.SUSPENDED,
    "CALCULATED": ReportKind.CALCULATED, "B": ReportKind.CALCULATED,
    "EXPIRED": ReportKind.EXPIRED, "C": ReportKind.EXPIRED,
    "TRADEPREVENTION": ReportKind.EXPIRED,  # self-match: the rest is gone
    "RESTATED": ReportKind.RESTATED, "D": ReportKind.RESTATED,
    "PENDINGREPLACE": ReportKind.PENDING_REPLACE, "E": ReportKind.PENDING_REPLACE,
    "ORDERSTATUS": ReportKind.STATUS, "I": ReportKind.STATUS,
    "TRIGGERED": ReportKind.TRIGGERED, "L": ReportKind.TRIGGERED,
}  # fmt: skip

# FIX OrdStatus by name and by code, and what Binance calls some of them.
_STATUSES: Final[dict[str, OrderStatus]] = {
    **{status.value.replace("_", ""): status for status in OrderStatus},
    "CANCELLED": OrderStatus.CANCELED, "EXPIREDINMATCH": OrderStatus.EXPIRED,
    "ACCEPTEDFORBIDDING": OrderStatus.NEW,
    "0": OrderStatus.NEW, "1": OrderStatus.PARTIALLY_FILLED, "2": OrderStatus.FILLED,
    "3": OrderStatus.DONE_FOR_DAY, "4": OrderStatus.CANCELED, "6": OrderStatus.PENDING_CANCEL,
    "7": OrderStatus.STOPPED, "8": OrderStatus.REJECTED, "9": OrderStatus.SUSPENDED,
    "A": OrderStatus.PENDING_NEW, "B": OrderStatus.CALCULATED, "C": OrderStatus.EXPIRED,
    "D": OrderStatus.NEW, "E": OrderStatus.PENDING_REPLACE,
}  # fmt: skip

REPORTS: Final = ("ExecutionReport", "OrderCancelReject")
_EVENTS: Final[dict[str, tuple[str, ...]]] = {
    "in": ("NewOrder", "CancelRequest", "ReplaceRequest", "StatusRequest"),
    "out": REPORTS,
    "note": ("Note",),
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One step of a scenario; what it leaves out is None, or empty.

    Parameters
    ----------
    number, t
        Its place in the scenario, from 1, and the time that the file gives it.
    event
        NewOrder, CancelRequest, ReplaceRequest, StatusRequest, Note, ExecutionReport or
        OrderCancelReject.
    kind
        What the report means for a ledger; None if the step is no report.
    order_qty, cum_qty, leaves_qty, last_qty, prices
        In 1e-8. `avg_px` stays text: how many digits are given matters.
    statuses
        What the order's status must be: the venue's word, and the file's own if it has one.
    alternative
        A path that ends with this step; the next step goes on from before it.
    anomaly, expect
        Why the file itself says that the figures may differ, and what must be made of a
        report that is not to be believed.
    """

    number: int
    t: str
    event: str
    kind: ReportKind | None
    exec_type: str
    statuses: tuple[OrderStatus, ...]
    order_qty: int | None
    cum_qty: int | None
    leaves_qty: int | None
    last_qty: int | None
    last_px: int | None
    price: int | None
    avg_px: str
    client_id: str
    orig_id: str
    exchange_id: str
    exec_id: str
    ref_id: str
    order_reason: int | None
    restated_reason: int | None
    text: str
    alternative: bool
    anomaly: str
    expect: str


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One scenario of a file: `evidence` says how well its rows are founded."""

    id: str
    title: str
    evidence: str
    rows: tuple[Row, ...]


def time_in_force(scenario: Scenario) -> TimeInForce:
    """Return how long the orders of a scenario rest: for the day, unless it says otherwise."""
    said = " ".join([scenario.title, *(row.text for row in scenario.rows if row.event == "NewOrder")])
    for kind in (TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK):
        if re.search(rf"\b{kind.value}\b", said):
            return kind
    over_days = any(_DAYS.match(row.t) for row in scenario.rows)
    return TimeInForce.GTC if over_days else TimeInForce.DAY


def read_scenarios(path: str) -> list[Scenario]:
    """Return the scenarios of a file; raise `InputError` naming scenario and row of what is wrong."""
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    if len(raw) > MAX_BYTES:
        raise InputError(f"{path}: more than {MAX_BYTES} bytes; split the file")
    try:
        found = json.loads(raw.decode("utf-8-sig"), parse_float=str, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON ({error})") from None
    listed = found.get("scenarios") if isinstance(found, dict) else None
    if not isinstance(listed, list) or not listed:
        raise InputError(f"{path}: holds no list `scenarios`")
    seen: dict[str, None] = {}
    out: list[Scenario] = []
    for number, item in enumerate(listed, 1):
        made = _scenario(path, number, item)
        if made.id in seen:
            raise InputError(f"{path}: scenario {made.id}: stands there twice")
        seen[made.id] = None
        out.append(made)
    return out


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _scenario(path: str, number: int, item: object) -> Scenario:
    name = item.get("id") if isinstance(item, dict) else None
    if not isinstance(item, dict) or not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise InputError(f"{path}: scenario number {number}: has no id")
    place = f"{path}: scenario {name}"
    steps = item.get("steps")
    if not isinstance(steps, list) or not steps:
        raise InputError(f"{place}: holds no list `steps`")
    return Scenario(
        id=name,
        title=_text(item, "title", place),
        evidence=_text(item, "evidence", place) or "unknown",
        rows=tuple(_row(step, at, f"{place}, row {at}") for at, step in enumerate(steps, 1)),
    )


def _row(step: object, number: int, place: str) -> Row:
    if not isinstance(step, dict):
        raise InputError(f"{place}: is no object")
    event, direction = _text(step, "event", place), _text(step, "dir", place)
    if direction not in _EVENTS or event not in _EVENTS[direction]:
        known = "; ".join(f"{side}: {', '.join(names)}" for side, names in _EVENTS.items())
        raise InputError(f"{place}: dir {direction!r} with event {event!r}; known are {known}")
    exec_type, kind = _text(step, "exec_type", place), None
    if event == "OrderCancelReject":
        kind = ReportKind.CANCEL_REJECTED
    elif event == "ExecutionReport":
        kind = _KINDS.get(_plain(exec_type))
        if kind is None:
            raise InputError(f"{place}: exec_type {exec_type!r} is none of FIX or Binance")
    statuses = tuple(
        _status(step, name, place) for name in ("ord_status", "internal_status") if step.get(name) is not None
    )
    if kind is not None and not statuses:
        raise InputError(f"{place}: a report without ord_status says nothing that could be checked")
    return Row(
        number=number,
        t=_text(step, "t", place),
        event=event,
        kind=kind,
        exec_type=exec_type or event,
        statuses=statuses,
        order_qty=_number(step, "order_qty", place),
        cum_qty=_number(step, "cum_qty", place),
        leaves_qty=_number(step, "leaves_qty", place),
        last_qty=_number(step, "last_qty", place),
        last_px=_number(step, "last_px", place),
        price=_number(step, "price", place),
        avg_px=_decimal(step, "avg_px", place),
        client_id=_text(step, "cl_ord_id", place),
        orig_id=_text(step, "orig_cl_ord_id", place),
        exchange_id=_text(step, "order_id", place),
        exec_id=_text(step, "exec_id", place),
        ref_id=_text(step, "exec_ref_id", place),
        order_reason=_reason(step, "ord_rej_reason", place),
        restated_reason=_reason(step, "exec_restatement_reason", place),
        text=_text(step, "text", place),
        alternative=_text(step, "branch", place) == "reject_alt",
        anomaly=_text(step, "anomaly", place),
        expect=_text(step, "expect", place),
    )


def _plain(name: str) -> str:
    return name.replace("_", "").replace(" ", "").upper()


def _text(step: Fields, name: str, place: str) -> str:
    """Return a text; empty if it is not there. A number stands for itself."""
    value = step.get(name)
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise InputError(f"{place}: {name} is no text")
    return value


def _decimal(step: Fields, name: str, place: str) -> str:
    """Return a number as plain decimal text; empty if it is not there."""
    value = step.get(name)
    if value is None:
        return ""
    try:
        if isinstance(value, (int, str)):
            return decimal_text(value)
    except UsageError:
        pass
    raise InputError(f"{place}: {name} is no number")


def _number(step: Fields, name: str, place: str) -> int | None:
    """Return a number in 1e-8; None if it is not there."""
    text = _decimal(step, name, place)
    try:
        return parse_scaled(text, DECIMALS) if text else None
    except UsageError as error:
        raise InputError(f"{place}: {name}: {error}") from None


def _status(step: Fields, name: str, place: str) -> OrderStatus:
    text = _text(step, name, place)
    found = _STATUSES.get(_plain(text))
    if found is None:
        raise InputError(f"{place}: {name} {text!r} is none of FIX or Binance")
    return found


def _reason(step: Fields, name: str, place: str) -> int | None:
    """Return the code of a reason such as ``DuplicateOrder(6)``; None if there is none."""
    text = _text(step, name, place)
    code = text.rpartition("(")[2].rstrip(")")
    return int(code) if code.isascii() and code.isdigit() and len(code) < 6 else None
