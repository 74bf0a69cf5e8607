"""Workload W written down as plainly as its text, on floats and whole lists: slow, for tests only.

It shares the stream and the figures of `terms` with the runs that it checks, and no other code.
Windows are cut out of everything seen so far and added up anew for every event.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from fractions import Fraction
from math import floor, fsum, log, sqrt

from workload.stream import QUOTE, Row
from workload.terms import Checks


class _Own:
    def __init__(self, price: int, ahead: int) -> None:
        self.price, self.ahead, self.left = price, ahead, 10


def run(stream: Iterable[Row]) -> Checks:
    """Return the checks of a stream."""
    trade_times: list[int] = []
    quote_times: list[int] = []
    spreads: list[int] = []
    squares: list[float] = []
    mid = 0.0
    bid = ask = bid_lots = ask_lots = 0
    own: dict[int, _Own] = {}  # +1: our bid, -1: our ask
    position = requotes = next_requote = 0
    orders = cancels = fills = filled = events = 0
    sum_trades, sum_spread, sum_rv = 0, 0, 0.0
    regimes = {"NORMAL": 0, "FAST": 0, "UNSTABLE": 0}
    for kind, ts, a, b, c, d in stream:
        events += 1
        made: list[tuple[int, int]] = []
        if kind == QUOTE:
            bid, bid_lots, ask, ask_lots = a, b, c, d
            before, mid = mid, (bid + ask) * 0.5
            quote_times.append(ts)
            spreads.append(ask - bid)
            squares.append(log(mid / before) ** 2 if before else 0.0)
            for side, order in own.items():
                best, shown, other = (bid, bid_lots, ask) if side > 0 else (ask, ask_lots, bid)
                if side * (order.price - other) >= 0:
                    made.append((side, order.left))
                elif side * (order.price - best) > 0:
                    order.ahead = 0
                elif order.price == best:
                    order.ahead = min(order.ahead, shown)
        else:
            trade_times.append(ts)
            met = own.get(-c)
            if met is not None:
                past = c * (a - met.price)  # above our ask, or below our bid
                if past > 0:
                    made.append((-c, met.left))
                elif past == 0:
                    lots = min(met.left, max(0, b - met.ahead))
                    met.ahead = max(0, met.ahead - b)
                    if lots:
                        made.append((-c, lots))
        for side, lots in made:
            own[side].left -= lots
            position += side * lots
            fills += 1
            filled += lots
            if own[side].left == 0:
                del own[side]

        def last(times: list[int], seconds: int, now: int = ts) -> int:
            return bisect_right(times, now - seconds * 1_000_000)

        intensity_1s = len(trade_times) - last(trade_times, 1)
        intensity_10s = (len(trade_times) - last(trade_times, 10)) / 10
        since_1s, since_10s = last(quote_times, 1), last(quote_times, 10)
        rv_1s = sqrt(fsum(squares[since_1s:]))
        mean_spread_1s = Fraction(sum(spreads[since_1s:]), max(1, len(spreads) - since_1s))
        if rv_1s > 1.15e-4 or mean_spread_1s > 5:
            regime = "UNSTABLE"
        elif (
            rv_1s > 3e-5
            or intensity_1s > 300
            or (intensity_10s > 0 and intensity_1s > 3 * Fraction(intensity_10s).limit_denominator(10))
        ):
            regime = "FAST"
        else:
            regime = "NORMAL"
        regimes[regime] += 1

        if ts < next_requote:
            continue
        next_requote = ts + 100_000
        requotes += 1
        sum_trades += intensity_1s
        if len(spreads) > since_10s:
            sum_spread += floor(Fraction(sum(spreads[since_10s:]), len(spreads) - since_10s) * 1_000_000)
        sum_rv += sqrt(fsum(squares[since_10s:]))
        cancels += len(own)
        own.clear()
        if regime != "UNSTABLE" and bid:
            for side, price, shown in ((1, bid, bid_lots), (-1, ask, ask_lots)):
                if abs(position + side * 10) <= 50:
                    own[side] = _Own(price, shown)
                    orders += 1
    return Checks(
        events=events, requotes=requotes, trades_1s=sum_trades, spread_10s_ppm=sum_spread, rv_10s=sum_rv,
        normal=regimes["NORMAL"], fast=regimes["FAST"], unstable=regimes["UNSTABLE"],
        orders=orders, cancels=cancels, fills=fills, filled_lots=filled,
    )  # fmt: skip
