"""Fills by distance: the likelihood's peak by hand, its errors, data with a known decay, the rows."""

from __future__ import annotations

from itertools import chain, repeat
from math import exp, log, sqrt

import pytest

from tools.core.chance import below
from tools.core.units import NS_PER_S
from tools.lab.quality.intensity import intensity_rows, unfitted
from tools.lab.stats.bootstrap import widening
from tools.lab.stats.fill_intensity import Watched, fit, rate_interval

Z = 1.959963984540054


def group(distance: int, fills: int, orders: int, seconds: int) -> list[Watched]:
    """Return orders of one distance that share a time at risk."""
    each_ns = seconds * NS_PER_S // orders
    return [Watched(distance, each_ns, at < fills) for at in range(orders)]


def drawn(
    trial: int, orders: int, per_s: float, kappa: float, distances: tuple[int, ...] = (0, 1, 2, 3, 5)
) -> list[Watched]:
    """Return orders that are withdrawn after 5 s unless they fill, at the rate of the form."""
    out = []
    for at in range(orders):
        distance = distances[at % len(distances)]
        chance = (below(trial, 3, at, 0, 2**53) + 1) / 2**53
        fills_after = -log(chance) / (per_s * exp(-kappa * distance))
        out.append(Watched(distance, round(min(fills_after, 5.0) * NS_PER_S), fills_after <= 5.0))
    return out


def test_two_distances_are_two_rates() -> None:
    # 40 fills in 100 s at the best, 10 in 200 s three ticks behind: 0.4 and 0.05 per second.
    found = fit([*group(0, 40, 50, 100), *group(3, 10, 50, 200)], 1)
    assert found is not None
    assert found.per_s == pytest.approx(0.4, rel=1e-15)
    assert found.kappa == pytest.approx(log(0.4 / 0.05) / 3, rel=1e-15)
    assert sum(found.residuals) == pytest.approx(0, abs=1e-12)


def test_the_errors_of_two_rates_by_hand() -> None:
    # An order at a distance fills 1 or 0 times and is expected to fill fills / orders times, so
    # log rate varies by the sum of the squares of what is left, over fills squared.
    near, far = group(0, 40, 50, 100), group(3, 10, 50, 200)
    found = fit(list(chain.from_iterable(zip(near, far, strict=True))), 1)
    assert found is not None and found.per_s_range is not None and found.kappa_range is not None
    of_near = (40 * 0.2**2 + 10 * 0.8**2) / 40**2
    of_far = (10 * 0.8**2 + 40 * 0.2**2) / 10**2
    reach = Z * widening(100)
    assert found.per_s_range == pytest.approx(
        (0.4 * exp(-reach * sqrt(of_near)), 0.4 * exp(reach * sqrt(of_near)))
    )
    off = reach * sqrt(of_near + of_far) / 3
    assert found.kappa_range == pytest.approx((found.kappa - off, found.kappa + off))


def test_orders_that_come_in_pairs_are_worth_one_each() -> None:
    orders = drawn(5, 200, 0.5, 0.7)
    once, twice = fit(orders, 10), fit(list(chain.from_iterable(repeat(one, 2) for one in orders)), 20)
    assert once is not None and twice is not None
    assert twice.per_s == pytest.approx(once.per_s)
    assert twice.per_s_range == pytest.approx(once.per_s_range)
    assert twice.kappa_range == pytest.approx(once.kappa_range)


def test_a_known_decay_is_found() -> None:
    found = fit(drawn(1, 20_000, 0.5, 0.7), 10)
    assert found is not None
    assert found.per_s == pytest.approx(0.5, rel=0.03)
    assert found.kappa == pytest.approx(0.7, abs=0.03)


def test_the_intervals_hold_the_known_decay_nineteen_times_in_twenty() -> None:
    held_a = held_kappa = 0
    for trial in range(200):
        found = fit(drawn(trial, 150, 0.5, 0.7), 5)
        assert found is not None and found.per_s_range is not None and found.kappa_range is not None
        held_a += found.per_s_range[0] <= 0.5 <= found.per_s_range[1]
        held_kappa += found.kappa_range[0] <= 0.7 <= found.kappa_range[1]
    assert min(held_a, held_kappa) >= 182, "200 draws of 95 % are at least 182 in 98 of 100 cases"


def test_other_units_of_distance_and_another_zero() -> None:
    orders = drawn(2, 300, 0.5, 0.7)
    found = fit(orders, 10)
    assert found is not None
    for away, times in ((0, 1), (-4, 1), (1_000_000, 1), (0, 10_000), (-7, -3)):
        moved = fit([Watched(away + times * d, ns, filled) for d, ns, filled in orders], 10)
        assert moved is not None
        assert moved.kappa == pytest.approx(found.kappa / times)
        if abs(away) < 10:
            assert moved.per_s == pytest.approx(found.per_s * exp(found.kappa / times * away))
        assert moved.residuals == pytest.approx(found.residuals)


@pytest.mark.parametrize(
    "orders",
    [
        [],
        group(0, 0, 20, 100) + group(3, 0, 20, 100),  # no fills
        group(0, 10, 20, 100),  # one distance
        group(0, 10, 20, 100) + group(3, 0, 20, 100),  # kappa has no upper bound
        group(0, 0, 20, 100) + group(3, 10, 20, 100),  # nor a lower one
        [Watched(0, 0, True), Watched(1, 0, True)],  # no time
    ],
)
def test_where_there_is_no_peak_there_is_no_fit(orders: list[Watched]) -> None:
    assert fit(orders, 1) is None


def test_one_block_has_no_errors() -> None:
    orders = [*group(0, 9, 10, 100), *group(3, 1, 9, 200)]
    found = fit(orders, 10)
    assert found is not None and (found.per_s_range, found.kappa_range) == (None, None)
    assert fit([*orders, Watched(0, 1, False)], 10).kappa_range is not None


@pytest.mark.parametrize(("events", "seconds"), [(0, 10), (1, 7), (37, 400)])
def test_the_bounds_of_a_rate_solve_the_score_equation(events: int, seconds: int) -> None:
    low, high = rate_interval(events, seconds * NS_PER_S)
    for bound in (low, high):
        apart = events - bound * seconds
        assert apart * apart == pytest.approx(Z * Z * bound * seconds, abs=1e-9)
    assert 0 <= low <= events / seconds < high
    assert rate_interval(3, 0) is None


# -- the rows --------------------------------------------------------------------------------


def columns(watched: list[Watched], symbols: tuple[str, ...] = ("a:X",)) -> dict[str, list[object]]:
    """Return orders that rest one after the other, as columns."""
    made: dict[str, list[object]] = {}
    at_ns = 0
    for at, order in enumerate(watched):
        end_ns = at_ns + order.exposed_ns
        row = {
            "symbol": symbols[at % len(symbols)], "end": "FILL" if order.filled else "CANCEL",
            "time_in_force": "GTC", "sent_ns": at_ns, "arrived_ns": at_ns, "rested_ns": at_ns,
            "ended_ns": end_ns, "fill_class": "NO", "distance_ticks": order.distance,
            "first_resting_fill_ns": end_ns if order.filled else None,
        }  # fmt: skip
        for name, value in row.items():
            made.setdefault(name, []).append(value)
        at_ns = end_ns
    return made


def test_rows_by_distance_and_the_fit_beside_them() -> None:
    watched = drawn(3, 400, 0.5, 0.7)
    rows = {row.name: row for row in intensity_rows(columns(watched), {})}
    for band, inside in (("0", (0,)), ("1", (1,)), ("2", (2,)), ("3..5", (3, 5))):
        own = [order for order in watched if order.distance in inside]
        at_risk_s = sum(order.exposed_ns for order in own) / NS_PER_S
        fills = sum(order.filled for order in own)
        risk, rate = rows[f"at risk, distance {band}"], rows[f"fills, distance {band}"]
        assert (risk.value, risk.n, risk.unit) == (pytest.approx(at_risk_s), len(own), "s")
        assert (rate.value, rate.n, rate.unit) == (pytest.approx(fills / at_risk_s), fills, "per_s")
        assert rate.low is not None and rate.high is not None and rate.low < rate.value < rate.high
    a, kappa = rows["A"], rows["kappa"]
    assert a.n == kappa.n == sum(order.filled for order in watched)
    assert (a.unit, kappa.unit) == ("per_s", "per_tick")
    assert a.low < 0.5 < a.high and kappa.low < 0.7 < kappa.high
    assert a.n_eff is not None and 30 <= a.n_eff <= a.n
    assert not unfitted(a)


def test_a_fit_of_few_fills_is_hidden_and_one_that_cannot_be_has_no_value() -> None:
    few = drawn(4, 42, 0.5, 0.3)
    assert 20 < sum(order.filled for order in few) < 30
    a, kappa = intensity_rows(columns(few), {})[-2:]
    assert a.hidden and kappa.hidden and a.value is None and kappa.low is None and not unfitted(a)
    many = drawn(3, 400, 0.5, 0.7)
    for made in (
        columns(many, ("a:X", "b:Y")),  # two kinds of ticks
        columns([*group(0, 60, 80, 100), *group(1, 9, 40, 100)]),  # nine fills elsewhere than at the best
        columns([]) or {name: [] for name in columns(many)},
    ):
        a, kappa = intensity_rows(made, {})[-2:]
        assert (a.value, a.hidden, kappa.value) == (None, False, None) and unfitted(a)


def test_time_at_risk_ends_with_the_first_fill_that_an_order_made() -> None:
    made = columns([Watched(0, 10 * NS_PER_S, False)] * 3)
    made["first_resting_fill_ns"][0] = 4 * NS_PER_S
    made["rested_ns"][1] = 13 * NS_PER_S  # 3 s after it arrived
    made["distance_ticks"][2] = None  # nobody knows
    at_risk, fills, a, _ = intensity_rows(made, {})
    assert (at_risk.value, at_risk.n) == (4 + 7, 2)
    assert (fills.value, fills.n) == (pytest.approx(1 / 11), 1)
    assert a.value is None
