"""A run's orders and fills as columns: a list for each name, all of one length.

pandas and polars take them as they are: ``pandas.DataFrame(fills("run"))``. Names end in
their unit; None is what could not be known.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tools.core.errors import InputError, UsageError, VerifyError
from tools.core.instrument import Instrument, Steps
from tools.core.reports import Liquidity
from tools.core.units import NS_PER_S
from tools.execution.tca import HORIZONS
from tools.lab.audit_file import check_chain, header_of, parse_line, read_lines
from tools.lab.replay import PROGRAM as REPLAY
from tools.lab.run_paths import account_of, first_of, lines_of, mark_of
from tools.live.journal import AUDIT

Columns = dict[str, list[Any]]
"""By name; all lists have one length."""

_H: Final = 3_600 * NS_PER_S
_TIMES: Final = (
    "sent_ns",
    "arrived_ns",
    "rested_ns",
    "acknowledged_ns",
    "first_fill_ns",
    "cancel_sent_ns",
    "ended_ns",
)
_COSTS: Final = (
    "decision_ht",
    "arrival_ht",
    "end_ht",
    "shortfall_htl",
    "delay_htl",
    "trading_htl",
    "opportunity_htl",
    "fees_e8",
)
_PLACE: Final = (
    "distance_ticks",
    "ahead_lots",
    "shown_lots",
    "queue_ppm",
    "fill_class",
    "ra_lots",
    "opt_lots",
    "impact_suspect",
)
_CONTEXT: Final = ("regime", "gate", "colour")
_FOUND: Final = ("liquidity", "resting_fills", "first_resting_fill_ns")
_ORDER: Final = (
    "client_id",
    "symbol",
    "side",
    "time_in_force",
    "price_ticks",
    "qty_lots",
    "filled_lots",
    "fills",
    "raced_lots",
    "raced_fills",
    "end",
    "post_only_reject",
)
_FILL: Final = (
    "client_id",
    "exec_id",
    "symbol",
    "side",
    "liquidity",
    "price_ticks",
    "qty_lots",
    "time_ns",
    "heard_ns",
    "fee_e8",
    "racing",
    "before_ht",
    "capture_htl",
)
_AFTER: Final = (
    ("after_ht", "mid_{}_ht"),
    ("markouts_htl", "markout_{}_htl"),
    ("drifts_htl", "drift_{}_htl"),
)


class QualityRun:
    """A run's directory, opened for its measures.

    Parameters
    ----------
    directory
        As `replay --out` wrote it.
    path
        Which of several paths; empty for the first.

    Raises
    ------
    InputError
        The run is not there, or nothing was measured in it.
    VerifyError
        Its audit log was changed.
    UsageError
        It is not a replay, or has no such path.
    """

    def __init__(self, directory: str, path: str = "") -> None:
        lines = read_lines(Path(directory) / AUDIT)
        self.header: Final = header_of(lines)
        broken = check_chain(lines)
        if broken is not None:
            raise VerifyError(f"{AUDIT}: {broken}")
        if self.header.get("program") != REPLAY:
            raise UsageError(f"{directory}: only a replay is measured, not a run of the demo")
        records = [parse_line(line) for line in lines if '_quality"' in line or '"kind":"summary"' in line]
        mark = mark_of(self.header, records, path)
        self._records: Final = lines_of(records, mark)
        self.path: Final = mark or first_of(self.header)
        self.account: Final = account_of(self.header, mark)[0]
        if not _measured(self.header, self.account):
            of = f"account {self.account}: " if self.account else ""
            raise InputError(
                f"{directory}: {of}nothing was measured: set [quality] measures and replay again"
            )
        self.summary: Final[Mapping[str, Any]] = next(
            (record for record in self._records if record["kind"] == "summary"), {}
        )

    def steps(self) -> dict[str, Steps]:
        """Return the steps of every instrument that the run knew, by key."""
        known: Mapping[str, Any] = self.header["instruments"]
        return {key: Instrument(**value).steps() for key, value in known.items()}

    def orders(self) -> Columns:
        """Return the orders, by the time of their decision, with what their fills say of them."""
        return order_columns(self._records)

    def fills(self) -> Columns:
        """Return the fills, by the venue's time; class and suspicion are those of their orders."""
        return fill_columns(self._records)


def _measured(header: Mapping[str, Any], account: str) -> bool:
    """Return whether the configuration of a run, or of one of its accounts, measures anything."""
    config = header.get("config", {})
    for one in header.get("accounts", ()):
        if one["name"] == account:
            config = one["config"]
    quality = config.get("quality")
    return isinstance(quality, Mapping) and bool(quality.get("measures"))


def order_columns(records: Sequence[Mapping[str, Any]]) -> Columns:
    """Return the orders among audit records, by the time of their decision.

    `liquidity` is what an order became: that of its fills, ``BOTH`` if it took and made, ``NONE``
    without a fill. `resting_fills` are those in which it did not take, `first_resting_fill_ns` the
    time of the first of them.
    """
    filled: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        if record["kind"] == "fill_quality":
            filled.setdefault(record["client_id"], []).append(record)
    rows: list[dict[str, Any]] = []
    for record in records:
        if record["kind"] != "order_quality":
            continue
        row = {name: record[name] for name in _ORDER}
        for part, names in (("times", _TIMES), ("shortfall", _COSTS), ("place", _PLACE)):
            row.update({name: record[part][name] for name in names})
        row.update({name: record["context"][name] for name in _CONTEXT})
        row.update(_became(filled.get(record["client_id"], [])))
        row["hour"] = row["sent_ns"] // _H % 24
        rows.append(row)
    rows.sort(key=lambda row: (row["sent_ns"], row["client_id"]))
    return _columns(rows, (*_ORDER, *_TIMES, *_COSTS, *_PLACE, *_CONTEXT, *_FOUND, "hour"))


def _became(fills: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the fills of an order say of it."""
    kinds = sorted({str(fill["liquidity"]) for fill in fills})
    resting = [int(fill["time_ns"]) for fill in fills if fill["liquidity"] != Liquidity.TAKER]
    known = Liquidity.UNKNOWN not in kinds
    return {
        "first_resting_fill_ns": min(resting, default=None),
        "liquidity": "NONE" if not kinds else "BOTH" if known and len(kinds) > 1 else kinds[-1],
        "resting_fills": len(resting),
    }


def fill_columns(records: Sequence[Mapping[str, Any]]) -> Columns:
    """Return the fills among audit records, by the venue's time, with what is said of their orders."""
    placed = {record["client_id"]: record["place"] for record in records if record["kind"] == "order_quality"}
    after = [(part, text.format(h)) for part, text in _AFTER for h, _ in HORIZONS]
    rows: list[dict[str, Any]] = []
    for record in records:
        if record["kind"] != "fill_quality":
            continue
        row = {name: record[name] for name in _FILL}
        for part, text in _AFTER:
            row.update({text.format(h): record[part][at] for at, (h, _) in enumerate(HORIZONS)})
        row.update({name: record["context"][name] for name in _CONTEXT})
        place = placed.get(record["client_id"], {})
        row["fill_class"] = place.get("fill_class")
        row["impact_suspect"] = place.get("impact_suspect", False)
        row["hour"] = row["time_ns"] // _H % 24
        rows.append(row)
    rows.sort(key=lambda row: (row["time_ns"], row["exec_id"]))
    names = (*_FILL, *(name for _, name in after), *_CONTEXT, "fill_class", "impact_suspect", "hour")
    return _columns(rows, names)


def orders(directory: str, path: str = "") -> Columns:
    """Return the orders of a run as columns; see `QualityRun` for the errors."""
    return QualityRun(directory, path).orders()


def fills(directory: str, path: str = "") -> Columns:
    """Return the fills of a run as columns; see `QualityRun` for the errors."""
    return QualityRun(directory, path).fills()


def length_of(columns: Columns) -> int:
    """Return how many rows there are."""
    return len(next(iter(columns.values())))


def rows_at(columns: Columns, places: Sequence[int]) -> Columns:
    """Return some of the rows, in the order given."""
    return {name: [values[at] for at in places] for name, values in columns.items()}


def _columns(rows: list[dict[str, Any]], names: Sequence[str]) -> Columns:
    return {name: [row[name] for row in rows] for name in names}
