"""The truth, where every order of the market has an id: first in, first out, exactly.

It follows order events and not quotes and prints, which carry no ids; no feed of this
project does, so a paper venue refuses it. It is the measure of the other models
(``python -m tools.lab truth``).
"""

from dataclasses import dataclass
from typing import Final

from tools.core.errors import InvariantError
from tools.core.events import Side, Trade
from tools.core.snapshots import Snapshot, read_int, read_ints, read_list, read_parts, read_text
from tools.execution.fill_model import NO_FILLS, FillLots, FillModel, Resting
from tools.execution.order_events import OrderEvent, OrderEventKind
from tools.execution.venue_book import VenueBook

NEEDS_ORDER_IDS: Final = (
    "level3 needs the id of every order, which quotes and prints do not have;"
    " take another model, such as risk_averse (`execlab truth` holds them all against level3)"
)
"""Why a venue that is fed with quotes and prints refuses this model."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """This model has no parameters."""


class _Theirs:
    """An order of the market: its place in the order of arrival, and what is left of it."""

    def __init__(self, number: int, side: Side, price_ticks: int, lots: int) -> None:
        self.number: Final = number
        self.side: Final = side
        self.price_ticks: Final = price_ticks
        self.lots = lots


class _Ours:
    """A resting order of ours; whoever came to its price by `number` is ahead of it."""

    def __init__(self, order: Resting, number: int, leaves_lots: int, ahead_lots: int) -> None:
        self.order: Final = order
        self.number: Final = number
        self.leaves_lots = leaves_lots
        self.ahead_lots = ahead_lots


class Level3(FillModel):
    """Fills by `on_order`; quotes and prints say nothing that the order events have not said."""

    def __init__(self) -> None:
        self._numbers = 0
        self._theirs: dict[int, _Theirs] = {}
        self._ours: list[_Ours] = []  # as they came

    def on_order(self, event: OrderEvent) -> tuple[FillLots, ...]:
        """Follow one order of the market; return the fills that its change stands for."""
        if event.kind is OrderEventKind.ADDED:
            self._numbers += 1
            self._theirs[event.order_id] = _Theirs(self._numbers, event.side, event.price_ticks, event.lots)
            return self._met(event)
        theirs = self._theirs.get(event.order_id)
        if theirs is None:  # rests since before the feed began: ahead of whoever asks
            return NO_FILLS
        fills = NO_FILLS
        if event.kind is OrderEventKind.TRADED:
            fills = self._traded(theirs, event)
        for ours in self._ours:
            if _behind(ours, theirs):
                ours.ahead_lots -= min(ours.ahead_lots, event.lots)
        theirs.lots -= event.lots
        if theirs.lots <= 0:
            del self._theirs[event.order_id]
        return fills

    def _traded(self, theirs: _Theirs, event: OrderEvent) -> tuple[FillLots, ...]:
        """Fill by what traded at worse prices than ours, or at ours with somebody behind us."""
        fills: list[FillLots] = []
        left_lots = event.lots
        for ours in self._by_price(theirs.side):
            beyond_ticks = _sign(theirs.side) * (ours.order.price_ticks - theirs.price_ticks)
            if beyond_ticks > 0 or (beyond_ticks == 0 and theirs.number > ours.number):
                if ours.order.rested_ns < event.time_ns:
                    left_lots -= self._fill(ours, left_lots, fills)
        return self._made(fills)

    def _met(self, event: OrderEvent) -> tuple[FillLots, ...]:
        """Fill by an order of the other side that came to rest at our price or better for us."""
        fills: list[FillLots] = []
        left_lots = event.lots
        side = event.side.opposite
        for ours in self._by_price(side):
            if _sign(side) * (ours.order.price_ticks - event.price_ticks) >= 0:
                left_lots -= self._fill(ours, left_lots, fills)
        return self._made(fills)

    def _by_price(self, side: Side) -> list[_Ours]:
        """Return our orders of a side, best price first, then as they came."""
        if len(self._ours) == 1:
            return self._ours if self._ours[0].order.side is side else []
        keyed: list[tuple[int, int, _Ours]] = []
        for at, ours in enumerate(self._ours):
            if ours.order.side is side:
                keyed.append((-_sign(side) * ours.order.price_ticks, at, ours))
        keyed.sort(key=_priority)
        return [item[2] for item in keyed]

    def _fill(self, ours: _Ours, lots: int, fills: list[FillLots]) -> int:
        got_lots = min(ours.leaves_lots, lots)
        if got_lots > 0:
            ours.leaves_lots -= got_lots
            fills.append(FillLots(ours.order.client_id, got_lots))
        return got_lots

    def _made(self, fills: list[FillLots]) -> tuple[FillLots, ...]:
        if not fills:
            return NO_FILLS
        self._ours = [ours for ours in self._ours if ours.leaves_lots > 0]
        return tuple(fills)

    def on_rest(self, order: Resting, book: VenueBook) -> None:
        """Queue an order up behind everybody who rests at its price."""
        ahead_lots = 0
        for theirs in self._theirs.values():
            if theirs.side is order.side and theirs.price_ticks == order.price_ticks:
                ahead_lots += theirs.lots
        self._ours.append(_Ours(order, self._numbers, order.qty_lots, ahead_lots))

    def on_quote(self, book: VenueBook, time_ns: int) -> tuple[FillLots, ...]:
        """Take no notice."""
        return NO_FILLS

    def on_trade(self, trade: Trade, time_ns: int) -> tuple[FillLots, ...]:
        """Take no notice."""
        return NO_FILLS

    def _find(self, client_id: str) -> _Ours | None:
        for ours in self._ours:
            if ours.order.client_id == client_id:
                return ours
        return None

    def on_reduced(self, client_id: str, lots: int) -> None:
        """Take lots off what is open of an order; raise `InvariantError` unless some stay open."""
        ours = self._find(client_id)
        if ours is None or not 0 < lots < ours.leaves_lots:
            raise InvariantError(f"{client_id}: {lots} lots cannot be taken off")
        ours.leaves_lots -= lots

    def on_gone(self, client_id: str) -> None:
        """Forget an order that was canceled; raise `InvariantError` if there is none."""
        ours = self._find(client_id)
        if ours is None:
            raise InvariantError(f"{client_id} does not rest in this fill model")
        self._ours.remove(ours)

    def ahead_lots(self, client_id: str) -> int | None:
        """Return the lots of others ahead of an order; None if it does not rest."""
        ours = self._find(client_id)
        return None if ours is None else ours.ahead_lots

    def snapshot(self) -> Snapshot:
        """Return both sides' orders."""
        theirs: list[object] = []
        for order_id, order in self._theirs.items():
            theirs.append([order_id, order.number, _sign(order.side), order.price_ticks, order.lots])
        ours: list[object] = []
        for own in self._ours:
            ours.append(
                {
                    "ahead_lots": own.ahead_lots,
                    "client_id": own.order.client_id,
                    "leaves_lots": own.leaves_lots,
                    "number": own.number,
                    "price_ticks": own.order.price_ticks,
                    "qty_lots": own.order.qty_lots,
                    "rested_ns": own.order.rested_ns,
                    "side": own.order.side.value,
                }
            )
        return {"numbers": self._numbers, "ours": ours, "theirs": theirs}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._numbers = read_int(saved, "numbers")
        self._theirs = {}
        for item in read_list(saved, "theirs"):
            order_id, number, sign, price_ticks, lots = read_ints({"order": item}, "order")
            side = Side.BUY if sign > 0 else Side.SELL
            self._theirs[order_id] = _Theirs(number, side, price_ticks, lots)
        self._ours = []
        for part in read_parts(saved, "ours"):
            order = Resting(
                read_text(part, "client_id"),
                Side(read_text(part, "side")),
                read_int(part, "price_ticks"),
                read_int(part, "qty_lots"),
                read_int(part, "rested_ns"),
            )
            number, leaves_lots = read_int(part, "number"), read_int(part, "leaves_lots")
            self._ours.append(_Ours(order, number, leaves_lots, read_int(part, "ahead_lots")))


def _sign(side: Side) -> int:
    return 1 if side is Side.BUY else -1


def _priority(item: tuple[int, int, _Ours]) -> tuple[int, int]:
    return item[0], item[1]


def _behind(ours: _Ours, theirs: _Theirs) -> bool:
    """Return True if our order waits behind this one."""
    if ours.order.side is not theirs.side or ours.order.price_ticks != theirs.price_ticks:
        return False
    return theirs.number <= ours.number


# What a BUY of 10 lots at 100 gets behind one order of `bid_lots`, with others behind it and at
# every price below: each trade is (price, lots, buyer_aggressor).
EXAMPLES: Final[tuple[tuple[dict[str, int], tuple[tuple[int, int, bool], ...], tuple[int, ...]], ...]] = (
    ({"bid_lots": 7}, ((100, 7, False),), (0,)),
    ({"bid_lots": 7}, ((100, 4, False), (100, 5, False)), (0, 2)),
    ({"bid_lots": 7}, ((99, 300, False),), (10,)),
    ({"bid_lots": 7}, ((101, 300, True),), (0,)),
)


def build(config: Config) -> Level3:
    """Return the model."""
    return Level3()
