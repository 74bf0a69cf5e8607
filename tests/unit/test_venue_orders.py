"""Every type of order at the paper venue, one by one. An order sent at 0 arrives at 20 and is heard of at 40.

The book is 100 x 7 / 102 x 5, and all that is displayed can be taken, unless a test says otherwise.
"""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tests.kit.paper import KEY, B, at, feed, life, paper, quote, send, told, trade
from tools.core.entry import NewOrder, OrderType, SelfMatch, new_order_from
from tools.core.errors import UsageError
from tools.core.events import Side
from tools.core.orders import TimeInForce
from tools.execution.venue_words import VenueReason
from tools.live.paper_exchange import PaperExchange
from tools.live.ports import OrderEntry

BOOK = quote(0, 100, 7, 102, 5)
GTC, IOC, FOK, GTD, DAY = (TimeInForce(name) for name in ("GTC", "IOC", "FOK", "GTD", "DAY"))
LIMIT, MARKET, STOP, STOP_LIMIT = (OrderType(name) for name in ("LIMIT", "MARKET", "STOP", "STOP_LIMIT"))


def venue_at(*events: object, **config: object) -> PaperExchange:
    venue = paper(**config)
    feed(venue, BOOK, *events)  # type: ignore[arg-type]
    return venue


def sent(venue: PaperExchange, *order: object, until: int = 40, **more: object) -> list[tuple[object, ...]]:
    """Send C1 and return what is heard of it until 40, without time and name."""
    send(venue, "C1", *order, **more)  # type: ignore[arg-type]
    return [row[2:] for row in life(venue, until) if row[1] == "C1"]


# -- what is refused ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "more", "reason"),
    [
        (None, {}, "LIMIT_WITHOUT_PRICE"),
        (None, {"order_type": STOP_LIMIT, "stop_ticks": 105}, "LIMIT_WITHOUT_PRICE"),
        (101, {"order_type": MARKET, "time_in_force": IOC}, "MARKET_WITH_PRICE"),
        (101, {"order_type": STOP, "stop_ticks": 105}, "MARKET_WITH_PRICE"),
        (None, {"order_type": STOP}, "STOP_WITHOUT_STOP_PRICE"),
        (101, {"order_type": STOP_LIMIT}, "STOP_WITHOUT_STOP_PRICE"),
        (101, {"stop_ticks": 105}, "STOP_PRICE_UNUSED"),
        (None, {"order_type": MARKET, "time_in_force": IOC, "stop_ticks": 105}, "STOP_PRICE_UNUSED"),
        (None, {"order_type": MARKET}, "MARKET_CANNOT_REST"),
        (None, {"order_type": MARKET, "time_in_force": GTD, "ttl_ns": 9}, "MARKET_CANNOT_REST"),
        (None, {"order_type": STOP, "stop_ticks": 105, "time_in_force": IOC}, "STOP_CANNOT_BE_IMMEDIATE"),
        (
            101,
            {"order_type": STOP_LIMIT, "stop_ticks": 105, "time_in_force": FOK},
            "STOP_CANNOT_BE_IMMEDIATE",
        ),
        (101, {"post_only": True, "time_in_force": IOC}, "POST_ONLY_CANNOT_TAKE"),
        (101, {"post_only": True, "time_in_force": FOK}, "POST_ONLY_CANNOT_TAKE"),
        (None, {"order_type": MARKET, "time_in_force": IOC, "post_only": True}, "POST_ONLY_CANNOT_TAKE"),
        (None, {"order_type": STOP, "stop_ticks": 105, "post_only": True}, "POST_ONLY_CANNOT_TAKE"),
        (101, {"time_in_force": DAY}, "DAY_UNKNOWN"),
        (101, {"time_in_force": GTD}, "GTD_WITHOUT_END"),
        (101, {"time_in_force": GTD, "ttl_ns": 9, "expire_ns": at(99)}, "GTD_WITHOUT_END"),
        (101, {"ttl_ns": 9}, "END_UNUSED"),
        (101, {"time_in_force": IOC, "expire_ns": at(99)}, "END_UNUSED"),
        # by the market and the account at its arrival
        (102, {"post_only": True}, "WOULD_CROSS"),
        (101, {"time_in_force": GTD, "expire_ns": at(20)}, "ALREADY_OVER"),
        (101, {"reduce_only": True}, "NOTHING_TO_REDUCE"),
    ],
)
def test_what_the_venue_does_not_take_is_rejected_with_its_reason(
    price: int | None, more: dict[str, object], reason: str
) -> None:
    venue = venue_at()
    assert sent(venue, "BUY", 1, price, **more) == [("REJECTED", VenueReason[reason].value)]
    assert venue.get_open_orders() == [] and venue.outcomes() == [] and venue.next_due_ns() is None


def test_a_request_that_no_venue_could_read_raises_and_changes_nothing() -> None:
    venue = venue_at()
    send(venue, "C1", "BUY", 1, 100)
    before = json.dumps(venue.snapshot())
    for wrong in (
        NewOrder("C1", KEY, Side.BUY, 1, 100),
        NewOrder("C2", "t:ZZZ", Side.BUY, 1, 100),
        NewOrder("C2", KEY, Side.BUY, 0, 100),
        NewOrder("C2", KEY, Side.BUY, 1, 0),
        NewOrder("C2", KEY, Side.BUY, 1, 100, order_type=STOP_LIMIT, stop_ticks=-1),
        NewOrder("C2", KEY, Side.BUY, 1, 100, time_in_force=GTD, ttl_ns=0),
        NewOrder("C|2", KEY, Side.BUY, 1, 100),
    ):
        with pytest.raises(UsageError):
            venue.submit_order(wrong)
    for figures in ((None, None), (0, None), (None, 0), (-1, 100)):
        with pytest.raises(UsageError):
            venue.amend_order("C1", *figures)
    with pytest.raises(UsageError):
        venue.account("a|b").submit_order(NewOrder("C2", KEY, Side.BUY, 1, 100))
    assert json.dumps(venue.snapshot()) == before


def test_a_request_survives_a_snapshot() -> None:
    for order in (
        NewOrder("C1", KEY, Side.SELL, 3),
        NewOrder(
            "C2", KEY, Side.BUY, 4, 5, order_type=STOP_LIMIT, stop_ticks=6, time_in_force=GTD, expire_ns=7,
            ttl_ns=8, post_only=True, reduce_only=True, self_match=SelfMatch.DECREMENT,
        ),
    ):  # fmt: skip
        assert new_order_from(json.loads(order.to_json())) == order


def test_the_exchange_offers_order_entry() -> None:
    offered: OrderEntry = paper()  # the type checker's word
    assert callable(offered.submit_order) and callable(offered.amend_order)


# -- market, limit, IOC, FOK ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "lots", "more", "answers"),
    [
        ("BUY", 5, {"time_in_force": IOC}, [("TRADE", 5, 102, "TAKER")]),
        (
            "BUY",
            8,
            {"time_in_force": IOC},
            [("TRADE", 5, 102, "TAKER"), ("EXPIRED", "Market order remainder")],
        ),
        (
            "SELL",
            9,
            {"time_in_force": IOC},
            [("TRADE", 7, 100, "TAKER"), ("EXPIRED", "Market order remainder")],
        ),
        ("SELL", 7, {"time_in_force": FOK}, [("TRADE", 7, 100, "TAKER")]),
        ("SELL", 8, {"time_in_force": FOK}, [("EXPIRED", "FOK order cannot be filled at once")]),
    ],
)
def test_a_market_order_takes_what_is_displayed(side, lots, more, answers) -> None:
    venue = venue_at()
    assert sent(venue, side, lots, None, order_type=MARKET, **more) == [("ACCEPTED",), *answers]
    assert venue.get_open_orders() == []


@pytest.mark.parametrize(
    ("price", "lots", "filled"),
    [(102, 5, True), (110, 5, True), (102, 6, False), (101, 1, False), (110, 6, False)],
)
def test_fill_or_kill_is_all_or_nothing(price: int, lots: int, filled: bool) -> None:
    venue = venue_at()
    done = [("TRADE", lots, 102, "TAKER")] if filled else [("EXPIRED", "FOK order cannot be filled at once")]
    assert sent(venue, "BUY", lots, price, time_in_force=FOK) == [("ACCEPTED",), *done]


def test_a_limit_order_takes_what_is_displayed_and_rests_with_the_remainder() -> None:
    venue = venue_at()
    assert sent(venue, "BUY", 9, 102) == [("ACCEPTED",), ("TRADE", 5, 102, "TAKER")]
    (resting,) = venue.get_open_orders()
    assert (resting.leaves_lots, resting.price_ticks) == (4, 102)
    # The recorded market does not know of us and shows the 5 still: they are no news.
    feed(venue, quote(50, 100, 9, 102, 5))
    assert life(venue, 70) == []
    # A print at our price does: nothing is ahead of a buyer who pays the most.
    feed(venue, trade(80, 102, 3, "SELL"))
    assert life(venue, 100) == [(80, "C1", "TRADE", 3, 102, "MAKER")]
    assert venue.get_positions() == {KEY: Decimal(8)}


def test_a_limit_order_inside_the_spread_rests_at_once() -> None:
    venue = venue_at()
    assert sent(venue, "BUY", 9, 101) == [("ACCEPTED",)]
    assert sum(order.leaves_lots for order in venue.get_open_orders()) == 9


# -- stops -----------------------------------------------------------------------------------


def stop_at_105(venue: PaperExchange, **more: object) -> None:
    order = {"order_type": STOP, "stop_ticks": 105, **more}
    assert sent(venue, "BUY", 4, order.pop("price", None), **order) == [("ACCEPTED",)]


def test_a_stop_waits_and_takes_after_a_print_reached_its_price() -> None:
    venue = venue_at(trade(0, 101, 1, "BUY"))
    stop_at_105(venue)
    assert [order.leaves_lots for order in venue.get_open_orders()] == [4]
    feed(venue, quote(50, 103, 1, 105, 9), trade(51, 104, 9, "BUY"))
    assert life(venue, 70) == []  # a quote and a print below: nothing
    # The print and the quote that shows what it left come at one instant; the stop takes after both.
    venue.on_market(trade(80, 105, 9, "BUY"), at(80))
    assert venue.next_due_ns() == at(80)
    venue.on_market(quote(80, 103, 1, 106, 3), at(80))
    assert life(venue, 100) == [
        (80, "C1", "TRIGGERED"),
        (80, "C1", "TRADE", 3, 106, "TAKER"),
        (80, "C1", "EXPIRED", "Market order remainder"),
    ]
    assert venue.get_open_orders() == []


def test_a_stop_is_triggered_once_and_by_its_own_market() -> None:
    venue = venue_at()
    stop_at_105(venue)
    feed(venue, trade(70, 105, 9, "BUY", key=B.key))
    for _ in range(2):
        venue.on_market(trade(80, 105, 9, "BUY"), at(80))
    assert [row[2] for row in life(venue, 100)] == ["TRIGGERED", "TRADE"]


def test_a_stop_that_would_trigger_at_once_is_rejected() -> None:
    for last, answer in ((104, ("ACCEPTED",)), (105, ("REJECTED", VenueReason.WOULD_TRIGGER.value))):
        venue = venue_at(trade(0, last, 1, "BUY"))
        assert sent(venue, "BUY", 4, None, order_type=STOP, stop_ticks=105) == [answer]
        venue = venue_at(trade(0, 200 - last, 1, "BUY"))
        assert sent(venue, "SELL", 4, None, order_type=STOP, stop_ticks=95) == [answer]


def test_a_stop_limit_rests_once_it_is_triggered() -> None:
    venue = venue_at()
    stop_at_105(venue, order_type=STOP_LIMIT, price=103)
    feed(venue, trade(50, 106, 1, "BUY"))
    assert life(venue, 70) == [(50, "C1", "TRIGGERED"), (50, "C1", "TRADE", 4, 102, "TAKER")]
    venue = venue_at()
    stop_at_105(venue, order_type=STOP_LIMIT, price=101)
    feed(venue, trade(50, 106, 1, "BUY"), trade(51, 101, 3, "SELL"))
    assert life(venue, 71) == [(50, "C1", "TRIGGERED"), (51, "C1", "TRADE", 3, 101, "MAKER")]


def test_a_post_only_stop_limit_that_would_cross_when_triggered_expires() -> None:
    venue = venue_at()
    stop_at_105(venue, order_type=STOP_LIMIT, price=104, post_only=True)
    feed(venue, trade(50, 105, 1, "BUY"))
    assert life(venue, 70) == [(50, "C1", "TRIGGERED"), (50, "C1", "EXPIRED", VenueReason.WOULD_CROSS.value)]


def test_a_stop_that_is_triggered_without_a_book_expires() -> None:
    venue = paper()
    stop_at_105(venue)
    feed(venue, trade(50, 105, 1, "BUY"))
    assert life(venue, 70) == [(50, "C1", "TRIGGERED"), (50, "C1", "EXPIRED", VenueReason.NO_MARKET.value)]


def test_a_waiting_stop_can_be_canceled_even_at_the_instant_that_triggers_it() -> None:
    venue = venue_at()
    stop_at_105(venue)
    venue.cancel("C1")
    assert life(venue, 80) == [(60, "C1", "CANCELED")]
    venue = venue_at()
    stop_at_105(venue)
    venue.cancel("C1")  # arrives at 60
    feed(venue, trade(60, 105, 1, "BUY"))  # triggered first, and works first
    assert [row[2] for row in life(venue, 80)] == ["TRIGGERED", "TRADE", "CANCEL_REJECTED"]


def test_a_waiting_stop_cannot_be_amended() -> None:
    venue = venue_at()
    stop_at_105(venue)
    venue.amend_order("C1", qty_lots=2)
    assert life(venue, 80) == [(60, "C1", "CANCEL_REJECTED", VenueReason.STOP_NOT_AMENDED.value)]


# -- good till date, time to live --------------------------------------------------------------


@pytest.mark.parametrize("end", [{"expire_ns": at(120)}, {"ttl_ns": at(100) - at(0)}])  # it arrives at 20
def test_a_gtd_order_can_fill_up_to_its_end_and_not_beyond(end: dict[str, int]) -> None:
    venue = venue_at()
    assert sent(venue, "BUY", 9, 100, time_in_force=GTD, **end) == [("ACCEPTED",)]
    assert venue.next_due_ns() is None  # the end is not under way
    venue.on_market(trade(120, 99, 2, "SELL"), at(120))
    feed(venue, trade(121, 99, 2, "SELL"))
    assert life(venue, 141) == [
        (120, "C1", "TRADE", 2, 100, "MAKER"),
        (120, "C1", "EXPIRED", VenueReason.TIME_OVER.value),
    ]
    assert venue.get_open_orders() == []


def test_at_its_end_an_order_is_over_before_a_cancel_of_that_instant() -> None:
    venue = venue_at()
    assert sent(venue, "BUY", 9, 100, time_in_force=GTD, ttl_ns=at(40) - at(0)) == [("ACCEPTED",)]
    venue.cancel("C1")  # arrives at 60
    assert [row[2] for row in life(venue, 80)] == ["EXPIRED", "CANCEL_REJECTED"]


def test_a_stop_can_have_an_end_and_what_is_closed_ends_once() -> None:
    venue = venue_at()
    stop_at_105(venue, time_in_force=GTD, ttl_ns=at(100) - at(0))
    assert life(venue, 140) == [(120, "C1", "EXPIRED", VenueReason.TIME_OVER.value)]
    # B fills and is forgotten, and another order under its id outlives the end of the first.
    venue = venue_at(keep_closed=1)
    send(venue, "B", "BUY", 1, 100, time_in_force=GTD, ttl_ns=at(130) - at(0))  # would end at 150
    feed(venue, trade(50, 99, 1, "SELL"))
    assert [row[2] for row in life(venue, 70)] == ["ACCEPTED", "TRADE"]
    send(venue, "X", "BUY", 1, 102, post_only=True)
    assert [row[2] for row in life(venue, 110)] == ["REJECTED"]
    send(venue, "B", "BUY", 1, 100, time_in_force=GTD, ttl_ns=at(100) - at(0))  # arrives at 130
    assert life(venue, 229) == [(130, "B", "ACCEPTED")]
    assert life(venue, 250) == [(230, "B", "EXPIRED", VenueReason.TIME_OVER.value)]


# -- reduce-only ---------------------------------------------------------------------------------


def long_by(lots: int) -> PaperExchange:
    """Return a venue where the account has bought `lots` at 102."""
    venue = venue_at(quote(0, 100, 7, 102, 50))
    send(venue, "L", "BUY", lots, 102, time_in_force=IOC)
    assert [row[2] for row in life(venue, 40)] == ["ACCEPTED", "TRADE"]
    return venue


def test_a_reduce_only_order_that_takes_stops_at_a_flat_position() -> None:
    venue = long_by(3)
    send(venue, "C1", "SELL", 5, 100, time_in_force=IOC, reduce_only=True)
    assert life(venue, 80) == [
        (60, "C1", "ACCEPTED"),
        (60, "C1", "TRADE", 3, 100, "TAKER"),
        (60, "C1", "EXPIRED", VenueReason.NOTHING_TO_REDUCE.value),
    ]
    assert venue.get_positions() == {KEY: Decimal(0)}


def test_a_reduce_only_order_on_the_side_of_the_position_is_rejected() -> None:
    venue = long_by(3)
    send(venue, "C1", "BUY", 1, 100, reduce_only=True)
    assert life(venue, 80) == [(60, "C1", "REJECTED", VenueReason.NOTHING_TO_REDUCE.value)]


def test_a_fill_or_kill_that_may_only_reduce_needs_a_position_of_its_size() -> None:
    for lots, kind in ((3, "TRADE"), (4, "EXPIRED")):
        venue = long_by(3)
        send(venue, "C1", "SELL", lots, 100, time_in_force=FOK, reduce_only=True)
        assert [row[2] for row in life(venue, 80)] == ["ACCEPTED", kind]


def test_resting_reduce_only_orders_share_what_there_is_to_reduce() -> None:
    # Long 5; sells of 4, 4 and 4 at 103 and a plain one of 2 at 104; one print takes them all.
    venue = long_by(5)
    for name in ("C1", "C2", "C3"):
        send(venue, name, "SELL", 4, 103, post_only=True, reduce_only=True)
    send(venue, "C4", "SELL", 2, 104, post_only=True)
    assert [row[2] for row in life(venue, 80)] == ["ACCEPTED"] * 4
    feed(venue, trade(90, 105, 50, "BUY"))
    assert life(venue, 110) == [
        (90, "C1", "TRADE", 4, 103, "MAKER"),
        (90, "C2", "TRADE", 1, 103, "MAKER"),
        (90, "C2", "EXPIRED", VenueReason.NOTHING_TO_REDUCE.value),
        (90, "C3", "EXPIRED", VenueReason.NOTHING_TO_REDUCE.value),
        (90, "C4", "TRADE", 2, 104, "MAKER"),
    ]
    assert venue.get_positions() == {KEY: Decimal(-2)} and venue.get_open_orders() == []


def test_a_resting_reduce_only_order_ends_with_the_position_that_something_else_closed() -> None:
    venue = long_by(5)
    send(venue, "C1", "SELL", 4, 103, reduce_only=True)
    send(venue, "C2", "SELL", 5, 100, time_in_force=IOC)
    assert life(venue, 80) == [
        (60, "C1", "ACCEPTED"),
        (60, "C2", "ACCEPTED"),
        (60, "C2", "TRADE", 5, 100, "TAKER"),
        (60, "C1", "EXPIRED", VenueReason.NOTHING_TO_REDUCE.value),
    ]
    # Likewise where what closed it was resting.
    venue = long_by(5)
    send(venue, "C1", "SELL", 4, 110, reduce_only=True)
    send(venue, "C2", "SELL", 5, 103)
    venue.advance(at(80))
    venue.reports()
    feed(venue, trade(90, 104, 9, "BUY"))
    assert life(venue, 110) == [
        (90, "C2", "TRADE", 5, 103, "MAKER"),
        (90, "C1", "EXPIRED", VenueReason.NOTHING_TO_REDUCE.value),
    ]


# -- amendments ----------------------------------------------------------------------------------


def queue_of_two(**more: object) -> PaperExchange:
    """Return a venue where A and B of 4 each rest at 100 behind 7, A first; both are heard of at 40."""
    venue = venue_at()
    send(venue, "A", "BUY", 4, 100, **more)
    send(venue, "B", "BUY", 4, 100)
    assert [row[2] for row in life(venue, 40)] == ["ACCEPTED"] * 2
    return venue


@pytest.mark.parametrize(
    ("terms", "fills"),
    [
        # 7 ahead, then 5 of a print of 12.
        ({"qty_lots": 3}, [("A", 3), ("B", 2)]),  # less keeps the place
        ({"qty_lots": 5}, [("B", 4), ("A", 1)]),  # more does not
        ({"price_ticks": 99}, [("B", 4)]),  # nor does another price
        ({"qty_lots": 2, "price_ticks": 101}, [("A", 2), ("B", 3)]),  # which may be a better one
    ],
)
def test_an_amendment_and_the_place_in_the_queue(terms: dict[str, int], fills: list[tuple[str, int]]) -> None:
    venue = queue_of_two()
    venue.amend_order("A", **terms)
    venue.advance(at(80))
    (report,) = venue.reports()
    assert told([report]) == [(60, "A", "REPLACED")]
    assert (report.qty_lots, report.price_ticks) == (terms.get("qty_lots", 4), terms.get("price_ticks", 100))
    feed(venue, trade(90, 100, 12, "SELL"))
    assert [(row[1], row[3]) for row in life(venue, 110)] == fills


@pytest.mark.parametrize(
    ("terms", "more", "reason"),
    [
        ({"qty_lots": 4}, {}, "NOTHING_TO_AMEND"),
        ({"qty_lots": 4, "price_ticks": 100}, {}, "NOTHING_TO_AMEND"),
        ({"price_ticks": 102}, {"post_only": True}, "WOULD_CROSS"),
    ],
)
def test_an_amendment_that_is_refused_leaves_the_order_as_it_was(terms, more, reason: str) -> None:
    venue = queue_of_two(**more)
    venue.amend_order("A", **terms)
    assert life(venue, 80) == [(60, "A", "CANCEL_REJECTED", VenueReason[reason].value)]
    feed(venue, trade(90, 100, 12, "SELL"))
    assert [(row[1], row[3]) for row in life(venue, 110)] == [("A", 4), ("B", 1)]


def test_an_amendment_of_what_is_closed_or_unknown_is_refused() -> None:
    venue = queue_of_two()
    venue.cancel("A")
    assert [row[2] for row in life(venue, 80)] == ["CANCELED"]
    venue.amend_order("A", qty_lots=1)
    venue.amend_order("Z", qty_lots=1)
    assert life(venue, 120) == [
        (100, "A", "CANCEL_REJECTED", VenueReason.ALREADY_CLOSED.value),
        (100, "Z", "CANCEL_REJECTED", VenueReason.UNKNOWN_ORDER.value),
    ]


@pytest.mark.parametrize("qty_lots", [2, 3])
def test_an_amendment_to_no_more_than_is_filled_closes_the_order(qty_lots: int) -> None:
    venue = queue_of_two()
    feed(venue, trade(50, 100, 10, "SELL"))  # 3 for A
    venue.amend_order("A", qty_lots=qty_lots)
    venue.advance(at(90))
    fill, replaced = venue.reports()
    assert told([fill]) == [(50, "A", "TRADE", 3, 100, "MAKER")]
    assert (replaced.kind, replaced.qty_lots, replaced.cum_lots) == ("REPLACED", 3, 3)
    assert [order.client_id for order in venue.get_open_orders()] == ["B"]


def test_an_amendment_to_a_price_that_crosses_takes() -> None:
    venue = queue_of_two()
    venue.amend_order("A", qty_lots=9, price_ticks=102)
    assert life(venue, 80) == [(60, "A", "REPLACED"), (60, "A", "TRADE", 5, 102, "TAKER")]
    assert [(o.client_id, o.leaves_lots, o.price_ticks) for o in venue.get_open_orders()] == [
        ("A", 4, 102),
        ("B", 4, 100),
    ]


def test_an_amendment_to_another_queue_needs_a_market() -> None:
    venue = queue_of_two()
    feed(venue, quote(50, 100, 7, 102, 0))
    venue.amend_order("A", qty_lots=3)  # which keeps its place, whatever the market is like
    venue.amend_order("B", price_ticks=99)
    assert life(venue, 90) == [
        (70, "A", "REPLACED"),
        (70, "B", "CANCEL_REJECTED", VenueReason.NO_MARKET.value),
    ]


def test_an_amendment_never_overtakes_its_order() -> None:
    venue = venue_at()
    send(venue, "A", "BUY", 4, 100)
    venue.amend_order("A", qty_lots=2)
    assert life(venue, 40) == [(20, "A", "ACCEPTED"), (20, "A", "REPLACED")]


# -- own orders that would meet --------------------------------------------------------------------

TAKES = ("TRADE", 5, 102, "TAKER")
SELF = ("EXPIRED", VenueReason.SELF_MATCH.value)


@pytest.mark.parametrize(
    ("mode", "lots", "rows"),
    [
        # An own sell of 3 rests at 103, the 5 displayed at 102 are before it; a buy at 104 comes.
        (SelfMatch.CANCEL_NEWEST, 5, [("C1", *TAKES)]),  # it does not get that far
        (SelfMatch.CANCEL_NEWEST, 7, [("C1", *TAKES), ("C1", *SELF)]),
        (SelfMatch.CANCEL_OLDEST, 7, [("C1", *TAKES), ("S", *SELF)]),
        (SelfMatch.CANCEL_BOTH, 7, [("C1", *TAKES), ("S", *SELF), ("C1", *SELF)]),
        # 2 are left: S keeps 1 of its 3.
        (SelfMatch.DECREMENT, 7, [("C1", *TAKES), ("S", "RESTATED"), ("C1", *SELF)]),
        # 3 are left: both are used up.
        (SelfMatch.DECREMENT, 8, [("C1", *TAKES), ("S", *SELF), ("C1", *SELF)]),
        # 4 are left: 1 of the buy rests.
        (SelfMatch.DECREMENT, 9, [("C1", *TAKES), ("S", *SELF), ("C1", "RESTATED")]),
    ],
)
def test_self_match(mode: SelfMatch, lots: int, rows: list[tuple[object, ...]]) -> None:
    venue = venue_at()
    send(venue, "S", "SELL", 3, 103)
    assert [row[2] for row in life(venue, 40)] == ["ACCEPTED"]
    send(venue, "C1", "BUY", lots, 104, self_match=mode)
    assert [row[1:] for row in life(venue, 80)] == [("C1", "ACCEPTED"), *rows]
    open_lots = {order.client_id: order.leaves_lots for order in venue.get_open_orders()}
    expected = {
        (SelfMatch.CANCEL_NEWEST, 5): {"S": 3},
        (SelfMatch.CANCEL_NEWEST, 7): {"S": 3},
        (SelfMatch.CANCEL_OLDEST, 7): {"C1": 2},
        (SelfMatch.DECREMENT, 7): {"S": 1},
        (SelfMatch.DECREMENT, 9): {"C1": 1},
    }
    assert open_lots == expected.get((mode, lots), {})
    # Nobody traded with himself: the position is what was taken.
    assert venue.get_positions() == {KEY: Decimal(5)}


def test_self_match_by_the_venue_s_own_rule_and_at_the_displayed_price() -> None:
    # S rests at 102 behind the 5 displayed there, so a buyer meets those first.
    for mode, left in ((SelfMatch.CANCEL_NEWEST, {"S": 3}), (SelfMatch.CANCEL_OLDEST, {"C1": 1})):
        venue = venue_at(self_match=mode)
        send(venue, "S", "SELL", 3, 102)
        send(venue, "C1", "BUY", 6, 102)
        rows = [row[1:] for row in life(venue, 40)]
        assert rows[:3] == [("S", "ACCEPTED"), ("C1", "ACCEPTED"), ("C1", *TAKES)] and rows[3][1:] == SELF
        assert {order.client_id: order.leaves_lots for order in venue.get_open_orders()} == left


def test_what_was_taken_before_counts_among_what_is_ahead_of_an_own_order() -> None:
    # S rests behind 5 at 102, and 4 more come behind it. Another account takes 3 of the 5.
    venue = venue_at()
    send(venue, "S", "SELL", 3, 102)
    venue.advance(at(30))
    feed(venue, quote(31, 100, 7, 102, 9))
    send(venue.account("other"), "X", "BUY", 3, 102, time_in_force=IOC)
    assert life(venue, 71) == [(20, "S", "ACCEPTED")]
    send(venue, "C1", "BUY", 9, 102)
    assert [row[2:] for row in life(venue, 111)] == [("ACCEPTED",), ("TRADE", 2, 102, "TAKER"), SELF]


def test_an_own_order_of_another_instrument_is_in_nobody_s_way() -> None:
    venue = venue_at(quote(0, 100, 7, 102, 5, B.key))
    venue.place_limit("S", B.key, "Sell", "0.03", "50.5")  # 101 ticks of 0.5
    assert sent(venue, "BUY", 5, 102) == [("ACCEPTED",), TAKES]


def test_a_post_only_order_does_not_come_to_an_own_one() -> None:
    venue = venue_at()
    send(venue, "S", "SELL", 3, 101)
    assert sent(venue, "BUY", 1, 101, post_only=True) == [("REJECTED", VenueReason.SELF_MATCH.value)]


def test_of_two_own_orders_the_better_one_is_met_first() -> None:
    venue = venue_at()
    send(venue, "W", "SELL", 3, 104)
    send(venue, "B", "SELL", 3, 103)
    send(venue, "B2", "SELL", 3, 103)
    venue.advance(at(40))
    venue.reports()
    send(venue, "C1", "BUY", 10, 104, self_match=SelfMatch.DECREMENT)
    assert [row[1:3] for row in life(venue, 80)] == [
        ("C1", "ACCEPTED"),
        ("C1", "TRADE"),  # 5 at 102
        ("B", "EXPIRED"),  # 3 of the 5 left
        ("C1", "RESTATED"),
        ("B2", "RESTATED"),  # and the last 2
        ("C1", "EXPIRED"),
    ]


@pytest.mark.parametrize(("lots", "kind"), [(5, "TRADE"), (6, "EXPIRED")])
def test_a_fill_or_kill_counts_what_is_ahead_of_an_own_order_at_its_price(lots: int, kind: str) -> None:
    venue = venue_at()
    send(venue, "S", "SELL", 3, 102)
    venue.advance(at(30))
    feed(venue, quote(31, 100, 7, 102, 9))  # 4 more, behind S
    answers = sent(venue, "BUY", lots, 102, until=80, time_in_force=FOK)
    assert [row[0] for row in answers] == ["ACCEPTED", kind]


def test_a_fill_or_kill_counts_only_what_it_reaches_before_an_own_order() -> None:
    for mode, kind in ((SelfMatch.CANCEL_NEWEST, "EXPIRED"), (SelfMatch.CANCEL_OLDEST, "TRADE")):
        venue = venue_at()
        send(venue, "S", "SELL", 3, 101)
        answers = sent(venue, "BUY", 5, 102, time_in_force=FOK, self_match=mode)
        assert [row[0] for row in answers] == ["ACCEPTED", kind]


# -- the three cases in which another engine was seen to be wrong --------------------------------------


def test_two_bids_behind_ten_share_one_print() -> None:
    venue = paper()
    feed(venue, quote(0, 100, 10, 102, 11))
    send(venue, "A", "BUY", 5, 100)
    send(venue, "B", "BUY", 5, 100)
    feed(venue, trade(50, 100, 15, "SELL"))
    assert [row[1:4] for row in life(venue, 70) if row[2] == "TRADE"] == [("A", "TRADE", 5)]
    assert venue.get_positions() == {KEY: Decimal(5)}


def test_a_partial_fill_is_a_position() -> None:
    venue = paper()
    feed(venue, quote(0, 100, 10, 102, 11))
    send(venue, "A", "BUY", 5, 100)
    feed(venue, trade(50, 100, 12, "SELL"))
    assert [row[1:4] for row in life(venue, 70) if row[2] == "TRADE"] == [("A", "TRADE", 2)]
    assert venue.get_positions() == {KEY: Decimal(2)}
    assert [order.leaves_lots for order in venue.get_open_orders()] == [3]


def test_no_more_is_taken_than_is_displayed() -> None:
    venue = paper()
    feed(venue, quote(0, 100, 10, 102, 11))
    assert sent(venue, "BUY", 50, 102) == [("ACCEPTED",), ("TRADE", 11, 102, "TAKER")]
    assert venue.get_positions() == {KEY: Decimal(11)}
    feed(venue, quote(50, 100, 10, 102, 11), quote(60, 100, 12, 102, 11))
    assert life(venue, 90) == []
    assert [order.leaves_lots for order in venue.get_open_orders()] == [39]
