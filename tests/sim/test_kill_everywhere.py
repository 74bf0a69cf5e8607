"""The follower of the kill holds for the real loop, and catches a loop in which the kill does not hold."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sim.explorer import Violation, World, explore
from tests.sim.kill import KillFollower, kill_followers, slice_with_kill, with_kill
from tests.sim.worlds import FILLS, Plan, slice_of_worlds, world
from tools.core.events import Side
from tools.core.orders import Intent
from tools.live import ExecutionLoop
from tools.risk.holds import Effect


def one_order(flatten: bool = False) -> World:
    """Return two fills of one order, and a kill somewhere among them."""
    return with_kill(world("one", (Plan("A", Side.BUY, 12, (), FILLS),), loose=True), flatten)


def two_orders() -> World:
    return with_kill(
        world(
            "two",
            (Plan("A", Side.BUY, 12, (), ("fill 4",)), Plan("B", Side.SELL, 6, (), ("fill 2",))),
            loose=False,
        )
    )


@pytest.mark.parametrize("number", range(3))
def test_the_kill_holds_at_every_state_of_a_small_world(number: int) -> None:
    small = slice_with_kill(slice_of_worlds())[number]
    assert explore(small, kill_followers()).paths > 1_000


def test_the_kill_is_placed_at_every_position() -> None:
    plain = world("one", (Plan("A", Side.BUY, 12, (), FILLS),), loose=True)
    # 3 reports that may overtake each other, 5 places for the two further steps in their order.
    assert explore(with_kill(plain), kill_followers()).paths == 5 * 4 * 3 * 2 // 2


def test_the_position_is_closed_where_the_kill_is_to_flatten() -> None:
    placed = []

    class Counts(KillFollower):
        def check(self, lab, left) -> None:
            super().check(lab, left)
            placed.append([row[2:4] for row in self.venue.placed[1:]])

    explore(one_order(flatten=True), lambda: [Counts({}, ExecutionLoop)])
    assert [("SELL", "0.00000004")] in [rows[:1] for rows in placed]
    assert [("SELL", "0.00000010")] in [rows[:1] for rows in placed]


class Sabotaged:
    """The real loop, one thing about which is broken."""

    def __init__(self, *parties: Any) -> None:
        self.real = ExecutionLoop(*parties)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


class OnlyLatches(Sabotaged):
    """Withdraws nothing by itself at a kill."""

    def kill(self, operator: str, reason: str, flatten: bool) -> None:
        self.real.risk.kill(operator, reason)


class Bypasses(Sabotaged):
    """Sends without asking risk."""

    def submit(self, intent: Intent) -> str | None:
        verdict = self.real.submit(intent)
        if verdict is not None:
            self.real.exchange.place_limit("X", intent.symbol, intent.side, "0.00000001", "5")
        return verdict


class StopsBooking(Sabotaged):
    """Drops the reports that come after a kill."""

    def on_fill(self) -> None:
        if self.real.risk.holds.killed():
            self.real.exchange.waiting.clear()
        self.real.on_fill()


class StopsAtTheFirst(Sabotaged):
    """Lets a cancel that raises keep the others from leaving."""

    def kill(self, operator: str, reason: str, flatten: bool) -> None:
        self.real.risk.kill(operator, reason)
        try:
            for order in self.real.store.open_orders():
                self.real._cancel(order.client_id, "test:ONE")
        except ConnectionError:
            pass


class CountsTooLittle(Sabotaged):
    """Takes a killed order for closed: what can still fill is not counted."""

    def kill(self, operator: str, reason: str, flatten: bool) -> None:
        self.real.kill(operator, reason, flatten=flatten)
        for order in self.real.store.open_orders():
            self.real.risk.exposures()["BTCUSDT"].set_open(order.client_id, order.side, 0)


class Forgives(Sabotaged):
    """Opens the latch again when something was filled."""

    def on_fill(self) -> None:
        self.real.on_fill()
        if self.real.risk.holds.killed() and self.real.risk.exposures()["BTCUSDT"].position_lots:
            self.real.risk.thaw("nobody", "a fill", effect=Effect.KILL)


@pytest.mark.parametrize(
    ("broken", "small", "what"),
    [
        (OnlyLatches, one_order(), "is open after a kill without a cancel"),
        (StopsAtTheFirst, two_orders(), "is open after a kill without a cancel"),
        (Bypasses, one_order(), "left after the kill"),
        (StopsBooking, one_order(), "lots, the ledger has"),
        (CountsTooLittle, one_order(), "thought of are fewer"),
        (Forgives, one_order(), "the kill was lost"),
    ],
)
def test_a_loop_in_which_the_kill_does_not_hold_is_caught(broken: Any, small: World, what: str) -> None:
    with pytest.raises(Violation, match=what):
        explore(small, kill_followers(broken))
