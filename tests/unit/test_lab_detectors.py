"""The made-up flow, the labels, the scores and the calibration behind ``lab detectors``."""

from __future__ import annotations

import json
import math
import statistics
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.kit.cli import lab
from tools.core.chance import draw64
from tools.core.errors import ExitCode, InputError, UsageError
from tools.core.events import Market, Quote, Trade
from tools.core.units import NS_PER_MS, NS_PER_S, PPM, UBPS_ONE
from tools.lab.detectors import bootstrap, changes, compare, flow, lift, page, probe, trial
from tools.lab.synthesize import synthesize, write_recording

ONE = 1 << 32


# --- flow: tables made of integers, against the functions they stand for -------------------


def test_draws_are_those_of_chance() -> None:
    draws = flow.Draws(42, 7, -3)
    assert [draws.next64() for _ in range(5)] == [draw64(42, 7, -3, k) for k in range(5)]


@pytest.mark.parametrize("ratio", [(1, 1), (3, 2), (2, 1), (1_000_001, 1_000_000), (97, 3), (10**9, 7)])
def test_logarithm(ratio: tuple[int, int]) -> None:
    assert abs(flow.ln_q32(*ratio) - math.log(ratio[0] / ratio[1]) * ONE) <= 4


def test_logarithm_of_less_than_one_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 1"):
        flow.ln_q32(1, 2)


@pytest.mark.parametrize("draw", [0, 1, 12_345, 2**31, 2**60 + 7, 2**63 - 1, 3 * 2**61, 2**64 - 2, 2**64 - 1])
def test_exponential_draw(draw: int) -> None:
    exact = -math.log((draw + 1) / 2**64)
    assert abs(flow.exponential(draw) / ONE - exact) <= 2**-25
    assert flow.exponential(draw) >= 0


@pytest.mark.parametrize("mean_ppm", [0, 600_000, 900_000, PPM])
def test_offspring_table_is_the_poisson_distribution(mean_ppm: int) -> None:
    table = flow.offspring_table(mean_ppm)
    mean = mean_ppm / PPM
    for k in range(min(len(table), 12)):
        exact = sum(math.exp(-mean) * mean**i / math.factorial(i) for i in range(k + 1))
        assert abs(table[k] / ONE - exact) < 2**-31
    assert list(table) == sorted(table)


def test_sine_is_nearly_the_sine() -> None:
    for second in range(0, 3_600, 37):
        assert abs(flow.sine_ppm(second, 3_600) / PPM - math.sin(2 * math.pi * second / 3_600)) < 0.002


# A Hawkes process of branching n whose kernel is exponential of 0.2 s has, over a second,
# F = 1 + (1 / (1 - n)^2 - 1) * (1 - (1 - exp(-k)) / k) with k = 5 (1 - n).
def hawkes_fano(n: float) -> float:
    k = 5 * (1 - n)
    return 1 + (1 / (1 - n) ** 2 - 1) * (1 - (1 - math.exp(-k)) / k)


@pytest.mark.parametrize(
    ("process", "fano"),
    [("poisson", 1.0), ("hawkes06", hawkes_fano(0.6)), ("hawkes09", hawkes_fano(0.9)), ("negbin", 3.5)],
)
def test_processes_have_their_mean_and_dispersion(process: str, fano: float) -> None:
    drawn = flow.counts(process, flow.Draws(1, 2, 3), 6_000, lambda second: 10 * PPM)
    mean = statistics.mean(drawn)
    # The mean of T seconds has the variance mean * F(infinity) / T; four of those.
    slack = 4 * math.sqrt(10 * {"hawkes06": 6.25, "hawkes09": 100.0}.get(process, fano) / 6_000)
    assert abs(mean - 10) < slack
    assert statistics.variance(drawn) / mean == pytest.approx(fano, rel=0.2)


def test_a_process_that_is_not_known_is_refused() -> None:
    with pytest.raises(UsageError, match="process must be one of"):
        flow.counts("cox", flow.Draws(1, 2, 3), 10, lambda second: PPM)


# --- labels --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", changes.CHANGES)
def test_a_change_is_where_its_label_says(name: str) -> None:
    change = changes.CHANGES[name]
    series = changes.with_changes(name, "poisson", 5, 3)
    period = changes.CALM_S + change.length_s
    assert series.starts == (1_800, 1_800 + period, 1_800 + 2 * period)
    assert len(series.values) == 3 * period + 60
    inside = [series.values[s + i] for s in series.starts for i in range(change.length_s)]
    calm = series.values[600:1_800]
    ratio = statistics.mean(inside) / max(statistics.mean(calm), 1)
    # The day's cycle moves a mean by at most 1.5 x 1.2 either way within the two hours.
    wanted = {"rate_x2": 2, "rate_x3": 3, "rate_x5": 5, "rate_x10": 10, "ramp_to_x3": 2, "spike_x20": 20,
              "quote_storm_x10": 10, "spread_x3": 3, "depth_by_5": 0.2}  # fmt: skip
    if name in wanted:
        assert wanted[name] / 1.8 < ratio < wanted[name] * 1.8
    elif name == "silence":
        assert calm == [0] * 1_200 and inside == list(range(1, 61)) * 3
    else:
        assert statistics.mean(inside) - statistics.mean(calm) > 250 * NS_PER_MS


def test_same_seed_same_flow_and_another_seed_another() -> None:
    one, two = (changes.with_changes("rate_x3", "hawkes06", 5, 1).values for _ in range(2))
    assert one == two
    assert changes.with_changes("rate_x3", "hawkes06", 6, 1).values != one
    calm = changes.calm_days("trades_1s", "negbin", 5, 0, 1).values
    assert calm != changes.calm_days("trades_1s", "negbin", 5, 1, 1).values


def test_states_carry_the_figure_and_nothing_else_moves() -> None:
    spread = changes.Series(figure="spread_1s_ubps", values=[7, 8])
    first, second = changes.states_of(spread)
    assert (first.spread_1s_ubps, second.spread_1s_ubps) == (7, 8)
    assert second.time_ns - first.time_ns == NS_PER_S
    assert first.trades_1s == second.trades_1s > 0
    dead, alive = changes.states_of(changes.Series(figure="link", values=[4, 0]))
    assert (dead.link_age_ns, dead.trades_1s) == (4 * NS_PER_S, 0)
    assert alive.link_age_ns is not None and alive.link_age_ns < NS_PER_S and alive.trades_1s > 0
    (late,) = changes.states_of(changes.Series(figure="excess_ns", values=[9]))
    assert late.excess_ns == late.excess_p95_10s_ns == 9
    with pytest.raises(UsageError, match="change must be one of"):
        changes.with_changes("rate_x4", "poisson", 1, 1)


# --- scores --------------------------------------------------------------------------------


def test_score_of_what_a_judge_said() -> None:
    series = changes.Series(
        figure="trades_1s", values=[0] * 100, starts=(10, 40, 70), length_s=10, window_s=10
    )
    on = [False] * 100
    for at in (2, *range(12, 22), *range(79, 82)):  # a false alarm; third second; tenth second
        on[at] = True
    found = trial.score(on, series, seed=1)
    assert (found.changes, found.missed) == (3, 1)
    assert (found.delay_median_s, found.delay_p90_s) == (3, 10)
    assert found.recall_ppm == (8 + 1) * PPM // 30
    assert found.precision_ppm == (8 + 1) * PPM // 14
    assert found.on_longest_s == 10
    assert trial.episodes(on) == 3
    assert (found.delay_median_low_s, found.delay_median_high_s) == (3, 10)
    silent = trial.score([False] * 100, series, seed=1)
    assert (silent.missed, silent.delay_median_s, silent.precision_ppm) == (3, None, None)


@pytest.mark.parametrize(("hits", "trials"), [(0, 100), (3, 100), (50, 100), (100, 100), (1, 7)])
def test_wilson_interval(hits: int, trials: int) -> None:
    z, p = 1.96, hits / trials
    centre = (p + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * math.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials)) / (1 + z * z / trials)
    low, high = trial.wilson_ppm(hits, trials)
    assert low == pytest.approx(PPM * (centre - half), abs=5)
    assert high == pytest.approx(PPM * (centre + half), abs=5)


def test_judges_stop_beyond_the_most_and_see_the_same() -> None:
    series = changes.Series(figure="trades_1s", values=[0, 1] * 1_500)
    often, rarely = trial.watch([lambda s: s.trades_1s == 1, lambda s: False], series, most=3)
    assert trial.episodes(often) == 4 and len(often) < 10
    assert rarely == [False] * 3_000
    (both,) = trial.watch([lambda s: s.trades_1s == 1], series, most=3)
    assert len(both) == len(often)


def test_a_detector_that_cannot_watch_a_figure_says_so() -> None:
    assert trial.judge_of("static_threshold", "spread_1s_ubps", PPM) is None
    assert trial.judge_of("robust_cusum", "trades_1s", 100_000) is None  # shock below release
    assert trial.judge_of("hard_caps", "link", PPM) is not None


# --- comparison, on short days -------------------------------------------------------------


@pytest.fixture
def short_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a day be an hour with two changes, so that a whole comparison takes a second or two."""
    monkeypatch.setattr(changes, "DAY_S", 3_600)
    monkeypatch.setattr(compare, "DAY_S", 3_600)
    monkeypatch.setattr(compare, "CHANGES_PER_DAY", 2)


def test_comparison_is_calibrated_and_repeatable(short_days: None) -> None:
    def rows() -> list[dict[str, Any]]:
        table = compare.Comparison(3, 1, ["rate_cusum", "static_threshold"], ["negbin"])
        return [asdict(row) for row in table.rows()]

    made = rows()
    assert made == rows()
    assert [(r["change"], r["detector"], r["limits"]) for r in made[:4]] == [
        ("rate_x2", "rate_cusum", "shipped"),
        ("rate_x2", "rate_cusum", "equal"),
        ("rate_x2", "static_threshold", "shipped"),
        ("rate_x2", "static_threshold", "equal"),
    ]
    assert {r["change"] for r in made} == set(compare.RATES)
    # The scale is the least of the grid: one step lower has too many false alarms.
    calm = changes.calm_days("trades_1s", "negbin", 3, 0, 1)
    for row in made[:4]:
        if row["limits"] == "equal":
            at = compare.GRID.index(row["scale_ppm"])
            for scale, few in ((compare.GRID[at], True), (compare.GRID[max(at - 1, 0)], at == 0)):
                judge = trial.judge_of(row["detector"], "trades_1s", scale)
                assert judge is not None
                (on,) = trial.watch([judge], calm)
                assert (trial.episodes(on) <= compare.MOST_PER_DAY) is few
    x10 = [r for r in made if r["change"] == "rate_x10" and r["limits"] == "shipped"]
    assert [r["missed"] for r in x10] == [0] * len(x10)


def test_main_process_has_every_change(short_days: None) -> None:
    table = compare.Comparison(3, 1, ["static_threshold"], ["hawkes06"])
    made = list(table.rows())
    assert list(dict.fromkeys(row.change for row in made)) == list(changes.CHANGES)
    by = {(row.change, row.detector): row for row in made}
    # Silence is found by the hard cap on link age after 3 s; a late feed warns the gate at once.
    assert by["silence", "hard_caps"].delay_median_s == 3
    assert by["latency_300ms", "gate"].delay_median_s == 1
    assert by["latency_300ms", "hard_caps"].missed == by["latency_300ms", "hard_caps"].changes
    assert by["spread_x3", "hard_caps"].detector == "hard_caps"  # the chosen detector cannot


def test_command_writes_fixed_columns_and_a_total_last(short_days: None) -> None:
    arguments = ("detectors", "--days", "1", "--process", "poisson", "--detector", "static_threshold")
    done = lab(*arguments, "--format", "csv", "--quiet")
    lines = done.out.splitlines()
    assert (done.code, done.err) == (ExitCode.DONE, "")
    assert lines[0] == ",".join(compare.COLUMNS)
    assert len(lines) == 1 + 2 * len(compare.RATES) + 1
    assert lines[-1].startswith("total,,8 rows,") and lines[-1].count(",") == len(compare.COLUMNS) - 1
    assert lab(*arguments, "--format", "csv", "--quiet").out == done.out
    records = [json.loads(line) for line in lab(*arguments, "--format", "json").out.splitlines()]
    assert [record["kind"] for record in records] == ["row"] * 8 + ["total"]
    assert records[-1]["changes"] == sum(record["changes"] for record in records[:-1]) == 16
    text = lab(*arguments)
    assert text.out.splitlines()[-1].startswith("total") and "static_threshold" in text.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--detector", "nothing"), "--detector nothing: must be one of ewma_z"),
        (("--process", "cox"), "--process cox: must be one of poisson"),
        (("--days", "0"), "--days 0: must be within 1..100"),
    ],
)
def test_what_cannot_be_is_refused(arguments: tuple[str, ...], message: str) -> None:
    done = lab("detectors", *arguments)
    assert (done.code, done.out) == (ExitCode.USAGE, "")
    assert message in done.err and done.err.count("\n") == 1


def test_lift_of_a_missing_recording() -> None:
    done = lab("detectors", "--lift", "no/such.gz")
    assert done.code == ExitCode.INPUT and "no/such.gz" in done.err


# --- lift ----------------------------------------------------------------------------------


def test_ratio_and_interval_of_blocks() -> None:
    assert bootstrap.ratio_milli(60, 2, 100, 10) == 3_000  # 30 against 10
    assert bootstrap.ratio_milli(60, 0, 100, 10) is None
    assert bootstrap.ratio_milli(60, 2, -100, 10) is None
    picks = bootstrap.resamples(1, "x", 50)
    assert len(picks) == bootstrap.RESAMPLES
    assert all(sum(times) == 50 for times in picks)
    # Every block has an ON of 30 and an OFF of 10: no resample says anything but 3.
    samples = [(at, 30 if at % 2 else 10) for at in range(100)]
    whole = bootstrap.Blocks(samples, [at // 2 for at in range(100)], picks)
    on = dict.fromkeys(range(50), (30, 1))
    assert bootstrap.interval_milli(on, {}, whole) == (3_000, 3_000)
    # Cold samples are in neither: without the tens of half the blocks the ratio is the same.
    cold = dict.fromkeys(range(25), (10, 1))
    assert bootstrap.interval_milli(on, cold, whole) == (3_000, 3_000)
    # In one block only: fewer than half of the resamples would do, but e^-1 is the share without.
    low, high = bootstrap.interval_milli({0: (30, 1)}, {}, whole)
    assert low is not None and high is not None and low < 3_000


def quote(ms: int, bid: int, ask: int, lots: int = 5) -> Quote:
    return Quote("X", ms * NS_PER_MS, None, bid, lots, ask, lots, ms)


def test_probe_costs_are_what_the_mid_did_to_the_fill() -> None:
    probed = probe.Probe()
    probed.on_quote(quote(0, 100, 102))
    probed.place(7, 1_000 * NS_PER_MS)  # buys at 100 and sells at 102, behind 5 lots each
    sell = Trade("X", 2_000 * NS_PER_MS, None, 100, 6, False, Market.MARKET, 1, 1)
    probed.pass_time(sell.recv_ns)
    probed.on_trade(sell)  # the sixth lot reaches the buy
    late = quote(6_000, 96, 98)
    probed.pass_time(late.recv_ns)
    probed.on_quote(late)
    assert probed.costs == []
    probed.pass_time(7_001 * NS_PER_MS)  # five seconds after the fill the mid is 97
    assert probed.costs == [(7, 6 * UBPS_ONE // 194)]
    probed.place(8, 40_000 * NS_PER_MS)  # the first sell has rested for 30 s: gone
    lifted = Trade("X", 41_000 * NS_PER_MS, None, 102, 100, True, Market.MARKET, 2, 2)
    probed.pass_time(lifted.recv_ns)
    probed.on_trade(lifted)  # goes through 98, where the new sell rests
    probed.pass_time(46_001 * NS_PER_MS)
    assert probed.costs[1:] == [(8, (194 - 196) * UBPS_ONE // 194)]  # above the mid still: it paid


def test_lift_on_a_made_up_recording(tmp_path: Path) -> None:
    recording = tmp_path / "day.gz"
    write_recording(recording, synthesize(7, 6))
    arguments = ("detectors", "--lift", str(recording), "--detector", "robust_cusum", "--format", "json")
    done = lab(*arguments, "--quiet")
    records = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == ExitCode.DONE and records[-1]["kind"] == "total"
    assert lab(*arguments, "--quiet").out == done.out
    shipped = {r["cost"]: r for r in records if r["features"] == "trades_1s+quotes_1s"}
    # The burst at 04:00 is the only thing that happens: the mid runs, so the state has lift.
    assert list(shipped) == ["abs_return_10s", "spread_10s", "markout_cost_5s"]
    moved = shipped["abs_return_10s"]
    assert moved["episodes"] == 1 and 0 < moved["on_ppm"] < 200_000
    assert moved["lift_milli"] == bootstrap.ratio_milli(
        moved["on_mean_ubps"], 1, moved["off_mean_ubps"], 1
    ) or moved["lift_milli"] == pytest.approx(
        1_000 * moved["on_mean_ubps"] / moved["off_mean_ubps"], rel=0.01
    )
    assert moved["on_ppm"] > lift.ON_MOST_PPM and not moved["earns"]


# --- the page ------------------------------------------------------------------------------


def test_page_keeps_its_head_and_wants_whole_files(tmp_path: Path, short_days: None) -> None:
    made = lab(
        "detectors",
        "--days",
        "1",
        "--process",
        "poisson",
        "--detector",
        "static_threshold",
        "--format",
        "json",
    )
    file = tmp_path / "1-changes.json"
    file.write_text(made.out, encoding="utf-8")
    target = tmp_path / "page.md"
    target.write_text(f"# By hand\n\n{page.MARKER}\n\noutdated\n", encoding="utf-8")
    assert page.write([str(file)], target) == ExitCode.DONE
    text = target.read_text(encoding="utf-8")
    assert text.startswith(
        f"# By hand\n\n{page.MARKER}\n\n### rate_x2, flow poisson\n\n1 calm days, 2 changes."
    )
    assert "outdated" not in text and text.count("| static_threshold | equal |") == 4
    file.write_text(made.out.rpartition("{")[0], encoding="utf-8")
    with pytest.raises(InputError, match="does not end in a total"):
        page.write([str(file)], target)
