"""The envelope holds: over random books, the true queue lies between the two edges at every moment."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.kit.effort import share
from tests.kit.queue_history import BUY, SELL, Ghost, History
from tools.core.events import Depth, Market, Quote, Side, Trade
from tools.core.units import NS_PER_MS
from tools.execution.fill_model import FillModel, Resting
from tools.execution.fills import level3, optimistic, power, risk_averse, through, touch
from tools.execution.order_events import OrderEvent, OrderEventKind
from tools.execution.venue_book import VenueBook

JOIN_MS = 50
OPS = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 1), st.integers(0, 9), st.integers(1, 6), st.integers(0, 40)),
    min_size=5,
    max_size=60,
)
PLACES = st.tuples(st.integers(0, 1), st.integers(-1, 3), st.integers(1, 4), st.integers(0, 10))
KINDS = {
    "through": lambda: through.build(through.Config()),
    "risk_averse": lambda: risk_averse.build(risk_averse.Config()),
    "power9": lambda: power.build(power.Config(exponent=9)),
    "power3": lambda: power.build(power.Config()),
    "power1": lambda: power.build(power.Config(exponent=1)),
    "optimistic": lambda: optimistic.build(optimistic.Config()),
    "touch": lambda: touch.build(touch.Config()),
}
LEVEL3 = "level3"


class Watched:
    """Feeds every model with what can be seen of a history; prints and updates by level may come late."""

    def __init__(self, late_ms: list[int], batch: int = 0, depth_late_ms: int = 0) -> None:
        self._batch = batch  # so many steps in an update of the book by level; 0 where there is none
        self._depth_late_ns = depth_late_ms * NS_PER_MS
        self._depths: list[tuple[int, Depth]] = []  # due, update
        self._steps = 0
        self._levels: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.history = History()
        self.book = VenueBook()
        self.models: dict[str, FillModel] = {name: make() for name, make in KINDS.items()}
        self.level3 = level3.build(level3.Config())
        self.got = dict.fromkeys([*KINDS, LEVEL3], 0)
        self._late_ms = late_ms
        self._waiting: list[tuple[int, int, Trade]] = []  # due, number, print
        self._prints = 0
        self._order_events()
        self._depth()
        self._quote()

    def _depth(self) -> None:
        """Tell what has changed by level since the last update."""
        if not self._batch or self._steps % self._batch:
            return
        now, told = self.history.now_ns, []
        for side, old in ((BUY, self._levels[0]), (SELL, self._levels[1])):
            new = {price: self.history.shown(side, price) for price in self.history.queues[side]}
            changed = [
                (price, new.get(price, 0)) for price in {**old, **new} if old.get(price) != new.get(price)
            ]
            told.append(tuple(changed))
            old.clear()
            old.update(new)
        number = self._steps // self._batch + 1
        event = Depth("A", now, now, number, number, None, told[0], told[1], number == 1)
        self._depths.append((now + self._depth_late_ns, event))
        self._deliver_depths(now)

    def _deliver_depths(self, until_ns: int) -> None:
        while self._depths and self._depths[0][0] <= until_ns:
            due_ns, event = self._depths.pop(0)
            self.book.on_depth(event, due_ns)

    def _quote(self) -> None:
        now, seen = self.history.now_ns, self.history.quote()
        if seen == (self.book.bid_ticks, self.book.bid_lots, self.book.ask_ticks, self.book.ask_lots):
            return
        self.book.on_quote(Quote("A", now, now, *seen, 1))
        for name, model in self.models.items():
            self.got[name] += sum(fill.lots for fill in model.on_quote(self.book, now))

    def _order_events(self) -> None:
        now = self.history.now_ns
        for kind, order_id, side, price, lots in self.history.changes:
            event = OrderEvent(now, OrderEventKind(kind), order_id, side, price, lots)
            self.got[LEVEL3] += sum(fill.lots for fill in self.level3.on_order(event))

    def deliver(self, until_ns: int) -> None:
        self._deliver_depths(until_ns)
        while self._waiting and self._waiting[0][0] <= until_ns:
            due_ns, _, print_ = self._waiting.pop(0)
            for name, model in self.models.items():
                self.got[name] += sum(fill.lots for fill in model.on_trade(print_, due_ns))

    def step(self, op: tuple[int, ...]) -> None:
        self.deliver(self.history.now_ns + op[4] * NS_PER_MS - 1)
        self.history.step(op)
        now = self.history.now_ns
        last_due_ns = self._waiting[-1][0] if self._waiting else 0
        for price, lots, buyer in self.history.prints:
            self._prints += 1
            late_ns = self._late_ms[self._prints % len(self._late_ms)] * NS_PER_MS
            last_due_ns = max(last_due_ns, now + late_ns)  # prints keep their order
            print_ = Trade("A", now, now, price, lots, buyer, Market.MARKET, 1, 1)
            self._waiting.append((last_due_ns, self._prints, print_))
        self._order_events()
        if not any(self._late_ms):
            self.deliver(now)  # a print comes before the quote that shows it
        self._steps += 1
        self._depth()
        self._quote()
        self.deliver(now)

    def rest(self, side: Side, price: int, qty: int) -> Ghost:
        ghost = self.history.rest(side, price, qty)
        order = Resting("G", side, price, qty, self.history.now_ns)
        for model in (*self.models.values(), self.level3):
            model.on_rest(order, self.book)
        return ghost


def play(
    ops: list, place: tuple[int, int, int, int], late_ms: list[int], batch: int = 0, depth_late_ms: int = 0
) -> tuple[Watched, Ghost]:
    """Play a history with one ghost, and hold the models against it after every step."""
    side_bit, away, qty, when = place
    market = Watched(late_ms, batch, depth_late_ms)
    for op in ops[:when]:
        market.step(op)
    side = SELL if side_bit else BUY
    best = market.history.best(side)
    price = best - away if side is BUY else best + away
    if market.book.crosses(side, price):
        price = best
    ghost = market.rest(side, price, qty)
    check(market, ghost, not any(late_ms))
    for op in ops[when:]:
        market.step((*op[:4], max(1, op[4])))  # nothing happens at the instant of its rest
        check(market, ghost, not any(late_ms))
    market.history.now_ns += 200 * NS_PER_MS
    market.deliver(market.history.now_ns)
    return market, ghost


def check(market: Watched, ghost: Ghost, in_order: bool) -> None:
    got = market.got
    assert got[LEVEL3] == ghost.filled
    assert got["through"] <= got["risk_averse"] <= got["power9"] <= got["power3"] <= got["power1"]
    assert got["power1"] <= got["optimistic"] <= got["touch"]
    assert got["risk_averse"] <= ghost.filled
    if in_order:
        assert ghost.filled - ghost.unseen <= got["optimistic"]
    ahead = {name: market.models[name].ahead_lots("G") for name in KINDS}
    if got["optimistic"] == 0:
        truth = market.level3.ahead_lots("G")
        if truth is not None:
            assert truth == max(0, ghost.ahead)
        low, high = ahead["optimistic"], ahead["risk_averse"]
        assert low is not None
        for name in ("power1", "power3", "power9"):
            middle = ahead[name]
            assert middle is None or low <= middle
            assert high is None or (middle is not None and middle <= high)
        if in_order and truth is not None:
            assert low <= truth and (high is None or truth <= high)


@share(1)
@given(OPS, PLACES)
def test_the_truth_lies_between_the_edges_at_every_moment(ops: list, place: tuple) -> None:
    market, ghost = play(ops, place, [0])
    assert market.got["risk_averse"] <= ghost.filled
    assert ghost.filled - ghost.unseen <= market.got["optimistic"]


@share(1)
@given(OPS, PLACES, st.lists(st.integers(0, JOIN_MS), min_size=1, max_size=7))
def test_and_where_prints_come_after_quotes_that_show_them(ops: list, place: tuple, late: list[int]) -> None:
    market, ghost = play(ops, place, late)
    assert market.got["risk_averse"] <= ghost.filled
    assert ghost.filled - ghost.unseen <= market.got["optimistic"]


@share(1)
@given(OPS, PLACES, st.integers(1, 4), st.integers(0, 20), st.integers(0, JOIN_MS))
def test_and_with_a_book_by_level_which_only_ever_helps(
    ops: list, place: tuple, batch: int, late: int, depth_late: int
) -> None:
    market, ghost = play(ops, place, [late], batch, depth_late)
    assert market.book.depth is not None
    without, _ = play(ops, place, [late])
    assert without.got["risk_averse"] <= market.got["risk_averse"] <= ghost.filled
    assert ghost.filled - ghost.unseen <= market.got["optimistic"] <= without.got["optimistic"]


@share(1)
@given(OPS, PLACES, st.integers(0, 60))
def test_and_through_a_snapshot_anywhere(ops: list, place: tuple, cut: int) -> None:
    side_bit, _, qty, when = place
    one, two = Watched([0, 7]), Watched([0, 7])
    for number, op in enumerate(ops):
        for market in (one, two):
            market.step((*op[:4], max(1, op[4])))
            if number == when:
                side = SELL if side_bit else BUY
                market.rest(side, market.history.best(side), qty)
        if number == cut:
            for name, make in KINDS.items():
                saved = json.loads(json.dumps(two.models[name].snapshot()))
                two.models[name] = make()
                two.models[name].restore(saved)
    assert one.got == two.got
    for name in KINDS:
        assert json.dumps(one.models[name].snapshot()) == json.dumps(two.models[name].snapshot())
