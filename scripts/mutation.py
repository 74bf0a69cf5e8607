"""Would the tests notice a fault? Put faults into a room one at a time, and count those they see.

    python scripts/mutation.py ROOM [--seed 42] [--count 500] [--min-score 90] [--jobs 2]
                                    [--only FILE[:LINE]] [--list]

A warm process, which has imported pytest and hypothesis and nothing of the lab, forks a child per
mutant. The child compiles the mutated text in place of the file's when the module is imported, and
runs the room's tests until one fails. Nothing is written to the checkout. A mutant is *killed* if a
test fails, *timed out* if the tests take far longer than without it (counted with the killed), and
has *survived* if they pass. What is mutated, and what is not, is said in `scripts/mutants.py`.

The sample is the mutants with the lowest SplitMix64 draws, each drawn by what it is (file, operator,
its line before and after), so that it is the same on every Python and an edit elsewhere changes no
other draw. Tests marked ``slow`` or ``recordings`` are left out. Property tests run fewer examples
(``--examples``), which can only lower the score.

Exit codes: 0 done; 2 usage; 3 the room has no such files or tests, or its tests fail unmutated;
4 pytest or hypothesis is missing; 5 no fork on this system; 6 the score is below ``--min-score``; 130 interrupted.

Why not an existing tool, as of mutmut 3.8 and cosmic-ray 8.7: neither samples by a seed. mutmut
mutates functions only, so neither configuration defaults nor enumerations, leaves out decorated
ones (every property), and keeps its copies in the checkout. cosmic-ray writes each mutant into
the checkout's own file and starts a new interpreter for each, about a second before the first test.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib.machinery
import importlib.util
import io
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from scripts.mutants import Mutant, mutants_of  # noqa: E402
from tools.core.chance import draw64, stream_id  # noqa: E402


class Room(NamedTuple):
    """Globs of the files that are mutated, and of the tests that answer for them."""

    sources: tuple[str, ...]
    tests: tuple[str, ...]


ROOMS: dict[str, Room] = {
    "orders": Room(
        ("tools/execution/order*.py", "tools/live/order*.py", "tools/live/cancels.py"),
        ("tests/*/test_order*.py", "tests/*/test_cancels*.py"),
    ),
    "risk": Room(
        ("tools/risk/**/*.py",),
        ("tests/*/test_risk*.py", "tests/*/test_freeze*.py", "tests/*/test_exposure*.py"),
    ),
    "gate": Room(
        ("tools/permission/**/*.py",),
        ("tests/*/test_permission*.py", "tests/*/test_gate*.py"),
    ),
}

KILLED, TIMED_OUT, SURVIVED = "killed", "timed out", "survived"
PYTEST = (
    "-x",
    "-q",
    "--tb=no",
    "--assert=plain",
    "-p",
    "no:cacheprovider",
    "-m",
    "not recordings and not slow",
)
NOTHING_FAILED = (0, 5)  # pytest's codes for "all passed" and "no tests"
TIMES_LONGER = 4  # a mutant may take this many times what the tests take without it ...
SHORTEST_LIMIT_S = 3.0  # ... and at least this long, of CPU time, so that a busy machine decides nothing
WALL_TIMES_CPU = 10  # for a mutant that waits instead of computing
MEMORY_BYTES = 4 << 30  # a mutant that collects for ever ends by MemoryError


class Stop(Exception):
    """An end with an exit code and one line that says why."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


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


# --- in the child -----------------------------------------------------------------------------


class _Mutated(importlib.machinery.SourceFileLoader):
    """Finds the one mutated module, and compiles its mutated text instead of its file's."""

    def __init__(self, path: str, text: bytes) -> None:
        super().__init__(
            path.removesuffix(".py").removesuffix("/__init__").replace("/", "."), os.path.abspath(path)
        )
        self._text = text

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> Any:
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._text, self.path, "exec", dont_inherit=True)


class _FewExamples:
    """Makes property tests quick and their verdict independent of the machine."""

    def __init__(self, examples: int) -> None:
        self._examples = examples

    def pytest_configure(self) -> None:
        # After conftest has chosen its profile, before the tests are imported: they inherit this one.
        from hypothesis import HealthCheck, Phase, settings

        settings.register_profile(
            "mutation",
            settings.default,
            max_examples=self._examples,
            phases=(Phase.explicit, Phase.generate),  # a failure is enough, it need not be the smallest
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            database=None,
            deadline=None,
        )
        settings.load_profile("mutation")

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        # Tests that ask for more examples themselves. If hypothesis renames this, they are only slower.
        from hypothesis import settings

        for item in items:
            test = getattr(item.obj, "__func__", item.obj)
            own = getattr(test, "_hypothesis_internal_use_settings", None)
            if own is not None and own.max_examples > self._examples:
                test._hypothesis_internal_use_settings = settings(own, max_examples=self._examples)


def run_tests(path: str, text: bytes, tests: list[str], examples: int, limit_s: float) -> int:
    """Run the tests in this process with `text` in place of the file `path`; return pytest's code."""
    import pytest

    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
    # Nobody handles these signals: the process ends by them.
    signal.setitimer(signal.ITIMER_PROF, limit_s)
    signal.setitimer(signal.ITIMER_REAL, limit_s * WALL_TIMES_CPU)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    for name in [name for name in sys.modules if name.split(".")[0] == "tools"]:
        del sys.modules[name]  # `tools.core.chance`, which drew the sample
    sys.meta_path.insert(0, _Mutated(path, text))
    return int(pytest.main([*PYTEST, *tests], plugins=[_FewExamples(examples)]))


# --- in the parent ----------------------------------------------------------------------------


WARM_UP = """
from hypothesis import given, strategies
@given(strategies.lists(strategies.integers()))
def test_warm(numbers): pass
"""


def warm_up(scratch: Path) -> None:
    """Run one small property test here, so that no child has to import what it needs."""
    try:
        import hypothesis  # noqa: F401
        import pytest
    except ImportError as error:
        raise Stop(4, f"{error}: pip install -e '.[test]'") from None
    test = scratch / "test_warm.py"
    test.write_text(WARM_UP, encoding="utf-8")
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = pytest.main(
            ["-q", "-c", os.devnull, "--rootdir", str(scratch), "-p", "no:cacheprovider", str(test)]
        )
    if code:
        raise Stop(1, f"pytest does not run here: {said.getvalue()}")
    gc.collect()
    gc.freeze()  # the children need not look at what is here


class Runner:
    """Forks the children, a few at a time, and says what became of each."""

    def __init__(self, tests: list[str], jobs: int, examples: int) -> None:
        self._tests = tests
        self._jobs = jobs
        self._examples = examples
        self._running: dict[int, int] = {}

    def _start(self, index: int, path: str, text: bytes, limit_s: float) -> None:
        pid = os.fork()
        if pid:
            self._running[pid] = index
            return
        code = 3
        try:
            code = run_tests(path, text, self._tests, self._examples, limit_s)
        finally:
            os._exit(code)

    def _wait(self) -> tuple[int, str, float]:
        pid, status, used = os.wait4(-1, 0)
        index = self._running.pop(pid)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGPROF, signal.SIGALRM):
            verdict = TIMED_OUT
        else:
            passed = os.WIFEXITED(status) and os.WEXITSTATUS(status) in NOTHING_FAILED
            verdict = SURVIVED if passed else KILLED
        return index, verdict, used.ru_utime + used.ru_stime

    def baseline(self, path: str, text: bytes) -> float:
        """Run the tests on the text as it is; return the CPU seconds they take."""
        took_s = 0.0
        for _ in range(2):  # the second time, everything is compiled and cached
            self._start(0, path, text, 600.0)
            _, verdict, took_s = self._wait()
            if verdict != SURVIVED:
                raise Stop(3, "the room's tests fail without any mutant: make them pass first")
        return took_s

    def judge(self, mutants: list[Mutant], sources: dict[str, bytes], limit_s: float) -> list[str]:
        """Return the verdict on each mutant."""
        verdicts = [""] * len(mutants)
        for index, mutant in enumerate(mutants):
            if len(self._running) >= self._jobs:
                self._note(verdicts)
            self._start(index, mutant.path, mutant.apply(sources[mutant.path]), limit_s)
        while self._running:
            self._note(verdicts)
        return verdicts

    def _note(self, verdicts: list[str]) -> None:
        index, verdict, _ = self._wait()
        verdicts[index] = verdict
        done = sum(map(bool, verdicts))
        if done % 50 == 0 or done == len(verdicts):
            print(f"mutation: {done} of {len(verdicts)}", file=sys.stderr)

    def stop(self) -> None:
        """End the children that still run."""
        for pid in self._running:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def told(mutant: Mutant, sources: dict[str, bytes]) -> str:
    """Return a mutant on one line."""
    before, after = mutant.show(sources[mutant.path])
    return f"{mutant.path}:{mutant.line}: [{mutant.operator}]  {before}  =>  {after}"


def chosen(options: argparse.Namespace, room: Room, root: Path) -> tuple[list[Mutant], dict[str, bytes], int]:
    """Return the mutants asked for, the sources by path, and how many mutants there are in all."""
    sources = {path: (root / path).read_bytes() for path in files_of(room.sources, root)}
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
    tests = sorted(
        files_of(room.tests, root), key=lambda path: ("/property/" in path, path)
    )  # quick ones first
    mutants, sources, total = chosen(options, room, root)
    if options.list:
        print("\n".join(told(mutant, sources) for mutant in mutants))
        return 0
    warm_up(scratch)
    runner = Runner(tests, options.jobs, options.examples)
    started = time.monotonic()
    try:
        took_s = runner.baseline(mutants[0].path, sources[mutants[0].path])
        limit_s = max(SHORTEST_LIMIT_S, TIMES_LONGER * took_s)
        print(
            f"mutation: {len(mutants)} of {total} mutants of {len(sources)} files, {len(tests)} test files, "
            f"{took_s:.1f} s of CPU time unmutated, limit {limit_s:.1f} s",
            file=sys.stderr,
        )
        verdicts = runner.judge(mutants, sources, limit_s)
    finally:
        runner.stop()
    for mutant, verdict in zip(mutants, verdicts, strict=True):
        if verdict == SURVIVED:
            print(f"survived  {told(mutant, sources)}")
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
    parser.add_argument(
        "--examples", type=int, default=50, metavar="N", help="most examples of a property test"
    )
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
