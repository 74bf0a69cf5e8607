"""The rules that the fill models share, a table for each: who explains whom, what hides, who crosses us."""

from __future__ import annotations

import json

import pytest

from tests.kit.paper import at, quote, trade
from tools.core.errors import ConfigError, InvariantError
from tools.core.events import Depth, Side
from tools.core.orders import FillClass
from tools.execution.bounds import Bounded, fill_class_of
from tools.execution.fill_model import FillModel, Resting
from tools.execution.fills import optimistic, power, risk_averse, through, touch
from tools.execution.fills.power import ahead_canceled
from tools.execution.venue_book import VenueBook

MODELS = {
    "risk_averse": risk_averse,
    "optimistic": optimistic,
    "power": power,
    "touch": touch,
    "through": through,
}


class Desk:
    """One model over a book of 100 x 10 / 101 x 10 since 0 ms; orders are buys unless told otherwise."""

    def __init__(self, model: FillModel) -> None:
        self.model = model
        self.book = VenueBook()
        self.quote(0, 100, 10, 101, 10)

    def quote(
        self, ms: int, bid: int, bid_lots: int, ask: int = 101, ask_lots: int = 10
    ) -> list[tuple[str, int]]:
        self.book.on_quote(quote(ms, bid, bid_lots, ask, ask_lots))
        return [(f.client_id, f.lots) for f in self.model.on_quote(self.book, at(ms))]

    def print(self, ms: int, price: int, lots: int, aggressor: str = "SELL") -> list[tuple[str, int]]:
        return [(f.client_id, f.lots) for f in self.model.on_trade(trade(ms, price, lots, aggressor), at(ms))]

    def rest(self, ms: int, name: str, price: int = 100, lots: int = 5, side: Side = Side.BUY) -> None:
        self.model.on_rest(Resting(name, side, price, lots, at(ms)), self.book)


def desk(name: str) -> Desk:
    return Desk(MODELS[name].build(MODELS[name].Config()))


# What happens to a buy at 100 behind 10 that rests at 100 ms: Q is a bid (ms, price, lots), P a
# seller's print (ms, price, lots). After it: ahead by the pessimist, and by the optimist.
STORIES = {
    "a print, then its quote": ([("P", 110, 100, 4), ("Q", 110, 100, 6)], 6, 6),
    "a quote, then its print": ([("Q", 110, 100, 6), ("P", 120, 100, 4), ("Q", 200, 100, 6)], 6, 6),
    # Until the fall has grown old the optimist takes both at their word.
    "a quote, then its print, at once": ([("Q", 110, 100, 6), ("P", 120, 100, 4)], 6, 2),
    "a cancel": ([("Q", 110, 100, 6), ("Q", 200, 100, 7)], 6, 6),
    # 4 more came, 8 were canceled: of others nobody is known to have been ahead, or behind.
    "cancels behind us or ahead": ([("Q", 110, 100, 14), ("Q", 120, 100, 6), ("Q", 200, 100, 7)], 6, 2),
    # A trade of 4 and cancels of 2 in one quote, which comes first.
    "both in one": ([("Q", 110, 100, 4), ("P", 120, 100, 4), ("Q", 200, 100, 5)], 4, 4),
    # The same trade cannot explain two falls.
    "two falls": ([("P", 110, 100, 4), ("Q", 110, 100, 6), ("Q", 120, 100, 3), ("Q", 200, 100, 4)], 3, 3),
    "two falls of a level that had grown": (
        [
            ("Q", 105, 100, 14),
            ("P", 110, 100, 4),
            ("Q", 110, 100, 10),
            ("Q", 120, 100, 7),
            ("Q", 200, 100, 8),
        ],
        6,
        3,
    ),
    # 51 ms after the quote a print is another trade.
    "too late": ([("Q", 110, 100, 6), ("P", 161, 100, 4)], 2, 2),
    "just in time": ([("Q", 110, 100, 6), ("P", 160, 100, 4), ("Q", 240, 100, 7)], 6, 6),
    "the best improves past us": ([("Q", 110, 101, 3)], 10, 0),
    "and comes back": ([("Q", 110, 101, 3), ("Q", 120, 100, 8), ("Q", 200, 100, 9)], 8, 0),
    "the best falls through us": ([("Q", 110, 99, 3)], 0, 0),
    "more come behind us": ([("Q", 110, 100, 30)], 10, 10),
}


@pytest.mark.parametrize("story", STORIES)
def test_what_is_ahead_at_either_edge(story: str) -> None:
    events, high, low = STORIES[story]
    for name, ahead in (("risk_averse", high), ("optimistic", low)):
        made = desk(name)
        made.quote(0, 100, 10, 105, 10)
        made.rest(100, "A")
        for what, ms, price, lots in events:
            if what == "Q":
                assert made.quote(ms, price, lots, 105) == []
            else:
                assert made.print(ms, price, lots) == []
        assert made.model.ahead_lots("A") == ahead, name


def test_what_is_given_back_brings_nobody_back_who_may_have_gone_unseen() -> None:
    made = desk("optimistic")
    made.rest(100, "A")
    made.quote(110, 100, 6)
    made.print(120, 100, 4)  # for 50 ms the same trade counts twice: 2 ahead
    made.quote(130, 101, 4, 103)
    made.quote(200, 101, 3, 103)  # it is settled, but the level cannot be seen
    assert made.model.ahead_lots("A") == 0
    made.quote(210, 100, 6, 103)
    assert made.model.ahead_lots("A") == 0


def test_a_print_that_the_displayed_size_already_lacks_fills_nobody() -> None:
    # Displayed 10, of which 4 trade; the quote shows it, we join behind 6, and then it is printed.
    made = desk("risk_averse")
    made.quote(100, 100, 6)
    made.rest(105, "A")
    assert made.print(110, 100, 4) == []
    assert made.print(120, 100, 6) == [] and made.print(130, 100, 1) == [("A", 1)]
    # Where the trade was before the level was the best, nobody can say how much is missing.
    made = desk("risk_averse")
    made.quote(100, 99, 6)
    made.rest(105, "A", 99)
    assert made.print(150, 99, 90) == []
    assert made.print(151, 99, 6) == [] and made.print(152, 99, 1) == [("A", 1)]


def test_a_trade_that_is_accounted_for_is_held_against_nobody_who_comes_later() -> None:
    made = desk("risk_averse")
    made.quote(100, 100, 6)
    made.print(110, 100, 4)  # that was it
    made.rest(115, "A")
    assert made.print(120, 100, 6) == [] and made.print(125, 100, 1) == [("A", 1)]
    # And a print explains no second fall: 2 of what is displayed may be printed after us.
    made = desk("risk_averse")
    made.print(100, 100, 4)
    made.quote(100, 100, 6)
    made.quote(105, 100, 4)
    made.rest(110, "A")
    assert made.print(115, 100, 2) == [] and made.print(120, 100, 4) == []
    assert made.print(125, 100, 1) == [("A", 1)]


def test_nothing_fills_by_a_print_of_the_instant_at_which_it_came_to_rest() -> None:
    for name in MODELS:
        made = desk(name)
        made.quote(5, 100, 10, 105, 3)
        made.rest(100, "A", 102)
        assert made.print(100, 101, 3) == [], name
        assert made.print(101, 101, 3) == [("A", 3)], name


def test_a_best_that_fell_twice_hides_all_that_it_fell_through() -> None:
    made = desk("risk_averse")
    made.quote(100, 98, 6)
    made.quote(110, 97, 6)
    made.rest(115, "A", 99)
    assert made.print(160, 99, 3) == [] and made.print(161, 99, 3) == [("A", 3)]


def test_a_print_beyond_us_may_have_been_before_us() -> None:
    # The best falls to 98 and comes back to 100 before we join: prints of the fall come late.
    made = desk("risk_averse")
    made.quote(100, 98, 6)
    made.quote(105, 100, 2)
    made.rest(110, "A")
    assert made.print(120, 98, 3) == [] and made.print(120, 99, 3) == []
    assert made.print(161, 99, 3) == [("A", 3)]
    made = desk("optimistic")
    made.quote(100, 98, 6)
    made.quote(105, 100, 2)
    made.rest(110, "A")
    assert made.print(120, 99, 3) == [("A", 3)]


@pytest.mark.parametrize(
    ("name", "ahead"),
    [("risk_averse", None), ("power", None), ("optimistic", 0), ("touch", 0), ("through", None)],
)
def test_behind_the_best_nothing_can_be_seen(name: str, ahead: int | None) -> None:
    made = desk(name)
    made.rest(10, "A", 99)
    assert made.model.ahead_lots("A") == ahead
    assert made.model.ahead_lots("B") is None


def test_levels_behind_the_best_bound_the_queue_if_they_are_newer_than_the_order() -> None:
    made, other = desk("risk_averse"), desk("optimistic")

    def depth(ms: int, number: int, lots: int | None) -> None:
        bids = None if lots is None else ((100, 10), (99, lots))
        event = Depth("t:AAA", at(ms), at(ms), number, number, None, bids, ((101, 10),), number == 1)
        for one in (made, other):
            one.book.on_depth(event, at(ms))
            one.quote(ms, 100, ms)  # each another size, which is news

    depth(4, 1, 6)
    depth(5, 2, 7)
    made.rest(10, "A", 99)
    other.rest(10, "A", 99)
    made.quote(20, 100, 11)  # what is known of 99 is older than the order: others may have come since
    assert made.model.ahead_lots("A") is None
    depth(22, 3, None)  # an update without levels
    depth(23, 2, 7)  # one that was there before
    depth(24, 1, 7)  # a snapshot of some time ago
    assert made.model.ahead_lots("A") is None
    depth(60, 3, 2)  # newer, and still it may tell of a time before the order came: by up to 50 ms
    assert made.model.ahead_lots("A") is None
    depth(61, 4, 12)
    assert made.model.ahead_lots("A") == 12
    depth(70, 5, 4)
    assert made.model.ahead_lots("A") == 4
    assert other.model.ahead_lots("A") == 0


@pytest.mark.parametrize("name", MODELS)
def test_what_crosses_us_meets_us_once(name: str) -> None:
    made = desk(name)
    made.rest(10, "A", 100, 20)
    assert made.quote(20, 98, 5, 100, 6) == [("A", 6)]  # 6 newly displayed at our price
    assert made.quote(30, 97, 5, 100, 6) == []  # the same 6
    assert made.quote(40, 97, 5, 100, 4) == [] and made.quote(50, 97, 5, 100, 7) == [("A", 3)]
    assert made.quote(60, 97, 5, 99, 2) == [("A", 2)]  # better for us still: at our price all the same
    assert made.quote(70, 97, 5, 100, 7) == []  # that was there, behind it
    assert made.quote(80, 97, 5, 101, 7) == []
    assert made.quote(90, 97, 5, 100, 7) == [("A", 7)]  # gone in between, so these are others
    assert made.quote(95, 100, 5, 100, 9) == []  # a locked book is a broken one
    assert made.quote(96, 97, 5, 98, 9) == [("A", 2)]  # and 2 are all that is left of us


def test_who_crosses_us_meets_the_better_price_first() -> None:
    made = desk("risk_averse")
    made.quote(5, 100, 10, 104, 3)
    made.rest(10, "A", 102, 2)
    made.rest(11, "B", 103, 2)
    made.rest(12, "C", 103, 1)
    assert made.quote(20, 100, 10, 102, 4) == [("B", 2), ("C", 1), ("A", 1)]
    sells = desk("risk_averse")
    sells.rest(10, "S", 101, 8, Side.SELL)
    assert sells.quote(20, 101, 3, 103, 1) == [("S", 3)] and sells.quote(30, 102, 2, 103, 1) == [("S", 2)]


def test_a_takers_remainder_does_not_meet_what_it_has_taken() -> None:
    made = desk("risk_averse")
    made.rest(10, "A", 101, 39)  # it took the 10 that are displayed, and rests with the others
    assert made.quote(20, 100, 9, 101, 10) == []
    assert made.quote(30, 100, 9, 101, 14) == [("A", 4)]


def test_one_print_is_shared_by_price_and_then_by_arrival() -> None:
    # Two bids of 5 behind 10, and a sell of 15: 5 for the first, none for the second.
    made = desk("risk_averse")
    made.rest(10, "A")
    made.rest(11, "B")
    assert made.print(20, 100, 15) == [("A", 5)]
    # A print beyond both: the better-priced order first, then what is left of it.
    made = desk("risk_averse")
    made.quote(5, 100, 10, 103, 3)
    made.rest(10, "A", 100, 5)
    made.rest(11, "B", 101, 2)
    assert made.print(20, 99, 4) == [("B", 2), ("A", 2)]


def test_an_order_made_smaller_keeps_its_place() -> None:
    made = desk("risk_averse")
    made.rest(10, "A")
    made.print(20, 100, 4)
    made.model.on_reduced("A", 3)
    assert made.model.ahead_lots("A") == 6
    assert made.print(30, 100, 20) == [("A", 2)]
    made.rest(40, "B")
    for lots in (0, 5, 6):
        with pytest.raises(InvariantError, match="cannot be taken off"):
            made.model.on_reduced("B", lots)
    with pytest.raises(InvariantError, match="does not rest"):
        made.model.on_reduced("A", 1)


@pytest.mark.parametrize(
    ("canceled", "ahead", "level", "exponent", "gone"),
    [
        (6, 5, 10, 1, 3),  # as likely ahead as anywhere: half of 6
        (8, 5, 10, 2, 3),  # a quarter is 2; but only 5 can have been behind
        (4, 5, 10, 2, 1),  # a quarter of 4
        (8, 5, 20, 3, 0),  # 8 / 64, rounded down
        (10, 10, 10, 3, 10),  # all are ahead
        (4, 10, 10, 3, 4),
        (3, 0, 10, 3, 0),  # nobody is ahead
        (3, 0, 0, 1, 0),  # nor anywhere: p(0, 0) = 1
        (3, 9, 5, 1, 3),  # more ahead than the level had: all of it
    ],
)
def test_the_share_of_a_cancel_that_was_ahead(
    canceled: int, ahead: int, level: int, exponent: int, gone: int
) -> None:
    assert ahead_canceled(canceled, ahead, level, exponent) == gone


def test_the_power_model_lets_a_cancel_shorten_the_queue_once_it_is_one() -> None:
    made = Desk(power.build(power.Config(exponent=1)))
    made.rest(10, "A", 100, 1)
    made.quote(20, 100, 20)
    made.quote(30, 100, 12)  # 8 of 20 were canceled, 10 of the 20 ahead: 4
    assert made.model.ahead_lots("A") == 10
    made.quote(81, 100, 12, 101, 11)
    assert made.model.ahead_lots("A") == 6
    for bad in ({"exponent": 0}, {"exponent": 17}, {"join_ns": -1}):
        with pytest.raises(ConfigError, match="fill\\.power\\."):
            power.Config(**bad)
    for module in (risk_averse, optimistic):
        with pytest.raises(ConfigError, match="join_ns"):
            module.Config(join_ns=-1)


# -- the envelope -----------------------------------------------------------------------


def test_the_class_of_an_order() -> None:
    assert fill_class_of(1, 5) is FillClass.CERTAIN
    assert fill_class_of(0, 1) is FillClass.POSSIBLE
    assert fill_class_of(0, 0) is FillClass.NO


def closed(made: Desk, name: str) -> tuple[str, int, int]:
    assert isinstance(made.model, Bounded)
    bounds = made.model.close(name)
    return bounds.fill_class.value, bounds.ra_lots, bounds.opt_lots


def test_both_edges_follow_the_orders_of_a_path() -> None:
    made = Desk(Bounded(touch.build(touch.Config())))
    made.rest(10, "A", 100, 5)
    made.rest(11, "B", 99, 5)
    made.quote(20, 100, 20)
    made.quote(30, 100, 13)  # 7 of 20: ahead of us for the one, behind us for the other
    assert made.print(100, 100, 6) == [("A", 5)]
    assert closed(made, "A") == ("POSSIBLE", 0, 3)
    made.model.on_gone("B")
    assert closed(made, "B") == ("NO", 0, 0)
    with pytest.raises(InvariantError, match="B"):
        closed(made, "B")
    made.rest(110, "C", 100, 5)
    assert made.print(120, 99, 3) == [("C", 3)]
    made.model.on_reduced("C", 1)
    saved = json.loads(json.dumps(made.model.snapshot()))
    other = Desk(Bounded(touch.build(touch.Config())))
    other.model.restore(saved)
    for each in (made, other):
        assert each.print(130, 99, 3) == [("C", 1)]
        assert closed(each, "C") == ("CERTAIN", 4, 4)


def test_an_edge_that_has_filled_more_than_is_left_of_the_order() -> None:
    # The path fills by prints beyond only; the edges are done before it is made smaller.
    made = Desk(Bounded(through.build(through.Config())))
    made.rest(10, "A", 100, 5)
    assert made.print(20, 100, 14) == []
    made.model.on_reduced("A", 2)
    assert made.print(30, 100, 9) == []
    made.model.on_gone("A")
    assert closed(made, "A") == ("CERTAIN", 4, 4)
    assert made.model.ahead_lots("A") is None


@pytest.mark.parametrize("name", ["risk_averse", "optimistic"])
def test_a_path_that_is_an_edge_is_told_as_by_two_models(name: str) -> None:
    """The envelope of a path that trades by an edge is that of the same model run apart."""
    module = MODELS[name]
    shared = Desk(Bounded(module.build(module.Config())))
    alone = {edge: desk(edge) for edge in ("risk_averse", "optimistic")}
    got = {edge: {"A": 0, "B": 0} for edge in alone}
    for made in (shared, *alone.values()):
        made.rest(10, "A", 100, 4)
        made.rest(11, "B", 100, 9)
    events = [("Q", 20, 20), ("Q", 30, 13), ("P", 100, 8), ("Q", 100, 5), ("P", 110, 6), ("P", 170, 3)]
    for what, ms, lots in events:
        for edge, made in alone.items():
            fills = made.quote(ms, 100, lots) if what == "Q" else made.print(ms, 100, lots)
            for client_id, filled in fills:
                got[edge][client_id] += filled
        fills = shared.quote(ms, 100, lots) if what == "Q" else shared.print(ms, 100, lots)
        for client_id, _ in fills:
            assert client_id in ("A", "B")
    for client_id in ("A", "B"):
        if got[name][client_id] < {"A": 4, "B": 9}[client_id]:
            shared.model.on_gone(client_id)
        assert closed(shared, client_id)[1:] == (got["risk_averse"][client_id], got["optimistic"][client_id])
    assert got["risk_averse"] != got["optimistic"]
