"""The kill: one decision, nothing new after it, everything withdrawn, whoever fails on the way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.kit.orders import T0_NS, ScriptedExchange, intent, quote, report
from tools.core.audit import AuditLog
from tools.core.errors import UsageError
from tools.core.events import Side
from tools.core.reports import ReportKind
from tools.live import ExecutionLoop, InMemoryOrderStore, RuntimeRiskMonitor, ShadowParams
from tools.live.ports import OrderListener
from tools.risk.holds import Effect

S = 10**9
PARAMS = ShadowParams(symbols=("BTCUSDT", "ETHUSDT"))
BTC, ETH = ["CLI00000001", "CLI00000002"], ["CLI00000003", "CLI00000004"]


class Venue(ScriptedExchange):
    """A venue whose cancel raises for some orders, for as long as a test wants it to."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: set[str] = set()

    def cancel(self, client_order_id: str) -> None:
        super().cancel(client_order_id)
        if client_order_id in self.broken:
            raise ConnectionError("down")


class Listener(OrderListener):
    raising = False

    def on_sent(self, client_id, order, time_ns) -> None:
        if self.raising:
            raise RuntimeError("listener")

    def on_cancel(self, client_id, symbol, time_ns) -> None:
        if self.raising:
            raise RuntimeError("listener")

    def on_report(self, report, change) -> None:
        if self.raising:
            raise RuntimeError("listener")


def monitor() -> RuntimeRiskMonitor:
    return RuntimeRiskMonitor(
        max_inventory_usd_per_symbol=10_000, max_total_notional_usd=50_000, edge_freeze_threshold_bps=3
    )


class Rig:
    """Two symbols, two resting or in-flight orders in each."""

    def __init__(self) -> None:
        self.venue = Venue()
        self.listener = Listener()
        self.lines: list[str] = []
        self.sink_broken = False
        self.risk = monitor()
        self.store = InMemoryOrderStore()
        self.loop = ExecutionLoop(
            self.venue, self.store, self.risk, audit=AuditLog(self.take), listener=self.listener
        )
        for symbol in ("BTCUSDT", "ETHUSDT"):
            self.loop.on_quote(quote(symbol), PARAMS)
        self.placed = len(self.venue.placed)
        assert self.placed == 4

    def take(self, line: str) -> None:
        if self.sink_broken:
            raise OSError("disk full")
        self.lines.append(line)

    def quotes(self, at: int) -> None:
        for symbol in ("BTCUSDT", "ETHUSDT"):
            self.loop.on_quote(quote(symbol, at=at), PARAMS)

    def tell(self, *kinds_of: tuple[str, ReportKind], lots: int = 0, at: int | None = None) -> None:
        for number, (client_id, kind) in enumerate(kinds_of):
            order = self.store.get(client_id)
            assert order is not None
            told = report(
                f"{client_id}-{kind.value}-{at}-{number}",
                kind,
                lots,
                ticks=order.price_ticks,
                client_id=client_id,
                symbol=order.symbol,
                side=order.side,
            )
            self.venue.waiting.append(told)
        self.loop.on_fill()

    def alerts(self) -> dict[str, int]:
        return self.risk.alerts.counts()

    def records(self, kind: str) -> list[dict[str, Any]]:
        return [r for r in map(json.loads, self.lines) if r["kind"] == kind]


def test_after_a_kill_nothing_new_leaves_and_every_order_has_a_cancel() -> None:
    rig = Rig()
    rig.tell((BTC[0], ReportKind.ACCEPTED))  # one rests, three are in flight
    rig.loop.kill("anna", "stop everything")
    assert sorted(rig.venue.canceled) == BTC + ETH
    rig.quotes(1)
    assert len(rig.venue.placed) == rig.placed
    assert rig.loop.submit(intent(Side.BUY, 1, 5_000_000)) == "risk:KILLED"
    assert rig.loop.submit(intent(Side.SELL, 1, 5_000_000, "ETHUSDT")) == "risk:KILLED"
    (line,) = rig.records("freeze")
    assert (line["trigger"], line["scope"]) == ("KILL", "")
    assert "anna" in line["text"] and "stop everything" in line["text"]
    assert {cancel["reason"] for cancel in rig.records("cancel")} == {"risk:KILLED"}


def test_a_late_acknowledgement_is_cancelled_too() -> None:
    """The first cancel overtook its order and was refused; then the order turns up."""
    rig = Rig()
    rig.loop.kill("anna", "stop")
    rig.tell((BTC[0], ReportKind.CANCEL_REJECTED))
    assert rig.venue.canceled.count(BTC[0]) == 1
    rig.tell((BTC[0], ReportKind.ACCEPTED))
    assert rig.venue.canceled.count(BTC[0]) == 2


def test_fills_after_a_kill_are_booked() -> None:
    rig = Rig()
    rig.loop.kill("anna", "stop")
    rig.tell((BTC[0], ReportKind.TRADE), lots=1_000)
    assert rig.risk.exposures()["BTCUSDT"].position_lots == 1_000
    rig.tell((BTC[0], ReportKind.CANCELED))
    assert rig.risk.exposures()["BTCUSDT"].open_buy_lots == 0


def test_a_cancel_that_raises_keeps_no_other_from_leaving_and_is_tried_again() -> None:
    rig = Rig()
    rig.venue.broken = {BTC[0], ETH[1]}
    rig.loop.kill("anna", "stop")
    assert sorted(rig.venue.canceled) == BTC + ETH
    assert rig.alerts()["CANCEL_FAILED"] == 2
    assert rig.risk.is_frozen()
    rig.venue.broken = set()
    rig.quotes(1)
    assert sorted(rig.venue.canceled) == sorted([*BTC, *ETH, BTC[0], ETH[1]])
    rig.quotes(2)
    assert len(rig.venue.canceled) == 6, "what is under way is not asked for again"


@pytest.mark.parametrize("raises", ["listener", "audit", "both"])
def test_a_kill_completes_whoever_raises(raises: str) -> None:
    rig = Rig()
    rig.listener.raising = raises in ("listener", "both")
    rig.sink_broken = raises in ("audit", "both")
    rig.loop.kill("anna", "stop")
    assert rig.risk.is_frozen()
    if raises == "listener":
        assert sorted(rig.venue.canceled) == BTC + ETH
    rig.tell((BTC[0], ReportKind.TRADE), (BTC[1], ReportKind.TRADE), lots=700)
    exposure = rig.risk.exposures()["BTCUSDT"]
    assert exposure.position_lots == 0, "a buy and a sell: both were booked"
    assert exposure.open_buy_lots == exposure.open_sell_lots == 1_000_000 - 700
    assert rig.alerts()["STEP_FAILED"] >= 1
    assert sorted(set(rig.venue.canceled)) == BTC + ETH
    assert len(rig.venue.placed) == rig.placed


def test_without_a_kill_a_listener_that_raises_stops_the_run() -> None:
    rig = Rig()
    rig.listener.raising = True
    with pytest.raises(RuntimeError):
        rig.tell((BTC[0], ReportKind.ACCEPTED))


def test_one_symbol_is_killed_and_the_other_goes_on() -> None:
    rig = Rig()
    rig.loop.kill("anna", "stop btc", symbol="BTCUSDT")
    assert sorted(rig.venue.canceled) == BTC
    rig.quotes(1)
    assert [row[1] for row in rig.venue.placed[rig.placed :]] == ["ETHUSDT", "ETHUSDT"]
    assert not rig.risk.is_frozen() and rig.risk.is_frozen("BTCUSDT")


def test_one_order_is_killed_and_its_late_acknowledgement_too() -> None:
    rig = Rig()
    rig.loop.kill("anna", "stop this", client_id=BTC[1])
    assert rig.venue.canceled == [BTC[1]]
    rig.tell((BTC[1], ReportKind.CANCEL_REJECTED))
    rig.tell((BTC[1], ReportKind.ACCEPTED))
    assert rig.venue.canceled == [BTC[1], BTC[1]]
    rig.quotes(1)
    assert len(rig.venue.placed) == rig.placed + 4
    after = monitor()
    after.restore(json.loads(json.dumps(rig.risk.snapshot())))
    assert list(after.condemned) == [BTC[1]]
    rig.tell((BTC[1], ReportKind.CANCELED))
    assert rig.risk.condemned == {}


@pytest.mark.parametrize(("operator", "reason"), [("", "x"), ("x", "")])
@pytest.mark.parametrize("scope", [{}, {"symbol": "BTCUSDT"}, {"client_id": "CLI00000001"}])
def test_an_unsigned_kill_does_nothing(operator: str, reason: str, scope: dict[str, str]) -> None:
    rig = Rig()
    with pytest.raises(UsageError):
        rig.loop.kill(operator, reason, **scope)
    assert rig.venue.canceled == [] and not rig.risk.is_frozen()


def test_a_kill_while_frozen_is_a_kill_too() -> None:
    rig = Rig()
    rig.loop.on_edge_update("BTCUSDT", 0)
    assert rig.risk.holds.cause is not None and rig.risk.holds.cause.trigger.value == "EDGE_BELOW_THRESHOLD"
    rig.listener.raising = True
    rig.loop.kill("anna", "stop")
    rig.tell((BTC[0], ReportKind.TRADE), lots=5)  # the listener does not stop it
    assert rig.risk.exposures()["BTCUSDT"].position_lots == 5


def test_a_kill_survives_snapshot_and_restore() -> None:
    rig = Rig()
    rig.loop.kill("anna", "stop")
    rig.venue.canceled.clear()
    after = monitor()
    after.restore(json.loads(json.dumps(rig.risk.snapshot())))
    assert after.is_frozen() and after.holds.killed()
    loop = ExecutionLoop(rig.venue, rig.store, after)  # the process has started again
    loop.on_quote(quote(at=9), PARAMS)
    assert sorted(rig.venue.canceled) == BTC + ETH
    assert len(rig.venue.placed) == rig.placed
    assert after.exposures()["ETHUSDT"].open_buy_lots == rig.risk.exposures()["ETHUSDT"].open_buy_lots > 0
    after.thaw("anna", "checked by hand", effect=Effect.KILL)
    loop.on_quote(quote(at=10), PARAMS)
    assert len(rig.venue.placed) == rig.placed + 2


# -- flattening -------------------------------------------------------------------------------


def held(flatten: bool = True) -> Rig:
    """Return a rig that holds 1,000 lots of BTC and is killed; nothing is answered yet."""
    rig = Rig()
    rig.tell((BTC[0], ReportKind.TRADE), lots=1_000)
    rig.loop.kill("anna", "stop", flatten=flatten)
    return rig


def closing(rig: Rig) -> list[tuple[str, ...]]:
    return [row[1:] for row in rig.venue.placed[rig.placed :]]


def test_a_position_is_closed_once_nothing_else_of_that_side_can_fill() -> None:
    rig = held()
    assert closing(rig) == []  # the resting sell could still close it: both would flip it
    rig.tell((BTC[1], ReportKind.CANCELED))
    assert closing(rig) == [("BTCUSDT", "SELL", "0.00001000", "49975.00")]
    sent = rig.venue.placed[-1][0]
    rig.tell((BTC[0], ReportKind.CANCELED), (sent, ReportKind.TRADE), lots=0)
    assert sent not in rig.venue.canceled, "the closing order is not withdrawn"


def test_a_kill_without_flatten_sends_nothing_at_all() -> None:
    rig = held(flatten=False)
    rig.tell((BTC[0], ReportKind.CANCELED), (BTC[1], ReportKind.CANCELED))
    for at in range(1, 20):
        rig.quotes(at)
    assert closing(rig) == []
    assert "FLATTEN_FAILED" not in rig.alerts()


def test_failing_to_flatten_is_an_alarm_of_its_own_and_is_tried_again() -> None:
    rig = held()
    rig.tell((BTC[1], ReportKind.CANCELED), (BTC[0], ReportKind.CANCELED))
    tries = 0
    for at in range(1, 12):
        last = rig.venue.placed[-1][0]
        rig.tell((last, ReportKind.EXPIRED), at=at)  # nothing was there to take
        rig.quotes(at)
        tries = len(closing(rig))
    assert tries > 5
    assert {row[:2] for row in closing(rig)} == {("BTCUSDT", "SELL")}
    # Told once for each symbol, 10 s after the kill: ETH's orders could still fill.
    lines = [r for r in rig.records("alert") if r["reason"] == "FLATTEN_FAILED"]
    assert [(r["symbol"], r["time_ns"] - T0_NS) for r in lines] == [
        ("BTCUSDT", 10 * S),
        ("ETHUSDT", 10 * S),
    ]


def test_flattening_without_a_quote_is_an_alarm_too() -> None:
    rig = held()
    rig.risk.on_quote("BTCUSDT", 0, 0)
    rig.tell((BTC[1], ReportKind.CANCELED), (BTC[0], ReportKind.CANCELED))
    rig.loop.advance(T0_NS + 11 * S)
    rig.loop.on_fill()
    assert closing(rig) == []
    assert "BTCUSDT" in [r["symbol"] for r in rig.records("alert") if r["reason"] == "FLATTEN_FAILED"]


def test_lifecycle_counters_close_after_a_kill_that_flattens() -> None:
    rig = held()
    rig.tell((BTC[1], ReportKind.CANCELED), (BTC[0], ReportKind.CANCELED))
    life = rig.loop.lifecycle()
    assert life["attempted"] == 5
    assert life["attempted"] == life["refused"] + life["rejected"] + life["accepted"] + life["unanswered"]
