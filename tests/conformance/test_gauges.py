"""Every gauge, found by discovery, keeps the promises of a gauge."""

from __future__ import annotations

import json
import pkgutil
import re
from dataclasses import is_dataclass, replace

import pytest

from tests.kit.gauges import at, events_of, figures, gauge_module, watching
from tools.core.events import Depth
from tools.observer import Metrics, gauges
from tools.observer.columns import METRICS

NAMES = [found.name for found in pkgutil.iter_modules(gauges.__path__)]
EXAMPLES = [
    pytest.param(name, *example, id=f"{name}-{number}")
    for name in NAMES
    for number, example in enumerate(gauge_module(name).EXAMPLES)
]


def _second(second: int) -> tuple[tuple[object, ...], ...]:
    """Return one second: bests that wander, a trade, the book; at times a cancel, a sweep, a cut."""
    ms = 1_000 * second
    bid, ask = (1_000 + second % 7, 3 + second % 5), (1_009 + second % 4, 9)
    rows: list[tuple[object, ...]] = [("tick", ms)]
    if second in (0, 401):
        rows.append(("book", ms + 50, ((900, 1),), ((1_100, 1),)))
    rows.append(("quote", ms + 100, *bid, *ask))
    # What the quote says, after it: all other prices at which a best can be are empty.
    bids = [(1_000 + k, bid[1] if 1_000 + k == bid[0] else 0) for k in range(7)]
    rows.append(("depth", ms + 110, bids, [(1_009 + k, 9 if 1_009 + k == ask[0] else 0) for k in range(4)]))
    side = "BUY" if second % 3 else "SELL"
    rows.append(("trade", ms + 150 + second % 40, 1_004 + second % 9, 1 + second % 3, side))
    if second % 10 == 9:
        rows.append(("quote", ms + 200, *bid, ask[0], 7))
    if second % 20 == 7:
        rows += [("trade", ms + 210, ask[0] + k, 1, "BUY") for k in (0, 1)]
    if second == 400:
        rows += [("lost", ms + 300), ("back", ms + 400)]
    return tuple(rows)


# A quarter of an hour and more: warm windows, a lost connection, then silence.
HISTORY = tuple(row for second in range(1_100) for row in _second(second))
UNIT = re.compile(r"_(ticks|ht|ht2|lots|htl|e8|ubps|ppm|ns)$")
# Counts and words: what they count or say is in the name.
BARE = re.compile(
    r"^(join|joined_60s|improvements_60s|sweeps_600s|book_state|unjoined|inside_alarm|orders_10s|sweep_levels_10s|sequence|trade_ids_missing|"
    r"trades_duplicate|quotes_(duplicate|regressed|crossed|locked|\d+s)|clock_jumps|micro_table|"
    r"trades_\d+s|mid_changes_10s|gap_ids_60s|weighted_mid_(num|den))$"
)


def test_the_list_is_what_is_there() -> None:
    assert sorted(gauges.GAUGES) == sorted(NAMES)


def test_every_column_of_metrics_is_described_in_its_order() -> None:
    assert [column.name for column in METRICS] == list(Metrics.__dataclass_fields__)


def test_no_column_has_the_name_of_another_and_each_says_its_unit() -> None:
    columns = [*METRICS, *(column for name in NAMES for column in gauge_module(name).COLUMNS)]
    names = [column.name for column in columns]
    assert len(set(names)) == len(names)
    assert [name for name in names if not UNIT.search(name) and not BARE.match(name)] == []
    assert all(column.formula for column in columns)


@pytest.mark.parametrize("name", NAMES)
def test_is_a_plug_in(name: str) -> None:
    module = gauge_module(name)
    assert is_dataclass(module.Config) and module.Config.__dataclass_params__.frozen
    assert module.EXAMPLES, "a gauge shows what it does"
    read = watching(name).figures(at(0))
    assert len(read) == len(module.COLUMNS)
    assert all(figure is None or isinstance(figure, (int, str)) for figure in read)


@pytest.mark.parametrize(("name", "rows", "wanted"), EXAMPLES)
def test_example(name: str, rows, wanted: dict[str, object]) -> None:
    observer = watching(name)
    for event in events_of(rows):
        observer.admit(event)
    got = figures(observer, at(rows[-1][1]))
    assert {column: got[column] for column in wanted} == wanted


@pytest.mark.parametrize("stamped", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_reading_changes_nothing_and_restoring_has_the_same_future(name: str, stamped: bool) -> None:
    one, nosy, other = watching(name), watching(name), watching(name)
    for number, event in enumerate(events_of(HISTORY, stamped)):
        if number in (0, 700, 1_203, 2_000):
            other = watching(name)
            other.restore(json.loads(json.dumps(one.snapshot())))
        one.admit(event)
        other.admit(event)
        nosy.admit(event)
        nosy.figures(event.recv_ns)
        nosy.figures(event.recv_ns)
        if number % 50 == 0:
            told = one.figures(event.recv_ns)
            assert other.figures(event.recv_ns) == told
            assert nosy.figures(event.recv_ns) == told
    assert json.dumps(one.snapshot()) == json.dumps(other.snapshot())
    # Evaluations with no event: what is too old is gone, whatever was read before.
    for ms in (1_105_000, 1_160_000, 1_500_000):
        assert one.figures(at(ms)) == nosy.figures(at(ms)) == other.figures(at(ms))


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_is_known_at_last_and_none_before_its_window(name: str) -> None:
    observer = watching(name)
    first_s: dict[str, float] = {}
    for event in events_of(HISTORY):
        observer.admit(event)
        for column, figure in figures(observer, observer.now_ns).items():
            if figure is not None:
                first_s.setdefault(column, (observer.now_ns - at(0)) / 1e9)
    for column in gauge_module(name).COLUMNS:
        if column.name not in ("micro_shift_ppm", "micro_table"):
            assert column.name in first_s
            width = re.match(r"(\d+) s\b", column.window)
            # The sequence, and what a window of latency holds, are known from the first message on.
            if width and column.name not in ("sequence", "skew_10s_p50_ns"):
                assert first_s[column.name] >= int(width[1])


@pytest.mark.parametrize("name", NAMES)
def test_who_needs_levels_says_so(name: str) -> None:
    asks = getattr(gauge_module(name), "LEVELS", False)
    blind, seeing = watching(name), watching(name)
    differs = False
    for event in events_of(HISTORY[:500]):
        seeing.admit(event)
        blind.admit(replace(event, bids=None, asks=None) if isinstance(event, Depth) else event)
        differs |= seeing.figures(seeing.now_ns) != blind.figures(blind.now_ns)
    assert differs == asks


def test_an_outside_gauge_hears_everything_that_was_accepted() -> None:
    from tests.kit.gauges import INSTRUMENT
    from tools.observer import Observer

    heard = []

    class Outside:
        def on_quote(self, quote, now_ns):
            heard.append(("quote", now_ns))

        def on_trade(self, trade, now_ns):
            heard.append(("trade", now_ns))

        def on_depth(self, depth, now_ns):
            heard.append(("depth", now_ns))

        def on_tick(self, now_ns):
            heard.append(("tick", now_ns))

        def on_break(self, now_ns):
            heard.append(("break", now_ns))

    observer = Observer(INSTRUMENT)
    observer.gauges.append(Outside())  # type: ignore[arg-type]
    rows = (
        ("quote", 1, 100, 5, 102, 5),
        ("trade", 2, 102, 1, "BUY"),
        ("lost", 3),
        ("back", 4),
        ("tick", 1_000),
    )
    for event in events_of(rows):
        observer.admit(event)
    observer.admit(Depth("S", at(1_001), None, 1, 2))
    observer.admit(events_of(rows)[0])  # an id that was seen before: not accepted
    kinds = ["quote", "trade", "break", "break", "tick", "depth", "quote"]
    assert [kind for kind, _ in heard] == kinds, "after a reconnection ids begin anew"
    observer.admit(events_of(rows)[0])
    assert len(heard) == len(kinds)


def test_gauges_need_the_windows_that_they_read() -> None:
    from tools.core.errors import ConfigError
    from tools.observer import ObserverConfig

    with pytest.raises(ConfigError, match="need metrics"):
        ObserverConfig(metrics=False, gauges={"costs": gauge_module("costs").Config()})
    with pytest.raises(ConfigError, match="no plug-in named 'odd'"):
        from tests.kit.gauges import INSTRUMENT
        from tools.observer import Observer

        Observer(INSTRUMENT, ObserverConfig(gauges={"odd": None}))
