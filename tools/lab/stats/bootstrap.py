"""Intervals by the moving-block bootstrap (Kunsch 1989), drawn by the counter generator.

Neighbours in time are alike; resampling single observations would claim too much. Blocks of
neighbours are drawn instead, and the same seed draws the same blocks everywhere.
"""

from collections.abc import Callable, Sequence
from math import isqrt
from typing import Final, TypeVar

from tools.core.chance import below, stream_id
from tools.lab.stats.regression import Sums

RESAMPLES: Final = 1_000
SEED: Final = 42
_STREAM: Final = stream_id("stats.bootstrap")

T = TypeVar("T")


def block_length(n: int) -> int:
    """Return how many neighbours make a block of a sample of `n`: its square root."""
    return max(isqrt(n), 1)


def starts_of(n: int, length: int, resample: int, seed: int = SEED) -> list[int]:
    """Return where the blocks of one resample start, each in ``0 .. n - length``."""
    blocks = -(-n // length)
    return [below(seed, _STREAM, resample, block, n - length + 1) for block in range(blocks)]


def interval(
    sample: Sequence[T],
    statistic: Callable[[Sequence[T]], float | None],
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> tuple[float, float] | None:
    """Return the 2.5 % and 97.5 % quantiles of a statistic over resamples of `sample`.

    None where fewer than half of the resamples have a value.
    """
    n = len(sample)
    if n < 2:
        return None
    length = block_length(n)
    found: list[float] = []
    for resample in range(resamples):
        drawn: list[T] = []
        for start in starts_of(n, length, resample, seed):
            drawn.extend(sample[start : start + length])
        value = statistic(drawn[:n])
        if value is not None:
            found.append(value)
    return _quantiles(found, resamples)


def _quantiles(found: list[float], resamples: int) -> tuple[float, float] | None:
    if 2 * len(found) < resamples:
        return None
    found.sort()
    cut = len(found) * 25 // 1000
    return found[cut], found[-1 - cut]


def regression_interval(
    pairs: Sequence[tuple[int, int]],
    statistic: Callable[[Sums], float | None],
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> tuple[float, float] | None:
    """Return what `interval` does for a statistic of regression sums, from sums of blocks.

    The blocks are the same as those of `interval`; exact sums make the result the same too.
    """
    n = len(pairs)
    if n < 2:
        return None
    until: list[Sums] = [Sums()]
    for x, y in pairs:
        old = until[-1]
        until.append(Sums(old.n + 1, old.x + x, old.y + y, old.xx + x * x, old.xy + x * y, old.yy + y * y))
    length = block_length(n)
    found: list[float] = []
    for resample in range(resamples):
        left = n
        total = [0] * len(until[0])
        for start in starts_of(n, length, resample, seed):
            size = min(length, left)
            left -= size
            one, two = until[start], until[start + size]
            for at in range(len(total)):
                total[at] += two[at] - one[at]
        value = statistic(Sums(*total))
        if value is not None:
            found.append(value)
    return _quantiles(found, resamples)
