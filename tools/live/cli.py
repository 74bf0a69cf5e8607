"""What every command line of the project has in common: one-line complaints, exit codes."""

import argparse
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from tools.core.errors import ExitCode, LabError, UsageError
from tools.execution.client_ids import check_run_id


class OneLineParser(argparse.ArgumentParser):
    """An argument parser whose complaint is one line, exit code 2; it guesses no abbreviations."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"allow_abbrev": False, **kwargs})

    def error(self, message: str) -> NoReturn:
        """Complain and leave."""
        self.exit(ExitCode.USAGE, f"{self.prog}: {_one_line(message)}\n")


def _one_line(message: str) -> str:
    """Return a message on one line, whatever the arguments that it quotes contain."""
    return " ".join(message.split())


def directory(text: str) -> str:
    """Return the name of a directory; an empty one is refused."""
    if not text.strip():
        raise argparse.ArgumentTypeError("a directory needs a name")
    return text


def run_id(text: str) -> str:
    """Return the id of a run, for the ids that a venue is given."""
    try:
        return check_run_id(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def narrate(line: str) -> None:
    """Write one line to stderr, where narration belongs; if nobody listens, go on."""
    if sys.stderr is None:
        return
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        sys.stderr = None


def guarded(name: str, command: Callable[[], int]) -> int:
    """Run a command; turn what it may raise into one line on stderr and an exit code."""
    try:
        return command()
    except LabError as error:
        narrate(f"{name}: {_one_line(str(error))}")
        return error.exit_code
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        narrate(f"{name}: {error.strerror}{place}")
        return ExitCode.OUTSIDE
    except KeyboardInterrupt:
        narrate(f"{name}: interrupted")
        return ExitCode.INTERRUPTED
