"""The detectors beside the default one: tables of samples, and the seam they are built through."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.kit.market_states import T0, S, calm_state
from tools.core.errors import ConfigError
from tools.core.instrument import Instrument
from tools.engine import ChainConfig, Pipeline
from tools.live.config_tree import config_from_resolved, parse_config, resolved_config
from tools.live.settings import LabConfig
from tools.observer.regimes import RegimeConfig, ewma_z, rate_cusum, static_threshold
from tools.observer.regimes.detector import FAST, QUIET, UNSTABLE
from tools.observer.regimes.dispersion import Dispersion

WARM = 120
PPM = 1_000_000


def fed(detector: Any, samples: list[int], feature: str = "trades_1s", start: int = T0) -> int:
    """Show samples, one a second; return the time of the last."""
    now = start
    for x in samples:
        now += S
        detector.sample(calm_state(now, tick=True, **{feature: x}))
    return now


# --- parameters from TOML ------------------------------------------------------------------


def test_parameters_of_any_detector_come_from_its_section() -> None:
    text = '[regime]\ndetector = "static_threshold"\n[detector.static_threshold]\ntrades_major = 7\n'
    config = parse_config(text, LabConfig, "mine.toml")
    assert config.detector.static_threshold.trades_major == 7
    assert config_from_resolved(json.loads(json.dumps(resolved_config(config))), LabConfig) == config
    chain = config.chain()
    assert chain.detectors["static_threshold"] == static_threshold.Config(trades_major=7)
    pipeline = Pipeline(Instrument(venue="demo", symbol="BTCUSDT", tick="0.1", lot="0.001"), chain)
    bounds = pipeline.regimes.bounds(calm_state())
    assert ("trades_10s", 0, 7) in bounds
    plain = Pipeline(pipeline.instrument, ChainConfig(regime=RegimeConfig(detector="static_threshold")))
    assert ("trades_10s", 0, 400) in plain.regimes.bounds(calm_state())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[detector.ewma_z]\nalarm = 3\n", r"detector\.ewma_z\.alarm: no such key; did you mean alarm_milli"),
        ("[detector.ewma]\nx = 1\n", r"detector\.ewma: no such key; did you mean ewma_z"),
        ("[detector.ewma_z]\nfast_shift = 9\n", r"detector\.ewma_z\.fast_shift: must be within"),
        (
            '[detector.rate_cusum]\nfeatures = ["spread_1s_ubps"]\n',
            r"detector\.rate_cusum\.features: 'spread",
        ),
    ],
)
def test_what_is_wrong_in_a_section_is_told_with_its_path(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_config(text, LabConfig, "mine.toml")


@pytest.mark.parametrize(
    ("module", "changed"),
    [
        (static_threshold, {"features": ("spread_1s_ubps",)}),
        (static_threshold, {"features": ()}),
        (static_threshold, {"trades_minor": 0}),
        (static_threshold, {"hold_ns": -1}),
        (ewma_z, {"features": ()}),
        (ewma_z, {"unstable": ("trades",)}),
        (ewma_z, {"fast_shift": -1}),
        (ewma_z, {"floor_ppm": -1}),
        (ewma_z, {"release_milli": 0}),
        (ewma_z, {"hold_ns": -1}),
        (rate_cusum, {"features": ()}),
        (rate_cusum, {"unstable_bursts_minor": ("spread_1s_ubps",)}),
        (rate_cusum, {"window": 0}),
        (rate_cusum, {"block": 0}),
        (rate_cusum, {"memory": 0}),
        (rate_cusum, {"relearn": 0}),
        (rate_cusum, {"alarm_milli": 0}),
        (rate_cusum, {"ratio_milli": 1_000}),
        (rate_cusum, {"going_on": 0}),
        (rate_cusum, {"hold_ns": -1}),
    ],
)
def test_configuration_is_checked(module: Any, changed: dict[str, Any]) -> None:
    name = module.__name__.rpartition(".")[2]
    with pytest.raises(ConfigError, match=rf"^detector\.{name}\.{next(iter(changed))}:"):
        module.Config(**changed)


# --- static_threshold ----------------------------------------------------------------------


def test_static_limits_are_by_profile_and_hold() -> None:
    for profile, limit in (("major", 400), ("minor", 50)):
        detector = static_threshold.build(static_threshold.Config(), profile, WARM)
        now = fed(detector, [0] * WARM + [limit - 1])
        assert detector.level(now) == QUIET
        now = fed(detector, [1], start=now)
        assert (detector.level(now), detector.reason(now)) == (FAST, "TRADES_LIMIT")
        assert detector.evidence(now) == (("trades_10s", limit, limit),)
        # The burst leaves the ten seconds after nine more; the alarm holds for ten after that.
        now = fed(detector, [0] * 10, start=now)
        assert detector.bounds()[0] == ("trades_10s", 0, limit)
        assert detector.hold_until_ns() == now + 8 * S
        assert detector.level(now + 8 * S - 1) == FAST
        assert detector.level(now + 8 * S) == QUIET


def test_static_limits_wait_until_warm() -> None:
    detector = static_threshold.build(static_threshold.Config(), "minor", WARM)
    now = fed(detector, [1_000] * (WARM - 1))
    assert (detector.level(now), detector.warm()) == (QUIET, False)
    assert detector.level(fed(detector, [1_000], start=now)) == FAST


# --- ewma_z --------------------------------------------------------------------------------


def test_ewma_averages_are_those_of_the_recipe() -> None:
    detector = ewma_z.build(ewma_z.Config(features=("trades_1s",)), "major", WARM)
    samples = [(i * 37) % 11 for i in range(700)]
    fed(detector, samples)
    fast = slow = float(samples[0])
    for number, x in enumerate(samples, start=1):
        fast += (x - fast) / 4
        slow += (x - slow) / min(number, 512)
    _, shown_fast, shown_slow = detector.bounds()
    assert abs(shown_fast[1] - 1_000 * fast) <= 1
    assert abs(shown_slow[1] - 1_000 * slow) <= 1


def test_ewma_falling_depth_is_worse_and_unstable() -> None:
    detector = ewma_z.build(ewma_z.Config(features=("depth_10s_lots",)), "major", WARM)
    now = fed(detector, [100] * WARM + [200] * 5, "depth_10s_lots")
    assert detector.level(now) == QUIET
    now = fed(detector, [1] * 5, "depth_10s_lots", start=now)
    assert detector.level(now) == QUIET  # the jump up has widened what is usual
    calm = ewma_z.build(ewma_z.Config(features=("depth_10s_lots",)), "major", WARM)
    now = fed(calm, [100] * WARM + [1] * 5, "depth_10s_lots")
    assert (calm.level(now), calm.reason(now)) == (UNSTABLE, "DEPTH_EWMA")


EWMA_REASONS = {
    "trades_1s": "TRADES_EWMA",
    "quotes_1s": "QUOTES_EWMA",
    "move_10s_ht": "MOVE_EWMA",
    "spread_1s_ubps": "SPREAD_EWMA",
}


@pytest.mark.parametrize(("feature", "reason"), EWMA_REASONS.items())
def test_every_ewma_alarm_has_its_reason(feature: str, reason: str) -> None:
    detector = ewma_z.build(ewma_z.Config(features=(feature,)), "major", WARM)
    now = fed(detector, [20] * WARM + [200], feature)
    assert detector.reason(now) == reason
    assert detector.level(now) == (UNSTABLE if feature == "spread_1s_ubps" else FAST)
    assert detector.evidence(now)[0][0] == f"{feature}_ewma_z_milli"
    # z falls as the fast average comes back, and the alarm goes on only above the release.
    until = detector.hold_until_ns()
    now = fed(detector, [20] * 40, feature, start=now)
    assert until <= detector.hold_until_ns() < now


def test_ewma_realised_variation() -> None:
    detector = ewma_z.build(ewma_z.Config(features=("rv_10s_ht2",)), "major", WARM)
    now = T0
    for i in range(WARM + 20):
        now += S
        detector.sample(calm_state(now, tick=True, mid_ht=200_000 + i % 2 + (500 if i > WARM + 15 else 0)))
    assert (detector.level(now), detector.reason(now)) == (FAST, "RV_EWMA")


# --- rate_cusum ----------------------------------------------------------------------------


def test_dispersion_is_variance_over_mean_of_blocks() -> None:
    steady = Dispersion(block=5, memory=64)
    for _ in range(500):
        steady.add(7)
    assert steady.ppm() == PPM  # no scatter at all counts as Poisson
    blocks = [40, 60] * 10  # differences of 20 among neighbours of sum 100: 400 / 100
    clustered = Dispersion(block=1, memory=64)
    for x in blocks:
        clustered.add(x)
    assert clustered.ppm() == 4 * PPM
    clustered.add(10_000)  # one absurd block counts as three standard deviations: 9 x 4 x its sum
    squares, totals = 19 * 400 + 9 * 4 * 10_060, 19 * 100 + 10_060
    assert clustered.ppm() == squares * PPM // totals


def rate(profile: str = "major", **changed: Any) -> Any:
    return rate_cusum.build(rate_cusum.Config(features=("trades_1s",), **changed), profile, WARM)


def test_rate_sum_is_the_log_likelihood_ratio() -> None:
    detector = rate()
    now = fed(detector, [10] * WARM + [16, 18, 15])
    mean = (10 * WARM + 1) / WARM
    expected = sum(x * 0.693147 - mean for x in (16, 18, 15))
    llr = detector.bounds()[1]
    assert llr[0] == "trades_1s_llr_milli" and llr[2] == 13_000
    assert abs(llr[1] - 1_000 * expected) <= 1
    assert detector.level(now) == QUIET
    now = fed(detector, [30], start=now)  # 4.0 + 10.8 = 14.8, which is above 13
    assert (detector.level(now), detector.reason(now)) == (FAST, "TRADES_RISE")
    assert detector.evidence(now) == (
        ("trades_1s_llr_milli", 13_000, 13_000),
        ("trades_run", 16 + 18 + 15 + 30, None),
        ("trades_run_usual", 40, None),
        ("run_ns", 4 * S, None),
        ("trades_dispersion_milli", 1_000, None),
    )


def test_rate_needs_more_evidence_of_clustered_flow() -> None:
    clustered = [40, 0] * (WARM // 2)  # with a block of 1: 1600 / 40 = 40 times Poisson
    for block, level in ((1, QUIET), (2, FAST)):  # blocks of 2 are all alike
        detector = rate(block=block)
        assert detector.level(fed(detector, clustered + [60] * 3)) == level


def test_rate_burst_is_one_second_and_unstable_where_configured() -> None:
    for profile, changed, level in (
        ("major", {}, FAST),
        ("minor", {}, UNSTABLE),
        ("minor", {"unstable_bursts_minor": ()}, FAST),
        ("major", {"unstable_bursts_major": ("trades_1s",)}, UNSTABLE),
    ):
        detector = rate(profile, **changed)
        now = fed(detector, [10] * WARM)
        name, x, least = detector.bounds()[0]
        assert (name, x, least) == ("trades_1s", 10, 34)  # (13 + 10.008) / 0.693 = 33.2
        assert detector.level(fed(detector, [33], start=now)) == QUIET
        detector = rate(profile, **changed)
        now = fed(detector, [10] * WARM + [34])
        assert (detector.level(now), detector.reason(now)) == (level, "TRADES_BURST")
        # What follows is no burst, and a milder alarm does not replace the worse one.
        now = fed(detector, [20] * 3, start=now)
        assert (detector.level(now), detector.reason(now)) == (
            level,
            "TRADES_RISE" if level == FAST else "TRADES_BURST",
        )


def test_rate_does_not_learn_from_a_run_with_an_alarm_unless_it_lasts() -> None:
    detector = rate(relearn=100)
    now = fed(detector, [10] * 300)
    usual = detector.bounds()[0][2]
    now = fed(detector, [40] * 50 + [10] * 5, start=now)
    assert detector.level(now) == FAST
    now = fed(detector, [10] * 60, start=now)
    assert (detector.level(now), detector.bounds()[0][2]) == (QUIET, usual)
    now = fed(detector, [40] * 99, start=now)
    assert detector.level(now) == FAST
    now = fed(detector, [40] * 12, start=now)  # a hundred seconds are the new usual, and quiet
    assert detector.level(now) == QUIET
    assert detector.bounds()[0][2] == 77  # (13 + 40.01) / 0.693 = 76.5


def test_rate_admits_a_run_that_was_nothing() -> None:
    detector = rate()
    before = fed(detector, [10] * WARM)
    fed(detector, [14, 14, 0], start=before)  # S: 0, 0, 0: each closes its own run
    # 10 x 120 + 28 + 1 events in 123 s, twice that many in a second: still 34
    assert detector.watches[0].snapshot()["admitted"] == WARM + 3
    fed(detector, [16], start=before + 3 * S)  # S is above 0 now: the sample waits
    assert detector.watches[0].snapshot()["admitted"] == WARM + 3
    fed(detector, [0], start=before + 4 * S)
    assert detector.watches[0].snapshot()["admitted"] == WARM + 5


def test_rate_of_a_market_that_never_traded_is_not_zero() -> None:
    detector = rate()
    now = fed(detector, [0] * WARM)
    assert detector.level(fed(detector, [18], start=now)) == QUIET  # 18 x 0.693 = 12.5
    detector = rate()
    assert detector.level(fed(detector, [0] * WARM + [19])) == FAST
