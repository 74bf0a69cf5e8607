"""JSON text to Python objects, with bounds that do not depend on the interpreter.

Length, nesting and runs of digits are bounded on the bytes, before the parser sees them:
Python's own limits on recursion and on the digits of an integer differ between versions
and can be switched off. JSON fractions come back as ``bytes`` (their exact text), so that
no field that wants text or an integer takes one by mistake. NaN and the infinities, text
after the end, and an object that gives a key twice are refused.
"""

import json
from typing import Any, Final, NoReturn

from tools.core.errors import InputError
from tools.observer.decode.reasons import QuarantineReason

_BRACKETS: Final = b"[]{}"
_NOT_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in _BRACKETS)
_ONE_KIND: Final = bytes.maketrans(b"{}", b"[]")
_DIGITS_TO_ZERO: Final = bytes.maketrans(b"123456789", b"000000000")
_WHITESPACE: Final = " \t\r\n"


def _refuse_constant(text: str) -> NoReturn:
    raise InputError(QuarantineReason.NOT_JSON)


def _exact_text(text: str) -> bytes:
    return text.encode("ascii")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InputError(QuarantineReason.DUPLICATE_KEY)
    return found


_FAST: Final = json.JSONDecoder(parse_float=_exact_text, parse_constant=_refuse_constant)
_CAREFUL: Final = json.JSONDecoder(
    parse_float=_exact_text, parse_constant=_refuse_constant, object_pairs_hook=_unique
)


class StrictJson:
    """Parser with fixed bounds.

    Parameters
    ----------
    max_bytes
        Longest text.
    max_nesting
        Deepest nesting of arrays and objects.
    max_digits
        Longest run of digits, in strings too.
    """

    def __init__(self, max_bytes: int, max_nesting: int, max_digits: int) -> None:
        self._max_bytes: Final = max_bytes
        self._max_nesting: Final = max_nesting
        self._too_many: Final = b"0" * (max_digits + 1)

    def parse(self, payload: bytes) -> Any:
        """Return the value of one JSON text; raise `InputError` with a `QuarantineReason`."""
        if len(payload) > self._max_bytes:
            raise InputError(QuarantineReason.TOO_LONG)
        if payload.count(b"{") + payload.count(b"[") > self._max_nesting:
            self._bound_nesting(payload)
        if self._too_many in payload.translate(_DIGITS_TO_ZERO):
            raise InputError(QuarantineReason.TOO_MANY_DIGITS)
        try:
            text = payload.decode()
        except UnicodeDecodeError:
            raise InputError(QuarantineReason.NOT_UTF8) from None
        try:
            value, end = _FAST.raw_decode(text)
        except ValueError:
            text = text.lstrip(_WHITESPACE)
            value, end = _parse_slowly(text)
        if end != len(text) and text[end:].strip(_WHITESPACE):
            raise InputError(QuarantineReason.NOT_JSON)
        # Each key has its colon: no more colons than keys means that no key came twice.
        if payload.count(b":") > _keys(value):
            _CAREFUL.raw_decode(text)
        return value

    def _bound_nesting(self, payload: bytes) -> None:
        """Refuse text that nests too deep, by taking away innermost pairs round by round.

        Brackets inside strings count as brackets. What is left when no pair is left is
        unbalanced, so the parser would refuse it anyway; only its depth matters here.
        """
        rest = payload.translate(_ONE_KIND, _NOT_BRACKETS)
        for _ in range(self._max_nesting):
            shorter = rest.replace(b"[]", b"")
            if len(shorter) == len(rest):
                break
            rest = shorter
        if b"[]" in rest or rest.count(b"[") > self._max_nesting:
            raise InputError(QuarantineReason.TOO_DEEP)


def _parse_slowly(text: str) -> tuple[Any, int]:
    try:
        return _FAST.raw_decode(text)
    except ValueError:
        raise InputError(QuarantineReason.NOT_JSON) from None


def _keys(value: Any) -> int:
    """Return the number of keys of an object and of the object under its ``data``."""
    if type(value) is not dict:
        return 0
    data = value.get("data")
    return len(value) + (len(data) if type(data) is dict else 0)
