"""What is a warning and what is bad for the gate, and how long it must have lasted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.kit.market_states import T0, S, calm_state, regime_verdict
from tools.core.errors import ConfigError
from tools.core.units import NS_PER_MS, PPM
from tools.core.verdicts import Evidence, Regime
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
    regimes_own = verdict.evidence if reason is Reason.UNSTABLE_PENDING else ()
    assert meter.evidence(verdict, state, T0) == (() if first is None else (first, *regimes_own))


# regime, figures, [(offset_ns, severity)], reason and evidence at the end
LASTING: list[tuple[Regime, dict[str, Any], list[tuple[int, int]], Reason, tuple[Evidence, ...]]] = [
    (
        Regime.UNSTABLE,
        {},
        [(0, WARN), (2 * S - 1, WARN), (2 * S, BAD), (3 * S, BAD)],
        Reason.REGIME_UNSTABLE,
        (("unstable_ns", 3 * S, 2 * S), ("test_ns", 1, 2)),
    ),
    (
        Regime.NORMAL,
        {"spread_1s_ubps": 6 * BASE},
        [(0, WARN), (500 * MS - 1, WARN), (500 * MS, BAD)],
        Reason.SPREAD_WIDE,
        (("spread_1s_ubps", 6 * BASE, 6 * BASE),),
    ),
    (
        Regime.NORMAL,
        {"excess_p95_10s_ns": 500 * MS},
        [(0, WARN), (0, WARN), (1, BAD), (2, BAD)],  # the same time twice is one evaluation
        Reason.LATENCY_HIGH,
        (("excess_p95_10s_ns", 500 * MS, 500 * MS),),
    ),
    # Raised is not bad, however long it lasts.
    (
        Regime.NORMAL,
        {"spread_1s_ubps": 6 * BASE - 1},
        [(0, WARN), (500 * MS, WARN), (3600 * S, WARN)],
        Reason.SPREAD_RAISED,
        (("spread_1s_ubps", 6 * BASE - 1, 3 * BASE),),
    ),
    (
        Regime.NORMAL,
        {"excess_p95_10s_ns": 500 * MS - 1},
        [(0, WARN), (1, WARN), (3600 * S, WARN)],
        Reason.LATENCY_RAISED,
        (("excess_p95_10s_ns", 500 * MS - 1, 100 * MS),),
    ),
]


@pytest.mark.parametrize(("regime", "figures", "steps", "reason", "evidence"), LASTING)
def test_soft_triggers_must_last(
    regime: Regime,
    figures: dict[str, Any],
    steps: list[tuple[int, int]],
    reason: Reason,
    evidence: tuple[Evidence, ...],
) -> None:
    meter = SeverityMeter(SeverityConfig())
    verdict = regime_verdict(regime)
    for offset, severity in steps:
        assert meter.step(verdict, calm_state(T0 + offset, **figures), T0 + offset) == severity
        assert meter.severity == severity
    assert meter.reason is reason
    assert meter.evidence(verdict, calm_state(**figures), T0 + steps[-1][0]) == evidence
    # One calm evaluation starts the count again.
    again = T0 + 7200 * S
    assert meter.step(regime_verdict(), calm_state(), again) == CLEAN
    for offset, severity in steps:
        assert meter.step(verdict, calm_state(again + offset, **figures), again + offset) == severity


@pytest.mark.parametrize(
    ("bad", "raised", "apart_ns"),
    [
        ({"excess_p95_10s_ns": 500 * MS}, {"excess_p95_10s_ns": 100 * MS}, 1),
        ({"spread_1s_ubps": 6 * BASE}, {"spread_1s_ubps": 3 * BASE}, 500 * MS),
    ],
)
def test_a_merely_raised_figure_starts_the_count_again(
    bad: dict[str, int], raised: dict[str, int], apart_ns: int
) -> None:
    meter = SeverityMeter(SeverityConfig())
    for k, (figures, severity) in enumerate([(bad, WARN), (raised, WARN), (bad, WARN), (bad, BAD)]):
        assert meter.step(regime_verdict(), calm_state(**figures), T0 + k * apart_ns) == severity


@pytest.mark.parametrize(("regime", "figures", "steps", "reason", "evidence"), LASTING)
def test_restored_a_count_goes_on(
    regime: Regime,
    figures: dict[str, Any],
    steps: list[tuple[int, int]],
    reason: Reason,
    evidence: tuple[Evidence, ...],
) -> None:
    for split in range(1, len(steps)):
        one, two = SeverityMeter(SeverityConfig()), SeverityMeter(SeverityConfig())
        for offset, _ in steps[:split]:
            one.step(regime_verdict(regime), calm_state(**figures), T0 + offset)
        two.restore(json.loads(json.dumps(one.snapshot())))
        assert (two.severity, two.reason) == (one.severity, one.reason)
        for offset, severity in steps[split:]:
            assert two.step(regime_verdict(regime), calm_state(**figures), T0 + offset) == severity
        assert two.reason is reason
        assert two.evidence(regime_verdict(regime), calm_state(**figures), T0 + steps[-1][0]) == evidence


def test_the_gravest_reason_is_told() -> None:
    # Everything at once; then the gravest is taken away, one after the other.
    faults: list[tuple[Reason, dict[str, Any]]] = [
        (Reason.DISCONNECTED, {"disconnected": True}),
        (Reason.INPUT_MISSING, {"link_age_ns": None}),
        (Reason.CROSSED_BOOK, {"crossed_ns": 0}),
        (Reason.REGIME_CAPPED, {}),
        (Reason.LATENCY_HIGH, {"excess_p95_10s_ns": 500 * MS}),
        (Reason.SPREAD_WIDE, {"spread_1s_ubps": 6 * BASE}),
        (Reason.UNSTABLE_PENDING, {}),
        (Reason.LATENCY_RAISED, {"excess_p95_10s_ns": 100 * MS}),
        (Reason.SPREAD_RAISED, {"spread_1s_ubps": 3 * BASE}),
        (Reason.BAD_LINES, {"bad_lines_10s": 1}),
        (Reason.IDS_MISSING, {"gap_ids_60s": 1}),
        (Reason.CLEAN, {}),
    ]
    meter = SeverityMeter(SeverityConfig())
    for k, (reason, _) in enumerate(faults):
        left = {name: value for _, figures in reversed(faults[k:]) for name, value in figures.items()}
        kept = [each for each, _ in faults[k:]]
        soft = Regime.UNSTABLE if Reason.UNSTABLE_PENDING in kept else Regime.NORMAL
        hard = Reason.REGIME_CAPPED in kept
        if reason is Reason.LATENCY_HIGH:
            soft = Regime.NORMAL  # or the stretch would go on and be REGIME_UNSTABLE
        for now_ns in (T0 + k * S, T0 + k * S + 500 * MS):  # long enough for latency and spread
            regime = soft if reason is not Reason.SPREAD_WIDE else Regime.NORMAL
            meter.step(regime_verdict(regime, hard=hard), calm_state(**left), now_ns)
        assert meter.reason is reason


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
        {"latency_warn_ns": 0},
        {"spread_warn_ppm": 6 * PPM + 1},
        {"spread_warn_ppm": 0},
        {"latency_evaluations": 0},
    ],
)
def test_configuration_is_checked(changed: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=next(iter(changed))):
        SeverityConfig(**changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"unstable_persist_ns": 0},
        {"spread_persist_ns": 0},
        {"latency_warn_ns": 1},
        {"latency_warn_ns": 500 * MS},
        {"spread_warn_ppm": 1},
        {"spread_warn_ppm": 6 * PPM},
        {"latency_evaluations": 1},
    ],
)
def test_the_last_values_that_are_allowed(changed: dict[str, int]) -> None:
    for name, value in changed.items():
        assert getattr(SeverityConfig(**changed), name) == value


def test_triggers_that_need_not_last() -> None:
    config = SeverityConfig(unstable_persist_ns=0, spread_persist_ns=0, latency_evaluations=1)
    for regime, figures, _, reason, _ in LASTING[:3]:
        meter = SeverityMeter(config)
        assert meter.step(regime_verdict(regime), calm_state(**figures), T0) == BAD
        assert meter.reason is reason


def test_a_limit_of_the_spread_is_rounded_up() -> None:
    # 1.5 and 2.5 times 3 are 4.5 and 7.5: the first whole spreads that count are 5 and 8.
    config = SeverityConfig(spread_warn_ppm=1_500_000, spread_bad_ppm=2_500_000, spread_base_floor_ubps=0)
    for spread, severity, limit in ((4, CLEAN, None), (5, WARN, 5), (7, WARN, 5), (8, BAD, 8)):
        state = calm_state(spread_1s_ubps=spread, spread_base_1h_ubps=3)
        meter = SeverityMeter(config)
        meter.step(regime_verdict(), state, T0)
        assert meter.step(regime_verdict(), state, T0 + S) == severity
        expected = () if limit is None else (("spread_1s_ubps", spread, limit),)
        assert meter.evidence(regime_verdict(), state, T0 + S) == expected


def test_after_a_calm_evaluation_two_late_ones_are_bad() -> None:
    meter = SeverityMeter(SeverityConfig())
    late = {"excess_p95_10s_ns": 500 * MS}
    for k, (figures, severity) in enumerate([(late, WARN), ({}, CLEAN), (late, WARN), (late, BAD)]):
        assert meter.step(regime_verdict(), calm_state(**figures), T0 + k) == severity


def test_a_reason_is_written_as_it_is_named() -> None:
    assert [reason.value for reason in Reason] == [reason.name for reason in Reason]


def test_everything_that_is_missing_is_told() -> None:
    figures = ("link_age_ns", "excess_ns", "excess_p95_10s_ns", "spread_1s_ubps", "spread_base_1h_ubps")
    state = calm_state(missing=("quotes", "trades"), warm=False, **dict.fromkeys(figures))
    meter = SeverityMeter(SeverityConfig())
    assert meter.step(regime_verdict(), state, T0) == BAD
    told = [(name, None, None) for name in ("quotes", "trades", *figures)]
    assert meter.evidence(regime_verdict(), state, T0) == (*told, ("warm", 0, 1))


REASONS_HERE = {row[4] for row in AT_ONCE} | {row[3] for row in LASTING}
