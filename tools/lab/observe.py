"""``observe FILE...``: the observer's figures as a stream, one record per period and instrument.

A record stands at a multiple of the period and holds what was known then: every event received
up to that instant, and none after it. It needs no event of its own. Across a hole of more than
a day there are no records.
"""

import argparse
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

from tools.core.canon import encode
from tools.core.errors import ConfigError, ExitCode, UsageError, VerifyError
from tools.core.events import FeedKind, FeedStatus, MarketEvent, Tick
from tools.core.instrument import Instrument
from tools.core.plugins import load_plugin
from tools.core.units import NS_PER_MS, NS_PER_S, NS_PER_US
from tools.lab.micro_table import read_table
from tools.lab.reference import Reference
from tools.live.cli import narrate
from tools.live.config import read_instruments
from tools.live.feeds import TIME_GAP, open_collector
from tools.live.journal import write_stdout
from tools.observer import Metrics, Observer, ObserverConfig
from tools.observer.columns import METRICS, Column
from tools.observer.gauge import PACKAGE, Figure
from tools.observer.gauges import GAUGES

Row = dict[str, Figure]

MIN_PERIOD_NS: Final = NS_PER_MS
_UNITS: Final = {"us": NS_PER_US, "ms": NS_PER_MS, "s": NS_PER_S, "min": 60 * NS_PER_S, "h": 3600 * NS_PER_S}
_PERIOD: Final = re.compile(r"([0-9]{1,9})\s*(us|ms|s|min|h)", re.ASCII)
_FIELDS: Final = tuple(field.name for field in fields(Metrics))


def columns_of(gauges: Iterable[str]) -> tuple[Column, ...]:
    """Return every column of a record with these gauges, in the order of the CSV."""
    out = [Column(name="instrument", formula="venue:SYMBOL"), *METRICS]
    for name in gauges:
        out += load_plugin(PACKAGE, name).COLUMNS
    return tuple(out)


def needs_levels(gauges: Iterable[str]) -> bool:
    """Return whether one of these gauges needs the levels of depth messages."""
    return any(getattr(load_plugin(PACKAGE, name), "LEVELS", False) for name in gauges)


@dataclass
class _Watched:
    observer: Observer
    reference: Reference | None


class Observation:
    """Observers of every instrument of a feed, read at fixed times.

    Parameters
    ----------
    instruments
        By key; those that the feed names are observed from their first event on.
    gauges
        Families of figures beside `Metrics`, by name, each with its `Config`.
    every_ns
        Period of the records, from 1 ms.
    reference
        Also work out every figure by the slow path and compare.
    """

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        gauges: Mapping[str, object],
        every_ns: int = NS_PER_S,
        reference: bool = False,
    ) -> None:
        if every_ns < MIN_PERIOD_NS:
            raise UsageError(f"a period is at least 1 ms, not {every_ns} ns")
        self.columns: Final = tuple(column.name for column in columns_of(gauges))
        self.records = 0
        self.compared = 0
        self.differ = 0
        self.first_difference = ""
        self._instruments: Final = instruments
        self._gauges: Final = gauges
        self._every_ns: Final = every_ns
        self._reference: Final = reference
        self._watched: dict[str, _Watched] = {}
        self._next_ns = 0

    def rows(self, feed: Iterable[MarketEvent]) -> Iterator[Row]:
        """Yield the records of a feed: by time, then by instrument."""
        last_ns = -1
        for event in feed:
            now_ns = event.recv_ns
            if last_ns < 0:
                self._next_ns = -(-now_ns // self._every_ns) * self._every_ns
            if isinstance(event, FeedStatus) and event.kind is FeedKind.CONNECTED:
                if event.detail == TIME_GAP:  # no record of the time when there was no feed
                    self._next_ns = -(-now_ns // self._every_ns) * self._every_ns
            while self._next_ns < now_ns:
                yield from self._read()
            self._admit(event)
            last_ns = max(last_ns, now_ns)
        if last_ns >= 0:
            while self._next_ns <= last_ns:
                yield from self._read()

    def _admit(self, event: MarketEvent) -> None:
        if isinstance(event, Tick) or event.symbol == "":
            for watched in self._watched.values():
                _show(watched, event)
            return
        found = self._watched.get(event.symbol)
        if found is None:
            if isinstance(event, FeedStatus):
                return
            observer = Observer(self._instruments[event.symbol], ObserverConfig(gauges=self._gauges))
            found = _Watched(observer, Reference(self._gauges) if self._reference else None)
            self._watched[event.symbol] = found
        _show(found, event)

    def _read(self) -> Iterator[Row]:
        now_ns = self._next_ns
        self._next_ns += self._every_ns
        for key in sorted(self._watched):
            observer = self._watched[key].observer
            row: Row = {"instrument": key, **observer.metrics(now_ns).to_dict()}
            row.update(zip(self.columns[1 + len(_FIELDS) :], observer.figures(now_ns), strict=True))
            self.records += 1
            reference = self._watched[key].reference
            if reference is not None:
                state = row.get("book_state")
                self._compare(key, row, reference.figures(now_ns, None if state is None else str(state)))
            yield row

    def _compare(self, key: str, row: Row, wanted: Row) -> None:
        for name, figure in wanted.items():
            self.compared += 1
            got = row[name]
            if name.endswith("_1h_ns") and isinstance(figure, int) and isinstance(got, int):
                same = figure <= got <= figure + (figure >> 5)  # the upper edge of its bucket
            else:
                same = got == figure
            if not same:
                self.differ += 1
                if not self.first_difference:
                    self.first_difference = f"{key} at {row['time_ns']}: {name} is {got}, not {figure}"


def _show(watched: _Watched, event: MarketEvent) -> None:
    accepted = watched.observer.admit(event)
    if watched.reference is not None:
        watched.reference.take(event, watched.observer.now_ns, accepted)


def csv_line(figures: Iterable[Figure]) -> str:
    """Return one line of CSV; None is empty, and nothing needs quotes."""
    return ",".join("" if figure is None else str(figure) for figure in figures) + "\n"


def period_ns(text: str) -> int:
    """Return a period such as ``"1s"`` or ``"250 ms"``; for argparse, so it raises its error."""
    match = _PERIOD.fullmatch(text.strip())
    every_ns = int(match[1]) * _UNITS[match[2]] if match else 0
    if every_ns < MIN_PERIOD_NS:
        raise argparse.ArgumentTypeError(f"a period such as 1s or 250ms, at least 1ms, not {text[:20]!r}")
    return every_ns


def gauge_names(text: str) -> tuple[str, ...]:
    """Return the gauges of a comma-separated list, in their own order; ``all`` and ``none`` too."""
    if text == "all":
        return GAUGES
    given = [name for name in text.split(",") if name] if text != "none" else []
    for name in given:
        if name not in GAUGES:
            raise argparse.ArgumentTypeError(f"no gauge {name[:40]!r}; known: {', '.join(GAUGES)}")
    return tuple(name for name in GAUGES if name in given)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``observe`` to a parser."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="recordings, plain or gzip, in any order")
    parser.add_argument(
        "--every",
        type=period_ns,
        default=NS_PER_S,
        metavar="TIME",
        help="period, such as 1s or 250ms; default 1s",
    )
    parser.add_argument("--format", choices=("jsonl", "csv"), default="jsonl", help="default jsonl")
    parser.add_argument(
        "--gauges", type=gauge_names, default=GAUGES, metavar="NAMES",
        help=f"of {', '.join(GAUGES)}: a comma-separated list, all or none; default all",
    )  # fmt: skip
    parser.add_argument("--microprice", metavar="TABLE", help="a table that the microprice command wrote")
    parser.add_argument("--symbol", default="", metavar="S", help="only this symbol, or venue:SYMBOL")
    parser.add_argument("--instruments", metavar="TOML", help="instead of configs/instruments.toml")
    parser.add_argument(
        "--reference", action="store_true", help="compare with the slow path; exit 6 if they differ"
    )
    parser.add_argument("--quiet", action="store_true", help="no closing line")
    parser.set_defaults(run=run)


def configs_of(names: Sequence[str], table: str | None) -> dict[str, object]:
    """Return the gauges of these names with their configuration."""
    out: dict[str, object] = {name: load_plugin(PACKAGE, name).Config() for name in names}
    if table is not None:
        if "microprice" not in out:
            raise ConfigError("--microprice: the gauge microprice is not among --gauges")
        out["microprice"] = read_table(table).config()
    return out


def run(args: argparse.Namespace) -> int:
    """Stream the records to stdout; return the exit code."""
    instruments = read_instruments(args.instruments)
    known = [name for item in instruments.values() for name in (item.key, item.symbol)]
    if args.symbol and args.symbol not in known:
        raise UsageError(
            f"--symbol {args.symbol[:40]}: not an instrument here; known: {', '.join(instruments)}"
        )
    gauges = configs_of(args.gauges, args.microprice)
    seen = Observation(instruments, gauges, args.every, args.reference)
    only = (args.symbol,) if args.symbol else ()
    feed = open_collector(args.files, instruments, only=only, levels=needs_levels(gauges))
    listening = write_stdout(csv_line(seen.columns)) if args.format == "csv" else True
    for row in seen.rows(feed):
        text = encode(row) if args.format == "jsonl" else csv_line(row[name] for name in seen.columns)
        listening = listening and write_stdout(text)
        if not listening and not args.reference:
            break  # nobody reads any more
    if not args.quiet:
        narrate(f"execlab observe: {seen.records} records of {len(seen.columns)} columns")
    for problem in feed.problems:
        narrate(f"execlab observe: {problem}")
    if args.reference:
        narrate(
            f"execlab observe: reference: {seen.compared} figures compared in {seen.records} records, "
            f"{seen.differ} differ"
        )
        if seen.differ:
            raise VerifyError(seen.first_difference)
    return ExitCode.INPUT if feed.problems else ExitCode.DONE
