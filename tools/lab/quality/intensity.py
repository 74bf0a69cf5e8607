"""How often orders fill per second of rest, by how far behind the own best they arrived."""

from collections.abc import Mapping
from typing import Any, Final

from tools.core.units import NS_PER_S
from tools.lab.quality.columns import Columns
from tools.lab.quality.ends import DISTANCES, rested, since, within
from tools.lab.quality.means import block_of
from tools.lab.quality.rows import LEAST_EFFECTIVE, Row
from tools.lab.stats.effective import effective_size
from tools.lab.stats.fill_intensity import Intensity, Watched, fit, rate_interval

TABLE: Final = "fill_intensity"

LEAST_ELSEWHERE: Final = 10
"""Fewer fills than so many away from the distance where most are say nothing about a decay."""

_PER_TICK: Final = "kappa"
_AT_BEST: Final = "A"


def intensity_rows(orders: Columns, cell: Mapping[str, Any]) -> list[Row]:
    """Return time at risk and first fills per second by distance, and ``A exp(-kappa distance)`` of them.

    An order is at risk from when it came to rest to the first fill that it made, or to its end; at
    the distance at which it arrived, wherever the market went meanwhile.
    """
    places = [at for at in rested(orders) if orders["distance_ticks"][at] is not None]
    watched = [_watched(orders, at) for at in places]
    out: list[Row] = []
    for band in DISTANCES:
        inside = [order for order in watched if within(order.distance, band)]
        if not inside:
            continue
        exposed_ns, fills = sum(order.exposed_ns for order in inside), sum(order.filled for order in inside)
        bounds = rate_interval(fills, exposed_ns)
        at_risk = exposed_ns / NS_PER_S
        name = f"at risk, distance {band[0]}"
        out.append(Row(table=TABLE, name=name, unit="s", cell=cell, n=len(inside), value=at_risk))
        out.append(
            Row(
                table=TABLE,
                name=f"fills, distance {band[0]}",
                unit="per_s",
                cell=cell,
                n=fills,
                value=None if bounds is None else fills / at_risk,
                low=None if bounds is None else bounds[0],
                high=None if bounds is None else bounds[1],
            )
        )
    return [*out, *_fitted(orders, places, watched, cell)]


def unfitted(row: Row) -> bool:
    """Return True for the row of a fit that there could not be."""
    return row.table == TABLE and row.name == _AT_BEST and row.value is None and not row.hidden


def _watched(orders: Columns, at: int) -> Watched:
    start_ns, first_ns = since(orders, at), orders["first_resting_fill_ns"][at]
    assert start_ns is not None
    until_ns = orders["ended_ns"][at] if first_ns is None else first_ns
    return Watched(orders["distance_ticks"][at], max(0, until_ns - start_ns), first_ns is not None)


def _fitted(orders: Columns, places: list[int], watched: list[Watched], cell: Mapping[str, Any]) -> list[Row]:
    """Return A and kappa; without a value where the orders cannot tell them."""
    filled = [order.distance for order in watched if order.filled]
    found: Intensity | None = None
    commonest = max((filled.count(distance) for distance in sorted({*filled})), default=0)
    # A tick is not the same for two instruments.
    if len({orders["symbol"][at] for at in places}) == 1 and len(filled) - commonest >= LEAST_ELSEWHERE:
        found = fit(watched, block_of([orders["sent_ns"][at] for at in places]))
    n_eff: float | None = None
    hidden = False
    if found is not None:
        n_eff = len(filled) * effective_size(found.residuals) / len(watched)
        hidden = n_eff < LEAST_EFFECTIVE
    shown = None if hidden else found
    a_range = None if shown is None else shown.per_s_range
    kappa_range = None if shown is None else shown.kappa_range
    return [
        Row(
            table=TABLE,
            name=name,
            unit=unit,
            cell=cell,
            n=len(filled),
            n_eff=n_eff,
            value=value,
            low=None if bounds is None else bounds[0],
            high=None if bounds is None else bounds[1],
            hidden=hidden,
        )
        for name, unit, value, bounds in (
            (_AT_BEST, "per_s", None if shown is None else shown.per_s, a_range),
            (_PER_TICK, "per_tick", None if shown is None else shown.kappa, kappa_range),
        )
    ]
