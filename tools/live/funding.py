"""The funding times that a user knows of, from TOML: no recording of quotes and prints has them.

A file has a table for each time, under the instrument as in ``instruments.toml``::

    [[binance-usdm.BTCUSDT]]
    at = "2024-07-18T08:00:00Z"
    rate = "0.0001"      # of the position's value; positive: longs pay shorts
    mark = "64123.4"     # left out: the mid of the paper venue at that moment

Rates are kept in 1e-10 and marks in 1e-8 ticks, exactly; what is finer is refused.
"""

import difflib
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from tools.core.errors import ConfigError, UsageError
from tools.core.funding import Funding
from tools.core.instrument import EXACT, Instrument, to_steps
from tools.core.timestamps import format_iso, parse_iso
from tools.core.units import UBPS_ONE, scaled_from
from tools.live.config import parse_toml, read_text, refuse_unknown

_KEYS: Final = ("at", "rate", "mark")
_RATE_DECIMALS: Final = len(str(UBPS_ONE)) - 1
_SPOT: Final = "spot"


def read_funding(path: str | Path, instruments: Mapping[str, Instrument]) -> tuple[Funding, ...]:
    """Return the funding times of a file; see `load_funding`."""
    return load_funding(read_text(path), instruments, str(path))


def load_funding(text: str, instruments: Mapping[str, Instrument], source: str) -> tuple[Funding, ...]:
    """Return the funding times of a TOML text, by time and instrument.

    Raises
    ------
    ConfigError
        It is not TOML, an instrument is unknown or a spot one, a key is missing or unknown, a
        figure cannot be one or is finer than can be kept, or an instrument is funded twice at
        one time. The message names the place.
    """
    found: list[Funding] = []
    for venue, tables in parse_toml(text, source).items():
        if not isinstance(tables, dict):
            raise ConfigError(f"{source}: {venue}: funding times are tables [[venue.SYMBOL]]")
        for symbol, rows in tables.items():
            place = f"{source}: {venue}.{symbol}"
            instrument = _instrument(place, f"{venue}:{symbol}", instruments)
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise ConfigError(f"{place}: each funding time is a table of its own: [[{venue}.{symbol}]]")
            found += [_funding(f"{place}[{n}]", instrument, row) for n, row in enumerate(rows)]
    return ordered(found, source)


def ordered(found: Sequence[Funding], source: str) -> tuple[Funding, ...]:
    """Return funding times in order; raise `ConfigError` if two of one instrument are at one time."""
    out = sorted(found, key=_when)
    for one, other in pairwise(out):
        if _when(one) == _when(other):
            raise ConfigError(f"{source}: {one.symbol} is funded twice at {format_iso(one.time_ns)}")
    return tuple(out)


def funding_from(
    rows: Sequence[Mapping[str, Any]], instruments: Mapping[str, Instrument]
) -> tuple[Funding, ...]:
    """Return the funding times that an audit header holds.

    Raises
    ------
    UsageError, KeyError
        A row is not what `Funding.to_dict` writes, or its instrument has no funding.
    """
    out: list[Funding] = []
    for row in rows:
        for key in ("time_ns", "rate_ubps", "mark_ticks_e8"):
            if type(row[key]) is not int and not (key == "mark_ticks_e8" and row[key] is None):
                raise UsageError(f"funding: {key} is no integer")
        _instrument("funding", row["symbol"], instruments)
        out.append(Funding(row["symbol"], row["time_ns"], row["rate_ubps"], row["mark_ticks_e8"]))
    return ordered(out, "funding")


def _when(funding: Funding) -> tuple[int, str]:
    return funding.time_ns, funding.symbol


def _instrument(place: str, key: str, instruments: Mapping[str, Instrument]) -> Instrument:
    found = instruments.get(key)
    if found is None:
        near = difflib.get_close_matches(key, list(instruments), n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ConfigError(f"{place}: {key[:60]} is not in instruments.toml{hint}")
    if _SPOT in found.venue.split("-"):
        raise ConfigError(f"{place}: a spot instrument has no funding; only perpetual futures have")
    return found


def _funding(place: str, instrument: Instrument, row: dict[str, Any]) -> Funding:
    refuse_unknown(f"{place}.", row, list(_KEYS))
    for key in ("at", "rate"):
        if key not in row:
            raise ConfigError(f"{place}.{key}: this key is missing")
    at = row["at"]
    if isinstance(at, datetime):
        if at.microsecond:  # what was finer has been cut off by now
            raise ConfigError(f"{place}.at: a fraction of a second needs quotes, as it is kept in ns")
        at = at.isoformat()
    time_ns = _read(f"{place}.at", at, parse_iso, "2024-07-18T08:00:00Z")
    rate_ubps = _read(f"{place}.rate", row["rate"], _rate_ubps, "0.0001")
    if not -UBPS_ONE < rate_ubps < UBPS_ONE:
        raise ConfigError(f"{place}.rate: must be a part of the position's value, not {row['rate'][:40]}")
    mark_ticks_e8: int | None = None
    if "mark" in row:
        steps = instrument.steps()
        mark_ticks_e8 = _read(
            f"{place}.mark",
            row["mark"],
            lambda text: to_steps(text, steps.tick_units, steps.price_decimals + 8, EXACT, "mark"),
            "64123.4",
        )
        if mark_ticks_e8 <= 0:
            raise ConfigError(f"{place}.mark: must be positive, not {row['mark'][:40]}")
    return Funding(instrument.key, time_ns, rate_ubps, mark_ticks_e8)


def _rate_ubps(text: str) -> int:
    return scaled_from(text, _RATE_DECIMALS)


def _read(place: str, value: object, parse: Any, example: str) -> int:
    if type(value) is not str:
        raise ConfigError(f'{place}: must be text, such as "{example}"')
    try:
        return int(parse(value))
    except UsageError as error:
        raise ConfigError(f"{place}: {error}") from None
