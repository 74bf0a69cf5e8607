"""The one way out: what sends an approved order or a cancel, and writes down that it did.

Nothing else in the project places or cancels orders (a house test). It keeps what is under way:
the desk, the cancels, event time, and the counters of what was tried.
"""

from collections.abc import Callable
from typing import Final

from tools.core.audit import AuditLog
from tools.core.errors import UsageError
from tools.core.orders import OrderChange
from tools.core.reports import ExecutionReport
from tools.live.audit_bodies import report_body, sent_body
from tools.live.cancels import Cancels
from tools.live.clock import utc_now_ns
from tools.live.desk import Desk
from tools.live.flattening import Flattening
from tools.live.order_store import InMemoryOrderStore, Order
from tools.live.ports import Clock, IExchangeClient, OrderListener
from tools.risk import AlertReason, ApprovedOrder, RuntimeRiskMonitor


class Sending:
    """Exchange client, order store, risk and audit, joined for what leaves.

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
        Told of every order and every cancel that leaves, and of every report.
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

    @property
    def freeze_events(self) -> int:
        """Freezes that the loop has acted on."""
        return self._freezes_seen

    @property
    def seq(self) -> int:
        """Number of the event that the loop has seen last."""
        return self._seq

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

    def note_request(
        self,
        client_id: str,
        request_id: str,
        replace: bool,
        qty_lots: int | None = None,
        price_ticks: int | None = None,
    ) -> Order:
        """Take note of a cancel or replace that is about to be sent by hand, in store and risk alike.

        What a replace could fill counts in the worst case from here on, and at another price it may
        meet any own order. Parameters and errors are
        those of `InMemoryOrderStore.request`.
        """
        order = self.store.request(client_id, request_id, replace, qty_lots, price_ticks)
        repriced = replace and price_ticks is not None
        self.risk.on_replace_sent(order.client_id, order.symbol, order.side, order.open_lots, repriced)
        return order

    def _cancel(self, client_id: str, reason: str) -> bool:
        """Send a cancel unless one was sent a moment ago; return whether it was sent.

        `reason` is why, as ``layer:REASON``.
        """
        if not self._cancels.send(client_id, self._now_ns):
            return False
        self._desk.on_cancel(client_id, True)
        self._write("cancel", {"client_id": client_id, "reason": reason, "time_ns": self._now_ns})
        order = self.store.get(client_id)
        # The venue knows it by the id of the last replace that came into force.
        self.exchange.cancel(client_id if order is None else order.client_ids[-1])
        symbol = "" if order is None else order.symbol
        self.risk.on_cancel_sent(client_id, symbol)
        if self._listener is not None:
            try:
                self._listener.on_cancel(client_id, symbol, self._now_ns)
            except Exception as error:  # det-ok: a kill goes on, whoever fails; it is an alert
                if not self._killing():
                    raise
                self._step_failed("listener", error)
        return True

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
        if self._audit is not None:  # the body of a line costs more than booking the report
            self._write("report", report_body(report, change))

    def _killing(self) -> bool:
        return self.risk.holds.busy and self.risk.holds.killed()

    def _step_failed(self, what: str, error: Exception) -> None:
        self.risk.alarm(AlertReason.STEP_FAILED, "", f"{what}: {type(error).__name__} under a kill")

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
