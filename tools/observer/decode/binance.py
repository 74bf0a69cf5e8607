"""Binance spot and USD-M futures: one websocket message to one event.

Messages come in the combined-stream wrapper ``{"stream": ..., "data": {...}}`` or bare.
Which market a message is from is told by its fields:

==============  ====================================  ==================================
message         spot                                  USD-M
==============  ====================================  ==================================
``bookTicker``  no ``e``, no times                    ``e``, ``E``, ``T``
``trade``       ``M`` (older: ``b``, ``a`` ids too)   no ``M``; ``X`` (older lack it)
``aggTrade``    ``M``                                 no ``M``
depth           no ``pu``, no ``T``                   ``pu``, ``T``
==============  ====================================  ==================================

Field meanings: https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
and .../docs/derivatives/usds-margined-futures/websocket-market-streams.
"""

from dataclasses import dataclass
from typing import Any, Final

from tools.core.errors import InputError
from tools.core.events import Depth, FeedKind, FeedStatus, Market, MarketEvent, Quote, Trade
from tools.core.instrument import Instrument
from tools.observer.decode.binance_examples import EXAMPLE_INSTRUMENTS, EXAMPLES, SPOT, USDM
from tools.observer.decode.decoder import (
    Decoder,
    Priced,
    UnknownInstrument,
    exchange_ns,
    whole_id,
)
from tools.observer.decode.reasons import IgnoredDetail, QuarantineReason
from tools.observer.decode.strict_json import StrictJson

__all__ = ["EXAMPLES", "EXAMPLE_INSTRUMENTS", "SPOT", "USDM", "BinanceDecoder", "Config", "build"]

# Every field that a USD-M trade or aggTrade may have by the documentation.
_USDM_TRADE: Final = frozenset(("e", "E", "T", "s", "t", "p", "q", "X", "m", "st", "ps", "nq"))
_USDM_AGGREGATE: Final = frozenset(("e", "E", "T", "s", "a", "p", "q", "f", "l", "m", "st", "ps", "nq"))


@dataclass(frozen=True, kw_only=True)
class Config:
    """Bounds on one message, checked before it is parsed."""

    max_message_bytes: int = 1_048_576
    max_nesting: int = 8
    max_digits: int = 40


class BinanceDecoder(Decoder):
    """Decoder of Binance messages; see `build`."""

    def __init__(
        self, instruments: dict[str, Instrument], config: Config, only: tuple[str, ...], levels: bool
    ) -> None:
        self._levels: Final = levels
        self._json: Final = StrictJson(config.max_message_bytes, config.max_nesting, config.max_digits)
        self._only: Final = only
        self._spot: Final[dict[str, Priced]] = {}
        self._usdm: Final[dict[str, Priced]] = {}
        for instrument in instruments.values():
            if only and instrument.symbol not in only and instrument.key not in only:
                continue
            if instrument.venue == SPOT:
                self._spot[instrument.symbol] = Priced(instrument)
            elif instrument.venue == USDM:
                self._usdm[instrument.symbol] = Priced(instrument)
        # Prices a message whose instrument is not known, to see whether it is well formed.
        self._unknown: Final = Priced(
            Instrument(venue="", symbol="", tick="0.000000000000000001", lot="0.000000000000000001")
        )

    def decode(self, payload: bytes, recv_ns: int) -> MarketEvent:
        """Return the event of one message received at `recv_ns`; see `Decoder.decode`."""
        data = self._json.parse(payload)
        stream: Any = ""  # whatever the message holds
        if type(data) is dict and "stream" in data:
            stream = data["stream"]
            data = data.get("data")
        if type(data) is not dict:
            return _not_an_object(data, recv_ns)
        try:
            return self._message(data, stream, recv_ns)
        except KeyError:
            raise InputError(QuarantineReason.MISSING_FIELD) from None

    def _message(self, data: dict[str, Any], stream: Any, recv_ns: int) -> MarketEvent:
        kind = data.get("e")
        if kind == "bookTicker":
            return self._quote(data, stream, recv_ns, USDM)
        if kind == "depthUpdate":
            return self._depth(data, stream, recv_ns)
        if kind == "trade" or kind == "aggTrade":
            return self._trade(data, stream, recv_ns, kind == "trade")
        if kind is None:
            if "u" in data and "b" in data and "a" in data and "T" not in data and "e" not in data:
                return self._quote(data, stream, recv_ns, SPOT)
            return _untyped(data, recv_ns)
        if type(kind) is not str:
            raise InputError(QuarantineReason.BAD_FIELD)
        if kind == "markPriceUpdate":
            return self._mark_price(data, recv_ns)
        return FeedStatus("", recv_ns, FeedKind.IGNORED, IgnoredDetail.UNKNOWN_TYPE)

    def _quote(self, data: dict[str, Any], stream: Any, recv_ns: int, venue: str) -> MarketEvent:
        priced = self._priced(data["s"], venue)
        if priced is None:
            return _filtered(recv_ns)
        price = priced.price
        qty = priced.qty
        quote = Quote(
            priced.key,
            recv_ns,
            None if venue == SPOT else exchange_ns(data["T"]),
            price.steps(data["b"]),
            qty.steps(data["B"]),
            price.steps(data["a"]),
            qty.steps(data["A"]),
            whole_id(data["u"]),
        )
        if priced is self._unknown:
            raise self._unknown_instrument(data, stream, venue)
        return quote

    def _trade(self, data: dict[str, Any], stream: Any, recv_ns: int, single: bool) -> MarketEvent:
        venue = SPOT if "M" in data else USDM
        if venue == USDM and single and ("b" in data or "a" in data):
            raise InputError(QuarantineReason.UNKNOWN_SHAPE)  # a spot trade that lost its M
        if venue == SPOT and type(data["M"]) is not bool:
            raise InputError(QuarantineReason.BAD_FIELD)
        priced = self._priced(data["s"], venue)
        if priced is None:
            return _filtered(recv_ns)
        maker_is_buyer = data["m"]
        if type(maker_is_buyer) is not bool:
            raise InputError(QuarantineReason.BAD_FIELD)
        first_id = whole_id(data["t"] if single else data["f"])
        last_id = first_id if single else whole_id(data["l"])
        if last_id < first_id:
            raise InputError(QuarantineReason.BAD_ID)
        mark = data.get("X", "MARKET")
        if type(mark) is not str:
            raise InputError(QuarantineReason.BAD_FIELD)
        ordinary = mark == "MARKET"
        trade = Trade(
            priced.key,
            recv_ns,
            exchange_ns(data["T"]),
            # a print that is no market trade may come without price or quantity
            priced.price.steps(data["p"]) if ordinary else priced.price.steps_or_zero(data["p"]),
            priced.qty.steps(data["q"]) if ordinary else priced.qty.steps_or_zero(data["q"]),
            not maker_is_buyer,
            Market.MARKET if ordinary else Market.OTHER,
            first_id,
            last_id,
        )
        if priced is self._unknown:
            documented = _USDM_TRADE if single else _USDM_AGGREGATE
            if venue == USDM and data["s"] in self._spot and not documented.issuperset(data):
                raise InputError(QuarantineReason.UNKNOWN_SHAPE)  # a spot print with a damaged M
            raise self._unknown_instrument(data, stream, venue)
        return trade

    def _depth(self, data: dict[str, Any], stream: Any, recv_ns: int) -> MarketEvent:
        venue = USDM if "pu" in data else SPOT
        if venue == SPOT and "T" in data:
            raise InputError(QuarantineReason.UNKNOWN_SHAPE)
        priced = self._priced(data["s"], venue)
        if priced is None:
            return _filtered(recv_ns)
        if type(data["b"]) is not list or type(data["a"]) is not list:
            raise InputError(QuarantineReason.BAD_FIELD)
        first_id = whole_id(data["U"])
        last_id = whole_id(data["u"])
        if last_id < first_id:
            raise InputError(QuarantineReason.BAD_ID)
        time_ns = exchange_ns(data["T"] if venue == USDM else data["E"])
        event = Depth(priced.key, recv_ns, time_ns, first_id, last_id)
        if self._levels and _is_whole_book(stream):
            prev_id = whole_id(data["pu"]) if venue == USDM else None
            bids, odd_bids = priced.levels(data["b"], True)
            asks, odd_asks = priced.levels(data["a"], True)
            odd = odd_bids + odd_asks
            event = Depth(priced.key, recv_ns, time_ns, first_id, last_id, prev_id, bids, asks, False, odd)
        if priced is self._unknown:
            raise self._unknown_instrument(data, stream, venue)
        return event

    def decode_snapshot(self, payload: bytes, recv_ns: int, key: str) -> MarketEvent:
        """Return the answer to a REST request for the book of `key`; see `Decoder`."""
        data = self._json.parse(payload)
        if type(data) is not dict or not {"lastUpdateId", "bids", "asks"}.issubset(data):
            return self.decode(payload, recv_ns)
        venue, _, symbol = key.partition(":")
        priced = (self._usdm if venue == USDM else self._spot).get(symbol)
        if priced is None or priced.key != key:
            raise UnknownInstrument(f"{key}: no instrument of this decoder")
        if ("T" in data) != (venue == USDM):  # only USD-M says when its book was so
            raise InputError(QuarantineReason.UNKNOWN_SHAPE)
        time_ns = exchange_ns(data["T"]) if venue == USDM else None
        last_id = whole_id(data["lastUpdateId"])
        bids, odd_bids = priced.levels(data["bids"], False)
        asks, odd_asks = priced.levels(data["asks"], False)
        return Depth(key, recv_ns, time_ns, last_id, last_id, None, bids, asks, True, odd_bids + odd_asks)

    def _mark_price(self, data: dict[str, Any], recv_ns: int) -> MarketEvent:
        """Recognise a mark price. Its ``T`` is the next funding time and never a latency."""
        priced = self._priced(data["s"], USDM)
        if priced is None:
            return _filtered(recv_ns)
        return FeedStatus(
            priced.key if priced is not self._unknown else "",
            recv_ns,
            FeedKind.IGNORED,
            IgnoredDetail.MARK_PRICE,
        )

    def _priced(self, symbol: Any, venue: str) -> Priced | None:
        """Return the instrument, the stand-in if it is not known, None if it was not asked for."""
        if type(symbol) is not str:
            raise InputError(QuarantineReason.BAD_FIELD)
        priced = (self._usdm if venue == USDM else self._spot).get(symbol)
        if priced is not None:
            return priced
        if self._only and symbol not in self._only and f"{venue}:{symbol}" not in self._only:
            return None
        return self._unknown

    def _unknown_instrument(self, data: dict[str, Any], stream: Any, venue: str) -> Exception:
        """Return the error for a well-formed message of an instrument that is not known.

        One damaged byte must not stop a run for want of configuration: where the message
        contradicts its stream, the line is bad and the instrument is not missing.
        """
        symbol: str = data["s"]
        plain = symbol.replace("_", "")
        if not (plain.isascii() and plain.isalnum() and plain == plain.upper() and len(symbol) <= 40):
            return InputError(QuarantineReason.BAD_SYMBOL)
        if type(stream) is not str:
            return InputError(QuarantineReason.BAD_FIELD)
        if stream and not stream.startswith("!") and stream.partition("@")[0] != symbol.lower():
            return InputError(QuarantineReason.BAD_SYMBOL)
        return UnknownInstrument(
            f"{venue}.{symbol}: tick and lot of this instrument are not known; "
            f'add to instruments.toml: [{venue}.{symbol}] tick = "...", lot = "..."'
        )


def _is_whole_book(stream: Any) -> bool:
    """Return whether a stream tells every change; ``@depth5`` and ``@rpiDepth`` look the same."""
    name = stream.partition("@")[2] if type(stream) is str else "?"
    return name == "depth" or name.startswith("depth@") or stream in ("",)


def _filtered(recv_ns: int) -> FeedStatus:
    return FeedStatus("", recv_ns, FeedKind.IGNORED, IgnoredDetail.FILTERED)


def _not_an_object(data: Any, recv_ns: int) -> FeedStatus:
    if type(data) is list:
        return FeedStatus("", recv_ns, FeedKind.IGNORED, IgnoredDetail.ARRAY)
    raise InputError(QuarantineReason.UNKNOWN_SHAPE)


def _untyped(data: dict[str, Any], recv_ns: int) -> FeedStatus:
    """Recognise what has no event type: a book by REST or partial, the answer to a request."""
    if type(data.get("lastUpdateId")) is int:
        if type(data.get("bids")) is list and type(data.get("asks")) is list:
            return FeedStatus("", recv_ns, FeedKind.IGNORED, IgnoredDetail.SNAPSHOT)
    elif "id" in data and "result" in data:
        return FeedStatus("", recv_ns, FeedKind.IGNORED, IgnoredDetail.CONTROL)
    raise InputError(QuarantineReason.UNKNOWN_SHAPE)


def build(
    instruments: dict[str, Instrument],
    config: Config | None = None,
    only: tuple[str, ...] = (),
    levels: bool = False,
) -> Decoder:
    """Return a decoder for `instruments` (by key, other venues' are left out).

    Parameters
    ----------
    instruments
        What is traded, by key.
    config
        Bounds on one message; the defaults if None.
    only
        Symbols or keys; messages of any other instrument come back as ``IGNORED``
        ``FILTERED`` before a price is read. Empty for all.
    levels
        Read the levels of depth updates too. Without it they are not looked at: a depth
        update then counts for its time and its ids only.
    """
    return BinanceDecoder(instruments, config if config is not None else Config(), only, levels)
