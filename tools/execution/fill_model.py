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

    A model never fills more than an order's quantity, never more in total than was
    traded, and never by a trade that was not after the order came to rest.
    """

    @abstractmethod
    def on_rest(self, order: Resting, book: VenueBook) -> None:
        """Take in an order that has come to rest in the book of that moment."""
        ...

    @abstractmethod
    def on_quote(self, book: VenueBook) -> tuple[FillLots, ...]:
        """Follow a quote; return the fills that it stands for."""
        ...

    @abstractmethod
    def on_trade(self, trade: Trade) -> tuple[FillLots, ...]:
        """Follow a print; return the fills that it stands for."""
        ...

    @abstractmethod
    def on_gone(self, client_id: str) -> None:
        """Forget an order that was canceled."""
        ...

    @abstractmethod
    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        ...

    @abstractmethod
    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        ...
