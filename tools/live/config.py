"""TOML to the frozen configuration dataclasses, and those to the audit header and back.

A key is the attribute's name without its unit; the value says the unit for people, and is
converted once, exactly, here:

===========  ======================================  ==========================
attribute    value in TOML                           units
===========  ======================================  ==========================
``*_ns``     ``cooldown = "20 s"``                   ns, us, ms, s, min, h
``*_ubps``   ``wide_spread = "2.5 bps"``             bps
``*_ppm``    ``budget = "40 %"``                     %, ppm
``*_e8``     ``max_inventory = "10000 USD"``         USD (the quote currency)
others       as they are: integer, true, "text", and arrays of them
===========  ======================================  ==========================

Types must be the default's exactly (``true`` is no integer, 1.0 neither). What is not
known is refused with the nearest name.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from enum import Enum
from importlib import resources
from pathlib import Path
from typing import Any, Final

from tools.core.errors import ConfigError, InputError, UsageError
from tools.core.instrument import Instrument
from tools.core.units import E8, NS_PER_MS, NS_PER_S, NS_PER_US, UBPS_PER_BPS, format_scaled

_H: Final = 3_600 * NS_PER_S
UNITS: Final[dict[str, dict[str, int]]] = {
    "_ns": {"ns": 1, "us": NS_PER_US, "ms": NS_PER_MS, "s": NS_PER_S, "min": _H // 60, "h": _H},
    "_ubps": {"bps": UBPS_PER_BPS},
    "_ppm": {"%": 10_000, "ppm": 1},
    "_e8": {"USD": E8},
}
"""Units by suffix of the attribute: how many of the attribute's unit one of them is."""

_QUANTITY: Final = re.compile(r"(-?)([0-9]{1,18})(?:\.([0-9]{1,18}))?\s*([A-Za-z%]+)", re.ASCII)
_UNIT_SUFFIX: Final = re.compile("(" + "|".join(UNITS) + r")\b")
_SYMBOL: Final = re.compile(r"[A-Z0-9_]{2,40}", re.ASCII)


def read_config(path: str | Path, sections: Mapping[str, type]) -> dict[str, Any]:
    """Return the configuration of a TOML file; see `load_sections`."""
    return load_sections(read_text(path), sections, str(path))


def read_text(path: str | Path) -> str:
    """Return a text file's content; raise an error that names it if it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text") from None


def load_sections(text: str, sections: Mapping[str, type], source: str) -> dict[str, Any]:
    """Return one instance of each section's class, with the keys of `text` over the defaults.

    `sections` holds frozen configuration classes, every field with a default; a name with
    dots (``"risk.rate"``) is a table in a table. `source` says where the text is from.
    Raises `ConfigError`, with the dotted path first, for an unknown section or key, a wrong
    type or unit, and values that do not go together.
    """
    tables: dict[str, dict[str, Any]] = {name: {} for name in sections}
    _collect(parse_toml(text, source), "", sections, tables)
    return {name: build_section(name, kind, tables[name]) for name, kind in sections.items()}


def to_toml_value(attribute: str, value: Any) -> str:
    """Return the TOML text of an attribute's value, such as ``"20 s"``, in the largest exact unit."""
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(to_toml_value(attribute, item) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    _, units = _split(attribute, value)
    if units is None:
        return str(value) if isinstance(value, int) else f'"{value}"'
    names = sorted(units, key=lambda name: units[name], reverse=True)
    if "ns" not in units and (value % 100 == 0 or "ppm" not in units):
        decimals = len(str(units[names[0]])) - 1  # bps, % and USD are powers of ten
        return f'"{format_scaled(value, decimals).rstrip("0").rstrip(".")} {names[0]}"'
    name = next(name for name in names if value % units[name] == 0 and (value or name == "s"))
    return f'"{value // units[name]} {name}"'


def toml_key(attribute: str, default: Any) -> str:
    """Return the key of an attribute: its name without the unit."""
    return _split(attribute, default)[0]


def load_instruments(text: str, source: str = "instruments.toml") -> dict[str, Instrument]:
    """Return the instruments of a TOML text by key; tables ``[venue.SYMBOL]``."""
    out: dict[str, Instrument] = {}
    for venue, tables in parse_toml(text, source).items():
        _want_table(venue, tables)
        for symbol, table in tables.items():
            instrument = _instrument(f"{venue}.{symbol}", venue, symbol, table)
            out[instrument.key] = instrument
    return out


def read_instruments(path: str | Path | None = None) -> dict[str, Instrument]:
    """Return the instruments of a file, or of the ``instruments.toml`` that comes with this."""
    text = read_text(path) if path else default_text("instruments.toml")
    return load_instruments(text, str(path or "instruments.toml"))


def default_text(name: str) -> str:
    """Return a file of ``configs/``: beside ``tools`` in a checkout, inside it in a wheel."""
    packaged = resources.files("tools") / "configs" / name
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    return read_text(Path(__file__).resolve().parents[2] / "configs" / name)


def parse_toml(text: str, source: str) -> dict[str, Any]:
    """Return the tables of a TOML text; raise `ConfigError` with its source if it is none."""
    try:
        return tomllib.loads(text, parse_float=_Fraction)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{source}: not TOML: {error}") from None


class _Fraction(str):
    """A number with a point in it, which no key takes."""


def _collect(
    table: dict[str, Any], prefix: str, sections: Mapping[str, type], out: dict[str, dict[str, Any]]
) -> None:
    """Sort the keys of nested tables into their sections; refuse sections that are not known."""
    for key, value in table.items():
        path = prefix + key
        inner = any(name == path or name.startswith(path + ".") for name in sections)
        if isinstance(value, dict) and inner:
            _collect(value, path + ".", sections, out)
        elif prefix and prefix[:-1] in sections:
            out[prefix[:-1]][key] = value
        elif isinstance(value, dict):
            known = [name[len(prefix) :] for name in sections if name.startswith(prefix)]
            refuse_unknown(prefix, {key: value}, known, "section")
        elif inner:
            raise ConfigError(f"{path}: is a section; write [{path}]")
        else:
            raise ConfigError(f"{path}: stands outside of any section")


def refuse_unknown(prefix: str, given: Mapping[str, Any], known: list[str], what: str = "key") -> None:
    """Raise `ConfigError` with the nearest name if a key is not among those known."""
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]}?" if near else f"; known: {', '.join(sorted(known))}"
            raise ConfigError(f"{prefix}{key}: no such {what}{hint}")


def build_section(
    section: str, kind: type, table: dict[str, Any], kept: Mapping[str, Any] | None = None
) -> Any:
    """Return the class of a section with the keys of its table converted, and what is `kept` as it is."""
    known = {toml_key(field.name, _default(field)): field for field in fields(kind)}
    refuse_unknown(f"{section}.", table, list(known))
    chosen: dict[str, Any] = {} if kept is None else dict(kept)
    for key, value in table.items():
        field = known[key]
        chosen[field.name] = _convert(f"{section}.{key}", field.name, value, _default(field))
    return made(section, kind, chosen)


def made(section: str, kind: type, chosen: dict[str, Any]) -> Any:
    """Return the instance; what its own checks refuse is told with the keys as they are typed."""
    try:
        return kind(**chosen)
    except UsageError as error:
        raise ConfigError(f"{section}: {error}") from None
    except ConfigError as error:
        raise ConfigError(_UNIT_SUFFIX.sub("", str(error))) from None


def _default(field: Field[Any]) -> Any:
    if field.default is MISSING and field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


def _split(attribute: str, default: Any) -> tuple[str, dict[str, int] | None]:
    """Return the key of an attribute, and its units if it has any."""
    sample = default[0] if isinstance(default, (tuple, list)) and default else default
    if isinstance(sample, int) and not isinstance(sample, bool):
        for suffix, units in UNITS.items():
            if attribute.endswith(suffix):
                return attribute.removesuffix(suffix), units
    return attribute, None


def _convert(path: str, attribute: str, value: Any, default: Any) -> Any:
    """Return a TOML value as the attribute holds it; of an array, item by item."""
    _, units = _split(attribute, default)
    if units is None:
        return same_type(path, value, default)
    if not isinstance(default, tuple):
        return _quantity(path, value, units)
    if not isinstance(value, list):
        raise ConfigError(f"{path}: must be an array, not {_name(value)}")
    return tuple(_quantity(f"{path}[{n}]", item, units) for n, item in enumerate(value))


def _quantity(path: str, value: Any, units: dict[str, int]) -> int:
    """Return text such as ``"2.5 bps"`` as an integer of the attribute's unit, exactly."""
    known = ", ".join(units)
    match = _QUANTITY.fullmatch(value.strip()) if type(value) is str else None
    if match is None:
        raise ConfigError(f'{path}: must be text with a unit ({known}), such as "1 {next(iter(units))}"')
    sign, whole, part, unit = match[1], match[2], match[3] or "", match[4]
    if unit not in units:
        raise ConfigError(f"{path}: unknown unit {unit[:20]!r}; known: {known}")
    scaled, rest = divmod(int(whole + part) * units[unit], int("1" + "0" * len(part)))
    if rest:
        raise ConfigError(f"{path}: finer than can be kept: {value[:40]!r}")
    return -scaled if sign else scaled


def same_type(path: str, value: Any, sample: Any) -> Any:
    """Return `value` if it has exactly the type of `sample`; lists become tuples."""
    if isinstance(sample, tuple) and isinstance(value, (list, tuple)):
        inner = sample[0] if sample else ""
        return tuple(same_type(f"{path}[{n}]", item, inner) for n, item in enumerate(value))
    wanted = str if isinstance(sample, str) else type(sample)
    if type(value) is not wanted:
        raise ConfigError(f"{path}: must be {_name(sample)}, not {_name(value)}")
    if isinstance(sample, Enum):
        known = [str(member.value) for member in type(sample)]
        refuse_unknown(f"{path}: ", {value: None}, known, "choice")
        return type(sample)(value)
    return value


def _name(value: Any) -> str:
    if isinstance(value, _Fraction):
        return "a fraction"
    names = {bool: "true or false", int: "a whole number", str: "text", list: "an array", tuple: "an array"}
    return names.get(type(value), "text" if isinstance(value, str) else "a table or date")


def plain(value: Any) -> Any:
    """Return a configuration value as the audit header holds it."""
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def _want_table(path: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: not a table; instruments are tables [venue.SYMBOL]")


def _instrument(path: str, venue: str, symbol: str, table: dict[str, Any]) -> Instrument:
    _want_table(path, table)
    refuse_unknown(f"{path}.", table, [field.name for field in fields(Instrument)][2:])
    if _SYMBOL.fullmatch(symbol) is None:
        raise ConfigError(f"{path}: a symbol is 2 to 40 of A-Z, 0-9 and _")
    for key in ("tick", "lot"):
        if key not in table:
            raise ConfigError(f"{path}.{key}: this key is missing")
    for key, value in table.items():
        if type(value) is not str:
            raise ConfigError(f"{path}.{key}: must be text, not {_name(value)}")
    try:
        return Instrument(venue=venue, symbol=symbol, **table).steps().instrument
    except UsageError as error:
        raise ConfigError(f"{path}: {error}") from None
