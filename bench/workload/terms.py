"""The figures of workload W, and what every run of it reports."""

from __future__ import annotations

from dataclasses import asdict, dataclass

NS_PER_US = 1_000
START_NS = 1_700_000_000 * 10**9

RV_UNSTABLE_UBPS = 1_150_000  # 1.15e-4
RV_FAST_UBPS = 300_000  # 3e-5
SPREAD_UNSTABLE_TICKS = 5
INTENSITY_FAST = 300  # trades in one second
REQUOTE_US = 100_000
QTY_LOTS = 10
MAX_LOTS = 50
PPM = 1_000_000

NORMAL, FAST, UNSTABLE = 0, 1, 2


@dataclass(frozen=True)
class Checks:
    """What every engine must come to on the same stream, up to its own rule of fills.

    The first seven do not depend on fills: sums over the requote instants, and events by regime.
    `rv_10s` is a float and for information; its sum is compared with a tolerance.
    """

    events: int
    requotes: int
    trades_1s: int  # sum; a count in one second is the intensity
    spread_10s_ppm: int  # sum of mean spreads in millionths of a tick, each rounded down
    rv_10s: float
    normal: int
    fast: int
    unstable: int
    orders: int  # that passed the check of the position
    cancels: int  # of orders that still rested at a requote
    fills: int  # executions
    filled_lots: int

    def to_dict(self) -> dict[str, int | float]:
        """Return the fields by name."""
        return asdict(self)
