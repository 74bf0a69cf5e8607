"""The trading part of a session, with a chain that says what a test tells it to.

The chain evaluates every quote; the loop, the quoter, risk and the paper exchange (20 ms each way) are
the real ones.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tests.kit.market_states import calm_state
from tools.core.audit import AuditLog
from tools.core.events import Market, MarketEvent, Quote, Tick, Trade
from tools.core.instrument import Instrument
from tools.core.market import MarketState
from tools.core.quality import ExecQuality
from tools.core.units import E8, NS_PER_MS
from tools.core.verdicts import (
    Ceiling,
    Colour,
    Decision,
    Gate,
    HealthVerdict,
    PermissionVerdict,
    Regime,
    RegimeVerdict,
    RiskVerdict,
)
from tools.engine.tally import Tally
from tools.execution import Quoter, QuoterConfig
from tools.live.session import Seen, Session
from tools.live.settings import LabConfig

T0 = 1_735_689_600 * 10**9
A = "test:AA"
AA = Instrument(venue="test", symbol="AA", tick="1", lot="1")
SMALL = replace(LabConfig(), quoter=QuoterConfig(max_order_e8=1_000 * E8))  # 10 lots at 100


def at(ms: int) -> int:
    return T0 + ms * NS_PER_MS


def quote(ms: int, bid: int = 100, ask: int = 101) -> Quote:
    return Quote(A, at(ms), at(ms), bid, 50, ask, 50, ms + 1)


def sold(ms: int, price: int, lots: int) -> Trade:
    return Trade(A, at(ms), at(ms), price, lots, False, Market.MARKET, ms, ms)


class _Observer:
    def __init__(self) -> None:
        self.event: MarketEvent = Tick(T0)

    def admit(self, event: MarketEvent) -> bool:
        self.event = event
        return True

    def counters(self) -> dict[str, int]:
        return {}


class SaidSo:
    """A chain whose decision a test sets; it evaluates every event."""

    def __init__(self) -> None:
        self.instrument = AA
        self.tally = Tally()
        self.observer = _Observer()
        self.state: MarketState | None = None
        self.changed = False
        self.news: list[Any] = []
        self.reason = "permission:TEST"
        self.asked: list[tuple[ExecQuality, RiskVerdict]] = []
        self.regime = RegimeVerdict(T0, Regime.NORMAL, "NORMAL", T0, ())
        self.permission = PermissionVerdict(T0, Gate.ALLOWED, "ALLOWED", T0, T0, ())
        self.health = HealthVerdict(T0, Colour.GREEN, 100, "GREEN", "", (), ())
        self._bid, self._ask = 100, 101
        self.allow(Ceiling.PASSIVE)

    def allow(self, ceiling: Ceiling) -> None:
        eligible = ceiling > Ceiling.NONE
        self.decision = Decision(T0, eligible, ceiling, 1_000_000 if eligible else 0, "TEST", ())
        self.news = [("decision", self.decision)]
        self.changed = True

    def look(self, tick: bool) -> MarketState:
        event = self.observer.event
        assert tick == isinstance(event, Tick)
        if isinstance(event, Quote):
            self._bid, self._ask = event.bid_ticks, event.ask_ticks
        self.state = calm_state(event.recv_ns, bid_ticks=self._bid, ask_ticks=self._ask, excess_ns=0)
        return self.state

    def follow(self, state: MarketState, quality: ExecQuality, risk: RiskVerdict) -> None:
        self.asked.append((quality, risk))
        self.tally.evaluation(state.time_ns)
        self.changed = bool(self.news) if self.tally.evaluations == 1 else self.changed


class Rig:
    def __init__(self, config: LabConfig = SMALL, funded: bool = False) -> None:
        self.lines: list[str] = []
        self.session = Session({A: AA}, config, AuditLog(self.lines.append), funded=funded)
        self.chain = SaidSo()
        self.session.pipelines[A] = self.chain  # type: ignore[assignment]
        self.session.seen[A] = Seen(self.chain, [])  # type: ignore[arg-type]
        self.session.books.quoters[A] = Quoter(config.quoter, AA)

    def take(self, *events: MarketEvent) -> Rig:
        for event in events:
            if isinstance(event, (Quote, Trade)):
                self.session.on_venue(event, event.recv_ns)  # the venue is as far as we are
            self.session.step(event)
            self.chain.changed = False
        return self

    def records(self, *kinds: str) -> list[dict[str, Any]]:
        return [r for r in map(json.loads, self.lines) if r["kind"] in kinds]

    @property
    def life(self) -> dict[str, int]:
        return self.session.loop.lifecycle()

    @property
    def quality(self) -> Any:
        return self.session.books.book(A).quality.to_dict()
