"""Integer log-linear histogram: exact counts, bounded relative error, add and remove.

Values below ``2**(k + 1)`` have a bucket each; above, each power of two is split into
``2**k`` buckets, so that the upper edge of a bucket exceeds any value in it by less than
``2**-k`` of that value (the layout of HdrHistogram).
"""

from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import Final

from tools.core.errors import InvariantError, UsageError
from tools.core.snapshots import Snapshot, read_int, read_ints, read_parts
from tools.core.units import PPM

_HALF: Final = PPM // 2


def bucket_of(value: int, bits: int) -> int:
    """Return the bucket index of a value >= 0 at `bits` of resolution."""
    shift = value.bit_length() - bits - 1
    return value if shift <= 0 else (shift << bits) + (value >> shift)


def upper_edge(bucket: int, bits: int) -> int:
    """Return the largest value of a bucket."""
    shift = (bucket >> bits) - 1
    if shift <= 0:
        return bucket
    return ((bucket - (shift << bits) + 1) << shift) - 1


def _quantile(
    counts: dict[int, int], ordered: Sequence[int], total: int, quantile_ppm: int, bits: int
) -> int | None:
    """Return the upper edge of the bucket of the nearest rank; `ordered` are the counts' keys."""
    if total == 0:
        return None
    rank = (total * quantile_ppm + PPM - 1) // PPM
    above = total - (rank if rank > 0 else 1)  # values beyond the one that is looked for
    below = total - above
    if quantile_ppm > _HALF:
        for bucket in reversed(ordered):
            above -= counts[bucket]
            if above < 0:
                return upper_edge(bucket, bits)
    else:
        for bucket in ordered:
            below -= counts[bucket]
            if below <= 0:
                return upper_edge(bucket, bits)
    raise InvariantError("histogram: counts do not reach their total")


class LogHist:
    """Histogram of integers >= 0 with relative error below ``2**-bits``, always upwards."""

    def __init__(self, bits: int) -> None:
        if not 0 <= bits <= 16:
            raise UsageError(f"bits must be within 0..16, not {bits}")
        self.bits: Final = bits
        self.total = 0
        self._counts: dict[int, int] = {}

    def add(self, value: int) -> None:
        """Count one value."""
        if value < 0:
            raise UsageError(f"a histogram holds values >= 0, not {value}")
        bucket = bucket_of(value, self.bits)
        self._counts[bucket] = self._counts.get(bucket, 0) + 1
        self.total += 1

    def remove(self, value: int) -> None:
        """Take back one value that was added; raise `UsageError` if its bucket is empty."""
        bucket = bucket_of(value, self.bits) if value >= 0 else -1
        count = self._counts.get(bucket, 0)
        if count == 0:
            raise UsageError(f"nothing like {value} was added")
        if count == 1:
            del self._counts[bucket]
        else:
            self._counts[bucket] = count - 1
        self.total -= 1

    def quantile(self, quantile_ppm: int) -> int | None:
        """Return the upper edge of the bucket of the nearest rank; None when empty."""
        return _quantile(self._counts, sorted(self._counts), self.total, quantile_ppm, self.bits)

    def snapshot(self) -> Snapshot:
        """Return the counts by bucket."""
        return {"buckets": sorted(self._counts), "counts": _counts_in_order(self._counts)}

    def restore(self, state: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._counts = _counts_from(state)
        self.total = sum(self._counts.values())


class LogHistRing:
    """A histogram over the last `bins` stretches of `bin_ns` each, the running one included.

    Stretches are counted from the first value, so moving all times moves nothing else.
    Reading at `now_ns` also drops what has become too old.
    """

    def __init__(self, bin_ns: int, bins: int, bits: int) -> None:
        self.bin_ns: Final = bin_ns
        self.bins: Final = bins
        self.bits: Final = bits
        self._ring: list[dict[int, int]] = []
        for _ in range(bins):
            self._ring.append({})
        self._current: dict[int, int] = self._ring[0]
        self._all: dict[int, int] = {}  # every stretch together
        self._ordered: list[int] = []  # its buckets, for quantiles: they change less often than counts
        self._total = 0
        self._bin = -1  # -1 until the first value
        self._end_ns = 0  # last instant of the running stretch

    def add(self, time_ns: int, value: int) -> None:
        """Count `value` >= 0 at `time_ns`."""
        if time_ns > self._end_ns or self._bin < 0:
            self._advance(time_ns)
        shift = value.bit_length() - self.bits - 1
        bucket = value if shift <= 0 else (shift << self.bits) + (value >> shift)
        current = self._current
        every = self._all
        current[bucket] = current.get(bucket, 0) + 1
        known = every.get(bucket, 0)
        if known == 0:
            insort(self._ordered, bucket)
        every[bucket] = known + 1
        self._total += 1

    def count(self, now_ns: int) -> int:
        """Return how many values the ring holds at `now_ns`."""
        if self._bin >= 0 and now_ns > self._end_ns:
            self._advance(now_ns)
        return self._total

    def quantile(self, now_ns: int, quantile_ppm: int) -> int | None:
        """Return the upper edge of the bucket of the nearest rank; None when empty."""
        total = self.count(now_ns)
        return _quantile(self._all, self._ordered, total, quantile_ppm, self.bits)

    def _advance(self, time_ns: int) -> None:
        if self._bin < 0:
            self._bin = 0
            self._end_ns = time_ns + self.bin_ns - 1
            return
        steps = (time_ns - self._end_ns + self.bin_ns - 1) // self.bin_ns
        # After a silence longer than the ring every stretch has expired.
        for _ in range(min(steps, self.bins)):
            self._bin = (self._bin + 1) % self.bins
            self._expire(self._ring[self._bin])
            self._ring[self._bin] = {}
        self._end_ns += steps * self.bin_ns
        self._current = self._ring[self._bin]

    def _expire(self, old: dict[int, int]) -> None:
        for bucket, count in old.items():
            left = self._all[bucket] - count
            if left:
                self._all[bucket] = left
            else:
                del self._all[bucket]
                del self._ordered[bisect_left(self._ordered, bucket)]
            self._total -= count

    def snapshot(self) -> Snapshot:
        """Return every stretch, the running one last."""
        parts: list[object] = []
        for step in range(1, self.bins + 1):
            counts = self._ring[(self._bin + step) % self.bins]
            parts.append({"buckets": sorted(counts), "counts": _counts_in_order(counts)})
        return {"end_ns": self._end_ns, "parts": parts, "started": int(self._bin >= 0)}

    def restore(self, state: Snapshot) -> None:
        """Take over what `snapshot` returned; the ring must have the same number of stretches."""
        parts = read_parts(state, "parts")
        if len(parts) != self.bins:
            raise InvariantError("snapshot: the ring has another number of stretches")
        self._end_ns = read_int(state, "end_ns")
        started = read_int(state, "started") == 1
        self._bin = self.bins - 1 if started else -1
        self._all = {}
        self._total = 0
        self._ring = []
        for part in parts:
            counts = _counts_from(part)
            self._ring.append(counts)
            for bucket, count in counts.items():
                self._all[bucket] = self._all.get(bucket, 0) + count
                self._total += count
        self._ordered = sorted(self._all)
        self._current = self._ring[self.bins - 1 if started else 0]


def _counts_in_order(counts: dict[int, int]) -> list[int]:
    out: list[int] = []
    for bucket in sorted(counts):
        out.append(counts[bucket])
    return out


def _counts_from(state: Snapshot) -> dict[int, int]:
    buckets = read_ints(state, "buckets")
    counts = read_ints(state, "counts")
    out: dict[int, int] = {}
    for index, bucket in enumerate(buckets):
        out[bucket] = counts[index]
    return out
