"""The paper venue beyond its orders: what was taken, depth, latency, accounts, outcomes, impact."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tests.kit.paper import INSTRUMENTS, KEY, B, at, feed, life, paper, quote, send, told, trade
from tools.core.entry import OrderType, SelfMatch
from tools.core.errors import ConfigError, UsageError
from tools.core.events import Depth, Levels, Market, Side
from tools.core.histogram import LogHist
from tools.core.orders import FillClass, TimeInForce
from tools.core.units import PPM
from tools.execution.fills import optimistic, risk_averse
from tools.execution.latency import coupled, empirical, interpolated
from tools.execution.venue_book import VenueBook
from tools.execution.venue_impact import MinuteVolume
from tools.live.fill_classes import FillClasses
from tools.live.paper_exchange import PaperConfig, PaperExchange

IOC, GTD = TimeInForce.IOC, TimeInForce.GTD
BOOK = quote(0, 100, 7, 102, 5)


def depth(ms: int, bids: Levels, asks: Levels, snapshot: bool = False) -> Depth:
    return Depth(KEY, at(ms), at(ms), ms, ms, None, bids, asks, snapshot)


def levels(book: VenueBook) -> VenueBook:
    """Give a book five levels on the ask side and three on the bid side."""
    bids = ((100, 7), (99, 3), (97, 4))
    asks = ((102, 5), (103, 6), (104, 1), (106, 9), (107, 2))
    book.on_depth(depth(1, bids, asks, True), at(1))
    book.on_depth(depth(2, (), ((107, 8),)), at(2))
    return book


def book(*, haircut_ppm: int = 1_000_000, deep: bool = False) -> VenueBook:
    made = VenueBook(haircut_ppm)
    made.on_quote(BOOK)
    return levels(made) if deep else made


# -- what was taken ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quotes", "left"),
    [
        # 3 of the 5 at 102 were taken.
        ([], 2),
        ([(102, 5)], 2),  # the same again is no news
        ([(102, 4)], 4),  # another size is
        ([(102, 4), (102, 5)], 5),
        ([(101, 9)], 9),  # a better level is new ...
        ([(101, 9), (102, 5)], 2),  # ... and the one behind it is what it was
        ([(101, 9), (102, 6)], 6),
        ([(103, 9)], 9),  # the level is gone: whatever comes there again is new
        ([(103, 9), (102, 5)], 5),
    ],
)
def test_what_was_taken_stays_taken_until_its_level_changes(quotes: list[tuple[int, int]], left: int) -> None:
    made = book()
    assert made.take(Side.BUY, 102, 3) == ((102, 3),)
    for price, lots in quotes:
        made.on_quote(quote(1, 100, 7, price, lots))
    assert made.available_lots(Side.BUY, None) == left
    other = VenueBook()
    other.restore(json.loads(json.dumps(made.snapshot())))
    assert other.available_lots(Side.BUY, None) == left and other.snapshot() == made.snapshot()


def test_both_sides_are_kept_apart() -> None:
    made = book()
    assert made.take(Side.BUY, None, 3) == ((102, 3),)
    assert made.take(Side.SELL, None, 3) == ((100, 3),)
    made.on_quote(quote(1, 99, 7, 102, 5))
    assert (made.available_lots(Side.BUY, None), made.available_lots(Side.SELL, None)) == (2, 7)
    made.on_quote(quote(2, 100, 7, 102, 5))
    assert made.available_lots(Side.SELL, None) == 7  # it was gone


@pytest.mark.parametrize(
    ("haircut_ppm", "shown", "free"),
    # A share of the displayed size, rounded down.
    [(800_000, 5, 4), (800_000, 11, 8), (800_000, 1, 0), (0, 5, 0), (1_000_000, 5, 5), (500_000, 3, 1)],
)
def test_the_haircut(haircut_ppm: int, shown: int, free: int) -> None:
    made = VenueBook(haircut_ppm)
    made.on_quote(quote(0, 100, 7, 102, shown))
    assert made.available_lots(Side.BUY, 102) == free
    assert sum(lots for _, lots in made.take(Side.BUY, 102, 99)) == free
    assert made.take(Side.BUY, 102, 99) == ()


def test_the_haircut_is_in_force_by_default() -> None:
    venue = PaperExchange(INSTRUMENTS)
    feed(venue, BOOK)
    send(venue, "C1", "BUY", 5, 102, time_in_force=IOC)
    assert life(venue, 40)[1] == (20, "C1", "TRADE", 4, 102, "TAKER")


def test_a_quote_that_came_to_a_resting_order_is_used_by_that_much() -> None:
    # 4 of ours rest at 101; an offer of 9 comes to 101, of which 4 are ours and 5 are left.
    venue = paper()
    feed(venue, BOOK)
    send(venue, "C1", "BUY", 4, 101)
    venue.advance(at(40))
    feed(venue, quote(50, 100, 7, 101, 9))
    send(venue, "C2", "BUY", 9, 101, time_in_force=IOC)
    fills = [row[1:] for row in life(venue, 90) if row[2] == "TRADE"]
    assert fills == [("C1", "TRADE", 4, 101, "MAKER"), ("C2", "TRADE", 5, 101, "TAKER")]


# -- depth -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "lots", "took"),
    [
        (102, 20, ((102, 5),)),
        (104, 20, ((102, 5), (103, 6), (104, 1))),
        (105, 9, ((102, 5), (103, 4))),
        (None, 100, ((102, 5), (103, 6), (104, 1), (106, 9), (107, 8))),
    ],
)
def test_a_taker_sweeps_the_levels_that_are_known(limit: int | None, lots: int, took: tuple) -> None:
    assert book(deep=True).take(Side.BUY, limit, lots) == took
    assert book().take(Side.BUY, limit, lots) == ((102, min(lots, 5)),)  # the best alone otherwise


def test_levels_that_a_quote_has_overtaken_are_not_swept() -> None:
    made = book(deep=True)
    made.on_quote(quote(3, 100, 7, 103, 2))  # later than the last update by level
    assert made.take(Side.BUY, 104, 99) == ((103, 2), (104, 1))
    assert made.take(Side.SELL, 97, 99) == ((100, 7), (99, 3), (97, 4))


def test_an_update_is_news_of_the_levels_behind_the_best_only() -> None:
    made = book(deep=True)
    assert made.take(Side.BUY, 103, 9) == ((102, 5), (103, 4))
    made.on_depth(depth(3, (), ((102, 4), (106, 1))), at(3))  # of the best, quotes tell more and sooner
    assert made.available_lots(Side.BUY, 103) == 2
    made.on_depth(depth(4, (), ((103, 7),)), at(4))
    assert made.available_lots(Side.BUY, 103) == 7
    assert made.take(Side.SELL, 99, 9) == ((100, 7), (99, 2))
    made.on_depth(depth(5, ((98, 1),), ()), at(5))
    assert made.available_lots(Side.SELL, 99) == 1
    made.on_depth(depth(6, ((99, 2),), ()), at(6))
    assert made.available_lots(Side.SELL, 99) == 2
    other = VenueBook()
    other.restore(json.loads(json.dumps(made.snapshot())))
    assert other.take(Side.BUY, None, 99) == made.take(Side.BUY, None, 99)


@pytest.mark.parametrize("ask", [100, 99])
def test_a_locked_or_crossed_book_gives_nothing(ask: int) -> None:
    made = VenueBook()
    made.on_quote(quote(0, 100, 7, ask, 5))
    assert made.take(Side.BUY, None, 1) == made.take(Side.SELL, None, 1) == ()


def test_the_size_at_a_price() -> None:
    shallow, deep = book(), book(deep=True)
    for made, behind in ((shallow, None), (deep, 3)):
        assert (made.lots_at(Side.BUY, 100), made.lots_at(Side.BUY, 101)) == (7, 0)
        assert (made.lots_at(Side.BUY, 99), made.quoted_lots(Side.BUY, 99)) == (behind, None)
        assert (made.lots_at(Side.SELL, 102), made.lots_at(Side.SELL, 101)) == (5, 0)
    assert (deep.lots_at(Side.BUY, 98), deep.lots_at(Side.SELL, 103)) == (0, 6)
    assert deep.lots_at(Side.BUY, 90) is None  # beyond what the snapshot told


def test_the_exchange_follows_depth_at_the_venue_s_time() -> None:
    venue = paper()
    feed(venue, BOOK)
    venue.on_market(depth(1, ((100, 7),), ((102, 5), (103, 6)), True), at(1))
    venue.on_market(depth(2, (), ((103, 4),)), at(2))
    venue.on_market(Depth(KEY, at(2), at(2), 9, 9), at(2))  # without levels: nothing to learn
    venue.advance(at(10))
    send(venue, "C1", "BUY", 7, 103)
    rows = [row[2:] for row in life(venue, 50)]
    assert rows == [("ACCEPTED",), ("TRADE", 5, 102, "TAKER"), ("TRADE", 2, 103, "TAKER")]


# -- latency -------------------------------------------------------------------------------------------


def test_an_order_is_late_when_the_feed_is() -> None:
    venue = paper()
    feed(venue, BOOK)
    venue.on_feed_excess(KEY, 7_000_000)
    venue.on_feed_excess(B.key, 900_000_000)  # another instrument's feed is another matter
    send(venue, "C1", "BUY", 1, 100)
    assert venue.next_due_ns() == at(27)
    venue.advance(at(30))
    venue.on_feed_excess(KEY, 0)  # what was sent before has left
    assert venue.next_due_ns() == at(27 + 27)
    venue.cancel("C1")
    assert venue.next_due_ns() == at(30 + 20)
    saved = json.loads(json.dumps(venue.snapshot()))
    assert life(venue, 90) == [(27, "C1", "ACCEPTED"), (50, "C1", "CANCELED")]
    other = paper()
    other.restore(saved)
    assert life(other, 90) == [(27, "C1", "ACCEPTED"), (50, "C1", "CANCELED")]


def test_a_report_never_overtakes_an_earlier_one_and_no_feed_is_early() -> None:
    venue = paper()
    feed(venue, BOOK)
    send(venue, "C1", "BUY", 1, 100)
    send(venue, "C2", "BUY", 1, 100)
    venue.on_feed_excess(KEY, 50_000_000)
    venue.cancel("C1")  # arrives at 70
    venue.advance(at(20))  # the two acknowledgements are under way until 90
    venue.on_feed_excess(KEY, -50_000_000)
    venue.cancel("C2")  # arrives at 40 and is answered at 60, behind them
    assert life(venue, 89) == []
    assert life(venue, 90) == [
        (20, "C1", "ACCEPTED"),
        (20, "C2", "ACCEPTED"),
        (40, "C2", "CANCELED"),
        (70, "C1", "CANCELED"),
    ]


def test_the_venue_s_time_is_not_ours() -> None:
    # The venue had a quote at 10 that reached us at 35; our order arrived at 20.
    venue = paper()
    feed(venue, BOOK)
    send(venue, "C1", "BUY", 9, 103, time_in_force=IOC)
    venue.on_market(quote(35, 100, 7, 103, 2), at(10))
    assert life(venue, 40)[1] == (20, "C1", "TRADE", 2, 103, "TAKER")
    with pytest.raises(UsageError, match="went back"):
        venue.on_market(quote(50, 100, 7, 103, 2), at(39))


def test_quantiles_of_a_histogram_make_an_empirical_model() -> None:
    delays = LogHist(7)
    with pytest.raises(UsageError, match="no quantiles"):
        empirical.quantiles(delays, (0,))
    for value in range(1, 101):
        delays.add(value)
    found = empirical.quantiles(delays, (0, 500_000, 1_000_000))
    assert found == (1, 50, 100)  # below 2**8 every value has a bucket of its own
    levels_ppm = (0, 500_000, 1_000_000)
    model = empirical.build(
        empirical.Config(levels_ppm=levels_ppm, entry_ns=found, cancel_ns=found, response_ns=found)
    )
    drawn = sorted(model.entry_ns(0, number, 0) for number in range(2_000))
    assert drawn[0] >= 1 and drawn[-1] < 100
    # 2,000 draws: a share of one half has a deviation of 22 draws; five of them are 112.
    assert abs(sum(value < 50 for value in drawn) - 1_000) < 112
    drawn_by = [
        [way(0, n, 0) for n in range(50)] for way in (model.entry_ns, model.cancel_ns, model.response_ns)
    ]
    assert drawn_by[0] != drawn_by[1] != drawn_by[2]  # independent of each other


@pytest.mark.parametrize(
    ("at_ns", "entry_ns", "response_ns"),
    [
        # requests at 100 and 200 took 10 and 30; at the venue at 110 and 230, answers took 5 and 65
        (0, 10, 5),
        (100, 10, 5),
        (125, 15, 12),  # a quarter of the way; (125 - 110) / 120 of 60 is 7.5
        (199, 29, 49),  # 44.5 of 60
        (200, 30, 50),
        (229, 30, 64),
        (230, 30, 65),
        (999, 30, 65),
    ],
)
def test_delays_lie_on_straight_lines(at_ns: int, entry_ns: int, response_ns: int) -> None:
    model = interpolated.build(
        interpolated.Config(request_ns=(100, 200), exchange_ns=(110, 230), response_ns=(115, 295))
    )
    assert model.entry_ns(at_ns, 1, 0) == model.cancel_ns(at_ns, 1, 0) == entry_ns
    assert model.response_ns(at_ns, 1, 0) == response_ns


@pytest.mark.parametrize(
    ("module", "wrong", "named"),
    [
        (coupled, {"coupling_ppm": -1}, "coupling_ppm"),
        (coupled, {"entry_ns": -1}, "entry_ns"),
        (empirical, {"levels_ppm": (0, 500_000)}, "levels_ppm"),
        (empirical, {"levels_ppm": (1, 1_000_000)}, "levels_ppm"),
        (empirical, {"levels_ppm": (0, 5, 5, 6, 1_000_000)}, "levels_ppm"),
        (empirical, {"entry_ns": (1, 2)}, "entry_ns"),
        (empirical, {"cancel_ns": (1, 2, 3, 4, 3)}, "cancel_ns"),
        (empirical, {"response_ns": (-1, 2, 3, 4, 5)}, "response_ns"),
        (interpolated, {"request_ns": ()}, "same rows"),
        (interpolated, {"request_ns": (0, 1)}, "same rows"),
        (interpolated, {"exchange_ns": (-1,)}, "row 1 goes back"),
        (interpolated, {"response_ns": (19_999_999,)}, "row 1 goes back"),
        (interpolated, {"request_ns": (5, 5), "exchange_ns": (6, 7), "response_ns": (8, 9)}, "row 2"),
        (interpolated, {"request_ns": (5, 6), "exchange_ns": (7, 7), "response_ns": (8, 9)}, "row 2"),
    ],
)
def test_latency_configuration_is_checked(module, wrong: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        module.Config(**wrong)


def test_the_rules_are_checked() -> None:
    with pytest.raises(ConfigError, match=r"paper\.haircut_ppm"):
        PaperConfig(haircut_ppm=1_000_001)


# -- accounts ----------------------------------------------------------------------------------------------


def test_accounts_have_their_own_ids_orders_reports_and_positions() -> None:
    venue = paper()
    other = venue.account("other")
    assert venue.account("other") is other and venue.account("") is venue
    feed(venue, BOOK)
    send(venue, "C1", "BUY", 3, 100)
    send(other, "C1", "SELL", 2, 101)  # the same id: another account
    venue.advance(at(40))
    assert told(venue.reports()) == [(20, "C1", "ACCEPTED")]
    (report,) = other.reports()
    assert (report.side, report.exchange_id, report.exec_id) == ("SELL", "PAP000002", "PXE00000002")
    assert [order.side for order in venue.get_open_orders()] == ["BUY"]
    assert [order.side for order in other.get_open_orders()] == ["SELL"]
    feed(venue, trade(50, 101, 2, "BUY"))
    venue.advance(at(70))
    assert venue.reports() == [] and venue.outcomes() == [] and venue.get_positions() == {}
    assert [fill.last_lots for fill in other.stream_fills()] == [2] and other.reports() == []
    assert [outcome.account for outcome in other.outcomes()] == ["other"]
    assert other.get_positions() == {KEY: Decimal(-2)}
    other.cancel("C1")
    venue.cancel("C1")
    venue.advance(at(110))
    assert [row[2] for row in told(other.reports())] == ["CANCEL_REJECTED"]
    assert [row[2] for row in told(venue.reports())] == ["CANCELED"]
    venue.reset()
    assert other.get_positions() == {} and other.reports() == []


def test_accounts_share_one_print_and_what_is_displayed() -> None:
    venue = paper()
    other = venue.account("other")
    feed(venue, quote(0, 100, 10, 102, 5))
    send(other, "A", "BUY", 5, 100)
    send(venue, "B", "BUY", 5, 100)
    feed(venue, trade(50, 100, 17, "SELL"))
    assert other.get_positions() == {KEY: Decimal(5)} and venue.get_positions() == {KEY: Decimal(2)}
    venue.advance(at(60))
    send(other, "C", "BUY", 4, 102, time_in_force=IOC)
    send(venue, "D", "BUY", 4, 102, time_in_force=IOC)
    venue.advance(at(100))
    assert other.get_positions() == {KEY: Decimal(9)} and venue.get_positions() == {KEY: Decimal(3)}


def test_what_was_taken_does_not_come_to_a_resting_order_either() -> None:
    # A takes 4 of the 5 at 102. B takes 1 of the 2 at 101 (80 % of each) and rests at 102. When the
    # offer is 102 x 5 again, 1 of it is left: 4 + 1 is all that was ever displayed there.
    venue = paper(haircut_ppm=800_000)
    feed(venue, BOOK)
    send(venue, "A", "BUY", 4, 102, time_in_force=IOC)
    venue.advance(at(30))
    feed(venue, quote(31, 100, 7, 101, 2))
    send(venue, "B", "BUY", 9, 102)
    feed(venue, quote(60, 100, 7, 102, 5))
    assert [row for row in life(venue, 90) if row[2] == "TRADE"] == [
        (20, "A", "TRADE", 4, 102, "TAKER"),
        (51, "B", "TRADE", 1, 101, "TAKER"),
        (60, "B", "TRADE", 1, 102, "MAKER"),
    ]
    feed(venue, quote(91, 100, 7, 102, 8))  # three more
    assert life(venue, 120)[-1] == (91, "B", "TRADE", 3, 102, "MAKER")


@pytest.mark.parametrize("across", [False, True])
def test_accounts_do_not_see_each_other_unless_they_are_one(across: bool) -> None:
    venue = paper(self_match_across_accounts=across, self_match=SelfMatch.CANCEL_OLDEST)
    other = venue.account("other")
    feed(venue, BOOK)
    send(other, "A", "SELL", 5, 101)
    send(venue, "B", "BUY", 3, 101)
    venue.advance(at(40))
    assert [o.leaves_lots for o in venue.get_open_orders()] == [3]
    assert [o.leaves_lots for o in other.get_open_orders()] == ([] if across else [5])
    assert [row[2] for row in told(other.reports())] == ["ACCEPTED", "EXPIRED"][: 1 + across]


def test_no_id_reaches_an_order_of_another_account() -> None:
    venue = paper()
    other = venue.account("other")
    feed(venue, BOOK)
    send(other, "A", "BUY", 5, 100)
    venue.advance(at(40))
    before = json.dumps(venue.snapshot())
    with pytest.raises(UsageError, match="neither account nor client order id"):
        venue.cancel("other|A")
    with pytest.raises(UsageError, match="neither account nor client order id"):
        venue.amend_order("other|A", qty_lots=1)
    assert json.dumps(venue.snapshot()) == before


def test_a_position_of_another_account_is_nothing_to_reduce() -> None:
    venue = paper()
    feed(venue, BOOK)
    send(venue.account("other"), "A", "BUY", 5, 102, time_in_force=IOC)
    venue.advance(at(40))
    send(venue, "B", "SELL", 3, 101, reduce_only=True)
    assert [row[2] for row in life(venue, 80)] == ["REJECTED"]


# -- outcomes ------------------------------------------------------------------------------------------------


def test_an_outcome_comes_with_the_last_report_and_not_before() -> None:
    venue = paper()
    feed(venue, BOOK, trade(0, 101, 1_000, "BUY"))
    send(venue, "C1", "BUY", 1, 100)
    venue.advance(at(40))
    feed(venue, trade(60, 100, 8, "SELL"))
    venue.advance(at(79))
    assert venue.outcomes() == []
    saved = json.loads(json.dumps(venue.snapshot()))
    for exchange in (venue, paper()):
        exchange.restore(saved)
        exchange.advance(at(80))
        assert [report.kind for report in exchange.reports()][-1] == "TRADE"
        waiting = json.loads(json.dumps(exchange.snapshot()))
        exchange.restore(waiting)
        (outcome,) = exchange.outcomes()
        assert exchange.outcomes() == []
        assert outcome.to_dict() == {
            "account": "", "ahead_lots": 7, "client_id": "C1", "closed_ns": at(60), "fill_class": "CERTAIN",
            "impact_suspect": False, "mid_ht": 202, "opt_lots": 1, "price_ticks": 100, "qty_lots": 1,
            "ra_lots": 1, "rested_ns": at(20), "shown_lots": 7, "side": "BUY", "symbol": KEY,
        }  # fmt: skip


def test_an_outcome_tells_of_the_first_rest_and_of_all_that_filled() -> None:
    venue = paper()
    feed(venue, BOOK, trade(0, 101, 1_000, "BUY"))
    send(venue, "C1", "BUY", 5, 100)
    feed(venue, trade(50, 100, 9, "SELL"))  # 7 ahead, 2 filled
    venue.amend_order("C1", price_ticks=99)  # arrives at 70: another queue, which cannot be seen
    venue.advance(at(90))
    feed(venue, trade(95, 98, 1, "SELL"))
    venue.cancel("C1")
    venue.advance(at(150))
    (outcome,) = venue.outcomes()
    assert (outcome.ahead_lots, outcome.shown_lots, outcome.rested_ns) == (7, 7, at(20))
    assert (outcome.ra_lots, outcome.opt_lots, outcome.price_ticks, outcome.closed_ns) == (3, 3, 99, at(115))


def test_where_an_order_joined_is_the_same_at_either_level() -> None:
    """By level 3 lots are displayed at 99 and none at 98: both are behind the best all the same."""
    joined = []
    for deep in (False, True):
        venue = paper()
        feed(venue, BOOK)
        if deep:
            venue.on_market(depth(1, ((100, 7), (99, 3), (97, 4)), ((102, 5), (103, 6)), True), at(1))
            venue.on_market(depth(2, (), ((103, 4),)), at(2))
        for name, price in (("B", 100), ("I", 101), ("D", 99), ("E", 98)):
            send(venue, name, "BUY", 1, price)
            venue.cancel(name)
        venue.advance(at(100))
        classes = FillClasses()
        for outcome in venue.outcomes():
            classes.add(outcome)
        joined.append(classes.get(KEY).to_dict()["joined"])
    assert joined == [{"at_best": 1, "behind": 2, "inside": 1}] * 2


@pytest.mark.parametrize("join_ms", [0, 50])
def test_a_path_by_an_edge_fills_what_that_edge_fills(join_ms: int) -> None:
    # 5 of 10 leave, and 7 are printed 10 ms later. If the 5 may be of the 7, no fill is sure below a
    # print of 11; if every print comes before the quote that shows it, 7 - 5 = 2 get to us.
    venue = PaperExchange(
        INSTRUMENTS, PaperConfig(haircut_ppm=PPM), fill_config=risk_averse.Config(join_ns=at(join_ms) - at(0))
    )
    feed(venue, quote(0, 100, 10, 102, 5))
    send(venue, "C1", "BUY", 4, 100)
    feed(venue, quote(60, 100, 5, 102, 5), trade(70, 100, 7, "SELL"))
    venue.cancel("C1")
    venue.advance(at(150))
    (outcome,) = venue.outcomes()
    filled = 2 if join_ms == 0 else 0
    assert venue.get_positions() == ({KEY: Decimal(filled)} if filled else {})
    assert outcome.ra_lots == filled
    assert outcome.fill_class is (FillClass.CERTAIN if filled else FillClass.POSSIBLE)
    assert venue.edges.high == optimistic.Config()
    own = optimistic.Config(join_ns=7)
    other = PaperExchange(INSTRUMENTS, PaperConfig(fill_model="optimistic"), fill_config=own)
    assert (other.edges.low, other.edges.high) == (risk_averse.Config(), own)


def test_no_edge_fills_more_of_an_order_than_there_is() -> None:
    # 10 of the 20 that have come to be there leave. The optimist fills the 5 at 50; the pessimist has
    # 5 ahead yet, so that the amendment finds 5 open and puts them into another queue.
    venue = paper()
    feed(venue, quote(0, 100, 10, 105, 5))
    send(venue, "C1", "BUY", 5, 100)
    feed(venue, quote(30, 100, 20, 105, 5), quote(31, 100, 10, 105, 5), trade(120, 100, 5, "SELL"))
    venue.amend_order("C1", price_ticks=101)
    venue.advance(at(150))
    feed(venue, trade(160, 101, 5, "SELL"))
    venue.advance(at(200))
    (outcome,) = venue.outcomes()
    assert venue.get_positions() == {KEY: Decimal(5)}
    assert (outcome.ra_lots, outcome.opt_lots, outcome.qty_lots) == (5, 5, 5)


def test_no_edge_fills_what_would_turn_a_position() -> None:
    venue = paper()
    feed(venue, quote(0, 100, 10, 102, 9))
    send(venue, "B", "BUY", 5, 102, time_in_force=IOC)
    venue.advance(at(40))
    for name in ("S", "T"):
        send(venue, name, "SELL", 9, 101, reduce_only=True)
    feed(venue, trade(90, 103, 20, "BUY"))  # as much as both: the first closes the position
    venue.advance(at(130))
    found = [(o.client_id, o.fill_class, o.ra_lots, o.opt_lots) for o in venue.outcomes()]
    assert found == [
        ("B", FillClass.CERTAIN, 5, 5),
        ("S", FillClass.CERTAIN, 5, 5),
        ("T", FillClass.NO, 0, 0),
    ]
    assert venue.get_positions() == {KEY: Decimal(0)}


def test_outcomes_of_orders_that_did_not_fill_or_did_not_rest() -> None:
    venue = paper()
    feed(venue, BOOK)
    send(venue, "R", "BUY", 1, 102, post_only=True)  # rejected: it never was an order here
    send(venue, "C", "BUY", 1, 99)
    send(venue, "T", "BUY", 9, 102, time_in_force=IOC)
    send(venue, "M", "SELL", 1, None, order_type=OrderType.MARKET, time_in_force=IOC)
    venue.cancel("C")
    venue.advance(at(60))
    found = {outcome.client_id: outcome for outcome in venue.outcomes()}
    assert sorted(found) == ["C", "M", "T"]
    c, t, m = found["C"], found["T"], found["M"]
    assert (c.fill_class, c.ra_lots, c.opt_lots) == (FillClass.NO, 0, 0)
    assert (c.ahead_lots, c.shown_lots, c.rested_ns, c.closed_ns) == (None, None, at(20), at(20))
    assert (t.fill_class, t.ra_lots, t.opt_lots, t.qty_lots) == (FillClass.CERTAIN, 5, 5, 9)
    assert (t.rested_ns, t.ahead_lots, t.shown_lots) == (None, None, None)
    assert (m.price_ticks, m.ra_lots, m.mid_ht) == (0, 1, 202)


# -- impact --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minute", "side", "lots", "price", "more", "suspect"),
    [
        # Displayed 100 x 700 / 102 x 500. More than one tenth of the last minute:
        (100, "BUY", 10, 100, {}, False),
        (99, "BUY", 10, 100, {}, True),
        # More than one twentieth of the level that it takes from:
        (9_999, "BUY", 25, 102, {"time_in_force": IOC}, False),
        (9_999, "BUY", 26, 102, {"time_in_force": IOC}, True),
        (9_999, "SELL", 35, None, {"order_type": OrderType.MARKET, "time_in_force": IOC}, False),
        (9_999, "BUY", 26, 101, {"time_in_force": IOC}, False),  # which takes nothing
        # More than one fifth of the level that it joins:
        (9_999, "BUY", 140, 100, {}, False),
        (9_999, "BUY", 141, 100, {}, True),
        (9_999, "BUY", 1, 101, {}, True),  # a level of its own is all its own
        (9_999, "BUY", 500, 99, {}, False),  # behind the best nothing is known
    ],
)
def test_what_is_too_large_for_the_recorded_market_is_suspect(
    minute: int, side: str, lots: int, price: int | None, more: dict[str, object], suspect: bool
) -> None:
    venue = paper()
    feed(venue, quote(0, 100, 700, 102, 500), trade(0, 101, minute, "BUY"))
    venue.on_market(trade(0, 101, 10**6, "BUY", Market.OTHER), at(0))  # not of this market
    send(venue, "C1", side, lots, price, **more)
    venue.cancel("C1")
    venue.advance(at(60))
    (outcome,) = venue.outcomes()
    assert outcome.impact_suspect is suspect


def test_the_last_minute() -> None:
    second = 10**9
    minute = MinuteVolume()
    minute.add(5 * second, 3)
    minute.add(5 * second + 1, 4)
    minute.add(64 * second, 5)
    assert minute.lots(64 * second + second - 1) == 12
    other = MinuteVolume()
    other.restore(json.loads(json.dumps(minute.snapshot())))
    for one in (minute, other):
        assert one.lots(65 * second) == 5  # second 5 is the sixty-first before
        one.add(66 * second, 6)
        assert one.lots(123 * second) == 11
        assert one.lots(126 * second) == 0  # both have passed, one of them unseen
        one.add(10**4 * second, 2)
        assert one.lots(10**4 * second) == 2


# -- all at once -------------------------------------------------------------------------------


def test_what_is_restored_leaves_nothing_of_before() -> None:
    venue = paper()
    feed(venue, BOOK)
    saved = json.loads(json.dumps(venue.snapshot()))
    send(venue, "L", "BUY", 2, 102, time_in_force=IOC)
    send(venue, "R", "SELL", 2, 110, reduce_only=True)
    venue.advance(at(25))
    venue.restore(saved)
    send(venue, "C", "SELL", 2, 100, time_in_force=IOC)
    assert [row[1:3] for row in life(venue, 60)] == [("C", "ACCEPTED"), ("C", "TRADE")]
    assert venue.get_positions() == {KEY: Decimal(-2)}


def test_a_snapshot_holds_whatever_is_under_way() -> None:
    venue = paper()
    other = venue.account("other")
    feed(venue, BOOK)
    send(venue, "S", "BUY", 1, None, order_type=OrderType.STOP, stop_ticks=105)
    send(venue, "G", "BUY", 2, 99, time_in_force=GTD, ttl_ns=at(70) - at(0))
    send(other, "X", "SELL", 3, 101)
    venue.advance(at(30))
    venue.amend_order("G", qty_lots=1)
    send(venue, "N", "BUY", 1, 100)
    venue.on_market(trade(35, 105, 1, "BUY"), at(35))  # triggered, and not working yet
    saved = json.loads(json.dumps(venue.snapshot()))
    again = paper()
    again.restore(saved)
    assert json.dumps(again.snapshot()) == json.dumps(venue.snapshot())
    heard = []
    for exchange in (venue, again):
        exchange.advance(at(200))
        rows = told(exchange.reports()) + told(exchange.account("other").reports())
        heard.append((rows, [o.to_json() for o in exchange.outcomes()]))
    assert heard[0] == heard[1]
    assert [(row[1], row[2]) for row in heard[0][0]] == [
        ("S", "ACCEPTED"), ("G", "ACCEPTED"), ("S", "TRIGGERED"), ("S", "TRADE"), ("G", "REPLACED"),
        ("N", "ACCEPTED"), ("G", "EXPIRED"), ("X", "ACCEPTED"), ("X", "TRADE"),
    ]  # fmt: skip
