"""Gauges, a file each: families of figures that are kept only where they are asked for."""

from typing import Final

GAUGES: Final = (
    "costs", "trading", "volatility", "feed", "microprice", "best_flow", "resiliency", "depth",
)  # fmt: skip
"""Every gauge of this project, in the order of the columns of ``observe``."""
