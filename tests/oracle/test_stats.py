"""The statistics of `tools.lab.stats` against statsmodels, scipy, pandas and numpy."""

from __future__ import annotations

import pytest

from tools.lab.stats.amihud import amihud
from tools.lab.stats.clustering import fano
from tools.lab.stats.jumps import LEVEL_1_PERCENT, cube_root, jump_test, ratio_statistic
from tools.lab.stats.kyle import BINS, kyle_lambda
from tools.lab.stats.microprice import Transitions, shifts_ppm
from tools.lab.stats.queue_imbalance import auc
from tools.lab.stats.regression import r2, slope, sums_of
from tools.lab.stats.vpin import imbalances, vpin


@pytest.fixture
def rng():
    return pytest.importorskip("numpy").random.default_rng(11)


def test_kyle_is_the_slope_of_statsmodels(rng) -> None:
    np, sm = pytest.importorskip("numpy"), pytest.importorskip("statsmodels.api")
    for scale in (1, 1_000, 1_000_000):
        signed = rng.integers(-500 * scale, 500 * scale, 400)
        change = signed // (10 * scale) + rng.integers(-30, 30, 400)
        got = kyle_lambda(signed.tolist(), change.tolist())
        fit = sm.OLS(change[-BINS:].astype(float), sm.add_constant(signed[-BINS:].astype(float))).fit()
        assert got == pytest.approx(fit.params[1], rel=1e-12)
        assert r2(sums_of(list(zip(signed[-BINS:].tolist(), change[-BINS:].tolist(), strict=True)))) == (
            pytest.approx(fit.rsquared, rel=1e-9)
        )
    assert np.isfinite(fit.rsquared)


def test_a_slope_does_not_care_how_far_from_zero_it_is(rng) -> None:
    x = (10**15 + rng.integers(0, 100, 300)).tolist()
    y = [3 * value + 7 for value in x]
    assert slope(sums_of(list(zip(x, y, strict=True)))) == 3.0


def test_amihud_is_the_mean_of_pandas(rng) -> None:
    np, pd = pytest.importorskip("numpy"), pytest.importorskip("pandas")
    mids = 100_000 + np.cumsum(rng.integers(-50, 51, 61))
    turnover = rng.integers(0, 3, 60) * rng.integers(1, 10**9, 60)
    frame = pd.DataFrame({"r": np.abs(np.diff(mids)) / mids[:-1], "v": turnover * 0.001})
    wanted = (frame["r"] / frame["v"])[frame["v"] > 0].mean() * 1e4 * 1e6
    assert amihud(mids.tolist(), turnover.tolist(), 0.001) == pytest.approx(wanted, rel=1e-12)


def test_vpin_is_that_of_single_lots(rng) -> None:
    np = pytest.importorskip("numpy")
    lots, buys = rng.integers(1, 400, 3_000), rng.random(3_000) < 0.55
    units = np.repeat(np.where(buys, 1, -1), lots)
    trades = list(zip(lots.tolist(), buys.tolist(), strict=True))
    for size in (1, 97, 1_000):
        full = len(units) // size
        wanted = np.abs(units[: full * size].reshape(full, size).sum(axis=1))
        assert imbalances(trades, size) == wanted.tolist()
        assert vpin(trades, size) == wanted[-50:].sum() / (50 * size)


def test_dispersion_is_that_of_numpy(rng) -> None:
    counts = rng.negative_binomial(3, 0.1, 500)
    assert fano(counts.tolist()) == pytest.approx(counts.var() / counts.mean(), rel=1e-12)


def test_auc_is_the_statistic_of_mann_and_whitney(rng) -> None:
    stats = pytest.importorskip("scipy.stats")
    up = rng.integers(0, 40, 700).tolist()
    down = rng.integers(-10, 35, 500).tolist()
    wanted = stats.mannwhitneyu(up, down).statistic / (700 * 500)
    assert auc([(value, True) for value in up] + [(value, False) for value in down]) == pytest.approx(wanted)


def test_the_jump_test_has_its_size_and_some_power(rng) -> None:
    samples = 4_000
    found = jumps = coarse = 0
    for number in range(samples):
        changes = (rng.standard_normal(300) * 1_000).astype(int).tolist()
        z = ratio_statistic(changes)
        assert z is not None
        found += z > LEVEL_1_PERCENT
        if number < 200:
            changes[150] += 10_000
            z = ratio_statistic(changes)
            jumps += z is not None and z > LEVEL_1_PERCENT
    assert 0.007 <= found / samples <= 0.016
    assert jumps / 200 > 0.7  # ten standard deviations are found in about nine samples of ten
    # Where a tick is as large as the usual change the test would find jumps everywhere: it is not made.
    for _ in range(50):
        ticks = rng.standard_normal(300).round().astype(int).tolist()
        z = ratio_statistic(ticks)
        coarse += z is not None and z > LEVEL_1_PERCENT
        assert jump_test(ticks, 1) is None
    assert coarse / 50 > 0.3


def test_cube_roots_are_those_of_numpy(rng) -> None:
    np = pytest.importorskip("numpy")
    for value in rng.integers(0, 2**50, 500).tolist():
        root = cube_root(value)
        assert root**3 <= value < (root + 1) ** 3
        assert abs(root - float(np.cbrt(value))) <= 1


def test_micro_price_shifts_are_those_of_numpys_linear_algebra(rng) -> None:
    np = pytest.importorskip("numpy")
    bid, lots = 1_000, rng.integers(1, 100, (2, 20_000))
    quotes = []
    for index in range(20_000):
        pressure = lots[0, index] / lots[:, index].sum()
        bid += int(rng.random() < pressure * 0.2) - int(rng.random() < (1 - pressure) * 0.2)
        wide = 1 + int(rng.random() < 0.1)
        quotes.append((bid, int(lots[0, index]), bid + wide, int(lots[1, index])))
    seen = Transitions(10, 2)
    seen.add(quotes)
    count = np.array(seen.count, dtype=float)
    still, moved = np.array(seen.still) / count[:, None], np.array(seen.moved) / count[:, None]
    first = np.linalg.solve(np.eye(20) - still, np.array(seen.change_ht) / count)
    step = np.linalg.solve(np.eye(20) - still, moved)
    total, term = first.copy(), first
    for _ in range(200):
        term = step @ term
        total += term
    assert np.abs(np.array(shifts_ppm(seen)) - total / 2 * 1e6).max() <= 1
    assert max(shifts_ppm(seen)) > 1_000
