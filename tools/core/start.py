"""How a chain starts: how much it must have seen, and how long it waits then."""

from dataclasses import dataclass

from tools.core.errors import ConfigError
from tools.core.units import NS_PER_S


@dataclass(frozen=True, kw_only=True)
class StartConfig:
    """Start-up of an instrument's chain.

    Parameters
    ----------
    min_samples
        One-second samples after which a baseline counts as warm; until then the gate is
        shut and health is not computed.
    cooldown_ns, probation_ns
        First cooldown and first probation of the gate; both run from the first evaluation
        at which everything is warm.
    """

    min_samples: int = 120
    cooldown_ns: int = 60 * NS_PER_S
    probation_ns: int = 30 * NS_PER_S

    def __post_init__(self) -> None:
        if self.min_samples < 1:
            raise ConfigError(f"start.min_samples: must be at least 1, not {self.min_samples}")
        if self.cooldown_ns < 0:
            raise ConfigError(f"start.cooldown_ns: must not be negative, not {self.cooldown_ns}")
        if self.probation_ns < 0:
            raise ConfigError(f"start.probation_ns: must not be negative, not {self.probation_ns}")
