"""Trades and quotes joined by the venue's own time, in whichever order they arrive.

A quote that already holds the effect of a trade often arrives before the trade's message.
Where quotes and trades carry exchange times, the quote before a trade is therefore the last
one with ``T_quote < T_trade``, looked for `hold_ns` after the trade arrived; the mid at a
horizon is that of the last quote with ``T_quote <= T_trade + h``, looked for `hold_ns` after
the horizon. Where they do not (spot quotes), the order of arrival decides.
"""

from bisect import bisect_left, bisect_right
from typing import Final

from tools.core.events import Quote, Trade
from tools.core.snapshots import Snapshot, read_bool, read_int, read_ints, read_opt
from tools.core.units import NS_PER_S

EXCHANGE: Final = "exchange"
RECEIVE: Final = "receive"

LATE_NS: Final = 20 * NS_PER_S
"""What lies this far before the newest quote, in the venue's time, is not joined any more."""

_ODD_NS: Final = 10 * NS_PER_S
_CUT: Final = 512


class QuoteJoin:
    """The recent quotes by the time that joins them.

    Times of quotes never go back here: one that is older than the last is lifted to it. One
    that runs more than 10 s further ahead than the receive time did is left out, unless the
    one after it agrees.

    Attributes
    ----------
    by_exchange
        Whether exchange times join; set by the first quote or by a restored snapshot.
    """

    def __init__(self) -> None:
        self.seen = False
        self.by_exchange = False
        self._head = 0
        self._times: list[int] = []
        self._bids: list[int] = []
        self._asks: list[int] = []
        self._recv_ns = 0  # of the newest quote
        self._odd_ns: int | None = None

    def put(self, quote: Quote, now_ns: int) -> None:
        """Take in an accepted quote."""
        if not self.seen:
            self.seen = True
            self.by_exchange = quote.exch_ns is not None
        time_ns = now_ns
        if self.by_exchange:
            exch_ns = quote.exch_ns
            if exch_ns is None or self._odd(exch_ns, now_ns):
                return
            time_ns = exch_ns
        times = self._times
        if times and time_ns < times[-1]:
            time_ns = times[-1]
        times.append(time_ns)
        self._bids.append(quote.bid_ticks)
        self._asks.append(quote.ask_ticks)
        self._recv_ns = now_ns
        head = self._head
        edge = time_ns - LATE_NS
        last = len(times) - 1
        while head < last and times[head + 1] <= edge:
            head += 1
        if head > _CUT and head + head > last:
            del times[:head]
            del self._bids[:head]
            del self._asks[:head]
            head = 0
        self._head = head

    def _odd(self, exch_ns: int, now_ns: int) -> bool:
        if not self._times:
            return False
        if exch_ns - self._times[-1] - (now_ns - self._recv_ns) <= _ODD_NS:
            self._odd_ns = None
            return False
        odd_ns, self._odd_ns = self._odd_ns, exch_ns
        return odd_ns is None or abs(exch_ns - odd_ns) > _ODD_NS

    def time_of(self, trade: Trade, now_ns: int) -> int | None:
        """Return the time that joins a trade; None if it has none."""
        return trade.exch_ns if self.by_exchange else now_ns

    def before(self, time_ns: int) -> int:
        """Return where the last quote before `time_ns` is, or -1: for `bid`, `ask` and `mid`."""
        return self._checked(bisect_left(self._times, time_ns, self._head), time_ns)

    def until(self, time_ns: int) -> int:
        """Return where the last quote at or before `time_ns` is, or -1."""
        return self._checked(bisect_right(self._times, time_ns, self._head), time_ns)

    def newest(self) -> int:
        """Return where the newest quote is, or -1."""
        return len(self._times) - 1

    def _checked(self, after: int, time_ns: int) -> int:
        times = self._times
        if after <= self._head or time_ns <= times[-1] - LATE_NS:
            return -1
        return after - 1

    def bid_ticks(self, at: int) -> int:
        """Return the best bid of a quote found by `before`, `until` or `newest`."""
        return self._bids[at]

    def ask_ticks(self, at: int) -> int:
        """Return its best offer."""
        return self._asks[at]

    def clear(self) -> None:
        """Forget all quotes; the mode stays."""
        self._head = 0
        self._times = []
        self._bids = []
        self._asks = []
        self._odd_ns = None

    def snapshot(self) -> Snapshot:
        """Return the whole state."""
        return {
            "asks": self._asks[self._head :],
            "bids": self._bids[self._head :],
            "by_exchange": self.by_exchange,
            "odd_ns": self._odd_ns,
            "recv_ns": self._recv_ns,
            "seen": self.seen,
            "times": self._times[self._head :],
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._asks = read_ints(saved, "asks")
        self._bids = read_ints(saved, "bids")
        self.by_exchange = read_bool(saved, "by_exchange")
        self._odd_ns = read_opt(saved, "odd_ns")
        self._recv_ns = read_int(saved, "recv_ns")
        self.seen = read_bool(saved, "seen")
        self._times = read_ints(saved, "times")
        self._head = 0
