"""A paper exchange over an instrument whose tick and lot are 1, driven millisecond by millisecond."""

from __future__ import annotations

from tools.core.entry import NewOrder
from tools.core.events import Market, Quote, Side, Trade
from tools.core.instrument import Instrument
from tools.core.reports import ExecutionReport
from tools.core.units import NS_PER_MS, PPM
from tools.live.paper_exchange import PaperAccount, PaperConfig, PaperExchange

T0 = 1_700_000_000 * 10**9
A = Instrument(venue="t", symbol="AAA", tick="1", lot="1")
B = Instrument(venue="t", symbol="BBB", tick="0.5", lot="0.01")
KEY = A.key
INSTRUMENTS = {A.key: A, B.key: B}


def at(ms: int) -> int:
    return T0 + ms * NS_PER_MS


def quote(ms: int, bid: int, bid_lots: int, ask: int, ask_lots: int, key: str = KEY) -> Quote:
    return Quote(key, at(ms), at(ms), bid, bid_lots, ask, ask_lots, ms)


def trade(
    ms: int, price: int, lots: int, aggressor: str, market: Market = Market.MARKET, key: str = KEY
) -> Trade:
    """Return a print; `aggressor` is ``"BUY"`` or ``"SELL"``."""
    assert aggressor in ("BUY", "SELL")
    return Trade(key, at(ms), at(ms), price, lots, aggressor == "BUY", market, ms, ms)


def paper(**config: object) -> PaperExchange:
    """Return an exchange at which all that is displayed can be taken, unless told otherwise."""
    return PaperExchange(INSTRUMENTS, PaperConfig(**{"haircut_ppm": PPM, **config}))  # type: ignore[arg-type]


def feed(venue: PaperExchange, *events: Quote | Trade) -> None:
    for event in events:
        venue.on_market(event, event.recv_ns)
        venue.advance(event.recv_ns)


def told(reports: list[ExecutionReport]) -> list[tuple[object, ...]]:
    """Return reports in short: (ms at the venue, client id, kind, lots, price, liquidity or text)."""
    out: list[tuple[object, ...]] = []
    for report in reports:
        row: tuple[object, ...] = ((report.time_ns - T0) // NS_PER_MS, report.client_id, report.kind.value)
        if report.last_lots:
            row += (report.last_lots, report.last_ticks, report.liquidity.value)
        elif report.text:
            row += (report.text,)
        out.append(row)
    return out


def life(venue: PaperExchange, ms: int) -> list[tuple[object, ...]]:
    """Advance and return what has been heard, in short."""
    venue.advance(at(ms))
    return told(venue.reports())


def send(
    account: PaperAccount, name: str, side: str, lots: int, price: int | None = None, **more: object
) -> None:
    """Submit an order of `KEY`; `side` is ``"BUY"`` or ``"SELL"``, `more` the fields of `NewOrder`."""
    account.submit_order(NewOrder(name, KEY, Side(side), lots, price, **more))  # type: ignore[arg-type]
