"""Run a room's tests on one mutant after another: the warm parent and its forked children.

The parent has imported pytest and hypothesis and nothing that is mutated. A child compiles the
mutated text in place of the file's when the module is imported, runs the tests until one fails,
and ends with pytest's code, or by the signal of its timer.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.machinery
import importlib.util
import io
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import CodeType
from typing import Any

from scripts.mutants import Mutant

KILLED, TIMED_OUT, SURVIVED = "killed", "timed out", "survived"
PYTEST = ["-x", "-q", "--tb=no", "--assert=plain", "-p", "no:cacheprovider"]
LEFT_OUT = ["-m", "not recordings and not slow"]
TIMES_LONGER = 4  # a mutant may take this many times what the tests take without it ...
SHORTEST_LIMIT_S = 3.0  # ... and at least this long, of CPU time, so that a busy machine decides nothing
WALL_TIMES_CPU = 30  # for a mutant that waits instead of computing, on a machine that does much else
MEMORY_BYTES = 4 << 30  # a mutant that collects for ever ends by MemoryError


class Stop(Exception):
    """An end with an exit code and one line that says why."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


# --- in the child -----------------------------------------------------------------------------


class _Mutated(importlib.machinery.SourceFileLoader):
    """Finds the one mutated module, and compiles its mutated text instead of its file's."""

    def __init__(self, path: str, text: bytes) -> None:
        module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        super().__init__(module, os.path.abspath(path))
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


def run_tests(path: str, text: bytes, tests: Sequence[str], examples: int, limit_s: float) -> int:
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
    return int(pytest.main([*PYTEST, *LEFT_OUT, *tests], plugins=[_FewExamples(examples)]))


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

    def __init__(self, tests: Mapping[str, tuple[str, ...]], jobs: int, examples: int) -> None:
        self._tests = tests  # by mutated file
        self.limits: dict[tuple[str, ...], float] = {}
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
            code = run_tests(path, text, self._tests[path], self._examples, limit_s)
        finally:
            os._exit(code)

    def _wait(self) -> tuple[int, str, float]:
        pid, status, used = os.wait4(-1, 0)
        index = self._running.pop(pid)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGPROF, signal.SIGALRM):
            verdict = TIMED_OUT
        else:
            verdict = KILLED if status else SURVIVED  # "no tests were found" is a failure of pytest too
        return index, verdict, used.ru_utime + used.ru_stime

    def baseline(self, sources: Mapping[str, bytes], limit_s: float | None = None) -> None:
        """Run the tests of the sources as they are; note the CPU seconds that a mutant may take."""
        for path, text in sources.items():
            tests = self._tests[path]
            if tests in self.limits:
                continue
            took_s = 0.0
            for _ in range(2):  # the second time, everything is compiled and cached
                self._start(0, path, text, 600.0)
                _, verdict, took_s = self._wait()
                if verdict != SURVIVED:
                    raise Stop(
                        3,
                        f"the room's tests fail, or none is found, without any mutant of {path}: "
                        "make them pass first",
                    )
            self.limits[tests] = limit_s or max(SHORTEST_LIMIT_S, TIMES_LONGER * took_s)

    def judge(
        self, mutants: list[Mutant], sources: dict[str, bytes], tell: Callable[[Mutant], None]
    ) -> list[str]:
        """Return the verdict on each mutant; tell of each survivor as soon as it is its turn."""
        verdicts = [""] * len(mutants)
        told = 0
        for index in range(len(mutants) + self._jobs):
            if len(self._running) >= self._jobs or index >= len(mutants):
                self._note(verdicts)
            if index < len(mutants):
                mutant = mutants[index]
                limit_s = self.limits[self._tests[mutant.path]]
                self._start(index, mutant.path, mutant.apply(sources[mutant.path]), limit_s)
            while told < len(mutants) and verdicts[told]:
                if verdicts[told] == SURVIVED:
                    tell(mutants[told])
                told += 1
        return verdicts

    def _note(self, verdicts: list[str]) -> None:
        if not self._running:
            return
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
