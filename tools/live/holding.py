"""Holds and kills carried out: what is held is withdrawn, what is killed may be closed, books are compared.

Risk decides what is held; this does it, and goes on with the rest whatever part of it fails.
"""

from tools.core.errors import UsageError
from tools.live.audit_bodies import freeze_line, news_body
from tools.live.ports import AnswersQueries, KnowsEntryPrices, TellsEntryPrices
from tools.live.reconciliation import own_orders, venue_entries, venue_positions
from tools.live.sending import Sending
from tools.risk import AlertReason, Effect, FreezeCause, Pause, Thaw
from tools.risk.holds import EVERYTHING


class Holding(Sending):
    """What is done about holds, by whatever they came."""

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

    def resolve_request(self, operator: str, reason: str, client_id: str) -> None:
        """Wait no longer for an answer about an order, by any of its ids; see `RuntimeRiskMonitor`."""
        order = self.store.get(client_id)
        self.risk.resolve_request(operator, reason, client_id if order is None else order.client_id)
        self._write_alerts()

    def ask_about_unanswered(self) -> None:
        """Ask the venue about each order that nobody has answered for too long, if it can be asked.

        No order and no cancel is ever sent again because of silence.
        """
        for client_id in self.risk.to_ask():
            if not isinstance(self.exchange, AnswersQueries):
                continue
            order = self.store.get(client_id)
            self._write("query", {"client_id": client_id, "time_ns": self._now_ns})
            try:
                self.exchange.request_status(client_id if order is None else order.client_ids[-1])
            except Exception as error:  # det-ok: a venue that cannot be asked, however it fails
                text = f"{client_id}: {type(error).__name__}: the venue could not be asked"
                self.risk.alarm(AlertReason.IN_FLIGHT, "" if order is None else order.symbol, text)

    def reconcile(self) -> None:
        """Compare our books with the venue's if that is due. Corrects nothing."""
        if not self.risk.reconciler.due(self._now_ns):
            return
        try:
            orders = self.exchange.get_open_orders()
            positions = venue_positions(self.exchange, self.risk)
            entries: tuple[dict[str, int], dict[str, int | None]] = ({}, {})
            listener: object = self._listener
            if isinstance(self.exchange, TellsEntryPrices) and isinstance(listener, KnowsEntryPrices):
                entries = (listener.entry_ticks_e8(), venue_entries(self.exchange, self.risk))
        except Exception as error:  # det-ok: a venue that cannot be asked, however it fails
            self.risk.on_books_missing(f"{type(error).__name__}: the venue could not be asked")
            return
        self.risk.on_books(own_orders(self.store), orders, positions, *entries)

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
                self._cancel(client_id, self._why_withdrawn(client_id, order.symbol))
            except Exception as error:  # det-ok: the other cancels must leave, however this one fails
                self._cancels.failed(client_id, self._now_ns)
                text = f"{client_id}: {type(error).__name__}"
                self.risk.alarm(AlertReason.CANCEL_FAILED, order.symbol, text)

    def _why_withdrawn(self, client_id: str, symbol: str) -> str:
        """Return why risk takes an order back."""
        if client_id in self.risk.condemned or self.risk.holds.killed(symbol):
            return "risk:KILLED"
        verdict = self.risk.verdict(symbol)
        return "risk:REDUCE_ONLY" if verdict.open else f"risk:{verdict.reason}"

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
            elif isinstance(news, Thaw) and news.effect is Effect.KILL:
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
