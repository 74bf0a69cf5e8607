"""The paper venue: orders of ours against a recorded market, in event time and in integers.

Requests travel to it and reports travel back with the delays of a latency model. What
happened in the market up to and including the instant at which an order arrives is applied
before the order; a trade at or before that instant never fills it. Resting orders fill by
the fill model alone and at their own limit price; taking orders fill at the displayed
price, up to the displayed size. Nothing that we do moves the recorded market.
"""

from collections.abc import Mapping
from heapq import heappop, heappush
from typing import Final

from tools.core.errors import InvariantError, UsageError
from tools.core.events import Market, Quote, Side, Trade
from tools.core.orders import OpenOrder, TimeInForce
from tools.core.reports import ExecutionReport, Liquidity, ReportKind
from tools.core.snapshots import Snapshot, read_int, read_part, read_parts, read_text
from tools.execution.fill_model import FillLots, FillModel, Resting
from tools.execution.latency_model import LatencyModel
from tools.execution.venue_book import VenueBook
from tools.execution.venue_orders import ClosedOrders, VenueOrder, orders_from
from tools.execution.venue_positions import VenuePositions
from tools.execution.venue_reports import ReportChannel

WOULD_CROSS: Final = "Post-only order would cross"
NO_MARKET: Final = "No market data"
IOC_REMAINDER: Final = "IOC remainder"
ALREADY_CLOSED: Final = "Order is already closed"
UNKNOWN_ORDER: Final = "Unknown order"

_PLACE: Final = 0
_CANCEL: Final = 1


class PaperVenue:
    """The venue's side: books, resting orders, positions, and the two channels.

    Parameters
    ----------
    fill_models
        One for each symbol that trades here.
    latency
        Delays of both channels. Neither channel overtakes itself where it would matter: a
        cancel never arrives before its order, a report never before an earlier report.
    keep_closed
        How many closed orders are remembered for late cancels.
    """

    def __init__(self, fill_models: Mapping[str, FillModel], latency: LatencyModel, keep_closed: int) -> None:
        self._latency: Final = latency
        self._models: Final[dict[str, FillModel]] = dict(fill_models)
        self._books: Final[dict[str, VenueBook]] = {}
        for symbol in self._models:
            self._books[symbol] = VenueBook()
        self._closed: Final = ClosedOrders(keep_closed)
        self._channel: Final = ReportChannel(latency)
        self._now_ns = 0
        self._numbers = 0  # of requests
        self._orders = 0
        self._requests: list[tuple[int, int, int, str]] = []  # (arrives, number, what, client id)
        self._sent: dict[str, VenueOrder] = {}  # on their way
        self._open: dict[str, VenueOrder] = {}  # resting
        self.held: Final = VenuePositions()

    # -- our side of the channels -------------------------------------------------------

    def place(
        self,
        client_id: str,
        symbol: str,
        side: Side,
        qty_lots: int,
        price_ticks: int,
        time_in_force: TimeInForce,
    ) -> None:
        """Send an order; raise `UsageError` on an id in use, or figures that are not positive."""
        if symbol not in self._models:
            raise UsageError(f"unknown symbol {symbol[:40]!r}")
        if qty_lots <= 0 or price_ticks <= 0:
            raise UsageError(f"{client_id}: quantity and price must be positive")
        if client_id in self._sent or client_id in self._open or self._closed.get(client_id) is not None:
            raise UsageError(f"{client_id}: this client order id was already used")
        self._numbers += 1
        arrives_ns = self._now_ns + self._latency.entry_ns(self._now_ns, self._numbers)
        self._sent[client_id] = VenueOrder(
            client_id, symbol, side, qty_lots, price_ticks, time_in_force, arrives_ns
        )
        heappush(self._requests, (arrives_ns, self._numbers, _PLACE, client_id))

    def request_cancel(self, client_id: str) -> None:
        """Ask to cancel an order by our id."""
        self._numbers += 1
        arrives_ns = self._now_ns + self._latency.cancel_ns(self._now_ns, self._numbers)
        if client_id in self._sent:
            arrives_ns = max(arrives_ns, self._sent[client_id].arrives_ns)
        heappush(self._requests, (arrives_ns, self._numbers, _CANCEL, client_id))

    def advance(self, now_ns: int) -> None:
        """Let time pass: what arrives up to now arrives, and reports that are due come out."""
        self._check_time(now_ns)
        if self._requests and self._requests[0][0] <= now_ns:
            self._arrivals(now_ns)
        self._now_ns = now_ns
        self._channel.advance(now_ns)

    def reports(self) -> list[ExecutionReport]:
        """Return the reports that came out since the last call."""
        return self._channel.drain()

    def next_due_ns(self) -> int | None:
        """Return when something under way arrives next at either end; None if nothing is."""
        report_ns = self._channel.next_due_ns()
        if not self._requests:
            return report_ns
        request_ns = self._requests[0][0]
        return request_ns if report_ns is None else min(request_ns, report_ns)

    # -- the market's side --------------------------------------------------------------

    def on_market(self, event: Quote | Trade) -> None:
        """Apply a quote or a print, after everything that arrived before it."""
        now_ns = event.recv_ns
        self._check_time(now_ns)
        model = self._models.get(event.symbol)
        if model is None:
            raise UsageError(f"unknown symbol {event.symbol[:40]!r}")
        if self._requests and self._requests[0][0] < now_ns:
            self._arrivals(now_ns - 1)
        self._now_ns = now_ns
        if isinstance(event, Quote):
            book = self._books[event.symbol]
            book.on_quote(event)
            fills = model.on_quote(book)
        elif event.market is Market.MARKET:
            fills = model.on_trade(event)
        else:
            return
        for fill in fills:
            self._made(fill)

    def open_orders(self) -> list[OpenOrder]:
        """Return what rests, oldest first."""
        return [order.view() for order in self._open.values()]

    def _check_time(self, now_ns: int) -> None:
        if now_ns < self._now_ns:
            raise UsageError(f"event time went back from {self._now_ns} to {now_ns} ns")

    # -- arrivals -----------------------------------------------------------------------

    def _arrivals(self, until_ns: int) -> None:
        while self._requests and self._requests[0][0] <= until_ns:
            arrives_ns, _, what, client_id = heappop(self._requests)
            if what == _CANCEL:
                self._cancel_arrives(client_id, arrives_ns)
                continue
            order = self._sent.pop(client_id)
            book = self._books[order.symbol]
            if not book.usable:
                self._refuse(order, arrives_ns, NO_MARKET)
            elif order.time_in_force is TimeInForce.IOC:
                self._take(order, arrives_ns, book)
            elif book.crosses(order.side, order.price_ticks):
                self._refuse(order, arrives_ns, WOULD_CROSS)
            else:
                self._accept(order, arrives_ns)
                self._open[client_id] = order
                self._models[order.symbol].on_rest(
                    Resting(client_id, order.side, order.price_ticks, order.qty_lots, arrives_ns), book
                )

    def _take(self, order: VenueOrder, time_ns: int, book: VenueBook) -> None:
        self._accept(order, time_ns)
        lots = book.take(order.side, order.price_ticks, order.qty_lots)
        if lots > 0:
            self._fill(order, lots, book.opposite_ticks(order.side), Liquidity.TAKER, time_ns)
        if order.leaves_lots > 0:
            self._channel.tell(order, ReportKind.EXPIRED, time_ns, book.mid_ht, text=IOC_REMAINDER)
        self._closed.add(order)

    def _cancel_arrives(self, client_id: str, time_ns: int) -> None:
        order = self._open.pop(client_id, None)
        if order is not None:
            self._models[order.symbol].on_gone(client_id)
            self._closed.add(order)
            self._channel.tell(order, ReportKind.CANCELED, time_ns, self._mid_ht(order))
            return
        closed = self._closed.get(client_id)
        mid_ht = None if closed is None else self._books[closed.symbol].mid_ht
        text = UNKNOWN_ORDER if closed is None else ALREADY_CLOSED
        self._channel.refuse_cancel(client_id, closed, time_ns, mid_ht, text)

    def _accept(self, order: VenueOrder, time_ns: int) -> None:
        self._orders += 1
        order.exchange_id = f"PAP{self._orders:06d}"
        self._channel.tell(order, ReportKind.ACCEPTED, time_ns, self._mid_ht(order))

    def _refuse(self, order: VenueOrder, time_ns: int, text: str) -> None:
        self._closed.add(order)
        self._channel.tell(order, ReportKind.REJECTED, time_ns, self._mid_ht(order), text=text)

    def _made(self, fill: FillLots) -> None:
        """Book a fill that the model found for a resting order, at the order's own price."""
        order = self._open[fill.client_id]
        if not 0 < fill.lots <= order.leaves_lots:
            raise InvariantError(
                f"{order.client_id}: fill model gave {fill.lots} of {order.leaves_lots} lots"
            )
        self._fill(order, fill.lots, order.price_ticks, Liquidity.MAKER, self._now_ns)
        if order.leaves_lots == 0:
            del self._open[order.client_id]
            self._closed.add(order)

    def _fill(
        self, order: VenueOrder, lots: int, price_ticks: int, liquidity: Liquidity, time_ns: int
    ) -> None:
        order.cum_lots += lots
        self.held.fill(order.symbol, order.side, lots, price_ticks)
        self._channel.tell(
            order,
            ReportKind.TRADE,
            time_ns,
            self._mid_ht(order),
            lots=lots,
            price_ticks=price_ticks,
            liquidity=liquidity,
        )

    def _mid_ht(self, order: VenueOrder) -> int | None:
        return self._books[order.symbol].mid_ht

    # -- snapshot -----------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        books: dict[str, object] = {}
        models: dict[str, object] = {}
        for symbol, model in self._models.items():
            books[symbol] = self._books[symbol].snapshot()
            models[symbol] = model.snapshot()
        requests: list[object] = []
        for arrives_ns, number, what, client_id in sorted(self._requests):
            requests.append(
                {"arrives_ns": arrives_ns, "client_id": client_id, "number": number, "what": what}
            )
        return {
            "books": books,
            "closed": self._closed.snapshot(),
            "models": models,
            "now_ns": self._now_ns,
            "numbers": self._numbers,
            "open": [order.snapshot() for order in self._open.values()],
            "orders": self._orders,
            "positions": self.held.snapshot(),
            "reports": self._channel.snapshot(),
            "requests": requests,
            "sent": [order.snapshot() for order in self._sent.values()],
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned; the venue must have the same symbols."""
        books = read_part(saved, "books")
        models = read_part(saved, "models")
        for symbol, model in self._models.items():
            self._books[symbol].restore(read_part(books, symbol))
            model.restore(read_part(models, symbol))
        self._closed.restore(read_parts(saved, "closed"))
        self._now_ns = read_int(saved, "now_ns")
        self._numbers = read_int(saved, "numbers")
        self._orders = read_int(saved, "orders")
        self._channel.restore(read_part(saved, "reports"))
        self.held.restore(read_part(saved, "positions"))
        self._requests = []  # sorted, which is a heap
        for part in read_parts(saved, "requests"):
            self._requests.append(
                (
                    read_int(part, "arrives_ns"),
                    read_int(part, "number"),
                    read_int(part, "what"),
                    read_text(part, "client_id"),
                )
            )
        self._open = orders_from(read_parts(saved, "open"))
        self._sent = orders_from(read_parts(saved, "sent"))
