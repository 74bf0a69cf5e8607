"""Why a line could not be used, and which messages carry nothing for the chain.

Both sets are closed. A reason never holds text of the line or of an interpreter's own
message, so that the same bytes give the same reason on every Python.
"""

from enum import StrEnum


class QuarantineReason(StrEnum):
    """Why a line was set aside; the text of the `InputError` that says so."""

    # the container and the line
    NO_TIMESTAMP = "NO_TIMESTAMP"  # the line does not start with digits and a space
    BAD_LOCAL_TIME = "BAD_LOCAL_TIME"  # local time outside 2010 .. 2100
    TIME_JUMP = "TIME_JUMP"  # local time more than a day away from the line before
    TORN_LINE = "TORN_LINE"  # the last line has no end and does not parse
    # the text
    TOO_LONG = "TOO_LONG"
    NOT_UTF8 = "NOT_UTF8"
    TOO_DEEP = "TOO_DEEP"
    TOO_MANY_DIGITS = "TOO_MANY_DIGITS"
    NOT_JSON = "NOT_JSON"  # also NaN, Infinity, and text after the end
    DUPLICATE_KEY = "DUPLICATE_KEY"
    # the message
    UNKNOWN_SHAPE = "UNKNOWN_SHAPE"  # no event type, and no shape that is known without one
    MISSING_FIELD = "MISSING_FIELD"
    BAD_FIELD = "BAD_FIELD"  # a field of the wrong type
    BAD_SYMBOL = "BAD_SYMBOL"
    BAD_TIME = "BAD_TIME"  # exchange time outside 2010 .. 2100
    BAD_ID = "BAD_ID"
    BAD_PRICE = "BAD_PRICE"  # no plain decimal, not positive, or between two ticks
    BAD_QUANTITY = "BAD_QUANTITY"  # no plain decimal, not positive, or between two lots


class IgnoredDetail(StrEnum):
    """What a recognised message was that carries nothing for the chain."""

    MARK_PRICE = "MARK_PRICE"
    SNAPSHOT = "SNAPSHOT"  # a book by REST, or a partial book
    CONTROL = "CONTROL"  # the answer to a subscription
    ARRAY = "ARRAY"  # an all-market stream
    UNKNOWN_TYPE = "UNKNOWN_TYPE"  # an event type that this decoder does not know
    FILTERED = "FILTERED"  # another instrument than those asked for
