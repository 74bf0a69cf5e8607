"""The command ``counterfactual FILE... --policy A.toml --policy B.toml``."""

import argparse

from tools.core.errors import ExitCode
from tools.lab.counterfactual.compare import counterfactual, read_policies
from tools.lab.counterfactual.show import as_json, as_text
from tools.live.cli import narrate
from tools.live.config import read_instruments
from tools.live.funding import read_funding
from tools.live.journal import write_stdout


def run(args: argparse.Namespace) -> int:
    """Print the comparison; return the exit code."""
    policies = read_policies(args.policy, args.fills)
    instruments = read_instruments(args.instruments)
    funding = read_funding(args.funding, instruments) if args.funding else ()
    found = counterfactual(args.files, instruments, policies, args.fills, args.symbol, funding)
    write_stdout(as_json(found) if args.format == "json" else as_text(found))
    problems = found["problems"]
    assert isinstance(problems, list)
    for problem in problems:
        narrate(f"execlab counterfactual: {problem}")
    return ExitCode.INPUT if problems else ExitCode.DONE
