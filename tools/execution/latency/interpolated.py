"""Delays as they were: a series of requests of our own, and straight lines between them.

For the replay of a time in which orders were sent: each row says when a request left, when
the venue had it, and when its answer was here. An order takes what the requests before and
after it took, weighted by how near in time they were; an answer likewise, by venue time.
Before the first row and after the last, what that row says holds.
"""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from tools.core.errors import ConfigError
from tools.core.units import NS_PER_MS
from tools.execution.latency_model import LatencyModel


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters; one row, the default, is a constant.

    Parameters
    ----------
    request_ns
        Event time at which each request left, each after the one before.
    exchange_ns
        When it was at the venue.
    response_ns
        When the answer was here.
    """

    request_ns: tuple[int, ...] = (0,)
    exchange_ns: tuple[int, ...] = (20 * NS_PER_MS,)
    response_ns: tuple[int, ...] = (40 * NS_PER_MS,)

    def __post_init__(self) -> None:
        rows = len(self.request_ns)
        if rows < 1 or len(self.exchange_ns) != rows or len(self.response_ns) != rows:
            raise ConfigError("delay.interpolated: request, exchange and response must have the same rows")
        for at in range(rows):
            if not self.request_ns[at] <= self.exchange_ns[at] <= self.response_ns[at]:
                raise ConfigError(f"delay.interpolated: row {at + 1} goes back in time")
            if at and (
                self.request_ns[at] <= self.request_ns[at - 1]
                or self.exchange_ns[at] <= self.exchange_ns[at - 1]
            ):
                raise ConfigError(f"delay.interpolated: row {at + 1} is not after the row before")


class Interpolated(LatencyModel):
    """Two series of delays, each over the time of its own beginning."""

    def __init__(self, config: Config) -> None:
        self._request_ns: Final = config.request_ns
        self._exchange_ns: Final = config.exchange_ns
        entry: list[int] = []
        response: list[int] = []
        for at in range(len(config.request_ns)):
            entry.append(config.exchange_ns[at] - config.request_ns[at])
            response.append(config.response_ns[at] - config.exchange_ns[at])
        self._entry_ns: Final = tuple(entry)
        self._response_ns: Final = tuple(response)

    def entry_ns(self, sent_ns: int, number: int, excess_ns: int) -> int:
        """Return how long an order takes to reach the venue."""
        return _between(self._request_ns, self._entry_ns, sent_ns)

    def cancel_ns(self, sent_ns: int, number: int, excess_ns: int) -> int:
        """Return how long a cancel or an amendment takes to reach the venue."""
        return _between(self._request_ns, self._entry_ns, sent_ns)

    def response_ns(self, happened_ns: int, number: int, excess_ns: int) -> int:
        """Return how long a report takes to reach us."""
        return _between(self._exchange_ns, self._response_ns, happened_ns)


def _between(times_ns: tuple[int, ...], delays_ns: tuple[int, ...], at_ns: int) -> int:
    after = bisect_right(times_ns, at_ns)
    if after == 0:
        return delays_ns[0]
    if after == len(times_ns):
        return delays_ns[-1]
    began_ns, before_ns = times_ns[after - 1], delays_ns[after - 1]
    change_ns = delays_ns[after] - before_ns
    return before_ns + change_ns * (at_ns - began_ns) // (times_ns[after] - began_ns)


# (configuration, excess latency, (entry, cancel, response)), all in ns, asked at 1,700,000,000.005 s:
# halfway between two requests, and a seventh of the way between their arrivals.
_ASKED_NS: Final = 1_700_000_000_005_000_000
EXAMPLES: Final[tuple[tuple[dict[str, object], int, tuple[int, int, int]], ...]] = (
    ({}, 0, (20_000_000, 20_000_000, 20_000_000)),
    (
        {
            "request_ns": (_ASKED_NS - 5_000_000, _ASKED_NS + 5_000_000),
            "exchange_ns": (_ASKED_NS - 1_000_000, _ASKED_NS + 6_000_000),
            "response_ns": (_ASKED_NS + 1_000_000, _ASKED_NS + 15_000_000),
        },
        10**9,
        # entry 4 ms and 1 ms, halfway: 2.5 ms; response 2 ms and 9 ms, one seventh of the way: 3 ms
        (2_500_000, 2_500_000, 3_000_000),
    ),
)


def build(config: Config) -> LatencyModel:
    """Return the model."""
    return Interpolated(config)
