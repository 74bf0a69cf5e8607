"""The command ``quality DIR``: how the orders and fills of a run fared."""

import argparse
from typing import Final

from tools.core.errors import ExitCode
from tools.lab.quality.columns import QualityRun
from tools.lab.quality.document import BY, document, slices
from tools.lab.quality.show import FORMATS, as_csv, as_json, as_text
from tools.lab.stats.bootstrap import SEED
from tools.live.journal import write_stdout

_WRITERS: Final = {"csv": as_csv, "json": as_json, "text": as_text}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``quality`` to a parser."""
    parser.add_argument("dir", metavar="DIR", help="of a replay, as --out wrote it")
    parser.add_argument("--by", default="", metavar="LIST", help=f"slice by any of {', '.join(BY)}")
    parser.add_argument(
        "--path",
        "--account",
        default="",
        metavar="NAME",
        help="of a run with several paths or accounts; the first if not given",
    )
    parser.add_argument(
        "--seed", type=int, default=SEED, metavar="N", help="of the resamples (default %(default)s)"
    )
    parser.add_argument(
        "--suspects",
        action="store_true",
        help="take in orders suspected of an effect of their own on the market",
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="of the result")


def run(args: argparse.Namespace) -> int:
    """Print what is said of one run; return the exit code."""
    by = slices(args.by)
    found = document(QualityRun(args.dir, args.path), by, args.seed, args.suspects)
    write_stdout(_WRITERS[args.format](found))
    return ExitCode.DONE
