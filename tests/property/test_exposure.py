"""The worst case equals the largest one that any subset of the open orders could bring about."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from tests.kit.effort import share
from tests.kit.risk import INSTRUMENTS, hold, mark, monitor
from tools.core.events import Side
from tools.core.orders import Intent
from tools.risk import ApprovedOrder
from tools.risk.exposure import ANY_TICKS, Exposure

QUIET = share(1)
sides = st.sampled_from([Side.BUY, Side.SELL])
orders = st.lists(st.tuples(sides, st.integers(1, 50)), max_size=7)
positions = st.integers(-60, 60)


def signed(side: Side, lots: int) -> int:
    return lots if side is Side.BUY else -lots


def every_outcome(position: int, resting: list[tuple[Side, int]]) -> list[int]:
    """Return the position after each subset of the orders has filled, partial fills aside."""
    return [
        position + sum(signed(*order) for order, fills in zip(resting, mask, strict=True) if fills)
        for mask in product((False, True), repeat=len(resting))
    ]


@QUIET
@given(positions, orders)
def test_worst_case_is_the_brute_force_maximum(position: int, resting: list[tuple[Side, int]]) -> None:
    exposure = Exposure(INSTRUMENTS["A"])
    exposure.position_lots = position
    for number, (side, lots) in enumerate(resting):
        exposure.set_open(str(number), side, lots)
    outcomes = every_outcome(position, resting)
    assert exposure.worst_long_lots() == max(outcomes)
    assert exposure.worst_short_lots() == min(outcomes)
    assert exposure.worst_e8(2) == max(abs(lots) for lots in outcomes)


@QUIET
@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), sides, st.integers(-3, 30), st.booleans(), st.integers(1, 9)),
        max_size=30,
    )
)
def test_running_sums_stay_those_of_the_orders(steps) -> None:
    exposure = Exposure(INSTRUMENTS["A"])
    model: dict[str, tuple[Side, int]] = {}
    position = 0
    for client_id, side, leaves, fills, lots in steps:
        exposure.set_open(client_id, side, leaves)
        model.pop(client_id, None)
        if leaves > 0:
            model[client_id] = (side, leaves)
        if fills:
            exposure.fill(side, lots)
            position += signed(side, lots)
        exposure.check()
        longs = sum(lots for side, lots in model.values() if side is Side.BUY)
        shorts = sum(lots for side, lots in model.values() if side is Side.SELL)
        assert (exposure.worst_long_lots(), exposure.worst_short_lots()) == (
            position + longs,
            position - shorts,
        )


@QUIET
@given(positions, orders, sides, st.integers(1, 80), st.integers(1, 60))
def test_an_approved_order_cannot_lead_beyond_the_limit(position, resting, side, lots, limit) -> None:
    """Whatever fills, an approved order brings no outcome beyond the limit but a reduced one."""
    risk = monitor(inventory_e8=limit)
    mark(risk, "A", 1)
    hold(risk, "A", position)
    exposure = risk.exposures()["A"]
    for number, (order_side, order_lots) in enumerate(resting):
        exposure.set_open(str(number), order_side, order_lots)
    answer = risk.check(Intent("A", 0, side, lots, 1))
    ends = every_outcome(position, [*resting, (side, lots)])
    furthest = max(ends) if side is Side.BUY else -min(ends)
    before = (
        max(every_outcome(position, resting)) if side is Side.BUY else -min(every_outcome(position, resting))
    )
    if isinstance(answer, ApprovedOrder):
        assert furthest <= limit
    else:
        assert furthest > limit or before < -limit
    # Towards flat and not through it is always let through.
    if furthest <= 0:
        assert isinstance(answer, ApprovedOrder)


@QUIET
@given(
    st.lists(st.tuples(st.sampled_from("abcd"), sides, st.integers(-1, 3), st.integers(0, 9)), max_size=30)
)
def test_the_nearest_open_orders_are_those_of_the_orders_as_they_are_now(steps) -> None:
    """What is remembered of them follows every order that comes, changes or goes; a price of 0 is unknown."""
    exposure = Exposure(INSTRUMENTS["A"])
    for client_id, side, leaves, price_ticks in steps:
        exposure.set_open(client_id, side, leaves, price_ticks)
        buys = [live.price_ticks or ANY_TICKS for live in exposure.open.values() if live.side is Side.BUY]
        sells = [live.price_ticks for live in exposure.open.values() if live.side is Side.SELL]
        assert exposure.nearest_ticks() == (max(buys, default=0), min(sells, default=ANY_TICKS))
