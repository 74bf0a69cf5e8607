"""The slow path of the other gauges: see `tools.lab.reference`."""

from bisect import bisect_right
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Final

from tools.core.units import PPM
from tools.lab.reference import S, Tape, nearest_rank, quotient
from tools.lab.reference_best import SlowBestFlow, SlowDepth, SlowResiliency
from tools.lab.reference_costs import SlowCosts
from tools.observer.gauge import Figure

Slow = Callable[[Tape, int], dict[str, Figure]]


class SlowTrading:
    """Orders, bins and depth by walking over the window."""

    def __init__(self, config: Any) -> None:
        self._bin_ticks: Final = config.bin_ticks
        self._bins: Final = config.bins
        self._sizes: list[int] = []

    def __call__(self, tape: Tape, now_ns: int) -> dict[str, Figure]:
        """Return the figures of the trading gauge."""
        self._sizes += [quote.bid_lots + quote.ask_lots for quote in tape.quotes[len(self._sizes) :]]
        out: dict[str, Figure] = {}
        for seconds in (1, 10, 60):
            trades = tape.trades_in(seconds * S, now_ns)
            signed = sum(trade.qty_lots * (1 if trade.buyer_aggressor else -1) for trade in trades)
            out[f"signed_{seconds}s_lots"] = signed if tape.full(seconds * S, now_ns) else None
        for seconds in (1, 10):
            mean = tape.mean(self._sizes, seconds * S, now_ns)
            ofi = sum(tape.ofi_lots(at) for at in tape.quotes_in(seconds * S, now_ns))
            known = mean is not None and tape.full(seconds * S, now_ns)
            out[f"ofi_{seconds}s_ppm"] = quotient(2 * PPM * ofi, mean or 0) if known else None
        out.update(self._orders(tape, now_ns))
        out["fano_600s_ppm"] = self._fano(tape)
        quotes, trades = tape.quotes_in(60 * S, now_ns), tape.trades_in(60 * S, now_ns)
        out["quotes_per_trade_60s_ppm"] = (
            quotient(PPM * len(quotes), len(trades)) if tape.full(60 * S, now_ns) else None
        )
        return out

    def _orders(self, tape: Tape, now_ns: int) -> dict[str, Figure]:
        orders = levels = lots = 0
        first = bisect_right(tape.trade_ns, now_ns - 10 * S)
        starts = {number for _, number in tape.broken_at}
        for number in range(first, len(tape.trades)):
            begin = number
            while begin > 0 and begin not in starts and _same_order(tape, begin - 1, begin):
                begin -= 1
            orders += begin == number
            run = tape.trades[begin : number + 1]
            prices = [trade.price_ticks for trade in run]
            levels = max(levels, 1 + sum(one != two for one, two in pairwise(prices)))
            lots = max(lots, sum(trade.qty_lots for trade in run))
        if not tape.full(10 * S, now_ns):
            return dict.fromkeys(("orders_10s", "sweep_levels_10s", "sweep_10s_lots"))
        return {"orders_10s": orders, "sweep_levels_10s": levels, "sweep_10s_lots": lots}

    def _fano(self, tape: Tape) -> int | None:
        """Return variance over mean of the counts of complete bins, by the definition."""
        since_ns = tape.breaks_ns[-1] if tape.breaks_ns else -1
        first = tape.broken_at[-1][1] if tape.broken_at else 0
        counts, begin = [], first
        for number in range(self._bin_ticks, len(tape.ticks_ns) + 1, self._bin_ticks):
            if tape.tick_order[number - 1][0] < len(tape.breaks_ns) or tape.ticks_ns[number - 1] < since_ns:
                continue
            end = tape.tick_order[number - 1][1]
            counts.append(end - begin)
            begin = end
        counts = counts[-self._bins :]
        if len(counts) < self._bins:
            return None
        n, total = len(counts), sum(counts)
        variance_n2 = sum((n * count - total) ** 2 for count in counts)  # n^3 times the variance
        return quotient(PPM * variance_n2, n * n * total)


def _same_order(tape: Tape, one: int, two: int) -> bool:
    first, second = tape.trades[one], tape.trades[two]
    first_ns = tape.trade_ns[one] if first.exch_ns is None else first.exch_ns
    second_ns = tape.trade_ns[two] if second.exch_ns is None else second.exch_ns
    return first_ns == second_ns and first.buyer_aggressor == second.buyer_aggressor


class SlowVolatility:
    """Changes of the mid between whole seconds, listed anew."""

    def __init__(self, config: Any) -> None:
        del config

    def __call__(self, tape: Tape, now_ns: int) -> dict[str, Figure]:
        """Return the figures of the volatility gauge."""
        out: dict[str, Figure] = {}
        changes = tape.changes_ht(301 * S, now_ns)
        for seconds in (10, 60, 300):
            products = [
                abs(one * two)
                for (_, one, breaks), (at_ns, two, still) in pairwise(changes)
                if at_ns > now_ns - seconds * S and breaks == still
            ]
            out[f"bv_{seconds}s_ht2"] = sum(products) if tape.full(seconds * S, now_ns) else None
        recent = [change for at_ns, change, _ in changes if at_ns > now_ns - 300 * S]
        full = tape.full(300 * S, now_ns)
        out["rv_300s_ht2"] = sum(change * change for change in recent) if full else None
        out["still_300s_ppm"] = quotient(PPM * recent.count(0), len(recent)) if full else None
        return out


class SlowFeed:
    """Exact quantiles of gaps: the histogram's may be up to 1/32 above them."""

    def __init__(self, config: Any) -> None:
        del config
        self._gaps: dict[str, tuple[int, list[tuple[int, int]], list[int]]] = {}

    def __call__(self, tape: Tape, now_ns: int) -> dict[str, Figure]:
        """Return the figures of the feed gauge that are no latency."""
        out: dict[str, Figure] = {}
        for part, (name, times) in enumerate(
            (("quote", tape.quote_ns), ("trade", tape.trade_ns), ("link", tape.link_ns))
        ):
            gaps = self._recent(name, times, [pause[part] for pause in tape.pauses], now_ns)
            out[f"{name}_gap_p99_1h_ns"] = nearest_rank(gaps, 990_000)
            if name != "link":
                out[f"{name}_gap_p999_1h_ns"] = nearest_rank(gaps, 999_000)
        out["trade_age_ns"] = now_ns - tape.trade_ns[-1] if tape.trade_ns else None
        lost = any(at_ns > now_ns - 60 * S for at_ns, _ in tape.missing)
        out["sequence"] = ("gap" if lost else "ok") if tape.trade_ns else None
        out["trade_ids_missing"] = sum(ids for _, ids in tape.missing)
        out["quotes_crossed"] = sum(quote.bid_ticks > quote.ask_ticks for quote in tape.quotes)
        out["quotes_locked"] = sum(quote.bid_ticks == quote.ask_ticks for quote in tape.quotes)
        return out

    def _recent(self, name: str, times: list[int], pauses: list[int], now_ns: int) -> list[int]:
        """Return the gaps of the last 60 minutes, counted from the first gap, sorted."""
        read, gaps, ordered = self._gaps.get(name, (0, [], []))
        fresh = []
        for at in range(max(read, 1), len(times)):
            if at not in pauses:
                fresh.append((times[at], times[at] - times[at - 1]))
        gaps += fresh
        ordered += [gap for _, gap in fresh]
        ordered.sort()
        self._gaps[name] = (len(times), gaps, ordered)
        if not gaps:
            return []
        running = (now_ns - gaps[0][0]) // (60 * S)
        if running < 60:
            return ordered
        first_ns = gaps[0][0]
        return sorted(gap for at_ns, gap in gaps if (at_ns - first_ns) // (60 * S) > running - 60)


SLOW: Final[dict[str, Callable[[Any], Slow]]] = {
    "costs": SlowCosts,
    "trading": SlowTrading,
    "volatility": SlowVolatility,
    "feed": SlowFeed,
    "best_flow": SlowBestFlow,
    "resiliency": SlowResiliency,
    "depth": SlowDepth,
}
