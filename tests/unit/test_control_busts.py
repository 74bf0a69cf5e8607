"""Controls that keep count of fills: what a venue takes back or corrects is counted once, and not lost."""

from __future__ import annotations

import pytest

from tests.kit import orders
from tests.kit.risk import monitor, ready
from tools.core.events import Side
from tools.core.orders import Intent, OrderStatus
from tools.core.reports import Liquidity
from tools.core.units import NS_PER_S
from tools.risk import ApprovedOrder, RuntimeRiskMonitor
from tools.risk.controls import fill_velocity, loss_streak, price_walk
from tools.risk.holds import Trigger


def replay(**controls: object) -> RuntimeRiskMonitor:
    return ready(monitor(profile="replay", controls=controls))


def tell(
    risk: RuntimeRiskMonitor,
    side: Side,
    lots: int = 0,
    ticks: int = 100,
    back: int = 0,
    back_ticks: int = 100,
) -> None:
    """Tell risk of one report: so many lots filled, and so many taken back."""
    change = orders.change(
        lots,
        symbol="A",
        side=side,
        after=OrderStatus.NEW,
        ticks=ticks,
        undone_lots=back,
        undone_ticks=back_ticks if back else 0,
    )
    risk.on_order_change(change)


def triggers(risk: RuntimeRiskMonitor) -> list[Trigger]:
    return [cause.trigger for cause in risk.holds.in_force()]


# -- fill velocity: a lot at 100 ticks is worth 100 ------------------------------------------


@pytest.mark.parametrize(("limit_e8", "held"), [(400, False), (399, True)])
def test_a_busted_sell_leaves_the_buys_in_the_net_quantity(limit_e8: int, held: bool) -> None:
    risk = replay(fill_velocity=fill_velocity.Config(max_net_e8=limit_e8))
    tell(risk, Side.SELL, 2)
    tell(risk, Side.BUY, 4)
    assert triggers(risk) == []
    tell(risk, Side.SELL, back=2)  # 4 lots net now
    assert (triggers(risk) == [Trigger.FILL_VELOCITY]) is held


def test_a_correction_is_not_one_more_fill() -> None:
    """5 lots corrected to 6: the value of 6, gross and net, and not that of 11."""
    for limits in ({"max_filled_e8": 600}, {"max_net_e8": 600}):
        risk = replay(fill_velocity=fill_velocity.Config(**limits))
        tell(risk, Side.BUY, 5)
        tell(risk, Side.BUY, 6, back=5)
        assert triggers(risk) == [], limits
        tell(risk, Side.BUY, 1)
        assert triggers(risk) == [Trigger.FILL_VELOCITY], limits


def test_the_bust_of_a_fill_that_did_not_count_makes_no_room() -> None:
    risk = replay(fill_velocity=fill_velocity.Config(max_net_e8=400, maker_only=True))
    taken = orders.change(3, symbol="A", side=Side.BUY, ticks=100)
    risk.on_order_change(taken, Liquidity.TAKER)
    tell(risk, Side.BUY, back=3)  # busts do not say who took
    tell(risk, Side.BUY, 5)
    assert triggers(risk) == [Trigger.FILL_VELOCITY]


# -- loss streak -------------------------------------------------------------------------------


def streak() -> RuntimeRiskMonitor:
    return replay(loss_streak=loss_streak.Config(max_losses=0, small_loss_e8=0))


def test_a_bust_of_the_entry_leaves_no_position_whose_exit_could_lose() -> None:
    risk = streak()
    tell(risk, Side.BUY, 4, 100)
    tell(risk, Side.BUY, back=4, back_ticks=100)
    tell(risk, Side.SELL, 4, 90)  # an entry: nothing is held
    assert triggers(risk) == []
    tell(risk, Side.BUY, 4, 91)
    assert triggers(risk) == [Trigger.LOSS_STREAK]


def test_a_corrected_entry_is_held_once() -> None:
    risk = streak()
    tell(risk, Side.BUY, 4, 100)
    tell(risk, Side.BUY, 2, 90, back=4, back_ticks=100)
    tell(risk, Side.SELL, 2, 90)  # even: 2 lots at 90 were held
    assert triggers(risk) == []
    tell(risk, Side.SELL, 1, 80)  # flat by then: an entry
    tell(risk, Side.BUY, 1, 81)
    assert triggers(risk) == [Trigger.LOSS_STREAK]


def test_a_correction_that_loses_more_is_a_losing_exit() -> None:
    for ticks, held in ((100, False), (101, False), (99, True)):
        risk = streak()
        tell(risk, Side.BUY, 4, 100)
        tell(risk, Side.SELL, 4, 100)
        tell(risk, Side.SELL, 4, ticks, back=4, back_ticks=100)
        assert (triggers(risk) == [Trigger.LOSS_STREAK]) is held, ticks


def test_lots_of_a_redenomination_cost_and_lose_nothing() -> None:
    risk = streak()
    tell(risk, Side.BUY, 4, 100)
    tell(risk, Side.SELL, 1, 0)
    assert triggers(risk) == []


# -- price walk --------------------------------------------------------------------------------


def test_a_redenomination_has_no_price_to_walk_from() -> None:
    risk = replay(price_walk=price_walk.Config(max_move_ubps=10**9, window_ns=60 * NS_PER_S))
    tell(risk, Side.BUY, 4, 0)
    found = risk.check(Intent("A", 0, Side.BUY, 1, 100))
    reasons = () if isinstance(found, ApprovedOrder) else (found.reason, *found.also)
    assert "PRICE_WALK" not in reasons
