"""How far a path's fills can be believed: its closed orders, by what brackets them."""

from typing import Final

from tools.core.orders import FillClass, OrderOutcome
from tools.core.units import PPM


class Classes:
    """Orders of one instrument that came to rest and are closed, at a venue that shows its best alone.

    Orders so large that the recorded market cannot stand for what would have happened are
    counted apart, and not among the classes.
    """

    def __init__(self) -> None:
        self.counts: Final[dict[str, int]] = {}
        for fill_class in FillClass:
            self.counts[fill_class.value] = 0
        self.never_rested = 0
        self.impact_suspect = 0
        self.at_best = 0
        self.inside = 0
        self.behind = 0

    def add(self, outcome: OrderOutcome) -> None:
        """Add an order that is closed."""
        if outcome.rested_ns is None:
            self.never_rested += 1
            return
        # By what was displayed, which is the venue's: what was ahead is the fill model's opinion.
        if outcome.shown_lots is None:
            self.behind += 1
        elif outcome.shown_lots > 0:
            self.at_best += 1
        else:
            self.inside += 1
        if outcome.impact_suspect:
            self.impact_suspect += 1
        else:
            self.counts[outcome.fill_class.value] += 1

    def take_in(self, other: "Classes") -> None:
        """Add the orders of another account."""
        for name, count in other.counts.items():
            self.counts[name] += count
        self.never_rested += other.never_rested
        self.impact_suspect += other.impact_suspect
        self.at_best += other.at_best
        self.inside += other.inside
        self.behind += other.behind

    @property
    def orders(self) -> int:
        """How many are in the classes."""
        return sum(self.counts.values())

    def width_ppm(self) -> int | None:
        """Return the share of orders that only the optimistic model fills; None without orders."""
        orders = self.orders
        return self.counts[FillClass.POSSIBLE] * PPM // orders if orders else None

    def to_dict(self) -> dict[str, object]:
        """Return the counts, and the shares that would fill under the two models."""
        orders = self.orders
        certain, possible = self.counts[FillClass.CERTAIN], self.counts[FillClass.POSSIBLE]
        rested = orders + self.impact_suspect
        return {
            "classes": dict(self.counts),
            "impact_suspect": self.impact_suspect,
            "impact_suspect_ppm": self.impact_suspect * PPM // rested if rested else None,
            "joined": {"at_best": self.at_best, "behind": self.behind, "inside": self.inside},
            "never_rested": self.never_rested,
            "orders": orders,
            "p_opt_ppm": (certain + possible) * PPM // orders if orders else None,
            "p_ra_ppm": certain * PPM // orders if orders else None,
            "width_ppm": self.width_ppm(),
        }


class FillClasses:
    """The classes of every instrument's orders, by key."""

    def __init__(self) -> None:
        self.by_symbol: Final[dict[str, Classes]] = {}

    def add(self, outcome: OrderOutcome) -> None:
        """Add an order that is closed."""
        found = self.by_symbol.get(outcome.symbol)
        if found is None:
            found = Classes()
            self.by_symbol[outcome.symbol] = found
        found.add(outcome)

    def get(self, symbol: str) -> Classes:
        """Return the classes of an instrument's orders; empty ones if it has none."""
        return self.by_symbol.get(symbol, Classes())
