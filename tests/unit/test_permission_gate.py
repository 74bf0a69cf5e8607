"""The gate: start, until-times, debt, reasons and what its verdicts show."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.kit.market_states import T0, S, calm_state, regime_verdict
from tests.unit.test_permission_severity import REASONS_HERE
from tools.core.errors import ConfigError, InvariantError
from tools.core.start import StartConfig
from tools.core.verdicts import Evidence, Gate, PermissionVerdict, Regime
from tools.permission import BAD, CLEAN, WARN, GateConfig, GateTimers, PermissionGate, Reason


class Drive:
    def __init__(self, config: GateConfig | None = None, start: StartConfig | None = None) -> None:
        self.gate = PermissionGate(config or GateConfig(), start)

    def at(
        self, second: int, regime: Regime = Regime.NORMAL, hard: bool = False, **changed: Any
    ) -> PermissionVerdict:
        now = T0 + second * S
        return self.gate.step(regime_verdict(regime, now, hard), calm_state(now, **changed), now)

    def opened(self) -> Drive:
        self.at(0)
        assert self.at(90).gate is Gate.ALLOWED
        return self


def test_start() -> None:
    drive = Drive()
    first = drive.at(0, warm=False, samples=7)
    assert (first.gate, first.reason) == (Gate.BLOCKED, Reason.WARMING_UP)
    assert first.evidence == (("samples", 7, 120),)
    assert drive.at(50, warm=False) is first
    assert drive.at(60, regime=Regime.UNKNOWN) is first
    cool = drive.at(100)
    assert (cool.gate, cool.reason) == (Gate.COOLDOWN, Reason.START_COOLDOWN)
    assert (cool.blocked_until_ns, cool.probation_until_ns) == (T0 + 160 * S, T0 + 190 * S)
    assert cool.evidence == (("cooldown_left_ns", 60 * S, None), ("debt_ns", 0, 300 * S))
    assert drive.at(159) is cool
    probation = drive.at(160)
    assert (probation.gate, probation.reason) == (Gate.PROBATION, Reason.START_PROBATION)
    assert probation.evidence == (("probation_left_ns", 30 * S, None),)
    assert drive.at(189) is probation
    allowed = drive.at(190)
    assert (allowed.gate, allowed.reason) == (Gate.ALLOWED, Reason.CLEAN)
    assert drive.at(500) is allowed


def test_start_times_are_configurable_and_warming_up_adds_no_debt() -> None:
    drive = Drive(start=StartConfig(cooldown_ns=20 * S, probation_ns=10 * S))
    for second in range(0, 100, 10):
        drive.at(second, warm=False, missing=("quotes",), regime=Regime.UNKNOWN)
    cool = drive.at(100)
    assert cool.blocked_until_ns == T0 + 120 * S
    assert drive.gate.timers.debt_ns() == 0
    assert drive.at(130).gate is Gate.ALLOWED


def test_fast_does_not_block() -> None:
    drive = Drive().opened()
    assert drive.at(100, regime=Regime.FAST).gate is Gate.ALLOWED


def test_bad_blocks_at_once_then_cooldown_and_probation() -> None:
    drive = Drive().opened()
    blocked = drive.at(100, crossed_ns=0)
    assert (blocked.gate, blocked.reason) == (Gate.BLOCKED, Reason.CROSSED_BOOK)
    assert blocked.evidence == (("crossed_ns", 0, 0), ("debt_ns", 0, 300 * S))
    assert drive.at(105, crossed_ns=5) is blocked
    cool = drive.at(110)
    # Bad for 10 s: cooldown 60 + 2 * 10 s from the evaluation that saw it gone.
    assert (cool.gate, cool.reason) == (Gate.COOLDOWN, Reason.COOLDOWN)
    assert cool.blocked_until_ns == T0 + (110 + 80) * S
    assert cool.probation_until_ns == cool.blocked_until_ns + 30 * S
    probation = drive.at(190)
    assert (probation.gate, probation.reason) == (Gate.PROBATION, Reason.PROBATION)
    assert drive.at(219).gate is Gate.PROBATION
    assert drive.at(220).gate is Gate.ALLOWED


def test_unstable_blocks_when_it_has_lasted() -> None:
    drive = Drive().opened()
    pending = drive.at(100, regime=Regime.UNSTABLE)
    assert (pending.gate, pending.reason) == (Gate.ALLOWED, Reason.UNSTABLE_PENDING)
    assert drive.at(102, regime=Regime.UNSTABLE).reason == Reason.REGIME_UNSTABLE
    assert drive.at(103, regime=Regime.UNSTABLE, hard=True).reason == Reason.REGIME_CAPPED


def test_a_warning_restarts_probation_but_does_not_eject() -> None:
    drive = Drive().opened()
    warned = drive.at(100, gap_ids_60s=1)
    assert (warned.gate, warned.reason) == (Gate.ALLOWED, Reason.IDS_MISSING)
    assert warned.evidence == (("gap_ids_60s", 1, 1),)
    probing = Drive()
    probing.at(0)
    probing.at(60)
    warned = probing.at(70, bad_lines_10s=3)
    assert (warned.gate, warned.reason) == (Gate.PROBATION, Reason.BAD_LINES)
    assert warned.probation_until_ns == T0 + 100 * S
    assert warned.evidence == (("probation_left_ns", 30 * S, None), ("bad_lines_10s", 3, 1))
    calm = probing.at(75)
    assert (calm.reason, calm.probation_until_ns) == (Reason.START_PROBATION, T0 + 105 * S)
    assert probing.at(104).gate is Gate.PROBATION
    assert probing.at(105).gate is Gate.ALLOWED


def test_a_verdict_in_cooldown_keeps_up_with_its_times() -> None:
    drive = Drive(start=StartConfig(cooldown_ns=20 * S, probation_ns=S))
    drive.at(0)
    drive.at(15, gap_ids_60s=1)
    verdict = drive.at(16)
    assert verdict.gate is Gate.COOLDOWN
    assert verdict.probation_until_ns == drive.gate.timers.probation_until_ns == T0 + 46 * S


def test_debt_grows_caps_and_leaks_without_a_remainder() -> None:
    timers = GateTimers(GateConfig())
    timers.advance(BAD, T0)
    timers.advance(BAD, T0 + 100 * S)
    assert timers.debt_ns() == 100 * S
    timers.advance(BAD, T0 + 1_000 * S)
    assert timers.debt_ns() == 300 * S
    assert timers.cooldown_ns() == 600 * S
    timers.advance(CLEAN, T0 + 1_000 * S)
    for k in range(1, 8):  # 7 ns leak 0.7 ns in all
        timers.advance(CLEAN, T0 + 1_000 * S + k)
    assert timers.debt_scaled == 10 * 300 * S - 7
    timers.advance(CLEAN, T0 + 10_000 * S)
    assert timers.debt_scaled == 0


def test_cooldown_never_exceeds_its_maximum() -> None:
    timers = GateTimers(GateConfig(cooldown_max_ns=100 * S))
    timers.advance(BAD, T0)
    timers.advance(BAD, T0 + 300 * S)
    assert timers.blocked_until_ns == T0 + 400 * S


def test_time_may_not_go_back() -> None:
    timers = GateTimers(GateConfig())
    timers.advance(WARN, T0)
    with pytest.raises(InvariantError):
        timers.advance(WARN, T0 - 1)


def test_every_reason_is_reached() -> None:
    here = {
        Reason.WARMING_UP,
        Reason.START_COOLDOWN,
        Reason.START_PROBATION,
        Reason.COOLDOWN,
        Reason.PROBATION,
        Reason.CLEAN,
    }
    assert here | REASONS_HERE == set(Reason)


def test_bounds_are_those_in_force() -> None:
    own = (("excess_p95_10s_ns", 5_000_000, 500_000_000), ("spread_1s_ubps", 100_000, 600_000))
    no_debt = ("debt_ns", 0, 300 * S)
    drive = Drive()

    def bounds(second: int) -> tuple[Evidence, ...]:
        return drive.gate.bounds(calm_state(T0 + second * S, samples=7))

    assert bounds(0) == (("samples", 7, 120), *own, no_debt)
    drive.at(0)
    assert bounds(0) == (("cooldown_left_ns", 60 * S, None), *own, no_debt)
    assert bounds(59)[0] == ("cooldown_left_ns", S, None)
    assert bounds(60) == (("probation_left_ns", 30 * S, None), *own, no_debt)
    assert bounds(89)[0] == ("probation_left_ns", S, None)
    assert bounds(90) == (*own, no_debt)
    drive.at(100, crossed_ns=0)
    drive.at(110)
    assert bounds(110)[-1] == ("debt_ns", 10 * S, 300 * S)


def test_bad_during_the_start_ends_the_start() -> None:
    drive = Drive()
    drive.at(0)
    assert drive.at(10, crossed_ns=0).reason == Reason.CROSSED_BOOK
    cool = drive.at(11)
    assert (cool.gate, cool.reason) == (Gate.COOLDOWN, Reason.COOLDOWN)
    assert drive.at(11 + 62).reason == Reason.PROBATION  # bad for 1 s: 60 + 2 * 1 s


def test_a_warning_in_cooldown_is_no_reason() -> None:
    drive = Drive()
    cool = drive.at(0)
    assert drive.at(5, gap_ids_60s=1) is cool
    assert (cool.gate, cool.reason) == (Gate.COOLDOWN, Reason.START_COOLDOWN)


def test_a_verdict_is_the_same_object_until_something_changes() -> None:
    drive = Drive()
    drive.at(0)
    drive.at(60)
    warned = drive.at(65, gap_ids_60s=1)
    assert drive.at(70, gap_ids_60s=1) is warned  # though probation now ends later
    other = drive.at(71, bad_lines_10s=1)
    assert (other.gate, other.reason) == (Gate.PROBATION, Reason.BAD_LINES)
    blocked = drive.at(80, crossed_ns=0)
    assert drive.at(81, crossed_ns=1) is blocked
    wider = drive.at(82, disconnected=True)
    assert (wider.reason, wider.time_ns) == (Reason.DISCONNECTED, T0 + 82 * S)
    assert wider.evidence == (("disconnected", 1, 1), ("debt_ns", 2 * S, 300 * S))
    assert drive.gate.verdict is wider


def test_before_its_first_step_a_gate_is_shut() -> None:
    verdict = Drive().gate.verdict
    assert (verdict.time_ns, verdict.gate, verdict.reason) == (0, Gate.BLOCKED, Reason.WARMING_UP)
    assert (verdict.blocked_until_ns, verdict.probation_until_ns, verdict.evidence) == (0, 0, ())
    warming = Drive().at(3, warm=False)
    assert (warming.time_ns, warming.blocked_until_ns, warming.probation_until_ns) == (T0 + 3 * S, 0, 0)


def test_an_earlier_end_never_replaces_a_later_one() -> None:
    timers = GateTimers(GateConfig())
    timers.open_after(T0, 60 * S, 30 * S)
    timers.open_after(T0 + S, 10 * S, 5 * S)
    assert (timers.blocked_until_ns, timers.probation_until_ns) == (T0 + 60 * S, T0 + 90 * S)


def test_debt_leaks_by_its_share() -> None:
    config = GateConfig(leak_numerator=3, leak_denominator=7, debt_factor=1)
    timers = GateTimers(config)
    timers.advance(BAD, T0)
    timers.advance(CLEAN, T0 + 70)
    assert (timers.debt_scaled, timers.debt_ns()) == (490, 70)
    timers.advance(CLEAN, T0 + 71)
    assert (timers.debt_scaled, timers.debt_ns()) == (487, 69)  # 3 / 7 of a ns is gone
    assert timers.cooldown_ns() == 60 * S + 69


def test_the_last_warning_moment_counts_for_probation() -> None:
    timers = GateTimers(GateConfig(probation_ns=10))
    timers.open_after(T0, 0, 10)
    assert timers.advance(WARN, T0 + 9) is Gate.PROBATION
    assert timers.advance(CLEAN, T0 + 30) is Gate.PROBATION  # the warning lasted until now
    assert timers.probation_until_ns == T0 + 40
    assert timers.advance(WARN, T0 + 40) is Gate.ALLOWED  # the last ns of probation is over
    assert timers.advance(CLEAN, T0 + 41) is Gate.ALLOWED


def test_snapshot_leads_to_the_same_future() -> None:
    def script(second: int) -> dict[str, Any]:
        if second < 10:
            return {"warm": False}
        if second in (130, 131, 132):
            return {"regime": Regime.UNSTABLE}
        if 300 <= second < 320:
            return {"spread_1s_ubps": 700_000}
        return {"gap_ids_60s": 1} if second % 97 == 0 else {}

    for split in (0, 5, 50, 131, 133, 301, 325, 400):
        one, two = Drive(), Drive()
        for second in range(split):
            one.at(second, **script(second))
        two.gate.restore(json.loads(json.dumps(one.gate.snapshot())))
        for second in range(split, 600):
            assert one.at(second, **script(second)).to_json() == two.at(second, **script(second)).to_json()
        assert one.gate.snapshot() == two.gate.snapshot()


@pytest.mark.parametrize(
    "changed",
    [
        {"cooldown_ns": -1},
        {"probation_ns": -1},
        {"debt_factor": -1},
        {"debt_max_ns": -1},
        {"leak_numerator": -1},
        {"leak_denominator": 0},
        {"cooldown_max_ns": 59 * S},
    ],
)
def test_configuration_is_checked(changed: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=rf"^permission\.{next(iter(changed))}:"):
        GateConfig(**changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"cooldown_ns": 0},
        {"probation_ns": 0},
        {"debt_factor": 0},
        {"debt_max_ns": 0},
        {"leak_numerator": 0},
        {"leak_denominator": 1},
        {"cooldown_max_ns": 60 * S},
    ],
)
def test_the_last_values_that_are_allowed(changed: dict[str, int]) -> None:
    for name, value in changed.items():
        assert getattr(GateConfig(**changed), name) == value
