"""Short random histories of a first-in-first-out book, with a ghost order whose fate is known.

The ghost stands in the queues as a marker of no size: it moves nothing, and what would have
traded with it is counted. This is written apart from every fill model, in the plainest way.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tools.core.events import Side
from tools.core.units import NS_PER_MS

BUY, SELL = Side.BUY, Side.SELL
MIDDLE = 100


@dataclass
class Ghost:
    """A BUY or SELL that came to rest; `ahead` and `filled` are what truly happened to it."""

    side: Side
    price: int
    qty: int
    rested_ns: int
    ahead: int
    last_id: int
    filled: int = 0
    unseen: int = 0  # of it, with orders behind the other side's best, which no top of a book shows

    def gets(self, lots: int) -> None:
        self.filled = min(self.qty, self.filled + lots)


@dataclass
class History:
    """A book by price and id. `step` changes it; `quote`, `prints`, `changes` say what is seen."""

    queues: dict[Side, dict[int, list[list[int]]]] = field(default_factory=dict)
    ids: int = 0
    now_ns: int = 0
    ghost: Ghost | None = None
    prints: list[tuple[int, int, bool]] = field(default_factory=list)  # price, lots, buyer
    changes: list[tuple[str, int, Side, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.queues = {BUY: {}, SELL: {}}
        for away in range(1, 5):
            for lots in (2, 3):
                self.add(BUY, MIDDLE - away, lots)
                self.add(SELL, MIDDLE + away, lots)

    def best(self, side: Side) -> int:
        return max(self.queues[BUY]) if side is BUY else min(self.queues[SELL])

    def shown(self, side: Side, price: int) -> int:
        return sum(lots for _, lots in self.queues[side].get(price, []))

    def quote(self) -> tuple[int, int, int, int]:
        bid, ask = self.best(BUY), self.best(SELL)
        return bid, self.shown(BUY, bid), ask, self.shown(SELL, ask)

    def add(self, side: Side, price: int, lots: int) -> None:
        self.ids += 1
        self.queues[side].setdefault(price, []).append([self.ids, lots])
        self.changes.append(("ADDED", self.ids, side, price, lots))
        ghost = self.ghost
        if ghost is not None and ghost.side is not side:
            meets = price <= ghost.price if side is SELL else price >= ghost.price
            if meets:  # it would have traded with the ghost instead of resting
                before = ghost.filled
                ghost.gets(lots)
                if price != self.best(side):
                    ghost.unseen += ghost.filled - before

    def take_off(self, side: Side, price: int, at: int, lots: int, kind: str) -> None:
        queue = self.queues[side][price]
        order_id = queue[at][0]
        queue[at][1] -= lots
        self.changes.append((kind, order_id, side, price, lots))
        ghost = self.ghost
        if ghost is not None and ghost.side is side:
            better = ghost.price - price if side is BUY else price - ghost.price
            if better == 0 and order_id <= ghost.last_id:
                ghost.ahead -= lots
            elif kind == "TRADED" and better >= 0:
                ghost.gets(lots)
        if queue[at][1] == 0:
            del queue[at]
        if not queue:
            del self.queues[side][price]

    def take(self, side: Side, lots: int) -> None:
        """Let a taker trade with `side`; its last price stays."""
        while lots > 0 and len(self.queues[side]) > 1:
            price = self.best(side)
            got = min(lots, self.queues[side][price][0][1])
            lots -= got
            self.prints.append((price, got, side is SELL))
            self.take_off(side, price, 0, got, "TRADED")

    def rest(self, side: Side, price: int, qty: int) -> Ghost:
        self.ghost = Ghost(side, price, qty, self.now_ns, self.shown(side, price), self.ids)
        return self.ghost

    def step(self, op: tuple[int, ...]) -> None:
        """Do one operation: what, side, a price or a place, lots, and how many ms later."""
        what, side_bit, where, lots, ms = op
        self.prints, self.changes = [], []
        self.now_ns += ms * NS_PER_MS
        side = SELL if side_bit else BUY
        if what <= 2:
            away = where % 4 + 1
            price = self.best(SELL) - away if side is BUY else self.best(BUY) + away
            self.add(side, price, lots)
        elif what <= 4:
            self.take(side, lots + (where if what == 4 else 0))
        else:
            levels = sorted(self.queues[side], reverse=side is BUY)
            price = levels[where % min(3, len(levels))]
            queue = self.queues[side][price]
            if len(levels) == 1:
                return
            at = where % len(queue)
            self.take_off(side, price, at, min(lots, queue[at][1]) if what == 5 else queue[at][1], "CANCELED")
