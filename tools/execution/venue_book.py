"""One instrument's book as the paper venue sees it, and what we took out of it."""

from typing import Final

from tools.core.events import Depth, Quote, Side, Trade
from tools.core.l2.book import L2Book
from tools.core.snapshots import Snapshot, read_int, read_ints, read_list, read_opt, read_part
from tools.core.units import PPM
from tools.execution.venue_impact import MinuteVolume

Took = tuple[int, int]
"""Price in ticks, and the lots that were taken there."""

_DEEP: Final = 1_000  # levels looked at behind the best
_Taken = dict[int, tuple[int, int]]  # by price: what was displayed, and how much of it we took


class VenueBook:
    """Best bid and offer, the levels behind them where they are known, and our own consumption.

    A recorded market does not know that we took something, so its data keep showing it. What
    we took of a level stays taken until data show that level at another size, or show that it
    is gone; a best that moved away and is back at the size that it had is not news. Of the
    best level only quotes are news, because updates by level come later and in batches.

    Parameters
    ----------
    haircut_ppm
        Share of a displayed size that can be taken, rounded down.

    Attributes
    ----------
    last_ticks
        Price of the last market print; None before one.
    volume
        What was printed in the last minute.
    depth, depth_ns
        The book by level, None until a depth event brought levels; the venue's time of the
        newest update that is in it.
    """

    def __init__(self, haircut_ppm: int = PPM) -> None:
        self.bid_ticks = 0
        self.bid_lots = 0
        self.ask_ticks = 0
        self.ask_lots = 0
        self.last_ticks: int | None = None
        self.volume: Final = MinuteVolume()
        self.depth: L2Book | None = None
        self.depth_ns = 0
        self._haircut_ppm: Final = haircut_ppm
        self._bids_taken: _Taken = {}
        self._asks_taken: _Taken = {}

    @property
    def usable(self) -> bool:
        """True once both sides show a price and a size."""
        return self.bid_ticks > 0 and self.ask_ticks > 0 and self.bid_lots > 0 and self.ask_lots > 0

    @property
    def mid_ht(self) -> int | None:
        """The mid; None without two prices."""
        if self.bid_ticks <= 0 or self.ask_ticks <= 0:
            return None
        return self.bid_ticks + self.ask_ticks

    # -- news ---------------------------------------------------------------------------

    def on_quote(self, quote: Quote) -> None:
        """Take a quote over."""
        self.bid_ticks = quote.bid_ticks
        self.bid_lots = quote.bid_lots
        self.ask_ticks = quote.ask_ticks
        self.ask_lots = quote.ask_lots
        if self._bids_taken:
            self._bids_taken = _still_taken(self._bids_taken, quote.bid_ticks, quote.bid_lots, 1)
        if self._asks_taken:
            self._asks_taken = _still_taken(self._asks_taken, quote.ask_ticks, quote.ask_lots, -1)

    def on_trade(self, trade: Trade, time_ns: int) -> None:
        """Note a market print."""
        self.last_ticks = trade.price_ticks
        self.volume.add(time_ns, trade.qty_lots)

    def on_depth(self, event: Depth, time_ns: int) -> None:
        """Follow the levels behind the best."""
        if event.bids is None or event.asks is None:
            return
        if self.depth is None:
            self.depth = L2Book()
        before_id = self.depth.last_id
        self.depth.on_depth(event)
        # A snapshot tells of some time ago, and so does what was kept until it came.
        if event.snapshot or self.depth.last_id == before_id:
            return
        self.depth_ns = time_ns
        if self._bids_taken:
            self._bids_taken = self._confirmed(self._bids_taken, Side.BUY, self.bid_ticks)
        if self._asks_taken:
            self._asks_taken = self._confirmed(self._asks_taken, Side.SELL, self.ask_ticks)

    def _confirmed(self, taken: _Taken, side: Side, best_ticks: int) -> _Taken:
        """Return what of `taken` the book by level does not show at another size."""
        out: _Taken = {}
        depth = self.depth
        for price_ticks, entry in taken.items():
            lots = None if depth is None else depth.lots_at(side, price_ticks)
            if price_ticks == best_ticks or lots is None or lots == entry[0]:
                out[price_ticks] = entry
        return out

    # -- what is there ------------------------------------------------------------------

    def crosses(self, side: Side, price_ticks: int) -> bool:
        """Return True if an order at this price would trade at once."""
        if side is Side.BUY:
            return price_ticks >= self.ask_ticks
        return price_ticks <= self.bid_ticks

    def reached(self, side: Side, stop_ticks: int) -> bool:
        """Return True if the last print has reached the stop price of an order of this side."""
        if self.last_ticks is None:
            return False
        return self.last_ticks >= stop_ticks if side is Side.BUY else self.last_ticks <= stop_ticks

    def quoted_lots(self, side: Side, price_ticks: int) -> int | None:
        """Return the size that a quote displays at a price of a side: 0 better than the best, None behind."""
        best_ticks = self.bid_ticks if side is Side.BUY else self.ask_ticks
        if price_ticks == best_ticks:
            return self.bid_lots if side is Side.BUY else self.ask_lots
        return 0 if (price_ticks > best_ticks) == (side is Side.BUY) else None

    def lots_at(self, side: Side, price_ticks: int) -> int | None:
        """Return the size that others display at a price; None behind the best if no book by level tells."""
        lots = self.quoted_lots(side, price_ticks)
        if lots is None and self.depth is not None:
            lots = self.depth.lots_at(side, price_ticks)
        return lots

    def opposite_ticks(self, side: Side) -> int:
        """Return the best price that an order of this side would take."""
        return self.ask_ticks if side is Side.BUY else self.bid_ticks

    def opposite_lots(self, side: Side) -> int:
        """Return the size displayed at that price."""
        return self.ask_lots if side is Side.BUY else self.bid_lots

    def _levels(self, side: Side) -> list[Took]:
        """Return the displayed levels of a side: the best as the quote has it, then those behind."""
        best = (self.bid_ticks, self.bid_lots) if side is Side.BUY else (self.ask_ticks, self.ask_lots)
        out = [best]
        behind = None if self.depth is None else self.depth.levels(side, _DEEP)
        if behind is not None:
            for price_ticks, lots in behind:
                if price_ticks != best[0] and (price_ticks < best[0]) == (side is Side.BUY):
                    out.append((price_ticks, lots))
        return out

    def _free(
        self, side: Side, limit_ticks: int | None, ahead_lots: int | None
    ) -> list[tuple[int, int, int]]:
        """Return ``(price, displayed, free to take)`` of the levels that an order reaches, best first."""
        out: list[tuple[int, int, int]] = []
        if not self.usable or self.bid_ticks >= self.ask_ticks:
            return out
        buying = side is Side.BUY
        taken = self._asks_taken if buying else self._bids_taken
        for price_ticks, shown_lots in self._levels(side.opposite):
            if limit_ticks is not None:
                beyond_ticks = price_ticks - limit_ticks if buying else limit_ticks - price_ticks
                if beyond_ticks > 0:
                    break
            used_lots = taken[price_ticks][1] if price_ticks in taken else 0
            free_lots = shown_lots * self._haircut_ppm // PPM - used_lots
            if ahead_lots is not None and price_ticks == limit_ticks:
                free_lots = min(free_lots, ahead_lots - used_lots)
            if free_lots > 0:
                out.append((price_ticks, shown_lots, free_lots))
        return out

    def available_lots(self, side: Side, limit_ticks: int | None, ahead_lots: int | None = None) -> int:
        """Return how much `take` could give."""
        total_lots = 0
        for level in self._free(side, limit_ticks, ahead_lots):
            total_lots += level[2]
        return total_lots

    def take(
        self, side: Side, limit_ticks: int | None, lots: int, ahead_lots: int | None = None
    ) -> tuple[Took, ...]:
        """Take up to `lots` from the opposite side, best price first, and return what there was.

        Nothing without a usable book, from beyond the limit price (None: at any), or while the
        book is crossed or locked: one of its sides is then no price that anyone would trade
        at. Of the limit price itself, no more than the first `ahead_lots` if they are given.
        """
        out: list[Took] = []
        taken = self._asks_taken if side is Side.BUY else self._bids_taken
        for price_ticks, shown_lots, free_lots in self._free(side, limit_ticks, ahead_lots):
            if lots <= 0:
                break
            got_lots = min(lots, free_lots)
            lots -= got_lots
            before_lots = taken[price_ticks][1] if price_ticks in taken else 0
            taken[price_ticks] = (shown_lots, before_lots + got_lots)
            out.append((price_ticks, got_lots))
        return tuple(out)

    def untaken_lots(self, side: Side) -> int:
        """Return what is left of the opposite best after what was taken of it."""
        taken = self._asks_taken if side is Side.BUY else self._bids_taken
        price_ticks = self.opposite_ticks(side)
        used_lots = taken[price_ticks][1] if price_ticks in taken else 0
        return max(0, self.opposite_lots(side) - used_lots)

    def met(self, side: Side, lots: int) -> None:
        """Note that a resting order of this side traded with the opposite best, which came to it."""
        taken = self._asks_taken if side is Side.BUY else self._bids_taken
        price_ticks, shown_lots = self.opposite_ticks(side), self.opposite_lots(side)
        before_lots = taken[price_ticks][1] if price_ticks in taken else 0
        taken[price_ticks] = (shown_lots, before_lots + lots)

    # -- snapshot -----------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Return the book."""
        return {
            "ask_lots": self.ask_lots,
            "ask_ticks": self.ask_ticks,
            "asks_taken": _saved(self._asks_taken),
            "bid_lots": self.bid_lots,
            "bid_ticks": self.bid_ticks,
            "bids_taken": _saved(self._bids_taken),
            "depth": None if self.depth is None else self.depth.snapshot(),
            "depth_ns": self.depth_ns,
            "last_ticks": self.last_ticks,
            "volume": self.volume.snapshot(),
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.ask_lots = read_int(saved, "ask_lots")
        self.ask_ticks = read_int(saved, "ask_ticks")
        self._asks_taken = _restored(saved, "asks_taken")
        self.bid_lots = read_int(saved, "bid_lots")
        self.bid_ticks = read_int(saved, "bid_ticks")
        self._bids_taken = _restored(saved, "bids_taken")
        self.depth = None
        if saved["depth"] is not None:
            self.depth = L2Book()
            self.depth.restore(read_part(saved, "depth"))
        self.depth_ns = read_int(saved, "depth_ns")
        self.last_ticks = read_opt(saved, "last_ticks")
        self.volume.restore(read_part(saved, "volume"))


def _still_taken(taken: _Taken, best_ticks: int, best_lots: int, sign: int) -> _Taken:
    """Return what a new best leaves taken: levels behind it, and its own at the size that it had."""
    out: _Taken = {}
    for price_ticks, entry in taken.items():
        if sign * price_ticks < sign * best_ticks or (price_ticks == best_ticks and entry[0] == best_lots):
            out[price_ticks] = entry
    return out


def _saved(taken: _Taken) -> list[object]:
    out: list[object] = []
    for price_ticks, entry in taken.items():
        out.append([price_ticks, entry[0], entry[1]])
    return out


def _restored(saved: Snapshot, key: str) -> _Taken:
    out: _Taken = {}
    for item in read_list(saved, key):
        price_ticks, shown_lots, lots = read_ints({"entry": item}, "entry")
        out[price_ticks] = (shown_lots, lots)
    return out
