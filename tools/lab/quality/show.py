"""The rows of ``quality`` as JSON, CSV or text."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tools.core.canon import encode_report
from tools.lab.quality.rows import FIELDS, Row

FORMATS: Final = ("text", "csv", "json")

_TITLES: Final = {
    "counts": "Orders and fills",
    "fills": "Fills: relative to the mid before them; spreads, adverse selection and fees are costs",
    "orders": "Orders: implementation shortfall relative to quantity x decision mid; all are costs",
    "fill_probability": "Resting orders with any fill, Wilson 95 %",
    "fill_intensity": "First fills per second at rest, by ticks behind the own best; A exp(-kappa ticks)",
    "time_to_fill": "Resting orders by time since they rest, Aalen-Johansen; each end is the first one",
    "cancel_race": "Fills after a cancel had left",
}


_SMALL: Final = ("per_s", "per_tick")


def as_json(found: Mapping[str, Any]) -> str:
    """Return everything as one line."""
    return encode_report({**found, "rows": [row.to_dict() for row in found["rows"]]})


def as_csv(found: Mapping[str, Any]) -> str:
    """Return the rows alone; empty is what is hidden or not known."""
    by: Sequence[str] = found["by"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*by, *FIELDS])
    for row in found["rows"]:
        cell = [row.cell.get(name) for name in by]
        writer.writerow([*cell, *(_plain(getattr(row, name)) for name in FIELDS)])
    return out.getvalue()


def _plain(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, float) else value


def as_text(found: Mapping[str, Any]) -> str:
    """Return a page for reading."""
    account, path = found["account"], found["path"]
    of, along = (f"account {account}: ", "") if account else ("", f", path {path}" if path else "")
    lines = [f"{of}{found['orders']} orders, {found['fills']} fills{along}"]
    for key, parts in found["identities"].items():
        lines += _identity_lines(key, parts)
    for key, edge in sorted(found["edge"].items()):
        lines.append(_edge_line(key, edge))
    rows: Sequence[Row] = found["rows"]
    for table, title in _TITLES.items():
        own = [row for row in rows if row.table == table]
        if own:
            lines += ["", title, *_table(own)]
    lines += ["", *(f"note: {note}" for note in found["notes"])]
    return "".join(line.rstrip() + "\n" for line in lines)


def _identity_lines(key: str, parts: Mapping[str, Any]) -> list[str]:
    book, edge, shortfall = (parts[name] for name in ("book_identity", "edge_identity", "shortfall"))
    if book is None or edge is None or shortfall is None:
        return [f"{key}: not measured"]
    left = sum(part["residual_htl"] for part in edge.values() if isinstance(part, Mapping))
    profit = (
        f"{key}: profit {book['profit_htl']} htl = gross spread {book['gross_spread_htl']}"
        f" + AS(5s) {book['drift_5s_htl']} + inventory {book['inventory_htl']}"
        f" + amendments {book['amended_htl']}; fees {book['fees_e8']} e8"
    )
    residual = (
        f"  left over: book {book['residual_htl']} htl, {book['residual_e8']} e8;"
        f" fills {left} htl; shortfall {shortfall['residual_htl']} htl"
    )
    return [profit, residual]


def _edge_line(key: str, edge: Mapping[str, Any]) -> str:
    if edge["edge_ubps"] is None:
        return f"{key}: no net edge measured"
    of = f"of the last {edge['fills']} fills"
    shown = "shown to risk" if edge["shown"] else f"not shown to risk before {edge['needed']}"
    return f"{key}: net edge {edge['edge_ubps'] / 1e6:.3f} bps {of}, {shown}"


def _table(rows: Sequence[Row]) -> list[str]:
    """Return the rows of one table, a head for each cell."""
    width = max(len(row.name) for row in rows)
    out: list[str] = []
    cell: Mapping[str, Any] | None = None
    for row in rows:
        if row.cell != cell:
            cell = row.cell
            if cell:
                out.append("  " + ", ".join(f"{name} {value}" for name, value in cell.items()))
        out.append(f"    {row.name:<{width}}  {_figure(row)}")
    return out


def _figure(row: Row) -> str:
    n = f"n {row.n}" if row.n_eff is None else f"n {row.n}, effective {row.n_eff:.1f}"
    if row.unit == "count":
        return f"{row.value:.0f}" if row.value is not None else "-"
    if row.hidden:
        return f"hidden  {n}"
    if row.value is None:
        return f"-  {n}"
    digits = ".4g" if row.unit in _SMALL else ".4f"
    text = f"{row.value:{digits}}"
    if row.low is not None and row.high is not None:
        text += f" [{row.low:{digits}}, {row.high:{digits}}]"
    mark = " *" if row.differs else ""
    return f"{text} {row.unit}{mark}  {n}"
