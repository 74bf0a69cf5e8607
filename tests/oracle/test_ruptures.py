"""Retrospective change points of ruptures against what the online detectors said at the time."""

from __future__ import annotations

import pytest

from tools.lab.detectors import changes, trial
from tools.observer.regimes.ilog import ilog2_1p

ruptures = pytest.importorskip("ruptures", reason="the oracle ruptures is not here: pip install '.[oracle]'")
numpy = pytest.importorskip("numpy", reason="the oracle numpy is not here: pip install '.[oracle]'")


def test_online_alarms_lie_within_what_pelt_finds_afterwards() -> None:
    """PELT sees the whole series: its first change point of each burst is where the label says.

    The online delay is then taken against PELT instead of against the label, and the two
    delays may differ only by how far PELT is from the label.
    """
    series = changes.with_changes("rate_x5", "hawkes06", 11, 4)
    logs = numpy.array([float(ilog2_1p(value)) for value in series.values]).reshape(-1, 1)
    variance = float(numpy.var(logs))
    # The linear kernel is the cost of a change of mean, and this PELT is compiled.
    found = ruptures.KernelCPD(kernel="linear", min_size=10).fit(logs).predict(pen=60 * variance)
    judge = trial.judge_of("rate_cusum", "trades_1s", 1_000_000)
    assert judge is not None
    (on,) = trial.watch([judge], series)
    for start in series.starts:
        near = min(found, key=lambda point: abs(point - start))
        assert abs(near - start) <= 5, "PELT does not see the burst where the label says"
        first = start + on[start : start + 60].index(True)
        assert -5 <= first - near <= 15
    # What PELT finds far from any burst is the cycle; the online detector is silent there.
    calm = [at for at, now in enumerate(on) if now and not any(s <= at < s + 120 for s in series.starts)]
    assert calm == []
