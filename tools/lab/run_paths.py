"""Which paths a run has, by its audit log, and which of its lines are about one of them."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from tools.core.errors import UsageError
from tools.lab.envelope import EDGES

_OF_ALL: Final = ("header", "feed", "fidelity", "checkpoint", "end")


def account_of(header: Mapping[str, Any], mark: str) -> tuple[str, list[str]]:
    """Return which account a mark stands for, and all of them in their order; nothing if there are none."""
    names = [str(account["name"]) for account in header.get("accounts", ())]
    return (mark or names[0] if names else ""), names


def first_of(header: Mapping[str, Any]) -> str:
    """Return the name of a run's first path, whose lines bear none; empty if it has one path only."""
    account, _ = account_of(header, "")
    return account or (EDGES[0] if header.get("fills") else "")


def mark_of(header: Mapping[str, Any], records: Iterable[Mapping[str, Any]], path: str) -> str:
    """Return what the lines of a path bear under ``path``: its name, or nothing if it is the first.

    Raises
    ------
    UsageError
        The run has no such path; the message says which it has.
    """
    first = first_of(header)
    marked = sorted({str(record["path"]) for record in records if "path" in record})
    if path in ("", first):
        return ""
    if path not in marked:
        known = [*([first] if first else []), *marked]
        named = f"has {', '.join(known)}" if known else "has one path"
        raise UsageError(f"--path {path[:40]}: not in this run, which {named}")
    return path


def lines_of(records: Iterable[dict[str, Any]], mark: str) -> list[dict[str, Any]]:
    """Return the records about a path, by the mark that its lines bear, and those about all of them."""
    return [
        record
        for record in records
        if record.get("path", "") == mark or (record.get("kind") in _OF_ALL and "path" not in record)
    ]
