"""What an observer can be told to keep."""

from dataclasses import dataclass, field

from tools.core.start import StartConfig
from tools.observer.baselines import BaselineConfig
from tools.observer.depth_view import DepthConfig
from tools.observer.latency import LatencyConfig


@dataclass(frozen=True, kw_only=True)
class ObserverConfig:
    """What an observer keeps.

    Parameters
    ----------
    metrics
        Keep the windows that only `Observer.metrics` shows. Decisions do not need them.
    depth
        Keep the order book and the windows that `Observer.depth_metrics` shows, if not None.
    start, baseline, latency
        When baselines are warm, what they sample, and how excess latency is measured.
    """

    metrics: bool = True
    depth: DepthConfig | None = None
    start: StartConfig = field(default_factory=StartConfig)
    baseline: BaselineConfig = field(default_factory=BaselineConfig)
    latency: LatencyConfig = field(default_factory=LatencyConfig)
