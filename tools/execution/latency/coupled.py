"""A floor, and on top of it a share of the feed's own delay: orders are late when data is.

A message of ours travels the network and meets the gateways that the feed comes from. Where
the feed lags behind its best, a constant delay flatters exactly when it matters.
"""

from dataclasses import dataclass
from typing import Final

from tools.core.errors import ConfigError
from tools.core.units import NS_PER_MS, PPM
from tools.execution.latency_model import LatencyModel


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters; the floors stand for a host in the venue's region.

    Parameters
    ----------
    entry_ns, cancel_ns
        Least time from our sending an order or a cancel to its arrival at the venue.
    response_ns
        Least time from what happens at the venue to our knowing it.
    coupling_ppm
        Share of the feed's excess latency that each way has besides.
    """

    entry_ns: int = 20 * NS_PER_MS
    cancel_ns: int = 20 * NS_PER_MS
    response_ns: int = 20 * NS_PER_MS
    coupling_ppm: int = PPM

    def __post_init__(self) -> None:
        for name, value in (
            ("entry_ns", self.entry_ns),
            ("cancel_ns", self.cancel_ns),
            ("response_ns", self.response_ns),
            ("coupling_ppm", self.coupling_ppm),
        ):
            if value < 0:
                raise ConfigError(f"delay.coupled.{name}: must not be negative, not {value}")


class Coupled(LatencyModel):
    """Three floors, and the excess that the feed showed last."""

    def __init__(self, config: Config) -> None:
        self._entry_ns: Final = config.entry_ns
        self._cancel_ns: Final = config.cancel_ns
        self._response_ns: Final = config.response_ns
        self._coupling_ppm: Final = config.coupling_ppm

    def entry_ns(self, sent_ns: int, number: int, excess_ns: int) -> int:
        """Return how long an order takes to reach the venue."""
        return self._entry_ns + excess_ns * self._coupling_ppm // PPM

    def cancel_ns(self, sent_ns: int, number: int, excess_ns: int) -> int:
        """Return how long a cancel or an amendment takes to reach the venue."""
        return self._cancel_ns + excess_ns * self._coupling_ppm // PPM

    def response_ns(self, happened_ns: int, number: int, excess_ns: int) -> int:
        """Return how long a report takes to reach us."""
        return self._response_ns + excess_ns * self._coupling_ppm // PPM


# (configuration, excess latency, (entry, cancel, response)), all in ns.
EXAMPLES: Final[tuple[tuple[dict[str, object], int, tuple[int, int, int]], ...]] = (
    ({}, 0, (20_000_000, 20_000_000, 20_000_000)),
    ({}, 7_000_000, (27_000_000, 27_000_000, 27_000_000)),
    ({"coupling_ppm": 500_000, "cancel_ns": 0}, 3, (20_000_001, 1, 20_000_001)),
    ({"coupling_ppm": 0}, 10**9, (20_000_000, 20_000_000, 20_000_000)),
)


def build(config: Config) -> LatencyModel:
    """Return the model."""
    return Coupled(config)
