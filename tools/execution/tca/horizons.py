"""The times after a fill at which the mid is looked at again."""

from typing import Final

from tools.core.units import NS_PER_MS, NS_PER_S

HORIZONS: Final = (
    ("100ms", 100 * NS_PER_MS),
    ("1s", NS_PER_S),
    ("5s", 5 * NS_PER_S),
    ("30s", 30 * NS_PER_S),
    ("60s", 60 * NS_PER_S),
)
"""Name and length, shortest first."""

HORIZONS_NS: Final[tuple[int, ...]] = tuple([length_ns for _, length_ns in HORIZONS])
LONGEST_NS: Final = 60 * NS_PER_S

EDGE: Final = 2
"""Which of them the net edge is measured at: 5 s."""

EDGE_NS: Final = 5 * NS_PER_S
