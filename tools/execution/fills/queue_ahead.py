"""First in, first out, behind the size that was displayed when we arrived.

The pessimistic edge: the queue ahead of us shrinks only by what is printed, never because
somebody in front of us may have canceled. An order that rests behind the best does not
know its queue until the best reaches its price.
"""

from dataclasses import dataclass
from typing import Final

from tools.core.errors import InvariantError
from tools.core.events import Side, Trade
from tools.core.snapshots import Snapshot, read_int, read_opt, read_parts, read_text
from tools.execution.fill_model import NO_FILLS, FillLots, FillModel, Resting
from tools.execution.venue_book import VenueBook


@dataclass(frozen=True, kw_only=True)
class Config:
    """This model has no parameters."""


class _Queued:
    """A resting order and the lots ahead of it; None while they cannot be known."""

    def __init__(
        self,
        client_id: str,
        side: Side,
        price_ticks: int,
        leaves_lots: int,
        rested_ns: int,
        ahead_lots: int | None,
    ) -> None:
        self.client_id: Final = client_id
        self.side: Final = side
        self.price_ticks: Final = price_ticks
        self.rested_ns: Final = rested_ns
        self.leaves_lots = leaves_lots
        self.ahead_lots = ahead_lots


class QueueAhead(FillModel):
    """Fills at a price once the size ahead has traded there, or as soon as a print goes beyond it.

    One print's quantity is shared among our own orders of that side by price, then by
    arrival. Own orders never trade with each other, and a quote alone fills nothing, not
    even one that crosses our price.
    """

    def __init__(self, config: Config) -> None:
        # Best price first, then arrival.
        self._buys: list[_Queued] = []
        self._sells: list[_Queued] = []

    def on_rest(self, order: Resting, book: VenueBook) -> None:
        """Take in an order: behind the displayed size at the best, ahead of all if it improves."""
        self._insert(
            _Queued(
                order.client_id,
                order.side,
                order.price_ticks,
                order.qty_lots,
                order.rested_ns,
                _ahead(order.side, order.price_ticks, book),
            )
        )

    def _insert(self, queued: _Queued) -> None:
        buying = queued.side is Side.BUY
        queue = self._buys if buying else self._sells
        at = len(queue)
        while at > 0:
            before = queue[at - 1].price_ticks
            if before == queued.price_ticks or (before > queued.price_ticks) == buying:
                break
            at -= 1
        queue.insert(at, queued)

    def on_quote(self, book: VenueBook, time_ns: int) -> tuple[FillLots, ...]:
        """Learn the queue of orders that the best has just reached; fill nothing."""
        if not book.usable:
            return NO_FILLS
        for queued in self._buys:
            if queued.ahead_lots is None:
                queued.ahead_lots = _ahead(Side.BUY, queued.price_ticks, book)
        for queued in self._sells:
            if queued.ahead_lots is None:
                queued.ahead_lots = _ahead(Side.SELL, queued.price_ticks, book)
        return NO_FILLS

    def on_trade(self, trade: Trade, time_ns: int) -> tuple[FillLots, ...]:
        """Share out a print among the orders that it reaches."""
        queue = self._sells if trade.buyer_aggressor else self._buys
        if not queue:
            return NO_FILLS
        fills: list[FillLots] = []
        left_lots = trade.qty_lots  # what our own better orders did not get
        for queued in queue:
            beyond_ticks = queued.price_ticks - trade.price_ticks
            if trade.buyer_aggressor:
                beyond_ticks = -beyond_ticks
            if beyond_ticks < 0 or left_lots <= 0:
                break
            if queued.rested_ns >= time_ns:
                continue
            ahead_lots = queued.ahead_lots
            if beyond_ticks > 0:
                ahead_lots = 0  # all that was ahead must have traded before this print
            if ahead_lots is None:
                continue
            lots = max(0, min(queued.leaves_lots, left_lots - ahead_lots))
            queued.ahead_lots = max(0, ahead_lots - left_lots)
            if lots > 0:
                queued.leaves_lots -= lots
                left_lots -= lots
                fills.append(FillLots(queued.client_id, lots))
        if not fills:
            return NO_FILLS
        self._drop_filled(queue)
        return tuple(fills)

    def _drop_filled(self, queue: list[_Queued]) -> None:
        kept = 0
        for queued in queue:
            if queued.leaves_lots > 0:
                queue[kept] = queued
                kept += 1
        del queue[kept:]

    def on_reduced(self, client_id: str, lots: int) -> None:
        """Take `lots` off what is open of an order; it keeps its place."""
        for queue in (self._buys, self._sells):
            for queued in queue:
                if queued.client_id == client_id:
                    queued.leaves_lots -= lots

    def on_gone(self, client_id: str) -> None:
        """Forget an order that was canceled."""
        for queue in (self._buys, self._sells):
            for at, queued in enumerate(queue):
                if queued.client_id == client_id:
                    del queue[at]
                    return
        raise InvariantError(f"queue_ahead: {client_id} does not rest here")

    def ahead_lots(self, client_id: str) -> int | None:
        """Return the lots ahead of an order; None if unknown, or if it does not rest."""
        for queue in (self._buys, self._sells):
            for queued in queue:
                if queued.client_id == client_id:
                    return queued.ahead_lots
        return None

    def snapshot(self) -> Snapshot:
        """Return both queues."""
        return {"buys": _saved(self._buys), "sells": _saved(self._sells)}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._buys = _restored(saved, "buys", Side.BUY)
        self._sells = _restored(saved, "sells", Side.SELL)


def _ahead(side: Side, price_ticks: int, book: VenueBook) -> int | None:
    """Return the displayed size at a price: 0 inside the best, None behind it."""
    if side is Side.BUY:
        if price_ticks == book.bid_ticks:
            return book.bid_lots
        return 0 if price_ticks > book.bid_ticks else None
    if price_ticks == book.ask_ticks:
        return book.ask_lots
    return 0 if price_ticks < book.ask_ticks else None


def _saved(queue: list[_Queued]) -> list[object]:
    out: list[object] = []
    for queued in queue:
        out.append(
            {
                "ahead_lots": queued.ahead_lots,
                "client_id": queued.client_id,
                "leaves_lots": queued.leaves_lots,
                "price_ticks": queued.price_ticks,
                "rested_ns": queued.rested_ns,
            }
        )
    return out


def _restored(saved: Snapshot, key: str, side: Side) -> list[_Queued]:
    out: list[_Queued] = []
    for part in read_parts(saved, key):
        out.append(
            _Queued(
                read_text(part, "client_id"),
                side,
                read_int(part, "price_ticks"),
                read_int(part, "leaves_lots"),
                read_int(part, "rested_ns"),
                read_opt(part, "ahead_lots"),
            )
        )
    return out


# What a BUY of 10 lots at 100 gets, over a book of 100 x `bid_lots` / 101 x 5: each trade is
# (price, lots, buyer_aggressor).
EXAMPLES: Final[tuple[tuple[dict[str, int], tuple[tuple[int, int, bool], ...], tuple[int, ...]], ...]] = (
    ({"bid_lots": 7}, ((100, 7, False),), (0,)),
    ({"bid_lots": 7}, ((100, 4, False), (100, 5, False)), (0, 2)),
    ({"bid_lots": 7}, ((99, 3, False), (100, 4, False)), (3, 4)),
    ({"bid_lots": 7}, ((99, 300, False),), (10,)),
    ({"bid_lots": 7}, ((100, 300, True), (101, 300, False)), (0, 0)),
)


def build(config: Config) -> FillModel:
    """Return the model."""
    return QueueAhead(config)
