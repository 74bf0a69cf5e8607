"""Fill models of the paper venue, a file each."""

from typing import Final

DEFAULT_FILL_MODEL: Final = "risk_averse"
