"""The rules that every queue model of the top of a book shares; a model adds its `Front`.

- A print at our price shortens the queue and, past it, fills us; a print beyond our price fills
  us with what our own better orders leave of it. Nothing fills by a print of the instant at
  which it came to rest, or before.
- A quote of the other side that crosses our price fills us, up to the size that it newly displays.
- The size displayed at our price is known at the best and better than it, where it is 0. Behind
  the best it cannot be seen (`on_blind`) unless the book has levels.
- Prints and falls of displayed size are netted in either order (`netting`).
"""

from typing import Final

from tools.core.errors import InvariantError
from tools.core.events import Side, Trade
from tools.core.snapshots import Snapshot, read_part
from tools.execution.fill_model import NO_FILLS, FillLots, FillModel, Resting
from tools.execution.fill_side import FillSide
from tools.execution.front import Fronts
from tools.execution.venue_book import VenueBook


class QueueModel(FillModel):
    """First in, first out, with the queue ahead as the model's fronts see it.

    Parameters
    ----------
    fronts
        Makes the front of each order.
    join_ns
        How far a print and the quote that shows it may be apart.
    """

    def __init__(self, fronts: Fronts, join_ns: int) -> None:
        self._buys: Final = FillSide(Side.BUY, fronts, join_ns)
        self._sells: Final = FillSide(Side.SELL, fronts, join_ns)

    def on_rest(self, order: Resting, book: VenueBook) -> None:
        """Queue an order up behind what is displayed at its price."""
        side = self._buys if order.side is Side.BUY else self._sells
        side.on_rest(order, book)

    def on_quote(self, book: VenueBook, time_ns: int) -> tuple[FillLots, ...]:
        """Follow the displayed sizes; fill what the other side has crossed."""
        if not book.usable:
            return NO_FILLS
        fills: list[FillLots] = []
        self._buys.on_quote(book, time_ns, fills)
        self._sells.on_quote(book, time_ns, fills)
        return tuple(fills) if fills else NO_FILLS

    def on_trade(self, trade: Trade, time_ns: int) -> tuple[FillLots, ...]:
        """Share a print out among the orders that it reaches."""
        fills: list[FillLots] = []
        side = self._sells if trade.buyer_aggressor else self._buys
        side.on_trade(trade.price_ticks, trade.qty_lots, time_ns, fills)
        return tuple(fills) if fills else NO_FILLS

    def on_reduced(self, client_id: str, lots: int) -> None:
        """Take lots off what is open of an order; raise `InvariantError` unless some stay open."""
        for side in (self._buys, self._sells):
            queued = side.find(client_id)
            if queued is not None:
                if not 0 < lots < queued.leaves_lots:
                    raise InvariantError(
                        f"{client_id}: {lots} of {queued.leaves_lots} lots cannot be taken off"
                    )
                queued.leaves_lots -= lots
                return
        raise InvariantError(f"{client_id} does not rest in this fill model")

    def on_gone(self, client_id: str) -> None:
        """Forget an order that was canceled; raise `InvariantError` if there is none."""
        for side in (self._buys, self._sells):
            queued = side.find(client_id)
            if queued is not None:
                side.drop(queued)
                return
        raise InvariantError(f"{client_id} does not rest in this fill model")

    def ahead_lots(self, client_id: str) -> int | None:
        """Return the lots ahead of an order; None if unknown, or if it does not rest."""
        for side in (self._buys, self._sells):
            queued = side.find(client_id)
            if queued is not None:
                return queued.front.ahead_lots()
        return None

    def snapshot(self) -> Snapshot:
        """Return both sides."""
        return {"buys": self._buys.snapshot(), "sells": self._sells.snapshot()}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._buys.restore(read_part(saved, "buys"))
        self._sells.restore(read_part(saved, "sells"))
