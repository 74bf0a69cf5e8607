"""How an order takes: what is displayed, best price first, and what it does about own orders.

Our own orders never trade with each other. Where two of an account would, the rule of the
one that arrives says which of them gives way (`SelfMatch`); two accounts do not see each
other, unless the venue is told that they are one.
"""

from tools.core.entry import SelfMatch
from tools.core.events import Side
from tools.core.reports import Liquidity, ReportKind
from tools.execution.venue_book import VenueBook
from tools.execution.venue_floor import VenueFloor
from tools.execution.venue_impact import takes_much
from tools.execution.venue_orders import VenueOrder
from tools.execution.venue_words import VenueReason


class VenueTaking(VenueFloor):
    """The floor, and orders that take from its books."""

    def take(self, order: VenueOrder, book: VenueBook, time_ns: int) -> None:
        """Take what is displayed up to the limit; close the order if nothing of it is left to do."""
        limit_ticks = order.limit_ticks
        while not order.closed:
            own = self.own_opposite(order, limit_ticks)
            if own is None:
                self._take_up_to(order, book, limit_ticks, None, time_ns)
                break
            ahead_lots = self.models[own.symbol].ahead_lots(own.key)
            self._take_up_to(order, book, own.price_ticks, ahead_lots or 0, time_ns)
            if not order.closed:
                self._self_match(order, own, time_ns)
        self.drop_idle_reducers(time_ns)

    def _take_up_to(
        self,
        order: VenueOrder,
        book: VenueBook,
        limit_ticks: int | None,
        ahead_lots: int | None,
        time_ns: int,
    ) -> None:
        wanted_lots = order.leaves_lots
        if order.request.reduce_only:
            wanted_lots = min(wanted_lots, self.reducible_lots(order))
        shown_lots = book.opposite_lots(order.side)
        for price_ticks, lots in book.take(order.side, limit_ticks, wanted_lots, ahead_lots):
            order.suspect = order.suspect or takes_much(wanted_lots, shown_lots)
            self.fill(order, lots, price_ticks, Liquidity.TAKER, time_ns)
        if order.leaves_lots == 0:
            self.close(order, time_ns)
        elif order.request.reduce_only and self.reducible_lots(order) == 0:
            self.end(order, ReportKind.EXPIRED, time_ns, VenueReason.NOTHING_TO_REDUCE)

    def fits(self, order: VenueOrder, book: VenueBook) -> bool:
        """Return True if all of an order can be taken now, before it meets an own one that stops it."""
        wanted_lots = order.leaves_lots
        if order.request.reduce_only and wanted_lots > self.reducible_lots(order):
            return False
        limit_ticks: int | None = order.limit_ticks
        ahead_lots: int | None = None
        own = self.own_opposite(order, limit_ticks)
        if own is not None and self._mode(order) is not SelfMatch.CANCEL_OLDEST:
            limit_ticks = own.price_ticks
            ahead_lots = self.models[own.symbol].ahead_lots(own.key) or 0
        return book.available_lots(order.side, limit_ticks, ahead_lots) >= wanted_lots

    # -- own orders that would meet -----------------------------------------------------

    def own_opposite(self, order: VenueOrder, limit_ticks: int | None) -> VenueOrder | None:
        """Return the resting order of ours that one with this limit would meet first."""
        best: VenueOrder | None = None
        buying = order.side is Side.BUY
        across = self.config.self_match_across_accounts
        for own in self.open.values():
            if own.symbol != order.symbol or own.side is order.side:
                continue
            if own.account != order.account and not across:
                continue
            own_ticks = own.price_ticks
            if limit_ticks is not None and (own_ticks > limit_ticks if buying else own_ticks < limit_ticks):
                continue
            if best is None or (own_ticks < best.price_ticks if buying else own_ticks > best.price_ticks):
                best = own
        return best

    def _mode(self, order: VenueOrder) -> SelfMatch:
        asked = order.request.self_match
        return self.config.self_match if asked is None else asked

    def _self_match(self, order: VenueOrder, own: VenueOrder, time_ns: int) -> None:
        mode = self._mode(order)
        if mode is SelfMatch.DECREMENT:
            lots = min(order.leaves_lots, own.leaves_lots)
            for one in (own, order):
                if one.leaves_lots > lots:
                    self.shrink(one, one.qty_lots - lots, ReportKind.RESTATED, time_ns)
                else:
                    self.end(one, ReportKind.EXPIRED, time_ns, VenueReason.SELF_MATCH)
            return
        if mode is not SelfMatch.CANCEL_NEWEST:
            self.end(own, ReportKind.EXPIRED, time_ns, VenueReason.SELF_MATCH)
        if mode is not SelfMatch.CANCEL_OLDEST:
            self.end(order, ReportKind.EXPIRED, time_ns, VenueReason.SELF_MATCH)
