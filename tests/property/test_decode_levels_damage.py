"""Damaged depth messages either decode to sound levels or raise `InputError`."""

import random
from collections.abc import Callable

import pytest

from tools.core.errors import InputError
from tools.core.events import Depth, MarketEvent
from tools.observer.decode import QuarantineReason
from tools.observer.decode.binance import EXAMPLE_INSTRUMENTS, EXAMPLES, SPOT, USDM, build

DECODER = build({i.key: i for i in EXAMPLE_INSTRUMENTS}, levels=True)
REASONS = {str(reason) for reason in QuarantineReason}
RECV = 1_735_689_600_200_000_000
Decode = Callable[[bytes], MarketEvent]


def stream(payload: bytes) -> MarketEvent:
    return DECODER.decode(payload, RECV)


def usdm_rest(payload: bytes) -> MarketEvent:
    return DECODER.decode_snapshot(payload, RECV, f"{USDM}:BTCUSDT")


def spot_rest(payload: bytes) -> MarketEvent:
    return DECODER.decode_snapshot(payload, RECV, f"{SPOT}:NEXOUSDT")


MESSAGES: dict[str, tuple[bytes, Decode]] = {
    **{e.name: (e.payload, stream) for e in EXAMPLES if e.event == "Depth"},
    "several levels": (
        (b'{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1735689600171,"T":1735689600170,'
        b'"s":"BTCUSDT","U":7002,"u":7009,"pu":7001,"b":[["65012.30","1.000"],["65012.20","0.000"],'
        b'["64999.90","17.004"]],"a":[["65012.40","0.004"],["65012.50","3.1"]]}}'), stream),
    "book by REST of USD-M": (
        (b'{"lastUpdateId":7003,"E":1735689600175,"T":1735689600172,"bids":[["65012.30","1.000"],'
        b'["65012.20","2.5"]],"asks":[["65012.40","0.004"]]}'), usdm_rest),
    "book by REST of spot": (
        (b'{"lastUpdateId":7003,"bids":[["1.21300000","9.50000000"]],"asks":[["1.21400000","1.00000000"],'
        b'["1.21600000","2.00000000"]]}'), spot_rest),
}  # fmt: skip


def settle(payload: bytes, decode: Decode) -> bool:
    """Decode twice with the same outcome; return whether it decoded."""
    outcomes: list[MarketEvent | str] = []
    for _ in range(2):
        try:
            outcomes.append(decode(payload))
        except InputError as error:
            assert str(error) in REASONS
            outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]
    event = outcomes[0]
    if isinstance(event, Depth):
        for levels in (event.bids or (), event.asks or ()):
            assert all(price > 0 and lots >= 0 for price, lots in levels)
            assert all(lots > 0 for _, lots in levels) or not event.snapshot
            assert len({price for price, _ in levels}) == len(levels)
        assert event.first_id <= event.last_id
        assert (event.bids is None) == (event.asks is None)
    return not isinstance(event, str)


@pytest.mark.parametrize(("payload", "decode"), MESSAGES.values(), ids=MESSAGES)
def test_every_truncation(payload: bytes, decode: Decode) -> None:
    assert settle(payload, decode)
    for end in range(len(payload)):
        assert not settle(payload[:end], decode)


@pytest.mark.parametrize(("payload", "decode"), MESSAGES.values(), ids=MESSAGES)
def test_every_byte_damaged_lost_or_doubled(payload: bytes, decode: Decode) -> None:
    """Each byte replaced by each of the bytes that mean something, and a few by all 255 others."""
    chosen = random.Random(payload).sample(range(len(payload)), 20)
    for at in range(len(payload)):
        others = range(256) if at in chosen else b'\x00 "-.09Xe[\\{]},:\xff'
        for byte in others:
            settle(payload[:at] + bytes([byte]) + payload[at + 1 :], decode)
        settle(payload[:at] + payload[at + 1 :], decode)
        settle(payload[: at + 1] + payload[at:], decode)
