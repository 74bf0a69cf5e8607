"""What a path has earned on what it turned over."""

from dataclasses import dataclass

from tools.core.units import UBPS_ONE


def edge_ubps(net_e8: int | None, turnover_e8: int) -> int | None:
    """Return a profit on what was turned over, rounded down; None without fills or marks."""
    if net_e8 is None or turnover_e8 <= 0:
        return None
    return net_e8 * UBPS_ONE // turnover_e8


@dataclass(frozen=True)
class NetEdge:
    """What fills have earned: `net_e8` at the marks and after fees, None without a mark.

    `drawdown_e8` is the largest fall of it from its peak, which is at least 0, as seen once a
    second and at the end.
    """

    net_e8: int | None
    turnover_e8: int
    fills: int
    drawdown_e8: int

    def edge_ubps(self) -> int | None:
        """Return the profit on what was turned over; see the function of this name."""
        return edge_ubps(self.net_e8, self.turnover_e8)

    def to_dict(self) -> dict[str, object]:
        """Return the figures."""
        return {
            "drawdown_e8": self.drawdown_e8,
            "edge_ubps": self.edge_ubps(),
            "fills": self.fills,
            "net_e8": self.net_e8,
            "turnover_e8": self.turnover_e8,
        }
