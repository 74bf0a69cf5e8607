"""Order scenarios for tests: those of the shared file, and those of the reference page as a file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

SHARED = Path(__file__).parents[2].parent / "shared"
FILE = SHARED / "conformance" / "fix_order_states.json"
PAGE = SHARED / "reference" / "controls.md"

EVIDENCE = {
    "T": "source_table", "sc": "source_scaled", "p": "source_partial", "st": "source_statement",
    "m": "standard_memory", "d": "derived_from_standard", "v": "venue_doc",
}  # fmt: skip
# What the page says in words beside its sequences: row number and fields of that row.
BESIDE = {
    "E.1.a": {2: {"anomaly": "the published table shows LeavesQty 0 while New"}},
    "H.1.b": {5: {"exec_restatement_reason": "GTCorporateAction(0)"}},
    "X.1": {4: {"expect": "ignore_duplicate"}},
    "X.2": {3: {"last_px": 100}, 4: {"last_px": 101, "expect": "ignore_and_alert"}},
    "X.3": {4: {"expect": "overfill"}},
    "X.4": {1: {"expect": "unknown_order"}},
    "X.5": {3: {"expect": "stale_ignore"}},
    "X.7": {4: {"expect": "reject_transition"}},
    "X.8": {3: {"expect": "reject_report"}},
}

_STEP = re.compile(r"; (?=~?(?:D\d\.)?\d+ )")
_ASKED = re.compile(r"(NEW-ORDER|CXL-REQ|RPL-REQ|STATUS-REQ)\((\w+)(?:,(\w+))?\)(?: (\d+))?")
_REFUSED = re.compile(r"CXL-REJ\((\w+),(\w+)\) (\w+)(?: r=(\d+))?")
_REPORT = re.compile(
    r"(\w+)/(\w+)(?:\((\w+)(?:,(\w+))?\))?:(\d+|None) (\d+) (\d+)(?: \[(\d+)\])?(?: ([A-Z])(?:\(([A-Z])\))?)?"
)
_EVENT = {
    "NEW-ORDER": "NewOrder",
    "CXL-REQ": "CancelRequest",
    "RPL-REQ": "ReplaceRequest",
    "STATUS-REQ": "StatusRequest",
}


def _int(text: str | None) -> int | None:
    return None if text in (None, "None") else int(text)


def _step(text: str) -> dict[str, Any]:
    time, _, what = text.removeprefix("~").partition(" ")
    step: dict[str, Any] = {"t": time, "text": ""}
    if text.startswith("~"):
        step["branch"] = "reject_alt"
    if what.startswith("«"):
        return {**step, "dir": "note", "event": "Note", "text": what.strip("«»")}
    if found := _ASKED.fullmatch(what):
        event, client_id, orig_id, qty = found.groups()
        return {**step, "dir": "in", "event": _EVENT[event], "cl_ord_id": client_id,
                "orig_cl_ord_id": orig_id, "order_qty": _int(qty)}  # fmt: skip
    if found := _REFUSED.fullmatch(what):
        client_id, orig_id, status, reason = found.groups()
        return {**step, "dir": "out", "event": "OrderCancelReject", "ord_status": status,
                "cl_ord_id": client_id, "orig_cl_ord_id": orig_id, "cxl_rej_reason": reason}  # fmt: skip
    found = _REPORT.fullmatch(what)
    assert found is not None, what
    kind, status, client_id, orig_id, qty, cum, leaves, last, exec_id, ref_id = found.groups()
    return {**step, "dir": "out", "event": "ExecutionReport", "exec_type": kind, "ord_status": status,
            "cl_ord_id": client_id, "orig_cl_ord_id": orig_id, "order_qty": _int(qty), "cum_qty": _int(cum),
            "leaves_qty": _int(leaves), "last_qty": _int(last), "exec_id": exec_id,
            "exec_ref_id": ref_id}  # fmt: skip


def from_page(text: str) -> dict[str, Any]:
    """Return every scenario of the reference page's sequences, in the file format."""
    index = dict[str, tuple[str, str]]()
    for name, title, mark in re.findall(r"^\| ([A-Z]\.[\w.]+) \| (.+?) \| (\w+) \|", text, re.M):
        index[name] = (title, EVIDENCE[mark])
    listed = text.partition("### Full sequences")[2].partition("### Check of the suite")[0]
    scenarios = []
    for name, rows in re.findall(r"^- \*\*(.+?)\*\* (.+)$", listed, re.M):
        steps = [_step(part) for part in _STEP.split(rows)]
        for number, fields in BESIDE.get(name, {}).items():
            steps[number - 1].update(fields)
        title, evidence = index[name]
        scenarios.append({"id": name, "title": title, "evidence": evidence, "steps": steps})
    return {"scenarios": scenarios}


def write(path: Path, scenarios: list[dict[str, Any]]) -> str:
    """Write scenarios as a file; return its name."""
    path.write_text(json.dumps({"scenarios": scenarios}), encoding="utf-8")
    return str(path)
