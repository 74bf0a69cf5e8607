"""``replay --account`` and ``--funding``: what each does, what they share, what other commands say of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.kit.cli import lab
from tools.core.timestamps import format_clock, format_iso
from tools.lab.synthesize import write_recording
from tools.live.feeds.synthetic import synthesize

KEY = "binance-usdm:BTCUSDT"
START_NS = 1_735_689_600 * 10**9
WARM = '[start]\nmin_samples = 10\ncooldown = "5 s"\nprobation = "5 s"\n'
MAKER = WARM
CHEAP = WARM + '[fees]\nmaker = "-0.5 bps"\nmin_fee = "0.01 USD"\n'
SHUT = '[start]\nmin_samples = 10\ncooldown = "10 h"\n'  # never trades
FUNDING = """[[binance-usdm.BTCUSDT]]
at = "2025-01-01T00:02:00Z"
rate = "0.0001"
[[binance-usdm.BTCUSDT]]
at = "2025-01-01T00:02:30Z"
rate = "-0.000375"
mark = "93000.12345678"
[[binance-usdm.ETHUSDT]]
at = "2025-01-01T00:02:30Z"
rate = "0.0001"
[[binance-usdm.BTCUSDT]]
at = "2025-01-01T08:00:00Z"
rate = "0.0001"
"""


@dataclass
class Made:
    folder: Path
    reports: dict[str, dict[str, Any]]

    def audit(self, name: str) -> list[dict[str, Any]]:
        text = (self.folder / name / "audit.jsonl").read_text(encoding="ascii")
        return [json.loads(line) for line in text.splitlines()]

    def argument(self, name: str) -> str:
        return str(self.folder / name)


A_MAKER = ["--account", "a=maker.toml"]
RUNS: dict[str, list[str]] = {
    "alone": ["--config", "maker.toml"],
    "funded": ["--config", "maker.toml", "--funding", "funding.toml"],
    "both": ["--account", "maker=maker.toml", "--account", "cheap=cheap.toml", "--funding", "funding.toml"],
    "idle": ["--account", "maker=maker.toml", "--account", "idle=shut.toml"],
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("accounts")
    write_recording(folder / "input.log.gz", list(synthesize(42, 3)))
    for name, text in (("maker", MAKER), ("cheap", CHEAP), ("shut", SHUT), ("funding", FUNDING)):
        (folder / f"{name}.toml").write_text(text)
    reports: dict[str, dict[str, Any]] = {}
    for run, arguments in RUNS.items():
        given = [_placed(text, folder) for text in arguments]
        done = lab("replay", str(folder / "input.log.gz"), *given, "--quiet", "--out", str(folder / run))
        assert (done.code, done.err) == (0, ""), done.err
        reports[run] = json.loads(done.out)
    return Made(folder, reports)


def _placed(text: str, folder: Path) -> str:
    name, equals, file = text.rpartition("=")
    return f"{name}{equals}{folder / file}" if file.endswith(".toml") else text


# -- accounts -------------------------------------------------------------------------------------


def test_an_account_does_what_it_does_alone_while_the_others_do_nothing(made: Made) -> None:
    def lines(run: str) -> list[dict[str, Any]]:
        kept = [line for line in made.audit(run) if "path" not in line]
        of_the_run = ("header", "fidelity", "checkpoint", "end")
        return [{**line, "line": 0} for line in kept if line["kind"] not in of_the_run]

    assert lines("idle") == lines("alone")
    report = made.reports["idle"]["accounts"]["maker"]
    assert report["lifecycle"]["accepted"] > 0
    for part in ("edge", "instruments", "lifecycle", "risk"):
        assert report[part] == made.reports["alone"][part]
    assert made.reports["idle"]["accounts"]["idle"]["lifecycle"]["attempted"] == 0


def test_the_run_has_what_adds_up(made: Made) -> None:
    report = made.reports["both"]
    accounts = report["accounts"]
    assert list(accounts) == ["cheap", "maker"], "keys are sorted; the header has them in their order"
    assert [one["name"] for one in made.audit("both")[0]["accounts"]] == ["maker", "cheap"]
    whole, parts = report["instruments"][KEY], [one["instruments"][KEY] for one in accounts.values()]
    for name in ("position_lots", "cash_htl", "fees_e8", "funding_e8", "net_e8"):
        assert whole["position"][name] == sum(part["position"][name] for part in parts)
    for body in [whole["book_identity"], *(part["measures"]["book_identity"] for part in parts)]:
        assert (body["residual_htl"], body["residual_e8"]) == (0, 0)
    for name, count in report["lifecycle"].items():
        assert count == sum(one["lifecycle"][name] for one in accounts.values())
    edge = report["net_edge"]
    assert sorted(edge["paths"]) == ["cheap", "maker"]
    assert edge["together"]["fills"] == sum(one["fills"] for one in edge["paths"].values())
    assert edge["edge_ubps"] == edge["together"]["net_e8"] * 10**10 // edge["together"]["turnover_e8"]
    assert (edge["verdict"], edge["reason"]) == ("UNKNOWN", "ONE_PATH")
    assert report["fidelity"]["fees"]["cheap"]["min_fee_e8"] == 1_000_000
    orders = report["fidelity"]["instruments"][KEY]
    assert orders["orders"] + orders["never_rested"] + orders["impact_suspect"] == (
        report["lifecycle"]["accepted"] - report["lifecycle"]["open"]
    )


def test_of_two_equal_orders_of_one_moment_that_of_the_first_named_fills_first(made: Made) -> None:
    pairs: dict[tuple[int, str, int], dict[str, int | None]] = {}
    for line in made.audit("both"):
        if line["kind"] == "order_quality" and line["times"]["rested_ns"] is not None:
            key = (line["times"]["sent_ns"], line["side"], line["price_ticks"])
            pairs.setdefault(key, {})[line.get("path", "maker")] = line["times"]["first_fill_ns"]
    filled = [pair for pair in pairs.values() if len(pair) == 2 and None not in pair.values()]
    assert len(filled) > 10
    for pair in filled:
        assert (pair["maker"] or 0) <= (pair["cheap"] or 0)


@pytest.mark.parametrize("run", RUNS)
def test_verify_runs_it_again(made: Made, run: str) -> None:
    done = lab("verify", made.argument(run))
    assert (done.code, json.loads(done.out)["verified"]) == (0, True)


def test_a_changed_schedule_or_account_is_found(made: Made) -> None:
    text = (made.folder / "both" / "audit.jsonl").read_text(encoding="ascii")
    for old, new in (('"rate_ubps":1000000', '"rate_ubps":1000001'), ('"name":"cheap"', '"name":"cheat"')):
        changed = made.folder / "changed"
        changed.mkdir(exist_ok=True)
        (changed / "audit.jsonl").write_text(text.replace(old, new, 1), encoding="ascii")
        for name in ("report.json", "run.meta.json"):
            (changed / name).write_bytes((made.folder / "both" / name).read_bytes())
        assert lab("verify", str(changed)).code == 6


def test_quality_goes_by_what_each_account_measured(made: Made) -> None:
    (made.folder / "blind.toml").write_text(WARM + "[quality]\nmeasures = false\nedge_fills = 0\n")
    seeing, blind = (f"{name}={made.folder / f'{name}.toml'}" for name in ("maker", "blind"))
    for first, second in ((seeing, blind), (blind, seeing)):
        run = str(made.folder / f"first_{first.partition('=')[0]}")
        given = ["--account", first, "--account", second, "--quiet", "--out", run]
        assert lab("replay", str(made.folder / "input.log.gz"), *given).code == 0
        found = lab("quality", run, "--account", "maker")
        assert found.code == 0 and re.match(r"account maker: [1-9]\d* orders, ", found.out), found
        refused = lab("quality", run, "--account", "blind")
        assert (refused.code, refused.out, refused.err.count("\n")) == (3, "", 1)
        assert "account blind: nothing was measured" in refused.err


def test_explain_and_quality_ask_for_an_account_by_its_name(made: Made) -> None:
    run = made.argument("both")
    for name in ("maker", "cheap"):
        done = lab("explain", run, "--account", name, "--at", "00:02:45")
        assert done.code == 0, done.err
        assert done.out.startswith(f"Account {name} of maker, cheap.\n")
        assert f"Account {name} of" in lab("explain", run, "--account", name, "--summary").out
        found = json.loads(lab("quality", run, "--account", name, "--format", "json").out)
        lines = [line for line in made.audit("both") if line["kind"] == "order_quality"]
        own = [line for line in lines if line.get("path", "maker") == name]
        assert found["orders"] == len(own) > 0 and found["account"] == name
        assert lab("quality", run, "--account", name).out.startswith(f"account {name}: {len(own)} orders, ")
    assert lab("explain", run, "--order", "CLI00000001").out.startswith("Account maker of maker, cheap.\n")
    for command in ("explain", "quality"):
        ask = ["--summary"] if command == "explain" else []
        done = lab(command, run, "--account", "third", *ask)
        assert (done.code, done.out) == (2, "")
        assert "--path third: not in this run, which has maker, cheap" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (A_MAKER, 2, "at least twice"),
        ([*A_MAKER, "--account", "b"], 2, "give NAME=TOML"),
        ([*A_MAKER, "--account", "b=none.toml"], 3, "none.toml: no such file"),
        (
            [*A_MAKER, "--account", "b=maker.toml", "--fills", "envelope"],
            2,
            "--fills envelope",
        ),
        ([*A_MAKER, "--account", "b=maker.toml", "--config", "maker.toml"], 2, "--config"),
        (
            [*A_MAKER, "--account", "b=other.toml"],
            4,
            "account b: .* share one venue, .* paper",
        ),
        ([*A_MAKER, "--account", "b=seen.toml"], 4, "account b: .* observe alike, not so start.min_samples"),
        (["--funding", "none.toml"], 3, "none.toml: no such file"),
        (["--funding", "spot.toml"], 4, "binance-spot.BTCUSDT: a spot instrument has no funding"),
    ],
)
def test_what_cannot_be_run_is_one_line(made: Made, arguments: list[str], code: int, said: str) -> None:
    (made.folder / "other.toml").write_text(WARM + '[paper]\nhaircut = "50 %"\n')
    (made.folder / "seen.toml").write_text("[latency]\n" + 'jump = "1 ms"\n')
    (made.folder / "spot.toml").write_text(FUNDING.replace("usdm", "spot"))
    given = [_placed(text, made.folder) for text in arguments]
    done = lab("replay", made.argument("input.log.gz"), *given)
    assert (done.code, done.out) == (code, "")
    assert done.err.count("\n") == 1 and re.search(said, done.err), done.err


def test_seed_and_fill_model_are_those_of_every_account(made: Made) -> None:
    given = [_placed(text, made.folder) for text in RUNS["both"]]
    out = made.argument("seeded")
    done = lab(
        "replay",
        made.argument("input.log.gz"),
        *given,
        "--seed",
        "7",
        "--fills",
        "opt",
        "--out",
        out,
        "--quiet",
    )
    assert (done.code, done.err) == (0, "")
    for one in made.audit("seeded")[0]["accounts"]:
        assert one["config"]["paper"]["fill_model"] == "optimistic"
        assert one["config"]["paper"]["seed"] == 7
    assert json.loads(done.out)["fidelity"]["fill_paths"] == ["optimistic"]


def test_the_report_is_the_same_at_full_detail(made: Made) -> None:
    given = [_placed(text, made.folder) for text in RUNS["both"]]
    out = made.argument("full")
    done = lab("replay", made.argument("input.log.gz"), *given, "--detail", "full", "--out", out, "--quiet")
    assert json.loads(done.out) == made.reports["both"]
    frames = [line for line in made.audit("full") if line["kind"] == "frame"]
    assert {line.get("path", "maker") for line in frames} == {"maker", "cheap"}


def test_an_account_that_ends_frozen_is_the_run_s_end(made: Made) -> None:
    (made.folder / "frozen.toml").write_text(WARM + "[quality]\nedge_fills = 5\n")
    both = [*A_MAKER, "--account", "b=frozen.toml"]
    given = [_placed(text, made.folder) for text in both]
    run = str(made.folder / "frozen")
    done = lab("replay", made.argument("input.log.gz"), *given, "--fail-on-freeze", "--quiet", "--out", run)
    report = json.loads(done.out)
    assert [report["accounts"][name]["risk"]["frozen"] for name in ("a", "b")] == [False, True]
    assert done.code == 7

    # Asked about its end, the one says what shut risk and since when; the other trades on.
    (freeze,) = [line for line in made.audit("frozen") if line["kind"] == "freeze"]
    for name, shut in (("a", False), ("b", True)):
        told = lab("explain", run, "--account", name, "--at", format_iso(report["last_ns"])).out
        assert (f"Risk is FROZEN: {freeze['text']}. Since {format_clock(freeze['time_ns'])}." in told) is shut
        assert ("Risk is" in told) is shut


# -- funding --------------------------------------------------------------------------------------


def test_funding_is_in_lines_position_identity_and_report(made: Made) -> None:
    report = made.reports["funded"]
    # One is hours after the end; of the three within one is of an instrument that is not traded here.
    assert report["funding"] == {"given": 4, "outside": 1}
    assert report["notes"] == [
        "binance-usdm:ETHUSDT has funding times, and the recordings hold nothing of it",
        "1 of 4 funding times are outside of the recordings",
    ]
    body = report["instruments"][KEY]
    lines = [line for line in made.audit("funded") if line["kind"] == "funding"]
    trades = [r for r in made.audit("funded") if r["kind"] == "report" and r["report"] == "TRADE"]
    assert [line["time_ns"] - START_NS for line in lines] == [120 * 10**9, 150 * 10**9]
    expected: list[int] = []
    for line, rate_ubps in zip(lines, (1_000_000, -3_750_000), strict=True):
        before = [trade for trade in trades if trade["time_ns"] < line["time_ns"]]
        held = sum((1 if trade["side"] == "BUY" else -1) * trade["last_lots"] for trade in before)
        assert held == line["position_lots"] != 0
        # A tick x a lot is 0.0001 USD: lots x 1e-8 ticks x 1e-10 of it in 1e-8 USD, rounded against us.
        expected.append(-held * line["mark_ticks_e8"] * rate_ubps // (10**10 * 10**4))
    assert [line["funding_e8"] for line in lines] == expected
    assert lines[1]["mark_ticks_e8"] == 93_000_123_456_780
    total = sum(expected)
    assert body["position"]["funding_e8"] == body["measures"]["book_identity"]["funding_e8"] == total != 0
    before = made.reports["alone"]["instruments"][KEY]["position"]
    assert body["position"]["net_e8"] == before["net_e8"] + total
    assert {**body["position"], "funding_e8": 0, "net_e8": 0} == {**before, "funding_e8": 0, "net_e8": 0}


def test_nothing_else_of_a_run_changes_with_funding(made: Made) -> None:
    """Ids count on, and what is lost or won in profit could stop a run; here it stops none."""

    def lines(run: str) -> list[dict[str, Any]]:
        out = []
        for line in made.audit(run):
            if line["kind"] not in ("header", "fidelity", "checkpoint", "end", "funding", "summary"):
                out.append({key: value for key, value in line.items() if key not in ("line", "exec_id")})
        return out

    assert lines("funded") == lines("alone")


def test_explain_mentions_it_before_and_after_it_was_heard_of(made: Made) -> None:
    run = made.argument("funded")
    assert "Funding" not in lab("explain", run, "--at", "00:01:59").out
    at = lab("explain", run, "--at", "00:02:00").out
    assert "Funding at 2025-01-01T00:02:00+00:00, rate 1 bps: " in at
    assert "were held; what that comes to has not been heard of yet." in at
    after = lab("explain", run, "--at", "00:02:45").out
    assert "Funding at 2025-01-01T00:02:30+00:00, rate -3.75 bps: " in after
    assert "were held at a mark of 93000.12345678; paid " in after
    assert f"funding of {KEY}: 2 times, " in lab("explain", run, "--summary").out


def test_explain_tells_what_was_heard_of_between_two_events(made: Made) -> None:
    """Nothing comes from the feed for 0.3 s after 00:02:52.005, and an answer takes some 20 ms."""
    (made.folder / "quiet.toml").write_text(
        '[[binance-usdm.BTCUSDT]]\nat = "2025-01-01T00:02:52.1Z"\nrate = "0.0001"\n'
    )
    given = [_placed(text, made.folder) for text in ("--config", "maker.toml", "--funding", "quiet.toml")]
    run = made.argument("quiet")
    done = lab("replay", made.argument("input.log.gz"), *given, "--quiet", "--out", run)
    assert (done.code, done.err) == (0, "")
    (line,) = [line for line in made.audit("quiet") if line["kind"] == "funding"]
    assert line["heard_ns"] < START_NS + 172_200_000_000
    assert "has not been heard of yet." in lab("explain", run, "--at", "00:02:52.101").out
    said = lab("explain", run, "--at", "00:02:52.2").out
    assert "were held at a mark of" in said and "not been heard" not in said


def test_without_its_inputs_a_run_tells_of_funding_from_the_log(made: Made) -> None:
    moved = made.folder / "moved"
    moved.mkdir()
    (moved / "audit.jsonl").write_bytes((made.folder / "funded" / "audit.jsonl").read_bytes())
    run = str(moved)
    assert "Funding" not in lab("explain", run, "--at", "00:02:00").out, "not heard of yet"
    said = lab("explain", run, "--at", "00:02:45").out
    assert "From the audit log alone" in said
    assert "Funding at 2025-01-01T00:02:30+00:00, rate -3.75 bps: " in said
    assert "were held at a mark of 93000.12345678; paid " in said


def test_every_path_is_funded_on_what_it_holds(made: Made) -> None:
    given = [_placed(text, made.folder) for text in RUNS["funded"]]
    out = made.argument("envelope")
    recording = made.argument("input.log.gz")
    done = lab("replay", recording, *given, "--fills", "envelope", "--quiet", "--out", out)
    assert (done.code, done.err) == (0, "")
    report = json.loads(done.out)
    low = report["paths"]["risk_averse"]["instruments"][KEY]["position"]["funding_e8"]
    assert low == made.reports["funded"]["instruments"][KEY]["position"]["funding_e8"]
    for body in report["paths"].values():
        book = body["instruments"][KEY]["measures"]["book_identity"]
        assert (book["residual_htl"], book["residual_e8"]) == (0, 0)
    assert json.loads(lab("verify", out).out)["verified"]


def test_a_symbol_takes_only_its_own_funding(made: Made) -> None:
    given = [_placed(text, made.folder) for text in RUNS["funded"]]
    done = lab("replay", made.argument("input.log.gz"), *given, "--symbol", "BTCUSDT", "--quiet")
    assert json.loads(done.out)["funding"] == {"given": 3, "outside": 1}


def test_policies_are_compared_under_the_same_funding(made: Made) -> None:
    policies = [part for name in ("maker", "cheap") for part in ("--policy", made.argument(f"{name}.toml"))]
    command = ["counterfactual", made.argument("input.log.gz"), *policies, "--format", "json"]
    without = json.loads(lab(*command).out)["policies"]["maker"]["net_e8"]
    funded = json.loads(lab(*command, "--funding", made.argument("funding.toml")).out)["policies"]
    paid = made.reports["funded"]["instruments"][KEY]["position"]["funding_e8"]
    assert funded["maker"]["net_e8"] == without + paid
