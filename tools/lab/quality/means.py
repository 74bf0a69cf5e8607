"""Means of relative costs, with what their neighbours in time leave of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from tools.core.instrument import Steps
from tools.core.units import E8, NS_PER_S, POW10
from tools.execution.tca import HORIZONS
from tools.lab.quality.columns import Columns, length_of
from tools.lab.quality.rows import LEAST_EFFECTIVE, Row
from tools.lab.stats.bootstrap import RESAMPLES, Resampled, ratio_intervals
from tools.lab.stats.effective import effective_size

_BPS: Final = 10_000
_LEAST_BLOCK: Final = 10
_NEIGHBOURS_NS: Final = 60 * NS_PER_S

Part = tuple[int, int] | None
"""A cost and what it is relative to, in one unit of money; None if it could not be measured."""

Measure = Callable[[Mapping[str, Any], "Scale"], Part]


class Scale:
    """Money of one instrument in a unit that all instruments of a run share, exactly.

    Parameters
    ----------
    steps
        Of the instrument.
    decimals
        The unit is half of ten to minus this; at least the decimals of any product of tick and lot.
    """

    def __init__(self, steps: Steps, decimals: int) -> None:
        own = steps.price_decimals + steps.qty_decimals
        self._htl: Final = steps.tick_units * steps.lot_units * POW10[decimals - own]
        self._e8: Final = 2 * POW10[decimals] // E8

    def htl(self, money_htl: int) -> int:
        """Return half-tick x lot in the shared unit."""
        return money_htl * self._htl

    def e8(self, money_e8: int) -> int:
        """Return 1e-8 of the quote currency in the shared unit."""
        return money_e8 * self._e8


def scales_of(steps: Mapping[str, Steps]) -> dict[str, Scale]:
    """Return the scale of every instrument, all to one unit."""
    decimals = max([8, *(one.price_decimals + one.qty_decimals for one in steps.values())])
    return {key: Scale(one, decimals) for key, one in steps.items()}


def _relative(name: str, times: int, base: str) -> Measure:
    """Return a measure: `times` a column of half-tick x lot, relative to quantity x a mid or price."""

    def measure(row: Mapping[str, Any], scale: Scale) -> Part:
        value, over = row[name], row[base]
        if value is None or over is None:
            return None
        return times * scale.htl(value), scale.htl(over * row["qty_lots"])

    return measure


def _net(row: Mapping[str, Any], scale: Scale) -> Part:
    markout = row["markout_5s_htl"]
    if markout is None:
        return None
    notional = scale.htl(2 * row["price_ticks"] * row["qty_lots"])
    return scale.htl(markout) - scale.e8(row["fee_e8"]), notional


def _fee(row: Mapping[str, Any], scale: Scale) -> Part:
    return scale.e8(row["fee_e8"]), scale.htl(2 * row["price_ticks"] * row["qty_lots"])


FILL_MEASURES: Final[dict[str, Measure]] = {
    "effective_spread": _relative("capture_htl", -2, "before_ht"),
    **{f"realised_spread_{h}": _relative(f"markout_{h}_htl", -2, "before_ht") for h, _ in HORIZONS},
    **{f"adverse_selection_{h}": _relative(f"drift_{h}_htl", -1, "before_ht") for h, _ in HORIZONS},
    **{f"markout_{h}": _relative(f"markout_{h}_htl", 1, "before_ht") for h, _ in HORIZONS},
    "fee": _fee,
    "net_edge_5s": _net,
}
"""Of fills, by name: the first three kinds are costs, markouts and the net edge are gains."""


def _arrival(row: Mapping[str, Any], scale: Scale) -> Part:
    value, mid, filled = row["trading_htl"], row["arrival_ht"], row["filled_lots"]
    if value is None or mid is None or not filled:
        return None
    return scale.htl(value), scale.htl(mid * filled)


def _order_fees(row: Mapping[str, Any], scale: Scale) -> Part:
    mid = row["decision_ht"]
    return None if mid is None else (scale.e8(row["fees_e8"]), scale.htl(mid * row["qty_lots"]))


ORDER_MEASURES: Final[dict[str, Measure]] = {
    **{name: _relative(f"{name}_htl", 1, "decision_ht") for name in ("shortfall", "delay", "trading")},
    "opportunity": _relative("opportunity_htl", 1, "decision_ht"),
    "fees": _order_fees,
    "arrival_slippage": _arrival,
}
"""Of orders, by name: all are costs, relative to quantity x decision mid, the last to the arrival's."""


def block_of(times_ns: Sequence[int]) -> int:
    """Return how many neighbours make a block: 10, or as many as fall within 60 s of a fill.

    The mean over the fills of how many there are in the 60 s from each, itself included: what a
    fill's longest markout shares with others.
    """
    n = len(times_ns)
    if n == 0:
        return _LEAST_BLOCK
    total = end = 0
    for at, time_ns in enumerate(times_ns):
        while end < n and times_ns[end] < time_ns + _NEIGHBOURS_NS:
            end += 1
        total += end - at
    return max(_LEAST_BLOCK, -(-total // n))


def mean_rows(
    table: str,
    columns: Columns,
    measures: Mapping[str, Measure],
    time: str,
    scales: Mapping[str, Scale],
    cell: Mapping[str, Any],
    seed: int,
) -> list[Row]:
    """Return a row for each measure: a ratio of sums, its effective number and its interval."""
    n = length_of(columns)
    names = list(columns)
    rows = [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    parts = [[measure(row, scales[row["symbol"]]) for row in rows] for measure in measures.values()]
    sums: list[list[int]] = []
    for at in range(n):
        flat: list[int] = []
        for column in parts:
            flat += column[at] or (0, 0)
        sums.append(flat)
    bounds = ratio_intervals(sums, block_of(columns[time]), RESAMPLES, seed) if n else []
    out: list[Row] = []
    for place, name in enumerate(measures):
        out.append(_row(table, name, cell, parts[place], bounds[place] if n else None))
    return out


def _row(
    table: str, name: str, cell: Mapping[str, Any], parts: Sequence[Part], bounds: Resampled | None
) -> Row:
    known = [part for part in parts if part is not None]
    cost, base = sum(one for one, _ in known), sum(two for _, two in known)
    if not base:
        return Row(table=table, name=name, unit="bps", cell=cell, n=len(known), n_eff=0.0)
    mean = cost / base
    n_eff = effective_size([one - mean * two for one, two in known])
    if n_eff < LEAST_EFFECTIVE:
        return Row(table=table, name=name, unit="bps", cell=cell, n=len(known), n_eff=n_eff, hidden=True)
    return Row(
        table=table,
        name=name,
        unit="bps",
        cell=cell,
        n=len(known),
        n_eff=n_eff,
        value=_BPS * cost / base,
        low=None if bounds is None else _BPS * bounds.low,
        high=None if bounds is None else _BPS * bounds.high,
        p_value=None if bounds is None else bounds.p_value,
        differs=None if bounds is None else bounds.low > 0 or bounds.high < 0,
    )
