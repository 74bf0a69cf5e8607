"""The goldens' inputs: a calm made-up market by hand, with one thing happening in each case.

All times are milliseconds since `START_NS`. A quote comes every 100 ms and a trade every
200 ms; both arrive 2 ms after the venue's time. The markets are small, so that warm-up and
waits are set to seconds in each case's ``config.toml``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

START_NS = 1_735_689_600 * 10**9  # 2025-01-01T00:00:00Z
NS_PER_MS = 10**6
FOLDER = Path(__file__).parent


class Market:
    """Collects lines as ``(arrival in ns, text)``; ids count up as at the venue."""

    def __init__(self, symbol: str = "BTCUSDT", start_ns: int = START_NS) -> None:
        self.symbol = symbol
        self.start_ns = start_ns
        self.arrivals: list[tuple[int, bytes]] = []
        self.trade_id = 1_000
        self.update_id = 5_000

    def line(self, at_ms: int, late_ms: int, stream: str, body: str) -> None:
        arrival_ns = self.start_ns + (at_ms + late_ms) * NS_PER_MS
        text = f'{arrival_ns} {{"stream":"{self.symbol.lower()}@{stream}","data":{{{body}}}}}\n'
        self.arrivals.append((arrival_ns, text.encode("ascii")))

    def quote(
        self,
        at_ms: int,
        late_ms: int = 2,
        bid: str = "93500.00",
        ask: str = "93500.10",
        bid_size: str = "5.000",
    ) -> None:
        self.update_id += 1
        venue_ms = self.start_ns // NS_PER_MS + at_ms
        prices = f'"s":"{self.symbol}","b":"{bid}","B":"{bid_size}","a":"{ask}","A":"4.000"'
        times = f'"T":{venue_ms},"E":{venue_ms}'
        self.line(at_ms, late_ms, "bookTicker", f'"e":"bookTicker","u":{self.update_id},{prices},{times}')

    def trade(
        self,
        at_ms: int,
        late_ms: int = 2,
        mark: str = "MARKET",
        price: str = "93500.10",
        seller: bool = False,
    ) -> None:
        self.trade_id += 1
        venue_ms = self.start_ns // NS_PER_MS + at_ms
        head = f'"e":"trade","E":{venue_ms},"T":{venue_ms},"s":"{self.symbol}","t":{self.trade_id}'
        figures = f'"p":"{price}","q":"0.010","X":"{mark}","m":{"true" if seller else "false"}'
        self.line(at_ms, late_ms, "trade", f"{head},{figures}")

    def calm(self, from_s: int, to_s: int, late_ms: int = 2) -> None:
        for at_ms in range(from_s * 1_000, to_s * 1_000, 100):
            self.quote(at_ms, late_ms)
            if at_ms % 200 == 0:
                self.trade(at_ms + 50, late_ms)

    def lines(self) -> list[bytes]:
        """Return the lines in order of arrival."""
        return [text for _, text in sorted(self.arrivals, key=lambda item: item[0])]


def warm_up() -> list[bytes]:
    """Nothing happens: warm-up, cooldown, probation, ALLOWED."""
    market = Market()
    market.calm(0, 34)
    return market.lines()


def burst() -> list[bytes]:
    """Two seconds with eighty trades each, and the price runs."""
    market = Market()
    market.calm(0, 34)
    for step in range(160):
        market.trade(34_000 + step * 25 // 2, price=f"9350{step // 40}.10")
        if step % 16 == 0:
            whole = f"9350{step // 40}"
            market.quote(34_000 + step * 25 // 2, bid=f"{whole}.00", ask=f"{whole}.10")
    market.calm(36, 56)
    return market.lines()


def latency_spike() -> list[bytes]:
    """What the venue says in one second arrives three seconds late; then all is as before."""
    market = Market()
    market.calm(0, 34)
    for at_ms in range(34_000, 35_000, 100):
        market.quote(at_ms, 3_000)
    market.trade(34_950, 3_000)
    market.calm(38, 90)
    return market.lines()


def gap() -> list[bytes]:
    """Twenty-five trade ids are missing."""
    market = Market()
    market.calm(0, 34)
    market.trade_id += 25
    market.calm(34, 110)
    return market.lines()


def crossed_book() -> list[bytes]:
    """The best bid stands two ticks above the best offer for two seconds."""
    market = Market()
    market.calm(0, 34)
    for at_ms in range(34_000, 36_000, 100):
        market.quote(at_ms, bid="93500.30", ask="93500.10")
        if at_ms % 200 == 0:
            market.trade(at_ms + 50)
    market.calm(36, 64)
    return market.lines()


def dead_feed() -> list[bytes]:
    """Twelve seconds without any message."""
    market = Market()
    market.calm(0, 34)
    market.calm(46, 120)
    return market.lines()


def quarantine() -> list[bytes]:
    """Damaged lines among good ones, and one print that is no market trade."""
    market = Market()
    market.calm(0, 34)
    for at_ms, body in (
        (34_010, '"e":"trade","E":1,"T":NaN'),
        (34_020, '"e":"trade","T":1735689634020,"s":"BTCUSDT","t":1,"p":"-1","q":"1","m":true'),
        (34_030, '"e":"trade","s":"BTCUSDT"'),
    ):
        market.line(at_ms, 2, "trade", body)
    market.arrivals.append((START_NS + 34_040 * NS_PER_MS, b"\xff\xfe\n"))
    market.calm(34, 36)
    market.trade(36_000, mark="INSURANCE_FUND", price="95000.00")
    market.calm(36, 56)
    return market.lines()


def take() -> list[bytes]:
    """A print through our bid fills it whole; the bid that is then shown is small, and slips.

    Arrivals: at 34.002 s a bid of 5 lots is shown; at 34.052 s a seller prints 10 lots one tick
    below it; at 34.102 s comes the next quote, the same, at which we can act; at 34.112 s the
    bid is one tick lower, ten milliseconds before anything sent at 34.102 s can arrive; from
    34.202 s on all is as before.
    """
    market = Market()
    market.calm(0, 34)
    market.quote(34_000, bid_size="0.005")
    market.trade(34_050, price="93499.90", seller=True)
    market.quote(34_100, bid_size="0.005")
    market.quote(34_110, bid="93499.90", bid_size="0.005")
    market.quote(34_200)
    market.calm(35, 37)
    return market.lines()


def accounts() -> list[bytes]:
    """A seller prints 10 lots a tick below the bids of two accounts, which have 6 each."""
    market = Market()
    market.calm(0, 34)
    market.trade(34_050, price="93499.90", seller=True)
    market.calm(35, 37)
    return market.lines()


def flood() -> list[bytes]:
    """In two seconds the venue sends 600 quotes, of which the link carries 100 a second.

    The n-th of them leaves at 34 s + n * 2 s / 600 and arrives at 34 s + n * 10 ms, so that the last
    is 4 s late, at 40 s; the calm that the venue sends meanwhile queues behind them, and the
    link has caught up when it is 2 ms behind again, at 40.1 s.
    """
    market = Market()
    market.calm(0, 34)
    for number in range(600):
        sent_ms = 34_000 + number * 10 // 3
        market.quote(sent_ms, 34_000 + number * 10 - sent_ms + 2)
    for at_ms in range(36_000, 40_000, 100):
        late_ms = 40_002 + (at_ms - 36_000) // 40 - at_ms
        market.quote(at_ms, late_ms)
        if at_ms % 200 == 0:
            market.trade(at_ms, late_ms)
    market.calm(41, 110)
    return market.lines()


def one_feed_dead() -> list[bytes]:
    """Two instruments; for twelve seconds there is nothing of one, and the other goes on."""
    alive, dead = Market(), Market("ETHUSDT")
    alive.calm(0, 70)
    dead.calm(0, 34)
    dead.calm(46, 70)
    return sorted([*alive.lines(), *dead.lines()], key=lambda line: line.partition(b" ")[0])


def quotes_dead() -> list[bytes]:
    """Quotes stop for fourteen seconds while trades go on."""
    market = Market()
    market.calm(0, 34)
    for at_ms in range(34_000, 48_000, 200):
        market.trade(at_ms + 50)
    market.calm(48, 110)
    return market.lines()


def clock_step_15ms() -> list[bytes]:
    """Our clock is set back by 15 ms at 34 s, and forward again at 60 s."""
    market = Market()
    market.calm(0, 34)
    market.calm(34, 60, late_ms=2 - 15)
    market.calm(60, 80)
    return market.lines()


def clock_step_5s() -> list[bytes]:
    """Our clock is set forward by 5 s at 34 s, and back again at 44 s.

    Lines are in the order in which they were written: after the second step their times are
    5 s older than those before them, and until they have caught up they count as of the newest.
    """
    market = Market()
    market.calm(0, 34)
    market.calm(34, 44, late_ms=5_002)
    later = Market()
    later.trade_id, later.update_id = market.trade_id, market.update_id
    later.calm(44, 113)
    return [*market.lines(), *later.lines()]


def day_boundary() -> list[bytes]:
    """The calm of `warm_up`, with midnight in the middle of the first cooldown."""
    market = Market(start_ns=START_NS + 86_400 * 10**9 - 22 * 10**9)
    market.calm(0, 34)
    return market.lines()


CASES: dict[str, Callable[[], list[bytes]]] = {
    "warm_up": warm_up,
    "burst": burst,
    "latency_spike": latency_spike,
    "gap": gap,
    "crossed_book": crossed_book,
    "dead_feed": dead_feed,
    "quotes_dead": quotes_dead,
    "one_feed_dead": one_feed_dead,
    "flood": flood,
    "clock_step_15ms": clock_step_15ms,
    "clock_step_5s": clock_step_5s,
    "day_boundary": day_boundary,
    "quarantine": quarantine,
    "take": take,
    "take_refused": take,  # another configuration
}
