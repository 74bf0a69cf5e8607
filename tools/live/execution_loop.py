"""`ExecutionLoop`: quotes in, approved orders out, reports booked; and P0.1's shadow run.

The loop sends only what risk has approved, believes only what the exchange client has
reported, and keeps count of everything that it tried.
"""

from typing import Final

from tools.core.canon import encode_report
from tools.core.errors import UsageError
from tools.core.events import Quote
from tools.core.market import MarketState
from tools.core.orders import ChangeAlert, Intent, RefusedOrder
from tools.core.reports import ReportKind
from tools.core.units import Amount
from tools.core.verdicts import Decision
from tools.execution.plan import QuoterReason
from tools.execution.quoter import Quoter
from tools.execution.spread_quoter import SpreadQuoter
from tools.live.audit_bodies import refused_body
from tools.live.exchange import FakeExchangeClient
from tools.live.holding import Holding
from tools.live.order_store import InMemoryOrderStore
from tools.live.ports import Clock, Simulated
from tools.live.shadow_params import ShadowParams
from tools.live.shadow_run import run_shadow
from tools.risk import RuntimeRiskMonitor

__all__ = ["ExecutionLoop", "ShadowParams", "run_shadow_demo"]

# Made once: most evaluations end with one of these, and every report is asked.
_UNRESOLVED: Final = ReportKind.UNRESOLVED
_IDLE: Final = {reason: f"quoter:{reason}" for reason in QuoterReason}


class ExecutionLoop(Holding):
    """Connects quotes, risk, exchange client and order store.

    Its parameters are those of `Sending`.
    """

    def reset(self) -> None:
        """Start afresh: counters, store, risk monitor, and the exchange if it is simulated."""
        self._clear()
        self.store.reset()
        self.risk.reset()
        if isinstance(self.exchange, Simulated):
            self.exchange.reset()

    @property
    def skipped_quotes(self) -> int:
        """Quotes that were not quoted around: frozen, or absurd."""
        return self._skipped_quotes

    def on_quote(self, quote: Quote, params: ShadowParams) -> None:
        """Follow a quote: mark the position with it, and quote around it unless frozen."""
        self.advance(quote.recv_ns)
        self.risk.on_quote(quote.symbol, quote.bid_ticks, quote.ask_ticks)
        absurd = not 0 < quote.bid_ticks <= quote.ask_ticks
        if self._heed(quote.symbol) or absurd:
            self._skipped_quotes += 1
            return
        steps = self.risk.steps(quote.symbol)
        quoter = SpreadQuoter(steps.qty_lots(params.qty), params.spread_bps)
        for intent in quoter.intents(quote):
            self.submit(intent)

    def on_fill(self) -> None:
        """Drain the exchange client's reports into store, risk and counters.

        Takes acknowledgements, rejections and cancels too: a fill is one kind of report.
        """
        self._seq += 1
        self.drain()

    def drain(self) -> None:
        """Book what the exchange client has reported; `on_fill` under the present event number."""
        for report in self.exchange.reports():
            change = self.store.apply(report)
            self.risk.on_order_change(change, report.liquidity, report.kind is not _UNRESOLVED)
            self._desk.on_report(report, change, self.store.get(change.client_id))
            self._tell(report, change)
            if self._cancels.follow(report, change):
                self._desk.on_cancel(change.client_id, False)
            if change.closed:
                self._flattening.over(change.client_id)
            if report.kind is ReportKind.REJECTED and change.alert is ChangeAlert.NONE:
                self._say(f"Rejected: {report.client_id} {report.text}")
        self._heed()

    def tick(self) -> None:
        """Let risk look at the time, and compare our books with the venue's if that is due.

        Called after `advance`, at each whole second of event time.
        """
        self.risk.tick()
        self.ask_about_unanswered()
        self.reconcile()
        self._heed()

    def on_edge_update(self, symbol: str, net_bps: Amount) -> None:
        """Show a measured net edge to risk; a freeze cancels every open order."""
        self._seq += 1
        self.risk.on_edge_update(symbol, net_bps)
        self._heed()

    def on_decision(self, symbol: str, decision: Decision, state: MarketState, quoter: Quoter) -> str | None:
        """Do what the quoter plans under a decision; return why nothing was done, or None.

        Every order that leaves passes risk, which holds it against the same decision.
        """
        self.risk.decisions[symbol] = decision
        if self._heed(symbol):
            return f"risk:{self.risk.verdict(symbol).reason}"
        exposure = self.risk.exposures().get(symbol)
        position_lots = 0 if exposure is None else exposure.position_lots
        working = self._desk.working(symbol)
        for order in working:
            if order.cancel_sent and self._cancels.overdue(order.client_id, self._now_ns):
                order.cancel_sent = False  # it may have been lost
        plan = quoter.plan(decision, state, position_lots, working)
        if not plan.cancels and not plan.intents:
            # Why it does not take, where it would like to, says more than why it rests.
            return _IDLE[plan.notes[2] if len(plan.notes) > 2 else plan.reason]
        why: str | None = None
        acted = False
        for client_id, reason in zip(plan.cancels, plan.cancel_reasons, strict=True):
            acted = self._cancel(client_id, f"quoter:{reason}") or acted
        for intent in plan.intents:
            why = self.submit(intent, decision)
            if why is None:
                acted = True
            else:
                quoter.on_turned_down(intent.side, self._now_ns)
        return None if acted else why

    def submit(self, intent: Intent, decision: Decision | None = None, parent_id: str = "") -> str | None:
        """Ask risk, and send what it approves; return ``risk:REASON`` of a refusal, or None."""
        self._attempted += 1
        verdict = self.risk.check(intent, decision, parent_id)
        for client_id in self.risk.cancel_first:
            self._cancel(client_id, "risk:SELF_MATCH")
        if isinstance(verdict, RefusedOrder):
            self._refused += 1
            self._write("refused", refused_body(verdict))
            self._heed()
            return f"risk:{verdict.reason}"
        self._send(verdict)
        return None

    def run_shadow(self, params: ShadowParams) -> dict[str, object]:
        """Run P0.1's synthetic market through the loop and return the report.

        Raises `UsageError` if the loop has already been used: call `reset` first.
        """
        if self._seq > 0:
            raise UsageError("this loop has been used: call reset() before another run")
        return run_shadow(self, self._clock(), params)

    def settle(self) -> None:
        """Let event time pass until the exchange has answered everything that was sent."""
        if not isinstance(self.exchange, Simulated):
            return
        due_ns = self.exchange.next_due_ns()
        while due_ns is not None:
            self.advance(max(due_ns, self._now_ns))
            self.on_fill()
            due_ns = self.exchange.next_due_ns()


def run_shadow_demo(
    symbols: list[str],
    iterations: int,
    max_inventory_usd_per_symbol: Amount,
    max_total_notional_usd: Amount,
    edge_freeze_threshold_bps: Amount,
    fill_rate: Amount = "0.7",
    reject_rate: Amount = "0.05",
    latency_ms: Amount = 100,
    clock: Clock | None = None,
) -> str:
    """Run P0.1's demo and return its report: one line of compact sorted JSON and a newline."""
    exchange = FakeExchangeClient(fill_rate=fill_rate, reject_rate=reject_rate, latency_ms=latency_ms)
    risk = RuntimeRiskMonitor(
        max_inventory_usd_per_symbol=max_inventory_usd_per_symbol,
        max_total_notional_usd=max_total_notional_usd,
        edge_freeze_threshold_bps=edge_freeze_threshold_bps,
    )
    loop = ExecutionLoop(exchange, InMemoryOrderStore(), risk, clock)
    return encode_report(loop.run_shadow(ShadowParams(symbols=tuple(symbols), iterations=iterations)))
