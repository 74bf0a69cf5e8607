"""``venue_calls.toml``: breakers, limits and weights of the calls to each venue, for exchange clients.

::

    [venue_calls.binance-spot.breaker.orders]    # and breaker.reads: keys of `BreakerConfig`
    trip_count = 3
    open = "10 s"

    [venue_calls.binance-spot.pauses]            # keys of `RateLimitConfig` but for the limits
    wait = "1 min"

    [venue_calls.binance-spot.limit."weight 60 s"]     # keys of `LimitConfig` but for the id
    limit_count = 4800
    interval = "1 min"

    [venue_calls.binance-spot.charge.place]      # what each kind of call draws on, and how much of it
    "weight 60 s" = 1

A replay calls no venue, so that none of this is part of a run's configuration.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from tools.core.calls import Call
from tools.core.errors import ConfigError
from tools.live.config import build_section, default_text, parse_toml, read_text, refuse_unknown
from tools.risk import BreakerConfig, CircuitBreaker, LimitConfig, RateLimitConfig, RateLimiter
from tools.risk.rate_limit import Charge

_ROOT: Final = "venue_calls"
_PARTS: Final = ["breaker", "charge", "limit", "pauses"]
_BREAKERS: Final = ["orders", "reads"]


@dataclass(frozen=True, kw_only=True)
class VenueCalls:
    """How one venue is called.

    Parameters
    ----------
    orders, reads
        The breaker of the calls that change something, and that of the others.
    limiter
        Limits and pauses.
    charges
        ``(limit id, weight)`` of every limit that a kind of call draws on.
    """

    orders: BreakerConfig
    reads: BreakerConfig
    limiter: RateLimitConfig
    charges: Mapping[Call, tuple[Charge, ...]]

    def breaker_for_orders(self) -> CircuitBreaker:
        """Return a new breaker for the calls that change something."""
        return CircuitBreaker(self.orders)

    def breaker_for_reads(self) -> CircuitBreaker:
        """Return a new breaker for the others."""
        return CircuitBreaker(self.reads)

    def rate_limiter(self) -> RateLimiter:
        """Return a new limiter."""
        return RateLimiter(self.limiter)


def load_venue_calls(text: str, source: str) -> dict[str, VenueCalls]:
    """Return how each venue of a TOML text is called, by name.

    Raises `ConfigError`, with the dotted path first, for an unknown section or key, a wrong type or
    unit, values that do not go together, and a charge that its limit would never let through.
    """
    whole = parse_toml(text, source)
    refuse_unknown("", whole, [_ROOT], "section")
    return {
        venue: _venue(f"{_ROOT}.{venue}", table)
        for venue, table in _table(_ROOT, whole.get(_ROOT, {})).items()
    }


def read_venue_calls(path: str | Path | None = None) -> dict[str, VenueCalls]:
    """Return the venues of a file, or of the ``venue_calls.toml`` that comes with this."""
    text = read_text(path) if path else default_text("venue_calls.toml")
    return load_venue_calls(text, str(path or "venue_calls.toml"))


def _venue(path: str, given: Any) -> VenueCalls:
    table = _table(path, given)
    refuse_unknown(f"{path}.", table, _PARTS, "section")
    breakers = _table(f"{path}.breaker", table.get("breaker", {}))
    refuse_unknown(f"{path}.breaker.", breakers, _BREAKERS, "section")
    orders, reads = (
        _built(f"{path}.breaker.{name}", BreakerConfig(), breakers.get(name, {}), "breaker.")
        for name in _BREAKERS
    )
    limits: list[LimitConfig] = []
    for limit_id, values in _table(f"{path}.limit", table.get("limit", {})).items():
        sample = replace(LimitConfig(), limit_id=limit_id)
        limits.append(_built(f"{path}.limit.{limit_id}", sample, values, f"rate_limit.{limit_id}."))
    if not limits:
        raise ConfigError(f"{path}.limit: at least one, or nothing could ever be sent")
    pauses = replace(RateLimitConfig(), limits=tuple(limits))
    limiter = _built(f"{path}.pauses", pauses, table.get("pauses", {}), "rate_limit.")
    charges = _charges(f"{path}.charge", table.get("charge", {}), limits)
    return VenueCalls(orders=orders, reads=reads, limiter=limiter, charges=charges)


def _charges(path: str, given: Any, limits: list[LimitConfig]) -> dict[Call, tuple[Charge, ...]]:
    table = _table(path, given)
    refuse_unknown(f"{path}.", table, [call.value.lower() for call in Call], "kind of call")
    by_id = {limit.limit_id: limit for limit in limits}
    out: dict[Call, tuple[Charge, ...]] = {}
    for call in Call:
        name = call.value.lower()
        weights = _table(f"{path}.{name}", table.get(name, {}))
        if not weights:
            raise ConfigError(f"{path}.{name}: draws on no limit; name at least one, with its weight")
        refuse_unknown(f"{path}.{name}.", weights, list(by_id), "limit")
        for limit_id, weight in weights.items():
            limit = by_id[limit_id]
            most = limit.burst_count - (0 if call is Call.CANCEL else limit.cancel_reserve_count)
            if type(weight) is not int or not 1 <= weight <= most:
                raise ConfigError(f"{path}.{name}.{limit_id}: must be a whole number from 1 to {most}")
        out[call] = tuple(weights.items())
    return out


def _built(path: str, sample: Any, given: Any, own_path: str) -> Any:
    """Return the configuration with the keys that are given; tables within it stay the sample's."""
    table = _table(path, given)
    kept = {
        field.name: getattr(sample, field.name)
        for field in fields(sample)
        if field.name in ("limit_id", "limits")
    }
    refuse_unknown(f"{path}.", {key: None for key in table if key in kept}, [])
    try:
        return build_section(path, type(sample), table, kept)
    except ConfigError as error:
        text = str(error)
        raise ConfigError(
            f"{path}.{text.removeprefix(own_path)}" if text.startswith(own_path) else text
        ) from None


def _table(path: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: must be a table")
    return value
