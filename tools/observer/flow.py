"""Windows that only `Metrics` shows: kept when `ObserverConfig.metrics` asks for them."""

from typing import Final

from tools.core.events import Trade
from tools.core.snapshots import Snapshot, read_bool, read_int, read_ints, read_opt, read_part, read_text
from tools.core.units import NS_PER_S, PPM
from tools.observer.book import Book
from tools.observer.join import EXCHANGE, RECEIVE
from tools.observer.steps import StepLag, StepMean
from tools.observer.windows import CountWindow, SumWindow

_S1: Final = NS_PER_S
_S10: Final = 10 * NS_PER_S
_S60: Final = 60 * NS_PER_S


def imbalance_ppm(first: int, second: int) -> int | None:
    """Return ``(first - second) / (first + second)`` in ppm, towards zero; None for 0 / 0."""
    whole = first + second
    if whole == 0:
        return None
    share = abs(first - second) * PPM // whole
    return share if first >= second else -share


class Flow:
    """Rolling figures of quotes and trades beyond what decisions use."""

    def __init__(self) -> None:
        self.spread_10s = StepMean(_S10)
        self.spread_60s = StepMean(_S60)
        self.one_tick_60s = StepMean(_S60)
        self.mid_changes_10s = CountWindow(_S10)
        self.trades_10s = CountWindow(_S10)
        self.trades_60s = CountWindow(_S60)
        self.buy_1s = SumWindow(_S1)
        self.buy_10s = SumWindow(_S10)
        self.buy_60s = SumWindow(_S60)
        self.sell_1s = SumWindow(_S1)
        self.sell_10s = SumWindow(_S10)
        self.sell_60s = SumWindow(_S60)
        self.quotes_10s = CountWindow(_S10)
        self.quotes_60s = CountWindow(_S60)
        self.ofi_1s = SumWindow(_S1)
        self.ofi_10s = SumWindow(_S10)
        self.squares_10s = SumWindow(_S10)
        self.squares_60s = SumWindow(_S60)
        self.floor_60s = StepLag(_S60)
        self.seen = False
        self.first_ns = 0
        self.join: str | None = None  # EXCHANGE or RECEIVE, by the first quote
        self._grid_mid_ht: int | None = None
        # The previous best level; sizes are 0 before the first quote.
        self._bid_ticks = 0
        self._bid_lots = 0
        self._ask_ticks = 0
        self._ask_lots = 0

    def start(self, now_ns: int) -> None:
        """Note when observation began; later calls change nothing."""
        if not self.seen:
            self.seen = True
            self.first_ns = now_ns

    def on_quote(self, book: Book, now_ns: int, by_exchange: bool) -> None:
        """Take in the book after an accepted quote; `by_exchange` says that it had an exchange time."""
        if self.join is None:
            self.join = EXCHANGE if by_exchange else RECEIVE
        self.quotes_10s.add(now_ns)
        self.quotes_60s.add(now_ns)
        bid, bid_lots, ask, ask_lots = book.bid_ticks, book.bid_lots, book.ask_ticks, book.ask_lots
        moved = bid != self._bid_ticks or ask != self._ask_ticks
        if self._bid_lots:
            flow_lots = 0
            if bid >= self._bid_ticks:
                flow_lots += bid_lots
            if bid <= self._bid_ticks:
                flow_lots -= self._bid_lots
            if ask <= self._ask_ticks:
                flow_lots -= ask_lots
            if ask >= self._ask_ticks:
                flow_lots += self._ask_lots
            if flow_lots:
                self.ofi_1s.add(now_ns, flow_lots)
                self.ofi_10s.add(now_ns, flow_lots)
            if bid + ask != self._bid_ticks + self._ask_ticks:
                self.mid_changes_10s.add(now_ns)
        if moved:
            self.spread_10s.put(now_ns, book.spread_ubps)
            self.spread_60s.put(now_ns, book.spread_ubps)
            self.one_tick_60s.put(now_ns, PPM if ask - bid == 1 else 0)
        self._bid_ticks, self._bid_lots, self._ask_ticks, self._ask_lots = bid, bid_lots, ask, ask_lots

    def on_trade(self, trade: Trade, now_ns: int) -> None:
        """Take in an accepted trade."""
        self.trades_10s.add(now_ns)
        self.trades_60s.add(now_ns)
        if trade.buyer_aggressor:
            self.buy_1s.add(now_ns, trade.qty_lots)
            self.buy_10s.add(now_ns, trade.qty_lots)
            self.buy_60s.add(now_ns, trade.qty_lots)
        else:
            self.sell_1s.add(now_ns, trade.qty_lots)
            self.sell_10s.add(now_ns, trade.qty_lots)
            self.sell_60s.add(now_ns, trade.qty_lots)

    def on_tick(self, book: Book, floor_ns: int | None, now_ns: int) -> None:
        """Take the one-second samples."""
        if floor_ns is not None:
            self.floor_60s.put(now_ns, floor_ns)
        if not book.seen:
            return
        if self._grid_mid_ht is not None:
            change_ht = book.mid_ht - self._grid_mid_ht
            self.squares_10s.add(now_ns, change_ht * change_ht)
            self.squares_60s.add(now_ns, change_ht * change_ht)
        self._grid_mid_ht = book.mid_ht

    def on_break(self) -> None:
        """The connection was lost, or is back: a change over that is none of a second."""
        self._grid_mid_ht = None

    def full(self, width_ns: int, now_ns: int) -> bool:
        """Return whether a window of `width_ns` has been observed in full."""
        return self.seen and now_ns - self.first_ns >= width_ns

    def count(self, window: CountWindow, now_ns: int) -> int | None:
        """Return a count, or None before its window is full."""
        return window.count(now_ns) if self.full(window.width_ns, now_ns) else None

    def total(self, window: SumWindow, now_ns: int) -> int | None:
        """Return a sum, or None before its window is full."""
        return window.total(now_ns) if self.full(window.width_ns, now_ns) else None

    def trim(self, now_ns: int) -> None:
        """Drop what is too old, so that memory stays bounded when nobody reads."""
        for mean in self._means():
            mean.mean(now_ns)
        for count in self._counts():
            count.count(now_ns)
        for total in self._sums():
            total.total(now_ns)
        self.floor_60s.lagged(now_ns)

    def _means(self) -> list[StepMean]:
        return [self.spread_10s, self.spread_60s, self.one_tick_60s]

    def _counts(self) -> list[CountWindow]:
        return [self.mid_changes_10s, self.trades_10s, self.trades_60s, self.quotes_10s, self.quotes_60s]

    def _sums(self) -> list[SumWindow]:
        return [
            self.buy_1s, self.buy_10s, self.buy_60s, self.sell_1s, self.sell_10s, self.sell_60s,
            self.ofi_1s, self.ofi_10s, self.squares_10s, self.squares_60s,
        ]  # fmt: skip

    def snapshot(self) -> Snapshot:
        """Return the whole state."""
        state: Snapshot = {
            "best": [self._bid_ticks, self._bid_lots, self._ask_ticks, self._ask_lots],
            "first_ns": self.first_ns,
            "floor_60s": self.floor_60s.snapshot(),
            "grid_mid_ht": self._grid_mid_ht,
            "join": self.join,
            "seen": self.seen,
        }
        for index, mean in enumerate(self._means()):
            state[f"mean_{index}"] = mean.snapshot()
        for index, count in enumerate(self._counts()):
            state[f"count_{index}"] = count.snapshot()
        for index, total in enumerate(self._sums()):
            state[f"sum_{index}"] = total.snapshot()
        return state

    def restore(self, state: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        best = read_ints(state, "best")
        self._bid_ticks, self._bid_lots, self._ask_ticks, self._ask_lots = best
        self.first_ns = read_int(state, "first_ns")
        self.floor_60s.restore(read_part(state, "floor_60s"))
        self._grid_mid_ht = read_opt(state, "grid_mid_ht")
        self.join = read_text(state, "join") if state["join"] is not None else None
        self.seen = read_bool(state, "seen")
        for index, mean in enumerate(self._means()):
            mean.restore(read_part(state, f"mean_{index}"))
        for index, count in enumerate(self._counts()):
            count.restore(read_part(state, f"count_{index}"))
        for index, total in enumerate(self._sums()):
            total.restore(read_part(state, f"sum_{index}"))
