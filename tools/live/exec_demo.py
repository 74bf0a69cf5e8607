"""The demo: ``python -m tools.live.exec_demo --shadow`` prints P0.1's report.

Data goes to stdout, narration to stderr. Exit codes: 0 done; 1 without --shadow or without
symbols, as P0.1 says; 2 usage; 3 --out cannot be written; 7 the run ended frozen and
--fail-on-freeze was given; 130 interrupted.
"""

import argparse
import re
import sys
from collections.abc import Callable
from contextlib import nullcontext

from tools import __version__
from tools.core.canon import encode_pretty, encode_report
from tools.core.errors import ExitCode, UsageError
from tools.core.units import decimal_text, parse_scaled
from tools.live.cli import OneLineParser, directory, guarded, narrate, run_id
from tools.live.clock import utc_now_ns
from tools.live.demo_run import MAX_ITERATIONS, DemoConfig, run_demo
from tools.live.journal import RunWriter, write_stdout

_SYMBOL = re.compile(r"[A-Z0-9]{2,20}", re.ASCII)


def _number(ok: Callable[[int], bool], rule: str, decimals: int) -> Callable[[str], str]:
    """Return a converter that takes a decimal number for which `ok` holds (in ``10**-decimals``)."""

    def convert(text: str) -> str:
        try:
            plain = decimal_text(text.removeprefix("+"))
            scaled = parse_scaled(plain, decimals)
        except UsageError:
            scaled = None
        if scaled is None or not ok(scaled):
            raise argparse.ArgumentTypeError(
                f"{text[:40]!r}: must be {rule}, with at most {decimals} decimals"
            )
        return plain

    return convert


_RATE = _number(lambda v: 0 <= v <= 10**18, "a number between 0 and 1", 18)
_POSITIVE = _number(lambda v: v > 0, "a positive finite number", 8)
_NOT_NEGATIVE = _number(lambda v: v >= 0, "a finite number, 0 or more", 6)
_FINITE = _number(lambda v: True, "a finite number", 6)


def _iterations(text: str) -> int:
    if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) is None or not 1 <= int(text) <= MAX_ITERATIONS:
        raise argparse.ArgumentTypeError(f"{text[:40]!r}: must be a whole number, 1 to {MAX_ITERATIONS}")
    return int(text)


def _seed(text: str) -> int:
    if re.fullmatch(r"[0-9]{1,18}", text, re.ASCII) is None:
        raise argparse.ArgumentTypeError(
            f"{text[:40]!r}: must be a whole number, 0 or more, of at most 18 digits"
        )
    return int(text)


def _symbols(text: str) -> str:
    names = text.split(",") if text.strip(" ,") else []
    for name in names:
        if _SYMBOL.fullmatch(name) is None:
            raise argparse.ArgumentTypeError(
                f"{name[:40]!r}: a symbol is 2 to 20 characters of A-Z and 0-9, such as BTCUSDT"
            )
        if names.count(name) > 1:
            raise argparse.ArgumentTypeError(f"{name!r} is given twice")
    return ",".join(names)


# The settings of a run: flag, converter, default, help.
_SETTINGS: tuple[tuple[str, Callable[[str], object], object, str], ...] = (
    ("--symbols", _symbols, "BTCUSDT,ETHUSDT", "comma-separated"),
    ("--iterations", _iterations, 50, "seconds of event time"),
    ("--max-inv", _POSITIVE, "10000", "limit on the worst-case position of a symbol, USD"),
    ("--max-total", _POSITIVE, "50000", "limit on the worst case of all symbols, USD"),
    ("--edge-threshold", _FINITE, "1.5", "freeze when the net edge is below this, bps"),
    ("--edge-end", _FINITE, "2", "the synthetic edge falls from 10 towards this, bps"),
    ("--fill-rate", _RATE, "0.7", "probability that an order fills"),
    ("--reject-rate", _RATE, "0.05", "probability that an order is rejected"),
    ("--partial-fill-rate", _RATE, "0.1", "probability that a fill is partial"),
    ("--latency-ms", _NOT_NEGATIVE, "100", "simulated in event time; nothing sleeps"),
    ("--seed", _seed, 42, "of the fake exchange's dice"),
)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the demo's command line."""
    p = OneLineParser(
        prog="exec_demo",
        description="Run the execution engine against a fake exchange and print its report as JSON.",
        epilog="To see a freeze: --edge-end 0 lets the synthetic edge fall below the default threshold.",
    )
    add = p.add_argument
    add("--shadow", action="store_true", help="required: no order ever leaves this process")
    for flag, kind, default, text in _SETTINGS:
        add(flag, type=kind, default=default, help=f"{text} (default %(default)s)")
    add(
        "--out",
        type=directory,
        metavar="DIR",
        help="also write audit.jsonl, report.json and run.meta.json there",
    )
    add("--run-id", type=run_id, metavar="ID", help="a venue would be given ID-CLI00000001, ...")
    add("--pretty", action="store_true", help="indent the report")
    add("--fail-on-freeze", action="store_true", help="exit 7 if the run ends frozen")
    add("--version", action="version", version=f"execlab {__version__}")
    return p


def _run(args: argparse.Namespace, arguments: list[str]) -> int:
    config = DemoConfig(
        origin_ns=utc_now_ns(),
        symbols=args.symbols,
        iterations=args.iterations,
        max_inv=args.max_inv,
        max_total=args.max_total,
        edge_threshold=args.edge_threshold,
        edge_end=args.edge_end,
        fill_rate=args.fill_rate,
        reject_rate=args.reject_rate,
        partial_fill_rate=args.partial_fill_rate,
        latency_ms=args.latency_ms,
        seed=args.seed,
        pretty=args.pretty,
        run_id=args.run_id or "",
    )
    encode = encode_pretty if args.pretty else encode_report
    with RunWriter(args.out) if args.out else nullcontext() as writer:
        report = run_demo(config, writer.audit_line if writer else None, narrate)
        text = encode(report)
        if writer:
            writer.finish(text, arguments)
    write_stdout(text)
    risk = report["risk"]
    frozen = isinstance(risk, dict) and risk["frozen"]
    return ExitCode.FROZEN if frozen and args.fail_on_freeze else ExitCode.DONE


def main(arguments: list[str] | None = None) -> int:
    """Run the demo; return the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    args = parser().parse_args(given)
    if not args.shadow:
        narrate("exec_demo: only --shadow exists: this program places no live trades")
        return ExitCode.UNEXPECTED
    if not args.symbols:
        narrate("exec_demo: no symbols: name at least one with --symbols BTCUSDT")
        return ExitCode.UNEXPECTED
    return guarded("exec_demo", lambda: _run(args, given))


if __name__ == "__main__":
    sys.exit(main())
