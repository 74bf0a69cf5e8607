"""README.md and the pages of docs/: every console and Python block runs, and shows what it says.

The blocks of a page run in order, in one empty folder. In a ``console`` block each ``$ ``
line is a command and what follows is its output, stderr included; a ``text`` block after a
Python block is that block's output. A line ``...`` stands for any lines, ``...`` within a
line for any text. A Python block that begins with ``# tools/...`` is a file: the page then
runs on a copy of the sources that has it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.cli import ROOT
from tools.core.errors import ExitCode

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
FILE = re.compile(r"# (tools/\S+\.py)\n")
# What a test cannot run for real, because it would run the tests.
INSTEAD = {"make test": "make -n test"}


def blocks(path: Path) -> list[tuple[str, str]]:
    return BLOCK.findall(path.read_text(encoding="utf-8"))


def runnable(path: Path) -> bool:
    return any(kind in ("console", "python") for kind, _ in blocks(path))


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUNNABLE = [page for page in PAGES if runnable(page)]


def commands(block: str) -> list[tuple[str, str]]:
    """Return the commands of a console block, each with the output that is shown for it."""
    out: list[tuple[str, str]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            out.append((line[2:], ""))
        elif out and out[-1][0].endswith("\\") and not out[-1][1]:
            out[-1] = (f"{out[-1][0]}\n{line}", "")
        else:
            assert out, f"output before any command: {line}"
            out[-1] = (out[-1][0], f"{out[-1][1]}{line}\n")
    return out


def shows(shown: str, actual: str) -> bool:
    """Return True if `actual` is what a page shows, with ``...`` for what it leaves out."""
    parts = []
    for line in shown.splitlines():
        if line.strip() == "...":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append(re.escape(line).replace(re.escape("..."), r"[^\n]*") + r"\n")
    return re.fullmatch("".join(parts), actual) is not None


def surroundings(folder: Path, sources: Path) -> dict[str, str]:
    """Return an environment in which ``python`` is this one and `sources` can be imported."""
    (folder / "bin").mkdir()
    (folder / "bin" / "python").symlink_to(sys.executable)
    kept = {key: value for key, value in os.environ.items() if key != "MM_FREEZE_UTC_ISO"}
    return {
        **kept,
        "PATH": f"{folder / 'bin'}:/usr/bin:/bin",
        "PYTHONPATH": str(sources),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def run(argv: list[str], cwd: Path, env: dict[str, str]) -> str:
    """Return what a command wrote to both streams; fail unless it exits with 0."""
    done = subprocess.run(
        argv, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120
    )
    assert done.returncode == 0, f"{argv[-1]}: exit {done.returncode}\n{done.stdout}"
    assert "Traceback" not in done.stdout, done.stdout
    return done.stdout


def same(what: str, shown: str, actual: str) -> None:
    if not shows(shown, actual):
        assert actual.splitlines() == shown.splitlines(), f"{what}: the page shows something else"
        raise AssertionError(what)


def with_files(page: Path, folder: Path) -> Path:
    """Return sources that have the files which a page shows."""
    shown = [(m[1], body) for kind, body in blocks(page) if kind == "python" and (m := FILE.match(body))]
    if not shown:
        return ROOT
    for name in ("tools", "configs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, body in shown:
        assert not (folder / name).exists(), f"{name} is a file already"
        (folder / name).write_text(body, encoding="utf-8")
    return folder


@pytest.mark.skipif(shutil.which("bash") is None, reason="the console blocks need bash")
@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_block_of_a_page(page: Path, tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    env = surroundings(tmp_path, with_files(page, tmp_path / "sources"))
    folder = tmp_path / "work"
    folder.mkdir()
    said = ""
    for kind, body in blocks(page):
        if kind == "console":
            for command, shown in commands(body):
                where = ROOT if command.startswith("make ") else folder
                if where == ROOT and shutil.which("make") is None:
                    continue
                actual = run(["bash", "-c", INSTEAD.get(command, command)], where, env)
                if shown:
                    same(command, shown, actual)
        elif kind == "python" and not FILE.match(body):
            said = run([sys.executable, "-c", body], folder, env)
        elif kind == "text" and said:
            same("the output of the Python block", body, said)
            said = ""


def test_readme_has_what_was_promised() -> None:
    found = blocks(ROOT / "README.md")
    shown = "".join(body for kind, body in found if kind == "console")
    for command in (
        "python -m tools.live.exec_demo --shadow",
        "make test",
        "explain run --at 00:06:43",
        "explain run --summary",
        "explain run --order",
        "verify run",
    ):
        assert command in shown, command
    assert len([body for kind, body in found if kind == "python"]) == 2


def test_notebook_snippet_is_twelve_lines() -> None:
    snippet = next(body for kind, body in blocks(ROOT / "README.md") if kind == "python")
    lines = [line for line in snippet.splitlines() if line and not line.startswith("from ")]
    assert len(lines) == 12


def test_exit_codes_of_the_readme_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text[text.index("## Exit codes") :].split("\n\n")[1]
    codes = [int(row.split("|")[1]) for row in table.splitlines()[2:]]
    assert codes == sorted(codes)
    assert set(codes) <= {int(code) for code in ExitCode}


@pytest.mark.parametrize(
    ("shown", "actual", "same"),
    [
        ("a\n", "a\n", True),
        ("a\n", "a\nb\n", False),
        ("a\n...\n", "a\nb\nc\n", True),
        ("...\nc\n", "a\nb\nc\n", True),
        ("...\nc\n", "a\nb\n", False),
        ("a ... c\n", "a b c\n", True),
        ("a ... c\n", "a b\nc\n", False),
        ("a.c\n", "abc\n", False),
    ],
)
def test_what_counts_as_shown(shown: str, actual: str, same: bool) -> None:
    assert shows(shown, actual) is same


def test_commands_of_a_block() -> None:
    assert commands("$ one\n$ two \\\n    three\nout\nmore\n") == [
        ("one", ""),
        ("two \\\n    three", "out\nmore\n"),
    ]
