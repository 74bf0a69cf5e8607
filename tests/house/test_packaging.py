"""What is shipped, how it starts, and what no committed text may hold."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import tools
from tests.conftest import compare_golden
from tests.house.tree import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

# Written in pieces, because this file is itself a committed text.
MACHINE_PATHS = re.compile("|".join(("/" + "work/", "/" + "root/", "/" + "farm/", "/tmp/" + "bash_jobs")))
REGISTRY_HOSTS = re.compile(
    "|".join(
        ("pypi" + r"\.org", "files" + r"\.pythonhosted", "deb" + r"\.debian\.org", "registry" + r"\.npmjs")
    )
)


def test_package_needs_nothing_and_says_what_it_is() -> None:
    project = PROJECT["project"]
    assert project["name"] == "crypto-execution-lab"
    assert project["dependencies"] == []
    assert project["requires-python"] == ">=3.11"
    assert project["scripts"] == {"execlab": "tools.lab.__main__:main"}
    assert PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["tools"]
    assert (ROOT / PROJECT["tool"]["hatch"]["version"]["path"]) == Path(tools.__file__ or "")
    assert re.fullmatch(r"\d+\.\d+\.\d+", tools.__version__)
    assert (ROOT / "tools" / "py.typed").is_file()


def test_extras_are_those_of_the_plan() -> None:
    wanted = {"live", "research", "report", "sweep", "redis", "metrics", "test", "check", "oracle", "peers"}
    assert set(PROJECT["project"]["optional-dependencies"]) == wanted


def slow_modules(importtime: str) -> list[str]:
    """Return the modules that an ``-X importtime`` listing shows and that the demo must not load."""
    banned = ("asyncio", "http", "logging", "concurrent", "socket", "ssl", "email")
    names = [
        line.rpartition("|")[2].strip() for line in importtime.splitlines() if line.startswith("import time:")
    ]
    return [name for name in names if name.split(".")[0] in banned]


def test_slow_modules_are_seen() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import logging"], capture_output=True, text=True
    )
    assert slow_modules(done.stderr) == ["logging"]


def test_demo_loads_nothing_slow() -> None:
    # -I -S: without site-packages, whose .pth files may load anything.
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import tools.live.exec_demo"
    argv = [sys.executable, "-I", "-S", "-X", "importtime", "-c", code]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert slow_modules(done.stderr) == []


def committed_texts() -> dict[str, str]:
    """Return what git holds (or is about to), by path; binaries left out."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    try:
        done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, env=env, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no git, or no git checkout: nothing says which files are committed")
    texts = {}
    for name in filter(None, done.stdout.decode("utf-8").split("\0")):
        path = ROOT / name
        data = path.read_bytes() if path.is_file() else b"\0"
        if b"\0" not in data:
            texts[name] = data.decode("utf-8", "replace")
    if not texts:
        pytest.skip("nothing is committed yet")
    return texts


@pytest.mark.parametrize("pattern", [MACHINE_PATHS, REGISTRY_HOSTS], ids=["machine paths", "registry hosts"])
def test_no_committed_text_names_a_machine(pattern: re.Pattern[str]) -> None:
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in committed_texts().items()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (MACHINE_PATHS, "see /" + "work/main"),
        (MACHINE_PATHS, "HOME=/" + "root/x"),
        (REGISTRY_HOSTS, "https://" + "pypi" + ".org/simple"),
    ],
)
def test_names_of_machines_are_seen(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)
    assert not pattern.search("a/workshop/root-cause in a framework/main")


def test_goldens_are_compared_by_their_bytes(tmp_path: Path) -> None:
    path = tmp_path / "case" / "expected.json"
    with pytest.raises(AssertionError, match="is missing"):
        compare_golden(path, "", update=False)
    compare_golden(path, "one\ntwo\n", update=True)
    assert path.read_bytes() == b"one\ntwo\n"
    compare_golden(path, "one\ntwo\n", update=False)
    for wrong in ("one\nthree\n", "one\r\ntwo\r\n", "one\ntwo"):
        with pytest.raises(AssertionError):
            compare_golden(path, wrong, update=False)
