"""What a researcher has at hand, turned into an intent or into the refusal that it deserves."""

from decimal import Decimal
from enum import StrEnum
from typing import Final

from tools.core.errors import UsageError
from tools.core.events import Side, parse_side
from tools.core.instrument import DOWN, UP, to_steps
from tools.core.orders import Intent, RefusedOrder
from tools.core.units import UBPS_PER_BPS, Amount, div_up
from tools.risk.exposure_book import ExposureBook

EDGE_DECIMALS: Final = 6  # micro-bps are 1e-6 of a basis point


class Reason(StrEnum):
    """Why arguments are refused before any control sees them."""

    SYMBOL_UNKNOWN = "SYMBOL_UNKNOWN"  # no instrument has this symbol
    SIDE_UNKNOWN = "SIDE_UNKNOWN"  # neither buy nor sell
    QTY_INVALID = "QTY_INVALID"  # not a positive, finite quantity
    PRICE_INVALID = "PRICE_INVALID"  # not a positive, finite price


def intent_from(
    book: ExposureBook, now_ns: int, symbol: object, side: object, qty: Amount, price: Amount | None
) -> Intent | RefusedOrder:
    """Return the intent that the arguments of a check stand for; never raises on them.

    A quantity must be a whole number of lots; a price between two ticks is taken as the
    higher one, which is worth more and so is against us in a limit.
    """
    nameless = Intent(str(symbol)[:20], now_ns, Side.BUY, 0, None)
    exposure = book.look(symbol)
    if exposure is None:
        return RefusedOrder(nameless, Reason.SYMBOL_UNKNOWN, (), ())
    reason = Reason.SIDE_UNKNOWN
    try:
        known_side = parse_side(side)
        reason = Reason.QTY_INVALID
        qty_lots = exposure.steps.qty_lots(qty)
        reason = Reason.PRICE_INVALID
        price_ticks = None if price is None else exposure.steps.price_ticks(price, UP)
    except UsageError:
        return RefusedOrder(nameless, reason, (), ())
    return Intent(str(symbol), now_ns, known_side, qty_lots, price_ticks)


def edge_from(net_bps: Amount) -> int:
    """Return an edge in micro basis points, rounded down; raise `UsageError` if it is not finite.

    A float is taken as its shortest text, exactly: however small or large, it is on its own
    side of a threshold.
    """
    if isinstance(net_bps, float):
        try:
            numerator, denominator = Decimal(float.__repr__(net_bps)).as_integer_ratio()
        except (ValueError, OverflowError):
            raise UsageError("the edge is not a finite number") from None
        return numerator * UBPS_PER_BPS // denominator
    return to_steps(net_bps, 1, EDGE_DECIMALS, DOWN, "edge")


def price_to_send(intent: Intent, value_ht: int) -> int:
    """Return the price to send in ticks: the intent's own, or the mark away from the spread."""
    if intent.price_ticks is not None:
        return intent.price_ticks
    return max(1, value_ht // 2 if intent.side is Side.BUY else div_up(value_ht, 2))
