"""The fill envelope: every resting order followed by the two models that bracket the truth.

With first in, first out, a complete feed and no impact of our own, the true queue ahead lies
between what `risk_averse` and `optimistic` see, at every moment. So an order that the first
fills is CERTAIN to fill, one that only the second fills is POSSIBLE, and one that neither
fills does not fill.
"""

from dataclasses import dataclass
from typing import Final

from tools.core.canon import Record
from tools.core.errors import InvariantError
from tools.core.events import Trade
from tools.core.orders import FillClass
from tools.core.snapshots import Snapshot, read_int, read_part
from tools.execution.fill_model import FillLots, FillModel, Resting
from tools.execution.fills import optimistic, risk_averse
from tools.execution.venue_book import VenueBook


@dataclass(init=False)
class OrderBounds(Record):
    """What the two edges filled of an order while it lived, and the class that follows."""

    fill_class: Final[FillClass]
    ra_lots: Final[int]
    opt_lots: Final[int]

    def __init__(self, ra_lots: int, opt_lots: int) -> None:
        self.fill_class = fill_class_of(ra_lots, opt_lots)
        self.ra_lots = ra_lots
        self.opt_lots = opt_lots


def fill_class_of(ra_lots: int, opt_lots: int) -> FillClass:
    """Return how sure a fill is, from what either edge filled."""
    if ra_lots > 0:
        return FillClass.CERTAIN
    return FillClass.POSSIBLE if opt_lots > 0 else FillClass.NO


class _Edge:
    """One edge that follows the path's orders; `open` and `filled` are lots by order.

    Where the path trades by this very model, `own` is False and the path drives the model.
    """

    def __init__(self, model: FillModel, own: bool) -> None:
        self.model: Final = model
        self.own: Final = own
        self.open: dict[str, int] = {}  # what the model still has resting
        self.filled: dict[str, int] = {}

    def on_rest(self, order: Resting, book: VenueBook) -> None:
        if self.own:
            self.model.on_rest(order, book)
        self.open[order.client_id] = order.qty_lots
        self.filled[order.client_id] = 0

    def on_fills(self, fills: tuple[FillLots, ...]) -> None:
        for fill in fills:
            self.filled[fill.client_id] += fill.lots
            self.open[fill.client_id] -= fill.lots

    def on_reduced(self, client_id: str, lots: int) -> None:
        left_lots = self.open[client_id]
        if left_lots <= 0:
            return
        self.open[client_id] = max(0, left_lots - lots)
        if not self.own:
            return
        if left_lots > lots:
            self.model.on_reduced(client_id, lots)
        else:
            self.model.on_gone(client_id)

    def close(self, client_id: str) -> int:
        if self.open.pop(client_id) > 0 and self.own:
            self.model.on_gone(client_id)
        return self.filled.pop(client_id)

    def snapshot(self) -> Snapshot:
        model = self.model.snapshot() if self.own else None
        return {"filled": dict(self.filled), "model": model, "open": dict(self.open)}

    def restore(self, saved: Snapshot) -> None:
        if self.own:
            self.model.restore(read_part(saved, "model"))
        filled, still_open = read_part(saved, "filled"), read_part(saved, "open")
        self.filled = {client_id: read_int(filled, client_id) for client_id in filled}
        self.open = {client_id: read_int(still_open, client_id) for client_id in still_open}


class Bounded(FillModel):
    """A path's own model, with both edges beside it. It fills what the path's model fills.

    An edge that the path trades by itself is not run a second time.

    Every order that comes to rest must be asked for by `close` once it is closed: when it
    is filled, or after `on_gone`.
    """

    def __init__(self, path: FillModel) -> None:
        self._path: Final = path
        if isinstance(path, risk_averse.RiskAverse):
            self._low = _Edge(path, False)
        else:
            self._low = _Edge(risk_averse.build(risk_averse.Config()), True)
        if isinstance(path, optimistic.Optimistic):
            self._high = _Edge(path, False)
        else:
            self._high = _Edge(optimistic.build(optimistic.Config()), True)

    def on_rest(self, order: Resting, book: VenueBook) -> None:
        """Take in an order that has come to rest."""
        self._path.on_rest(order, book)
        self._low.on_rest(order, book)
        self._high.on_rest(order, book)

    def on_quote(self, book: VenueBook, time_ns: int) -> tuple[FillLots, ...]:
        """Follow the book; return the path's fills."""
        fills = self._path.on_quote(book, time_ns)
        self._low.on_fills(self._low.model.on_quote(book, time_ns) if self._low.own else fills)
        self._high.on_fills(self._high.model.on_quote(book, time_ns) if self._high.own else fills)
        return fills

    def on_trade(self, trade: Trade, time_ns: int) -> tuple[FillLots, ...]:
        """Follow a print; return the path's fills."""
        fills = self._path.on_trade(trade, time_ns)
        self._low.on_fills(self._low.model.on_trade(trade, time_ns) if self._low.own else fills)
        self._high.on_fills(self._high.model.on_trade(trade, time_ns) if self._high.own else fills)
        return fills

    def on_reduced(self, client_id: str, lots: int) -> None:
        """Take lots off what is open of an order."""
        self._path.on_reduced(client_id, lots)
        self._low.on_reduced(client_id, lots)
        self._high.on_reduced(client_id, lots)

    def on_gone(self, client_id: str) -> None:
        """Forget an order that was canceled; the edges forget it in `close`."""
        self._path.on_gone(client_id)

    def ahead_lots(self, client_id: str) -> int | None:
        """Return the lots ahead of an order, as the path's model sees them."""
        return self._path.ahead_lots(client_id)

    def close(self, client_id: str) -> OrderBounds:
        """Forget a closed order and return what the edges filled of it; once an order."""
        if client_id not in self._low.open:
            raise InvariantError(f"{client_id} does not rest between these bounds")
        return OrderBounds(self._low.close(client_id), self._high.close(client_id))

    def snapshot(self) -> Snapshot:
        """Return the path's model and both edges."""
        return {
            "high": self._high.snapshot(),
            "low": self._low.snapshot(),
            "path": self._path.snapshot(),
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._path.restore(read_part(saved, "path"))
        self._low.restore(read_part(saved, "low"))
        self._high.restore(read_part(saved, "high"))
