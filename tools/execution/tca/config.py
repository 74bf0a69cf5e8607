"""What is measured about the own orders and fills, as a configuration section."""

from dataclasses import dataclass

from tools.core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class QualityConfig:
    """Measures of execution quality.

    Parameters
    ----------
    measures
        Measure every order and every fill, and write a line about each. Nothing of what is
        decided depends on it, except for what the measured edge may freeze.
    edge_fills
        How many fills the net edge is of that risk is shown; 0 shows it none. An edge that may
        stop everything needs enough of them: with 500, and 4 bps from fill to fill, its
        standard error is 0.2 bps; with 50 it would be 0.6 bps.
    """

    measures: bool = True
    edge_fills: int = 500

    def __post_init__(self) -> None:
        if self.edge_fills < 0:
            raise ConfigError(f"quality.edge_fills: must not be negative, not {self.edge_fills}")
        if self.edge_fills > 0 and not self.measures:
            raise ConfigError("quality.edge_fills: an edge needs `measures = true`; set it to 0 without")
