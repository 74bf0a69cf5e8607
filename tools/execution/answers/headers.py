"""What a venue states in the headers of its answers: usage so far, and how long to be silent.

Names are compared without regard to case. What cannot be read is left out: a header is advice
on top of our own count, and its absence loosens nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tools.core.canon import Record
from tools.core.units import NS_PER_MS, NS_PER_S

_SPANS_NS: Final[dict[str, int]] = {
    "s": NS_PER_S,
    "m": 60 * NS_PER_S,
    "h": 3_600 * NS_PER_S,
    "d": 86_400 * NS_PER_S,
}
_MAX_DIGITS: Final = 15  # milliseconds since 1970 have 13
# Binance: the name goes on with the interval, such as 1M or 10S.
_WEIGHT: Final = "x-mbx-used-weight-"
_ORDERS: Final = "x-mbx-order-count-"


@dataclass(init=False)
class StatedUsage(Record):
    """What a venue has counted in its window.

    `kind` is ``weight`` or ``orders`` at Binance and ``endpoint`` at Bybit, which states the
    limit of the endpoint that was called.
    """

    kind: Final[str]
    interval_ns: Final[int | None]
    used_count: Final[int | None]  # Binance states this
    remaining_count: Final[int | None]  # Bybit this, and the limit
    limit_count: Final[int | None]
    window_end_ns: Final[int | None]

    def __init__(
        self,
        kind: str,
        interval_ns: int | None,
        used_count: int | None,
        remaining_count: int | None,
        limit_count: int | None,
        window_end_ns: int | None,
    ) -> None:
        self.kind = kind
        self.interval_ns = interval_ns
        self.used_count = used_count
        self.remaining_count = remaining_count
        self.limit_count = limit_count
        self.window_end_ns = window_end_ns


def _number(text: str) -> int | None:
    text = text.strip()
    if not (text.isascii() and text.isdigit()) or len(text) > _MAX_DIGITS:
        return None
    return int(text)


def _span_ns(text: str) -> int | None:
    count = _number(text[:-1])
    unit_ns = _SPANS_NS.get(text[-1:])
    return None if not count or unit_ns is None else count * unit_ns


def binance_usage(headers: Mapping[str, str]) -> tuple[StatedUsage, ...]:
    """Return what ``X-MBX-USED-WEIGHT-1M``, ``X-MBX-ORDER-COUNT-10S`` and their like state."""
    out: list[StatedUsage] = []
    for name, value in headers.items():
        low = name.lower()
        for prefix, kind in ((_WEIGHT, "weight"), (_ORDERS, "orders")):
            if low.startswith(prefix):
                span_ns, used = _span_ns(low[len(prefix) :]), _number(value)
                if span_ns is not None and used is not None:
                    out.append(StatedUsage(kind, span_ns, used, None, None, None))
    return tuple(out)


def bybit_usage(headers: Mapping[str, str]) -> tuple[StatedUsage, ...]:
    """Return what the three ``X-Bapi-Limit`` headers state: limit, remaining, time of the reset."""
    found = {name.lower(): _number(value) for name, value in headers.items()}
    limit, left = found.get("x-bapi-limit"), found.get("x-bapi-limit-status")
    reset_ms = found.get("x-bapi-limit-reset-timestamp")
    if limit is None or left is None:
        return ()
    end_ns = None if reset_ms is None else reset_ms * NS_PER_MS
    return (StatedUsage("endpoint", None, None, left, limit, end_ns),)


def retry_after_ns(headers: Mapping[str, str]) -> int | None:
    """Return the duration in ``Retry-After``; None if it is not there or no number of seconds."""
    for name, value in headers.items():
        if name.lower() == "retry-after":
            seconds = _number(value)
            return None if seconds is None else seconds * NS_PER_S
    return None


def banned_until_ns(text: str) -> int | None:
    """Return the time in Binance's "IP banned until <milliseconds>"; None if it is not there."""
    words = text.partition("banned until ")[2].split(" ")
    number = _number(words[0].rstrip("."))
    return None if number is None else number * NS_PER_MS
