"""What a control does after it has spoken, and what every control may be asked."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from tests.kit.controls import World
from tests.kit.risk import change
from tools.core.events import Side
from tools.core.reports import Liquidity
from tools.risk.controls import PROFILES

S = 10**9
BUY_5 = (("order", "a", "BUY", 5, 100), ("fill", "a", 5, 100), ("closed", "a"))


def world(name: str, **given: Any) -> World:
    return World(import_module(f"tools.risk.controls.{name}"), given)


def tripped(made: World, *happenings: tuple[Any, ...]) -> int:
    """Return how many holds these happenings have demanded."""
    before = len(made.trips)
    for happening in happenings:
        made.happen(*happening)
    return len(made.trips) - before


# -- the count begins again ---------------------------------------------------------------------


def loses(name: str) -> tuple[tuple[Any, ...], ...]:
    return (("order", name, "SELL", 1, 90), ("fill", name, 1, 90))


def test_losses_count_from_nothing_after_a_pause() -> None:
    made = world("loss_streak", config={"max_losses": 1, "small_loss_e8": 0}, before=BUY_5)
    assert [tripped(made, *loses(name)) for name in "bcdef"] == [0, 1, 0, 1, 0]


def test_losses_leave_the_window() -> None:
    made = world("loss_streak", config={"max_losses": 1, "small_loss_e8": 0, "window_ns": 32}, before=BUY_5)
    assert tripped(made, *loses("b")) == 0
    assert tripped(made, ("at", 33), *loses("c")) == 0
    assert tripped(made, ("at", 65), *loses("d")) == 1  # 33 is in the last of 32 slots of 1 ns


@pytest.mark.parametrize(
    ("first", "second", "lost"),
    [
        (("BUY", 2, 100), ("SELL", 2, 90), 20),
        (("BUY", 2, 100), ("SELL", 3, 90), 20),  # one more is a new position
        (("SELL", 2, 90), ("BUY", 1, 100), 10),
        (("SELL", 2, 90), ("BUY", 5, 100), 20),
        (("BUY", 2, 90), ("SELL", 2, 100), 0),
        (("SELL", 2, 100), ("BUY", 2, 90), 0),
    ],
)
def test_an_exit_loses_against_the_average_cost(first: Any, second: Any, lost: int) -> None:
    def trips(small_loss_e8: int) -> int:
        made = world("loss_streak", config={"max_losses": 0, "small_loss_e8": small_loss_e8})
        for name, (side, lots, ticks) in (("a", first), ("b", second)):
            tripped(made, ("order", name, side, lots, ticks), ("fill", name, lots, ticks))
        return len(made.trips)

    assert trips(lost) == 0
    if lost:
        assert trips(lost - 1) == 1


def test_the_average_is_of_what_is_held() -> None:
    """Two at 100 and two at 110 cost 105 each; what was opened beyond a flip costs its own price."""
    made = world("loss_streak", config={"max_losses": 0, "small_loss_e8": 4})
    for name, side, lots, ticks in (("a", "BUY", 2, 100), ("b", "BUY", 2, 110)):
        assert tripped(made, ("order", name, side, lots, ticks), ("fill", name, lots, ticks)) == 0
    assert tripped(made, ("order", "c", "SELL", 1, 101), ("fill", "c", 1, 101)) == 0  # 4
    assert tripped(made, ("order", "d", "SELL", 1, 100), ("fill", "d", 1, 100)) == 1  # 5
    # Two are left, of 210 in all; the third is sold short at 110 and bought back at 115.
    assert tripped(made, ("order", "e", "SELL", 3, 110), ("fill", "e", 3, 110)) == 0
    assert tripped(made, ("order", "f", "BUY", 1, 115), ("fill", "f", 1, 115)) == 1


def test_fills_count_from_nothing_after_a_pause_and_leave_the_window() -> None:
    for config in ({"max_filled_e8": 150}, {"max_net_e8": 150}):
        made = world("fill_velocity", config={**config, "window_ns": 32})
        made.happen("order", "a", "BUY", 9, 100)
        one = ("fill", "a", 1, 100)
        assert [tripped(made, one) for _ in range(4)] == [0, 1, 0, 1]
        assert tripped(made, one) == 0
        assert tripped(made, ("at", 33), one) == 0
        assert tripped(made, ("at", 65), one) == 1


def test_buys_and_sells_cancel_in_the_net_and_add_in_the_sum() -> None:
    made = world("fill_velocity", config={"max_filled_e8": 399, "max_net_e8": 100})
    made.happen("order", "b", "BUY", 9, 100)
    made.happen("order", "s", "SELL", 9, 100)
    told = [tripped(made, ("fill", name, 1, 100)) for name in "bsbs"]
    assert told == [0, 0, 0, 1]
    assert made.trips[-1].cause.figure == ("filled_e8", 400, 399)


@pytest.mark.parametrize(
    ("maker_only", "counted"),
    [(True, (Liquidity.MAKER, Liquidity.UNKNOWN)), (False, tuple(Liquidity))],
)
def test_only_what_took_liquidity_is_left_out_and_only_where_asked(
    maker_only: bool, counted: tuple[Liquidity, ...]
) -> None:
    for liquidity in Liquidity:
        made = world("fill_velocity", config={"max_filled_e8": 0, "maker_only": maker_only})
        trip = made.control.on_change(change("A", Side.BUY, 1), liquidity, made.own, made.now_ns)
        assert (trip is not None) is (liquidity in counted)


def test_repetitions_count_from_nothing_and_a_reducing_entry_is_none() -> None:
    made = world("repeated_execution", config={"max_repeats": 1})
    told = []
    for number in range(5):
        name = f"o{number}"
        told.append(tripped(made, ("order", name, "BUY", 1, 100), ("fill", name, 1, 100), ("closed", name)))
    assert told == [0, 0, 1, 0, 1]
    assert tripped(made, ("order", "x", "SELL", 1, 100)) == 0
    assert made.headroom() == (("repeats_count", 0, 1),)


def test_a_market_that_moves_on_is_told_again_and_one_that_stays_is_not() -> None:
    made = world("velocity", config={"max_move_ubps": 10**8})  # 1 %
    quotes = [("quote", price, price, 1, 1) for price in (1_000, 1_010, 1_011, 1_011, 1_005, 1_012)]
    assert [tripped(made, quote) for quote in quotes] == [0, 0, 1, 0, 0, 1]


def test_messages_leave_the_window() -> None:
    made = world("message_rate", config={"max_new": 1, "window_ns": 32})
    made.happen("order", "a", "BUY", 1, 100)
    for at_ns, refused in ((0, True), (32, True), (33, False)):
        made.happen("at", at_ns)
        assert (made.answer(price_ticks=98) == "ORDER_RATE") is refused


def test_a_refused_child_that_outgrows_its_parent_demands_a_latch() -> None:
    made = world("child_orders", before=(("parent", "p", "BUY", 3),), parent_id="p")
    trip = made.control.on_refused(made.question(qty_lots=4))
    assert trip is not None
    cause = trip.cause
    assert (cause.trigger.value, cause.symbol, cause.figure) == ("CHILD_ORDERS", "A", ("children_lots", 4, 3))
    assert cause.time_ns == made.now_ns
    assert made.control.on_refused(made.question(qty_lots=3)) is None
    assert made.control.on_refused(made.question(side="SELL")) is None


# -- what every control may be asked ------------------------------------------------------------

OVERRIDABLE = {"order_value", "fat_finger", "price_collar", "price_walk", "duplicate"}


@pytest.mark.parametrize("name", PROFILES["shadow"])
def test_who_may_be_overridden_who_is_loud_and_what_must_be_declared(name: str) -> None:
    """A person may let through what may be meant: RTS 6, article 15(6). No hold, no limit of the account."""
    module = import_module(f"tools.risk.controls.{name}")
    control = module.build(module.Config())
    assert control.overridable() is (name in OVERRIDABLE)
    assert control.loud() is (name == "price_walk")
    assert control.undeclared() == (("symbols",) if name == "permission" else ())


def test_a_control_without_memory_or_wishes_has_none() -> None:
    made = world("sanity", before=(("heartbeat",),))
    control, question = made.control, made.question()
    assert control.quiet_limits() == ("least_sane_qty_lots", "least_sane_price_ticks")
    halting = world("halt").control
    assert halting.quiet_limits() == ()
    assert (control.listens(), control.cancels_wanted(question), control.overdue(0)) == ((), (), ())
    assert control.on_refused(question) is None
    assert control.snapshot() == {}
    control.restore({})
