"""What the costs gauge is made of: horizons, columns, trades that wait, sums."""

from typing import Final

from tools.core.snapshots import Snapshot, read_int, read_ints
from tools.core.units import NS_PER_MS, NS_PER_S
from tools.observer.columns import Column

HORIZONS: Final = (
    ("100ms", 100 * NS_PER_MS),
    ("1s", NS_PER_S),
    ("5s", 5 * NS_PER_S),
    ("30s", 30 * NS_PER_S),
    ("60s", 60 * NS_PER_S),
)
WINDOW_NS: Final = 60 * NS_PER_S
FIT_NS: Final = 300 * NS_PER_S
_CUT: Final = 512


def cost_columns() -> tuple[Column, ...]:
    """Return the columns of the costs gauge."""
    known = "60 s, by when known"
    fit = "300 s, by when known"
    of = Column
    out = [
        of(name="joined_60s", formula="trades with a quote before them", window=known),
        of(name="effective_60s_ubps", formula="2 sum s q (2P - M0) / sum q M0", window=known,
           source="Huang, Stoll 1996"),
    ]  # fmt: skip
    for h, _ in HORIZONS:
        out += [
            of(name=f"effective_{h}_60s_htl", formula=f"sum s q (2P - M0), trades {h} old", window=known),
            of(name=f"realised_{h}_60s_htl", formula="sum s q (2P - M(t+h))", window=known),
            of(name=f"impact_{h}_60s_htl", formula="sum s q (M(t+h) - M0)", window=known),
            of(name=f"base_{h}_60s_htl", formula="sum q M0", window=known),
            of(name=f"realised_{h}_60s_ubps", formula="2 realised / base", window=known,
               source="Huang, Stoll 1996"),
            of(name=f"impact_{h}_60s_ubps", formula="2 impact / base", window=known,
               source="Huang, Stoll 1996"),
        ]  # fmt: skip
    return (
        *out,
        of(name="at_300s_ppm", formula="share of trades at the opposite best", window=fit),
        of(name="through_300s_ppm", formula="share beyond it (sweeps)", window=fit),
        of(name="inside_300s_ppm", formula="share better than it", window=fit),
        of(name="inside_alarm", formula="1 if inside_300s_ppm is over its limit, else 0", window=fit),
        of(name="unjoined", formula="trades left out since the start"),
    )


class WaitingTrade:
    """A trade until its last horizon has passed, with the quote before it once that is known.

    `signed_lots` is positive where the buyer was the aggressor; `bid_ticks` is 0 while there
    is no quote before it.
    """

    def __init__(self, recv_ns: int, time_ns: int, signed_lots: int, price_ticks: int) -> None:
        self.recv_ns: Final = recv_ns
        self.time_ns: Final = time_ns  # that joins it with quotes
        self.signed_lots: Final = signed_lots
        self.price_ticks: Final = price_ticks
        self.bid_ticks = 0
        self.ask_ticks = 0

    def better_ticks(self) -> int:
        """Return by how much the price was better than the opposite best; negative: beyond it."""
        if self.signed_lots > 0:
            return self.ask_ticks - self.price_ticks
        return self.price_ticks - self.bid_ticks

    def snapshot(self) -> Snapshot:
        """Return the whole state."""
        return {
            "ask_ticks": self.ask_ticks,
            "bid_ticks": self.bid_ticks,
            "price_ticks": self.price_ticks,
            "recv_ns": self.recv_ns,
            "signed_lots": self.signed_lots,
            "time_ns": self.time_ns,
        }


def waiting_from(saved: Snapshot) -> WaitingTrade:
    """Return the trade that `WaitingTrade.snapshot` told of."""
    trade = WaitingTrade(
        read_int(saved, "recv_ns"),
        read_int(saved, "time_ns"),
        read_int(saved, "signed_lots"),
        read_int(saved, "price_ticks"),
    )
    trade.bid_ticks = read_int(saved, "bid_ticks")
    trade.ask_ticks = read_int(saved, "ask_ticks")
    return trade


class CostSums:
    """Sums over the last `width_ns` of what trades cost; empty, each is exactly 0."""

    def __init__(self, width_ns: int) -> None:
        self.width_ns: Final = width_ns
        self._times: list[int] = []
        self._values: list[int] = []  # four for each time
        self._head = 0
        self.effective_htl = 0
        self.realised_htl = 0
        self.impact_htl = 0
        self.base_htl = 0

    def add(
        self, time_ns: int, effective_htl: int, realised_htl: int, impact_htl: int, base_htl: int
    ) -> None:
        """Add the figures of one trade, known since `time_ns`."""
        self._times.append(time_ns)
        values = self._values
        values.append(effective_htl)
        values.append(realised_htl)
        values.append(impact_htl)
        values.append(base_htl)
        self.effective_htl += effective_htl
        self.realised_htl += realised_htl
        self.impact_htl += impact_htl
        self.base_htl += base_htl

    def count(self, now_ns: int) -> int:
        """Drop what is too old and return how many trades are held."""
        times = self._times
        values = self._values
        head = self._head
        size = len(times)
        edge = now_ns - self.width_ns
        while head < size and times[head] <= edge:
            at = 4 * head
            self.effective_htl -= values[at]
            self.realised_htl -= values[at + 1]
            self.impact_htl -= values[at + 2]
            self.base_htl -= values[at + 3]
            head += 1
        if head > _CUT and head + head > size:
            del times[:head]
            del values[: 4 * head]
            self._head = 0
        else:
            self._head = head
        return size - head

    def snapshot(self) -> Snapshot:
        """Return what is held."""
        return {"times": self._times[self._head :], "values": self._values[4 * self._head :]}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        times = read_ints(saved, "times")
        values = read_ints(saved, "values")
        self._times = []
        self._values = []
        self._head = 0
        self.effective_htl = 0
        self.realised_htl = 0
        self.impact_htl = 0
        self.base_htl = 0
        for index, time_ns in enumerate(times):
            at = 4 * index
            self.add(time_ns, values[at], values[at + 1], values[at + 2], values[at + 3])
