"""README_EXECUTION.md: every shell and Python block runs, and says what the page says it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tests.kit.cli import ROOT, demo
from tools.core.errors import ExitCode
from tools.live.exec_demo import parser
from tools.risk.controls import PROFILES

TEXT = (ROOT / "README_EXECUTION.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, flags=re.M | re.S)


def blocks(language: str) -> list[str]:
    return [body for kind, body in BLOCKS if kind == language]


def numbered(bodies: list[str]) -> list:
    return [pytest.param(body, id=str(number)) for number, body in enumerate(bodies, start=1)]


def environment(tmp_path: Path) -> dict[str, str]:
    """Return surroundings in which ``python`` is this one and the checkout can be imported."""
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "python").symlink_to(sys.executable)
    kept = {key: value for key, value in os.environ.items() if key != "MM_FREEZE_UTC_ISO"}
    return {
        **kept,
        "PATH": f"{commands}:/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def holds(part: object, whole: object, path: str = "") -> None:
    """Assert that everything that `part` says is so in `whole`."""
    if isinstance(part, dict):
        assert isinstance(whole, dict), path
        for key, value in part.items():
            assert key in whole, f"{path}.{key}"
            holds(value, whole[key], f"{path}.{key}")
    else:
        assert part == whole, path


def cell(row: list[str]) -> str:
    return row[0].strip("` ")


def table_after(heading: str) -> list[list[str]]:
    """Return the rows of the first table after some text, without its head."""
    rest = TEXT[TEXT.index(heading) :]
    rows = re.search(r"^\|.*?(?=^[^|])", rest, flags=re.M | re.S)
    assert rows
    return [[part.strip() for part in line.strip("|").split(" | ")] for line in rows[0].splitlines()[2:]]


@pytest.mark.skipif(shutil.which("bash") is None, reason="the shell blocks need bash")
@pytest.mark.parametrize("body", numbered(blocks("sh")))
def test_shell_block(body: str, tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "-e", "-c", body],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    after = BLOCKS[BLOCKS.index(("sh", body)) + 1]
    if after[0] == "json":
        holds(json.loads(after[1]), json.loads(done.stdout))
    if "cmp " in body:
        assert done.stdout.endswith("the same bytes\n")
    if "--fail-on-freeze" in body:
        assert done.stdout == "exit 7\n"
    if "verify" in body:
        assert '"verified":true' in done.stdout
        assert done.stdout.endswith("exit 6\n")
        assert "audit.jsonl: line" in done.stderr


@pytest.mark.parametrize("body", numbered(blocks("python")))
def test_python_block(body: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", body],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def test_there_is_something_to_run() -> None:
    assert len(blocks("sh")) >= 7
    assert len(blocks("python")) >= 3
    assert len(blocks("json")) == 2


def test_the_two_newcomer_commands_do_what_they_say() -> None:
    assert json.loads(demo("--shadow").out)["risk"]["frozen"] is False
    assert json.loads(demo("--shadow", "--edge-end", "0").out)["risk"]["frozen"] is True


def test_stderr_lines_are_those_of_sample_2() -> None:
    arguments = "--shadow --iterations 20 --edge-threshold 3.0 --latency-ms 1".split()
    assert demo(*arguments).err in blocks("text")


def test_the_differences_name_both_figures() -> None:
    rows = table_after("What differs, on purpose")
    assert len(rows) == 10
    ours = [json.loads(body) for body in blocks("json")]
    for field, sample, document, shown, why in rows:
        value: object = ours[int(sample) - 1]
        for key in field.strip("`").split("."):
            value = value[key]
        assert str(value) == shown, field
        assert document != shown
        assert why
        if "by_symbol" in field:
            partial_fills = {("1", "BTCUSDT"): 1, ("2", "BTCUSDT"): 4, ("2", "ETHUSDT"): 2}
            lots = partial_fills[sample, field.strip("`").split(".")[-1]]
            assert abs(Decimal(document) - Decimal(shown)) <= lots * Decimal("1e-8")


def test_every_flag_and_its_default_is_on_the_page() -> None:
    documented = {cell(row).split()[0]: row[1].strip("`") for row in table_after("| flag | default")}
    actual = {
        option: action.default
        for action in parser()._actions
        for option in action.option_strings
        if option.startswith("--") and option not in ("--help", "--version")
    }
    assert set(documented) == set(actual)
    for option, default in actual.items():
        if default not in (None, False):
            assert documented[option] == str(default), option


def test_every_exit_code_on_the_page_exists() -> None:
    codes = [int(cell(row)) for row in table_after("| exit code | when")]
    assert codes == sorted(codes)
    assert set(codes) <= {int(code) for code in ExitCode}
    assert {0, 1, 2, 3, 6, 7, 130} <= set(codes)


def test_every_control_of_the_demo_is_on_the_page() -> None:
    assert [cell(row) for row in table_after("| control | refuses")] == list(PROFILES["demo"])


def test_files_that_the_page_names_exist() -> None:
    for name in re.findall(r"`((?:tools|tests|docs)/[\w./]+)`", TEXT):
        assert (ROOT / name).exists(), name
    for target in re.findall(r"\]\((?!#)([^)]+)\)", TEXT):
        assert (ROOT / target.partition("#")[0]).exists(), target
