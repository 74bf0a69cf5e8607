"""How the paper venue matches: what arrives meets the book, and the book's news meets what rests."""

from collections.abc import Mapping
from heapq import heappop, heappush

from tools.core.entry import OrderType
from tools.core.events import Depth, Market, Quote, Trade
from tools.core.orders import TimeInForce
from tools.core.reports import ReportKind
from tools.core.snapshots import Snapshot, read_int, read_parts, read_text
from tools.execution.fill_model import FillModel
from tools.execution.venue_book import VenueBook
from tools.execution.venue_config import PaperConfig
from tools.execution.venue_entry import STOPS, objection
from tools.execution.venue_impact import outsized
from tools.execution.venue_orders import Closed, VenueOrder, order_key
from tools.execution.venue_reports import ReportChannel
from tools.execution.venue_taking import VenueTaking
from tools.execution.venue_words import VenueReason


class VenueMatching(VenueTaking):
    """The floor at work: every public call is something that happens at `time_ns`."""

    def __init__(self, models: Mapping[str, FillModel], channel: ReportChannel, config: PaperConfig) -> None:
        super().__init__(models, channel, config)
        # (when, key): stops that a print has reached, and ends of GTD orders. Like an arrival,
        # each comes after all that the market did up to that instant.
        self._triggered: list[tuple[int, str]] = []
        self._ends: list[tuple[int, str]] = []

    # -- the market ---------------------------------------------------------------------

    def on_market(self, event: Quote | Trade | Depth, time_ns: int) -> None:
        """Apply what happened in the market."""
        book, model = self.books[event.symbol], self.models[event.symbol]
        if isinstance(event, Quote):
            book.on_quote(event)
            fills = model.on_quote(book, time_ns)
            for found in fills:  # the quote came to us: what it displays is used by that much
                book.met(self.open[found.client_id].side, found.lots)
            self.made(fills, time_ns)
        elif isinstance(event, Depth):
            book.on_depth(event)
            book.depth_ns = time_ns
        elif event.market is Market.MARKET:
            book.on_trade(event, time_ns)
            self.made(model.on_trade(event, time_ns), time_ns)
            if self.stops:
                self._trigger(event.symbol, book, time_ns)

    def _trigger(self, symbol: str, book: VenueBook, time_ns: int) -> None:
        for order in self.stops.values():
            stop_ticks = order.request.stop_ticks
            if order.symbol != symbol or stop_ticks is None or order.triggered:
                continue
            if book.reached(order.side, stop_ticks):
                order.triggered = True
                self._triggered.append((time_ns, order.key))
                self.channel.tell(order, ReportKind.TRIGGERED, time_ns, book.mid_ht)

    # -- what is due by itself ----------------------------------------------------------

    @property
    def has_due(self) -> bool:
        """True while anything is to happen by itself, whenever that is."""
        return bool(self._ends) or bool(self._triggered)

    def next_triggered_ns(self) -> int | None:
        """Return when the next triggered stop begins to work."""
        return self._triggered[0][0] if self._triggered else None

    def next_end_ns(self) -> int | None:
        """Return when the next GTD order may end."""
        return self._ends[0][0] if self._ends else None

    def work_next(self) -> None:
        """Let the stop that was triggered first begin to work, if it is still there."""
        time_ns, key = self._triggered.pop(0)
        order = self.stops.pop(key, None)
        if order is None:
            return
        reason = self._cannot_work(order)
        if reason is None:
            self._work(order, time_ns)
        else:
            self.end(order, ReportKind.EXPIRED, time_ns, reason)

    def end_next(self) -> None:
        """End the GTD order whose time is over first, if it is still there."""
        time_ns, key = heappop(self._ends)
        order = self.open.get(key) or self.stops.get(key)
        if order is not None and order.ends_ns == time_ns:  # not a later one under an id used again
            self.end(order, ReportKind.EXPIRED, time_ns, VenueReason.TIME_OVER)

    # -- a new order --------------------------------------------------------------------

    def arrive(self, order: VenueOrder, time_ns: int) -> None:
        """Take in an order, or refuse it."""
        book, request = self.books[order.symbol], order.request
        order.mid_ht = book.mid_ht
        ends_ns = request.expire_ns if request.ttl_ns is None else time_ns + request.ttl_ns
        waits = request.order_type in STOPS
        reason = objection(request)
        if reason is None:
            if ends_ns is not None and ends_ns <= time_ns:
                reason = VenueReason.ALREADY_OVER
            elif not waits:
                reason = self._cannot_work(order)
            elif request.stop_ticks is not None and book.reached(order.side, request.stop_ticks):
                reason = VenueReason.WOULD_TRIGGER
        if reason is not None:
            self.refuse(order, time_ns, reason)
            return
        self.accept(order, time_ns)
        if waits:
            self.stops[order.key] = order
        else:
            self._work(order, time_ns)
        if ends_ns is not None and not order.closed:
            order.ends_ns = ends_ns
            heappush(self._ends, (ends_ns, order.key))

    def _cannot_work(self, order: VenueOrder) -> VenueReason | None:
        """Return why an order cannot begin to work at this moment."""
        if not self.books[order.symbol].usable:
            return VenueReason.NO_MARKET
        if order.request.reduce_only and self.reducible_lots(order) == 0:
            return VenueReason.NOTHING_TO_REDUCE
        return self._post_only_objection(order, order.price_ticks)

    def _post_only_objection(self, order: VenueOrder, price_ticks: int) -> VenueReason | None:
        if not order.request.post_only:
            return None
        if self.books[order.symbol].crosses(order.side, price_ticks):
            return VenueReason.WOULD_CROSS
        return VenueReason.SELF_MATCH if self.own_opposite(order, price_ticks) is not None else None

    def _work(self, order: VenueOrder, time_ns: int) -> None:
        """Let an accepted order take, and then rest or end."""
        book, request = self.books[order.symbol], order.request
        if outsized(order.leaves_lots, book.volume.lots(time_ns)):
            order.suspect = True
        at_market = request.order_type is OrderType.MARKET or request.order_type is OrderType.STOP
        if request.time_in_force is TimeInForce.FOK and not self.fits(order, book):
            self.end(order, ReportKind.EXPIRED, time_ns, VenueReason.FOK_UNFILLED)
            return
        if not request.post_only:
            self.take(order, book, time_ns)
        if order.closed:
            return
        if at_market:
            self.end(order, ReportKind.EXPIRED, time_ns, VenueReason.MARKET_REMAINDER)
        elif request.time_in_force is TimeInForce.IOC:
            self.end(order, ReportKind.EXPIRED, time_ns, VenueReason.IOC_REMAINDER)
        else:
            self.rest(order, time_ns)

    # -- requests about an order --------------------------------------------------------

    def cancel_order(self, account: str, client_id: str, time_ns: int) -> None:
        """Cancel an order, or say why not."""
        key = order_key(account, client_id)
        order = self.open.get(key) or self.stops.get(key)
        if order is not None:
            self.end(order, ReportKind.CANCELED, time_ns, None)
        else:
            self._turn_down(account, client_id, time_ns, None)

    def amend(self, account: str, client_id: str, qty_lots: int, price_ticks: int, time_ns: int) -> None:
        """Put new terms in force (0 leaves one as it is), or say why not."""
        order = self.open.get(order_key(account, client_id))
        if order is None:
            self._turn_down(account, client_id, time_ns, VenueReason.STOP_NOT_AMENDED)
            return
        qty_lots = qty_lots or order.qty_lots
        price_ticks = price_ticks or order.price_ticks
        same_price = price_ticks == order.price_ticks
        if same_price and qty_lots == order.qty_lots:
            self._refuse_amendment(order, time_ns, VenueReason.NOTHING_TO_AMEND)
        elif qty_lots <= order.cum_lots:
            self.leave(order)
            order.qty_lots = order.cum_lots
            self.channel.tell(order, ReportKind.REPLACED, time_ns, self.mid_ht(order), terms=True)
            self.close(order, time_ns)
        elif same_price and qty_lots < order.qty_lots:
            self.shrink(order, qty_lots, ReportKind.REPLACED, time_ns)
        else:
            self._requeue(order, qty_lots, price_ticks, time_ns)

    def _requeue(self, order: VenueOrder, qty_lots: int, price_ticks: int, time_ns: int) -> None:
        """Another price, or more: the order starts again, at the back of the queue."""
        book = self.books[order.symbol]
        reason = VenueReason.NO_MARKET
        if book.usable:
            objection_now = self._post_only_objection(order, price_ticks)
            if objection_now is None:
                self.leave(order)
                order.qty_lots = qty_lots
                order.price_ticks = price_ticks
                self.channel.tell(order, ReportKind.REPLACED, time_ns, book.mid_ht, terms=True)
                self._work(order, time_ns)
                return
            reason = objection_now
        self._refuse_amendment(order, time_ns, reason)

    def _refuse_amendment(self, order: VenueOrder, time_ns: int, reason: VenueReason) -> None:
        known = Closed(order.exchange_id, order.symbol, order.side)
        self.channel.refuse(order.account, order.client_id, known, time_ns, self.mid_ht(order), reason.value)

    def _turn_down(self, account: str, client_id: str, time_ns: int, waiting: VenueReason | None) -> None:
        """Refuse a request about an order that does not rest; `waiting` is why, if it is a stop."""
        key = order_key(account, client_id)
        stop = self.stops.get(key)
        if stop is not None and waiting is not None:
            self._refuse_amendment(stop, time_ns, waiting)
            return
        known = self.closed.get(key)
        mid_ht = None if known is None else self.books[known.symbol].mid_ht
        reason = VenueReason.UNKNOWN_ORDER if known is None else VenueReason.ALREADY_CLOSED
        self.channel.refuse(account, client_id, known, time_ns, mid_ht, reason.value)

    # -- snapshot -----------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on, but what is under way."""
        out = super().snapshot()
        out["ends"] = _saved(sorted(self._ends))
        out["triggered"] = _saved(self._triggered)
        return out

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned; the venue must have the same symbols."""
        super().restore(saved)
        self._ends = _restored(saved, "ends")  # sorted, which is a heap
        self._triggered = _restored(saved, "triggered")


def _saved(due: list[tuple[int, str]]) -> list[object]:
    out: list[object] = []
    for time_ns, key in due:
        out.append({"key": key, "time_ns": time_ns})
    return out


def _restored(saved: Snapshot, key: str) -> list[tuple[int, str]]:
    out: list[tuple[int, str]] = []
    for part in read_parts(saved, key):
        out.append((read_int(part, "time_ns"), read_text(part, "key")))
    return out
