"""Every health factor: anchors, shape, missing input, reasons, evidence, configuration."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit.market_states import calm_state
from tools.core.errors import ConfigError
from tools.core.plugins import load_plugin
from tools.core.quality import NO_ORDERS, ExecQuality
from tools.core.units import NS_PER_MS, NS_PER_S
from tools.health.factor import falling_score, rising_score
from tools.health.factors import DEFAULT_FACTORS

MS = NS_PER_MS
S = NS_PER_S
PACKAGE = "tools.health.factors"
NAMES = (*DEFAULT_FACTORS, "loop_lag")


def given(figures: dict[str, Any]) -> tuple[Any, ExecQuality]:
    quality = {k: v for k, v in figures.items() if k in ("sent_60s", "rejected_60s")}
    market = {k: v for k, v in figures.items() if k not in quality}
    return calm_state(**market), ExecQuality(**quality) if quality else NO_ORDERS


@pytest.mark.parametrize("name", NAMES)
def test_examples_hold(name: str) -> None:
    module = load_plugin(PACKAGE, name)
    factor = module.build(module.Config())
    for figures, score in module.EXAMPLES:
        state, quality = given(figures)
        assert factor.score(state, quality) == score, figures


# factor, key, figures beside it, values from good to bad, [(value, score)]
SHAPES: list[tuple[str, str, dict[str, Any], list[tuple[int, int]]]] = [
    (
        "latency",
        "excess_p95_10s_ns",
        {},
        [(0, 100), (20, 100), (60, 75), (100, 50), (300, 25), (500, 0), (9_999, 0)],
    ),
    ("clock", "clock_jump_ns", {}, [(0, 100), (1, 100), (3, 75), (5, 50), (50, 0), (60, 0)]),
    ("loop_lag", "loop_lag_ns", {}, [(0, 100), (5, 100), (50, 50), (150, 25), (250, 0)]),
    ("link_age", "link_age_ns", {}, [(0, 100), (200, 100), (600, 85), (1_000, 69), (2_000, 54), (3_000, 0)]),
]


@pytest.mark.parametrize(("name", "key", "beside", "points"), SHAPES)
def test_scores_in_milliseconds(
    name: str, key: str, beside: dict[str, Any], points: list[tuple[int, int]]
) -> None:
    module = load_plugin(PACKAGE, name)
    factor = module.build(module.Config())
    for value, score in points:
        assert factor.score(calm_state(**beside, **{key: value * MS}), NO_ORDERS) == score, value


def test_link_age_changes_colour_exactly_at_the_ruled_times() -> None:
    module = load_plugin(PACKAGE, "link_age")
    factor = module.build(module.Config())
    for gap_ns, warn_ns, bad_ns in ((300 * MS, S, 3 * S), (20 * S, 20 * S, 60 * S), (None, S, 3 * S)):
        ages = (warn_ns - 1, warn_ns, bad_ns - 1, bad_ns)
        scores = [factor.score(calm_state(link_age_ns=a, link_p999_ns=gap_ns), NO_ORDERS) for a in ages]
        assert scores[0] >= 70 > scores[1]
        assert scores[2] >= 40 > scores[3]


@pytest.mark.parametrize(
    ("value", "falling"), [(0, 100), (10, 100), (11, 97), (29, 52), (30, 50), (31, 47), (49, 2), (50, 0)]
)
def test_scores_are_rounded_against_us(value: int, falling: int) -> None:
    assert falling_score(value, 10, 30, 50) == falling
    assert rising_score(100 - value, 90, 70, 50) == falling


# factor, figures, reason, first evidence
REASONS: list[tuple[str, dict[str, Any], str, tuple[str, int | None, int | None]]] = [
    ("link_age", {"link_age_ns": None}, "LINK_MISSING", ("link_age_ns", None, 3 * S)),
    (
        "link_age",
        {"link_age_ns": 50 * S, "link_p999_ns": 20 * S},
        "LINK_AGE",
        ("link_age_ns", 50 * S, 60 * S),
    ),
    ("latency", {"excess_ns": None}, "LATENCY_MISSING", ("excess_ns", None, 2 * S)),
    ("latency", {"excess_p95_10s_ns": None}, "LATENCY_MISSING", ("excess_p95_10s_ns", None, 500 * MS)),
    ("latency", {"excess_ns": 2 * S}, "LATENCY_STALL", ("excess_ns", 2 * S, 2 * S)),
    ("latency", {"excess_p95_10s_ns": 90 * MS}, "LATENCY", ("excess_p95_10s_ns", 90 * MS, 500 * MS)),
    ("spread", {"spread_base_1h_ubps": None}, "SPREAD_MISSING", ("spread_1s_ubps", 100_000, None)),
    ("spread", {"spread_1s_ubps": 10**6}, "SPREAD", ("spread_1s_ubps", 10**6, 600_000)),
    ("gaps", {"gap_ids_60s": 4}, "IDS_MISSING", ("gap_ids_60s", 4, 10)),
    ("clock", {"clock_jump_ns": S}, "CLOCK_JUMP", ("clock_jump_ns", S, 50 * MS)),
    ("depth", {"depth_10s_lots": None}, "DEPTH_MISSING", ("depth_10s_lots", None, 5)),
    ("depth", {"depth_10s_lots": 1}, "DEPTH", ("depth_10s_lots", 1, 5)),
    ("move", {"move_base_ht": None}, "MOVE_MISSING", ("move_10s_ht", 0, None)),
    ("move", {"move_10s_ht": 30, "move_base_ht": 0}, "MOVE", ("move_10s_ht", 30, 20)),
    ("rejects", {"sent_60s": 50, "rejected_60s": 10}, "REJECTS", ("rejected_60s", 10, 10)),
    ("loop_lag", {"loop_lag_ns": None}, "LOOP_LAG_MISSING", ("loop_lag_ns", None, 250 * MS)),
    ("loop_lag", {"loop_lag_ns": S}, "LOOP_LAG", ("loop_lag_ns", S, 250 * MS)),
]


@pytest.mark.parametrize(("name", "figures", "reason", "first"), REASONS)
def test_reason_and_evidence(
    name: str, figures: dict[str, Any], reason: str, first: tuple[str, int | None, int | None]
) -> None:
    module = load_plugin(PACKAGE, name)
    factor = module.build(module.Config())
    state, quality = given(figures)
    assert factor.reason(state, quality) == reason
    assert factor.evidence(state, quality)[0] == first
    assert factor.score(state, quality) < 100


def test_every_reason_of_every_factor_is_in_the_table() -> None:
    for name in NAMES:
        declared = {str(reason) for reason in load_plugin(PACKAGE, name).Reason}
        assert {row[2] for row in REASONS if row[0] == name} == declared, name


@pytest.mark.parametrize(
    ("name", "figure"),
    [
        ("link_age", "link_age_ns"),
        ("latency", "excess_ns"),
        ("latency", "excess_p95_10s_ns"),
        ("spread", "spread_1s_ubps"),
        ("spread", "spread_base_1h_ubps"),
        ("depth", "depth_10s_lots"),
        ("depth", "depth_base_1h_lots"),
        ("move", "move_10s_ht"),
        ("move", "move_base_ht"),
        ("loop_lag", "loop_lag_ns"),
    ],
)
def test_what_is_unknown_scores_nothing(name: str, figure: str) -> None:
    module = load_plugin(PACKAGE, name)
    assert module.build(module.Config()).score(calm_state(**{figure: None}), NO_ORDERS) == 0


@pytest.mark.parametrize(
    ("name", "base"), [("spread", "spread_base_1h_ubps"), ("depth", "depth_base_1h_lots")]
)
def test_a_baseline_of_zero_is_absurd(name: str, base: str) -> None:
    module = load_plugin(PACKAGE, name)
    assert module.build(module.Config()).score(calm_state(**{base: 0}), NO_ORDERS) == 0


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("link_age", {"warn_ns": 3 * S}),
        ("link_age", {"bad_multiple": 1}),
        ("latency", {"good_ns": 100 * MS}),
        ("latency", {"stall_ns": 0}),
        ("spread", {"bad_ppm": 0}),
        ("depth", {"warn_ppm": 800_000}),
        ("move", {"floor_ht": 0}),
        ("gaps", {"warn_ids": 0}),
        ("clock", {"warn_ns": 0}),
        ("rejects", {"bad_ppm": 1}),
        ("loop_lag", {"bad_ns": 1}),
    ],
)
def test_configuration_is_checked(name: str, changed: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=rf"^factor\.{name}"):
        load_plugin(PACKAGE, name).Config(**changed)


@pytest.mark.parametrize("name", NAMES)
def test_critical_and_weighted_exclude_each_other(name: str) -> None:
    config = load_plugin(PACKAGE, name).Config
    for changed in (
        {"critical": True, "weight": 1},
        {"critical": False, "weight": 0},
        {"critical": True, "weight": -1},
    ):
        with pytest.raises(ConfigError, match=rf"^factor\.{name}"):
            config(**changed)
