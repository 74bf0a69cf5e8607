"""`ExecutionLoop`: quotes in, approved orders out, reports booked; and P0.1's shadow run.

The loop sends only what risk has approved, believes only what the exchange client has
reported, and keeps count of everything that it tried.
"""

from collections.abc import Callable
from typing import Final

from tools.core.audit import AuditLog
from tools.core.canon import encode_report
from tools.core.errors import UsageError
from tools.core.events import Quote
from tools.core.instrument import Steps
from tools.core.orders import (
    ChangeAlert,
    ExecutionReport,
    Intent,
    RefusedOrder,
    ReportKind,
)
from tools.core.units import NS_PER_MS, NS_PER_S, UBPS_PER_BPS, Amount, format_scaled, scaled_from
from tools.execution.spread_quoter import SpreadQuoter
from tools.live.audit_bodies import report_body, sent_body
from tools.live.clock import utc_now_ns
from tools.live.demo_market import demo_edge_ubps, demo_quote
from tools.live.demo_report import DemoFacts, demo_report
from tools.live.exchange import FakeExchangeClient
from tools.live.order_store import InMemoryOrderStore
from tools.live.ports import Clock, IExchangeClient, Simulated
from tools.live.shadow_params import ShadowParams
from tools.risk import ApprovedOrder, RuntimeRiskMonitor, Trigger

__all__ = ["ExecutionLoop", "ShadowParams", "run_shadow_demo"]

# Fills of an iteration are drained this long after its quotes, so that a latency below one
# second fills within its own iteration, as P0.1's samples show.
_DRAIN_AFTER_NS: Final = 999 * NS_PER_MS


class ExecutionLoop:
    """Connects quotes, risk, exchange client and order store.

    Parameters
    ----------
    exchange, order_store, risk_monitor
        The three parties.
    clock
        Gives the origin of event time of `run_shadow`; by default the wall clock in whole
        seconds, or ``MM_FREEZE_UTC_ISO``. Nothing else here looks at a clock.
    audit
        Takes a line for every order, refusal, report and freeze.
    narrate
        Takes the lines that P0.1 wrote to stderr.
    """

    def __init__(
        self,
        exchange: IExchangeClient,
        order_store: InMemoryOrderStore,
        risk_monitor: RuntimeRiskMonitor,
        clock: Clock | None = None,
        *,
        audit: AuditLog | None = None,
        narrate: Callable[[str], None] | None = None,
    ) -> None:
        self._exchange: Final = exchange
        self._store: Final = order_store
        self._risk: Final = risk_monitor
        self._clock: Final[Clock] = utc_now_ns if clock is None else clock
        self._audit: Final = audit
        self._narrate: Final = narrate
        self._clear()

    def _clear(self) -> None:
        self._seq = 0
        self._now_ns = 0
        self._attempted = 0
        self._refused = 0
        self._skipped_quotes = 0
        self._freeze_events = 0
        self._freezes_handled = 0
        self._cancels: dict[str, int] = {}  # client id -> when the cancel was sent
        self._cancels_refused: dict[str, int] = {}  # client id -> when it was refused

    def reset(self) -> None:
        """Start afresh: counters, store, risk monitor, and the exchange if it is simulated."""
        self._clear()
        self._store.reset()
        self._risk.reset()
        if isinstance(self._exchange, Simulated):
            self._exchange.reset()

    @property
    def seq(self) -> int:
        """Number of the event that the loop has seen last."""
        return self._seq

    # -- the three inputs ---------------------------------------------------------------

    def on_quote(self, quote: Quote, params: ShadowParams) -> None:
        """Follow a quote: mark the position with it, and quote around it unless frozen."""
        self._advance(quote.recv_ns)
        self._risk.on_quote(quote.symbol, quote.bid_ticks, quote.ask_ticks)
        absurd = quote.bid_ticks <= 0 or quote.ask_ticks <= 0 or quote.bid_ticks > quote.ask_ticks
        if self._handle_freeze() or absurd:
            self._skipped_quotes += 1
            return
        exposure = self._risk.exposures().get(quote.symbol)
        if exposure is None:
            raise UsageError(f"unknown symbol {quote.symbol!r}")
        steps = exposure.steps
        quoter = SpreadQuoter(steps.qty_lots(params.qty), params.spread_bps)
        for intent in quoter.intents(quote):
            self._submit(intent, steps)

    def on_fill(self) -> None:
        """Drain the exchange client's reports into store, risk and counters.

        Takes acknowledgements, rejections and cancels too: a fill is one kind of report.
        """
        self._seq += 1
        for report in self._exchange.reports():
            change = self._store.apply(report)
            self._risk.on_order_change(change)
            self._write("report", report_body(report, change))
            self._follow_cancel(report)
            if report.kind is ReportKind.REJECTED and change.alert is ChangeAlert.NONE:
                self._say(f"Rejected: {report.client_id} {report.text}")
        self._handle_freeze()

    def on_edge_update(self, symbol: str, net_bps: Amount) -> None:
        """Show a measured net edge to risk; a freeze cancels every open order."""
        self._seq += 1
        self._risk.on_edge_update(symbol, net_bps)
        self._handle_freeze()

    # -- one way out --------------------------------------------------------------------

    def _submit(self, intent: Intent, steps: Steps) -> None:
        """Ask risk, and send what it approves."""
        self._attempted += 1
        verdict = self._risk.check(intent)
        if isinstance(verdict, RefusedOrder):
            self._refused += 1
            self._write("refused", verdict.to_dict())
            return
        self._send(verdict, steps)

    def _send(self, order: ApprovedOrder, steps: Steps) -> None:
        intent = order.intent
        client_id = self._store.next_client_id()
        self._store.add(
            client_id, intent.symbol, intent.side, intent.qty_lots, order.price_ticks, self._now_ns
        )
        self._risk.on_order_sent(client_id, order)
        self._write("order", {"client_id": client_id, "time_ns": self._now_ns, **sent_body(order)})
        self._exchange.place_limit(
            client_id,
            intent.symbol,
            intent.side,
            steps.qty_text(intent.qty_lots),
            steps.price_text(order.price_ticks),
        )

    def _follow_cancel(self, report: ExecutionReport) -> None:
        """Note the answer to a cancel; whatever else is told makes a refused one worth repeating."""
        if report.kind is ReportKind.CANCEL_REJECTED:
            if self._cancels.pop(report.client_id, None) is not None:
                self._cancels_refused[report.client_id] = report.time_ns
            return
        self._cancels_refused.pop(report.client_id, None)
        if report.kind is ReportKind.CANCELED:
            self._cancels.pop(report.client_id, None)

    def _cancel_all(self) -> None:
        """Send a cancel for every open order that has none under way and none refused.

        An order is cancelled here only when the exchange has reported it.
        """
        for order in self._store.open_orders():
            if order.client_id in self._cancels or order.client_id in self._cancels_refused:
                continue
            self._cancels[order.client_id] = self._now_ns
            self._write("cancel", {"client_id": order.client_id, "time_ns": self._now_ns})
            self._exchange.cancel(order.client_id)

    def _handle_freeze(self) -> bool:
        """Act once on each freeze, however it came about; return whether frozen."""
        log = self._risk.freeze_log
        if log.total > self._freezes_handled and log.cause is not None:
            self._freezes_handled = log.total
            self._cancels_refused.clear()  # a new cause asks again for what was refused
            self._freeze_events += 1
            self._write("freeze", log.cause.to_dict())
            if log.cause.trigger is Trigger.EDGE_BELOW_THRESHOLD:
                observed = (log.cause.observed_ubps or 0) // (UBPS_PER_BPS // 10)
                self._say(f"System FROZEN: edge={format_scaled(observed, 1)}bps < threshold")
            else:
                self._say(f"System FROZEN: {log.cause.text}")
        if log.frozen:
            self._cancel_all()
        return log.frozen

    def _advance(self, now_ns: int) -> None:
        self._seq += 1
        self._now_ns = now_ns
        self._exchange.advance(now_ns)
        self._risk.advance(now_ns)

    def _write(self, kind: str, body: dict[str, object]) -> None:
        if self._audit is not None:
            self._audit.write(kind, self._seq, body)

    def _say(self, line: str) -> None:
        if self._narrate is not None:
            self._narrate(line)

    # -- P0.1's shadow run --------------------------------------------------------------

    def run_shadow(self, params: ShadowParams) -> dict[str, object]:
        """Run P0.1's synthetic market through the loop and return the report.

        Each iteration is one second of event time from the clock's origin: all quotes,
        then fills, then the edge of each symbol. After the last one the run waits, in
        event time, for every answer that is still under way.
        """
        origin_ns = self._clock()
        start_ubps = scaled_from(params.edge_start_bps, 6)
        end_ubps = scaled_from(params.edge_end_bps, 6)
        for iteration in range(params.iterations):
            at_ns = origin_ns + iteration * NS_PER_S
            for symbol in params.symbols:
                self.on_quote(demo_quote(symbol, iteration, at_ns), params)
            self._advance(at_ns + _DRAIN_AFTER_NS)
            self.on_fill()
            edge_ubps = demo_edge_ubps(iteration, params.iterations, start_ubps, end_ubps)
            for symbol in params.symbols:
                self.on_edge_update(symbol, format_scaled(edge_ubps, 6))
        self._settle()
        facts = DemoFacts(
            params=params,
            origin_ns=origin_ns,
            seed=self._exchange.seed if isinstance(self._exchange, Simulated) else None,
            skipped_quotes=self._skipped_quotes,
            freeze_events=self._freeze_events,
            lifecycle=self.lifecycle(),
        )
        return demo_report(facts, self._store, self._risk)

    def _settle(self) -> None:
        """Let event time pass until the exchange has answered everything that was sent."""
        if not isinstance(self._exchange, Simulated):
            return
        due_ns = self._exchange.next_due_ns()
        while due_ns is not None:
            self._advance(max(due_ns, self._now_ns))
            self.on_fill()
            due_ns = self._exchange.next_due_ns()

    def lifecycle(self) -> dict[str, int]:
        """Return the counters that close.

        ``attempted = refused + rejected + accepted + unanswered`` and
        ``accepted = filled + canceled + expired + open``; a settled run has none unanswered.
        """
        counts = self._store.counts()
        return {
            "accepted": counts["accepted"],
            "attempted": self._attempted,
            "canceled": counts["canceled"],
            "expired": counts["expired"],
            "filled": counts["filled"],
            "open": counts["open"],
            "refused": self._refused,
            "rejected": counts["rejected"],
            "unanswered": counts["unanswered"],
        }


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
