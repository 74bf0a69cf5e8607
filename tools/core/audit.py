"""The audit log: one canonical line for each record, and a hash chain over the lines.

The chain starts from 64 zeros and takes in each line's bytes. It is written in a
``checkpoint`` line every 10,000 lines and in the last line (``end``), not in every line,
so that the difference between two logs stays readable. The last line also repeats the
digest of the first, so that a reader knows whether the configuration can be trusted
before it runs anything with it.
"""

import hashlib
from collections.abc import Callable
from typing import Final

from tools.core.canon import encode
from tools.core.errors import InvariantError

SCHEMA: Final = 1
CHECKPOINT_EVERY: Final = 10_000
CHAIN_START: Final = "0" * 64


def chain_next(chain: str, line: str) -> str:
    """Return the chain value after `line` (newline included), as 64 hexadecimal digits.

    Lines are ASCII; a damaged one is read as Latin-1, where each byte is a character.
    """
    return hashlib.sha256((chain + line).encode("latin-1")).hexdigest()


def digest_text(text: str) -> str:
    """Return the SHA-256 of ASCII (or Latin-1) text as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("latin-1")).hexdigest()


class AuditLog:
    """Turns records into chained lines and hands each line to a sink.

    Parameters
    ----------
    sink
        Takes one line, newline included. The log itself does no I/O.
    """

    def __init__(self, sink: Callable[[str], None]) -> None:
        self._sink: Final = sink
        self._chain = CHAIN_START
        self._first = ""
        self._closed = False
        self.lines = 0

    def write(self, kind: str, seq: int, body: dict[str, object]) -> None:
        """Append one record that belongs to event number `seq` of the run.

        The keys ``kind``, ``seq`` and ``line`` are the log's own; a body that brings one of
        them raises `InvariantError`, because one of the two values would be lost.
        """
        for key in ("kind", "line", "seq"):
            if key in body:
                raise InvariantError(f"audit: a {kind} record must not bring the key {key}")
        self._line(kind, seq, body)
        if self.lines % CHECKPOINT_EVERY == CHECKPOINT_EVERY - 1:
            self._line("checkpoint", seq, {"chain": self._chain})

    def close(self, seq: int) -> None:
        """Write the last line, which holds the chain over all lines before it. Idempotent."""
        if not self._closed:
            self._line("end", seq, {"chain": self._chain, "header": self._first})
            self._closed = True

    def _line(self, kind: str, seq: int, body: dict[str, object]) -> None:
        line = encode({**body, "kind": kind, "line": self.lines, "seq": seq})
        self._chain = chain_next(self._chain, line)
        if self.lines == 0:
            self._first = digest_text(line)
        self.lines += 1
        self._sink(line)


class MarkedLog(AuditLog):
    """The view that one of several paths has of a log: its records bear its name.

    Parameters
    ----------
    log
        Takes the records.
    path
        Written under ``path`` in each of them.
    """

    def __init__(self, log: AuditLog, path: str) -> None:
        super().__init__(_nowhere)
        self._log: Final = log
        self._path: Final = path

    def write(self, kind: str, seq: int, body: dict[str, object]) -> None:
        """Append one record under the name of the path."""
        self._log.write(kind, seq, {**body, "path": self._path})

    def close(self, seq: int) -> None:
        """Raise `InvariantError`: the log is closed by whoever made it."""
        raise InvariantError("audit: a path does not close the log of its run")


def _nowhere(line: str) -> None:
    raise InvariantError("audit: a marked log has no lines of its own")
