"""Instants as integers: ISO 8601 text to nanoseconds since the Unix epoch and back.

Written in integers because the library's own parser changed between Python versions and
reads a time without a zone as local time. Here no zone means UTC.
"""

import re
from typing import Final

from tools.core.errors import UsageError
from tools.core.units import NS_PER_S

_SECONDS_PER_DAY: Final = 86_400
_ISO: Final = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?"
    r"(Z|z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)


def days_from_civil(year: int, month: int, day: int) -> int:
    """Return days since 1970-01-01 of a date of the Gregorian calendar (Hinnant's algorithm)."""
    shifted = year - 1 if month <= 2 else year
    era = shifted // 400
    year_of_era = shifted - era * 400
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146_097 + day_of_era - 719_468


def civil_from_days(days: int) -> tuple[int, int, int]:
    """Return ``(year, month, day)`` of a count of days since 1970-01-01."""
    shifted = days + 719_468
    era = shifted // 146_097
    day_of_era = shifted - era * 146_097
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted_month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted_month + 2) // 5 + 1
    month = shifted_month + (3 if shifted_month < 10 else -9)
    return year_of_era + era * 400 + (1 if month <= 2 else 0), month, day


def parse_iso(text: str) -> int:
    """Return an ISO 8601 instant as nanoseconds since the Unix epoch; no zone means UTC.

    >>> parse_iso("2025-01-01T00:00:00Z")
    1735689600000000000
    """
    match = _ISO.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"not an ISO 8601 time such as 2025-01-01T00:00:00Z: {text[:40]!r}")
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    hour, minute, second = int(match[4]), int(match[5]), int(match[6] or "0")
    days = days_from_civil(year, month, day) if 1 <= month <= 12 else 0
    if not 1 <= month <= 12 or civil_from_days(days) != (year, month, day):
        raise UsageError(f"no such date: {text[:40]!r}")
    if hour > 23 or minute > 59 or second > 59:
        raise UsageError(f"no such time of day: {text[:40]!r}")
    zone = match[8] or "Z"
    offset_s = 0
    if zone not in ("Z", "z"):
        offset_hours, offset_minutes = int(zone[1:3]), int(zone[-2:])
        if offset_hours > 23 or offset_minutes > 59:
            raise UsageError(f"no such time zone: {text[:40]!r}")
        offset_s = offset_hours * 3600 + offset_minutes * 60
        if zone[0] == "-":
            offset_s = -offset_s
    seconds = days * _SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - offset_s
    return seconds * NS_PER_S + int((match[7] or "").ljust(9, "0"))


def format_iso(time_ns: int) -> str:
    """Return an instant as ISO 8601 text in UTC, with as many decimals (0, 3, 6, 9) as it needs.

    >>> format_iso(1735689600000000000)
    '2025-01-01T00:00:00+00:00'
    """
    seconds, nanos = divmod(time_ns, NS_PER_S)
    return f"{_date(seconds)}T{_clock(seconds)}{_fraction(nanos)}+00:00"


def format_clock(time_ns: int) -> str:
    """Return the time of day in UTC, ``12:03:07.250``, for sentences."""
    seconds, nanos = divmod(time_ns, NS_PER_S)
    return _clock(seconds) + _fraction(nanos)


def _date(seconds: int) -> str:
    year, month, day = civil_from_days(seconds // _SECONDS_PER_DAY)
    return f"{year:04d}-{month:02d}-{day:02d}"


def _clock(seconds: int) -> str:
    rest = seconds % _SECONDS_PER_DAY
    return f"{rest // 3600:02d}:{rest % 3600 // 60:02d}:{rest % 60:02d}"


def _fraction(nanos: int) -> str:
    if nanos == 0:
        return ""
    text = f"{nanos:09d}"
    while text.endswith("000"):
        text = text[:-3]
    return f".{text}"
