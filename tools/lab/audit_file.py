"""Reading an audit log back, without believing it."""

import json
from pathlib import Path
from typing import Any

from tools.core.audit import CHAIN_START, CHECKPOINT_EVERY, chain_next, digest_text
from tools.core.errors import InputError, VerifyError
from tools.live.journal import META


def read_lines(path: Path) -> list[str]:
    """Return the lines of a file, newline included; each byte is one character."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); is it the folder of a run?") from None
    *whole, rest = data.decode("latin-1").split("\n")  # not splitlines(), which splits at other bytes too
    lines = [line + "\n" for line in whole]
    return [*lines, rest] if rest else lines


def parse_line(line: str) -> dict[str, Any]:
    """Return a line's record, or an empty one if it is not readable."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def header_of(lines: list[str]) -> dict[str, Any]:
    """Return the header; raise `VerifyError` if it is not the one that the last line vouches for."""
    header = parse_line(lines[0]) if lines else {}
    last = parse_line(lines[-1]) if lines else {}
    if header.get("kind") != "header":
        raise VerifyError("line 0 is not a header: it was changed, or this is no audit log")
    if last.get("kind") != "end":
        raise VerifyError(f"there is no last line of kind 'end' after {len(lines)} lines: it was cut off")
    if last.get("header") != digest_text(lines[0]):
        raise VerifyError("line 0 (header) or the last line was changed: their digests differ")
    return header


def remembered_inputs(directory: str) -> list[str]:
    """Return where a run's inputs were, as its side file remembers; nothing if it is gone."""
    try:
        meta = json.loads((Path(directory) / META).read_text(encoding="utf-8"))
        return [str(path) for path in meta["inputs"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def check_chain(lines: list[str]) -> str | None:
    """Return what is wrong with the chain over the lines of an audit log, or None."""
    last = parse_line(lines[-1]) if lines else {}
    if last.get("kind") != "end":
        return f"the log has no last line of kind 'end' after {len(lines)} lines: it was cut off"
    chain = CHAIN_START
    held = 0
    for number, line in enumerate(lines):
        record = (
            parse_line(line) if number % CHECKPOINT_EVERY == CHECKPOINT_EVERY - 1 or line is lines[-1] else {}
        )
        if "chain" in record:
            if record["chain"] != chain:
                return f"the hash chain breaks between lines {held} and {number}"
            held = number
        chain = chain_next(chain, line)
    return None
