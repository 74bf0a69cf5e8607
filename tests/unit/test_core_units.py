"""Decimal text to integers and back, and rounding."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from tools.core.errors import UsageError
from tools.core.units import (
    decimal_text,
    div_half_even,
    div_up,
    format_scaled,
    parse_scaled,
    scaled_from,
    to_float,
)


class NumpyFloat(float):
    """A float whose repr is not that of a float, as numpy's is since its version 2."""

    def __repr__(self) -> str:
        return f"np.float64({float(self)!r})"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-7, "-7"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (-2.5e-8, "-0.000000025"),
        (1e22, "10000000000000000000000"),
        (1.5e3, "1500.0"),
        (Decimal("1.50"), "1.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1.234E+2"), "123.4"),
        (Decimal("1E-9"), "0.000000001"),
        (" 12.5 ", "12.5"),
        (".5", ".5"),
        ("5.", "5."),
        ("-0", "-0"),
        (NumpyFloat(0.25), "0.25"),
    ],
)
def test_decimal_text(value: object, text: str) -> None:
    assert decimal_text(value) == text


def test_an_exponent_is_moved_into_the_point() -> None:
    assert decimal_text("1e5") == "100000"
    assert decimal_text("-2.5E-3") == "-0.0025"


@pytest.mark.parametrize(
    "value",
    [
        True,
        False,
        None,
        [],
        b"1",
        1j,
        float("nan"),
        float("inf"),
        float("-inf"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        "",
        " ",
        ".",
        "-",
        "+1",
        "1e999",
        "1_000",
        "1,5",
        "0x10",
        "١٢",
        "1 2",
        "1\n2",
        "NaN",
        "9" * 41,
        "9" * 5000,
        10**40,
        10**5000,
        1e300,
        Decimal("1E+50"),
    ],
    ids=lambda value: repr(value)[:20] if not isinstance(value, int) else "int",
)
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(UsageError):
        decimal_text(value)


@pytest.mark.parametrize(
    ("text", "decimals", "value"),
    [
        ("65012.30", 2, 6_501_230),
        ("65012.3", 2, 6_501_230),
        ("65012", 2, 6_501_200),
        ("-0.00000001", 8, -1),
        ("0.10", 1, 1),
        (".5", 1, 5),
        ("5.", 0, 5),
        ("-0", 3, 0),
        ("007", 0, 7),
    ],
)
def test_parse_scaled(text: str, decimals: int, value: int) -> None:
    assert parse_scaled(text, decimals) == value
    assert scaled_from(text, decimals) == value


@pytest.mark.parametrize(
    ("text", "decimals"), [("0.001", 2), ("1.5", 0), ("1e5", 2), ("", 2), ("x", 0), ("1" * 41, 0)]
)
def test_parse_scaled_refuses_what_would_be_lost(text: str, decimals: int) -> None:
    with pytest.raises(UsageError):
        parse_scaled(text, decimals)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (-461_313, 8, "-0.00461313"),
        (5, 0, "5"),
        (-5, 0, "-5"),
        (0, 2, "0.00"),
        (100, 2, "1.00"),
        (7, 3, "0.007"),
    ],
)
def test_format_scaled(value: int, decimals: int, text: str) -> None:
    assert format_scaled(value, decimals) == text
    assert to_float(value, decimals) == float(Fraction(value, 10**decimals))


@pytest.mark.parametrize(
    ("numerator", "denominator", "half_even", "up"),
    [
        (5, 2, 2, 3),
        (7, 2, 4, 4),
        (-5, 2, -2, -2),
        (-7, 2, -4, -3),
        (1, 3, 0, 1),
        (2, 3, 1, 1),
        (-1, 3, 0, 0),
        (6, 3, 2, 2),
        (0, 9, 0, 0),
    ],
)
def test_rounding(numerator: int, denominator: int, half_even: int, up: int) -> None:
    assert div_half_even(numerator, denominator) == half_even == round(Fraction(numerator, denominator))
    assert div_up(numerator, denominator) == up
