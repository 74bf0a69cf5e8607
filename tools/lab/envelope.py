"""The envelope: one recording along a pessimistic and an optimistic path, every figure an interval.

Neither end is a bound of profit by itself: where fills lose money, fewer fills look better. So
each figure stands as ``[low, high]``, sorted by value and not by path.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from pkgutil import iter_modules
from typing import Final

import tools.execution.fills
from tools.core.errors import InvariantError, UsageError
from tools.core.plugins import load_plugin
from tools.live.path import Policy
from tools.live.settings import LabConfig

ENVELOPE: Final = "envelope"
EDGES: Final = ("risk_averse", "optimistic")
"""The fill models of the two paths; the first is the one whose orders are classified."""

_SHORT: Final = {"ra": "risk_averse", "opt": "optimistic"}

# What the market alone decides: the same on both paths, so it stands once.
_SHARED: Final = ("observer", "regime", "gate", "episodes", "evaluations", "first_ns", "last_ns")

# A limit is set and not measured: it stands once, unless what sets it (a permission) differs by path.
_SET: Final = ("limit",)


def fill_models() -> dict[str, str]:
    """Return the fill models at hand by name, with why a replay cannot use one; empty where it can."""
    names = sorted(item.name for item in iter_modules(tools.execution.fills.__path__))
    package = tools.execution.fills.__name__
    return {name: str(getattr(load_plugin(package, name), "NEEDS_ORDER_IDS", "")) for name in names}


def with_fills(config: LabConfig, name: str) -> tuple[LabConfig, str]:
    """Return the configuration under a fill model, and `ENVELOPE` if that was asked for, or ``""``.

    Raises
    ------
    UsageError
        There is no such model, or it needs more than a replay has.
    """
    if name in ("", ENVELOPE):
        return config, name
    model = _SHORT.get(name, name)
    models = fill_models()
    refused = models.get(model, "")
    if refused:
        raise UsageError(f"--fills {name}: {refused}")
    if model not in models:
        known = [one for one, why_not in models.items() if not why_not]
        near = get_close_matches(name, [*known, *_SHORT, ENVELOPE], 1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join([ENVELOPE, *_SHORT, *known])}"
        raise UsageError(f"--fills {name[:40]}: no such fill model; {hint}")
    return replace(config, paper=replace(config.paper, fill_model=model)), ""


def policies_of(config: LabConfig, fills: str, name: str = "") -> tuple[Policy, ...]:
    """Return the paths of a configuration: one, or the two edges of the envelope."""
    if fills != ENVELOPE:
        return (Policy(name=name, config=config),)
    return tuple(
        Policy(name=f"{name}/{model}" if name else model, config=with_fills(config, model)[0])
        for model in EDGES
    )


def interval(one: Mapping[str, object], other: Mapping[str, object]) -> dict[str, object]:
    """Return two reports as one, with every figure that depends on fills as ``[low, high]``.

    A counter that only one of them has is 0 in the other. A figure that is unknown on a path
    is None. Words, flags, lists and limits stand once where the paths agree, and as a pair, first
    path first, where they do not.

    Raises
    ------
    InvariantError
        The paths differ in what the market alone decides.
    """
    out: dict[str, object] = {}
    for key in sorted({*one, *other}):
        if key in _SHARED:
            if one.get(key) != other.get(key):
                raise InvariantError(f"the paths of one observation differ in {key}")
            out[key] = one[key]
        elif key not in one or key not in other:
            there = one.get(key, other.get(key))
            first: object = there if key in one else _nothing(there)
            second: object = there if key in other else _nothing(there)
            out[key] = _pair(first, second)
        elif key in _SET and one[key] == other[key]:
            out[key] = one[key]
        else:
            out[key] = _pair(one[key], other[key])
    return out


def _nothing(value: object) -> object:
    if isinstance(value, dict):
        return {key: _nothing(item) for key, item in value.items()}
    return 0 if isinstance(value, int) and not isinstance(value, bool) else None


def _pair(one: object, other: object) -> object:
    if isinstance(one, dict) and isinstance(other, dict):
        return interval(one, other)
    if _is_figure(one) and _is_figure(other):
        assert isinstance(one, (int, str)) and isinstance(other, (int, str))
        return sorted((one, other), key=Decimal)
    if (_is_figure(one) and other is None) or (one is None and _is_figure(other)):
        return None
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [_pair(left, right) for left, right in zip(one, other, strict=True)]
    return one if one == other else [one, other]


def _is_figure(value: object) -> bool:
    if isinstance(value, str):
        try:
            return Decimal(value).is_finite()
        except InvalidOperation:
            return False
    return isinstance(value, int) and not isinstance(value, bool)
