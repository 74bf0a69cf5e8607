"""Hard caps: every reason at its limit, and not one unit before."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit.market_states import S, calm_state
from tools.core.errors import ConfigError
from tools.core.units import UBPS_PER_BPS
from tools.observer.regimes.caps import CapsConfig, HardCaps, Reason, is_missing

BPS = UBPS_PER_BPS

# profile, tripped, just not tripped, reason, evidence (name, limit)
TABLE: list[tuple[str, dict[str, Any], dict[str, Any], Reason, tuple[str, int | None]]] = [
    ("major", {"disconnected": True}, {"disconnected": False}, Reason.DISCONNECTED, ("disconnected", 1)),
    (
        "major",
        {"link_age_ns": 3 * S},
        {"link_age_ns": 3 * S - 1},
        Reason.LINK_STALE,
        ("link_age_ns", 3 * S),
    ),
    (
        "minor",
        {"link_age_ns": 60 * S, "link_p999_ns": 20 * S},
        {"link_age_ns": 60 * S - 1, "link_p999_ns": 20 * S},
        Reason.LINK_STALE,
        ("link_age_ns", 60 * S),
    ),
    (
        "major",
        {"link_age_ns": 3 * S, "link_p999_ns": None},
        {"link_age_ns": 3 * S - 1, "link_p999_ns": None},
        Reason.LINK_STALE,
        ("link_age_ns", 3 * S),
    ),
    # A stream that died while others speak: 10 s (quotes), 60 s (prints), or 10 of its own gaps.
    (
        "major",
        {"quote_age_ns": 10 * S},
        {"quote_age_ns": 10 * S - 1},
        Reason.QUOTES_STALE,
        ("quote_age_ns", 10 * S),
    ),
    (
        "minor",
        {"quote_age_ns": 350 * S, "quote_p999_ns": 35 * S},
        {"quote_age_ns": 350 * S - 1, "quote_p999_ns": 35 * S},
        Reason.QUOTES_STALE,
        ("quote_age_ns", 350 * S),
    ),
    (
        "major",
        {"trade_age_ns": 60 * S},
        {"trade_age_ns": 60 * S - 1},
        Reason.TRADES_STALE,
        ("trade_age_ns", 60 * S),
    ),
    ("major", {"crossed_ns": S}, {"crossed_ns": S - 1}, Reason.CROSSED_BOOK, ("crossed_ns", S)),
    ("major", {"excess_ns": 2 * S}, {"excess_ns": 2 * S - 1}, Reason.LATENCY_CAP, ("excess_ns", 2 * S)),
    (
        "major",
        {"spread_1s_ubps": 10 * BPS},
        {"spread_1s_ubps": 10 * BPS - 1},
        Reason.SPREAD_CAP,
        ("spread_1s_ubps", 10 * BPS),
    ),
    (
        "minor",
        {"spread_1s_ubps": 100 * BPS},
        {"spread_1s_ubps": 100 * BPS - 1},
        Reason.SPREAD_CAP,
        ("spread_1s_ubps", 100 * BPS),
    ),
    (
        "major",
        {"spread_1s_ubps": 15 * BPS, "spread_base_24h_ubps": 3 * BPS},
        {"spread_1s_ubps": 15 * BPS - 1, "spread_base_24h_ubps": 3 * BPS},
        Reason.SPREAD_CAP,
        ("spread_1s_ubps", 15 * BPS),
    ),
    (
        "major",
        {"spread_1s_ubps": 10 * BPS, "spread_base_24h_ubps": None},
        {"spread_1s_ubps": 10 * BPS - 1, "spread_base_24h_ubps": None},
        Reason.SPREAD_CAP,
        ("spread_1s_ubps", 10 * BPS),
    ),
    (
        "major",
        {"move_1s_ht": 1_000, "mid_ht": 200_000},  # 50 bps
        {"move_1s_ht": 999, "mid_ht": 200_000},
        Reason.MOVE_CAP,
        ("move_1s_ubps", 50 * BPS),
    ),
    (
        "minor",
        {"move_1s_ht": 6_000, "mid_ht": 200_000},
        {"move_1s_ht": 5_999, "mid_ht": 200_000},
        Reason.MOVE_CAP,
        ("move_1s_ubps", 300 * BPS),
    ),
    ("major", {"link_age_ns": None}, {"link_age_ns": 0}, Reason.LINK_MISSING, ("link_age_ns", None)),
    ("major", {"missing": ("quotes", "trades")}, {}, Reason.QUOTES_MISSING, ("quotes_1s", None)),
    ("major", {"missing": ("latency", "trades")}, {}, Reason.TRADES_MISSING, ("trades_1s", None)),
    ("major", {"missing": ("latency",)}, {}, Reason.LATENCY_MISSING, ("excess_ns", None)),
    ("major", {"missing": ("depth",)}, {}, Reason.INPUT_MISSING, ("input", None)),
    ("major", {"excess_ns": None}, {"excess_ns": 0}, Reason.LATENCY_MISSING, ("excess_ns", None)),
    (
        "major",
        {"spread_1s_ubps": None},
        {"spread_1s_ubps": 0},
        Reason.SPREAD_MISSING,
        ("spread_1s_ubps", None),
    ),
    ("major", {"move_1s_ht": None}, {"move_1s_ht": 0}, Reason.MOVE_MISSING, ("move_1s_ubps", None)),
    ("major", {"mid_ht": None}, {}, Reason.MOVE_MISSING, ("move_1s_ubps", None)),
]


@pytest.mark.parametrize(("profile", "tripped", "calm", "reason", "shown"), TABLE)
def test_each_cap_trips_at_its_limit(
    profile: str,
    tripped: dict[str, Any],
    calm: dict[str, Any],
    reason: Reason,
    shown: tuple[str, int | None],
) -> None:
    caps = HardCaps(CapsConfig(), profile)
    state = calm_state(**tripped)
    assert caps.judge(state) is reason
    assert caps.judge(calm_state(**calm)) is None
    ((name, _, limit),) = caps.evidence(reason, state)
    assert (name, limit) == shown


def test_every_reason_is_in_the_table() -> None:
    assert {row[3] for row in TABLE} == set(Reason)


def test_missing_reasons_are_those_named_so() -> None:
    assert {r for r in Reason if is_missing(r)} == {r for r in Reason if r.endswith("_MISSING")}


@pytest.mark.parametrize("figure", ["excess_ns", "spread_1s_ubps", "move_1s_ht"])
def test_a_figure_that_needs_time_is_not_missing_before_warm(figure: str) -> None:
    assert HardCaps(CapsConfig(), "major").judge(calm_state(warm=False, **{figure: None})) is None


def test_bounds_show_observed_and_limit() -> None:
    caps = HardCaps(CapsConfig(), "major")
    bounds = {name: (observed, limit) for name, observed, limit in caps.bounds(calm_state(move_1s_ht=20))}
    assert bounds["link_age_ns"] == (10_000_000, 3 * S)
    assert bounds["move_1s_ubps"] == (20 * 10**10 // 200_001, 50 * BPS)
    blind = {name: observed for name, observed, _ in caps.bounds(calm_state(move_1s_ht=None))}
    assert blind["move_1s_ubps"] is None


@pytest.mark.parametrize(
    "key",
    [
        "spread_multiple",
        "spread_floor_major_ubps",
        "spread_floor_minor_ubps",
        "link_age_ns",
        "link_multiple",
        "excess_ns",
        "move_major_ubps",
        "move_minor_ubps",
        "crossed_ns",
    ],
)
def test_configuration_is_checked(key: str) -> None:
    with pytest.raises(ConfigError, match=rf"^regime\.caps\.{key}:"):
        CapsConfig(**{key: 0})


@pytest.mark.parametrize(
    ("figure", "reason"),
    [("quote_age_ns", Reason.QUOTES_MISSING), ("trade_age_ns", Reason.TRADES_MISSING)],
)
def test_an_age_that_cannot_be_known_is_missing_and_not_young(figure: str, reason: Reason) -> None:
    assert HardCaps(CapsConfig(), "major").judge(calm_state(**{figure: None})) is reason
