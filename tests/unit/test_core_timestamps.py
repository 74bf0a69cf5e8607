"""Instants as integers, with the library's datetime as the oracle."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tools.core.errors import UsageError
from tools.core.timestamps import civil_from_days, days_from_civil, format_clock, format_iso, parse_iso

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def oracle_ns(text: str) -> int:
    """Return what datetime makes of an instant with a zone, without passing through a float."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1) * 1000


@pytest.mark.parametrize(
    "text",
    [
        "1970-01-01T00:00:00+00:00",
        "2025-10-27T18:20:50+00:00",
        "2024-02-29T23:59:59.999999+00:00",
        "2000-02-29T00:00:00+00:00",
        "1999-12-31T23:59:59+05:45",
        "2023-03-12T02:30:00-03:30",
        "1969-12-31T23:59:59.500000+00:00",
        "9999-12-31T23:59:59+00:00",
        "0001-01-01T00:00:00+00:00",
    ],
)
def test_parse_agrees_with_datetime(text: str) -> None:
    assert parse_iso(text) == oracle_ns(text)
    assert parse_iso(format_iso(parse_iso(text))) == parse_iso(text)


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("2025-01-01T00:00:00Z", "2025-01-01T00:00:00+00:00"),
        ("2025-01-01T00:00:00z", "2025-01-01T00:00:00+00:00"),
        ("2025-01-01T00:00:00", "2025-01-01T00:00:00+00:00"),  # no zone means UTC
        ("2025-01-01 00:00", "2025-01-01T00:00:00+00:00"),
        ("2025-01-01T05:45:00+0545", "2025-01-01T00:00:00+00:00"),
        (" 2025-01-01T00:00:00Z\n", "2025-01-01T00:00:00+00:00"),
        ("2025-01-01T00:00:00.25Z", "2025-01-01T00:00:00.250000+00:00"),
    ],
)
def test_ways_to_write_an_instant(text: str, same_as: str) -> None:
    assert parse_iso(text) == oracle_ns(same_as)


def test_nanoseconds_are_kept() -> None:
    assert parse_iso("1970-01-01T00:00:00.000000001Z") == 1
    assert format_iso(1) == "1970-01-01T00:00:00.000000001+00:00"
    assert format_iso(1_000) == "1970-01-01T00:00:00.000001+00:00"
    assert format_iso(1_500_000_000) == "1970-01-01T00:00:01.500+00:00"
    assert format_clock(43_387_250_000_000) == "12:03:07.250"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2025-01-01",
        "2025-1-1T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "2025-13-01T00:00:00Z",
        "2025-00-10T00:00:00Z",
        "2025-01-00T00:00:00Z",
        "2025-01-32T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2025-01-01T24:00:00Z",
        "2025-01-01T00:60:00Z",
        "2025-01-01T00:00:60Z",
        "2025-01-01T00:00:00.Z",
        "2025-01-01T00:00:00.0000000001Z",
        "2025-01-01T00:00:00+24:00",
        "2025-01-01T00:00:00+05:60",
        "2025-01-01T00:00:00-99:99",
        "2025-01-01T00:00:00+05",
        "2025-01-01T00:00:00 UTC",
        "٢٠٢٥-01-01T00:00:00Z",
        "1735689600",
        "9" * 5000,
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_iso(text)


def test_the_calendar_is_that_of_datetime() -> None:
    day = date(1899, 12, 25)
    while day < date(2105, 1, 5):
        days = day.toordinal() - date(1970, 1, 1).toordinal()
        assert days_from_civil(day.year, day.month, day.day) == days
        assert civil_from_days(days) == (day.year, day.month, day.day)
        day += timedelta(days=1 if day.day > 26 or day.day < 3 else 9)
