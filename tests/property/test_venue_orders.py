"""Whatever is asked of the paper venue, and whatever the market does: what it never does.

Two accounts send every type of order, amend and cancel, while quotes and prints go by. The
fill model is watched from outside, event by event; everything else is held against the
reports alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kit.effort import share
from tests.kit.paper import INSTRUMENTS, KEY, at, quote, trade
from tools.core.entry import NewOrder, OrderType, SelfMatch, new_order_from
from tools.core.events import Quote, Side, Trade
from tools.core.orders import OrderOutcome, TimeInForce
from tools.core.reports import ExecutionReport, Liquidity, ReportKind
from tools.execution.fill_model import FillLots, Resting
from tools.execution.fills import risk_averse
from tools.execution.latency import constant
from tools.execution.order import Order
from tools.execution.venue import PaperVenue
from tools.execution.venue_book import VenueBook
from tools.execution.venue_config import PaperConfig
from tools.execution.venue_words import VenueReason

PRICES = st.integers(96, 104)
LOTS = st.integers(1, 9)
SIDES = st.sampled_from(tuple(Side))
ACCOUNTS = st.sampled_from(("", "two"))
LATENCY_MS = 20
HAIRCUT_PPM = 800_000


@dataclass
class Watched:
    """A fill model that is believed nothing: what it gives is held against the event that it saw."""

    resting: dict[str, Resting] = field(default_factory=dict)
    open: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.model = risk_averse.build(risk_averse.Config())

    def on_rest(self, order: Resting, book: VenueBook) -> None:
        self.resting[order.client_id] = order
        self.open[order.client_id] = order.qty_lots
        self.model.on_rest(order, book)

    def on_quote(self, book: VenueBook, time_ns: int) -> tuple[FillLots, ...]:
        fills = self.model.on_quote(book, time_ns)
        for side in Side:
            got = self.book(fills, side)
            assert got <= (book.ask_lots if side is Side.BUY else book.bid_lots)
        return fills

    def on_trade(self, trade: Trade, time_ns: int) -> tuple[FillLots, ...]:
        fills = self.model.on_trade(trade, time_ns)
        assert self.book(fills, Side.SELL if trade.buyer_aggressor else Side.BUY) <= trade.qty_lots
        for fill in fills:
            order = self.resting[fill.client_id]
            assert order.rested_ns < time_ns
            assert (order.side is Side.SELL) is trade.buyer_aggressor
        return fills

    def book(self, fills: tuple[FillLots, ...], side: Side) -> int:
        total = 0
        for fill in fills:
            if self.resting[fill.client_id].side is side:
                assert 0 < fill.lots <= self.open[fill.client_id]
                self.open[fill.client_id] -= fill.lots
                total += fill.lots
        return total

    def on_reduced(self, client_id: str, lots: int) -> None:
        assert 0 < lots < self.open[client_id]  # some stay open
        self.open[client_id] -= lots
        self.model.on_reduced(client_id, lots)

    def on_gone(self, client_id: str) -> None:
        assert self.open.pop(client_id) > 0
        self.model.on_gone(client_id)

    def ahead_lots(self, client_id: str) -> int | None:
        return self.model.ahead_lots(client_id)

    def snapshot(self) -> dict[str, object]:
        return self.model.snapshot()

    def restore(self, saved: dict[str, object]) -> None:
        self.model.restore(saved)


@st.composite
def orders(draw: st.DrawFn) -> NewOrder:
    """Return an order that makes sense more often than not."""
    order_type = draw(st.sampled_from((OrderType.LIMIT, OrderType.LIMIT, *OrderType)))
    tif = draw(st.sampled_from(tuple(TimeInForce)))
    waits = order_type in (OrderType.STOP, OrderType.STOP_LIMIT)
    return NewOrder(
        "",
        KEY,
        draw(SIDES),
        draw(LOTS),
        draw(PRICES) if order_type in (OrderType.LIMIT, OrderType.STOP_LIMIT) else None,
        order_type=order_type,
        stop_ticks=draw(PRICES) if waits else None,
        time_in_force=tif,
        ttl_ns=at(draw(st.integers(1, 60))) - at(0) if tif is TimeInForce.GTD else None,
        post_only=draw(st.booleans()) and tif is not TimeInForce.IOC,
        reduce_only=draw(st.sampled_from((False, False, True))),
        self_match=draw(st.sampled_from((None, *SelfMatch))),
    )


def step(what: str, *figures: st.SearchStrategy[object]) -> st.SearchStrategy[tuple]:
    return st.tuples(st.integers(0, 12), st.just(what), st.tuples(*figures))


scripts = st.lists(
    st.one_of(
        step("quote", PRICES, LOTS, st.integers(0, 3), LOTS),
        step("trade", PRICES, LOTS, st.sampled_from(("BUY", "SELL"))),
        step("order", ACCOUNTS, orders()),
        step("order", ACCOUNTS, orders()),
        step("amend", st.integers(0, 9), st.one_of(st.none(), LOTS), st.one_of(st.none(), PRICES)),
        step("cancel", st.integers(0, 9)),
    ),
    min_size=5,
    max_size=40,
)


class Run:
    """A script played against a venue, with everything that was sent and told."""

    def __init__(self, across: bool = False) -> None:
        self.across = across
        self.watched = Watched()
        self.venue = self.new_venue()
        self.ms = 0
        self.sent: dict[str, tuple[str, NewOrder, int]] = {}  # account, order, arrival in ms
        self.names: list[str] = []
        self.quotes: list[tuple[int, Quote]] = []  # how many executions were numbered before, quote
        self.reports: list[tuple[str, ExecutionReport]] = []
        self.outcomes: list[OrderOutcome] = []
        self.step((0, "quote", (100, 5, 2, 5)))

    def new_venue(self) -> PaperVenue:
        models = dict.fromkeys(INSTRUMENTS, self.watched)
        config = PaperConfig(haircut_ppm=HAIRCUT_PPM, self_match_across_accounts=self.across)
        return PaperVenue(models, constant.build(constant.Config()), config)  # type: ignore[arg-type]

    def step(self, step: tuple) -> None:
        later, what, figures = step
        self.ms += later
        if what == "quote":
            bid, bid_lots, spread, ask_lots = figures
            event = quote(self.ms, bid, bid_lots, bid + spread, ask_lots)
            self.venue.on_market(event, at(self.ms))
            self.quotes.append((self.executions(), event))
        elif what == "trade":
            self.venue.on_market(trade(self.ms, *figures), at(self.ms))
        self.venue.advance(at(self.ms))
        if what == "order":
            account, order = figures
            name = f"C{len(self.sent)}"
            self.names.append(name)
            named = new_order_from({**order.to_dict(), "client_id": name})
            self.sent[name] = (account, named, self.ms + LATENCY_MS)
            self.venue.submit(account, named)
        elif what in ("amend", "cancel") and figures[0] < len(self.names):
            name = self.names[figures[0]]
            account = self.sent[name][0]
            if what == "cancel":
                self.venue.cancel_order(account, name)
            elif figures[1:] != (None, None):
                self.venue.amend(account, name, *figures[1:])
        self.hear()

    def executions(self) -> int:
        reports = self.venue.snapshot()["reports"]
        assert isinstance(reports, dict)
        return int(reports["executions"])

    def hear(self) -> None:
        for account in ("", "two"):
            self.reports += [(account, report) for report in self.venue.reports(account)]
            self.outcomes += self.venue.outcomes(account)

    def settle(self) -> None:
        due = self.venue.next_due_ns()
        while due is not None:
            self.venue.advance(max(due, at(self.ms)))
            due = self.venue.next_due_ns()
        self.hear()
        self.reports.sort(key=lambda pair: pair[1].exec_id)  # as the venue numbered them

    def of(self, name: str) -> list[ExecutionReport]:
        return [report for _, report in self.reports if report.client_id == name]


def played(script: list[tuple], across: bool = False) -> Run:
    run = Run(across)
    for step in script:
        run.step(step)
    run.settle()
    return run


@share(2)
@given(scripts, st.booleans())
def test_every_order_has_one_end_and_its_ledger_closes(script: list[tuple], across: bool) -> None:
    run = played(script, across)
    held: dict[str, int] = {"": 0, "two": 0}
    for name, (account, sent, arrives_ms) in run.sent.items():
        ledger = Order(name, KEY, sent.side, sent.qty_lots, sent.price_ticks or 1, at(0), sent.time_in_force)
        for report in run.of(name):
            change = ledger.apply(report)
            assert change.alert == "NONE", report
            if report.kind is ReportKind.TRADE:
                assert report.time_ns >= at(arrives_ms)
                held[account] += report.last_lots if sent.side is Side.BUY else -report.last_lots
                if report.liquidity is Liquidity.MAKER:
                    assert report.time_ns > at(arrives_ms)
                    assert report.last_ticks == ledger.price_ticks
                elif sent.price_ticks is not None:
                    paid = report.last_ticks - ledger.price_ticks
                    assert paid <= 0 if sent.side is Side.BUY else paid >= 0
        resting = {order.client_id: order for order in run.venue.open_orders(account)}
        assert ledger.closed != (name in resting)
        assert ledger.leaves_lots == (resting[name].leaves_lots if name in resting else 0)
        ended = [outcome for outcome in run.outcomes if outcome.client_id == name]
        assert len(ended) == (ledger.closed and ledger.status != "REJECTED")
    for account, lots in held.items():
        assert run.venue.held(account).lots.get(KEY, 0) == lots


@share(1)
@given(scripts)
def test_a_fill_or_kill_is_all_or_nothing(script: list[tuple]) -> None:
    run = played(script)
    for name, (_, sent, _) in run.sent.items():
        if sent.time_in_force is TimeInForce.FOK:
            filled = sum(report.last_lots for report in run.of(name))
            assert filled in (0, sent.qty_lots)
            assert len({report.time_ns for report in run.of(name) if report.last_lots}) <= 1


@share(2)
@given(scripts)
def test_what_may_only_reduce_never_adds_to_a_position_and_never_turns_it(script: list[tuple]) -> None:
    run = played(script)
    held = {"": 0, "two": 0}
    for account, report in run.reports:
        if report.kind is ReportKind.TRADE:
            before = held[account]
            held[account] += report.last_lots if report.side is Side.BUY else -report.last_lots
            if run.sent[report.client_id][1].reduce_only:
                assert 0 <= held[account] < before or before < held[account] <= 0


@share(1)
@given(scripts)
def test_no_displayed_lot_is_given_twice(script: list[tuple]) -> None:
    """Replay quotes and takes by number: a level's share is spent until a quote changes that level."""
    run = played(script)
    takes = [(int(r.exec_id[3:]), r) for _, r in run.reports if r.liquidity is Liquidity.TAKER]
    steps: list[tuple[int, int, object]] = [(number, 1, quoted) for number, quoted in run.quotes]
    steps += [(number - 1, 2, take) for number, take in takes]
    best: dict[Side, tuple[int, int]] = {}
    spent: dict[Side, dict[int, tuple[int, int]]] = {Side.BUY: {}, Side.SELL: {}}  # price: shown, spent
    for _, _, what in sorted(steps, key=lambda item: item[:2]):
        if isinstance(what, Quote):
            for side, price, shown in (
                (Side.BUY, what.ask_ticks, what.ask_lots),
                (Side.SELL, what.bid_ticks, what.bid_lots),
            ):
                best[side] = (price, shown)
                behind = 1 if side is Side.BUY else -1
                spent[side] = {
                    level: (seen, lots)
                    for level, (seen, lots) in spent[side].items()
                    if (level - price) * behind > 0 or (level == price and seen == shown)
                }
            continue
        assert isinstance(what, ExecutionReport)
        price, shown = best[what.side]
        assert what.last_ticks == price
        _, before = spent[what.side].get(price, (shown, 0))
        assert before + what.last_lots <= shown * HAIRCUT_PPM // 1_000_000
        spent[what.side][price] = (shown, before + what.last_lots)


@share(1)
@given(scripts, st.booleans())
def test_own_orders_never_rest_across_each_other_within_an_account(script: list[tuple], across: bool) -> None:
    run = Run(across)
    for step in script:
        run.step(step)
        for accounts in [("", "two")] if across else [("",), ("two",)]:
            resting = [o for a in accounts for o in run.venue.open_orders(a)]
            waiting = [o for o in resting if run.sent[o.client_id][1].stop_ticks is not None]
            prices = {
                side: [o.price_ticks for o in resting if o.side is side and o not in waiting] for side in Side
            }
            if prices[Side.BUY] and prices[Side.SELL]:
                assert max(prices[Side.BUY]) < min(prices[Side.SELL])


@share(1)
@given(scripts, st.data())
def test_a_restored_venue_has_the_same_future(script: list[tuple], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(script)))
    whole = played(script)
    run = Run()
    for step in script[:cut]:
        run.step(step)
    saved = json.loads(json.dumps(run.venue.snapshot()))
    run.venue = run.new_venue()
    run.venue.restore(saved)
    for step in script[cut:]:
        run.step(step)
    run.settle()
    assert [r.to_json() for _, r in run.reports] == [r.to_json() for _, r in whole.reports]
    assert [o.to_json() for o in run.outcomes] == [o.to_json() for o in whole.outcomes]
    assert json.dumps(run.venue.snapshot()) == json.dumps(whole.venue.snapshot())


def test_the_scripts_reach_what_they_are_about() -> None:
    """A fixed script has maker and taker fills, an amendment, a self-match and a reduce-only end."""

    def order(side: str, lots: int, price: int | None, **more: object) -> NewOrder:
        return NewOrder("", KEY, Side(side), lots, price, **more)  # type: ignore[arg-type]

    run = played(
        [
            (0, "order", ("", order("BUY", 4, 100))),
            (0, "order", ("two", order("BUY", 3, 102, time_in_force=TimeInForce.FOK))),
            (0, "amend", (0, 5, 101)),
            (30, "trade", (101, 3, "SELL")),
            (0, "order", ("", order("SELL", 9, 101, self_match=SelfMatch.CANCEL_NEWEST))),
            (30, "order", ("", order("SELL", 9, 103, reduce_only=True))),
            (30, "trade", (104, 9, "BUY")),
        ]
    )
    told = [(r.client_id, r.kind.value, r.last_lots or r.text) for _, r in run.reports]
    assert told == [
        ("C0", "ACCEPTED", ""),
        ("C1", "ACCEPTED", ""),
        ("C1", "TRADE", 3),
        ("C0", "REPLACED", ""),
        ("C0", "TRADE", 3),
        ("C2", "ACCEPTED", ""),
        ("C2", "EXPIRED", VenueReason.SELF_MATCH.value),
        ("C3", "ACCEPTED", ""),
        ("C3", "TRADE", 3),
        ("C3", "EXPIRED", VenueReason.NOTHING_TO_REDUCE.value),
    ]
    run.watched.on_rest(Resting("X", Side.BUY, 99, 1, at(99)), VenueBook())
    with pytest.raises(AssertionError):  # the watch is awake
        run.watched.book((FillLots("X", 2),), Side.BUY)
