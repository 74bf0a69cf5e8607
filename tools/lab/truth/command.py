"""The ``truth`` command: rows on stdout in fixed columns, the last a total; narration on stderr."""

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from tools.core.canon import encode
from tools.core.errors import ExitCode, InputError, UsageError
from tools.core.units import format_scaled
from tools.lab.truth import lobster
from tools.lab.truth.score import EnvelopeRow, Row, rows
from tools.lab.truth.synthetic import CELLS, probes_of
from tools.live.cli import narrate
from tools.live.journal import write_stdout

_PROBES: Final = 1_000
_COLUMNS: Final = (
    ("cell", 8), ("model", 12), ("probes", 7), ("fill_pct", 9), ("error_pp", 9), ("fp_pct", 8),
    ("fn_pct", 8), ("brier", 8), ("markout_ticks", 14), ("bias_ticks", 11), ("late_ms", 8),
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``truth`` to a parser."""
    parser.add_argument(
        "--cells", nargs="+", metavar="CELL", choices=tuple(CELLS), help=f"only these of {', '.join(CELLS)}"
    )
    parser.add_argument(
        "--probes", type=int, metavar="N", help=f"ghost orders a cell, or a file (default {_PROBES})"
    )
    parser.add_argument("--seed", type=int, default=42, metavar="N", help="of chance (default %(default)s)")
    parser.add_argument(
        "--l3", metavar="FILE", help="real orders of a LOBSTER message file instead, with their ids hidden"
    )
    parser.add_argument(
        "--tick",
        type=int,
        default=100,
        metavar="N",
        help="of that file, in its price unit (default %(default)s)",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="of the rows")
    parser.add_argument("--quiet", action="store_true", help="no narration")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the rows; return 6 if the envelope does not hold somewhere."""
    count = _PROBES if args.probes is None else args.probes
    if count < 1:
        raise UsageError(f"--probes: must be at least 1, not {count}")
    if args.tick < 1:
        raise UsageError(f"--tick: must be at least 1, not {args.tick}")
    envelopes: list[EnvelopeRow] = []
    text = args.format == "text"
    if text:
        write_stdout(" ".join(name.rjust(width) for name, width in _COLUMNS) + "\n")
    for row in _rows(args, count):
        if isinstance(row, EnvelopeRow):
            envelopes.append(row)
        write_stdout(_line(row) if text else encode(asdict(row)))
    total = _total(envelopes)
    write_stdout(_total_line(total) if text else encode(total))
    return ExitCode.DONE if total["holds"] else ExitCode.VERIFY


def _rows(args: argparse.Namespace, count: int) -> Iterator[Row | EnvelopeRow]:
    if args.l3 is not None:
        if args.cells:
            raise UsageError("--cells: a file has no cells; leave one of --cells and --l3 away")
        file = lobster.read(args.l3, args.tick)
        if not args.quiet:
            narrate(f"truth: {args.l3}: {file.summary()}")
        probes = lobster.probes_of(file, count, args.seed)
        if not probes:
            raise InputError(
                f"{args.l3}: no order could be followed: none of those chosen by chance came while both"
                " sides of the book were there, and outlived every halt; try more --probes"
            )
        yield from rows("l3", probes)
        return
    for cell in args.cells or CELLS:
        if not args.quiet:
            narrate(f"truth: {cell}: {count} probes")
        yield from rows(cell, probes_of(cell, count, args.seed))


def _total(envelopes: list[EnvelopeRow]) -> dict[str, Any]:
    probes = sum(row.probes for row in envelopes)
    covered = sum(row.covered_ppm * row.probes for row in envelopes)
    return {
        "cell": "total",
        "covered_ppm": covered // probes,
        "early_ppm": max((row.early_ppm for row in envelopes), default=0),
        "holds": all(row.holds for row in envelopes),
        "outside": [row.cell for row in envelopes if not row.holds],
        "probes": probes,
    }


def _pct(ppm: int) -> str:
    return format_scaled(ppm, 4)


def _line(row: Row | EnvelopeRow) -> str:
    if isinstance(row, EnvelopeRow):
        cells = [row.cell, row.model, str(row.probes)]
        figures = f"covered {_pct(row.covered_ppm)} %, false certain {_pct(row.false_certain_ppm)} %, "
        figures += f"false no {_pct(row.false_no_ppm)} %, "
        figures += f"at a wrong time {_pct(row.early_ppm)} %, width {_pct(row.width_ppm)} %, "
        return _joined(cells) + "  " + figures + f"brier {format_scaled(row.brier_ppm, 6)}\n"
    cells = [
        row.cell,
        row.model,
        str(row.probes),
        _pct(row.filled_ppm),
        _pct(row.error_ppm),
        _pct(row.false_positive_ppm),
        _pct(row.false_negative_ppm),
        format_scaled(row.brier_ppm, 6),
        "-" if row.markout_milliticks is None else format_scaled(row.markout_milliticks, 3),
        "-" if row.bias_milliticks is None else format_scaled(row.bias_milliticks, 3),
        "-" if row.late_ms is None else str(row.late_ms),
    ]
    return _joined(cells) + "\n"


def _joined(cells: list[str]) -> str:
    return " ".join(cell.rjust(width) for cell, (_, width) in zip(cells, _COLUMNS, strict=False))


def _total_line(total: dict[str, Any]) -> str:
    state = "holds" if total["holds"] else f"FAILS in {', '.join(total['outside'])}"
    covered = _pct(total["covered_ppm"])
    return f"total: {total['probes']} probes, {covered} % between the edges; the envelope {state}\n"
