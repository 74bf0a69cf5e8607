"""The stream of workload W: one symbol, about 70 % quotes and 30 % trades, in integers.

Calm, fast and unstable stretches follow each other, so that about 70, 20 and 10 % of the events
come to be NORMAL, FAST and UNSTABLE. Every figure is a pure function of seed and event number:
one word of `tools.core.chance` an event, cut into bit fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice

from tools.core.chance import draw64, mix64, stream_id

QUOTE = 0
TRADE = 1

START_TICKS = 650_000  # 65,000.0 at a tick of 0.1
_BAND_TICKS = 20_000  # the price is drawn back from beyond this

Row = tuple[int, int, int, int, int, int]
"""``(QUOTE, ts_us, bid_ticks, bid_lots, ask_ticks, ask_lots)`` or
``(TRADE, ts_us, price_ticks, lots, aggressor, 0)`` with aggressor +1 for a buyer, -1 for a seller."""

_PHASES = stream_id("w.phases")
_EVENTS = stream_id("w.events")


class _Phase:
    """What one kind of stretch looks like."""

    def __init__(
        self, gap_us: int, move_256: int, jump_ticks: int, spread_ticks: int, spread_span: int, lots: int
    ) -> None:
        self.gap_us = gap_us  # mean time between events
        self.move_256 = move_256  # share of quotes that move the price, of 256
        self.jump_ticks = jump_ticks  # at most, by one move
        self.spread_ticks = spread_ticks  # at least
        self.spread_span = spread_span  # and up to this much more
        self.lots = lots  # displayed, at most


_CALM = _Phase(2_500, 12, 1, 1, 2, 200)
_FAST = _Phase(750, 24, 1, 1, 3, 200)
_WILD = _Phase(1_500, 96, 12, 3, 8, 60)


def _phase(seed: int, number: int) -> tuple[_Phase, int]:
    """Return stretch `number` and its length in events."""
    word = draw64(seed, _PHASES, number, 0)
    kind = word % 100
    length = 1_000 + (word >> 32) % 7_000
    return (_CALM if kind < 69 else _FAST if kind < 88 else _WILD), length


def rows(seed: int, events: int) -> Iterator[Row]:
    """Yield the first `events` rows of the stream of a seed; times strictly increase."""
    return islice(_endless(seed), events)


def _endless(seed: int) -> Iterator[Row]:
    ts_us = 0
    bid, ask = START_TICKS, START_TICKS + 1
    bid_lots = ask_lots = 20
    phase, left = _phase(seed, 0)
    phases = 1
    key = draw64(seed, _EVENTS, 0, 0)  # one mixing an event is enough, and four times as fast
    yield QUOTE, 1, bid, bid_lots, ask, ask_lots
    ts_us = 1
    for number in count(1):
        if left == 0:
            phase, left = _phase(seed, phases)
            phases += 1
        left -= 1
        word = mix64(key ^ number)
        ts_us += 1 + (((word & 0xFFFF) * 2 * phase.gap_us) >> 16)
        choice = (word >> 16) & 0x3FF
        high = (word >> 26) & 0xFF
        if choice < 307:  # 30 %
            sell = (word >> 34) & 1
            lots = 1 + ((high * high) >> 12)
            through = 1 if (word >> 36) & 0x3F == 0 else 0
            if sell:
                yield TRADE, ts_us, bid - through, lots, -1, 0
                bid_lots = max(1, bid_lots - lots)
            else:
                yield TRADE, ts_us, ask + through, lots, 1, 0
                ask_lots = max(1, ask_lots - lots)
            continue
        if high < phase.move_256:
            step = 1 + ((word >> 34) & 0xFF) % phase.jump_ticks
            up = (word >> 42) & 1
            if abs(bid - START_TICKS) > _BAND_TICKS:
                up = 1 if bid < START_TICKS else 0
            bid += step if up else -step
            ask = bid + phase.spread_ticks + ((word >> 43) & 0x1F) % phase.spread_span
            bid_lots = 1 + ((word >> 48) & 0xFF) % phase.lots
            ask_lots = 1 + ((word >> 56) & 0xFF) % phase.lots
        elif high & 1:
            bid_lots = 1 + ((word >> 34) & 0xFF) % phase.lots
        else:
            ask_lots = 1 + ((word >> 34) & 0xFF) % phase.lots
        yield QUOTE, ts_us, bid, bid_lots, ask, ask_lots
