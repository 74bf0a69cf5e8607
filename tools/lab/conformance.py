"""``conformance FILE``: does the order store come to what order scenarios say?

A line for each scenario, with every row that differs, and a line of totals last. A row that
the file itself calls an anomaly may differ: it is argued, by name, and nothing else is.
"""

from collections.abc import Sequence
from typing import Final

from tools.core.canon import encode_report
from tools.core.errors import ExitCode
from tools.lab.scenario_run import Outcome, RowResult, ScenarioResult, run_scenario
from tools.lab.scenarios import read_scenarios
from tools.live.cli import narrate
from tools.live.journal import write_stdout

SCHEMA: Final = "execlab.conformance/1"
FORMATS: Final = ("text", "json")


def run(path: str, layout: str) -> int:
    """Run every scenario of a file, print what came of it, and return the exit code."""
    results = [run_scenario(scenario) for scenario in read_scenarios(path)]
    if layout == "json":
        write_stdout(encode_report(report(results)))
    else:
        write_stdout("".join(line + "\n" for line in lines(results)))
    differing = sum(result.count(Outcome.DIFFERING) for result in results)
    if differing:
        narrate(f"execlab conformance: {path}: {differing} rows differ")
        return ExitCode.VERIFY
    return ExitCode.DONE


def lines(results: Sequence[ScenarioResult]) -> list[str]:
    """Return a line for each scenario, and the totals by evidence level."""
    out: list[str] = []
    for result in results:
        parts = [f"{result.scenario.id} {result.scenario.evidence}: {_counted(counts([result]))}"]
        parts += [_row_text(row) for row in result.rows if row.note]
        out.append(" ".join(" | ".join(parts).split()))
    levels = [f"{level} {_counted(found)}" for level, found in by_evidence(results).items()]
    out.append(f"total of {len(results)} scenarios: {_counted(counts(results))} | {' | '.join(levels)}")
    return out


def _row_text(result: RowResult) -> str:
    row = result.row
    return f"row {row.number} ({row.exec_type} at {row.t}) {result.outcome}: {result.note}"


def _counted(found: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in found.items())


def counts(results: Sequence[ScenarioResult]) -> dict[str, int]:
    """Return how many rows came to what."""
    return {outcome.value: sum(result.count(outcome) for result in results) for outcome in Outcome}


def by_evidence(results: Sequence[ScenarioResult]) -> dict[str, dict[str, int]]:
    """Return the counts of each evidence level, sorted by its name."""
    levels = sorted({result.scenario.evidence for result in results})
    return {level: counts([r for r in results if r.scenario.evidence == level]) for level in levels}


def report(results: Sequence[ScenarioResult]) -> dict[str, object]:
    """Return everything that the text says, as plain values."""
    scenarios: list[object] = []
    for result in results:
        rows: list[object] = []
        for one in result.rows:
            if one.note:
                rows.append(
                    {
                        "exec_type": one.row.exec_type,
                        "note": one.note,
                        "outcome": one.outcome.value,
                        "row": one.row.number,
                        "t": one.row.t,
                    }
                )
        scenario = result.scenario
        scenarios.append({"evidence": scenario.evidence, "id": scenario.id, **counts([result]), "rows": rows})
    return {
        "evidence": by_evidence(results),
        "scenarios": scenarios,
        "schema": SCHEMA,
        "total": {**counts(results), "scenarios": len(results)},
    }
