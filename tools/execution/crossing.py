"""What the other side displays at prices that cross ours, and how much of it has met us."""

from typing import Final

from tools.core.snapshots import Snapshot, read_ints, read_list


class Crossing:
    """Lots of the other side by price, so that the same displayed lots meet us once.

    `sign` is that of our side: 1 where we buy. A price is forgotten when the other side's
    best is worse than it, because then nothing is left there.
    """

    def __init__(self, sign: int) -> None:
        self._sign: Final = sign
        self._met: dict[int, int] = {}

    @property
    def empty(self) -> bool:
        """True if nothing has met us that may still be displayed."""
        return not self._met

    def on_best(self, best_ticks: int) -> None:
        """Forget prices at which nothing can be left."""
        gone: list[int] = []
        for price_ticks in self._met:
            if self._sign * (best_ticks - price_ticks) > 0:
                gone.append(price_ticks)
        for price_ticks in gone:
            del self._met[price_ticks]

    def fresh_lots(self, price_ticks: int, lots: int) -> int:
        """Note what is displayed at a price; return how much of it was not there before."""
        before_lots = self._met.get(price_ticks, 0)
        self._met[price_ticks] = lots
        return max(0, lots - before_lots)

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        met: list[object] = []
        for price_ticks in sorted(self._met):
            met.append([price_ticks, self._met[price_ticks]])
        return {"met": met}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._met = {}
        for item in read_list(saved, "met"):
            price_ticks, lots = read_ints({"met": item}, "met")
            self._met[price_ticks] = lots
