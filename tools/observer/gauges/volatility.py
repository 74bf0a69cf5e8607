"""How much the mid moved on the grid of whole seconds: realised and bipower variation.

``r`` are the changes of M between whole seconds, in half-ticks. Bipower variation is not moved
much by a single jump; that the two differ is no test by itself (`tools.lab.stats.jumps`).
"""

from dataclasses import dataclass
from typing import Final

from tools.core.snapshots import Snapshot, read_opt, read_part
from tools.core.units import NS_PER_S
from tools.observer.book import Book
from tools.observer.columns import Column
from tools.observer.flow import Flow
from tools.observer.gauge import Figure, Gauge, Parts, ratio_ppm
from tools.observer.windows import CountWindow, SumWindow

_S300: Final = 300 * NS_PER_S
_BNS: Final = "Barndorff-Nielsen, Shephard 2004"


@dataclass(frozen=True, kw_only=True)
class Config:
    """Nothing to set: the windows are columns."""


COLUMNS: Final = (
    Column(name="rv_300s_ht2", formula="sum r^2", window="300 s", source="Andersen, Bollerslev 1998"),
    Column(name="bv_10s_ht2", formula="sum |r| |r'|, r' the change before r", window="10 s", source=_BNS),
    Column(name="bv_60s_ht2", formula="as above", window="60 s", source=_BNS),
    Column(name="bv_300s_ht2", formula="as above", window="300 s", source=_BNS),
    Column(name="still_300s_ppm", formula="share of r = 0", window="300 s"),
)

# Changes of +2, 0 and -3 half-ticks: products 0 and 0; then +4 after the -3.
EXAMPLES: Final = (
    (
        (("quote", 1, 100, 5, 102, 5), ("tick", 1_000), ("quote", 1_100, 101, 5, 103, 5), ("tick", 2_000),
         ("tick", 3_000), ("quote", 3_100, 100, 5, 101, 5), ("tick", 4_000),
         ("quote", 4_500, 102, 5, 103, 5), ("tick", 5_000), ("tick", 10_001)),
        {"bv_10s_ht2": 3 * 4, "bv_60s_ht2": None, "rv_300s_ht2": None, "still_300s_ppm": None},
    ),
)  # fmt: skip


class Volatility(Gauge):
    """Sums over changes between whole seconds."""

    def __init__(self, book: Book, flow: Flow) -> None:
        self._book: Final = book
        self._flow: Final = flow
        self._squares_300s = SumWindow(_S300)
        self._products: list[SumWindow] = []
        for width_s in (10, 60, 300):
            self._products.append(SumWindow(width_s * NS_PER_S))
        self._still = CountWindow(_S300)
        self._changes = CountWindow(_S300)
        self._mid_ht: int | None = None  # at the last whole second
        self._change_ht: int | None = None  # the last |r|

    def on_tick(self, now_ns: int) -> None:
        """Take the change of this second."""
        if self._book.seen:
            if self._mid_ht is not None:
                self._change(now_ns, abs(self._book.mid_ht - self._mid_ht))
            self._mid_ht = self._book.mid_ht
        for products in self._products:
            products.total(now_ns)
        self._squares_300s.total(now_ns)
        self._still.count(now_ns)
        self._changes.count(now_ns)

    def _change(self, now_ns: int, change_ht: int) -> None:
        self._changes.add(now_ns)
        if change_ht == 0:
            self._still.add(now_ns)
        self._squares_300s.add(now_ns, change_ht * change_ht)
        if self._change_ht is not None:
            for products in self._products:
                products.add(now_ns, change_ht * self._change_ht)
        self._change_ht = change_ht

    def on_break(self, now_ns: int) -> None:
        """A change over a lost connection is none of a second."""
        self._mid_ht = None
        self._change_ht = None

    def read(self, now_ns: int) -> list[Figure]:
        """Return the figures as of `now_ns`."""
        flow = self._flow
        out: list[Figure] = [flow.total(self._squares_300s, now_ns)]
        for products in self._products:
            out.append(flow.total(products, now_ns))
        still = self._still.count(now_ns)
        changes = self._changes.count(now_ns)
        out.append(ratio_ppm(still, changes) if flow.full(_S300, now_ns) else None)
        return out

    def snapshot(self) -> Snapshot:
        """Return the whole state."""
        return {
            "bv_10s": self._products[0].snapshot(),
            "bv_300s": self._products[2].snapshot(),
            "bv_60s": self._products[1].snapshot(),
            "change_ht": self._change_ht,
            "changes": self._changes.snapshot(),
            "mid_ht": self._mid_ht,
            "rv_300s": self._squares_300s.snapshot(),
            "still": self._still.snapshot(),
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._products[0].restore(read_part(saved, "bv_10s"))
        self._products[1].restore(read_part(saved, "bv_60s"))
        self._products[2].restore(read_part(saved, "bv_300s"))
        self._change_ht = read_opt(saved, "change_ht")
        self._changes.restore(read_part(saved, "changes"))
        self._mid_ht = read_opt(saved, "mid_ht")
        self._squares_300s.restore(read_part(saved, "rv_300s"))
        self._still.restore(read_part(saved, "still"))


def build(config: Config, parts: Parts) -> Gauge:
    """Return the gauge; whether a window is full is the observer's to know."""
    return Volatility(parts.book, parts.flow)
