"""One recording as events: its lines decoded block by block, its times never going back."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from tools.core.errors import InputError
from tools.core.events import Depth, FeedKind, FeedStatus, MarketEvent, Quote, Trade
from tools.core.units import NS_PER_MS, NS_PER_S, NS_PER_US
from tools.live.feeds.lines import LineReader, open_input
from tools.observer.decode import Decoder, IgnoredDetail, QuarantineReason, UnknownInstrument
from tools.observer.decode.decoder import MAX_TIME_MS, MIN_TIME_MS

MAX_JUMP_NS: Final = 86_400 * NS_PER_S
"""Two lines of a file that are further apart than this do not follow each other."""

_SUDDEN_NS: Final = 10 * NS_PER_S
"""A line this far ahead of the one before is held against the one after."""

_US_BELOW: Final = 10**17
_MIN_NS: Final = MIN_TIME_MS * NS_PER_MS
_MAX_NS: Final = MAX_TIME_MS * NS_PER_MS
_MAX_STAMP_DIGITS: Final = 19


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One input: its name for messages, its size for progress, and how to open it."""

    name: str
    size: int
    opener: Callable[[], BinaryIO]


def recording(path: str | Path) -> Recording:
    """Return a file as a `Recording`; raise `InputError` naming the path if it cannot be read."""
    with open_input(path) as stream:
        size = stream.seek(0, 2)
    return Recording(name=Path(path).name, size=size, opener=lambda: open_input(path))


class FeedCounts:
    """What a feed has read so far; it closes: lines = events by kind + filtered + quarantined."""

    def __init__(self) -> None:
        self.lines = 0
        self.backwards = 0  # lines stamped with the newest time because theirs was older
        self.filtered = 0
        self.kinds: Counter[str] = Counter()  # Quote, Trade, Depth
        self.ignored: Counter[str] = Counter()  # by IgnoredDetail
        self.quarantined: Counter[str] = Counter()  # by QuarantineReason
        self.first_place: dict[str, str] = {}  # of each reason: "file, line 12"

    def to_dict(self) -> dict[str, object]:
        """Return all counts, keys sorted."""
        return {
            "backwards": self.backwards,
            "filtered": self.filtered,
            "first_place": dict(sorted(self.first_place.items())),
            "ignored": dict(sorted(self.ignored.items())),
            "kinds": dict(sorted(self.kinds.items())),
            "lines": self.lines,
            "quarantined": dict(sorted(self.quarantined.items())),
        }


class Source:
    """One recording being read.

    `events` are the decoded events of the current block from `pos` on; `head_ns` is the
    receive time of the next one (before the first block, of the first readable line).
    """

    def __init__(
        self,
        rank: int,
        source: Recording,
        decoder: Decoder,
        counts: FeedCounts,
        max_line: int,
        levels: bool = False,
    ) -> None:
        self.rank: Final = rank
        self.name: Final = source.name
        self.reader: Final = LineReader(source.opener, max_line)
        self.lines = 0
        self.bad = 0  # lines that could not be used
        self.events: list[MarketEvent] = []
        self.pos = 0
        self._decoder: Final = decoder
        self._decode: Final = self._with_snapshots if levels else decoder.decode
        self._counts: Final = counts
        self._blocks: Iterator[list[bytes]] | None = None
        self._jump_line = 0
        self._jump_ns = 0
        self._clock_ns = self._first_ns()
        self.head_ns = self._clock_ns if self._clock_ns >= 0 else 0
        self._only_key: Final = self._sole_instrument() if levels else ""

    def _first_ns(self) -> int:
        """Return the first readable time of the file, -1 if there is none."""
        for lines in self.reader.blocks():
            for line in lines:
                try:
                    return stamp_ns(line.partition(b" ")[0])
                except InputError:
                    pass
        return -1

    def _sole_instrument(self) -> str:
        """Return the one instrument that the first lines of the file are about, or an empty text."""
        keys: set[str] = set()
        for line in next(self.reader.blocks(), []):
            try:
                event = self._decoder.decode(line.partition(b" ")[2], 0)
            except (InputError, UnknownInstrument):
                continue
            if isinstance(event, (Quote, Trade, Depth)):
                keys.add(event.symbol)
            elif isinstance(event, FeedStatus) and event.detail == IgnoredDetail.FILTERED:
                keys.add("")
        return keys.pop() if len(keys) == 1 else ""

    def _with_snapshots(self, payload: bytes, recv_ns: int) -> MarketEvent:
        """Decode a message; a book by REST is that of the file's one instrument, if it has one."""
        event = self._decoder.decode(payload, recv_ns)
        if self._only_key and isinstance(event, FeedStatus) and event.detail == IgnoredDetail.SNAPSHOT:
            return self._decoder.decode_snapshot(payload, recv_ns, self._only_key)
        return event

    def fill(self) -> bool:
        """Decode on until there is an event to hand out; False at the end of the file."""
        if self._blocks is None:
            self._blocks = self.reader.blocks()
        self.pos = 0
        for lines in self._blocks:
            self.events = self._decoded(lines)
            if self.events:
                self.head_ns = self.events[0].recv_ns
                return True
        self.events = []
        return False

    def _decoded(self, lines: list[bytes]) -> list[MarketEvent]:
        decode = self._decode
        events: list[MarketEvent] = []
        append = events.append
        clock_ns = self._clock_ns
        latest_ns = clock_ns + MAX_JUMP_NS
        number = self.lines
        for index, line in enumerate(lines):
            number += 1
            stamp, _, payload = line.partition(b" ")
            try:
                recv_ns = stamp_ns(stamp)
                if not clock_ns <= recv_ns <= latest_ns:
                    recv_ns = self._odd_time(recv_ns, clock_ns, number)
                elif recv_ns - clock_ns > _SUDDEN_NS and clock_ns >= 0:
                    self._confirm(recv_ns, clock_ns, lines[index + 1 : index + 2])
                append(decode(payload, recv_ns))
                clock_ns = recv_ns
                latest_ns = recv_ns + MAX_JUMP_NS
            except InputError as error:
                reason = str(error)
                if self.reader.torn:
                    reason = QuarantineReason.TORN_LINE.value
                self._quarantine(reason, number)
                if clock_ns >= 0:
                    append(FeedStatus("", clock_ns, FeedKind.QUARANTINED, reason, number))
            except UnknownInstrument as error:
                raise UnknownInstrument(f"{error} (seen in {self.name}, line {number})") from None
        self._clock_ns = clock_ns
        self._counts.lines += len(lines)
        self.lines = number
        return self._counted(events)

    def _confirm(self, recv_ns: int, clock_ns: int, after: list[bytes]) -> None:
        """Refuse a time far ahead if the line after it goes back to where the clock was.

        One bad stamp would otherwise move every later line of the file to its own time.
        """
        for line in after:
            try:
                next_ns = stamp_ns(line.partition(b" ")[0])
            except InputError:
                return
            if clock_ns <= next_ns < recv_ns:
                raise InputError(QuarantineReason.TIME_JUMP)

    def _odd_time(self, recv_ns: int, clock_ns: int, number: int) -> int:
        """Return the time to use for a line whose own time does not follow; refuse a jump."""
        if recv_ns < clock_ns:
            if clock_ns - recv_ns > MAX_JUMP_NS:
                raise InputError(QuarantineReason.TIME_JUMP)
            self._counts.backwards += 1
            return clock_ns
        agrees = self._jump_line == number - 1 and 0 <= recv_ns - self._jump_ns <= MAX_JUMP_NS
        if not agrees:
            self._jump_line = number
            self._jump_ns = recv_ns
            raise InputError(QuarantineReason.TIME_JUMP)
        return recv_ns

    def _quarantine(self, reason: str, number: int) -> None:
        counts = self._counts
        self.bad += 1
        counts.quarantined[reason] += 1
        if reason not in counts.first_place:
            counts.first_place[reason] = f"{self.name}, line {number}"

    def _counted(self, events: list[MarketEvent]) -> list[MarketEvent]:
        """Count `events` by kind and leave out those of instruments not asked for."""
        counts = self._counts
        kinds = Counter(map(type, events))
        statuses = kinds.pop(FeedStatus, 0)
        for kind, count in kinds.items():
            counts.kinds[kind.__name__] += count
        if not statuses:
            return events
        kept: list[MarketEvent] = []
        for event in events:
            if type(event) is FeedStatus and event.kind is FeedKind.IGNORED:
                if event.detail == IgnoredDetail.FILTERED:
                    counts.filtered += 1
                    continue
                counts.ignored[str(event.detail)] += 1
            kept.append(event)
        return kept


def stamp_ns(stamp: bytes) -> int:
    """Return a local time as nanoseconds: microseconds below 1e17, nanoseconds from there.

    Raises
    ------
    InputError
        ``NO_TIMESTAMP`` if it is not up to 19 digits, ``BAD_LOCAL_TIME`` outside 2010 .. 2100.
    """
    if not stamp.isdigit() or len(stamp) > _MAX_STAMP_DIGITS:
        raise InputError(QuarantineReason.NO_TIMESTAMP)
    value = int(stamp)
    if value < _US_BELOW:
        value *= NS_PER_US
    if not _MIN_NS <= value < _MAX_NS:
        raise InputError(QuarantineReason.BAD_LOCAL_TIME)
    return value
