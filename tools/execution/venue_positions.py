"""What a simulated venue holds of ours: lots, and what they cost on average.

It is the venue's own count, kept apart from ours (`Position`), so that the two can be compared.
"""

from decimal import Decimal
from typing import Final

from tools.core.events import Side
from tools.core.instrument import Steps
from tools.core.snapshots import Snapshot, read_int, read_part
from tools.core.units import E8, format_scaled


class VenuePositions:
    """Lots by symbol, and what the position was entered for in 1e-8 tick x lots, of its sign."""

    def __init__(self) -> None:
        self.lots: Final[dict[str, int]] = {}
        self._cost_e8: Final[dict[str, int]] = {}

    def fill(self, symbol: str, side: Side, lots: int, price_ticks: int) -> None:
        """Book a fill: what adds costs its price, what reduces releases the average."""
        signed = lots if side is Side.BUY else -lots
        held = self.lots.get(symbol, 0)
        cost_e8 = self._cost_e8.get(symbol, 0)
        price_e8 = price_ticks * E8
        if held * signed < 0:
            closing = max(-abs(held), -lots) if held > 0 else min(abs(held), lots)
            cost_e8 += cost_e8 * closing // held
            cost_e8 += (signed - closing) * price_e8
        else:
            cost_e8 += signed * price_e8
        self.lots[symbol] = held + signed
        self._cost_e8[symbol] = cost_e8

    def quantities(self, steps: dict[str, Steps]) -> dict[str, Decimal]:
        """Return every position, in units of the instrument, exact."""
        return {symbol: Decimal(steps[symbol].qty_text(lots)) for symbol, lots in self.lots.items()}

    def entry_prices(self, steps: dict[str, Steps]) -> dict[str, Decimal]:
        """Return the average entry price of each position that is not flat, in the quote currency."""
        out: dict[str, Decimal] = {}
        for symbol, lots in self.lots.items():
            if lots != 0:
                one = steps[symbol]
                ticks_e8 = self._cost_e8[symbol] // lots
                out[symbol] = Decimal(format_scaled(ticks_e8 * one.tick_units, one.price_decimals + 8))
        return out

    def snapshot(self) -> Snapshot:
        """Return lots and cost."""
        return {"cost_e8": dict(self._cost_e8), "lots": dict(self.lots)}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.lots.clear()
        self._cost_e8.clear()
        lots, cost_e8 = read_part(saved, "lots"), read_part(saved, "cost_e8")
        for symbol in lots:
            self.lots[symbol] = read_int(lots, symbol)
            self._cost_e8[symbol] = read_int(cost_e8, symbol)
