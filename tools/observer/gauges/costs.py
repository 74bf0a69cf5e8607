"""What trading cost: effective and realised spread, impact, and whether prints fit the quotes.

Per trade, with M0 the mid before it and M_h the mid at ``t + h``, all in half-ticks x lots:
effective ``s q (2P - M0)``, realised ``s q (2P - M_h)``, impact ``s q (M_h - M0)``; so that
effective = realised + impact, exactly, over any set of trades. Ratios are to ``sum q M0``, and
twice that: a spread has two sides.

A trade enters a window when its figure becomes known, which is `hold_ns` after its horizon
(`tools.observer.join`). One whose horizon spans a lost connection is left out and counted.
"""

from dataclasses import dataclass
from typing import Final

from tools.core.errors import ConfigError
from tools.core.events import Quote, Trade
from tools.core.snapshots import Snapshot, read_int, read_ints, read_part, read_parts
from tools.core.units import NS_PER_MS, PPM, UBPS_ONE
from tools.observer.costs import (
    FIT_NS,
    HORIZONS,
    WINDOW_NS,
    CostSums,
    WaitingTrade,
    cost_columns,
    waiting_from,
)
from tools.observer.gauge import Figure, Gauge, Parts, ratio_ppm, towards_zero
from tools.observer.join import QuoteJoin
from tools.observer.windows import CountWindow

_CUT: Final = 512


@dataclass(frozen=True, kw_only=True)
class Config:
    """How trades are joined and when their fit is alarming.

    Parameters
    ----------
    hold_ns
        How long after a trade, or its horizon, a quote of that time is waited for, where
        exchange times join. Where they do not, nothing is waited for.
    inside_exchange_ppm, inside_receive_ppm
        Share of trades better than the opposite best, above which `inside_alarm` is 1:
        where exchange times join, and where the order of arrival does.
    min_trades
        Fewer trades than this in five minutes raise no alarm.
    """

    hold_ns: int = 50 * NS_PER_MS
    inside_exchange_ppm: int = 20_000
    inside_receive_ppm: int = 250_000
    min_trades: int = 100

    def __post_init__(self) -> None:
        if self.hold_ns < 1:
            raise ConfigError(f"costs.hold_ns: must be positive, not {self.hold_ns}")
        if not (0 < self.inside_exchange_ppm < PPM and 0 < self.inside_receive_ppm < PPM):
            raise ConfigError("costs.inside_exchange_ppm, inside_receive_ppm: must be within 0 % and 100 %")
        if self.min_trades < 1:
            raise ConfigError(f"costs.min_trades: must be at least 1, not {self.min_trades}")


COLUMNS: Final = cost_columns()

# What happened, by ms, and some figures at the last of it; the shapes are those of `tests/kit/gauges.py`.
# A buyer pays 102 at a mid of 101. A second later the mid is 102: all of it was impact.
EXAMPLES: Final = (
    (
        (("quote", 0, 100, 5, 102, 5), ("trade", 2_000, 102, 3, "BUY"), ("quote", 2_900, 101, 5, 103, 5),
         ("tick", 61_100)),
        {"joined_60s": 1, "effective_60s_ubps": 2 * 3 * 2 * UBPS_ONE // (3 * 202),
         "effective_1s_60s_htl": 6, "realised_1s_60s_htl": 0, "impact_1s_60s_htl": 6,
         "realised_100ms_60s_htl": 6, "impact_5s_60s_htl": None, "at_300s_ppm": None, "unjoined": 0},
    ),
)  # fmt: skip


class Costs(Gauge):
    """Keeps trades until their last horizon has passed, and one window for each horizon."""

    def __init__(self, config: Config) -> None:
        self._config: Final = config
        self._join = QuoteJoin()
        self._first_ns = -1  # of the first quote
        # Trades that wait, in order of arrival; `_at[k]` is the first that stage k has not done.
        # Stage 0 finds the quote before the trade, stage k the mid at horizon k - 1.
        self._trades: list[WaitingTrade] = []
        self._at: list[int] = [0] * (1 + len(HORIZONS))
        self._sums: list[CostSums] = []
        for _ in range(1 + len(HORIZONS)):
            self._sums.append(CostSums(WINDOW_NS))
        self._at_best = CountWindow(FIT_NS)
        self._through = CountWindow(FIT_NS)
        self._inside = CountWindow(FIT_NS)
        self._unjoined = 0

    def _hold_ns(self) -> int:
        # One instant, so that a quote received at the horizon itself still counts.
        return self._config.hold_ns if self._join.by_exchange else 1

    def on_quote(self, quote: Quote, now_ns: int) -> None:
        """Settle what is due, then take in the quote."""
        if self._first_ns < 0:
            self._first_ns = now_ns
        self._settle(now_ns)
        self._join.put(quote, now_ns)

    def on_trade(self, trade: Trade, now_ns: int) -> None:
        """Settle what is due, then let the trade wait."""
        self._settle(now_ns)
        join = self._join
        time_ns = join.time_of(trade, now_ns)
        newest = join.newest()
        if time_ns is None or newest < 0:
            self._unjoined += 1
            return
        signed_lots = trade.qty_lots if trade.buyer_aggressor else -trade.qty_lots
        waiting = WaitingTrade(now_ns, time_ns, signed_lots, trade.price_ticks)
        if not join.by_exchange:  # by order of arrival the quote before is known at once
            waiting.bid_ticks = join.bid_ticks(newest)
            waiting.ask_ticks = join.ask_ticks(newest)
        self._trades.append(waiting)

    def on_tick(self, now_ns: int) -> None:
        """Settle what is due, so that memory stays bounded when nobody reads."""
        self._drop(now_ns)

    def on_break(self, now_ns: int) -> None:
        """Leave out the trades that still wait: their horizon spans a hole."""
        self._settle(now_ns)
        for index in range(self._at[-1], len(self._trades)):
            if index >= self._at[0] or self._trades[index].bid_ticks:  # not given up before
                self._unjoined += 1
        self._trades = []
        self._at = [0] * len(self._at)
        self._join.clear()

    def _settle(self, now_ns: int) -> None:
        """Work out every figure that is due by now, with the quotes received before it was due."""
        hold_ns = self._hold_ns()
        trades = self._trades
        size = len(trades)
        for stage in range(len(self._at)):
            wait_ns = hold_ns if stage == 0 else hold_ns + HORIZONS[stage - 1][1]
            at = self._at[stage]
            while at < size and trades[at].recv_ns + wait_ns <= now_ns:
                if stage == 0:
                    self._effective(trades[at], trades[at].recv_ns + wait_ns)
                elif trades[at].bid_ticks:
                    self._realised(stage, trades[at], trades[at].recv_ns + wait_ns)
                at += 1
            self._at[stage] = at
        done = self._at[-1]
        if done > _CUT and done + done > size:
            del trades[:done]
            for stage in range(len(self._at)):
                self._at[stage] -= done

    def _effective(self, trade: WaitingTrade, due_ns: int) -> None:
        if self._join.by_exchange:
            found = self._join.before(trade.time_ns)
            if found < 0:
                self._unjoined += 1
                return
            trade.bid_ticks = self._join.bid_ticks(found)
            trade.ask_ticks = self._join.ask_ticks(found)
        better_ticks = trade.better_ticks()
        if better_ticks == 0:
            self._at_best.add(due_ns)
        elif better_ticks < 0:
            self._through.add(due_ns)
        else:
            self._inside.add(due_ns)
        mid_ht = trade.bid_ticks + trade.ask_ticks
        lots = trade.signed_lots
        self._sums[0].add(due_ns, lots * (2 * trade.price_ticks - mid_ht), 0, 0, abs(lots) * mid_ht)

    def _realised(self, stage: int, trade: WaitingTrade, due_ns: int) -> None:
        found = self._join.until(trade.time_ns + HORIZONS[stage - 1][1])
        if found < 0:
            self._unjoined += 1
            trade.bid_ticks = 0  # and so at the longer horizons
            return
        after_ht = self._join.bid_ticks(found) + self._join.ask_ticks(found)
        mid_ht = trade.bid_ticks + trade.ask_ticks
        lots = trade.signed_lots
        twice_ticks = 2 * trade.price_ticks
        self._sums[stage].add(
            due_ns,
            lots * (twice_ticks - mid_ht),
            lots * (twice_ticks - after_ht),
            lots * (after_ht - mid_ht),
            abs(lots) * mid_ht,
        )

    def _drop(self, now_ns: int) -> None:
        self._settle(now_ns)
        for sums in self._sums:
            sums.count(now_ns)
        self._at_best.count(now_ns)
        self._through.count(now_ns)
        self._inside.count(now_ns)

    def _full(self, width_ns: int, now_ns: int) -> bool:
        return self._first_ns >= 0 and now_ns - self._first_ns >= width_ns + self._hold_ns()

    def read(self, now_ns: int) -> list[Figure]:
        """Return the figures as of `now_ns`."""
        self._drop(now_ns)
        first = self._sums[0]
        full = self._full(WINDOW_NS, now_ns)
        out: list[Figure] = [first.count(now_ns) if full else None]
        out.append(towards_zero(2 * UBPS_ONE * first.effective_htl, first.base_htl) if full else None)
        for stage in range(1, len(self._sums)):
            sums = self._sums[stage]
            if not self._full(WINDOW_NS + HORIZONS[stage - 1][1], now_ns):
                out += [None] * 6
                continue
            out += [sums.effective_htl, sums.realised_htl, sums.impact_htl, sums.base_htl]
            out.append(towards_zero(2 * UBPS_ONE * sums.realised_htl, sums.base_htl))
            out.append(towards_zero(2 * UBPS_ONE * sums.impact_htl, sums.base_htl))
        return out + self._fits(now_ns)

    def _fits(self, now_ns: int) -> list[Figure]:
        if not self._full(FIT_NS, now_ns):
            return [None, None, None, None, self._unjoined]
        inside = self._inside.count(now_ns)
        at_best = self._at_best.count(now_ns)
        through = self._through.count(now_ns)
        whole = at_best + through + inside
        config = self._config
        limit_ppm = config.inside_exchange_ppm if self._join.by_exchange else config.inside_receive_ppm
        alarm = whole >= config.min_trades and inside * PPM > limit_ppm * whole
        shares: list[Figure] = [ratio_ppm(part, whole) for part in (at_best, through, inside)]
        return [*shares, 1 if alarm else 0, self._unjoined]

    def snapshot(self) -> Snapshot:
        """Return the whole state."""
        done = self._at[-1]
        sums: list[object] = []
        for window in self._sums:
            sums.append(window.snapshot())
        trades: list[object] = []
        for trade in self._trades[done:]:
            trades.append(trade.snapshot())
        return {
            "at": [at - done for at in self._at],
            "at_best": self._at_best.snapshot(),
            "first_ns": self._first_ns,
            "inside": self._inside.snapshot(),
            "join": self._join.snapshot(),
            "sums": sums,
            "through": self._through.snapshot(),
            "trades": trades,
            "unjoined": self._unjoined,
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._at = read_ints(saved, "at")
        self._at_best.restore(read_part(saved, "at_best"))
        self._first_ns = read_int(saved, "first_ns")
        self._inside.restore(read_part(saved, "inside"))
        self._join.restore(read_part(saved, "join"))
        for index, part in enumerate(read_parts(saved, "sums")):
            self._sums[index].restore(part)
        self._through.restore(read_part(saved, "through"))
        self._trades = []
        for part in read_parts(saved, "trades"):
            self._trades.append(waiting_from(part))
        self._unjoined = read_int(saved, "unjoined")


def build(config: Config, parts: Parts) -> Gauge:
    """Return the gauge; it reads none of the observer's parts."""
    return Costs(config)
