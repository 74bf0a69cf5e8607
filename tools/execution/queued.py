"""A resting order of ours as a queue model holds it."""

from typing import Final

from tools.core.snapshots import Snapshot
from tools.execution.front import Front
from tools.execution.netting import Fall, Level


class Queued:
    """What is open of an order, the level that it rests at, and the queue before it."""

    def __init__(self, client_id: str, leaves_lots: int, rested_ns: int, level: Level, front: Front) -> None:
        self.client_id: Final = client_id
        self.leaves_lots = leaves_lots
        self.rested_ns: Final = rested_ns
        self.level: Final = level
        self.front: Final = front

    def on_level(self, now_ns: int, fell_lots: int, credit_lots: int, until_ns: int) -> None:
        """Learn that what the order's level displays has changed."""
        shown_lots = self.level.shown_lots
        if shown_lots is None:
            self.front.on_blind()
            return
        if fell_lots > 0:
            self.front.on_fell(fell_lots)
        self.front.on_shown(now_ns, shown_lots, credit_lots, until_ns)

    def on_settled(self, fall: Fall, prints: list[tuple[int, int]]) -> None:
        """Learn what a fall was, as far as the order rested while that happened.

        `prints` are those that came later and explain it, as (time, lots).
        """
        explained_lots = 0
        for at_ns, lots in prints:
            if at_ns > self.rested_ns:
                explained_lots += lots
        canceled_lots = fall.open_lots if fall.at_ns > self.rested_ns else 0
        self.front.on_settled(explained_lots, canceled_lots, fall.shown_lots)

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        return {
            "client_id": self.client_id,
            "front": self.front.snapshot(),
            "leaves_lots": self.leaves_lots,
            "price_ticks": self.level.price_ticks,
            "rested_ns": self.rested_ns,
        }
