"""What `truth` tells by level of a market by order, and what that says of a ghost behind the best."""

from __future__ import annotations

import pytest

from tools.core.events import Side
from tools.execution.order_events import OrderEvent, OrderEventKind
from tools.execution.venue_book import VenueBook
from tools.lab.stats.zi_book import order_events
from tools.lab.truth.depth import DepthFeed
from tools.lab.truth.market import MarketByOrder
from tools.lab.truth.trial import FEEDS, L1, L2, LEVEL3, TRUTH, Trial

S = 1_000_000_000
MS = 1_000_000


def added(at_ms: int, order_id: int, side: Side, price: int, lots: int) -> OrderEvent:
    return OrderEvent(at_ms * MS, OrderEventKind.ADDED, order_id, side, price, lots)


def canceled(at_ms: int, order_id: int, side: Side, price: int, lots: int) -> OrderEvent:
    return OrderEvent(at_ms * MS, OrderEventKind.CANCELED, order_id, side, price, lots)


def fed(batch_ms: int) -> tuple[MarketByOrder, DepthFeed]:
    """Return a market of 99 x 5 / 101 x 4 at time 0, and a feed that has told nothing."""
    market = MarketByOrder()
    feed = DepthFeed(market, batch_ms * MS)
    tell(market, feed, [added(0, 1, Side.BUY, 99, 5), added(0, 2, Side.SELL, 101, 4)])
    return market, feed


def tell(market: MarketByOrder, feed: DepthFeed, events: list[OrderEvent]) -> None:
    market.apply(events)
    feed.note(events)


def test_an_update_holds_what_changed_since_the_last_and_nothing_of_how() -> None:
    market, feed = fed(100)
    assert feed.due(49 * MS, live=False) == []  # they come at 50, 150, 250 ms
    update, snapshot = feed.due(50 * MS, live=False)
    assert (update.exch_ns, update.first_id) == (50 * MS, 1)
    assert (update.bids, update.asks) == (((99, 5),), ((101, 4),))
    assert (snapshot.snapshot, snapshot.last_id, snapshot.bids) == (True, 1, ((99, 5),))
    tell(market, feed, [added(60, 3, Side.BUY, 98, 7)])
    tell(market, feed, [canceled(70, 1, Side.BUY, 99, 5)])
    tell(market, feed, [added(80, 4, Side.BUY, 99, 6)])  # another order: to the batch, one lot more
    assert feed.due(149 * MS, live=True) == []
    (update,) = feed.due(230 * MS, live=True)
    assert (update.exch_ns, update.first_id, update.last_id, update.asks) == (150 * MS, 2, 2, ())
    assert update.bids is not None and dict(update.bids) == {98: 7, 99: 6}
    assert feed.due(960 * MS, live=True) == []  # nothing has changed since
    tell(market, feed, [added(970, 5, Side.BUY, 97, 1)])
    assert feed.due(999 * MS, live=True) == []  # which no update of 950 ms can hold
    tell(market, feed, [canceled(1_000, 5, Side.BUY, 97, 1)])
    tell(market, feed, [canceled(1_010, 3, Side.BUY, 98, 7)])
    (update,) = feed.due(1_100 * MS, live=True)
    assert (update.exch_ns, update.first_id, update.bids) == (1_050 * MS, 3, ((97, 0), (98, 0)))


def test_without_batches_every_cause_has_an_update_of_its_own_time() -> None:
    market, feed = fed(0)
    assert [event.exch_ns for event in feed.due(5 * MS, live=False)] == [0, 0]
    tell(market, feed, [added(10, 3, Side.BUY, 98, 7)])
    (update,) = feed.due(12 * MS, live=True)
    assert (update.exch_ns, update.bids) == (10 * MS, ((98, 7),))
    assert feed.due(13 * MS, live=True) == []


def test_a_reader_without_a_book_is_given_another_snapshot_once_the_last_could_be_joined() -> None:
    market, feed = fed(100)
    assert [event.snapshot for event in feed.due(50 * MS, live=False)] == [False, True]
    tell(market, feed, [added(150, 3, Side.BUY, 98, 7)])
    assert [event.snapshot for event in feed.due(200 * MS, live=False)] == [False]  # it joins the first
    tell(market, feed, [added(250, 4, Side.BUY, 98, 7)])
    assert [event.snapshot for event in feed.due(300 * MS, live=False)] == [False, True]
    tell(market, feed, [added(350, 5, Side.BUY, 98, 7)])
    assert [event.snapshot for event in feed.due(400 * MS, live=True)] == [False]
    tell(market, feed, [added(61_000, 6, Side.BUY, 98, 7)])  # and once a minute
    assert [event.snapshot for event in feed.due(61_100 * MS, live=True)] == [False, True]


@pytest.mark.parametrize("batch_ms", [0, 100])
def test_a_book_kept_from_the_feed_is_the_market_of_its_time(batch_ms: int) -> None:
    market, book = MarketByOrder(), VenueBook()
    feed = DepthFeed(market, batch_ms * MS)
    held = snapshots = 0
    for events in order_events("thin", 2, 5):
        now_ns = events[-1].time_ns
        if now_ns > 70 * S:
            break
        told = feed.due(now_ns, live=book.depth is not None and book.depth.live)
        for event in told:
            snapshots += event.snapshot
            book.on_depth(event, event.recv_ns)
        if told and book.depth is not None and book.depth.live:
            for side in Side:
                levels = book.depth.levels(side, 99)
                assert levels is not None
                horizon = book.depth.horizon_ticks(side)
                assert horizon is not None
                sign = 1 if side is Side.BUY else -1
                known = [level for level in market.levels(side) if sign * (level[0] - horizon) >= 0]
                assert levels == sorted(known, reverse=side is Side.BUY)
            held += 1
        tell(market, feed, events)
    assert held > 500 and snapshots == 2  # the first, and one a minute later


def test_what_only_depth_can_tell_of_a_ghost_behind_the_best() -> None:
    """A bid at 98, behind the best of 99 and 10 lots of others, of which 9 are taken back.

    At L1 the pessimist does not know the queue until the best is at 98. There the quote shows
    1 + 8 lots (8 came behind us), and so he waits for 9 of a print of 3. At L2 an update
    has shown him 1 lot before the 8 came.
    """
    trial = Trial(0)
    trial.step([added(0, 1, Side.BUY, 99, 5), added(0, 2, Side.BUY, 98, 9), added(0, 3, Side.BUY, 98, 1)])
    trial.step([added(1, 4, Side.SELL, 101, 4), added(1, 5, Side.BUY, 90, 1)])
    trial.step([added(2, 6, Side.SELL, 101, 4)])
    trial.place(Side.BUY, 98, 100 * MS, 10 * S)
    trial.step([canceled(200, 2, Side.BUY, 98, 9)])
    trial.step([added(300, 7, Side.SELL, 101, 4)])  # a quote, with which the update is heard
    trial.step([added(400, 8, Side.BUY, 98, 8)])
    trial.step([canceled(500, 1, Side.BUY, 99, 5)])  # the best is at 98
    trial.step([OrderEvent(700 * MS, OrderEventKind.TRADED, 3, Side.BUY, 98, 1),
                OrderEvent(700 * MS, OrderEventKind.TRADED, 8, Side.BUY, 98, 2)])  # fmt: skip
    (ghost,) = trial.finish()
    assert ghost.behind_ticks == 1
    assert {name: ghost.filled_ns.get(name) for name in (TRUTH, LEVEL3)} == {
        TRUTH: 700 * MS,
        LEVEL3: 700 * MS,
    }
    assert ghost.filled_ns.get((L1, "risk_averse")) is None
    assert ghost.filled_ns.get((L2, "risk_averse")) == 700 * MS
    for feed in FEEDS:
        assert ghost.filled_ns[feed, "optimistic"] == 700 * MS
