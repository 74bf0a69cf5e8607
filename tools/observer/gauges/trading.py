"""Flow beyond counts and volumes: normalised imbalance, orders and sweeps, clustering.

Consecutive trades of one exchange time and side are one order of the aggressor: the venue
prints it as a trade for each resting order that it met. The levels of a sweep are its
different prices.
"""

from dataclasses import dataclass
from typing import Final

from tools.core.errors import ConfigError
from tools.core.events import Quote, Trade
from tools.core.snapshots import Snapshot, read_bool, read_int, read_ints, read_part
from tools.core.units import NS_PER_S, PPM
from tools.observer.columns import CKS, Column
from tools.observer.flow import Flow
from tools.observer.gauge import Figure, Gauge, Parts, ratio_ppm
from tools.observer.steps import StepMean
from tools.observer.windows import CountWindow, MaxWindow

_S10: Final = 10 * NS_PER_S


@dataclass(frozen=True, kw_only=True)
class Config:
    """Bins of the dispersion of counts.

    Parameters
    ----------
    bin_ticks
        Whole seconds in a bin.
    bins
        Bins that the dispersion looks at; fewer give None.
    """

    bin_ticks: int = 5
    bins: int = 120

    def __post_init__(self) -> None:
        if self.bin_ticks < 1 or self.bins < 2:
            raise ConfigError("trading.bin_ticks must be at least 1 and trading.bins at least 2")


COLUMNS: Final = (
    Column(name="signed_1s_lots", formula="sum s q", window="1 s"),
    Column(name="signed_10s_lots", formula="sum s q", window="10 s"),
    Column(name="signed_60s_lots", formula="sum s q", window="60 s"),
    Column(
        name="ofi_1s_ppm", formula="2 OFI / time-weighted mean of (qb + qa): depths", window="1 s", source=CKS
    ),
    Column(name="ofi_10s_ppm", formula="as above", window="10 s", source=CKS),
    Column(name="orders_10s", formula="runs of trades with equal (T, s)", window="10 s"),
    Column(name="sweep_levels_10s", formula="most prices of one run", window="10 s"),
    Column(name="sweep_10s_lots", formula="most lots of one run", window="10 s"),
    Column(
        name="fano_600s_ppm",
        formula="variance over mean of trades in 120 bins of 5 s: (n Sxx - Sx^2) / (n Sx)",
        window="600 s",
        source="Fano 1947",
    ),
    Column(name="quotes_per_trade_60s_ppm", formula="quotes / trades", window="60 s"),
)

# Two buys of one time at two prices are one order that swept two levels; the sell is another.
EXAMPLES: Final = (
    (
        (("quote", 0, 100, 4, 102, 6), ("quote", 1_000, 100, 9, 102, 6), ("trade", 9_000, 102, 3, "BUY"),
         ("trade", 9_000, 103, 5, "BUY"), ("trade", 9_600, 102, 1, "SELL"), ("tick", 10_500)),
        {"signed_1s_lots": -1, "signed_10s_lots": 7, "signed_60s_lots": None, "orders_10s": 2,
         "sweep_levels_10s": 2, "sweep_10s_lots": 8, "ofi_1s_ppm": 0, "fano_600s_ppm": None,
         "ofi_10s_ppm": 2 * 5 * PPM // ((10 * 500 + 15 * 9_500) // 10_000)},
    ),
)  # fmt: skip


class Trading(Gauge):
    """Windows over trades grouped into orders, over depth, and bins of counts."""

    def __init__(self, config: Config, flow: Flow) -> None:
        self._flow: Final = flow
        self._bin_ticks: Final = config.bin_ticks
        self._bins: Final = config.bins
        self._sizes_1s = StepMean(NS_PER_S)  # of qb + qa
        self._sizes_10s = StepMean(_S10)
        self._orders = CountWindow(_S10)
        self._levels = MaxWindow(_S10)
        self._lots = MaxWindow(_S10)
        # The running order.
        self._running = False
        self._time_ns = 0
        self._buyer = False
        self._price_ticks = 0
        self._run_levels = 0
        self._run_lots = 0
        # Counts of complete bins, oldest first, with their sums.
        self._counts: list[int] = []
        self._sum = 0
        self._squares = 0
        self._ticks = 0
        self._running_count = 0

    def on_quote(self, quote: Quote, now_ns: int) -> None:
        """Take in the sizes."""
        sizes_lots = quote.bid_lots + quote.ask_lots
        self._sizes_1s.put(now_ns, sizes_lots)
        self._sizes_10s.put(now_ns, sizes_lots)

    def on_trade(self, trade: Trade, now_ns: int) -> None:
        """Let the trade continue the running order, or begin one."""
        self._running_count += 1
        time_ns = now_ns if trade.exch_ns is None else trade.exch_ns
        if self._running and time_ns == self._time_ns and trade.buyer_aggressor == self._buyer:
            if trade.price_ticks != self._price_ticks:
                self._price_ticks = trade.price_ticks
                self._run_levels += 1
            self._run_lots += trade.qty_lots
        else:
            self._running = True
            self._time_ns = time_ns
            self._buyer = trade.buyer_aggressor
            self._price_ticks = trade.price_ticks
            self._run_levels = 1
            self._run_lots = trade.qty_lots
            self._orders.add(now_ns)
        self._levels.add(now_ns, self._run_levels)
        self._lots.add(now_ns, self._run_lots)

    def on_tick(self, now_ns: int) -> None:
        """Close a bin if its time has come, and drop what is too old."""
        self._ticks += 1
        if self._ticks % self._bin_ticks == 0:
            count = self._running_count
            self._running_count = 0
            self._counts.append(count)
            self._sum += count
            self._squares += count * count
            if len(self._counts) > self._bins:
                oldest = self._counts.pop(0)
                self._sum -= oldest
                self._squares -= oldest * oldest
        self._sizes_1s.mean(now_ns)
        self._sizes_10s.mean(now_ns)
        self._orders.count(now_ns)
        self._levels.largest(now_ns)
        self._lots.largest(now_ns)

    def on_break(self, now_ns: int) -> None:
        """End the running order, and begin the bins anew."""
        self._running = False
        self._counts = []
        self._sum = 0
        self._squares = 0
        self._running_count = 0

    def _fano_ppm(self) -> int | None:
        n = len(self._counts)
        if n < self._bins:
            return None
        return ratio_ppm(n * self._squares - self._sum * self._sum, n * self._sum)

    def _ofi_ppm(self, ofi_lots: int | None, sizes_lots: int | None) -> int | None:
        if ofi_lots is None or sizes_lots is None:
            return None
        return ratio_ppm(2 * ofi_lots, sizes_lots)

    def read(self, now_ns: int) -> list[Figure]:
        """Return the figures as of `now_ns`."""
        flow = self._flow
        out: list[Figure] = []
        for bought, sold in ((flow.buy_1s, flow.sell_1s), (flow.buy_10s, flow.sell_10s),
                             (flow.buy_60s, flow.sell_60s)):  # fmt: skip
            buy_lots = flow.total(bought, now_ns)
            sell_lots = flow.total(sold, now_ns)
            out.append(None if buy_lots is None or sell_lots is None else buy_lots - sell_lots)
        out.append(self._ofi_ppm(flow.total(flow.ofi_1s, now_ns), self._sizes_1s.mean(now_ns)))
        out.append(self._ofi_ppm(flow.total(flow.ofi_10s, now_ns), self._sizes_10s.mean(now_ns)))
        out.append(flow.count(self._orders, now_ns))
        full = flow.full(_S10, now_ns)
        out.append(self._levels.largest(now_ns) if full else None)
        out.append(self._lots.largest(now_ns) if full else None)
        out.append(self._fano_ppm())
        quotes = flow.count(flow.quotes_60s, now_ns)
        trades = flow.count(flow.trades_60s, now_ns)
        out.append(None if quotes is None or trades is None else ratio_ppm(quotes, trades))
        return out

    def snapshot(self) -> Snapshot:
        """Return the whole state."""
        return {
            "buyer": self._buyer,
            "counts": list(self._counts),
            "levels": self._levels.snapshot(),
            "lots": self._lots.snapshot(),
            "orders": self._orders.snapshot(),
            "price_ticks": self._price_ticks,
            "run_levels": self._run_levels,
            "run_lots": self._run_lots,
            "running": self._running,
            "running_count": self._running_count,
            "sizes_10s": self._sizes_10s.snapshot(),
            "sizes_1s": self._sizes_1s.snapshot(),
            "ticks": self._ticks,
            "time_ns": self._time_ns,
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._buyer = read_bool(saved, "buyer")
        self._counts = read_ints(saved, "counts")
        self._sum = 0
        self._squares = 0
        for count in self._counts:
            self._sum += count
            self._squares += count * count
        self._levels.restore(read_part(saved, "levels"))
        self._lots.restore(read_part(saved, "lots"))
        self._orders.restore(read_part(saved, "orders"))
        self._price_ticks = read_int(saved, "price_ticks")
        self._run_levels = read_int(saved, "run_levels")
        self._run_lots = read_int(saved, "run_lots")
        self._running = read_bool(saved, "running")
        self._running_count = read_int(saved, "running_count")
        self._sizes_10s.restore(read_part(saved, "sizes_10s"))
        self._sizes_1s.restore(read_part(saved, "sizes_1s"))
        self._ticks = read_int(saved, "ticks")
        self._time_ns = read_int(saved, "time_ns")


def build(config: Config, parts: Parts) -> Gauge:
    """Return the gauge; volumes and order-flow imbalance are the observer's own."""
    return Trading(config, parts.flow)
