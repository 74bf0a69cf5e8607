"""Every fill model and latency model, found by discovery, keeps the promises of its kind."""

from __future__ import annotations

import json
import pkgutil
from dataclasses import is_dataclass
from importlib import import_module
from types import ModuleType

import pytest

from tests.kit.paper import INSTRUMENTS, KEY, at, quote, trade
from tools.core.chance import below
from tools.core.errors import ConfigError
from tools.core.events import Side
from tools.execution import fills, latency
from tools.execution.fill_model import Resting
from tools.execution.fills import level3
from tools.execution.order_events import OrderEvent, OrderEventKind
from tools.execution.venue_book import VenueBook
from tools.live.paper_exchange import PaperConfig, PaperExchange


def found(package: ModuleType) -> dict[str, ModuleType]:
    return {
        entry.name: import_module(f"{package.__name__}.{entry.name}")
        for entry in pkgutil.iter_modules(package.__path__)
        if not entry.name.startswith("_")
    }


FILLS = found(fills)
LATENCIES = found(latency)
AT_THE_VENUE = [name for name, module in FILLS.items() if not hasattr(module, "NEEDS_ORDER_IDS")]
FILL_EXAMPLES = [
    pytest.param(name, *example, id=f"{name}-{number}")
    for name, module in FILLS.items()
    for number, example in enumerate(module.EXAMPLES)
]
LATENCY_EXAMPLES = [
    pytest.param(name, *example, id=f"{name}-{number}")
    for name, module in LATENCIES.items()
    for number, example in enumerate(module.EXAMPLES)
]


def test_the_defaults_are_there() -> None:
    assert fills.DEFAULT_FILL_MODEL in FILLS and latency.DEFAULT_LATENCY_MODEL in LATENCIES


@pytest.mark.parametrize("module", [*FILLS.values(), *LATENCIES.values()], ids=lambda m: m.__name__)
def test_is_a_plug_in(module: ModuleType) -> None:
    assert module.__doc__ and is_dataclass(module.Config)
    assert module.Config.__dataclass_params__.frozen
    with pytest.raises(TypeError):
        module.Config(1)  # keywords only
    assert module.EXAMPLES
    module.build(module.Config())


@pytest.mark.parametrize(("name", "config", "excess_ns", "expected"), LATENCY_EXAMPLES)
def test_latency_example(
    name: str, config: dict[str, object], excess_ns: int, expected: tuple[int, int, int]
) -> None:
    module = LATENCIES[name]
    model = module.build(module.Config(**config))
    asked = (at(5), 1, excess_ns)
    for _ in range(2):  # the same question, the same answer
        assert (model.entry_ns(*asked), model.cancel_ns(*asked), model.response_ns(*asked)) == expected


@pytest.mark.parametrize("name", LATENCIES)
def test_a_latency_is_a_pure_function_and_never_negative(name: str) -> None:
    module = LATENCIES[name]
    one, two = module.build(module.Config()), module.build(module.Config())
    asked = [(at(ms), number, ms * number % 7) for ms in range(20) for number in range(1, 20)]
    there = [(one.entry_ns(*a), one.cancel_ns(*a), one.response_ns(*a)) for a in asked]
    back = [(two.entry_ns(*a), two.cancel_ns(*a), two.response_ns(*a)) for a in reversed(asked)]
    assert there == back[::-1]
    assert all(type(ns) is int and ns >= 0 for delays in there for ns in delays)


@pytest.mark.parametrize("name", LATENCIES)
def test_a_feed_that_lags_never_makes_a_delay_shorter(name: str) -> None:
    model = LATENCIES[name].build(LATENCIES[name].Config())
    for number in range(1, 50):
        for way in (model.entry_ns, model.cancel_ns, model.response_ns):
            delays = [way(at(number), number, excess_ns) for excess_ns in (0, 1, 999, 10**6, 10**9)]
            assert delays == sorted(delays)


@pytest.mark.parametrize(("name", "setup", "trades", "expected"), FILL_EXAMPLES)
def test_fill_example(
    name: str, setup: dict[str, int], trades: tuple[tuple[int, int, bool], ...], expected: tuple[int, ...]
) -> None:
    module = FILLS[name]
    model = module.build(module.Config())
    book = VenueBook()
    book.on_quote(quote(0, 100, setup["bid_lots"], 101, 5))
    queues = ByOrder(model, setup["bid_lots"]) if name not in AT_THE_VENUE else None
    model.on_rest(Resting("A", Side.BUY, 100, 10, at(1)), book)
    if queues is not None:
        queues.add(100, 1_000)
    before = book.snapshot()
    got = []
    for ms, (price, lots, buyer) in enumerate(trades, start=2):
        event = trade(ms, price, lots, "BUY" if buyer else "SELL")
        text = event.to_json()
        made = (
            model.on_trade(event, event.recv_ns) if queues is None else queues.trade(ms, price, lots, buyer)
        )
        got.append(sum(fill.lots for fill in made))
        assert event.to_json() == text
    assert tuple(got) == expected and book.snapshot() == before


class ByOrder:
    """Bids for a model that follows orders: one at 100 of `lots`, and plenty below."""

    def __init__(self, model: level3.Level3, lots: int) -> None:
        self._model = model
        self._open: dict[int, list[list[int]]] = {}
        self._ids = 0
        self.add(100, lots)
        self.add(99, 1_000)

    def add(self, price: int, lots: int) -> None:
        self._ids += 1
        self._open.setdefault(price, []).append([self._ids, lots])
        self._model.on_order(OrderEvent(at(0), OrderEventKind.ADDED, self._ids, Side.BUY, price, lots))

    def trade(self, ms: int, price: int, lots: int, buyer: bool) -> list:
        """Let a seller take bids at a price, first come first served."""
        fills: list = []
        while lots and not buyer:
            order_id, left = self._open[price][0]
            taken = min(left, lots)
            lots -= taken
            self._open[price][0][1] -= taken
            if left == taken:
                self._open[price].pop(0)
            event = OrderEvent(at(ms), OrderEventKind.TRADED, order_id, Side.BUY, price, taken)
            fills += self._model.on_order(event)
        return fills


@pytest.mark.parametrize("name", [name for name in FILLS if name not in AT_THE_VENUE])
def test_a_venue_fed_with_quotes_and_prints_refuses_what_needs_order_ids(name: str) -> None:
    with pytest.raises(ConfigError, match=r"paper\.fill_model: .* needs the id of every order"):
        PaperExchange(INSTRUMENTS, PaperConfig(fill_model=name))


def market(seed: int, length: int = 600):
    """Yield events, orders and cancels of a pseudo-random market, the same for the same seed."""
    mid = 100
    for ms in range(1, length):
        draw = [below(seed, 1, ms, k, 1 << 20) for k in range(6)]
        mid += (draw[0] % 3 - 1) if draw[1] % 4 == 0 else 0
        if draw[1] % 2:
            yield ms, quote(ms, mid - 1, draw[2] % 9 + 1, mid + draw[3] % 3, draw[4] % 9 + 1)
        else:
            side = "BUY" if draw[5] % 2 else "SELL"
            yield ms, trade(ms, mid + draw[2] % 3 - 1, draw[3] % 12 + 1, side)


def run(name: str, seed: int, cut: int) -> tuple[list[str], str, int]:
    """Play a market with orders; at event `cut` replace the venue by one restored from a snapshot."""
    venue = PaperExchange(INSTRUMENTS, PaperConfig(fill_model=name))
    lines: list[str] = []
    made = 0
    for ms, event in market(seed):
        venue.on_market(event, event.recv_ns)
        venue.advance(event.recv_ns)
        reports = venue.reports()
        lines += [report.to_json() for report in reports]
        made += sum(report.last_lots for report in reports)
        if ms % 7 == 0:
            side = "BUY" if below(seed, 2, ms, 0, 2) else "SELL"
            price = 100 + below(seed, 2, ms, 1, 9) - 4
            venue.place_limit(f"C{ms}", KEY, side, 1 + ms % 5, price, "IOC" if ms % 5 == 0 else "GTC")
        if ms % 14 == 13:
            venue.cancel(f"C{ms - 6}")
        if ms == cut:
            saved = json.loads(json.dumps(venue.snapshot()))
            venue = PaperExchange(INSTRUMENTS, PaperConfig(fill_model=name))
            venue.restore(saved)
    return lines, json.dumps(venue.snapshot()), made


@pytest.mark.parametrize("name", AT_THE_VENUE)
def test_a_fill_model_repeats_itself_and_survives_a_snapshot_anywhere(name: str) -> None:
    whole = run(name, 7, -1)
    assert whole[2] > 20  # lots filled: the market is not a desert
    for cut in (1, 33, 34, 150, 151, 399):
        assert run(name, 7, cut) == whole
    assert run(name, 8, -1) != whole


@pytest.mark.parametrize("name", AT_THE_VENUE)
@pytest.mark.parametrize("seed", range(5))
def test_a_fill_model_gives_no_more_than_was_printed_and_only_to_who_rests(name: str, seed: int) -> None:
    module = FILLS[name]
    model = module.build(module.Config())
    book = VenueBook()
    leaves: dict[str, int] = {}
    price: dict[str, int] = {}
    side: dict[str, Side] = {}
    rested: dict[str, int] = {}
    for ms, event in market(seed):
        if event.__class__.__name__ == "Quote":
            book.on_quote(event)
            made = model.on_quote(book, event.recv_ns)
            for buying, shown in ((True, book.ask_lots), (False, book.bid_lots)):
                met = [fill for fill in made if (side[fill.client_id] is Side.BUY) is buying]
                assert sum(fill.lots for fill in met) <= shown
                for fill in met:  # no print: the other side's quote is at our price or better for us
                    assert book.crosses(side[fill.client_id], price[fill.client_id])
                    assert 0 < fill.lots <= leaves[fill.client_id]
                    leaves[fill.client_id] -= fill.lots
        else:
            made = model.on_trade(event, event.recv_ns)
            assert sum(fill.lots for fill in made) <= event.qty_lots
            for fill in made:
                name_ = fill.client_id
                buying = side[name_] is Side.BUY
                assert event.buyer_aggressor is not buying
                assert event.price_ticks <= price[name_] if buying else event.price_ticks >= price[name_]
                assert event.recv_ns > rested[name_] and 0 < fill.lots <= leaves[name_]
                leaves[name_] -= fill.lots
        if ms % 5 == 0 and book.usable:
            order = Side.BUY if below(seed, 3, ms, 0, 2) else Side.SELL
            ticks = 100 + below(seed, 3, ms, 1, 7) - 3
            if not book.crosses(order, ticks):
                order_id = f"C{ms}"
                leaves[order_id], price[order_id] = 1 + ms % 4, ticks
                side[order_id], rested[order_id] = order, event.recv_ns
                model.on_rest(Resting(order_id, order, ticks, 1 + ms % 4, event.recv_ns), book)
        if ms % 40 == 39:
            open_ids = [order_id for order_id, lots in leaves.items() if lots]
            if open_ids:
                model.on_gone(open_ids[0])
                leaves[open_ids[0]] = 0
