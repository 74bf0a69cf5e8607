"""The micro-price: the mid, moved by what the book's imbalance and spread have meant before.

The shifts are estimated apart, over recordings (`python -m tools.lab microprice`), and are
looked up here in a table of integers. Nothing is learnt while it runs, so a restart changes
nothing. Without a table there is no micro-price.

References
----------
S. Stoikov, "The micro-price: a high-frequency estimator of future prices", 2018.
"""

from dataclasses import dataclass
from typing import Final

from tools.core.errors import ConfigError
from tools.core.snapshots import Snapshot
from tools.observer.book import Book
from tools.observer.columns import Column
from tools.observer.gauge import Figure, Gauge, Parts

_SOURCE: Final = "Stoikov 2018"


@dataclass(frozen=True, kw_only=True)
class Config:
    """The table; none by default.

    Parameters
    ----------
    buckets
        Buckets of equal width for the imbalance ``qb / (qb + qa)``.
    spreads
        Spreads told apart, in ticks from 1; wider ones count as the widest.
    shift_ppm
        Shift of the mid in millionths of a tick: `buckets` figures for each spread.
    version
        What the table calls itself, written into every record.
    """

    buckets: int = 0
    spreads: int = 0
    shift_ppm: tuple[int, ...] = ()
    version: str = ""

    def __post_init__(self) -> None:
        if self.buckets < 0 or self.spreads < 0 or len(self.shift_ppm) != self.buckets * self.spreads:
            raise ConfigError(
                f"microprice.shift_ppm: {self.buckets} buckets and {self.spreads} spreads need "
                f"{self.buckets * self.spreads} figures, not {len(self.shift_ppm)}"
            )


COLUMNS: Final = (
    Column(name="micro_shift_ppm", formula="G(I, a - b), a tick is 1e6: micro-price = M / 2 + G",
           source=_SOURCE),
    Column(name="micro_table", formula="version of the table"),
)  # fmt: skip

# Without a table: nothing. `tests/unit/test_microprice.py` has tables.
EXAMPLES: Final = (
    (
        (("quote", 0, 100, 5, 102, 5), ("tick", 1_000)),
        {"micro_shift_ppm": None, "micro_table": None},
    ),
)


def bucket_of(bid_lots: int, ask_lots: int, buckets: int) -> int:
    """Return the bucket of an imbalance; 0 is all on the offered side.

    >>> bucket_of(1, 9, 10), bucket_of(5, 5, 10), bucket_of(9, 1, 10)
    (1, 5, 9)
    """
    return bid_lots * buckets // (bid_lots + ask_lots)


class MicroPrice(Gauge):
    """Looks up the shift of the book as it is."""

    def __init__(self, config: Config, book: Book) -> None:
        self._config: Final = config
        self._book: Final = book

    def read(self, now_ns: int) -> list[Figure]:
        """Return the shift of the mid, and the table's version."""
        config = self._config
        book = self._book
        version = config.version if config.version else None
        spread_ticks = book.ask_ticks - book.bid_ticks
        if not config.shift_ppm or not book.seen or spread_ticks < 1:
            return [None, version]
        row = spread_ticks if spread_ticks < config.spreads else config.spreads
        bucket = bucket_of(book.bid_lots, book.ask_lots, config.buckets)
        return [config.shift_ppm[(row - 1) * config.buckets + bucket], version]

    def snapshot(self) -> Snapshot:
        """Return nothing: the table is configuration, the book is the observer's."""
        return {}

    def restore(self, saved: Snapshot) -> None:
        """Take over nothing."""


def build(config: Config, parts: Parts) -> Gauge:
    """Return the gauge."""
    return MicroPrice(config, parts.book)
