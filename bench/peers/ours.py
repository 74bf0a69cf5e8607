"""Cases and recordings through this engine's paper exchange and order store."""

from __future__ import annotations

import time
from collections.abc import Iterable

from peers.cases import LIMIT, POST, Case, Order
from peers.lines import QUOTE, Line, Quoting, Run, lines_of
from tools.core.entry import NewOrder
from tools.core.events import Market, Quote, Side, Trade
from tools.core.instrument import Instrument
from tools.core.reports import ReportKind
from tools.core.units import NS_PER_MS, PPM
from tools.execution.latency import constant
from tools.live.order_store import InMemoryOrderStore
from tools.live.paper_exchange import PaperConfig, PaperExchange

INSTRUMENT = Instrument(venue="p", symbol="ONE", tick="1", lot="1")
KEY = INSTRUMENT.key
T0_NS = 1_700_000_000 * 10**9


def exchange_for(fill_model: str, delay_ns: int) -> PaperExchange:
    """Return a paper exchange with constant delays that gives all that is displayed."""
    return PaperExchange(
        {KEY: INSTRUMENT},
        # The cases are about what is displayed, and not about doubts in it.
        PaperConfig(fill_model=fill_model, latency_model="constant", haircut_ppm=PPM),
        latency_config=constant.Config(entry_ns=delay_ns, cancel_ns=delay_ns, response_ns=delay_ns),
    )


def event_of(line: Line, number: int) -> Quote | Trade:
    """Return a line as an event of ours."""
    kind, time_ns, a, b, c, d = line
    if kind == QUOTE:
        return Quote(KEY, time_ns, time_ns, a, b, c, d, number)
    return Trade(KEY, time_ns, time_ns, a, b, c > 0, Market.MARKET, number, number)


def run_case(case: Case, fill_model: str) -> tuple[list[int], int]:
    """Return the lots that each order was given, and the position that we were told."""
    exchange = exchange_for(fill_model, case.delay_ms * NS_PER_MS)
    steps: list[tuple[int, int, object]] = []
    for number, line in enumerate(lines_of(case.market, T0_NS), 1):
        steps.append((line[1], 0, event_of(line, number)))
    for number, order in enumerate(case.orders):
        steps.append((T0_NS + order.ms * NS_PER_MS, 1, number))
        if order.cancel_ms:
            steps.append((T0_NS + order.cancel_ms * NS_PER_MS, 2, number))
    given = [0] * len(case.orders)
    for time_ns, what, item in sorted(steps, key=lambda step: step[:2]):
        if isinstance(item, (Quote, Trade)):
            exchange.on_market(item, time_ns)
        exchange.advance(time_ns)
        if what == 1 and isinstance(item, int):
            _send(exchange, f"O{item}", case.orders[item])
        elif what == 2:
            exchange.cancel(f"O{item}")
        for report in exchange.reports():
            if report.kind is ReportKind.TRADE:
                given[int(report.client_id[1:])] += report.last_lots
    return given, int(exchange.get_positions().get(KEY, 0))


def _send(exchange: PaperExchange, client_id: str, order: Order) -> None:
    side = Side.BUY if order.side > 0 else Side.SELL
    if order.kind == LIMIT:  # `place_limit` knows no order that takes and rests
        exchange.submit_order(NewOrder(client_id, KEY, side, order.lots, order.price))
        return
    force = "GTC" if order.kind == POST else "IOC"
    exchange.place_limit(client_id, KEY, side, order.lots, order.price, force)


def run_quoting(lines: Iterable[Line], quoting: Quoting, fill_model: str) -> Run:
    """Replay lines under the quoting rule of `Quoting`; time it in CPU seconds."""
    exchange = exchange_for(fill_model, quoting.delay_ns)
    store = InMemoryOrderStore(keep_closed=1_000)
    events = [event_of(line, number) for number, line in enumerate(lines, 1)]
    last_ns = events[-1].recv_ns
    given: list[int] = []
    bid = ask = cancels = 0
    started = time.process_time()
    at = 0
    for step_ns in range(quoting.first_ns, last_ns, quoting.every_ns):
        while events[at].recv_ns <= step_ns:
            event = events[at]
            at += 1
            exchange.on_market(event, event.recv_ns)
            if isinstance(event, Quote):
                bid, ask = event.bid_ticks, event.ask_ticks
        exchange.advance(step_ns)
        _book(exchange, store, given)
        for order in store.open_orders():
            exchange.cancel(order.client_id)
            cancels += 1
        for side, price in ((Side.BUY, bid), (Side.SELL, ask)):
            client_id = f"O{len(given)}"
            given.append(0)
            exchange.place_limit(client_id, KEY, side, quoting.lots, price)
            store.add(client_id, KEY, side, quoting.lots, price, step_ns)
    while at < len(events):
        exchange.on_market(events[at], events[at].recv_ns)
        at += 1
    exchange.advance(last_ns)
    _book(exchange, store, given)
    seconds = time.process_time() - started
    return Run(given, cancels, int(exchange.get_positions().get(KEY, 0)), seconds)


def _book(exchange: PaperExchange, store: InMemoryOrderStore, given: list[int]) -> None:
    for report in exchange.reports():
        change = store.apply(report)
        given[int(report.client_id[1:])] += change.fill_lots
