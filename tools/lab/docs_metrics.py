"""The reference page of the metrics: every column, from its own description."""

from collections.abc import Sequence
from importlib import import_module

from tools.lab.docs_source import doc, tree, unit_of
from tools.lab.markdown import table
from tools.observer.columns import METRICS, Column
from tools.observer.gauge import PACKAGE
from tools.observer.gauges import GAUGES


def metrics() -> list[str]:
    """Return the lines of ``docs/reference/metrics.md``: a table for `Metrics`, one for each gauge."""
    out = ["## Metrics", "", "Always there, from `Observer.metrics`.", "", *_table_of(METRICS)]
    for name in GAUGES:
        about = doc(tree(f"observer/gauges/{name}.py"))
        out += [f"## {name}", "", about, "", *_table_of(import_module(f"{PACKAGE}.{name}").COLUMNS)]
    return out


def _table_of(columns: Sequence[Column]) -> list[str]:
    rows = []
    for column in columns:
        unit = unit_of(column.name)
        rows.append((f"`{column.name}`", column.formula, unit, column.window, column.source))
    return table(("column", "what it is", "unit", "window", "source"), rows)
