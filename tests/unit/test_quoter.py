"""The quoter's rules, each by hand.

The instrument has tick 0.1 and lot 0.001, so a lot at 65,000.0 (650,000 ticks) is worth 65 USD
and an order of 1,000 USD holds floor(1000 / 65) = 15 lots; the least order is 5 USD.
"""

from __future__ import annotations

import json

import pytest

from tests.kit.market_states import calm_state
from tools.core.errors import ConfigError
from tools.core.events import Side
from tools.core.instrument import Instrument
from tools.core.market import MarketState
from tools.core.orders import Intent, TimeInForce
from tools.core.units import E8, NS_PER_MS
from tools.core.verdicts import Ceiling, Decision
from tools.execution.quoter import CancelReason, Plan, Quoter, QuoterConfig, QuoterReason, Working

BTC = Instrument(venue="binance-usdm", symbol="BTCUSDT", tick="0.1", lot="0.001", min_notional="5")
BID, ASK = 650_000, 650_001
T0 = 1_700_000_000 * 10**9
BUY, SELL = Side.BUY, Side.SELL
R = QuoterReason


def decision(ceiling: Ceiling = Ceiling.PASSIVE, budget_ppm: int = 1_000_000) -> Decision:
    eligible = ceiling > Ceiling.NONE
    return Decision(T0, eligible, ceiling, budget_ppm if eligible else 0, "TEST", ())


def state(ms: int = 0, bid: int | None = BID, ask: int | None = ASK, **changed: object) -> MarketState:
    return calm_state(T0 + ms * NS_PER_MS, bid_ticks=bid, ask_ticks=ask, **changed)


def quoter(**config: int) -> Quoter:
    return Quoter(QuoterConfig(**config), BTC)


def working(side: Side, price: int, lots: int = 15, name: str = "", **flags: bool) -> Working:
    made = Working(name or f"{side.value}-1", side, price, lots, flags.pop("taking", False))
    made.acknowledged = flags.pop("acknowledged", True)
    made.cancel_sent = flags.pop("cancel_sent", False)
    assert not flags
    return made


def asked(plan: Plan) -> list[tuple[str, int, int | None]]:
    return [(intent.side.value, intent.qty_lots, intent.price_ticks) for intent in plan.intents]


BOTH = [("BUY", 15, BID), ("SELL", 15, ASK)]


# -- one order a side at the best -------------------------------------------------------


@pytest.mark.parametrize("ceiling", [Ceiling.PASSIVE, Ceiling.IMPROVE, Ceiling.TAKE])
def test_one_post_only_order_a_side_at_the_own_best(ceiling: Ceiling) -> None:
    plan = quoter().plan(decision(ceiling), state(), 0, [])
    assert asked(plan) == BOTH
    assert plan.cancels == () and plan.reason is R.ACTING
    for intent in plan.intents:
        assert intent.aggressiveness is Ceiling.PASSIVE and intent.time_in_force is TimeInForce.GTC
        assert (intent.symbol, intent.time_ns) == (BTC.key, T0)


def test_resting_in_place_is_left_alone_and_the_plan_is_the_same_object() -> None:
    made = quoter()
    book = [working(BUY, BID), working(SELL, ASK)]
    plan = made.plan(decision(), state(), 0, book)
    assert (plan.cancels, plan.intents, plan.reason) == ((), (), R.RESTING)
    assert plan.notes == (R.RESTING, R.RESTING)
    assert made.plan(decision(), state(5), 0, book) is plan


def test_a_partly_filled_order_is_not_topped_up() -> None:
    plan = quoter().plan(decision(), state(), 9, [working(BUY, BID, 6), working(SELL, ASK)])
    assert plan.reason is R.RESTING


def test_before_the_acknowledgement_there_is_nothing_to_do() -> None:
    book = [working(BUY, BID, acknowledged=False), working(SELL, ASK, acknowledged=False)]
    assert quoter().plan(decision(), state(), 0, book).reason is R.AWAITING_EXCHANGE


def test_a_filled_side_is_quoted_again_and_the_other_left_alone() -> None:
    plan = quoter().plan(decision(), state(), 15, [working(SELL, ASK)])
    assert asked(plan) == [("BUY", 15, BID)] and plan.notes == (R.ACTING, R.RESTING)


def test_a_second_order_on_a_side_is_canceled() -> None:
    book = [working(BUY, BID), working(SELL, ASK), working(BUY, BID, name="extra")]
    plan = quoter().plan(decision(), state(), 0, book)
    assert plan.cancels == ("extra",) and plan.intents == ()


# -- size -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("budget_ppm", "lots"),
    [
        (1_000_000, 15),  # 1000 / 65 = 15.38
        (500_000, 7),  # 500 / 65 = 7.69
        (250_000, 3),  # 250 / 65 = 3.85
        (65_000, 1),  # exactly 65 USD
        (64_999, 0),
    ],
)
def test_size_is_the_budget_at_the_price_in_whole_lots(budget_ppm: int, lots: int) -> None:
    plan = quoter().plan(decision(budget_ppm=budget_ppm), state(ask=650_010), 0, [working(SELL, 650_010, 1)])
    assert [intent.qty_lots for intent in plan.intents if intent.side is BUY] == ([lots] if lots else [])
    if not lots:
        assert plan.notes[0] is R.BUDGET_TOO_SMALL


@pytest.mark.parametrize(("max_order_e8", "quoted"), [(5 * E8, True), (5 * E8 - 1, False)])
def test_below_the_least_notional_there_is_no_order(max_order_e8: int, quoted: bool) -> None:
    # At 50.0 a lot is worth 0.05 USD; 5 USD are 100 lots, one e8 less is 99 lots = 4.95 USD.
    plan = quoter(max_order_e8=max_order_e8).plan(decision(), state(bid=500, ask=10_000), 0, [])
    assert (("BUY", 100, 500) in asked(plan)) is quoted
    if not quoted:
        assert plan.notes == (R.BUDGET_TOO_SMALL, R.BUDGET_TOO_SMALL)
        assert plan.reason is R.BUDGET_TOO_SMALL


def test_a_smaller_budget_cancels_what_is_too_large_for_it() -> None:
    made = quoter()
    book = [working(BUY, BID, 15), working(SELL, ASK, 7)]
    # 500 USD: 7 lots at 65 are 455 USD and may stay, 15 may not.
    plan = made.plan(decision(budget_ppm=500_000), state(), 0, book)
    assert plan.cancels == ("BUY-1",) and plan.intents == ()
    book[0].cancel_sent = True
    plan = made.plan(decision(budget_ppm=500_000), state(1), 0, book)
    assert (plan.cancels, plan.intents, plan.reason) == ((), (), R.AWAITING_EXCHANGE)
    plan = made.plan(decision(budget_ppm=500_000), state(2), 0, book[1:])
    assert asked(plan) == [("BUY", 7, BID)]


def test_an_order_is_measured_at_its_own_price() -> None:
    # 15 lots at 66,666.6 are 999.999 USD; the best falling away does not make it too large.
    plan = quoter().plan(decision(), state(bid=666_000, ask=700_000), 0, [working(BUY, 666_666, 15)])
    assert plan.notes[0] is R.PATIENT
    plan = quoter().plan(decision(), state(bid=666_000, ask=700_000), 0, [working(BUY, 666_667, 15)])
    assert plan.cancels == ("BUY-1",)  # 1000.0005 USD


# -- why an order is taken back -----------------------------------------------------------

RESTS = (working(BUY, BID), working(SELL, ASK))


@pytest.mark.parametrize(
    ("why", "permits", "at", "position_lots", "book"),
    [
        ("NOT_ELIGIBLE", decision(Ceiling.NONE), state(), 0, RESTS[:1]),
        ("NO_BOOK", decision(), state(bid=None), 0, RESTS[:1]),
        ("SECOND_ORDER", decision(), state(), 0, (working(BUY, BID, name="kept"), *RESTS)),
        ("REDUCING", decision(Ceiling.TAKE), state(), 60, RESTS),  # it meets what is about to be taken
        ("OVER_BUDGET", decision(budget_ppm=500_000), state(), 0, (RESTS[0], working(SELL, ASK, 7))),
        ("INVENTORY_FULL", decision(), state(), 62, RESTS),
        ("MOVED", decision(), state(bid=BID - 5), 0, RESTS),
    ],
)
def test_each_cancel_has_a_reason(
    why: str, permits: Decision, at: MarketState, position_lots: int, book: tuple[Working, ...]
) -> None:
    made = quoter(reprice_after_ns=0)
    made.plan(decision(), state(-1, bid=BID - 5), 0, list(RESTS))  # since then the price is wrong
    plan = made.plan(permits, at, position_lots, list(book))
    assert (plan.cancels, plan.cancel_reasons) == (("BUY-1",), (CancelReason(why),))


def test_no_reason_of_a_cancel_is_left_out_above() -> None:
    (marked,) = [m for m in test_each_cancel_has_a_reason.pytestmark if m.name == "parametrize"]  # type: ignore[attr-defined]
    assert [row[0] for row in marked.args[1]] == list(CancelReason)


# -- moving -----------------------------------------------------------------------------


def test_an_order_moves_only_after_its_price_was_wrong_for_longer_than_the_limit() -> None:
    made = quoter()
    book = [working(BUY, BID), working(SELL, ASK)]
    for ms in (0, 250, 500):  # 500 ms is not longer than 500 ms
        plan = made.plan(decision(), state(ms, bid=BID - 5), 0, book)
        assert (plan.cancels, plan.intents, plan.notes) == ((), (), (R.PATIENT, R.RESTING)), ms
        assert plan.reason is R.PATIENT
    plan = made.plan(decision(), state(501, bid=BID - 5), 0, book)
    assert plan.cancels == ("BUY-1",) and plan.intents == () and plan.reason is R.ACTING
    # The new one waits for the exchange's word on the old one.
    book[0].cancel_sent = True
    for ms in (502, 5000):
        assert made.plan(decision(), state(ms, bid=BID - 5), 0, book).reason is R.AWAITING_EXCHANGE
    assert asked(made.plan(decision(), state(5001, bid=BID - 5), 0, book[1:])) == [("BUY", 15, BID - 5)]


def test_a_moment_at_the_right_price_starts_the_clock_again() -> None:
    made = quoter()
    book = [working(BUY, BID), working(SELL, ASK)]
    made.plan(decision(), state(0, bid=BID - 1), 0, book)
    made.plan(decision(), state(400), 0, book)  # right again
    for ms in (450, 900, 950):
        assert made.plan(decision(), state(ms, bid=BID - 1), 0, book).notes[0] is R.PATIENT, ms
    assert made.plan(decision(), state(951, bid=BID - 1), 0, book).cancels == ("BUY-1",)


def test_each_side_has_a_clock_of_its_own() -> None:
    made = quoter()
    book = [working(BUY, BID), working(SELL, ASK)]
    made.plan(decision(), state(0, bid=BID - 1), 0, book)
    made.plan(decision(), state(300, bid=BID - 1, ask=ASK + 1), 0, book)
    assert made.plan(decision(), state(501, bid=BID - 1, ask=ASK + 1), 0, book).cancels == ("BUY-1",)
    book[0].cancel_sent = True
    assert made.plan(decision(), state(800, bid=BID - 1, ask=ASK + 1), 0, book).cancels == ()
    assert made.plan(decision(), state(801, bid=BID - 1, ask=ASK + 1), 0, book).cancels == ("SELL-1",)


def test_a_wrong_price_is_not_canceled_before_it_is_acknowledged() -> None:
    made = quoter(reprice_after_ns=0)
    book = [working(BUY, BID - 1, acknowledged=False), working(SELL, ASK)]
    made.plan(decision(), state(0), 0, book)
    assert made.plan(decision(), state(1), 0, book).notes[0] is R.AWAITING_EXCHANGE
    book[0].acknowledged = True
    assert made.plan(decision(), state(2), 0, book).cancels == ("BUY-1",)


# -- standing down ----------------------------------------------------------------------


def test_not_eligible_cancels_every_order_once() -> None:
    made = quoter()
    book = [
        working(BUY, BID - 9, acknowledged=False),
        working(SELL, ASK),
        working(SELL, BID, name="taking", taking=True),
    ]
    plan = made.plan(decision(Ceiling.NONE), state(), 0, book)
    assert plan.cancels == ("BUY-1", "SELL-1")  # a taking order ends by itself
    assert plan.intents == () and plan.reason is R.ACTING
    for order in book[:2]:
        order.cancel_sent = True
    for ms in (1, 1000, 100_000):
        plan = made.plan(decision(Ceiling.NONE), state(ms), 0, book)
        assert (plan.cancels, plan.intents, plan.reason) == ((), (), R.NOT_ELIGIBLE)
    # A cancel that the exchange refused is no longer under way.
    book[0].cancel_sent = False
    assert made.plan(decision(Ceiling.NONE), state(100_001), 0, book).cancels == ("BUY-1",)


@pytest.mark.parametrize(
    ("bid", "ask"), [(None, ASK), (BID, None), (None, None), (BID, BID), (BID, BID - 1), (0, ASK), (-1, ASK)]
)
def test_no_usable_book_is_no_participation(bid: int | None, ask: int | None) -> None:
    made = quoter()
    plan = made.plan(decision(Ceiling.TAKE), state(bid=bid, ask=ask), 50, [])
    assert (plan.cancels, plan.intents, plan.reason) == ((), (), R.NO_BOOK)
    assert made.plan(decision(), state(bid=bid, ask=ask), 0, [working(BUY, BID)]).cancels == ("BUY-1",)


def test_standing_down_forgets_how_long_a_price_was_wrong() -> None:
    made = quoter()
    made.plan(decision(), state(0, bid=BID - 1), 0, [working(BUY, BID)])
    made.plan(decision(Ceiling.NONE), state(100), 0, [])
    plan = made.plan(decision(), state(600, bid=BID - 1), 0, [working(BUY, BID)])
    assert plan.notes[0] is R.PATIENT


def test_a_side_that_was_turned_down_waits() -> None:
    made = quoter()
    made.on_turned_down(BUY, T0)
    plan = made.plan(decision(), state(999), 0, [])
    assert asked(plan) == BOTH[1:] and plan.notes == (R.BACKING_OFF, R.ACTING)
    made.on_turned_down(SELL, T0)
    assert made.plan(decision(), state(999), 0, []).reason is R.BACKING_OFF
    assert asked(made.plan(decision(), state(1000), 0, [])) == BOTH


# -- inventory --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("position", "sides"),
    [
        # 5,000 USD are 76.92 lots at 65,000.0, and an order is 15 lots: 61 + 15 = 76 is inside.
        (61, ["BUY", "SELL"]),
        (62, ["SELL"]),
        (500, ["SELL"]),
        (-61, ["BUY", "SELL"]),
        (-62, ["BUY"]),
    ],
)
def test_a_side_that_would_fill_the_inventory_is_not_quoted(position: int, sides: list[str]) -> None:
    plan = quoter().plan(decision(), state(), position, [])
    assert [side for side, _, _ in asked(plan)] == sides
    if len(sides) == 1:
        assert R.INVENTORY_FULL in plan.notes


def test_an_order_that_would_fill_the_inventory_is_canceled() -> None:
    book = [working(BUY, BID, 15), working(SELL, ASK, 15)]
    assert quoter().plan(decision(), state(), 61, book).cancels == ()
    assert quoter().plan(decision(), state(), 62, book).cancels == ("BUY-1",)


# -- taking -----------------------------------------------------------------------------

# 2,500 USD at the mid (1,300,001 half-ticks): floor(2500 / 65.00005) = 38 lots stay, 39 are too many.
SOFT_LOTS = 38


def takes(plan: Plan) -> list[Intent]:
    return [intent for intent in plan.intents if intent.time_in_force is TimeInForce.IOC]


def test_inside_the_soft_limit_nothing_is_taken() -> None:
    for position in (SOFT_LOTS, -SOFT_LOTS, 0):
        plan = quoter().plan(decision(Ceiling.TAKE), state(), position, [])
        assert takes(plan) == [] and len(plan.notes) == 2


@pytest.mark.parametrize(
    ("position", "shown", "side", "lots", "limit"),
    [
        # 2 bps of 65,000.0 are 13.0 = 130 ticks; of 65,000.1 they are 130.0002, cut to 130.
        (39, 50, SELL, 1, BID - 130),
        (60, 50, SELL, 22, BID - 130),
        (60, 9, SELL, 9, BID - 130),  # no more than is displayed
        (-60, 50, BUY, 22, ASK + 130),
        (-60, 9, BUY, 9, ASK + 130),
    ],
)
def test_taking_brings_the_position_back_to_the_soft_limit(
    position: int, shown: int, side: Side, lots: int, limit: int
) -> None:
    bid_lots, ask_lots = (shown, 999) if side is SELL else (999, shown)
    book = state(bid_lots=bid_lots, ask_lots=ask_lots)
    plan = quoter().plan(decision(Ceiling.TAKE), book, position, [])
    (intent,) = takes(plan)
    assert (intent.side, intent.qty_lots, intent.price_ticks) == (side, lots, limit)
    assert intent.aggressiveness is Ceiling.TAKE
    # The side that would add to it is not quoted meanwhile, the other one is.
    assert [i.side for i in plan.intents if i is not intent] == [side]
    assert (R.REDUCING in plan.notes) and plan.notes[2] is R.ACTING


def test_slippage_is_rounded_towards_less() -> None:
    # 2 bps of 74,999 ticks are 14.9998 ticks: 14.
    plan = quoter().plan(decision(Ceiling.TAKE), state(bid=74_999, ask=75_001), 400, [])
    (intent,) = takes(plan)
    assert intent.price_ticks == 74_999 - 14


@pytest.mark.parametrize("ceiling", [Ceiling.PASSIVE, Ceiling.IMPROVE])
def test_below_a_ceiling_of_take_nothing_is_taken(ceiling: Ceiling) -> None:
    """YELLOW health caps the ceiling at PASSIVE: the breach is visible, and nothing is taken."""
    plan = quoter().plan(decision(ceiling), state(), 60, [working(BUY, BID), working(SELL, ASK)])
    assert takes(plan) == [] and plan.reason is R.RESTING
    assert plan.notes == (R.RESTING, R.RESTING, R.TAKE_NOT_PERMITTED)
    plan = quoter().plan(decision(Ceiling.TAKE), state(), 60, [working(SELL, ASK)])
    assert len(takes(plan)) == 1  # the same under GREEN


def test_own_orders_in_the_way_are_canceled_first() -> None:
    made = quoter()
    book = [working(BUY, BID), working(SELL, ASK)]
    plan = made.plan(decision(Ceiling.TAKE), state(), 60, book)
    assert plan.cancels == ("BUY-1",) and plan.intents == ()
    book[0].cancel_sent = True
    plan = made.plan(decision(Ceiling.TAKE), state(1), 60, book)
    assert plan.intents == () and plan.notes == (R.AWAITING_EXCHANGE, R.RESTING, R.AWAITING_EXCHANGE)
    plan = made.plan(decision(Ceiling.TAKE), state(2), 60, book[1:])
    assert len(takes(plan)) == 1 and len(plan.intents) == 1


def test_one_taking_order_for_each_breach() -> None:
    made = quoter()
    sell = working(SELL, ASK)
    green = decision(Ceiling.TAKE)
    assert len(takes(made.plan(green, state(0), 60, [sell]))) == 1
    ioc = working(SELL, BID - 130, 22, name="ioc", taking=True)
    # Under way, however long it takes.
    for ms in (1, 5000):
        plan = made.plan(green, state(ms), 60, [sell, ioc])
        assert plan.intents == () and plan.notes == (R.REDUCING, R.RESTING, R.AWAITING_EXCHANGE)
    # It brought the position back: the next breach is a new one, at once.
    plan = made.plan(green, state(5001), SOFT_LOTS, [sell])
    assert takes(plan) == [] and asked(plan) == [("BUY", 15, BID)]
    assert len(takes(made.plan(green, state(5002), 60, [sell]))) == 1
    # That one got nothing: the same breach goes on, and the next try waits a second ...
    for ms in (5003, 6001):
        plan = made.plan(green, state(ms, bid_lots=49), 60, [sell])
        assert plan.notes == (R.REDUCING, R.RESTING, R.TAKE_PAUSED)
    # ... and for a level that shows something new: another size, or another price.
    for ms in (6002, 60_000):
        assert made.plan(green, state(ms), 60, [sell]).notes[2] is R.TAKE_PAUSED
    assert len(takes(made.plan(green, state(60_001, bid_lots=49), 60, [sell]))) == 1
    assert len(takes(made.plan(green, state(61_001, bid=BID - 1, bid_lots=49), 60, [sell]))) == 1


def test_the_limit_is_not_rearmed_while_the_taking_order_works() -> None:
    made = quoter()
    sell = working(SELL, ASK)
    green = decision(Ceiling.TAKE)
    made.plan(green, state(0), 60, [sell])
    ioc = working(SELL, BID - 130, 1, name="ioc", taking=True)
    # The fills are known before the order's end: inside again, but the order still works.
    plan = made.plan(green, state(10), SOFT_LOTS, [sell, ioc])
    assert plan.notes == (R.REDUCING, R.RESTING)
    assert made.plan(green, state(20), 60, [sell]).notes[2] is R.TAKE_PAUSED


def test_what_is_worth_too_little_is_not_taken() -> None:
    # At 50.0 a lot is 0.05 USD: 99 displayed lots are 4.95 USD, below the least order of 5 USD.
    plan = quoter().plan(decision(Ceiling.TAKE), state(bid=500, ask=501, bid_lots=99), 10**6, [])
    assert takes(plan) == [] and plan.notes[2] is R.TAKE_TOO_SMALL
    plan = quoter().plan(decision(Ceiling.TAKE), state(bid=500, ask=501, bid_lots=100), 10**6, [])
    assert [intent.qty_lots for intent in takes(plan)] == [100]
    plan = quoter().plan(decision(Ceiling.TAKE), state(bid_lots=None), 60, [])
    assert plan.notes[2] is R.TAKE_TOO_SMALL


# -- configuration, snapshot ------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("max_order_e8", 0),
        ("soft_inventory_e8", 6_000 * E8),
        ("soft_inventory_e8", -1),
        ("reprice_after_ns", -1),
        ("retry_after_ns", -1),
        ("take_pause_ns", -1),
        ("max_slippage_ubps", -1),
        ("max_slippage_ubps", 10**10),
    ],
)
def test_configuration_is_checked(key: str, value: int) -> None:
    with pytest.raises(ConfigError, match=rf"quoter\.{key}"):
        QuoterConfig(**{key: value})


def test_every_reason_can_be_reached() -> None:
    """The tests above name each one; this keeps the list of reasons closed."""
    assert {reason.value for reason in QuoterReason} == {
        "ACTING",
        "AWAITING_EXCHANGE",
        "BACKING_OFF",
        "BUDGET_TOO_SMALL",
        "INVENTORY_FULL",
        "NOT_ELIGIBLE",
        "NO_BOOK",
        "PATIENT",
        "REDUCING",
        "RESTING",
        "TAKE_NOT_PERMITTED",
        "TAKE_PAUSED",
        "TAKE_TOO_SMALL",
    }


def test_a_restored_quoter_has_the_same_future() -> None:
    made = quoter()
    made.on_turned_down(BUY, T0)
    book = [working(SELL, ASK)]
    steps = [
        (decision(Ceiling.TAKE), state(0, ask=ASK + 1), 60, book),
        (decision(Ceiling.TAKE), state(400, ask=ASK + 1), 60, book),
        (decision(Ceiling.TAKE), state(501, ask=ASK + 1), 60, book),
        (decision(), state(700), 0, book),
        (decision(), state(1000), 0, book),
    ]
    plans = []
    for step in steps:
        plans.append(made.plan(*step).to_json())
        saved = json.loads(json.dumps(made.snapshot()))
        made = quoter()
        made.restore(saved)
    whole = quoter()
    whole.on_turned_down(BUY, T0)
    assert plans == [whole.plan(*step).to_json() for step in steps]
    assert len(set(plans)) == len(plans)
