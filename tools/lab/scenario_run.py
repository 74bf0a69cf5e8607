"""An order scenario run on the order store: each row said to it, and what it then computes.

What goes in to the venue becomes `add` and `request`; what comes out becomes one
`ExecutionReport`. The store is asked afterwards what it makes of the order that the row is
about, and that is held against the row.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import UsageError
from tools.core.events import Side
from tools.core.orders import QUARANTINED, ChangeAlert, OrderChange, OrderStatus
from tools.core.reports import ExecutionReport, ReportKind
from tools.core.units import POW10, format_scaled, parse_scaled
from tools.execution.order import Order
from tools.lab.scenarios import DECIMALS, REPORTS, Row, Scenario, time_in_force
from tools.live.order_store import InMemoryOrderStore

_SYMBOL: Final = "SCENARIO"
_NO_PRICE: Final = 10**DECIMALS  # stands for a price that the scenario does not give
_ROW_NS: Final = 1_000_000_000  # rows are a second apart
_DUPLICATE_ORDER: Final = 6  # OrdRejReason (tag 103)
_CORPORATE_ACTION: Final = 0  # ExecRestatementReason (tag 378)
_NO_ANSWER: Final = re.compile(r"\bHTTP 5|\btime-?out|\btimed out|-100[67]\b", re.IGNORECASE)
_EXECUTIONS: Final = (ReportKind.TRADE, ReportKind.TRADE_CORRECT, ReportKind.TRADE_CANCEL)
# What an `expect` means that this program knows: the figures are right, by our policy of
# booking what was filled; or nothing may have changed.
_AS_STATED: Final = ("overfill", "unknown_order")
_UNCHANGED: Final = ("ignore_duplicate", "stale_ignore", "reject_transition")

State = tuple[OrderStatus, int | None, int, int]
"""``(status, quantity or None while only the venue knows it, filled, remaining)`` in 1e-8."""

NO_ORDER: Final[State] = (OrderStatus.REJECTED, 0, 0, 0)
"""How FIX renders an order that does not exist, in a status report or the refusal of a cancel."""


class Outcome(StrEnum):
    """What came of a row."""

    HELD = "held"
    DIFFERING = "differing"
    ARGUED = "argued"


@dataclass(frozen=True, kw_only=True)
class RowResult:
    """One row held against the store; `note` is empty where there is nothing to say."""

    row: Row
    outcome: Outcome
    note: str


@dataclass(frozen=True, kw_only=True)
class ScenarioResult:
    """One scenario held against the store: a result for each row that is a report."""

    scenario: Scenario
    rows: tuple[RowResult, ...]

    def count(self, outcome: Outcome) -> int:
        """Return how many rows came to this."""
        return sum(1 for result in self.rows if result.outcome is outcome)


def run_scenario(scenario: Scenario) -> ScenarioResult:
    """Run one scenario from an empty store."""
    desk = _Desk(scenario)
    results: list[RowResult] = []
    for row in scenario.rows:
        at = desk.copy() if row.alternative else desk
        if row.event in REPORTS:
            results.append(at.hear(row))
        else:
            at.say(row)
    return ScenarioResult(scenario=scenario, rows=tuple(results))


class _Desk:
    """Our side of one scenario: an order store, and what the file leaves to be filled in."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario: Final = scenario
        self._lasting: Final = time_in_force(scenario)
        self._store = InMemoryOrderStore()
        self._refused: dict[str, None] = {}  # ids of orders that the store did not take a second time
        self._sent = ""  # the last request that went out
        self._times: dict[str, int] = {}  # venue time by execution id: a resend repeats it
        self._prices: dict[str, int] = {}  # by execution id
        self._priced = True  # every execution so far came with its price

    def copy(self) -> "_Desk":
        """Return a desk that goes on from here, and leaves this one as it is."""
        other = _Desk(self._scenario)
        other._store.restore(self._store.snapshot())
        other._refused = dict(self._refused)
        other._sent = self._sent
        other._times, other._prices = dict(self._times), dict(self._prices)
        other._priced = self._priced
        return other

    # -- what goes in to the venue ------------------------------------------------------

    def say(self, row: Row) -> None:
        """Do what our side does about a row that is no report."""
        if row.event == "Note":
            if self._sent and _NO_ANSWER.search(row.text):
                self._store.apply(self._report(row, ReportKind.UNRESOLVED, self._sent))
        elif row.event == "NewOrder":
            self._add(row)
        elif row.event != "StatusRequest" and row.client_id and row.orig_id:
            replace = row.event == "ReplaceRequest"
            qty, price = (row.order_qty, row.price) if replace else (None, None)
            try:
                self._store.request(row.orig_id, row.client_id, replace, qty, price)
            except UsageError:
                return  # about an order that is not here, or an id used before: the venue will say so
            self._sent = row.client_id

    def _add(self, row: Row) -> None:
        price = row.price or _NO_PRICE
        qty = row.order_qty or None  # None: an amount of money
        try:
            self._store.add(row.client_id, _SYMBOL, Side.BUY, qty, price, self._ns(row), self._lasting)
        except UsageError:
            self._refused[row.client_id] = None
            return
        self._sent = row.client_id

    # -- what comes out of it -----------------------------------------------------------

    def hear(self, row: Row) -> RowResult:
        """Book the report of a row, and hold the row against what the store makes of it."""
        before = self._state(row)
        report = self._translate(row)
        change = self._store.apply(report)
        after = self._state(row)
        if row.expect and not _is_as_stated(row, report, change):
            said = f"{row.expect}, {change.alert}: unchanged"
            wrong = _unlike(before, after)
        else:
            said = f"{row.expect}, {change.alert}: as stated" if row.expect else ""
            wrong = self._wrong(row, after)
            if wrong and change.alert in QUARANTINED:
                why = report.contradiction() or "against what was told before"
                wrong.append(f"quarantined as {change.alert}: {why}")
        if not wrong:
            return RowResult(row=row, outcome=Outcome.HELD, note=said)
        note = "; ".join([said, *wrong] if said else wrong)
        if row.anomaly:
            return RowResult(row=row, outcome=Outcome.ARGUED, note=f"{note}; the file: {row.anomaly}")
        return RowResult(row=row, outcome=Outcome.DIFFERING, note=note)

    def _translate(self, row: Row) -> ExecutionReport:
        """Return the report that a venue's client would make of a row."""
        kind = row.kind
        assert kind is not None
        if kind is ReportKind.REJECTED and (
            row.client_id in self._refused or row.order_reason == _DUPLICATE_ORDER
        ):
            self._refused.pop(row.client_id, None)
            kind = ReportKind.DUPLICATE_ID
        elif kind is ReportKind.RESTATED and row.restated_reason == _CORPORATE_ACTION:
            order = self._order(row)
            if row.cum_qty is not None and order is not None and row.cum_qty != order.cum_lots:
                kind = ReportKind.REDENOMINATED
        return self._report(row, kind, row.client_id)

    def _report(self, row: Row, kind: ReportKind, client_id: str) -> ExecutionReport:
        exec_id = row.exec_id or f"row {row.number}"
        ticks = 0
        if kind is ReportKind.TRADE or kind is ReportKind.TRADE_CORRECT:
            # A correction that names no price leaves that of the execution as it was.
            given = self._prices.get(row.ref_id) if row.last_px is None else row.last_px
            self._priced = self._priced and given is not None
            ticks = _NO_PRICE if given is None else given
            if given is not None:
                self._prices.setdefault(exec_id, given)
        return ExecutionReport(
            exec_id,
            kind,
            self._times.setdefault(exec_id, self._ns(row)),
            client_id,
            self._exchange_id(row, client_id),
            _SYMBOL,
            Side.BUY,
            row.last_qty or 0,
            ticks,
            row.cum_qty,
            orig_id=row.orig_id,
            ref_id=row.ref_id,
            qty_lots=row.order_qty,
            leaves_lots=row.leaves_qty,
            price_ticks=row.price,
        )

    def _ns(self, row: Row) -> int:
        return row.number * _ROW_NS

    def _exchange_id(self, row: Row, client_id: str) -> str:
        """Return the venue's id; a row without any id is about one order not sent from here."""
        if row.exchange_id and row.exchange_id != "NONE":
            return row.exchange_id
        return "" if client_id or row.orig_id else f"order of {self._scenario.id}"

    # -- what the store makes of it -----------------------------------------------------

    def _order(self, row: Row) -> Order | None:
        """Return the order that a row is about, sent from here or not."""
        exchange_id = self._exchange_id(row, row.client_id)
        store = self._store
        order = store.get(row.client_id) or store.get(row.orig_id)
        if order is None and exchange_id:
            order = store.get_by_exchange_id(exchange_id)
        if order is not None:
            return order
        for stranger in store.strangers():
            named = stranger.all_ids
            if row.client_id in named or row.orig_id in named or exchange_id == stranger.exchange_id != "":
                return stranger
        return None

    def _state(self, row: Row) -> State:
        order = self._order(row)
        if order is None:
            return NO_ORDER
        return order.status, order.qty_lots, order.cum_lots, order.leaves_lots

    def _wrong(self, row: Row, state: State) -> list[str]:
        """Return what of a row's statements is not what the store computes."""
        status, qty, cum, leaves = state
        wrong = [
            f"status expected {said}, computed {status}"
            for said in dict.fromkeys(row.statuses)
            if said is not status
        ]
        figures = (
            ("order_qty", row.order_qty, qty),
            ("cum_qty", row.cum_qty, cum),
            ("leaves_qty", row.leaves_qty, leaves),
        )
        wrong += [
            f"{name} expected {amount(said)}, computed {amount(ours)}"
            for name, said, ours in figures
            if said is not None and said != ours
        ]
        order = self._order(row)
        if row.avg_px and order is not None and self._priced and not _is_average(row.avg_px, order):
            ours = order.average_ticks_e8()
            shown = "none" if ours is None else amount(ours, 2 * DECIMALS)
            wrong.append(f"avg_px expected {row.avg_px}, computed {shown}")
        return wrong


def _is_as_stated(row: Row, report: ExecutionReport, change: OrderChange) -> bool:
    """Return True if a row with an `expect` must still come out as it states.

    Of a word that is not known: an execution that our policy books must, because what was
    filled was filled; anything else must change nothing.
    """
    if row.expect in _AS_STATED or row.expect in _UNCHANGED:
        return row.expect in _AS_STATED
    refused = (*QUARANTINED, ChangeAlert.DUPLICATE)
    return report.kind in _EXECUTIONS and change.alert not in refused


def _unlike(before: State, after: State) -> list[str]:
    """Return what changed although nothing may have."""
    names = ("status", "order_qty", "cum_qty", "leaves_qty")
    return [
        f"{name} expected {_shown(old)} as before, computed {_shown(new)}"
        for name, old, new in zip(names, before, after, strict=True)
        if old != new
    ]


def _is_average(said: str, order: Order) -> bool:
    """Return True if the average price rounds to the digits that are given."""
    digits = min(len(said.partition(".")[2]), DECIMALS)
    whole, cum = parse_scaled(said, DECIMALS), order.cum_lots
    if cum <= 0:
        return whole == 0
    return 2 * abs(order.value_lot_ticks - whole * cum) <= cum * POW10[DECIMALS - digits]


def _shown(value: OrderStatus | int | None) -> str:
    return value.value if isinstance(value, OrderStatus) else amount(value)


def amount(value: int | None, decimals: int = DECIMALS) -> str:
    """Return a figure without needless zeros; an amount that nobody has said is ``unknown``."""
    if value is None:
        return "unknown"
    return format_scaled(value, decimals).rstrip("0").rstrip(".")
