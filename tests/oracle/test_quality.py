"""Competing risks against lifelines, fills by distance against statsmodels, columns in pandas and polars."""

from __future__ import annotations

import math
import warnings
from pathlib import Path

import pytest

from tests.kit.cli import lab
from tools.lab.quality import fills, orders
from tools.lab.stats.bootstrap import widening
from tools.lab.stats.competing_risks import aalen_johansen, kaplan_meier
from tools.lab.stats.fill_intensity import Watched, fit
from tools.lab.stats.wilson import Z95

lifelines = pytest.importorskip(
    "lifelines", reason="the oracle lifelines is not here: pip install '.[oracle]'"
)
numpy = pytest.importorskip("numpy", reason="the oracle numpy is not here: pip install '.[oracle]'")

CAUSES = ("FILL", "CANCEL", "EXPIRE")


@pytest.fixture
def drawn():
    """Return different times, each with an end or none."""
    rng = numpy.random.default_rng(7)
    durations = (rng.permutation(40_000)[:3_000] + 1).tolist()
    causes = [(*CAUSES, None)[at] for at in rng.choice(4, 3_000, p=(0.4, 0.35, 0.1, 0.15))]
    return durations, causes


def test_incidence_is_that_of_lifelines(drawn) -> None:
    durations, causes = drawn
    mine = aalen_johansen(durations, causes, CAUSES)
    codes = [0 if cause is None else CAUSES.index(cause) + 1 for cause in causes]
    for code, cause in enumerate(CAUSES, start=1):
        fitter = lifelines.AalenJohansenFitter(calculate_variance=False)
        theirs = fitter.fit(durations, codes, event_of_interest=code).cumulative_density_.iloc[:, 0]
        for time in range(0, max(durations) + 1, 97):
            wanted = theirs[theirs.index <= time]
            assert mine.at(cause, time) == pytest.approx(wanted.iloc[-1], abs=1e-6)


def test_kaplan_meier_is_that_of_lifelines_ties_included(drawn) -> None:
    durations, causes = drawn
    durations = [duration // 50 for duration in durations]
    seen = [cause == "FILL" for cause in causes]
    mine = kaplan_meier(durations, seen, "FILL")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = lifelines.KaplanMeierFitter().fit(durations, seen).survival_function_.iloc[:, 0]
    for time in range(0, max(durations) + 1, 7):
        wanted = theirs[theirs.index <= time]
        assert 1 - mine.at("FILL", time) == pytest.approx(wanted.iloc[-1] if len(wanted) else 1, abs=1e-6)


def test_pandas_and_polars_take_the_columns_as_they_are(tmp_path: Path) -> None:
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    recording, run = str(tmp_path / "made.gz"), str(tmp_path / "run")
    assert lab("synthesize", "--seed", "7", "--minutes", "7", "--out", recording).code == 0
    assert lab("replay", recording, "--quiet", "--out", run).code == 0
    for columns in (orders(run), fills(run)):
        slow = pd.DataFrame(columns)
        fast = pl.DataFrame(columns)
        assert list(slow.columns) == fast.columns == list(columns)
        assert len(slow) == fast.height == len(columns["client_id"]) > 0
        for name in ("price_ticks", "qty_lots"):
            assert int(slow[name].sum()) == fast[name].sum() == sum(columns[name])
        by_side = fast.group_by("side").len().sort("side")
        assert dict(by_side.iter_rows()) == slow.groupby("side").size().to_dict()
    known = fast.drop_nulls(["markout_1s_htl", "before_ht"])
    wanted = slow.dropna(subset=["markout_1s_htl", "before_ht"])
    assert known["markout_1s_htl"].sum() == int(wanted["markout_1s_htl"].sum())


def test_the_decay_of_fills_is_that_of_a_poisson_regression() -> None:
    sm = pytest.importorskip("statsmodels.api")
    rng = numpy.random.default_rng(11)
    distances = rng.choice([-1, 0, 1, 2, 5], 900)
    until_fill = rng.exponential(1 / (0.4 * numpy.exp(-0.6 * distances)))
    exposed_ns = [int(s * 1e9) for s in numpy.minimum(until_fill, 4.0)]
    orders = [
        Watched(int(d), ns, bool(s <= 4.0))
        for d, ns, s in zip(distances, exposed_ns, until_fill, strict=True)
    ]
    block = 12
    mine = fit(orders, block)
    assert mine is not None and mine.per_s_range is not None and mine.kappa_range is not None
    model = sm.GLM(
        numpy.array([order.filled for order in orders], dtype=float),
        sm.add_constant(-distances.astype(float)),
        family=sm.families.Poisson(),
        offset=numpy.log(numpy.array(exposed_ns) / 1e9),
    )
    blocks = numpy.arange(len(orders)) // block
    theirs = model.fit(tol=1e-14, cov_type="cluster", cov_kwds={"groups": blocks, "use_correction": False})
    log_a, kappa = theirs.params
    assert mine.per_s == pytest.approx(math.exp(log_a), rel=1e-9)
    assert mine.kappa == pytest.approx(kappa, rel=1e-9)
    reach = Z95 * widening(len(orders) / block)
    for (low, high), at, error in (
        (tuple(map(math.log, mine.per_s_range)), log_a, theirs.bse[0]),
        (mine.kappa_range, kappa, theirs.bse[1]),
    ):
        assert (low, high) == pytest.approx((at - reach * error, at + reach * error), rel=1e-7)
    assert mine.residuals == pytest.approx(list(theirs.resid_response), abs=1e-8)
