"""The command line: ``python -m tools.lab`` or ``execlab``.

Exit codes are those of `tools.core.errors.ExitCode`. stdout carries data, stderr narration.
"""

import argparse
import sys

from tools import __version__
from tools.core.canon import encode_report
from tools.core.errors import ExitCode
from tools.lab import micro_table, observe, synthesize
from tools.lab.counterfactual.arguments import add_arguments as counterfactual_arguments
from tools.lab.detectors import command as detectors
from tools.lab.quality import command as quality_command
from tools.lab.truth import command as truth
from tools.live.cli import OneLineParser, directory, guarded, run_id
from tools.live.journal import write_stdout


def _verify(args: argparse.Namespace) -> int:
    from tools.lab.verify import verify

    write_stdout(encode_report(verify(args.dir, args.input or [])))
    return ExitCode.DONE


def _replay(args: argparse.Namespace) -> int:
    from tools.lab.replay_command import run

    return run(args)


def _explain(args: argparse.Namespace) -> int:
    from tools.lab import explain

    run = explain.Run(args.dir, args.input or [], args.path)
    if args.summary:
        lines = explain.explain_summary(run)
    elif args.order is not None:
        lines = explain.explain_order(run, args.order)
    else:
        at_ns = None if args.at is None else explain.moment(run, args.at)
        lines = explain.explain_at(run, at_ns, args.seq, args.symbol)
    write_stdout("".join(line + "\n" for line in lines))
    return ExitCode.DONE


def _conformance(args: argparse.Namespace) -> int:
    from tools.lab import conformance

    return conformance.run(args.file, args.format)


def _counterfactual(args: argparse.Namespace) -> int:
    from tools.lab.counterfactual.command import run

    return run(args)


def _add_replay(replay: argparse.ArgumentParser) -> None:
    replay.add_argument("files", nargs="+", metavar="FILE", help="recordings, plain or gzip, in any order")
    replay.add_argument("--symbol", default="", metavar="S", help="only this symbol, or venue:SYMBOL")
    replay.add_argument("--config", metavar="TOML", help="what differs from configs/default.toml")
    replay.add_argument("--instruments", metavar="TOML", help="instead of configs/instruments.toml")
    replay.add_argument(
        "--fills",
        default="",
        metavar="MODEL",
        help="a fill model (ra, opt, power, ...), or envelope: both ra and opt, every figure an interval",
    )
    replay.add_argument(
        "--account",
        action="append",
        metavar="NAME=TOML",
        help="an account with a configuration of its own, at least two: they share the paper venue",
    )
    replay.add_argument("--funding", metavar="TOML", help="when perpetual futures are funded, at which rates")
    replay.add_argument(
        "--seed", type=int, metavar="N", help="of all that draws by chance, instead of the configured ones"
    )
    replay.add_argument(
        "--run-id", type=run_id, metavar="ID", help="a venue would be given ID-CLI00000001, ..."
    )
    replay.add_argument("--detail", choices=("delta", "full"), default="delta", help="of the audit log")
    replay.add_argument(
        "--out", type=directory, metavar="DIR", help="also write audit.jsonl, report.json, run.meta.json"
    )
    replay.add_argument("--strict", action="store_true", help="stop at the first unusable line")
    replay.add_argument("--fail-on-freeze", action="store_true", help="exit 7 if the run ends frozen")
    replay.add_argument("--pretty", action="store_true", help="indent the report")
    replay.add_argument("--quiet", action="store_true", help="no progress, no notes")
    replay.set_defaults(run=_replay)


def _add_explain(explain: argparse.ArgumentParser) -> None:
    explain.add_argument("dir", metavar="DIR")
    what = explain.add_mutually_exclusive_group(required=True)
    what.add_argument("--at", metavar="TIME", help="ISO 8601, or HH:MM:SS[.fff] if the run holds it once")
    what.add_argument("--seq", type=int, metavar="N", help="after this event number")
    what.add_argument("--order", metavar="ID", help="the life of one order, such as CLI00000012")
    what.add_argument("--summary", action="store_true", help="time in each state, refusals by reason")
    explain.add_argument(
        "--path",
        "--account",
        default="",
        metavar="NAME",
        help="of an envelope or of several accounts: which (default: the first)",
    )
    explain.add_argument("--symbol", default="", metavar="S", help="only this symbol, or venue:SYMBOL")
    explain.add_argument("--input", nargs="+", metavar="FILE", help="where the run's inputs are now")
    explain.set_defaults(run=_explain)


def parser() -> argparse.ArgumentParser:
    """Return the parser with every sub-command."""
    p = OneLineParser(prog="execlab", description="Work with runs of the execution lab.")
    p.add_argument("--version", action="version", version=f"execlab {__version__}")
    commands = p.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_replay(commands.add_parser("replay", help="take recordings through the chain; print the report"))
    synthesize.add_arguments(
        commands.add_parser("synthesize", help="write a made-up recording with known scenes")
    )
    observe.add_arguments(
        commands.add_parser(
            "observe", help="stream the observer's figures, a record per period and instrument"
        )
    )
    micro_table.add_arguments(
        commands.add_parser("microprice", help="estimate a table of micro-price shifts over recordings")
    )
    detectors.add_arguments(
        commands.add_parser("detectors", help="compare regime detectors on known changes, or on recordings")
    )
    counterfactual = commands.add_parser(
        "counterfactual", help="replay a recording under several policies, side by side"
    )
    counterfactual_arguments(counterfactual)
    counterfactual.set_defaults(run=_counterfactual)
    truth.add_arguments(
        commands.add_parser("truth", help="hold the fill models against books whose every order is known")
    )
    verify = commands.add_parser("verify", help="check a run's directory against a run of its own header")
    verify.add_argument("dir", metavar="DIR")
    verify.add_argument("--input", nargs="+", metavar="FILE", help="where the run's inputs are now")
    verify.set_defaults(run=_verify)
    _add_explain(commands.add_parser("explain", help="say in sentences what was in force, and why"))
    quality = commands.add_parser("quality", help="measure how the orders and fills of a run fared")
    quality_command.add_arguments(quality)
    quality.set_defaults(run=quality_command.run)
    conformance = commands.add_parser("conformance", help="hold the order store against order scenarios")
    conformance.add_argument("file", metavar="FILE", help="scenarios, a JSON file")
    conformance.add_argument("--format", choices=("text", "json"), default="text", help="of the result")
    conformance.set_defaults(run=_conformance)
    return p


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    args = parser().parse_args(given)
    args.arguments = given
    return guarded(f"execlab {args.command}", lambda: int(args.run(args)))


if __name__ == "__main__":
    sys.exit(main())
