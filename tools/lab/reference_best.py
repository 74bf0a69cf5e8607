"""The slow path of the gauges of the best prices and of the book: see `tools.lab.reference`."""

from bisect import bisect_right
from typing import Any, Final

from tools.core.events import FeedStatus, MarketEvent, Quote, Tick, Trade
from tools.core.units import NS_PER_MS, PPM
from tools.lab.reference import S, Tape, nearest_rank, quotient
from tools.lab.reference_levels import SlowLevels
from tools.observer.gauge import Figure

_HOLD: Final = 200 * NS_PER_MS
_JOIN: Final = 50 * NS_PER_MS
_SHORT: Final = 100 * NS_PER_MS
_MEDIAN: Final = PPM // 2


class _Fact:
    """A print, size that left an unchanged best, or a best price that was lost."""

    def __init__(self, kind: str, recv: int, at: int, bid: bool, price: int, lots: int) -> None:
        self.kind: Final = kind
        self.recv: Final = recv
        self.at: Final = at
        self.bid: Final = bid
        self.price: Final = price
        self.lots: Final = lots
        self.life: int | None = None  # of a lost price that was seen to become the best
        self.left = lots
        self.reached = False

    def meet(self, other: "_Fact") -> None:
        """Match a print and another fact of the same side, whichever came first."""
        if (self.kind == "print") == (other.kind == "print") or self.bid != other.bid:
            return
        if abs(self.at - other.at) > _JOIN:
            return
        print_, gone = (self, other) if self.kind == "print" else (other, self)
        if print_.price == gone.price:
            matched = min(print_.left, gone.left)
            print_.left -= matched
            gone.left -= matched
            gone.reached = True
        elif (print_.price < gone.price) == gone.bid:
            gone.reached = True


def _best(quote: Quote, bid: bool) -> tuple[int, int]:
    return (quote.bid_ticks, quote.bid_lots) if bid else (quote.ask_ticks, quote.ask_lots)


class SlowBestFlow:
    """Every removal, loss and print as a fact; each new one meets all that are not decided yet."""

    def __init__(self, config: Any) -> None:
        del config
        self._read = 0
        self._facts: list[_Fact] = []
        self._best: Quote | None = None
        self._began: dict[tuple[bool, int], int] = {}  # when a live best price improved on the one before
        self._stamped: bool | None = None

    def __call__(self, tape: Tape, now_ns: int) -> dict[str, Figure]:
        """Return the figures of the gauge `best_flow`."""
        for at_ns, event in tape.log[self._read :]:
            self._take(event, at_ns)
        self._read = len(tape.log)
        names = "cancelled_60s_lots matched_60s_lots cancel_share_60s_ppm improvements_60s "
        names += "improvement_life_60s_ns fleeting_60s_ppm fleeting_any_60s_ppm"
        if not tape.quotes or now_ns - tape.quote_ns[0] < 60 * S + _HOLD:
            return dict.fromkeys(names.split())
        begin = bisect_right(self._facts, now_ns - 60 * S - _HOLD, key=lambda fact: fact.recv)
        due = [fact for fact in self._facts[begin:] if fact.recv <= now_ns - _HOLD]
        left = sum(fact.left for fact in due if fact.kind == "removal")
        gone = sum(fact.lots for fact in due if fact.kind == "removal")
        lives = sorted(fact.life for fact in due if fact.life is not None)
        quiet = [fact.life for fact in due if fact.life is not None and not fact.reached]
        figures = (
            left, gone - left, quotient(PPM * left, gone), len(lives), nearest_rank(lives, _MEDIAN),
            quotient(PPM * sum(life < _SHORT for life in quiet), len(quiet)),
            quotient(PPM * sum(life < _SHORT for life in lives), len(lives)),
        )  # fmt: skip
        return dict(zip(names.split(), figures, strict=True))

    def _take(self, event: MarketEvent, now_ns: int) -> None:
        new: list[_Fact] = []
        if isinstance(event, Quote):
            self._stamped = event.exch_ns is not None
            at_ns = now_ns if event.exch_ns is None else event.exch_ns
            if self._best is not None:
                for bid in (True, False):
                    new += self._side(bid, _best(self._best, bid), _best(event, bid), now_ns, at_ns)
            self._best = event
        elif isinstance(event, Trade) and self._stamped is not None:
            at_ns = event.exch_ns if self._stamped and event.exch_ns is not None else now_ns
            bid = not event.buyer_aggressor
            new.append(_Fact("print", now_ns, at_ns, bid, event.price_ticks, event.qty_lots))
        elif isinstance(event, FeedStatus):
            self._facts = [fact for fact in self._facts if fact.recv <= now_ns - _HOLD]
            self._best = None
            self._began = {}
        begin = bisect_right(self._facts, now_ns - _HOLD, key=lambda fact: fact.recv)
        for fact in new:
            for other in self._facts[begin:]:
                fact.meet(other)
        self._facts += new

    def _side(
        self, bid: bool, before: tuple[int, int], after: tuple[int, int], now_ns: int, at_ns: int
    ) -> list[_Fact]:
        sign = 1 if bid else -1
        (was, was_lots), (price, lots) = before, after
        if price == was:
            return [_Fact("removal", now_ns, at_ns, bid, price, was_lots - lots)] if lots < was_lots else []
        if sign * price > sign * was:
            self._began[bid, price] = at_ns
            return []
        out = []
        gone = [key for key in self._began if key[0] == bid and sign * key[1] > sign * price]
        if (bid, was) not in gone:
            out.append(_Fact("loss", now_ns, at_ns, bid, was, was_lots))
        for key in sorted(gone, key=lambda key: -sign * key[1]):
            fact = _Fact("loss", now_ns, at_ns, bid, key[1], was_lots if key[1] == was else 0)
            fact.life = max(at_ns - self._began.pop(key), 0)
            out.append(fact)
        return out


class SlowResiliency:
    """Sweeps and recoveries as lists; medians by sorting what lies in the window."""

    def __init__(self, config: Any) -> None:
        del config
        self._read = 0
        self._spread: int | None = None  # None while crossed
        self._order: tuple[int, bool, int] | None = None
        self._swept = False
        self._samples: list[tuple[int, int]] = []
        self._sweeps: list[int] = []
        self._ended: list[tuple[int, int]] = []
        self._open: tuple[int, int, int] | None = None  # since when by either clock, to what width
        self._stamped = False
        self._quote_at = 0  # time of the newest quote that was not crossed

    def __call__(self, tape: Tape, now_ns: int) -> dict[str, Figure]:
        """Return the figures of the gauge `resiliency`."""
        for at_ns, event in tape.log[self._read :]:
            self._take(event, at_ns)
        self._read = len(tape.log)
        full = bool(tape.quotes) and now_ns - tape.quote_ns[0] >= 600 * S
        took = sorted(took for at_ns, took in self._ended if at_ns > now_ns - 600 * S)
        return {
            "sweeps_600s": sum(at_ns > now_ns - 600 * S for at_ns in self._sweeps) if full else None,
            "resiliency_600s_ns": nearest_rank(took, _MEDIAN),
            "recovering_ns": None if self._open is None else now_ns - self._open[1],
        }

    def _take(self, event: MarketEvent, now_ns: int) -> None:
        if isinstance(event, Quote):
            spread = event.ask_ticks - event.bid_ticks
            self._spread = spread if spread > 0 else None
            if spread > 0:
                self._stamped = event.exch_ns is not None
                self._quote_at = now_ns if event.exch_ns is None else event.exch_ns
                self._late(now_ns)
                self._look(now_ns)
        elif isinstance(event, Trade):
            self._print(event, now_ns)
        elif isinstance(event, Tick):
            if self._spread is not None:
                self._samples.append((now_ns, self._spread))
            self._late(now_ns)
        else:
            self._spread = self._order = self._open = None

    def _print(self, trade: Trade, now_ns: int) -> None:
        if trade.exch_ns is None:
            return
        if self._order is None or self._order[:2] != (trade.exch_ns, trade.buyer_aggressor):
            self._order = (trade.exch_ns, trade.buyer_aggressor, trade.price_ticks)
            self._swept = False
            return
        if self._swept or trade.price_ticks == self._order[2]:
            return
        self._swept = True
        usual = sorted(spread for at_ns, spread in self._samples[-100:] if at_ns > now_ns - 60 * S)
        if len(usual) < 30:
            return
        self._sweeps.append(now_ns)
        if self._open is None:
            target = nearest_rank(usual, _MEDIAN) or 0
            self._open = (trade.exch_ns if self._stamped else now_ns, now_ns, target)
            if self._stamped:
                self._look(now_ns)

    def _look(self, now_ns: int) -> None:
        if self._open is None:
            return
        took_ns = self._quote_at - self._open[0]
        narrow = self._spread is not None and self._spread <= self._open[2]
        if took_ns > 60 * S or (narrow and took_ns >= 0):
            self._ended.append((now_ns, min(took_ns, 60 * S)))
            self._open = None

    def _late(self, now_ns: int) -> None:
        if self._open is not None and now_ns - self._open[1] > 60 * S:
            self._ended.append((now_ns, 60 * S))
            self._open = None


class SlowDepth:
    """The money at the best, and by level."""

    def __init__(self, config: Any) -> None:
        del config
        self._best: list[int] = []
        self._levels: Final = SlowLevels()

    def __call__(self, tape: Tape, now_ns: int) -> dict[str, Figure]:
        """Return what the gauge `depth` says of money."""
        for quote in tape.quotes[len(self._best) :]:
            mid_ht = quote.bid_ticks + quote.ask_ticks
            self._best.append(min(quote.bid_lots, quote.ask_lots) * mid_ht)
        return {"best_10s_htl": tape.mean(self._best, 10 * S, now_ns), **self._levels(tape)}
