"""`Measures`: everything that is measured about the orders and fills of one instrument.

Two times meet here. Orders are sent and reports heard at ours; orders arrive, fill and end at
the venue's, and the mids that judge them are those of the venue's time. Only open orders, the
fills of the last minute and the quotes of the last two are held one by one.
"""

from collections import deque
from typing import Final

from tools.core.canon import Record
from tools.core.events import Side
from tools.core.orders import ChangeAlert, OrderChange, OrderOutcome, TimeInForce
from tools.core.reports import ExecutionReport, Liquidity, ReportKind
from tools.core.verdicts import Colour, Gate, Regime
from tools.execution.money import Money
from tools.execution.positions import Position
from tools.execution.tca.best import BestHistory
from tools.execution.tca.config import QualityConfig
from tools.execution.tca.contexts import Contexts
from tools.execution.tca.edge import RecentEdge
from tools.execution.tca.fills import FillSums, WaitingFill
from tools.execution.tca.horizons import EDGE, EDGE_NS, HORIZONS, LONGEST_NS
from tools.execution.tca.identity import BookIdentity
from tools.execution.tca.orders import ENDS, LiveOrder
from tools.execution.tca.records import OrderEnd
from tools.execution.tca.totals import OrderTotals
from tools.execution.venue_words import VenueReason


class Measures:
    """One instrument's own orders and fills.

    Parameters
    ----------
    symbol
        Its key.
    config
        What is measured.
    money
        Of the instrument.

    Notes
    -----
    `ready` holds the records that are complete and have not been taken away by `drain`;
    `edge_fresh` is True while the edge was measured anew and has not been asked for.
    """

    def __init__(self, symbol: str, config: QualityConfig, money: Money) -> None:
        self._symbol: Final = symbol
        self._best: Final = BestHistory()
        self._contexts: Final = Contexts()
        self._identity: Final = BookIdentity()
        self._sums: Final = FillSums()
        self._totals: Final = OrderTotals()
        self._edge: Final = RecentEdge(config.edge_fills, money) if config.edge_fills > 0 else None
        self.edge_fresh = False
        self._edge_shown = False
        self._orders: Final[dict[str, LiveOrder]] = {}
        self._waiting: Final[deque[WaitingFill]] = deque()
        self._for_edge: Final[deque[WaitingFill]] = deque()
        self._fees_e8 = 0
        self._funding_e8 = 0
        self.ready: list[tuple[str, Record]] = []

    # -- what happens -------------------------------------------------------------------

    def on_quote(self, bid_ticks: int, ask_ticks: int, time_ns: int) -> None:
        """Take the best prices of a quote that is not crossed, at the venue's time."""
        if self._best.take(bid_ticks, ask_ticks, time_ns):
            self._identity.on_mid(bid_ticks + ask_ticks)
            self._best.forget(time_ns)
        if self._waiting:
            self._measure(time_ns - 1)  # what is in force at this very instant may still change

    def on_verdicts(self, time_ns: int, regime: Regime, gate: Gate, colour: Colour) -> None:
        """Take the verdicts in force from now on."""
        self._contexts.take(time_ns, regime, gate, colour)

    def on_sent(
        self,
        client_id: str,
        side: Side,
        time_in_force: TimeInForce,
        price_ticks: int,
        qty_lots: int,
        time_ns: int,
        decision_ht: int | None,
    ) -> None:
        """Take an order that leaves, with our mid of the moment."""
        self._totals.sent += 1
        self._orders[client_id] = LiveOrder(
            client_id,
            self._symbol,
            side,
            time_in_force,
            price_ticks,
            qty_lots,
            time_ns,
            decision_ht,
            self._contexts.now(),
        )

    def on_cancel(self, client_id: str, time_ns: int) -> None:
        """Take a cancel that leaves."""
        self._totals.cancels_sent += 1
        order = self._orders.get(client_id)
        if order is not None and order.cancel_sent_ns is None:
            order.cancel_sent_ns = time_ns

    def on_outcome(self, outcome: OrderOutcome) -> None:
        """Take what the venue knows of an order; before the report that closes it."""
        order = self._orders.get(outcome.client_id)
        if order is not None:
            order.outcome = outcome

    def on_report(
        self, report: ExecutionReport, change: OrderChange, heard_ns: int, fee_e8: int | None
    ) -> None:
        """Take a report, what it did to its order, and the fee of its fill (None: no new fill)."""
        order = self._orders.get(change.client_id)
        if fee_e8 is not None:
            self._fill(report, change, order, heard_ns, fee_e8)
        elif change.fill_lots or change.undone_lots:
            self._amend(change)
        if order is None:
            return
        if change.alert is ChangeAlert.NONE or change.alert is ChangeAlert.GAP:
            if report.kind is ReportKind.ACCEPTED and order.arrived_ns is None:
                self._arrived(order, report, heard_ns)
            if change.closed_as is None and change.leaves_lots > 0:
                order.qty_lots = change.cum_lots + change.leaves_lots
        if change.closed_as is not None:
            crossed = report.kind is ReportKind.REJECTED and report.text == VenueReason.WOULD_CROSS
            self._close(order, ENDS[change.closed_as], report.time_ns, self._mid_of(report), crossed)

    def on_funding(self, funding_e8: int) -> None:
        """Take a funding payment: received, or negative if it was paid."""
        self._funding_e8 += funding_e8

    def finish(self, now_ns: int) -> None:
        """End the run: measure what can be, and close the books on orders that are still open."""
        self._measure(now_ns)
        while self._waiting:
            self._done(self._waiting.popleft(), now_ns)
        for order in list(self._orders.values()):
            self._close(order, OrderEnd.OPEN, now_ns, self._best.mid_at(now_ns), False)

    def drain(self) -> list[tuple[str, Record]]:
        """Return the records that have become complete since the last call, by their line's kind."""
        ready = self.ready
        self.ready = []
        return ready

    def fresh_edge(self) -> int | None:
        """Return the net edge in micro basis points if it was measured anew, of enough fills."""
        edge = self._edge
        if not self.edge_fresh or edge is None:
            return None
        self.edge_fresh = False
        if not edge.enough:
            return None
        self._edge_shown = True
        return edge.edge_ubps()

    # -- inside -------------------------------------------------------------------------

    def _mid_of(self, report: ExecutionReport) -> int | None:
        return self._best.mid_at(report.time_ns) if report.mid_ht is None else report.mid_ht

    def _arrived(self, order: LiveOrder, report: ExecutionReport, heard_ns: int) -> None:
        order.arrived_ns = report.time_ns
        order.acknowledged_ns = heard_ns
        order.arrival_ht = self._mid_of(report)
        buying = order.side is Side.BUY
        order.distance_ticks = self._best.distance_ticks(buying, order.price_ticks, report.time_ns)

    def _fill(
        self,
        report: ExecutionReport,
        change: OrderChange,
        order: LiveOrder | None,
        heard_ns: int,
        fee_e8: int,
    ) -> None:
        time_ns, lots, price_ht = report.time_ns, change.fill_lots, 2 * change.fill_ticks
        # What a taking order meets is in force at its arrival; what fills a resting one may move it.
        if report.liquidity is Liquidity.TAKER:
            before_ht = self._best.mid_at(time_ns)
        else:
            before_ht = self._best.mid_before(time_ns)
        racing = order is not None and order.fill(lots, price_ht, time_ns, fee_e8)
        self._totals.heard(heard_ns - time_ns)
        self._fees_e8 += fee_e8
        fill = WaitingFill(
            change.client_id,
            report.exec_id,
            self._symbol,
            change.side,
            report.liquidity,
            change.fill_ticks,
            lots,
            time_ns,
            heard_ns,
            fee_e8,
            racing,
            before_ht,
            self._contexts.at(time_ns),
        )
        self._identity.on_fill(fill.signed_lots, price_ht, before_ht)
        self._waiting.append(fill)
        if self._edge is not None:
            self._for_edge.append(fill)

    def _amend(self, change: OrderChange) -> None:
        sign = 1 if change.side is Side.BUY else -1
        if change.undone_lots:
            self._identity.on_amend(-sign * change.undone_lots, 2 * change.undone_ticks)
        if change.fill_lots:
            self._identity.on_amend(sign * change.fill_lots, 2 * change.fill_ticks)

    def _close(
        self, order: LiveOrder, end: OrderEnd, ended_ns: int, end_ht: int | None, crossed: bool
    ) -> None:
        del self._orders[order.client_id]
        quality = order.close(end, ended_ns, end_ht, crossed)
        self._totals.add(quality)
        self.ready.append(("order_quality", quality))

    def _measure(self, until_ns: int) -> None:
        """Measure what can be with the quotes up to a time."""
        edge = self._edge
        while self._for_edge and self._for_edge[0].time_ns + EDGE_NS <= until_ns:
            fill = self._for_edge.popleft()
            mid_ht = self._best.mid_at(fill.time_ns + EDGE_NS)
            if mid_ht is not None and edge is not None:
                markout_htl = fill.signed_lots * (mid_ht - fill.price_ht)
                edge.add(markout_htl, fill.fee_e8, fill.notional_htl())
                self.edge_fresh = True
        while self._waiting and self._waiting[0].time_ns + LONGEST_NS <= until_ns:
            self._done(self._waiting.popleft(), until_ns)

    def _done(self, waiting: WaitingFill, until_ns: int) -> None:
        fill = waiting.measured(self._best, until_ns)
        self._sums.add(fill, waiting.notional_htl())
        if fill.racing:
            self._totals.raced(fill.markouts_htl[EDGE], waiting.notional_htl())
        self.ready.append(("fill_quality", fill))

    # -- what it came to ----------------------------------------------------------------

    @property
    def seen(self) -> bool:
        """True once there was a mid, or an order."""
        return self._identity.mid_ht is not None or self._totals.sent > 0

    def edge(self) -> dict[str, object]:
        """Return the net edge, of how many fills, how many it takes to be shown to risk, and if it was."""
        edge = self._edge
        if edge is None:
            return {"edge_ubps": None, "fills": 0, "needed": 0, "shown": False}
        return {
            "edge_ubps": edge.edge_ubps(),
            "fills": len(edge),
            "needed": edge.fills,
            "shown": self._edge_shown,  # what the run's end completes nobody is shown
        }

    def to_dict(self, position: Position) -> dict[str, object]:
        """Return every sum, and both identities with what they leave over."""
        return {
            "book_identity": self._book_identity(position),
            "edge_identity": self._sums.to_dict(),
            **self._totals.to_dict(),
        }

    def _book_identity(self, position: Position) -> dict[str, object]:
        """Return profit and parts: profit = gross spread + AS at 5 s + inventory + amendments."""
        identity = self._identity
        mid_ht = identity.mid_ht
        drift_htl = self._sums.drift_htl(EDGE)
        profit_htl = None if mid_ht is None else position.cash_htl + position.position_lots * mid_ht
        return {
            "amended_htl": identity.amended_htl,
            f"drift_{HORIZONS[EDGE][0]}_htl": drift_htl,
            "fees_e8": self._fees_e8,
            "funding_e8": position.funding_e8,
            "gross_spread_htl": identity.gross_htl,
            "inventory_htl": identity.carried_htl - drift_htl,
            "mid_ht": mid_ht,
            "profit_htl": profit_htl,
            "residual_e8": position.fees_e8 - self._fees_e8 - (position.funding_e8 - self._funding_e8),
            "residual_htl": None if profit_htl is None else profit_htl - identity.profit_htl(),
        }
