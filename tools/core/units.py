"""Units, and the two steps between decimal text and integers.

Everything that can change a verdict, an order or a position is an integer, and the unit
ends its name:

========  ==============================================================
suffix    meaning
========  ==============================================================
_ticks    price in ticks of the instrument
_ht       mid or mark in half-ticks (bid + ask, so that a mid is exact)
_lots     quantity in lots of the instrument
_htl      money of one instrument in half-tick x lot, exact
_e8       money in 1e-8 of the quote currency
_ubps     relative price, fee or spread in micro basis points (1e-10)
_ppm      share, score or budget in parts per million
_ns       time in nanoseconds since the Unix epoch (UTC), or a duration
========  ==============================================================
"""

import re
from decimal import Decimal
from typing import Final

from tools.core.errors import UsageError

NS_PER_US: Final = 1_000
NS_PER_MS: Final = 1_000_000
NS_PER_S: Final = 1_000_000_000
UBPS_PER_BPS: Final = 1_000_000
UBPS_ONE: Final = 10_000_000_000  # a relative price of 1
PPM: Final = 1_000_000
E8: Final = 100_000_000
HALF_E8: Final = 50_000_000  # half a tick in 1e-8 ticks

POW10: Final[tuple[int, ...]] = tuple(10**k for k in range(96))
"""Powers of ten by exponent; a table, because ``10 ** n`` has no static integer type."""

# Bounds that no price or quantity in use comes near; they keep hot integers small.
MAX_DECIMAL_TEXT: Final = 40
MAX_DECIMALS: Final = 18

_HINT: Final = "give a str, Decimal, int or finite float"

Amount = str | Decimal | int | float
"""What a researcher has at hand; converted once, at the edge, by `decimal_text`."""

_EXPONENT: Final = re.compile(r"[+-]?\d{1,3}", re.ASCII)
_DECIMAL: Final = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)


def decimal_text(value: Amount) -> str:
    """Return `value` as plain decimal text, without an exponent.

    A float is taken as the shortest text that reads back as the same float, so 0.1 is
    one tenth. NaN, infinities and booleans are refused.

    Raises
    ------
    UsageError
        `value` is not a finite number, or its text has more than 40 characters.
    """
    if isinstance(value, bool):
        raise UsageError(f"not a number: {value!r}; {_HINT}")
    if isinstance(value, int):
        # Bounded first: the text of a very large integer is refused by the interpreter itself.
        if not -POW10[MAX_DECIMAL_TEXT] < value < POW10[MAX_DECIMAL_TEXT]:
            raise UsageError(f"a number of more than {MAX_DECIMAL_TEXT} digits")
        text = str(value)
    elif isinstance(value, str):
        text = _plain(value.strip()) if len(value) <= 2 * MAX_DECIMAL_TEXT else ""
    elif isinstance(value, float):
        text = _plain(float.__repr__(value))  # a subclass may print itself otherwise
    elif isinstance(value, Decimal):
        text = _plain(str(value))
    else:
        raise UsageError(f"not a number: {type(value).__name__}; {_HINT}")
    if not text or len(text) > MAX_DECIMAL_TEXT or _DECIMAL.fullmatch(text) is None:
        raise UsageError(f"not a finite decimal number: {str(value)[:40]!r}")
    return text


def _plain(text: str) -> str:
    """Expand an exponent by moving the point; anything else is returned as it is."""
    mantissa, mark, exponent_text = text.lower().partition("e")
    if not mark:
        return text
    if _EXPONENT.fullmatch(exponent_text) is None or _DECIMAL.fullmatch(mantissa) is None:
        return ""
    exponent = int(exponent_text)
    if not -MAX_DECIMAL_TEXT < exponent < MAX_DECIMAL_TEXT:
        return ""
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, part = mantissa.lstrip("-").partition(".")
    digits = whole + part
    point = len(whole) + exponent
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if point >= len(digits):
        return f"{sign}{digits}{'0' * (point - len(digits))}"
    return f"{sign}{digits[:point]}.{digits[point:]}"


def parse_scaled(text: str, decimals: int) -> int:
    """Return plain decimal `text` as an integer count of ``10**-decimals``, exactly.

    >>> parse_scaled("65012.30", 2)
    6501230

    Raises
    ------
    UsageError
        The text is no plain decimal number, or has non-zero digits beyond `decimals`.
    """
    if len(text) > MAX_DECIMAL_TEXT or _DECIMAL.fullmatch(text) is None:
        raise UsageError(f"not a plain decimal number: {text[:MAX_DECIMAL_TEXT]!r}")
    whole, _, part = text.lstrip("-").partition(".")
    kept, rest = part[:decimals], part[decimals:]
    if rest.strip("0"):
        raise UsageError(f"{text} has more than {decimals} decimals")
    magnitude = int(whole or "0") * POW10[decimals] + int(kept.ljust(decimals, "0") or "0")
    return -magnitude if text.startswith("-") else magnitude


def format_scaled(value: int, decimals: int) -> str:
    """Return the integer `value`, a count of ``10**-decimals``, as decimal text.

    >>> format_scaled(-461313, 8)
    '-0.00461313'
    """
    if decimals == 0:
        return str(value)
    sign = "-" if value < 0 else ""
    digits = str(abs(value)).rjust(decimals + 1, "0")
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


def to_float(value: int, decimals: int) -> float:
    """Return a count of ``10**-decimals`` as the nearest float, for the human side of a report.

    One correctly rounded step; nothing may be decided on the result.
    """
    return float(format_scaled(value, decimals))  # det-ok: the edge, one correctly rounded step


def scaled_from(value: Amount, decimals: int) -> int:
    """Return `value` in units of ``10**-decimals``; refuse what is not a whole number of them."""
    return parse_scaled(decimal_text(value), decimals)


def div_half_even(numerator: int, denominator: int) -> int:
    """Return ``numerator / denominator`` rounded to the nearest integer, ties to even."""
    quotient, remainder = divmod(numerator, denominator)
    twice = 2 * remainder
    if twice > denominator or (twice == denominator and quotient % 2 == 1):
        return quotient + 1
    return quotient


def div_up(numerator: int, denominator: int) -> int:
    """Return ``numerator / denominator`` rounded towards plus infinity."""
    return -(-numerator // denominator)
