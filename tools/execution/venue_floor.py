"""What the paper venue holds, and the single acts that change it; each act makes its report.

`VenueMatching` says when each act is due.
"""

from collections.abc import Mapping
from typing import Final

from tools.core.errors import InvariantError, UsageError
from tools.core.events import Side
from tools.core.funding import Funding
from tools.core.orders import OpenOrder
from tools.core.reports import Liquidity, ReportKind
from tools.core.snapshots import Snapshot, read_int, read_part, read_parts
from tools.core.units import HALF_E8
from tools.execution.bounds import Bounded, EdgeConfigs
from tools.execution.fill_model import FillLots, FillModel, Resting
from tools.execution.venue_book import VenueBook
from tools.execution.venue_config import PaperConfig
from tools.execution.venue_impact import joins_much
from tools.execution.venue_orders import ClosedOrders, VenueOrder, orders_from
from tools.execution.venue_positions import VenuePositions
from tools.execution.venue_reports import ReportChannel
from tools.execution.venue_words import VenueReason


class VenueFloor:
    """Books, fill models, orders by key, and positions by account."""

    def __init__(
        self,
        models: Mapping[str, FillModel],
        channel: ReportChannel,
        config: PaperConfig,
        edges: EdgeConfigs,
    ) -> None:
        self.config: Final = config
        self.channel: Final = channel
        self.models: Final[dict[str, Bounded]] = {}
        for symbol, model in models.items():
            self.models[symbol] = Bounded(model, edges)
        self.books: Final[dict[str, VenueBook]] = {}
        for symbol in self.models:
            self.books[symbol] = VenueBook(config.haircut_ppm)
        self.closed: Final = ClosedOrders(config.keep_closed)
        self.open: dict[str, VenueOrder] = {}  # resting
        self.stops: dict[str, VenueOrder] = {}  # accepted, and not working yet
        self._reducers: dict[str, VenueOrder] = {}  # those of `open` that may only reduce
        self._held: dict[str, VenuePositions] = {}  # by account
        self._orders = 0

    def on_funding(self, funding: Funding) -> None:
        """Report a funding time to every account that holds something of its symbol."""
        mark_ticks_e8, mid_ht = funding.mark_ticks_e8, self.books[funding.symbol].mid_ht
        if mark_ticks_e8 is None and mid_ht is not None:
            mark_ticks_e8 = mid_ht * HALF_E8
        for account in sorted(self._held):  # in an order that outlives a snapshot
            lots = self._held[account].lots.get(funding.symbol, 0)
            if lots == 0:
                continue
            if mark_ticks_e8 is None:
                raise UsageError(f"{funding.symbol}: funding of a position needs a mark")
            self.channel.tell_funding(account, funding, lots, mark_ticks_e8)

    # -- what there is ------------------------------------------------------------------

    def knows(self, key: str) -> bool:
        """Return True if an id is in use."""
        return key in self.open or key in self.stops or self.closed.get(key) is not None

    def symbol_of(self, key: str) -> str:
        """Return the symbol of an order that arrived; empty if there is none."""
        order = self.open.get(key) or self.stops.get(key)
        if order is not None:
            return order.symbol
        known = self.closed.get(key)
        return "" if known is None else known.symbol

    def open_orders(self, account: str) -> list[OpenOrder]:
        """Return what rests or waits of an account, oldest first."""
        found = [order for order in self.open.values() if order.account == account]
        found += [order for order in self.stops.values() if order.account == account]
        found.sort(key=_number)
        return [order.view() for order in found]

    def held(self, account: str) -> VenuePositions:
        """Return what an account holds; not to be changed."""
        found = self._held.get(account)
        if found is None:
            found = self._held[account] = VenuePositions()
        return found

    def reducible_lots(self, order: VenueOrder) -> int:
        """Return how much an order may fill before it would turn its account's position."""
        held = self.held(order.account).lots.get(order.symbol, 0)
        return max(0, -held if order.side is Side.BUY else held)

    def mid_ht(self, order: VenueOrder) -> int | None:
        """Return the mid of an order's market."""
        return self.books[order.symbol].mid_ht

    # -- acts ---------------------------------------------------------------------------

    def accept(self, order: VenueOrder, time_ns: int) -> None:
        """Take an order; it has the venue's id from here."""
        self._orders += 1
        order.exchange_id = f"PAP{self._orders:06d}"
        self.channel.tell(order, ReportKind.ACCEPTED, time_ns, self.mid_ht(order))

    def refuse(self, order: VenueOrder, time_ns: int, reason: VenueReason) -> None:
        """Turn an order away."""
        order.closed = True
        self.closed.add(order)
        self.channel.tell(order, ReportKind.REJECTED, time_ns, self.mid_ht(order), text=reason.value)

    def rest(self, order: VenueOrder, time_ns: int) -> None:
        """Let what is left of an order rest, behind everybody else at its price."""
        book, model = self.books[order.symbol], self.models[order.symbol]
        self.open[order.key] = order
        if order.request.reduce_only:
            self._reducers[order.key] = order
        shown_lots = book.lots_at(order.side, order.price_ticks)
        if shown_lots is not None and joins_much(order.leaves_lots, shown_lots):
            order.suspect = True
        model.on_rest(Resting(order.key, order.side, order.price_ticks, order.leaves_lots, time_ns), book)
        if order.rested_ns is None:
            order.rested_ns = time_ns
            order.shown_lots = book.quoted_lots(order.side, order.price_ticks)
            order.ahead_lots = model.ahead_lots(order.key)

    def leave(self, order: VenueOrder) -> None:
        """Take a resting order out of the queue."""
        self.models[order.symbol].on_gone(order.key)
        self._forget(order)

    def _forget(self, order: VenueOrder) -> None:
        del self.open[order.key]
        self._reducers.pop(order.key, None)
        bounds = self.models[order.symbol].close(order.key)
        order.ra_lots += bounds.ra_lots
        order.opt_lots += bounds.opt_lots

    def end(self, order: VenueOrder, kind: ReportKind, time_ns: int, reason: VenueReason | None) -> None:
        """Close an order that was accepted, wherever it is, with its last report."""
        if order.key in self.open:
            self.leave(order)
        self.stops.pop(order.key, None)
        text = "" if reason is None else reason.value
        self.channel.tell(order, kind, time_ns, self.mid_ht(order), text=text)
        self.close(order, time_ns)

    def close(self, order: VenueOrder, time_ns: int) -> None:
        """Note that nothing more fills, after the report that says so."""
        order.closed = True
        self.closed.add(order)
        most_lots = order.qty_lots
        if order.request.reduce_only:
            most_lots = min(most_lots, order.cum_lots + self.reducible_lots(order))
        self.channel.follow(order.outcome(time_ns, most_lots))

    def fill(
        self, order: VenueOrder, lots: int, price_ticks: int, liquidity: Liquidity, time_ns: int
    ) -> None:
        """Book a fill."""
        order.cum_lots += lots
        if liquidity is not Liquidity.MAKER:  # what a resting order filled the bounds know
            order.ra_lots += lots
            order.opt_lots += lots
        self.held(order.account).fill(order.symbol, order.side, lots, price_ticks)
        self.channel.tell(
            order,
            ReportKind.TRADE,
            time_ns,
            self.mid_ht(order),
            lots=lots,
            price_ticks=price_ticks,
            liquidity=liquidity,
        )

    def shrink(self, order: VenueOrder, qty_lots: int, kind: ReportKind, time_ns: int) -> None:
        """Lower an order's quantity, to no less than is filled and something; it keeps its place."""
        lots = order.qty_lots - qty_lots
        order.qty_lots = qty_lots
        if order.key in self.open:
            self.models[order.symbol].on_reduced(order.key, lots)
        self.channel.tell(order, kind, time_ns, self.mid_ht(order), terms=True)

    # -- fills that a model found -------------------------------------------------------

    def made(self, fills: tuple[FillLots, ...], time_ns: int) -> None:
        """Book what a model found, each at its order's own price."""
        for found in fills:
            order = self.open[found.client_id]
            if not 0 < found.lots <= order.leaves_lots:
                raise InvariantError(
                    f"{order.client_id}: fill model gave {found.lots} of {order.leaves_lots} lots"
                )
            self._made(order, found.lots, time_ns)
        # Not earlier: the model has done with all of them when it names the first.
        if fills and self._reducers:
            self.drop_idle_reducers(time_ns)

    def _made(self, order: VenueOrder, found_lots: int, time_ns: int) -> None:
        complete = found_lots == order.leaves_lots  # then the model has forgotten it
        lots = found_lots
        if order.request.reduce_only:
            lots = min(lots, self.reducible_lots(order))
        if lots > 0:
            self.fill(order, lots, order.price_ticks, Liquidity.MAKER, time_ns)
        if complete:
            self._forget(order)
        if order.leaves_lots == 0:
            self.close(order, time_ns)
        elif lots < found_lots:
            self.end(order, ReportKind.EXPIRED, time_ns, VenueReason.NOTHING_TO_REDUCE)

    def drop_idle_reducers(self, time_ns: int) -> None:
        """After fills: what may only reduce a position ends with it."""
        for order in list(self._reducers.values()):
            if self.reducible_lots(order) == 0:
                self.end(order, ReportKind.EXPIRED, time_ns, VenueReason.NOTHING_TO_REDUCE)

    # -- snapshot -----------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on, but what is under way."""
        books: dict[str, object] = {}
        models: dict[str, object] = {}
        for symbol, model in self.models.items():
            books[symbol] = self.books[symbol].snapshot()
            models[symbol] = model.snapshot()
        positions: dict[str, object] = {}
        for account, held in self._held.items():
            positions[account] = held.snapshot()
        return {
            "books": books,
            "closed": self.closed.snapshot(),
            "models": models,
            "open": [order.snapshot() for order in self.open.values()],
            "orders": self._orders,
            "positions": positions,
            "stops": [order.snapshot() for order in self.stops.values()],
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned; the venue must have the same symbols."""
        books = read_part(saved, "books")
        models = read_part(saved, "models")
        for symbol, model in self.models.items():
            self.books[symbol].restore(read_part(books, symbol))
            model.restore(read_part(models, symbol))
        self.closed.restore(read_parts(saved, "closed"))
        self.open = orders_from(read_parts(saved, "open"))
        self.stops = orders_from(read_parts(saved, "stops"))
        self._reducers = {}
        for key, order in self.open.items():
            if order.request.reduce_only:
                self._reducers[key] = order
        self._orders = read_int(saved, "orders")
        positions = read_part(saved, "positions")
        self._held = {}
        for account in positions:
            self.held(account).restore(read_part(positions, account))


def _number(order: VenueOrder) -> int:
    return int(order.exchange_id[3:])
