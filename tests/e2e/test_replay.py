"""``replay``: what comes in damaged is set aside and counted, and nothing is ever guessed.

All recordings here are made up; the market is that of ``synthesize``.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.kit.cli import ROOT, Done, lab
from tools.live.feeds.synthetic import START_NS, synthesize

S = 1_000_000_000
QUICK_START = '[start]\nmin_samples = 10\ncooldown = "5 s"\nprobation = "5 s"\n'
LINES = list(synthesize(42, 1))
KEY = "binance-usdm:BTCUSDT"


def trade_line(changes: str = "", *, drop: str = "", stamp_ns: int = 0) -> bytes:
    """Return a good trade line between two others, with one field replaced or dropped."""
    fields = {
        "e": '"trade"', "E": "1735689610000", "T": "1735689610000", "s": '"BTCUSDT"', "t": "1",
        "p": '"93500.00"', "q": '"0.001"', "X": '"MARKET"', "m": "true",
    }  # fmt: skip
    if changes:
        name, _, value = changes.partition("=")
        fields[name] = value
    body = ",".join(f'"{name}":{value}' for name, value in fields.items() if name != drop)
    return f'{stamp_ns or middle_ns()} {{"stream":"btcusdt@trade","data":{{{body}}}}}\n'.encode()


def middle_ns() -> int:
    return int(LINES[300].split(b" ")[0])


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., str]:
    """Return ``file(lines, name)``, which writes lines or bytes and returns the path."""

    def write(content: list[bytes] | bytes, name: str = "input.log") -> str:
        path = tmp_path / name
        data = content if isinstance(content, bytes) else b"".join(content)
        path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
        return str(path)

    return write


@pytest.fixture
def quick(tmp_path: Path) -> list[str]:
    """Return the arguments of a configuration that warms up within half a minute."""
    path = tmp_path / "quick.toml"
    path.write_text(QUICK_START)
    return ["--config", str(path)]


def calm(done: Done) -> dict[str, Any]:
    """Return the report of a run that neither broke nor said more than one line."""
    assert "Traceback" not in done.err
    assert done.err.count("\n") <= 1, done.err
    report = json.loads(done.out)
    assert isinstance(report, dict)
    feed = report["feed"]
    kept = sum(feed["kinds"].values()) + sum(feed["ignored"].values()) + feed["filtered"]
    assert feed["lines"] == kept + sum(feed["quarantined"].values())
    for body in report["instruments"].values():
        assert body["evaluations"] == body["with_order"] + sum(body["without_order"].values())
    return report


def refused(done: Done, code: int, *said: str) -> None:
    """Hold that a run printed no report and one line that says what was asked."""
    assert (done.code, done.out) == (code, ""), (done.code, done.err)
    assert done.err.count("\n") == 1 and "Traceback" not in done.err, done.err
    for text in said:
        assert text in done.err


# --- never eligible, each with a reason of its own ----------------------------------------


def only(kind: str) -> list[bytes]:
    return [line for line in LINES if f"@{kind}".encode() in line]


def dead() -> list[bytes]:
    """Return a market that falls silent after two seconds, but for one message a minute on."""
    early = [line for line in LINES if int(line.split(b" ")[0]) < START_NS + 2 * S]
    return [*early, LINES[-1]]


def crossed() -> list[bytes]:
    out = []
    for line in LINES:
        if b"bookTicker" in line:
            line = line.replace(b'"b":', b'"?":').replace(b'"a":', b'"b":').replace(b'"?":', b'"a":')
        out.append(line)
    return out


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (only("trade"), "regime:QUOTES_MISSING"),
        (only("bookTicker"), "regime:TRADES_MISSING"),
        (dead(), "regime:LINK_STALE"),
        (crossed(), "regime:CROSSED_BOOK"),
    ],
    ids=["only-trades", "only-quotes", "dead-feed", "crossed-book"],
)
def test_never_eligible_and_why(
    lines: list[bytes], reason: str, file: Callable[..., str], quick: list[str]
) -> None:
    done = lab("replay", file(lines), *quick)
    assert done.code == 0, done.err
    body = calm(done)["instruments"][KEY]
    reasons = body["without_order"]
    assert "eligible" not in reasons
    assert max(reasons, key=lambda name: reasons[name]) == reason, reasons
    assert set(body["gate"]["time_ns"]) <= {"BLOCKED", "COOLDOWN"}


def test_the_same_market_whole_is_eligible(file: Callable[..., str], quick: list[str]) -> None:
    """The counterpart: each market of the table above is this one with something taken away."""
    report = calm(lab("replay", file(LINES), *quick))
    body = report["instruments"][KEY]
    assert body["with_order"] > 0
    quoted = [count for reason, count in body["without_order"].items() if reason.startswith("quoter:")]
    assert sum(quoted) > 100


def test_an_empty_file_has_nothing_to_be_eligible_for(file: Callable[..., str]) -> None:
    done = lab("replay", file(b"", "nothing.log"))
    assert done.code == 0
    report = calm(done)
    assert report["instruments"] == {}
    assert report["notes"] == ["nothing.log: is empty"]
    assert "nothing.log: is empty" in done.err


# --- damage: set aside, counted, the rest kept --------------------------------------------

LONG = "9" * 5_000
DEEP = "[" * 5_000 + "]" * 5_000
BAD_LINES = [
    ("nan", trade_line("p=NaN"), "NOT_JSON"),
    ("infinity", trade_line("q=-Infinity"), "NOT_JSON"),
    ("negative-price", trade_line('p="-93500.00"'), "BAD_PRICE"),
    ("zero-price", trade_line('p="0.00"'), "BAD_PRICE"),
    ("between-ticks", trade_line('p="93500.05"'), "BAD_PRICE"),
    ("nan-text", trade_line('p="NaN"'), "BAD_PRICE"),
    ("negative-quantity", trade_line('q="-0.001"'), "BAD_QUANTITY"),
    ("number-for-text", trade_line("p=93500.0"), "BAD_FIELD"),
    ("negative-id", trade_line("t=-1"), "BAD_ID"),
    ("huge-number", trade_line(f"t={LONG}"), "TOO_MANY_DIGITS"),
    ("huge-text", trade_line(f'p="{LONG}"'), "TOO_MANY_DIGITS"),
    ("nested", trade_line(f"p={DEEP}"), "TOO_DEEP"),
    ("no-price", trade_line(drop="p"), "MISSING_FIELD"),
    ("twice", trade_line('p="1","p":"2"'), "DUPLICATE_KEY"),
    ("time-as-text", trade_line('T="1735689610000"'), "BAD_FIELD"),
    ("year-1970", trade_line("T=5"), "BAD_TIME"),
    ("no-stamp", b'{"stream":"btcusdt@trade","data":{}}\n', "NO_TIMESTAMP"),
    ("stamp-of-5000-digits", LONG.encode() + b" {}\n", "NO_TIMESTAMP"),
    ("stamp-of-1970", b"1000 {}\n", "BAD_LOCAL_TIME"),
    ("a-year-ahead", trade_line(stamp_ns=START_NS + 365 * 86_400 * S), "TIME_JUMP"),
    ("not-utf8", str(middle_ns()).encode() + b' {"\xff\xfe":1}\n', "NOT_UTF8"),
    ("blank", b"\n", "NO_TIMESTAMP"),
    ("cut", trade_line()[:80] + b"\n", "NOT_JSON"),
    ("other-json", str(middle_ns()).encode() + b" 7\n", "UNKNOWN_SHAPE"),
]


@pytest.mark.parametrize(
    ("line", "reason"), [row[1:] for row in BAD_LINES], ids=[row[0] for row in BAD_LINES]
)
def test_a_bad_line_is_set_aside_and_the_rest_is_kept(
    line: bytes, reason: str, file: Callable[..., str]
) -> None:
    lines = LINES[:600]
    whole = calm(lab("replay", file(lines)))
    done = lab("replay", file([*lines[:300], line, *lines[300:]], "damaged.log"))
    assert done.code == 0, done.err
    report = calm(done)
    assert report["feed"]["quarantined"] == {reason: 1}
    assert report["feed"]["first_place"] == {reason: "damaged.log, line 301"}
    assert report["feed"]["kinds"] == whole["feed"]["kinds"]
    seen, expected = (r["instruments"][KEY]["observer"] for r in (report, whole))
    assert seen["status_bad"] == 1
    assert seen["quotes_applied"] == expected["quotes_applied"]
    assert seen["trades_applied"] == expected["trades_applied"]


@pytest.mark.parametrize(
    ("line", "counted"),
    [
        (trade_line('zzz={"new":[1,2]}'), {"kinds": {"Trade": 1}}),
        (trade_line('X="NEW_KIND"'), {"kinds": {"Trade": 1}}),
        (trade_line('e="newEvent"'), {"ignored": {"UNKNOWN_TYPE": 1}}),
    ],
    ids=["unknown-field", "unknown-mark", "unknown-event"],
)
def test_what_is_new_is_no_damage(
    line: bytes, counted: dict[str, dict[str, int]], file: Callable[..., str]
) -> None:
    done = lab("replay", file([line]))
    assert done.code == 0, done.err
    feed = calm(done)["feed"]
    assert feed["quarantined"] == {}
    for block, counts in counted.items():
        assert feed[block] == counts


def test_a_trade_with_an_unknown_mark_is_counted_and_touches_nothing(file: Callable[..., str]) -> None:
    body = calm(lab("replay", file([trade_line('X="NEW_KIND"')])))["instruments"][KEY]
    assert (body["observer"]["trades_other_market"], body["observer"]["trades_applied"]) == (1, 0)


@pytest.mark.parametrize("seed", range(4))
def test_random_bytes(seed: int, file: Callable[..., str]) -> None:
    data = Random(seed).randbytes(20_000)
    while data[:2] == b"\x1f\x8b":
        data = data[1:]
    done = lab("replay", file(data))
    assert done.code == 3, done.err  # the report first, then what was wrong with the file
    report = calm(done)
    assert report["instruments"] == {}
    assert len(report["problems"]) == 1 and "no line of a recording" in report["problems"][0]
    assert sum(report["feed"]["quarantined"].values()) == report["feed"]["lines"] > 10


def test_random_bytes_within_a_recording(file: Callable[..., str]) -> None:
    noise = b"".join(Random(7).randbytes(200).replace(b"\n", b" ") + b"\n" for _ in range(20))
    report = calm(lab("replay", file([*LINES[:300], noise, *LINES[300:600]])))
    assert sum(report["feed"]["quarantined"].values()) == 20
    assert sum(report["feed"]["kinds"].values()) == 600


def test_a_gzip_that_was_cut_off_is_reported_first_and_is_exit_3(file: Callable[..., str]) -> None:
    path = file(LINES, "cut.log.gz")
    data = Path(path).read_bytes()
    Path(path).write_bytes(data[: len(data) // 2])
    done = lab("replay", path)
    assert done.code == 3
    report = calm(done)
    assert 0 < sum(report["feed"]["kinds"].values()) < len(LINES)
    assert len(report["problems"]) == 1 and "cut.log.gz" in report["problems"][0]
    assert "cut.log.gz" in done.err


def test_a_gzip_with_a_damaged_middle_is_exit_3_and_what_came_before_is_kept(
    file: Callable[..., str],
) -> None:
    path = file(LINES, "bent.log.gz")
    data = bytearray(Path(path).read_bytes())
    data[len(data) // 2] ^= 0xFF
    Path(path).write_bytes(data)
    done = lab("replay", path)
    assert done.code == 3
    assert sum(calm(done)["feed"]["kinds"].values()) > 10


def test_a_torn_last_line_is_set_aside(file: Callable[..., str]) -> None:
    done = lab("replay", file([*LINES[:50], LINES[50][:70]]))
    assert done.code == 0, done.err
    feed = calm(done)["feed"]
    assert feed["quarantined"] == {"TORN_LINE": 1}
    assert sum(feed["kinds"].values()) == 50


def test_a_last_line_without_its_end_is_a_line(file: Callable[..., str]) -> None:
    feed = calm(lab("replay", file([*LINES[:50], LINES[50].rstrip()])))["feed"]
    assert feed["quarantined"] == {}
    assert sum(feed["kinds"].values()) == 51


def test_bad_lines_warn_the_gate(file: Callable[..., str], quick: list[str], tmp_path: Path) -> None:
    bad = trade_line('p="-1"', stamp_ns=int(LINES[-200].split(b" ")[0]))
    out = tmp_path / "out"
    done = lab("replay", file([*LINES[:-199], bad, *LINES[-199:]]), *quick, "--out", str(out))
    assert done.code == 0
    records = [json.loads(line) for line in (out / "audit.jsonl").read_text().splitlines()]
    assert [r["reason"] for r in records if r["kind"] == "permission"].count("BAD_LINES") == 1
    (told,) = [r for r in records if r["kind"] == "feed"]
    assert (told["status"], told["detail"]) == ("QUARANTINED", "BAD_PRICE")
    assert told["value"] == len(LINES) - 198


# --- refusals -----------------------------------------------------------------------------


def test_an_unknown_instrument_is_exit_4_and_names_the_table_to_add(file: Callable[..., str]) -> None:
    lines = [line.replace(b"BTCUSDT", b"DOGEUSDT").replace(b"btcusdt", b"dogeusdt") for line in LINES[:9]]
    refused(lab("replay", file(lines)), 4, "binance-usdm.DOGEUSDT", "instruments.toml", "tick", "lot")


def test_the_table_that_was_asked_for_is_enough(file: Callable[..., str], tmp_path: Path) -> None:
    lines = [line.replace(b"BTCUSDT", b"DOGEUSDT").replace(b"btcusdt", b"dogeusdt") for line in LINES[:99]]
    table = tmp_path / "instruments.toml"
    table.write_text('[binance-usdm.DOGEUSDT]\ntick = "0.1"\nlot = "0.001"\n')
    report = calm(lab("replay", file(lines), "--instruments", str(table)))
    assert list(report["instruments"]) == ["binance-usdm:DOGEUSDT"]


def test_a_missing_file_is_exit_3_by_name(file: Callable[..., str], tmp_path: Path) -> None:
    missing = str(tmp_path / "not-here.gz")
    refused(lab("replay", file(LINES[:5]), missing), 3, missing)
    refused(lab("replay", str(tmp_path)), 3, str(tmp_path))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[start]\nmin_sample = 3\n", ["start.min_sample:", "did you mean min_samples?"]),
        ('[start]\ncooldown = "20 parsecs"\n', ["start.cooldown:", "parsecs"]),
        ("[start]\ncooldown = 20\n", ["start.cooldown:", "unit"]),
        ('[start]\nmin_samples = "30"\n', ["start.min_samples:", "whole number"]),
        ("[start]\nmin_samples = true\n", ["start.min_samples:"]),
        ("[start]\nmin_samples = 0\n", ["start", "min_samples"]),
        ('[regime.caps]\nexcess = "5 bps"\n', ["regime.caps.excess:"]),
        ('[regime]\ndetector = "oracle"\n', ["oracle"]),
        ("[regimes]\n", ["regimes", "regime"]),
        ("[start\n", ["config.toml"]),
        ('[health]\nfactors = ["link_age", "luck"]\n', ["luck"]),
    ],
)
def test_a_bad_configuration_is_exit_4_with_the_dotted_path(
    text: str, said: list[str], file: Callable[..., str], tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(text)
    refused(lab("replay", file(LINES[:5]), "--config", str(config)), 4, *said)


def test_a_configuration_that_is_not_there_is_exit_3(file: Callable[..., str]) -> None:
    refused(lab("replay", file(LINES[:5]), "--config", "/nowhere/c.toml"), 3, "/nowhere/c.toml")


@pytest.mark.parametrize(
    "arguments",
    [[], ["x", "--detail", "some"], ["x", "--seed", "many"], ["x", "--unknown"]],
    ids=["no-file", "detail", "seed", "flag"],
)
def test_usage_is_exit_2(arguments: list[str]) -> None:
    refused(lab("replay", *arguments), 2)


def test_strict_stops_at_the_first_bad_line(file: Callable[..., str], tmp_path: Path) -> None:
    stamp, message = LINES[19].split(b" ", 1)[0], trade_line('p="-1"').split(b" ", 1)[1]
    path = file([*LINES[:20], stamp + b" " + message, *LINES[20:40]])
    out = tmp_path / "out"
    refused(
        lab("replay", path, "--strict", "--out", str(out)), 3, "input.log, line 21", "BAD_PRICE", "--strict"
    )
    assert list(out.iterdir()) == []  # no half of a run under the name of a whole one
    assert lab("replay", file(LINES[:40]), "--strict").code == 0


def test_strict_stops_where_no_line_has_a_time(file: Callable[..., str]) -> None:
    refused(lab("replay", file(b"no\ntimes\nhere\n"), "--strict"), 3, "line 1", "NO_TIMESTAMP")


# --- the same bytes -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def two_symbols() -> tuple[list[bytes], list[bytes]]:
    other = [line.replace(b"BTCUSDT", b"ETHUSDT").replace(b"btcusdt", b"ethusdt") for line in LINES[:700]]
    return LINES[:700], other


def test_symbol_keeps_one_and_filters_the_other(
    two_symbols: tuple[list[bytes], list[bytes]], file: Callable[..., str]
) -> None:
    one, two = file(two_symbols[0], "one.log"), file(two_symbols[1], "two.log")
    both = calm(lab("replay", one, two))
    alone = calm(lab("replay", one))
    for wanted in ("BTCUSDT", KEY):
        done = lab("replay", one, two, "--symbol", wanted)
        assert done.code == 0
        report = calm(done)
        assert list(report["instruments"]) == [KEY]
        assert report["instruments"] == alone["instruments"]
        assert report["feed"]["filtered"] == len(two_symbols[1])
        assert report["symbol"] == wanted
    assert set(both["instruments"]) == {KEY, "binance-usdm:ETHUSDT"}


def test_an_instrument_that_is_not_asked_for_need_not_be_known(file: Callable[..., str]) -> None:
    strange = [line.replace(b"BTCUSDT", b"DOGEUSDT").replace(b"btcusdt", b"dogeusdt") for line in LINES[:9]]
    done = lab("replay", file([*LINES[:9], *strange], "mixed.log"), "--symbol", "BTCUSDT")
    assert done.code == 0, done.err
    assert calm(done)["feed"]["filtered"] == 9


def test_the_report_is_the_same_at_every_detail_and_every_time(
    file: Callable[..., str], quick: list[str], tmp_path: Path
) -> None:
    path = file(LINES, "input.log.gz")
    runs = {}
    for name, arguments in {"a": [], "b": [], "full": ["--detail", "full"]}.items():
        done = lab("replay", path, *quick, "--out", str(tmp_path / name), *arguments)
        assert (done.code, done.err) == (0, "")
        assert (tmp_path / name / "report.json").read_text() == done.out
        runs[name] = done.out
    assert runs["a"] == runs["b"] == runs["full"]
    logs = {name: (tmp_path / name / "audit.jsonl").read_bytes() for name in runs}
    assert logs["a"] == logs["b"]
    evaluations = json.loads(runs["a"])["instruments"][KEY]["evaluations"]
    frames = [line for line in logs["full"].splitlines() if b'"kind":"frame"' in line]
    assert len(frames) == evaluations > len(logs["a"].splitlines())
    assert lab("replay", path, *quick).out == runs["a"]  # without --out as well


def test_a_pretty_report_holds_the_same(file: Callable[..., str], tmp_path: Path) -> None:
    path = file(LINES[:99])
    done = lab("replay", path, "--pretty", "--out", str(tmp_path / "out"))
    assert done.out == (tmp_path / "out" / "report.json").read_text()
    assert done.out.count("\n") > 20
    assert json.loads(done.out) == json.loads(lab("replay", path).out)


def test_the_order_of_files_that_follow_each_other_does_not_matter(
    two_symbols: tuple[list[bytes], list[bytes]], file: Callable[..., str]
) -> None:
    early, late = file(LINES[:400], "early.log"), file(LINES[400:700], "late.log.gz")
    whole = calm(lab("replay", file(LINES[:700], "whole.log")))
    forth, back = calm(lab("replay", early, late)), calm(lab("replay", late, early))
    assert forth["instruments"] == back["instruments"] == whole["instruments"]
    assert forth["feed"] == back["feed"]


def test_detail_full_says_more_than_what_changed(file: Callable[..., str], tmp_path: Path) -> None:
    lab("replay", file(LINES[:50]), "--detail", "full", "--out", str(tmp_path / "out"))
    lines = (tmp_path / "out" / "audit.jsonl").read_text().splitlines()
    frame = next(json.loads(line) for line in lines if '"kind":"frame"' in line)
    assert {"state", "regime", "permission", "health", "decision"} <= set(frame)


def test_the_side_file_alone_knows_the_machine(file: Callable[..., str], tmp_path: Path) -> None:
    path = file(LINES[:50])
    lab("replay", path, "--out", str(tmp_path / "out"))
    names = sorted(item.name for item in (tmp_path / "out").iterdir())
    assert names == ["audit.jsonl", "report.json", "run.meta.json"]
    for name in names[:2]:
        text = (tmp_path / "out" / name).read_text()
        assert str(tmp_path) not in text
    assert json.loads((tmp_path / "out" / "run.meta.json").read_text())["inputs"] == [path]


def test_the_audit_header_holds_the_whole_configuration(file: Callable[..., str], tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[start]\ncooldown = "20 s"\n')
    lab("replay", file(LINES[:50]), "--config", str(config), "--seed", "7", "--out", str(tmp_path / "out"))
    header = json.loads((tmp_path / "out" / "audit.jsonl").read_text().splitlines()[0])
    assert header["config"]["start"] == {
        "cooldown_ns": 20 * S,
        "min_samples": 120,
        "probation_ns": 30 * S,
    }
    assert (header["seed"], header["program"], header["inputs"][0]["name"]) == (7, "replay", "input.log")


def test_a_seed_is_that_of_every_draw(file: Callable[..., str], tmp_path: Path) -> None:
    day = file(list(synthesize(42, 4)))
    config = tmp_path / "config.toml"
    config.write_text('[start]\ncooldown = "0 s"\nprobation = "0 s"\n[paper]\nlatency_model = "empirical"\n')

    def acknowledged(*seed: str) -> list[int]:
        out = tmp_path / ("run" + "".join(seed))
        assert lab("replay", day, "--config", str(config), *seed, "--out", str(out)).code == 0
        records = [json.loads(line) for line in (out / "audit.jsonl").read_text().splitlines()]
        return [record["time_ns"] for record in records if record.get("report") == "ACCEPTED"]

    usual, seven = acknowledged(), acknowledged("--seed", "7")
    assert len(usual) > 10 and usual != seven
    assert acknowledged("--seed", "42") == usual  # as configured
    assert lab("verify", str(tmp_path / "run--seed7"), "--input", day).code == 0


def test_a_pipe_that_closes_is_no_error(file: Callable[..., str], tmp_path: Path) -> None:
    reader = subprocess.Popen([sys.executable, "-c", "pass"], stdin=subprocess.PIPE)
    reader.wait()
    assert reader.stdin is not None
    arguments = [
        sys.executable,
        "-m",
        "tools.lab",
        "replay",
        file(LINES[:50]),
        "--out",
        str(tmp_path / "out"),
    ]
    done = subprocess.run(
        arguments, stdout=reader.stdin, stderr=subprocess.PIPE, cwd=ROOT, timeout=60, check=False
    )
    reader.stdin.close()
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "out" / "report.json").stat().st_size > 100


def test_an_out_that_cannot_be_written_is_exit_3(file: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, no folder")
    path = file(LINES[:50])
    refused(lab("replay", path, "--out", str(tmp_path / "taken")), 3, "--out", "taken")
    refused(lab("replay", path, "--out", str(tmp_path / "taken" / "below")), 3, "--out")


def test_a_run_that_fails_leaves_the_earlier_run_alone(file: Callable[..., str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert lab("replay", file(LINES[:50]), "--out", str(out)).code == 0
    before = {item.name: item.read_bytes() for item in out.iterdir()}
    strange = [line.replace(b"BTCUSDT", b"DOGEUSDT").replace(b"btcusdt", b"dogeusdt") for line in LINES[:9]]
    assert lab("replay", file([*LINES[:9], *strange], "mixed.log"), "--out", str(out)).code == 4
    assert {item.name: item.read_bytes() for item in out.iterdir()} == before


def test_a_link_that_only_chatters_is_shut_within_eleven_seconds(
    file: Callable[..., str], quick: list[str], tmp_path: Path
) -> None:
    """Messages that carry nothing keep the link young, but no figure behind an order."""
    last_ns = int(LINES[-1].split(b" ")[0])
    chatter = [
        str(last_ns + step * S // 10).encode() + b' {"stream":"x","data":{"e":"newEvent"}}\n'
        for step in range(1, 300)
    ]
    out = tmp_path / "out"
    done = lab("replay", file([*LINES, *chatter]), *quick, "--out", str(out))
    assert done.code == 0
    assert calm(done)["feed"]["ignored"] == {"UNKNOWN_TYPE": 299}
    records = [json.loads(line) for line in (out / "audit.jsonl").read_text().splitlines()]
    decisions = [r for r in records if r["kind"] == "decision"]
    assert [r["eligible"] for r in decisions if r["time_ns"] <= last_ns][-1]
    assert not decisions[-1]["eligible"]
    assert decisions[-1]["time_ns"] <= last_ns + 11 * S
