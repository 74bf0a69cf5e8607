"""Base-2 logarithm in integers: 10 fractional bits, the same on every machine.

``math.log`` differs between C libraries, and what feeds a verdict must not. The binary
digits of the logarithm come from repeated squaring: a mantissa in [1, 2) that reaches 2
when squared has the digit 1 (Knuth, TAOCP vol. 1, 1.2.2, exercise 25).
"""

from math import isqrt
from typing import Final

from tools.core.errors import UsageError

FRACTION_BITS: Final = 10
LOG2_ONE: Final = 1 << FRACTION_BITS
"""One doubling, in the unit that `ilog2_1p` returns."""

# 1024 / ln 2 in thousandths: the standard deviation of log2 of a Poisson count of mean 1.
_POISSON_MILLI: Final = 1_477_320


def ilog2_1p(value: int) -> int:
    """Return ``log2(1 + value)`` in units of 1/1024, rounded to the nearest unit.

    The error is below 2**-10, and `value` in order gives results in order.

    Raises
    ------
    UsageError
        `value` is negative.
    """
    if value < 0:
        raise UsageError(f"log2(1 + x) wants x >= 0, not {value}")
    x = value + 1
    exponent = x.bit_length() - 1
    mantissa = x << (30 - exponent) if exponent <= 30 else x >> (exponent - 30)
    digits = 0
    # One digit more than is kept, to round by: the truncated squares then stay within it.
    for _ in range(FRACTION_BITS + 1):
        mantissa = mantissa * mantissa >> 30
        digits <<= 1
        if mantissa >> 31:
            mantissa >>= 1
            digits += 1
    return (exponent << FRACTION_BITS) + ((digits + 1) >> 1)


def least_reaching(log2_units: int) -> int:
    """Return the smallest ``x >= 0`` with ``ilog2_1p(x) >= log2_units``."""
    if log2_units <= 0:
        return 0
    high = 1 << (log2_units // LOG2_ONE + 1)
    low = 0
    while low < high:
        middle = (low + high) // 2
        if ilog2_1p(middle) >= log2_units:
            high = middle
        else:
            low = middle + 1
    return low


def poisson_floor_milli(count: int) -> int:
    """Return the scatter of ``log2(1 + n)`` of a Poisson count near `count`.

    The delta method gives ``1 / (ln 2 * sqrt(1 + count))``; in thousandths of 1/1024.
    """
    return (_POISSON_MILLI << 16) // isqrt((1 + count) << 32)
