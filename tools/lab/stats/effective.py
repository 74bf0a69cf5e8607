"""How many independent observations a sample in time order is worth.

``n / (1 + 2 sum of the autocorrelations)``, the sum ending before the first that is not
positive (the truncation of Geyer 1992, by single lags): beyond it there is noise only.
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
    total = 0.0
    for lag in range(1, min(n, MAX_LAG + 1)):
        covariance = fsum(one * two for one, two in zip(apart, apart[lag:], strict=False))
        if covariance <= 0:
            break
        total += covariance / variance
    return n / (1 + 2 * total)
