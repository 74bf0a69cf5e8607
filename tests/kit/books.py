"""Books whose lines are kept, told of orders and fills step by step; times in ms since an origin."""

from __future__ import annotations

import json
from typing import Any

from tools.core.audit import AuditLog
from tools.core.events import Side
from tools.core.instrument import Instrument
from tools.core.orders import (
    ChangeAlert,
    FillClass,
    Intent,
    OrderChange,
    OrderOutcome,
    OrderStatus,
    TimeInForce,
)
from tools.core.reports import ExecutionReport, Liquidity, ReportKind
from tools.core.units import NS_PER_MS
from tools.core.verdicts import Ceiling
from tools.execution import FeeConfig
from tools.execution.tca import QualityConfig
from tools.live.books import Books
from tools.risk import ApprovedOrder

T0 = 1_700_000_000 * 10**9
A = "t:AA"
AA = Instrument(venue="t", symbol="AA", tick="0.1", lot="0.001")


def at(ms: int) -> int:
    return T0 + ms * NS_PER_MS


class Told:
    """Books of one instrument, and an exchange that says what a test wants it to."""

    def __init__(self, config: QualityConfig | None = None, fees: FeeConfig | None = None) -> None:
        self.lines: list[str] = []
        no_fees = FeeConfig(maker_ubps=0, taker_ubps=0)
        self.books = Books({A: AA}, fees or no_fees, config, AuditLog(self.lines.append))
        self.reports = 0
        self.cum: dict[str, int] = {}
        self.sizes: dict[str, int] = {}
        self.sides: dict[str, Side] = {}

    def quote(self, ms: int, bid: int, ask: int) -> None:
        """A quote that we receive at the moment it is made."""
        self.books.on_venue_quote(A, bid, ask, at(ms))
        if bid <= ask:
            self.books.mark(A, bid + ask)

    def send(
        self,
        client_id: str,
        ms: int,
        side: Side = Side.BUY,
        lots: int = 10,
        ticks: int = 100,
        tif: TimeInForce = TimeInForce.GTC,
    ) -> None:
        intent = Intent(A, at(ms), side, lots, ticks, Ceiling.PASSIVE, tif)
        self.books.now_ns = at(ms)
        self.books.on_sent(client_id, ApprovedOrder(intent, ticks), at(ms))
        self.cum[client_id], self.sizes[client_id], self.sides[client_id] = 0, lots, side

    def cancel(self, client_id: str, ms: int) -> None:
        self.books.now_ns = at(ms)
        self.books.on_cancel(client_id, A, at(ms))

    def hear(
        self,
        client_id: str,
        kind: ReportKind,
        ms: int,
        lots: int = 0,
        ticks: int = 0,
        *,
        heard: int | None = None,
        liquidity: Liquidity = Liquidity.MAKER,
        mid_ht: int | None = None,
        text: str = "",
        undone: tuple[int, int] = (0, 0),
    ) -> None:
        """A report of what happened at `ms`, heard 20 ms later."""
        self.reports += 1
        side = self.sides.get(client_id, Side.BUY)
        trade = kind is ReportKind.TRADE
        report = ExecutionReport(
            f"E{self.reports}", kind, at(ms), client_id, "X", A, side,
            lots if trade else 0, ticks if trade else 0,
            liquidity=liquidity, mid_ht=mid_ht, text=text,
        )  # fmt: skip
        cum = self.cum.get(client_id, 0) + lots - undone[0]
        self.cum[client_id] = cum
        left = max(0, self.sizes.get(client_id, 0) - cum)
        ends = {
            ReportKind.CANCELED: OrderStatus.CANCELED,
            ReportKind.REJECTED: OrderStatus.REJECTED,
            ReportKind.EXPIRED: OrderStatus.EXPIRED,
        }
        end = ends.get(kind)
        if trade and left == 0 and client_id in self.sizes:
            end = OrderStatus.FILLED
        after = end or OrderStatus.NEW
        change = OrderChange(
            client_id, A, side, OrderStatus.NEW, after, lots, ticks, *undone, cum,
            0 if end else left, left, end, ChangeAlert.NONE,
        )  # fmt: skip
        self.books.now_ns = at(ms + 20 if heard is None else heard)
        self.books.on_report(report, change)

    def outcome(self, client_id: str, kind: FillClass, ahead: int | None, shown: int | None) -> None:
        self.books.on_outcome(
            OrderOutcome(
                client_id,
                A,
                self.sides[client_id],
                100,
                10,
                kind,
                3,
                7,
                ahead,
                shown,
                205,
                at(1),
                at(2),
                True,
            )
        )

    def records(self, kind: str) -> list[dict[str, Any]]:
        return [record for record in map(json.loads, self.lines) if record["kind"] == kind]

    @property
    def measures(self) -> dict[str, Any]:
        return self.books.measures()[A]
