"""A print and a removal of size at a best price, and what the one explains of the other."""

from typing import Final

from tools.core.snapshots import read_ints
from tools.core.units import NS_PER_MS

JOIN_NS: Final = 50 * NS_PER_MS
"""Prints and removals belong together where their times differ by no more than this."""

STAYED: Final = -1
"""`Removal.life_ns` where the best price stayed."""

UNSEEN: Final = -2
"""`Removal.life_ns` where the best price was lost, and nobody saw it become the best."""


class Print:
    """A print, and how many of its lots have not explained a removal yet."""

    def __init__(self, recv_ns: int, at_ns: int, buy: bool, price_ticks: int, left_lots: int) -> None:
        self.recv_ns: Final = recv_ns
        self.at_ns: Final = at_ns
        self.buy: Final = buy
        self.price_ticks: Final = price_ticks
        self.left_lots = left_lots

    def to_list(self) -> list[int]:
        """Return every field as an integer."""
        return [self.recv_ns, self.at_ns, 1 if self.buy else 0, self.price_ticks, self.left_lots]


class Removal:
    """Size that left a best price, and what prints have not explained of it.

    `life_ns` is `STAYED` where the best price stayed. Otherwise that price was lost, its size
    is none of the volume cancelled at an unchanged best, and `life_ns` is how long the
    improvement to it had lived, or `UNSEEN`.
    """

    def __init__(
        self, recv_ns: int, at_ns: int, bid: bool, price_ticks: int, lots: int, left_lots: int, life_ns: int
    ) -> None:
        self.recv_ns: Final = recv_ns
        self.at_ns: Final = at_ns
        self.bid: Final = bid
        self.price_ticks: Final = price_ticks
        self.lots: Final = lots
        self.left_lots = left_lots
        self.life_ns: Final = life_ns
        self.reached = False  # by a print at this price or through it

    def to_list(self) -> list[int]:
        """Return every field as an integer."""
        bid, reached = 1 if self.bid else 0, 1 if self.reached else 0
        return [
            self.recv_ns,
            self.at_ns,
            bid,
            self.price_ticks,
            self.lots,
            self.left_lots,
            self.life_ns,
            reached,
        ]

    def meet(self, print_: Print) -> None:
        """Let a print explain what it can."""
        if print_.buy == self.bid or abs(print_.at_ns - self.at_ns) > JOIN_NS:
            return
        beyond_ticks = print_.price_ticks - self.price_ticks
        if beyond_ticks == 0:
            explained_lots = min(print_.left_lots, self.left_lots)
            print_.left_lots -= explained_lots
            self.left_lots -= explained_lots
            self.reached = True
        elif (beyond_ticks < 0) == self.bid:
            self.reached = True


def print_from(saved: object) -> Print:
    """Return the print that `Print.to_list` was made of."""
    recv_ns, at_ns, buy, price_ticks, left_lots = read_ints({"print": saved}, "print")
    return Print(recv_ns, at_ns, buy == 1, price_ticks, left_lots)


def removal_from(saved: object) -> Removal:
    """Return the removal that `Removal.to_list` was made of."""
    recv_ns, at_ns, bid, price_ticks, lots, left_lots, life_ns, reached = read_ints(
        {"removal": saved}, "removal"
    )
    removal = Removal(recv_ns, at_ns, bid == 1, price_ticks, lots, left_lots, life_ns)
    removal.reached = reached == 1
    return removal
