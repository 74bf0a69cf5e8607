"""Means ON against OFF with an interval: blocks of time drawn again, with replacement.

For two states of one instrument, second by second; a sample in order, whatever its statistic, is
for `tools.lab.stats.bootstrap`. All in integers. The draws of a resample are `tools.core.chance` by
its number, so that every detector and every cost of one instrument is judged by the same resamples.
"""

from operator import mul
from typing import Final

from tools.core.chance import stream_id
from tools.lab.detectors.flow import Draws
from tools.lab.stats.bootstrap import RESAMPLES
from tools.observer.windows import rank_of

Samples = list[tuple[int, int]]
"""``(index of the second, cost)``"""

Sums = dict[int, tuple[int, int]]
"""By block: sum and count of a cost."""


def resamples(seed: int, key: str, blocks: int) -> list[list[int]]:
    """Return for each resample how often each block is in it: `blocks` draws with replacement."""
    stream = stream_id(f"detectors:lift:{key}")
    out: list[list[int]] = []
    for number in range(RESAMPLES):
        draws = Draws(seed, stream, number)
        times = [0] * blocks
        for _ in range(blocks):
            times[draws.next64() * blocks >> 64] += 1
        out.append(times)
    return out


class Blocks:
    """One cost by block, whatever any detector said, and its sums in every resample."""

    def __init__(self, samples: Samples, block_of: list[int], picks: list[list[int]]) -> None:
        self.block_of: Final = block_of
        self.picks: Final = picks
        self.by_block: Final[Sums] = {}
        for at, value in samples:
            total, count = self.by_block.get(block_of[at], (0, 0))
            self.by_block[block_of[at]] = (total + value, count + 1)
        totals = [self.by_block.get(block, (0, 0)) for block in range(len(picks[0]) if picks else 0)]
        sums, counts = [total for total, _ in totals], [count for _, count in totals]
        self.resampled: Final = [
            (sum(map(mul, times, sums)), sum(map(mul, times, counts))) for times in picks
        ]


def total_of(side: Sums) -> tuple[int, int]:
    """Return sum and count over all blocks."""
    return sum(total for total, _ in side.values()), sum(count for _, count in side.values())


def ratio_milli(on_sum: int, on_count: int, off_sum: int, off_count: int) -> int | None:
    """Return mean ON over mean OFF in thousandths; None if either is missing or OFF costs nothing.

    A ratio of a gain to a cost says nothing, so None too where being OFF pays.
    """
    if not on_count or not off_count or off_sum <= 0:
        return None
    return on_sum * off_count * 1_000 // (on_count * off_sum)


def interval_milli(on: Sums, cold: Sums, whole: Blocks) -> tuple[int | None, int | None]:
    """Return the 95 % interval over the resamples that have a ratio; None if fewer than half do."""
    ratios: list[int] = []
    for times, (off_sum, off_count) in zip(whole.picks, whole.resampled, strict=True):
        on_sum = on_count = 0
        for block, (total, count) in on.items():
            on_sum += times[block] * total
            on_count += times[block] * count
        off_sum -= on_sum
        off_count -= on_count
        for block, (total, count) in cold.items():
            off_sum -= times[block] * total
            off_count -= times[block] * count
        ratio = ratio_milli(on_sum, on_count, off_sum, off_count)
        if ratio is not None:
            ratios.append(ratio)
    if 2 * len(ratios) < len(whole.picks):
        return None, None
    ratios.sort()
    return ratios[rank_of(len(ratios), 25_000)], ratios[rank_of(len(ratios), 975_000)]
