"""A made-up market: a recording in the collector format, the same bytes on every machine.

Calm flow (a random walk in whole ticks, trades in clusters, a few milliseconds of latency)
with scenes at fixed offsets, see `SCENES`. The same seed, length and profile give the
same lines; a longer recording begins with the lines of a shorter one, but for the scenes
that the shorter one has no room for. Chance is `tools.core.chance`; there are no floats.

``major``: USD-M BTCUSDT, nanosecond stamps, about 20 messages a second.
``minor``: spot NEXOUSDT, microsecond stamps, about one message in two seconds; spot has
no prints that are no market trades, so the scene ``bad_print`` is left out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Final

from tools.core.chance import below, stream_id
from tools.core.errors import UsageError
from tools.core.timestamps import parse_iso
from tools.core.units import NS_PER_MS, NS_PER_S, NS_PER_US, PPM, format_scaled

START_NS: Final = parse_iso("2025-01-01T00:00:00Z")
DEFAULT_MINUTES: Final = 12
_TAIL_S: Final = 20  # calm that must follow a scene, or it is left out
_STREAM: Final = stream_id("synthesize")
_MAX_MINUTES: Final = 7 * 24 * 60


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Something that happens at a fixed offset from the start."""

    name: str
    start_s: int
    length_s: int
    profiles: tuple[str, ...]
    what: str

    def to_dict(self) -> dict[str, object]:
        """Return the scene for ``--scenes``."""
        return {**asdict(self), "profiles": list(self.profiles)}


_BOTH: Final = ("major", "minor")
# With the defaults an instrument is ALLOWED after about 210 s and again about 100 s after a
# scene that closed the gate. Order and distance leave room for that.
SCENES: Final[tuple[Scene, ...]] = (
    Scene(name="bad_print", start_s=225, length_s=1, profiles=("major",),
          what='one trade marked "X":"INSURANCE_FUND", 200 bps above the market'),
    Scene(name="burst", start_s=240, length_s=8, profiles=_BOTH,
          what="about 40 times as many trades, more quotes, the price runs up"),
    Scene(name="latency_spike", start_s=400, length_s=9, profiles=_BOTH,
          what="messages arrive 3 s late for 3 s of exchange time, the backlog then drains over 6 s"),
    Scene(name="gap", start_s=540, length_s=1, profiles=_BOTH, what="25 trade ids are missing"),
    Scene(name="crossed_book", start_s=570, length_s=2, profiles=_BOTH,
          what="the best bid is two ticks above the best offer"),
    Scene(name="dead_feed", start_s=680, length_s=20, profiles=_BOTH,
          what="no message at all; trade ids go on without a gap"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A kind of market. Rates are draws in ppm for one slot of `slot_ms`."""

    symbol: str
    spot: bool
    price_decimals: int  # of the instrument's tick
    qty_decimals: int  # of the instrument's lot
    start_ticks: int
    slot_ms: int
    quote_ppm: int  # chance of one more quote, tried up to three times
    trade_ppm: int  # chance of a cluster of trades
    cluster: int  # most trades in one cluster
    step_ticks: int  # largest move of the mid at once
    move_ppm: int
    spreads_ticks: tuple[int, int]  # usual, largest
    wide_ppm: int  # chance of another spread than the usual
    size_lots: int


PROFILES: Final[dict[str, Profile]] = {
    "major": Profile(
        symbol="BTCUSDT", spot=False, price_decimals=1, qty_decimals=3,
        start_ticks=935_000, slot_ms=100, quote_ppm=500_000, trade_ppm=220_000, cluster=3,
        step_ticks=25, move_ppm=150_000, spreads_ticks=(1, 2), wide_ppm=30_000,
        size_lots=8_000,
    ),
    "minor": Profile(
        symbol="NEXOUSDT", spot=True, price_decimals=3, qty_decimals=2,
        start_ticks=1_250, slot_ms=1_000, quote_ppm=120_000, trade_ppm=70_000, cluster=2,
        step_ticks=1, move_ppm=250_000, spreads_ticks=(2, 3), wide_ppm=100_000,
        size_lots=90_000,
    ),
}  # fmt: skip


class _Market:
    """The made-up venue: its state, and the messages of one slot."""

    def __init__(self, seed: int, profile: Profile) -> None:
        self._seed: Final = seed
        self._p: Final = profile
        self._slot = 0
        self._draws = 0
        self.bid_ticks = profile.start_ticks
        self.ask_ticks = profile.start_ticks + profile.spreads_ticks[0]
        self.trade_id = 1_000_000
        self.update_id = 5_000_000
        self._excited = 0  # slots for which trades come more easily, after a cluster

    def below(self, bound: int) -> int:
        """Return the next draw of this slot, in ``0 .. bound - 1``."""
        self._draws += 1
        return below(self._seed, _STREAM, self._slot, self._draws, bound)

    def _chance(self, ppm: int) -> bool:
        return self.below(PPM) < ppm

    def slot(self, number: int, scenes: dict[str, int]) -> list[tuple[int, str]]:
        """Return ``(exchange ms since start, message)`` of a slot.

        `scenes` holds the scenes that are on, each with the slots since its start.
        """
        self._slot = number
        self._draws = 0
        kinds = self._kinds(scenes)
        self._move("burst" in scenes)
        out: list[tuple[int, str]] = []
        first_ms = number * self._p.slot_ms
        for at, kind in enumerate(kinds):
            at_ms = first_ms + self._p.slot_ms * at // len(kinds) + self.below(3)
            quote = kind == "quote"
            text = self._quote(at_ms, "crossed_book" in scenes) if quote else self._trade(at_ms, "MARKET")
            out.append((at_ms, text))
        if scenes.get("gap") == 0:
            self.trade_id += 25
        if scenes.get("bad_print") == 0:
            last_ms = first_ms + self._p.slot_ms - 1
            out.append((last_ms, self._trade(last_ms, "INSURANCE_FUND")))
        return out

    def _kinds(self, scenes: dict[str, int]) -> list[str]:
        """Return which messages this slot has, in order."""
        p = self._p
        burst = "burst" in scenes
        quotes = 0
        for _ in range(9 if burst else 3):
            quotes += 1 if self._chance(p.quote_ppm) else 0
        trades = 0
        trade_ppm = p.trade_ppm * (2 if self._excited else 1)
        if burst:
            trade_ppm = p.trade_ppm * 4 // 3  # the calm average, clusters included
        for _ in range(40 if burst else 1):
            if self._chance(trade_ppm):
                trades += 1 + self.below(p.cluster)
        self._excited = 2 if trades else max(self._excited - 1, 0)
        if scenes or self._slot == 0:  # a scene must be seen in a thin market too
            quotes = max(quotes, 1)
        if "latency_spike" in scenes or self._slot == 0:
            trades = max(trades, 1)
        kinds = ["quote"] * quotes + ["trade"] * trades
        for at in range(len(kinds) - 1, 0, -1):
            other = self.below(at + 1)
            kinds[at], kinds[other] = kinds[other], kinds[at]
        return kinds

    def _move(self, burst: bool) -> None:
        """Let the mid walk and the spread breathe."""
        p = self._p
        if self._chance(p.move_ppm * (3 if burst else 1)):
            step = 1 + self.below(p.step_ticks)
            up = self.below(100) < (70 if burst else 50)
            self.bid_ticks = max(self.bid_ticks + (step if up else -step), p.start_ticks // 2)
        usual, largest = p.spreads_ticks
        self.ask_ticks = self.bid_ticks + (1 + self.below(largest) if self._chance(p.wide_ppm) else usual)

    def _quote(self, exchange_ms: int, crossed: bool) -> str:
        p = self._p
        self.update_id += 1 + self.below(40)
        ask_ticks = self.bid_ticks - 2 if crossed else self.ask_ticks
        prices = (
            f'"s":"{p.symbol}","b":"{self._price(self.bid_ticks)}","B":"{self._size()}",'
            f'"a":"{self._price(ask_ticks)}","A":"{self._size()}"'
        )
        if p.spot:
            return self._wrapped("bookTicker", f'"u":{self.update_id},{prices}')
        times = f'"T":{_epoch_ms(exchange_ms)},"E":{_epoch_ms(exchange_ms) + self.below(3)}'
        return self._wrapped("bookTicker", f'"e":"bookTicker","u":{self.update_id},{prices},{times}')

    def _trade(self, exchange_ms: int, mark: str) -> str:
        p = self._p
        self.trade_id += 1
        buyer = self.below(2) == 1
        price_ticks = self.ask_ticks if buyer else self.bid_ticks
        if mark != "MARKET":
            price_ticks += price_ticks // 50
        matched_ms = _epoch_ms(exchange_ms)
        sent_ms = matched_ms + self.below(3)
        figures = f'"p":"{self._price(price_ticks)}","q":"{self._trade_size()}"'
        head = f'"e":"trade","E":{sent_ms}'
        name = f'"s":"{p.symbol}","t":{self.trade_id},{figures}'
        maker_is_buyer = "false" if buyer else "true"
        if p.spot:
            body = f'{head},{name},"T":{matched_ms},"m":{maker_is_buyer},"M":true'
        else:
            body = f'{head},"T":{matched_ms},{name},"X":"{mark}","m":{maker_is_buyer}'
        return self._wrapped("trade", body)

    def _wrapped(self, stream: str, body: str) -> str:
        return f'{{"stream":"{self._p.symbol.lower()}@{stream}","data":{{{body}}}}}'

    def _price(self, ticks: int) -> str:
        """Return a price with as many decimals as the venue writes."""
        p = self._p
        return format_scaled(ticks, p.price_decimals) + "0" * ((8 if p.spot else 2) - p.price_decimals)

    def _qty(self, lots: int) -> str:
        p = self._p
        return format_scaled(lots, p.qty_decimals) + "0" * ((8 if p.spot else 3) - p.qty_decimals)

    def _size(self) -> str:
        return self._qty(1 + self.below(self._p.size_lots) + self.below(self._p.size_lots))

    def _trade_size(self) -> str:
        return self._qty(1 + self.below(1 + self.below(1 + self._p.size_lots // 8)))


def _epoch_ms(since_start_ms: int) -> int:
    return START_NS // NS_PER_MS + since_start_ms


def _late_ns(since_scene_ms: int) -> int:
    """Return the delay of the latency spike: 3 s for 3 s, then falling by half the time passed."""
    if since_scene_ms < 3_000:
        return 3 * NS_PER_S
    return max(3_000 - (since_scene_ms - 3_000) // 2, 0) * NS_PER_MS


def scenes_of(profile: str, minutes: int) -> tuple[Scene, ...]:
    """Return the scenes that a recording has: those of its profile that fit its length."""
    return tuple(
        scene
        for scene in SCENES
        if profile in scene.profiles and scene.start_s + scene.length_s + _TAIL_S <= 60 * minutes
    )


def synthesize(seed: int, minutes: int = DEFAULT_MINUTES, profile: str = "major") -> Iterator[bytes]:
    """Yield the lines of a recording, each with its line end.

    `seed` is any integer (64 bits are used), `minutes` 1 to 10,080 (a week), `profile`
    ``"major"`` or ``"minor"``; `UsageError` for another length or profile.
    """
    if profile not in PROFILES:
        raise UsageError(f"profile must be one of {', '.join(PROFILES)}, not {profile!r}")
    if not 1 <= minutes <= _MAX_MINUTES:
        raise UsageError(f"minutes must be 1 to {_MAX_MINUTES}, not {minutes}")
    return _lines(_Market(seed, PROFILES[profile]), PROFILES[profile], scenes_of(profile, minutes), minutes)


def _lines(market: _Market, p: Profile, scenes: Iterable[Scene], minutes: int) -> Iterator[bytes]:
    local_ns = START_NS
    for number in range(minutes * 60_000 // p.slot_ms):
        on: dict[str, int] = {}
        late_ns = 0
        now_ms = number * p.slot_ms
        for scene in scenes:
            since_ms = now_ms - scene.start_s * 1_000
            if 0 <= since_ms < scene.length_s * 1_000:
                on[scene.name] = since_ms // p.slot_ms
                if scene.name == "latency_spike":
                    late_ns = _late_ns(since_ms)
        if "dead_feed" in on:
            continue
        for exchange_ms, message in market.slot(number, on):
            latency_ns = 3 * NS_PER_MS + market.below(4 * NS_PER_MS)
            if market.below(200) == 0:
                latency_ns += market.below(20 * NS_PER_MS)
            arrival_ns = START_NS + exchange_ms * NS_PER_MS + latency_ns + late_ns
            local_ns = max(arrival_ns, local_ns + 20 * NS_PER_US)
            stamp = local_ns // NS_PER_US if p.spot else local_ns
            yield f"{stamp} {message}\n".encode("ascii")
