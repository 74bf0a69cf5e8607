"""What a fill model is: a plug-in that says when a resting order of ours would have filled."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Final, Protocol

from tools.core.canon import Record
from tools.core.events import Side, Trade
from tools.core.snapshots import Snapshot
from tools.execution.venue_book import VenueBook


@dataclass(init=False)
class Resting(Record):
    """An order as it came to rest. `rested_ns` is when it arrived at the venue."""

    client_id: Final[str]
    side: Final[Side]
    price_ticks: Final[int]
    qty_lots: Final[int]
    rested_ns: Final[int]

    def __init__(self, client_id: str, side: Side, price_ticks: int, qty_lots: int, rested_ns: int) -> None:
        self.client_id = client_id
        self.side = side
        self.price_ticks = price_ticks
        self.qty_lots = qty_lots
        self.rested_ns = rested_ns


@dataclass(init=False)
class FillLots(Record):
    """A fill that a model found; its price is the order's own limit and nothing else."""

    client_id: Final[str]
    lots: Final[int]

    def __init__(self, client_id: str, lots: int) -> None:
        self.client_id = client_id
        self.lots = lots


NO_FILLS: Final[tuple[FillLots, ...]] = ()


class FillModel(Protocol):
    """The queue positions of our resting orders in one instrument.

    A model never fills more than an order's quantity. By a print it never fills more in
    total than was printed, and nothing that came to rest at or after that instant; by a
    quote never more than the quote newly displays at a price that crosses ours. `time_ns`
    is the venue's time of the event, and never goes back.
    """

    @abstractmethod
    def on_rest(self, order: Resting, book: VenueBook) -> None:
        """Take in an order that has come to rest in the book of that moment."""
        ...

    @abstractmethod
    def on_quote(self, book: VenueBook, time_ns: int) -> tuple[FillLots, ...]:
        """Follow the book after a quote; return the fills that it stands for."""
        ...

    @abstractmethod
    def on_trade(self, trade: Trade, time_ns: int) -> tuple[FillLots, ...]:
        """Follow a print; return the fills that it stands for."""
        ...

    @abstractmethod
    def on_reduced(self, client_id: str, lots: int) -> None:
        """Take `lots` off what is open of an order; some stay open, and it keeps its place."""
        ...

    @abstractmethod
    def on_gone(self, client_id: str) -> None:
        """Forget an order that was canceled."""
        ...

    @abstractmethod
    def ahead_lots(self, client_id: str) -> int | None:
        """Return the lots ahead of an order; None if unknown, or if it does not rest."""
        ...

    @abstractmethod
    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        ...

    @abstractmethod
    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        ...
