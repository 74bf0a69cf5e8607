"""Amihud's illiquidity: how far the price goes for a million of turnover (Amihud 2002)."""

from collections.abc import Sequence
from math import fsum


def amihud(
    mids_ht: Sequence[int], notional_tick_lots: Sequence[int], value_of_tick_lot: float
) -> float | None:
    """Return the mean of ``|r| / notional`` over bins that traded, in bps per 1e6 of quote currency.

    Parameters
    ----------
    mids_ht
        Mid at the edges of the bins: one more than there are bins.
    notional_tick_lots
        Turnover of each bin, price in ticks times lots.
    value_of_tick_lot
        A tick times a lot in the quote currency.

    Returns
    -------
    None where no bin traded.
    """
    parts = [
        abs(mids_ht[at + 1] - mids_ht[at]) / mids_ht[at] / turnover
        for at, turnover in enumerate(notional_tick_lots)
        if turnover > 0
    ]
    if not parts:
        return None
    return fsum(parts) / len(parts) / value_of_tick_lot * 1e10
