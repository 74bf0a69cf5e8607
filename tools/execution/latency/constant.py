"""The same delays for every message."""

from dataclasses import dataclass
from typing import Final

from tools.core.errors import ConfigError
from tools.core.units import NS_PER_MS
from tools.execution.latency_model import LatencyModel


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters; the defaults stand for a host in the venue's region.

    Parameters
    ----------
    entry_ns, cancel_ns
        From our sending an order or a cancel to its arrival at the venue.
    response_ns
        From what happens at the venue to our knowing it.
    """

    entry_ns: int = 20 * NS_PER_MS
    cancel_ns: int = 20 * NS_PER_MS
    response_ns: int = 20 * NS_PER_MS

    def __post_init__(self) -> None:
        for name, value in (
            ("entry_ns", self.entry_ns),
            ("cancel_ns", self.cancel_ns),
            ("response_ns", self.response_ns),
        ):
            if value < 0:
                raise ConfigError(f"delay.constant.{name}: must not be negative, not {value}")


class Constant(LatencyModel):
    """Three constants."""

    def __init__(self, config: Config) -> None:
        self._entry_ns: Final = config.entry_ns
        self._cancel_ns: Final = config.cancel_ns
        self._response_ns: Final = config.response_ns

    def entry_ns(self, sent_ns: int, number: int, excess_ns: int) -> int:
        """Return how long an order takes to reach the venue."""
        return self._entry_ns

    def cancel_ns(self, sent_ns: int, number: int, excess_ns: int) -> int:
        """Return how long a cancel or an amendment takes to reach the venue."""
        return self._cancel_ns

    def response_ns(self, happened_ns: int, number: int, excess_ns: int) -> int:
        """Return how long a report takes to reach us."""
        return self._response_ns


# (configuration, excess latency, (entry, cancel, response)), all in ns.
EXAMPLES: Final[tuple[tuple[dict[str, object], int, tuple[int, int, int]], ...]] = (
    ({}, 0, (20_000_000, 20_000_000, 20_000_000)),
    ({}, 999_000_000, (20_000_000, 20_000_000, 20_000_000)),
    ({"entry_ns": 0, "cancel_ns": 0, "response_ns": 0}, 0, (0, 0, 0)),
    ({"entry_ns": 150_000_000, "response_ns": 7}, 0, (150_000_000, 20_000_000, 7)),
)


def build(config: Config) -> LatencyModel:
    """Return the model."""
    return Constant(config)
