"""Many tests at once: which of them remain if the share of false discoveries is bounded."""

from collections.abc import Sequence


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Return the adjusted p-values of Benjamini and Hochberg (1995), in the order given.

    Those at most q are the discoveries of which a share of q at most is expected to be false.
    """
    n = len(p_values)
    order = sorted(range(n), key=lambda at: p_values[at])
    out = [1.0] * n
    least = 1.0
    for rank in range(n, 0, -1):
        at = order[rank - 1]
        least = min(least, p_values[at] * n / rank)
        out[at] = least
    return out
