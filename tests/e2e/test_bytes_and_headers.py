"""The bytes of a report, whatever the terminal, and headers that ask for too much."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.kit.cli import ROOT, demo, lab
from tools.core.audit import digest_text
from tools.core.canon import encode, encode_pretty, encode_report
from tools.live.clock import FREEZE_VARIABLE
from tools.live.demo_run import MAX_ITERATIONS

SHORT = "--shadow --iterations 3 --symbols BTCUSDT".split()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1", "ascii:strict"])
@pytest.mark.parametrize("pretty", [False, True], ids=["compact", "pretty"])
def test_stdout_has_the_bytes_of_the_report_in_any_encoding(
    encoding: str, pretty: bool, tmp_path: Path
) -> None:
    flags = ["--pretty"] if pretty else []
    done = subprocess.run(
        [sys.executable, "-m", "tools.live.exec_demo", *SHORT, *flags, "--out", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": encoding, FREEZE_VARIABLE: "2025-01-01T00:00:00Z"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == (tmp_path / "report.json").read_bytes()
    assert json.loads(done.stdout.decode("ascii"))["execution"]["iterations"] == 3


@pytest.fixture
def run_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FREEZE_VARIABLE, "2025-01-01T00:00:00Z")
    assert demo(*SHORT, "--out", str(tmp_path)).code == 0
    return tmp_path


def forge(run_dir: Path, **changed: object) -> None:
    """Change settings in the header, and let the last line vouch for it."""
    audit = run_dir / "audit.jsonl"
    rows = audit.read_text().splitlines(keepends=True)
    header = json.loads(rows[0])
    header["config"].update(changed)
    rows[0] = encode(header)
    rows[-1] = encode({**json.loads(rows[-1]), "header": digest_text(rows[0])})
    audit.write_text("".join(rows))


@pytest.mark.parametrize("iterations", [10**9, MAX_ITERATIONS + 1, 0, -1])
def test_a_header_with_impossible_iterations_is_refused_at_once(iterations: int, run_dir: Path) -> None:
    forge(run_dir, iterations=iterations)
    started = time.monotonic()
    done = lab("verify", str(run_dir))
    assert time.monotonic() - started < 2
    assert (done.code, done.out, done.err.count("\n")) == (3, "", 1)
    assert "iterations" in done.err


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"iterations": True}, "iterations"),
        ({"iterations": "50"}, "iterations"),
        ({"seed": "42"}, "seed"),
        ({"surplus": 1}, "settings"),
        ({"symbols": ""}, "header"),
        ({"fill_rate": "2"}, "header"),
    ],
)
def test_a_header_that_cannot_be_run_is_one_line(
    changed: dict[str, object], named: str, run_dir: Path
) -> None:
    forge(run_dir, **changed)
    done = lab("verify", str(run_dir))
    assert done.code in (3, 6)
    assert (done.out, done.err.count("\n")) == ("", 1)
    assert named in done.err and "Traceback" not in done.err


def test_a_header_without_settings_is_one_line(run_dir: Path) -> None:
    audit = run_dir / "audit.jsonl"
    rows = audit.read_text().splitlines(keepends=True)
    rows[0] = encode({**json.loads(rows[0]), "config": []})
    rows[-1] = encode({**json.loads(rows[-1]), "header": digest_text(rows[0])})
    audit.write_text("".join(rows))
    done = lab("verify", str(run_dir))
    assert (done.code, done.out, done.err.count("\n")) == (3, "", 1)


def test_a_report_rewritten_with_indents_is_found(run_dir: Path) -> None:
    path = run_dir / "report.json"
    assert lab("verify", str(run_dir)).code == 0
    path.write_text(encode_pretty(json.loads(path.read_text())))
    done = lab("verify", str(run_dir))
    assert (done.code, done.err.count("\n")) == (6, 1)
    assert "report.json" in done.err


def test_a_pretty_report_rewritten_on_one_line_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FREEZE_VARIABLE, "2025-01-01T00:00:00Z")
    assert demo(*SHORT, "--pretty", "--out", str(tmp_path)).code == 0
    assert lab("verify", str(tmp_path)).code == 0
    path = tmp_path / "report.json"
    path.write_text(encode_report(json.loads(path.read_text())))
    assert "report.json" in lab("verify", str(tmp_path)).err
