"""Fees and funding: relative parts of a notional, settled in whole steps, rounded against us."""

from dataclasses import dataclass
from typing import Final

from tools.core.errors import ConfigError
from tools.core.instrument import Steps
from tools.core.reports import Liquidity
from tools.core.units import E8, UBPS_ONE, UBPS_PER_BPS
from tools.execution.money import Money


@dataclass(frozen=True, kw_only=True)
class FeeConfig:
    """Fees relative to the notional; a rebate is negative.

    Parameters
    ----------
    maker_ubps, taker_ubps
        Of fills that added liquidity, and of those that took it.
    min_fee_e8
        Least fee of a fill that pays one at all.
    settlement_step_e8
        Smallest amount that the venue settles; fees and funding are whole multiples of it.
    """

    maker_ubps: int = 2 * UBPS_PER_BPS
    taker_ubps: int = 5 * UBPS_PER_BPS
    min_fee_e8: int = 0
    settlement_step_e8: int = 1

    def __post_init__(self) -> None:
        for name, value in (("maker_ubps", self.maker_ubps), ("taker_ubps", self.taker_ubps)):
            if not -UBPS_ONE < value < UBPS_ONE:
                raise ConfigError(f"fees.{name}: must be a part of the notional, not {value}")
        if self.settlement_step_e8 < 1:
            raise ConfigError(f"fees.settlement_step_e8: must be positive, not {self.settlement_step_e8}")
        if self.min_fee_e8 < 0 or self.min_fee_e8 % self.settlement_step_e8:
            raise ConfigError("fees.min_fee_e8: must be some number of settlement steps, or 0")


class Fees:
    """The fees and the funding of one instrument."""

    def __init__(self, config: FeeConfig, steps: Steps) -> None:
        self._min_e8: Final = config.min_fee_e8
        self._step_e8: Final = config.settlement_step_e8
        self._maker_ubps: Final = config.maker_ubps
        self._taker_ubps: Final = config.taker_ubps
        self._money: Final = Money(steps)

    def fee_e8(self, liquidity: Liquidity, price_ticks: int, qty_lots: int) -> int:
        """Return the fee of a fill in 1e-8 of the quote currency: rounded up, a rebate down.

        A rebate is negative, and has no minimum. Where the venue does not say which it was,
        the dearer of the two is taken.
        """
        if liquidity is Liquidity.MAKER:
            part_ubps = self._maker_ubps
        elif liquidity is Liquidity.TAKER:
            part_ubps = self._taker_ubps
        else:
            part_ubps = max(self._maker_ubps, self._taker_ubps)
        fee_e8 = self._money.part_e8_up(2 * price_ticks * qty_lots, part_ubps, self._step_e8)
        return max(fee_e8, self._min_e8) if part_ubps > 0 else fee_e8

    def funding_e8(self, position_lots: int, mark_ticks_e8: int, rate_ubps: int) -> int:
        """Return what a position receives at a funding time, negative if it pays.

        At a positive rate longs pay shorts. What is paid is rounded up, what is received down.
        """
        value_htl_e8 = 2 * position_lots * mark_ticks_e8
        return -self._money.part_e8_up(value_htl_e8, rate_ubps, self._step_e8, E8)
