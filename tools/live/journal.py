"""Writing a run into a directory: the audit log, the report, and the facts of this machine.

The files appear under their names only when they are complete, so a run that fails leaves
what an earlier one wrote.
"""

import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

from tools import __version__
from tools.core.canon import encode_report
from tools.core.errors import InputError

AUDIT = "audit.jsonl"
REPORT = "report.json"
META = "run.meta.json"


class RunWriter:
    """A context in which a run's files are written; nothing is kept if it raises.

    Parameters
    ----------
    directory
        Made if it does not exist.

    Raises
    ------
    InputError
        The directory cannot be made or written to.
    """

    def __init__(self, directory: str) -> None:
        self._directory = Path(directory)
        self._started = time.monotonic()
        self._audit: IO[str] | None = None
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            self._audit = self._open(AUDIT)
        except OSError as error:
            raise InputError(f"--out {directory}: cannot write there ({error.strerror})") from None

    def _open(self, name: str) -> IO[str]:
        return open(self._directory / (name + ".part"), "w", encoding="ascii", newline="\n")

    def audit_line(self, line: str) -> None:
        """Append one line to the audit log."""
        assert self._audit is not None
        self._audit.write(line)

    def finish(self, report_text: str, arguments: list[str], inputs: Sequence[str] = ()) -> None:
        """Write the report and the side file, and give all files their names.

        Parameters
        ----------
        report_text
            As it goes to stdout.
        arguments
            Of the command.
        inputs
            Paths of what was read; the side file remembers where they were.
        """
        assert self._audit is not None
        self._audit.close()
        self._write(REPORT, report_text)
        meta = {
            "arguments": arguments,
            "duration_s": round(time.monotonic() - self._started, 3),
            "host": platform.node(),
            "inputs": [str(Path(path).resolve()) for path in inputs],
            "implementation": platform.python_implementation(),
            "machine": platform.machine(),
            "python": platform.python_version(),
            "system": platform.platform(),
            "utc": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
            "version": __version__,
        }
        self._write(META, encode_report(meta))
        for name in (AUDIT, REPORT, META):
            os.replace(self._directory / (name + ".part"), self._directory / name)

    def _write(self, name: str, text: str) -> None:
        with self._open(name) as file:
            file.write(text)

    def __enter__(self) -> "RunWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._audit is not None:
            self._audit.close()
        for name in (AUDIT, REPORT, META):
            (self._directory / (name + ".part")).unlink(missing_ok=True)


def write_stdout(text: str) -> bool:
    """Write a report to stdout; return False if its reader has gone away or there is none: no error."""
    if sys.stdout is None:
        return False
    raw = getattr(sys.stdout, "buffer", None)
    try:
        if raw is None:  # replaced by something that takes text only
            sys.stdout.write(text)
        else:  # the bytes themselves, whatever encoding and line ends the terminal has
            sys.stdout.flush()
            raw.write(text.encode("utf-8"))
        sys.stdout.flush()
    except BrokenPipeError:
        # What Python would complain about at exit goes nowhere as well.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True
