"""Kyle's lambda: how far the mid moves for a lot of signed volume (Kyle 1985)."""

from collections.abc import Sequence

from tools.lab.stats.regression import slope, sums_of

BINS = 300  # of one second


def kyle_lambda(signed_lots: Sequence[int], change_ht: Sequence[int]) -> float | None:
    """Return half-ticks per lot: the slope of the change of the mid on signed volume, bin by bin.

    None for fewer than `BINS` bins, or where no bin differs in volume. Both sequences are cut
    to their last `BINS`.
    """
    pairs = list(zip(signed_lots, change_ht, strict=True))[-BINS:]
    return slope(sums_of(pairs)) if len(pairs) == BINS else None
