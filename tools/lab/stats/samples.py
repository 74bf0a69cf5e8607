"""From the tape of a market to the samples of the reproduction tables."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from tools.core.chance import below, stream_id
from tools.core.events import MarketEvent, Trade
from tools.core.instrument import Instrument
from tools.core.units import NS_PER_MS, PPM
from tools.lab.reference import Tape
from tools.lab.stats.amihud import amihud
from tools.lab.stats.bootstrap import SEED
from tools.lab.stats.jumps import jump_test
from tools.lab.stats.kyle import kyle_lambda
from tools.lab.stats.microprice import Transitions, shifts_ppm
from tools.lab.stats.queue_imbalance import Move
from tools.lab.stats.vpin import BUCKETS, vpin
from tools.observer import Observer, ObserverConfig

Pair = tuple[int, int]

_STREAM: Final = stream_id("stats.samples")


def tape_of(events: Iterable[MarketEvent], instrument: Instrument) -> Tape:
    """Return what an observer accepts of the events of one instrument."""
    observer = Observer(instrument, ObserverConfig(metrics=False))
    tape = Tape()
    for event in events:
        accepted = observer.admit(event)
        tape.take(event, observer.now_ns, accepted)
    return tape


def flow_pairs(tape: Tape, seconds: int) -> tuple[list[Pair], list[Pair]]:
    """Return ``(OFI, dM)`` and ``(signed lots, dM)`` of intervals of so many seconds, without overlap."""
    ofi = [0]
    for at in range(len(tape.quotes)):
        ofi.append(ofi[-1] + tape.ofi_lots(at))
    signed = [0]
    for trade in tape.trades:
        signed.append(signed[-1] + (trade.qty_lots if trade.buyer_aggressor else -trade.qty_lots))
    by_ofi: list[Pair] = []
    by_trades: list[Pair] = []
    for (one_ns, one_ht, _), (two_ns, two_ht, _) in pairwise(tape.tick_mids[::seconds]):
        if one_ht is None or two_ht is None:
            continue
        first, last = bisect_right(tape.quote_ns, one_ns), bisect_right(tape.quote_ns, two_ns)
        by_ofi.append((ofi[last] - ofi[first], two_ht - one_ht))
        first, last = bisect_right(tape.trade_ns, one_ns), bisect_right(tape.trade_ns, two_ns)
        by_trades.append((signed[last] - signed[first], two_ht - one_ht))
    return by_ofi, by_trades


def trade_counts(tape: Tape, seconds: int) -> list[int]:
    """Return the trades in each run of so many whole seconds."""
    times = tape.ticks_ns[::seconds]
    return [
        bisect_right(tape.trade_ns, two) - bisect_right(tape.trade_ns, one) for one, two in pairwise(times)
    ]


def last_of_each_time(tape: Tape) -> list[int]:
    """Return the last quote of each venue time; without one, of each ms of receiving."""
    out: list[int] = []
    last = None
    for at, quote in enumerate(tape.quotes):
        time = quote.exch_ns if quote.exch_ns is not None else tape.quote_ns[at] // NS_PER_MS
        if time == last:
            out[-1] = at
        else:
            out.append(at)
        last = time
    return out


def mid_moves(tape: Tape, drawn: bool) -> list[Move]:
    """Return for each move of the mid the imbalance before it, in ppm, and whether it was up.

    A burst of quotes of one venue time is one quote, its last: within a burst the best queues
    empty one by one, and their imbalance would tell what has happened already. With `drawn`
    the imbalance is that of a time drawn uniformly since the move before; without, the last.
    """
    out: list[Move] = []
    kept = last_of_each_time(tape)
    first = 0  # in `kept`, the quote that the last move made
    for place, (one, two) in enumerate(pairwise(kept)):
        moved = tape.mid_ht(two) - tape.mid_ht(one)
        if not moved:
            continue
        at = one
        if drawn:
            since_ns, until_ns = tape.quote_ns[kept[first]], tape.quote_ns[two]
            time_ns = since_ns + below(SEED, _STREAM, len(out), 0, max(until_ns - since_ns, 1))
            at = max(bisect_right(tape.quote_ns, time_ns) - 1, kept[first])
            at = kept[min(bisect_right(kept, at), place + 1) - 1]
        quote = tape.quotes[at]
        out.append((quote.bid_lots * PPM // (quote.bid_lots + quote.ask_lots), moved > 0))
        first = place + 1
    return out


def martingale_pairs(tape: Tape, buckets: int = 10, spreads: int = 2) -> dict[str, list[Pair]]:
    """Return ``(imbalance, change over 1 s)`` in ppm for mid, weighted mid and micro-price.

    The micro-price's table is estimated on the first half of the quotes; the pairs are those of
    whole seconds in the second half. Prices are in millionths of a tick.
    """
    half = len(tape.quotes) // 2
    seen = Transitions(buckets, spreads)
    seen.add((q.bid_ticks, q.bid_lots, q.ask_ticks, q.ask_lots) for q in tape.quotes[:half])
    table = shifts_ppm(seen)
    rows: list[tuple[int, int, int, int]] = []
    for tick_ns in tape.ticks_ns:
        at = bisect_right(tape.quote_ns, tick_ns) - 1
        if at < half:
            continue
        quote = tape.quotes[at]
        best = (quote.bid_ticks, quote.bid_lots, quote.ask_ticks, quote.ask_lots)
        both = quote.bid_lots + quote.ask_lots
        mid = (quote.bid_ticks + quote.ask_ticks) * (PPM // 2)
        weighted = (quote.bid_ticks * quote.ask_lots + quote.ask_ticks * quote.bid_lots) * PPM // both
        state = seen.state(best)
        shift = 0 if state is None else table[state]
        rows.append((quote.bid_lots * PPM // both, mid, weighted, mid + shift))
    out: dict[str, list[Pair]] = {"mid": [], "weighted mid": [], "micro-price": []}
    for one, two in pairwise(rows):
        for at, name in enumerate(out, start=1):
            out[name].append((one[0], two[at] - one[at]))
    return out


def report_only(tape: Tape, value_of_tick_lot: float) -> dict[str, float | None]:
    """Return the statistics on which nothing is decided, by name.

    Kyle's lambda over the last 300 s, Amihud over whole minutes, VPIN over 50 buckets of a
    fiftieth of the volume, and the jump statistic with the share of still intervals, both on
    the grid of 30 s.
    """
    _, trades = flow_pairs(tape, 1)
    minutes = [mid for _, mid, _ in tape.tick_mids[::60] if mid is not None]
    edges = [at_ns for at_ns, mid, _ in tape.tick_mids[::60] if mid is not None]
    turnover = [
        sum(trade.price_ticks * trade.qty_lots for trade in _between(tape, one, two))
        for one, two in pairwise(edges)
    ]
    lots = [(trade.qty_lots, trade.buyer_aggressor) for trade in tape.trades]
    grid = [mid for _, mid, _ in tape.tick_mids[::30] if mid is not None]
    changes = [two - one for one, two in pairwise(grid)]
    return {
        "kyle": kyle_lambda([x for x, _ in trades], [y for _, y in trades]),
        "amihud": amihud(minutes, turnover, value_of_tick_lot),
        "vpin": vpin(lots, sum(size for size, _ in lots) // BUCKETS),
        "jump": jump_test(changes, 2),
        "still": changes.count(0) / len(changes) if changes else None,
    }


def _between(tape: Tape, one_ns: int, two_ns: int) -> list[Trade]:
    return tape.trades[bisect_right(tape.trade_ns, one_ns) : bisect_right(tape.trade_ns, two_ns)]
