"""Top of book: which quotes count, and what they say."""

from typing import Final

from tools.core.events import Quote
from tools.core.snapshots import Snapshot, read_bool, read_int, read_opt
from tools.core.units import UBPS_ONE

# An id this far ahead of the last one is no id of this venue.
_ABSURD_JUMP: Final = 10**12
REBASE_AFTER: Final = 100
"""Quotes in a row below an odd id after which that id is given up."""


class Book:
    """Best bid and offer of one instrument.

    A quote whose update id is not above the last one is counted and not applied: it
    describes a book older than the one we hold. Update ids need not be contiguous.

    Attributes
    ----------
    mid_ht, spread_ubps
        Mid in half-ticks and quoted spread in micro-bps of the mid, rounded down; the
        spread of a crossed book is negative.
    depth_lots
        The smaller of the two best sizes.
    crossed_since_ns
        When bid >= ask began, or None while it is not so.
    """

    def __init__(self) -> None:
        self.seen = False
        self.time_ns = 0
        self.bid_ticks = 0
        self.bid_lots = 0
        self.ask_ticks = 0
        self.ask_lots = 0
        self.mid_ht = 0
        self.spread_ubps = 0
        self.depth_lots = 0
        self.crossed_since_ns: int | None = None
        self.applied = 0
        self.duplicates = 0
        self.regressions = 0
        self.invalid = 0
        self.crossed = 0  # applied quotes with bid > ask
        self.locked = 0  # applied quotes with bid == ask
        self._last_id: int | None = None
        self._behind = 0  # length of a run of ids going up below the last one
        self._behind_id = 0

    def apply(self, quote: Quote, now_ns: int) -> bool:
        """Take over `quote`; return False, and change nothing but counters, if it may not count."""
        last_id = self._last_id
        if last_id is not None and quote.update_id <= last_id and not self._rebased(quote.update_id):
            return False
        if last_id is not None and quote.update_id - last_id > _ABSURD_JUMP:
            self.invalid += 1
            return False
        bid = quote.bid_ticks
        ask = quote.ask_ticks
        bid_lots = quote.bid_lots
        ask_lots = quote.ask_lots
        if bid <= 0 or ask <= 0 or bid_lots <= 0 or ask_lots <= 0:
            self.invalid += 1
            return False
        self._last_id = quote.update_id
        self._behind = 0
        if bid != self.bid_ticks or ask != self.ask_ticks:
            mid_ht = bid + ask
            self.bid_ticks = bid
            self.ask_ticks = ask
            self.mid_ht = mid_ht
            self.spread_ubps = 2 * (ask - bid) * UBPS_ONE // mid_ht
        if bid >= ask:
            if bid > ask:
                self.crossed += 1
            else:
                self.locked += 1
            if self.crossed_since_ns is None:
                self.crossed_since_ns = now_ns
        elif self.crossed_since_ns is not None:
            self.crossed_since_ns = None
        self.bid_lots = bid_lots
        self.ask_lots = ask_lots
        self.depth_lots = bid_lots if bid_lots < ask_lots else ask_lots
        self.time_ns = now_ns
        self.applied += 1
        self.seen = True
        return True

    def _rebased(self, update_id: int) -> bool:
        """Count an id that is not above the last one; return True if the last one was the odd one.

        That is so once a long run of ids has gone up one after the other below it.
        """
        if update_id == self._last_id:
            self.duplicates += 1
            return False
        self.regressions += 1
        self._behind = self._behind + 1 if update_id > self._behind_id else 1
        self._behind_id = update_id
        if self._behind < REBASE_AFTER:
            return False
        self.regressions -= 1  # this one is applied
        return True

    def reconnected(self) -> None:
        """Forget the book: a new connection starts from another one, and the old one is history."""
        self._last_id = None
        self._behind = 0
        self.seen = False
        self.crossed_since_ns = None

    def counters(self) -> dict[str, int]:
        """Return how many quotes came in, and what became of them."""
        return {
            "quotes": self.applied + self.duplicates + self.regressions + self.invalid,
            "quotes_applied": self.applied,
            "quotes_crossed": self.crossed,
            "quotes_duplicate": self.duplicates,
            "quotes_invalid": self.invalid,
            "quotes_locked": self.locked,
            "quotes_regressed": self.regressions,
        }

    def snapshot(self) -> Snapshot:
        """Return the whole state."""
        return {
            "applied": self.applied,
            "ask_lots": self.ask_lots,
            "ask_ticks": self.ask_ticks,
            "behind": self._behind,
            "behind_id": self._behind_id,
            "bid_lots": self.bid_lots,
            "bid_ticks": self.bid_ticks,
            "crossed": self.crossed,
            "crossed_since_ns": self.crossed_since_ns,
            "duplicates": self.duplicates,
            "invalid": self.invalid,
            "last_id": self._last_id,
            "locked": self.locked,
            "regressions": self.regressions,
            "seen": self.seen,
            "time_ns": self.time_ns,
        }

    def restore(self, state: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.applied = read_int(state, "applied")
        self.ask_lots = read_int(state, "ask_lots")
        self.ask_ticks = read_int(state, "ask_ticks")
        self._behind = read_int(state, "behind")
        self._behind_id = read_int(state, "behind_id")
        self.bid_lots = read_int(state, "bid_lots")
        self.bid_ticks = read_int(state, "bid_ticks")
        self.crossed = read_int(state, "crossed")
        self.crossed_since_ns = read_opt(state, "crossed_since_ns")
        self.duplicates = read_int(state, "duplicates")
        self.invalid = read_int(state, "invalid")
        self._last_id = read_opt(state, "last_id")
        self.locked = read_int(state, "locked")
        self.regressions = read_int(state, "regressions")
        self.seen = read_bool(state, "seen")
        self.time_ns = read_int(state, "time_ns")
        self.mid_ht = self.bid_ticks + self.ask_ticks
        self.spread_ubps = 0
        if self.mid_ht > 0:
            self.spread_ubps = 2 * (self.ask_ticks - self.bid_ticks) * UBPS_ONE // self.mid_ht
        self.depth_lots = min(self.bid_lots, self.ask_lots)
