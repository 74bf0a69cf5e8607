"""The best bid and offer of the last minutes, as a step function of the venue's time."""

from bisect import bisect_left, bisect_right
from typing import Final

from tools.execution.tca.horizons import LONGEST_NS

# A fill that is heard of a minute late still finds the mid before it and those after it.
KEEP_NS: Final = 2 * LONGEST_NS
_CUT: Final = 1_024


class BestHistory:
    """Answers what the best prices were at a time of the last two minutes.

    Times do not go back: a quote that is told with an earlier time counts from the last one.
    """

    def __init__(self) -> None:
        self._times: list[int] = []
        self._bids: list[int] = []
        self._asks: list[int] = []
        self._head = 0

    def take(self, bid_ticks: int, ask_ticks: int, time_ns: int) -> bool:
        """Take a quote; return True if it has other prices than the one before."""
        times = self._times
        if times:
            if self._bids[-1] == bid_ticks and self._asks[-1] == ask_ticks:
                return False
            if time_ns < times[-1]:
                time_ns = times[-1]
        times.append(time_ns)
        self._bids.append(bid_ticks)
        self._asks.append(ask_ticks)
        return True

    def forget(self, now_ns: int) -> None:
        """Drop what nobody will ask for any more; what was in force at the edge is kept."""
        until_ns = now_ns - KEEP_NS
        times = self._times
        head = self._head
        while head + 1 < len(times) and times[head + 1] <= until_ns:
            head += 1
        if head > _CUT:
            del times[:head], self._bids[:head], self._asks[:head]
            head = 0
        self._head = head

    def mid_at(self, time_ns: int) -> int | None:
        """Return the mid in force at a time, in half-ticks; None before the first quote kept."""
        return self._mid_ht(bisect_right(self._times, time_ns, self._head) - 1)

    def mid_before(self, time_ns: int) -> int | None:
        """Return the mid in force just before a time, in half-ticks: that of the last earlier quote."""
        return self._mid_ht(bisect_left(self._times, time_ns, self._head) - 1)

    def distance_ticks(self, buying: bool, price_ticks: int, time_ns: int) -> int | None:
        """Return how far behind the own best a price was at a time; negative: inside the spread."""
        at = bisect_right(self._times, time_ns, self._head) - 1
        if at < self._head:
            return None
        return self._bids[at] - price_ticks if buying else price_ticks - self._asks[at]

    def _mid_ht(self, at: int) -> int | None:
        return None if at < self._head else self._bids[at] + self._asks[at]
