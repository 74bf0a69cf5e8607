"""The one JSON encoder: sorted keys, compact, ASCII, no NaN, a newline at the end.

Everything that leaves a run goes through `encode`; nothing else in the project writes
JSON. Audit records hold only integers, booleans, text, None, lists and objects;
`encode_report` also lets floats through, for the human figures of a report that were
made by one correctly rounded step at the edge.
"""

import json
from dataclasses import fields
from typing import Any, Final

from tools.core.errors import InvariantError

_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def encode(value: object) -> str:
    """Return `value` as one canonical line; raise `InvariantError` on a float or a foreign type."""
    _check(value)
    return _ENCODER.encode(value) + "\n"


def encode_report(value: object) -> str:
    """Return `value` as one canonical line; finite floats are allowed."""
    return _ENCODER.encode(value) + "\n"


def encode_pretty(value: object) -> str:
    """Return `value` indented for a reader; same keys and values as `encode_report`."""
    return json.dumps(value, sort_keys=True, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _check(value: object) -> None:
    if value is None or isinstance(value, (bool, int, str)):
        return
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise InvariantError(f"canonical JSON: key {key!r} is not text")
            _check(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _check(item)
    else:
        raise InvariantError(f"canonical JSON: {type(value).__name__} has no canonical form")


class Record:
    """Base of the records that flow through the chain: what was decided, and nothing else.

    A record is never changed after it is made. Its fields hold integers, booleans, text,
    None, tuples and other records.
    """

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name, nested records and tuples included."""
        out: dict[str, Any] = {}
        for field in fields(self):  # type: ignore[arg-type]
            out[field.name] = plain(getattr(self, field.name))
        return out

    def to_json(self) -> str:
        """Return this record as one canonical line."""
        return encode(self.to_dict())


def plain(value: object) -> object:
    """Return `value` with records turned into dicts and tuples into lists."""
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value
