"""``--run-id``: an input of the run; it shows where it was given and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.test_verify_replay import CONFIG
from tests.kit.cli import demo, lab
from tools.core.audit import digest_text
from tools.core.canon import encode
from tools.lab.synthesize import write_recording
from tools.live.clock import FREEZE_VARIABLE
from tools.live.feeds.synthetic import synthesize

DEMO = ("--shadow", "--iterations", "3")
BAD = ["", " ", "a b", "r\u00e9sum\u00e9", "a" * 21, "a/b", "a.b", "a\n"]


@pytest.fixture(autouse=True)
def _frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FREEZE_VARIABLE, "2025-01-01T00:00:00Z")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    folder = tmp_path_factory.mktemp("recording")
    write_recording(folder / "input.log.gz", list(synthesize(42, 1)))
    (folder / "config.toml").write_text(CONFIG)
    return (str(folder / "input.log.gz"), "--config", str(folder / "config.toml"), "--quiet")


def audit(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "audit.jsonl").read_text().splitlines()]


def without(record: dict[str, object]) -> dict[str, object]:
    """Return a line without the run id and what follows from it."""
    out = {name: value for name, value in record.items() if name not in ("venue_id", "run_id")}
    if isinstance(config := out.get("config"), dict):
        out["config"] = {name: value for name, value in config.items() if name != "run_id"}
    return out


def test_a_demo_run_carries_its_id(tmp_path: Path) -> None:
    plain = demo(*DEMO, "--out", str(tmp_path / "plain"))
    named = demo(*DEMO, "--run-id", "night_7-a", "--out", str(tmp_path / "named"))
    assert (plain.code, named.code) == (0, 0)
    wanted = json.loads(plain.out)
    assert "run_id" not in wanted["execution"]
    wanted["execution"]["run_id"] = "night_7-a"
    assert json.loads(named.out) == wanted
    lines, other = audit(tmp_path / "named"), audit(tmp_path / "plain")
    assert lines[0]["config"]["run_id"] == "night_7-a"  # type: ignore[index]
    orders = [line for line in lines if line["kind"] == "order"]
    assert orders
    for line in orders:
        assert line["venue_id"] == f"night_7-a-{line['client_id']}"
    assert "run_id" not in json.dumps(other) and "venue_id" not in json.dumps(other)
    assert [without(line) for line in lines[:-1]] == [without(line) for line in other[:-1]]


def test_verify_runs_a_demo_again_with_its_id(tmp_path: Path) -> None:
    assert demo(*DEMO, "--run-id", "r1", "--out", str(tmp_path)).code == 0
    assert lab("verify", str(tmp_path)).code == 0


def test_a_replay_carries_its_id_and_is_verified_with_it(recording: tuple[str, ...], tmp_path: Path) -> None:
    plain = lab("replay", *recording, "--out", str(tmp_path / "plain"))
    named = lab("replay", *recording, "--run-id", "R2", "--out", str(tmp_path / "named"))
    assert (plain.code, named.code) == (0, 0)
    assert json.loads(named.out) == {**json.loads(plain.out), "run_id": "R2"}
    assert "run_id" not in plain.out
    lines = audit(tmp_path / "named")
    assert lines[0]["run_id"] == "R2"
    orders = [line for line in lines if line["kind"] == "order"]
    assert orders
    assert [line["venue_id"] for line in orders] == [f"R2-{line['client_id']}" for line in orders]
    assert lab("verify", str(tmp_path / "named")).code == 0
    shown = lab("explain", str(tmp_path / "named"), "--order", str(orders[0]["client_id"]))
    assert (shown.code, f" as R2-{orders[0]['client_id']}: " in shown.out) == (0, True)


def rewritten(folder: Path, run_id: object) -> None:
    """Put another run id into a header, and have the last line vouch for it."""
    lines = (folder / "audit.jsonl").read_text().splitlines(keepends=True)
    header, last = json.loads(lines[0]), json.loads(lines[-1])
    (header["config"] if "run_id" in header["config"] else header)["run_id"] = run_id
    lines[0] = encode(header)
    last["header"] = digest_text(lines[0])
    lines[-1] = encode(last)
    (folder / "audit.jsonl").write_text("".join(lines))


@pytest.mark.parametrize(("run_id", "code"), [("r2", 6), ("", 6), (7, 3), ("a b", 3)])
def test_another_id_in_the_header_of_a_demo_is_found(tmp_path: Path, run_id: object, code: int) -> None:
    assert demo(*DEMO, "--run-id", "r1", "--out", str(tmp_path)).code == 0
    rewritten(tmp_path, run_id)
    done = lab("verify", str(tmp_path))
    assert (done.code, done.out, done.err.count("\n")) == (code, "", 1)


@pytest.mark.parametrize("run_id", ["R3", "", 7, "a b"])
def test_another_id_in_the_header_of_a_replay_is_found(
    recording: tuple[str, ...], tmp_path: Path, run_id: object
) -> None:
    assert lab("replay", *recording, "--run-id", "R2", "--out", str(tmp_path)).code == 0
    rewritten(tmp_path, run_id)
    done = lab("verify", str(tmp_path))
    assert (done.code, done.out, done.err.count("\n")) == (6, "", 1)


@pytest.mark.parametrize("run_id", BAD)
def test_a_run_id_that_cannot_be_is_one_line(recording: tuple[str, ...], run_id: str) -> None:
    for done in (demo(*DEMO, "--run-id", run_id), lab("replay", *recording, "--run-id", run_id)):
        assert (done.code, done.out) == (2, "")
        assert done.err.count("\n") == 1
        assert (
            "argument --run-id: run id " in done.err and "1 to 20 of A-Z a-z 0-9 _ - are needed" in done.err
        )
