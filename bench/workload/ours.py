"""Workload W on this engine's own parts: its windows, risk monitor, order store, loop and paper venue.

Nothing is left out of what an order meets: `ExecutionLoop.submit` asks risk, gives an id, stores
the order and sends it; the paper exchange answers by reports; store and risk book them. The chain
(regime, permission, health, decision) is not part of the task: W has a regime rule of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import sqrt
from pathlib import Path

import tools.execution.fills
import tools.risk.controls
from tools.core.events import Market, Quote, Side, Trade
from tools.core.instrument import Instrument
from tools.core.orders import Intent, OrderChange
from tools.core.reports import ExecutionReport, ReportKind
from tools.core.units import NS_PER_S, UBPS_ONE
from tools.execution.latency import constant
from tools.live.execution_loop import ExecutionLoop
from tools.live.order_store import InMemoryOrderStore
from tools.live.paper_exchange import PaperConfig, PaperExchange
from tools.live.ports import OrderListener
from tools.observer.windows import CountWindow, SumWindow
from tools.risk import ApprovedOrder, RuntimeRiskMonitor
from workload.stream import QUOTE, Row
from workload.terms import (
    FAST,
    INTENSITY_FAST,
    NORMAL,
    NS_PER_US,
    PPM,
    QTY_LOTS,
    REQUOTE_US,
    RV_FAST_UBPS,
    RV_UNSTABLE_UBPS,
    SPREAD_UNSTABLE_TICKS,
    START_NS,
    UNSTABLE,
    Checks,
)

INSTRUMENT = Instrument(venue="w", symbol="BTCUSDT", tick="0.1", lot="0.001")
KEY = INSTRUMENT.key
W_RULE = "w_queue"

_PARTS = str(Path(__file__).parent / "parts")
_PROFILE = "w"


@contextmanager
def _outside_plug_ins() -> Iterator[None]:
    """Let plug-ins be found in `parts` too, and only meanwhile: a list of the house's own has no more."""
    packages = (tools.execution.fills, tools.risk.controls)
    for package in packages:
        package.__path__.append(_PARTS)
    tools.risk.controls.PROFILES[_PROFILE] = ("halt", "sanity", "w_position")
    try:
        yield
    finally:
        del tools.risk.controls.PROFILES[_PROFILE]
        for package in packages:
            package.__path__.remove(_PARTS)


_FAR = "1000000000000"  # a limit in money that W does not have
_RV_UNSTABLE = RV_UNSTABLE_UBPS * RV_UNSTABLE_UBPS
_RV_FAST = RV_FAST_UBPS * RV_FAST_UBPS


def event_of(row: Row, number: int) -> Quote | Trade:
    """Return a row of the stream as an event of ours."""
    kind, ts_us, a, b, c, d = row
    now_ns = START_NS + ts_us * NS_PER_US
    if kind == QUOTE:
        return Quote(KEY, now_ns, now_ns, a, b, c, d, number)
    return Trade(KEY, now_ns, now_ns, a, b, c > 0, Market.MARKET, number, number)


def exchange_for(fill_model: str) -> PaperExchange:
    """Return a paper exchange that answers at once: W has no latency."""
    return PaperExchange(
        {KEY: INSTRUMENT},
        PaperConfig(fill_model=fill_model, latency_model="constant"),
        latency_config=constant.Config(entry_ns=0, cancel_ns=0, response_ns=0),
    )


class WorkloadW(OrderListener):
    """One run; give it every event by `step`, then ask for `checks`."""

    def __init__(self, fill_model: str = W_RULE) -> None:
        with _outside_plug_ins():
            self.exchange = exchange_for(fill_model)
            risk = RuntimeRiskMonitor(
                max_inventory_usd_per_symbol=_FAR,
                max_total_notional_usd=_FAR,
                edge_freeze_threshold_bps=0,
                instruments={KEY: INSTRUMENT},
                profile=_PROFILE,
            )
        self.loop = ExecutionLoop(self.exchange, InMemoryOrderStore(keep_closed=1_000), risk, listener=self)
        self._trades_1s, self._trades_10s = CountWindow(NS_PER_S), CountWindow(10 * NS_PER_S)
        self._quotes_1s, self._quotes_10s = CountWindow(NS_PER_S), CountWindow(10 * NS_PER_S)
        self._spread_1s, self._spread_10s = SumWindow(NS_PER_S), SumWindow(10 * NS_PER_S)
        self._squares_1s, self._squares_10s = SumWindow(NS_PER_S), SumWindow(10 * NS_PER_S)
        self._mid_ht = 0
        self._bid_ticks = 0
        self._ask_ticks = 0
        self._requote_ns = 0
        self.resting: list[str] = []
        self.events = self.requotes = self.orders = self.cancels = self.fills = self.filled_lots = 0
        self.sum_trades_1s = self.sum_spread_10s_ppm = 0
        self.sum_rv_10s = 0.0
        self.regimes = [0, 0, 0]

    # -- M1: windows ------------------------------------------------------------------------

    def _on_quote(self, quote: Quote, now_ns: int) -> None:
        bid_ticks, ask_ticks = quote.bid_ticks, quote.ask_ticks
        self._bid_ticks, self._ask_ticks = bid_ticks, ask_ticks
        mid_ht, before_ht = bid_ticks + ask_ticks, self._mid_ht
        spread_ticks = ask_ticks - bid_ticks
        self._quotes_1s.add(now_ns)
        self._quotes_10s.add(now_ns)
        self._spread_1s.add(now_ns, spread_ticks)
        self._spread_10s.add(now_ns, spread_ticks)
        if mid_ht != before_ht and before_ht:
            # log(m/m') is (m - m')/m' to one part in a million here; rounded to the nearest 1e-10.
            move_ubps = (2 * (mid_ht - before_ht) * UBPS_ONE + before_ht) // (2 * before_ht)
            square = move_ubps * move_ubps
            self._squares_1s.add(now_ns, square)
            self._squares_10s.add(now_ns, square)
        self._mid_ht = mid_ht

    def step(self, event: Quote | Trade) -> None:
        """Take one event: venue, reports, windows, regime, and the quoting rule if it is time."""
        now_ns = event.recv_ns
        self.events += 1
        exchange = self.exchange
        exchange.on_market(event, now_ns)
        if exchange.next_due_ns() is not None:
            self._hear(now_ns)
        if isinstance(event, Quote):
            self._on_quote(event, now_ns)
        else:
            self._trades_1s.add(now_ns)
            self._trades_10s.add(now_ns)
        trades_1s, trades_10s = self._trades_1s.count(now_ns), self._trades_10s.count(now_ns)
        quotes_1s, quotes_10s = self._quotes_1s.count(now_ns), self._quotes_10s.count(now_ns)
        spread_1s, spread_10s = self._spread_1s.total(now_ns), self._spread_10s.total(now_ns)
        squares_1s, squares_10s = self._squares_1s.total(now_ns), self._squares_10s.total(now_ns)
        # M2: sums against limits, so that nothing is divided.
        if squares_1s > _RV_UNSTABLE or spread_1s > SPREAD_UNSTABLE_TICKS * quotes_1s:
            regime = UNSTABLE
        elif squares_1s > _RV_FAST or trades_1s > INTENSITY_FAST or 10 * trades_1s > 3 * trades_10s > 0:
            regime = FAST
        else:
            regime = NORMAL
        self.regimes[regime] += 1
        if now_ns >= self._requote_ns:
            self._requote_ns = now_ns + REQUOTE_US * NS_PER_US
            self.requotes += 1
            self.sum_trades_1s += trades_1s
            if quotes_10s:
                self.sum_spread_10s_ppm += spread_10s * PPM // quotes_10s
            self.sum_rv_10s += sqrt(squares_10s) / UBPS_ONE
            self._requote(now_ns, regime)

    # -- M3: the rule -----------------------------------------------------------------------

    def _requote(self, now_ns: int, regime: int) -> None:
        """Cancel both orders, and quote both sides anew unless the market is unstable."""
        loop = self.loop
        if self.resting:
            self._pass(now_ns)
            for client_id in self.resting:
                self.cancels += loop._cancel(client_id, "w:REQUOTE")  # W has no plan
            self._hear(now_ns)
        if regime != UNSTABLE and self._bid_ticks:
            self._pass(now_ns)
            loop.submit(Intent(KEY, now_ns, Side.BUY, QTY_LOTS, self._bid_ticks))
            loop.submit(Intent(KEY, now_ns, Side.SELL, QTY_LOTS, self._ask_ticks))
            self._hear(now_ns)

    def _pass(self, now_ns: int) -> None:
        self.loop.advance(now_ns)

    def _hear(self, now_ns: int) -> None:
        """Let the venue answer, and book it."""
        self.loop.advance(now_ns)
        self.loop.drain()

    # -- M4: what became of the orders --------------------------------------------------------

    def on_sent(self, client_id: str, order: ApprovedOrder, time_ns: int) -> None:
        self.orders += 1
        self.resting.append(client_id)

    def on_cancel(self, client_id: str, symbol: str, time_ns: int) -> None:
        """Take no note of a cancel; `checks` counts what becomes of it."""

    def on_report(self, report: ExecutionReport, change: OrderChange) -> None:
        if report.kind is ReportKind.TRADE:
            self.fills += 1
            self.filled_lots += change.fill_lots
        if change.closed:
            self.resting.remove(change.client_id)

    def checks(self) -> Checks:
        """Return the sums so far."""
        return Checks(
            events=self.events,
            requotes=self.requotes,
            trades_1s=self.sum_trades_1s,
            spread_10s_ppm=self.sum_spread_10s_ppm,
            rv_10s=self.sum_rv_10s,
            normal=self.regimes[NORMAL],
            fast=self.regimes[FAST],
            unstable=self.regimes[UNSTABLE],
            orders=self.orders,
            cancels=self.cancels,
            fills=self.fills,
            filled_lots=self.filled_lots,
        )
