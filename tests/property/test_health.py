"""Health is monotone: a worse figure never raises a score, a worse score never a colour."""

from __future__ import annotations

import json
from itertools import pairwise
from operator import add
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.kit.market_states import T0, S, calm_state, regime_verdict
from tools.core.plugins import load_plugin
from tools.core.quality import NO_ORDERS, ExecQuality
from tools.core.verdicts import Colour
from tools.health import ColourLatch, HealthConfig, HealthModel
from tools.health.factors import DEFAULT_FACTORS

WORSE = {Colour.GREEN: 0, Colour.YELLOW: 1, Colour.RED: 2}

# figure: does it get worse as it grows?
GROWING = {
    "link_age_ns": 70 * S,
    "excess_ns": 3 * S,
    "excess_p95_10s_ns": S,
    "spread_1s_ubps": 10**6,
    "gap_ids_60s": 20,
    "clock_jump_ns": 10**8,
    "move_10s_ht": 100,
}
FALLING = {"depth_10s_lots": 80}
names = st.sampled_from([*GROWING, *FALLING])


@given(names, st.data())
def test_a_worse_figure_never_scores_more(name: str, data: st.DataObject) -> None:
    most = GROWING.get(name, FALLING.get(name, 0))
    one = data.draw(st.integers(0, most))
    two = data.draw(st.integers(0, most))
    better, worse = (min(one, two), max(one, two)) if name in GROWING else (max(one, two), min(one, two))
    scores = []
    for value in (better, worse, None if name not in ("gap_ids_60s", "clock_jump_ns") else worse):
        state = calm_state(**{name: value})
        model = HealthModel(HealthConfig())
        scores.append((model.step(state, regime_verdict(), NO_ORDERS, T0).score, model.scores))
    for (score, parts), (less, fewer) in pairwise(scores):
        assert less <= score
        assert all(b <= a for a, b in zip(parts, fewer, strict=True))
        assert all(0 <= part <= 100 for part in parts)


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 200))
def test_more_rejects_never_score_more(sent: int, one: int, two: int) -> None:
    module = load_plugin("tools.health.factors", "rejects")
    factor = module.build(module.Config())
    few, many = min(one, two), max(one, two)
    score = factor.score(calm_state(), ExecQuality(sent, few))
    assert 0 <= factor.score(calm_state(), ExecQuality(sent, many)) <= score <= 100


# Every figure at once, each from better to worse; None is the worst where it means "unknown".
LEVELS: dict[str, list[Any]] = {
    "link_age_ns": [0, S // 2, 2 * S, 3 * S, None],
    "excess_ns": [0, 2 * S, None],
    "excess_p95_10s_ns": [0, S // 20, S // 10, S // 2, None],
    "spread_1s_ubps": [100_000, 200_000, 400_000, 600_000, None],
    "spread_base_1h_ubps": [100_000, None],
    "depth_10s_lots": [50, 25, 10, 5, None],
    "depth_base_1h_lots": [50, None],
    "move_10s_ht": [0, 12, 30, 40, None],
    "move_base_ht": [4, None],
    "gap_ids_60s": [0, 1, 5, 10],
    "clock_jump_ns": [0, S // 200, S // 40, S // 20],
}
orders = st.tuples(st.integers(0, 40), st.integers(0, 40))  # rejected, and how many more in the worse world
worlds = st.tuples(
    st.one_of(st.integers(0, 12 * S), st.sampled_from((5 * S, 10 * S))),
    st.tuples(*[st.one_of(st.just(0), st.integers(0, len(values) - 1)) for values in LEVELS.values()]),
    st.tuples(*[st.integers(0, 1) for _ in LEVELS]),
    orders,
)
World = tuple[int, tuple[int, ...], tuple[int, ...], tuple[int, int]]


def figures_at(levels: tuple[int, ...]) -> dict[str, Any]:
    return {
        name: values[min(len(values) - 1, level)]
        for (name, values), level in zip(LEVELS.items(), levels, strict=True)
    }


@given(st.lists(worlds, min_size=1, max_size=12))
def test_a_worse_world_never_gives_a_better_colour(history: list[World]) -> None:
    """The model as a whole: scores, their minimum and mean, and the latch."""
    better, worse = HealthModel(HealthConfig()), HealthModel(HealthConfig())
    at_ns = T0
    for gap, levels, more, (rejected, more_rejected) in history:
        at_ns += gap
        good = better.step(
            calm_state(at_ns, **figures_at(levels)), regime_verdict(), ExecQuality(40, rejected), at_ns
        )
        bad = worse.step(
            calm_state(at_ns, **figures_at(tuple(map(add, levels, more)))),
            regime_verdict(),
            ExecQuality(40, rejected + more_rejected),
            at_ns,
        )
        assert worse.score <= better.score
        assert all(b <= a for a, b in zip(better.scores, worse.scores, strict=True))
        assert WORSE[bad.colour] >= WORSE[good.colour]


steps = st.lists(
    st.tuples(st.integers(0, 12 * S), st.integers(0, 100), st.integers(0, 60)), min_size=1, max_size=50
)
configs = st.sampled_from((HealthConfig(), HealthConfig(red_hold_ns=0), HealthConfig(yellow_hold_ns=0)))


@given(configs, steps)
def test_a_worse_score_never_gives_a_better_colour(
    config: HealthConfig, history: list[tuple[int, int, int]]
) -> None:
    better, worse = ColourLatch(config), ColourLatch(config)
    at_ns = T0
    for gap, score, less in history:
        at_ns += gap
        good = better.step(score, at_ns)
        bad = worse.step(max(0, score - less), at_ns)
        assert WORSE[bad] >= WORSE[good]


@given(configs, steps)
def test_colour_is_never_better_than_the_score(
    config: HealthConfig, history: list[tuple[int, int, int]]
) -> None:
    latch = ColourLatch(config)
    at_ns = T0
    before = Colour.GREEN
    for gap, score, _ in history:
        at_ns += gap
        colour = latch.step(score, at_ns)
        least = 2 if score < config.red_below else 1 if score < config.yellow_below else 0
        assert WORSE[colour] >= least
        if gap < config.yellow_hold_ns:  # no two steps up at once
            assert not (before is Colour.RED and colour is Colour.GREEN)
        before = colour


@given(configs, steps, st.lists(st.integers(0, 999), max_size=4))
def test_more_evaluations_of_the_same_change_nothing(
    config: HealthConfig, history: list[tuple[int, int, int]], extra: list[int]
) -> None:
    plain, dense = ColourLatch(config), ColourLatch(config)
    at_ns = T0
    held = 100
    for gap, score, _ in history:
        for permille in sorted(extra):
            dense.step(held, at_ns + gap * permille // 1000)
        at_ns += gap
        assert dense.step(score, at_ns) is plain.step(score, at_ns)
        held = score


@given(steps, st.integers(0, 50))
def test_restored_it_goes_on_alike(history: list[tuple[int, int, int]], cut: int) -> None:
    one, two = HealthModel(HealthConfig()), HealthModel(HealthConfig())
    at_ns = T0

    def figures(score: int) -> dict[str, Any]:
        return {"excess_p95_10s_ns": (100 - score) * 5_000_000, "depth_10s_lots": score}

    for i, (gap, score, _) in enumerate(history):
        if i == cut:
            two.restore(json.loads(json.dumps(one.snapshot())))
        at_ns += gap
        verdict = one.step(calm_state(at_ns, **figures(score)), regime_verdict(), NO_ORDERS, at_ns)
        if i >= cut:
            again = two.step(calm_state(at_ns, **figures(score)), regime_verdict(), NO_ORDERS, at_ns)
            assert again.to_json() == verdict.to_json()


def test_no_default_factor_lacks_a_property() -> None:
    factors_of = {
        "link_age_ns": "link_age",
        "excess_ns": "latency",
        "excess_p95_10s_ns": "latency",
        "spread_1s_ubps": "spread",
        "gap_ids_60s": "gaps",
        "clock_jump_ns": "clock",
        "move_10s_ht": "move",
        "depth_10s_lots": "depth",
    }
    assert {factors_of[name] for name in [*GROWING, *FALLING]} | {"rejects"} == set(DEFAULT_FACTORS)
    assert {*GROWING, *FALLING} <= set(LEVELS)
