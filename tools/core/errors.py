"""The ways in which something can go wrong, and the exit code of each.

Whose fault an error is decides its class: a bad line of data is an `InputError` (it is
quarantined and the run goes on), a bad configuration a `ConfigError`, a wrong call a
`UsageError`, and a broken promise of our own an `InvariantError` (the run stops).
"""

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """Exit codes of every command; one table, documented in ``docs/reference/exit-codes.md``."""

    DONE = 0
    UNEXPECTED = 1  # also P0.1's two refusals of exec_demo
    USAGE = 2
    INPUT = 3
    CONFIG = 4
    OUTSIDE = 5
    VERIFY = 6
    FROZEN = 7
    INVARIANT = 8
    DAMAGED = 9
    INTERRUPTED = 130


class LabError(Exception):
    """Base of every error that this project raises on purpose; says place and fix in one line."""

    exit_code: ClassVar[ExitCode] = ExitCode.UNEXPECTED


class InputError(LabError):
    """A piece of input that cannot be used: quarantined and counted, the rest is kept."""

    exit_code: ClassVar[ExitCode] = ExitCode.INPUT


class ConfigError(LabError):
    """A configuration that cannot be used; the message starts with the dotted path of the key."""

    exit_code: ClassVar[ExitCode] = ExitCode.CONFIG


class UsageError(LabError):
    """A call that cannot mean anything: the caller's mistake. Nothing was changed by it."""

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE


class VerifyError(LabError):
    """Two things that must be the same bytes are not."""

    exit_code: ClassVar[ExitCode] = ExitCode.VERIFY


class InvariantError(LabError):
    """A promise of our own does not hold: stop, because nothing after it can be believed."""

    exit_code: ClassVar[ExitCode] = ExitCode.INVARIANT
