"""The regime engine: warm-up, caps at every evaluation, dwell on the way back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.kit.market_states import T0, S, calm_state
from tools.core.errors import ConfigError, InvariantError, UsageError
from tools.core.start import StartConfig
from tools.core.verdicts import Regime, RegimeVerdict
from tools.observer.regimes import CapReason, CusumReason, EngineReason, RegimeConfig, RegimeEngine

START = StartConfig(min_samples=20)


class Drive:
    """An engine with a clock: whole seconds are ticks."""

    def __init__(self, profile: str = "minor", start: StartConfig = START) -> None:
        self.engine = RegimeEngine(RegimeConfig(), profile, start)
        self.now = T0
        self.samples = 0
        self.min_samples = start.min_samples

    def at(self, time_ns: int, **changed: Any) -> RegimeVerdict:
        self.now = time_ns
        tick = time_ns % S == 0
        self.samples += tick
        changed.setdefault("warm", self.samples >= self.min_samples)
        return self.engine.step(calm_state(time_ns, tick=tick, samples=self.samples, **changed))

    def seconds(self, count: int, **changed: Any) -> RegimeVerdict:
        verdict = self.engine.verdict
        for _ in range(count):
            verdict = self.at((self.now // S + 1) * S, **changed)
        return verdict

    def warm(self) -> Drive:
        assert self.seconds(self.min_samples - 1).regime is Regime.UNKNOWN
        assert self.seconds(1).regime is Regime.NORMAL
        return self


def test_warming_up_then_normal() -> None:
    drive = Drive()
    first = drive.seconds(1)
    assert (first.regime, first.reason) == (Regime.UNKNOWN, EngineReason.WARMING_UP)
    assert first.evidence == (("samples", 1, 20),)
    assert first.until_ns == T0 + 20 * S
    assert drive.seconds(18) is first
    warm = drive.seconds(1)
    assert (warm.regime, warm.reason, warm.time_ns) == (Regime.NORMAL, EngineReason.NORMAL, T0 + 20 * S)
    assert drive.seconds(100) is warm


def test_unknown_while_the_state_is_not_warm() -> None:
    drive = Drive()
    assert drive.seconds(50, warm=False).regime is Regime.UNKNOWN


def test_unknown_while_the_detector_is_not_warm() -> None:
    drive = Drive()
    assert drive.seconds(19, warm=True).regime is Regime.UNKNOWN


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"missing": ("quotes",)}, CapReason.QUOTES_MISSING),
        ({"missing": ("trades",)}, CapReason.TRADES_MISSING),
        ({"missing": ("latency",)}, CapReason.LATENCY_MISSING),
        ({"disconnected": True}, CapReason.DISCONNECTED),
        ({"crossed_ns": 2 * S}, CapReason.CROSSED_BOOK),
        ({"link_age_ns": 4 * S}, CapReason.LINK_STALE),
    ],
)
def test_what_never_comes_is_named_while_unknown(changed: dict[str, Any], reason: str) -> None:
    verdict = Drive().seconds(40, warm=False, **changed)
    assert (verdict.regime, verdict.reason) == (Regime.UNKNOWN, reason)


def test_shock_is_unstable_in_minor_and_fast_in_major() -> None:
    for profile, expected in (("minor", Regime.UNSTABLE), ("major", Regime.FAST)):
        drive = Drive(profile).warm()
        verdict = drive.seconds(1, trades_1s=500)
        assert (verdict.regime, verdict.reason) == (expected, CusumReason.TRADES_SHOCK)
        assert verdict.evidence[1][:2] == ("trades_1s", 500)
        assert not verdict.hard


def test_quote_shock_is_fast() -> None:
    verdict = Drive().warm().seconds(1, quotes_1s=5_000)
    assert (verdict.regime, verdict.reason) == (Regime.FAST, CusumReason.QUOTES_SHOCK)


def test_recovery_goes_one_step_at_a_time() -> None:
    drive = Drive().warm()
    shock = drive.seconds(1, trades_1s=500)
    hit = drive.now
    assert shock.until_ns == hit + (10 + 30) * S
    timeline = {second: drive.seconds(1) for second in range(1, 60)}
    assert timeline[9] is shock
    dwell = timeline[10]
    assert (dwell.regime, dwell.reason, dwell.until_ns) == (Regime.UNSTABLE, EngineReason.DWELL, hit + 40 * S)
    assert dwell.evidence == (("dwell_left_ns", 30 * S, None), *shock.evidence)
    assert timeline[39] is dwell
    fast = timeline[40]
    assert (fast.regime, fast.reason, fast.until_ns) == (Regime.FAST, EngineReason.DWELL, hit + 50 * S)
    assert timeline[49] is fast
    assert timeline[50].regime is Regime.NORMAL


def test_a_cap_holds_between_ticks_and_is_hard() -> None:
    drive = Drive().warm()
    at = drive.now + 300
    verdict = drive.at(at, excess_ns=3 * S)
    assert (verdict.regime, verdict.reason, verdict.hard) == (Regime.UNSTABLE, CapReason.LATENCY_CAP, True)
    assert verdict.evidence == (("excess_ns", 3 * S, 2 * S),)
    after = drive.at(at + 200)
    assert (after.regime, after.reason, after.hard) == (Regime.UNSTABLE, EngineReason.DWELL, False)
    # The cap held until the evaluation that saw it gone.
    assert after.until_ns == at + 200 + 30 * S
    assert drive.seconds(30).regime is Regime.UNSTABLE
    assert drive.seconds(1).regime is Regime.FAST


def test_a_missing_figure_after_start_is_unknown_then_dwells() -> None:
    drive = Drive().warm()
    verdict = drive.seconds(1, spread_1s_ubps=None)
    assert (verdict.regime, verdict.reason) == (Regime.UNKNOWN, CapReason.SPREAD_MISSING)
    assert not verdict.hard
    back = drive.seconds(1)
    assert (back.regime, back.reason) == (Regime.UNSTABLE, EngineReason.DWELL)


def test_losing_warmth_after_start_is_unknown() -> None:
    drive = Drive().warm()
    verdict = drive.seconds(1, warm=False)
    assert (verdict.regime, verdict.reason) == (Regime.UNKNOWN, EngineReason.WARMING_UP)


def test_a_dead_link_is_not_learnt() -> None:
    drive = Drive().warm()
    drive.seconds(300, link_age_ns=10 * S, trades_1s=0, quotes_1s=0)
    before = drive.engine.bounds(calm_state())
    assert ("trades_1s", 3) in [(name, observed) for name, observed, _ in before]


def test_a_worse_alarm_replaces_the_reason() -> None:
    drive = Drive().warm()
    drive.seconds(1, quotes_1s=5_000)
    assert drive.seconds(1, trades_1s=500).reason == CusumReason.TRADES_SHOCK
    assert drive.seconds(1, trades_1s=500, disconnected=True).reason == CapReason.DISCONNECTED


def test_every_reason_of_the_engine_occurs_here() -> None:
    drive = Drive()
    seen = {drive.seconds(1).reason}
    seen.add(drive.seconds(20).reason)
    drive.seconds(1, trades_1s=500)
    seen.add(drive.seconds(20).reason)
    assert seen == set(EngineReason)


def test_bounds_have_caps_and_features() -> None:
    names = [name for name, _, _ in Drive().warm().engine.bounds(calm_state())]
    for name in (
        "link_age_ns",
        "excess_ns",
        "spread_1s_ubps",
        "move_1s_ubps",
        "trades_1s",
        "quotes_1s_z_milli",
    ):
        assert name in names


def test_snapshot_leads_to_the_same_future() -> None:
    def script(second: int) -> dict[str, Any]:
        if second in (30, 31):
            return {"trades_1s": 500}
        if second == 45:
            return {"excess_ns": 3 * S}
        return {"trades_1s": second % 5}

    for split in (5, 20, 31, 44, 50, 80):
        one, two = Drive(), Drive()
        for second in range(split):
            one.seconds(1, **script(second))
        two.engine.restore(json.loads(json.dumps(one.engine.snapshot())))
        two.now, two.samples = one.now, one.samples
        for second in range(split, 130):
            assert one.seconds(1, **script(second)).to_json() == two.seconds(1, **script(second)).to_json()
        assert one.engine.snapshot() == two.engine.snapshot()


def test_time_may_not_go_back() -> None:
    drive = Drive()
    drive.at(T0 + 5)
    with pytest.raises(InvariantError):
        drive.at(T0 + 4)


def test_profile_and_detector_are_checked() -> None:
    with pytest.raises(UsageError):
        RegimeEngine(RegimeConfig(), "middling")
    with pytest.raises(ConfigError):
        RegimeEngine(RegimeConfig(detector="engine"))
    for key in ("fast_dwell_ns", "unstable_dwell_ns"):
        with pytest.raises(ConfigError, match=key):
            RegimeConfig(**{key: -1})


def test_start_is_checked() -> None:
    for key, value in (("min_samples", 0), ("cooldown_ns", -1), ("probation_ns", -1)):
        with pytest.raises(ConfigError, match=rf"^start\.{key}:"):
            StartConfig(**{key: value})
