"""A store of many orders under whatever a venue and a wire do, step by step, against a model of both.

The venue is the model's (`tests/kit/venue_model.py`); the wire delivers what it said late, twice, in any
order, damaged, or with somebody else's in between; the store is saved and taken up again at any step.
"""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.kit.effort import share
from tests.kit.order_oracle import known
from tests.kit.orders import report
from tests.kit.venue_model import Asked, Venue, VenueOrder, moves, play
from tools.core.events import Side
from tools.core.orders import ChangeAlert, OrderStatus, TimeInForce
from tools.core.reports import ExecutionReport, ReportKind
from tools.live.order_store import InMemoryOrderStore

K, S, A = ReportKind, OrderStatus, ChangeAlert
numbers = st.integers(0, 60)


class Wire(RuleBasedStateMachine):
    """The store beside a venue that is right, and a wire that is not."""

    def __init__(self) -> None:
        super().__init__()
        self.store = InMemoryOrderStore(run_id="run")
        self.venue = Venue()
        self.orders: list[VenueOrder] = []
        self.told: dict[str, ExecutionReport] = {}
        self.given: set[str] = set()
        self.net_lots = 0  # all that the changes said
        self.stray_lots = 0  # filled of orders that were not sent from here
        self.over_lots: dict[str, int] = {}  # filled beyond all terms, by order
        self.strays = 0

    # -- what we do ----------------------------------------------------------------------

    @precondition(lambda self: len(self.orders) < 4)
    @rule(lots=st.integers(1, 12), side=st.sampled_from(list(Side)), day=st.booleans())
    def send(self, lots: int, side: Side, day: bool) -> None:
        client_id = self.store.next_client_id()
        assert client_id not in self.given
        self.given.add(client_id)
        tif = TimeInForce.DAY if day else TimeInForce.GTC
        self.orders.append(VenueOrder(self.venue, client_id, lots, side, tif))
        self.store.add(client_id, "BTCUSDT", side, lots, 500, 0, tif)

    @precondition(lambda self: self.orders)
    @rule(number=numbers, qty_lots=st.none() | st.integers(1, 24))
    def ask(self, number: int, qty_lots: int | None) -> None:
        order = self.orders[number % len(self.orders)]
        asked = Asked(self.store.next_client_id(), qty_lots)
        assert asked.request_id not in self.given
        self.given.add(asked.request_id)
        order.asked.append(asked)
        self.store.request(order.first_id, asked.request_id, asked.replace, qty_lots)

    # -- what the venue does -------------------------------------------------------------

    @precondition(lambda self: self.orders)
    @rule(number=numbers, choice=numbers, figure=numbers)
    def work(self, number: int, choice: int, figure: int) -> None:
        order = self.orders[number % len(self.orders)]
        open_moves = moves(order)
        if open_moves:
            play(order, open_moves[choice % len(open_moves)], figure)

    @precondition(lambda self: any(each.works for each in self.orders))
    @rule(number=numbers, lots=st.integers(1, 5))
    def fill_too_much(self, number: int, lots: int) -> None:
        order = [each for each in self.orders if each.works][number % sum(e.works for e in self.orders)]
        order.trade(order.leaves_lots + lots)
        self.over_lots[order.first_id] = self.over_lots.get(order.first_id, 0) + lots

    # -- what the wire does --------------------------------------------------------------

    def deliver(self, said: ExecutionReport) -> None:
        order = next(each for each in self.orders if f"V-{each.first_id}" == said.exchange_id)
        repeated = said.exec_id in self.told
        before = self.store.snapshot() if repeated else {}
        change = self.store.apply(said)
        self.net_lots += change.fill_lots - change.undone_lots
        assert (change.alert is A.DUPLICATE) == repeated
        assert change.alert not in (A.CONFLICT, A.BAD_ARITHMETIC, A.UNKNOWN_ORDER)
        assert change.client_id == order.first_id
        if repeated:
            self.unchanged_since(before)
        if change.alert is A.OVERFILL:
            made = self.store.get(order.first_id)
            assert made is not None and made.overfill_lots > 0
            assert change.fill_lots > 0
        self.told[said.exec_id] = said

    def unchanged_since(self, before: dict[str, object]) -> None:
        """Assert that nothing but the alerts and what was set aside is another than before."""
        after = self.store.snapshot()
        for key, value in before.items():
            if key not in ("alerts", "quarantine"):
                assert after[key] == value, key

    @precondition(lambda self: self.venue.said)
    @rule(number=numbers)
    def arrive(self, number: int) -> None:
        waiting = [each for each in self.venue.said if each.exec_id not in self.told]
        self.deliver((waiting or self.venue.said)[number % len(waiting or self.venue.said)])

    @precondition(lambda self: self.told)
    @rule(number=numbers)
    def arrive_again(self, number: int) -> None:
        self.deliver(list(self.told.values())[number % len(self.told)])

    @precondition(lambda self: self.told and self.orders)
    @rule(number=numbers, owner=numbers, lots=st.integers(20, 30))
    def other_content_under_a_known_id(self, number: int, owner: int, lots: int) -> None:
        exec_id = list(self.told)[number % len(self.told)]
        order = self.orders[owner % len(self.orders)]
        before = self.store.snapshot()
        change = self.store.apply(report(exec_id, K.TRADE, lots, client_id=order.first_id, side=order.side))
        assert (change.alert, change.fill_lots, change.undone_lots) == (A.CONFLICT, 0, 0)
        self.unchanged_since(before)

    @precondition(lambda self: self.orders)
    @rule(number=numbers, bad=st.sampled_from(["nothing", "no price", "total", "remainder", "itself"]))
    def damaged(self, number: int, bad: str) -> None:
        order = self.orders[number % len(self.orders)]
        who = {"client_id": order.first_id, "side": order.side}
        made = {
            "nothing": report("bad", K.TRADE, 0, **who),
            "no price": report("bad", K.TRADE, 1, ticks=0, **who),
            "total": report("bad", K.TRADE, 2, cum_lots=1, **who),
            "remainder": report("bad", K.ACCEPTED, qty_lots=9, cum_lots=3, leaves_lots=5, **who),
            "itself": report("bad", K.TRADE_CANCEL, ref_id="bad", **who),
        }[bad]
        before = self.store.snapshot()
        seen = self.store.alerts().get("BAD_ARITHMETIC", 0)
        assert self.store.apply(made).alert is A.BAD_ARITHMETIC
        assert self.store.alerts()["BAD_ARITHMETIC"] == seen + 1
        self.unchanged_since(before)

    @rule(lots=st.integers(1, 5), named=st.booleans(), twice=st.booleans())
    def somebody_else_s(self, lots: int, named: bool, twice: bool) -> None:
        self.strays += 1
        who = {"client_id": f"X{self.strays % 3}"} if named else {"client_id": "", "exchange_id": ""}
        said = report(f"X-{self.strays}", K.TRADE, lots, **who)
        assert self.store.apply(said).fill_lots == lots
        if twice:
            again = self.store.apply(said)
            assert (again.alert, again.fill_lots) == (A.DUPLICATE, 0)
        self.stray_lots += lots if named else 0

    @rule()
    def save_and_take_up_again(self) -> None:
        saved = json.loads(json.dumps(self.store.snapshot()))
        views = (self.store.export(), self.store.counts(), self.store.alerts())
        self.store = InMemoryOrderStore(run_id="run")
        self.store.restore(saved)
        assert self.store.snapshot() == saved
        assert (self.store.export(), self.store.counts(), self.store.alerts()) == views

    # -- what holds at every step --------------------------------------------------------

    @invariant()
    def indexes_agree_and_counters_close(self) -> None:
        self.store._check()
        counts = self.store.counts()
        assert counts["sent"] == len(self.orders)
        assert counts["sent"] == counts["rejected"] + counts["accepted"] + counts["unanswered"]
        ends = counts["filled"] + counts["canceled"] + counts["expired"] + counts["open"]
        assert counts["accepted"] == ends

    @invariant()
    def every_order_is_what_was_told_of_it(self) -> None:
        total = 0
        for order in self.orders:
            made = self.store.get(order.first_id)
            assert made is not None
            told = [e for e in self.told.values() if e.exchange_id == f"V-{order.first_id}"]
            oracle = known(order.sent_lots, order.time_in_force, order.asked, told)
            assert made.status is oracle.status
            figures = (made.cum_lots, made.leaves_lots, made.value_lot_ticks, made.fills)
            assert figures == (oracle.cum_lots, oracle.leaves_lots, oracle.value, oracle.fills)
            assert min(made.cum_lots, made.leaves_lots, made.open_lots, made.overfill_lots) >= 0
            total += made.cum_lots
        assert total == self.net_lots
        assert sum(each.cum_lots for each in self.store.strangers()) == self.stray_lots

    def teardown(self) -> None:
        """Let everything arrive: each ledger is then the venue's own."""
        for said in self.venue.said:
            if said.exec_id not in self.told:
                self.deliver(said)
        self.every_order_is_what_was_told_of_it()
        for order in self.orders:
            made = self.store.get(order.first_id)
            assert made is not None
            assert (made.cum_lots, made.value_lot_ticks, made.fills) == (
                order.cum_lots,
                order.value,
                order.fills,
            )
            assert made.client_ids == tuple(order.client_ids)
            if order.ended:
                assert made.leaves_lots == 0


TestWire = Wire.TestCase
TestWire.settings = settings(share(3), stateful_step_count=40, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def fills_only(draw: st.DrawFn) -> VenueOrder:
    """Return an order of which the venue has corrected nothing and changed nothing of its own accord."""
    tif = draw(st.sampled_from([TimeInForce.GTC, TimeInForce.DAY]))
    order = VenueOrder(Venue(draw(st.booleans())), "C1", draw(st.integers(1, 12)), time_in_force=tif)
    for qty_lots in draw(st.lists(st.none() | st.integers(1, 24), max_size=3)):
        order.asked.append(Asked(f"C1-{len(order.asked) + 1}", qty_lots))
    for _ in range(draw(st.integers(1, 14))):
        open_moves = [each for each in moves(order) if each not in ("correct", "bust", "restate")]
        if not open_moves:
            break
        play(order, draw(st.sampled_from(open_moves)), draw(numbers))
    return order


@share(1)
@given(st.data(), fills_only())
def test_what_is_open_bounds_what_the_venue_can_still_fill(data: st.DataObject, order: VenueOrder) -> None:
    """Whatever part of a history has arrived, and in whatever order: the rest of its fills is open.

    The rest is what the venue has done that we have not heard of, and what it may still do if nothing
    more is asked: the history goes on until the venue has drawn its last move.
    """
    store = InMemoryOrderStore()
    made = store.add("C1", "BTCUSDT", order.side, order.sent_lots, 500, 0, order.time_in_force)
    for asked in order.asked:
        store.request("C1", asked.request_id, asked.replace, asked.qty_lots)
    for said in data.draw(st.permutations(order.venue.said)):
        assert order.cum_lots - made.cum_lots <= made.open_lots
        store.apply(said)
    assert made.cum_lots == order.cum_lots
