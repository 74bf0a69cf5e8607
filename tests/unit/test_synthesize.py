"""The made-up recording: same seed, same bytes; each scene is where its table says."""

import argparse
import hashlib
import io
import json
from itertools import pairwise

import pytest

from tools.core.errors import UsageError
from tools.core.events import Market, MarketEvent, Quote, Tick, Trade
from tools.lab.synthesize import SCENES, START_NS, add_arguments, run, scenes_of, synthesize
from tools.live.config import read_instruments
from tools.live.feeds import CollectorFeed, Recording
from tools.observer.decode.binance import build

S = 1_000_000_000
AT = {scene.name: scene for scene in SCENES}


def events_of(profile: str, minutes: int = 12, seed: int = 42) -> list[MarketEvent]:
    data = b"".join(synthesize(seed, minutes, profile))
    feed = CollectorFeed(
        [Recording(name="made", size=len(data), opener=lambda: io.BytesIO(data))], build(read_instruments())
    )
    events = list(feed)
    assert feed.counts.quarantined == {}
    assert feed.counts.backwards == 0
    return events


@pytest.fixture(scope="module")
def major() -> list[MarketEvent]:
    return events_of("major")


@pytest.fixture(scope="module")
def minor() -> list[MarketEvent]:
    return events_of("minor")


def within(events: list[MarketEvent], from_s: int, to_s: int) -> list[MarketEvent]:
    return [e for e in events if START_NS + from_s * S <= e.recv_ns < START_NS + to_s * S]


def trades(events: list[MarketEvent]) -> list[Trade]:
    return [e for e in events if isinstance(e, Trade)]


def test_same_seed_same_bytes_and_another_seed_others() -> None:
    one = b"".join(synthesize(7, 1))
    assert one == b"".join(synthesize(7, 1))
    assert one != b"".join(synthesize(8, 1))


def test_bytes_are_the_same_on_every_machine() -> None:
    """A digest as it was written once; the one figure here that comes from the program itself."""
    data = b"".join(synthesize(42, 1, "minor")) + b"".join(synthesize(42, 1, "major"))
    assert hashlib.sha256(data).hexdigest() == (
        "ad27ab76923085ea135709a6d3e2972d46ce58f09cf2a4f817e7122b4b9f4319"
    )


@pytest.mark.parametrize("profile", ["major", "minor"])
def test_a_longer_recording_begins_with_the_shorter(profile: str) -> None:
    short = list(synthesize(3, 3, profile))
    longer = list(synthesize(3, 4, profile))
    assert longer[: len(short)] == short


def test_stamps_are_nanoseconds_for_major_and_microseconds_for_minor() -> None:
    first_major = next(iter(synthesize(1, 1, "major")))
    first_minor = next(iter(synthesize(1, 1, "minor")))
    assert len(first_major.split(b" ")[0]) == 19
    assert len(first_minor.split(b" ")[0]) == 16


def test_calm_rates(major: list[MarketEvent], minor: list[MarketEvent]) -> None:
    calm = [e for e in within(major, 0, 220) if not isinstance(e, Tick)]
    assert 10 * 220 <= len(calm) <= 25 * 220
    thin = [e for e in within(minor, 0, 220) if not isinstance(e, Tick)]
    assert 220 // 4 <= len(thin) <= 220


def test_calm_has_no_missing_ids_and_no_crossed_book(major: list[MarketEvent]) -> None:
    calm = within(major, 0, 220)
    ids = [t.first_id for t in trades(calm)]
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    assert all(q.bid_ticks < q.ask_ticks for q in calm if isinstance(q, Quote))
    assert max(t.recv_ns - (t.exch_ns or 0) for t in trades(calm)) < 100_000_000


def test_bad_print(major: list[MarketEvent], minor: list[MarketEvent]) -> None:
    odd = [t for t in trades(major) if t.market is Market.OTHER]
    assert len(odd) == 1
    assert odd[0] in within(major, AT["bad_print"].start_s, AT["bad_print"].start_s + 2)
    before = [t for t in trades(major) if t.recv_ns < odd[0].recv_ns][-1]
    assert 195 <= (odd[0].price_ticks - before.price_ticks) * 10_000 // before.price_ticks <= 205
    assert all(t.market is Market.MARKET for t in trades(minor))


@pytest.mark.parametrize("profile", ["major", "minor"])
def test_burst(profile: str, major: list[MarketEvent], minor: list[MarketEvent]) -> None:
    events = major if profile == "major" else minor
    start = AT["burst"].start_s
    loud = len(trades(within(events, start, start + 8)))
    calm = len(trades(within(events, 0, 220)))
    assert 25 <= (loud * 220) // (calm * 8) <= 60


@pytest.mark.parametrize("profile", ["major", "minor"])
def test_latency_spike(profile: str, major: list[MarketEvent], minor: list[MarketEvent]) -> None:
    events = major if profile == "major" else minor
    start = AT["latency_spike"].start_s
    late = [t.recv_ns - (t.exch_ns or 0) for t in trades(within(events, start + 3, start + 9))]
    assert 3 * S <= max(late) < 4 * S
    after = [t.recv_ns - (t.exch_ns or 0) for t in trades(within(events, start + 12, start + 60))]
    assert max(after) < S // 10


@pytest.mark.parametrize("profile", ["major", "minor"])
def test_gap(profile: str, major: list[MarketEvent], minor: list[MarketEvent]) -> None:
    events = trades(major if profile == "major" else minor)
    missing = [(b.recv_ns, b.first_id - a.last_id - 1) for a, b in pairwise(events)]
    gaps = [(time_ns, count) for time_ns, count in missing if count]
    assert [count for _, count in gaps] == [25]
    assert gaps[0][0] >= START_NS + AT["gap"].start_s * S


@pytest.mark.parametrize("profile", ["major", "minor"])
def test_crossed_book(profile: str, major: list[MarketEvent], minor: list[MarketEvent]) -> None:
    events = major if profile == "major" else minor
    start = AT["crossed_book"].start_s
    crossed = [q.recv_ns for q in events if isinstance(q, Quote) and q.bid_ticks >= q.ask_ticks]
    assert crossed
    assert START_NS + start * S <= crossed[0] <= crossed[-1] < START_NS + (start + 2) * S + S // 10


def test_dead_feed(major: list[MarketEvent]) -> None:
    start = AT["dead_feed"].start_s
    assert all(isinstance(e, Tick) for e in within(major, start + 1, start + 20))
    assert len(within(major, start + 1, start + 20)) == 19


def test_scenes_that_do_not_fit_are_left_out() -> None:
    assert scenes_of("major", 3) == ()
    assert [s.name for s in scenes_of("major", 5)] == ["bad_print", "burst"]
    assert [s.name for s in scenes_of("minor", 12)] == [s.name for s in SCENES if s.name != "bad_print"]
    assert len(scenes_of("major", 12)) == len(SCENES) == 6


def test_scenes_leave_the_warm_up_alone_and_do_not_overlap() -> None:
    assert min(scene.start_s for scene in SCENES) > 210
    for one, two in pairwise(SCENES):
        assert one.start_s + one.length_s < two.start_s


@pytest.mark.parametrize(("minutes", "profile"), [(0, "major"), (-1, "major"), (10_081, "minor"), (1, "x")])
def test_refused(minutes: int, profile: str) -> None:
    with pytest.raises(UsageError):
        synthesize(1, minutes, profile)


def arguments(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(given)


def test_scenes_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments("--scenes", "--profile", "minor")) == 0
    told = json.loads(capsys.readouterr().out)["scenes"]
    assert [scene["name"] for scene in told] == [scene.name for scene in scenes_of("minor", 12)]


def test_without_out_it_says_what_is_missing() -> None:
    with pytest.raises(UsageError, match="--out"):
        run(arguments())
