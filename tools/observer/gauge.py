"""What a gauge is: a plug-in that keeps one family of figures, for those who ask for it.

Decisions use none of them. An observer keeps the gauges that `ObserverConfig.gauges` names;
what no one asks for is not computed.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Final, Protocol

from tools.core.events import Depth, Quote, Trade
from tools.core.plugins import load_plugin
from tools.core.snapshots import Snapshot
from tools.core.units import PPM
from tools.observer.book import Book
from tools.observer.flow import Flow
from tools.observer.latency import Latency
from tools.observer.link import Link, Pauses
from tools.observer.rolling import Rolling
from tools.observer.sequence import TradeSequence

PACKAGE: Final = "tools.observer.gauges"

Figure = int | str | None
"""What a column holds: an integer, a word such as the join mode, or None where it is unknown."""


class Parts:
    """What a gauge may read beside the events: the observer's own parts, already up to date."""

    def __init__(
        self,
        book: Book,
        sequence: TradeSequence,
        latency: Latency,
        link: Link,
        quotes: Pauses,
        prints: Pauses,
        rolling: Rolling,
        flow: Flow,
    ) -> None:
        self.book: Final = book
        self.sequence: Final = sequence
        self.latency: Final = latency
        self.link: Final = link
        self.quotes: Final = quotes  # pauses between accepted quotes
        self.prints: Final = prints  # pauses between trades
        self.rolling: Final = rolling
        self.flow: Final = flow


class Gauge(Protocol):
    """Takes what the observer has accepted, and reads out one figure for each of its `COLUMNS`.

    Times never decrease. Reading twice, or more often, changes nothing. What a gauge does not
    take in it leaves out: only the last three methods must be there.
    """

    def on_quote(self, quote: Quote, now_ns: int) -> None:
        """Take in a quote that the book has taken over."""
        return

    def on_trade(self, trade: Trade, now_ns: int) -> None:
        """Take in a market trade that is new."""
        return

    def on_depth(self, depth: Depth, now_ns: int) -> None:
        """Take in a depth update that repeats none, or a snapshot.

        Their levels are read only where a gauge asks: by ``LEVELS: Final = True`` in its file.
        """
        return

    def on_tick(self, now_ns: int) -> None:
        """Take the samples of a whole second."""
        return

    def on_break(self, now_ns: int) -> None:
        """The connection was lost, or is back: forget what must not be joined across that."""
        return

    @abstractmethod
    def read(self, now_ns: int) -> list[Figure]:
        """Return the figures as of `now_ns`, in the order of the gauge's `COLUMNS`."""
        ...

    @abstractmethod
    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        ...

    @abstractmethod
    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        ...


def build_gauges(gauges: Mapping[str, object], parts: Parts) -> list[Gauge]:
    """Return the gauges of these names with their `Config`; `ConfigError` for an unknown name."""
    out: list[Gauge] = []
    for name, config in gauges.items():
        out.append(load_plugin(PACKAGE, name).build(config, parts))
    return out


def ratio_ppm(numerator: int, denominator: int) -> int | None:
    """Return a signed share in ppm, towards zero; None where there is nothing to divide by.

    >>> ratio_ppm(-1, 3), ratio_ppm(1, 3), ratio_ppm(1, 0)
    (-333333, 333333, None)
    """
    return towards_zero(numerator * PPM, denominator)


def towards_zero(numerator: int, denominator: int) -> int | None:
    """Return a quotient without its fraction; None where the denominator is not positive."""
    if denominator <= 0:
        return None
    if numerator >= 0:
        return numerator // denominator
    return -(-numerator // denominator)
