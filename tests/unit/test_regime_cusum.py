"""The default detector: baseline, CUSUM, shock, freeze and relearning, one rule at a time."""

from __future__ import annotations

import json
import math
import statistics
from typing import Any

import pytest

from tests.kit.market_states import T0, S, calm_state
from tools.core.errors import ConfigError
from tools.observer.regimes.baseline import Baseline
from tools.observer.regimes.cusum import Config, FeatureCusum
from tools.observer.regimes.detector import FAST, QUIET, UNSTABLE
from tools.observer.regimes.features import FEATURES
from tools.observer.regimes.ilog import ilog2_1p
from tools.observer.regimes.robust_cusum import Reason, RobustCusum, build

WARM = 120


def fed(counts: list[int], config: Config | None = None, feature: str = "trades_1s") -> FeatureCusum:
    cusum = FeatureCusum(config or Config(), feature, WARM)
    for i, x in enumerate(counts):
        cusum.sample(x, T0 + i * S)
    return cusum


@pytest.mark.parametrize("window", [5, 8, 40])
def test_baseline_is_low_median_and_mad(window: int) -> None:
    baseline = Baseline(window, 1, False)
    seen: list[int] = []
    for i in range(100):
        x = (i * 7_919) % 97
        baseline.admit(x, ilog2_1p(x))
        seen.append(ilog2_1p(x))
        baseline.refresh()
        recent = seen[-window:]
        median = statistics.median_low(recent)
        mad = statistics.median_low([abs(y - median) for y in recent])
        assert baseline.median_log2 == median
        assert baseline.scale_milli == max(1, mad * 14_826 // 10)


def test_scale_of_counts_has_the_poisson_floor_and_the_practical_floor() -> None:
    quiet = fed([0] * WARM)
    assert quiet.baseline.scale_milli == pytest.approx(1024_000 / math.log(2), abs=1)
    busy = fed([100] * WARM)  # 1 / (ln 2 * sqrt(101)) = 0.14 < 0.36
    assert busy.baseline.scale_milli == 360 * 1024
    spread = fed([0] * WARM, feature="spread_1s_ubps")  # no count, no Poisson floor
    assert spread.baseline.scale_milli == 360 * 1024


def test_not_warm_before_the_minimum() -> None:
    assert not fed([5] * (WARM - 1)).warm()
    assert fed([5] * WARM).warm()


@pytest.mark.parametrize(("count", "shock"), [(87, False), (127, True)])
def test_shock_at_four_and_a_half_sigma(count: int, shock: bool) -> None:
    # Over a median of 0 the scale is 1 / ln 2: z = log2(1 + x) * ln 2 = ln(1 + x).
    assert (math.log(1 + count) >= 4.5) == shock
    cusum = fed([0] * WARM + [count])
    assert (cusum.shock_until_ns == T0 + (WARM + 10) * S) == shock
    assert cusum.z_milli == pytest.approx(1000 * math.log(1 + count), abs=2)


def test_shock_limit_is_the_first_count_that_shocks() -> None:
    limit = fed([0] * WARM).shock_at()
    assert limit is not None
    assert abs(limit - (math.exp(4.5) - 1)) < 1  # 89.02; the logarithm has 10 binary places
    assert fed([0] * WARM + [limit]).shock_until_ns > 0
    assert fed([0] * WARM + [limit - 1]).shock_until_ns == 0


def test_cusum_adds_up_and_starts_again() -> None:
    # 100 -> 200: one doubling over a scale of 0.36: z = 2.76, each second adds 1.26.
    cusum = fed([100] * WARM)
    z = 1000 * math.log2(201 / 101) / 0.36
    seconds = math.ceil(6_000 / (z - 1_500))
    for i in range(seconds - 1):
        cusum.sample(200, T0 + (WARM + i) * S)
    assert cusum.cusum_until_ns == 0
    cusum.sample(200, T0 + (WARM + seconds - 1) * S)
    assert cusum.cusum_until_ns == T0 + (WARM + seconds - 1 + 10) * S
    assert cusum.cusum_milli == 0
    assert cusum.shock_until_ns == 0


def test_one_sample_adds_at_most_the_cap() -> None:
    cusum = fed([100] * WARM, Config(alarm_milli=6_501))
    cusum.sample(10**9, T0 + WARM * S)
    assert cusum.cusum_milli == 8_000 - 1_500


def test_hold_is_extended_while_z_is_above_release() -> None:
    cusum = fed([0] * WARM + [127])
    cusum.sample(4, T0 + (WARM + 5) * S)  # ln 5 = 1.61
    assert cusum.shock_until_ns == T0 + (WARM + 15) * S
    cusum.sample(3, T0 + (WARM + 6) * S)  # ln 4 = 1.39
    assert cusum.shock_until_ns == T0 + (WARM + 15) * S
    cusum.sample(4, T0 + (WARM + 15) * S)  # no longer on
    assert cusum.shock_until_ns == T0 + (WARM + 15) * S


def test_outliers_are_not_learnt() -> None:
    cusum = fed([100] * 300)
    for i in range(600):
        cusum.sample(10_000, T0 + (300 + i) * S)
    assert cusum.baseline.admitted == 300
    assert cusum.baseline.median == 100
    assert cusum.rejected == 600


def test_a_new_level_is_learnt_in_the_end() -> None:
    cusum = fed([100] * 300)
    for i in range(900 + 450):
        cusum.sample(10_000, T0 + (300 + i) * S)
    assert cusum.baseline.median == 10_000


def test_scattered_outliers_never_add_up() -> None:
    cusum = fed([100] * WARM)
    for i in range(4_000):
        cusum.sample(10_000 if i % 2 else 100, T0 + (WARM + i) * S)
    assert cusum.rejected <= 1
    assert cusum.baseline.median == 100


def test_falling_depth_counts_and_rising_does_not() -> None:
    rising = fed([1_000] * WARM + [1_000_000], feature="depth_10s_lots")
    assert rising.shock_until_ns == 0
    falling = fed([1_000] * WARM, feature="depth_10s_lots")
    limit = falling.shock_at()
    assert limit is not None
    falling.sample(limit + 1, T0 + WARM * S)
    assert falling.shock_until_ns == 0
    falling.sample(limit, T0 + (WARM + 1) * S)
    assert falling.shock_until_ns > 0


def test_depth_too_small_to_shock_has_no_limit() -> None:
    assert fed([1] * WARM, feature="depth_10s_lots").shock_at() is None


def test_samples_beyond_the_largest_are_clipped() -> None:
    cusum = fed([2**70] * WARM)
    assert cusum.baseline.median == 2**48 - 1


CUSUM_AND_SHOCK: list[tuple[str, dict[str, Any], dict[str, Any], Reason, Reason, int, int]] = [
    (
        "trades_1s",
        {"trades_1s": 100},
        {"trades_1s": 200},
        Reason.TRADES_CUSUM,
        Reason.TRADES_SHOCK,
        FAST,
        UNSTABLE,
    ),
    (
        "quotes_1s",
        {"quotes_1s": 100},
        {"quotes_1s": 200},
        Reason.QUOTES_CUSUM,
        Reason.QUOTES_SHOCK,
        FAST,
        FAST,
    ),
    (
        "move_10s_ht",
        {"move_10s_ht": 100},
        {"move_10s_ht": 200},
        Reason.MOVE_CUSUM,
        Reason.MOVE_SHOCK,
        FAST,
        FAST,
    ),
    (
        "spread_1s_ubps",
        {"spread_1s_ubps": 100},
        {"spread_1s_ubps": 200},
        Reason.SPREAD_CUSUM,
        Reason.SPREAD_SHOCK,
        UNSTABLE,
        UNSTABLE,
    ),
    (
        "depth_10s_lots",
        {"depth_10s_lots": 2_000},
        {"depth_10s_lots": 1_000},
        Reason.DEPTH_CUSUM,
        Reason.DEPTH_SHOCK,
        UNSTABLE,
        UNSTABLE,
    ),
]


@pytest.mark.parametrize(
    ("feature", "usual", "raised", "cusum", "shock", "cusum_level", "minor_level"), CUSUM_AND_SHOCK
)
def test_every_alarm_has_its_reason(
    feature: str,
    usual: dict[str, Any],
    raised: dict[str, Any],
    cusum: Reason,
    shock: Reason,
    cusum_level: int,
    minor_level: int,
) -> None:
    for profile in ("major", "minor"):
        detector = build(Config(features=(feature,)), profile, WARM)
        now = T0
        for _ in range(WARM):
            detector.sample(calm_state(now, tick=True, **usual))
            now += S
        assert detector.warm()
        assert (detector.level(now), detector.reason(now), detector.evidence(now)) == (QUIET, "", ())
        for _ in range(5):
            detector.sample(calm_state(now, tick=True, **raised))
            now += S
        assert detector.reason(now) == cusum
        assert detector.level(now) == cusum_level
        assert detector.evidence(now)[0][0] == f"{feature}_cusum_milli"
        extreme = {feature: 10**9 if feature != "depth_10s_lots" else 0}
        detector.sample(calm_state(now, tick=True, **extreme))
        assert detector.reason(now) == shock
        assert detector.evidence(now)[0][0] == f"{feature}_z_milli"
        expected = minor_level if profile == "minor" else (FAST if feature == "trades_1s" else minor_level)
        assert detector.level(now) == expected
        assert detector.hold_until_ns() == now + 10 * S


def test_every_reason_is_in_the_table() -> None:
    told = {row[3] for row in CUSUM_AND_SHOCK} | {row[4] for row in CUSUM_AND_SHOCK}
    assert told | {Reason.RV_CUSUM, Reason.RV_SHOCK} == set(Reason)  # those two: the next test
    assert {row[0] for row in CUSUM_AND_SHOCK} | {"rv_10s_ht2"} == set(FEATURES)


def test_realised_variation_is_summed_from_the_mids_of_ten_seconds() -> None:
    detector = build(Config(features=("rv_10s_ht2",)), "major", WARM)
    now, mid_ht = T0, 200_000

    def second(change_ht: int) -> None:
        nonlocal now, mid_ht
        now += S
        mid_ht += change_ht
        detector.sample(calm_state(now, tick=True, mid_ht=mid_ht))

    for i in range(WARM + 10):  # ten samples until the first sum
        second(1 if i % 2 else -1)
    assert detector.warm()
    assert detector.bounds()[0][:2] == ("rv_10s_ht2", 10)
    # 13, 16, ... 28: z is log2((11 + 3k) / 11) / 0.36; from the second on it is above 1.5,
    # and 0.24 + 0.89 + 1.46 + 1.94 + 2.38 is the first sum above 6.
    for _ in range(5):
        second(2)
    assert detector.level(now) == QUIET
    second(2)
    assert detector.bounds()[0][:2] == ("rv_10s_ht2", 28)
    assert (detector.level(now), detector.reason(now)) == (FAST, Reason.RV_CUSUM)
    second(200)
    assert detector.bounds()[0][:2] == ("rv_10s_ht2", 3 * 1 + 6 * 4 + 200 * 200)
    assert detector.reason(now) == Reason.RV_SHOCK
    now += S
    detector.sample(calm_state(now, tick=True, mid_ht=None))  # unknown: ten seconds anew
    second(0)
    assert detector.bounds()[0][:2] == ("rv_10s_ht2", 3 * 1 + 6 * 4 + 200 * 200)  # no new sample was taken


def test_which_alarms_are_unstable_is_configuration() -> None:
    shock = {"trades_1s": 10**6}
    for config, profile, level in (
        (Config(), "major", FAST),
        (Config(), "minor", UNSTABLE),
        (Config(unstable_shocks_minor=()), "minor", FAST),
        (Config(unstable_shocks_major=("trades_1s",)), "major", UNSTABLE),
        (Config(unstable=("trades_1s",)), "major", UNSTABLE),
    ):
        detector = build(config, profile, WARM)
        for i in range(WARM):
            detector.sample(calm_state(T0 + i * S, tick=True))
        detector.sample(calm_state(T0 + WARM * S, tick=True, **shock))
        assert detector.level(T0 + WARM * S) == level, (config, profile)


def test_a_stream_never_seen_takes_no_sample() -> None:
    detector = RobustCusum(Config(), "major", 1)
    detector.sample(calm_state(T0, tick=True, missing=("trades",)))
    assert not detector.warm()
    assert [f.baseline.admitted for f in detector.features] == [0, 1]
    detector.sample(calm_state(T0 + S, tick=True, missing=("quotes",)))
    assert [f.baseline.admitted for f in detector.features] == [1, 1]
    assert RobustCusum(Config(features=("spread_1s_ubps",)), "major", 1).warm() is False


def test_bounds_name_sample_z_and_cusum() -> None:
    detector = RobustCusum(Config(features=("trades_1s",)), "major", WARM)
    for i in range(WARM + 1):
        detector.sample(calm_state(T0 + i * S, tick=True, trades_1s=0))
    assert detector.bounds() == (
        ("trades_1s", 0, detector.features[0].shock_at()),
        ("trades_1s_z_milli", 0, 4_500),
        ("trades_1s_cusum_milli", 0, 6_000),
    )


def test_snapshot_through_json_leads_to_the_same_future() -> None:
    counts = [(i * 37) % 11 for i in range(200)] + [300] * 3 + [(i * 53) % 13 for i in range(400)]
    for split in (0, 60, 121, 201, 230):
        one = RobustCusum(Config(features=("trades_1s",)), "minor", WARM)
        for i, count in enumerate(counts[:split]):
            one.sample(calm_state(T0 + i * S, tick=True, trades_1s=count))
        two = RobustCusum(Config(features=("trades_1s",)), "minor", WARM)
        two.restore(json.loads(json.dumps(one.snapshot())))
        for i, count in enumerate(counts[split:], start=split):
            state = calm_state(T0 + i * S, tick=True, trades_1s=count)
            one.sample(state)
            two.sample(state)
        assert one.snapshot() == two.snapshot()


@pytest.mark.parametrize(
    ("key", "changed"),
    [
        ("features", {"features": ("trades",)}),
        ("features", {"features": ()}),
        ("unstable", {"unstable": ("trades",)}),
        ("unstable_shocks_major", {"unstable_shocks_major": ("trades",)}),
        ("unstable_shocks_minor", {"unstable_shocks_minor": ("trades",)}),
        ("window", {"window": 0}),
        ("refresh", {"refresh": 0}),
        ("floor_log2_milli", {"floor_log2_milli": 0}),
        ("drift_milli", {"drift_milli": 8_000}),
        ("alarm_milli", {"alarm_milli": 0}),
        ("shock_milli", {"shock_milli": 1_500}),
        ("hold_ns", {"hold_ns": -1}),
    ],
)
def test_configuration_is_checked(key: str, changed: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=rf"^detector\.robust_cusum\.{key}:"):
        Config(**changed)


@pytest.mark.parametrize("min_samples", [0, 901])
def test_min_samples_must_fit_the_window(min_samples: int) -> None:
    with pytest.raises(ConfigError, match=r"^start\.min_samples:"):
        RobustCusum(Config(), "major", min_samples)
