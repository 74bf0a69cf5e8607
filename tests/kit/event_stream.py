"""Random markets as events for one chain, and the chain that is given them."""

from __future__ import annotations

import json
from typing import Any

from tools.core.events import Depth, FeedKind, FeedStatus, Market, MarketEvent, Quote, Tick, Trade
from tools.core.instrument import Instrument
from tools.core.quality import NO_ORDERS
from tools.core.start import StartConfig
from tools.core.units import NS_PER_MS, NS_PER_S
from tools.core.verdicts import RiskVerdict
from tools.engine import ChainConfig, Pipeline
from tools.health import HealthConfig
from tools.observer.regimes import RegimeConfig
from tools.permission import GateConfig

T0 = 1_735_689_600 * NS_PER_S
KEY = "test:AB"
INSTRUMENT = Instrument(venue="test", symbol="AB", tick="0.1", lot="0.001")
# Waits of seconds, so that a stream of a hundred events sees every state.
CONFIG = ChainConfig(
    start=StartConfig(min_samples=5, cooldown_ns=NS_PER_S, probation_ns=NS_PER_S),
    regime=RegimeConfig(fast_dwell_ns=NS_PER_S, unstable_dwell_ns=2 * NS_PER_S),
    permission=GateConfig(cooldown_ns=NS_PER_S, probation_ns=NS_PER_S, debt_factor=0),
    health=HealthConfig(red_hold_ns=NS_PER_S, yellow_hold_ns=NS_PER_S),
)
OPEN = RiskVerdict(0, True, "OPEN")
SHUT = RiskVerdict(0, False, "FROZEN")


class Stream:
    """Turns draws into events that a feed could hand out: times in order, a tick each second."""

    def __init__(self, start_ns: int) -> None:
        self.now_ns = start_ns
        self.tick_ns = start_ns + NS_PER_S
        self.trade_id = 1_000
        self.update_id = 5_000
        self.bid_ticks = 100_000
        self.events: list[MarketEvent] = []

    def wait(self, wait_ns: int) -> None:
        self.now_ns += wait_ns
        while self.tick_ns < self.now_ns:
            self.events.append(Tick(self.tick_ns))
            self.tick_ns += NS_PER_S

    def quote(self, spread_ticks: int = 1, late_ns: int = 2 * NS_PER_MS) -> None:
        self.update_id += 1
        ask_ticks = self.bid_ticks + spread_ticks
        exch_ns = self.now_ns - late_ns
        self.events.append(
            Quote(KEY, self.now_ns, exch_ns, self.bid_ticks, 5_000, ask_ticks, 4_000, self.update_id)
        )

    def trade(self, skipped: int = 0, market: Market = Market.MARKET, late_ns: int = 2 * NS_PER_MS) -> None:
        self.trade_id += 1 + skipped
        exch_ns = self.now_ns - late_ns
        self.events.append(
            Trade(KEY, self.now_ns, exch_ns, self.bid_ticks, 10, False, market, self.trade_id, self.trade_id)
        )

    def depth(self, late_ns: int = NS_PER_MS) -> None:
        self.update_id += 1
        exch_ns = self.now_ns - late_ns
        self.events.append(Depth(KEY, self.now_ns, exch_ns, self.update_id, self.update_id))

    def status(self, kind: FeedKind) -> None:
        self.events.append(FeedStatus(KEY, self.now_ns, kind, "TEST", 1))

    def calm(self, seconds: int) -> None:
        for _ in range(seconds * 10):
            self.wait(100 * NS_PER_MS)
            self.quote()
            self.trade()

    def take(self, action: tuple[str, int, int]) -> None:
        """Take one drawn action: what, after how long (in 10 ms), and a figure of its own."""
        what, wait, figure = action
        self.wait(wait * 10 * NS_PER_MS)
        if what == "quote":
            self.quote()
        elif what == "crossed":
            self.quote(spread_ticks=-figure)
        elif what == "wide":
            self.quote(spread_ticks=figure * 40)
        elif what == "move":
            self.bid_ticks += (figure - 5) * 100
            self.quote()
        elif what == "trade":
            self.trade()
        elif what == "trades":
            for _ in range(figure * 20):
                self.trade()
        elif what == "late":
            self.quote(late_ns=figure * 400 * NS_PER_MS)
            self.trade(late_ns=figure * 400 * NS_PER_MS)
        elif what == "early":  # stamped in the future
            self.quote(late_ns=-figure * 400 * NS_PER_MS)
            self.depth(late_ns=-figure * 400 * NS_PER_MS)
        elif what == "skip":
            self.trade(skipped=figure)
        elif what == "other":
            self.trade(market=Market.OTHER)
        elif what == "depth":
            self.depth()
        elif what == "calm":
            self.calm(figure // 2)
        else:
            self.status(FeedKind[what])


KINDS = [
    "quote", "quote", "trade", "trade", "crossed", "wide", "move", "trades", "late", "early", "skip",
    "other", "depth", "calm", "calm", "calm", "QUARANTINED", "IGNORED", "DISCONNECTED", "CONNECTED",
    "LOOP_LAG",
]  # fmt: skip
WAITS = [0, 0, 1, 5, 30, 100, 450]


def events_of(drawn: list[tuple[str, int, int]], warm_s: int = 19, shift_s: int = 0) -> list[MarketEvent]:
    """Return a calm start, which is what makes the gate open, and then what was drawn."""
    stream = Stream(T0 + shift_s * NS_PER_S)
    stream.calm(warm_s)
    for action in drawn:
        stream.take(action)
    return stream.events


def new_chain() -> Pipeline:
    return Pipeline(INSTRUMENT, CONFIG)


def told(chain: Pipeline, event: MarketEvent, risk: RiskVerdict = OPEN) -> list[Any]:
    """Take one event; return all that the chain says about it."""
    evaluated = chain.step(event, NO_ORDERS, risk)
    news = [(kind, verdict.to_dict()) for kind, verdict in chain.news] if evaluated and chain.changed else []
    return [evaluated, chain.reason, news, repr(chain.state) if evaluated else ""]


def through_json(chain: Pipeline) -> Pipeline:
    other = new_chain()
    other.restore(json.loads(json.dumps(chain.snapshot())))
    return other
