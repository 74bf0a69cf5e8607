"""The book against a venue that knows the truth: exact while LIVE, silent otherwise, at every prefix."""

import json
import random

from hypothesis import given
from hypothesis import strategies as st

from tests.kit.effort import share
from tests.kit.venue_depth import Sides, Venue
from tools.core.events import Depth, Side
from tools.core.l2 import BookConfig, BookState, L2Book

BOUNDS = st.builds(
    BookConfig, max_levels=st.integers(3, 12), max_updates=st.integers(2, 12), max_contradictions=st.just(2)
)
FAULTS = ("lose", "twice", "swap", "late", "cut", "restore", "snapshot", "old snapshot")


def slow_side(truth: dict[int, int], sign: int, horizon: int) -> list[tuple[int, int]]:
    """Return the venue's side up to the horizon, best first."""
    inside = [(price, lots) for price, lots in truth.items() if sign * price >= sign * horizon]
    return sorted(inside, key=lambda level: -sign * level[0])


def check(book: L2Book, truth: dict[int, Sides], newest_id: int | None) -> None:
    """A LIVE book is the venue's at the newest id that it was given; any other says nothing."""
    if book.state is not BookState.LIVE:
        for side in Side:
            answers = [
                book.best(side),
                book.levels(side, 3),
                book.lots_at(side, 1000),
                book.horizon_ticks(side),
            ]
            answers += [book.lots_through(side, 1000), book.money_through_htl(side, 1000), book.mid_ht]
            assert answers == [None] * 7
        return
    assert book.last_id is not None and book.last_id == newest_id
    for side, sign, whole in zip(Side, (1, -1), truth[book.last_id], strict=True):
        horizon = book.horizon_ticks(side)
        assert horizon is not None
        levels = slow_side(whole, sign, horizon)
        assert book.levels(side, 99) == levels
        assert 0 < len(levels) <= book.config.max_levels
        assert book.best(side) == levels[0] == max(whole.items(), key=lambda level: sign * level[0])
        for price in range(min(whole) - 2, max(whole) + 3):
            inside = sign * price >= sign * horizon
            through = [(p, lots) for p, lots in levels if sign * p >= sign * price]
            assert book.lots_at(side, price) == (whole.get(price, 0) if inside else None)
            assert book.lots_through(side, price) == (sum(n for _, n in through) if inside else None)
            money = sum(2 * p * n for p, n in through)
            assert book.money_through_htl(side, price) == (money if inside else None)


def copy_of(book: L2Book) -> L2Book:
    """Return a book restored from a snapshot that went through JSON."""
    copy = L2Book(book.config)
    copy.restore(json.loads(json.dumps(book.snapshot())))
    assert copy.snapshot() == book.snapshot()
    return copy


def deliver(book: L2Book, update: Depth, newest_id: int | None) -> int | None:
    """Give an update or a snapshot; return the newest id that the book has been given since a hole."""
    book.on_depth(update)
    if update.snapshot or (newest_id is not None and update.last_id <= newest_id):
        return newest_id
    return update.last_id


@share(1)
@given(
    st.integers(0, 2**32),
    st.booleans(),
    BOUNDS,
    st.lists(st.sampled_from((*FAULTS, "", "", "", "")), max_size=40),
)
def test_exact_at_every_prefix(seed: int, linked: bool, bounds: BookConfig, faults: list[str]) -> None:
    rng = random.Random(seed)
    venue = Venue(rng, linked)
    book = L2Book(bounds)
    newest_id: int | None = None
    held: list[Depth] = []
    for fault in ["snapshot", *faults]:
        updates = [venue.update()]
        if fault == "lose":
            updates = [] if rng.random() < 0.5 else [venue.update()]
        elif fault == "twice":
            updates *= 2
        elif fault == "swap":
            updates.insert(0, venue.update())
        elif fault == "late":
            held += updates
            updates = []
        elif fault == "snapshot":
            updates.insert(rng.randint(0, 1), venue.snapshot(rng.randint(0, 9), rng.randint(1, 20)))
        elif fault == "old snapshot":
            updates.append(venue.snapshot(rng.randint(10, 60), 20))
        elif fault == "cut":
            book.lost()
            newest_id = None
        elif fault == "restore":
            book = copy_of(book)
        elif held:
            updates += held
            held = []
        for update in updates:
            newest_id = deliver(book, update, newest_id)
            check(book, venue.at, newest_id)
    # Faults stop: one snapshot, late as always, and the next update make it LIVE again.
    for _ in range(2):
        newest_id = deliver(book, venue.update(), newest_id)
    newest_id = deliver(book, venue.snapshot(1, 99), newest_id)
    newest_id = deliver(book, venue.update(), newest_id)
    check(book, venue.at, newest_id)
    if bounds.max_levels > 8:  # so few levels that prices can move past all that it knows
        assert book.state is BookState.LIVE


@share(1)
@given(st.integers(0, 2**32), st.booleans(), st.integers(0, 30))
def test_quotes_of_the_same_ids_agree_in_any_order(seed: int, linked: bool, lag: int) -> None:
    rng = random.Random(seed)
    venue = Venue(rng, linked, 300)
    book = L2Book()
    book.on_depth(venue.snapshot(0, 300))
    quoted = len(venue.ids)
    for _ in range(40):
        update = venue.update()
        if rng.random() < 0.5:
            book.on_depth(update)
        ready = max(len(venue.ids) - rng.randint(0, lag), quoted)
        for at in venue.ids[quoted:ready]:
            book.on_quote(venue.quote(at))
        quoted = ready
        book.on_depth(update)  # the second time it is old
    for at in venue.ids[quoted:]:
        book.on_quote(venue.quote(at))
    assert book.live
    assert book.agreement.contradicted == 0
    assert book.agreement.agreed + book.agreement.unchecked == 40
    if lag == 0:
        assert book.agreement.agreed == 40


@share(1)
@given(st.integers(0, 2**32), st.booleans())
def test_a_level_that_never_went_away_is_found(seed: int, linked: bool) -> None:
    """A ghost better than the best is contradicted by the quotes until the book is given up."""
    venue = Venue(random.Random(seed), linked, 300)
    book = L2Book(BookConfig(max_contradictions=2))
    book.on_depth(venue.snapshot(0, 300))
    for _ in range(3):
        update = venue.update()
        bids, asks = venue.at[update.last_id]
        if min(asks) - max(bids) < 2:
            ghost = ((max(bids), bids[max(bids)] + 1),)  # no room: a size that is not so
        else:
            ghost = ((max(bids) + 1, 5),)
        told = tuple(level for level in update.bids or () if level[0] != ghost[0][0]) + ghost
        book.on_depth(
            Depth(update.symbol, 0, 0, update.first_id, update.last_id, update.prev_id, told, update.asks)
        )
        book.on_quote(venue.quote(update.last_id))
    assert book.state is BookState.BROKEN
    assert book.fault is not None
    assert book.best(Side.BUY) is None


@share(1)
@given(st.integers(0, 2**32), st.booleans(), st.integers(1, 30))
def test_changes_lead_from_one_book_to_the_next(seed: int, linked: bool, steps: int) -> None:
    venue = Venue(random.Random(seed), linked, 300)
    book = L2Book()
    book.on_depth(venue.snapshot(0, 300))
    book.on_depth(venue.update())
    for _ in range(steps):
        before = {side: dict(book.levels(side, 999) or ()) for side in Side}
        epoch = book.epoch
        book.on_depth(venue.update())
        assert book.epoch == epoch
        for side, price, was, becomes in book.changes:
            assert before[side].get(price, 0) == was != becomes
            assert book.change_at(side, price) == (was, becomes)
            before[side][price] = becomes
        for side in Side:
            assert dict(book.levels(side, 999) or ()) == {p: n for p, n in before[side].items() if n}
