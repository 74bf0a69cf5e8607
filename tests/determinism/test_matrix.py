"""The runner of the determinism matrix finds what it is there to find (`make determinism` runs it)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.determinism import matrix

RUNNER = Path(matrix.__file__)


def test_self_test_finds_every_planted_difference() -> None:
    done = subprocess.run(
        [sys.executable, str(RUNNER), "--self-test"], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "NOT as it must be" not in done.stdout
    assert "data.txt, line 2:" in done.stdout  # a planted difference in a file is located
    assert "stdout, line 2:" in done.stdout


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("hash_seed", matrix.HASH_SEEDS),
        ("zone", matrix.ZONES),
        ("locale", matrix.LOCALES),
        ("elsewhere", (False, True)),
        ("dev_mode", (False, True)),
        ("utf8", (None, "0", "1")),
        ("tunables", (None, matrix.MASKED)),
    ],
)
def test_every_value_of_every_dimension_is_covered(name: str, values: tuple[object, ...]) -> None:
    assert {getattr(row, name) for row in matrix.ROWS} == set(values)


def test_rows_are_few_and_pairs_with_the_zone_are_complete() -> None:
    assert len(matrix.ROWS) <= 12
    assert len({(row.hash_seed, row.zone) for row in matrix.ROWS}) == 12
    assert len({(row.zone, row.locale) for row in matrix.ROWS}) == 12


@pytest.mark.parametrize(
    ("expected", "actual", "said"),
    [
        (b"a\nb\n", b"a\nc\n", "line 2"),
        (b"a\n", b"a\nb\n", "equal up to line 1, then 1 against 2 lines"),
        (b"a\n", b"a\r\n", "line 1"),
        (None, b"a", "missing on the first side"),
        (b"a", None, "missing on the second side"),
    ],
)
def test_first_difference_is_named(expected: bytes | None, actual: bytes | None, said: str) -> None:
    assert said in matrix.first_difference("audit.jsonl", expected, actual)


def test_a_run_inherits_nothing_that_could_steer_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("LANG", "LC_NUMERIC", "PYTHONUTF8", "PYTHONOPTIMIZE", "MM_OTHER"):
        monkeypatch.setenv(name, "1")
    env = matrix.environment(matrix.ROWS[0], tmp_path, tmp_path)
    assert {name for name in env if name.startswith(("LANG", "LC_", "PYTHON", "MM_"))} == {
        "LC_ALL",
        "MM_FREEZE_UTC_ISO",
        "PYTHONHASHSEED",
        "PYTHONPYCACHEPREFIX",
    }
