"""The reference page of the metrics: every column, from its own description."""

from collections.abc import Sequence
from importlib import import_module
from typing import Final

from tools.lab.markdown import table
from tools.observer.columns import METRICS, Column
from tools.observer.gauge import PACKAGE
from tools.observer.gauges import GAUGES

UNIT_WORDS: Final = (
    ("_ticks", "ticks"), ("_ht", "half-ticks"), ("_lots", "lots"), ("_htl", "half-tick x lot"),
    ("_ht2", "half-ticks^2"), ("_e8", "1e-8 quote currency"), ("_ubps", "1e-6 bps"), ("_ppm", "ppm"),
    ("_ns", "ns"),
)  # fmt: skip
"""Units by suffix of a name, in words."""


def _metrics() -> list[str]:
    """Return the lines of ``docs/reference/metrics.md``: a table for `Metrics`, one for each gauge."""
    from tools.lab import docs

    out = ["## Metrics", "", "Always there, from `Observer.metrics`.", "", *_table_of(METRICS)]
    for name in GAUGES:
        about = docs._md(docs._doc(docs._tree(f"observer/gauges/{name}.py")))
        out += [f"## {name}", "", about, "", *_table_of(import_module(f"{PACKAGE}.{name}").COLUMNS)]
    return out


def _table_of(columns: Sequence[Column]) -> list[str]:
    rows = []
    for column in columns:
        unit = next((word for end, word in UNIT_WORDS if column.name.endswith(end)), "")
        rows.append((f"`{column.name}`", column.formula, unit, column.window, column.source))
    return table(("column", "what it is", "unit", "window", "source"), rows)
