"""The quoter's parameters."""

from dataclasses import dataclass

from tools.core.errors import ConfigError
from tools.core.units import E8, NS_PER_MS, NS_PER_S, UBPS_ONE, UBPS_PER_BPS


@dataclass(frozen=True, kw_only=True)
class QuoterConfig:
    """How much, and how patiently.

    Parameters
    ----------
    max_order_e8
        Value of an order at a budget of 100 %.
    max_inventory_e8
        A side that would carry the position beyond this value is not quoted.
    soft_inventory_e8
        Beyond this value the position is brought back by taking, where that is permitted.
    reprice_after_ns
        An order moves once its price has been wrong for longer than this without a break.
    retry_after_ns
        How long a side waits after an order of it was refused or rejected.
    take_pause_ns
        Least time between two taking orders while the position stays beyond the soft limit.
    max_slippage_ubps
        How much worse than the opposite best a taking order's limit may be.
    """

    max_order_e8: int = 1_000 * E8
    max_inventory_e8: int = 5_000 * E8
    soft_inventory_e8: int = 2_500 * E8
    reprice_after_ns: int = 500 * NS_PER_MS
    retry_after_ns: int = NS_PER_S
    take_pause_ns: int = NS_PER_S
    max_slippage_ubps: int = 2 * UBPS_PER_BPS

    def __post_init__(self) -> None:
        if self.max_order_e8 <= 0:
            raise ConfigError(f"quoter.max_order_e8: must be positive, not {self.max_order_e8}")
        if not 0 <= self.soft_inventory_e8 <= self.max_inventory_e8:
            raise ConfigError(
                f"quoter.soft_inventory_e8: must be within 0..max_inventory_e8 "
                f"({self.max_inventory_e8}), not {self.soft_inventory_e8}"
            )
        for name, value in (
            ("reprice_after_ns", self.reprice_after_ns),
            ("retry_after_ns", self.retry_after_ns),
            ("take_pause_ns", self.take_pause_ns),
        ):
            if value < 0:
                raise ConfigError(f"quoter.{name}: must not be negative, not {value}")
        if not 0 <= self.max_slippage_ubps < UBPS_ONE:
            raise ConfigError(f"quoter.max_slippage_ubps: must be a part, not {self.max_slippage_ubps}")
