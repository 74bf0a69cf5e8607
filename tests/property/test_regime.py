"""The regime: invariances, order of caps, and restored futures, on generated markets."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.kit.market_states import T0, S, calm_state
from tools.core.start import StartConfig
from tools.core.verdicts import Regime
from tools.observer.regimes import CapsConfig, HardCaps, RegimeConfig, RegimeEngine
from tools.observer.regimes.baseline import Baseline
from tools.observer.regimes.cusum import Config as CusumConfig
from tools.observer.regimes.cusum import FeatureCusum
from tools.observer.regimes.ilog import ilog2_1p, least_reaching

WORSE = {Regime.NORMAL: 0, Regime.FAST: 1, Regime.UNSTABLE: 2, Regime.UNKNOWN: 3}
START = StartConfig(min_samples=10)

counts = st.one_of(st.integers(0, 5), st.integers(0, 5), st.integers(0, 2_000))
ages = st.sampled_from((0, 0, 0, 0, 3 * S))
seconds = st.lists(st.tuples(counts, counts, ages), min_size=1, max_size=70)
profiles = st.sampled_from(("major", "minor"))


def run(engine: RegimeEngine, market: list[tuple[int, int, int]], at_ns: int, first: int = 0) -> list[str]:
    out = []
    for i, (trades, quotes, age_ns) in enumerate(market, start=first):
        state = calm_state(
            at_ns + i * S,
            tick=True,
            trades_1s=trades,
            quotes_1s=quotes,
            link_age_ns=age_ns,
            warm=i >= 10,
            samples=i,
        )
        out.append(engine.step(state).to_json())
    return out


def shifted(line: str, shift: int) -> dict[str, Any]:
    verdict: dict[str, Any] = json.loads(line)
    verdict["time_ns"] += shift
    verdict["until_ns"] += shift
    return verdict


@given(profiles, seconds, st.integers(-(10**9), 10**9))
def test_time_shift(profile: str, market: list[tuple[int, int, int]], seconds_on: int) -> None:
    shift = seconds_on * S
    here = run(RegimeEngine(RegimeConfig(), profile, START), market, T0)
    there = run(RegimeEngine(RegimeConfig(), profile, START), market, T0 + shift)
    assert [shifted(line, shift) for line in here] == [json.loads(line) for line in there]


@given(profiles, seconds, st.integers(0, 70))
def test_restored_it_goes_on_alike(profile: str, market: list[tuple[int, int, int]], cut: int) -> None:
    whole = RegimeEngine(RegimeConfig(), profile, START)
    run(whole, market[:cut], T0)
    restored = RegimeEngine(RegimeConfig(), profile, START)
    restored.restore(json.loads(json.dumps(whole.snapshot())))
    assert run(whole, market[cut:], T0, cut) == run(restored, market[cut:], T0, cut)
    assert whole.snapshot() == restored.snapshot()


@given(profiles, seconds, st.lists(st.integers(1, 999), max_size=3))
def test_more_evaluations_of_the_same_change_nothing(
    profile: str, market: list[tuple[int, int, int]], extra: list[int]
) -> None:
    plain = RegimeEngine(RegimeConfig(), profile, START)
    dense = RegimeEngine(RegimeConfig(), profile, START)
    for i, (trades, quotes, age_ns) in enumerate(market):
        at_ns = T0 + i * S
        figures = {"trades_1s": trades, "quotes_1s": quotes, "link_age_ns": age_ns, "samples": i}
        state = calm_state(at_ns, tick=True, warm=i >= 10, **figures)
        assert dense.step(state).regime is plain.step(state).regime
        for permille in sorted(extra):
            dense.step(calm_state(at_ns + permille * S // 1000, warm=i >= 10, **figures))
    assert dense.snapshot()["detector"] == plain.snapshot()["detector"]


@given(st.lists(st.tuples(st.integers(0, 15 * S), st.integers(0, 3), st.integers(0, 3)), max_size=40))
def test_a_worse_cap_history_never_gives_a_better_regime(steps: list[tuple[int, int, int]]) -> None:
    # From the caps onward: 0 nothing, 1 and 2 a cap, 3 a missing figure.
    kinds: list[dict[str, Any]] = [{}, {"excess_ns": 2 * S}, {"crossed_ns": 9 * S}, {"spread_1s_ubps": None}]
    start = StartConfig(min_samples=1)
    better = RegimeEngine(RegimeConfig(), "major", start)
    worse = RegimeEngine(RegimeConfig(), "major", start)
    for engine in (better, worse):
        assert engine.step(calm_state(T0, tick=True)).regime is Regime.NORMAL
    at_ns = T0
    for gap, kind, more in steps:
        at_ns += gap
        good = better.step(calm_state(at_ns, **kinds[kind])).regime
        bad = worse.step(calm_state(at_ns, **kinds[min(3, kind + more)])).regime
        assert WORSE[bad] >= WORSE[good]


@given(
    profiles,
    st.sampled_from(("link_age_ns", "excess_ns", "spread_1s_ubps", "move_1s_ht", "crossed_ns")),
    st.integers(0, 10**11),
    st.integers(0, 10**11),
)
def test_caps_are_monotone(profile: str, figure: str, one: int, two: int) -> None:
    caps = HardCaps(CapsConfig(), profile)
    less, more = min(one, two), max(one, two)
    if caps.judge(calm_state(**{figure: less})) is not None:
        assert caps.judge(calm_state(**{figure: more})) is not None


# Of each figure, values around its cap. Where a figure is None because it cannot be known, the
# cap or the missing input must still be told.
AROUND: dict[str, list[int]] = {
    "link_age_ns": [0, 3 * S - 1, 3 * S, 70 * S],
    "link_p999_ns": [0, S, 30 * S],
    "quote_age_ns": [0, 10 * S - 1, 10 * S, 70 * S],
    "quote_p999_ns": [0, S, 7 * S],
    "trade_age_ns": [0, 60 * S - 1, 60 * S, 70 * S],
    "trade_p999_ns": [0, 6 * S, 7 * S],
    "excess_ns": [0, 2 * S - 1, 2 * S],
    "spread_1s_ubps": [0, 10**7 - 1, 10**7],
    "spread_base_24h_ubps": [0, 10**7],
    "move_1s_ht": [0, 1_000, 1_001],
    "mid_ht": [200_001],
}


@given(
    profiles,
    st.fixed_dictionaries({name: st.sampled_from(values) for name, values in AROUND.items()}),
    st.sets(st.sampled_from(sorted(AROUND)), min_size=1),
)
def test_a_missing_figure_never_trips_less(profile: str, figures: dict[str, int], hidden: set[str]) -> None:
    caps = HardCaps(CapsConfig(), profile)
    blind = {name: None if name in hidden else value for name, value in figures.items()}
    if caps.judge(calm_state(**figures)) is not None:
        assert caps.judge(calm_state(**blind)) is not None


@given(st.integers(0, 2**48), st.integers(0, 2**48))
def test_logarithm_keeps_order_and_inverts(one: int, two: int) -> None:
    less, more = min(one, two), max(one, two)
    assert ilog2_1p(less) <= ilog2_1p(more)
    x = least_reaching(ilog2_1p(more))
    assert x <= more
    assert ilog2_1p(x) == ilog2_1p(more)


@given(st.lists(st.integers(0, 3_000), min_size=1, max_size=60), st.integers(1, 20), st.booleans())
def test_baseline_equals_a_slow_one(values: list[int], window: int, poisson: bool) -> None:
    baseline = Baseline(window, 1_000, poisson)
    for x in values:
        baseline.admit(x, ilog2_1p(x))
    baseline.refresh()
    recent = sorted(ilog2_1p(x) for x in values[-window:])
    median = recent[(len(recent) - 1) // 2]
    distances = sorted(abs(y - median) for y in recent)
    mad = distances[(len(distances) - 1) // 2]
    assert baseline.median_log2 == median
    assert baseline.median == sorted(values[-window:])[(len(recent) - 1) // 2]
    if not poisson:
        assert baseline.scale_milli == max(1_000, mad * 14_826 // 10)
    else:
        assert baseline.scale_milli >= max(1_000, mad * 14_826 // 10)


# --- other units ----------------------------------------------------------------------------

# From this sample on, log2(1 + cx) is within one unit (1/1024 of a doubling) of log2(1 + x) +
# log2(c), whatever c: the difference is log2(1 + (c - 1)/(1 + cx)), which is less than 2**-10 once
# x > 1/(2**(1/1024) - 1) = 1476.8.
LARGE = 1_477


def test_large_is_where_the_one_stops_mattering() -> None:
    """(1 + 1/x)**1024 < 2 in integers: the difference above with c without bound."""
    assert (LARGE + 1) ** 1024 < 2 * LARGE**1024
    assert LARGE**1024 >= 2 * (LARGE - 1) ** 1024


@given(st.integers(LARGE, 2**32), st.integers(1, 2**16))
def test_a_finer_unit_shifts_the_logarithm_by_a_constant(x: int, c: int) -> None:
    """Within 2 units: less than one by the 1 in log2(1 + x), and each rounding is half a unit.

    1024 * log2(c) lies in [n, n + 1) with 2**n <= c**1024 < 2**(n + 1), which is exact.
    """
    n = (c**1024).bit_length() - 1
    shift = ilog2_1p(c * x) - ilog2_1p(x)
    assert n - 2 <= shift <= n + 2
    if c & (c - 1) == 0:  # n is 1024 * log2(c) itself
        assert n - 2 <= shift <= n + 1


@given(st.lists(st.integers(LARGE, 2**30), min_size=12, max_size=60), st.integers(2, 2**16), st.booleans())
def test_a_finer_unit_moves_no_score_by_more_than_a_tenth(xs: list[int], c: int, falling: bool) -> None:
    """The z of a sample and of the same sample in another unit: (3 + 5 |z|) / 368 sigma apart at most.

    Sample and median move by the same constant to within 3 units, and so does each distance
    from the median that the MAD is made of, so that the scale moves by 1.4826 * 3 < 5 units; it
    is 0.36 * 1024 > 368 units at least. At the shock's z of 4.5 this is 0.07 sigma.
    """
    feature = "depth_10s_lots" if falling else "move_10s_ht"
    coarse, fine = (FeatureCusum(CusumConfig(), feature, 10) for _ in range(2))
    for second, x in enumerate(xs):
        coarse.sample(x, T0 + second * S)
        fine.sample(c * x, T0 + second * S)
        if coarse.rejected != fine.rejected:
            return  # on either side of a limit: from here on they have learnt different samples
        apart_milli = abs(fine.z_milli - coarse.z_milli)
        assert apart_milli * 368 <= 3_000 + 5 * abs(coarse.z_milli) + 368
