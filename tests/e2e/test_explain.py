"""``explain``: asked about a moment of the made-up recording, it says what held and by how much."""

from __future__ import annotations

import json
import re
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from tests.kit.cli import Done, lab
from tools.core.instrument import Instrument
from tools.core.timestamps import format_iso, parse_iso
from tools.lab.explain_quality import about_order

KEY = "binance-usdm:BTCUSDT"
RE_EXECUTED = "re-executed from the inputs"
FROM_AUDIT = "From the audit log alone"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the recording of ``synthesize`` and its run; nobody changes it."""
    folder = tmp_path_factory.mktemp("explain")
    recording = str(folder / "made.log.gz")
    assert lab("synthesize", "--seed", "42", "--out", recording).code == 0
    assert lab("replay", recording, "--out", str(folder / "run")).code == 0
    return folder


def explained(folder: Path, *arguments: str) -> str:
    done = lab("explain", str(folder / "run"), *arguments)
    assert (done.code, done.err) == (0, ""), done.err
    return done.out


def refused(done: Done, code: int, *said: str) -> None:
    assert (done.code, done.out) == (code, ""), (done.code, done.out)
    assert done.err.count("\n") == 1 and "Traceback" not in done.err, done.err
    for text in said:
        assert text in done.err, done.err


def line_of(text: str, start: str) -> str:
    (line,) = [line for line in text.splitlines() if line.startswith(start)]
    return line


# Each scene of `tools.live.feeds.synthetic.SCENES` that closes something: when it is asked about,
# what had to be there (figure with its limit), and which layers bind.
@pytest.mark.parametrize(
    ("at", "no_order", "binding", "sentences"),
    [
        (  # latency spike from 06:40: nothing arrives for three seconds
            "00:06:43",
            "regime:LINK_STALE",
            "regime, permission, health",
            [
                r"The regime is UNSTABLE: LINK_STALE \(link age 3\.\d+ s, limit 3 s\)",
                r"The gate is BLOCKED: REGIME_CAPPED \(link age 3\.\d+ s, limit 3 s",
                r"Health is RED: LINK_AGE \(health score 0, limit 40; link age 3\.\d+ s, limit 3 s\)",
            ],
        ),
        (  # then the backlog, three seconds old
            "00:06:44",
            "regime:LATENCY_CAP",
            "regime, permission, health",
            [
                r"The regime is UNSTABLE: LATENCY_CAP \(excess (2\.99\d|3) s, limit 2 s\)",
                r"Health is RED: LATENCY_STALL \(.*excess (2\.99\d|3) s, limit 2 s",
            ],
        ),
        (  # gap at 09:00: 25 ids
            "00:09:05",
            "permission:COOLDOWN",
            "permission, health",
            [r"Health is RED: IDS_MISSING \(.*gap ids 60s 25, limit 10\)"],
        ),
        (  # crossed book from 09:30, not yet a second old
            "00:09:31",
            "permission:CROSSED_BOOK",
            "permission, health",
            [
                r"The gate is BLOCKED: CROSSED_BOOK",
                r"regime +crossed 99\d(\.\d+)? ms, limit 1 s",
            ],
        ),
        (
            "00:09:31.5",
            "regime:CROSSED_BOOK",
            "regime, permission, health",
            [r"The regime is UNSTABLE: CROSSED_BOOK \(crossed 1\.\d+ s, limit 1 s\)"],
        ),
        (  # dead feed from 11:20
            "00:11:25",
            "regime:LINK_STALE",
            "regime, permission, health",
            [r"The regime is UNSTABLE: LINK_STALE", r"regime +link age 5\.\d+ s, limit 3 s"],
        ),
        (  # start-up
            "00:01:00",
            "regime:WARMING_UP",
            "regime, permission, health",
            [
                r"The regime is UNKNOWN: WARMING_UP",
                r"The gate is BLOCKED: WARMING_UP \(samples \d+, limit 120\)",
            ],
        ),
    ],
)
def test_the_scenes(at: str, no_order: str, binding: str, sentences: list[str], made: Path) -> None:
    text = explained(made, "--at", at)
    assert f"No order was possible: {no_order}." in text
    assert f"What bound it: {binding}." in text
    for pattern in sentences:
        assert re.search(pattern, text), (pattern, text)
    assert RE_EXECUTED in text


def test_a_burst_narrows_and_does_not_forbid(made: Path) -> None:
    text = explained(made, "--at", "00:04:10")
    assert "An order was possible: up to IMPROVE, with 50 % of the budget." in text
    assert "What bound it: regime." in text
    assert re.search(r"The regime is FAST: TRADES_SHOCK \(.*trades 1s \d+, limit \d+\)", text)


def test_calm_is_bound_by_nothing(made: Path) -> None:
    text = explained(made, "--at", "00:03:55")
    assert "An order was possible: up to TAKE, with 100 % of the budget." in text
    assert "What bound it" not in text


def test_every_bound_says_how_much_of_it_is_used(made: Path) -> None:
    text = explained(made, "--at", "00:06:42")
    bound = next(line for line in text.splitlines() if re.match(r" +regime +link age", line))
    match = re.fullmatch(r" +regime +link age (\d)\.(\d+) s, limit 3 s \((\d+)\.(\d) % of it\)", bound)
    assert match is not None, bound
    observed_ms = int(match[1] + match[2].ljust(3, "0")[:3])
    assert abs(int(match[3] + match[4]) - observed_ms * 1000 // 3000) <= 1
    for layer in ("regime", "permission", "health"):
        assert re.search(rf"^ +{layer} .*limit", text, re.M), layer


@pytest.mark.parametrize(
    ("at", "left"),
    [
        ("00:08:00", r"permission +cooldown left (8\d(\.\d+)?) s"),  # shut until 09:25
        ("00:03:20", r"permission +probation left 20 s"),  # on probation until 03:40
        ("00:07:00", r"regime +dwell left (1\d(\.\d+)?) s"),  # UNSTABLE until 07:17
    ],
)
def test_a_bound_in_time_says_how_long_it_still_lasts(at: str, left: str, made: Path) -> None:
    """Headroom of what holds now: a cooldown's distance from letting go is the time left."""
    text = explained(made, "--at", at)
    assert re.search(left, text), text


def test_iso_and_time_of_day_say_the_same(made: Path) -> None:
    iso = explained(made, "--at", "2025-01-01T00:06:43Z")
    assert iso == explained(made, "--at", "00:06:43")
    assert iso == explained(made, "--at", "00:06:43.000")
    assert iso == explained(made, "--at", "2025-01-01T01:06:43+01:00")


def test_a_cancel_where_no_order_was_possible_is_told_as_one(made: Path) -> None:
    eligible = True
    for line in (made / "run" / "audit.jsonl").read_text().splitlines():
        record = json.loads(line)
        if record["kind"] == "decision":
            eligible = record["eligible"]
        elif record["kind"] == "cancel" and not eligible:
            text = explained(made, "--seq", str(record["seq"]))
            assert "No order was possible" in text and "an order action" not in text
            assert "It led to cancels of what rests, and to no order." in text
            return
    raise AssertionError("nothing was cancelled while no order was possible")


def test_seq_is_the_number_in_the_audit(made: Path) -> None:
    records = [json.loads(line) for line in (made / "run" / "audit.jsonl").read_text().splitlines()]
    record = next(r for r in records if r["kind"] == "regime" and r["reason"] == "CROSSED_BOOK")
    text = explained(made, "--seq", str(record["seq"]))
    assert f"(event {record['seq']})" in text
    assert "The regime is UNSTABLE: CROSSED_BOOK" in text
    before = explained(made, "--seq", str(record["seq"] - 1))
    assert "The regime is NORMAL" in before


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("12:00:00", ["12:00:00", "2025-01-01T00:00:00", "2025-01-01T00:11:59"]),
        ("25:00:00", ["25:00:00"]),
        ("noon", ["--at", "noon"]),
        ("2025-13-01T00:00:00Z", ["2025-13-01"]),
        ("2024-12-31T23:59:59Z", ["2025-01-01T00:00:00"]),
        ("2025-01-01T00:20:00Z", ["2025-01-01T00:11:59"]),
        ("", []),
    ],
)
def test_a_time_that_the_run_does_not_hold_is_refused(at: str, said: list[str], made: Path) -> None:
    refused(lab("explain", str(made / "run"), "--at", at), 2, *said)


@pytest.mark.parametrize("seq", ["-1", "0", "99999999"])
def test_an_event_that_the_run_does_not_hold_is_refused(seq: str, made: Path) -> None:
    refused(lab("explain", str(made / "run"), "--seq", seq), 2, "--seq")


def test_a_time_of_day_on_two_days_asks_for_the_date(made: Path, tmp_path: Path) -> None:
    first_ns = parse_iso("2025-01-01T00:00:00Z")
    lines = []
    for second in (0, 90_000, 90_001, 90_002):  # 25 hours: nothing ticks over a hole of more than a day
        at_ns = first_ns + second * 10**9
        fields = f'"e":"bookTicker","u":{second + 1},"s":"BTCUSDT","b":"1.0","B":"1","a":"2.0","A":"1"'
        times = f'"T":{at_ns // 10**6},"E":{at_ns // 10**6}'
        lines.append(f'{at_ns} {{"stream":"btcusdt@bookTicker","data":{{{fields},{times}}}}}\n')
    (tmp_path / "long.log").write_text("".join(lines))
    assert lab("replay", str(tmp_path / "long.log"), "--out", str(tmp_path / "run")).code == 0
    refused(lab("explain", str(tmp_path / "run"), "--at", "01:00:00"), 2, "more than once", "date")
    assert lab("explain", str(tmp_path / "run"), "--at", "12:00:00").code == 0
    assert lab("explain", str(tmp_path / "run"), "--at", "2025-01-02T01:00:00Z").code == 0


def test_without_the_inputs_it_answers_from_the_audit_and_says_so(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "run", tmp_path / "run")
    (tmp_path / "run" / "run.meta.json").unlink()
    text = explained(tmp_path, "--at", "00:06:43")
    assert FROM_AUDIT in text and "made.log.gz" in text and RE_EXECUTED not in text
    assert "No order was possible" in text
    assert re.search(r"regime is UNSTABLE: LINK_STALE \(link age 3\.\d+ s, limit 3 s\)", text)
    assert re.search(r"BLOCKED: REGIME_CAPPED", text)
    assert re.search(r"RED: LINK_AGE", text)
    text = explained(tmp_path, "--at", "00:06:43", "--input", str(made / "made.log.gz"))
    assert RE_EXECUTED in text


@pytest.mark.parametrize("at", ["00:01:00", "00:04:10", "00:06:44", "00:08:00", "00:09:31.5", "00:11:25"])
def test_the_audit_alone_names_the_same_verdicts(at: str, made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "run", tmp_path / "run")
    (tmp_path / "run" / "run.meta.json").unlink()
    verdict = re.compile(r"is (NORMAL|FAST|UNSTABLE|UNKNOWN|ALLOWED|\w+): (\w+)")
    with_inputs = verdict.findall(explained(made, "--at", at))
    alone = verdict.findall(explained(tmp_path, "--at", at))
    assert len(alone) == 3
    assert alone == with_inputs


def test_the_audit_alone_says_which_layer_bound(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "run", tmp_path / "run")
    (tmp_path / "run" / "run.meta.json").unlink()
    text = explained(tmp_path, "--at", "00:08:00")
    assert "What bound it: permission." in text


def test_at_full_detail_the_audit_alone_can_answer(made: Path, tmp_path: Path) -> None:
    recording = str(made / "made.log.gz")
    assert lab("replay", recording, "--detail", "full", "--out", str(tmp_path / "run")).code == 0
    (tmp_path / "run" / "run.meta.json").unlink()
    text = explained(tmp_path, "--at", "00:06:43")
    assert FROM_AUDIT in text and "LINK_STALE" in text


def test_a_changed_input_is_not_believed(made: Path, tmp_path: Path) -> None:
    (tmp_path / "made.log.gz").write_bytes((made / "made.log.gz").read_bytes()[:-9])
    shutil.copytree(made / "run", tmp_path / "run")
    (tmp_path / "run" / "run.meta.json").unlink()
    text = explained(tmp_path, "--at", "00:06:43", "--input", str(tmp_path / "made.log.gz"))
    assert FROM_AUDIT in text and RE_EXECUTED not in text


def test_summary(made: Path) -> None:
    text = explained(made, "--summary")
    report = json.loads((made / "run" / "report.json").read_text())["instruments"][KEY]
    total_ns = report["last_ns"] - report["first_ns"]
    for layer in ("regime", "gate", "colour"):
        line = line_of(text, f"  {layer}: ")
        for name, held_ns in report[layer]["time_ns"].items():
            assert f"{name} {100 * held_ns / total_ns:.1f} %" in line
    for reason, count in report["without_order"].items():
        assert re.search(rf"^ +{count}  {re.escape(reason)}$", text, re.M), reason
    assert f"{report['evaluations']} evaluations" in text


def test_symbol_chooses(made: Path) -> None:
    assert explained(made, "--at", "00:06:43", "--symbol", "BTCUSDT").startswith(KEY)
    assert explained(made, "--at", "00:06:43", "--symbol", KEY).startswith(KEY)


def test_a_symbol_that_the_run_does_not_have_is_refused(made: Path) -> None:
    refused(lab("explain", str(made / "run"), "--at", "00:06:43", "--symbol", "ETHUSDT"), 2, "ETHUSDT")


def test_an_order_that_there_is_not(made: Path) -> None:
    refused(lab("explain", str(made / "run"), "--order", "CLI99999999"), 2, "CLI99999999")


def test_an_order_says_what_it_came_to(made: Path) -> None:
    lines = [json.loads(line) for line in (made / "run" / "audit.jsonl").read_text("ascii").splitlines()]
    orders = {line["client_id"]: line for line in lines if line["kind"] == "order_quality"}
    filled = [client_id for client_id, line in orders.items() if line["fills"]]
    unfilled = next(client_id for client_id, line in orders.items() if line["end"] == "CANCEL")
    for client_id in (filled[0], filled[-1], unfilled):
        order = orders[client_id]
        text = explained(made, "--order", client_id)
        place, cost = order["place"], order["shortfall"]
        queue = line_of(text, "queue: ")
        assert f"{place['fill_class']}: " in queue
        assert ("impact_suspect" in queue) == place["impact_suspect"]
        said = line_of(text, "cost in quote currency, positive is against us: ")
        # A half-tick of 0.05 x a lot of 0.001.
        money = {name: Decimal(cost[f"{name}_htl"]) * Decimal("0.00005") for name in
                 ("shortfall", "delay", "trading", "opportunity")}  # fmt: skip
        for name, value in money.items():
            assert Decimal(re.search(rf"{name} (-?[0-9.]+)", said).group(1)) == value, said
        assert money["shortfall"] == money["delay"] + money["trading"] + money["opportunity"]
        bps = Decimal(cost["shortfall_htl"]) * 10_000 / (cost["decision_ht"] * order["qty_lots"])
        assert abs(Decimal(re.search(r"\((-?[0-9.]+) bps", said).group(1)) - bps) <= Decimal("0.0005")
        assert Decimal(re.search(r"fees ([0-9.]+)", said).group(1)) == Decimal(cost["fees_e8"]).scaleb(-8)
        own = [line for line in lines if line["kind"] == "fill_quality" and line["client_id"] == client_id]
        assert ("markout of " in text) == bool(own)
        if own:
            gain = Decimal(sum(line["markouts_htl"][0] for line in own)) * 10_000
            base = sum(line["before_ht"] * line["qty_lots"] for line in own)
            found = re.search(r"100ms (-?[0-9.]+) bps", line_of(text, "markout of "))
            assert abs(Decimal(found.group(1)) - gain / base) <= Decimal("0.0005")


def test_what_is_not_known_of_an_order_is_called_so() -> None:
    steps = Instrument(venue="a", symbol="X", tick="0.1", lot="0.001").steps()
    place = {
        "distance_ticks": -2, "ahead_lots": None, "shown_lots": 0, "queue_ppm": None, "fill_class": None,
        "impact_suspect": True,
    }  # fmt: skip
    cost = dict.fromkeys(("decision_ht", "shortfall_htl", "delay_htl", "trading_htl", "opportunity_htl"))
    fill = {"before_ht": 2_000, "qty_lots": 5, "markouts_htl": [3, None, None, None, None]}
    lost = {**fill, "before_ht": None, "markouts_htl": [3, 3, None, None, None]}
    order = {"place": place, "shortfall": {**cost, "fees_e8": 250_000_000}, "qty_lots": 9}
    queue, money, markouts = about_order(order, [fill, lost], steps)
    assert queue.startswith(
        "queue: arrived 2 ticks inside of the own best; no class: rejected, or not over when the run ended;"
        " impact_suspect: "
    )
    assert money.endswith(
        "shortfall unknown = delay unknown + trading unknown + opportunity unknown; fees 2.5"
    )
    assert markouts == (
        "markout of its 2 fills, positive is for us: 100ms 3 bps (of 1), 1s unknown, 5s unknown,"
        " 30s unknown, 60s unknown"
    )
    assert len(about_order(order, [], steps)) == 2


def test_a_damaged_header_is_not_believed(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "run", tmp_path / "run")
    audit = tmp_path / "run" / "audit.jsonl"
    audit.write_text(audit.read_text().replace('"min_samples":120', '"min_samples":121', 1))
    refused(lab("explain", str(tmp_path / "run"), "--at", "00:06:43"), 6, "header")


def test_no_run_and_no_question(tmp_path: Path, made: Path) -> None:
    refused(lab("explain", str(tmp_path), "--summary"), 3, "audit.jsonl")
    refused(lab("explain", str(made / "run")), 2)
    refused(lab("explain", str(made / "run"), "--summary", "--seq", "1"), 2)


def test_two_instruments_are_told_apart(made: Path, tmp_path: Path) -> None:
    thin = str(tmp_path / "thin.log")
    assert lab("synthesize", "--profile", "minor", "--out", thin).code == 0
    assert lab("replay", thin, str(made / "made.log.gz"), "--out", str(tmp_path / "run")).code == 0
    both = explained(tmp_path, "--at", "00:09:31")
    heads = [line for line in both.splitlines() if line.startswith("binance-")]
    assert [head.split(" ")[0] for head in heads] == ["binance-spot:NEXOUSDT", KEY]
    one = explained(tmp_path, "--at", "00:09:31", "--symbol", "BTCUSDT")
    assert "NEXOUSDT" not in one and "CROSSED_BOOK" in one
    # What it says of an instrument is what it says where that instrument is alone; the limits of
    # risk are those of the account, and so of both.
    alone = explained(made, "--at", "00:09:31")

    def of_the_instrument(text: str) -> list[str]:
        return [line for line in text.splitlines()[1:] if not line.startswith("  risk ")]

    assert of_the_instrument(one) == of_the_instrument(alone)


@pytest.mark.parametrize("drop", ["decision", "regime", "permission", "health", "summary"])
def test_a_log_with_lines_taken_out_is_answered_or_refused_in_one_line(
    drop: str, made: Path, tmp_path: Path
) -> None:
    shutil.copytree(made / "run", tmp_path / "run")
    (tmp_path / "run" / "run.meta.json").unlink()
    audit = tmp_path / "run" / "audit.jsonl"
    lines = audit.read_text().splitlines(keepends=True)
    audit.write_text("".join(line for line in lines if f'"kind":"{drop}"' not in line))
    for question in (("--at", "00:06:43"), ("--seq", "5000"), ("--summary",)):
        done = lab("explain", str(tmp_path / "run"), *question)
        assert "Traceback" not in done.err
        assert done.code == 0 or (done.out == "" and done.err.count("\n") == 1)


def test_a_cancel_of_an_order_has_its_reason(made: Path) -> None:
    lines = (made / "run" / "audit.jsonl").read_text(encoding="ascii").splitlines()
    cancels = [record for record in map(json.loads, lines) if record["kind"] == "cancel"]
    assert {record["reason"] for record in cancels} >= {"quoter:MOVED", "quoter:NOT_ELIGIBLE"}
    for reason in ("quoter:MOVED", "quoter:NOT_ELIGIBLE"):
        first = next(record for record in cancels if record["reason"] == reason)
        told = explained(made, "--order", first["client_id"])
        assert f"cancel sent at {format_iso(first['time_ns'])}, {reason}" in told
