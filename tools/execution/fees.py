"""Fees: a relative part of each fill's notional, rounded against us."""

from dataclasses import dataclass
from typing import Final

from tools.core.errors import ConfigError
from tools.core.instrument import Steps
from tools.core.reports import Liquidity
from tools.core.units import UBPS_ONE, UBPS_PER_BPS
from tools.execution.money import Money


@dataclass(frozen=True, kw_only=True)
class FeeConfig:
    """Fees relative to the notional; a rebate is negative.

    Parameters
    ----------
    maker_ubps, taker_ubps
        Of fills that added liquidity, and of those that took it.
    """

    maker_ubps: int = 2 * UBPS_PER_BPS
    taker_ubps: int = 5 * UBPS_PER_BPS

    def __post_init__(self) -> None:
        for name, value in (("maker_ubps", self.maker_ubps), ("taker_ubps", self.taker_ubps)):
            if not -UBPS_ONE < value < UBPS_ONE:
                raise ConfigError(f"fees.{name}: must be a part of the notional, not {value}")


class Fees:
    """The fees of one instrument."""

    def __init__(self, config: FeeConfig, steps: Steps) -> None:
        self._maker_ubps: Final = config.maker_ubps
        self._taker_ubps: Final = config.taker_ubps
        self._money: Final = Money(steps)

    def fee_e8(self, liquidity: Liquidity, price_ticks: int, qty_lots: int) -> int:
        """Return the fee of a fill in 1e-8 of the quote currency: rounded up, a rebate down.

        Where the venue does not say which it was, the dearer of the two is taken.
        """
        if liquidity is Liquidity.MAKER:
            part_ubps = self._maker_ubps
        elif liquidity is Liquidity.TAKER:
            part_ubps = self._taker_ubps
        else:
            part_ubps = max(self._maker_ubps, self._taker_ubps)
        return self._money.part_e8_up(2 * price_ticks * qty_lots, part_ubps)
