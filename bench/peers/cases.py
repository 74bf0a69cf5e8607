"""Small cases whose truth is arithmetic: one line of reasoning each, and a market of a few events.

Prices are ticks, sizes lots, times milliseconds. The order rests, unless told otherwise, behind what
was displayed at its price when it arrived; the venue is first in, first out at a price.
"""

from __future__ import annotations

from dataclasses import dataclass

Quoted = tuple[int, int, int, int, int]
"""``(ms, bid, bid_lots, ask, ask_lots)``."""

Printed = tuple[int, int, int, int]
"""``(ms, price, lots, aggressor)`` with aggressor +1 for a buyer, -1 for a seller."""

POST = "post-only"
LIMIT = "limit"
IOC = "IOC"


@dataclass(frozen=True)
class Order:
    """One order of ours, sent at `ms` and canceled at `cancel_ms` if that is not 0."""

    ms: int
    side: int  # +1 buys, -1 sells
    lots: int
    price: int
    kind: str = POST
    cancel_ms: int = 0


@dataclass(frozen=True)
class Case:
    """A market, our orders, and what must come of them.

    Parameters
    ----------
    cause
        What makes the engines differ.
    truth
        Of each order the fewest and the most lots that it can have been given.
    why
        The arithmetic.
    delay_ms
        Of orders, cancels and reports.
    """

    name: str
    cause: str
    market: tuple[Quoted | Printed, ...]
    orders: tuple[Order, ...]
    truth: tuple[tuple[int, int], ...]
    why: str
    delay_ms: int = 1

    def holds(self, given: list[int], position: int) -> bool:
        """Return whether these lots by order, and this position, can be true."""
        low, high = self.position
        fits = all(few <= lots <= most for lots, (few, most) in zip(given, self.truth, strict=True))
        return fits and low <= position <= high

    @property
    def position(self) -> tuple[int, int]:
        """The fewest and the most lots that the position can be at the end."""
        low = high = 0
        for order, (fewest, most) in zip(self.orders, self.truth, strict=True):
            low += fewest if order.side > 0 else -most
            high += most if order.side > 0 else -fewest
        return low, high


_TEN: tuple[Quoted, ...] = ((1, 100, 10, 101, 10), (2, 100, 10, 101, 9))
_BID = Order(5, 1, 5, 100)

CASES: tuple[Case, ...] = (
    Case(
        "one print, two own orders",
        "each own order is given the print's volume anew",
        (*_TEN, (50, 100, 15, -1), (200, 100, 5, 101, 10)),
        (_BID, Order(6, 1, 5, 100)),
        ((5, 5), (0, 0)),
        "15 sold, 10 of them to those ahead: 5 are left, the first order takes them all",
    ),
    Case(
        "a part of an order",
        "its position takes in an order only once it is filled whole (or its exchange fills no parts: 5)",
        (*_TEN, (50, 100, 12, -1), (200, 100, 5, 101, 10)),
        (_BID,),
        ((2, 2),),
        "12 - 10 = 2 are filled, and 2 are held",
    ),
    Case(
        "an order in two parts",
        "its position takes in the last part of an order, and none before it",
        (*_TEN, (50, 100, 12, -1), (120, 100, 3, -1), (200, 100, 5, 101, 10)),
        (_BID,),
        ((5, 5),),
        "12 - 10 = 2, then 3: 5 are filled, and 5 are held",
    ),
    Case(
        "more than is displayed",
        "a taking limit order is filled whole at the best prices, without end",
        ((1, 100, 10, 102, 11), (2, 100, 10, 102, 11), (200, 100, 9, 102, 11)),
        (Order(5, 1, 50, 102, LIMIT),),
        ((11, 11),),
        "11 are offered at 102, so 11 are bought; the other 39 wait",
    ),
    Case(
        "the same lots taken twice",
        "what we took is displayed again to our next order",
        ((1, 100, 10, 102, 11), (2, 100, 10, 102, 11), (200, 100, 9, 102, 11)),
        (Order(5, 1, 8, 102, IOC), Order(6, 1, 8, 102, IOC)),
        ((8, 8), (3, 3)),
        "8 of 11 are gone: 3 are left for the second order, and the record cannot know it",
    ),
    Case(
        "a print beyond our price",
        "any print beyond the price fills the whole order",
        (*_TEN, (50, 99, 3, -1), (200, 99, 5, 101, 10)),
        (_BID,),
        ((3, 3),),
        "who sold 3 at 99 would have sold them to us at 100 first, and had no more than 3",
    ),
    Case(
        "a quote that tells of a print early",
        "the smaller quote and its print both shorten the queue",
        (
            *_TEN,
            (50, 100, 5, 101, 9),
            (51, 100, 5, -1),
            (52, 100, 5, 101, 8),
            (120, 100, 5, -1),
            (121, 99, 5, 101, 8),
        ),
        (_BID,),
        ((0, 0),),
        "10 -> 5 and the print of 5 are one event, as the 5 at 52 ms show: 10 - 5 - 5 = 0 ahead, 0 for us",
    ),
    Case(
        "cancels somewhere in the queue",
        "queue models: a choice, and no difference in kind",
        (
            (1, 100, 6, 101, 10),
            (2, 100, 6, 101, 9),
            (20, 100, 12, 101, 9),
            (30, 100, 8, 101, 9),
            (130, 100, 7, -1),
            (200, 100, 1, 101, 9),
        ),
        (_BID,),
        ((1, 5),),
        "of the 4 that left 0 to 4 were ahead: 6 to 2 ahead, 7 sold, 1 to 5 for us; nobody can tell more",
    ),
    Case(
        "a quote across our price",
        "whether a quote without a print fills: a choice",
        (*_TEN, (50, 98, 4, 100, 3), (200, 98, 4, 100, 3)),
        (_BID,),
        ((3, 5),),
        "3 are still offered at 100, where we bid for 5: 3 at least; how many there were, nobody tells",
    ),
    Case(
        "a cancel on its way",
        "none: both let a request travel, and the market goes on meanwhile",
        ((1, 100, 2, 101, 10), (2, 100, 2, 101, 9), (60, 100, 7, -1), (200, 100, 2, 101, 9)),
        (Order(5, 1, 5, 100, cancel_ms=50), Order(45, 1, 5, 100)),
        ((5, 5), (0, 0)),
        "2 ahead, 7 sold at 60: 5 for the order whose cancel arrives at 70, 0 for that arriving at 65",
        delay_ms=20,
    ),
    Case(
        "nobody ahead and nobody behind",
        "none: p(0, 0) of the queue models is 0/0 and changes nothing here",
        (
            (1, 99, 10, 102, 9),
            (2, 99, 10, 102, 8),
            (50, 100, 8, 102, 8),
            (60, 100, 3, 102, 8),
            (130, 100, 4, -1),
            (200, 100, 3, 102, 8),
        ),
        (_BID,),
        ((4, 4),),
        "we were at 100 first, so the cancels were behind us and the first 4 sold are ours",
    ),
)
