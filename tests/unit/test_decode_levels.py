"""Levels of depth messages, books by REST, and whose book one is."""

import json
from pathlib import Path

import pytest

from tools.core.errors import InputError
from tools.core.events import Depth, FeedStatus, MarketEvent
from tools.live.feeds import open_collector
from tools.observer.decode.binance import EXAMPLE_INSTRUMENTS, EXAMPLES, SPOT, USDM, build
from tools.observer.decode.decoder import UnknownInstrument

INSTRUMENTS = {i.key: i for i in EXAMPLE_INSTRUMENTS}
LEVELS = build(INSTRUMENTS, levels=True)
PLAIN = build(INSTRUMENTS)
RECV = 1_735_689_600_200_000_000
BTC = f"{USDM}:BTCUSDT"
NEXO = f"{SPOT}:NEXOUSDT"


def usdm(bids: object, asks: object = (), stream: str = "btcusdt@depth@0ms") -> bytes:
    data = {"e": "depthUpdate", "E": 1735689600171, "T": 1735689600170, "s": "BTCUSDT", "U": 7002, "u": 7009,
            "pu": 7001, "b": bids, "a": asks}  # fmt: skip
    return json.dumps({"stream": stream, "data": data} if stream else data).encode()


def rest(bids: object, asks: object, **more: object) -> bytes:
    return json.dumps({"lastUpdateId": 77, **more, "bids": bids, "asks": asks}).encode()


def depth(event: MarketEvent) -> Depth:
    assert isinstance(event, Depth)
    return event


def test_an_update() -> None:
    event = depth(
        LEVELS.decode(usdm([["65012.30", "1.000"], ["65000.00", "0.000"]], [["65012.40", "0.004"]]), RECV)
    )
    assert (event.symbol, event.first_id, event.last_id, event.prev_id) == (BTC, 7002, 7009, 7001)
    assert event.bids == ((650_123, 1_000), (650_000, 0))
    assert event.asks == ((650_124, 4),)
    assert (event.snapshot, event.rounded_count) == (False, 0)


def test_without_asking_levels_are_not_looked_at() -> None:
    event = depth(PLAIN.decode(usdm([["nonsense"]], [["1"]]), RECV))
    assert (event.bids, event.asks, event.prev_id) == (None, None, None)


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.event != "FeedStatus"], ids=lambda e: e.name)
def test_levels_change_nothing_else(example) -> None:
    plain = PLAIN.decode(example.payload, RECV).to_dict()
    with_levels = LEVELS.decode(example.payload, RECV).to_dict()
    for name in ("bids", "asks", "prev_id"):
        plain.pop(name, None)
        with_levels.pop(name, None)
    assert plain == with_levels


@pytest.mark.parametrize("stream", ["btcusdt@depth5@100ms", "btcusdt@depth20", "btcusdt@rpiDepth@500ms", "x"])
def test_streams_that_do_not_tell_the_whole_book(stream: str) -> None:
    event = depth(LEVELS.decode(usdm([["65012.30", "1.000"]], stream=stream), RECV))
    assert (event.bids, event.asks) == (None, None)


@pytest.mark.parametrize("stream", ["btcusdt@depth", "btcusdt@depth@100ms", ""])
def test_streams_that_do(stream: str) -> None:
    assert depth(LEVELS.decode(usdm([["65012.30", "1.000"]], stream=stream), RECV)).bids == (
        (650_123, 1_000),
    )


BAD = {
    "no list": ({"65012.30": "1"}, "BAD_FIELD"),
    "a level that is text": (["65012.30"], "BAD_LEVEL"),
    "a level of one": ([["65012.30"]], "BAD_LEVEL"),
    "a level of three": ([["65012.30", "1", "x"]], "BAD_LEVEL"),
    "a price twice": ([["65012.30", "1"], ["65012.3", "2"]], "BAD_LEVEL"),
    "between two ticks": ([["65012.35", "1"]], "BAD_PRICE"),
    "price zero": ([["0.00", "1"]], "BAD_PRICE"),
    "negative price": ([["-1.0", "1"]], "BAD_PRICE"),
    "negative size": ([["65012.30", "-1"]], "BAD_QUANTITY"),
    "no number": ([["65012.30", "NaN"]], "BAD_QUANTITY"),
    "exponent": ([["65012.30", "1e3"]], "BAD_QUANTITY"),
    "a number that is no text": ([["65012.30", 1]], "BAD_FIELD"),
    "a fraction that is no text": ([[65012.3, "1"]], "BAD_FIELD"),
}


@pytest.mark.parametrize(("rows", "reason"), BAD.values(), ids=BAD)
def test_levels_that_cannot_be_used(rows: object, reason: str) -> None:
    with pytest.raises(InputError, match=f"^{reason}$"):
        LEVELS.decode(usdm([], rows) if isinstance(rows, list) else usdm(rows), RECV)
    if isinstance(rows, list):
        with pytest.raises(InputError, match=f"^{reason}$"):
            LEVELS.decode_snapshot(rest([], rows, T=1735689600170, E=1735689600171), RECV, BTC)


def test_a_size_from_before_the_lots_were_larger_is_rounded_down() -> None:
    event = depth(LEVELS.decode(usdm([["65012.30", "1.0009"]], [["65012.40", "0.0009"]]), RECV))
    assert (event.bids, event.asks, event.rounded_count) == (((650_123, 1_000),), ((650_124, 0),), 2)


def test_a_book_by_rest() -> None:
    payload = rest([["65012.30", "1.000"]], [["65012.40", "0.004"]], E=1735689600175, T=1735689600172)
    event = depth(LEVELS.decode_snapshot(payload, RECV, BTC))
    assert event == Depth(
        BTC, RECV, 1_735_689_600_172_000_000, 77, 77, None, ((650_123, 1_000),), ((650_124, 4),), True
    )
    spot = depth(LEVELS.decode_snapshot(rest([["1.213", "9.00"]], []), RECV, NEXO))
    assert (spot.exch_ns, spot.bids, spot.asks, spot.snapshot) == (None, ((1213, 900),), (), True)


def test_a_book_by_rest_of_another_market_or_with_a_size_of_zero() -> None:
    with pytest.raises(InputError, match="UNKNOWN_SHAPE"):
        LEVELS.decode_snapshot(rest([], []), RECV, BTC)
    with pytest.raises(InputError, match="UNKNOWN_SHAPE"):
        LEVELS.decode_snapshot(rest([], [], T=1735689600172), RECV, NEXO)
    with pytest.raises(InputError, match="BAD_QUANTITY"):
        LEVELS.decode_snapshot(rest([["1.213", "0.00"]], []), RECV, NEXO)
    with pytest.raises(UnknownInstrument, match="binance-spot:BTCUSDT"):
        LEVELS.decode_snapshot(rest([], []), RECV, f"{SPOT}:BTCUSDT")


def test_what_is_no_book_by_rest_comes_back_as_ever() -> None:
    partial = b'{"stream":"nexousdt@depth5","data":{"lastUpdateId":5,"bids":[],"asks":[]}}'
    assert LEVELS.decode_snapshot(partial, RECV, NEXO) == LEVELS.decode(partial, RECV)
    assert isinstance(LEVELS.decode(rest([], []), RECV), FeedStatus)


SPOT_LINE = (
    b'{"stream":"nexousdt@depth@100ms","data":{"e":"depthUpdate","E":1735689600180,"s":"NEXOUSDT",'
    b'"U":78,"u":79,"b":[["1.21300000","9.00000000"]],"a":[]}}'
)
USDM_LINE = usdm([["65012.30", "1.000"]])


def read(
    path: Path, *payloads: bytes, levels: bool = True, only: tuple[str, ...] = ()
) -> tuple[list[Depth], dict]:
    path.write_bytes(b"".join(b"%d %s\n" % (RECV // 1000 + k, payload) for k, payload in enumerate(payloads)))
    feed = open_collector(path, INSTRUMENTS, levels=levels, only=only)
    return [event for event in feed if isinstance(event, Depth)], dict(feed.counts.ignored)


def test_a_recording_of_one_instrument_says_whose_its_snapshot_is(tmp_path: Path) -> None:
    book = rest([["1.212", "9.00"]], [["1.214", "9.00"]])
    events, ignored = read(tmp_path / "a", book, SPOT_LINE)
    assert [(event.symbol, event.snapshot) for event in events] == [(NEXO, True), (NEXO, False)]
    assert ignored == {}


def test_a_recording_of_several_does_not(tmp_path: Path) -> None:
    book = rest([["1.212", "9.00"]], [["1.214", "9.00"]])
    events, ignored = read(tmp_path / "a", book, SPOT_LINE, USDM_LINE)
    assert [event.symbol for event in events] == [NEXO, BTC]
    assert ignored == {"SNAPSHOT": 1}
    events, ignored = read(tmp_path / "b", book, SPOT_LINE, USDM_LINE, only=("NEXOUSDT",))
    assert [event.symbol for event in events] == [NEXO]
    assert ignored == {"SNAPSHOT": 1}


def test_without_asking_a_snapshot_is_ignored(tmp_path: Path) -> None:
    events, ignored = read(tmp_path / "a", rest([], []), SPOT_LINE, levels=False)
    assert [event.bids for event in events] == [None]
    assert ignored == {"SNAPSHOT": 1}
