"""A request that nobody answers: the venue is asked, a person may resolve it, and nothing is concluded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.kit.orders import T0_NS, ScriptedExchange, report
from tools.core.audit import AuditLog
from tools.core.errors import UsageError
from tools.core.events import Side
from tools.core.instrument import Instrument
from tools.core.orders import Intent, RefusedOrder
from tools.core.reports import ReportKind
from tools.core.verdicts import Ceiling, Decision
from tools.lab.explain import Run, explain_order
from tools.live.execution_loop import ExecutionLoop
from tools.live.order_store import InMemoryOrderStore
from tools.risk import ApprovedOrder, RuntimeRiskMonitor

S = 10**9
SYMBOL = "BTCUSDT"
ONE = "CLI00000001"
TAKE = Decision(0, True, Ceiling.TAKE, 1_000_000, "TEST", ())


class Asked(ScriptedExchange):
    """A venue that can be asked; `lost` is what it raises instead."""

    def __init__(self) -> None:
        super().__init__()
        self.queries: list[str] = []
        self.lost: Exception | None = None

    def request_status(self, client_order_id: str) -> None:
        if self.lost is not None:
            raise self.lost
        self.queries.append(client_order_id)


class Rig:
    def __init__(self, venue: ScriptedExchange | None = None) -> None:
        self.venue = Asked() if venue is None else venue
        self.lines: list[str] = []
        self.risk = RuntimeRiskMonitor(
            max_inventory_usd_per_symbol=10_000,
            max_total_notional_usd=50_000,
            edge_freeze_threshold_bps="1.5",
            instruments={SYMBOL: Instrument(venue="t", symbol=SYMBOL, tick="0.01", lot="0.00000001")},
            profile="replay",
        )
        audit = AuditLog(self.lines.append)
        self.loop = ExecutionLoop(self.venue, InMemoryOrderStore(), self.risk, audit=audit)
        self.at(0)
        self.risk.on_books({}, [], {})

    def at(self, after_ns: int) -> Rig:
        self.loop.advance(T0_NS + after_ns)
        self.risk.on_quote(SYMBOL, 999, 1001, 100, 100)
        self.risk.on_profit_e8(0)
        self.loop.tick()
        return self

    def submit(self, ticks: int = 1000, lots: int = 10) -> str | None:
        now_ns = self.risk.now_ns
        return self.loop.submit(Intent(SYMBOL, now_ns, Side.BUY, lots, ticks, Ceiling.PASSIVE), TAKE)

    def hear(self, kind: ReportKind, name: str = "E1") -> None:
        self.venue.waiting.append(report(name, kind, client_id=ONE, symbol=SYMBOL, side=Side.BUY))
        self.loop.on_fill()

    def open_lots(self) -> int:
        return self.risk.exposures()[SYMBOL].open_buy_lots

    def kinds(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in map(json.loads, self.lines) if line["kind"] == kind]


def test_the_venue_is_asked_when_an_answer_is_overdue_and_then_every_two_seconds_five_times() -> None:
    rig = Rig()
    assert rig.submit() is None
    for after_ns in (5 * S, 5 * S + 1, 6 * S, 7 * S, 7 * S + 1, 9 * S, 9 * S + 1, 20 * S):
        rig.at(after_ns)
    assert rig.venue.queries == [ONE] * 4  # at 5 s + 1, 7 s + 1, 9 s + 1, 20 s
    for second in range(21, 60):
        rig.at(second * S)
    assert rig.venue.queries == [ONE] * 5
    assert [line["client_id"] for line in rig.kinds("query")] == [ONE] * 5
    assert rig.submit(990) == "risk:UNANSWERED_REQUEST"
    assert len(rig.venue.placed) == 1, "the order itself is never sent again"


@pytest.mark.parametrize("kind", [ReportKind.STATUS, ReportKind.ACCEPTED, ReportKind.REJECTED])
def test_what_the_venue_says_to_the_question_resolves_it(kind: ReportKind) -> None:
    rig = Rig()
    rig.submit()
    rig.at(6 * S)
    assert rig.submit(990) == "risk:UNANSWERED_REQUEST"
    rig.hear(kind)
    assert rig.submit(990) is None
    rig.at(7 * S).at(10 * S)
    assert rig.venue.queries == [ONE]


def test_that_nobody_knows_is_no_answer() -> None:
    rig = Rig()
    rig.submit()
    rig.at(6 * S)
    rig.hear(ReportKind.UNRESOLVED)
    assert rig.submit(990) == "risk:UNANSWERED_REQUEST"
    assert rig.open_lots() == 10


def test_a_venue_that_cannot_be_asked_is_an_alert_and_stops_nothing() -> None:
    rig = Rig()
    rig.submit()
    rig.venue.lost = ConnectionError()
    rig.at(6 * S)
    texts = [line["text"] for line in rig.kinds("alert") if line["reason"] == "IN_FLIGHT"]
    assert texts == [
        f"{ONE}: nobody has answered",
        f"{ONE}: ConnectionError: the venue could not be asked",
    ]
    plain = Rig(ScriptedExchange())
    plain.submit()
    plain.at(6 * S)
    assert plain.kinds("query") == []


def test_a_person_resolves_it_and_the_exposure_stays() -> None:
    rig = Rig()
    rig.submit()
    rig.at(6 * S)
    assert rig.submit(990) == "risk:UNANSWERED_REQUEST"
    rig.loop.resolve_request("Ada", "the venue's desk has no such order", ONE)
    alert = rig.kinds("alert")[-1]
    assert alert["reason"] == "RESOLVED"
    assert alert["text"] == f"{ONE}: resolved by Ada: the venue's desk has no such order"
    assert rig.open_lots() == 10, "nothing is concluded"
    assert rig.submit(990) is None
    assert rig.open_lots() == 20
    rig.hear(ReportKind.ACCEPTED)  # later than anybody thought
    assert rig.open_lots() == 20


@pytest.mark.parametrize(
    ("operator", "reason", "client_id", "said"),
    [
        (" ", "why", ONE, "needs the name"),
        ("Ada", "", ONE, "needs the name"),
        ("Ada", "why", "CLI00000009", "no answer about this order is waited for"),
    ],
)
def test_it_is_signed_and_there_is_something_to_resolve(operator, reason, client_id, said) -> None:
    rig = Rig()
    rig.submit()
    rig.at(6 * S)
    with pytest.raises(UsageError, match=said):
        rig.loop.resolve_request(operator, reason, client_id)
    assert rig.submit(990) == "risk:UNANSWERED_REQUEST"


def test_how_often_the_venue_was_asked_survives_a_restart() -> None:
    rig = Rig()
    rig.submit()
    rig.at(6 * S)
    twin = Rig()
    twin.risk.restore(json.loads(json.dumps(rig.risk.snapshot())))
    assert twin.risk.to_ask() == []
    twin.risk.advance(T0_NS + 8 * S)
    assert twin.risk.to_ask() == [ONE]


def test_an_order_of_which_another_price_was_asked_may_meet_any_own_order() -> None:
    rig = Rig()
    rig.submit(ticks=990)
    rig.hear(ReportKind.ACCEPTED)
    rig.loop.note_request(ONE, "R1", True, 8)
    now_ns = rig.risk.now_ns
    sell = Intent(SYMBOL, now_ns, Side.SELL, 10, 1000, Ceiling.PASSIVE)
    assert isinstance(rig.risk.check(sell, TAKE), ApprovedOrder), "no other price was asked for"
    rig.loop.note_request(ONE, "R2", True, None, 1000)
    refused = rig.risk.check(sell, TAKE)
    assert isinstance(refused, RefusedOrder) and refused.reason == "SELF_MATCH"
    rig.risk.verify_exposure({}, {ONE: 10})
    assert not rig.risk.is_frozen()
    rig.hear(ReportKind.CANCELED, "E2")
    assert isinstance(rig.risk.check(sell, TAKE), ApprovedOrder)


def test_what_a_replace_could_fill_counts_before_it_is_sent() -> None:
    rig = Rig()
    rig.submit()
    rig.hear(ReportKind.ACCEPTED)
    order = rig.loop.note_request(ONE, "R1", True, 25)
    assert (order.open_lots, rig.open_lots()) == (25, 25)
    rig.risk.verify_exposure({}, {ONE: 25})
    assert not rig.risk.is_frozen()
    with pytest.raises(UsageError, match="no such order"):
        rig.loop.note_request("CLI00000007", "R2", True, 25)
    assert rig.open_lots() == 25


def test_the_life_of_an_order_tells_that_the_venue_was_asked(tmp_path: Path) -> None:
    rig = Rig()
    rig.submit()
    rig.at(6 * S)
    lines: list[str] = []
    audit = AuditLog(lines.append)
    audit.write("header", 0, {"instruments": {}, "schema": "test"})
    for record in map(json.loads, rig.lines):
        audit.write(record.pop("kind"), record.pop("seq"), {k: v for k, v in record.items() if k != "line"})
    audit.close(9)
    (tmp_path / "audit.jsonl").write_text("".join(lines), encoding="utf-8")
    told = explain_order(Run(str(tmp_path)), ONE)
    assert told[-1].endswith("unanswered, the venue was asked about it at 2025-01-01T00:00:06+00:00")
