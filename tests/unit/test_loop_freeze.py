"""Freezes, thaws and lost cancels as the execution loop acts on them, and what it writes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.kit.market_states import calm_state
from tests.kit.orders import T0_NS, ScriptedExchange, quote, report
from tools.core.audit import AuditLog
from tools.core.events import Side
from tools.core.instrument import Instrument
from tools.core.reports import ReportKind
from tools.core.verdicts import Ceiling, Decision
from tools.execution import Quoter, QuoterConfig
from tools.live import (
    ExecutionLoop,
    FakeExchangeClient,
    InMemoryOrderStore,
    RuntimeRiskMonitor,
    ShadowParams,
)

S = 10**9
PARAMS = ShadowParams(symbols=("BTCUSDT",))
BOTH = ["CLI00000001", "CLI00000002"]


class Rig:
    def __init__(self, instruments: dict[str, Instrument] | None = None) -> None:
        self.venue = ScriptedExchange()
        self.risk = RuntimeRiskMonitor(
            max_inventory_usd_per_symbol=10_000,
            max_total_notional_usd=50_000,
            edge_freeze_threshold_bps=3,
            instruments=instruments,
        )
        self.lines: list[str] = []
        self.said: list[str] = []
        self.loop = ExecutionLoop(
            self.venue,
            InMemoryOrderStore(),
            self.risk,
            audit=AuditLog(self.lines.append),
            narrate=self.said.append,
        )

    def quote(self, at: int = 0) -> None:
        self.loop.on_quote(quote(at=at), PARAMS)

    def told(self, *kinds: str) -> list[str]:
        return [r["kind"] for r in map(json.loads, self.lines) if r["kind"] in kinds]

    def records(self, kind: str) -> list[dict[str, Any]]:
        return [r for r in map(json.loads, self.lines) if r["kind"] == kind]


def test_a_freeze_and_a_thaw_between_two_events_still_cancel_and_are_both_written() -> None:
    rig = Rig()
    rig.quote()
    rig.risk.freeze("stop")
    rig.risk.thaw("anna", "go on")
    rig.quote(1)
    assert rig.venue.canceled == BOTH
    assert rig.told("freeze", "thaw") == ["freeze", "thaw"]
    assert rig.records("freeze")[0]["text"] == "stop"
    (thaw,) = rig.records("thaw")
    assert (thaw["operator"], thaw["reason"]) == ("anna", "go on")
    assert rig.said == ["System FROZEN: stop"]
    assert rig.loop.freeze_events == 1
    # Not frozen any more: it quotes again.
    assert len(rig.venue.placed) == 4 and rig.loop.skipped_quotes == 0


def test_freezes_and_thaws_are_written_in_the_order_in_which_they_were() -> None:
    rig = Rig()
    rig.quote()
    rig.risk.freeze("one")
    rig.risk.thaw("anna", "first")
    rig.risk.freeze("two")
    rig.quote(1)
    assert rig.told("freeze", "thaw") == ["freeze", "thaw", "freeze"]
    assert [r["text"] for r in rig.records("freeze")] == ["one", "two"]
    assert rig.loop.skipped_quotes == 1
    rig.risk.thaw("anna", "second")
    rig.quote(2)
    assert rig.told("freeze", "thaw") == ["freeze", "thaw", "freeze", "thaw"]


def test_each_freeze_and_thaw_is_written_once() -> None:
    rig = Rig()
    rig.loop.on_edge_update("BTCUSDT", 0)
    for at in range(3):
        rig.quote(at)
        rig.loop.on_edge_update("BTCUSDT", 0)
    rig.risk.thaw("anna", "go on")
    rig.quote(4)
    rig.quote(5)
    assert rig.told("freeze", "thaw") == ["freeze", "thaw"]
    assert len(rig.said) == 1


def test_a_fill_of_an_unknown_symbol_freezes_and_cancels_in_the_same_turn() -> None:
    rig = Rig()
    rig.quote()
    rig.venue.waiting.append(report("x", ReportKind.TRADE, 7, client_id="WHO", symbol="lower"))
    rig.loop.on_fill()
    assert rig.risk.is_frozen()
    (row,) = rig.records("freeze")
    assert (row["trigger"], row["symbol"]) == ("POSITION_UNKNOWN", "lower")
    assert rig.venue.canceled == BOTH
    assert rig.said == ["System FROZEN: A fill of 7 lots of the unknown symbol 'lower'"]


def test_a_cancel_that_nobody_answers_is_sent_again_after_five_seconds_of_a_freeze() -> None:
    rig = Rig()
    rig.quote()
    rig.risk.freeze("stop")
    for at in range(1, 12):
        rig.quote(at)
    # Sent at 1 s, then at 6 s and 11 s.
    assert rig.venue.canceled == BOTH * 3
    assert [(r["time_ns"] - T0_NS) // S for r in rig.records("cancel")] == [1, 1, 6, 6, 11, 11]
    assert {r["reason"] for r in rig.records("cancel")} == {"risk:FROZEN"}


def test_reset_forgets_freezes_and_cancels_under_way() -> None:
    rig = Rig()
    rig.quote()
    rig.risk.freeze("stop")
    rig.quote(1)
    rig.loop.reset()
    assert rig.loop.freeze_events == 0
    rig.quote()
    rig.risk.freeze("stop")
    rig.quote(1)
    assert rig.venue.canceled == BOTH * 2


# -- decisions ----------------------------------------------------------------------------

BTC = Instrument(venue="fake", symbol="BTCUSDT", tick="0.01", lot="0.00000001")


def decide(rig: Rig, ceiling: Ceiling, at: int = 0) -> str | None:
    eligible = ceiling > Ceiling.NONE
    decision = Decision(T0_NS, eligible, ceiling, 1_000_000 if eligible else 0, "TEST", ())
    state = calm_state(T0_NS + at * S, bid_ticks=4_997_500, ask_ticks=5_002_500)
    return rig.loop.on_decision(BTC.key, decision, state, rig.quoter)  # type: ignore[attr-defined]


def deciding(shown: bool = True) -> Rig:
    rig = Rig({BTC.key: BTC})
    rig.quoter = Quoter(QuoterConfig(), BTC)  # type: ignore[attr-defined]
    rig.loop.advance(T0_NS)
    if shown:
        rig.risk.on_quote(BTC.key, 4_997_500, 5_002_500)
    return rig


def test_orders_and_cancels_of_a_decision() -> None:
    rig = deciding()
    assert decide(rig, Ceiling.PASSIVE) is None
    assert [row[2] for row in rig.venue.placed] == ["BUY", "SELL"]
    assert decide(rig, Ceiling.PASSIVE) == "quoter:AWAITING_EXCHANGE"
    assert decide(rig, Ceiling.NONE) is None
    assert rig.venue.canceled == BOTH
    assert decide(rig, Ceiling.NONE) == "quoter:NOT_ELIGIBLE"
    assert rig.venue.canceled == BOTH


def test_a_refused_cancel_is_asked_for_again_by_the_next_decision() -> None:
    rig = deciding()
    decide(rig, Ceiling.PASSIVE)
    decide(rig, Ceiling.NONE)
    for number, (client_id, side) in enumerate(zip(BOTH, Side, strict=True)):
        rig.venue.waiting.append(
            report(f"r{number}", ReportKind.CANCEL_REJECTED, client_id=client_id, symbol=BTC.key, side=side)
        )
    rig.loop.on_fill()
    assert decide(rig, Ceiling.NONE) is None
    assert rig.venue.canceled == BOTH * 2


def test_a_lost_cancel_is_sent_again_while_the_decision_stays_none() -> None:
    """Nobody answers: five seconds later the orders may still rest, and must be asked for again."""
    rig = deciding()
    decide(rig, Ceiling.PASSIVE)
    decide(rig, Ceiling.NONE)
    for at in (1, 4, 5, 6):
        rig.loop.advance(T0_NS + at * S)
        decide(rig, Ceiling.NONE, at)
    assert rig.venue.canceled == BOTH * 2


def test_a_frozen_loop_answers_no_decision_with_orders() -> None:
    rig = deciding()
    rig.risk.freeze("stop")
    assert decide(rig, Ceiling.TAKE) == "risk:FROZEN"
    assert rig.venue.placed == []


def test_a_decision_about_an_instrument_that_risk_was_not_shown_yet() -> None:
    rig = deciding(shown=False)
    assert decide(rig, Ceiling.PASSIVE) is None
    assert len(rig.venue.placed) == 2


def test_what_risk_refuses_is_the_reason_and_is_not_tried_again_at_once() -> None:
    rig = deciding()
    rig.risk.on_fill(BTC.key, "Buy", "0.19", 50_000)  # 9,500 USD of 10,000
    # By hand: the quoter is not told of this position, so only the sell passes.
    assert decide(rig, Ceiling.PASSIVE) is None
    assert [row[2] for row in rig.venue.placed] == ["SELL"]
    assert rig.loop.lifecycle()["attempted"] - rig.loop.lifecycle()["refused"] == 1


# -- fills in their own iteration ---------------------------------------------------------


def demo(latency_ms: int, fill_rate: str, max_inv: int, symbols: tuple[str, ...]) -> dict[str, int]:
    reject_rate = "0" if fill_rate == "1" else "0.05"
    partial = "0" if fill_rate == "1" else "0.1"
    exchange = FakeExchangeClient(
        fill_rate=fill_rate, reject_rate=reject_rate, partial_fill_rate=partial, latency_ms=latency_ms
    )
    risk = RuntimeRiskMonitor(
        max_inventory_usd_per_symbol=max_inv, max_total_notional_usd=50_000, edge_freeze_threshold_bps=3
    )
    loop = ExecutionLoop(exchange, InMemoryOrderStore(), risk, lambda: T0_NS)
    answer: Any = loop.run_shadow(ShadowParams(symbols=symbols, iterations=20))
    return answer["orders"]


@pytest.mark.parametrize("latency_ms", [998, 999])
def test_sample_2_is_the_same_with_any_latency_below_a_second(latency_ms: int) -> None:
    documented = {"canceled": 28, "filled": 51, "placed": 73, "rejected": 3, "risk_blocks": 0}
    assert demo(latency_ms, "0.7", 10_000, ("BTCUSDT", "ETHUSDT")) == documented


@pytest.mark.parametrize(("latency_ms", "in_time"), [(0, True), (998, True), (999, True), (1_001, False)])
def test_fills_below_a_second_are_known_before_the_next_iteration_s_quotes(
    latency_ms: int, in_time: bool
) -> None:
    """An order is worth about 500 USD and all fill: flat at the end of each iteration, if it is known.

    Where it is not, last second's orders are still open and the limit of 600 USD holds the next.
    """
    orders = demo(latency_ms, "1", 600, ("BTCUSDT",))
    if in_time:  # quotes until the freeze at i = 18: 10 - 0.4 i < 3
        assert orders == {"canceled": 0, "filled": 38, "placed": 38, "rejected": 0, "risk_blocks": 0}
    else:
        assert orders["risk_blocks"] > 0 and orders["placed"] < 38


# -- stream_fills -------------------------------------------------------------------------


def test_stream_fills_leaves_the_other_reports_of_the_demo_s_exchange() -> None:
    exchange = FakeExchangeClient(fill_rate=1, reject_rate=0, partial_fill_rate=0, latency_ms=0)
    exchange.place_limit("C1", "BTCUSDT", "Buy", "0.01", "50000")
    exchange.place_limit("C2", "BTCUSDT", "Buy", "0.01", "50000")
    exchange.advance(T0_NS)
    assert [r.client_id for r in exchange.stream_fills()] == ["C1", "C2"]
    assert [(r.client_id, r.kind.value) for r in exchange.reports()] == [
        ("C1", "ACCEPTED"),
        ("C2", "ACCEPTED"),
    ]


@pytest.mark.parametrize("taken", [0, 1])
def test_a_stream_that_is_not_read_to_its_end_loses_nothing(taken: int) -> None:
    exchange = FakeExchangeClient(fill_rate=1, reject_rate=0, partial_fill_rate=0, latency_ms=0)
    for name in ("C1", "C2"):
        exchange.place_limit(name, "BTCUSDT", "Buy", "0.01", "50000")
    exchange.advance(T0_NS)
    stream = exchange.stream_fills()
    for _ in range(taken):
        next(stream)
    left = [r.client_id for r in exchange.reports() if r.kind is ReportKind.TRADE]
    assert left == ["C1", "C2"][taken:]
