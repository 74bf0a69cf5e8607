"""The ``detectors`` command: rows on stdout in fixed columns, the last a total; narration on stderr."""

import argparse
import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any, Final

from tools.core.canon import encode
from tools.core.errors import ExitCode
from tools.core.units import format_scaled
from tools.lab.detectors.compare import COLUMNS, Comparison, chosen, detector_names
from tools.lab.detectors.flow import PROCESSES
from tools.lab.detectors.lift import LIFT_COLUMNS, lift_rows
from tools.live.cli import narrate
from tools.live.config import read_instruments
from tools.live.journal import write_stdout

FORMATS: Final = ("text", "csv", "json")

# How a figure is shown in text: end of its name there, in the record, decimals.
_SHOWN: Final = (("_milli", "", 3), ("_ppm", "_pct", 4), ("_ubps", "_bps", 6))
_LEAST_WIDTH: Final = {
    "process": 8, "change": 15, "detector": 16, "limits": 8, "instrument": 22, "features": 19, "cost": 15,
}  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``detectors`` to a parser."""
    parser.add_argument("--seed", type=int, default=42, metavar="N", help="of chance (default %(default)s)")
    parser.add_argument(
        "--days", type=int, default=5, metavar="D", help="calm days, and 20 changes for each (default 5)"
    )
    parser.add_argument(
        "--detector", action="append", default=[], metavar="NAME", help="only this one; may be given again"
    )
    parser.add_argument(
        "--process",
        action="append",
        default=[],
        metavar="NAME",
        help=f"only this one of {', '.join(PROCESSES)}; may be given again",
    )
    parser.add_argument(
        "--lift", nargs="+", metavar="FILE", help="judge them on recordings instead: cost ON against OFF"
    )
    parser.add_argument("--instruments", metavar="TOML", help="instead of configs/instruments.toml")
    parser.add_argument("--format", choices=FORMATS, default="text", help="of the rows")
    parser.add_argument("--quiet", action="store_true", help="no narration")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the rows of one comparison; return the exit code."""
    tell: Callable[[str], None] = _silence if args.quiet else _narrate
    if args.lift:
        names = chosen(args.detector, detector_names(), "detector")
        instruments = read_instruments(args.instruments)
        rows = (asdict(row) for row in lift_rows(args.lift, instruments, names, args.seed, tell))
        write_rows(rows, LIFT_COLUMNS, args.format, ("seconds", "on_count", "off_count", "earns"))
    else:
        table = Comparison(args.seed, args.days, args.detector, args.process, tell)
        rows = (asdict(row) for row in table.rows())
        write_rows(rows, COLUMNS, args.format, ("changes", "missed"))
    return ExitCode.DONE


def write_rows(
    rows: Iterator[dict[str, Any]], columns: tuple[str, ...], form: str, summed: tuple[str, ...]
) -> None:
    """Write each row as it comes, then the total: how many rows, and the sums of some columns."""
    write_stdout(_head(columns, form))
    total: dict[str, Any] = dict.fromkeys(columns)
    total.update(dict.fromkeys(summed, 0))
    count = 0
    for row in rows:
        count += 1
        for name in summed:
            total[name] += int(row[name])
        write_stdout(_line({"kind": "row", **row}, columns, form))
    total[columns[0]] = "total"
    total[columns[2]] = f"{count} rows"
    write_stdout(_line({"kind": "total", **total}, columns, form))


def _head(columns: tuple[str, ...], form: str) -> str:
    if form == "json":
        return ""
    if form == "csv":
        return ",".join(columns) + "\n"
    return "  ".join(_name(name).ljust(_width(name)) for name in columns).rstrip() + "\n"


def _line(row: dict[str, Any], columns: tuple[str, ...], form: str) -> str:
    if form == "json":
        return encode(row)
    if form == "csv":
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerow([_plain(row[name]) for name in columns])
        return out.getvalue()
    cells = []
    for name in columns:
        text = shown(name, row[name])
        cells.append(text.ljust(_width(name)) if name in _LEAST_WIDTH else text.rjust(_width(name)))
    return "  ".join(cells).rstrip() + "\n"


def _plain(value: Any) -> str:
    return "" if value is None else str(int(value) if isinstance(value, bool) else value)


def _name(column: str) -> str:
    """Return a column's name with the unit in which text shows it."""
    for end, instead, _ in _SHOWN:
        if column.endswith(end):
            return column.removesuffix(end) + instead
    return column


def _width(column: str) -> int:
    return max(len(_name(column)), _LEAST_WIDTH.get(column, 6))


def shown(column: str, value: Any) -> str:
    """Return a value as text shows it: ``missed_low_ppm`` 12300 is ``1.2`` (per cent)."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    for end, _, decimals in _SHOWN:
        if column.endswith(end):
            keep = {"_ppm": 1, "_milli": 2, "_ubps": 4}[end]
            step = 10 ** (decimals - keep)
            text = format_scaled((value + step // 2) // step, keep)
            return text if "." in text else f"{text}.{'0' * keep}"
    return str(value)


def _narrate(line: str) -> None:
    narrate(f"execlab detectors: {line}")


def _silence(line: str) -> None:
    pass
