"""``observe`` and ``microprice`` from the command line: bytes, columns, refusals, pipes."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from io import StringIO
from itertools import pairwise
from pathlib import Path

import pytest

from tests.kit.cli import ROOT, lab
from tools.lab.observe import Observation, columns_of, period_ns
from tools.lab.synthesize import synthesize, write_recording
from tools.observer.gauges import GAUGES

ALL = [column.name for column in columns_of(GAUGES)]


@pytest.fixture(scope="module")
def day(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("observe") / "day.gz"
    write_recording(path, synthesize(7, 4, "major"))
    return str(path)


def test_one_record_for_each_second_in_order(day: str) -> None:
    done = lab("observe", day)
    assert done.code == 0
    rows = [json.loads(line) for line in done.out.splitlines()]
    times = [row["time_ns"] for row in rows]
    assert times == list(range(times[0], times[-1] + 1, 10**9))
    assert all(sorted(row) == sorted(ALL) for row in rows)
    assert all(list(row) == sorted(row) for row in rows)
    assert {row["instrument"] for row in rows} == {"binance-usdm:BTCUSDT"}
    assert done.err == f"execlab observe: {len(rows)} records of {len(ALL)} columns\n"
    assert lab("observe", day).out == done.out


def test_the_csv_says_the_same(day: str) -> None:
    rows = [json.loads(line) for line in lab("observe", day).out.splitlines()]
    read = list(csv.DictReader(StringIO(lab("observe", day, "--format", "csv").out)))
    assert list(read[0]) == ALL
    assert len(read) == len(rows)
    for row, told in zip(read, rows, strict=True):
        assert row == {name: "" if told[name] is None else str(told[name]) for name in ALL}


def test_effective_is_realised_and_impact_in_every_record(day: str) -> None:
    known = 0
    for line in lab("observe", day, "--gauges", "costs", "--every", "250ms").out.splitlines():
        row = json.loads(line)
        for h in ("100ms", "1s", "5s", "30s", "60s"):
            if row[f"effective_{h}_60s_htl"] is not None:
                known += 1
                parts = row[f"realised_{h}_60s_htl"] + row[f"impact_{h}_60s_htl"]
                assert row[f"effective_{h}_60s_htl"] == parts
    assert known > 1_000


def test_what_is_not_asked_for_is_not_there(day: str) -> None:
    few = json.loads(lab("observe", day, "--gauges", "none", "--every", "1min").out.splitlines()[0])
    assert few["join"] in ("exchange", None) and "rv_60s_ht2" in few
    some = json.loads(lab("observe", day, "--gauges", "volatility", "--every", "1min").out.splitlines()[0])
    assert sorted(set(some) - set(few)) == sorted(c.name for c in columns_of(("volatility",))[len(few) :])


def test_a_period_does_not_change_the_figures_at_common_times(day: str) -> None:
    often = {
        json.loads(line)["time_ns"]: line for line in lab("observe", day, "--every", "250ms").out.splitlines()
    }
    seconds = lab("observe", day).out.splitlines()
    assert all(often[json.loads(line)["time_ns"]] == line for line in seconds)


def test_the_reference_agrees_and_says_so(day: str) -> None:
    done = lab("observe", day, "--reference", "--every", "5s")
    assert done.code == 0
    assert ", 0 differ\n" in done.err


def test_a_difference_is_exit_6(day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from tools.lab import reference

    right = reference.Reference.figures

    def wrong(self, now_ns, book_state=None):
        return {**right(self, now_ns, book_state), "bid_lots": -1}

    monkeypatch.setattr(reference.Reference, "figures", wrong)
    done = lab("observe", day, "--reference", "--every", "1min", "--quiet")
    assert done.code == 6
    assert "bid_lots is" in done.err and "not -1" in done.err


def test_no_record_where_there_was_no_feed_for_days(tmp_path: Path, day: str) -> None:
    lines = gzip.decompress(Path(day).read_bytes()).splitlines()[:400]
    later = []
    for line in lines:
        stamp, _, rest = line.partition(b" ")
        later.append(str(int(stamp) + 3 * 86_400 * 10**9).encode() + b" " + rest)
    path = tmp_path / "hole.txt"
    path.write_bytes(b"\n".join([*lines, *later]) + b"\n")
    times = [json.loads(line)["time_ns"] for line in lab("observe", str(path)).out.splitlines()]
    assert len(times) < 200
    assert max(two - one for one, two in pairwise(times)) > 2 * 86_400 * 10**9


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--every", "0s"], 2, "a period such as 1s"),
        (["--every", "5"], 2, "a period such as 1s"),
        (["--gauges", "costs,odd"], 2, "no gauge 'odd'; known: costs"),
        (["--symbol", "ODD"], 2, "--symbol ODD: not an instrument"),
        (["--microprice", "nowhere.json"], 3, "nowhere.json: no such file"),
        (["--microprice", "nowhere.json", "--gauges", "costs"], 4, "microprice is not among"),
    ],
)
def test_refusals_are_one_line(day: str, arguments: list[str], code: int, said: str) -> None:
    done = lab("observe", day, *arguments)
    assert (done.code, done.out) == (code, "")
    assert said in done.err and done.err.count("\n") == 1


def test_a_missing_or_damaged_file(day: str, tmp_path: Path) -> None:
    assert lab("observe", str(tmp_path / "none.gz")).code == 3
    cut = tmp_path / "cut.gz"
    cut.write_bytes(Path(day).read_bytes()[:20_000])
    done = lab("observe", str(cut))
    assert done.code == 3
    assert done.out.count("\n") > 3, "what was readable is processed first"
    assert "Traceback" not in done.err


def test_a_closed_pipe_is_the_end_and_no_error(day: str) -> None:
    command = [sys.executable, "-m", "tools.lab", "observe", day, "--every", "10ms"]
    run = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert run.stdout is not None and run.stderr is not None
    assert run.stdout.readline().startswith(b"{")
    run.stdout.close()
    err = run.stderr.read()
    run.stderr.close()
    assert run.wait(60) == 0
    assert b"Traceback" not in err and b"BrokenPipe" not in err
    assert int(err.split(b":")[1].split()[0]) < 24_000, "it stopped before the end"


def test_a_table_is_written_read_and_named_in_the_records(day: str, tmp_path: Path) -> None:
    table = tmp_path / "table.json"
    key = "binance-usdm:BTCUSDT"
    done = lab("microprice", day, "--symbol", key, "--out", str(table))
    assert (done.code, done.out) == (0, "")
    body = json.loads(table.read_text())
    assert lab("microprice", day, "--symbol", key).out == table.read_text()
    assert (body["instrument"], body["schema"], len(body["shift_ppm"])) == (key, 1, 20)
    assert body["inputs"][0]["name"] == "day.gz"
    for row in (body["shift_ppm"][:10], body["shift_ppm"][10:]):
        assert [-shift for shift in reversed(row)] == row
    rows = [json.loads(line) for line in lab("observe", day, "--microprice", str(table)).out.splitlines()]
    assert {row["micro_table"] for row in rows} == {body["version"]}
    seen = [row["micro_shift_ppm"] for row in rows if row["micro_shift_ppm"] is not None]
    assert seen and set(seen) <= set(body["shift_ppm"])


def test_a_changed_table_is_refused(day: str, tmp_path: Path) -> None:
    table = tmp_path / "table.json"
    lab("microprice", day, "--symbol", "binance-usdm:BTCUSDT", "--out", str(table))
    body = json.loads(table.read_text())
    body["shift_ppm"][3] += 1
    for text, said in (
        (json.dumps(body), "changed by hand"),
        ("{}", "not a microprice table"),
        ("x", "not JSON"),
    ):
        table.write_text(text)
        done = lab("observe", day, "--microprice", str(table))
        assert (done.code, done.out) == (4, "")
        assert said in done.err and done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--symbol", "ODD"], 2),
        (["--symbol", "binance-spot:BTCUSDT"], 3),
        (["--symbol", "x", "--buckets", "1"], 2),
    ],
)
def test_no_table_without_quotes(day: str, arguments: list[str], code: int) -> None:
    assert lab("microprice", day, *arguments).code == code


def test_periods() -> None:
    assert [period_ns(text) for text in ("1s", "250 ms", "2min", "1h")] == [
        10**9,
        25 * 10**7,
        12 * 10**10,
        36 * 10**11,
    ]


def test_a_period_below_a_millisecond_is_the_callers_mistake() -> None:
    from tools.core.errors import UsageError

    with pytest.raises(UsageError):
        Observation({}, {}, 999_999)
