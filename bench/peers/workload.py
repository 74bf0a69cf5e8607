"""Workload W through hftbacktest: its feed, its exchange model, its numba; run by `bench/workload_w.py`.

    python -m peers.workload EVENTS SEED

The windows are running sums in arrays; the market is read from its depth and its last trades after
each event. Its exchange is the one without partial fills, because with partial fills its position
leaves out what is filled in part, and the check of the position would be another one.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
from hftbacktest import GTX, LIMIT
from hftbacktest.order import NEW, NONE
from numba import njit

from peers.convert import event_array
from peers.theirs import backtest
from workload.stream import rows
from workload.terms import (
    INTENSITY_FAST,
    MAX_LOTS,
    NS_PER_US,
    PPM,
    QTY_LOTS,
    REQUOTE_US,
    SPREAD_UNSTABLE_TICKS,
    START_NS,
    Checks,
)

S1, S10 = 1_000_000_000, 10_000_000_000
REQUOTE_NS = REQUOTE_US * NS_PER_US
RV_UNSTABLE, RV_FAST = 1.15e-4, 3e-5


@njit
def run_w(hbt, times):  # type: ignore[no-untyped-def]
    """Return the counts and the float sum of `Checks`."""
    n = len(times)
    t_times = np.empty(n, np.int64)
    q_times = np.empty(n, np.int64)
    spreads = np.empty(n, np.int64)
    squares = np.empty(n, np.float64)
    nt = nq = t1 = t10 = q1 = q10 = 0
    s1 = s10 = 0
    r1 = r10 = 0.0
    mid = 0.0
    out = np.zeros(8, np.int64)
    rv_sum = 0.0
    requote = 0
    bid_id = ask_id = 0
    ids = 0
    bid = ask = 0
    hbt.elapse(0)
    for i in range(n):
        now = times[i]
        hbt.elapse(now - hbt.current_timestamp)
        trades = hbt.last_trades(0)
        if len(trades) > 0:
            hbt.clear_last_trades(0)
            t_times[nt] = now
            nt += 1
        else:
            depth = hbt.depth(0)
            bid, ask = depth.best_bid_tick, depth.best_ask_tick
            before, mid = mid, (bid + ask) * 0.5
            q_times[nq] = now
            spreads[nq] = ask - bid
            r = np.log(mid / before) if before > 0 else 0.0
            squares[nq] = r * r
            s1 += ask - bid
            s10 += ask - bid
            r1 += r * r
            r10 += r * r
            nq += 1
        while t1 < nt and t_times[t1] <= now - S1:
            t1 += 1
        while t10 < nt and t_times[t10] <= now - S10:
            t10 += 1
        while q1 < nq and q_times[q1] <= now - S1:
            s1 -= spreads[q1]
            r1 -= squares[q1]
            q1 += 1
        while q10 < nq and q_times[q10] <= now - S10:
            s10 -= spreads[q10]
            r10 -= squares[q10]
            q10 += 1
        in_1s, in_10s = nt - t1, nt - t10
        rv_1s = np.sqrt(max(0.0, r1))
        if rv_1s > RV_UNSTABLE or s1 > SPREAD_UNSTABLE_TICKS * (nq - q1):
            regime = 2
        elif rv_1s > RV_FAST or in_1s > INTENSITY_FAST or (in_10s > 0 and 10 * in_1s > 3 * in_10s):
            regime = 1
        else:
            regime = 0
        out[regime] += 1
        if now < requote:
            continue
        requote = now + REQUOTE_NS
        out[3] += 1
        out[4] += in_1s
        if nq > q10:
            out[5] += s10 * PPM // (nq - q10)
        rv_sum += np.sqrt(max(0.0, r10))
        orders = hbt.orders(0)
        for own in (bid_id, ask_id):
            if own == 0:
                continue
            order = orders.get(own)
            if order is not None and order.status == NEW and order.req == NONE:
                hbt.cancel(0, own, False)
                out[7] += 1
        bid_id = ask_id = 0
        hbt.clear_inactive_orders(0)
        if regime == 2 or bid == 0:
            continue
        position = hbt.position(0)
        if abs(position + QTY_LOTS) <= MAX_LOTS:
            ids += 1
            bid_id = ids
            hbt.submit_buy_order(0, bid_id, bid, QTY_LOTS, GTX, LIMIT, False)
            out[6] += 1
        if abs(position - QTY_LOTS) <= MAX_LOTS:
            ids += 1
            ask_id = ids
            hbt.submit_sell_order(0, ask_id, ask, QTY_LOTS, GTX, LIMIT, False)
            out[6] += 1
    return out, rv_sum


def run(events: int, seed: int) -> tuple[Checks, float]:
    """Return the checks of a run and its CPU seconds."""
    stream = [(kind, START_NS + ts * NS_PER_US, a, b, c, d) for kind, ts, a, b, c, d in rows(seed, events)]
    times = np.array([line[1] for line in stream], np.int64)
    data = event_array(stream)
    del stream
    hbt = backtest(data, "power 3", "whole")
    started = time.process_time()
    out, rv_sum = run_w(hbt, times)
    seconds = time.process_time() - started
    state = hbt.state_values(0)
    checks = Checks(
        events=events, requotes=int(out[3]), trades_1s=int(out[4]), spread_10s_ppm=int(out[5]),
        rv_10s=float(rv_sum), normal=int(out[0]), fast=int(out[1]), unstable=int(out[2]),
        orders=int(out[6]), cancels=int(out[7]), fills=int(state.num_trades),
        filled_lots=round(state.trading_volume),
    )  # fmt: skip
    hbt.close()
    return checks, seconds


def main(argv: list[str]) -> int:
    """Run once to have numba compile, then measure."""
    events, seed = int(argv[0]), int(argv[1])
    run(min(events, 2_000), seed)
    checks, seconds = run(events, seed)
    print(json.dumps({"checks": checks.to_dict(), "seconds": seconds}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
