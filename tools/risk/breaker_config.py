"""When the circuit breaker opens, and for how long."""

from dataclasses import dataclass

from tools.core.errors import ConfigError
from tools.core.units import NS_PER_S, PPM


@dataclass(frozen=True, kw_only=True)
class BreakerConfig:
    """Parameters.

    Parameters
    ----------
    trip_count
        So many failures in a row open it.
    window_count, min_count, trip_ppm
        Of the last `window_count` counted calls, at least this share failed: open. Not before
        `min_count` of them are there; choose what a quiet API reaches.
    open_ns, open_max_ns
        First open time, and the longest: each failed probe doubles it.
    probe_ns
        A probe without an answer for so long has failed.
    probe_count
        So many probes in a row must succeed before it closes.
    """

    trip_count: int = 5
    window_count: int = 20
    min_count: int = 10
    trip_ppm: int = 500_000
    open_ns: int = 10 * NS_PER_S
    open_max_ns: int = 160 * NS_PER_S
    probe_ns: int = 10 * NS_PER_S
    probe_count: int = 1

    def __post_init__(self) -> None:
        for name, value in (
            ("trip_count", self.trip_count),
            ("min_count", self.min_count),
            ("trip_ppm", self.trip_ppm),
            ("open_ns", self.open_ns),
            ("probe_ns", self.probe_ns),
            ("probe_count", self.probe_count),
        ):
            if value < 1:
                raise ConfigError(f"breaker.{name}: must be positive, not {value}")
        if self.min_count > self.window_count:
            raise ConfigError(f"breaker.min_count: at most window_count ({self.window_count})")
        if self.trip_ppm > PPM:
            raise ConfigError(f"breaker.trip_ppm: a share is at most {PPM}, not {self.trip_ppm}")
        if self.open_max_ns < self.open_ns:
            raise ConfigError(f"breaker.open_max_ns: less than open_ns ({self.open_ns})")
