"""A made-up venue that knows its whole book at every id, and tells it in updates and snapshots."""

import random

from tools.core.events import Depth, Quote

Sides = tuple[dict[int, int], dict[int, int]]
SYMBOL = "demo:X"


class Venue:
    """A book that changes one level for each id; `at[id]` is the whole book after that id.

    `linked` venues name the update before (USD-M) and skip ids (other instruments have
    them); the others count on without a hole (spot).
    """

    def __init__(self, rng: random.Random, linked: bool, levels: int = 8) -> None:
        self.rng = rng
        self.linked = linked
        self.bids = {1000 - k: rng.randint(1, 9) for k in range(levels)}
        self.asks = {1001 + k: rng.randint(1, 9) for k in range(levels)}
        self.id = rng.randint(1, 1_000)
        self.sent_id = self.id
        self.at: dict[int, Sides] = {}
        self.ids: list[int] = []
        self._keep()

    def _keep(self) -> None:
        self.at[self.id] = (dict(self.bids), dict(self.asks))
        self.ids.append(self.id)

    def _set(self, buy: bool, price: int, lots: int, touched: list[tuple[bool, int]]) -> None:
        side = self.bids if buy else self.asks
        if lots:
            side[price] = lots
        else:
            side.pop(price, None)
        touched.append((buy, price))
        self.id += 1
        self._keep()

    def _order(self, touched: list[tuple[bool, int]]) -> None:
        """Let somebody do something: trade through a few levels, add, take away."""
        rng = self.rng
        buy = rng.random() < 0.5
        mid = (max(self.bids) + min(self.asks)) // 2
        price = mid + rng.randint(-6, 6)
        other = self.asks if buy else self.bids
        hit = sorted(p for p in other if (p <= price if buy else p >= price))
        if len(hit) < len(other):
            for level in hit:
                self._set(not buy, level, 0, touched)
            own = self.bids if buy else self.asks
            away = rng.random() < 0.4 and len(own) > 1 and price in own
            self._set(buy, price, 0 if away else rng.randint(1, 9), touched)

    def update(self) -> Depth:
        """Return the next update, made of a few changes."""
        if self.linked:
            self.id += self.rng.randint(0, 3)
        first_id = self.id + 1
        touched: list[tuple[bool, int]] = []
        while not touched:
            for _ in range(self.rng.randint(1, 3)):
                self._order(touched)
        bids = {p: self.bids.get(p, 0) for buy, p in touched if buy}
        asks = {p: self.asks.get(p, 0) for buy, p in touched if not buy}
        prev_id = self.sent_id if self.linked else None
        self.sent_id = self.id
        time_ns = self.id * 1_000
        return Depth(
            SYMBOL, time_ns, time_ns, first_id, self.id, prev_id, tuple(bids.items()), tuple(asks.items())
        )

    def snapshot(self, back: int, levels: int) -> Depth:
        """Return the best levels as they were `back` changes ago."""
        at = self.ids[max(len(self.ids) - 1 - back, 0)]
        bids, asks = self.at[at]
        return Depth(
            SYMBOL, at * 1_000, None, at, at, None,
            tuple(sorted(bids.items(), reverse=True)[:levels]), tuple(sorted(asks.items())[:levels]), True,
        )  # fmt: skip

    def quote(self, at: int) -> Quote:
        """Return the best bid and offer after the change `at`."""
        bids, asks = self.at[at]
        bid, ask = max(bids), min(asks)
        return Quote(SYMBOL, at * 1_000, at * 1_000, bid, bids[bid], ask, asks[ask], at)
