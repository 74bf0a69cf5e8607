"""The slow path of the costs gauge: see `tools.lab.reference`."""

from bisect import bisect_left, bisect_right
from typing import Any, Final

from tools.core.events import Trade
from tools.core.units import PPM, UBPS_ONE
from tools.lab.reference import S, Tape, quotient
from tools.observer.gauge import Figure

_Row = tuple[int, int, int, int, int]  # effective, realised, impact, base; better than the opposite best?

_HORIZONS: Final = {"100ms": S // 10, "1s": S, "5s": 5 * S, "30s": 30 * S, "60s": 60 * S}
_LATE_NS: Final = 20 * S
_ODD_NS: Final = 10 * S


class SlowCosts:
    """Each trade by itself: the quote before it and the mids after it, looked for in the whole list."""

    def __init__(self, config: Any) -> None:
        self._config: Final = config
        self._keys: list[int] = []  # of the quotes, times that join; lifted so as never to go back
        self._index: list[int] = []  # which quote each is
        self._read = 0
        self._odd_ns: int | None = None
        self._recv_ns = 0
        self._segment = 0  # breaks seen so far
        self._first = 0  # first key of this connection
        self._found: dict[tuple[int, str], _Row | None] = {}

    def __call__(self, tape: Tape, now_ns: int) -> dict[str, Figure]:
        """Return the figures of the costs gauge."""
        if not tape.quotes:
            words = ("effective", "realised", "impact", "base")
            sums = [f"{word}_{name}_60s_htl" for name in _HORIZONS for word in words]
            ratios = [f"{word}_{name}_60s_ubps" for name in _HORIZONS for word in words[1:3]]
            shares = ["at_300s_ppm", "through_300s_ppm", "inside_300s_ppm", "inside_alarm"]
            return dict.fromkeys(["joined_60s", "effective_60s_ubps", *sums, *ratios, *shares])
        by_exchange = tape.quotes[0].exch_ns is not None
        hold_ns = self._config.hold_ns if by_exchange else 1
        out: dict[str, Figure] = {}
        since_ns = now_ns - tape.quote_ns[0]
        known = self._known(tape, "", 0, hold_ns, by_exchange, 60 * S, now_ns)
        full = since_ns >= 60 * S + hold_ns
        out["joined_60s"] = len(known) if full else None
        out["effective_60s_ubps"] = _twice_ubps(known, 0) if full else None
        for name, horizon_ns in _HORIZONS.items():
            known = self._known(tape, name, horizon_ns, hold_ns, by_exchange, 60 * S, now_ns)
            full = since_ns >= 60 * S + horizon_ns + hold_ns
            for part, word in enumerate(("effective", "realised", "impact", "base")):
                out[f"{word}_{name}_60s_htl"] = sum(row[part] for row in known) if full else None
            out[f"realised_{name}_60s_ubps"] = _twice_ubps(known, 1) if full else None
            out[f"impact_{name}_60s_ubps"] = _twice_ubps(known, 2) if full else None
        fits = [row[4] for row in self._known(tape, "", 0, hold_ns, by_exchange, 300 * S, now_ns)]
        full = since_ns >= 300 * S + hold_ns
        for word, sign in (("at", 0), ("through", -1), ("inside", 1)):
            out[f"{word}_300s_ppm"] = quotient(PPM * fits.count(sign), len(fits)) if full else None
        limit = self._config.inside_exchange_ppm if by_exchange else self._config.inside_receive_ppm
        loud = len(fits) >= self._config.min_trades and fits.count(1) * PPM > limit * len(fits)
        out["inside_alarm"] = int(loud) if full else None
        return out

    def _known(
        self,
        tape: Tape,
        name: str,
        horizon_ns: int,
        hold_ns: int,
        by_exchange: bool,
        width_ns: int,
        now_ns: int,
    ) -> list[_Row]:
        """Return what became known in ``(now - width, now]`` at one horizon."""
        wait_ns = horizon_ns + hold_ns
        first = bisect_right(tape.trade_ns, now_ns - width_ns - wait_ns)
        last = bisect_right(tape.trade_ns, now_ns - wait_ns)
        rows = []
        for number in range(first, last):
            key = (number, name)
            if key not in self._found:
                self._found[key] = self._row(tape, number, horizon_ns, hold_ns, by_exchange)
            row = self._found[key]
            if row is not None:
                rows.append(row)
        return rows

    def _row(self, tape: Tape, number: int, horizon_ns: int, hold_ns: int, by_exchange: bool) -> _Row | None:
        trade = tape.trades[number]
        arrived_ns = tape.trade_ns[number]
        if any(arrived_ns <= at_ns < arrived_ns + horizon_ns + hold_ns for at_ns in tape.breaks_ns):
            return None
        start = max((q for q, t in tape.broken_at if t <= number), default=0)
        before = self._before(tape, trade, number, start, hold_ns, by_exchange)
        if before is None:
            return None
        quote = tape.quotes[before]
        mid_ht = quote.bid_ticks + quote.ask_ticks
        after_ht = mid_ht
        if horizon_ns:
            for step_ns in [h for h in _HORIZONS.values() if h <= horizon_ns]:  # a lost one loses the longer
                due_ns = arrived_ns + step_ns + hold_ns
                at_ns = (trade.exch_ns if by_exchange else arrived_ns) or 0
                found = self._last(tape, start, due_ns, at_ns + step_ns, at_ns + step_ns + 1, by_exchange)
                if found is None:
                    return None
                after_ht = tape.mid_ht(found)
        side = 1 if trade.buyer_aggressor else -1
        lots = side * trade.qty_lots
        better = quote.ask_ticks - trade.price_ticks if side > 0 else trade.price_ticks - quote.bid_ticks
        twice = 2 * trade.price_ticks
        return (
            lots * (twice - mid_ht), lots * (twice - after_ht), lots * (after_ht - mid_ht),
            trade.qty_lots * mid_ht, (better > 0) - (better < 0),
        )  # fmt: skip

    def _before(
        self, tape: Tape, trade: Trade, number: int, start: int, hold_ns: int, by_exchange: bool
    ) -> int | None:
        newest = tape.before_trade[number]
        if newest < start:
            return None
        if not by_exchange:
            return newest
        if trade.exch_ns is None:
            return None
        return self._last(tape, start, tape.trade_ns[number] + hold_ns, trade.exch_ns, trade.exch_ns, True)

    def _last(
        self, tape: Tape, start: int, due_ns: int, time_ns: int, below_ns: int, by_exchange: bool
    ) -> int | None:
        """Return the last quote below a joining time among those received before `due_ns`."""
        self._extend(tape, by_exchange)
        low = bisect_left(self._index, start)
        high = bisect_left(self._index, bisect_left(tape.quote_ns, due_ns))
        if high <= low or time_ns <= self._keys[high - 1] - _LATE_NS:
            return None
        found = bisect_left(self._keys, below_ns, low, high) - 1
        return self._index[found] if found >= low else None

    def _extend(self, tape: Tape, by_exchange: bool) -> None:
        """Give every new quote the time that joins it."""
        while self._read < len(tape.quotes):
            at = self._read
            self._read += 1
            recv_ns, exch_ns = tape.quote_ns[at], tape.quotes[at].exch_ns
            if sum(q <= at for q, _ in tape.broken_at) > self._segment:
                self._segment = sum(q <= at for q, _ in tape.broken_at)
                self._first = len(self._keys)
                self._odd_ns = None
            fresh = len(self._keys) == self._first
            if by_exchange:
                if exch_ns is None:
                    continue
                if not fresh and exch_ns - self._keys[-1] > recv_ns - self._recv_ns + _ODD_NS:
                    agrees = self._odd_ns is not None and abs(exch_ns - self._odd_ns) <= _ODD_NS
                    self._odd_ns = exch_ns
                    if not agrees:
                        continue
                else:
                    self._odd_ns = None
            own_ns = exch_ns if by_exchange and exch_ns is not None else recv_ns
            self._keys.append(own_ns if fresh else max(own_ns, self._keys[-1]))
            self._index.append(at)
            self._recv_ns = recv_ns


def _twice_ubps(rows: list[_Row], part: int) -> int | None:
    return quotient(2 * UBPS_ONE * sum(row[part] for row in rows), sum(row[3] for row in rows))
