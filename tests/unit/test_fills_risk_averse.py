"""The risk-averse fill model by itself: ahead, shares, and what it forgets."""

from __future__ import annotations

import pytest

from tests.kit.paper import at, quote, trade
from tools.core.errors import InvariantError
from tools.core.events import Side
from tools.execution.fill_model import Resting
from tools.execution.fill_queue import QueueModel
from tools.execution.fills.risk_averse import Config, build
from tools.execution.venue_book import VenueBook


def book(bid: int = 100, bid_lots: int = 7, ask: int = 102, ask_lots: int = 5) -> VenueBook:
    made = VenueBook()
    made.on_quote(quote(0, bid, bid_lots, ask, ask_lots))
    return made


def model(*orders: tuple[str, Side, int, int]) -> QueueModel:
    made = build(Config())
    for name, side, price, lots in orders:
        made.on_rest(Resting(name, side, price, lots, 0), book())
    return made


def got(made: QueueModel, ms: int, price: int, lots: int, aggressor: str = "SELL") -> list[tuple[str, int]]:
    made_fills = made.on_trade(trade(ms, price, lots, aggressor), at(ms))
    return [(fill.client_id, fill.lots) for fill in made_fills]


@pytest.mark.parametrize(
    ("side", "price", "ahead"),
    [
        (Side.BUY, 100, 7),  # joins the best
        (Side.BUY, 101, 0),  # improves it
        (Side.BUY, 99, None),  # behind it
        (Side.SELL, 102, 5),
        (Side.SELL, 101, 0),
        (Side.SELL, 103, None),
    ],
)
def test_ahead_on_arrival(side: Side, price: int, ahead: int | None) -> None:
    made = model(("A", side, price, 1))
    assert made.ahead_lots("A") == ahead
    assert made.ahead_lots("B") is None


def test_ahead_is_learnt_when_the_best_arrives() -> None:
    made = model(("A", Side.BUY, 99, 1), ("B", Side.SELL, 103, 1))
    made.on_quote(book(99, 4, 103, 0), at(1))  # one side without a size is no book
    assert (made.ahead_lots("A"), made.ahead_lots("B")) == (None, None)
    made.on_quote(book(99, 4, 103, 6), at(2))
    assert (made.ahead_lots("A"), made.ahead_lots("B")) == (4, 6)
    made.on_quote(book(99, 9, 103, 2), at(3))  # others come behind us; no queue is longer than its level
    assert (made.ahead_lots("A"), made.ahead_lots("B")) == (4, 2)


def test_ahead_shrinks_by_prints_of_others_only() -> None:
    made = model(("A", Side.BUY, 100, 4), ("B", Side.BUY, 100, 4))
    # 9 printed: 7 were ahead of A, A gets 2; of the 9, 7 were others', all ahead of B.
    assert got(made, 1, 100, 9) == [("A", 2)]
    assert (made.ahead_lots("A"), made.ahead_lots("B")) == (0, 0)
    assert got(made, 2, 100, 3) == [("A", 2), ("B", 1)]
    # Two orders behind different queues: 10 shown when C came, 7 when A did.
    made = model(("A", Side.BUY, 100, 4))
    made.on_quote(book(bid_lots=10), 0)
    made.on_rest(Resting("C", Side.BUY, 100, 4, 0), book(bid_lots=10))
    # 12 printed: 7 others, 4 to A, 1 more of the others; C has 10 - 8 = 2 ahead.
    assert got(made, 1, 100, 12) == [("A", 4)]
    assert made.ahead_lots("C") == 2
    assert got(made, 2, 100, 3) == [("C", 1)]


def test_a_print_beyond_the_price_clears_the_queue_and_is_shared_once() -> None:
    made = model(("A", Side.SELL, 102, 2), ("B", Side.SELL, 102, 2), ("C", Side.SELL, 101, 2))
    # A buyer's 5 at 103: C (101) first, then A, then one for B.
    assert got(made, 1, 103, 5, "BUY") == [("C", 2), ("A", 2), ("B", 1)]
    assert made.ahead_lots("B") == 0
    assert got(made, 2, 102, 9, "BUY") == [("B", 1)]
    assert got(made, 3, 110, 9, "BUY") == []


def test_a_canceled_order_gets_nothing() -> None:
    made = model(("A", Side.BUY, 101, 2), ("B", Side.BUY, 101, 2))
    made.on_gone("A")
    assert got(made, 1, 101, 3) == [("B", 2)]
    with pytest.raises(InvariantError, match="B"):
        made.on_gone("B")


def test_a_print_of_nothing_fills_nothing() -> None:
    made = model(("A", Side.BUY, 101, 2))
    assert got(made, 1, 90, 0) == []
