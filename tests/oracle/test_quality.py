"""Competing risks against lifelines, and the columns of a run in pandas and polars."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from tests.kit.cli import lab
from tools.lab.quality import fills, orders
from tools.lab.stats.competing_risks import aalen_johansen, kaplan_meier

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
        for time in range(0, 41_000, 97):
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
    for time in range(0, 820, 7):
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
