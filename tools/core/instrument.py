"""What is traded, and the only door between decimal text and its ticks and lots."""

from dataclasses import dataclass
from typing import Final

from tools.core.errors import UsageError
from tools.core.units import (
    E8,
    MAX_DECIMALS,
    POW10,
    Amount,
    decimal_text,
    div_up,
    format_scaled,
    parse_scaled,
)

# Rounding when a value lies between two steps; EXACT refuses instead.
EXACT: Final = "exact"
DOWN: Final = "down"
UP: Final = "up"


def split_step(step: Amount, what: str) -> tuple[int, int]:
    """Return a step such as ``"0.25"`` as ``(25, 2)``: units and decimals."""
    text = decimal_text(step)
    _, _, part = text.partition(".")
    decimals = len(part.rstrip("0"))
    units = parse_scaled(text, decimals)
    if units <= 0 or decimals > MAX_DECIMALS:
        raise UsageError(f"{what} must be positive with at most {MAX_DECIMALS} decimals: {text}")
    return units, decimals


def to_steps(value: Amount, units: int, decimals: int, rounding: str, what: str) -> int:
    """Return `value` as a count of steps of ``units * 10**-decimals``."""
    text = decimal_text(value)
    _, _, part = text.partition(".")
    digits = max(decimals, len(part))
    scaled = parse_scaled(text, digits)
    step = units * POW10[digits - decimals]
    steps, rest = divmod(scaled, step)
    if rest == 0 or rounding == DOWN:
        return steps
    if rounding == UP:
        return steps + 1
    raise UsageError(f"{what} {text} is not a multiple of {format_scaled(units, decimals)}")


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """One instrument of one venue, named ``binance-usdm:BTCUSDT``.

    Parameters
    ----------
    venue, symbol
        For example ``"binance-usdm"`` and ``"BTCUSDT"``.
    tick, lot
        Price step and quantity step, as decimal text.
    min_notional
        Smallest order value in the quote currency, as decimal text; ``"0"`` for none.
    max_notional, min_price, max_price, min_qty, max_qty
        The venue's other bounds on one order, as decimal text; ``"0"`` for none.
    profile
        ``"major"`` or ``"minor"``: which defaults of the detectors apply.
    """

    venue: str
    symbol: str
    tick: str
    lot: str
    min_notional: str = "0"
    profile: str = "major"
    max_notional: str = "0"
    min_price: str = "0"
    max_price: str = "0"
    min_qty: str = "0"
    max_qty: str = "0"

    def __post_init__(self) -> None:
        split_step(self.tick, "tick")
        split_step(self.lot, "lot")
        if self.profile not in ("major", "minor"):
            raise UsageError(f"{self.key}: profile must be major or minor, not {self.profile!r}")

    @property
    def key(self) -> str:
        """The name under which this instrument is known everywhere: ``venue:SYMBOL``."""
        return f"{self.venue}:{self.symbol}"

    def steps(self) -> "Steps":
        """Return the integer view of this instrument, made once where it is used often."""
        return Steps(self)

    def to_dict(self) -> dict[str, object]:
        """Return every field for the audit header; of the bounds that are rarely given, those that are."""
        out: dict[str, object] = {
            "lot": self.lot,
            "min_notional": self.min_notional,
            "profile": self.profile,
            "symbol": self.symbol,
            "tick": self.tick,
            "venue": self.venue,
        }
        for name, bound in (
            ("max_notional", self.max_notional),
            ("max_price", self.max_price),
            ("max_qty", self.max_qty),
            ("min_price", self.min_price),
            ("min_qty", self.min_qty),
        ):
            if bound != "0":
                out[name] = bound
        return out


class Steps:
    """Conversions of one instrument, with the powers of ten worked out beforehand."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument: Final = instrument
        self.tick_units, self.price_decimals = split_step(instrument.tick, "tick")
        self.lot_units, self.qty_decimals = split_step(instrument.lot, "lot")
        # Money of one htl is tick/2 * lot; in e8 that is this fraction.
        self._e8_numerator = self.tick_units * self.lot_units * E8
        self._e8_denominator = 2 * POW10[self.price_decimals + self.qty_decimals]
        self.min_notional_e8 = parse_scaled(decimal_text(instrument.min_notional), 8)
        self.max_notional_e8 = parse_scaled(decimal_text(instrument.max_notional), 8)
        self.min_price_ticks = self.price_ticks(instrument.min_price, UP)
        self.max_price_ticks = self.price_ticks(instrument.max_price, DOWN)
        self.min_qty_lots = self.qty_lots(instrument.min_qty, UP)
        self.max_qty_lots = self.qty_lots(instrument.max_qty, DOWN)

    def price_ticks(self, price: Amount, rounding: str = EXACT) -> int:
        """Return a price as ticks; raise `UsageError` if it lies between two and may not round."""
        return to_steps(price, self.tick_units, self.price_decimals, rounding, "price")

    def qty_lots(self, qty: Amount, rounding: str = EXACT) -> int:
        """Return a quantity as lots; raise `UsageError` if it lies between two and may not round."""
        return to_steps(qty, self.lot_units, self.qty_decimals, rounding, "quantity")

    def price_text(self, price_ticks: int) -> str:
        """Return ticks as decimal text at the instrument's precision."""
        return format_scaled(price_ticks * self.tick_units, self.price_decimals)

    def mid_text(self, mid_ht: int) -> str:
        """Return half-ticks as decimal text, with one more decimal than a price."""
        return format_scaled(mid_ht * self.tick_units * 5, self.price_decimals + 1)

    def qty_text(self, qty_lots: int) -> str:
        """Return lots as decimal text at the instrument's precision."""
        return format_scaled(qty_lots * self.lot_units, self.qty_decimals)

    def e8_up(self, money_htl: int) -> int:
        """Return half-tick x lot money as 1e-8 of the quote currency, rounded up (an exposure)."""
        return div_up(money_htl * self._e8_numerator, self._e8_denominator)

    def e8_down(self, money_htl: int) -> int:
        """Return half-tick x lot money as 1e-8 of the quote currency, rounded down (a gain)."""
        return money_htl * self._e8_numerator // self._e8_denominator
