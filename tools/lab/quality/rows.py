"""The one shape of everything that ``quality`` says: a row of a long table."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tools.lab.stats.multiple import benjamini_hochberg

LEAST_EFFECTIVE: Final = 30
"""A mean over fewer effective observations is not shown."""

MANY_CELLS: Final = 10
"""Beyond so many cells a difference from 0 is judged for all of them together."""

FALSE_SHARE: Final = 0.05

FIELDS: Final = (
    "table",
    "name",
    "unit",
    "n",
    "n_eff",
    "value",
    "low",
    "high",
    "p_value",
    "differs",
    "hidden",
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure.

    Parameters
    ----------
    table, name, unit
        What it is.
    cell
        The slice that it is of; empty for all.
    n, n_eff
        Over how many it runs, and how many independent ones they are worth; None where that is
        not asked.
    value, low, high
        The figure and its 95 % interval; None where it is hidden or cannot be known.
    p_value, differs
        Of a mean against 0, and whether it differs from 0. In more than ten cells the p-value is
        the adjusted one.
    hidden
        True if there is a figure that is not shown because `n_eff` is below 30.
    """

    table: str
    name: str
    unit: str
    cell: Mapping[str, Any]
    n: int
    n_eff: float | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    differs: bool | None = None
    hidden: bool = False

    def to_dict(self) -> dict[str, object]:
        """Return the fields by name."""
        return {"cell": dict(self.cell), **{name: getattr(self, name) for name in FIELDS}}


def judged_together(rows: list[Row], cells: int) -> list[Row]:
    """Return the rows with p-values adjusted within each measure if there are many cells."""
    if cells <= MANY_CELLS:
        return rows
    by_name: dict[tuple[str, str], list[int]] = {}
    for at, row in enumerate(rows):
        if row.p_value is not None:
            by_name.setdefault((row.table, row.name), []).append(at)
    out = list(rows)
    for places in by_name.values():
        adjusted = benjamini_hochberg([p for at in places if (p := rows[at].p_value) is not None])
        for at, p_value in zip(places, adjusted, strict=True):
            differs = bool(rows[at].differs) and p_value <= FALSE_SHARE
            out[at] = replace(rows[at], p_value=p_value, differs=differs)
    return out
