"""``verify DIR``: is this run what its own first line says it is?

Three questions, each answered on its own: does the hash chain over ``audit.jsonl`` hold;
does running again from the recorded configuration give the same lines; and does it give
the same ``report.json``. Nothing is run from a header that was changed.
"""

from collections.abc import Callable
from pathlib import Path

from tools.core.canon import encode_pretty, encode_report
from tools.core.errors import ConfigError, InputError, UsageError, VerifyError
from tools.lab.audit_file import check_chain, header_of, parse_line, read_lines, remembered_inputs
from tools.live.demo_run import PROGRAM as DEMO
from tools.live.demo_run import config_from, run_demo
from tools.live.journal import AUDIT, REPORT

Rerun = Callable[[dict[str, object], list[str], Callable[[str], None]], dict[str, object]]


def _rerun_demo(
    header: dict[str, object], inputs: list[str], sink: Callable[[str], None]
) -> dict[str, object]:
    if inputs:
        raise InputError("a demo run has no inputs: leave out --input")
    config = config_from(header)
    try:
        return run_demo(config, sink)
    except (UsageError, ConfigError) as error:
        raise InputError(f"{AUDIT}: its header cannot be run: {error}") from None


def _rerun_replay(
    header: dict[str, object], inputs: list[str], sink: Callable[[str], None]
) -> dict[str, object]:
    # Imported here: a demo run is verified without loading the chain.
    from tools.lab.replay import Replay, plan_from_header

    return Replay(plan_from_header(header, inputs), sink).run()


REPLAY = "replay"
RERUNS: dict[str, Rerun] = {DEMO: _rerun_demo, REPLAY: _rerun_replay}


def explain_difference(number: int, stored: str, fresh: str) -> str:
    """Return one sentence that says how two versions of a line differ."""
    if not stored:
        return f"line {number}: the log ends, but the run goes on with {fresh.strip()[:200]}"
    if not fresh:
        return f"line {number}: the run ends, but the log goes on with {stored.strip()[:200]}"
    old, new = parse_line(stored), parse_line(fresh)
    if not old:
        return f"line {number} is not readable any more; it should be {fresh.strip()[:200]}"
    keys = [key for key in sorted({*old, *new}) if old.get(key) != new.get(key)]
    if not keys:
        return f"line {number}: same values in other bytes; it should be {fresh.strip()[:200]}"
    parts = [f"{key} is {old.get(key)!r}, the run gives {new.get(key)!r}" for key in keys[:4]]
    text = f"line {number} ({new.get('kind')}, seq {new.get('seq')}): " + "; ".join(parts)
    return " ".join(text.split())  # a key may hold a line break by now


class _Comparer:
    """Takes the lines of the new run and stops it at the first that differs."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self.count = 0

    def take(self, line: str) -> None:
        stored = self._lines[self.count] if self.count < len(self._lines) else ""
        if stored != line:
            raise VerifyError(f"{AUDIT}: {explain_difference(self.count, stored, line)}")
        self.count += 1


def verify(directory: str, inputs: list[str]) -> dict[str, object]:
    """Verify a run's directory; return the facts that were confirmed.

    Raises
    ------
    InputError
        A file is missing, or the run's inputs are.
    VerifyError
        Something differs; the message names the first line and how.
    """
    lines = read_lines(Path(directory) / AUDIT)
    header = header_of(lines)
    program = str(header.get("program"))
    if program not in RERUNS:
        raise InputError(f"{AUDIT}: made by {program[:40]!r}, which this version cannot run again")
    comparer = _Comparer(lines)
    where = inputs if program == DEMO else [*inputs, *remembered_inputs(directory)]
    report = RERUNS[program](header, where, comparer.take)
    if comparer.count < len(lines):
        raise VerifyError(f"{AUDIT}: {explain_difference(comparer.count, lines[comparer.count], '')}")
    broken = check_chain(lines)
    if broken is not None:
        raise VerifyError(f"{AUDIT}: {broken}")
    settings = header.get("config") if program == DEMO else header
    pretty = isinstance(settings, dict) and settings.get("pretty") is True
    stored = "".join(read_lines(Path(directory) / REPORT))
    if stored != (encode_pretty if pretty else encode_report)(report):
        raise VerifyError(f"{REPORT}: differs from the report of the run")
    last = parse_line(lines[-1])
    return {"chain": last.get("chain"), "lines": len(lines), "program": program, "verified": True}
