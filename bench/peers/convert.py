"""Top-of-book quotes and prints as the event array that hftbacktest reads.

Prices in ticks and sizes in lots (tick and lot size 1), so that both engines see the same whole
numbers. A quote says where the best is and how much is there, and nothing about what is behind: a level
that the best leaves by worsening is gone; one that a better best hides keeps its last known size.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from hftbacktest import BUY_EVENT, DEPTH_EVENT, EXCH_EVENT, LOCAL_EVENT, SELL_EVENT, TRADE_EVENT
from hftbacktest.types import event_dtype

from peers.lines import TRADE, Line

_SEEN = EXCH_EVENT | LOCAL_EVENT
_BID = BUY_EVENT | DEPTH_EVENT | _SEEN
_ASK = SELL_EVENT | DEPTH_EVENT | _SEEN
_BOUGHT = BUY_EVENT | TRADE_EVENT | _SEEN
_SOLD = SELL_EVENT | TRADE_EVENT | _SEEN


class _Side:
    """The levels of one side that were shown and are not known to be gone, the best last."""

    def __init__(self, flag: int, sign: int) -> None:
        self._flag = flag
        self._sign = sign  # +1: the best is the highest
        self._levels: list[tuple[int, int]] = []

    def rows(self, price: int, lots: int) -> list[tuple[int, int, int]]:
        """Return ``(flag, price, lots)`` of what a new best changes; what is gone comes first."""
        out: list[tuple[int, int, int]] = []
        while self._levels and (self._levels[-1][0] - price) * self._sign > 0:
            out.append((self._flag, self._levels.pop()[0], 0))
        if self._levels and self._levels[-1] == (price, lots):
            return out
        if self._levels and self._levels[-1][0] == price:
            self._levels.pop()
        self._levels.append((price, lots))
        out.append((self._flag, price, lots))
        return out


def event_array(lines: Iterable[Line]) -> np.ndarray:
    """Return the events; each happens and is heard of at the same time."""
    rows: list[tuple[int, int, int]] = []
    times: list[int] = []
    bids, asks = _Side(_BID, 1), _Side(_ASK, -1)
    for kind, time_ns, a, b, c, d in lines:
        before = len(rows)
        if kind == TRADE:
            rows.append((_BOUGHT if c > 0 else _SOLD, a, b))
        else:
            changes = bids.rows(a, b) + asks.rows(c, d)
            # Removals first: the book is never crossed between two rows of one quote.
            rows += [row for row in changes if row[2] == 0] + [row for row in changes if row[2] > 0]
        times += [time_ns] * (len(rows) - before)
    out = np.zeros(len(rows), event_dtype)
    out["ev"] = np.array([row[0] for row in rows], np.uint64)
    out["exch_ts"] = out["local_ts"] = np.array(times, np.int64)
    out["px"] = [row[1] for row in rows]
    out["qty"] = [row[2] for row in rows]
    return out
