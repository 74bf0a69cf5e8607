"""How many independent observations a sample in time order is worth.

``n / (1 + 2 sum of the autocorrelations)``, the sum running over pairs of neighbouring lags until
a pair is not positive together (the initial positive sequence of Geyer 1992): beyond it there is
noise only. Pairs, because the fills of a quoter alternate between its sides, and so do the signs.
"""

from collections.abc import Sequence
from math import fsum
from typing import Final

# A correlation that reaches further is a trend; what is left then is few anyway.
MAX_LAG: Final = 1_000


def effective_size(values: Sequence[float]) -> float:
    """Return the effective size of a sample, within ``0 .. n``; n where nothing varies."""
    n = len(values)
    if n < 2:
        return float(n)
    mean = fsum(values) / n
    apart = [value - mean for value in values]
    variance = fsum(value * value for value in apart)
    if variance <= 0:
        return float(n)

    spread = -1.0  # 1 + 2 sum of the autocorrelations, as -1 + 2 sum of the pairs
    for lag in range(0, min(n, MAX_LAG), 2):
        pair = (_at_lag(apart, lag) + _at_lag(apart, lag + 1)) / variance
        if pair <= 0:
            break
        spread += 2 * pair
    return n / max(1.0, spread)


def _at_lag(apart: Sequence[float], lag: int) -> float:
    return fsum(one * two for one, two in zip(apart, apart[lag:], strict=False))
