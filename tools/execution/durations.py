"""Durations: exact count, extremes and sum, and quantiles from a histogram."""

from typing import Final

from tools.core.histogram import LogHist
from tools.core.snapshots import Snapshot, read_int, read_opt, read_part

_BITS: Final = 7  # a quantile is at most 1/128 above the true figure
_P50_PPM: Final = 500_000
_P95_PPM: Final = 950_000
_P99_PPM: Final = 990_000


class Durations:
    """Durations in ns: exact count, least, most and sum; quantiles from a log-linear histogram."""

    def __init__(self) -> None:
        self._hist = LogHist(_BITS)
        self._min_ns: int | None = None
        self._max_ns: int | None = None
        self._sum_ns = 0

    def add(self, duration_ns: int) -> None:
        """Count a duration; one that would be negative counts as 0."""
        value_ns = max(0, duration_ns)
        self._hist.add(value_ns)
        self._sum_ns += value_ns
        if self._min_ns is None or value_ns < self._min_ns:
            self._min_ns = value_ns
        if self._max_ns is None or value_ns > self._max_ns:
            self._max_ns = value_ns

    def to_dict(self) -> dict[str, object]:
        """Return the figures; those of nothing are None. A quantile is never beyond the most."""
        return {
            "count": self._hist.total,
            "max_ns": self._max_ns,
            "min_ns": self._min_ns,
            "p50_ns": self._quantile(_P50_PPM),
            "p95_ns": self._quantile(_P95_PPM),
            "p99_ns": self._quantile(_P99_PPM),
            "sum_ns": self._sum_ns,
        }

    def _quantile(self, quantile_ppm: int) -> int | None:
        value_ns = self._hist.quantile(quantile_ppm)
        if value_ns is None or self._max_ns is None:
            return None
        return min(value_ns, self._max_ns)

    def snapshot(self) -> Snapshot:
        """Return the durations counted so far."""
        return {
            "hist": self._hist.snapshot(),
            "max_ns": self._max_ns,
            "min_ns": self._min_ns,
            "sum_ns": self._sum_ns,
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._hist.restore(read_part(saved, "hist"))
        self._max_ns = read_opt(saved, "max_ns")
        self._min_ns = read_opt(saved, "min_ns")
        self._sum_ns = read_int(saved, "sum_ns")
