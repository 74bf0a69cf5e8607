"""Figures in words: the unit comes from the end of the name, the digits from the integer."""

import pytest

from tools.engine.wording import evidence_text, figure, headroom_text, sentence, subject


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("link_age_ns", 3_120_000_000, "3.12 s"),
        ("link_age_ns", 1_000_000_000, "1 s"),
        ("link_age_ns", 60_000_000_000, "60 s"),
        ("link_age_ns", 250_000_000, "250 ms"),
        ("link_age_ns", 1_500, "0.002 ms"),  # half to even: 1.5 us
        ("link_age_ns", 2_500, "0.002 ms"),
        ("link_age_ns", 0, "0 ms"),
        ("excess_ns", -2_500_000_000, "-2.5 s"),
        ("spread_1s_ubps", 1_000_000, "1 bps"),
        ("spread_1s_ubps", 10_000_000, "10 bps"),
        ("spread_1s_ubps", 1_234_567, "1.235 bps"),
        ("spread_1s_ubps", -1_000_000, "-1 bps"),
        ("depth_ppm", 1_000_000, "100 %"),
        ("depth_ppm", 12_345, "1.2345 %"),
        ("trades_1s_z_milli", 4_500, "4.5"),
        ("trades_1s_z_milli", -11_091, "-11.091"),
        ("move_10s_ht", 5, "2.5 ticks"),  # half-ticks
        ("move_10s_ht", 10, "5 ticks"),
        ("total_e8", 123_450_000, "1.2345 in quote currency"),
        ("depth_10s_lots", 700, "700 lots"),
        ("price_ticks", 935_001, "935001 ticks"),
        ("trades_1s", 1_200, "1200"),
        ("health_score", 40, "40"),
        ("link_age_ns", None, "unknown"),
        ("trades_1s", None, "unknown"),
    ],
)
def test_figure(name: str, value: int | None, text: str) -> None:
    assert figure(name, value) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("link_age_ns", "link age"),
        ("spread_1s_ubps", "spread 1s"),
        ("trades_1s_z_milli", "trades 1s z"),
        ("move_10s_ht", "move 10s"),
        ("depth_10s_lots", "depth 10s"),
        ("health_score", "health score"),
        ("samples", "samples"),
    ],
)
def test_subject_has_no_unit(name: str, text: str) -> None:
    assert subject(name) == text


@pytest.mark.parametrize(
    ("evidence", "text"),
    [
        (("excess_ns", 3_024_000_000, 2_000_000_000), "excess 3.024 s, limit 2 s"),
        (("samples", 12, None), "samples 12"),
        (("quotes", None, None), "quotes unknown"),
        (("link_age_ns", None, 3_000_000_000), "link age unknown, limit 3 s"),
        (["gap_ids_60s", 25, 10], "gap ids 60s 25, limit 10"),  # as an audit line brings it
    ],
)
def test_evidence(evidence: list[object], text: str) -> None:
    assert evidence_text(evidence) == text


@pytest.mark.parametrize(
    ("evidence", "text"),
    [
        (("excess_ns", 500_000_000, 2_000_000_000), "excess 500 ms, limit 2 s (25 % of it)"),
        (("excess_ns", 3_000_000_000, 2_000_000_000), "excess 3 s, limit 2 s (150 % of it)"),
        (("trades_1s", 1, 3), "trades 1s 1, limit 3 (33.3 % of it)"),
        (("trades_1s", 0, 3), "trades 1s 0, limit 3 (0 % of it)"),
        (("rejected_60s", 0, 0), "rejected 60s 0, limit 0"),  # no share of nothing
        (("excess_ns", None, 2_000_000_000), "excess unknown, limit 2 s"),
        (("samples", 7, None), "samples 7"),
        (("least_edge_ubps", 3_000_000, 1_500_000), "least edge 3 bps, floor 1.5 bps (200 % of it)"),
    ],
)
def test_headroom(evidence: tuple[str, int | None, int | None], text: str) -> None:
    assert headroom_text(evidence) == text


def test_sentence() -> None:
    two = (("excess_ns", 3_000_000_000, 2_000_000_000), ("debt_ns", 0, None))
    assert sentence("The gate", "BLOCKED", "REGIME_CAPPED", two) == (
        "The gate is BLOCKED: REGIME_CAPPED (excess 3 s, limit 2 s; debt 0 ms)."
    )
    assert sentence("Health", "GREEN", "HEALTHY", ()) == "Health is GREEN: HEALTHY."
