"""The mutation runner on a toy: what must be killed, what must survive, and what never ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the runner needs os.fork")

TOY = """\
def bits(n: int) -> int:
    width = 0
    while n:
        n >>= 1
        width += 1
    return width


def capped(n: int) -> int:
    return min(n, 9)
"""

# `capped` is tested below its cap only, so that nobody sees a cap of 8 or 10.
TESTS = """\
from toy.sums import bits, capped

def test_bits():
    assert bits(6) == 3

def test_capped():
    assert capped(4) == 4
"""

DRIVER = """\
import sys
from pathlib import Path
from scripts.mutation import Part, main
sys.exit(main(["toy", *sys.argv[2:]], {"toy": (Part(("toy/*.py",), ("checks/*.py",)),)}, Path(sys.argv[1])))
"""

SURVIVORS = """\
survived  toy/sums.py:10: [constant]  return min(n, 9)  =>  return min(n, 10)
survived  toy/sums.py:10: [constant]  return min(n, 9)  =>  return min(n, 8)
"""


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    for name, text in (("toy/sums.py", TOY), ("checks/test_sums.py", TESTS)):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\n", encoding="utf-8")
    return tmp_path


def mutation(toy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-c", DRIVER, str(toy), *arguments]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)


def test_verdicts_score_and_exit_code(toy: Path) -> None:
    before = sorted(toy.rglob("*"))
    done = mutation(toy, "--timeout", "1.5", "--min-score", "90")
    # line 2: 1, -1, no statement; 3: False; 4: 2; 5: -=, 2, 0, no statement; 6: + 1; 10: + 1, max, 0
    killed = 3 + 1 + 1 + 4 + 1 + 3
    timed_out = 2  # line 4: a shift by 0, and none
    totals = f"{killed} killed, {timed_out} timed out, 2 survived"
    assert done.stdout == f"{SURVIVORS}17 mutants: {totals}, score 88.2 %\n"  # 15 of 17 are 88.23... %
    assert done.returncode == 6, done.stderr
    assert sorted(toy.rglob("*")) == before


def test_only_one_line_and_a_score_that_is_just_reached(toy: Path) -> None:
    done = mutation(toy, "--only", "toy/sums.py:10", "--min-score", "60", "--jobs", "1")
    assert done.stdout == SURVIVORS + "5 mutants: 3 killed, 0 timed out, 2 survived, score 60.0 %\n"
    assert done.returncode == 0, done.stderr


def test_list_runs_nothing(toy: Path) -> None:
    (toy / "checks/test_sums.py").write_text("assert False", encoding="utf-8")
    done = mutation(toy, "--list", "--count", "4")
    assert (len(done.stdout.splitlines()), done.returncode, done.stderr) == (4, 0, "")
    assert done.stdout == mutation(toy, "--list", "--count", "4").stdout


@pytest.mark.parametrize(
    ("arguments", "tests", "said"),
    [
        ((), TESTS.replace("== 3", "== 4"), "the room's tests fail"),
        (("--only", "toy/sums.py:1"), TESTS, "--only toy/sums.py:1: the room has no mutant there"),
    ],
)
def test_what_cannot_be_judged_is_said_in_one_line(
    toy: Path, arguments: tuple[str, ...], tests: str, said: str
) -> None:
    (toy / "checks/test_sums.py").write_text(tests, encoding="utf-8")
    done = mutation(toy, *arguments)
    assert (done.returncode, done.stdout) == (3, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
