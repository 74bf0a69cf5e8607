"""Damaged messages either decode or raise `InputError`; nothing else ever comes out."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kit.effort import share
from tools.core.errors import InputError
from tools.core.events import Depth, FeedStatus, MarketEvent, Quote, Trade
from tools.observer.decode import QuarantineReason
from tools.observer.decode.binance import EXAMPLE_INSTRUMENTS, EXAMPLES, build

DECODER = build({i.key: i for i in EXAMPLE_INSTRUMENTS})
REASONS = {str(r) for r in QuarantineReason}
RECV = 1_735_689_600_200_000_000
POSITIONS = 20  # of each example, with all 255 other bytes each


def settle(payload: bytes) -> MarketEvent | None:
    """Decode twice; the event, or None if it was refused, must be the same both times."""
    outcomes: list[MarketEvent | str] = []
    for _ in range(2):
        try:
            outcomes.append(DECODER.decode(payload, RECV))
        except InputError as error:
            assert str(error) in REASONS
            outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]
    event = outcomes[0]
    if isinstance(event, str):
        return None
    assert isinstance(event, (Quote, Trade, Depth, FeedStatus))
    if isinstance(event, Quote):
        assert min(event.bid_ticks, event.bid_lots, event.ask_ticks, event.ask_lots) > 0
    if isinstance(event, Trade):
        assert event.first_id <= event.last_id
        assert event.market == "OTHER" or min(event.price_ticks, event.qty_lots) > 0
    return event


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_every_truncation(example) -> None:
    for end in range(len(example.payload)):
        assert settle(example.payload[:end]) is None  # no proper prefix of an object is JSON


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_every_byte_damaged(example) -> None:
    """Each byte once with a few others, and a sample of positions with all 255 others."""
    payload = example.payload
    chosen = random.Random(example.name).sample(range(len(payload)), POSITIONS)
    for at in range(len(payload)):
        others = range(256) if at in chosen else (0, 32, 34, 45, 46, 48, 57, 88, 91, 92, 101, 123, 125, 255)
        for byte in others:
            settle(payload[:at] + bytes([byte]) + payload[at + 1 :])


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_every_byte_lost_or_doubled(example) -> None:
    payload = example.payload
    for at in range(len(payload)):
        settle(payload[:at] + payload[at + 1 :])
        settle(payload[: at + 1] + payload[at:])


@share(1)
@given(st.binary(max_size=300))
def test_random_bytes(payload: bytes) -> None:
    settle(payload)


@share(1)
@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["stream", "data", "e", "E", "T", "s", "t", "p", "q", "m", "M", "X", "u", "U", "pu",
                         "b", "a", "B", "A", "f", "l", "lastUpdateId", "bids", "asks", "id", "result"]),
        inner, max_size=12),
    max_leaves=20))  # fmt: skip
def test_random_json(value: object) -> None:
    settle(json.dumps(value).encode())


KNOWN = st.sampled_from(["bookTicker", "trade", "aggTrade", "depthUpdate", "markPriceUpdate"])
ANY = st.none() | st.booleans() | st.integers(-5, 2**70) | st.text(max_size=5) | st.lists(st.integers())


@share(1)
@given(KNOWN, st.dictionaries(st.sampled_from([*"ETtpqmMXuUbaBAfl", "pu"]), ANY, max_size=17))
def test_known_types_with_any_values(kind: str, fields: dict[str, object]) -> None:
    settle(json.dumps({**fields, "e": kind, "s": "BTCUSDT"}).encode())


POISON = ["NaN", "-1", "9" * 5_000, "[" * 100_000, "-9" + "0" * 4_400, "1e999", "null"]


@pytest.mark.parametrize("text", POISON, ids=lambda text: text[:8])
def test_poison_in_every_value(text: str) -> None:
    for example in EXAMPLES:
        if example.event == "FeedStatus":
            continue
        head, _, _ = example.payload.rpartition(b":")
        assert settle(head + b":" + text.encode() + b"}}") is None or text in ("-1", "null", "1e999")
