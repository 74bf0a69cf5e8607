"""The collector feed: order, ticks, bad lines and bad containers, without files."""

import gzip
import io
import zlib

import pytest

from tools.core.errors import InputError
from tools.core.events import FeedStatus, MarketEvent, Tick, Trade
from tools.live.feeds import CollectorFeed, Recording, open_collector
from tools.observer.decode import UnknownInstrument
from tools.observer.decode.binance import EXAMPLE_INSTRUMENTS, build

S = 1_000_000_000
T0 = 1_735_689_600 * S  # 2025-01-01T00:00:00Z
DAY = 86_400 * S


def payload(trade_id: int, symbol: str = "BTCUSDT") -> bytes:
    return (
        f'{{"e":"trade","E":1735689600130,"T":1735689600128,"s":"{symbol}","t":{trade_id},'
        f'"p":"65012.40","q":"0.012","X":"MARKET","m":false}}'
    ).encode()


def line(since_ns: int, trade_id: int) -> bytes:
    return str(T0 + since_ns).encode() + b" " + payload(trade_id) + b"\n"


def feed_of(*files: bytes, only: tuple[str, ...] = ()) -> CollectorFeed:
    recordings = [
        Recording(name=f"file{n}", size=len(data), opener=lambda data=data: io.BytesIO(data))
        for n, data in enumerate(files)
    ]
    return CollectorFeed(recordings, build({i.key: i for i in EXAMPLE_INSTRUMENTS}, only=only))


def short(event: MarketEvent) -> tuple[object, ...]:
    """Return what matters of an event: its kind, seconds since T0, and id or detail."""
    since = event.recv_ns - T0
    if isinstance(event, Tick):
        return ("tick", since // S) if since % S == 0 else ("odd tick", since)
    if isinstance(event, Trade):
        return ("trade", since, event.first_id)
    assert isinstance(event, FeedStatus)
    return (str(event.kind), since, event.detail, event.value)


def events(*files: bytes) -> list[tuple[object, ...]]:
    return [short(event) for event in feed_of(*files)]


def test_one_line() -> None:
    assert events(line(5, 1)) == [("trade", 5, 1)]


def test_a_tick_follows_all_events_of_its_second() -> None:
    data = line(S // 2, 1) + line(S, 2) + line(S, 3) + line(S + 1, 4) + line(3 * S + 7, 5)
    assert events(data) == [
        ("trade", S // 2, 1),
        ("trade", S, 2),
        ("trade", S, 3),
        ("tick", 1),
        ("trade", S + 1, 4),
        ("tick", 2),
        ("tick", 3),
        ("trade", 3 * S + 7, 5),
    ]


def test_ticks_are_the_whole_seconds_from_first_event_to_last() -> None:
    assert events(line(0, 1)) == [("trade", 0, 1), ("tick", 0)]
    assert events(line(0, 1) + line(2 * S, 2)) == [
        ("trade", 0, 1), ("tick", 0), ("tick", 1), ("trade", 2 * S, 2), ("tick", 2)]  # fmt: skip
    assert events(line(S - 1, 1) + line(S - 1, 2)) == [("trade", S - 1, 1), ("trade", S - 1, 2)]


@pytest.mark.parametrize("stamp", [T0 // 1_000, T0])
def test_microseconds_and_nanoseconds_by_magnitude(stamp: int) -> None:
    event = next(iter(feed_of(str(stamp).encode() + b" " + payload(1))))
    assert event.recv_ns == T0


def test_day_files_in_any_order() -> None:
    first = line(1, 1) + line(S + 1, 2)
    second = line(S + 2, 3) + line(2 * S + 1, 4)
    wanted = [("trade", 1, 1), ("tick", 1), ("trade", S + 1, 2), ("trade", S + 2, 3), ("tick", 2),
              ("trade", 2 * S + 1, 4)]  # fmt: skip
    assert events(first, second) == wanted
    assert events(second, first) == wanted


def test_parallel_files_are_merged_and_equal_times_go_by_order_of_files() -> None:
    one = line(1, 10) + line(5, 11) + line(5, 12) + line(9, 13)
    two = line(5, 20) + line(6, 21) + line(9, 22)
    assert [e[2] for e in events(one, two)] == [10, 11, 12, 20, 21, 13, 22]
    assert [e[2] for e in events(two, one)] == [10, 20, 11, 12, 21, 22, 13]


def test_merge_equals_sorting_whatever_the_split() -> None:
    """Oracle: a stable sort by (time, file, line), over blocks much larger than one read."""
    files, rows = [], []
    for rank in range(3):
        since, data = 0, b""
        for n in range(3_000):
            since += (n * n * (rank + 3)) % 7 * 1_000
            data += line(since, rank * 10_000 + n)
            rows.append((since, rank, n, rank * 10_000 + n))
        files.append(gzip.compress(data) if rank == 1 else data)
    got = [e[2] for e in events(*files) if e[0] == "trade"]
    assert got == [row[3] for row in sorted(rows)]


def test_a_line_that_goes_back_is_clamped_and_counted() -> None:
    feed = feed_of(line(5, 1) + line(3, 2) + line(4, 3) + line(6, 4))
    assert [short(e) for e in feed] == [("trade", 5, 1), ("trade", 5, 2), ("trade", 5, 3), ("trade", 6, 4)]
    assert feed.counts.backwards == 2


def test_a_jump_of_more_than_a_day_is_quarantined() -> None:
    data = line(1, 1) + line(400 * DAY, 2) + line(2, 3) + line(-2 * DAY, 4) + line(3, 5)
    assert events(data) == [
        ("trade", 1, 1),
        ("QUARANTINED", 1, "TIME_JUMP", 2),
        ("trade", 2, 3),
        ("QUARANTINED", 2, "TIME_JUMP", 4),
        ("trade", 3, 5),
    ]


def test_a_jump_that_the_next_line_confirms_is_believed() -> None:
    data = line(1, 1) + line(9 * DAY, 2) + line(9 * DAY + 1, 3)
    assert events(data) == [
        ("trade", 1, 1),
        ("QUARANTINED", 1, "TIME_JUMP", 2),
        ("DISCONNECTED", 1, "TIME_GAP", 0),
        ("CONNECTED", 9 * DAY + 1, "TIME_GAP", 0),
        ("trade", 9 * DAY + 1, 3),
    ]


def test_files_far_apart_have_a_disconnection_and_no_ticks_between() -> None:
    assert events(line(30 * DAY, 2) + line(30 * DAY + S + 1, 3), line(0, 1)) == [
        ("trade", 0, 1),
        ("tick", 0),
        ("DISCONNECTED", 0, "TIME_GAP", 0),
        ("CONNECTED", 30 * DAY, "TIME_GAP", 0),
        ("trade", 30 * DAY, 2),
        ("tick", 30 * 86_400),
        ("tick", 30 * 86_400 + 1),
        ("trade", 30 * DAY + S + 1, 3),
    ]


def test_exactly_a_day_apart_is_bridged_with_ticks() -> None:
    got = events(line(0, 1), line(DAY, 2))
    assert len(got) == 2 + 86_401
    assert got[-1] == ("tick", 86_400)


BAD_LINES = [
    (b"", "NO_TIMESTAMP"),
    (b"hello world", "NO_TIMESTAMP"),
    (b"-1735689600000000 {}", "NO_TIMESTAMP"),
    (b"1_735_689_600_000_000 {}", "NO_TIMESTAMP"),
    (b"9" * 5_000 + b" {}", "NO_TIMESTAMP"),
    (b"\x00\xff\x1f\x8b", "NO_TIMESTAMP"),
    (b"1 {}", "BAD_LOCAL_TIME"),
    (b"9999999999999999999 {}", "BAD_LOCAL_TIME"),
    (str(T0 + 1).encode(), "NOT_JSON"),
    (str(T0 + 1).encode() + b" {}", "UNKNOWN_SHAPE"),
    (str(T0 + 1).encode() + b" " + b"[" * 100_000, "TOO_DEEP"),
    (str(T0 + 1).encode() + b" " + payload(1)[:-3], "NOT_JSON"),
    (str(T0 + 1).encode() + b" " + b"x" * 3_000_000, "TOO_LONG"),
]


@pytest.mark.parametrize(("bad", "reason"), BAD_LINES, ids=lambda v: str(v)[:24])
def test_a_bad_line_costs_one_event_and_the_rest_is_kept(bad: bytes, reason: str) -> None:
    feed = feed_of(line(1, 1) + bad + b"\n" + line(2, 2))
    assert [short(e) for e in feed] == [("trade", 1, 1), ("QUARANTINED", 1, reason, 2), ("trade", 2, 2)]
    assert feed.counts.quarantined == {reason: 1}
    assert feed.counts.first_place == {reason: "file0, line 2"}
    assert feed.counts.lines == 3
    assert feed.problems == []


def test_bad_lines_before_the_first_good_one_get_its_time() -> None:
    assert events(b"junk\n" + line(7, 1)) == [("QUARANTINED", 7, "NO_TIMESTAMP", 1), ("trade", 7, 1)]


def test_a_file_without_any_time_is_counted_and_gives_no_event() -> None:
    feed = feed_of(b"junk\nmore junk\n", line(1, 1))
    assert [short(e) for e in feed] == [("trade", 1, 1)]
    assert feed.counts.quarantined == {"NO_TIMESTAMP": 2}


def test_torn_last_line() -> None:
    assert events(line(1, 1) + line(2, 2)[:-20]) == [("trade", 1, 1), ("QUARANTINED", 1, "TORN_LINE", 2)]
    assert events(line(1, 1) + line(2, 2)[:-1]) == [("trade", 1, 1), ("trade", 2, 2)]


def test_windows_line_ends() -> None:
    assert events(line(1, 1)[:-1] + b"\r\n" + line(2, 2)) == [("trade", 1, 1), ("trade", 2, 2)]


def test_empty_file() -> None:
    feed = feed_of(b"")
    assert list(feed) == []
    assert feed.next_batch() == []
    assert feed.notes == ["file0: is empty"]
    assert feed.problems == []


def test_no_file_at_all() -> None:
    assert list(feed_of()) == []


def many(count: int) -> bytes:
    return b"".join(line(n * 1_000, n) for n in range(count))


@pytest.mark.parametrize("name", ["plain", "gzip"])
def test_gzip_is_told_by_its_first_bytes(name: str) -> None:
    data = many(5_000)
    feed = feed_of(gzip.compress(data) if name == "gzip" else data)
    assert [e.first_id for e in feed if isinstance(e, Trade)] == list(range(5_000))
    assert feed.bytes_read == feed.bytes_total


def test_members_of_a_gzip_follow_each_other_padding_allowed() -> None:
    data = gzip.compress(line(1, 1)) + gzip.compress(line(2, 2)) + b"\0" * 100
    feed = feed_of(data)
    assert [short(e) for e in feed] == [("trade", 1, 1), ("trade", 2, 2)]
    assert feed.problems == []


@pytest.mark.parametrize("padding", [65_536 - 30, 200_000])
def test_members_split_by_long_padding(padding: int) -> None:
    feed = feed_of(gzip.compress(line(1, 1)) + b"\0" * padding + gzip.compress(line(2, 2)))
    assert [short(e) for e in feed] == [("trade", 1, 1), ("trade", 2, 2)]
    assert feed.problems == []


def test_well_compressed_gzip_gives_every_line() -> None:
    data = line(1, 1) * 40_000
    feed = feed_of(gzip.compress(data))
    assert sum(isinstance(e, Trade) for e in feed) == 40_000
    assert feed.problems == []


def test_gzip_cut_off() -> None:
    whole = gzip.compress(many(3_000))
    feed = feed_of(whole[: len(whole) // 2])
    got = list(feed)
    trades = [e.first_id for e in got if isinstance(e, Trade)]
    assert 0 < len(trades) < 3_000
    assert trades == list(range(len(trades)))
    assert short(got[-1])[2] == "TORN_LINE"
    assert feed.problems == ["file0: is a gzip that was cut off; what came before was read"]


def test_gzip_cut_off_in_its_check_sum_keeps_every_line() -> None:
    feed = feed_of(gzip.compress(many(300))[:-4])
    assert sum(isinstance(e, Trade) for e in feed) == 300
    assert "cut off" in feed.problems[0]


def test_gzip_damaged() -> None:
    whole = bytearray(gzip.compress(many(3_000)))
    whole[-6] ^= 0xFF  # the check sum
    feed = feed_of(bytes(whole), line(4 * S, 9_999))
    trades = [e.first_id for e in feed if isinstance(e, Trade)]
    assert trades[-1] == 9_999
    assert len(trades) > 2_000
    assert feed.problems == ["file0: is a damaged gzip; what comes after the damage was not read"]


def test_every_cut_of_a_small_gzip_ends_without_an_exception() -> None:
    whole = gzip.compress(line(1, 1) + line(2, 2))
    for end in range(len(whole)):
        feed = feed_of(whole[:end])
        assert sum(isinstance(e, Trade) for e in feed) <= 2
        assert feed.problems or end <= 1


def test_other_data_after_a_gzip() -> None:
    feed = feed_of(gzip.compress(line(1, 1)) + b"tail")
    assert [short(e) for e in feed] == [("trade", 1, 1)]
    assert feed.problems == ["file0: has other data after the end of the gzip"]


@pytest.mark.parametrize(("magic", "name"), [(b"\x28\xb5\x2f\xfd", "zstd"), (b"\xfd7zXZ\x00", "xz"),
                                             (b"PK\x03\x04", "zip"), (b"BZh", "bzip2")])  # fmt: skip
def test_other_containers_are_named(magic: bytes, name: str) -> None:
    feed = feed_of(magic + zlib.compress(b"whatever"))
    assert list(feed) == []
    assert feed.problems == [f"file0: is a {name} file; unpack it first"]


def test_a_table_is_named_and_not_asked_to_be_unpacked() -> None:
    feed = feed_of(b"PAR1" + zlib.compress(b"whatever"))
    assert list(feed) == []
    assert feed.problems == ["file0: is a parquet file, and no recording of messages"]


def test_unknown_instrument_says_where() -> None:
    with pytest.raises(UnknownInstrument, match=r"^binance-usdm\.SOLUSDT: .*file0, line 2"):
        list(feed_of(line(1, 1) + str(T0 + 2).encode() + b" " + payload(1, "SOLUSDT") + b"\n"))


def test_filter_counts_what_it_drops_and_gives_no_event_for_it() -> None:
    feed = feed_of(line(1, 1) + line(2, 2), only=("NEXOUSDT",))
    assert list(feed) == []
    assert feed.counts.filtered == 2


def test_counts_close() -> None:
    mark = str(T0 + 9).encode() + b' {"e":"markPriceUpdate","s":"BTCUSDT"}\n'
    feed = feed_of(line(1, 1) + b"bad\n" + mark + line(S, 2) + line(3, 3))
    list(feed)
    counts = feed.counts
    total = sum(counts.kinds.values()) + sum(counts.ignored.values()) + sum(counts.quarantined.values())
    assert counts.lines == total + counts.filtered == 5
    assert counts.to_dict() == {
        "backwards": 1,
        "filtered": 0,
        "first_place": {"NO_TIMESTAMP": "file0, line 2"},
        "ignored": {"MARK_PRICE": 1},
        "kinds": {"Trade": 3},
        "lines": 5,
        "quarantined": {"NO_TIMESTAMP": 1},
    }


def test_batches_hold_the_same_events_as_iteration() -> None:
    data = many(4_000)
    batches: list[MarketEvent] = []
    feed = feed_of(data)
    while batch := feed.next_batch():
        batches.extend(batch)
    assert batches == list(feed_of(data))


def test_missing_file_is_named() -> None:
    with pytest.raises(InputError, match=r"no/such/file\.gz: no such file"):
        open_collector(["no/such/file.gz"], {})
