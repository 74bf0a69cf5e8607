"""The exposures of every instrument: what all of them come to together."""

from collections.abc import Callable, Mapping
from typing import Final

from tools.core.demo import demo_instrument
from tools.core.instrument import Instrument
from tools.core.snapshots import Snapshot, read_part
from tools.core.units import Amount
from tools.risk.exposure import Exposure


class ExposureBook:
    """The exposures of all instruments seen so far, by symbol, in order of appearance.

    Parameters
    ----------
    instruments
        Those that are known, by symbol. Without it every well-formed symbol is, with the
        demo's tick and lot.
    """

    def __init__(self, instruments: Mapping[str, Instrument] | None = None) -> None:
        self._instruments: Final = instruments
        self.by_symbol: dict[str, Exposure] = {}

    def look(self, symbol: object) -> Exposure | None:
        """Return the exposure of a known symbol, an empty one if it was not seen yet."""
        if not isinstance(symbol, str):
            return None
        found = self.by_symbol.get(symbol)
        if found is not None:
            return found
        known = self._instruments
        instrument = demo_instrument(symbol) if known is None else known.get(symbol)
        return None if instrument is None else Exposure(instrument)

    def find(self, symbol: str) -> Exposure | None:
        """Return the exposure of a known symbol and keep it; None if the symbol is unknown."""
        found = self.look(symbol)
        if found is not None:
            self.by_symbol[symbol] = found
        return found

    def ask(self, provider: Callable[[str], Amount], symbol: str, wanted: Exposure) -> None:
        """Ask for the mark of every instrument that a check must value and no quote does."""
        if wanted.quote_ht is None:
            wanted.ask_provider(provider, symbol)
        for name, exposure in self.by_symbol.items():
            if name != symbol and exposure.quote_ht is None and not exposure.flat:
                exposure.ask_provider(provider, name)

    def others_worst_e8(self, symbol: str, oldest_ns: int = 0) -> int | None:
        """Return the worst-case value of every instrument but one; None if one cannot be known.

        An instrument that holds nothing and has nothing open is worth 0 without a mark. A mark
        from before `oldest_ns` is none.
        """
        total_e8 = 0
        for name, exposure in self.by_symbol.items():
            if name == symbol:
                continue
            held_lots = exposure.position_lots
            long_lots = held_lots + exposure.open_buy_lots
            short_lots = held_lots - exposure.open_sell_lots
            if held_lots == 0 and long_lots == 0 and short_lots == 0:
                continue
            mark_ht = exposure.quote_ht
            if mark_ht is None:
                mark_ht = exposure.provider_ht
                if mark_ht is None:
                    return None
            elif (exposure.quote_ns or 0) < oldest_ns:
                return None
            total_e8 += exposure.steps.e8_up(max(abs(long_lots), abs(short_lots)) * mark_ht)
        return total_e8

    def open_count(self) -> int:
        """Return how many orders of all instruments could still fill."""
        count = 0
        for exposure in self.by_symbol.values():
            count += len(exposure.open)
        return count

    def snapshot(self) -> Snapshot:
        """Return every exposure by symbol."""
        out: Snapshot = {}
        for symbol, exposure in self.by_symbol.items():
            out[symbol] = exposure.snapshot()
        return out

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned; a symbol that is not known any more is left out."""
        self.by_symbol = {}
        for symbol in saved:
            found = self.find(symbol)
            if found is not None:
                found.restore(read_part(saved, symbol))
