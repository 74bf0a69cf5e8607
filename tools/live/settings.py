"""The configuration of a run: every section that a TOML file may have."""

from dataclasses import dataclass, field, fields, make_dataclass, replace
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import tools.execution.fills
import tools.execution.latency
import tools.health.factors
import tools.observer.regimes
import tools.risk.controls
from tools.core.start import StartConfig
from tools.engine import ChainConfig
from tools.engine.decision import DecisionConfig
from tools.execution import FeeConfig, QuoterConfig
from tools.execution.tca import QualityConfig
from tools.health import HealthConfig
from tools.live.feeds.two_clocks import TwoClocksConfig
from tools.live.paper_exchange import PaperConfig
from tools.observer import BaselineConfig, LatencyConfig
from tools.observer.decode import binance
from tools.observer.regimes import RegimeConfig
from tools.permission import GateConfig
from tools.risk import RiskConfig
from tools.risk.config import IN_RISK_SECTION


def _plug_ins(name: str, package: Any) -> Any:
    """Return a configuration class with a section for each plug-in found in a package."""
    found: list[tuple[str, type, Any]] = []
    for module_info in sorted(iter_modules(package.__path__), key=lambda info: info.name):
        module = import_module(f"{package.__name__}.{module_info.name}")
        if hasattr(module, "build"):
            found.append((module_info.name, module.Config, field(default_factory=module.Config)))
    return make_dataclass(name, found, frozen=True, kw_only=True)


DetectorConfigs: Any = _plug_ins("DetectorConfigs", tools.observer.regimes)
"""One section for each regime detector: ``[detector.robust_cusum]``."""

FactorConfigs: Any = _plug_ins("FactorConfigs", tools.health.factors)
"""One section for each health factor: ``[factor.latency]``."""

FillConfigs: Any = _plug_ins("FillConfigs", tools.execution.fills)
"""One section for each fill model: ``[fill.risk_averse]``."""

DelayConfigs: Any = _plug_ins("DelayConfigs", tools.execution.latency)
"""One section for each latency model of the paper exchange: ``[delay.constant]``."""


def _controls() -> Any:
    """Return a configuration class with a section for each control that has parameters of its own."""
    found: list[tuple[str, type, Any]] = []
    for item in fields(_plug_ins("AllControls", tools.risk.controls)):
        kind: Any = item.default_factory
        if fields(kind) and item.name not in IN_RISK_SECTION:
            found.append((item.name, kind, field(default_factory=kind)))
    return make_dataclass("ControlConfigs", found, frozen=True, kw_only=True)


ControlConfigs: Any = _controls()
"""One section for each risk control with parameters: ``[control.price_collar]``."""


@dataclass(frozen=True, kw_only=True)
class LabConfig:
    """One field for each section; ``configs/default.toml`` lists every key with its default."""

    decode: binance.Config = field(default_factory=binance.Config)
    two_clocks: TwoClocksConfig = field(default_factory=TwoClocksConfig)
    start: StartConfig = field(default_factory=StartConfig)
    baseline: BaselineConfig = field(default_factory=BaselineConfig)
    latency: LatencyConfig = field(default_factory=LatencyConfig)
    regime: RegimeConfig = field(default_factory=RegimeConfig)
    detector: Any = field(default_factory=DetectorConfigs)
    permission: GateConfig = field(default_factory=GateConfig)
    health: HealthConfig = field(default_factory=HealthConfig)
    factor: Any = field(default_factory=FactorConfigs)
    decision: DecisionConfig = field(default_factory=DecisionConfig)
    risk: RiskConfig = field(default_factory=RiskConfig)
    control: Any = field(default_factory=ControlConfigs)
    quoter: QuoterConfig = field(default_factory=QuoterConfig)
    fees: FeeConfig = field(default_factory=FeeConfig)
    quality: QualityConfig = field(default_factory=QualityConfig)
    paper: PaperConfig = field(default_factory=PaperConfig)
    fill: Any = field(default_factory=FillConfigs)
    delay: Any = field(default_factory=DelayConfigs)

    def chain(self) -> ChainConfig:
        """Return the part that one instrument's chain is built from."""
        factors = {item.name: getattr(self.factor, item.name) for item in fields(self.factor)}
        return ChainConfig(
            start=self.start,
            baseline=self.baseline,
            latency=self.latency,
            regime=self.regime,
            detectors={item.name: getattr(self.detector, item.name) for item in fields(self.detector)},
            permission=self.permission,
            health=self.health,
            factors={name: factors[name] for name in self.health.factors if name in factors},
            decision=self.decision,
        )


def with_seed(config: LabConfig, seed: int) -> LabConfig:
    """Return a configuration with this seed for everything that draws by chance.

    That is ``[paper] seed``, and the seed of each latency model that has one.
    """
    drawing: dict[str, Any] = {}
    for item in fields(config.delay):
        model = getattr(config.delay, item.name)
        if hasattr(model, "seed"):
            drawing[item.name] = replace(model, seed=seed)
    return replace(config, paper=replace(config.paper, seed=seed), delay=replace(config.delay, **drawing))


def venue_apart(one: LabConfig, other: LabConfig) -> list[str]:
    """Return in which sections two configurations describe another paper venue."""
    return [name for name in ("paper", "fill", "delay") if getattr(one, name) != getattr(other, name)]


def seen_apart(one: LabConfig, other: LabConfig) -> list[str]:
    """Return in which parts, of those before the regime, two configurations see another market."""
    same = {
        "decode": one.decode == other.decode,
        "two_clocks": one.two_clocks == other.two_clocks,
        "start.min_samples": one.start.min_samples == other.start.min_samples,
        "baseline": one.baseline == other.baseline,
        "latency": one.latency == other.latency,
    }
    return [name for name, alike in same.items() if not alike]
