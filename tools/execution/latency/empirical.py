"""Delays drawn from measured quantiles: one independent draw for each message.

Give the quantiles of your own probes: `quantiles` reads them off a histogram. Between two of
them the delay is taken to be spread evenly.
"""

from dataclasses import dataclass
from typing import Final

from tools.core.chance import below, stream_id
from tools.core.errors import ConfigError, UsageError
from tools.core.histogram import LogHist
from tools.core.units import NS_PER_MS, PPM
from tools.execution.latency_model import LatencyModel

_ENTRY: Final = stream_id("latency.entry")
_CANCEL: Final = stream_id("latency.cancel")
_RESPONSE: Final = stream_id("latency.response")
_SHAPE_NS: Final = (15 * NS_PER_MS, 20 * NS_PER_MS, 30 * NS_PER_MS, 60 * NS_PER_MS, 250 * NS_PER_MS)


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters; the defaults are a shape to try things with, and measured nowhere.

    Parameters
    ----------
    levels_ppm
        Which quantiles the other arrays hold: from 0 % to 100 %, each above the one before.
    entry_ns, cancel_ns, response_ns
        Delay at each of these quantiles, of an order, of a cancel, of a report.
    seed
        Of the draws.
    """

    levels_ppm: tuple[int, ...] = (0, 500_000, 900_000, 990_000, PPM)
    entry_ns: tuple[int, ...] = _SHAPE_NS
    cancel_ns: tuple[int, ...] = _SHAPE_NS
    response_ns: tuple[int, ...] = _SHAPE_NS
    seed: int = 42

    def __post_init__(self) -> None:
        levels = self.levels_ppm
        if len(levels) < 2 or levels[0] != 0 or levels[-1] != PPM or not _rising(levels, 1):
            raise ConfigError("delay.empirical.levels_ppm: must rise from 0 % to 100 %")
        for name, values in (
            ("entry_ns", self.entry_ns),
            ("cancel_ns", self.cancel_ns),
            ("response_ns", self.response_ns),
        ):
            if len(values) != len(levels):
                raise ConfigError(f"delay.empirical.{name}: must have a value for each of the levels")
            if values[0] < 0 or not _rising(values, 0):
                raise ConfigError(f"delay.empirical.{name}: must not be negative, and must not fall")


def _rising(values: tuple[int, ...], least: int) -> bool:
    return all(values[at] - values[at - 1] >= least for at in range(1, len(values)))


def quantiles(delays: LogHist, levels_ppm: tuple[int, ...]) -> tuple[int, ...]:
    """Return the delays at these quantiles, as `Config` takes them; raise `UsageError` if there are none."""
    out: list[int] = []
    for level_ppm in levels_ppm:
        delay_ns = delays.quantile(level_ppm)
        if delay_ns is None:
            raise UsageError("a histogram without values has no quantiles")
        out.append(delay_ns)
    return tuple(out)


class Empirical(LatencyModel):
    """The inverse of each distribution, at a level drawn for the message."""

    def __init__(self, config: Config) -> None:
        self._config: Final = config
        self._seed: Final = config.seed

    def _draw(self, delays_ns: tuple[int, ...], stream: int, number: int) -> int:
        level_ppm = below(self._seed, stream, number, 0, PPM)
        levels = self._config.levels_ppm
        at = 1
        while levels[at] <= level_ppm:
            at += 1
        low_ns, rise_ns = delays_ns[at - 1], delays_ns[at] - delays_ns[at - 1]
        return low_ns + rise_ns * (level_ppm - levels[at - 1]) // (levels[at] - levels[at - 1])

    def entry_ns(self, sent_ns: int, number: int, excess_ns: int) -> int:
        """Return how long an order takes to reach the venue."""
        return self._draw(self._config.entry_ns, _ENTRY, number)

    def cancel_ns(self, sent_ns: int, number: int, excess_ns: int) -> int:
        """Return how long a cancel or an amendment takes to reach the venue."""
        return self._draw(self._config.cancel_ns, _CANCEL, number)

    def response_ns(self, happened_ns: int, number: int, excess_ns: int) -> int:
        """Return how long a report takes to reach us."""
        return self._draw(self._config.response_ns, _RESPONSE, number)


# (configuration, excess latency, (entry, cancel, response)), all in ns; a distribution of one
# value gives that value whatever is drawn.
EXAMPLES: Final[tuple[tuple[dict[str, object], int, tuple[int, int, int]], ...]] = (
    (
        {"levels_ppm": (0, PPM), "entry_ns": (7, 7), "cancel_ns": (8, 8), "response_ns": (0, 0)},
        0,
        (7, 8, 0),
    ),
    (
        {
            "levels_ppm": (0, 1, PPM),
            "entry_ns": (5, 9, 9),
            "cancel_ns": (9, 9, 9),
            "response_ns": (3, 3, 3),
            "seed": 1,
        },
        10**9,
        (9, 9, 3),
    ),
)


def build(config: Config) -> LatencyModel:
    """Return the model."""
    return Empirical(config)
