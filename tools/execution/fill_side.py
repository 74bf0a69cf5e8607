"""The orders of ours that rest on one side of one instrument, and the prices that they watch."""

from typing import Final

from tools.core.errors import InvariantError
from tools.core.events import Side
from tools.core.snapshots import Snapshot, read_int, read_ints, read_part, read_parts, read_text
from tools.execution.crossing import Crossing
from tools.execution.fill_model import FillLots, Resting
from tools.execution.front import Fronts
from tools.execution.netting import UNKNOWN_LOTS, Level, level_from
from tools.execution.queued import Queued
from tools.execution.venue_book import VenueBook


class FillSide:
    """One side: our orders by price, then by arrival.

    Prices are compared as `_sign * price`, of which the larger is the better on both sides.
    What our better-priced and earlier orders get of a print or of a crossing quote is gone
    for the later ones. Our orders are no part of what the market displays.
    """

    def __init__(self, side: Side, fronts: Fronts, join_ns: int) -> None:
        self._side: Final = side
        self._sign: Final = 1 if side is Side.BUY else -1
        self._fronts: Final = fronts
        self._join_ns: Final = join_ns
        self._queue: list[Queued] = []
        self._levels: dict[int, Level] = {}  # the best, those of our orders, those left of late
        self._best_ticks = 0  # 0 before the first quote
        self._best_lots = 0
        # Where the best fell through of late, as signed prices: the first, and the first not.
        self._swept_ns = -1
        self._swept_from = 0
        self._swept_to = 0
        self._crossing: Final = Crossing(self._sign)
        self._depth_ns = 0  # of the newest levels that our orders have heard of

    # -- orders -------------------------------------------------------------------------

    def on_rest(self, order: Resting, book: VenueBook) -> None:
        """Queue an order up behind what is displayed at its price."""
        now_ns = order.rested_ns
        level = self._level(order.price_ticks, self._shown(book, order.price_ticks), now_ns)
        level.orders += 1
        queued = Queued(order.client_id, order.qty_lots, now_ns, level, self._fronts.make())
        queued.on_level(now_ns, 0, level.credit_lots(now_ns), level.credit_until_ns(now_ns))
        at = len(self._queue)
        while at > 0 and self._beyond(self._queue[at - 1].level.price_ticks, order.price_ticks) < 0:
            at -= 1
        self._queue.insert(at, queued)
        if book.crosses(self._side, order.price_ticks):  # a taker's rest: what it could take, it did
            self._crossing.fresh_lots(book.opposite_ticks(self._side), book.opposite_lots(self._side))

    def _beyond(self, price_ticks: int, than_ticks: int) -> int:
        """Return by how much the first price is the better one."""
        return self._sign * (price_ticks - than_ticks)

    def _shown(self, book: VenueBook, price_ticks: int) -> int | None:
        """Return what a quote displays at a price: 0 better than the best, None behind it."""
        buying = self._side is Side.BUY
        beyond_ticks = self._beyond(price_ticks, book.bid_ticks if buying else book.ask_ticks)
        if beyond_ticks == 0:
            return book.bid_lots if buying else book.ask_lots
        return 0 if beyond_ticks > 0 else None

    def _level(self, price_ticks: int, shown_lots: int | None, now_ns: int) -> Level:
        level = self._levels.get(price_ticks)
        if level is None:
            level = Level(price_ticks, shown_lots, self._join_ns)
            if self._swept(price_ticks, now_ns):
                level.came_to_light(self._swept_ns)
            self._levels[price_ticks] = level
        elif level.orders == 0:
            level.on_quote(shown_lots, now_ns)  # not every level is followed while nobody rests
        return level

    def _swept(self, price_ticks: int, now_ns: int) -> bool:
        if self._swept_ns < 0 or self._swept_ns + self._join_ns < now_ns:
            return False
        return self._swept_to <= self._sign * price_ticks < self._swept_from

    def find(self, client_id: str) -> Queued | None:
        """Return an order; None if it does not rest here."""
        for queued in self._queue:
            if queued.client_id == client_id:
                return queued
        return None

    def drop(self, queued: Queued) -> None:
        """Take an order out."""
        self._queue.remove(queued)
        queued.level.orders -= 1

    # -- the market ---------------------------------------------------------------------

    def on_quote(self, book: VenueBook, now_ns: int, fills: list[FillLots]) -> None:
        """Follow the displayed sizes; add the fills by what crosses us."""
        buying = self._side is Side.BUY
        best_ticks = book.bid_ticks if buying else book.ask_ticks
        best_lots = book.bid_lots if buying else book.ask_lots
        if best_ticks != self._best_ticks or book.depth_ns > self._depth_ns:
            self._follow(book, best_ticks, now_ns)
        elif best_lots != self._best_lots:  # at an unchanged best no other level looks different
            self._on_level(self._levels[best_ticks], best_lots, now_ns)
        else:
            for queued in self._queue:
                self._settle(queued.level, now_ns)
        self._best_lots = best_lots
        if self._queue or not self._crossing.empty:
            self._cross(book, fills)

    def _follow(self, book: VenueBook, best_ticks: int, now_ns: int) -> None:
        moved = self._beyond(best_ticks, self._best_ticks)
        if self._best_ticks != 0 and moved < 0:
            self._sweep(best_ticks, now_ns)
        if best_ticks not in self._levels:
            # Above the old best nothing was displayed; below it, it could not be seen.
            self._level(best_ticks, 0, now_ns)
        self._best_ticks = best_ticks
        idle: list[int] = []
        for level in self._levels.values():
            self._on_level(level, self._shown(book, level.price_ticks), now_ns)
            if level.price_ticks != best_ticks and level.idle(now_ns):
                idle.append(level.price_ticks)
        for price_ticks in idle:
            del self._levels[price_ticks]
        if book.depth_ns > self._depth_ns:
            self._behind(book, now_ns)

    def _on_level(self, level: Level, shown_lots: int | None, now_ns: int) -> None:
        """Let a level show a size; tell the orders that rest there if it is another."""
        self._settle(level, now_ns)
        before_lots = level.shown_lots
        fell_lots = level.on_quote(shown_lots, now_ns)
        if level.orders == 0 or shown_lots == before_lots:
            return
        credit_lots, until_ns = level.credit_lots(now_ns), level.credit_until_ns(now_ns)
        for queued in self._queue:
            if queued.level is level:
                queued.on_level(now_ns, fell_lots, credit_lots, until_ns)

    def _behind(self, book: VenueBook, now_ns: int) -> None:
        """Tell orders behind the best what a book by level, newer than they are, shows at their prices.

        Updates by level come in batches, so that what left within one and what came cannot be told.
        They may tell of up to `join_ns` before their time, when others may have come after that and
        before us: an update that is newer by no more than that bounds nothing.
        """
        self._depth_ns = book.depth_ns
        known_ns = book.depth_ns - self._join_ns
        for queued in self._queue:
            if queued.level.shown_lots is None and queued.rested_ns < known_ns:
                lots = book.lots_at(self._side, queued.level.price_ticks)
                if lots is not None:
                    queued.front.on_behind(now_ns, lots)

    def _sweep(self, best_ticks: int, now_ns: int) -> None:
        """Note that the best fell: what happened from the new one up to the old one was not seen."""
        key, old_key = self._sign * best_ticks, self._sign * self._best_ticks
        if self._swept_ns >= 0 and self._swept_ns + self._join_ns >= now_ns:
            key, old_key = min(key, self._swept_to), max(old_key, self._swept_from)
        self._swept_ns, self._swept_to, self._swept_from = now_ns, key, old_key

    def _settle(self, level: Level, now_ns: int) -> None:
        """Say of falls that have grown old what they were."""
        fall = level.settled(now_ns)
        while fall is not None:
            prints = level.explain(fall)
            if level.orders > 0:
                for queued in self._queue:
                    if queued.level is level:
                        queued.on_settled(fall, prints)
            fall = level.settled(now_ns)

    def _cross(self, book: VenueBook, fills: list[FillLots]) -> None:
        """Trade with what the other side newly displays at our prices or better for us.

        What an order of ours had taken there before is no longer there.
        """
        other_ticks = book.opposite_ticks(self._side)
        self._crossing.on_best(other_ticks)
        if not self._queue or self._beyond(self._queue[0].level.price_ticks, other_ticks) < 0:
            return
        if self._beyond(self._best_ticks, other_ticks) >= 0:  # the market is crossed without us
            return
        fresh_lots = self._crossing.fresh_lots(other_ticks, book.opposite_lots(self._side))
        left_lots = min(fresh_lots, book.untaken_lots(self._side))
        for queued in self._queue:
            if left_lots <= 0 or self._beyond(queued.level.price_ticks, other_ticks) < 0:
                break
            left_lots -= self._fill(queued, left_lots, fills)
        self._drop_filled()

    def on_trade(self, price_ticks: int, lots: int, now_ns: int, fills: list[FillLots]) -> None:
        """Share out a print by a taker of the other side; add the fills."""
        level = self._levels.get(price_ticks)
        if level is not None:
            self._settle(level, now_ns)
        left_lots = lots  # what our own better orders did not get
        for queued in self._queue:
            beyond_ticks = self._beyond(queued.level.price_ticks, price_ticks)
            if beyond_ticks < 0 or left_lots <= 0:
                break
            if queued.rested_ns >= now_ns:
                continue
            if beyond_ticks > 0:
                reach_lots = queued.front.beyond_lots(
                    left_lots, self._early_lots(level, price_ticks, now_ns, queued.rested_ns)
                )
                if reach_lots > 0:
                    queued.front.on_beyond()
            else:
                reach_lots = queued.front.reach_lots(now_ns, left_lots)
                queued.front.on_print(left_lots)
            if reach_lots > 0:
                left_lots -= self._fill(queued, min(reach_lots, left_lots), fills)
        if level is not None:
            level.on_print(lots, now_ns)  # after those who rested before its fall have asked for it
        if fills:
            self._drop_filled()

    def _early_lots(self, level: Level | None, price_ticks: int, now_ns: int, rested_ns: int) -> int:
        """Return how much of a print of now may have been traded up to `rested_ns`."""
        if rested_ns + self._join_ns >= now_ns and self._swept(price_ticks, now_ns):
            return UNKNOWN_LOTS
        return 0 if level is None else level.early_lots(now_ns, rested_ns)

    def _fill(self, queued: Queued, lots: int, fills: list[FillLots]) -> int:
        got_lots = min(queued.leaves_lots, lots)
        if got_lots > 0:
            queued.leaves_lots -= got_lots
            fills.append(FillLots(queued.client_id, got_lots))
        return got_lots

    def _drop_filled(self) -> None:
        kept = 0
        for queued in self._queue:
            if queued.leaves_lots > 0:
                self._queue[kept] = queued
                kept += 1
            else:
                queued.level.orders -= 1
        del self._queue[kept:]

    # -- snapshot -----------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        return {
            "best": [self._best_ticks, self._best_lots],
            "crossing": self._crossing.snapshot(),
            "depth_ns": self._depth_ns,
            "levels": [level.snapshot() for level in self._levels.values()],
            "orders": [queued.snapshot() for queued in self._queue],
            "swept": [self._swept_ns, self._swept_from, self._swept_to],
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._best_ticks, self._best_lots = read_ints(saved, "best")
        self._swept_ns, self._swept_from, self._swept_to = read_ints(saved, "swept")
        self._crossing.restore(read_part(saved, "crossing"))
        self._depth_ns = read_int(saved, "depth_ns")
        self._levels = {}
        for part in read_parts(saved, "levels"):
            level = level_from(part, self._join_ns)
            self._levels[level.price_ticks] = level
        self._queue = []
        for part in read_parts(saved, "orders"):
            at = self._levels.get(read_int(part, "price_ticks"))
            if at is None:
                raise InvariantError("snapshot: an order rests at a price that nobody watches")
            front = self._fronts.make()
            front.restore(read_part(part, "front"))
            self._queue.append(
                Queued(
                    read_text(part, "client_id"),
                    read_int(part, "leaves_lots"),
                    read_int(part, "rested_ns"),
                    at,
                    front,
                )
            )
