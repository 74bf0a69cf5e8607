"""A configuration as one tree of dataclasses: from TOML, to the audit header, and back.

A field whose default is itself a configuration is a section, ``[regime.caps]``; all other
fields are keys. `tools.live.config` converts the keys of each section.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from tools.core.errors import ConfigError
from tools.live.config import load_sections, made, plain, read_text, refuse_unknown, same_type

T = TypeVar("T")


def sections_of(root: type, prefix: str = "") -> dict[str, type]:
    """Return every section below a configuration class by dotted name, parents first."""
    out: dict[str, type] = {}
    for field in fields(root):
        default = default_of(field)
        if is_dataclass(default):
            out[prefix + field.name] = type(default)
            out.update(sections_of(type(default), f"{prefix}{field.name}."))
    return out


def default_of(field: Field[Any]) -> Any:
    """Return a field's default value; every configuration field has one."""
    if field.default is not MISSING:
        return field.default
    assert field.default_factory is not MISSING, field.name
    return field.default_factory()


def parse_config(text: str, root: type[T], source: str) -> T:
    """Return the configuration that TOML text gives; see `load_sections` for the errors."""
    sections = sections_of(root)
    built: dict[str, Any] = load_sections(text, sections, source)
    whole: dict[str, Any] = {}
    for name in reversed(list(sections)):
        parent, _, attribute = name.rpartition(".")
        if parent:
            built[parent] = replace(built[parent], **{attribute: built[name]})
        else:
            whole[attribute] = built[name]
    return root(**whole)


def read_config_file(path: str | Path, root: type[T]) -> T:
    """Return the configuration of a TOML file."""
    return parse_config(read_text(path), root, str(path))


def resolved_config(config: Any) -> dict[str, object]:
    """Return a configuration as plain values under the attributes' full names, nested."""
    out: dict[str, object] = {}
    for field in fields(config):
        value = getattr(config, field.name)
        if is_dataclass(value):
            out[field.name] = resolved_config(value)
        else:
            out[field.name] = plain(value)
    return out


def config_from_resolved(values: Mapping[str, Any], root: type[T], path: str = "") -> T:
    """Return the configuration of which `values` is the resolved form.

    Raises
    ------
    ConfigError
        A key is missing or not known, or a value has another type.
    """
    known = {field.name: default_of(field) for field in fields(root)}  # type: ignore[arg-type]
    refuse_unknown(path, values, list(known))
    chosen: dict[str, Any] = {}
    for key, default in known.items():
        if is_dataclass(default):
            part = values.get(key)
            if not isinstance(part, Mapping):
                raise ConfigError(f"{path}{key}: this section is missing")
            chosen[key] = config_from_resolved(part, type(default), f"{path}{key}.")
        elif key not in values:
            raise ConfigError(f"{path}{key}: this key is missing")
        else:
            chosen[key] = same_type(path + key, values[key], default)
    whole: T = made(path.rstrip("."), root, chosen)
    return whole
