"""The instrument that P0.1's demo trades: any well-formed symbol, tick 0.01, lot 1e-8."""

import re
from typing import Final

from tools.core.instrument import Instrument

_SYMBOL: Final = re.compile(r"[A-Z0-9]{2,20}", re.ASCII)


def demo_instrument(symbol: object) -> Instrument | None:
    """Return the demo's instrument for a symbol of 2 to 20 characters A-Z 0-9, else None."""
    if not isinstance(symbol, str) or _SYMBOL.fullmatch(symbol) is None:
        return None
    return Instrument(venue="fake", symbol=symbol, tick="0.01", lot="0.00000001")
