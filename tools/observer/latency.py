"""Feed latency without a synchronised clock.

The one-way delay ``recv - exch`` holds the true delay, the offset of the two clocks and
its drift. Per stream a floor follows the smallest value seen and is allowed to rise by
`rho_ppm`; what a message exceeds the floor by is its *excess*, which is never negative,
whatever the offset.

The newest excess is known at once. The quantiles describe the link rather than single
messages: of each stream they take the *smallest* excess in every slot of 100 ms. A burst of
prints that one match produced queues behind itself and shows its size, not the state of the
link; a link that is behind delays even the quickest of a slot (CoDel's argument, RFC 8289).
"""

from dataclasses import dataclass
from typing import Final

from tools.core.errors import ConfigError
from tools.core.snapshots import Snapshot, read_bool, read_int, read_ints, read_opt, read_part, read_parts
from tools.core.units import NS_PER_MS, NS_PER_S, PPM
from tools.observer.windows import MaxWindow, SortedWindow

P50: Final = 500_000
P95: Final = 950_000
P99: Final = 990_000

TRADE: Final = 0
QUOTE: Final = 1
DEPTH: Final = 2
_STREAMS: Final = 3
_ODD_DROP_NS: Final = NS_PER_S // 2  # a floor falls by more only if two messages in a row say so
_MINUTE_NS: Final = 60 * NS_PER_S
_RECENT_NS: Final = 10 * _MINUTE_NS


@dataclass(frozen=True, kw_only=True)
class LatencyConfig:
    """How excess latency is measured.

    Parameters
    ----------
    rho_ppm
        How fast a floor may rise; clocks drift by some tens of ppm.
    window_ns, slot_ns
        Stretch of the quantiles, and of the slots whose smallest excess they take.
    jump_ns
        A message quicker than every one of the last ten minutes by more than this is a
        clock step: the floor itself will not do, since it rises while a link is slow.
    settle_ns
        How long after its first message a stream is still finding its floor.
    """

    rho_ppm: int = 200
    window_ns: int = 10 * NS_PER_S
    slot_ns: int = 100 * NS_PER_MS
    jump_ns: int = 5 * NS_PER_MS
    settle_ns: int = 10 * NS_PER_S

    def __post_init__(self) -> None:
        if not 0 < self.rho_ppm < PPM:
            raise ConfigError(f"latency.rho_ppm must be within 1..{PPM - 1}")
        if self.slot_ns <= 0 or self.window_ns < self.slot_ns or self.window_ns % self.slot_ns:
            raise ConfigError("latency.window_ns must be a whole number of latency.slot_ns")
        if self.jump_ns <= 0 or self.settle_ns < 0:
            raise ConfigError("latency.jump_ns must be positive and latency.settle_ns not negative")


class LatencyStream:
    """Floor and newest excess of one stream."""

    def __init__(self) -> None:
        self.seen = False
        self.first_ns = 0
        self.last_ns = 0
        self.floor_ns = 0
        self.excess_ns = 0
        self.slot_min_ns: int | None = None
        self.odd_ns: int | None = None  # raw delay of a message far quicker than any before
        # Smallest raw delay of the running minute, and of each of the minutes before it.
        self.minute_end_ns = 0
        self.minute_min_ns = 0
        self.minute_mins_ns: list[int] = []
        self.minute_ends_ns: list[int] = []

    def witnessed(self, raw_ns: int) -> bool:
        """Return True if the odd message before was about as quick as this one."""
        odd_ns, self.odd_ns = self.odd_ns, raw_ns
        return odd_ns is not None and abs(raw_ns - odd_ns) < _ODD_DROP_NS

    def open_minute(self, now_ns: int, raw_ns: int) -> None:
        """Close the running minute and start the one that holds `now_ns`."""
        if self.minute_end_ns > 0:
            self.minute_ends_ns.append(self.minute_end_ns)
            self.minute_mins_ns.append(self.minute_min_ns)
        while self.minute_ends_ns and self.minute_ends_ns[0] <= now_ns - _RECENT_NS:
            del self.minute_ends_ns[0]
            del self.minute_mins_ns[0]
        self.minute_end_ns = now_ns + _MINUTE_NS
        self.minute_min_ns = raw_ns

    def quickest_ns(self, now_ns: int) -> int | None:
        """Return the smallest raw delay of the last ten minutes; None if they were silent."""
        if self.minute_end_ns <= now_ns - _RECENT_NS:
            return None
        quickest_ns = self.minute_min_ns
        for smallest_ns in self.minute_mins_ns:
            if smallest_ns < quickest_ns:
                quickest_ns = smallest_ns
        return quickest_ns

    def snapshot(self) -> Snapshot:
        """Return the whole state."""
        return {
            "excess_ns": self.excess_ns,
            "first_ns": self.first_ns,
            "floor_ns": self.floor_ns,
            "last_ns": self.last_ns,
            "odd_ns": self.odd_ns,
            "minute_end_ns": self.minute_end_ns,
            "minute_ends_ns": list(self.minute_ends_ns),
            "minute_min_ns": self.minute_min_ns,
            "minute_mins_ns": list(self.minute_mins_ns),
            "seen": self.seen,
            "slot_min_ns": self.slot_min_ns,
        }

    def restore(self, state: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.excess_ns = read_int(state, "excess_ns")
        self.first_ns = read_int(state, "first_ns")
        self.floor_ns = read_int(state, "floor_ns")
        self.last_ns = read_int(state, "last_ns")
        self.odd_ns = read_opt(state, "odd_ns")
        self.minute_end_ns = read_int(state, "minute_end_ns")
        self.minute_ends_ns = read_ints(state, "minute_ends_ns")
        self.minute_min_ns = read_int(state, "minute_min_ns")
        self.minute_mins_ns = read_ints(state, "minute_mins_ns")
        self.seen = read_bool(state, "seen")
        self.slot_min_ns = read_opt(state, "slot_min_ns")


class Latency:
    """Excess latency of the streams of one instrument."""

    def __init__(self, config: LatencyConfig) -> None:
        self.config: Final = config
        self.streams: list[LatencyStream] = []
        for _ in range(_STREAMS):
            self.streams.append(LatencyStream())
        self.seen = False
        self.jumps = 0
        self.last_ns = 0
        self.last_excess_ns = 0
        self._rho_ppm: Final = config.rho_ppm
        self._jump_ns: Final = config.jump_ns
        self._window_ns: Final = config.window_ns
        self._slot_ns: Final = config.slot_ns
        self._jump_sizes = MaxWindow(config.window_ns)
        # Slots are numbered from the first message; the window counts in slots.
        self._slots = SortedWindow(config.window_ns // config.slot_ns)
        self._slot = 0
        self._slot_end_ns = 0  # first instant of the next slot
        self._p95_ns: int | None = None

    def observe(self, stream: int, now_ns: int, exch_ns: int) -> None:
        """Take in one message of `stream` (`TRADE`, `QUOTE`, `DEPTH`) with exchange time."""
        if now_ns >= self._slot_end_ns:
            self._roll(now_ns)
        state = self.streams[stream]
        raw_ns = now_ns - exch_ns
        if state.seen:
            floor_ns = state.floor_ns + (now_ns - state.last_ns) * self._rho_ppm // PPM
            if raw_ns < floor_ns - _ODD_DROP_NS and not state.witnessed(raw_ns):
                raw_ns = floor_ns  # a time from the future, unless the next message agrees
            elif raw_ns < floor_ns:
                self._quicker(state, now_ns, raw_ns)
                floor_ns = raw_ns
            if now_ns >= state.minute_end_ns:
                state.open_minute(now_ns, raw_ns)
            elif raw_ns < state.minute_min_ns:
                state.minute_min_ns = raw_ns
        else:
            state.seen = True
            state.first_ns = now_ns
            state.open_minute(now_ns, raw_ns)
            floor_ns = raw_ns
        excess_ns = raw_ns - floor_ns
        state.floor_ns = floor_ns
        state.last_ns = now_ns
        state.excess_ns = excess_ns
        self.last_ns = now_ns
        self.last_excess_ns = excess_ns
        smallest = state.slot_min_ns
        if smallest is None or excess_ns < smallest:
            state.slot_min_ns = excess_ns

    def _quicker(self, state: LatencyStream, now_ns: int, raw_ns: int) -> None:
        """Note a clock step if no recent message explains how quick this one was."""
        quickest_ns = state.quickest_ns(now_ns)
        drop_ns = 0 if quickest_ns is None else quickest_ns - raw_ns
        if drop_ns > self._jump_ns and now_ns - state.first_ns >= self.config.settle_ns:
            self.jumps += 1
            self._jump_sizes.add(now_ns, drop_ns)

    def known(self, now_ns: int, hold_ns: int) -> bool:
        """Return whether a stamped message came within the window, or within `hold_ns` if longer.

        On a thin link silence is usual; the age of the link watches over it.
        """
        longest_ns = self._window_ns if self._window_ns > hold_ns else hold_ns
        return self.seen and now_ns - self.last_ns < longest_ns

    def excess_ns(self, now_ns: int, hold_ns: int = 0) -> int | None:
        """Return the largest newest excess of the streams heard within the window.

        If none was, the newest excess of all while `known` holds, then None.
        """
        edge = now_ns - self._window_ns
        worst = -1
        for state in self.streams:
            if state.excess_ns > worst and state.seen and state.last_ns > edge:
                worst = state.excess_ns
        if worst >= 0:
            return worst
        return self.last_excess_ns if self.known(now_ns, hold_ns) else None

    def p95_ns(self, now_ns: int, hold_ns: int = 0) -> int | None:
        """Return the 95 % quantile over the complete slots of the window.

        The last one that was known stands while `known` holds; None before the first
        complete slot and after that.
        """
        if now_ns >= self._slot_end_ns and self.seen:
            self._roll(now_ns)
        return self._p95_ns if self.known(now_ns, hold_ns) else None

    def quantile_ns(self, now_ns: int, quantile_ppm: int) -> int | None:
        """Return any quantile over the complete slots of the window; None if there are none."""
        if now_ns >= self._slot_end_ns and self.seen:
            self._roll(now_ns)
        return self._slots.quantile(self._slot - 1, quantile_ppm)

    def floor_ns(self) -> int | None:
        """Return the floor of the first stream that has one: the clocks' offset and the least delay."""
        for state in self.streams:
            if state.seen:
                return state.floor_ns
        return None

    def jump_ns(self, now_ns: int) -> int:
        """Return the largest clock step within the window, or 0."""
        return self._jump_sizes.largest(now_ns)

    def _roll(self, now_ns: int) -> None:
        if not self.seen:
            self.seen = True
            self._slot_end_ns = now_ns + self._slot_ns
            return
        for state in self.streams:
            if state.slot_min_ns is not None:
                self._slots.add(self._slot, state.slot_min_ns)
                state.slot_min_ns = None
        steps = (now_ns - self._slot_end_ns) // self._slot_ns + 1
        self._slot += steps
        self._slot_end_ns += steps * self._slot_ns
        p95_ns = self._slots.quantile(self._slot - 1, P95)
        if p95_ns is not None:
            self._p95_ns = p95_ns

    def snapshot(self) -> Snapshot:
        """Return the whole state."""
        streams: list[object] = []
        for state in self.streams:
            streams.append(state.snapshot())
        return {
            "jump_sizes": self._jump_sizes.snapshot(),
            "jumps": self.jumps,
            "last_excess_ns": self.last_excess_ns,
            "last_ns": self.last_ns,
            "p95_ns": self._p95_ns,
            "seen": self.seen,
            "slot": self._slot,
            "slot_end_ns": self._slot_end_ns,
            "slots": self._slots.snapshot(),
            "streams": streams,
        }

    def restore(self, state: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._jump_sizes.restore(read_part(state, "jump_sizes"))
        self.jumps = read_int(state, "jumps")
        self.last_excess_ns = read_int(state, "last_excess_ns")
        self.last_ns = read_int(state, "last_ns")
        self._p95_ns = read_opt(state, "p95_ns")
        self.seen = read_bool(state, "seen")
        self._slot = read_int(state, "slot")
        self._slot_end_ns = read_int(state, "slot_end_ns")
        self._slots.restore(read_part(state, "slots"))
        for index, part in enumerate(read_parts(state, "streams")):
            self.streams[index].restore(part)
