"""Positions, cash, funding and profit of our own fills, exact to the half-tick x lot.

``realised + unrealised == cash + position x mark`` at every moment and for every mark, with
no rounding in between: what a reducing fill releases of the entry cost is a whole number of
half-tick x lots, rounded so that the realised part is the smaller one, and what it does not
release stays in the entry cost of the rest. Fees and funding are settled in amounts of the
quote currency and kept beside it: ``net == gross - fees + funding``, whole numbers of 1e-8.
"""

from collections.abc import Mapping
from typing import Final

from tools.core.errors import UsageError
from tools.core.events import Side
from tools.core.instrument import Instrument, Steps
from tools.core.orders import OrderChange
from tools.core.reports import Liquidity
from tools.core.snapshots import Snapshot, read_int, read_opt, read_part
from tools.core.units import E8, HALF_E8, div_half_even, div_up
from tools.execution.fees import FeeConfig, Fees

DEFAULT_FEES: Final = FeeConfig()


class Position:
    """One instrument's position; fees and funding are kept apart, in 1e-8 of the quote currency."""

    def __init__(self, steps: Steps, fees: FeeConfig = DEFAULT_FEES) -> None:
        self.steps: Final = steps
        self._fees: Final = Fees(fees, steps)
        self.position_lots = 0
        self.cash_htl = 0  # what the fills brought in, less what they cost
        self.cost_htl = 0  # entry price x position, of the position's sign
        self.realised_htl = 0
        self.fees_e8 = 0  # paid, less rebates
        self.funding_e8 = 0  # received, less what was paid
        self.mark_ht: int | None = None

    def on_fill(self, side: Side, qty_lots: int, price_ticks: int, liquidity: Liquidity) -> int:
        """Book a fill and return its fee in 1e-8 of the quote currency.

        Raises
        ------
        UsageError
            Quantity or price is not positive.
        """
        if qty_lots <= 0 or price_ticks <= 0:
            raise UsageError("a fill needs a positive quantity and a positive price")
        self._book(side, qty_lots, price_ticks)
        fee_e8 = self._fees.fee_e8(liquidity, price_ticks, qty_lots)
        self.fees_e8 += fee_e8
        return fee_e8

    def on_funding(self, rate_ubps: int, mark_ticks_e8: int | None = None, lots: int | None = None) -> int:
        """Accrue a perpetual's funding, and return it in 1e-8 of the quote currency.

        Parameters
        ----------
        rate_ubps
            Of the position's value; where it is positive, longs pay shorts.
        mark_ticks_e8
            The price that the venue funds at, in 1e-8 ticks; the position's own mark if not given.
        lots
            What the venue held at that time; what is held here now if not given. The two differ
            by the fills that have not been heard of.

        Raises
        ------
        UsageError
            There is a position, and no price to value it at.
        """
        held_lots = self.position_lots if lots is None else lots
        if mark_ticks_e8 is None and self.mark_ht is not None:
            mark_ticks_e8 = self.mark_ht * HALF_E8
        if held_lots == 0:
            return 0
        if mark_ticks_e8 is None or mark_ticks_e8 <= 0:
            raise UsageError("funding of a position needs a mark")
        funding_e8 = self._fees.funding_e8(held_lots, mark_ticks_e8, rate_ubps)
        self.funding_e8 += funding_e8
        return funding_e8

    def amend(self, change: OrderChange) -> None:
        """Book what a bust, correction or redenomination changed; fees stay as they were charged.

        What is taken back is booked as the opposite at its own price, so that cash and
        profit come out as if it had never been. A redenomination moves the position alone:
        what was paid for it does not change.
        """
        if change.undone_lots > 0:
            self._book_or_restate(change.side.opposite, change.undone_lots, change.undone_ticks)
        if change.fill_lots > 0:
            self._book_or_restate(change.side, change.fill_lots, change.fill_ticks)

    def _book_or_restate(self, side: Side, qty_lots: int, price_ticks: int) -> None:
        if price_ticks > 0:
            self._book(side, qty_lots, price_ticks)
        else:
            self.position_lots += qty_lots if side is Side.BUY else -qty_lots

    def _book(self, side: Side, qty_lots: int, price_ticks: int) -> None:
        price_ht = 2 * price_ticks
        sign = 1 if side is Side.BUY else -1
        held = self.position_lots
        reducing_lots = 0
        if held * sign < 0:
            reducing_lots = min(qty_lots, abs(held))
            released_htl = div_up(self.cost_htl * reducing_lots, abs(held))
            self.cost_htl -= released_htl
            self.realised_htl -= sign * price_ht * reducing_lots + released_htl
        self.cost_htl += sign * price_ht * (qty_lots - reducing_lots)
        self.position_lots = held + sign * qty_lots
        self.cash_htl -= sign * price_ht * qty_lots

    def unrealised_htl(self, mark_ht: int) -> int:
        """Return what closing at a mark would add to the realised profit."""
        return self.position_lots * mark_ht - self.cost_htl

    def average_ticks_e8(self) -> int | None:
        """Return the average entry price in 1e-8 ticks, half to even; None when flat."""
        if self.position_lots == 0:
            return None
        return div_half_even(abs(self.cost_htl) * E8, 2 * abs(self.position_lots))

    def _unrealised_now_htl(self) -> int | None:
        if self.mark_ht is not None:
            return self.unrealised_htl(self.mark_ht)
        return 0 if self.position_lots == 0 else None

    def gross_e8(self) -> int | None:
        """Return the profit at the mark before fees and funding, rounded down once; None without a mark."""
        unrealised_htl = self._unrealised_now_htl()
        if unrealised_htl is None:
            return None
        return self.steps.e8_down(self.realised_htl + unrealised_htl)

    def net_e8(self) -> int | None:
        """Return the profit at the mark less the fees, with funding; None without a mark."""
        gross_e8 = self.gross_e8()
        return None if gross_e8 is None else gross_e8 - self.fees_e8 + self.funding_e8

    def to_dict(self) -> dict[str, object]:
        """Return position and profit; what needs a mark is None without one.

        Amounts in 1e-8 of the quote currency are rounded down once; `net_e8` is the gross
        profit at the mark, less the fees, with funding.
        """
        unrealised_htl = self._unrealised_now_htl()
        return {
            "average_entry_ticks_e8": self.average_ticks_e8(),
            "cash_htl": self.cash_htl,
            "fees_e8": self.fees_e8,
            "funding_e8": self.funding_e8,
            "gross_e8": self.gross_e8(),
            "mark_ht": self.mark_ht,
            "net_e8": self.net_e8(),
            "position_lots": self.position_lots,
            "realised_e8": self.steps.e8_down(self.realised_htl),
            "realised_htl": self.realised_htl,
            "unrealised_e8": None if unrealised_htl is None else self.steps.e8_down(unrealised_htl),
            "unrealised_htl": unrealised_htl,
        }

    def snapshot(self) -> Snapshot:
        """Return the position."""
        return {
            "cash_htl": self.cash_htl,
            "cost_htl": self.cost_htl,
            "fees_e8": self.fees_e8,
            "funding_e8": self.funding_e8,
            "mark_ht": self.mark_ht,
            "position_lots": self.position_lots,
            "realised_htl": self.realised_htl,
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.cash_htl = read_int(saved, "cash_htl")
        self.cost_htl = read_int(saved, "cost_htl")
        self.fees_e8 = read_int(saved, "fees_e8")
        self.funding_e8 = read_int(saved, "funding_e8")
        self.mark_ht = read_opt(saved, "mark_ht")
        self.position_lots = read_int(saved, "position_lots")
        self.realised_htl = read_int(saved, "realised_htl")


class Positions:
    """The positions of every instrument, by symbol.

    Parameters
    ----------
    instruments
        By symbol; a fill of any other symbol raises `UsageError`.
    fees
        Of every instrument.
    """

    def __init__(self, instruments: Mapping[str, Instrument], fees: FeeConfig = DEFAULT_FEES) -> None:
        self.by_symbol: Final[dict[str, Position]] = {}
        for symbol, instrument in instruments.items():
            self.by_symbol[symbol] = Position(instrument.steps(), fees)

    def get(self, symbol: str) -> Position:
        """Return the position of a symbol; raise `UsageError` if it is unknown."""
        found = self.by_symbol.get(symbol)
        if found is None:
            raise UsageError(f"unknown symbol {symbol[:40]!r}")
        return found

    def on_fill(self, symbol: str, side: Side, qty_lots: int, price_ticks: int, liquidity: Liquidity) -> int:
        """Book a fill and return its fee in 1e-8 of the quote currency."""
        return self.get(symbol).on_fill(side, qty_lots, price_ticks, liquidity)

    def on_funding(
        self, symbol: str, rate_ubps: int, mark_ticks_e8: int | None = None, lots: int | None = None
    ) -> int:
        """Accrue a symbol's funding and return it in 1e-8 of the quote currency."""
        return self.get(symbol).on_funding(rate_ubps, mark_ticks_e8, lots)

    def mark(self, symbol: str, mark_ht: int | None) -> None:
        """Set the mark of a symbol, in half-ticks."""
        self.get(symbol).mark_ht = mark_ht

    def to_dict(self) -> dict[str, object]:
        """Return every position, sorted by symbol."""
        out: dict[str, object] = {}
        for symbol in sorted(self.by_symbol):
            out[symbol] = self.by_symbol[symbol].to_dict()
        return out

    def snapshot(self) -> Snapshot:
        """Return every position."""
        out: Snapshot = {}
        for symbol, position in self.by_symbol.items():
            out[symbol] = position.snapshot()
        return out

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned; the symbols must be the same."""
        for symbol, position in self.by_symbol.items():
            position.restore(read_part(saved, symbol))
