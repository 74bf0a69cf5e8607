"""Would the tests notice a fault? Put faults into a room one at a time, and count those they see.

    python scripts/mutation.py ROOM [--seed 42] [--count 500] [--min-score 90] [--jobs 2]
                                    [--only FILE[:LINE]] [--timeout SECONDS] [--list]

Each mutant runs in a forked child (`scripts/mutation_run.py`); nothing is written to the checkout.
It is *killed* if a test fails, *timed out* if the tests take far longer than without it (counted
with the killed), and has *survived* if they pass. `scripts/mutants.py` says what is mutated and what
is not.

The sample is the mutants with the lowest SplitMix64 draws, each drawn by what it is (file, operator,
its line before and after), so that it is the same on every Python and an edit elsewhere changes no
other draw. Tests marked ``slow`` or ``recordings`` are left out. Property tests run fewer examples
(``--examples``), which can only lower the score.

Exit codes: 0 done; 2 usage; 3 the room has no such files or tests, or its tests fail unmutated;
4 pytest or hypothesis is missing; 5 no fork on this system; 6 the score is below ``--min-score``;
130 interrupted.

Why not an existing tool, as of mutmut 3.8 and cosmic-ray 8.7: neither samples by a seed. mutmut
mutates functions only, so neither configuration defaults nor enumerations, leaves out decorated
ones (every property), and keeps its copies in the checkout. cosmic-ray writes each mutant into
the checkout's own file and starts a new interpreter for each.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from scripts.mutants import Mutant, mutants_of  # noqa: E402
from scripts.mutation_run import KILLED, SURVIVED, TIMED_OUT, Runner, Stop, warm_up  # noqa: E402
from tools.core.chance import draw64, stream_id  # noqa: E402


class Part(NamedTuple):
    """Globs of the files that are mutated, and of the tests that answer for them."""

    sources: tuple[str, ...]
    tests: tuple[str, ...]


Room = tuple[Part, ...]
"""The parts of a room; a file belongs to the first part that names it.

Parts keep a mutant's tests few, so that a survivor costs seconds. A part's tests are those that a
reader would look for beside the file, not all that pass through it.
"""

ROOMS: dict[str, Room] = {
    "orders": (
        Part(
            (
                "tools/core/reports.py",
                "tools/execution/order*.py",
                "tools/execution/executions.py",
                "tools/execution/requests.py",
                "tools/execution/terms.py",
                "tools/execution/life.py",
                "tools/execution/strangers.py",
                "tools/execution/gone.py",
                "tools/execution/client_ids.py",
                "tools/live/order_store.py",
                "tools/live/cancels.py",
            ),
            ("tests/*/test_order*.py", "tests/*/test_cancels*.py"),
        ),
    ),
    "risk": (
        Part(("tools/risk/breaker*.py",), ("tests/*/test_breaker*.py",)),
        Part(("tools/risk/gcra.py", "tools/risk/rate_limit.py"), ("tests/*/test_rate_limit*.py",)),
        Part(("tools/risk/back_off.py",), ("tests/*/test_back_off*.py",)),
        Part(
            ("tools/risk/reconcile.py",),
            ("tests/*/test_reconcile*.py", "tests/unit/test_entry_prices.py", "tests/unit/test_controls.py"),
        ),
        Part(("tools/risk/fix.py",), ("tests/unit/test_risk_fix.py",)),
        Part(("tools/risk/windows.py",), ("tests/*/test_risk_windows.py",)),
        Part(
            ("tools/risk/exposure*.py",),
            (
                "tests/*/test_exposure*.py",
                "tests/*/test_risk.py",
                "tests/unit/test_risk_monitor.py",
                "tests/unit/test_controls.py",
            ),
        ),
        Part(
            ("tools/risk/controls/*.py",),
            (
                "tests/unit/test_control_busts.py",
                "tests/unit/test_controls*.py",
                "tests/unit/test_fail_closed*.py",
                "tests/unit/test_risk*.py",
                "tests/conformance/test_risk*.py",
            ),
        ),
        Part(
            ("tools/risk/*.py",),
            (
                "tests/unit/test_controls*.py",
                "tests/unit/test_fail_closed*.py",
                "tests/unit/test_holds*.py",
                "tests/unit/test_kill*.py",
                "tests/unit/test_reconcile*.py",
                "tests/unit/test_risk*.py",
                "tests/property/test_risk.py",
            ),
        ),
    ),
    "gate": (
        Part(
            ("tools/permission/**/*.py",),
            ("tests/*/test_permission*.py", "tests/*/test_gate*.py"),
        ),
    ),
}


def files_of(globs: Sequence[str], root: Path) -> list[str]:
    """Return the files that the globs name, relative to `root`; each glob must name at least one."""
    found: dict[str, None] = {}
    for glob in globs:
        named = sorted(path.relative_to(root).as_posix() for path in root.glob(glob))
        if not named:
            raise Stop(3, f"{glob} names no file: correct the table ROOMS")
        found.update(dict.fromkeys(named))
    return list(found)


def sample(mutants: list[Mutant], sources: dict[str, bytes], seed: int, count: int) -> list[Mutant]:
    """Return `count` of the mutants, in their order; all of them if there are fewer."""
    seen: Counter[str] = Counter()
    draws: list[tuple[int, int]] = []
    for index, mutant in enumerate(mutants):
        name = "\n".join((mutant.path, mutant.operator, *mutant.show(sources[mutant.path])))
        draws.append((draw64(seed, stream_id(name), seen[name], 0), index))
        seen[name] += 1
    return [mutants[index] for index in sorted(index for _, index in sorted(draws)[:count])]


def told(mutant: Mutant, sources: dict[str, bytes]) -> str:
    """Return a mutant on one line."""
    before, after = mutant.show(sources[mutant.path])
    return f"{mutant.path}:{mutant.line}: [{mutant.operator}]  {before}  =>  {after}"


def tests_by_source(room: Room, root: Path) -> dict[str, tuple[str, ...]]:
    """Return the tests that answer for each file of the room; the quick ones first."""
    found: dict[str, tuple[str, ...]] = {}
    for part in room:
        tests = files_of(part.tests, root)
        tests.sort(key=lambda path: ("/property/" in path, "/unit/" not in path, path))
        for path in files_of(part.sources, root):
            found.setdefault(path, tuple(tests))
    return found


def chosen(
    options: argparse.Namespace, paths: Sequence[str], root: Path
) -> tuple[list[Mutant], dict[str, bytes], int]:
    """Return the mutants asked for, the sources by path, and how many mutants there are in all."""
    sources = {path: (root / path).read_bytes() for path in paths}
    mutants = [mutant for path, source in sources.items() for mutant in mutants_of(path, source)]
    total = len(mutants)
    if options.only:
        file, _, line = options.only.partition(":")
        mutants = [one for one in mutants if one.path == file and line in ("", str(one.line))]
        if not mutants:
            raise Stop(3, f"--only {options.only}: the room has no mutant there")
    return sample(mutants, sources, options.seed, options.count), sources, total


def run(options: argparse.Namespace, room: Room, root: Path, scratch: Path) -> int:
    """Judge the sample; print the survivors and the score."""
    tests = tests_by_source(room, root)
    mutants, sources, total = chosen(options, sorted(tests), root)
    if options.list:
        print("\n".join(told(mutant, sources) for mutant in mutants))
        return 0
    warm_up(scratch)
    runner = Runner(tests, options.jobs, options.examples)
    started = time.monotonic()
    try:
        runner.baseline({one.path: sources[one.path] for one in mutants}, options.timeout)
        limits = " ".join(f"{limit_s:.1f}" for limit_s in sorted(runner.limits.values()))
        print(
            f"mutation: {len(mutants)} of {total} mutants of {len(sources)} files, "
            f"{len(set().union(*tests.values()))} test files, limit {limits} s of CPU time each",
            file=sys.stderr,
        )
        verdicts = runner.judge(
            mutants, sources, lambda one: print(f"survived  {told(one, sources)}", flush=True)
        )
    finally:
        runner.stop()
    count = Counter(verdicts)
    noticed = count[KILLED] + count[TIMED_OUT]
    print(
        f"{len(mutants)} mutants: {count[KILLED]} killed, {count[TIMED_OUT]} timed out, "
        f"{count[SURVIVED]} survived, score {100 * noticed / len(mutants):.1f} %"
    )
    print(f"mutation: {time.monotonic() - started:.0f} s with {options.jobs} jobs", file=sys.stderr)
    return 6 if 100 * noticed < options.min_score * len(mutants) else 0


def main(argv: list[str] | None = None, rooms: dict[str, Room] = ROOMS, root: Path = ROOT) -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="mutation.py", description="Mutation score of a room's tests.")
    parser.add_argument("room", choices=sorted(rooms))
    parser.add_argument("--seed", type=int, default=42, metavar="N")
    parser.add_argument("--count", type=int, default=500, metavar="N", help="size of the sample")
    parser.add_argument("--min-score", type=int, default=0, metavar="PERCENT", help="exit 6 below it")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="children at a time")
    parser.add_argument("--examples", type=int, default=50, metavar="N", help="of a property test, at most")
    parser.add_argument("--timeout", type=float, metavar="SECONDS", help="CPU time that a mutant may take")
    parser.add_argument("--only", metavar="FILE[:LINE]", help="only the mutants there")
    parser.add_argument("--list", action="store_true", help="show the sample and run nothing")
    options = parser.parse_args(argv)
    if min(options.count, options.jobs, options.examples) < 1:
        parser.error("--count, --jobs and --examples must be at least 1")
    if not hasattr(os, "fork"):
        print("mutation: this system cannot fork", file=sys.stderr)
        return 5
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        scratch = Path(folder)
        sys.dont_write_bytecode, sys.pycache_prefix = False, folder
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(scratch / "hypothesis")
        os.environ["PYTEST_DEBUG_TEMPROOT"] = folder
        os.chdir(root)
        try:
            return run(options, rooms[options.room], root, scratch)
        except Stop as stop:
            print(f"mutation: {stop}", file=sys.stderr)
            return stop.code
        except KeyboardInterrupt:
            return 130


if __name__ == "__main__":
    sys.exit(main())
