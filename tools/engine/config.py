"""Everything that one instrument's chain can be told, section by section."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.core.start import StartConfig
from tools.engine.decision import DecisionConfig
from tools.health import HealthConfig
from tools.observer import BaselineConfig, LatencyConfig
from tools.observer.regimes import RegimeConfig
from tools.permission import GateConfig


@dataclass(frozen=True, kw_only=True)
class ChainConfig:
    """Configuration of a chain; each field is a section, with its defaults.

    Parameters
    ----------
    start
        How much must have been seen, and the first cooldown and probation.
    baseline, latency, regime, permission, health, decision
        One section for each layer.
    detectors, factors
        Configuration of regime detectors and of health factors by name; one that is missing
        has its defaults.
    """

    start: StartConfig = field(default_factory=StartConfig)
    baseline: BaselineConfig = field(default_factory=BaselineConfig)
    latency: LatencyConfig = field(default_factory=LatencyConfig)
    regime: RegimeConfig = field(default_factory=RegimeConfig)
    permission: GateConfig = field(default_factory=GateConfig)
    health: HealthConfig = field(default_factory=HealthConfig)
    detectors: Mapping[str, object] = field(default_factory=dict)
    factors: Mapping[str, object] = field(default_factory=dict)
    decision: DecisionConfig = field(default_factory=DecisionConfig)
