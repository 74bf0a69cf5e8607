"""What every command line of the project has in common: one-line complaints, exit codes."""

import argparse
import sys
from collections.abc import Callable
from typing import NoReturn

from tools.core.errors import ExitCode, LabError


class OneLineParser(argparse.ArgumentParser):
    """An argument parser whose complaint is one line, exit code 2."""

    def error(self, message: str) -> NoReturn:
        """Complain and leave."""
        self.exit(ExitCode.USAGE, f"{self.prog}: {message}\n")


def narrate(line: str) -> None:
    """Write one line to stderr, where narration belongs."""
    print(line, file=sys.stderr)


def guarded(name: str, command: Callable[[], int]) -> int:
    """Run a command; turn what it may raise into one line on stderr and an exit code."""
    try:
        return command()
    except LabError as error:
        narrate(f"{name}: {error}")
        return error.exit_code
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        narrate(f"{name}: {error.strerror}{place}")
        return ExitCode.OUTSIDE
    except KeyboardInterrupt:
        narrate(f"{name}: interrupted")
        return ExitCode.INTERRUPTED
