"""What a book answers: the face of an order book for those who only read it."""

from typing import Final

from tools.core.errors import InvariantError
from tools.core.events import Side
from tools.core.l2.ladder import ASK, BID, Ladder
from tools.core.l2.states import BookState
from tools.core.snapshots import Snapshot, read_ints, read_list

Change = tuple[Side, int, int, int]
"""Side (BUY for bids, SELL for asks), price in ticks, lots before, lots after."""


class BookView:
    """The reading half of `L2Book`.

    While `state` is LIVE, each side is exactly the venue's, from its best level to its
    horizon (see `Ladder`). Otherwise, and beyond the horizon, the answer is None. A side is
    BUY for the bids and SELL for the asks.

    Attributes
    ----------
    state
        A `BookState`.
    epoch
        How often the book was built from a snapshot. When it changes, all levels may have.
    changes
        What the last depth event did inside the horizon, a `Change` for each level, in the
        message's order; empty after an event that was not applied, or that built the book
        anew. Levels named at the size that they had are not among them.
    last_id, exch_ns
        Id and exchange time of the last update applied.
    """

    def __init__(self, max_levels: int) -> None:
        self.state = BookState.SYNCING
        self.epoch = 0
        self.changes: list[Change] = []
        self.last_id: int | None = None
        self.exch_ns: int | None = None
        self._bids: Final = Ladder(BID, max_levels)
        self._asks: Final = Ladder(ASK, max_levels)

    @property
    def live(self) -> bool:
        """True while the book may be read."""
        return self.state is BookState.LIVE

    def _side(self, side: Side) -> Ladder:
        return self._bids if side is Side.BUY else self._asks

    def best(self, side: Side) -> tuple[int, int] | None:
        """Return the best level ``(price_ticks, lots)`` of a side; None unless LIVE."""
        if self.state is not BookState.LIVE:
            return None
        ladder = self._side(side)
        price_ticks = ladder.best_ticks
        lots = ladder.best_lots
        return None if price_ticks is None or lots is None else (price_ticks, lots)

    @property
    def mid_ht(self) -> int | None:
        """The mid in half-ticks; None unless LIVE."""
        if self.state is not BookState.LIVE:
            return None
        bid = self._bids.best_ticks
        ask = self._asks.best_ticks
        return None if bid is None or ask is None else bid + ask

    def levels(self, side: Side, count: int) -> list[tuple[int, int]] | None:
        """Return up to `count` levels ``(price_ticks, lots)``, best first; None unless LIVE."""
        return self._side(side).levels(count) if self.state is BookState.LIVE else None

    def lots_at(self, side: Side, price_ticks: int) -> int | None:
        """Return the size at a price, 0 if nothing rests there; None if it cannot be known."""
        return self._side(side).lots_at(price_ticks) if self.state is BookState.LIVE else None

    def lots_through(self, side: Side, price_ticks: int) -> int | None:
        """Return the size of a side at this price or better; None if it cannot be known."""
        return self._side(side).lots_through(price_ticks) if self.state is BookState.LIVE else None

    def money_through_htl(self, side: Side, price_ticks: int) -> int | None:
        """Return the value of a side at this price or better, in half-tick x lot, or None."""
        return self._side(side).money_through_htl(price_ticks) if self.state is BookState.LIVE else None

    def horizon_ticks(self, side: Side) -> int | None:
        """Return the worst price up to which a side is known; None unless LIVE."""
        return self._side(side).horizon_ticks if self.state is BookState.LIVE else None

    def change_at(self, side: Side, price_ticks: int) -> tuple[int, int] | None:
        """Return ``(lots before, lots after)`` of a level that the last depth event changed."""
        for changed, at_ticks, before_lots, after_lots in self.changes:
            if changed is side and at_ticks == price_ticks:
                return before_lots, after_lots
        return None


def saved_changes(changes: list[Change]) -> list[object]:
    """Return changes as a snapshot holds them."""
    return [[side.value, price_ticks, before, after] for side, price_ticks, before, after in changes]


def changes_from(state: Snapshot) -> list[Change]:
    """Return the changes that `saved_changes` wrote."""
    out: list[Change] = []
    for item in read_list(state, "changes"):
        if not isinstance(item, (list, tuple)) or len(item) != 4:
            raise InvariantError("snapshot: changes is no list of changes")
        price_ticks, before_lots, after_lots = read_ints({"changes": item[1:]}, "changes")
        out.append((Side(str(item[0])), price_ticks, before_lots, after_lots))
    return out
