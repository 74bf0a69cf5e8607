"""The command line: ``python -m tools.lab`` or ``execlab``.

Exit codes are those of `tools.core.errors.ExitCode`. stdout carries data, stderr narration.
"""

import argparse
import sys

from tools import __version__
from tools.core.canon import encode_report
from tools.core.errors import ExitCode
from tools.live.cli import OneLineParser, guarded
from tools.live.journal import write_stdout


def _verify(args: argparse.Namespace) -> int:
    from tools.lab.verify import verify

    write_stdout(encode_report(verify(args.dir, args.input or [])))
    return ExitCode.DONE


def parser() -> argparse.ArgumentParser:
    """Return the parser with every sub-command."""
    p = OneLineParser(prog="execlab", description="Work with runs of the execution lab.")
    p.add_argument("--version", action="version", version=f"execlab {__version__}")
    commands = p.add_subparsers(dest="command", metavar="COMMAND", required=True)
    verify = commands.add_parser("verify", help="check a run's directory against a run of its own header")
    verify.add_argument("dir", metavar="DIR")
    verify.add_argument("--input", nargs="+", metavar="FILE", help="where the run's inputs are now")
    verify.set_defaults(run=_verify)
    return p


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code."""
    args = parser().parse_args(arguments)
    return guarded(f"execlab {args.command}", lambda: int(args.run(args)))


if __name__ == "__main__":
    sys.exit(main())
