"""The limits of the risk monitor, as a configuration section."""

from dataclasses import dataclass

from tools.core.errors import ConfigError
from tools.core.units import E8, UBPS_PER_BPS


@dataclass(frozen=True, kw_only=True)
class RiskConfig:
    """Limits; equality passes.

    Parameters
    ----------
    max_inventory_e8, max_total_e8
        Worst-case value of one instrument's position, and of all together.
    edge_freeze_threshold_ubps
        A measured net edge below this freezes the system.
    """

    max_inventory_e8: int = 10_000 * E8
    max_total_e8: int = 50_000 * E8
    edge_freeze_threshold_ubps: int = 3 * UBPS_PER_BPS // 2

    def __post_init__(self) -> None:
        if self.max_inventory_e8 <= 0 or self.max_total_e8 <= 0:
            raise ConfigError("risk.max_inventory_e8 and risk.max_total_e8: must be positive")
