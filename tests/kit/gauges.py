"""Short market histories for gauges: rows by milliseconds, made into events of an observer.

``("quote", ms, bid, bid lots, ask, ask lots)``, ``("trade", ms, price, lots, "BUY" or "SELL")``,
``("late", ms, late by ms, price, lots, side)``: a trade that arrives late, ``("book", ms, bids,
asks)``: a snapshot, ``("depth", ms, bids, asks)``: an update that names the one before, sides as
``((price, lots), ...)``, ``("tick", ms)``, ``("lost", ms)`` and ``("back", ms)``: the connection.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tools.core.events import Depth, FeedKind, FeedStatus, Market, MarketEvent, Quote, Tick, Trade
from tools.core.instrument import Instrument
from tools.core.units import NS_PER_MS, NS_PER_S
from tools.observer import Observer, ObserverConfig
from tools.observer.gauges import GAUGES

T0 = 1_700_000_000 * NS_PER_S
INSTRUMENT = Instrument(venue="demo", symbol="BTCUSDT", tick="0.1", lot="0.001")


def at(ms: int) -> int:
    return T0 + ms * NS_PER_MS


def events_of(rows: tuple[tuple[Any, ...], ...], stamped: bool = True) -> list[MarketEvent]:
    """Return the events of rows; without `stamped` no quote carries an exchange time."""
    out: list[MarketEvent] = []
    before: int | None = None  # the update, or else the snapshot, that the next update follows
    for number, (kind, ms, *rest) in enumerate(rows):
        now = at(ms)
        if kind == "quote":
            bid, bid_lots, ask, ask_lots = rest
            out.append(Quote("S", now, now if stamped else None, bid, bid_lots, ask, ask_lots, number + 1))
        elif kind in ("trade", "late"):
            late = rest.pop(0) if kind == "late" else 0
            price, lots, side = rest
            assert side in ("BUY", "SELL")
            exch = now - late * NS_PER_MS
            out.append(Trade("S", now, exch, price, lots, side == "BUY", Market.MARKET, number, number))
        elif kind in ("book", "depth"):
            sides = (tuple(rest[0]), tuple(rest[1]), kind == "book")
            exch_ns = now if stamped and kind == "depth" else None
            out.append(Depth("S", now, exch_ns, number + 1, number + 1, before, *sides))
            if kind == "depth" or before is None:
                before = number + 1
        elif kind == "tick":
            out.append(Tick(now))
        else:
            before = None
            kinds = {"lost": FeedKind.DISCONNECTED, "back": FeedKind.CONNECTED}
            out.append(FeedStatus("", now, kinds[kind], ""))
    return out


def gauge_module(name: str) -> Any:
    return import_module(f"tools.observer.gauges.{name}")


def watching(*names: str, **configs: object) -> Observer:
    """Return an observer with these gauges (all of them if none is named), with default configuration."""
    gauges = {name: configs.get(name, gauge_module(name).Config()) for name in names or GAUGES}
    return Observer(INSTRUMENT, ObserverConfig(gauges=gauges))


def figures(observer: Observer, now_ns: int) -> dict[str, object]:
    """Return the figures of the observer's gauges by column."""
    names = [column.name for name in observer.config.gauges for column in gauge_module(name).COLUMNS]
    return dict(zip(names, observer.figures(now_ns), strict=True))
