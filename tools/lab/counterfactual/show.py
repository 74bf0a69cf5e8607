"""The comparison as text: a table of the policies, what their refusals were worth, where they part."""

from collections.abc import Mapping
from typing import Any

from tools.core.canon import encode_pretty
from tools.core.timestamps import format_iso
from tools.core.units import NS_PER_S, format_scaled
from tools.engine.wording import evidence_text

_GATES = ("ALLOWED", "PROBATION", "COOLDOWN", "BLOCKED")


def as_json(found: Mapping[str, Any]) -> str:
    """Return the comparison as JSON."""
    return encode_pretty(dict(found))


def as_text(found: Mapping[str, Any]) -> str:
    """Return the comparison as text."""
    names = list(found["policies"])
    rows: list[list[str]] = [["", *names]]
    bodies = [found["policies"][name] for name in names]
    for title, cell in _ROWS:
        rows.append([title, *(cell(body) for body in bodies)])
    layers = sorted({layer for body in bodies for layer in body["held_ns"]} - {"eligible"})
    for layer in layers:
        rows.append([f"  refused by {layer}", *(_share(body["held_ns"], layer) for body in bodies)])
    for gate in _GATES:
        rows.append([f"  gate {gate}", *(_share(body["gate_ns"], gate) for body in bodies)])
    rows.append(["net against the first, USD", *(_money(body["net_against_first_e8"]) for body in bodies)])
    between = f"{format_iso(found['first_ns'])} to {format_iso(found['last_ns'])}"
    lines = [
        ", ".join(item["name"] for item in found["inputs"]),
        f"{between}, {found['events']} events; fills: {found['fills']}",
        "",
        *_table(rows),
        "",
        *_worth(found["worth"]),
        *_partings(found),
    ]
    return "".join(line + "\n" for line in lines)


def _table(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    out = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True)]
        out.append("  ".join(cells).rstrip())
    return out


def _worth(found: list[dict[str, Any]]) -> list[str]:
    lines: list[str] = []
    for one in found:
        lines.append(
            f"The fills of {one['fills_of']} ({one['model']}) by what {one['under']} allowed at their moment:"
        )
        rows = [["", "fills", "5 s markout, bps", "60 s markout, bps", "5 s net, bps", "5 s net, USD"]]
        for label, body in one["groups"].items():
            rows.append(_worth_row(f"  {label}", body))
            if body["impact_suspects"]:
                rows.append(_worth_row("    without suspects", body["without_suspects"]))
        lines += [*_table(rows), ""]
    return lines


def _worth_row(label: str, body: Mapping[str, Any]) -> list[str]:
    return [
        label,
        str(body["fills"]),
        mean_text(body["markout_5s"]),
        mean_text(body["markout_60s"]),
        mean_text(body["net_edge_5s"]),
        _money(body["net_5s_e8"]),
    ]


def _partings(found: Mapping[str, Any]) -> list[str]:
    shown = found["partings"]
    lines = [f"The policies part {found['parted']} times; the first {len(shown)}:"]
    for parting in shown:
        lines.append(f"  {format_iso(parting['time_ns'])} (event {parting['seq']}) {parting['instrument']}")
        for path, stand in parting["stands"].items():
            because = "; ".join(evidence_text(tuple(item)) for item in stand["evidence"])
            lines.append(
                f"    {path}: ceiling {stand['ceiling']}, {stand['budget_ppm'] // 10_000} % of the budget,"
                f" {stand['reason']}{f' ({because})' if because else ''}"
            )
    return lines


def _pair(value: Any, text: Any) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, list):
        return f"{text(value[0])} .. {text(value[1])}"
    return str(text(value))


def _money(value: Any) -> str:
    return _pair(value, lambda e8: format_scaled(_rounded(e8, 1_000_000), 2))


def _bps(value: Any) -> str:
    return _pair(value, lambda ubps: format_scaled(_rounded(ubps, 10_000), 2))


def _rounded(value: int, by: int) -> int:
    """Return a value in steps of `by`, half up."""
    return (value + by // 2) // by


def _share(parts: Mapping[str, int], name: str) -> str:
    whole_ns = sum(parts.values())
    if not whole_ns:
        return "unknown"
    return f"{parts.get(name, 0) // NS_PER_S} s ({100 * parts.get(name, 0) // whole_ns} %)"


def mean_text(mean: Mapping[str, Any]) -> str:
    """Return a mean in bps with its interval, or why there is none."""
    if mean["mean_ubps"] is None and not mean["hidden"]:
        return "not known"
    if mean["hidden"]:
        return f"hidden (n_eff {mean['effective']})"
    between = "" if mean["range_ubps"] is None else f" [{_bps(mean['range_ubps'])}]"
    return f"{_bps(mean['mean_ubps'])}{between}"


_ROWS: tuple[tuple[str, Any], ...] = (
    ("fidelity", lambda body: f"{body['fidelity']['verdict']} ({body['fidelity']['reason']})"),
    ("orders accepted", lambda body: _pair(body["orders"], str)),
    ("fills", lambda body: _pair(body["fills"], str)),
    ("turned over, USD", lambda body: _money(body["turnover_e8"])),
    ("net profit, USD", lambda body: _money(body["net_e8"])),
    ("net edge, bps", lambda body: _bps(body["net_edge"]["edge_ubps"])),
    ("net edge verdict", lambda body: f"{body['net_edge']['verdict']} ({body['net_edge']['reason']})"),
    ("drawdown, USD", lambda body: _money(body["drawdown_e8"])),
    ("allowed to trade", lambda body: _share(body["held_ns"], "eligible")),
)
