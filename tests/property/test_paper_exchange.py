"""Whatever the market does: the paper exchange never gives more than the market had to give."""

from __future__ import annotations

import json
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from tests.kit.effort import share
from tests.kit.paper import KEY, T0, at, paper, quote, trade
from tools.core.events import Quote, Side, Trade
from tools.core.reports import ExecutionReport, Liquidity, ReportKind
from tools.execution.order import Order
from tools.live.paper_exchange import PaperExchange

PRICES = st.integers(95, 105)
LOTS = st.integers(1, 9)


@dataclass
class Sent:
    side: str
    price: int
    lots: int
    tif: str
    arrives_ms: int


# (milliseconds later, what, figures)
quotes = st.tuples(st.integers(0, 15), st.just("quote"), st.tuples(PRICES, LOTS, st.integers(-1, 4), LOTS))
trades = st.tuples(
    st.integers(0, 15), st.just("trade"), st.tuples(PRICES, LOTS, st.sampled_from(("BUY", "SELL")))
)
orders = st.tuples(
    st.integers(0, 15),
    st.just("order"),
    st.tuples(st.sampled_from(("BUY", "SELL")), PRICES, LOTS, st.sampled_from(("GTC", "GTC", "IOC"))),
)
cancels = st.tuples(st.integers(0, 15), st.just("cancel"), st.tuples(st.integers(0, 9)))
scripts = st.lists(st.one_of(quotes, trades, trades, orders, cancels), min_size=5, max_size=40)


class Run:
    """A script played against a venue."""

    def __init__(self) -> None:
        self.venue: PaperExchange = paper()
        self.ms = 0
        self.sent: dict[str, Sent] = {}
        self.market: list[Quote | Trade] = []
        self.late: set[int] = set()  # events shown after time was already advanced to their instant
        self.advanced_ms = -1
        self.reports: list[ExecutionReport] = []
        self.step((0, "quote", (100, 5, 2, 5)))

    def step(self, step: tuple) -> None:
        later, what, figures = step
        self.ms += later
        if what == "quote":
            bid, bid_lots, spread, ask_lots = figures
            self.show(quote(self.ms, bid, bid_lots, bid + spread, ask_lots))
        elif what == "trade":
            self.show(trade(self.ms, *figures))
        self.venue.advance(at(self.ms))
        self.advanced_ms = self.ms
        if what == "order":
            side, price, lots, tif = figures
            name = f"C{len(self.sent)}"
            self.sent[name] = Sent(side, price, lots, tif, self.ms + 20)
            self.venue.place_limit(name, KEY, side, lots, price, tif)
        elif what == "cancel" and figures[0] < len(self.sent):
            self.venue.cancel(f"C{figures[0]}")
        self.reports += self.venue.reports()

    def show(self, event: Quote | Trade) -> None:
        if self.ms == self.advanced_ms:
            self.late.add(len(self.market))
        self.market.append(event)
        self.venue.on_market(event, event.recv_ns)

    def settle(self) -> None:
        due = self.venue.next_due_ns()
        while due is not None:
            self.venue.advance(max(due, at(self.ms)))
            self.reports += self.venue.reports()
            due = self.venue.next_due_ns()

    def fills(self) -> list[ExecutionReport]:
        return [report for report in self.reports if report.kind is ReportKind.TRADE]


def played(script: list[tuple]) -> Run:
    run = Run()
    for step in script:
        run.step(step)
    run.settle()
    return run


@share(1)
@given(scripts)
def test_makers_get_no_more_than_was_printed_or_newly_displayed(script: list[tuple]) -> None:
    run = played(script)
    got: dict[tuple[int, str], int] = {}
    for fill in run.fills():
        sent = run.sent[fill.client_id]
        if fill.liquidity is not Liquidity.MAKER:
            continue
        assert fill.last_ticks == sent.price and sent.tif == "GTC"
        key = (fill.time_ns, fill.side.value)
        got[key] = got.get(key, 0) + fill.last_lots
    allowed: dict[tuple[int, str], int] = {}
    for event in run.market:
        if isinstance(event, Trade):
            offers = {"SELL" if event.buyer_aggressor else "BUY": event.qty_lots}
        else:
            offers = {"BUY": event.ask_lots, "SELL": event.bid_lots}
        for side, lots in offers.items():
            allowed[event.recv_ns, side] = allowed.get((event.recv_ns, side), 0) + lots
    for key, lots in got.items():
        assert lots <= allowed[key]
    for name, sent in run.sent.items():
        # An order gets at most what was printed at or through its price after it arrived, or
        # displayed by the other side there.
        buying, reachable = sent.side == "BUY", 0
        for event in run.market:
            if event.recv_ns <= at(sent.arrives_ms):
                continue
            if isinstance(event, Trade):
                beyond = sent.price - event.price_ticks if buying else event.price_ticks - sent.price
                reachable += event.qty_lots if event.buyer_aggressor is not buying and beyond >= 0 else 0
            elif buying and 0 < event.ask_ticks <= sent.price:
                reachable += event.ask_lots
            elif not buying and event.bid_ticks >= sent.price:
                reachable += event.bid_lots
        made = sum(f.last_lots for f in run.fills() if f.client_id == name and f.liquidity is Liquidity.MAKER)
        assert made <= min(reachable, sent.lots)


@share(1)
@given(scripts)
def test_takers_get_no_more_than_was_displayed(script: list[tuple]) -> None:
    run = played(script)
    # Replay the quotes: a level's size is spent by our takes until its price or size changes.
    takes = [fill for fill in run.fills() if fill.liquidity is Liquidity.TAKER]
    steps: list[tuple[int, int, object]] = [
        (event.recv_ns, 2 if number in run.late else 0, event)
        for number, event in enumerate(run.market)
        if isinstance(event, Quote)
    ]
    steps += [(fill.time_ns, 1, fill) for fill in takes]
    left: dict[str, list[int]] = {"BUY": [0, 0, 0], "SELL": [0, 0, 0]}  # price, shown, unspent
    for _, _, step in sorted(steps, key=lambda item: (item[0], item[1])):
        if isinstance(step, Quote):
            for side, price, lots in (
                ("BUY", step.ask_ticks, step.ask_lots),
                ("SELL", step.bid_ticks, step.bid_lots),
            ):
                if left[side][:2] != [price, lots]:
                    left[side] = [price, lots, lots]
            continue
        assert isinstance(step, ExecutionReport)
        sent = run.sent[step.client_id]
        assert sent.tif == "IOC" and step.time_ns == at(sent.arrives_ms)
        level = left[step.side.value]
        assert step.last_ticks == level[0]
        assert step.last_ticks <= sent.price if sent.side == "BUY" else step.last_ticks >= sent.price
        level[2] -= step.last_lots
        assert level[2] >= 0


@share(1)
@given(scripts)
def test_every_order_has_one_end_and_positions_are_the_sum_of_fills(script: list[tuple]) -> None:
    run = played(script)
    position = 0
    ledger = {
        name: Order(name, KEY, _side(sent), sent.lots, sent.price, T0) for name, sent in run.sent.items()
    }
    times = [report.time_ns for report in run.reports]
    assert times == sorted(times)
    assert [report.exec_id for report in run.reports] == [f"PXE{n + 1:08d}" for n in range(len(times))]
    for report in run.reports:
        change = ledger[report.client_id].apply(report)
        if report.kind is not ReportKind.CANCEL_REJECTED:
            assert change.alert == "NONE", report
        assert change.cum_lots == report.cum_lots or report.kind is ReportKind.CANCEL_REJECTED
        position += report.last_lots if report.side == "BUY" else -report.last_lots
    assert run.venue.get_positions().get(KEY, 0) == position
    resting = {order.client_id: order.leaves_lots for order in run.venue.get_open_orders()}
    for name, order in ledger.items():
        assert order.closed != (name in resting)
        assert order.leaves_lots == resting.get(name, 0)


def _side(sent: Sent):
    return Side(sent.side)


@share(2)
@given(scripts, st.data())
def test_a_restored_venue_has_the_same_future(script: list[tuple], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(script)))
    whole = played(script)
    run = Run()
    for step in script[:cut]:
        run.step(step)
    saved = json.loads(json.dumps(run.venue.snapshot()))
    run.venue = paper()
    run.venue.restore(saved)
    for step in script[cut:]:
        run.step(step)
    run.settle()
    assert [r.to_json() for r in run.reports] == [r.to_json() for r in whole.reports]
    assert json.dumps(run.venue.snapshot()) == json.dumps(whole.venue.snapshot())


@share(2)
@given(scripts)
def test_how_often_time_is_advanced_changes_nothing(script: list[tuple]) -> None:
    coarse = played(script)
    fine = Run()
    for step in script:
        for ms in range(fine.ms + 1, fine.ms + step[0]):
            fine.venue.advance(at(ms))
        fine.step(step)
    fine.settle()
    assert [r.to_json() for r in fine.reports] == [r.to_json() for r in coarse.reports]


def test_the_scripts_reach_what_they_are_about() -> None:
    """The strategies are not blind: a fixed script has maker fills, takes and refusals."""
    run = played(
        [
            (0, "order", ("BUY", 100, 4, "GTC")),
            (0, "order", ("BUY", 103, 9, "IOC")),
            (0, "order", ("BUY", 103, 9, "GTC")),
            (30, "trade", (100, 7, "SELL")),
        ]
    )
    kinds = [(r.client_id, r.kind.value, r.last_lots) for r in run.reports]
    assert kinds == [
        ("C0", "ACCEPTED", 0),
        ("C1", "ACCEPTED", 0),
        ("C1", "TRADE", 5),
        ("C1", "EXPIRED", 0),
        ("C2", "REJECTED", 0),
        ("C0", "TRADE", 2),
    ]
