"""What stands at one moment, for whoever asks how near it is to what a control forbids.

A limit's name begins with `least_` where it is a floor: what is used must not fall below it. Every
other limit must not be exceeded; where it is 0 the figure counts what must not be at all.
"""

from collections.abc import Mapping
from typing import Final

from tools.core.units import PPM
from tools.core.verdicts import Decision, Evidence
from tools.risk.exposure_book import ExposureBook
from tools.risk.figures import Figures
from tools.risk.hold_book import HoldBook
from tools.risk.parents import ParentBook

FLOOR: Final = "least_"


class Standing:
    """Books, figures, holds and parents as they are now; looked at, never changed.

    `decisions` are those in force, by symbol, as far as any were told; `agreed` is whether our
    books and the venue's have agreed.
    """

    def __init__(
        self,
        now_ns: int,
        book: ExposureBook,
        figures: Figures,
        holds: HoldBook,
        parents: ParentBook,
        decisions: Mapping[str, Decision],
        agreed: bool,
    ) -> None:
        self.now_ns: Final = now_ns
        self.book: Final = book
        self.figures: Final = figures
        self.holds: Final = holds
        self.parents: Final = parents
        self.decisions: Final = decisions
        self.agreed: Final = agreed


def nothing_standing() -> Standing:
    """Return what stands before anything was told."""
    return Standing(0, ExposureBook(), Figures(), HoldBook(), ParentBook(), {}, True)


def is_floor(name: str) -> bool:
    """Return True for a limit that must not be fallen below."""
    return name.startswith(FLOOR)


def is_near(name: str, used: int, limit: int | None, warn_ppm: int) -> bool:
    """Return True if the limit is used to a share of `warn_ppm`, or beyond.

    Of a floor, the share used is what the floor is of the figure: at 80 % a floor of 12 is near
    from 15 downwards. There is no share of a limit that is not positive.
    """
    if limit is None or limit <= 0:
        return False
    if is_floor(name):
        return limit * PPM >= used * warn_ppm
    return used * PPM >= limit * warn_ppm


def worse(name: str, one: int | None, other: int | None) -> int | None:
    """Return whichever of two figures is uses more of the limit; None if both are unknown."""
    if one is None or other is None:
        return other if one is None else one
    return min(one, other) if is_floor(name) else max(one, other)


def fuller(known: tuple[int, int] | None, used: int, limit: int) -> tuple[int, int]:
    """Return whichever of two ``(used, limit)`` uses the greater share of its own positive limit."""
    if known is None or used * known[1] > known[0] * limit:
        return used, limit
    return known


def bound(name: str, found: tuple[int, int] | None) -> Evidence:
    """Return a figure with its limit; both None if there is nothing that the limit is about."""
    return (name, None, None) if found is None else (name, found[0], found[1])


def lower(known: tuple[int, int] | None, used: int, floor: int) -> tuple[int, int]:
    """Return whichever of two ``(used, floor)`` is the smaller multiple of its own positive floor."""
    if known is None or used * known[1] < known[0] * floor:
        return used, floor
    return known
