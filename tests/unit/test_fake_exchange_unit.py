"""`FakeExchangeClient`: P0.1's thirteen cases, then its dice, its latency and its refusals."""

from __future__ import annotations

import time
from decimal import Decimal
from random import Random

import pytest

from tests.kit.orders import T0_NS
from tools.core.errors import UsageError
from tools.core.events import Side
from tools.core.instrument import Instrument
from tools.core.reports import ReportKind
from tools.live.clock import FREEZE_VARIABLE, utc_now_ns
from tools.live.exchange import FakeExchangeClient, IExchangeClient
from tools.live.ports import Simulated

MS = 1_000_000


def client(**settings) -> FakeExchangeClient:
    """Return a client that accepts and fills everything at once, unless told otherwise."""
    return FakeExchangeClient(
        **{"fill_rate": 1, "reject_rate": 0, "partial_fill_rate": 0, "latency_ms": 0, **settings}
    )


def place(exchange: FakeExchangeClient, number: int, symbol="BTCUSDT", side="Buy", qty="0.01", price="50000"):
    exchange.place_limit(f"CLI{number:08d}", symbol, side, qty, price)


def kinds(exchange: FakeExchangeClient, now_ns: int = T0_NS) -> list[ReportKind]:
    exchange.advance(now_ns)
    return [report.kind for report in exchange.reports()]


# -- the thirteen cases of P0.1 -----------------------------------------------------------


def test_place_limit_success() -> None:
    exchange = client(fill_rate=0)
    place(exchange, 1)
    exchange.advance(T0_NS)
    (report,) = exchange.reports()
    assert (report.kind, report.client_id, report.exchange_id) == (
        ReportKind.ACCEPTED,
        "CLI00000001",
        "ORD000001",
    )
    assert [order.client_id for order in exchange.get_open_orders()] == ["CLI00000001"]


def test_place_limit_rejected() -> None:
    exchange = client(reject_rate=1)
    place(exchange, 1, side="Sell")
    exchange.advance(T0_NS)
    (report,) = exchange.reports()
    assert (report.kind, report.text) == (ReportKind.REJECTED, "Simulated rejection")
    assert (report.symbol, report.side, report.exchange_id) == ("BTCUSDT", Side.SELL, "")
    assert exchange.get_open_orders() == []


def test_order_ids_are_deterministic_and_rejections_take_none() -> None:
    exchange = client(reject_rate="0.5", fill_rate=0, seed=7)
    dice = Random(7)
    expected = []
    for number in range(1, 21):
        place(exchange, number)
        if dice.random() >= 0.5:
            dice.random()  # will it fill?
            expected.append(f"ORD{len(expected) + 1:06d}")
    assert 5 < len(expected) < 15
    assert [order.exchange_id for order in exchange.get_open_orders()] == expected


@pytest.mark.parametrize(("fill_rate", "fills"), [(0, 0), (1, 40)])
def test_fill_rate_behaviour_at_its_ends(fill_rate: int, fills: int) -> None:
    exchange = client(fill_rate=fill_rate)
    for number in range(40):
        place(exchange, number)
    assert kinds(exchange).count(ReportKind.TRADE) == fills


def test_fill_rate_behaviour_between() -> None:
    exchange = client(fill_rate="0.7", partial_fill_rate="0.1")
    dice = Random(42)
    expected = 0
    for number in range(500):
        place(exchange, number)
        dice.random()
        if dice.random() < 0.7:
            expected += 1
            if dice.random() < 0.1:
                dice.random()
    assert kinds(exchange).count(ReportKind.TRADE) == expected
    assert 300 < expected < 400


def test_cancel_success() -> None:
    exchange = client(fill_rate=0)
    place(exchange, 1)
    exchange.cancel("CLI00000001")
    assert kinds(exchange) == [ReportKind.ACCEPTED, ReportKind.CANCELED]
    assert exchange.get_open_orders() == []


@pytest.mark.parametrize(("placed", "text"), [(False, "Unknown order"), (True, "Order is already closed")])
def test_cancel_error_is_a_report_and_never_raises(placed: bool, text: str) -> None:
    exchange = client()
    if placed:
        place(exchange, 1)
        kinds(exchange)
    exchange.cancel("CLI00000001")
    exchange.advance(T0_NS)
    (report,) = exchange.reports()
    assert (report.kind, report.client_id, report.text) == (ReportKind.CANCEL_REJECTED, "CLI00000001", text)


def test_open_orders_with_symbol_filter() -> None:
    exchange = client(fill_rate=0)
    place(exchange, 1)
    place(exchange, 2, symbol="ETHUSDT", side="Sell", qty="0.5", price="3000.01")
    place(exchange, 3)
    exchange.advance(T0_NS)
    assert [o.client_id for o in exchange.get_open_orders()] == ["CLI00000001", "CLI00000002", "CLI00000003"]
    (eth,) = exchange.get_open_orders("ETHUSDT")
    assert (eth.side, eth.qty_lots, eth.leaves_lots, eth.price_ticks) == (
        Side.SELL,
        50_000_000,
        50_000_000,
        300_001,
    )
    assert exchange.get_open_orders("XRPUSDT") == []


def test_positions() -> None:
    exchange = client()
    assert exchange.get_positions() == {}
    place(exchange, 1, qty="0.03")
    place(exchange, 2, side="Sell", qty="0.01")
    place(exchange, 3, symbol="ETHUSDT", side="Sell", qty="2")
    assert exchange.get_positions() == {}  # nothing has been answered yet
    exchange.advance(T0_NS)
    assert exchange.get_positions() == {"BTCUSDT": Decimal("0.02"), "ETHUSDT": Decimal("-2")}


def test_stream_fills_is_the_view_of_the_reports_that_are_fills() -> None:
    exchange = client()
    place(exchange, 1, side="Sell", price="50012.50")
    exchange.advance(T0_NS)
    (fill,) = list(exchange.stream_fills())
    assert (fill.kind, fill.side, fill.last_lots, fill.last_ticks) == (
        ReportKind.TRADE,
        Side.SELL,
        1_000_000,
        5_001_250,  # at its own limit price
    )
    assert list(exchange.stream_fills()) == []


def test_partial_fill_is_50_to_90_percent_and_the_rest_keeps_resting() -> None:
    exchange = client(partial_fill_rate=1)
    dice = Random(42)
    for number in range(50):
        place(exchange, number)
        fractions = [dice.random() for _ in range(4)]
        exchange.advance(T0_NS)
        (fill,) = list(exchange.stream_fills())
        assert fill.last_lots == round(1_000_000 * (0.5 + 0.4 * fractions[3]))
        assert 500_000 <= fill.last_lots <= 900_000
        (rest,) = exchange.get_open_orders()
        assert rest.leaves_lots == 1_000_000 - fill.last_lots
        exchange.cancel(rest.client_id)
        exchange.advance(T0_NS)
        exchange.reports()


def test_reset_clears_everything_and_throws_the_same_dice_again() -> None:
    exchange = client(fill_rate="0.5", reject_rate="0.2", partial_fill_rate="0.3")

    def play() -> list[str]:
        for number in range(30):
            place(exchange, number)
        exchange.advance(T0_NS)
        return [report.to_json() for report in exchange.reports()]

    first = play()
    exchange.cancel("CLI00000003")
    exchange.reset()
    assert exchange.get_open_orders() == []
    assert exchange.get_positions() == {}
    assert exchange.next_due_ns() is None
    assert exchange.reports() == []
    assert play() == first


@pytest.mark.parametrize("zone", ["UTC", "America/St_Johns", "Asia/Kathmandu"])
@pytest.mark.parametrize("text", ["2025-01-01T00:00:00Z", "2025-01-01T00:00:00", "2025-01-01T05:45:00+05:45"])
def test_mm_freeze_utc_iso_replaces_the_clock(monkeypatch: pytest.MonkeyPatch, zone: str, text: str) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    monkeypatch.setenv(FREEZE_VARIABLE, text)
    try:
        assert utc_now_ns() == T0_NS
    finally:
        monkeypatch.undo()
        time.tzset()


# -- beyond P0.1 ----------------------------------------------------------------------------


def test_without_the_variable_the_clock_is_the_wall_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FREEZE_VARIABLE, raising=False)
    before = time.time_ns()
    now_ns = utc_now_ns()
    assert now_ns % 10**9 == 0
    assert before - 10**9 < now_ns <= time.time_ns()


def test_a_freeze_time_that_is_none_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FREEZE_VARIABLE, "yesterday")
    with pytest.raises(UsageError, match=r"^MM_FREEZE_UTC_ISO: .*yesterday"):
        utc_now_ns()


def test_defaults_are_those_of_p01() -> None:
    plain = FakeExchangeClient()
    spelt = FakeExchangeClient(
        fill_rate=0.8, reject_rate=0.05, latency_ms=100, partial_fill_rate=0.1, seed=42
    )
    streams = []
    for exchange in (plain, spelt):
        for number in range(200):
            place(exchange, number)
        exchange.advance(100 * MS)
        streams.append([report.to_json() for report in exchange.reports()])
    assert streams[0] == streams[1]
    assert plain.seed == 42
    assert plain.latency_ns == 100 * MS


def test_latency_is_event_time_and_nothing_sleeps() -> None:
    exchange = client(latency_ms=86_400_000)  # a day
    exchange.advance(T0_NS)
    started = time.monotonic()
    place(exchange, 1)
    day_ns = 86_400_000 * MS
    assert exchange.next_due_ns() == T0_NS + day_ns
    assert kinds(exchange, T0_NS + day_ns - 1) == []
    assert kinds(exchange, T0_NS + day_ns) == [ReportKind.ACCEPTED, ReportKind.TRADE]
    assert time.monotonic() - started < 5


def test_answers_come_in_the_order_of_the_requests_and_carry_their_due_time() -> None:
    exchange = client(latency_ms="1.5")
    exchange.advance(T0_NS)
    place(exchange, 1)
    exchange.advance(T0_NS + MS)
    place(exchange, 2)
    exchange.cancel("CLI00000002")
    exchange.advance(T0_NS + 10 * MS)
    seen = [(r.client_id, r.kind, r.time_ns - T0_NS) for r in exchange.reports()]
    assert seen == [
        ("CLI00000001", ReportKind.ACCEPTED, 1_500_000),
        ("CLI00000001", ReportKind.TRADE, 1_500_000),
        ("CLI00000002", ReportKind.ACCEPTED, 2_500_000),
        ("CLI00000002", ReportKind.TRADE, 2_500_000),
        ("CLI00000002", ReportKind.CANCEL_REJECTED, 2_500_000),
    ]


def test_execution_ids_are_unique_and_cumulative_quantity_adds_up() -> None:
    exchange = client(partial_fill_rate="0.5", reject_rate="0.3")
    for number in range(60):
        place(exchange, number)
    exchange.advance(T0_NS)
    reports = exchange.reports()
    assert len({report.exec_id for report in reports}) == len(reports)
    for report in reports:
        if report.kind is ReportKind.TRADE:
            assert report.cum_lots == report.last_lots


def test_event_time_never_goes_back() -> None:
    exchange = client()
    exchange.advance(T0_NS)
    with pytest.raises(UsageError, match="went back"):
        exchange.advance(T0_NS - 1)
    exchange.advance(T0_NS)


@pytest.mark.parametrize(
    "changed",
    [
        {"symbol": "btc"},
        {"symbol": ""},
        {"side": "Hold"},
        {"qty": "0"},
        {"qty": "-1"},
        {"qty": "NaN"},
        {"qty": "0.000000001"},
        {"price": "0"},
        {"price": "-1"},
        {"price": "1.001"},
        {"price": float("inf")},
    ],
)
def test_what_no_venue_could_understand_raises_and_changes_nothing(changed: dict[str, object]) -> None:
    exchange = client(fill_rate="0.5")
    with pytest.raises(UsageError):
        place(exchange, 1, **changed)
    place(exchange, 1)  # the id is still free
    reference = client(fill_rate="0.5")
    place(reference, 1)
    assert kinds(exchange) == kinds(reference)  # and so are the dice


def test_a_client_id_is_used_once() -> None:
    exchange = client()
    place(exchange, 1)
    with pytest.raises(UsageError, match="already used"):
        place(exchange, 1)


@pytest.mark.parametrize("name", ["fill_rate", "reject_rate", "partial_fill_rate"])
@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), float("inf"), "x"])
def test_probabilities_outside_0_to_1_are_refused(name: str, value: object) -> None:
    with pytest.raises(UsageError, match=f"{name} must be between 0 and 1"):
        FakeExchangeClient(**{name: value})


@pytest.mark.parametrize("value", [-1, "NaN", float("inf")])
def test_latency_that_cannot_be_is_refused(value: object) -> None:
    with pytest.raises(UsageError):
        FakeExchangeClient(latency_ms=value)


def test_instruments_of_ones_own_are_the_only_ones() -> None:
    instruments = {"X": Instrument(venue="v", symbol="X", tick="0.5", lot="2")}
    exchange = client(instruments=instruments)
    exchange.place_limit("a", "X", "Buy", 4, "10.5")
    with pytest.raises(UsageError, match="unknown symbol"):
        exchange.place_limit("b", "BTCUSDT", "Buy", 4, 10)
    with pytest.raises(UsageError, match="not a multiple"):
        exchange.place_limit("b", "X", "Buy", 3, 10)
    exchange.advance(T0_NS)
    assert exchange.get_positions() == {"X": Decimal("4")}


def test_it_is_an_exchange_client_and_a_simulated_one() -> None:
    exchange = FakeExchangeClient()
    assert isinstance(exchange, Simulated)
    assert IExchangeClient in type(exchange).__mro__
