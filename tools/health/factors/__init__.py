"""Health factors, a file each; the list in `DEFAULT_FACTORS` is what is on by default."""

from typing import Final

DEFAULT_FACTORS: Final = (
    "link_age",
    "latency",
    "spread",
    "gaps",
    "clock",
    "depth",
    "move",
    "rejects",
)
