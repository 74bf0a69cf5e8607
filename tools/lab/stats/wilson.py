"""The score interval of a share (Wilson 1927): sensible at 0, at 1 and for few trials."""

from math import sqrt
from typing import Final

Z95: Final = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""


def wilson(successes: int, trials: int, z: float = Z95) -> tuple[float, float] | None:
    """Return the interval of ``successes / trials``; None without trials."""
    if trials == 0:
        return None
    share = successes / trials
    square = z * z / trials
    middle = share + square / 2
    half = z * sqrt(share * (1 - share) / trials + square / (4 * trials))
    # At 0 and at 1 a bound is the share itself, which rounding must not miss.
    return min(share, max(0.0, middle - half) / (1 + square)), max(share, (middle + half) / (1 + square))
