"""Recordings in the collector format, merged into one stream of events with ticks.

A line is ``<local time> <message>``, the time in microseconds or nanoseconds by its
magnitude. Files may be given in any order; events are ordered by ``(receive time, order
on the command line, line)``, which serves day files that follow each other and files
recorded side by side alike.

Time
    Within a file time never goes back: a line up to a day older than the line before it
    is stamped with the newest time seen, and counted. A line more than a day away, in
    either direction, is quarantined (``TIME_JUMP``); two lines in a row that agree on a
    jump ahead are believed from the second on.
Ticks
    One `Tick` for each whole second from the first event to the last, after all events
    up to and including that second. Where more than a day passes between two events there
    are no ticks, but ``DISCONNECTED`` at the older and ``CONNECTED`` at the newer.
Bad lines
    Each becomes a ``QUARANTINED`` event at the last good time of its file (before the
    first good line, at the first time that the file gives), with the line number in
    `value`. In a file without any readable time bad lines are only counted.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tools.core.events import FeedKind, FeedStatus, MarketEvent, Tick
from tools.core.instrument import Instrument
from tools.core.units import NS_PER_S
from tools.live.feeds.source import MAX_JUMP_NS, FeedCounts, Recording, Source, recording
from tools.observer.decode import Decoder, binance

TIME_GAP: Final = "TIME_GAP"
"""Detail of the ``DISCONNECTED`` and ``CONNECTED`` at a hole of more than a day."""

_LINE_OVERHEAD: Final = 64
_NEVER: Final = 1 << 63


class CollectorFeed:
    """Events of one or more recordings, in order of receive time, with ticks.

    Iterate over it for single events, or call `next_batch` for lists of some thousand.

    Parameters
    ----------
    recordings
        Inputs; their order decides between events of the same receive time.
    decoder
        Turns a message into an event.
    max_message_bytes
        Longest message, as the decoder was configured.
    levels
        Hand out books fetched by REST as `Depth` snapshots; the decoder must read levels.
    """

    def __init__(
        self,
        recordings: Sequence[Recording],
        decoder: Decoder,
        max_message_bytes: int = 1_048_576,
        levels: bool = False,
    ) -> None:
        max_line = max_message_bytes + _LINE_OVERHEAD
        self.counts: Final = FeedCounts()
        self.bytes_total: Final = sum(source.size for source in recordings)
        self.problems: list[str] = []
        """Containers that were cut off, damaged or of another format: exit 3 at the end."""
        self.notes: list[str] = []
        """What is no error but should be told, such as an empty file."""
        self._sources: Final = [
            Source(rank, source, decoder, self.counts, max_line, levels)
            for rank, source in enumerate(recordings)
        ]
        self._waiting = list(self._sources)
        self._last_ns = -1
        self._tick_ns = _NEVER
        self._ended = False

    @property
    def bytes_read(self) -> int:
        """Bytes of the inputs that have been read so far (of `bytes_total`)."""
        return sum(source.reader.bytes_read for source in self._sources if source.lines)

    def __iter__(self) -> Iterator[MarketEvent]:
        while batch := self.next_batch():
            yield from batch

    def next_batch(self) -> list[MarketEvent]:
        """Return the next events, at least one; an empty list when there are no more."""
        while self._waiting:
            run = self._next_run()
            if run:
                return self._with_ticks(run)
        if not self._ended:
            self._ended = True
            if self._tick_ns <= self._last_ns:
                return [Tick(self._tick_ns)]
        return []

    def _next_run(self) -> list[MarketEvent]:
        """Return events of the file whose turn it is, up to where another file's turn comes."""
        waiting = self._waiting
        source = waiting[0]
        bound_ns = _NEVER
        if len(waiting) > 1:
            source, other = sorted(waiting, key=_order)[:2]
            bound_ns = other.head_ns + (1 if source.rank < other.rank else 0)
        if source.pos >= len(source.events):
            if not source.fill():
                self._finish(source)
            elif source.head_ns >= bound_ns:
                return []
        events = source.events
        first = source.pos
        count = len(events)
        if not count:
            return []
        if events[-1].recv_ns < bound_ns:
            source.pos = count
            if not source.fill():
                self._finish(source)
            return events if first == 0 else events[first:]
        end = first
        while events[end].recv_ns < bound_ns:
            end += 1
        source.pos = end
        source.head_ns = events[end].recv_ns
        return events[first:end]

    def _finish(self, source: Source) -> None:
        self._waiting.remove(source)
        if source.reader.problem:
            self.problems.append(f"{source.name}: {source.reader.problem}")
        elif not source.lines:
            self.notes.append(f"{source.name}: is empty")
        elif source.bad == source.lines:
            self.problems.append(f"{source.name}: holds no line of a recording that can be used")

    def _with_ticks(self, run: list[MarketEvent]) -> list[MarketEvent]:
        if run[-1].recv_ns <= self._tick_ns and self._tick_ns != _NEVER:
            self._last_ns = run[-1].recv_ns
            return run
        out: list[MarketEvent] = []
        append = out.append
        tick_ns = self._tick_ns
        last_ns = self._last_ns
        for event in run:
            recv_ns = event.recv_ns
            if recv_ns > tick_ns:
                if recv_ns - last_ns > MAX_JUMP_NS:
                    if tick_ns <= last_ns:
                        append(Tick(tick_ns))
                    append(FeedStatus("", last_ns, FeedKind.DISCONNECTED, TIME_GAP))
                    append(FeedStatus("", recv_ns, FeedKind.CONNECTED, TIME_GAP))
                    tick_ns = _whole_second(recv_ns)
                while tick_ns < recv_ns:
                    append(Tick(tick_ns))
                    tick_ns += NS_PER_S
            elif tick_ns == _NEVER:
                tick_ns = _whole_second(recv_ns)
            append(event)
            last_ns = recv_ns
        self._tick_ns = tick_ns
        self._last_ns = last_ns
        return out


def _order(source: Source) -> tuple[int, int]:
    return source.head_ns, source.rank


def _whole_second(time_ns: int) -> int:
    """Return the first whole second at or after `time_ns`."""
    return -(-time_ns // NS_PER_S) * NS_PER_S


def open_collector(
    paths: str | Path | Sequence[str | Path],
    instruments: dict[str, Instrument],
    config: binance.Config | None = None,
    only: tuple[str, ...] = (),
    levels: bool = False,
) -> CollectorFeed:
    """Return the feed of recorded files; raise `InputError` naming a path that cannot be read.

    Parameters
    ----------
    paths
        One collector file or several, plain or gzip, in any order.
    instruments
        By key, as `tools.live.config.load_instruments` returns them.
    config
        Bounds of the decoder.
    only
        Symbols or keys to keep; empty for all.
    levels
        Read the levels of depth messages, for an order book. A book fetched by REST names
        no instrument; it is taken for that of its file where the file's first lines are
        about one instrument only, and counted as ``SNAPSHOT`` otherwise.
    """
    settings = config if config is not None else binance.Config()
    recordings = [recording(path) for path in ([paths] if isinstance(paths, (str, Path)) else paths)]
    decoder = binance.build(instruments, settings, only, levels)
    return CollectorFeed(recordings, decoder, settings.max_message_bytes, levels)
