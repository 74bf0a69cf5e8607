"""A bound, not a model: only a print beyond our price fills us, or a quote that crosses it.

It fills less than any queue would, and what it fills are the worst fills there are, because
the price went through us. Never for profit and loss.
"""

from dataclasses import dataclass
from typing import Final

from tools.execution.fill_model import FillModel
from tools.execution.fill_queue import QueueModel
from tools.execution.front import Front, Fronts, PlainFront
from tools.execution.netting import JOIN_NS


@dataclass(frozen=True, kw_only=True)
class Config:
    """This model has no parameters."""


class _Front(PlainFront):
    """A queue that nothing gets past."""

    def reach_lots(self, now_ns: int, lots: int) -> int:
        """Return 0."""
        return 0

    def beyond_lots(self, lots: int, early_lots: int) -> int:
        """Return what is certain to have traded after the order came to rest."""
        return max(0, lots - early_lots)

    def ahead_lots(self) -> int | None:
        """Return None: this model knows no queue."""
        return None


class _Fronts(Fronts):
    def make(self) -> Front:
        """Return a front that never ends."""
        return _Front()


# What a BUY of 10 lots at 100 gets, over a book of 100 x `bid_lots` / 101 x 5: each trade is
# (price, lots, buyer_aggressor).
EXAMPLES: Final[tuple[tuple[dict[str, int], tuple[tuple[int, int, bool], ...], tuple[int, ...]], ...]] = (
    ({"bid_lots": 7}, ((100, 300, False),), (0,)),
    ({"bid_lots": 7}, ((99, 3, False), (100, 4, False), (98, 9, False)), (3, 0, 7)),
    ({"bid_lots": 7}, ((100, 300, True), (101, 300, False)), (0, 0)),
)


def build(config: Config) -> FillModel:
    """Return the model."""
    return QueueModel(_Fronts(), JOIN_NS)
