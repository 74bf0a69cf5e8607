"""What we hold, what could still fill, and what it is worth at worst."""

from collections.abc import Callable, Mapping
from typing import Final

from tools.core.demo import demo_instrument
from tools.core.events import Side
from tools.core.instrument import UP, Instrument, Steps, to_steps
from tools.core.units import Amount


class Exposure:
    """Position, open orders and mark of one instrument, in lots and half-ticks.

    The worst case of a side is the position after every open order of that side has
    filled and none of the other side has; no other subset of fills leads further out.
    """

    def __init__(self, instrument: Instrument) -> None:
        self.steps: Final[Steps] = instrument.steps()
        self.position_lots = 0
        self.quote_ht: int | None = None  # mid of the last quote
        self.provider_ht: int | None = None  # what the provider said when it was asked last
        self.open_buy_lots = 0
        self.open_sell_lots = 0
        self._open: dict[str, tuple[Side, int]] = {}  # client id -> (side, leaves)

    def half_ticks(self, price: Amount) -> int:
        """Return a price in half-ticks, rounded up: worth more, so against us in a limit."""
        steps = self.steps
        return to_steps(price, 5 * steps.tick_units, steps.price_decimals + 1, UP, "price")

    def set_open(self, client_id: str, side: Side, leaves_lots: int) -> None:
        """Count an order's remaining quantity; 0 takes it out."""
        old = self._open.pop(client_id, None)
        if old is not None:
            self._add_open(old[0], -old[1])
        if leaves_lots > 0:
            self._open[client_id] = (side, leaves_lots)
            self._add_open(side, leaves_lots)

    def _add_open(self, side: Side, lots: int) -> None:
        if side is Side.BUY:
            self.open_buy_lots += lots
        else:
            self.open_sell_lots += lots

    def fill(self, side: Side, lots: int) -> None:
        """Move the position by a fill."""
        self.position_lots += lots if side is Side.BUY else -lots

    def worst_long_lots(self) -> int:
        """Return the position after all open buys."""
        return self.position_lots + self.open_buy_lots

    def worst_short_lots(self) -> int:
        """Return the position after all open sells."""
        return self.position_lots - self.open_sell_lots

    def reduces(self, side: Side, qty_lots: int) -> bool:
        """Return True if the order can only bring the position nearer to flat.

        Open orders of the same side count: two reducing orders that together would flip
        the position are not both reducing.
        """
        if side is Side.BUY:
            return self.position_lots + self.open_buy_lots + qty_lots <= 0
        return self.position_lots - self.open_sell_lots - qty_lots >= 0

    @property
    def mark_ht(self) -> int | None:
        """What a lot is valued at: the last quote, else what the provider said, else unknown."""
        return self.provider_ht if self.quote_ht is None else self.quote_ht

    @property
    def flat(self) -> bool:
        """True if nothing is held and no fill can change that."""
        return self.position_lots == 0 and self.open_buy_lots == 0 and self.open_sell_lots == 0

    def ask_provider(self, provider: Callable[[str], Amount], symbol: str) -> None:
        """Take a mark from a provider; what it raises, or no positive price, means none."""
        self.provider_ht = None
        try:
            answer_ht = self.half_ticks(provider(symbol))
        except Exception:  # det-ok: a provider that raises, whatever it raises, gives no mark
            return
        if answer_ht > 0:
            self.provider_ht = answer_ht

    def value_e8(self, lots: int, value_ht: int) -> int:
        """Return what `lots` of either sign are worth, in 1e-8 quote currency, rounded up."""
        return self.steps.e8_up(abs(lots) * value_ht)

    def worst_e8(self, value_ht: int) -> int:
        """Return the larger of the two sides' worst cases, in 1e-8 quote currency."""
        return max(
            self.value_e8(self.worst_long_lots(), value_ht),
            self.value_e8(self.worst_short_lots(), value_ht),
        )

    def check(self) -> None:
        """Assert that the running sums equal the open orders they stand for."""
        buys = 0
        sells = 0
        for side, lots in self._open.values():
            if side is Side.BUY:
                buys += lots
            else:
                sells += lots
        assert (buys, sells) == (self.open_buy_lots, self.open_sell_lots)
        assert self.open_buy_lots >= 0 and self.open_sell_lots >= 0


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

    def others_worst_e8(self, symbol: str) -> int | None:
        """Return the worst-case value of every instrument but one; None if one cannot be known.

        An instrument that holds nothing and has nothing open is worth 0 without a mark.
        """
        total = 0
        for name, exposure in self.by_symbol.items():
            if name == symbol:
                continue
            if exposure.flat:
                continue
            if exposure.mark_ht is None:
                return None
            total += exposure.worst_e8(exposure.mark_ht)
        return total
