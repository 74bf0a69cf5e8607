"""Money of one instrument: from half-tick x lot to 1e-8 of the quote currency, and back."""

from typing import Final

from tools.core.instrument import Steps
from tools.core.units import E8, POW10, PPM, UBPS_ONE, div_up


class Money:
    """Exact conversions; each rounds once.

    Half a tick times a lot is ``numerator / denominator`` of 1e-8 quote currency. A limit
    that was converted once needs no division afterwards: an amount of whole half-tick x
    lots is within the limit exactly if it is within `limit_htl` of it.
    """

    def __init__(self, steps: Steps) -> None:
        self._numerator: Final = steps.tick_units * steps.lot_units * E8
        self._denominator: Final = 2 * POW10[steps.price_decimals + steps.qty_decimals]

    def limit_htl(self, limit_e8: int, share_ppm: int = PPM) -> int:
        """Return a share of an upper limit in half-tick x lot, rounded down."""
        return limit_e8 * share_ppm * self._denominator // (self._numerator * PPM)

    def least_htl(self, least_e8: int) -> int:
        """Return a lower limit in half-tick x lot, rounded up."""
        return div_up(least_e8 * self._denominator, self._numerator)

    def part_e8_up(self, money_htl: int, part_ubps: int, step_e8: int = 1, scale: int = 1) -> int:
        """Return a relative part of an amount in 1e-8 of the quote currency, rounded up to whole steps.

        The amount is counted in half-tick x lot, or in parts of one, `scale` to each.
        """
        per_step = self._denominator * UBPS_ONE * step_e8 * scale
        return div_up(money_htl * self._numerator * part_ubps, per_step) * step_e8

    def relative_ubps(self, gain_htl: int, cost_e8: int, notional_htl: int) -> int:
        """Return a gain less a cost relative to a notional > 0, in micro basis points, rounded down."""
        net = gain_htl * self._numerator - cost_e8 * self._denominator
        return net * UBPS_ONE // (notional_htl * self._numerator)
