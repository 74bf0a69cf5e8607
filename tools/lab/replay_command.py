"""The ``replay`` command: files and flags in, report on stdout, narration on stderr."""

import argparse
import sys
from contextlib import nullcontext

from tools.core.canon import encode_pretty, encode_report
from tools.core.errors import ExitCode, UsageError
from tools.lab.accounts import read_accounts
from tools.lab.replay import Replay, plan_replay
from tools.live.cli import narrate
from tools.live.config import read_instruments
from tools.live.config_tree import read_config_file
from tools.live.funding import read_funding
from tools.live.journal import RunWriter, write_stdout
from tools.live.settings import LabConfig


def run(args: argparse.Namespace) -> int:
    """Run one replay; return its exit code."""
    if args.account and args.config:
        raise UsageError("--config: not with --account: each account has a configuration of its own")
    instruments = read_instruments(args.instruments)
    plan = plan_replay(
        args.files,
        instruments,
        read_config_file(args.config, LabConfig) if args.config else LabConfig(),
        symbol=args.symbol,
        seed=args.seed,
        detail=args.detail,
        strict=args.strict,
        pretty=args.pretty,
        run_id=args.run_id or "",
        fills=args.fills,
        accounts=read_accounts(args.account or ()),
        funding=read_funding(args.funding, instruments) if args.funding else (),
    )
    show = sys.stderr.isatty() and not args.quiet
    encode = encode_pretty if args.pretty else encode_report
    with RunWriter(args.out) if args.out else nullcontext() as writer:
        replay = Replay(plan, writer.audit_line if writer else None)
        report = replay.run(_show if show else None)
        text = encode(report)
        if writer:
            writer.finish(text, args.arguments, args.files)
    if show:
        sys.stderr.write("\r\033[K")
    write_stdout(text)
    if not args.quiet:
        for note in replay.feed.notes:
            narrate(f"execlab replay: {note}")
    for problem in replay.feed.problems:
        narrate(f"execlab replay: {problem}")
    if replay.feed.problems:
        return ExitCode.INPUT
    frozen = any(path.risk.is_frozen() for path in replay.session.paths)
    return ExitCode.FROZEN if frozen and args.fail_on_freeze else ExitCode.DONE


def _show(line: str) -> None:
    sys.stderr.write(f"\r\033[K{line}")
    sys.stderr.flush()
