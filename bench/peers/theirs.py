"""Cases and recordings through hftbacktest: one asset, ticks and lots of 1, models by name."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from hftbacktest import GTC, GTX, LIMIT, BacktestAsset, HashMapMarketDepthBacktest
from hftbacktest.order import IOC, NEW, NONE, PARTIALLY_FILLED
from numba import njit

from peers.cases import IOC as CASE_IOC
from peers.cases import LIMIT as CASE_LIMIT
from peers.cases import Case
from peers.convert import event_array
from peers.lines import Line, Quoting, Run, lines_of
from tools.core.units import NS_PER_MS

QUEUES = ("risk averse", "power 3", "power3 3", "log")
EXCHANGES = ("partial", "whole")
T0_NS = 1_700_000_000 * 10**9


def backtest(events: np.ndarray, queue: str, exchange: str, delay_ns: int = 0) -> Any:
    """Return a backtest over `events`.

    Parameters
    ----------
    queue
        Of `QUEUES`.
    exchange
        ``"partial"``: its exchange with partial fills; ``"whole"``: the one without.
    delay_ns
        Of orders and cancels, and of their answers.
    """
    asset = BacktestAsset().data(events).linear_asset(1.0).constant_order_latency(delay_ns, delay_ns)
    if queue == "risk averse":
        asset = asset.risk_adverse_queue_model()
    elif queue == "power 3":
        asset = asset.power_prob_queue_model(3.0)
    elif queue == "power3 3":
        asset = asset.power_prob_queue_model3(3.0)
    else:
        asset = asset.log_prob_queue_model()
    asset = asset.partial_fill_exchange() if exchange == "partial" else asset.no_partial_fill_exchange()
    asset = asset.trading_value_fee_model(0.0, 0.0).tick_size(1.0).lot_size(1.0).last_trades_capacity(1_000)
    return HashMapMarketDepthBacktest([asset])


@njit
def _case(hbt, steps, given, end_ns):  # type: ignore[no-untyped-def]
    """Send and cancel at the times of `steps`, rows of (time, what, id, side, lots, price, force)."""
    hbt.elapse(0)
    for i in range(len(steps)):
        when, what, own, side, lots, price, force = steps[i]
        if when > hbt.current_timestamp:
            hbt.elapse(when - hbt.current_timestamp)
        if what == 2:
            hbt.cancel(0, own, False)
        elif side > 0:
            hbt.submit_buy_order(0, own, price, lots, force, LIMIT, False)
        else:
            hbt.submit_sell_order(0, own, price, lots, force, LIMIT, False)
    hbt.elapse(end_ns - hbt.current_timestamp)
    orders = hbt.orders(0)
    for i in range(len(given)):
        order = orders.get(i + 1)
        if order is not None:
            given[i] = round(order.qty - order.leaves_qty)
    return round(hbt.position(0))


def run_case(case: Case, queue: str, exchange: str) -> tuple[list[int], int]:
    """Return the lots that each order was given, and the position that we were told."""
    force = {CASE_IOC: IOC, CASE_LIMIT: GTC}
    steps = []
    for number, order in enumerate(case.orders, 1):
        sent = (order.side, order.lots, order.price, force.get(order.kind, GTX))
        steps.append((T0_NS + order.ms * NS_PER_MS, 1, number, *sent))
        if order.cancel_ms:
            steps.append((T0_NS + order.cancel_ms * NS_PER_MS, 2, number, *sent))
    lines = lines_of(case.market, T0_NS)
    hbt = backtest(event_array(lines), queue, exchange, case.delay_ms * NS_PER_MS)
    given = np.zeros(len(case.orders), np.int64)
    position = _case(hbt, np.array(sorted(steps), np.int64), given, lines[-1][1])
    hbt.close()
    return [int(lots) for lots in given], int(position)


@njit
def _quoting(hbt, first_ns, every_ns, last_ns, lots, given):  # type: ignore[no-untyped-def]
    """Cancel and quote anew at every step; return how many cancels were sent."""
    cancels = 0
    sent = 0
    step_ns = first_ns
    hbt.elapse(0)
    while True:
        until_ns = min(step_ns, last_ns)
        hbt.elapse(until_ns - hbt.current_timestamp)
        orders = hbt.orders(0)
        # What was sent at the last step but one is over by now.
        for own in range(max(1, sent - 3), sent + 1):
            order = orders.get(own)
            if order is None:
                continue
            given[own - 1] = round(order.qty - order.leaves_qty)
            active = order.status == NEW or order.status == PARTIALLY_FILLED
            if step_ns < last_ns and active and order.req == NONE:
                hbt.cancel(0, own, False)
                cancels += 1
        if step_ns >= last_ns:
            return cancels
        hbt.clear_inactive_orders(0)
        depth = hbt.depth(0)
        hbt.submit_buy_order(0, sent + 1, depth.best_bid, lots, GTX, LIMIT, False)
        hbt.submit_sell_order(0, sent + 2, depth.best_ask, lots, GTX, LIMIT, False)
        sent += 2
        step_ns += every_ns


def run_quoting(lines: Sequence[Line], quoting: Quoting, queue: str, exchange: str) -> Run:
    """Replay lines under the quoting rule of `Quoting`; time it in CPU seconds, compiling apart."""
    data = event_array(lines)
    last_ns = lines[-1][1]
    given = np.zeros(2 * len(range(quoting.first_ns, last_ns, quoting.every_ns)), np.int64)
    seconds = 0.0
    for end_ns in (quoting.first_ns + 1, last_ns):  # the first time has numba compile
        hbt = backtest(data, queue, exchange, quoting.delay_ns)
        started = time.process_time()
        cancels = _quoting(hbt, quoting.first_ns, quoting.every_ns, end_ns, quoting.lots, given)
        seconds = time.process_time() - started
        position = round(hbt.position(0))
        hbt.close()
    return Run([int(lots) for lots in given], int(cancels), int(position), seconds)
