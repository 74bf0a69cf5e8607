"""Figures and reasons in words, for `explain`: nothing is decided here.

The unit of a figure is read from the end of its name, as everywhere in the project.
"""

from collections.abc import Sequence
from typing import Any, Final

from tools.core.units import NS_PER_S, UBPS_PER_BPS, div_half_even, format_scaled

_SUFFIXES: Final = ("_ns", "_ubps", "_ppm", "_milli", "_ht", "_e8", "_lots", "_ticks")


def figure(name: str, value: int | None) -> str:
    """Return a figure with its unit: ``("link_age_ns", 3_120_000_000)`` is ``3.12 s``."""
    if value is None:
        return "unknown"
    if name.endswith("_ns"):
        return _duration(value)
    if name.endswith("_ubps"):
        return _trim(format_scaled(div_half_even(value * 1000, UBPS_PER_BPS), 3)) + " bps"
    if name.endswith("_ppm"):
        return _trim(format_scaled(value, 4)) + " %"
    if name.endswith("_milli"):
        return _trim(format_scaled(value, 3))
    if name.endswith("_ht"):
        return _trim(format_scaled(value * 5, 1)) + " ticks"
    if name.endswith("_e8"):
        return _trim(format_scaled(value, 8)) + " in quote currency"
    for suffix, unit in (("_lots", " lots"), ("_ticks", " ticks")):
        if name.endswith(suffix):
            return f"{value}{unit}"
    return str(value)


def _duration(value_ns: int) -> str:
    """Return a duration in seconds or milliseconds, to three decimals."""
    if abs(value_ns) >= NS_PER_S:
        return _trim(format_scaled(div_half_even(value_ns, 1_000_000), 3)) + " s"
    return _trim(format_scaled(div_half_even(value_ns, 1_000), 3)) + " ms"


def _trim(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def subject(name: str) -> str:
    """Return the name of a figure without its unit, in words: ``link_age_ns`` is ``link age``."""
    for suffix in _SUFFIXES:
        if name.endswith(suffix):
            name = name[: -len(suffix)]
            break
    return name.replace("_", " ")


def evidence_text(evidence: Sequence[Any]) -> str:
    """Return ``(name, observed, limit)`` as ``excess 3.024 s, limit 2 s``.

    A name that begins with ``least_`` is that of a floor, and so it is called.
    """
    name, observed, limit = str(evidence[0]), evidence[1], evidence[2]
    said = f"{subject(name)} {figure(name, observed)}"
    word = "floor" if name.startswith("least_") else "limit"
    return said if limit is None else f"{said}, {word} {figure(name, limit)}"


def headroom_text(evidence: Sequence[Any]) -> str:
    """Return a bound with how much of it is used: ``... limit 2 s (1.3 % used)``."""
    observed, limit = evidence[1], evidence[2]
    text = evidence_text(evidence)
    if observed is None or observed < 0 or limit is None or limit <= 0:
        return text
    return f"{text} ({_trim(format_scaled(observed * 1000 // limit, 1))} % of it)"


def sentence(layer: str, value: str, reason: str, evidence: Sequence[Sequence[Any]]) -> str:
    """Return one layer's verdict as a sentence."""
    because = "; ".join(evidence_text(item) for item in evidence)
    return f"{layer} is {value}: {reason}" + (f" ({because})." if because else ".")
