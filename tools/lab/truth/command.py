"""The ``truth`` command: rows on stdout in fixed columns, the last a total; narration on stderr."""

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from tools.core.canon import encode
from tools.core.errors import ExitCode, InputError, UsageError
from tools.core.units import NS_PER_MS, format_scaled
from tools.lab.truth import lobster
from tools.lab.truth.score import ALL, DISTANCES, EnvelopeRow, Row, rows
from tools.lab.truth.synthetic import BEHIND, CELLS, probes_of
from tools.lab.truth.trial import BATCH_NS, FEEDS
from tools.live.cli import narrate
from tools.live.journal import write_stdout

_PROBES: Final = 500
_COLUMNS: Final = (
    ("cell", 8), ("feed", 4), ("model", 12), ("probes", 7), ("fill_pct", 9), ("error_pp", 9), ("fp_pct", 8),
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
    parser.add_argument(
        "--behind",
        nargs="+",
        type=int,
        metavar="TICKS",
        help=f"how far behind the best they rest, in turn (default {' '.join(map(str, BEHIND))})",
    )
    parser.add_argument(
        "--depth-ms",
        type=int,
        default=BATCH_NS // NS_PER_MS,
        metavar="N",
        help="between two updates by level; 0 for one after every change (default %(default)s)",
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
    if args.depth_ms < 0:
        raise UsageError(f"--depth-ms: must not be negative, not {args.depth_ms}")
    if args.behind is not None and min(args.behind) < 0:
        raise UsageError(f"--behind: must not be negative, not {min(args.behind)}")
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
    batch_ns = args.depth_ms * NS_PER_MS
    if args.l3 is not None:
        if args.cells:
            raise UsageError("--cells: a file has no cells; leave one of --cells and --l3 away")
        if args.behind is not None:
            raise UsageError("--behind: a file's orders rest where they rest; leave --behind or --l3 away")
        file = lobster.read(args.l3, args.tick)
        if not args.quiet:
            narrate(f"truth: {args.l3}: {file.summary()}")
        probes = lobster.probes_of(file, count, args.seed, batch_ns)
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
        yield from rows(cell, probes_of(cell, count, args.seed, args.behind or BEHIND, batch_ns))


def _total(envelopes: list[EnvelopeRow]) -> dict[str, Any]:
    """Return what all cells come to, by feed: the width by distance too."""
    feeds: dict[str, Any] = {}
    for feed in FEEDS:
        mine = [row for row in envelopes if row.feed == feed]
        whole = [row for row in mine if row.behind == ALL]
        width_ppm: dict[str, int] = {}
        for behind in (ALL, *DISTANCES):
            some = [row for row in mine if row.behind == behind]
            if some:
                width_ppm[behind] = _mean_ppm([(row.width_ppm, row.probes) for row in some])
        feeds[feed] = {
            "covered_ppm": _mean_ppm([(row.covered_ppm, row.probes) for row in whole]),
            "early_ppm": max((row.early_ppm for row in whole), default=0),
            "outside": [row.cell for row in whole if not row.holds],
            "width_ppm": width_ppm,
        }
    probes = sum(row.probes for row in envelopes if row.behind == ALL and row.feed == FEEDS[0])
    holds = not any(feeds[feed]["outside"] for feed in FEEDS)
    return {"cell": "total", "feeds": feeds, "holds": holds, "probes": probes}


def _mean_ppm(shares: list[tuple[int, int]]) -> int:
    """Return the mean of shares, each with its number of probes, rounded down."""
    probes = sum(count for _, count in shares)
    return sum(share * count for share, count in shares) // probes if probes else 0


def _pct(ppm: int) -> str:
    return format_scaled(ppm, 4)


def _line(row: Row | EnvelopeRow) -> str:
    if isinstance(row, EnvelopeRow):
        cells = [row.cell, row.feed, row.model if row.behind == ALL else _place(row.behind), str(row.probes)]
        figures = f"covered {_pct(row.covered_ppm)} %, false certain {_pct(row.false_certain_ppm)} %, "
        figures += f"false no {_pct(row.false_no_ppm)} %, "
        figures += f"at a wrong time {_pct(row.early_ppm)} %, width {_pct(row.width_ppm)} %, "
        return _joined(cells) + "  " + figures + f"brier {format_scaled(row.brier_ppm, 6)}\n"
    cells = [
        row.cell,
        row.feed,
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


def _place(behind: str) -> str:
    return f"{behind} behind" if behind[0].isdigit() else behind


def _total_line(total: dict[str, Any]) -> str:
    feeds = total["feeds"]
    covered = ", ".join(f"{_pct(feeds[feed]['covered_ppm'])} % at {feed}" for feed in FEEDS)
    width = ", ".join(f"{_pct(feeds[feed]['width_ppm'].get(ALL, 0))} % at {feed}" for feed in FEEDS)
    outside = [f"{cell} at {feed}" for feed in FEEDS for cell in feeds[feed]["outside"]]
    state = f"FAILS in {', '.join(outside)}" if outside else "holds"
    return f"total: {total['probes']} probes, between the edges {covered}; width {width}; envelope {state}\n"
