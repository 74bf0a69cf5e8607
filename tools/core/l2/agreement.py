"""Does the book say what the quotes and the prints say?

Quotes and depth updates of one instrument share their update ids (Binance). The book after
the update with id `u` must therefore show exactly the quote in force at `u`: the last one
with an id up to `u`, in price and size. That needs no clock, and no order of arrival.

Prints share no ids, so they are weaker: a level through which a print went between the
exchange times of two updates must have been touched by the second.
"""

from bisect import bisect_right
from typing import Final

from tools.core.errors import InvariantError
from tools.core.events import Market, Quote, Trade
from tools.core.snapshots import Snapshot, read_int, read_ints, read_list

_KEPT: Final = 1024  # quotes, tops and prints kept to be held against each other
_CUT: Final = 256

Top = tuple[int, int, int, int]
"""Best bid price, its size, best ask price, its size."""


class Agreement:
    """Compares the top of a book with quotes, by update id.

    Attributes
    ----------
    agreed, contradicted
        Updates after which the book showed the quote in force, or not.
    unchecked
        Updates for which that quote was not seen.
    stale_levels
        Sides of a contradicting book that were better than the quote: a level that is gone.
    traded_through
        Updates that left a best level untouched though a print had gone through it.
    run
        Contradictions in a row, of both kinds.
    """

    def __init__(self) -> None:
        self.agreed = 0
        self.contradicted = 0
        self.unchecked = 0
        self.stale_levels = 0
        self.traded_through = 0
        self.run = 0
        self._ids: list[int] = []
        self._quotes: list[Top] = []
        self._top_ids: list[int] = []
        self._tops: list[Top] = []
        self._print_ns: list[int] = []
        self._prints: list[int] = []  # + price of a buyer's print, - of a seller's

    def clear(self) -> None:
        """Forget quotes, tops and prints; the counts stay."""
        self.run = 0
        self._ids = []
        self._quotes = []
        self.restart()

    def restart(self) -> None:
        """Forget what was said about a book that is no more; quotes stay true."""
        self.run = 0
        self._top_ids = []
        self._tops = []
        self._print_ns = []
        self._prints = []

    def on_quote(self, quote: Quote) -> None:
        """Take in a quote, and settle the tops that it completes."""
        update_id = quote.update_id
        if self._ids and update_id <= self._ids[-1]:
            if update_id < self._ids[-1]:
                self._ids = []  # the ids began anew
                self._quotes = []
            else:
                return
        self._ids.append(update_id)
        self._quotes.append((quote.bid_ticks, quote.bid_lots, quote.ask_ticks, quote.ask_lots))
        settled = 0
        for top_id in self._top_ids:
            if top_id > update_id:
                break
            self._settle(top_id, self._tops[settled])
            settled += 1
        if settled:
            del self._top_ids[:settled]
            del self._tops[:settled]
        if len(self._ids) > _KEPT:
            del self._ids[:_CUT]
            del self._quotes[:_CUT]

    def on_top(self, update_id: int, top: Top) -> None:
        """Take in the top of the book after an update."""
        if self._ids and self._ids[-1] >= update_id:
            self._settle(update_id, top)
            return
        self._top_ids.append(update_id)
        self._tops.append(top)
        if len(self._top_ids) > _KEPT:
            del self._top_ids[:_CUT]
            del self._tops[:_CUT]
            self.unchecked += _CUT

    def _settle(self, update_id: int, top: Top) -> None:
        """Compare a top with the quote in force at its id; a later quote has been seen."""
        index = bisect_right(self._ids, update_id) - 1
        if index < 0:
            self.unchecked += 1
            return
        quote = self._quotes[index]
        if top == quote:
            self.agreed += 1
            self.run = 0
            return
        self.contradicted += 1
        self.run += 1
        if top[0] > quote[0]:
            self.stale_levels += 1
        if top[2] < quote[2]:
            self.stale_levels += 1

    def on_trade(self, trade: Trade) -> None:
        """Take in a print with an exchange time."""
        if trade.exch_ns is None or trade.market is not Market.MARKET:
            return
        self._print_ns.append(trade.exch_ns)
        self._prints.append(trade.price_ticks if trade.buyer_aggressor else -trade.price_ticks)
        if len(self._prints) > _KEPT:
            del self._print_ns[:_CUT]
            del self._prints[:_CUT]

    def through(self, after_ns: int, before_ns: int) -> tuple[int, int]:
        """Return the lowest seller's and the highest buyer's print strictly between two times.

        0 stands for none. Prints up to `before_ns` are then settled and forgotten.
        """
        low = 0
        high = 0
        kept_ns: list[int] = []
        kept: list[int] = []
        for index, print_ns in enumerate(self._print_ns):
            signed = self._prints[index]
            if print_ns >= before_ns:
                kept_ns.append(print_ns)
                kept.append(signed)
            elif print_ns > after_ns:
                if signed > high:
                    high = signed
                elif signed < 0 and (low == 0 or -signed < low):
                    low = -signed
        self._print_ns = kept_ns
        self._prints = kept
        return low, high

    def untouched(self) -> None:
        """Count a best level that a print went through and the update after it left as it was."""
        self.traded_through += 1
        self.run += 1

    def snapshot(self) -> Snapshot:
        """Return the whole state."""
        return {
            "agreed": self.agreed,
            "contradicted": self.contradicted,
            "ids": list(self._ids),
            "print_ns": list(self._print_ns),
            "prints": list(self._prints),
            "quotes": [list(quote) for quote in self._quotes],
            "run": self.run,
            "stale_levels": self.stale_levels,
            "top_ids": list(self._top_ids),
            "tops": [list(top) for top in self._tops],
            "traded_through": self.traded_through,
            "unchecked": self.unchecked,
        }

    def restore(self, state: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.agreed = read_int(state, "agreed")
        self.contradicted = read_int(state, "contradicted")
        self._ids = read_ints(state, "ids")
        self._print_ns = read_ints(state, "print_ns")
        self._prints = read_ints(state, "prints")
        self._quotes = _tops(state, "quotes")
        self.run = read_int(state, "run")
        self.stale_levels = read_int(state, "stale_levels")
        self._top_ids = read_ints(state, "top_ids")
        self._tops = _tops(state, "tops")
        self.traded_through = read_int(state, "traded_through")
        self.unchecked = read_int(state, "unchecked")


def _tops(state: Snapshot, key: str) -> list[Top]:
    out: list[Top] = []
    for item in read_list(state, key):
        top = read_ints({key: item}, key)
        if len(top) != 4:
            raise InvariantError(f"snapshot: {key} is no list of tops")
        out.append((top[0], top[1], top[2], top[3]))
    return out
