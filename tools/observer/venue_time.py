"""When a message's event happened, on our clock: its receive time less its excess latency.

What the venue did and when we could know of it are two times. The floor that `Latency` follows
is the clocks' offset and the least delay together; a message that exceeds it by its *excess*
was late by that much, so the venue had done it that much earlier. A message without exchange
time tells nothing of the kind: it counts at its receive time.
"""

from typing import Final

from tools.core.events import Depth, FeedKind, FeedStatus, Market, Quote, Trade
from tools.observer.book import Book
from tools.observer.join import EXCHANGE, RECEIVE
from tools.observer.latency import DEPTH, QUOTE, TRADE, Latency, LatencyConfig
from tools.observer.sequence import TradeSequence

VenueEvent = Quote | Trade | Depth
"""What a venue is shown."""

REFUSED: Final = -1
"""What `VenueTime.of` returns for a message that the observer would not take."""


class VenueTime:
    """The venue's times of one instrument's messages, and which of them count.

    It asks the parts that the observer asks, in the same order, and so refuses what the observer
    refuses: what was seen before, what is older than what was seen, what is no market trade.

    Parameters
    ----------
    config
        As the observer was configured.

    Attributes
    ----------
    join
        Whose time it is: ``"exchange"`` or, where quotes have no exchange time, ``"receive"``;
        by the first quote, and None before it.
    """

    def __init__(self, config: LatencyConfig) -> None:
        self._book: Final = Book()
        self._sequence: Final = TradeSequence()
        self._latency: Final = Latency(config)
        self._depth_id: int | None = None
        self.join: str | None = None

    def of(self, event: VenueEvent) -> int:
        """Return when the event happened, in ns of our clock and never after its receive time.

        `REFUSED` if it does not count. Events are given in the order of their receive times.
        """
        now_ns = event.recv_ns
        if isinstance(event, Quote):
            stream = QUOTE
            if not self._book.apply(event, now_ns):
                return REFUSED
            if self.join is None:
                self.join = RECEIVE if event.exch_ns is None else EXCHANGE
        elif isinstance(event, Depth):
            stream = DEPTH
            if event.snapshot:  # fetched by request: it joins by its id, whenever it comes
                return now_ns
            if event.last_id == self._depth_id:
                return REFUSED
            self._depth_id = event.last_id
        else:
            stream = TRADE
            if self._sequence.check(event.first_id, event.last_id) < 0:
                return REFUSED
            if event.market is not Market.MARKET:
                return REFUSED
        if event.exch_ns is None:
            return now_ns
        self._latency.observe(stream, now_ns, event.exch_ns)
        return now_ns - self._latency.last_excess_ns

    def on_status(self, event: FeedStatus) -> None:
        """Forget the book where the observer does: a new connection starts from another one."""
        if event.kind is FeedKind.CONNECTED:
            self._book.reconnected()
