"""Tables measured on a folder of recordings, written into the tail of a page of docs."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tools.core.errors import ExitCode, InputError
from tools.live.cli import OneLineParser, guarded

_ROOT: Final = Path(__file__).resolve().parents[2]


def folder_parser(command: str, description: str) -> argparse.ArgumentParser:
    """Return the parser of a command that measures a folder of recordings."""
    p = OneLineParser(prog=command, description=description)
    p.add_argument("folder", metavar="FOLDER", type=Path, help="where the recordings are")
    p.add_argument("--print", action="store_true", help="write the tables to stdout, not into the page")
    return p


def run_into_page(
    args: argparse.Namespace, name: str, page: str, marker: str, tables: Callable[[Path], list[str]]
) -> int:
    """Write what `tables` measures behind the page's line `marker`, or to stdout; return the exit code.

    Errors are told in one line under `name`: a recording, or the marker, is not there.
    """

    def run() -> int:
        text = "\n".join(tables(args.folder)).rstrip() + "\n"
        if args.print:
            sys.stdout.write(text)
            return ExitCode.DONE
        target = _ROOT / page
        head, found, _ = target.read_text("utf-8").partition(marker)
        if not found:
            raise InputError(f"{page}: has no line {marker}")
        target.write_text(f"{head}{marker}\n\n{text}", encoding="utf-8", newline="\n")
        return ExitCode.DONE

    return guarded(name, run)
