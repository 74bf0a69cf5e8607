"""What risk is told, what it holds because of it, and who must hear: the monitor without its checks."""

from collections.abc import Callable, Mapping
from typing import Final

from tools.core.events import Side
from tools.core.instrument import Instrument
from tools.core.orders import ChangeAlert, OrderChange, OrderStatus
from tools.core.reports import Liquidity
from tools.core.snapshots import Snapshot, read_int, read_list, read_part
from tools.core.units import Amount
from tools.core.verdicts import Decision, Evidence, RiskVerdict
from tools.risk.alerts import Alert, AlertReason, Alerts
from tools.risk.approval import ApprovedOrder
from tools.risk.config import RiskConfig
from tools.risk.controls import COMPARED
from tools.risk.exposure_book import ExposureBook
from tools.risk.figures import Figure, Figures, TradingStatus
from tools.risk.hold_book import HoldBook
from tools.risk.holds import FreezeCause, LatchTrip, Trigger, Trip
from tools.risk.overrides import Overrides
from tools.risk.panel import Panel
from tools.risk.parents import ParentBook
from tools.risk.reconcile import Reconciler
from tools.risk.standing import Standing


class RiskWatch:
    """Exposure, figures, holds, alerts and the panel of controls; fed with everything that happens."""

    def __init__(
        self,
        profile: str,
        configs: Mapping[str, object],
        instruments: Mapping[str, Instrument] | None,
        config: RiskConfig,
        get_mark_price: Callable[[str], Amount] | None,
    ) -> None:
        self.profile: Final = profile
        self._instruments: Final = instruments
        self._config: Final = config
        self._get_mark_price: Final = get_mark_price
        self._panel: Final = Panel(profile, configs)
        self.holds: Final = HoldBook()
        self.clear()

    def clear(self) -> None:
        """Forget everything that was told."""
        self._book = ExposureBook(self._instruments)
        self.holds.reset()
        self._panel.reset()
        self.alerts = Alerts()
        self.figures = Figures()
        self.parents = ParentBook()
        self.overrides = Overrides()
        self.reconciler = Reconciler(
            self.profile in COMPARED,
            self._config.reconcile_confirmations,
            self._config.reconcile_every_ns,
        )
        self.cancel_first: list[str] = []
        """Own orders to be cancelled on behalf of the order that was checked last."""
        self.condemned: dict[str, bool] = {}
        """Orders that were killed one by one and are not over yet, by client id."""
        self.decisions: dict[str, Decision] = {}
        """Decisions in force, by symbol, as far as the loop has told any."""
        self._now_ns = 0
        self._moved = True  # something that a limit is about has changed since the last tick
        self._verdicts: dict[str, RiskVerdict] = {}

    # -- what it is told ----------------------------------------------------------------

    def advance(self, now_ns: int) -> None:
        """Set the event time; timers run out, latches do not."""
        self._now_ns = now_ns
        if self.holds.busy:
            self.holds.advance(now_ns)

    def tick(self) -> None:
        """Let the controls look at the time that `advance` has set."""
        self._apply(self._panel.on_tick(self._book, self.figures, self._now_ns))
        for client_id, symbol, since_ns in self._panel.overdue(self._now_ns):
            text = f"{client_id}: nobody has answered"
            self.alerts.add(Alert(self._now_ns, since_ns, AlertReason.IN_FLIGHT, symbol, text))
            self.reconciler.look_now()
        if self._moved or self._book.open_count():  # a request only grows older while an order is open
            self._moved = False
            self._note_usage(False)

    def to_ask(self) -> list[str]:
        """Return the orders, by client id, of which the venue should be asked now; each call counts."""
        return self._panel.to_ask(self._now_ns)

    def on_quote(
        self,
        symbol: str,
        bid_ticks: int,
        ask_ticks: int,
        bid_lots: int = 0,
        ask_lots: int = 0,
        at_ns: int | None = None,
    ) -> None:
        """Take the mid of a quote as the mark; one that is not positive, or crossed, is no mark.

        `at_ns` is when it was received, where that is not the time that `advance` has set.
        """
        exposure = self._book.find(symbol)
        if exposure is None:
            return
        now_ns = self._now_ns if at_ns is None else at_ns
        self._moved = True
        exposure.on_quote(now_ns, bid_ticks, ask_ticks, bid_lots, ask_lots)
        trips = self._panel.on_quote(symbol, exposure, now_ns)
        if trips:
            self._apply(trips)

    def on_order_sent(self, client_id: str, order: ApprovedOrder) -> None:
        """Count an order into the worst case from the moment it is sent."""
        intent = order.intent
        exposure = self._book.find(intent.symbol)
        if exposure is None:
            return
        level = int(intent.aggressiveness)
        exposure.set_open(client_id, intent.side, intent.qty_lots, order.price_ticks, level)
        if order.parent_id:
            self.parents.sent(client_id, order.parent_id, intent.qty_lots)
        self._apply(self._panel.on_sent(client_id, order, exposure, self._now_ns))
        self._note_usage(True)

    def on_replace_sent(
        self, client_id: str, symbol: str, side: Side, open_lots: int, repriced: bool = False
    ) -> None:
        """Count what could fill of an order under the terms that are about to be asked for.

        Of one that is `repriced` nobody knows from here on at which price it rests.
        """
        exposure = self._book.find(symbol)
        if exposure is not None:
            exposure.set_open(client_id, side, open_lots)
            if repriced:
                exposure.forget_price(client_id)
            self._note_usage(True)

    def on_cancel_sent(self, client_id: str, symbol: str) -> None:
        """Count a cancel that leaves. No control ever keeps one back."""
        self._panel.on_cancel(client_id, symbol, self._now_ns)

    def on_order_change(
        self, change: OrderChange, liquidity: Liquidity = Liquidity.UNKNOWN, answers: bool = True
    ) -> None:
        """Follow one report: its fill moves the position, what can still fill the worst case.

        A fill of a symbol that is not known is a position that cannot be known: it freezes.
        What a bust or a correction takes back leaves the position again. Unless it `answers`, all
        that it says is that nobody knows what became of a request: that is still waited for.
        """
        if change.alert not in (ChangeAlert.NONE, ChangeAlert.DUPLICATE, ChangeAlert.LATE):
            text = f"{change.client_id[:40]}: {change.alert.value}"
            self._alert(AlertReason.ODD_REPORT, change.symbol, text)
        booked_lots = change.fill_lots - change.undone_lots
        exposure = self._book.find(change.symbol)
        if exposure is None:
            if booked_lots != 0:
                text = f"A fill of {booked_lots} lots of the unknown symbol {change.symbol[:40]!r}"
                self.hold(FreezeCause(self._now_ns, Trigger.POSITION_UNKNOWN, change.symbol, text))
            return
        if booked_lots != 0:
            exposure.fill(change.side, booked_lots)
        self._moved = True
        open_lots = change.open_lots
        if change.after is not None:
            exposure.set_open(change.client_id, change.side, open_lots)
            if change.closed and change.closed_as is not OrderStatus.FILLED:  # a bust reopens what was filled
                self.condemned.pop(change.client_id, None)
            self.parents.changed(change.client_id, booked_lots, open_lots, open_lots <= 0)
        if answers:
            self._apply(self._panel.on_change(change, liquidity, exposure, self._now_ns))

    def on_heartbeat(self) -> None:
        """Hear a sign of life from the venue."""
        self.figures.heartbeat_ns = self._now_ns

    def on_status(self, symbol: str, status: TradingStatus | None) -> None:
        """Hear whether the venue trades an instrument; None if that is not known any more."""
        if status is None:
            self.figures.status.pop(symbol, None)
        else:
            self.figures.status[symbol] = status

    def on_balance(self, free: Amount | None) -> None:
        """Hear the account's free balance in the quote currency; None, or no number, is unknown."""
        self._moved = True
        self.figures.tell(Figure.FREE_BALANCE, free, self._now_ns)

    def on_clock_offset(self, seconds: Amount | None) -> None:
        """Hear how far our clock is ahead of the venue's; None, or no number, is unknown."""
        self._moved = True
        self.figures.tell(Figure.CLOCK_OFFSET, seconds, self._now_ns)

    def on_profit_e8(self, net_e8: int | None) -> None:
        """Hear the net profit of all instruments, unrealised and fees included; None is unknown."""
        if net_e8 != self.figures.get(Figure.NET_PROFIT):
            self._moved = True
        self.figures.put(Figure.NET_PROFIT, net_e8, self._now_ns)

    # -- what it does about it ----------------------------------------------------------

    def hold(self, cause: FreezeCause) -> bool:
        """Close a latch; return True if it was open."""
        return self._apply([LatchTrip(cause)])

    def _apply(self, trips: list[Trip]) -> bool:
        newly = False
        for trip in trips:
            cause = trip.cause
            if cause.trigger is Trigger.HEARTBEAT_LOST:
                self.reconciler.demand()
            if self.holds.apply(trip):
                newly = True
                symbol = cause.symbol or ""
                text = f"{cause.trigger.value}: {cause.text}"
                self._alert(AlertReason.HELD, symbol, text, cause.figure)
        return newly

    def _note_usage(self, every: bool) -> None:
        for figure in self._panel.usage(self._standing(), self._config.warn_ppm, every):
            self._alert(AlertReason.LIMIT_NEAR, "", f"{figure[0]} is near its limit", figure)

    def _standing(self) -> Standing:
        return Standing(
            self._now_ns,
            self._book,
            self.figures,
            self.holds,
            self.parents,
            self.decisions,
            self.reconciler.agreed,
        )

    def _alert(self, reason: AlertReason, symbol: str, text: str, figure: Evidence | None = None) -> None:
        self.alerts.add(Alert(self._now_ns, self._now_ns, reason, symbol, text, figure))

    def alarm(self, reason: AlertReason, symbol: str, text: str) -> None:
        """Raise an alert for somebody else who carries out what risk has ordered."""
        self._alert(reason, symbol, text)

    # -- kept and read back ---------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Return everything that the future of risk depends on."""
        return {
            "alerts": self.alerts.snapshot(),
            "book": self._book.snapshot(),
            "condemned": list(self.condemned),
            "figures": self.figures.snapshot(),
            "holds": self.holds.snapshot(),
            "now_ns": self._now_ns,
            "overrides": self.overrides.snapshot(),
            "panel": self._panel.snapshot(),
            "parents": self.parents.snapshot(),
            "reconciler": self.reconciler.snapshot(),
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned; instruments, profile and limits must be the same.

        Every hold in force still holds. Our books and the venue's must agree anew.
        """
        self.clear()
        self._now_ns = read_int(saved, "now_ns")
        self._book.restore(read_part(saved, "book"))
        self.condemned = {str(client_id): True for client_id in read_list(saved, "condemned")}
        self.alerts.restore(read_part(saved, "alerts"))
        self.figures.restore(read_part(saved, "figures"))
        self.holds.restore(read_part(saved, "holds"))
        self.overrides.restore(read_part(saved, "overrides"))
        self._panel.restore(read_part(saved, "panel"))
        self.parents.restore(read_part(saved, "parents"))
        self.reconciler.restore(read_part(saved, "reconciler"))
