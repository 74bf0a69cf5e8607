"""The health model: the joint score, what binds, hysteresis, and its verdicts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.kit.market_states import T0, S, calm_state, regime_verdict
from tools.core.errors import ConfigError, InvariantError
from tools.core.quality import NO_ORDERS, ExecQuality
from tools.core.units import NS_PER_MS
from tools.core.verdicts import Colour, HealthVerdict, Regime
from tools.health import ColourLatch, HealthConfig, HealthModel, Reason
from tools.health.factors import latency

MS = NS_PER_MS


class Drive:
    def __init__(self, **settings: Any) -> None:
        self.model = HealthModel(HealthConfig(), settings)

    def at(self, second: int, quality: ExecQuality = NO_ORDERS, **changed: Any) -> HealthVerdict:
        now = T0 + second * S
        regime = changed.pop("regime", Regime.NORMAL)
        return self.model.step(calm_state(now, **changed), regime_verdict(regime, now), quality, now)


def test_not_computed_before_warm() -> None:
    drive = Drive()
    first = drive.at(0, warm=False, samples=3)
    assert (first.colour, first.score, first.reason, first.parts) == (Colour.RED, 0, Reason.WARMING_UP, ())
    assert first.evidence == (("samples", 3, None),)
    assert drive.at(1, warm=False) is first
    assert drive.at(2, regime=Regime.UNKNOWN) is first
    green = drive.at(3)
    assert (green.colour, green.score, green.reason, green.binding) == (Colour.GREEN, 100, Reason.HEALTHY, "")
    assert dict(green.parts) == dict.fromkeys(drive.model.names, 100)


@pytest.mark.parametrize(
    ("changed", "score", "colour", "binding", "reason"),
    [
        ({}, 100, Colour.GREEN, "", Reason.HEALTHY),
        ({"excess_p95_10s_ns": 100 * MS}, 50, Colour.YELLOW, "latency", "LATENCY"),
        ({"spread_1s_ubps": 500_000}, 16, Colour.RED, "spread", "SPREAD"),
        ({"link_age_ns": None}, 0, Colour.RED, "link_age", "LINK_MISSING"),
        # Weighted: depth 0, move 100, rejects 100, each with weight 2: 400 // 6.
        ({"depth_10s_lots": 0}, 66, Colour.YELLOW, "depth", "DEPTH"),
        ({"depth_10s_lots": 0, "move_10s_ht": 40}, 33, Colour.RED, "depth", "DEPTH"),
        # Depth 75, move 0: 350 // 6; the one that takes most off binds.
        ({"depth_10s_lots": 25, "move_10s_ht": 40}, 58, Colour.YELLOW, "move", "MOVE"),
        # A critical factor below the mean binds although a weighted one is at 0.
        ({"depth_10s_lots": 0, "gap_ids_60s": 1}, 50, Colour.YELLOW, "gaps", "IDS_MISSING"),
    ],
)
def test_joint_score(changed: dict[str, Any], score: int, colour: Colour, binding: str, reason: str) -> None:
    drive = Drive()
    verdict = drive.at(0, **changed)
    assert (verdict.score, verdict.colour, verdict.binding, verdict.reason) == (
        score,
        colour,
        binding,
        reason,
    )
    if colour is not Colour.GREEN:
        assert verdict.evidence[0] == ("health_score", score, 40 if colour is Colour.RED else 70)


def test_rejects_come_from_execution() -> None:
    verdict = Drive().at(0, quality=ExecQuality(10, 10), depth_10s_lots=0)
    assert (verdict.score, dict(verdict.parts)["rejects"]) == (33, 0)


def test_no_weighted_factor_at_all() -> None:
    model = HealthModel(HealthConfig(factors=("latency",)))
    assert model.step(calm_state(), regime_verdict(), NO_ORDERS, T0).score == 100


def test_recovery_goes_one_step_at_a_time() -> None:
    drive = Drive()
    drive.at(0)
    red = drive.at(1, excess_ns=2 * S)
    assert (red.colour, red.reason) == (Colour.RED, "LATENCY_STALL")
    recovering = drive.at(2)
    assert (recovering.colour, recovering.reason, recovering.binding, recovering.score) == (
        Colour.RED,
        Reason.RECOVERING,
        "latency",
        100,
    )
    assert recovering.evidence == (("health_score", 100, 50), ("hold_left_ns", 10 * S, None))
    assert drive.at(11) is recovering
    yellow = drive.at(12)
    assert (yellow.colour, yellow.reason, yellow.binding) == (Colour.YELLOW, Reason.RECOVERING, "latency")
    assert yellow.evidence == (("health_score", 100, 80), ("hold_left_ns", 5 * S, None))
    assert drive.at(16) is yellow
    assert drive.at(17).colour is Colour.GREEN


def test_between_the_limits_the_colour_stays() -> None:
    drive = Drive()
    drive.at(0, excess_p95_10s_ns=200 * MS)  # 37
    assert drive.at(1, excess_p95_10s_ns=140 * MS).colour is Colour.RED  # 45: not below 40, not at 50
    assert drive.at(60, excess_p95_10s_ns=140 * MS).colour is Colour.RED
    assert drive.at(61, excess_p95_10s_ns=100 * MS).colour is Colour.RED  # 50, held from here
    assert drive.at(70, excess_p95_10s_ns=100 * MS).colour is Colour.RED
    yellow = drive.at(71, excess_p95_10s_ns=100 * MS)
    assert (yellow.colour, yellow.reason) == (Colour.YELLOW, "LATENCY")
    assert drive.at(99, excess_p95_10s_ns=60 * MS).colour is Colour.YELLOW  # 75
    assert drive.at(100, excess_p95_10s_ns=52 * MS).colour is Colour.YELLOW  # 80
    assert drive.at(105, excess_p95_10s_ns=52 * MS).colour is Colour.GREEN
    # From GREEN the same 75 and 45 do not change the colour, or only to YELLOW.
    assert drive.at(106, excess_p95_10s_ns=60 * MS).colour is Colour.GREEN
    assert drive.at(107, excess_p95_10s_ns=140 * MS).colour is Colour.YELLOW


def test_scores_stay_current_while_the_verdict_stays() -> None:
    drive = Drive()
    green = drive.at(0)
    assert drive.at(1, excess_p95_10s_ns=50 * MS) is green
    assert drive.model.score == 81
    assert dict(drive.model.parts)["latency"] == 81
    assert drive.model.bounds()[0] == ("health_score", 81, 40)
    assert ("latency_score", 81, 40) in drive.model.bounds()
    figures = drive.model.figures(calm_state(), NO_ORDERS)
    assert ("clock_jump_ns", 0, 50 * MS) in figures


def test_a_new_binding_is_a_new_verdict() -> None:
    drive = Drive()
    first = drive.at(0, excess_p95_10s_ns=100 * MS)
    assert drive.at(1, excess_p95_10s_ns=110 * MS) is first
    second = drive.at(2, excess_p95_10s_ns=100 * MS, gap_ids_60s=2)
    assert (second.colour, second.binding) == (Colour.YELLOW, "gaps")


def test_settings_reach_their_factor() -> None:
    drive = Drive(latency=latency.Config(good_ns=MS, warn_ns=2 * MS, bad_ns=4 * MS))
    assert drive.at(0).colour is Colour.RED
    with pytest.raises(ConfigError, match=r"^health\.loop_lag:"):
        HealthModel(HealthConfig(), {"loop_lag": None})
    with pytest.raises(ConfigError, match="nothing"):
        HealthModel(HealthConfig(factors=("nothing",)))


def test_every_reason_of_the_model_is_reached() -> None:
    drive = Drive()
    seen = {drive.at(0, warm=False).reason, drive.at(1).reason}
    drive.at(2, excess_ns=2 * S)
    seen.add(drive.at(3).reason)
    assert seen == set(Reason)


def test_snapshot_leads_to_the_same_future() -> None:
    def script(second: int) -> dict[str, Any]:
        if second < 5:
            return {"warm": False}
        if second == 20:
            return {"excess_ns": 3 * S}
        return {"excess_p95_10s_ns": (second * 37 % 12) * 10 * MS, "gap_ids_60s": int(second % 31 == 0)}

    for split in (0, 4, 10, 20, 21, 33, 60):
        one, two = Drive(), Drive()
        for second in range(split):
            one.at(second, **script(second))
        two.model.restore(json.loads(json.dumps(one.model.snapshot())))
        for second in range(split, 120):
            assert one.at(second, **script(second)).to_json() == two.at(second, **script(second)).to_json()
        assert one.model.snapshot() == two.model.snapshot()


def test_damaged_snapshots_are_refused() -> None:
    for parts in ([["a"]], [["a", "b"]], [3]):
        saved = Drive().model.snapshot()
        verdict = saved["verdict"]
        assert isinstance(verdict, dict)
        verdict["parts"] = parts
        with pytest.raises(InvariantError):
            Drive().model.restore(saved)


def test_time_may_not_go_back() -> None:
    drive = Drive()
    drive.at(5)
    with pytest.raises(InvariantError):
        drive.at(4)


def test_latch_without_holds_follows_the_score() -> None:
    latch = ColourLatch(HealthConfig(red_hold_ns=0, yellow_hold_ns=0, red_exit=40, yellow_exit=70))
    colours = [latch.step(score, T0 + i) for i, score in enumerate((100, 69, 39, 40, 70))]
    assert colours == [Colour.GREEN, Colour.YELLOW, Colour.RED, Colour.YELLOW, Colour.GREEN]


@pytest.mark.parametrize(
    ("key", "changed"),
    [
        ("factors", {"factors": ()}),
        ("red_exit", {"red_exit": 39}),
        ("red_exit", {"red_below": 0}),
        ("yellow_exit", {"yellow_exit": 69}),
        ("yellow_exit", {"yellow_below": 30, "yellow_exit": 30}),
        ("yellow_exit", {"red_exit": 90}),
        ("red_hold_ns", {"red_hold_ns": -1}),
        ("yellow_hold_ns", {"yellow_hold_ns": -1}),
    ],
)
def test_configuration_is_checked(key: str, changed: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=rf"^health\.{key}:"):
        HealthConfig(**changed)
