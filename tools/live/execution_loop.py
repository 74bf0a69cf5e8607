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
from tools.core.market import MarketState
from tools.core.orders import ChangeAlert, Intent, OrderChange, RefusedOrder
from tools.core.reports import ExecutionReport, ReportKind
from tools.core.units import Amount
from tools.core.verdicts import Decision
from tools.execution.plan import QuoterReason
from tools.execution.quoter import Quoter
from tools.execution.spread_quoter import SpreadQuoter
from tools.live.audit_bodies import freeze_line, news_body, refused_body, report_body, sent_body
from tools.live.cancels import Cancels
from tools.live.clock import utc_now_ns
from tools.live.desk import Desk
from tools.live.exchange import FakeExchangeClient
from tools.live.flattening import Flattening
from tools.live.order_store import InMemoryOrderStore
from tools.live.ports import Clock, IExchangeClient, OrderListener, Simulated
from tools.live.reconciliation import own_orders, venue_positions
from tools.live.shadow_params import ShadowParams
from tools.live.shadow_run import run_shadow
from tools.risk import AlertReason, ApprovedOrder, FreezeCause, Pause, RuntimeRiskMonitor
from tools.risk.holds import EVERYTHING, Effect, Thaw

__all__ = ["ExecutionLoop", "ShadowParams", "run_shadow_demo"]

# Made once: most evaluations end with one of these.
_IDLE: Final = {reason: f"quoter:{reason}" for reason in QuoterReason}


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
    listener
        Told of every order that leaves and of every report.
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
        listener: OrderListener | None = None,
        narrate: Callable[[str], None] | None = None,
    ) -> None:
        self.exchange: Final = exchange
        self.store: Final = order_store
        self.risk: Final = risk_monitor
        self._clock: Final[Clock] = utc_now_ns if clock is None else clock
        self._audit: Final = audit
        self._listener: Final = listener
        self._narrate: Final = narrate
        self._clear()

    def _clear(self) -> None:
        self._seq = 0
        self._now_ns = 0
        self._attempted = 0
        self._refused = 0
        self._skipped_quotes = 0
        self._freezes_seen = 0
        self._flattening = Flattening()
        self._log_failed = False
        self._desk = Desk()
        self._cancels = Cancels()

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

    @property
    def freeze_events(self) -> int:
        """Freezes that the loop has acted on."""
        return self._freezes_seen

    @property
    def seq(self) -> int:
        """Number of the event that the loop has seen last."""
        return self._seq

    # -- the three inputs ---------------------------------------------------------------

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
            self.risk.on_order_change(change, report.liquidity)
            self._desk.on_report(report, change, self.store.get(change.client_id))
            self._tell(report, change)
            if self._cancels.follow(report, change):
                self._desk.on_cancel(change.client_id, False)
            if change.closed:
                self._flattening.over(change.client_id)
            if report.kind is ReportKind.REJECTED and change.alert is ChangeAlert.NONE:
                self._say(f"Rejected: {report.client_id} {report.text}")
        self._heed()

    def _tell(self, report: ExecutionReport, change: OrderChange) -> None:
        """Tell listener and audit of a report; under a kill a listener that raises stops nothing."""
        if self._listener is not None:
            if self._killing():
                try:
                    self._listener.on_report(report, change)
                except Exception as error:  # det-ok: a kill goes on, whoever fails; it is an alert
                    self._step_failed("listener", error)
            else:
                self._listener.on_report(report, change)
        self._write("report", report_body(report, change))

    def _killing(self) -> bool:
        return self.risk.holds.busy and self.risk.holds.killed()

    def tick(self) -> None:
        """Let risk look at the time, and compare our books with the venue's if that is due.

        Called after `advance`, at each whole second of event time.
        """
        self.risk.tick()
        self.reconcile()
        self._heed()

    def reconcile(self) -> None:
        """Compare our books with the venue's if that is due. Corrects nothing."""
        if not self.risk.reconciler.due(self._now_ns):
            return
        try:
            orders = self.exchange.get_open_orders()
            positions = venue_positions(self.exchange, self.risk)
        except Exception as error:  # det-ok: a venue that cannot be asked, however it fails
            self.risk.on_books_missing(f"{type(error).__name__}: the venue could not be asked")
            return
        self.risk.on_books(own_orders(self.store), orders, positions)

    def on_edge_update(self, symbol: str, net_bps: Amount) -> None:
        """Show a measured net edge to risk; a freeze cancels every open order."""
        self._seq += 1
        self.risk.on_edge_update(symbol, net_bps)
        self._heed()

    def on_decision(self, symbol: str, decision: Decision, state: MarketState, quoter: Quoter) -> str | None:
        """Do what the quoter plans under a decision; return why nothing was done, or None.

        Every order that leaves passes risk, which holds it against the same decision.
        """
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
        for client_id in plan.cancels:
            acted = self._cancel(client_id) or acted
        for intent in plan.intents:
            why = self.submit(intent, decision)
            if why is None:
                acted = True
            else:
                quoter.on_turned_down(intent.side, self._now_ns)
        return None if acted else why

    # -- one way out --------------------------------------------------------------------

    def submit(self, intent: Intent, decision: Decision | None = None, parent_id: str = "") -> str | None:
        """Ask risk, and send what it approves; return ``risk:REASON`` of a refusal, or None."""
        self._attempted += 1
        verdict = self.risk.check(intent, decision, parent_id)
        for client_id in self.risk.cancel_first:
            self._cancel(client_id)
        if isinstance(verdict, RefusedOrder):
            self._refused += 1
            self._write("refused", refused_body(verdict))
            self._heed()
            return f"risk:{verdict.reason}"
        self._send(verdict)
        return None

    def _send(self, order: ApprovedOrder) -> str:
        intent = order.intent
        steps = self.risk.steps(intent.symbol)
        client_id = self.store.next_client_id()
        failed: Exception | None = None
        try:
            self.exchange.place_limit(
                client_id,
                intent.symbol,
                intent.side,
                steps.qty_text(intent.qty_lots),
                steps.price_text(order.price_ticks),
                intent.time_in_force,
            )
        except UsageError:
            raise  # nothing has left, and nothing else has changed
        except Exception as error:  # det-ok: it may have left; until the venue tells it counts as sent
            failed = error
        self.store.add(
            client_id,
            intent.symbol,
            intent.side,
            intent.qty_lots,
            order.price_ticks,
            self._now_ns,
            intent.time_in_force,
        )
        self.risk.on_order_sent(client_id, order)
        self._desk.on_sent(client_id, order)
        if self._listener is not None:
            try:
                self._listener.on_sent(client_id, order, self._now_ns)
            except Exception as error:  # det-ok: a kill goes on, whoever fails; it is an alert
                if not self._killing():
                    raise
                self._step_failed("listener", error)
        body = {"client_id": client_id, "time_ns": self._now_ns, **sent_body(order)}
        if self.store.ids.run_id:
            body["venue_id"] = self.store.ids.for_venue(client_id)
        self._write("order", body)
        if failed is not None:
            raise failed
        return client_id

    def _cancel(self, client_id: str) -> bool:
        """Send a cancel unless one was sent a moment ago; return whether it was sent."""
        if not self._cancels.send(client_id, self._now_ns):
            return False
        self._desk.on_cancel(client_id, True)
        self._write("cancel", {"client_id": client_id, "time_ns": self._now_ns})
        order = self.store.get(client_id)
        # The venue knows it by the id of the last replace that came into force.
        self.exchange.cancel(client_id if order is None else order.client_ids[-1])
        self.risk.on_cancel_sent(client_id, "" if order is None else order.symbol)
        return True

    # -- holds and kills ------------------------------------------------------------------

    def kill(
        self,
        operator: str,
        reason: str,
        symbol: str | None = None,
        client_id: str | None = None,
        flatten: bool = False,
    ) -> None:
        """Stop trading by one decision: everything, one symbol, or one order.

        First nothing new can leave, by a latch; then every live and in-flight order of the
        scope is cancelled, late acknowledgements too. Fills are still booked. No step that
        raises keeps the others from being done: it is an alert. With `flatten` the position
        is closed as soon as nothing else can fill; if that fails it is an alert of its own; a
        thaw ends it. Raises `UsageError` without a name and a reason, or if there is no such
        order, before anything is done.
        """
        if client_id is not None:
            order = self.store.get(client_id)  # by whichever of its ids
            if order is None:
                raise UsageError(f"{client_id[:40]!r}: no such order in the store")
            self.risk.condemn(operator, reason, order.client_id)
        else:
            self.risk.kill(operator, reason, symbol)
        self._cancels.forget_refusals()
        try:
            self._take_news()
        except Exception as error:  # det-ok: a kill goes on, whoever fails; it is an alert
            self._step_failed("narration", error)
        scope = EVERYTHING if symbol is None else symbol
        if flatten and client_id is None:
            self._flattening.start(scope, self._now_ns)
        self._withdraw([scope] if client_id is None else [])

    def _step_failed(self, what: str, error: Exception) -> None:
        self.risk.alarm(AlertReason.STEP_FAILED, "", f"{what}: {type(error).__name__} under a kill")

    def _withdraw(self, scopes: list[str]) -> None:
        """Send a cancel for every open order that is held, or in one of these scopes.

        Not where one is under way or was refused a moment ago. One that cannot be sent is an alert and is
        tried again; it does not keep the others from being sent. An order is over here only
        when the exchange has reported it.
        """
        for order in self.store.open_orders():
            client_id = order.client_id
            held = order.symbol in scopes or EVERYTHING in scopes
            if not held and not self.risk.to_withdraw(client_id, order.symbol, order.side):
                continue
            if self._cancels.refused(client_id, self._now_ns):
                continue
            if self._flattening.sent(client_id) and client_id not in self.risk.condemned:
                continue
            try:
                self._cancel(client_id)
            except Exception as error:  # det-ok: the other cancels must leave, however this one fails
                self._cancels.failed(client_id, self._now_ns)
                text = f"{client_id}: {type(error).__name__}"
                self.risk.alarm(AlertReason.CANCEL_FAILED, order.symbol, text)

    def _take_news(self) -> list[str]:
        """Write the holds and alerts since the last look; return the scopes to be withdrawn."""
        scopes: list[str] = []
        for news in self.risk.holds.take_news():
            if isinstance(news, FreezeCause):
                self._freezes_seen += 1
                self._cancels.forget_refusals()  # a new cause asks again
                scopes.append(news.scope)
                self._say(freeze_line(news))
            elif isinstance(news, Pause):
                self._cancels.forget_refusals()
                scopes.append(news.cause.scope)
            elif isinstance(news, Thaw) and news.effect is Effect.HALT:
                self._flattening.stop(news.scope)
            kind, body = news_body(news)
            self._write(kind, body)
        self._write_alerts()
        return scopes

    def _write_alerts(self) -> None:
        for alert in self.risk.alerts.take():
            self._write("alert", alert.to_dict())

    def _heed(self, symbol: str = EVERYTHING) -> bool:
        """Act on holds, however they came about; return if nothing new may leave in a symbol."""
        holds = self.risk.holds
        scopes = self._take_news() if holds.news or self.risk.alerts.news else []
        if not holds.busy and not scopes and not self.risk.condemned:
            return False
        self._withdraw(scopes)
        if self._flattening.wanted:
            self._flatten()
        self._write_alerts()
        return self.risk.is_frozen(symbol)

    def _flatten(self) -> None:
        """Send what closes a killed position as soon as it may leave; tell when it takes too long."""
        for symbol in self._flattening.due(self.risk.exposures(), self._now_ns):
            order = self.risk.check_flatten(symbol)
            if order is None:
                continue
            self._attempted += 1
            try:
                self._flattening.note(symbol, self._send(order), self._now_ns)
            except Exception as error:  # det-ok: a kill goes on, whoever fails; it is an alert
                if isinstance(error, UsageError):
                    self._attempted -= 1  # nothing has left
                self._flattening.note(symbol, "", self._now_ns)
                self.risk.alarm(AlertReason.FLATTEN_FAILED, symbol, f"{type(error).__name__}: not sent")
        for symbol in self._flattening.late(self.risk.exposures(), self._now_ns):
            self.risk.alarm(AlertReason.FLATTEN_FAILED, symbol, "killed, and still not flat")

    def advance(self, now_ns: int, seq: int | None = None) -> None:
        """Let event time pass for the exchange client and risk.

        Parameters
        ----------
        now_ns
            Time of the event that is being handled.
        seq
            Its number, where a session counts the events; by default the next one.
        """
        self.exchange.advance(now_ns)  # raises before anything has changed if time went back
        self._seq = self._seq + 1 if seq is None else seq
        self._now_ns = now_ns
        self.risk.advance(now_ns)

    def _write(self, kind: str, body: dict[str, object]) -> None:
        """Write a line; under a kill a log that raises stops nothing, and is one alert."""
        if self._audit is None:
            return
        if not self._killing():
            self._audit.write(kind, self._seq, body)
            return
        try:
            self._audit.write(kind, self._seq, body)
            self._log_failed = False
        except Exception as error:  # det-ok: a kill goes on, whoever fails; it is an alert
            if not self._log_failed:
                self._log_failed = True
                self._step_failed("audit", error)

    def _say(self, line: str) -> None:
        if self._narrate is None:
            return
        try:
            self._narrate(line)
        except Exception as error:  # det-ok: a kill goes on, whoever fails; it is an alert
            if not self._killing():
                raise
            self._step_failed("narration", error)

    # -- P0.1's shadow run --------------------------------------------------------------

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

    def lifecycle(self) -> dict[str, int]:
        """Return the counters that close.

        ``attempted = refused + rejected + accepted + unanswered`` and
        ``accepted = filled + canceled + expired + open``; a settled run has none unanswered.
        """
        counts = self.store.counts()
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
