"""Headroom over several instruments against exact fractions: the order nearest to its own bound is told."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tests.kit.effort import share
from tests.kit.risk import monitor
from tools.core.events import Side
from tools.core.instrument import Instrument
from tools.core.orders import Intent
from tools.core.units import format_scaled
from tools.core.verdicts import Ceiling, Decision
from tools.risk import ApprovedOrder, RuntimeRiskMonitor

Row = tuple[int | None, int | None]
Order = tuple[str, Side, int, int, Ceiling]
SYMBOLS = ("A", "B", "C")
bounds = st.tuples(*[st.integers(0, 12) for _ in range(4)])
orders = st.lists(
    st.tuples(
        st.sampled_from(SYMBOLS),
        st.sampled_from(Side),
        st.integers(1, 9),
        st.integers(1, 12),
        st.sampled_from([Ceiling.PASSIVE, Ceiling.IMPROVE, Ceiling.TAKE]),
    ),
    max_size=8,
)


def instrument(symbol: str, given_bounds: tuple[int, ...]) -> Instrument:
    """One lot at one tick is one e8; a bound of 0 is none."""
    least, most, low, high = given_bounds
    return Instrument(
        venue="test",
        symbol=symbol,
        tick="0.0001",
        lot="0.0001",
        min_qty=format_scaled(min(least, most or least), 4),
        max_qty=format_scaled(most, 4),
        min_price=format_scaled(min(low, high or low), 4),
        max_price=format_scaled(high, 4),
    )


def nearest(rows: list[tuple[int, int]], choose: Callable[..., tuple[int, int]]) -> Row:
    """Return ``(used, limit)`` of the greatest or smallest share; None without any."""
    found = [row for row in rows if row[1] > 0]
    return choose(found, key=lambda row: Fraction(row[0], row[1])) if found else (None, None)


def same_share(one: Row, other: Row) -> bool:
    """Two orders may use the same share of two bounds; which is told does not matter."""
    if None in one or None in other:
        return one == other
    return Fraction(*one) == Fraction(*other)  # type: ignore[arg-type]


def sent(risk: RuntimeRiskMonitor, placed: list[Order]) -> None:
    for number, (symbol, side, lots, ticks, level) in enumerate(placed):
        risk.on_order_sent(str(number), ApprovedOrder(Intent(symbol, 0, side, lots, ticks, level), ticks))


@share(1)
@given(st.tuples(bounds, bounds, bounds), orders)
def test_the_order_nearest_to_the_bound_of_its_own_instrument_is_told(given_bounds, placed) -> None:
    made = {s: instrument(s, b) for s, b in zip(SYMBOLS, given_bounds, strict=True)}
    steps = {symbol: one.steps() for symbol, one in made.items()}
    risk = monitor(profile="replay", instruments=made)
    sent(risk, placed)
    rows = {name: (used, limit) for name, used, limit in risk.headroom()}
    least = nearest([(q, steps[s].min_qty_lots) for s, _, q, _, _ in placed], min)
    most = nearest([(q, steps[s].max_qty_lots) for s, _, q, _, _ in placed], max)
    low = nearest([(p, steps[s].min_price_ticks) for s, _, _, p, _ in placed], min)
    high = nearest([(p, steps[s].max_price_ticks) for s, _, _, p, _ in placed], max)
    assert same_share(rows["least_qty_lots"], least)
    assert same_share(rows["qty_lots"], most)
    assert same_share(rows["least_price_ticks"], low)
    assert same_share(rows["price_ticks"], high)
    assert rows["order_value_e8"][0] == max([q * p for _, _, q, p, _ in placed], default=0)
    assert rows["least_sane_qty_lots"][0] == min([q for _, _, q, _, _ in placed], default=None)
    assert rows["least_sane_price_ticks"][0] == min([p for _, _, _, p, _ in placed], default=None)


@share(1)
@given(orders)
def test_crossing_orders_are_those_that_another_one_could_meet(placed) -> None:
    risk = monitor(profile="replay")
    sent(risk, placed)
    count = 0
    for symbol, side, _, price, _ in placed:
        for other_symbol, other_side, _, other_price, _ in placed:
            apart = price - other_price if side is Side.BUY else other_price - price
            if symbol == other_symbol and side is not other_side and apart >= 0:
                count += 1
                break
    assert {name: used for name, used, _ in risk.headroom()}["crossing_orders_count"] == count


@share(1)
@given(orders, st.tuples(*[st.sampled_from(Ceiling) for _ in SYMBOLS]))
def test_the_level_told_is_of_the_order_furthest_above_its_ceiling(placed, ceilings) -> None:
    risk = monitor(profile="replay")
    sent(risk, placed)
    level = dict(zip(SYMBOLS, ceilings, strict=True))
    for symbol, ceiling in level.items():
        risk.decisions[symbol] = Decision(0, ceiling is not Ceiling.NONE, ceiling, 1_000_000, "", ())
    told = {name: (used, limit) for name, used, limit in risk.headroom()}["aggressiveness_level"]
    if placed:
        assert told[0] - told[1] == max(int(lv) - int(level[s]) for s, _, _, _, lv in placed)
    else:
        assert told == (0, None), "no instrument was seen"
