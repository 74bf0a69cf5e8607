"""How a paper exchange is shown an event that is heard of the moment it happens."""

from __future__ import annotations

from inspect import signature
from typing import Any

from tools.core.events import Quote, Trade
from tools.live.paper_exchange import PaperExchange


def _at_its_time(exchange: Any, event: Quote | Trade) -> None:
    exchange.on_market(event, event.recv_ns)


def _as_it_is(exchange: Any, event: Quote | Trade) -> None:
    exchange.on_market(event)


# A venue with a clock of its own is told the time there; one without takes the event's.
show = _at_its_time if "venue_ns" in signature(PaperExchange.on_market).parameters else _as_it_is
