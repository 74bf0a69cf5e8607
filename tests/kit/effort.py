"""How much a property test is given, as a share of the profile in force (see ``tests/conftest.py``)."""

from __future__ import annotations

from hypothesis import settings

LEAST = 10


def share(divisor: int) -> settings:
    """Return settings with the profile's number of examples over `divisor`, for dear examples."""
    return settings(max_examples=max(LEAST, settings().max_examples // divisor))
