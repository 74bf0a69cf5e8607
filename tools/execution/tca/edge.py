"""The net edge of the last fills: what they had brought 5 s later, after fees, per notional.

    edge = sum over the last N fills of (d q (mid 5 s later - p) - fee) / sum of q p

N is `[quality] edge_fills`. The 5 s markout, not the spread captured, because what is captured
and given back is no edge; sums over sums, so that no fill counts for more than its size; one
rounding, down. Until N fills have a 5 s markout risk is shown nothing.
"""

from collections import deque
from typing import Final

from tools.execution.money import Money


class RecentEdge:
    """Sums over the last `fills` fills whose markout is known.

    Parameters
    ----------
    fills
        N; at least 1.
    money
        Of the instrument.
    """

    def __init__(self, fills: int, money: Money) -> None:
        self.fills: Final = fills
        self._money: Final = money
        self._kept: deque[tuple[int, int, int]] = deque()
        self._markout_htl = 0
        self._fees_e8 = 0
        self._notional_htl = 0

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, markout_htl: int, fee_e8: int, notional_htl: int) -> None:
        """Take the next fill; the oldest beyond the last N leaves."""
        self._kept.append((markout_htl, fee_e8, notional_htl))
        self._markout_htl += markout_htl
        self._fees_e8 += fee_e8
        self._notional_htl += notional_htl
        if len(self._kept) > self.fills:
            old = self._kept.popleft()
            self._markout_htl -= old[0]
            self._fees_e8 -= old[1]
            self._notional_htl -= old[2]

    @property
    def enough(self) -> bool:
        """True once there are as many fills as it takes."""
        return len(self._kept) >= self.fills

    def edge_ubps(self) -> int | None:
        """Return the edge of the fills so far in micro basis points, rounded down; None without any."""
        if not self._kept:
            return None
        return self._money.relative_ubps(self._markout_htl, self._fees_e8, self._notional_htl)
