"""What every venue decoder has in common: the contract, prices by text, and times.

A decoder is one file of this folder with ``Config``, ``EXAMPLES`` and ``build``.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Final, Protocol

from tools.core.errors import ConfigError, InputError
from tools.core.events import Levels, MarketEvent
from tools.core.instrument import Instrument, split_step
from tools.core.units import NS_PER_MS, NS_PER_US, POW10
from tools.observer.decode.reasons import QuarantineReason

MAX_AMOUNT_DIGITS: Final = 30
_CACHE_ENTRIES: Final = 4096

# 2010-01-01 and 2100-01-01 in milliseconds: nothing was recorded outside them.
MIN_TIME_MS: Final = 1_262_304_000_000
MAX_TIME_MS: Final = 4_102_444_800_000
_MIN_TIME_US: Final = MIN_TIME_MS * 1_000
_MAX_TIME_US: Final = MAX_TIME_MS * 1_000
_MAX_ID: Final = (1 << 63) - 1


class UnknownInstrument(ConfigError):
    """A well-formed message of an instrument that ``instruments.toml`` does not have."""


class Decoder(Protocol):
    """Turns one message of a venue into an event. Pure: same bytes, same event."""

    @abstractmethod
    def decode(self, payload: bytes, recv_ns: int) -> MarketEvent:
        """Return the event of one message received at `recv_ns`.

        Raises
        ------
        InputError
            The message cannot be used; its text is a `QuarantineReason`.
        UnknownInstrument
            The message is well formed, but tick and lot of its instrument are not known.
        """
        ...

    def decode_snapshot(self, payload: bytes, recv_ns: int, key: str) -> MarketEvent:
        """Return a book fetched by request as a `Depth` snapshot of the instrument `key`.

        Such a message does not say whose book it is: who fetched it knows. What is no book,
        or only the best few levels of one, comes back as `decode` returns it.

        Raises
        ------
        InputError
            As `decode`, and where the message is of another market than `key`.
        """
        return self.decode(payload, recv_ns)  # a venue whose books say whose they are


@dataclass(frozen=True, kw_only=True)
class Example:
    """A payload of the documented shape (numbers made up) and the event fields it gives.

    `fields` are the fields by name that the event must have, without ``recv_ns``.
    """

    name: str
    payload: bytes
    event: str
    fields: dict[str, object]


class Scale:
    """Steps of one price or quantity: decimal text to a positive whole count of steps.

    Prices repeat, so the last few thousand texts are remembered. That changes the speed
    and nothing else.
    """

    def __init__(self, step: str, what: str, reason: QuarantineReason) -> None:
        units, decimals = split_step(step, what)
        self._reason: Final = reason
        self._decimals: Final = decimals
        self._up: Final = [POW10[max(decimals - digits, 0)] for digits in range(MAX_AMOUNT_DIGITS + 1)]
        self._step: Final = [
            units * POW10[max(digits - decimals, 0)] for digits in range(MAX_AMOUNT_DIGITS + 1)
        ]
        self._known: Final[dict[str, int]] = {}

    def steps(self, text: Any) -> int:
        """Return `text` as a whole count of steps, at least 1; raise `InputError` otherwise."""
        if type(text) is not str:
            raise InputError(QuarantineReason.BAD_FIELD)
        known = self._known.get(text)
        if known is not None:
            return known
        steps = self.steps_or_zero(text)
        if steps == 0:
            raise InputError(self._reason)
        if len(self._known) >= _CACHE_ENTRIES:
            self._known.clear()
        self._known[text] = steps
        return steps

    def steps_or_zero(self, text: Any, down: bool = False) -> int:
        """Return `text` as a whole count of steps, zero included; round `down` if asked to."""
        if type(text) is not str:
            raise InputError(QuarantineReason.BAD_FIELD)
        whole, dot, part = text.partition(".")
        digits = whole + part
        # int() alone would take signs, blanks, underscores and the digits of other scripts
        if not (digits.isascii() and digits.isdigit()) or len(digits) > MAX_AMOUNT_DIGITS:
            raise InputError(self._reason)
        if not whole or (dot and not part):
            raise InputError(self._reason)
        scaled = int(digits) * self._up[len(part)]
        step = self._step[len(part)]
        steps = scaled // step
        if steps * step != scaled and not down:
            raise InputError(self._reason)
        return steps


class Priced:
    """One instrument as a decoder needs it: its key and its two scales."""

    def __init__(self, instrument: Instrument) -> None:
        self.key: Final = instrument.key
        self.price: Final = Scale(instrument.tick, "tick", QuarantineReason.BAD_PRICE)
        self.qty: Final = Scale(instrument.lot, "lot", QuarantineReason.BAD_QUANTITY)

    def levels(self, rows: Any, removals: bool) -> tuple[Levels, int]:
        """Return ``[["price", "quantity"], ...]`` as levels, and how many sizes were rounded.

        A level may hold orders from before the venue made its lots larger; such a size is
        rounded down to whole lots, which is what can be traded of it now. A size of 0 may
        stand only where `removals` may be.

        Raises
        ------
        InputError
            ``BAD_LEVEL`` for another shape or a price that is given twice, ``BAD_PRICE`` for
            a price between two ticks, ``BAD_QUANTITY`` for a size that is none.
        """
        if type(rows) is not list:
            raise InputError(QuarantineReason.BAD_FIELD)
        found: dict[int, int] = {}
        rounded = 0
        for row in rows:
            if type(row) is not list or len(row) != 2:
                raise InputError(QuarantineReason.BAD_LEVEL)
            price_ticks = self.price.steps(row[0])
            try:
                found[price_ticks] = self.qty.steps_or_zero(row[1])
            except InputError:
                found[price_ticks] = self.qty.steps_or_zero(row[1], True)
                rounded += 1
            if found[price_ticks] == 0 and not removals:
                raise InputError(QuarantineReason.BAD_QUANTITY)
        if len(found) != len(rows):
            raise InputError(QuarantineReason.BAD_LEVEL)
        return tuple(found.items()), rounded


def exchange_ns(value: Any) -> int:
    """Return an exchange time as nanoseconds: milliseconds or microseconds, by magnitude."""
    if type(value) is not int:
        raise InputError(QuarantineReason.BAD_FIELD)
    if MIN_TIME_MS <= value < MAX_TIME_MS:
        return value * NS_PER_MS
    if _MIN_TIME_US <= value < _MAX_TIME_US:
        return value * NS_PER_US
    raise InputError(QuarantineReason.BAD_TIME)


def whole_id(value: Any) -> int:
    """Return a trade or update id: an integer from 0 to ``2**63 - 1``."""
    if type(value) is not int:
        raise InputError(QuarantineReason.BAD_FIELD)
    if not 0 <= value <= _MAX_ID:
        raise InputError(QuarantineReason.BAD_ID)
    return value
