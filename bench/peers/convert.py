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

QUOTE = 0
TRADE = 1

Line = tuple[int, int, int, int, int, int]
"""``(QUOTE, time_ns, bid, bid_lots, ask, ask_lots)`` or ``(TRADE, time_ns, price, lots, +1 | -1, 0)``."""

_SEEN = EXCH_EVENT | LOCAL_EVENT
_BID = BUY_EVENT | DEPTH_EVENT | _SEEN
_ASK = SELL_EVENT | DEPTH_EVENT | _SEEN
_BOUGHT = BUY_EVENT | TRADE_EVENT | _SEEN
_SOLD = SELL_EVENT | TRADE_EVENT | _SEEN


def event_array(lines: Iterable[Line]) -> np.ndarray:
    """Return the events; each happens and is heard of at the same time."""
    flags: list[int] = []
    times: list[int] = []
    prices: list[int] = []
    sizes: list[int] = []

    def put(flag: int, time_ns: int, price: int, lots: int) -> None:
        flags.append(flag)
        times.append(time_ns)
        prices.append(price)
        sizes.append(lots)

    bids: list[int] = []  # levels shown and not known to be gone, the best last
    asks: list[int] = []
    shown: dict[int, tuple[int, int]] = {}
    for kind, time_ns, a, b, c, d in lines:
        if kind == TRADE:
            put(_BOUGHT if c > 0 else _SOLD, time_ns, a, b)
            continue
        while bids and bids[-1] > a:
            put(_BID, time_ns, bids.pop(), 0)
        while asks and asks[-1] < c:
            put(_ASK, time_ns, asks.pop(), 0)
        # What is hidden on the other side's ground is gone as well.
        if not bids or bids[-1] != a:
            bids.append(a)
            put(_BID, time_ns, a, b)
        elif shown.get(0) != (a, b):
            put(_BID, time_ns, a, b)
        if not asks or asks[-1] != c:
            asks.append(c)
            put(_ASK, time_ns, c, d)
        elif shown.get(1) != (c, d):
            put(_ASK, time_ns, c, d)
        shown[0], shown[1] = (a, b), (c, d)
    out = np.zeros(len(flags), event_dtype)
    out["ev"] = np.array(flags, np.uint64)
    out["exch_ts"] = out["local_ts"] = np.array(times, np.int64)
    out["px"] = prices
    out["qty"] = sizes
    return out
