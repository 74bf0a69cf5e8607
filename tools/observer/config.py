"""What an observer can be told to keep."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.core.errors import ConfigError
from tools.core.start import StartConfig
from tools.observer.baselines import BaselineConfig
from tools.observer.latency import LatencyConfig


@dataclass(frozen=True, kw_only=True)
class ObserverConfig:
    """What an observer keeps.

    Parameters
    ----------
    metrics
        Keep the windows that only `Observer.metrics` shows. Decisions do not need them.
    gauges
        Families of figures to keep beside, by name (a file of `tools.observer.gauges`), each
        with its `Config`; they need `metrics`.
    start, baseline, latency
        When baselines are warm, what they sample, and how excess latency is measured.
    """

    metrics: bool = True
    gauges: Mapping[str, object] = field(default_factory=dict)
    start: StartConfig = field(default_factory=StartConfig)
    baseline: BaselineConfig = field(default_factory=BaselineConfig)
    latency: LatencyConfig = field(default_factory=LatencyConfig)

    def __post_init__(self) -> None:
        if self.gauges and not self.metrics:
            raise ConfigError("observer.gauges: they need metrics = true")
