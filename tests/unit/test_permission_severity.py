"""What is a warning and what is bad for the gate, and how long it must have lasted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit.market_states import T0, S, calm_state, regime_verdict
from tools.core.errors import ConfigError
from tools.core.units import NS_PER_MS
from tools.core.verdicts import Regime
from tools.permission import BAD, CLEAN, WARN, Reason, SeverityConfig, SeverityMeter

MS = NS_PER_MS
BASE = 100_000  # spread_base_1h_ubps of the calm state is a tenth of a basis point

# regime, hard, figures, severity, reason, first evidence
AT_ONCE: list[tuple[Regime, bool, dict[str, Any], int, Reason, tuple[str, int | None, int | None] | None]] = [
    (Regime.NORMAL, False, {}, CLEAN, Reason.CLEAN, None),
    (Regime.FAST, False, {}, CLEAN, Reason.CLEAN, None),
    (Regime.NORMAL, False, {"disconnected": True}, BAD, Reason.DISCONNECTED, ("disconnected", 1, 1)),
    (Regime.NORMAL, False, {"missing": ("trades",)}, BAD, Reason.INPUT_MISSING, ("trades", None, None)),
    (Regime.NORMAL, False, {"link_age_ns": None}, BAD, Reason.INPUT_MISSING, ("link_age_ns", None, None)),
    (Regime.NORMAL, False, {"excess_ns": None}, BAD, Reason.INPUT_MISSING, ("excess_ns", None, None)),
    (
        Regime.NORMAL,
        False,
        {"excess_p95_10s_ns": None},
        BAD,
        Reason.INPUT_MISSING,
        ("excess_p95_10s_ns", None, None),
    ),
    (
        Regime.NORMAL,
        False,
        {"spread_1s_ubps": None},
        BAD,
        Reason.INPUT_MISSING,
        ("spread_1s_ubps", None, None),
    ),
    (
        Regime.NORMAL,
        False,
        {"spread_base_1h_ubps": None},
        BAD,
        Reason.INPUT_MISSING,
        ("spread_base_1h_ubps", None, None),
    ),
    (Regime.NORMAL, False, {"warm": False}, BAD, Reason.INPUT_MISSING, ("warm", 0, 1)),
    (Regime.NORMAL, False, {"crossed_ns": 0}, BAD, Reason.CROSSED_BOOK, ("crossed_ns", 0, 0)),
    (Regime.UNKNOWN, False, {}, BAD, Reason.REGIME_UNKNOWN, ("test_ns", 1, 2)),
    (Regime.UNSTABLE, True, {}, BAD, Reason.REGIME_CAPPED, ("test_ns", 1, 2)),
    (Regime.UNSTABLE, False, {}, WARN, Reason.UNSTABLE_PENDING, ("unstable_ns", 0, 2 * S)),
    (
        Regime.NORMAL,
        False,
        {"excess_p95_10s_ns": 100 * MS},
        WARN,
        Reason.LATENCY_RAISED,
        ("excess_p95_10s_ns", 100 * MS, 100 * MS),
    ),
    (Regime.NORMAL, False, {"excess_p95_10s_ns": 100 * MS - 1}, CLEAN, Reason.CLEAN, None),
    (
        Regime.NORMAL,
        False,
        {"spread_1s_ubps": 3 * BASE},
        WARN,
        Reason.SPREAD_RAISED,
        ("spread_1s_ubps", 3 * BASE, 3 * BASE),
    ),
    (Regime.NORMAL, False, {"spread_1s_ubps": 3 * BASE - 1}, CLEAN, Reason.CLEAN, None),
    (Regime.NORMAL, False, {"bad_lines_10s": 1}, WARN, Reason.BAD_LINES, ("bad_lines_10s", 1, 1)),
    (Regime.NORMAL, False, {"gap_ids_60s": 2}, WARN, Reason.IDS_MISSING, ("gap_ids_60s", 2, 1)),
]


@pytest.mark.parametrize(("regime", "hard", "figures", "severity", "reason", "first"), AT_ONCE)
def test_at_the_first_evaluation(
    regime: Regime,
    hard: bool,
    figures: dict[str, Any],
    severity: int,
    reason: Reason,
    first: tuple[str, int | None, int | None] | None,
) -> None:
    meter = SeverityMeter(SeverityConfig())
    verdict = regime_verdict(regime, hard=hard)
    state = calm_state(**figures)
    assert meter.step(verdict, state, T0) == severity
    assert meter.reason is reason
    assert meter.evidence(verdict, state, T0)[:1] == (() if first is None else (first,))


# regime, figures, [(offset_ns, severity)], reason at the end
LASTING: list[tuple[Regime, dict[str, Any], list[tuple[int, int]], Reason]] = [
    (
        Regime.UNSTABLE,
        {},
        [(0, WARN), (2 * S - 1, WARN), (2 * S, BAD), (3 * S, BAD)],
        Reason.REGIME_UNSTABLE,
    ),
    (
        Regime.NORMAL,
        {"spread_1s_ubps": 6 * BASE},
        [(0, WARN), (500 * MS - 1, WARN), (500 * MS, BAD)],
        Reason.SPREAD_WIDE,
    ),
    (
        Regime.NORMAL,
        {"excess_p95_10s_ns": 500 * MS},
        [(0, WARN), (0, WARN), (1, BAD)],  # the same time twice is one evaluation
        Reason.LATENCY_HIGH,
    ),
]


@pytest.mark.parametrize(("regime", "figures", "steps", "reason"), LASTING)
def test_soft_triggers_must_last(
    regime: Regime, figures: dict[str, Any], steps: list[tuple[int, int]], reason: Reason
) -> None:
    meter = SeverityMeter(SeverityConfig())
    verdict = regime_verdict(regime)
    for offset, severity in steps:
        assert meter.step(verdict, calm_state(T0 + offset, **figures), T0 + offset) == severity
    assert meter.reason is reason
    assert meter.evidence(verdict, calm_state(**figures), T0)[0][0] in (
        "unstable_ns",
        "spread_1s_ubps",
        "excess_p95_10s_ns",
    )
    # One calm evaluation starts the count again.
    assert meter.step(regime_verdict(), calm_state(), T0 + 10 * S) == CLEAN
    assert meter.step(verdict, calm_state(**figures), T0 + 11 * S) == WARN


def test_unstable_after_a_hard_cap_needs_no_more_time() -> None:
    meter = SeverityMeter(SeverityConfig())
    assert meter.step(regime_verdict(Regime.UNSTABLE, hard=True), calm_state(), T0) == BAD
    assert meter.step(regime_verdict(Regime.UNSTABLE), calm_state(), T0 + 1) == BAD
    assert meter.reason is Reason.REGIME_UNSTABLE


def test_bounds_show_the_bad_limits() -> None:
    bounds = SeverityMeter(SeverityConfig()).bounds(calm_state())
    assert bounds == (
        ("excess_p95_10s_ns", 5 * MS, 500 * MS),
        ("spread_1s_ubps", BASE, 6 * BASE),
    )
    assert SeverityMeter(SeverityConfig()).bounds(calm_state(spread_base_1h_ubps=None))[1][2] is None


def test_a_multiple_of_next_to_nothing_is_not_wide() -> None:
    # Spot BTC at 28,000: a tick of 0.01 is 0.0036 bps, and eight of them are 0.029 bps.
    tick = {"spread_base_1h_ubps": 3_600, "spread_1s_ubps": 8 * 3_600}
    meter = SeverityMeter(SeverityConfig())
    assert meter.step(regime_verdict(), calm_state(**tick), T0) == CLEAN
    assert meter.bounds(calm_state(**tick))[1] == ("spread_1s_ubps", 8 * 3_600, 6 * BASE)
    # The floor stands in for the median, so both limits are multiples of it.
    for spread, severity in ((3 * BASE - 1, CLEAN), (3 * BASE, WARN), (6 * BASE, WARN)):
        assert meter.step(regime_verdict(), calm_state(**{**tick, "spread_1s_ubps": spread}), T0) == severity
    bare = SeverityMeter(SeverityConfig(spread_base_floor_ubps=0, spread_persist_ns=0))
    assert bare.step(regime_verdict(), calm_state(**tick), T0) == BAD


@pytest.mark.parametrize(
    "changed",
    [
        {"unstable_persist_ns": -1},
        {"spread_persist_ns": -1},
        {"spread_base_floor_ubps": -1},
        {"latency_warn_ns": 600 * MS},
        {"spread_warn_ppm": 0},
        {"latency_evaluations": 0},
    ],
)
def test_configuration_is_checked(changed: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=next(iter(changed))):
        SeverityConfig(**changed)


REASONS_HERE = {row[4] for row in AT_ONCE} | {row[3] for row in LASTING}
