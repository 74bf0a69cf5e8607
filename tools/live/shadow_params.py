"""What a shadow run does, apart from limits and dice."""

from dataclasses import dataclass

from tools.core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class ShadowParams:
    """What a shadow run does, apart from limits and dice.

    Parameters
    ----------
    symbols
        In the order in which they are quoted.
    iterations
        One second of event time each.
    qty
        Quantity of every order, in units of the instrument.
    spread_bps
        Distance between our buy and our sell, in whole basis points.
    edge_start_bps, edge_end_bps
        The synthetic net edge falls from one towards the other.
    """

    symbols: tuple[str, ...] = ("BTCUSDT", "ETHUSDT")
    iterations: int = 50
    qty: str = "0.01"
    spread_bps: int = 5
    edge_start_bps: str = "10"
    edge_end_bps: str = "2"

    def __post_init__(self) -> None:
        if not self.symbols or len(set(self.symbols)) != len(self.symbols):
            raise ConfigError("symbols: name at least one, and none twice")
        if self.iterations < 1:
            raise ConfigError("iterations: must be at least 1")
        if not 0 < self.spread_bps < 10_000:
            raise ConfigError("spread_bps: must be between 1 and 9999")

    def to_dict(self) -> dict[str, object]:
        """Return every field, for the audit header."""
        return {
            "edge_end_bps": self.edge_end_bps,
            "edge_start_bps": self.edge_start_bps,
            "iterations": self.iterations,
            "qty": self.qty,
            "spread_bps": self.spread_bps,
            "symbols": list(self.symbols),
        }
