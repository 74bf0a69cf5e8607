"""The top of one instrument's book as the paper venue sees it, and what we took out of it."""

from tools.core.events import Quote, Side
from tools.core.snapshots import Snapshot, read_int


class VenueBook:
    """Best bid and offer, with the displayed size that our own taking orders used up.

    A recorded market does not know that we took something, so its quotes keep showing it.
    What we took stays taken until a quote changes the price or the size of that level.
    """

    def __init__(self) -> None:
        self.bid_ticks = 0
        self.bid_lots = 0
        self.ask_ticks = 0
        self.ask_lots = 0
        self._bid_taken_lots = 0
        self._ask_taken_lots = 0

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

    def on_quote(self, quote: Quote) -> None:
        """Take a quote over."""
        if quote.bid_ticks != self.bid_ticks or quote.bid_lots != self.bid_lots:
            self.bid_ticks = quote.bid_ticks
            self.bid_lots = quote.bid_lots
            self._bid_taken_lots = 0
        if quote.ask_ticks != self.ask_ticks or quote.ask_lots != self.ask_lots:
            self.ask_ticks = quote.ask_ticks
            self.ask_lots = quote.ask_lots
            self._ask_taken_lots = 0

    def crosses(self, side: Side, price_ticks: int) -> bool:
        """Return True if an order at this price would trade at once."""
        if side is Side.BUY:
            return price_ticks >= self.ask_ticks
        return price_ticks <= self.bid_ticks

    def opposite_ticks(self, side: Side) -> int:
        """Return the price that an order of this side would take."""
        return self.ask_ticks if side is Side.BUY else self.bid_ticks

    def lots_at(self, side: Side, price_ticks: int) -> int | None:
        """Return the size that others display at a price of a side.

        0 where the price is better than the best, None where it is worse: that cannot be seen.
        """
        best_ticks = self.bid_ticks if side is Side.BUY else self.ask_ticks
        if price_ticks == best_ticks:
            return self.bid_lots if side is Side.BUY else self.ask_lots
        return 0 if (price_ticks > best_ticks) == (side is Side.BUY) else None

    def take(self, side: Side, price_ticks: int, lots: int) -> int:
        """Take up to `lots` at the opposite best and return how many there were.

        Nothing without a usable book, from beyond the limit price, or while the book is
        crossed: one of its sides is then no price that anyone would trade at.
        """
        if not self.usable or self.bid_ticks >= self.ask_ticks or not self.crosses(side, price_ticks):
            return 0
        if side is Side.BUY:
            got = max(0, min(lots, self.ask_lots - self._ask_taken_lots))
            self._ask_taken_lots += got
        else:
            got = max(0, min(lots, self.bid_lots - self._bid_taken_lots))
            self._bid_taken_lots += got
        return got

    def snapshot(self) -> Snapshot:
        """Return the book."""
        return {
            "ask_lots": self.ask_lots,
            "ask_taken_lots": self._ask_taken_lots,
            "ask_ticks": self.ask_ticks,
            "bid_lots": self.bid_lots,
            "bid_taken_lots": self._bid_taken_lots,
            "bid_ticks": self.bid_ticks,
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.ask_lots = read_int(saved, "ask_lots")
        self._ask_taken_lots = read_int(saved, "ask_taken_lots")
        self.ask_ticks = read_int(saved, "ask_ticks")
        self.bid_lots = read_int(saved, "bid_lots")
        self._bid_taken_lots = read_int(saved, "bid_taken_lots")
        self.bid_ticks = read_int(saved, "bid_ticks")
