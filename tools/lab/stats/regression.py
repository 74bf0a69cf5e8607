"""Least squares with one regressor: slope and R2 from exact integer sums.

The sums of a sample are a tuple, so that those of a resample are sums of those of its blocks.
"""

from collections.abc import Sequence
from typing import NamedTuple


class Sums(NamedTuple):
    """Count and sums of x, y, x^2, x y and y^2; integers."""

    n: int = 0
    x: int = 0
    y: int = 0
    xx: int = 0
    xy: int = 0
    yy: int = 0


def sums_of(pairs: Sequence[tuple[int, int]]) -> Sums:
    """Return the sums of ``(x, y)`` pairs."""
    return Sums(
        len(pairs),
        sum(x for x, _ in pairs),
        sum(y for _, y in pairs),
        sum(x * x for x, _ in pairs),
        sum(x * y for x, y in pairs),
        sum(y * y for _, y in pairs),
    )


def slope(sums: Sums) -> float | None:
    """Return ``dy/dx``, rounded once; None where x does not vary.

    >>> slope(sums_of([(0, 1), (1, 3), (2, 5)]))
    2.0
    """
    spread = sums.n * sums.xx - sums.x * sums.x
    return (sums.n * sums.xy - sums.x * sums.y) / spread if spread else None


def r2(sums: Sums) -> float | None:
    """Return the share of the variance of y that x explains; None where either does not vary."""
    down = (sums.n * sums.xx - sums.x * sums.x) * (sums.n * sums.yy - sums.y * sums.y)
    shared = sums.n * sums.xy - sums.x * sums.y
    return shared * shared / down if down else None
