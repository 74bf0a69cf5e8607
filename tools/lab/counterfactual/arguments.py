"""The options of ``counterfactual``; loads nothing of what runs it."""

import argparse
from typing import Final

FORMATS: Final = ("text", "json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``counterfactual`` to a parser."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="recordings, plain or gzip, in any order")
    parser.add_argument(
        "--policy",
        action="append",
        required=True,
        metavar="TOML",
        help="a configuration, as --config of replay takes it; at least two, the first is the base",
    )
    parser.add_argument("--fills", default="", metavar="MODEL", help="as of replay; envelope gives intervals")
    parser.add_argument("--symbol", default="", metavar="S", help="only this symbol, or venue:SYMBOL")
    parser.add_argument("--instruments", metavar="TOML", help="instead of configs/instruments.toml")
    parser.add_argument("--funding", metavar="TOML", help="as of replay")
    parser.add_argument("--format", choices=FORMATS, default="text", help="of the result")
