"""What people and the venue's own books can make risk do: freeze, kill, thaw, override; compare."""

from collections.abc import Mapping

from tools.core.errors import UsageError
from tools.core.events import Side
from tools.core.orders import OpenOrder
from tools.core.verdicts import Evidence
from tools.risk.alerts import AlertReason
from tools.risk.holds import EVERYTHING, Effect, FreezeCause, Thaw, Trigger
from tools.risk.operator import operator_act
from tools.risk.overrides import Override
from tools.risk.reconcile import NOTHING, Mismatch, compare, compare_entries
from tools.risk.views import RiskViews


class RiskCommands(RiskViews):
    """The watch and its answers with the commands of operators and the comparison of books."""

    # -- commands -----------------------------------------------------------------------

    def freeze(self, reason: str, symbol: str | None = None) -> bool:
        """Freeze everything by call; return True if the system was not frozen before."""
        return self.hold(FreezeCause(self._now_ns, Trigger.CALL, symbol, reason))

    def _scope(self, symbol: str | None) -> str:
        """Return the scope of a command; raise `UsageError` on a symbol of which there could be no order."""
        if symbol and self._book.look(symbol) is None:
            raise UsageError(f"unknown symbol {symbol[:40]!r}: nothing would be held")
        return EVERYTHING if symbol is None else symbol

    def freeze_symbol(self, reason: str, symbol: str) -> bool:
        """Freeze one symbol by call; return True if it was not. Raises `UsageError` if it is unknown."""
        self._scope(symbol)
        return self.hold(FreezeCause(self._now_ns, Trigger.CALL, symbol, reason, scope=symbol))

    def kill(self, operator: str, reason: str, symbol: str | None = None) -> bool:
        """Let nothing new leave, in one symbol or at all; `ExecutionLoop.kill` also cancels.

        Raises `UsageError` without a name and a reason, or on an unknown symbol.
        """
        signed = Thaw(self._now_ns, operator, reason)  # the same signature opens and closes
        text = f"Killed by {signed.operator}: {signed.reason}"
        scope = self._scope(symbol)
        return self.hold(FreezeCause(self._now_ns, Trigger.KILL, symbol, text, None, scope, Effect.KILL))

    def condemn(self, operator: str, reason: str, client_id: str) -> None:
        """Have one order cancelled, whatever becomes of it; raise `UsageError` if unsigned."""
        signed = Thaw(self._now_ns, operator, reason)
        self.condemned[client_id] = True
        text = f"{client_id[:40]}: killed by {signed.operator}: {signed.reason}"
        self._alert(AlertReason.HELD, "", text)

    def reduce_only(self, operator: str, reason: str, symbol: str | None = None) -> bool:
        """Let positions only shrink, in one symbol or all.

        Raises `UsageError` without a name and a reason, or on an unknown symbol.
        """
        signed = Thaw(self._now_ns, operator, reason)
        scope = self._scope(symbol)
        text = f"Reduce only, by {signed.operator}: {signed.reason}"
        cause = FreezeCause(
            self._now_ns, Trigger.REDUCE_ONLY_CALL, symbol, text, None, scope, Effect.REDUCE_ONLY
        )
        return self.hold(cause)

    def thaw(
        self,
        operator: str,
        reason: str,
        symbol: str | None = None,
        effect: Effect = Effect.HALT,
    ) -> None:
        """Open one latch by hand; raise `UsageError` if it is open, or without name and reason.

        A freeze and a kill are two latches: opening one leaves the other shut (`Effect.KILL`).
        """
        scope = EVERYTHING if symbol is None else symbol
        self.holds.thaw(Thaw(self._now_ns, operator, reason, scope, effect))

    def resolve_request(self, operator: str, reason: str, client_id: str) -> None:
        """Wait no longer for the venue's answer about an order: a person has looked into it.

        Its instrument takes new risk again. Nothing else is concluded: what could still fill of the
        order counts until the venue says that it is over. Recorded as an alert. Raises `UsageError`
        without a name and a reason, or if no answer about this order is waited for.
        """
        act = operator_act(self._now_ns, "resolve", operator, reason)
        if not self._panel.resolve(client_id):
            raise UsageError(f"{client_id[:40]!r}: no answer about this order is waited for")
        text = f"{client_id[:40]}: resolved by {act.operator}: {act.reason}"
        self._alert(AlertReason.RESOLVED, "", text)

    def override(
        self,
        symbol: str,
        side: Side,
        qty_lots: int,
        price_ticks: int | None,
        *,
        approver: str,
        reason: str,
        for_ns: int,
    ) -> Override:
        """Let one order through once, although a control would refuse it; see `Control.overridable`.

        Raises `UsageError` without a name, a reason and a positive time.
        """
        expires_ns = self._now_ns + for_ns
        made = Override(symbol, side, qty_lots, price_ticks, approver, reason, expires_ns)
        self.overrides.grant(made, self._now_ns)
        return made

    # -- our books and the venue's ------------------------------------------------------

    def on_books(
        self,
        own_orders: Mapping[str, tuple[str, int, bool]],
        venue_orders: list[OpenOrder],
        venue_positions: Mapping[str, int | None],
        own_entries: Mapping[str, int] = NOTHING,
        venue_entries: Mapping[str, int | None] = NOTHING,
    ) -> None:
        """Compare; a difference that is confirmed freezes and is an alert. Corrects nothing.

        The entries are average entry prices in 1e-8 ticks, where they are known and told.
        """
        own_positions: dict[str, int] = {}
        for symbol, exposure in self._book.by_symbol.items():
            own_positions[symbol] = exposure.position_lots
        found = compare(own_positions, venue_positions, own_orders, venue_orders)
        found += compare_entries(
            own_positions,
            venue_positions,
            own_entries,
            venue_entries,
            self._config.entry_price_tolerance_ubps,
        )
        for mismatch in self.reconciler.step(found, self._now_ns):
            self._mismatch(mismatch)

    def on_books_missing(self, text: str) -> None:
        """Hear that the venue could not be asked for its books: nothing new until it can."""
        if self.reconciler.agreed:
            self._alert(AlertReason.NOT_COMPARED, "", text)
        self.reconciler.failed(self._now_ns)

    def _mismatch(self, mismatch: Mismatch) -> None:
        text = mismatch.text()
        cause = FreezeCause(self._now_ns, Trigger.RECONCILIATION, mismatch.symbol, text)
        if self.hold(cause):
            self._alert(AlertReason.MISMATCH, mismatch.symbol, text)

    def verify_exposure(self, positions: Mapping[str, int], open_lots: Mapping[str, int]) -> None:
        """Hold our running sums against a recomputation from the ledger; freeze if they differ.

        Parameters
        ----------
        positions
            Lots by symbol, computed by somebody else from the same fills.
        open_lots
            What could still fill, by client id.
        """
        mine: dict[str, int] = {}
        for symbol, exposure in self._book.by_symbol.items():
            exposure.check()
            for client_id, live in exposure.open.items():
                mine[client_id] = live.lots
            other = positions.get(symbol, 0)
            if exposure.position_lots != other:
                self._drift(symbol, ("position_lots", exposure.position_lots, other))
        for client_id in {**mine, **open_lots}:
            lots = mine.get(client_id, 0)
            other = open_lots.get(client_id, 0)
            if lots != other:
                self._drift("", ("open_lots", lots, other))

    def _drift(self, symbol: str, figure: Evidence) -> None:
        text = "Exposure is not what the ledger says"
        self.hold(FreezeCause(self._now_ns, Trigger.EXPOSURE_DRIFT, symbol, text, figure))
