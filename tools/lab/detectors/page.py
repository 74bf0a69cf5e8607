"""``python -m tools.lab.detectors.page FILE...``: the tables of docs/concepts/detectors.md.

Each FILE holds what ``detectors --format json`` wrote, a comparison or a lift. The head of the
page is written by hand; what follows its marker comes from here.
"""

import sys
from json import loads
from pathlib import Path
from typing import Any, Final

import tools
from tools.core.errors import ExitCode, InputError
from tools.lab.detectors.command import shown
from tools.live.cli import OneLineParser, guarded
from tools.live.config import read_text

PAGE: Final = "docs/concepts/detectors.md"
MARKER: Final = "<!-- From here on written by `make detectors`. -->"

_COMPARED: Final = (
    ("detector", "detector"),
    ("limits", "limits"),
    ("scale_ppm", "limits x, %"),
    ("false_per_day_milli", "false a day"),
    ("delay_median_s", "median s"),
    ("delay_p90_s", "p90 s"),
    ("missed", "missed"),
    ("precision_ppm", "precision %"),
    ("recall_ppm", "recall %"),
    ("on_longest_s", "longest s"),
)
_LIFTED: Final = (
    ("detector", "detector"),
    ("features", "features"),
    ("on_ppm", "ON %"),
    ("episodes", "episodes"),
    ("on_count", "n ON"),
    ("on_mean_ubps", "ON bps"),
    ("off_mean_ubps", "OFF bps"),
    ("lift_milli", "lift"),
    ("earns", "earns its place"),
)


def tables(name: str, rows: list[dict[str, Any]]) -> list[str]:
    """Return the lines of every table that the rows of one file make."""
    if rows and "cost" in rows[0]:
        out: list[str] = []
        for key in dict.fromkeys((row["instrument"], row["cost"]) for row in rows):
            some = [row for row in rows if (row["instrument"], row["cost"]) == key]
            out += [f"### {name}: {key[0]}, {key[1]}", "", f"{max(r['seconds'] for r in some)} seconds.", ""]
            out += _table(_LIFTED, some)
        return out
    out = []
    for key in dict.fromkeys((row["process"], row["change"]) for row in rows):
        some = [row for row in rows if (row["process"], row["change"]) == key]
        out += [f"### {key[1]}, flow {key[0]}", ""]
        out += [f"{some[0]['calm_days']} calm days, {some[0]['changes']} changes.", ""]
        out += _table(_COMPARED, some)
    return out


def _table(columns: tuple[tuple[str, str], ...], rows: list[dict[str, Any]]) -> list[str]:
    lines = ["| " + " | ".join(title for _, title in columns) + " |", "|" + "---|" * len(columns)]
    for row in rows:
        lines.append("| " + " | ".join(_cell(name, row) for name, _ in columns) + " |")
    return [*lines, ""]


def _cell(name: str, row: dict[str, Any]) -> str:
    """Return a figure, with its interval where there is one."""
    text = shown(name, row[name])
    if name == "missed":
        low, high = shown("x_ppm", row["missed_low_ppm"]), shown("x_ppm", row["missed_high_ppm"])
        return f"{text} ({low}..{high} %)"
    if name == "delay_median_s" and row[name] is not None:
        return f"{text} ({row['delay_median_low_s']}..{row['delay_median_high_s']})"
    if name == "lift_milli" and row["lift_low_milli"] is not None:
        return f"{text} ({shown(name, row['lift_low_milli'])}..{shown(name, row['lift_high_milli'])})"
    return text


def write(paths: list[str], page: Path) -> int:
    """Write the tables of all files under the head of the page."""
    head = read_text(page).partition(MARKER)[0]
    lines: list[str] = []
    for path in paths:
        records = [loads(line) for line in read_text(path).splitlines()]
        if not records or records[-1].get("kind") != "total":
            raise InputError(f"{path}: does not end in a total; run the command again")
        lines += tables(Path(path).stem, [record for record in records if record["kind"] == "row"])
    page.write_text(head + MARKER + "\n\n" + "\n".join(lines).rstrip() + "\n", encoding="utf-8", newline="\n")
    return ExitCode.DONE


def main(arguments: list[str] | None = None) -> int:
    """Write the page; return the exit code."""
    p = OneLineParser(prog="python -m tools.lab.detectors.page", description=f"Write the tables of {PAGE}.")
    p.add_argument("files", nargs="+", metavar="FILE", help="what `detectors --format json` wrote")
    args = p.parse_args(arguments)
    page = Path(tools.__file__).resolve().parents[1] / PAGE
    return guarded("page", lambda: write(args.files, page))


if __name__ == "__main__":
    sys.exit(main())
