"""A bound, not a model: any print at our price fills us, as if nobody were ahead.

It fills more than any queue would, and what it fills beyond the truth looks good, because
the price did not have to go through us. Never for profit and loss.
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
    """Nobody is ahead."""

    def reach_lots(self, now_ns: int, lots: int) -> int:
        """Return all of a print."""
        return lots

    def beyond_lots(self, lots: int, early_lots: int) -> int:
        """Return all of a print."""
        return lots

    def ahead_lots(self) -> int | None:
        """Return 0."""
        return 0


class _Fronts(Fronts):
    def make(self) -> Front:
        """Return a front without a queue."""
        return _Front()


# What a BUY of 10 lots at 100 gets, over a book of 100 x `bid_lots` / 101 x 5: each trade is
# (price, lots, buyer_aggressor).
EXAMPLES: Final[tuple[tuple[dict[str, int], tuple[tuple[int, int, bool], ...], tuple[int, ...]], ...]] = (
    ({"bid_lots": 7}, ((100, 7, False),), (7,)),
    ({"bid_lots": 7}, ((100, 4, False), (100, 9, False)), (4, 6)),
    ({"bid_lots": 7}, ((99, 300, False),), (10,)),
    ({"bid_lots": 7}, ((100, 300, True), (101, 300, False)), (0, 0)),
)


def build(config: Config) -> FillModel:
    """Return the model."""
    return QueueModel(_Fronts(), JOIN_NS)
