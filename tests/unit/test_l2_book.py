"""The order book: the venues' rules for joining, what ends a book, what it forgets."""

import pytest

from tools.core.errors import ConfigError, InvariantError, UsageError
from tools.core.events import Depth, Levels, Market, Quote, Side, Trade
from tools.core.l2 import ASK, BID, BOOK_TABLE, BookConfig, BookState, FaultReason, L2Book, Ladder

BIDS: Levels = ((99, 5), (98, 2), (97, 1))
ASKS: Levels = ((101, 4), (102, 9), (103, 1))


def snapshot(at: int, bids: Levels = BIDS, asks: Levels = ASKS) -> Depth:
    return Depth("X", 0, None, at, at, None, bids, asks, True)


def spot(first: int, last: int, bids: Levels = (), asks: Levels = (), exch_ns: int = 0) -> Depth:
    return Depth("X", 0, exch_ns, first, last, None, bids, asks)


def usdm(prev: int, first: int, last: int, bids: Levels = (), asks: Levels = (), exch_ns: int = 0) -> Depth:
    return Depth("X", 0, exch_ns, first, last, prev, bids, asks)


def quote(at: int, bid: int = 99, bid_lots: int = 5, ask: int = 101, ask_lots: int = 4) -> Quote:
    return Quote("X", 0, 0, bid, bid_lots, ask, ask_lots, at)


def fed(*events: Depth, config: BookConfig | None = None) -> L2Book:
    book = L2Book(config)
    for event in events:
        book.on_depth(event)
    return book


# what comes in, in order; the state it must lead to; the id that the book is then at
JOINS = {
    "spot: the next id joins": ([snapshot(10), spot(11, 12)], "LIVE", 12),
    "spot: U <= id + 1 <= u joins": ([snapshot(10), spot(8, 11)], "LIVE", 11),
    "spot: u <= id is dropped, and the snapshot waits": ([snapshot(10), spot(8, 10)], "JOINING", None),
    "spot: a hole after the snapshot": ([snapshot(10), spot(12, 13)], "SYNCING", None),
    "spot: updates before the snapshot came": (
        [spot(8, 9), spot(10, 11), spot(12, 12), snapshot(10)], "LIVE", 12),
    "spot: a snapshot from before them": ([spot(8, 9), spot(10, 11), snapshot(6)], "SYNCING", None),
    "usdm: U <= id <= u joins": ([snapshot(10), usdm(7, 9, 12)], "LIVE", 12),
    "usdm: u = id joins": ([snapshot(10), usdm(7, 9, 10)], "LIVE", 10),
    "usdm: u < id is dropped": ([snapshot(10), usdm(6, 7, 9)], "JOINING", None),
    "usdm: pu = id joins": ([snapshot(10), usdm(10, 14, 15)], "LIVE", 15),
    "usdm: neither": ([snapshot(10), usdm(11, 14, 15)], "SYNCING", None),
    "usdm: updates before the snapshot came": (
        [usdm(1, 2, 4), usdm(4, 8, 11), usdm(11, 15, 16), snapshot(9)], "LIVE", 16),
    "usdm: ids need not be contiguous": ([snapshot(10), usdm(9, 10, 12), usdm(12, 40, 41)], "LIVE", 41),
    "spot: ids must be": ([snapshot(10), spot(11, 12), spot(14, 14)], "GAP", None),
    "usdm: a hole": ([snapshot(10), usdm(9, 10, 12), usdm(13, 14, 15)], "GAP", None),
    "seen before": ([snapshot(10), spot(11, 12), spot(11, 12)], "LIVE", 12),
    "after a gap another snapshot": (
        [snapshot(10), spot(11, 12), spot(14, 14), spot(15, 15), snapshot(13)], "LIVE", 15),
    "after a gap one from before it": ([snapshot(10), spot(11, 12), spot(14, 14), snapshot(12)], "GAP", None),
    "after a gap one that waits": ([snapshot(10), spot(11, 12), spot(14, 14), snapshot(14)], "JOINING", None),
    "while one waits, a newer one": ([snapshot(10), snapshot(12), spot(11, 13)], "LIVE", 13),
    "while one waits, an older one": ([snapshot(10), snapshot(8), spot(10, 11)], "LIVE", 11),
    "a hole while one waits": ([spot(5, 5), snapshot(10), spot(7, 8), spot(9, 12)], "LIVE", 12),
    "LIVE takes a later snapshot": ([snapshot(10), spot(11, 12), spot(13, 13), snapshot(12)], "LIVE", 13),
    "LIVE waits for a snapshot ahead": ([snapshot(10), spot(11, 12), snapshot(14), spot(13, 15)], "LIVE", 15),
    "LIVE drops one too old": ([snapshot(10), spot(11, 12), snapshot(3)], "LIVE", 12),
    "a gap, and a snapshot ahead that was waiting": (
        [snapshot(10), spot(11, 12), snapshot(20), spot(14, 15), spot(16, 21)], "LIVE", 21),
    "no levels were read": ([snapshot(10), Depth("X", 0, None, 11, 11)], "JOINING", None),
}  # fmt: skip


@pytest.mark.parametrize(("events", "state", "last_id"), JOINS.values(), ids=JOINS)
def test_joining(events: list[Depth], state: str, last_id: int | None) -> None:
    book = fed(*events)
    assert book.state == state
    if state == "LIVE":
        assert book.last_id == last_id
    else:
        assert book.best(Side.BUY) is None and book.mid_ht is None


def test_every_row_of_the_table_is_taken() -> None:
    """The cases above, and what follows, step through every legal pair of state and event."""
    taken: set[tuple[str, str]] = set()

    class Watched(L2Book):
        def _step(self, event: str) -> None:
            taken.add((self.state.value, event))
            super()._step(event)

    crossed = spot(11, 11, ((101, 1),))
    rows = [events for events, _, _ in JOINS.values()]
    rows += [
        [spot(5, 5), spot(6, 6), spot(6, 6), spot(9, 9)],  # SYNCING
        [spot(1, 1), snapshot(10), spot(2, 2), spot(2, 2)],  # JOINING
        [snapshot(10), spot(11, 11), spot(13, 13), spot(14, 14), spot(14, 14), spot(16, 16)],  # GAP
        [snapshot(10), crossed, spot(12, 12), spot(12, 12), spot(14, 14), snapshot(3)],  # BROKEN
        [snapshot(10), crossed, snapshot(20)],
        [snapshot(10), crossed, spot(12, 12, ((101, 0),)), snapshot(11)],
        [snapshot(10), crossed, None],
        [snapshot(10), None],
        [spot(1, 1), None],
        [snapshot(10), spot(11, 11), None],
        [snapshot(10), spot(11, 11), spot(13, 13), None],
    ]  # fmt: skip
    for events in rows:
        book = Watched()
        for event in events:
            if event is None:
                book.lost()
            else:
                book.on_depth(event)
    assert taken == {(row[0], row[1]) for row in BOOK_TABLE.rows}


def test_states_are_those_of_the_table() -> None:
    assert {*BOOK_TABLE.states} == {state.value for state in BookState}


def test_a_lost_connection_forgets_everything() -> None:
    book = fed(snapshot(10), spot(11, 12))
    book.lost()
    assert (book.state, book.last_id, book.best(Side.SELL)) == ("SYNCING", None, None)
    book.on_depth(spot(13, 14))  # would have been the next
    assert book.state == "SYNCING"
    assert book.counters()["lost"] == 1 and book.counters()["levels"] == 0


FAULTS = {
    "bid above ask": (((102, 1),), (), FaultReason.CROSSED),
    "ask below bid": ((), ((97, 1),), FaultReason.CROSSED),
    "locked": (((101, 1),), (), FaultReason.LOCKED),
    "no bid is left": (((99, 0), (98, 0), (97, 0)), (), FaultReason.EXHAUSTED),
    "no ask is left": ((), ((101, 0), (102, 0), (103, 0)), FaultReason.EXHAUSTED),
}


@pytest.mark.parametrize(("bids", "asks", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_book_that_cannot_be_right_is_given_up(bids: Levels, asks: Levels, reason: FaultReason) -> None:
    book = fed(snapshot(10), spot(11, 11), spot(12, 12, bids, asks))
    assert (book.state, book.fault) == ("BROKEN", reason)
    assert book.counters()[reason.value.lower()] == 1
    assert book.levels(Side.BUY, 5) is None
    book.on_depth(spot(13, 13))
    assert book.state == "BROKEN"
    book.on_depth(snapshot(12))
    assert (book.state, book.fault, book.best(Side.BUY)) == ("LIVE", None, (99, 5))


def test_crossed_inside_an_update_is_no_fault() -> None:
    """Only the book after a whole update counts: here the bid comes before the ask goes."""
    book = fed(snapshot(10), spot(11, 12, ((101, 7),), ((101, 0),)))
    assert (book.best(Side.BUY), book.best(Side.SELL)) == ((101, 7), (102, 9))


def test_contradictions_in_a_row_end_the_book() -> None:
    book = fed(snapshot(10), spot(11, 11))
    book.on_quote(quote(11))
    for at, bid_lots in ((12, 6), (13, 6), (14, 5), (15, 6), (16, 6)):
        book.on_depth(spot(at, at))
        book.on_quote(quote(at, bid_lots=bid_lots))
        assert book.live
    assert (book.agreement.agreed, book.agreement.contradicted, book.agreement.run) == (2, 4, 2)
    book.on_depth(spot(17, 17))
    book.on_quote(quote(17, bid=98, bid_lots=2))  # it never told that 99 went away
    assert (book.state, book.fault) == ("BROKEN", FaultReason.CONTRADICTED)
    assert book.agreement.stale_levels == 1
    assert book.counters()["contradicted"] == 1


def test_the_quote_in_force_is_the_last_one_up_to_the_id() -> None:
    book = fed(snapshot(10))
    book.on_quote(quote(9))
    book.on_quote(quote(12, bid_lots=77))
    book.on_depth(spot(11, 11))  # 9 was in force
    assert (book.agreement.agreed, book.agreement.unchecked) == (1, 0)
    book.on_depth(spot(12, 13, ((99, 77),)))  # nobody knows yet whether another quote follows 12
    assert book.agreement.agreed == 1
    book.on_quote(quote(14, bid_lots=1))
    assert (book.agreement.agreed, book.agreement.contradicted) == (2, 0)


def test_a_quote_that_was_not_seen_says_nothing() -> None:
    book = fed(snapshot(10), spot(11, 11))
    book.on_quote(quote(12, bid=5))
    assert (book.agreement.unchecked, book.agreement.contradicted) == (1, 0)


def print_at(price: int, exch_ns: int, buy: bool, market: Market = Market.MARKET) -> Trade:
    return Trade("X", 0, exch_ns, price, 1, buy, market, 1, 1)


# a print between the updates at 100 and 200 ns, levels of the second, contradictions
PRINTS = {
    "a seller through the best bid": (print_at(98, 150, False), (), 1),
    "a buyer through the best ask": (print_at(102, 150, True), (), 1),
    "at the best bid": (print_at(99, 150, False), (), 0),
    "at the time of an update": (print_at(98, 100, False), (), 0),
    "after both": (print_at(98, 200, False), (), 0),
    "the level was touched": (print_at(98, 150, False), ((99, 3),), 0),
    "the level went away": (print_at(98, 150, False), ((99, 0),), 0),
    "no market print": (print_at(90, 150, False, Market.OTHER), (), 0),
}


@pytest.mark.parametrize(("trade", "bids", "wanted"), PRINTS.values(), ids=PRINTS)
def test_prints_through_a_level(trade: Trade, bids: Levels, wanted: int) -> None:
    book = fed(snapshot(10), usdm(9, 10, 11, exch_ns=100))
    book.on_trade(trade)
    book.on_depth(usdm(11, 12, 12, bids, exch_ns=200))
    assert book.agreement.traded_through == book.agreement.run == wanted


def test_times_of_spot_updates_prove_nothing() -> None:
    book = fed(snapshot(10), spot(11, 11, exch_ns=100))
    book.on_trade(print_at(98, 150, False))
    book.on_depth(spot(12, 12, exch_ns=200))
    assert book.agreement.traded_through == 0


def test_updates_kept_for_a_snapshot_are_bounded() -> None:
    config = BookConfig(max_updates=4)
    book = fed(*(spot(at, at) for at in range(1, 12)), config=config)
    assert 0 < book.counters()["updates_dropped"] <= 11
    assert 11 - book.counters()["updates_dropped"] <= 4
    book.on_depth(snapshot(2))  # the updates after it are gone
    assert book.state == "SYNCING"
    book.on_depth(snapshot(10))
    assert book.live and book.last_id == 11


def test_levels_beyond_the_horizon_are_not_kept() -> None:
    book = fed(snapshot(10), spot(11, 11), spot(12, 12, ((96, 8), (97, 3)), ((103, 0), (104, 1))))
    assert book.levels(Side.BUY, 9) == [(99, 5), (98, 2), (97, 3)]
    assert book.levels(Side.SELL, 9) == [(101, 4), (102, 9)]
    assert (book.horizon_ticks(Side.BUY), book.horizon_ticks(Side.SELL)) == (97, 103)
    assert (book.lots_at(Side.SELL, 103), book.lots_at(Side.SELL, 104)) == (0, None)
    assert (book.lots_through(Side.BUY, 97), book.lots_through(Side.BUY, 96)) == (5 + 2 + 3, None)
    assert book.lots_through(Side.BUY, 100) == 0
    assert book.money_through_htl(Side.SELL, 102) == 2 * (101 * 4 + 102 * 9)
    assert book.changes == [(Side.BUY, 97, 1, 3), (Side.SELL, 103, 1, 0)]
    assert book.counters()["levels_forgotten"] == 2


def test_the_worst_levels_are_forgotten_beyond_the_bound() -> None:
    ladder = Ladder(ASK, 2)
    ladder.load(((103, 3), (101, 1), (102, 2)))
    assert (ladder.levels(9), ladder.horizon_ticks, ladder.forgotten) == ([(101, 1), (102, 2)], 102, 1)
    assert ladder.put(100, 9) == 0
    assert (ladder.levels(9), ladder.horizon_ticks) == ([(100, 9), (101, 1)], 101)
    assert ladder.put(102, 5) is None
    assert ladder.put(101, 0) == 1
    assert (ladder.best_ticks, ladder.best_lots, len(ladder)) == (100, 9, 1)


def test_an_empty_side_knows_nothing() -> None:
    ladder = Ladder(BID, 9)
    assert (ladder.best_ticks, ladder.best_lots, ladder.horizon_ticks) == (None, None, None)
    assert (ladder.lots_at(1), ladder.lots_through(1), ladder.money_through_htl(1)) == (None, None, None)
    assert ladder.put(5, 1) is None


def test_mistakes_of_the_caller() -> None:
    for name in ("max_levels", "max_updates", "max_contradictions"):
        with pytest.raises(ConfigError, match="book"):
            BookConfig(**{name: 0})
    with pytest.raises(UsageError, match=r"levels\(-1\)"):
        Ladder(BID, 9).levels(-1)


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("bids", "lots", [1]),
        ("chain", "updates", [{}]),
        (None, "changes", [[1]]),
        ("agreement", "tops", [[1]]),
    ],
)
def test_a_snapshot_of_another_shape_is_refused(part: str | None, key: str, value: object) -> None:
    saved = fed(snapshot(10), spot(11, 11)).snapshot()
    target = saved if part is None else saved[part]
    assert isinstance(target, dict)
    target[key] = value
    with pytest.raises(InvariantError):
        L2Book().restore(saved)
