"""From a run to the rows that ``quality`` prints."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tools.core.errors import UsageError
from tools.lab.quality.columns import Columns, QualityRun, length_of, rows_at
from tools.lab.quality.ends import count_rows, probability_rows, race_rows, time_rows
from tools.lab.quality.intensity import LEAST_ELSEWHERE, intensity_rows, unfitted
from tools.lab.quality.means import FILL_MEASURES, ORDER_MEASURES, mean_rows, scales_of
from tools.lab.quality.rows import LEAST_EFFECTIVE, MANY_CELLS, Row, judged_together
from tools.lab.stats.bootstrap import SEED

BY: Final = ("regime", "symbol", "hour", "gate", "colour", "class", "side", "liquidity")
"""What the orders and fills can be sliced by."""

_COLUMN: Final = {"class": "fill_class"}
_AFTERWARDS: Final = "liquidity"  # what an order became: of chances to fill it would tell the answer

SCHEMA: Final = "execlab.quality/1"

_RACED: Final = {"markout_5s_raced": FILL_MEASURES["markout_5s"]}


def slices(text: str) -> tuple[str, ...]:
    """Return the names in a list such as ``regime,symbol``; raise `UsageError` naming those there are."""
    names = tuple(name.strip() for name in text.split(",")) if text.strip() else ()
    for name in names:
        if name not in BY:
            raise UsageError(f"--by {name[:40]}: not one of {', '.join(BY)}")
    if len(set(names)) < len(names):
        raise UsageError("--by: a name is there twice")
    return names


def document(
    run: QualityRun, by: Sequence[str] = (), seed: int = SEED, suspects: bool = False
) -> dict[str, object]:
    """Return everything that is said of a run, sliced by some columns.

    Orders that are suspected of an effect of their own are counted, and left out of everything
    else together with their fills, unless `suspects` takes them in.
    """
    orders, fills = run.orders(), run.fills()
    kept_orders = orders if suspects else _unsuspected(orders)
    kept_fills = fills if suspects else _unsuspected(fills)
    scales = scales_of(run.steps())
    fill_cells, order_cells = _cells(kept_fills, by), _cells(kept_orders, by)
    rows: list[Row] = []
    for cell, part in fill_cells:
        rows += mean_rows("fills", part, FILL_MEASURES, "time_ns", scales, cell, seed)
        raced = rows_at(part, [at for at, racing in enumerate(part["racing"]) if racing])
        rows += mean_rows("cancel_race", raced, _RACED, "time_ns", scales, cell, seed)
    for cell, part in order_cells:
        rows += mean_rows("orders", part, ORDER_MEASURES, "sent_ns", scales, cell, seed)
        if _AFTERWARDS not in by:
            rows += race_rows(part, cell)
            rows += probability_rows(part, cell)
            rows += intensity_rows(part, cell)
            rows += time_rows(part, cell)
    for cell, part in _cells(orders, by):
        rows += count_rows(part, sum(part["fills"]), cell)
    cells = max(len(fill_cells), len(order_cells))
    instruments: Mapping[str, Any] = run.summary.get("instruments", {})
    return {
        "account": run.account,
        "by": list(by),
        "cells": cells,
        "edge": run.summary.get("edge", {}),
        "fills": length_of(fills),
        "identities": {key: _identities(body) for key, body in sorted(instruments.items())},
        "notes": _notes(orders, cells, suspects, by) + _unfitted_note(rows),
        "orders": length_of(orders),
        "path": run.path,
        "rows": judged_together(rows, cells),
        "schema": SCHEMA,
        "seed": seed,
    }


def _unsuspected(columns: Columns) -> Columns:
    return rows_at(columns, [at for at, suspect in enumerate(columns["impact_suspect"]) if not suspect])


def _cells(columns: Columns, by: Sequence[str]) -> list[tuple[dict[str, Any], Columns]]:
    """Return the slices in the order of their values; all of it as the one slice where none is asked for."""
    if not by:
        return [({}, columns)]
    places: dict[tuple[str, ...], list[int]] = {}
    values: dict[tuple[str, ...], dict[str, Any]] = {}
    for at in range(length_of(columns)):
        cell = {name: columns[_COLUMN.get(name, name)][at] for name in by}
        key = tuple(f"{value:02d}" if isinstance(value, int) else str(value) for value in cell.values())
        places.setdefault(key, []).append(at)
        values[key] = cell
    return [(values[key], rows_at(columns, places[key])) for key in sorted(places)]


def _identities(body: Mapping[str, Any]) -> dict[str, object]:
    """Return what is left over in both identities of one instrument, and the parts of its profit."""
    measures: Mapping[str, Any] = body.get("measures") or {}
    return {name: measures.get(name) for name in ("book_identity", "edge_identity", "shortfall")}


def _unfitted_note(rows: Sequence[Row]) -> list[str]:
    if not any(unfitted(row) for row in rows):
        return []
    least = f"{LEAST_ELSEWHERE} fills away from the distance where most are"
    return [f"A and kappa need orders of one instrument (--by symbol), and {least}"]


def _notes(orders: Columns, cells: int, taken_in: bool, by: Sequence[str]) -> list[str]:
    out = [f"means over fewer than {LEAST_EFFECTIVE} effective observations are hidden"]
    suspects = orders["impact_suspect"].count(True)
    if suspects:
        what = "taken in all the same" if taken_in else "left out; --suspects takes them in"
        of = f"{suspects} of {length_of(orders)} orders"
        out.append(f"{of} are suspected of an effect of their own on the market: {what}")
    if orders["fill_class"] and all(one is None for one in orders["fill_class"]):
        out.append("the venue told no fill classes: queue places and classes are not known")
    if _AFTERWARDS in by:
        out.append("liquidity of an order is what it became: no chances and times to fill are sliced by it")
    if cells > MANY_CELLS:
        out.append(f"{cells} cells: p-values are adjusted (Benjamini and Hochberg) within each measure")
    return out
