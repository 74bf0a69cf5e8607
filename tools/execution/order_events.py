"""Every order of a market by its id: what a feed tells that hides nothing (level 3)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.canon import Record
from tools.core.events import Side


class OrderEventKind(StrEnum):
    """What became of an order of somebody's."""

    ADDED = "ADDED"  # came to rest, behind all that rest at its price
    CANCELED = "CANCELED"  # some or all of it was taken back; what is left keeps its place
    TRADED = "TRADED"  # some or all of it was taken by an order of the other side


@dataclass(init=False)
class OrderEvent(Record):
    """One change of one resting order: `lots` were added, canceled or traded at `price_ticks`."""

    time_ns: Final[int]
    kind: Final[OrderEventKind]
    order_id: Final[int]
    side: Final[Side]
    price_ticks: Final[int]
    lots: Final[int]

    def __init__(
        self, time_ns: int, kind: OrderEventKind, order_id: int, side: Side, price_ticks: int, lots: int
    ) -> None:
        self.time_ns = time_ns
        self.kind = kind
        self.order_id = order_id
        self.side = side
        self.price_ticks = price_ticks
        self.lots = lots
