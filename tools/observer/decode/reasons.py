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
    TOO_LONG = "TOO_LONG"  # a line longer than the decoder takes
    NOT_UTF8 = "NOT_UTF8"  # the bytes are no UTF-8
    TOO_DEEP = "TOO_DEEP"  # nested deeper than any message of a venue
    TOO_MANY_DIGITS = "TOO_MANY_DIGITS"  # a longer run of digits than in any message of a venue
    NOT_JSON = "NOT_JSON"  # also NaN, Infinity, and text after the end
    DUPLICATE_KEY = "DUPLICATE_KEY"  # one object has a key twice: either value could be meant
    # the message
    UNKNOWN_SHAPE = "UNKNOWN_SHAPE"  # no event type, and no shape that is known without one
    MISSING_FIELD = "MISSING_FIELD"  # a field that the message must have is not there
    BAD_FIELD = "BAD_FIELD"  # a field of the wrong type
    BAD_SYMBOL = "BAD_SYMBOL"  # other characters than A-Z, 0-9 and _, or not the symbol of its stream
    BAD_TIME = "BAD_TIME"  # exchange time outside 2010 .. 2100
    BAD_ID = "BAD_ID"  # outside 0 .. 2^63 - 1, or a range that ends before it begins
    BAD_PRICE = "BAD_PRICE"  # no plain decimal, not positive, or between two ticks
    BAD_QUANTITY = "BAD_QUANTITY"  # no plain decimal, not positive, or between two lots
    BAD_LEVEL = "BAD_LEVEL"  # a book level that is no pair of price and size, or a price twice on a side


class IgnoredDetail(StrEnum):
    """What a recognised message was that carries nothing for the chain."""

    MARK_PRICE = "MARK_PRICE"  # mark price, index price and funding
    SNAPSHOT = "SNAPSHOT"  # a book by REST that no instrument is known for, or a partial book
    CONTROL = "CONTROL"  # the answer to a subscription
    ARRAY = "ARRAY"  # an all-market stream
    UNKNOWN_TYPE = "UNKNOWN_TYPE"  # an event type that this decoder does not know
    FILTERED = "FILTERED"  # another instrument than those asked for
