"""Goldens: the audit log of each case, byte for byte, however the run was cut into pieces.

``config.toml`` and ``expected.jsonl`` of a case are in its folder; `tests.golden.cases`
makes the input. ``make golden-update`` writes ``expected.jsonl``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.golden.cases import CASES, FOLDER, START_NS, accounts
from tools.core.events import FeedStatus, MarketEvent, Tick
from tools.core.quality import NO_ORDERS
from tools.core.verdicts import RiskVerdict
from tools.engine import ChainConfig, Pipeline
from tools.lab.accounts import read_accounts
from tools.lab.replay import Replay, plan_replay
from tools.live.config import read_instruments
from tools.live.config_tree import read_config_file
from tools.live.feeds import open_collector
from tools.live.funding import read_funding
from tools.live.session import FULL
from tools.live.settings import LabConfig

KEY = "binance-usdm:BTCUSDT"
NO_RISK = RiskVerdict(0, True, "OPEN")
VERDICTS = ("regime", "permission", "health", "decision")
EVERY = 50


def config_of(case: str) -> LabConfig:
    return read_config_file(FOLDER / case / "config.toml", LabConfig)


def written(case: str, folder: Path) -> str:
    path = folder / "input.log"
    path.write_bytes(b"".join(CASES[case]()))
    return str(path)


def audit(case: str, folder: Path, **plan: Any) -> list[str]:
    lines: list[str] = []
    Replay(
        plan_replay([written(case, folder)], read_instruments(), config_of(case), **plan), lines.append
    ).run()
    return lines


def records(lines: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines]


def verdicts_of(events: list[MarketEvent], config: ChainConfig, every: int = 0) -> list[dict[str, Any]]:
    """Return the verdicts as the audit log has them; after each `every` events new chains go on."""
    instruments = read_instruments()
    chains: dict[str, Pipeline] = {}
    out: list[dict[str, Any]] = []
    for number, event in enumerate(events, 1):
        if isinstance(event, (Tick, FeedStatus)):
            about = [key for key in chains if isinstance(event, Tick) or event.symbol in ("", key)]
        else:
            about = [event.symbol]
            if event.symbol not in chains:
                chains[event.symbol] = Pipeline(instruments[event.symbol], config)
        for key in about:
            chain = chains[key]
            if chain.step(event, NO_ORDERS, NO_RISK) and chain.changed:
                out += [
                    {"instrument": key, **verdict.to_dict(), "kind": kind, "seq": number}
                    for kind, verdict in chain.news
                ]
        if every and number % every == 0:
            for key in chains:
                saved = json.loads(json.dumps(chains[key].snapshot()))
                chains[key] = Pipeline(instruments[key], config)
                chains[key].restore(saved)
    return json.loads(json.dumps(out))  # as lines are: tuples become lists


@pytest.mark.parametrize("case", CASES)
def test_golden(case: str, golden: Callable[[Path, str], None], tmp_path: Path) -> None:
    lines = audit(case, tmp_path)
    assert len(lines) < 200
    golden(FOLDER / case / "expected.jsonl", "".join(lines))


def accounts_audit(folder: Path) -> list[str]:
    """Return the log of two accounts that share a print and are funded; their files are in the folder."""
    path = folder / "input.log"
    path.write_bytes(b"".join(accounts()))
    given = [f"{name}={FOLDER / 'accounts' / name}.toml" for name in ("one", "two")]
    instruments = read_instruments()
    funding = read_funding(FOLDER / "accounts" / "funding.toml", instruments)
    lines: list[str] = []
    plan = plan_replay([str(path)], instruments, LabConfig(), accounts=read_accounts(given), funding=funding)
    Replay(plan, lines.append).run()
    return lines


def test_golden_of_accounts(golden: Callable[[Path, str], None], tmp_path: Path) -> None:
    lines = accounts_audit(tmp_path)
    assert len(lines) < 200 and lines == accounts_audit(tmp_path)
    golden(FOLDER / "accounts" / "expected.jsonl", "".join(lines))


def test_the_accounts_share_the_print_and_are_funded_on_their_parts(tmp_path: Path) -> None:
    told = records(accounts_audit(tmp_path))
    fills = [(r.get("path"), r["last_lots"]) for r in told if r.get("report") == "TRADE"]
    assert fills == [(None, 6), ("two", 4)]  # of 10
    paid = [(r.get("path"), r["position_lots"], r["funding_e8"]) for r in told if r["kind"] == "funding"]
    # 1 bps of 0.006 and 0.004 at the mid of 93,500.05; then 0.375 bps at 93,480.12345678 are received:
    # 0.0210330277..., 0.0140220185..., rounded down.
    assert paid == [
        (None, 6, -5_610_003),
        ("two", 4, -3_740_002),
        (None, 6, 2_103_302),
        ("two", 4, 1_402_201),
    ]


@pytest.mark.parametrize("case", CASES)
def test_twice_is_the_same(case: str, tmp_path: Path) -> None:
    assert audit(case, tmp_path) == audit(case, tmp_path)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("every", [EVERY, 1])
def test_split_by_snapshots_is_the_same(case: str, every: int, tmp_path: Path) -> None:
    events = list(open_collector([written(case, tmp_path)], read_instruments()))
    chain = config_of(case).chain()
    whole = verdicts_of(events, chain)
    logged = [r for r in records(audit(case, tmp_path)) if r["kind"] in VERDICTS]
    for record in logged:
        del record["line"]
    assert whole == logged
    assert verdicts_of(events, chain, every) == whole


@pytest.mark.parametrize("case", CASES)
def test_full_detail_tells_the_same_verdicts(case: str, tmp_path: Path) -> None:
    """At ``full`` each frame repeats what holds; what changes in it is what ``delta`` says."""
    told: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for record in records(audit(case, tmp_path, detail=FULL)):
        if record["kind"] != "frame":
            continue
        for kind in VERDICTS:
            seen = told.setdefault((record["instrument"], kind), [])
            if not seen or seen[-1] != record[kind]:
                seen.append(record[kind])
    logged: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for r in records(audit(case, tmp_path)):
        if r["kind"] in VERDICTS:
            body = {
                key: value for key, value in r.items() if key not in ("instrument", "kind", "line", "seq")
            }
            logged.setdefault((r["instrument"], r["kind"]), []).append(body)
    assert told == logged


def reasons(case: str, kind: str, folder: Path) -> list[str]:
    return [r["reason"] for r in records(audit(case, folder)) if r["kind"] == kind]


# What each case is there to show, so that an update of the goldens cannot lose it.
SHOWN = [
    ("warm_up", "permission", ["WARMING_UP", "START_COOLDOWN", "START_PROBATION", "CLEAN"]),
    ("warm_up", "health", ["WARMING_UP", "HEALTHY"]),
    ("burst", "regime", ["NORMAL", "TRADES_SHOCK", "DWELL", "NORMAL"]),
    ("latency_spike", "health", ["HEALTHY", "LATENCY_STALL", "RECOVERING", "HEALTHY"]),
    ("latency_spike", "permission", ["CLEAN", "REGIME_CAPPED", "COOLDOWN", "PROBATION", "CLEAN"]),
    ("gap", "health", ["HEALTHY", "IDS_MISSING", "RECOVERING", "HEALTHY"]),
    ("crossed_book", "permission", ["CLEAN", "CROSSED_BOOK", "COOLDOWN", "PROBATION", "CLEAN"]),
    ("crossed_book", "regime", ["NORMAL", "CROSSED_BOOK", "DWELL", "NORMAL"]),
    ("dead_feed", "regime", ["NORMAL", "LINK_STALE", "DWELL", "NORMAL"]),
    ("dead_feed", "permission", ["CLEAN", "REGIME_CAPPED", "COOLDOWN", "PROBATION", "CLEAN"]),
    ("quarantine", "permission", ["CLEAN", "BAD_LINES", "CLEAN"]),
    ("quotes_dead", "regime", ["NORMAL", "QUOTES_STALE", "DWELL", "NORMAL"]),
    ("quotes_dead", "permission", ["CLEAN", "REGIME_CAPPED", "COOLDOWN", "PROBATION", "CLEAN"]),
    ("one_feed_dead", "regime", ["NORMAL", "NORMAL", "LINK_STALE", "DWELL", "NORMAL"]),
    ("one_feed_dead", "permission", ["CLEAN", "CLEAN", "REGIME_CAPPED", "INPUT_MISSING", "COOLDOWN"]),
    ("flood", "regime", ["NORMAL", "QUOTES_SHOCK", "LATENCY_CAP", "DWELL", "NORMAL"]),
    (
        "flood",
        "permission",
        ["CLEAN", "LATENCY_RAISED", "LATENCY_HIGH", "REGIME_CAPPED", "COOLDOWN", "CLEAN"],
    ),
    ("clock_step_15ms", "health", ["HEALTHY", "CLOCK_JUMP", "RECOVERING", "HEALTHY"]),
    ("clock_step_5s", "regime", ["NORMAL", "LINK_STALE", "LATENCY_CAP", "DWELL", "NORMAL"]),
    ("clock_step_5s", "health", ["HEALTHY", "LATENCY_STALL", "RECOVERING", "HEALTHY"]),
    ("clock_step_5s", "permission", ["CLEAN", "REGIME_CAPPED", "LATENCY_HIGH", "COOLDOWN", "CLEAN"]),
    ("day_boundary", "permission", ["WARMING_UP", "START_COOLDOWN", "START_PROBATION", "CLEAN"]),
]


@pytest.mark.parametrize(("case", "kind", "wanted"), SHOWN)
def test_the_case_shows_what_it_is_for(case: str, kind: str, wanted: list[str], tmp_path: Path) -> None:
    said = iter(reasons(case, kind, tmp_path))
    assert all(reason in said for reason in wanted), reasons(case, kind, tmp_path)  # in this order


def test_quarantined_lines_are_in_the_log(tmp_path: Path) -> None:
    told = [r for r in records(audit("quarantine", tmp_path)) if r["kind"] == "feed"]
    assert [(r["status"], r["detail"]) for r in told] == [
        ("QUARANTINED", "NOT_JSON"),
        ("QUARANTINED", "BAD_PRICE"),
        ("QUARANTINED", "MISSING_FIELD"),
        ("QUARANTINED", "NO_TIMESTAMP"),
    ]


def logged_of(case: str) -> list[dict[str, Any]]:
    return records((FOLDER / case / "expected.jsonl").read_text(encoding="ascii").splitlines())


def test_a_dead_feed_is_nobody_elses() -> None:
    """The living instrument says and does what it would say alone, and nothing after it has opened."""
    verdicts = [r for r in logged_of("one_feed_dead") if r.get("instrument") == KEY]
    said = [(r["kind"], r["reason"], r["time_ns"]) for r in verdicts]
    alone = [(r["kind"], r["reason"], r["time_ns"]) for r in logged_of("warm_up") if r["kind"] in VERDICTS]
    assert said == alone
    (summary,) = [r for r in logged_of("one_feed_dead") if r["kind"] == "summary"]
    assert summary["instruments"][KEY]["gate"]["stretches"]["BLOCKED"] == 1  # the start
    canceled = {r["symbol"] for r in logged_of("one_feed_dead") if r.get("report") == "CANCELED"}
    assert canceled == {"binance-usdm:ETHUSDT"}


def test_a_clock_step_forward_of_15_ms_is_not_seen() -> None:
    """It comes at 60 s; see docs/decisions/0002-clock-jump.md."""
    assert all(r["time_ns"] < START_NS + 50 * 10**9 for r in logged_of("clock_step_15ms") if "time_ns" in r)


def test_midnight_is_a_time_like_any_other() -> None:
    """The log of `warm_up`, 23:59:38 later."""
    shift_ns = (86_400 - 22) * 10**9
    here, there = logged_of("warm_up"), logged_of("day_boundary")
    times = ("time_ns", "until_ns", "blocked_until_ns", "probation_until_ns")
    for one, other in zip(here, there, strict=True):
        if one["kind"] in ("header", "summary", "end"):
            continue
        moved = {k: v + shift_ns if k in times and v else v for k, v in one.items()}
        if "times" in one:  # of an order that is over; all of them are times
            moved["times"] = {k: v + shift_ns if v else v for k, v in one["times"].items()}
        assert moved == other


@pytest.mark.parametrize("cut", [1, 330, 450])
def test_two_files_of_a_day_each_are_one_market(cut: int, tmp_path: Path) -> None:
    """Cut at the first line, at midnight (22 s: 330 lines), and later."""
    lines = CASES["day_boundary"]()
    days = (lines[:cut], lines[cut:])
    if cut == 330:
        midnight = str(START_NS + 86_400 * 10**9).encode()
        assert days[0][-1] < midnight < days[1][0]
    paths = []
    for name, day in zip(("one.log", "two.log"), days, strict=True):
        (tmp_path / name).write_bytes(b"".join(day))
        paths.append(str(tmp_path / name))
    told: list[str] = []
    Replay(plan_replay(paths, read_instruments(), config_of("day_boundary")), told.append).run()
    kept = [r for r in records(told) if r["kind"] not in ("header", "end")]
    assert kept == [r for r in logged_of("day_boundary") if r["kind"] not in ("header", "end")]


# --- taking --------------------------------------------------------------------------------
# A lot is 0.001 at 93,500.00, so 93.50 USD; the soft limit of 500 USD holds 5 of the 10 lots
# that the print through our bid gives us.


def orders_of(lines: list[str]) -> list[dict[str, Any]]:
    return [r for r in records(lines) if r["kind"] == "order"]


def fills_of(lines: list[str]) -> list[dict[str, Any]]:
    return [r for r in records(lines) if r["kind"] == "report" and r["report"] == "TRADE"]


def ceiling_at(lines: list[str], seq: int) -> int:
    return [r for r in records(lines) if r["kind"] == "decision" and r["seq"] <= seq][-1]["ceiling"]


def summary_of(lines: list[str]) -> dict[str, Any]:
    return next(r for r in records(lines) if r["kind"] == "summary")


def crossing(order: dict[str, Any]) -> bool:
    """Return True if an order would meet the calm market's best, 93,500.00 or 93,500.10."""
    if order["side"] == "BUY":
        return order["price_ticks"] >= 935_001
    return order["price_ticks"] <= 935_000


def test_under_take_one_order_crosses_and_brings_the_position_back(tmp_path: Path) -> None:
    lines = audit("take", tmp_path)
    maker, taker = fills_of(lines)
    assert (maker["liquidity"], maker["side"], maker["last_lots"], maker["last_ticks"]) == (
        "MAKER",
        "BUY",
        10,
        935_000,
    )
    assert 10 * 93_500 * 10**5 > 500 * 10**8 >= 5 * 93_500 * 10**5  # in 1e-8 USD

    (crossed,) = [order for order in orders_of(lines) if crossing(order)]
    # 10 held less 5 that may stay; 2 bps below 93,500.00 are 18.70: 187 ticks.
    assert (crossed["side"], crossed["qty_lots"], crossed["price_ticks"]) == ("SELL", 5, 935_000 - 187)
    assert ceiling_at(lines, crossed["seq"]) == 3
    assert crossed["time_ns"] > maker["time_ns"]

    # At the bid shown when it arrives, one tick lower than when it was sent, and no more than the
    # 5 lots that are shown there.
    assert taker["client_id"] == crossed["client_id"]
    assert (taker["liquidity"], taker["last_lots"], taker["last_ticks"]) == ("TAKER", 5, 934_999)
    assert taker["last_ticks"] >= crossed["price_ticks"]
    summary = summary_of(lines)
    assert summary["instruments"][KEY]["position"]["position_lots"] == 5
    fills = summary["instruments"][KEY]["quality"]["fills"]
    assert (fills["maker"]["fills"], fills["taker"]["fills"], fills["taker"]["lots"]) == (1, 1, 5)
    # While it was under way nothing was bought, so that it could not meet an order of ours.
    assert [o for o in orders_of(lines) if maker["time_ns"] < o["time_ns"] <= taker["time_ns"]] == [crossed]


def test_under_yellow_the_same_market_sees_no_order_cross(tmp_path: Path) -> None:
    lines = audit("take_refused", tmp_path)
    assert CASES["take"]() == CASES["take_refused"]()
    (maker,) = fills_of(lines)
    assert (maker["liquidity"], maker["last_lots"]) == ("MAKER", 10)
    colours = [r["colour"] for r in records(lines) if r["kind"] == "health"]
    assert colours == ["RED", "YELLOW"]
    gates = [r["gate"] for r in records(lines) if r["kind"] == "permission"]
    assert gates[-1] == "ALLOWED"  # nothing but health holds it back
    assert ceiling_at(lines, maker["seq"]) == 1
    assert len(orders_of(lines)) > 2  # it does go on quoting
    assert [order for order in orders_of(lines) if crossing(order)] == []
    summary = summary_of(lines)
    assert summary["instruments"][KEY]["position"]["position_lots"] == 10
    assert summary["instruments"][KEY]["quality"]["fills"]["taker"]["fills"] == 0
    assert summary["risk"]["blocks_total"] == 0  # the quoter itself kept to the ceiling


@pytest.mark.parametrize(
    ("shown", "wanted"),
    [("0.003", 3), ("0.004", 4), ("0.005", 5), ("0.006", 5), ("5.000", 5)],
)
def test_no_more_is_taken_than_is_too_much_or_than_is_shown(shown: str, wanted: int, tmp_path: Path) -> None:
    path = tmp_path / "input.log"
    lines = [line.replace(b'"B":"0.005"', f'"B":"{shown}"'.encode()) for line in CASES["take"]()]
    path.write_bytes(b"".join(lines))
    told: list[str] = []
    Replay(plan_replay([str(path)], read_instruments(), config_of("take")), told.append).run()
    first = next(order for order in orders_of(told) if crossing(order))
    taker = next(fill for fill in fills_of(told) if fill["liquidity"] == "TAKER")
    assert (first["qty_lots"], taker["last_lots"]) == (wanted, wanted)


@pytest.mark.parametrize("slippage", ["0 bps", "0.01 bps"])
def test_a_bid_that_slips_beyond_the_limit_is_not_taken(slippage: str, tmp_path: Path) -> None:
    """One tick is 0.0107 bps: an order that may not slip so far expires, and goes nowhere else."""
    config = replace(
        config_of("take"),
        quoter=replace(
            config_of("take").quoter, max_slippage_ubps={"0 bps": 0, "0.01 bps": 10_000}[slippage]
        ),
    )
    lines: list[str] = []
    path = written("take", tmp_path)
    Replay(plan_replay([path], read_instruments(), config), lines.append).run()
    (crossed, *_) = [order for order in orders_of(lines) if crossing(order)]
    assert crossed["price_ticks"] == 935_000
    said = [
        r["report"] for r in records(lines) if r.get("client_id") == crossed["client_id"] and "report" in r
    ]
    assert said == ["ACCEPTED", "EXPIRED"]


def test_there_is_a_folder_for_each_case() -> None:
    folders = {item.name for item in FOLDER.iterdir() if item.is_dir() and not item.name.startswith("_")}
    assert folders == {*CASES, "accounts"}  # which has several configurations
