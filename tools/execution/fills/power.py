"""A point estimate between the edges: a cancel of c lots takes c x (f / level)^n from ahead of us.

With f lots ahead in a level of f + b, the share of a cancel that was behind us is taken as
1 - (f / (f + b))^n, the third of the power functions that hftbacktest's documentation lists.
n = 1 is the truth on average if every queued lot is as likely to be cancelled as any other;
a larger n says that those who came last leave first. Which n is right differs from book to
book and must be calibrated; the default 3 errs low unless cancels come mostly from the back.
"""

from dataclasses import dataclass
from typing import Final

from tools.core.errors import ConfigError
from tools.execution.fill_model import FillModel
from tools.execution.fill_queue import QueueModel
from tools.execution.front import Front, Fronts, UpperFront
from tools.execution.netting import JOIN_NS, UNKNOWN_LOTS

_PARTS: Final = 1_024  # of a lot, so that small cancels are not rounded away


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    exponent
        n, at least 1. The larger, the closer to `risk_averse`.
    join_ns
        How far a print and the quote that shows it may be apart, in either order. A fall of
        displayed size is a cancel once it is older than this.
    """

    exponent: int = 3
    join_ns: int = JOIN_NS

    def __post_init__(self) -> None:
        if not 1 <= self.exponent <= 16:
            raise ConfigError(f"fill.power.exponent: must be 1 .. 16, not {self.exponent}")
        if self.join_ns < 0:
            raise ConfigError(f"fill.power.join_ns: must not be negative, not {self.join_ns}")


def ahead_canceled(canceled: int, ahead: int, level: int, exponent: int) -> int:
    """Return how much of a cancel was ahead: its power share, and all that cannot have been behind.

    `canceled`, `ahead` and `level` (the size before the cancel) are in one unit. Nothing is
    ahead of an order at the front, and then nothing is canceled there.
    """
    if ahead <= 0:
        return 0
    whole = max(ahead, level)
    numerator, denominator = canceled, 1
    for _ in range(exponent):
        numerator *= ahead
        denominator *= whole
    not_behind = canceled - (whole - ahead)
    return min(ahead, max(numerator // denominator, not_behind))


class PowerFront(UpperFront):
    """The risk-averse front, shortened by a share of each cancel; in 1/1024 of a lot."""

    def __init__(self, join_ns: int, exponent: int) -> None:
        super().__init__(join_ns, _PARTS)
        self._exponent: Final = exponent

    def on_settled(self, explained_lots: int, canceled_lots: int, shown_lots: int) -> None:
        """Let a cancel shorten the queue."""
        if canceled_lots > 0 and self._front < UNKNOWN_LOTS:
            level = (shown_lots + canceled_lots) * _PARTS
            self._front -= ahead_canceled(canceled_lots * _PARTS, self._front, level, self._exponent)


class _Fronts(Fronts):
    def __init__(self, config: Config) -> None:
        self._config: Final = config

    def make(self) -> Front:
        """Return an estimate of the queue."""
        return PowerFront(self._config.join_ns, self._config.exponent)


# What a BUY of 10 lots at 100 gets, over a book of 100 x `bid_lots` / 101 x 5: each trade is
# (price, lots, buyer_aggressor).
EXAMPLES: Final[tuple[tuple[dict[str, int], tuple[tuple[int, int, bool], ...], tuple[int, ...]], ...]] = (
    ({"bid_lots": 7}, ((100, 7, False),), (0,)),
    ({"bid_lots": 7}, ((100, 4, False), (100, 5, False)), (0, 2)),
    ({"bid_lots": 7}, ((99, 300, False),), (10,)),
    ({"bid_lots": 7}, ((100, 300, True), (101, 300, False)), (0, 0)),
)


def build(config: Config) -> FillModel:
    """Return the model."""
    return QueueModel(_Fronts(config), config.join_ns)
