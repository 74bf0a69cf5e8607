"""`RuntimeRiskMonitor`: how much, and whether anything at all.

It sees every order before it leaves, every report about it, every quote, and the measured
edge. `check` is the one way to an `ApprovedOrder`; `check_before_order` is P0.1's view of
the same check.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from tools.core.errors import UsageError
from tools.core.events import Side, parse_side
from tools.core.instrument import DOWN, UP, Instrument, Steps, to_steps
from tools.core.orders import Intent, RefusedOrder, TimeInForce
from tools.core.units import Amount
from tools.core.verdicts import Ceiling, Decision
from tools.risk.alerts import AlertReason
from tools.risk.approval import ApprovedOrder
from tools.risk.arguments import EDGE_DECIMALS, Reason, edge_from, intent_from, price_to_send
from tools.risk.commands import RiskCommands
from tools.risk.config import RiskConfig
from tools.risk.control import Control, Finding, Question
from tools.risk.controls import edge, inventory, total_notional
from tools.risk.holds import Effect

_HALT: Final = Effect.HALT  # looked up once: every check asks
_REDUCE_ONLY: Final = Effect.REDUCE_ONLY


class RuntimeRiskMonitor(RiskCommands):
    """Pre-trade checks, exposure, and holds.

    Parameters
    ----------
    max_inventory_usd_per_symbol, max_total_notional_usd
        Limits on worst-case value in the quote currency; positive and finite; equality passes.
    edge_freeze_threshold_bps
        A measured net edge below this freezes the system; equality does not.
    get_mark_price
        ``symbol -> price`` for instruments of which no quote was shown yet. What it raises,
        or a price that is not finite and positive, means that the mark is missing.
    instruments
        Instruments by symbol; others are refused. Without it every well-formed symbol is
        known, with the demo's tick (0.01) and lot (1e-8).
    profile
        Which list of controls is on.
    controls
        Configuration of controls by name, for those that are not to have their defaults. Those of
        ``inventory``, ``total_notional`` and ``edge`` come from the first three arguments and from
        `config`; one that says otherwise here raises `UsageError`.
    config
        How to judge edges, to warn and to compare books; the limits are the first three arguments.
    """

    def __init__(
        self,
        *,
        max_inventory_usd_per_symbol: Amount,
        max_total_notional_usd: Amount,
        edge_freeze_threshold_bps: Amount,
        get_mark_price: Callable[[str], Amount] | None = None,
        instruments: Mapping[str, Instrument] | None = None,
        profile: str = "demo",
        controls: Mapping[str, object] | None = None,
        config: RiskConfig | None = None,
    ) -> None:
        # Finer figures than can be kept are rounded against us.
        self.max_inventory_e8: Final = to_steps(max_inventory_usd_per_symbol, 1, 8, DOWN, "limit")
        self.max_total_e8: Final = to_steps(max_total_notional_usd, 1, 8, DOWN, "limit")
        self.edge_threshold_ubps: Final = to_steps(
            edge_freeze_threshold_bps, 1, EDGE_DECIMALS, UP, "threshold"
        )
        if self.max_inventory_e8 <= 0 or self.max_total_e8 <= 0:
            raise UsageError("risk limits must be positive")
        configs: dict[str, object] = {} if controls is None else dict(controls)
        watching = RiskConfig() if config is None else config
        named: dict[str, object] = {
            "inventory": inventory.Config(max_inventory_e8=self.max_inventory_e8),
            "total_notional": total_notional.Config(max_total_e8=self.max_total_e8),
            "edge": edge.Config(
                min_edge_ubps=self.edge_threshold_ubps,
                observations=watching.edge_observations,
                recovery_ubps=watching.edge_recovery_ubps,
            ),
        }
        for name, wanted in named.items():
            if configs.setdefault(name, wanted) != wanted:
                raise UsageError(
                    f"controls[{name!r}]: says otherwise than the arguments and config; leave it out"
                )
        super().__init__(profile, configs, instruments, watching, get_mark_price)
        self._blocks = 0
        self._reasons: dict[str, int] = {}
        self.last_refusal: RefusedOrder | None = None

    def reset(self) -> None:
        """Forget positions, open orders, marks, holds and counters; keep the limits."""
        self.clear()
        self._blocks = 0
        self._reasons = {}
        self.last_refusal = None

    # -- P0.1's calls, for use by hand ------------------------------------------------

    def on_fill(self, symbol: str, side: str, qty: Amount, price: Amount) -> None:
        """Book a fill given in units of the instrument (P0.1's call, for use by hand).

        The price is checked but is no mark. Raises `UsageError` on an unknown symbol or
        side, or on figures that are not positive.
        """
        exposure = self._book.find(symbol)
        if exposure is None:
            raise UsageError(f"unknown symbol {symbol!r}")
        known_side = parse_side(side)
        lots = exposure.steps.qty_lots(qty)
        price_ht = exposure.half_ticks(price)
        if lots <= 0 or price_ht <= 0:
            raise UsageError("a fill needs a positive quantity and a positive price")
        exposure.fill(known_side, lots)

    def on_edge_update(self, symbol: str, net_bps: Amount) -> bool:
        """Judge a measured net edge in basis points; return True if this call froze the system.

        Below the threshold (strictly) the system freezes. An edge that is not a finite
        number freezes too: a measurement that failed is no reason to go on.
        """
        try:
            edge_ubps: int | None = edge_from(net_bps)
        except UsageError:
            edge_ubps = None
        self._moved = True
        return self._apply(self._panel.on_edge(symbol, edge_ubps, self._now_ns))

    # -- what the monitor answers -------------------------------------------------------

    def check(
        self, intent: Intent, decision: Decision | None = None, parent_id: str = ""
    ) -> ApprovedOrder | RefusedOrder:
        """Put one intent to every control; the first refusal is the primary reason.

        `decision` is the one in force, which the profile ``replay`` holds orders against;
        `parent_id` names the parent that the order is a child of. An override is used up.
        """
        return self._judge(intent, decision, parent_id, True)

    def _judge(
        self, intent: Intent, decision: Decision | None, parent_id: str, to_send: bool
    ) -> ApprovedOrder | RefusedOrder:
        """Put one intent to every control; unless it is `to_send`, no override is used up by it."""
        self.cancel_first = []
        exposure = self._book.look(intent.symbol)
        if exposure is None:
            return self._refuse(RefusedOrder(intent, Reason.SYMBOL_UNKNOWN, (), ()))
        if self._get_mark_price is not None:
            self._book.ask(self._get_mark_price, intent.symbol, exposure)
        mark_ht = exposure.mark_ht
        value_ht = mark_ht
        price_ticks = intent.price_ticks
        if price_ticks is not None:
            value_ht = max(2 * price_ticks, mark_ht or 0)
        elif mark_ht is not None:
            price_ticks = price_to_send(intent, mark_ht)
        reducing = exposure.reduces(intent.side, intent.qty_lots)
        oldest_ns = self._now_ns - self._config.max_mark_age_ns
        question = Question(
            intent=intent,
            exposure=exposure,
            book=self._book,
            figures=self.figures,
            now_ns=self._now_ns,
            price_ticks=price_ticks,
            value_ht=value_ht,
            reducing=reducing,
            others_e8=None if reducing else self._book.others_worst_e8(intent.symbol, oldest_ns),
            decision=decision,
            halted=self.holds.binding(intent.symbol, _HALT) if self.holds.busy else None,
            reduce_only=self.holds.binding(intent.symbol, _REDUCE_ONLY) if self.holds.busy else None,
            reconciled=self.reconciler.agreed,
            parent_id=parent_id,
            parent=self.parents.by_id.get(parent_id) if parent_id else None,
        )
        findings = self._panel.check(question)
        approver = ""
        if findings:
            approver = self._overridden(question, findings, to_send)
            if not approver:
                return self._turn_down(question, findings)
        self.cancel_first = self._panel.cancels_wanted(question)
        return ApprovedOrder(intent, price_to_send(intent, value_ht or 0), parent_id, approver)

    def check_flatten(self, symbol: str) -> ApprovedOrder | None:
        """Return the order that would bring a killed position to flat, or None if none may.

        It is the one order that a kill lets leave: immediate or cancel, at the far side of the
        last quote, for exactly what is held, and only while nothing else of that side is open.
        """
        exposure = self._book.look(symbol)
        if exposure is None or exposure.position_lots == 0 or exposure.quote_ht is None:
            return None
        selling = exposure.position_lots > 0
        side = Side.SELL if selling else Side.BUY
        qty_lots = abs(exposure.position_lots)
        if not self.holds.killed(symbol) or not exposure.reduces(side, qty_lots):
            return None
        price_ticks = exposure.bid_ticks if selling else exposure.ask_ticks
        intent = Intent(symbol, self._now_ns, side, qty_lots, price_ticks, Ceiling.TAKE, TimeInForce.IOC)
        return ApprovedOrder(intent, price_ticks)

    def _overridden(self, question: Question, findings: list[tuple[Control, Finding]], to_send: bool) -> str:
        """Return who lets the order through although there are findings; empty if nobody may."""
        for control, _ in findings:
            if not control.overridable():
                return ""
        if not to_send:
            found = self.overrides.find(question.intent, self._now_ns)
            return "" if found is None else found.approver
        used = self.overrides.use(question.intent, self._now_ns)
        if used is None:
            return ""
        reasons = ", ".join([str(finding[0]) for _, finding in findings])
        text = f"{used.approver} let an order through in spite of {reasons}: {used.reason}"
        self._alert(AlertReason.OVERRIDDEN, question.intent.symbol, text)
        return used.approver

    def _turn_down(self, question: Question, findings: list[tuple[Control, Finding]]) -> RefusedOrder:
        first = findings[0][1]
        also = tuple([str(finding[0]) for _, finding in findings[1:]])
        refused = self._refuse(RefusedOrder(question.intent, str(first[0]), also, first[1]))
        for control, finding in findings:
            self.cancel_first += control.cancels_wanted(question)
            trip = control.on_refused(question)
            if trip is not None:
                self._apply([trip])
            if control.loud():
                figure = finding[1][0] if finding[1] else None
                self._alert(AlertReason.REFUSED, question.intent.symbol, str(finding[0]), figure)
        return refused

    def check_before_order(
        self, symbol: object, side: object, qty: Amount, price: Amount | None = None
    ) -> bool:
        """Return True if such an order could be sent now. Each refusal counts in `blocks_total`.

        It is a question: an override that would let the order through stays for the order.
        Takes what a researcher has at hand; figures that are not finite, an unknown side or
        an unknown symbol are refused like any other order, not raised.
        """
        found = intent_from(self._book, self._now_ns, symbol, side, qty, price)
        if isinstance(found, RefusedOrder):
            self._refuse(found)
            return False
        return isinstance(self._judge(found, None, "", False), ApprovedOrder)

    def _refuse(self, refused: RefusedOrder) -> RefusedOrder:
        self._blocks += 1
        self._reasons[refused.reason] = self._reasons.get(refused.reason, 0) + 1
        self.last_refusal = refused
        return refused

    @property
    def blocks_total(self) -> int:
        """Refusals so far."""
        return self._blocks

    def refusals_by_reason(self) -> dict[str, int]:
        """Return the refusals counted by primary reason, sorted by name."""
        return dict(sorted(self._reasons.items()))

    def steps(self, symbol: str) -> Steps:
        """Return the steps of a symbol that was approved; raise `UsageError` if it is unknown."""
        exposure = self._book.find(symbol)
        if exposure is None:
            raise UsageError(f"unknown symbol {symbol[:40]!r}")
        return exposure.steps

    def get_positions(self) -> dict[str, Decimal]:
        """Return positions in units of the instrument, exact, by symbol."""
        return {
            symbol: Decimal(exposure.steps.qty_text(exposure.position_lots))
            for symbol, exposure in self._book.by_symbol.items()
        }
