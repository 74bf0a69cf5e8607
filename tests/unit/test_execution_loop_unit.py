"""`ExecutionLoop`: P0.1's seventeen cases, then what P0.1 got wrong."""

from __future__ import annotations

import json
import time
from decimal import Decimal

import pytest

from tests.kit.orders import T0_NS, ScriptedExchange, quote, report
from tests.kit.p01 import p01
from tools.core.audit import AuditLog
from tools.core.errors import ConfigError, UsageError
from tools.core.events import Side
from tools.core.orders import OrderStatus
from tools.core.reports import ReportKind
from tools.live import (
    ExecutionLoop,
    FakeExchangeClient,
    InMemoryOrderStore,
    OrderState,
    RuntimeRiskMonitor,
    ShadowParams,
    run_shadow_demo,
    state_of,
)

S = 10**9
PARAMS = ShadowParams(symbols=("BTCUSDT",))


class Rig:
    """A loop with its three parties at hand; by default nothing is rejected and all fills."""

    def __init__(self, *, exchange=None, clock=None, **settings) -> None:
        limits = {
            "max_inventory_usd_per_symbol": settings.pop("max_inv", 10_000),
            "max_total_notional_usd": settings.pop("max_total", 50_000),
            "edge_freeze_threshold_bps": settings.pop("threshold", "1.5"),
            "get_mark_price": settings.pop("get_mark_price", None),
        }
        dice = {"fill_rate": 1, "reject_rate": 0, "partial_fill_rate": 0, "latency_ms": 0, **settings}
        self.exchange = FakeExchangeClient(**dice) if exchange is None else exchange
        self.store = InMemoryOrderStore()
        self.risk = RuntimeRiskMonitor(**limits)
        self.said: list[str] = []
        self.lines: list[str] = []
        self.loop = ExecutionLoop(
            self.exchange,
            self.store,
            self.risk,
            (lambda: T0_NS) if clock is None else clock,
            audit=AuditLog(self.lines.append),
            narrate=self.said.append,
        )

    def drain(self, at: int = 0) -> None:
        """Let the exchange answer, and show the answers to the loop."""
        self.exchange.advance(T0_NS + at * S + 999_000_000)
        self.loop.on_fill()

    def records(self, kind: str) -> list[dict]:
        return [row for row in map(json.loads, self.lines) if row["kind"] == kind]


# -- the seventeen cases of P0.1 ------------------------------------------------------------


def test_initialization() -> None:
    rig = Rig()
    assert rig.loop.seq == 0
    assert set(rig.loop.lifecycle().values()) == {0}
    assert rig.store.all_orders() == []
    assert not rig.risk.is_frozen()


def test_on_quote_places_orders() -> None:
    rig = Rig(fill_rate=0)
    rig.loop.on_quote(quote(), PARAMS)
    buy, sell = rig.store.all_orders()
    # mid 50000, 5 bps between our two prices: 2.5 bps to each side.
    assert (buy.client_id, buy.side, buy.qty_lots, buy.price_ticks) == (
        "CLI00000001",
        Side.BUY,
        1_000_000,
        4_998_750,
    )
    assert (sell.client_id, sell.side, sell.qty_lots, sell.price_ticks) == (
        "CLI00000002",
        Side.SELL,
        1_000_000,
        5_001_250,
    )
    assert len(rig.exchange.get_open_orders()) == 2


def test_on_quote_rounds_buys_down_and_sells_up() -> None:
    rig = Rig(fill_rate=0)
    rig.loop.on_quote(quote(bid_ticks=100_000, ask_ticks=100_001), PARAMS)
    buy, sell = rig.store.all_orders()
    mid = Decimal("100000.5")
    assert buy.price_ticks == int(mid * Decimal("0.99975"))  # 99975.499875
    assert sell.price_ticks == int(mid * Decimal("1.00025")) + 1  # 100025.500125


def test_on_quote_skips_when_frozen() -> None:
    rig = Rig()
    rig.risk.freeze("by hand")
    rig.loop.on_quote(quote(), PARAMS)
    assert rig.store.all_orders() == []
    assert rig.loop.lifecycle()["attempted"] == 0
    assert rig.risk.exposures()["BTCUSDT"].mark_ht == 10_000_000  # marks follow every quote


def test_on_quote_respects_risk_limits() -> None:
    rig = Rig(max_inv=1)  # an order is worth 500 USD
    rig.loop.on_quote(quote(), PARAMS)
    assert rig.store.all_orders() == []
    assert rig.loop.lifecycle()["refused"] == 2
    assert rig.risk.refusals_by_reason() == {"INVENTORY_LIMIT": 2}


def test_on_fill_processes_fills() -> None:
    rig = Rig()
    rig.loop.on_quote(quote(), PARAMS)
    assert rig.risk.get_positions() == {"BTCUSDT": Decimal(0)}
    rig.drain()
    assert [order.status for order in rig.store.all_orders()] == [OrderStatus.FILLED] * 2
    assert rig.store.counts()["fill_events"] == 2
    assert rig.risk.get_positions() == {"BTCUSDT": Decimal(0)}  # bought and sold the same
    assert rig.exchange.get_positions() == rig.risk.get_positions()


def test_on_edge_update_triggers_freeze() -> None:
    rig = Rig(threshold="3.0")
    rig.loop.on_edge_update("BTCUSDT", "3.0")
    assert not rig.risk.is_frozen()  # equality is allowed
    rig.loop.on_edge_update("BTCUSDT", "2.999999")
    assert rig.risk.is_frozen()
    assert rig.said == ["System FROZEN: edge=2.9bps < threshold"]


def test_freeze_cancels_all_orders() -> None:
    rig = Rig(fill_rate=0, latency_ms=10)
    for symbol in ("BTCUSDT", "ETHUSDT"):
        rig.loop.on_quote(quote(symbol), PARAMS)
    rig.drain()
    assert len(rig.exchange.get_open_orders()) == 4
    rig.loop.on_edge_update("BTCUSDT", "0")
    # Sent is not cancelled: only the exchange can say so.
    assert [order.status for order in rig.store.all_orders()] == [OrderStatus.NEW] * 4
    rig.drain(at=1)
    assert rig.exchange.get_open_orders() == []
    assert [order.status for order in rig.store.all_orders()] == [OrderStatus.CANCELED] * 4
    assert rig.risk.exposures()["BTCUSDT"].worst_long_lots() == 0


def test_run_shadow_generates_report() -> None:
    rig = Rig()
    answer = rig.loop.run_shadow(ShadowParams(symbols=("BTCUSDT",), iterations=3))
    assert answer["execution"]["iterations"] == 3
    assert answer["execution"]["symbols"] == ["BTCUSDT"]
    assert answer["orders"] == {"canceled": 0, "filled": 6, "placed": 6, "rejected": 0, "risk_blocks": 0}
    assert answer["positions"]["by_symbol"] == {"BTCUSDT": 0.0}
    assert answer["risk"]["frozen"] is False
    assert answer["runtime"] == {"utc": "2025-01-01T00:00:00+00:00"}


def test_reset_clears_state() -> None:
    rig = Rig(fill_rate="0.7", reject_rate="0.1", threshold="3")
    params = ShadowParams(symbols=("BTCUSDT", "ETHUSDT"), iterations=20)
    first = rig.loop.run_shadow(params)
    assert rig.risk.is_frozen()
    rig.loop.reset()
    assert rig.loop.seq == 0
    assert set(rig.loop.lifecycle().values()) == {0}
    assert rig.store.all_orders() == []
    assert rig.exchange.get_open_orders() == []
    assert not rig.risk.is_frozen()
    assert rig.risk.get_positions() == {}
    assert rig.loop.run_shadow(params) == first  # the dice start again too


def test_rejected_orders_tracked() -> None:
    rig = Rig(reject_rate=1)
    rig.loop.on_quote(quote(), PARAMS)
    rig.drain()
    assert [state_of(order) for order in rig.store.all_orders()] == [OrderState.REJECTED] * 2
    assert rig.loop.lifecycle()["rejected"] == 2
    assert rig.said == [
        "Rejected: CLI00000001 Simulated rejection",
        "Rejected: CLI00000002 Simulated rejection",
    ]
    assert rig.risk.exposures()["BTCUSDT"].worst_long_lots() == 0


def test_custom_clock_injection() -> None:
    calls = []

    def clock() -> int:
        calls.append(1)
        return T0_NS + 5 * S

    rig = Rig(clock=clock)
    answer = rig.loop.run_shadow(ShadowParams(symbols=("BTCUSDT",), iterations=4))
    assert answer["runtime"] == {"utc": "2025-01-01T00:00:05+00:00"}
    assert len(calls) == 1
    assert [order.sent_ns - T0_NS for order in rig.store.all_orders()][::2] == [5 * S, 6 * S, 7 * S, 8 * S]


def test_multiple_symbols() -> None:
    rig = Rig()
    answer = rig.loop.run_shadow(ShadowParams(symbols=("ETHUSDT", "BTCUSDT", "XRPUSDT"), iterations=2))
    assert [order.symbol for order in rig.store.all_orders()] == ["ETHUSDT"] * 2 + ["BTCUSDT"] * 2 + [
        "XRPUSDT"
    ] * 2 + ["ETHUSDT"] * 2 + ["BTCUSDT"] * 2 + ["XRPUSDT"] * 2
    assert sorted(answer["positions"]["by_symbol"]) == ["BTCUSDT", "ETHUSDT", "XRPUSDT"]


def test_position_tracking() -> None:
    rig = Rig(fill_rate="0.5", partial_fill_rate="0.5")
    rig.loop.run_shadow(ShadowParams(symbols=("BTCUSDT",), iterations=30))
    by_hand = 0
    for order in rig.store.all_orders():
        for lots, _ in order.fills.values():
            by_hand += lots if order.side is Side.BUY else -lots
    assert by_hand != 0
    assert rig.risk.exposures()["BTCUSDT"].position_lots == by_hand
    assert rig.exchange.get_positions() == rig.risk.get_positions()


def test_deterministic_report_format() -> None:
    text = run_shadow_demo(["BTCUSDT"], 2, 10_000, 50_000, 1.5, clock=lambda: T0_NS)
    assert text.endswith("}\n")
    assert text.count("\n") == 1
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")) + "\n"
    assert text.isascii()


def test_run_shadow_demo_returns_json() -> None:
    answer = json.loads(run_shadow_demo(["BTCUSDT", "ETHUSDT"], 5, 10_000, 50_000, 1.5, clock=lambda: T0_NS))
    for block in ("execution", "orders", "positions", "risk", "runtime"):
        assert block in answer
    assert set(answer["orders"]) == {"canceled", "filled", "placed", "rejected", "risk_blocks"}
    assert set(answer["positions"]) == {"by_symbol", "net_pos_usd", "total_notional_usd"}
    assert {
        "blocks_total",
        "freeze_events",
        "freezes_total",
        "frozen",
        "last_freeze_reason",
        "last_freeze_symbol",
    } <= set(answer["risk"])
    assert answer["execution"]["seed"] == 42
    assert "upstream_chain" in answer["execution"]


def test_run_shadow_demo_deterministic() -> None:
    one, two = (
        run_shadow_demo(["BTCUSDT", "ETHUSDT"], 20, 10_000, 50_000, 3.0, clock=lambda: T0_NS) for _ in "12"
    )
    assert one == two


def test_run_shadow_demo_with_freeze() -> None:
    risk = json.loads(run_shadow_demo(["BTCUSDT"], 50, 10_000, 50_000, 5.0, clock=lambda: T0_NS))["risk"]
    assert (risk["frozen"], risk["freezes_total"], risk["freeze_events"]) == (True, 1, 1)
    # 10 - 0.16 i falls below 5 first at i = 32: 4.88
    assert risk["last_freeze_reason"] == "Edge degradation: 4.88 BPS < 5.00 BPS"


# -- the two samples of the document ----------------------------------------------------------

SAMPLES = {
    "sample 1": (
        {"symbols": ("BTCUSDT",), "iterations": 5, "fill_rate": 0.8, "reject_rate": 0.0, "threshold": 1.0},
        {"canceled": 0, "filled": 10, "placed": 10, "rejected": 0, "risk_blocks": 0},
        {"BTCUSDT": -0.0046131344926661445},
        {"attempts": 10, "partial": 1, "rejected": [], "frozen": False},
    ),
    "sample 2": (
        {
            "symbols": ("BTCUSDT", "ETHUSDT"),
            "iterations": 20,
            "fill_rate": 0.7,
            "reject_rate": 0.05,
            "threshold": 3.0,
        },
        {"canceled": 28, "filled": 51, "placed": 73, "rejected": 3, "risk_blocks": 0},
        {"BTCUSDT": -0.008492471839165351, "ETHUSDT": 0.002515425566175424},
        {
            "attempts": 76,
            "partial": 6,
            "rejected": ["CLI00000008", "CLI00000017", "CLI00000047"],
            "frozen": True,
        },
    ),
}


@pytest.mark.parametrize("latency_ms", [0, 1, 100, 998])
@pytest.mark.parametrize("name", SAMPLES)
def test_samples_of_the_document(name: str, latency_ms: int) -> None:
    settings, orders, positions, facts = SAMPLES[name]
    rig = Rig(
        fill_rate=settings["fill_rate"],
        reject_rate=settings["reject_rate"],
        partial_fill_rate="0.1",
        latency_ms=latency_ms,
        threshold=settings["threshold"],
    )
    answer = rig.loop.run_shadow(ShadowParams(symbols=settings["symbols"], iterations=settings["iterations"]))
    assert answer["orders"] == orders
    assert answer["risk"]["frozen"] is facts["frozen"]
    life = answer["lifecycle"]
    assert life["attempted"] == facts["attempts"]
    rejected = [order.client_id for order in rig.store.by_state(OrderState.REJECTED)]
    assert rejected == facts["rejected"]
    partial = {
        symbol: sum(1 for o in rig.store.by_symbol(symbol) if 0 < o.cum_lots < o.qty_lots)
        for symbol in settings["symbols"]
    }
    assert sum(partial.values()) == facts["partial"]
    for symbol, documented in positions.items():
        ours = answer["positions"]["by_symbol"][symbol]
        assert abs(ours - documented) <= 1e-8 * partial[symbol] + 1e-15
    # The counters close.
    assert life["attempted"] == life["refused"] + life["rejected"] + life["accepted"]
    assert life["accepted"] == life["filled"] + life["canceled"] + life["expired"] + life["open"]
    assert life["unanswered"] == 0
    lines = [f"Rejected: {client_id} Simulated rejection" for client_id in facts["rejected"]]
    if facts["frozen"]:
        lines.append("System FROZEN: edge=2.8bps < threshold")
        assert rig.exchange.get_open_orders() == []
        # 22 that never filled and the rest of 6 partial fills
        canceled = rig.store.by_state(OrderState.CANCELED)
        assert (sum(o.cum_lots == 0 for o in canceled), sum(o.cum_lots > 0 for o in canceled)) == (22, 6)
    assert rig.said == lines


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 42, 999])
@pytest.mark.parametrize("threshold", [1.0, 4.0])
def test_any_seed_comes_to_what_p01_comes_to(seed: int, threshold: float) -> None:
    symbols = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
    expected = p01(symbols, 25, 0.6, 0.1, threshold, seed=seed, partial_rate=0.2)
    rig = Rig(
        fill_rate=0.6,
        reject_rate=0.1,
        partial_fill_rate=0.2,
        threshold=threshold,
        seed=seed,
        max_inv=10**6,
        max_total=10**6,
    )
    answer = rig.loop.run_shadow(ShadowParams(symbols=symbols, iterations=25))
    orders = answer["orders"]
    assert answer["lifecycle"]["attempted"] == expected.attempts
    assert [o.client_id for o in rig.store.by_state(OrderState.REJECTED)] == expected.rejected
    assert (orders["placed"], orders["filled"], orders["canceled"]) == (
        expected.placed,
        expected.fill_events,
        expected.canceled,
    )
    assert answer["risk"]["frozen"] is (expected.frozen_at is not None)
    for symbol in symbols:
        tolerance = 1e-8 * expected.partial[symbol] + 1e-12
        assert abs(answer["positions"]["by_symbol"][symbol] - expected.positions[symbol]) <= tolerance


def test_sample_2_differs_from_the_document_where_the_document_was_wrong() -> None:
    rig = Rig(fill_rate="0.7", reject_rate="0.05", partial_fill_rate="0.1", latency_ms=1, threshold=3)
    answer = rig.loop.run_shadow(ShadowParams(symbols=("BTCUSDT", "ETHUSDT"), iterations=20))
    # Money, not base units; the last quotes are those of i = 19: mid = base x 1.009.
    usd = {"BTCUSDT": Decimal("0.00849246") * 50450, "ETHUSDT": Decimal("0.00251543") * 3027}
    assert answer["positions"]["net_pos_usd"] == {name: float(value) for name, value in usd.items()}
    assert answer["positions"]["total_notional_usd"] == float(sum(usd.values()))
    # The first cause, not the last update; the later ones are in the history.
    risk = answer["risk"]
    assert risk["last_freeze_symbol"] == "BTCUSDT"
    assert risk["last_freeze_reason"] == "Edge degradation: 2.80 BPS < 3.00 BPS"
    assert [(entry["symbol"], entry["observed_ubps"]) for entry in risk["freeze_history"]] == [
        ("BTCUSDT", 2_800_000),
        ("ETHUSDT", 2_800_000),
    ]
    assert risk["freeze_history_dropped"] == 2  # the same two again, a second later


# -- the faults of P0.1 -----------------------------------------------------------------------


def test_fault_1_the_edge_can_fall_below_the_default_threshold() -> None:
    rig = Rig()
    answer = rig.loop.run_shadow(ShadowParams(edge_end_bps="0"))
    assert answer["risk"]["frozen"] is True
    # 10 - 0.2 i < 1.5 first at i = 43
    assert answer["risk"]["last_freeze_reason"] == "Edge degradation: 1.40 BPS < 1.50 BPS"
    rig.loop.reset()
    assert rig.loop.run_shadow(ShadowParams())["risk"]["frozen"] is False


def test_fault_2_limits_count_resting_orders() -> None:
    rig = Rig(fill_rate=0, max_inv=1200)  # two buys of about 500 USD, not three
    for at in range(3):
        rig.loop.on_quote(quote(at=at), PARAMS)
        rig.drain(at)
    assert rig.loop.lifecycle()["accepted"] == 4
    assert rig.risk.refusals_by_reason() == {"INVENTORY_LIMIT": 2}


def test_fault_2_limits_count_orders_that_are_still_on_their_way() -> None:
    rig = Rig(fill_rate=0, max_inv=1200, latency_ms=60_000)
    for at in range(3):
        rig.loop.on_quote(quote(at=at), PARAMS)
    assert rig.loop.lifecycle()["unanswered"] == 4
    assert rig.loop.lifecycle()["refused"] == 2


def test_fault_3_an_order_filled_on_placement_is_filled_and_its_fill_reaches_the_store() -> None:
    rig = Rig()
    rig.loop.on_quote(quote(), PARAMS)
    rig.drain()
    for order in rig.store.all_orders():
        assert order.status is OrderStatus.FILLED
        assert list(order.fills.values()) == [(1_000_000, order.price_ticks)]
    assert rig.loop.lifecycle()["rejected"] == 0


def test_fault_4_a_canceled_order_is_gone_from_the_exchange() -> None:
    rig = Rig(fill_rate="0.5", partial_fill_rate="0.5", latency_ms=700, threshold=3)
    answer = rig.loop.run_shadow(ShadowParams(symbols=("BTCUSDT", "ETHUSDT"), iterations=20))
    assert answer["orders"]["canceled"] > 10
    assert rig.exchange.get_open_orders() == []
    assert rig.store.open_orders() == []


def test_fault_6_latency_is_not_slept() -> None:
    rig = Rig(latency_ms=100_000, max_inv=10**6, max_total=10**6)
    started = time.monotonic()
    answer = rig.loop.run_shadow(ShadowParams(symbols=("BTCUSDT",), iterations=50))
    assert time.monotonic() - started < 5
    assert answer["orders"]["filled"] == 100
    assert answer["lifecycle"]["unanswered"] == 0


def test_fault_7_the_seed_is_in_the_report_and_changes_the_run() -> None:
    runs = {}
    for seed in (1, 2):
        rig = Rig(fill_rate="0.5", seed=seed)
        runs[seed] = rig.loop.run_shadow(ShadowParams(symbols=("BTCUSDT",), iterations=20))
        assert runs[seed]["execution"]["seed"] == seed
    assert runs[1]["orders"] != runs[2]["orders"] or runs[1]["positions"] != runs[2]["positions"]


# -- misuse, freezes from outside, odd venues ---------------------------------------------------


def test_a_freeze_by_call_is_acted_on_at_the_next_event_and_once() -> None:
    rig = Rig(fill_rate=0)
    rig.loop.on_quote(quote(), PARAMS)
    rig.drain()
    rig.risk.freeze("operator says stop")
    rig.loop.on_quote(quote(at=1), PARAMS)
    rig.loop.on_quote(quote(at=2), PARAMS)
    rig.drain(at=2)
    assert rig.said == ["System FROZEN: operator says stop"]
    assert len(rig.records("cancel")) == 2
    assert rig.exchange.get_open_orders() == []


def test_after_a_thaw_it_quotes_again_and_a_second_freeze_cancels_again() -> None:
    rig = Rig(fill_rate=0)
    rig.loop.on_edge_update("BTCUSDT", "0")
    rig.risk.thaw("anna", "edge is back")
    rig.loop.on_quote(quote(), PARAMS)
    rig.drain()
    assert len(rig.exchange.get_open_orders()) == 2
    rig.loop.on_edge_update("BTCUSDT", "NaN")
    rig.drain(at=1)
    assert rig.exchange.get_open_orders() == []
    assert [row["trigger"] for row in rig.records("freeze")] == ["EDGE_BELOW_THRESHOLD", "EDGE_NOT_FINITE"]


def test_an_order_that_the_venue_takes_in_after_the_freeze_is_cancelled_too() -> None:
    venue = ScriptedExchange()
    rig = Rig(exchange=venue)
    rig.loop.on_quote(quote(), PARAMS)
    rig.loop.on_edge_update("BTCUSDT", "0")
    assert venue.canceled == ["CLI00000001", "CLI00000002"]
    # The venue sees the cancels before the orders: it knows no such order, then takes both in.
    for client_id, side in (("CLI00000001", Side.BUY), ("CLI00000002", Side.SELL)):
        for kind in (ReportKind.CANCEL_REJECTED, ReportKind.ACCEPTED):
            venue.waiting.append(report(f"{client_id}-{kind}", kind, client_id=client_id, side=side))
    rig.loop.on_fill()
    rig.loop.on_quote(quote(at=1), PARAMS)
    assert sorted(venue.canceled[2:]) == ["CLI00000001", "CLI00000002"]


def test_a_second_freeze_tries_a_refused_cancel_again() -> None:
    venue = ScriptedExchange()
    rig = Rig(exchange=venue)
    rig.loop.on_quote(quote(), PARAMS)
    rig.loop.on_edge_update("BTCUSDT", "0")
    for client_id, side in (("CLI00000001", Side.BUY), ("CLI00000002", Side.SELL)):
        refusal = report(client_id, ReportKind.CANCEL_REJECTED, client_id=client_id, side=side)
        venue.waiting.append(refusal)
    rig.loop.on_fill()
    assert len(venue.canceled) == 2  # a refusal alone is no reason to ask again and again
    rig.risk.thaw("anna", "the venue was busy")
    rig.loop.on_edge_update("BTCUSDT", "0")
    assert sorted(venue.canceled[2:]) == ["CLI00000001", "CLI00000002"]


def test_a_cancel_is_not_sent_twice_while_it_is_under_way() -> None:
    venue = ScriptedExchange()
    rig = Rig(exchange=venue)
    rig.loop.on_quote(quote(), PARAMS)
    rig.loop.on_edge_update("BTCUSDT", "0")
    rig.risk.thaw("anna", "test")
    rig.loop.on_edge_update("BTCUSDT", "0")
    assert venue.canceled == ["CLI00000001", "CLI00000002"]


@pytest.mark.parametrize(
    ("bid_ticks", "ask_ticks"), [(0, 5_002_500), (-1, 5_002_500), (4_997_500, 0), (0, 0), (-5, -3)]
)
def test_an_absurd_quote_gives_no_order(bid_ticks: int, ask_ticks: int) -> None:
    rig = Rig(fill_rate=0)
    rig.loop.on_quote(quote(bid_ticks=bid_ticks, ask_ticks=ask_ticks), PARAMS)
    assert rig.store.all_orders() == []


def test_unknown_reports_are_counted_and_never_raise() -> None:
    venue = ScriptedExchange()
    rig = Rig(exchange=venue)
    venue.waiting.append(report("x", ReportKind.TRADE, 7, client_id="WHO"))
    venue.waiting.append(report("y", ReportKind.CANCELED, client_id="WHO"))
    rig.loop.on_fill()
    assert rig.store.alerts() == {"UNKNOWN_ORDER": 2}
    assert rig.risk.exposures()["BTCUSDT"].position_lots == 7


def test_an_unknown_order_s_fill_that_is_told_twice_moves_the_position_once() -> None:
    venue = ScriptedExchange()
    rig = Rig(exchange=venue)
    for _ in range(2):
        venue.waiting.append(report("x", ReportKind.TRADE, 7, client_id="WHO"))
        rig.loop.on_fill()
    assert rig.risk.exposures()["BTCUSDT"].position_lots == 7


def test_the_audit_tells_what_kind_each_report_was() -> None:
    rig = Rig(fill_rate="0.5", reject_rate="0.2", threshold=3)
    rig.loop.run_shadow(ShadowParams(symbols=("BTCUSDT",), iterations=20))
    told: set[str] = set()
    for row in rig.records("report"):
        of_row = {str(row[key]) for key in row if key not in ("kind", "status")} & set(ReportKind)
        assert len(of_row) == 1, row
        told |= of_row
    assert told == {"ACCEPTED", "REJECTED", "TRADE", "CANCELED"}


def test_every_order_cancel_and_freeze_is_in_the_audit() -> None:
    rig = Rig(fill_rate="0.5", threshold=3)
    answer = rig.loop.run_shadow(ShadowParams(symbols=("BTCUSDT",), iterations=20))
    assert len(rig.records("order")) == answer["lifecycle"]["attempted"]
    assert len(rig.records("cancel")) == answer["orders"]["canceled"] > 0
    assert len(rig.records("freeze")) == 1


def test_on_quote_refuses_a_symbol_that_it_does_not_know() -> None:
    with pytest.raises(UsageError, match="unknown symbol"):
        Rig().loop.on_quote(quote("btc"), PARAMS)


def test_a_second_run_without_reset_is_refused() -> None:
    rig = Rig()
    rig.loop.run_shadow(PARAMS)
    with pytest.raises(UsageError, match="call reset"):
        rig.loop.run_shadow(PARAMS)


@pytest.mark.parametrize(
    "changed",
    [
        {"symbols": ()},
        {"symbols": ("BTCUSDT", "BTCUSDT")},
        {"iterations": 0},
        {"iterations": -1},
        {"spread_bps": 0},
        {"spread_bps": 10_000},
    ],
)
def test_parameters_that_cannot_be_are_refused_by_name(changed: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=f"^{next(iter(changed))}: "):
        ShadowParams(**changed)


def test_everything_public_is_exported() -> None:
    import tools.live

    for name in tools.live.__all__:
        assert hasattr(tools.live, name)
    assert {
        "ExecutionLoop",
        "FakeExchangeClient",
        "IExchangeClient",
        "InMemoryOrderStore",
        "Order",
        "OrderState",
        "run_shadow_demo",
    } <= set(tools.live.__all__)
