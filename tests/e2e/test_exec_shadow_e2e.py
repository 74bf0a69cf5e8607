"""``python -m tools.live.exec_demo``: P0.1's five scenarios, then every way to hold it wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import pytest

from tests.kit.cli import ROOT, demo
from tools.live.clock import FREEZE_VARIABLE

UTC = "2025-10-27T18:20:50Z"
SAMPLE_2 = (
    "--shadow --symbols BTCUSDT,ETHUSDT --iterations 20 --max-inv 10000 --max-total 50000 "
    "--edge-threshold 3.0 --fill-rate 0.7 --reject-rate 0.05 --latency-ms 1"
).split()


@pytest.fixture(autouse=True)
def frozen_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FREEZE_VARIABLE, UTC)


def start(*arguments: str, env: dict[str, str] | None = None, **streams) -> subprocess.Popen[str]:
    """Start the demo as a user would: a process of its own, from the checkout."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.Popen(
        [sys.executable, "-m", "tools.live.exec_demo", *arguments],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        text=True,
        preexec_fn=_heed_interrupts,
        **streams,
    )


def _heed_interrupts() -> None:
    # A background job of a shell ignores SIGINT, and so would what it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def run(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    process = start(*arguments, env=env)
    out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


# -- the five scenarios of P0.1 ------------------------------------------------------------


def test_scenario_1_basic_run() -> None:
    started = time.monotonic()
    done = run("--shadow", "--iterations", "10")
    assert time.monotonic() - started < 5  # a default latency of 100 ms is not slept
    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert set(report) >= {"execution", "orders", "positions", "risk", "runtime"}
    assert report["risk"]["frozen"] is False
    assert report["lifecycle"]["attempted"] == 10 * 2 * 2
    assert report["runtime"] == {"utc": "2025-10-27T18:20:50+00:00"}


def test_scenario_2_freeze_on_edge_drop() -> None:
    done = demo("--shadow", "--iterations", "50", "--edge-threshold", "5.0")
    assert done.code == 0
    report = json.loads(done.out)
    # 10 - 0.16 i falls below 5 first at i = 32, so 33 iterations send 4 orders each.
    assert report["lifecycle"]["attempted"] == 33 * 4
    assert report["lifecycle"]["open"] == 0
    assert report["risk"]["frozen"] is True
    assert report["risk"]["freeze_events"] == report["risk"]["freezes_total"] == 1
    assert report["risk"]["last_freeze_reason"] == "Edge degradation: 4.88 BPS < 5.00 BPS"
    assert done.err.splitlines()[-1] == "System FROZEN: edge=4.8bps < threshold"


def test_scenario_3_byte_for_byte_determinism() -> None:
    # Nothing is taken out before the comparison: runtime.utc is part of the bytes.
    surroundings = [
        {"PYTHONHASHSEED": "1", "TZ": "UTC", FREEZE_VARIABLE: "2025-10-27T18:20:50Z"},
        {"PYTHONHASHSEED": "2", "TZ": "America/St_Johns", FREEZE_VARIABLE: "2025-10-27T18:20:50"},
        {"PYTHONHASHSEED": "3", "TZ": "Asia/Kathmandu", FREEZE_VARIABLE: "2025-10-28T00:05:50+05:45"},
    ]
    runs = [run(*SAMPLE_2, env=env) for env in surroundings]
    assert {(r.returncode, r.stdout, r.stderr) for r in runs} == {(0, runs[0].stdout, runs[0].stderr)}
    assert '"utc":"2025-10-27T18:20:50+00:00"' in runs[0].stdout


def test_error_missing_shadow_flag() -> None:
    done = demo("--symbols", "BTCUSDT")
    assert (done.code, done.out) == (1, "")
    assert done.err.count("\n") == 1
    assert "--shadow" in done.err


@pytest.mark.parametrize("symbols", ["", ",", " , "])
def test_error_no_symbols(symbols: str) -> None:
    done = demo("--shadow", "--symbols", symbols)
    assert (done.code, done.out) == (1, "")
    assert done.err.count("\n") == 1
    assert "symbols" in done.err


# -- the samples of the document, through the front door ------------------------------------


def test_sample_2_of_the_document() -> None:
    done = demo(*SAMPLE_2)
    assert done.code == 0
    assert done.err == (
        "Rejected: CLI00000008 Simulated rejection\n"
        "Rejected: CLI00000017 Simulated rejection\n"
        "Rejected: CLI00000047 Simulated rejection\n"
        "System FROZEN: edge=2.8bps < threshold\n"
    )
    report = json.loads(done.out)
    assert report["orders"] == {"canceled": 28, "filled": 51, "placed": 73, "rejected": 3, "risk_blocks": 0}


def test_sample_1_of_the_document_says_nothing_on_stderr() -> None:
    arguments = (
        "--shadow --symbols BTCUSDT --iterations 5 --max-inv 10000 --max-total 50000 --edge-threshold 1.0 "
        "--fill-rate 0.8 --reject-rate 0.0 --latency-ms 1"
    )
    done = demo(*arguments.split())
    assert (done.code, done.err) == (0, "")
    report = json.loads(done.out)
    assert report["orders"] == {"canceled": 0, "filled": 10, "placed": 10, "rejected": 0, "risk_blocks": 0}


# -- flags ------------------------------------------------------------------------------------


def test_defaults_are_those_of_p01() -> None:
    spelt = (
        "--shadow --symbols BTCUSDT,ETHUSDT --iterations 50 --max-inv 10000 --max-total 50000 "
        "--edge-threshold 1.5 --fill-rate 0.7 --reject-rate 0.05 --latency-ms 100 "
        "--seed 42 --partial-fill-rate 0.1 --edge-end 2"
    )
    plain = demo("--shadow")
    assert plain == demo(*spelt.split())
    assert json.loads(plain.out)["risk"]["frozen"] is False


def test_the_documented_flag_shows_a_newcomer_a_freeze() -> None:
    done = demo("--shadow", "--edge-end", "0")
    assert json.loads(done.out)["risk"]["frozen"] is True
    assert "--edge-end 0" in demo("--help").out


def test_fail_on_freeze_is_exit_7_and_still_prints_the_report() -> None:
    frozen = demo(*SAMPLE_2, "--fail-on-freeze")
    assert frozen.code == 7
    assert frozen.out == demo(*SAMPLE_2).out
    assert demo("--shadow", "--fail-on-freeze").code == 0


def test_pretty_is_the_same_report_indented() -> None:
    plain, pretty = demo(*SAMPLE_2), demo(*SAMPLE_2, "--pretty")
    assert json.loads(pretty.out) == json.loads(plain.out)
    assert pretty.out.count("\n") > 30
    assert plain.out.count("\n") == 1


def test_seed_changes_the_run_and_is_reported() -> None:
    one, two = (demo("--shadow", "--seed", seed) for seed in ("1", "2"))
    assert json.loads(one.out)["execution"]["seed"] == 1
    assert json.loads(one.out)["positions"] != json.loads(two.out)["positions"]


def test_out_writes_the_run(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "run"
    done = demo(*SAMPLE_2, "--out", str(target))
    assert sorted(path.name for path in target.iterdir()) == ["audit.jsonl", "report.json", "run.meta.json"]
    assert (target / "report.json").read_bytes() == done.out.encode()
    assert done.out == demo(*SAMPLE_2).out  # keeping a log changes nothing
    audit = (target / "audit.jsonl").read_bytes()
    header = json.loads(audit.splitlines()[0])
    assert header["config"]["seed"] == 42
    assert b"/" not in audit  # no path, no host
    assert json.loads((target / "run.meta.json").read_text())["arguments"] == [
        *SAMPLE_2,
        "--out",
        str(target),
    ]
    demo(*SAMPLE_2, "--out", str(target))
    assert (target / "audit.jsonl").read_bytes() == audit


def test_out_with_pretty_keeps_the_bytes_of_stdout(tmp_path: Path) -> None:
    done = demo(*SAMPLE_2, "--pretty", "--out", str(tmp_path))
    assert (tmp_path / "report.json").read_bytes() == done.out.encode()


def test_out_that_cannot_be_written_is_exit_3(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for target in (tmp_path / "file", tmp_path / "file" / "below"):
        done = demo("--shadow", "--out", str(target))
        assert (done.code, done.out) == (3, "")
        assert done.err.count("\n") == 1
        assert "--out" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        *(
            [flag, value]
            for flag in ("--fill-rate", "--reject-rate", "--partial-fill-rate")
            for value in ("-0.1", "1.1", "nan", "inf", "x", "")
        ),
        *(["--iterations", value] for value in ("0", "-1", "1.5", "x", "nan", "", "²", "9" * 5000)),
        *(
            [flag, value]
            for flag in ("--max-inv", "--max-total")
            for value in ("0", "-1", "nan", "inf", "-inf", "x")
        ),
        *(["--latency-ms", value] for value in ("-1", "-0.001", "nan", "inf", "x")),
        *(["--edge-threshold", value] for value in ("nan", "inf", "x", "")),
        *(["--edge-end", value] for value in ("nan", "inf", "x")),
        *(["--seed", value] for value in ("-1", "1.5", "x", "", "9" * 5000)),
        *(
            ["--symbols", value]
            for value in (
                "btcusdt",
                "B",
                "A" * 21,
                "BTC-USD",
                "BTCUSDT,BTCUSDT",
                "BTCUSDT,eth",
                "ＢＴＣ",
                "BTC\nUSDT",
                "٣٣",
            )
        ),
        ["--nonsense"],
        ["--out"],
        ["surplus"],
        ["sur\nplus"],
    ],
    ids=lambda arguments: " ".join(arguments).encode("unicode_escape").decode()[:40],
)
def test_bad_arguments_are_one_line_and_exit_2(arguments: list[str]) -> None:
    done = demo("--shadow", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1, done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("text", ["yesterday", "2025-13-01T00:00:00Z", "2025-01-01", "1e9"])
def test_a_frozen_clock_that_is_none_is_one_line_and_exit_2(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FREEZE_VARIABLE, text)
    done = demo("--shadow")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"exec_demo: {FREEZE_VARIABLE}: ")
    assert done.err.count("\n") == 1


def test_a_clock_before_1970_is_an_instant_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    here = json.loads(demo(*SAMPLE_2).out)
    monkeypatch.setenv(FREEZE_VARIABLE, "1960-01-01T00:00:00Z")
    done = demo(*SAMPLE_2)
    assert done.code == 0, done.err
    assert json.loads(done.out)["orders"] == here["orders"]


# -- streams and interruptions ------------------------------------------------------------------


def closed_pipe() -> int:
    """Return the writing end of a pipe whose reader has gone away."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def test_a_closed_stdout_pipe_is_no_error() -> None:
    writer = closed_pipe()
    process = start("--shadow", "--reject-rate", "0", stdout=writer)
    os.close(writer)
    assert process.communicate(timeout=60)[1] == ""
    assert process.returncode == 0


def test_a_closed_stderr_pipe_does_not_cost_the_report() -> None:
    writer = closed_pipe()
    process = start(*SAMPLE_2, stderr=writer)
    os.close(writer)
    out = process.communicate(timeout=60)[0]
    assert out == demo(*SAMPLE_2).out
    assert process.returncode == 0


def test_without_stderr_nothing_but_the_report_is_on_stdout(monkeypatch: pytest.MonkeyPatch) -> None:
    out = StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", None)  # what Python sets after `2>&-`
    from tools.live.exec_demo import main

    assert main(SAMPLE_2) == 0
    assert out.getvalue().startswith("{")
    assert out.getvalue().count("\n") == 1


def test_without_stdout_there_is_no_traceback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    err = StringIO()
    monkeypatch.setattr(sys, "stdout", None)  # what Python sets after `>&-`
    monkeypatch.setattr(sys, "stderr", err)
    from tools.live.exec_demo import main

    main([*SAMPLE_2, "--out", str(tmp_path)])
    assert "Traceback" not in err.getvalue()
    assert (tmp_path / "report.json").exists()


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_an_interrupted_run_leaves_no_half_files(tmp_path: Path) -> None:
    process = start("--shadow", "--iterations", "1000000", "--reject-rate", "0", "--out", str(tmp_path))
    deadline = time.monotonic() + 20
    while not any(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, "", "exec_demo: interrupted\n")
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_fails_leaves_what_an_earlier_one_wrote(tmp_path: Path) -> None:
    demo(*SAMPLE_2, "--out", str(tmp_path))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    done = demo("--shadow", "--out", str(tmp_path), "--max-inv", "0.000000001")  # beyond 1e-8 USD
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
