"""`RuntimeRiskMonitor`: how much, and whether anything at all.

It sees every order before it leaves, every report about it, every quote, and the measured
edge. `check` is the one way to an `ApprovedOrder`; `check_before_order` is P0.1's view of
the same check.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from tools.core.errors import UsageError
from tools.core.events import parse_side
from tools.core.instrument import DOWN, UP, Instrument, Steps, to_steps
from tools.core.orders import Intent, OrderChange, RefusedOrder
from tools.core.plugins import load_plugin
from tools.core.units import Amount
from tools.core.verdicts import Decision, Evidence, RiskVerdict
from tools.risk.approval import ApprovedOrder
from tools.risk.arguments import EDGE_DECIMALS, Reason, edge_from, intent_from, price_to_send
from tools.risk.control import Control, Question
from tools.risk.controls import PROFILES, inventory, total_notional
from tools.risk.exposure import Exposure, ExposureBook
from tools.risk.freeze import Freeze, FreezeCause, Trigger, bps_text

_EDGE_TRIGGERS: Final = (Trigger.EDGE_BELOW_THRESHOLD, Trigger.EDGE_NOT_FINITE)


class RuntimeRiskMonitor:
    """Pre-trade checks, exposure, and the freeze.

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
    ) -> None:
        # Finer figures than can be kept are rounded against us.
        self.max_inventory_e8: Final = to_steps(max_inventory_usd_per_symbol, 1, 8, DOWN, "limit")
        self.max_total_e8: Final = to_steps(max_total_notional_usd, 1, 8, DOWN, "limit")
        self.edge_threshold_ubps: Final = to_steps(
            edge_freeze_threshold_bps, 1, EDGE_DECIMALS, UP, "threshold"
        )
        if self.max_inventory_e8 <= 0 or self.max_total_e8 <= 0:
            raise UsageError("risk limits must be positive")
        self._get_mark_price = get_mark_price
        self._instruments = instruments
        self.profile: Final = profile
        self._controls: Final = self._build_controls(profile)
        self._book = ExposureBook(self._instruments)
        self._freeze = Freeze()
        self._now_ns = 0
        self._blocks = 0
        self._reasons: dict[str, int] = {}
        self.last_refusal: RefusedOrder | None = None
        self._verdict = RiskVerdict(0, True, "OPEN")
        self._peaks: dict[str, int] = {}

    def _build_controls(self, profile: str) -> tuple[Control, ...]:
        configs: dict[str, object] = {
            "inventory": inventory.Config(max_inventory_e8=self.max_inventory_e8),
            "total_notional": total_notional.Config(max_total_e8=self.max_total_e8),
        }
        if profile not in PROFILES:
            raise UsageError(f"unknown risk profile {profile!r}; one of {', '.join(PROFILES)}")
        built: list[Control] = []
        for name in PROFILES[profile]:
            module = load_plugin("tools.risk.controls", name)
            built.append(module.build(configs[name] if name in configs else module.Config()))
        return tuple(built)

    # -- what the monitor is told -------------------------------------------------------

    def advance(self, now_ns: int) -> None:
        """Set the event time that freezes are stamped with."""
        self._now_ns = now_ns

    def on_quote(self, symbol: str, bid_ticks: int, ask_ticks: int) -> None:
        """Take the mid of a quote as the mark; one that is not positive, or crossed, is no mark."""
        exposure = self._book.find(symbol)
        if exposure is not None:
            usable = 0 < bid_ticks <= ask_ticks
            exposure.quote_ht = bid_ticks + ask_ticks if usable else None

    def on_order_sent(self, client_id: str, order: ApprovedOrder) -> None:
        """Count an order into the worst case from the moment it is sent."""
        exposure = self._book.find(order.intent.symbol)
        if exposure is not None:
            exposure.set_open(client_id, order.intent.side, order.intent.qty_lots)
            for name, used, _ in self.headroom():
                self._peaks[name] = max(self._peaks.get(name, 0), used or 0)

    def on_order_change(self, change: OrderChange) -> None:
        """Follow one report: its fill moves the position, its remainder the worst case.

        A fill of a symbol that is not known is a position that cannot be known: it freezes.
        """
        exposure = self._book.find(change.symbol)
        if exposure is None:
            if change.fill_lots > 0:
                text = f"A fill of {change.fill_lots} lots of the unknown symbol {change.symbol[:40]!r}"
                self._freeze.freeze(self._cause(Trigger.POSITION_UNKNOWN, change.symbol, None, text))
            return
        if change.fill_lots or change.undone_lots:
            exposure.fill(change.side, change.fill_lots - change.undone_lots)
        if change.after is not None:
            exposure.set_open(change.client_id, change.side, change.open_lots)

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
            edge_ubps = edge_from(net_bps)
        except UsageError:
            cause = self._cause(Trigger.EDGE_NOT_FINITE, symbol, None, "Edge is not a finite number")
            return self._freeze.freeze(cause)
        if edge_ubps >= self.edge_threshold_ubps:
            return False
        text = f"Edge degradation: {bps_text(edge_ubps)} BPS < {bps_text(self.edge_threshold_ubps)} BPS"
        cause = self._cause(Trigger.EDGE_BELOW_THRESHOLD, symbol, edge_ubps, text)
        return self._freeze.freeze(cause)

    def freeze(self, reason: str, symbol: str | None = None) -> bool:
        """Freeze by call; return True if the system was not frozen before."""
        return self._freeze.freeze(self._cause(Trigger.CALL, symbol, None, reason))

    def thaw(self, operator: str, reason: str) -> None:
        """Open the freeze by hand; raise `UsageError` if not frozen or not signed."""
        self._freeze.thaw(self._now_ns, operator, reason)

    def reset(self) -> None:
        """Forget positions, open orders, marks, freezes and counters; keep the limits."""
        self._book = ExposureBook(self._instruments)
        self._freeze.reset()
        self._now_ns = 0
        self._blocks = 0
        self._reasons = {}
        self.last_refusal = None
        self._peaks = {}

    def _cause(
        self, trigger: Trigger, symbol: str | None, observed_ubps: int | None, text: str
    ) -> FreezeCause:
        threshold = self.edge_threshold_ubps if trigger in _EDGE_TRIGGERS else None
        return FreezeCause(self._now_ns, trigger, symbol, observed_ubps, threshold, text)

    # -- what the monitor answers -------------------------------------------------------

    def check(self, intent: Intent, decision: Decision | None = None) -> ApprovedOrder | RefusedOrder:
        """Put one intent to every control; the first refusal is the primary reason.

        `decision` is the one in force, which the profile ``replay`` holds orders against.
        """
        exposure = self._book.look(intent.symbol)
        if exposure is None:
            return self._refuse(RefusedOrder(intent, Reason.SYMBOL_UNKNOWN, (), ()))
        if self._get_mark_price is not None:
            self._book.ask(self._get_mark_price, intent.symbol, exposure)
        value_ht = exposure.mark_ht
        if intent.price_ticks is not None:
            value_ht = max(2 * intent.price_ticks, value_ht or 0)
        question = Question(
            intent=intent,
            exposure=exposure,
            book=self._book,
            frozen=self._freeze.frozen,
            reducing=exposure.reduces(intent.side, intent.qty_lots),
            value_ht=value_ht,
            decision=decision,
        )
        reasons: list[str] = []
        evidence: tuple[Evidence, ...] = ()
        for control in self._controls:
            finding = control.check(question)
            if finding is not None:
                if not reasons:
                    evidence = finding[1]
                reasons.append(str(finding[0]))
        if reasons:
            return self._refuse(RefusedOrder(intent, reasons[0], tuple(reasons[1:]), evidence))
        return ApprovedOrder(intent, price_to_send(intent, value_ht or 0))

    def check_before_order(
        self, symbol: object, side: object, qty: Amount, price: Amount | None = None
    ) -> bool:
        """Return True if such an order could be sent now. Each refusal counts in `blocks_total`.

        Takes what a researcher has at hand; figures that are not finite, an unknown side or
        an unknown symbol are refused like any other order, not raised.
        """
        found = intent_from(self._book, self._now_ns, symbol, side, qty, price)
        if isinstance(found, RefusedOrder):
            self._refuse(found)
            return False
        return isinstance(self.check(found), ApprovedOrder)

    def _refuse(self, refused: RefusedOrder) -> RefusedOrder:
        self._blocks += 1
        self._reasons[refused.reason] = self._reasons.get(refused.reason, 0) + 1
        self.last_refusal = refused
        return refused

    def is_frozen(self) -> bool:
        """Return True while nothing new may be sent."""
        return self._freeze.frozen

    def verdict(self) -> RiskVerdict:
        """Return the monitor's part in the decision; the same object while it stays the same."""
        open_now = not self._freeze.frozen
        if self._verdict.open != open_now:
            self._verdict = RiskVerdict(self._now_ns, open_now, "OPEN" if open_now else "FROZEN")
        return self._verdict

    def headroom(self) -> tuple[Evidence, ...]:
        """Return every limit with how much of it is used now."""
        out: tuple[Evidence, ...] = ()
        for control in self._controls:
            out += control.headroom(self._book)
        return out

    def peaks(self) -> dict[str, int]:
        """Return the most that was ever used of each limit, at the sending of an order."""
        return dict(sorted(self._peaks.items()))

    @property
    def freeze_log(self) -> Freeze:
        """The freeze: causes, history, thaws."""
        return self._freeze

    @property
    def blocks_total(self) -> int:
        """Refusals so far."""
        return self._blocks

    def refusals_by_reason(self) -> dict[str, int]:
        """Return the refusals counted by primary reason, sorted by name."""
        return dict(sorted(self._reasons.items()))

    def exposures(self) -> dict[str, Exposure]:
        """Return the exposure of every instrument seen, by symbol."""
        return self._book.by_symbol

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
