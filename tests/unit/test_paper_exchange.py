"""The paper exchange: latency, arrival, cancels, taking, reports; every time in milliseconds.

Both ways take 20 ms unless a test says otherwise: an order sent at 10 arrives at 30 and is
heard of at 50.
"""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tests.kit.paper import INSTRUMENTS, KEY, B, at, feed, life, paper, quote, told, trade
from tools.core.entry import NewOrder
from tools.core.errors import ConfigError, InvariantError, UsageError
from tools.core.events import Market, Side, Trade
from tools.execution.fill_model import FillLots, Resting
from tools.execution.latency import constant
from tools.execution.venue import PaperVenue
from tools.execution.venue_book import VenueBook
from tools.live.paper_exchange import PaperConfig, PaperExchange
from tools.live.ports import Simulated

BOOK = quote(0, 100, 7, 102, 5)
CROSS = "Post-only order would cross"


def test_an_order_arrives_after_the_entry_latency_and_is_heard_of_after_the_response() -> None:
    venue = paper()
    feed(venue, BOOK)
    venue.advance(at(10))
    venue.place_limit("C1", KEY, "Buy", "3", "100")
    assert venue.get_open_orders() == []
    assert venue.next_due_ns() == at(30)
    assert life(venue, 29) == [] and venue.get_open_orders() == []
    assert life(venue, 30) == []
    (resting,) = venue.get_open_orders(KEY)
    assert (resting.client_id, resting.exchange_id, resting.leaves_lots) == ("C1", "PAP000001", 3)
    assert venue.get_open_orders(B.key) == []
    assert venue.next_due_ns() == at(50)
    assert life(venue, 49) == []
    venue.advance(at(50))
    (report,) = venue.reports()
    assert told([report]) == [(30, "C1", "ACCEPTED")]
    assert (report.exec_id, report.exchange_id, report.mid_ht) == ("PXE00000001", "PAP000001", 202)
    assert venue.next_due_ns() is None and venue.reports() == []


@pytest.mark.parametrize(
    ("side", "price", "answer"),
    [
        # Book 100 / 102.
        ("Buy", 102, ("REJECTED", CROSS)),
        ("Buy", 103, ("REJECTED", CROSS)),
        ("Buy", 101, ("ACCEPTED",)),
        ("Buy", 90, ("ACCEPTED",)),
        ("Sell", 100, ("REJECTED", CROSS)),
        ("Sell", 99, ("REJECTED", CROSS)),
        ("Sell", 101, ("ACCEPTED",)),
        ("Sell", 120, ("ACCEPTED",)),
    ],
)
def test_post_only(side: str, price: int, answer: tuple[str, ...]) -> None:
    venue = paper()
    feed(venue, BOOK)
    venue.place_limit("C1", KEY, side, 3, price)
    assert life(venue, 60) == [(20, "C1", *answer)]
    assert len(venue.get_open_orders()) == (answer == ("ACCEPTED",))


def test_post_only_is_judged_by_the_book_at_arrival() -> None:
    # Sent at 0 against 100 / 102; a quote at the very instant of arrival (20) is applied before it.
    venue = paper()
    feed(venue, BOOK)
    venue.place_limit("C1", KEY, "Buy", 3, 101)
    venue.on_market(quote(20, 99, 1, 101, 1), at(20))
    assert life(venue, 40) == [(20, "C1", "REJECTED", CROSS)]
    # And one a moment later is not.
    venue = paper()
    feed(venue, BOOK)
    venue.place_limit("C1", KEY, "Buy", 3, 101)
    venue.on_market(quote(21, 99, 1, 101, 1), at(21))
    assert life(venue, 40) == [(20, "C1", "ACCEPTED")]


@pytest.mark.parametrize("book", [None, quote(0, 0, 7, 102, 5), quote(0, 100, 7, 102, 0)])
@pytest.mark.parametrize("tif", ["GTC", "IOC"])
def test_without_a_book_nothing_rests_and_nothing_is_taken(book, tif: str) -> None:
    venue = paper()
    venue.advance(at(0))
    if book is not None:
        feed(venue, book)
    venue.place_limit("C1", KEY, "Buy", 3, 102, tif)
    assert life(venue, 40) == [(20, "C1", "REJECTED", "No market data")]


# -- maker fills ------------------------------------------------------------------------


def resting(price: int = 100, lots: int = 10, side: str = "Buy") -> PaperExchange:
    """Return a venue where C1 came to rest at 20 over the book 100 x 7 / 102 x 5; its ACCEPTED is heard."""
    venue = paper()
    feed(venue, BOOK)
    venue.place_limit("C1", KEY, side, lots, price)
    assert life(venue, 40) == [(20, "C1", "ACCEPTED")]
    return venue


@pytest.mark.parametrize(
    ("side", "price", "events", "fills"),
    [
        # At the best behind 7: 4 + 3 traded leave 0 ahead, the next 2 are ours.
        ("Buy", 100, [trade(50 + n, 100, lots, "SELL") for n, lots in enumerate((4, 3, 2))], [(52, 2)]),
        # One print of 20: 7 ahead, 10 ours, 3 behind us.
        ("Buy", 100, [trade(50, 100, 20, "SELL")], [(50, 10)]),
        # Beyond the price: all of the print, no queue; and nothing is ahead any more.
        ("Buy", 100, [trade(50, 99, 4, "SELL"), trade(51, 100, 1, "SELL")], [(50, 4), (51, 1)]),
        # The buyer's prints never fill a buy, wherever they are.
        ("Buy", 100, [trade(50, 102, 90, "BUY"), trade(51, 99, 90, "BUY")], []),
        # A print that does not reach the price.
        ("Buy", 100, [trade(50, 101, 90, "SELL")], []),
        # The touch alone is no fill. A quote that crosses us is, up to what it newly displays.
        ("Buy", 100, [quote(50, 99, 1, 101, 9), quote(51, 100, 1, 101, 1)], []),
        ("Buy", 100, [quote(50, 99, 1, 100, 6), quote(51, 98, 1, 100, 8)], [(50, 6), (51, 2)]),
        ("Buy", 100, [quote(50, 99, 1, 100, 6), quote(51, 90, 1, 91, 9)], [(50, 6), (51, 4)]),
        # Displayed size that goes away without a print leaves the queue as it is.
        ("Buy", 100, [quote(50, 100, 1, 102, 5), trade(51, 100, 7, "SELL")], []),
        # Inside the spread nothing is ahead.
        ("Buy", 101, [trade(50, 101, 2, "SELL")], [(50, 2)]),
        # Not of this market: insurance fund and the like.
        ("Buy", 100, [trade(50, 1, 90, "SELL", Market.OTHER)], []),
        # Behind the best the queue is unknown: prints at the price are not ours ...
        ("Buy", 98, [trade(50, 98, 90, "SELL")], []),
        # ... those beyond it are,
        ("Buy", 98, [trade(50, 97, 3, "SELL")], [(50, 3)]),
        # ... and once the best is there, what it shows is ahead: 6 shown, 8 traded, 2 ours,
        ("Buy", 98, [quote(41, 98, 6, 102, 5), trade(92, 98, 8, "SELL")], [(92, 2)]),
        # ... unless the quote may show the trade already: prints of 50 ms are not held against it.
        ("Buy", 98, [quote(41, 98, 6, 102, 5), trade(91, 98, 8, "SELL")], []),
        # A smaller size without a print bounds the queue only 50 ms later.
        ("Buy", 98, [quote(50, 98, 6, 102, 5), quote(51, 98, 1, 102, 5), trade(52, 98, 6, "SELL")], []),
        # A best that jumps over the price shows nothing at it.
        ("Buy", 98, [quote(41, 97, 6, 102, 5), trade(92, 98, 1, "SELL")], [(92, 1)]),
        # The mirror of the first four, for a sell at 102 behind 5.
        ("Sell", 102, [trade(50, 102, 6, "BUY")], [(50, 1)]),
        ("Sell", 102, [trade(50, 103, 3, "BUY"), trade(51, 102, 3, "BUY")], [(50, 3), (51, 3)]),
        ("Sell", 102, [trade(50, 100, 90, "SELL"), trade(51, 101, 90, "BUY")], []),
        ("Sell", 104, [quote(41, 100, 7, 104, 2), trade(92, 104, 5, "BUY")], [(92, 3)]),
    ],
)
def test_maker_fills(side: str, price: int, events: list, fills: list[tuple[int, int]]) -> None:
    venue = resting(price, 10, side)
    feed(venue, *events)
    assert life(venue, 120) == [(ms, "C1", "TRADE", lots, price, "MAKER") for ms, lots in fills]
    filled = sum(lots for _, lots in fills)
    assert venue.get_positions() == ({KEY: Decimal(filled if side == "Buy" else -filled)} if filled else {})
    assert [order.leaves_lots for order in venue.get_open_orders()] == ([10 - filled] if filled < 10 else [])


def test_prints_up_to_the_instant_of_arrival_do_not_fill() -> None:
    venue = paper()
    feed(venue, BOOK)
    venue.place_limit("C1", KEY, "Buy", 10, 100)
    feed(venue, trade(10, 99, 50, "SELL"), trade(20, 99, 50, "SELL"))
    # `feed` has advanced to 20 already: the order rests, and this print is of the same instant.
    feed(venue, trade(20, 99, 50, "SELL"))
    assert life(venue, 60) == [(20, "C1", "ACCEPTED")]
    feed(venue, trade(61, 99, 50, "SELL"))
    assert life(venue, 90) == [(61, "C1", "TRADE", 10, 100, "MAKER")]


def test_a_print_is_shared_by_price_and_then_by_arrival() -> None:
    venue = paper()
    feed(venue, BOOK)
    for number, price in enumerate((100, 101, 100, 99)):
        venue.place_limit(f"C{number}", KEY, "Buy", 4, price)
    venue.advance(at(40))
    venue.reports()
    # 100 lots at 100: C1 at 101 is beyond (4), then 7 ahead and C0 (4), then C2 (4); C3 not reached.
    # With only 13: C1 takes 4, the 9 left pass the 7 ahead of C0, which gets 2; C2 is behind both.
    feed(venue, trade(50, 100, 13, "SELL"))
    assert life(venue, 70) == [(50, "C1", "TRADE", 4, 101, "MAKER"), (50, "C0", "TRADE", 2, 100, "MAKER")]
    # 3 more: C0 has 2 left, and 1 is for C2: of the 13 + 3 printed, 4 + 4 were ours and 7 the others'.
    feed(venue, trade(71, 100, 3, "SELL"))
    assert life(venue, 91) == [(71, "C0", "TRADE", 2, 100, "MAKER"), (71, "C2", "TRADE", 1, 100, "MAKER")]
    assert [o.client_id for o in venue.get_open_orders()] == ["C2", "C3"]


def test_symbols_do_not_touch_each_other() -> None:
    venue = paper()
    feed(venue, BOOK, quote(0, 100, 1, 102, 1, B.key))
    venue.place_limit("C1", KEY, "Buy", 1, 100)
    venue.place_limit("C2", B.key, "Buy", "0.02", "50.5")  # 101 ticks of 0.5, 2 lots of 0.01
    venue.advance(at(40))
    feed(venue, trade(50, 90, 9, "SELL", key=B.key))
    fills = [report for report in (venue.advance(at(80)), venue.reports())[1] if report.last_lots]
    assert [(r.client_id, r.last_lots, r.last_ticks) for r in fills] == [("C2", 2, 101)]
    assert venue.get_positions() == {B.key: Decimal("0.02")}


# -- taking -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "price", "lots", "answers"),
    [
        # Book 100 x 7 / 102 x 5.
        ("Buy", 102, 3, [("TRADE", 3, 102, "TAKER")]),
        ("Buy", 102, 5, [("TRADE", 5, 102, "TAKER")]),
        ("Buy", 110, 8, [("TRADE", 5, 102, "TAKER"), ("EXPIRED", "IOC remainder")]),
        ("Buy", 101, 3, [("EXPIRED", "IOC remainder")]),
        ("Sell", 90, 9, [("TRADE", 7, 100, "TAKER"), ("EXPIRED", "IOC remainder")]),
        ("Sell", 101, 9, [("EXPIRED", "IOC remainder")]),
    ],
)
def test_immediate_or_cancel(side: str, price: int, lots: int, answers: list[tuple[object, ...]]) -> None:
    venue = paper()
    feed(venue, BOOK)
    venue.place_limit("C1", KEY, side, lots, price, "IOC")
    expected = [(20, "C1", "ACCEPTED")] + [(20, "C1", *answer) for answer in answers]
    assert life(venue, 40) == expected
    assert venue.get_open_orders() == []


def test_a_crossed_book_gives_nothing() -> None:
    venue = paper()
    feed(venue, quote(0, 103, 7, 102, 5))
    venue.place_limit("C1", KEY, "Buy", 1, 110, "IOC")
    assert life(venue, 40) == [(20, "C1", "ACCEPTED"), (20, "C1", "EXPIRED", "IOC remainder")]


def taken(venue: PaperExchange, name: str, lots: int, ms: int) -> int:
    """Send a taking buy at `ms` and return what it got."""
    venue.advance(at(ms))
    venue.place_limit(name, KEY, "Buy", lots, 110, "IOC")
    return sum(row[3] for row in life(venue, ms + 40) if row[2] == "TRADE")  # type: ignore[misc]


def test_what_was_taken_stays_taken_until_the_level_changes() -> None:
    venue = paper()
    feed(venue, BOOK)
    assert taken(venue, "C1", 3, 0) == 3
    assert taken(venue, "C2", 9, 50) == 2  # 5 shown, 3 gone
    assert taken(venue, "C3", 9, 100) == 0
    feed(venue, quote(150, 99, 1, 102, 5))  # the other side changed, this level did not
    assert taken(venue, "C4", 9, 200) == 0
    feed(venue, quote(250, 99, 1, 102, 4))  # another size: news
    assert taken(venue, "C5", 9, 300) == 4
    feed(venue, quote(350, 99, 1, 103, 4))  # another price: news
    assert taken(venue, "C6", 1, 400) == 1


def test_a_taking_order_fills_against_the_book_at_arrival() -> None:
    venue = paper()
    feed(venue, BOOK)
    venue.place_limit("C1", KEY, "Buy", 9, 103, "IOC")
    feed(venue, quote(15, 100, 7, 103, 2))
    venue.advance(at(40))
    reports = venue.reports()
    assert told(reports)[1] == (20, "C1", "TRADE", 2, 103, "TAKER")
    assert {report.mid_ht for report in reports} == {100 + 103}


# -- cancels ----------------------------------------------------------------------------


def test_a_cancel_takes_effect_when_it_arrives() -> None:
    venue = resting()
    venue.advance(at(100))
    venue.cancel("C1")
    # It can still fill at 119 and at 120 itself, the instant of the cancel's arrival.
    feed(venue, trade(119, 99, 2, "SELL"))
    venue.on_market(trade(120, 99, 3, "SELL"), at(120))
    assert life(venue, 139) == [(119, "C1", "TRADE", 2, 100, "MAKER")]
    assert life(venue, 140) == [(120, "C1", "TRADE", 3, 100, "MAKER"), (120, "C1", "CANCELED")]
    feed(venue, trade(141, 99, 50, "SELL"))
    assert life(venue, 200) == [] and venue.get_open_orders() == []


def test_an_order_that_fills_before_its_cancel_is_filled() -> None:
    venue = resting()
    venue.advance(at(100))
    venue.cancel("C1")
    feed(venue, trade(110, 99, 50, "SELL"))
    venue.advance(at(140))
    fill, refusal = venue.reports()
    assert told([fill]) == [(110, "C1", "TRADE", 10, 100, "MAKER")]
    assert told([refusal]) == [(120, "C1", "CANCEL_REJECTED", "Order is already closed")]
    assert (refusal.exchange_id, refusal.symbol, refusal.side) == (fill.exchange_id, KEY, fill.side)


def test_cancels_of_closed_and_unknown_orders_are_refused() -> None:
    venue = resting()
    venue.cancel("C1")
    venue.cancel("C1")
    venue.cancel("C9")
    assert life(venue, 80) == [
        (60, "C1", "CANCELED"),
        (60, "C1", "CANCEL_REJECTED", "Order is already closed"),
        (60, "C9", "CANCEL_REJECTED", "Unknown order"),
    ]


def test_a_cancel_never_overtakes_its_order() -> None:
    fast = constant.Config(entry_ns=20_000_000, cancel_ns=1_000_000)
    venue = PaperExchange(INSTRUMENTS, PaperConfig(latency_model="constant"), latency_config=fast)
    feed(venue, BOOK)
    venue.place_limit("C1", KEY, "Buy", 1, 100)
    venue.cancel("C1")
    assert life(venue, 40) == [(20, "C1", "ACCEPTED"), (20, "C1", "CANCELED")]


def test_only_so_many_closed_orders_are_remembered() -> None:
    venue = paper(keep_closed=2)
    feed(venue, BOOK)
    for number in range(4):
        venue.place_limit(f"C{number}", KEY, "Buy", 1, 200)
    assert [row[2] for row in life(venue, 40)] == ["REJECTED"] * 4
    for number in range(4):
        venue.cancel(f"C{number}")
    texts = [row[3] for row in life(venue, 80)]
    assert texts == ["Unknown order"] * 2 + ["Order is already closed"] * 2


# -- the client as a whole --------------------------------------------------------------


def test_ids_count_up_and_rejections_use_no_exchange_id() -> None:
    venue = paper()
    feed(venue, BOOK)
    venue.place_limit("C1", KEY, "Buy", 1, 200)
    venue.place_limit("C2", KEY, "Buy", 1, 100)
    venue.advance(at(40))
    assert [(r.exec_id, r.exchange_id) for r in venue.reports()] == [
        ("PXE00000001", ""),
        ("PXE00000002", "PAP000001"),
    ]


def test_stream_fills_is_a_view_of_the_reports() -> None:
    venue = resting()
    feed(venue, trade(50, 99, 2, "SELL"), trade(51, 99, 3, "SELL"))
    venue.advance(at(80))
    assert [(r.last_lots, r.cum_lots, r.mid_ht) for r in venue.stream_fills()] == [(2, 2, 202), (3, 5, 202)]
    assert list(venue.stream_fills()) == []


def test_stream_fills_leaves_the_other_reports_waiting() -> None:
    venue = paper()
    feed(venue, BOOK)
    venue.place_limit("C1", KEY, "Buy", "5", "100")
    feed(venue, trade(50, 99, 2, "SELL"))
    venue.advance(at(80))
    assert told(list(venue.stream_fills())) == [(50, "C1", "TRADE", 2, 100, "MAKER")]
    # They wait in the venue: a snapshot has them, and a restored exchange has no others.
    other = paper()
    other.restore(json.loads(json.dumps(venue.snapshot())))
    again = paper()
    saved = again.snapshot()
    again.restore(venue.snapshot())
    assert list(again.stream_fills()) == []
    again.restore(saved)
    assert again.reports() == []
    for one in (venue, other):
        assert told(one.reports()) == [(20, "C1", "ACCEPTED")]


def test_misuse_raises_and_changes_nothing() -> None:
    venue = resting()
    before = json.dumps(venue.snapshot())
    for wrong in (
        lambda: venue.advance(at(39)),
        lambda: venue.on_market(quote(39, 1, 1, 2, 2), at(39)),
        lambda: venue.on_market(quote(50, 1, 1, 2, 2, "t:ZZZ"), at(50)),
        lambda: venue.place_limit("C2", "t:ZZZ", "Buy", 1, 100),
        lambda: venue.place_limit("C2", KEY, "Hold", 1, 100),
        lambda: venue.place_limit("C2", KEY, "Buy", 0, 100),
        lambda: venue.place_limit("C2", KEY, "Buy", "0.5", 100),
        lambda: venue.place_limit("C2", KEY, "Buy", 1, "100.5"),
        lambda: venue.place_limit("C2", KEY, "Buy", 1, "NaN"),
        lambda: venue.place_limit("C2", KEY, "Buy", 1, 100, "FOK"),
        lambda: venue.place_limit("C1", KEY, "Buy", 1, 100),
    ):
        with pytest.raises(UsageError):
            wrong()
        assert json.dumps(venue.snapshot()) == before


def test_reset_returns_to_the_beginning() -> None:
    venue = resting()
    assert isinstance(venue, Simulated) and venue.seed == 42
    venue.reset()
    assert venue.get_open_orders() == [] and venue.next_due_ns() is None
    assert json.dumps(venue.snapshot()) == json.dumps(paper().snapshot())


def test_a_snapshot_holds_what_is_under_way() -> None:
    venue = resting()
    venue.place_limit("C2", KEY, "Sell", 2, 101)
    venue.cancel("C1")
    saved = json.loads(json.dumps(venue.snapshot()))
    other = paper()
    other.restore(saved)
    assert json.dumps(other.snapshot()) == json.dumps(venue.snapshot())
    assert life(other, 99) == life(venue, 99) == [(60, "C2", "ACCEPTED"), (60, "C1", "CANCELED")]


def test_configuration_is_checked() -> None:
    with pytest.raises(ConfigError, match=r"paper\.keep_closed"):
        PaperConfig(keep_closed=0)
    with pytest.raises(ConfigError, match="no plug-in"):
        paper(fill_model="guess")
    with pytest.raises(ConfigError, match=r"delay\.constant\.entry_ns"):
        constant.Config(entry_ns=-1)


class TooMuch:  # conforms to FillModel; nothing outside inherits a compiled Protocol
    """A broken model: it fills more than there is."""

    def on_rest(self, order: Resting, book: VenueBook) -> None:
        self.name = order.client_id

    def on_quote(self, book: VenueBook, time_ns: int) -> tuple[FillLots, ...]:
        return ()

    def on_trade(self, trade: Trade, time_ns: int) -> tuple[FillLots, ...]:
        return (FillLots(self.name, 11),)

    def on_reduced(self, client_id: str, lots: int) -> None:
        pass

    def on_gone(self, client_id: str) -> None:
        pass

    def ahead_lots(self, client_id: str) -> int | None:
        return None


def test_the_venue_stops_at_a_model_that_fills_too_much() -> None:
    venue = PaperVenue({KEY: TooMuch()}, constant.build(constant.Config()))  # type: ignore[abstract]
    with pytest.raises(UsageError, match="unknown symbol"):
        venue.submit("", NewOrder("C0", B.key, Side.BUY, 10, 100))
    venue.on_market(BOOK, at(0))
    venue.submit("", NewOrder("C1", KEY, Side.BUY, 10, 100))
    with pytest.raises(InvariantError, match="C1"):
        venue.on_market(trade(30, 100, 50, "SELL"), at(30))
