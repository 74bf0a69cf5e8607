"""The optimistic edge: whatever leaves the level without a print left from in front of us.

While the best has improved past our price, or has yet to come to it, the level cannot be
seen, and nobody is ahead. What this model does not fill, a first-in-first-out venue would
not have filled either.
"""

from dataclasses import dataclass
from typing import Final

from tools.core.errors import ConfigError
from tools.execution.fill_model import FillModel
from tools.execution.fill_queue import QueueModel
from tools.execution.front import Front, Fronts, LowerFront
from tools.execution.netting import JOIN_NS


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    join_ns
        How far a print and the quote that shows it may be apart, in either order. 0 says
        that every print comes before the quote that shows it.
    """

    join_ns: int = JOIN_NS

    def __post_init__(self) -> None:
        if self.join_ns < 0:
            raise ConfigError(f"fill.optimistic.join_ns: must not be negative, not {self.join_ns}")


class _Fronts(Fronts):
    def make(self) -> Front:
        """Return a lower bound of the queue."""
        return LowerFront()


class Optimistic(QueueModel):
    """A class of its own, so that an envelope need not run the optimistic edge a second time."""


# What a BUY of 10 lots at 100 gets, over a book of 100 x `bid_lots` / 101 x 5: each trade is
# (price, lots, buyer_aggressor).
EXAMPLES: Final[tuple[tuple[dict[str, int], tuple[tuple[int, int, bool], ...], tuple[int, ...]], ...]] = (
    ({"bid_lots": 7}, ((100, 7, False),), (0,)),
    ({"bid_lots": 7}, ((100, 4, False), (100, 5, False)), (0, 2)),
    ({"bid_lots": 7}, ((99, 3, False), (100, 4, False)), (3, 4)),
    ({"bid_lots": 7}, ((99, 300, False),), (10,)),
    ({"bid_lots": 7}, ((100, 300, True), (101, 300, False)), (0, 0)),
)


def build(config: Config) -> FillModel:
    """Return the model."""
    return Optimistic(_Fronts(), config.join_ns)
