"""Several accounts in one run: from the command line to policies, and what they came to together.

Every account has a report of its own. Together they have what adds up: counters of orders, and
by instrument positions, money and the parts of the book identity. What does not (an average
price, a drawdown, a verdict of a gate) is told by account only.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path as File
from typing import Any, Final

from tools.core.errors import UsageError
from tools.lab.envelope import ENVELOPE
from tools.lab.fidelity import Fidelity, judge_edge
from tools.live.config_tree import config_from_resolved, read_config_file, resolved_config
from tools.live.net_edge import edge_ubps
from tools.live.path import Path, Policy
from tools.live.settings import LabConfig

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,32}", re.ASCII)

_POSITION: Final = (
    "cash_htl",
    "fees_e8",
    "funding_e8",
    "gross_e8",
    "net_e8",
    "position_lots",
    "realised_htl",
    "unrealised_htl",
)


def read_accounts(given: Sequence[str]) -> tuple[Policy, ...]:
    """Return the accounts of arguments such as ``maker=maker.toml``, in their order.

    Raises
    ------
    UsageError
        There is only one, or one is not a name and a file, or two have one name.
    """
    out: list[Policy] = []
    for text in given:
        name, equals, path = text.partition("=")
        if not equals or not path or _NAME.fullmatch(name) is None:
            raise UsageError(
                f"--account {text[:60]}: give NAME=TOML, the name of up to 32 of A-Z, a-z, 0-9, _, . and -"
            )
        if any(name == known.name for known in out):
            raise UsageError(f"--account {text[:60]}: there is an account {name} already")
        out.append(Policy(name=name, config=read_config_file(File(path), LabConfig)))
    if len(out) == 1:
        raise UsageError("give --account at least twice; a single account is replay --config TOML")
    return tuple(out)


def check_accounts(accounts: Sequence[Policy], fills: str) -> None:
    """Raise `UsageError` if accounts are to be run along the two paths of the envelope."""
    if accounts and fills == ENVELOPE:
        raise UsageError(
            "--fills envelope: not with --account: accounts share one venue; run ra and opt apart"
        )


def accounts_to_header(accounts: Sequence[Policy]) -> list[object]:
    """Return accounts as an audit header holds them."""
    return [{"config": resolved_config(one.config), "name": one.name} for one in accounts]


def accounts_from_header(rows: Sequence[Mapping[str, Any]]) -> tuple[Policy, ...]:
    """Return the accounts that an audit header holds."""
    return tuple(
        Policy(name=str(row["name"]), config=config_from_resolved(row["config"], LabConfig)) for row in rows
    )


def together(reports: Mapping[str, Mapping[str, Any]]) -> dict[str, object]:
    """Return what the reports of accounts, by name, come to together: sums of what adds up."""
    every = list(reports.values())
    lifecycle: dict[str, int] = {}
    for report in every:
        for name, count in report["lifecycle"].items():
            lifecycle[name] = lifecycle.get(name, 0) + count
    instruments: dict[str, object] = {}
    for key in every[0]["instruments"]:
        bodies = [report["instruments"][key] for report in every]
        positions = [body["position"] for body in bodies]
        books = [body["measures"]["book_identity"] for body in bodies if body["measures"] is not None]
        instruments[key] = {
            "book_identity": _summed(books, "mid_ht") if len(books) == len(bodies) else None,
            "observer": bodies[0]["observer"],
            "position": {
                "mark_ht": positions[0]["mark_ht"],
                **{name: _sum(positions, name) for name in _POSITION},
            },
        }
    return {"instruments": instruments, "lifecycle": lifecycle}


def _summed(rows: Sequence[Mapping[str, Any]], shared: str) -> dict[str, object]:
    """Return rows added up name by name, but for what is the same in all of them."""
    return {name: rows[0][name] if name == shared else _sum(rows, name) for name in rows[0]}


def _sum(rows: Sequence[Mapping[str, Any]], name: str) -> int | None:
    """Return the sum of a figure; None if it is unknown of one."""
    total = 0
    for row in rows:
        if row[name] is None:
            return None
        total += row[name]
    return total


def edge_together(paths: Sequence[Path], fidelity: Fidelity) -> dict[str, object]:
    """Return what every account has earned on what it turned over, what all have, and what may be claimed."""
    edges = {path.name: path.net_edge() for path in paths}
    bodies = [edge.to_dict() for edge in edges.values()]
    net_e8, turnover_e8 = _sum(bodies, "net_e8"), _sum(bodies, "turnover_e8") or 0
    ubps = edge_ubps(net_e8, turnover_e8)
    verdict, reason = judge_edge([ubps], fidelity)
    return {
        "edge_ubps": ubps,
        "paths": {name: edge.to_dict() for name, edge in edges.items()},
        "reason": reason,
        "together": {"fills": _sum(bodies, "fills"), "net_e8": net_e8, "turnover_e8": turnover_e8},
        "verdict": verdict,
    }
