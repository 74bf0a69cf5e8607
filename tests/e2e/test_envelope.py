"""``replay --fills``: a path does the same whatever runs beside it, and every figure is an interval."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.kit.cli import lab
from tools.core.errors import UsageError
from tools.lab import explain
from tools.lab.envelope import EDGES, fill_models, interval
from tools.lab.fidelity import Fidelity
from tools.lab.synthesize import write_recording
from tools.live.feeds.synthetic import synthesize

KEY = "binance-usdm:BTCUSDT"
CONFIG = '[start]\nmin_samples = 10\ncooldown = "5 s"\nprobation = "5 s"\n'
# What the two reports of one path do not share with a path's part of the envelope's.
OF_THE_RUN = (
    "config_sha256", "events", "feed", "fidelity", "first_ns", "fills", "inputs", "last_ns",
    "late_venue_events", "net_edge", "notes", "problems", "schema", "seed", "symbol",
)  # fmt: skip


@dataclass
class Made:
    folder: Path
    reports: dict[str, dict[str, Any]]

    def audit(self, name: str) -> list[dict[str, Any]]:
        text = (self.folder / name / "audit.jsonl").read_text(encoding="ascii")
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Replay one made-up recording under the envelope and along each of its paths alone."""
    folder = tmp_path_factory.mktemp("envelope")
    write_recording(folder / "input.log.gz", list(synthesize(42, 3)))
    (folder / "config.toml").write_text(CONFIG)
    reports: dict[str, dict[str, Any]] = {}
    for name in ("envelope", "ra", "opt"):
        arguments = ("--config", str(folder / "config.toml"), "--fills", name, "--out", str(folder / name))
        done = lab("replay", str(folder / "input.log.gz"), *arguments)
        assert (done.code, done.err) == (0, "")
        reports[name] = json.loads(done.out)
    return Made(folder, reports)


def test_a_path_reports_the_same_alone_and_beside_another(made: Made) -> None:
    for short, model in (("ra", EDGES[0]), ("opt", EDGES[1])):
        alone = {key: value for key, value in made.reports[short].items() if key not in OF_THE_RUN}
        assert made.reports["envelope"]["paths"][model] == alone
    assert made.reports["ra"]["lifecycle"]["accepted"] > 0  # so that there is something to be equal


def test_a_path_writes_the_same_lines_alone_and_beside_another(made: Made) -> None:
    def lines(name: str, path: str) -> list[dict[str, Any]]:
        out = []
        for record in made.audit(name):
            if record["kind"] in ("header", "end", "checkpoint", "fidelity", "feed"):
                continue
            if record.pop("path", "") == path:
                del record["line"]
                out.append(record)
        return out

    assert lines("envelope", "") == lines("ra", "")
    assert lines("envelope", EDGES[1]) == lines("opt", "")


def test_the_report_holds_both_paths_as_intervals(made: Made) -> None:
    report = made.reports["envelope"]
    both = [report["paths"][model] for model in EDGES]
    merged = json.loads(json.dumps(interval(*both)))
    assert {key: report[key] for key in merged} == merged
    low, high = report["lifecycle"]["filled"]
    assert low <= high
    assert isinstance(report["instruments"][KEY]["observer"]["quotes"], int)  # the market is no interval


def test_the_fidelity_block_says_what_the_fills_rest_on(made: Made) -> None:
    for name, paths in (("envelope", list(EDGES)), ("ra", [EDGES[0]]), ("opt", [EDGES[1]])):
        block = made.reports[name]["fidelity"]
        assert block["fill_paths"] == paths
        assert block["verdict"] in [str(one) for one in Fidelity]
        assert (block["latency_model"], block["latency_source"], block["calibration"]) == (
            "coupled",
            "ASSUMED",
            None,
        )
        told = block["instruments"][KEY]
        assert sum(told["classes"].values()) == told["orders"]
        assert (told["symbol"], told["venue"]) == ("BTCUSDT", "binance-usdm")
    # The classes are those of the first path's orders, whatever runs beside it.
    assert (
        made.reports["envelope"]["fidelity"]["instruments"] == made.reports["ra"]["fidelity"]["instruments"]
    )


def test_the_net_edge_of_one_path_is_no_interval(made: Made) -> None:
    one, two = made.reports["ra"]["net_edge"], made.reports["envelope"]["net_edge"]
    assert one["verdict"] == "UNKNOWN"
    assert two["paths"][EDGES[0]] == one["paths"][EDGES[0]]


def test_an_envelope_is_verified_and_a_change_in_its_second_path_is_found(made: Made, tmp_path: Path) -> None:
    assert lab("verify", str(made.folder / "envelope")).code == 0
    source = (made.folder / "envelope" / "audit.jsonl").read_text(encoding="ascii")
    lines = source.splitlines(keepends=True)
    at = next(
        n for n, line in enumerate(lines) if f'"path":"{EDGES[1]}"' in line and '"kind":"order"' in line
    )
    lines[at] = (
        lines[at].replace('"BUY"', '"SELL"') if '"BUY"' in lines[at] else lines[at].replace("SELL", "BUY")
    )
    (tmp_path / "audit.jsonl").write_text("".join(lines), encoding="ascii")
    for name in ("report.json", "run.meta.json"):
        (tmp_path / name).write_bytes((made.folder / "envelope" / name).read_bytes())
    done = lab("verify", str(tmp_path))
    assert done.code == 6
    assert f"line {at}" in done.err


def test_explain_tells_of_one_path(made: Made) -> None:
    where = str(made.folder / "envelope")
    for path, alone in (("", "ra"), (EDGES[0], "ra"), (EDGES[1], "opt")):
        shown, single = explain.Run(where, path=path), explain.Run(str(made.folder / alone))
        assert explain.explain_summary(shown)[3:] == explain.explain_summary(single)[3:]
        ids = [record["client_id"] for record in single.of_kind("order")]
        assert explain.explain_order(shown, ids[-1]) == explain.explain_order(single, ids[-1])
        seq = single.of_kind("order")[-1]["seq"]
        assert explain.explain_at(shown, None, seq) == explain.explain_at(single, None, seq)


def test_explain_heads_its_summary_with_the_fidelity(made: Made) -> None:
    first, *_ = explain.explain_summary(explain.Run(str(made.folder / "envelope")))
    assert first.startswith(f"Fidelity: {made.reports['envelope']['fidelity']['verdict']} (")
    assert "risk_averse and optimistic" in first


def test_a_path_that_is_none(made: Made) -> None:
    with pytest.raises(UsageError, match="has risk_averse, optimistic"):
        explain.Run(str(made.folder / "envelope"), path="middle")
    with pytest.raises(UsageError, match="has one path"):
        explain.Run(str(made.folder / "ra"), path="optimistic")


def test_a_fill_model_that_is_none(made: Made) -> None:
    done = lab("replay", str(made.folder / "input.log.gz"), "--fills", "optimist")
    assert done.code == 2
    assert done.err.splitlines()[-1] == (
        "execlab replay: --fills optimist: no such fill model; did you mean optimistic?"
    )


def test_a_fill_model_that_needs_more_than_a_replay_has_is_refused_and_not_offered(
    made: Made, tmp_path: Path
) -> None:
    recording = str(made.folder / "input.log.gz")
    (tmp_path / "l3.toml").write_text('[paper]\nfill_model = "level3"\n')
    by_flag = lab("replay", recording, "--fills", "level3")
    by_file = lab("replay", recording, "--config", str(tmp_path / "l3.toml"))
    unknown = lab("replay", recording, "--fills", "level4")
    for done, code, words in (
        (by_flag, 2, ("--fills level3: ", "id of every order", "such as risk_averse")),
        (by_file, 4, ("paper.fill_model: ", "id of every order", "such as risk_averse")),
        (unknown, 2, ("--fills level4: no such fill model",)),
    ):
        assert (done.code, done.out, done.err.count("\n")) == (code, "", 1), done.err
        assert all(word in done.err for word in words), done.err
    assert "level3" not in unknown.err
    usable = [name for name, why_not in fill_models().items() if not why_not]
    assert usable == ["optimistic", "power", "risk_averse", "through", "touch"]
