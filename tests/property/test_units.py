"""Decimal text and integers are two ways to write the same number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tests.kit.effort import share
from tools.core.errors import UsageError
from tools.core.instrument import DOWN, UP, Instrument
from tools.core.timestamps import format_iso, parse_iso
from tools.core.units import decimal_text, div_half_even, div_up, format_scaled, parse_scaled

QUIET = share(1)
counts = st.integers(-(10**18), 10**18)
places = st.integers(0, 18)


@QUIET
@given(counts, places)
def test_format_then_parse(value: int, decimals: int) -> None:
    text = format_scaled(value, decimals)
    assert parse_scaled(text, decimals) == value
    assert Decimal(text) == Decimal(value).scaleb(-decimals)
    assert decimal_text(text) == text


@QUIET
@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e20, max_value=1e20))
def test_a_float_s_text_reads_back_as_the_same_float(value: float) -> None:
    try:
        text = decimal_text(value)
    except UsageError:
        assert 0 < abs(value) < 1e-20  # more than 40 characters
        return
    assert float(text) == value
    assert "e" not in text.lower()


@QUIET
@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=12))
def test_a_decimal_s_text_is_its_value(value: Decimal) -> None:
    assert Decimal(decimal_text(value)) == value


@QUIET
@given(st.text(max_size=60))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        plain = decimal_text(text)
    except UsageError:
        return
    assert Decimal(plain) == Decimal(text.strip())


@QUIET
@given(counts, st.integers(1, 10**12))
def test_rounded_division(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    assert div_half_even(numerator, denominator) == round(exact)
    assert div_up(numerator, denominator) == -((-exact).__floor__())


@QUIET
@given(
    st.integers(1, 5000),
    st.integers(0, 8),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=9),
)
def test_steps_bracket_the_value(units: int, decimals: int, value: Decimal) -> None:
    tick = format_scaled(units, decimals)
    steps = Instrument(venue="v", symbol="X", tick=tick, lot="1").steps()
    low, high = steps.price_ticks(value, DOWN), steps.price_ticks(value, UP)
    exact = Fraction(value) / Fraction(tick)
    assert low == exact.__floor__()
    assert high == exact.__ceil__()
    try:
        assert steps.price_ticks(value) == low == high
    except UsageError:
        assert low + 1 == high


@QUIET
@given(
    st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)),  # noqa: DTZ001
    st.integers(-14 * 60, 14 * 60),
)
def test_instants_agree_with_datetime(naive: datetime, offset_minutes: int) -> None:
    instant = naive.replace(tzinfo=UTC)
    micros = (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert parse_iso(instant.isoformat()) == micros * 1000
    assert parse_iso(naive.isoformat()) == micros * 1000  # no zone means UTC
    sign = "-" if offset_minutes < 0 else "+"
    zone = f"{sign}{abs(offset_minutes) // 60:02d}:{abs(offset_minutes) % 60:02d}"
    assert parse_iso(naive.isoformat() + zone) == (micros - offset_minutes * 60_000_000) * 1000
    assert datetime.fromisoformat(format_iso(micros * 1000)) == instant
