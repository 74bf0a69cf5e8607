"""Latency models of the paper venue, a file each."""

from typing import Final

DEFAULT_LATENCY_MODEL: Final = "coupled"
