"""The report-only statistics, by arithmetic that fits on a page."""

from __future__ import annotations

from math import isclose, sqrt

import pytest

from tools.core.chance import below, stream_id
from tools.lab.stats.amihud import amihud
from tools.lab.stats.bootstrap import block_length, interval, regression_interval, starts_of
from tools.lab.stats.clustering import branching_ratio, fano
from tools.lab.stats.jumps import applicable, cube_root, jump_test, ratio_statistic
from tools.lab.stats.kyle import BINS, kyle_lambda
from tools.lab.stats.queue_imbalance import auc, mean_squared_residual
from tools.lab.stats.regression import r2, slope, sums_of
from tools.lab.stats.vpin import BUCKETS, imbalances, vpin


def test_a_line_is_found_and_no_line_is_none() -> None:
    line = [(x, 3 * x - 5) for x in range(10)]
    assert (slope(sums_of(line)), r2(sums_of(line))) == (3.0, 1.0)
    assert (slope(sums_of([(1, 2), (1, 3)])), r2(sums_of([(1, 2), (1, 3)]))) == (None, None)
    assert r2(sums_of([(1, 2), (2, 2)])) is None
    # x = -1, 0, 1 and y = 1, 0, 1: no linear part at all.
    assert r2(sums_of([(-1, 1), (0, 0), (1, 1)])) == 0.0


def test_kyle_takes_the_last_bins_and_wants_all_of_them() -> None:
    signed = [at % 7 - 3 for at in range(BINS)]
    change = [2 * lots for lots in signed]
    assert kyle_lambda([1_000, *signed], [-1, *change]) == 2.0
    assert kyle_lambda(signed[1:], change[1:]) is None
    assert kyle_lambda([5] * BINS, change) is None


def test_amihud_skips_bins_that_did_not_trade() -> None:
    # 1 % on 1,000 tick x lots worth 0.5 each, then nothing, then 0.5 % on 100.
    mids = [1_000, 1_010, 1_200, 1_206]
    wanted = (0.01 / 500 + 6 / 1_200 / 50) / 2 * 1e4 * 1e6
    assert isclose(amihud(mids, [1_000, 0, 100], 0.5) or 0, wanted, rel_tol=1e-14)
    assert amihud([1, 2], [0], 1.0) is None


def test_a_trade_fills_several_buckets() -> None:
    assert imbalances([(12, True), (3, False)], 5) == [5, 5, 1]
    assert imbalances([(4, True)], 5) == [] == imbalances([(4, True)], 0)
    assert vpin([(5 * BUCKETS, True)], 5) == 1.0
    assert vpin([(1, True), (1, False)] * BUCKETS, 2) == 0.0
    assert vpin([(5 * BUCKETS - 1, True)], 5) is None


def test_dispersion_and_branching() -> None:
    # mean 2, variance 4: n = 1 - 1 / sqrt(2).
    assert fano([0, 4]) == 2.0
    assert branching_ratio([0, 4]) == 1 - 1 / sqrt(2)
    assert branching_ratio([2, 2, 2]) == 0.0
    assert branching_ratio([0, 0]) is None is fano([])


def test_cube_roots() -> None:
    assert [cube_root(value) for value in (0, 1, 7, 8, 26, 27, 10**30, 10**30 - 1)] == [
        0, 1, 1, 2, 2, 3, 10**10, 10**10 - 1,
    ]  # fmt: skip


def test_the_jump_statistic_by_hand() -> None:
    # Changes all of size c: RV = n c^2, BV = (pi/2) n c^2, so (RV - BV) / RV = 1 - pi/2 for any c,
    # TQ / BV^2 = mu^-3 (2/pi)^2, which is above 1, and n cancels but for its root.
    n, pi = 100, 3.141592653589793
    worst = 0.8308609**-3 * (2 / pi) ** 2
    wanted = (1 - pi / 2) / sqrt(0.608994 / n * max(1.0, worst))
    for size in (1, 7, 1_000):
        assert isclose(ratio_statistic([size, -size] * (n // 2)) or 0, wanted, rel_tol=1e-6)
    assert ratio_statistic([1, 2]) is None
    assert ratio_statistic([0, 5, 0, 0]) is None


def test_the_jump_test_is_not_made_on_coarse_prices() -> None:
    fine, still = [40, -40] * 50, [40, -40, 0] * 50
    assert applicable(fine, 10) and not applicable(fine, 11)
    assert not applicable(still, 1) and not applicable([40, 40], 1)
    assert jump_test(fine, 10) == ratio_statistic(fine)
    assert jump_test(fine, 11) is None


def test_auc_counts_pairs() -> None:
    up = [(30, True), (50, True)]
    down = [(10, False), (30, False), (60, False)]
    # of 6 pairs in order: 30 over 10, half of 30 = 30, 50 over 10 and 30: 3.5
    assert auc(up + down) == 3.5 / 6
    assert auc(up) is None
    assert auc([(1, False), (2, True)]) == 1.0


def test_the_residual_of_a_coin_and_of_certainty() -> None:
    coin = [(500_000, at % 2 == 0) for at in range(1_000)]
    assert isclose(mean_squared_residual(coin) or 0, (500 / 999) ** 2, rel_tol=1e-12)
    sure = [(at % 2 * 900_000, at % 2 == 1) for at in range(100)]
    assert mean_squared_residual(sure) == 0.0
    assert mean_squared_residual([(1, True)]) == 0.25
    assert mean_squared_residual([]) is None


def test_blocks_are_drawn_inside_the_sample_and_the_same_again() -> None:
    starts = starts_of(100, 10, 3)
    assert starts == starts_of(100, 10, 3) != starts_of(100, 10, 4)
    assert len(starts) == 10 and all(0 <= start <= 90 for start in starts)
    assert [block_length(n) for n in (1, 2, 99, 100)] == [1, 1, 9, 10]


def test_an_interval_of_a_mean_is_about_that_of_the_normal() -> None:
    stream = stream_id("tests.stats")
    sample = [below(1, stream, 0, at, 1_000) for at in range(400)]
    low, high = interval(sample, lambda drawn: sum(drawn) / len(drawn), 400) or (0, 0)
    mean = sum(sample) / 400
    half = 1.96 * sqrt(sum((value - mean) ** 2 for value in sample) / 400 / 400)
    assert low < mean < high
    assert 0.7 < (high - low) / (2 * half) < 1.3
    assert interval([1], lambda drawn: 1.0) is None
    assert interval(sample, lambda drawn: None) is None


def test_both_ways_to_an_interval_agree() -> None:
    stream = stream_id("tests.stats")
    pairs = [(below(2, stream, 0, at, 100) - 50, below(2, stream, 1, at, 100) - 50) for at in range(57)]
    assert regression_interval(pairs, slope, 100) == interval(pairs, lambda s: slope(sums_of(s)), 100)
    assert regression_interval(pairs[:1], slope) is None


@pytest.mark.parametrize("name", ["thin", "mid", "deep"])
def test_the_synthetic_book_is_a_book(name: str) -> None:
    from tools.core.events import Quote, Tick, Trade
    from tools.lab.stats.zi_book import events

    out = list(events(name, 60))
    assert [event.to_dict() for event in out] == [event.to_dict() for event in events(name, 60)]
    assert [event.to_dict() for event in events(name, 60, seed=1)] != [event.to_dict() for event in out]
    times = [event.recv_ns for event in out]
    assert times == sorted(times)
    assert [event.recv_ns for event in out if isinstance(event, Tick)] == [s * 10**9 for s in range(1, 61)]
    last = None
    for event in out:
        if isinstance(event, Quote):
            assert event.bid_ticks < event.ask_ticks and event.bid_lots > 0 and event.ask_lots > 0
            last = event
        elif isinstance(event, Trade) and last is not None:
            # A taker meets the best price of its side or walks on from there.
            if event.buyer_aggressor:
                assert event.price_ticks >= last.ask_ticks
            else:
                assert event.price_ticks <= last.bid_ticks
    assert sum(isinstance(event, Trade) for event in out) > 10
