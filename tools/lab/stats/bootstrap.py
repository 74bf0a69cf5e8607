"""Intervals by the moving-block bootstrap (Kunsch 1989), drawn by the counter generator.

Neighbours in time are alike; resampling single observations would claim too much. Blocks of
neighbours are drawn instead, and the same seed draws the same blocks everywhere.
"""

from collections.abc import Callable, Sequence
from math import isqrt
from typing import Final, TypeVar

from tools.core.chance import below, stream_id

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
    if 2 * len(found) < resamples:
        return None
    found.sort()
    return found[len(found) * 25 // 1000], found[-1 - len(found) * 25 // 1000]
