"""``conformance``: the published order scenarios hold, and a row that is wrong is noticed."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.kit import order_scenarios as kit
from tests.kit.cli import lab
from tools.lab.conformance import lines
from tools.lab.scenario_run import Outcome, run_scenario
from tools.lab.scenarios import read_scenarios

SMALL = Path(__file__).parent / "order_scenarios" / "small.json"
shared_file = pytest.mark.skipif(not kit.FILE.is_file(), reason=f"{kit.FILE.name} is not here")
shared_page = pytest.mark.skipif(not kit.PAGE.is_file(), reason=f"{kit.PAGE.name} is not here")
FOUNDED = ("source_table", "source_scaled", "source_partial", "source_statement", "venue_doc")


def total(out: str) -> dict[str, int]:
    return json.loads(out)["total"]


# -- the published scenarios -----------------------------------------------------------------


@shared_file
def test_the_shared_file_holds() -> None:
    reports = sum(
        step["dir"] == "out"
        for scenario in json.loads(kit.FILE.read_text())["scenarios"]
        for step in scenario["steps"]
    )
    done = lab("conformance", str(kit.FILE), "--format", "json")
    assert (done.code, done.err) == (0, "")
    found = total(done.out)
    # E.1.a, row 2: the published table itself shows LeavesQty 0 while New.
    assert (found["held"], found["differing"], found["argued"]) == (reports - 1, 0, 1)
    evidence = json.loads(done.out)["evidence"]
    assert all(evidence[level]["held"] > 0 for level in FOUNDED)


@shared_page
def test_all_sequences_of_the_page_hold(tmp_path: Path) -> None:
    made = kit.from_page(kit.PAGE.read_text(encoding="utf-8"))["scenarios"]
    assert len(made) == 62
    done = lab("conformance", kit.write(tmp_path / "all.json", made))
    assert (done.code, done.err) == (0, "")
    ids = [line.partition(" ")[0] for line in done.out.splitlines()]
    assert ids == [item["id"] for item in made] + ["total"]
    reports = sum(step["dir"] == "out" for item in made for step in item["steps"])
    assert reports >= 298  # as many an independent ledger computed; the rest are not to be believed
    wanted = f"total of 62 scenarios: {reports - 1} held, 0 differing, 1 argued |"
    assert done.out.splitlines()[-1].startswith(wanted)


@shared_page
@pytest.mark.parametrize("expect", ["reject_report", "bad_arithmetic", "keep_what_was", None])
def test_what_contradicts_itself_changes_nothing(tmp_path: Path, expect: str | None) -> None:
    made = kit.from_page(kit.PAGE.read_text(encoding="utf-8"))["scenarios"]
    one = next(item for item in made if item["id"] == "X.8")
    one["steps"][2]["expect"] = expect
    after = {**one["steps"][1], "exec_type": "OrderStatus", "t": "4", "exec_id": None}
    one["steps"].append(after)  # New, 10000, 0, 10000 once more
    done = lab("conformance", kit.write(tmp_path / "x8.json", [one]), "--format", "json")
    rows = json.loads(done.out)["scenarios"][0]["rows"]
    assert "BAD_ARITHMETIC" in rows[0]["note"] and len(rows) == 1
    # Without `expect` the file means what it states, and that is not what the ledger keeps.
    assert done.code == (6 if expect is None else 0)


@shared_page
@pytest.mark.parametrize("expect", [None, "late_fill", "fill_after_cancel"])
def test_a_fill_after_the_cancel_is_booked(tmp_path: Path, expect: str | None) -> None:
    made = kit.from_page(kit.PAGE.read_text(encoding="utf-8"))["scenarios"]
    one = next(item for item in made if item["id"] == "X.6")
    one["steps"][4]["expect"] = expect
    assert lab("conformance", kit.write(tmp_path / "x6.json", [one])).code == 0
    one["steps"][4]["cum_qty"] = 3001
    assert lab("conformance", kit.write(tmp_path / "x6.json", [one])).code == 6


# -- a row that is wrong ---------------------------------------------------------------------


def changed(step: dict[str, Any]) -> list[tuple[str, object]]:
    """Return every single change of a row's statements that makes it wrong."""
    out: list[tuple[str, object]] = []
    known = {step["ord_status"].replace("_", "").upper().replace("INMATCH", "")}
    out += [
        ("ord_status", other)
        for other in ("New", "PartiallyFilled", "Filled", "Canceled", "PendingCancel", "Rejected")
        if other.upper() not in known
    ]
    for name in ("cum_qty", "leaves_qty"):
        if step.get(name) is not None:
            out += [(name, step[name] + 1), (name, step[name] + 1000)]
    if step.get("last_qty") and step["exec_type"] in ("Trade", "TRADE", "TradeCorrect"):
        out.append(("last_qty", step["last_qty"] - 1))
    return out


def unnoticed(scenarios: list[dict[str, Any]], folder: Path) -> list[tuple[str, int, str]]:
    """Change one field of one row at a time; return those changes after which nothing differs."""
    quiet: list[tuple[str, int, str]] = []
    wrong: list[dict[str, Any]] = []
    what: list[tuple[str, int, str]] = []
    for scenario in scenarios:
        for at, step in enumerate(scenario["steps"]):
            for field, value in changed(step) if step["dir"] == "out" else ():
                one = copy.deepcopy(scenario)
                one["steps"][at][field] = value
                one["id"] = f"{scenario['id']} #{len(wrong)}"
                wrong.append(one)
                what.append((scenario["id"], at + 1, field))
    for place, scenario in zip(what, read_scenarios(kit.write(folder / "wrong.json", wrong)), strict=True):
        if run_scenario(scenario).count(Outcome.DIFFERING) == 0:
            quiet.append(place)
    return quiet


@shared_page
def test_every_wrong_row_is_noticed(tmp_path: Path) -> None:
    """One changed field, one row at a time: only rows that are not to be believed hide it."""
    made = kit.from_page(kit.PAGE.read_text(encoding="utf-8"))["scenarios"]
    excused = {
        (name, number)
        for name, rows in kit.BESIDE.items()
        for number, fields in rows.items()
        if "anomaly" in fields or "expect" in fields
    }
    quiet = unnoticed(made, tmp_path)
    assert {(name, number) for name, number, _ in quiet} <= excused
    # What an execution itself says is noticed even where its totals are not to be believed.
    assert not [place for place in quiet if place[0] in ("X.3", "X.4")]


@shared_file
def test_every_wrong_row_of_the_shared_file_is_noticed(tmp_path: Path) -> None:
    listed = json.loads(kit.FILE.read_text())["scenarios"]
    excused = {
        (scenario["id"], at + 1)
        for scenario in listed
        for at, step in enumerate(scenario["steps"])
        if step.get("anomaly") or step.get("expect")
    }
    assert {(name, number) for name, number, _ in unnoticed(listed, tmp_path)} <= excused


def test_a_wrong_row_is_told_with_what_was_computed() -> None:
    done = lab("conformance", str(SMALL))
    assert done.code == 6
    assert done.err == f"execlab conformance: {SMALL}: 3 rows differ\n"
    assert done.out.splitlines() == [
        "S.1 arithmetic: 4 held, 0 differing, 0 argued",
        (
            "S.2 made_wrong: 0 held, 3 differing, 0 argued"
            " | row 2 (NEW at 2) differing: status expected CANCELED, computed NEW"
            " | row 3 (TRADE at 3) differing: avg_px expected 21, computed 20"
            " | row 4 (TRADE at 4) differing: status expected FILLED, computed PARTIALLY_FILLED;"
            " cum_qty expected 3, computed 1;"
            " quarantined as BAD_ARITHMETIC: a remainder that is not quantity less total"
        ),
        (
            "S.3 arithmetic: 6 held, 0 differing, 1 argued"
            " | row 3 (Trade at 3) held: refuse_arithmetic, BAD_ARITHMETIC: unchanged"
            " | row 5 (Trade at 5) held: keep_the_first, CONFLICT: unchanged"
            " | row 7 (Trade at 7) held: filled_after_the_cancel, LATE: as stated"
            " | row 9 (OrderStatus at 9) argued: leaves_qty expected 5, computed 0;"
            " the file: the venue counts what it will not fill"
        ),
        (
            "total of 3 scenarios: 10 held, 3 differing, 1 argued"
            " | arithmetic 10 held, 0 differing, 1 argued | made_wrong 0 held, 3 differing, 0 argued"
        ),
    ]


def test_json_says_what_the_text_says() -> None:
    done = lab("conformance", str(SMALL), "--format", "json")
    found = json.loads(done.out)
    text = lines([run_scenario(scenario) for scenario in read_scenarios(str(SMALL))])
    assert done.code == 6 and done.out.endswith("\n") and done.out.count("\n") == 1
    assert found["total"] == {"argued": 1, "differing": 3, "held": 10, "scenarios": 3}
    for line, scenario in zip(text, found["scenarios"], strict=False):
        assert line.startswith(f"{scenario['id']} {scenario['evidence']}: {scenario['held']} held, ")
        assert [row["note"] in line for row in scenario["rows"]] == [True] * len(scenario["rows"])


# -- a file that cannot be used --------------------------------------------------------------

STEP = {"t": "1", "dir": "in", "event": "NewOrder", "order_qty": 1, "cl_ord_id": "X"}
TOLD = {
    "t": "2", "dir": "out", "event": "ExecutionReport", "exec_type": "New", "ord_status": "New",
    "order_qty": 1, "cum_qty": 0, "leaves_qty": 1, "cl_ord_id": "X",
}  # fmt: skip


def of(*steps: object) -> object:
    return {"scenarios": [{"id": "T.1", "title": "", "evidence": "made", "steps": list(steps)}]}


ILL_FORMED = [
    (None, "cannot be read (No such file or directory)"),
    ("{", "not JSON ("),
    ("[" * 100_000, "not JSON ("),
    ('{"scenarios": NaN}', "not JSON (NaN is no number)"),
    ([], "holds no list `scenarios`"),
    ({"scenarios": []}, "holds no list `scenarios`"),
    ({"scenarios": [7]}, "scenario number 1: has no id"),
    ({"scenarios": [{"steps": []}]}, "scenario number 1: has no id"),
    ({"scenarios": [{"id": "\ud800", "steps": [STEP]}]}, "scenario number 1: has no id"),
    (of({**STEP, "text": "\udfff"}), "scenario T.1, row 1: text is no text"),
    ({"scenarios": [{"id": "T.1"}]}, "scenario T.1: holds no list `steps`"),
    (of(), "scenario T.1: holds no list `steps`"),
    (of(STEP, 3), "scenario T.1, row 2: is no object"),
    (of({**STEP, "event": "NewOrdr"}), "scenario T.1, row 1: dir 'in' with event 'NewOrdr'; known are in: "),
    (of({**STEP, "dir": None}), "scenario T.1, row 1: dir '' with event 'NewOrder'; known are in: "),
    (of({**STEP, "order_qty": "ten"}), "scenario T.1, row 1: order_qty is no number"),
    (of({**STEP, "order_qty": True}), "scenario T.1, row 1: order_qty is no number"),
    (of({**STEP, "order_qty": [1]}), "scenario T.1, row 1: order_qty is no number"),
    (of({**STEP, "order_qty": 1e-9}), "scenario T.1, row 1: order_qty: "),
    (of({**STEP, "cl_ord_id": ["X"]}), "scenario T.1, row 1: cl_ord_id is no text"),
    (of(STEP, {**TOLD, "exec_type": "Trades"}),
     "scenario T.1, row 2: exec_type 'Trades' is none of FIX or Binance"),
    (of(STEP, {**TOLD, "ord_status": "Nwe"}),
     "scenario T.1, row 2: ord_status 'Nwe' is none of FIX or Binance"),
    (of(STEP, {**TOLD, "ord_status": None}),
     "scenario T.1, row 2: a report without ord_status says nothing that could be checked"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "says"), ILL_FORMED)
def test_an_ill_formed_file_is_one_line(tmp_path: Path, content: object, says: str) -> None:
    path = tmp_path / "scenarios.json"
    if content is not None:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    done = lab("conformance", str(path))
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith(f"execlab conformance: {path}: {says}")
    assert done.err.count("\n") == 1


def test_the_same_id_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "scenarios.json"
    path.write_text(json.dumps({"scenarios": [{"id": "T.1", "steps": [STEP]}] * 2}))
    assert lab("conformance", str(path)).err == (
        f"execlab conformance: {path}: scenario T.1: stands there twice\n"
    )


# -- what a row becomes ----------------------------------------------------------------------


def result(tmp_path: Path, *steps: dict[str, Any], title: str = "") -> dict[str, Any]:
    scenario = {"id": "T.1", "title": title, "evidence": "made", "steps": list(steps)}
    done = lab("conformance", kit.write(tmp_path / "one.json", [scenario]), "--format", "json")
    return {"code": done.code, **json.loads(done.out)["total"]}


def test_a_day_order_ends_with_the_day_and_a_gtc_order_does_not(tmp_path: Path) -> None:
    ended = {**TOLD, "exec_type": "DoneForDay", "ord_status": "DoneForDay", "t": "3", "leaves_qty": 0}
    assert result(tmp_path, STEP, TOLD, ended)["code"] == 0
    assert result(tmp_path, STEP, TOLD, ended, title="GTC over night")["code"] == 6
    assert result(tmp_path, {**STEP, "text": "GTC"}, TOLD, {**ended, "leaves_qty": 1})["code"] == 0
    assert result(tmp_path, STEP, TOLD, {**ended, "t": "D1.3", "leaves_qty": 1})["code"] == 0


def test_an_alternative_ends_where_it_stands(tmp_path: Path) -> None:
    refused = {**TOLD, "exec_type": "Rejected", "ord_status": "Rejected", "leaves_qty": 0}
    assert result(tmp_path, STEP, {**refused, "branch": "reject_alt"}, TOLD)["code"] == 0
    assert result(tmp_path, STEP, refused, TOLD)["code"] == 6


def test_a_lost_answer_leaves_the_order_pending(tmp_path: Path) -> None:
    note = {"t": "2", "dir": "note", "event": "Note", "text": "HTTP 503: unknown"}
    asked = {**TOLD, "exec_type": "OrderStatus", "ord_status": "PendingNew"}
    assert result(tmp_path, STEP, note, asked, TOLD)["code"] == 0


def test_an_order_of_an_amount_of_money(tmp_path: Path) -> None:
    cash = {**STEP, "order_qty": None, "cash_order_qty": 100}
    assert result(tmp_path, cash, {**TOLD, "order_qty": 5, "leaves_qty": 5})["code"] == 0
    # Before the venue has said how many lots it makes, none of them is known.
    asked = {"t": "2", "dir": "out", "event": "ExecutionReport", "exec_type": "OrderStatus",
             "ord_status": "PendingNew", "cum_qty": 0, "leaves_qty": 0, "cl_ord_id": "X"}  # fmt: skip
    assert result(tmp_path, cash, asked)["code"] == 0
