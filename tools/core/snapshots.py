"""Reading a snapshot back: typed access to what ``snapshot()`` wrote.

A snapshot is made of objects, lists, integers, booleans and text, so that it survives a
journey through JSON. Anything else in it is a broken promise of our own.
"""

from tools.core.errors import InvariantError
from tools.core.verdicts import Evidence

Snapshot = dict[str, object]


def read_int(saved: Snapshot, key: str) -> int:
    """Return an integer; raise `InvariantError` if it is none."""
    value = saved.get(key)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvariantError(f"snapshot: {key} is no integer")
    return value


def read_bool(saved: Snapshot, key: str) -> bool:
    """Return a boolean; raise `InvariantError` if it is none."""
    value = saved.get(key)
    if not isinstance(value, bool):
        raise InvariantError(f"snapshot: {key} is no boolean")
    return value


def read_text(saved: Snapshot, key: str) -> str:
    """Return text; raise `InvariantError` if it is none."""
    value = saved.get(key)
    if not isinstance(value, str):
        raise InvariantError(f"snapshot: {key} is no text")
    return value


def read_list(saved: Snapshot, key: str) -> list[object]:
    """Return a list (or a tuple as a list); raise `InvariantError` if it is none."""
    value = saved.get(key)
    if isinstance(value, (list, tuple)):
        return list(value)
    raise InvariantError(f"snapshot: {key} is no list")


def read_opt(saved: Snapshot, key: str) -> int | None:
    """Return an integer or None; raise `InvariantError` if it is neither."""
    return None if key in saved and saved[key] is None else read_int(saved, key)


def read_parts(saved: Snapshot, key: str) -> list[Snapshot]:
    """Return a list of nested snapshots; raise `InvariantError` if anything else is in it."""
    out: list[Snapshot] = []
    for item in read_list(saved, key):
        if not isinstance(item, dict):
            raise InvariantError(f"snapshot: {key} holds something that is no snapshot")
        out.append(item)
    return out


def read_part(saved: Snapshot, key: str) -> Snapshot:
    """Return a nested snapshot; raise `InvariantError` if it is none."""
    value = saved.get(key)
    if not isinstance(value, dict):
        raise InvariantError(f"snapshot: {key} is no snapshot")
    return value


def read_ints(saved: Snapshot, key: str) -> list[int]:
    """Return a new list of integers; raise `InvariantError` if anything else is in it."""
    out: list[int] = []
    for item in read_list(saved, key):
        if isinstance(item, bool) or not isinstance(item, int):
            raise InvariantError(f"snapshot: {key} holds something that is no integer")
        out.append(item)
    return out


def read_texts(saved: Snapshot, key: str) -> list[str]:
    """Return a new list of texts; raise `InvariantError` if anything else is in it."""
    out: list[str] = []
    for item in read_list(saved, key):
        if not isinstance(item, str):
            raise InvariantError(f"snapshot: {key} holds something that is no text")
        out.append(item)
    return out


def read_evidence(saved: Snapshot, key: str) -> tuple[Evidence, ...]:
    """Return evidence as a verdict holds it; raise `InvariantError` if it has another shape."""
    out: list[Evidence] = []
    for item in read_list(saved, key):
        if not isinstance(item, (list, tuple)) or len(item) != 3:
            raise InvariantError(f"snapshot: {key} is no evidence")
        name, observed, limit = item[0], item[1], item[2]
        if not isinstance(name, str):
            raise InvariantError(f"snapshot: {key} is no evidence")
        if not (observed is None or isinstance(observed, int)):
            raise InvariantError(f"snapshot: {key} is no evidence")
        if not (limit is None or isinstance(limit, int)):
            raise InvariantError(f"snapshot: {key} is no evidence")
        out.append((name, observed, limit))
    return tuple(out)
