"""``quality DIR``: held against the other lines of the same log, and asked wrongly."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.kit.cli import Done, demo, lab
from tools.lab.envelope import EDGES
from tools.lab.quality import fills, orders
from tools.lab.quality.rows import FIELDS

KEY = "binance-usdm:BTCUSDT"
LOSING = '[quality]\nedge_fills = 40\n\n[risk]\nedge_freeze_threshold = "0 bps"\n'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a recording, its run, and one in which 40 fills may freeze."""
    folder = tmp_path_factory.mktemp("quality")
    recording = str(folder / "made.log.gz")
    (folder / "losing.toml").write_text(LOSING, encoding="utf-8")
    (folder / "blind.toml").write_text("[quality]\nmeasures = false\nedge_fills = 0\n", encoding="utf-8")
    assert lab("synthesize", "--seed", "7", "--minutes", "9", "--out", recording).code == 0
    for name, more in (("run", ()), ("losing", ("--config", str(folder / "losing.toml")))):
        assert lab("replay", recording, "--quiet", "--out", str(folder / name), *more).code == 0
    return folder


def audit(folder: Path, *kinds: str) -> list[dict[str, Any]]:
    lines = (folder / "audit.jsonl").read_text("ascii").splitlines()
    return [record for record in map(json.loads, lines) if record["kind"] in kinds]


def report(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "report.json").read_text("ascii"))
    return found


def said(folder: Path, *arguments: str) -> dict[str, Any]:
    done = lab("quality", str(folder), "--format", "json", *arguments)
    assert (done.code, done.err) == (0, "")
    found: dict[str, Any] = json.loads(done.out)
    return found


def refused(done: Done, code: int, *texts: str) -> None:
    assert (done.code, done.out) == (code, ""), (done.code, done.out)
    assert done.err.count("\n") == 1 and "Traceback" not in done.err, done.err
    for text in texts:
        assert text in done.err, done.err


def test_each_order_is_what_its_other_lines_say(made: Path) -> None:
    told = {line["client_id"]: line for line in audit(made / "run", "order_quality")}
    sent = {line["client_id"]: line for line in audit(made / "run", "order")}
    assert set(told) == set(sent) and len(told) > 100
    canceled = Counter(line["client_id"] for line in audit(made / "run", "cancel"))
    reports = audit(made / "run", "report")
    for client_id, order in told.items():
        own = [line for line in reports if line["client_id"] == client_id]
        trades = [line for line in own if line["report"] == "TRADE"]
        assert order["filled_lots"] == sum(line["last_lots"] for line in trades)
        assert order["fills"] == len(trades)
        assert order["qty_lots"] == sent[client_id]["qty_lots"]
        times = order["times"]
        assert times["sent_ns"] == sent[client_id]["time_ns"]
        assert times["first_fill_ns"] == min((line["time_ns"] for line in trades), default=None)
        assert (times["cancel_sent_ns"] is None) == (canceled[client_id] == 0)
        if order["end"] != "OPEN":
            assert times["ended_ns"] == own[-1]["time_ns"] or own[-1]["report"] == "CANCEL_REJECTED"
        cost = order["shortfall"]
        if trades:
            sign = 1 if order["side"] == "BUY" else -1
            paid = sum(2 * line["last_ticks"] * line["last_lots"] for line in trades)
            arrival = next(line["mid_ht"] for line in own if line["report"] == "ACCEPTED")
            assert cost["trading_htl"] == sign * (paid - order["filled_lots"] * arrival)


def test_each_fill_is_there_once_and_the_sums_are_those_of_the_report(made: Path) -> None:
    lines = audit(made / "run", "fill_quality")
    trades = [line for line in audit(made / "run", "report") if line["report"] == "TRADE"]
    assert sorted(line["exec_id"] for line in lines) == sorted(line["exec_id"] for line in trades)
    body = report(made / "run")["instruments"][KEY]
    measures, position = body["measures"], body["position"]
    book = measures["book_identity"]
    assert (book["residual_htl"], book["residual_e8"]) == (0, 0)
    assert book["profit_htl"] == position["cash_htl"] + position["position_lots"] * book["mid_ht"]
    assert book["fees_e8"] == sum(line["fee_e8"] for line in lines) == position["fees_e8"]
    assert book["gross_spread_htl"] == sum(line["capture_htl"] for line in lines)
    for place, name in enumerate(("100ms", "1s", "5s", "30s", "60s")):
        known = [line for line in lines if line["after_ht"][place] is not None]
        sums = measures["edge_identity"][name]
        assert sums["fills"] == len(known)
        assert sums["markout_htl"] == sum(line["markouts_htl"][place] for line in known)
        assert sums["residual_htl"] == 0


def test_one_answer_in_three_formats(made: Path) -> None:
    found = said(made / "run", "--by", "side,regime")
    done = lab("quality", str(made / "run"), "--by", "side,regime", "--format", "csv")
    table = list(csv.DictReader(io.StringIO(done.out)))
    assert len(table) == len(found["rows"])
    for line, row in zip(table, found["rows"], strict=True):
        assert (line["side"], line["regime"]) == (row["cell"]["side"], row["cell"]["regime"])
        for name in FIELDS:
            value = row[name]
            assert line[name] == (
                ""
                if value is None
                else str(value).lower()
                if value in (True, False) and isinstance(value, bool)
                else str(value)
            )
    text = lab("quality", str(made / "run"), "--by", "side,regime").out
    assert text.startswith(f"{found['orders']} orders, {found['fills']} fills\n")
    assert "left over: book 0 htl, 0 e8; fills 0 htl; shortfall 0 htl" in text
    assert "hidden" in text and "note: means over fewer than 30 effective observations are hidden" in text
    assert lab("quality", str(made / "run"), "--by", "side,regime").out == text


def test_means_counts_and_what_is_hidden(made: Path) -> None:
    found = said(made / "run")
    rows = {(row["table"], row["name"]): row for row in found["rows"]}
    life = report(made / "run")["lifecycle"]
    assert rows["counts", "orders"]["value"] == life["attempted"] - life["refused"] == found["orders"]
    assert rows["counts", "ended_cancel"]["value"] == life["canceled"]
    columns = fills(str(made / "run"))
    kept = [at for at, suspect in enumerate(columns["impact_suspect"]) if not suspect]
    known = [at for at in kept if columns["markout_1s_htl"][at] is not None]
    gain = sum(columns["markout_1s_htl"][at] for at in known)
    base = sum(columns["before_ht"][at] * columns["qty_lots"][at] for at in known)
    row = rows["fills", "markout_1s"]
    assert row["n"] == len(known) and row["n_eff"] >= 30
    assert row["value"] == pytest.approx(10_000 * gain / base, rel=1e-12)
    assert row["low"] < row["value"] < row["high"]
    for row in found["rows"]:
        if row["n_eff"] is not None and row["n_eff"] < 30:
            assert row["value"] is None and row["low"] is None
        assert not row["hidden"] or row["n_eff"] < 30


def test_suspects_are_left_out_unless_they_are_asked_for(made: Path) -> None:
    columns = orders(str(made / "run"))
    suspects = columns["impact_suspect"].count(True)
    for more, wanted, word in (
        ((), len(columns["end"]) - suspects, "left out"),
        (("--suspects",), len(columns["end"]), "taken in"),
    ):
        found = said(made / "run", *more)
        (row,) = [row for row in found["rows"] if (row["table"], row["name"]) == ("orders", "shortfall")]
        assert row["n"] == wanted
        assert any(word in note for note in found["notes"]) == (suspects > 0)


def test_slices_hold_everything_once(made: Path) -> None:
    whole = said(made / "run")
    for by in ("regime", "symbol", "hour", "gate", "colour", "class", "side", "liquidity"):
        part = said(made / "run", "--by", by)
        for name in ("orders", "fills", "ended_cancel", "ended_fill"):
            values = [row["value"] for row in part["rows"] if (row["table"], row["name"]) == ("counts", name)]
            (wanted,) = [
                row["value"] for row in whole["rows"] if (row["table"], row["name"]) == ("counts", name)
            ]
            assert sum(values) == wanted, (by, name)
    fine = said(made / "run", "--by", "side,class,regime,colour,gate")
    assert fine["cells"] > 10
    assert any("Benjamini" in note for note in fine["notes"])


def test_columns_have_one_length_and_a_place_for_each_name(made: Path) -> None:
    for columns in (orders(str(made / "run")), fills(str(made / "run"))):
        assert len({len(values) for values in columns.values()}) == 1
        assert columns["client_id"]
    sent = orders(str(made / "run"))["sent_ns"]
    assert sent == sorted(sent)


def test_an_order_is_what_its_fills_made_of_it(made: Path) -> None:
    columns = orders(str(made / "run"))
    trades: dict[str, list[dict[str, Any]]] = {}
    for line in audit(made / "run", "report"):
        if line["report"] == "TRADE":
            trades.setdefault(line["client_id"], []).append(line)
    seen = Counter()
    for client_id, became, resting, first_ns in zip(
        *(columns[name] for name in ("client_id", "liquidity", "resting_fills", "first_resting_fill_ns")),
        strict=True,
    ):
        own = trades.get(client_id, [])
        rested = [line["time_ns"] for line in own if line["liquidity"] == "MAKER"]
        assert (resting, first_ns) == (len(rested), min(rested, default=None))
        kinds = {line["liquidity"] for line in own}
        assert kinds == {"MAKER": {"MAKER"}, "TAKER": {"TAKER"}, "NONE": set()}[became]  # it posts or takes
        seen[became] += 1
    assert seen["MAKER"] and seen["TAKER"] and seen["NONE"]
    found = said(made / "run", "--by", "liquidity")
    counts = {
        row["cell"]["liquidity"]: row["value"]
        for row in found["rows"]
        if (row["table"], row["name"]) == ("counts", "orders")
    }
    assert counts == dict(seen)
    tables = {row["table"] for row in found["rows"]}
    assert tables == {"fills", "cancel_race", "orders", "counts"}  # a chance would be its own answer
    assert any("what it became" in note for note in found["notes"])


def test_fills_by_distance_are_those_of_the_lines(made: Path) -> None:
    columns = orders(str(made / "run"))
    at_risk_ns, fills_at, resting = Counter(), Counter(), 0
    for at, rested_ns in enumerate(columns["rested_ns"]):
        if rested_ns is None or columns["impact_suspect"][at]:
            continue
        resting += 1
        first_ns = columns["first_resting_fill_ns"][at]
        distance = columns["distance_ticks"][at]
        at_risk_ns[distance] += (columns["ended_ns"][at] if first_ns is None else first_ns) - rested_ns
        fills_at[distance] += first_ns is not None
    rows = {row["name"]: row for row in said(made / "run")["rows"] if row["table"] == "fill_intensity"}
    assert rows["at risk, distance 0"]["value"] == pytest.approx(at_risk_ns[0] / 1e9)
    assert rows["fills, distance 0"]["value"] == pytest.approx(fills_at[0] / (at_risk_ns[0] / 1e9))
    orders_in = sum(row["n"] for name, row in rows.items() if name.startswith("at risk"))
    assert orders_in == resting
    assert rows["A"]["n"] == sum(fills_at.values()) > 0


def test_a_losing_quoter_is_frozen_by_its_own_fills(made: Path) -> None:
    folder = made / "losing"
    (freeze,) = audit(folder, "freeze")
    assert freeze["trigger"] == "EDGE_BELOW_THRESHOLD"
    # The edge that froze it, from the lines of its fills: those whose 5 s were over by then.
    found = fills(str(folder))
    known = [at for at, when in enumerate(found["time_ns"]) if when + 5 * 10**9 < freeze["time_ns"]][:40]
    assert len(known) == 40
    gain = sum(found["markout_5s_htl"][at] for at in known)  # a half-tick x lot is 5,000 e8
    net_e8 = gain * 5_000 - sum(found["fee_e8"][at] for at in known)
    notional_e8 = sum(2 * found["price_ticks"][at] * found["qty_lots"][at] for at in known) * 5_000
    edge_ubps = net_e8 * 10**10 // notional_e8
    assert edge_ubps < 0
    assert list(freeze["figure"]) == ["edge_ubps", edge_ubps, 0]
    late = [line for line in audit(folder, "order") if line["time_ns"] > freeze["time_ns"]]
    assert late == []
    before = len(audit(folder, "order"))
    assert before < len(audit(made / "run", "order"))  # shown an edge of 500 fills: never
    edge = report(folder)["edge"][KEY]
    assert (edge["needed"], edge["fills"], edge["shown"]) == (40, 40, True)
    assert lab("verify", str(folder)).code == 0


def test_an_edge_of_too_few_fills_freezes_nothing(made: Path) -> None:
    edge = report(made / "run")["edge"][KEY]
    assert edge["needed"] == 500 and 0 < edge["fills"] < 500 and edge["shown"] is False
    assert edge["edge_ubps"] < 0  # it does lose
    assert audit(made / "run", "freeze") == []


def test_a_run_without_orders(made: Path, tmp_path: Path) -> None:
    short, run = str(tmp_path / "short.gz"), str(tmp_path / "run")
    assert lab("synthesize", "--minutes", "1", "--out", short).code == 0
    assert lab("replay", short, "--quiet", "--out", run).code == 0
    found = said(Path(run))
    assert (found["orders"], found["fills"]) == (0, 0)
    assert all(row["value"] in (None, 0) for row in found["rows"])
    assert lab("quality", run, "--by", "regime", "--format", "csv").out.count("\n") == 1
    assert "0 orders, 0 fills" in lab("quality", run).out
    assert fills(run)["time_ns"] == []


def test_a_run_that_did_not_measure(made: Path, tmp_path: Path) -> None:
    run = str(tmp_path / "run")
    blind = str(made / "blind.toml")
    assert lab("replay", str(made / "made.log.gz"), "--quiet", "--config", blind, "--out", run).code == 0
    refused(lab("quality", run), 3, "nothing was measured")
    assert audit(Path(run), "order_quality", "fill_quality") == []
    # Nothing that is decided depends on it.
    for kind in ("order", "report", "decision"):
        with_measures = [{**line, "line": 0} for line in audit(made / "run", kind)]
        assert [{**line, "line": 0} for line in audit(Path(run), kind)] == with_measures


def test_a_path_of_several_is_asked_for_by_its_name(made: Path, tmp_path: Path) -> None:
    run = str(tmp_path / "run")
    done = lab("replay", str(made / "made.log.gz"), "--quiet", "--fills", "envelope", "--out", run)
    assert done.code == 0, done.err
    (other,) = {line["path"] for line in audit(Path(run), "order_quality") if "path" in line}
    first, second = said(Path(run)), said(Path(run), "--path", other)
    assert (first["path"], second["path"]) == EDGES == ("risk_averse", other)
    assert said(Path(run), "--path", EDGES[0]) == first
    for name, found in zip(EDGES, (first, second), strict=True):
        head = f"{found['orders']} orders, {found['fills']} fills, path {name}\n"
        assert lab("quality", run, "--path", name).out.startswith(head)
    refused(lab("quality", run, "--path", "B"), 2, "--path B", "has risk_averse, optimistic")
    for found, lines in ((first, [None]), (second, [other])):
        own = [line for line in audit(Path(run), "order_quality") if line.get("path") in lines]
        assert found["orders"] == len(own) > 0
        book = found["identities"][KEY]["book_identity"]
        assert (book["residual_htl"], book["residual_e8"]) == (0, 0)
        trades = [line for line in audit(Path(run), "report") if line.get("path") in lines]
        cash = 0
        for line in trades:
            if line["report"] == "TRADE":
                cash -= (1 if line["side"] == "BUY" else -1) * 2 * line["last_ticks"] * line["last_lots"]
        held = sum(
            (1 if line["side"] == "BUY" else -1) * line["last_lots"]
            for line in trades
            if line["report"] == "TRADE"
        )
        assert book["profit_htl"] == cash + held * book["mid_ht"]


def test_asked_wrongly(made: Path, tmp_path: Path) -> None:
    run = str(made / "run")
    refused(lab("quality", str(tmp_path / "none")), 3, "audit.jsonl")
    refused(lab("quality", run, "--by", "weather"), 2, "weather", "regime")
    refused(lab("quality", run, "--by", "side,side"), 2, "twice")
    refused(lab("quality", run, "--path", "B"), 2, "--path B", "has one path")
    with_demo = tmp_path / "demo"
    assert demo("--shadow", "--iterations", "2", "--out", str(with_demo)).code == 0
    refused(lab("quality", str(with_demo)), 2, "replay")
    damaged = tmp_path / "damaged"
    shutil.copytree(made / "run", damaged)
    path = damaged / "audit.jsonl"
    path.write_text(path.read_text("ascii").replace('"capture_htl":-', '"capture_htl":', 1), "ascii")
    refused(lab("quality", str(damaged)), 6, "chain")
