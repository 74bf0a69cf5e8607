"""Execution quality by hand: slippage against the mid at arrival, times, outcomes."""

from __future__ import annotations

import json

from tests.kit.orders import T0_NS
from tools.core.events import Side
from tools.core.reports import ExecutionReport, Liquidity, ReportKind
from tools.execution.order import Order
from tools.execution.quality import Durations, ExecutionQuality

MS = 1_000_000
K = ReportKind


class Desk:
    """Orders with their ledgers, feeding one quality."""

    def __init__(self) -> None:
        self.quality = ExecutionQuality()
        self.orders: dict[str, Order] = {}
        self.told = 0

    def send(self, name: str, side: Side, lots: int, mid_ht: int | None, ms: int = 0) -> None:
        self.orders[name] = Order(name, "a", side, lots, 100, T0_NS + ms * MS)
        self.quality.on_sent(name, T0_NS + ms * MS, mid_ht)

    def tell(
        self,
        name: str,
        kind: ReportKind,
        ms: int,
        *,
        lots: int = 0,
        ticks: int = 0,
        mid_ht: int | None = None,
        liquidity: Liquidity = Liquidity.MAKER,
        now_ms: int | None = None,
        exec_id: str = "",
    ) -> None:
        self.told += 1
        order = self.orders[name]
        report = ExecutionReport(
            exec_id or f"E{self.told}",
            kind,
            T0_NS + ms * MS,
            name,
            "V",
            "a",
            order.side,
            lots,
            ticks,
            None,
            liquidity if lots else Liquidity.UNKNOWN,
            "",
            mid_ht,
        )
        now_ns = None if now_ms is None else T0_NS + now_ms * MS
        self.quality.on_report(report, order.apply(report), now_ns)


def told() -> Desk:
    desk = Desk()
    # A buy, decided at mid 201 half-ticks (100.5), arrived at 203, filled at 100 and at 100:
    # (200 - 203) x (4 + 6) = -30; delay (203 - 201) x 10 = 20.
    desk.send("B", Side.BUY, 10, 201)
    desk.tell("B", K.ACCEPTED, 20, mid_ht=203, now_ms=40)
    desk.tell("B", K.TRADE, 100, lots=4, ticks=100, mid_ht=999)
    desk.tell("B", K.TRADE, 300, lots=6, ticks=100, mid_ht=999)
    # A taking sell, decided and arrived at 203, filled at 99: -(198 - 203) x 5 = 25; then expired.
    desk.send("S", Side.SELL, 8, 203, ms=400)
    desk.tell("S", K.ACCEPTED, 430, mid_ht=203, now_ms=460)
    desk.tell("S", K.TRADE, 430, lots=5, ticks=99, liquidity=Liquidity.TAKER)
    desk.tell("S", K.EXPIRED, 430)
    return desk


def test_slippage_is_signed_and_against_the_arrival_mid() -> None:
    out = told().quality.to_dict()
    fills = out["fills"]
    assert isinstance(fills, dict)
    assert fills["maker"] == {
        "fills": 2,
        "lots": 10,
        "notional_htl": 2000,
        "measured_lots": 10,
        "arrival_htl": 2030,
        "slippage_htl": -30,
        "delay_htl": 20,
        "slippage_ubps": -147_783_251,  # -30 / 2030 = -1.47783251...%, rounded up
    }
    assert fills["taker"] == {
        "fills": 1,
        "lots": 5,
        "notional_htl": 990,
        "measured_lots": 5,
        "arrival_htl": 1015,
        "slippage_htl": 25,
        "delay_htl": 0,
        "slippage_ubps": 246_305_419,  # 25 / 1015 = 2.46305418...%, rounded up
    }
    assert fills["unknown"]["fills"] == 0 and fills["unknown"]["slippage_ubps"] is None


def test_times_and_outcomes() -> None:
    desk = told()
    desk.send("R", Side.BUY, 1, None, ms=500)
    desk.tell("R", K.REJECTED, 520)
    desk.send("C", Side.BUY, 1, None, ms=500)
    desk.tell("C", K.ACCEPTED, 525, mid_ht=200)
    desk.tell("C", K.CANCELED, 600)
    desk.send("O", Side.BUY, 1, None, ms=500)
    out = desk.quality.to_dict()
    assert out["closed"] == {"filled": 1, "canceled": 1, "rejected": 1, "expired": 1}
    assert (out["sent"], out["acknowledged"], out["open"]) == (5, 3, 1)
    # Heard of after 40 and 60 ms; the third at the venue's time, 25 ms.
    assert out["decision_to_acknowledge"] == {
        "count": 3,
        "min_ns": 25 * MS,
        "max_ns": 60 * MS,
        "p50_ns": 40_108_031,  # upper edge of 40 ms: 2**18 ns buckets, 40e6 // 2**18 = 152
        "p95_ns": 60 * MS,
        "p99_ns": 60 * MS,
        "sum_ns": 125 * MS,
    }
    assert 40_108_031 == 153 * 2**18 - 1
    # The first fill of each order: 100 ms and 30 ms.
    fill = out["decision_to_first_fill"]
    assert isinstance(fill, dict)
    assert (fill["count"], fill["min_ns"], fill["max_ns"], fill["sum_ns"]) == (2, 30 * MS, 100 * MS, 130 * MS)


def test_odd_reports_count_once_or_not_at_all() -> None:
    desk = told()
    desk.send("X", Side.BUY, 5, 200)
    desk.tell("X", K.ACCEPTED, 20, mid_ht=200, exec_id="one")
    before = json.dumps(desk.quality.snapshot())
    desk.tell("X", K.ACCEPTED, 20, mid_ht=200, exec_id="one")  # a duplicate
    assert json.dumps(desk.quality.snapshot()) == before
    desk.tell("X", K.CANCEL_REJECTED, 30)
    assert desk.quality.to_dict()["cancels_refused"] == 1
    desk.tell("X", K.CANCELED, 40)
    # A fill after the end: counted, its slippage is not known any more.
    desk.tell("X", K.TRADE, 50, lots=2, ticks=100)
    fills = desk.quality.to_dict()["fills"]
    assert isinstance(fills, dict)
    assert (fills["maker"]["lots"], fills["maker"]["measured_lots"]) == (12, 10)
    closed = desk.quality.to_dict()["closed"]
    assert closed == {"filled": 1, "canceled": 1, "rejected": 0, "expired": 1}


def test_only_open_orders_are_held() -> None:
    desk = Desk()
    for number in range(200):
        desk.send(f"N{number}", Side.BUY, 1, 200)
        desk.tell(f"N{number}", K.REJECTED, 20)
    snapshot = desk.quality.snapshot()
    assert snapshot["open"] == []
    assert desk.quality.to_dict()["closed"]["rejected"] == 200  # type: ignore[index]


def test_nothing_has_no_figures() -> None:
    assert Durations().to_dict() == {
        "count": 0,
        "max_ns": None,
        "min_ns": None,
        "p50_ns": None,
        "p95_ns": None,
        "p99_ns": None,
        "sum_ns": 0,
    }
    early = Durations()
    early.add(-5)  # a venue clock ahead of ours
    assert early.to_dict()["max_ns"] == 0


def test_a_restored_quality_has_the_same_future() -> None:
    desk = told()
    desk.send("Y", Side.SELL, 5, 200)
    desk.tell("Y", K.ACCEPTED, 20, mid_ht=202)
    desk.tell("Y", K.TRADE, 25, lots=1, ticks=101)
    saved = json.loads(json.dumps(desk.quality.snapshot()))
    other = ExecutionQuality()
    other.restore(saved)
    ours, desk.quality = desk.quality, other
    report_before = len(desk.orders["Y"].fills)
    desk.tell("Y", K.TRADE, 30, lots=4, ticks=101)
    assert len(desk.orders["Y"].fills) == report_before + 1
    # -(202 - 202) x 5 = 0 slippage; -(202 - 200) x 5 = -10 delay on top of 20.
    fills = other.to_dict()["fills"]
    assert isinstance(fills, dict)
    assert (fills["maker"]["slippage_htl"], fills["maker"]["delay_htl"]) == (-30, 10)
    assert other.to_dict()["open"] == 0 and ours.to_dict()["open"] == 1
