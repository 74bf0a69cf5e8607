"""Tables of micro-price shifts: one JSON line of integers, with what it was made from.

The version is the SHA-256 of the rest of the line, so that a record can say which table it used.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from tools.core.audit import digest_text
from tools.core.canon import encode
from tools.core.errors import ConfigError, ExitCode, InputError, UsageError
from tools.core.events import FeedKind, FeedStatus, Quote
from tools.core.instrument import Instrument
from tools.lab.stats.microprice import Best, Transitions, shifts_ppm
from tools.live.cli import narrate
from tools.live.config import read_instruments, read_text
from tools.live.feeds import describe_input, open_collector
from tools.live.journal import write_stdout
from tools.observer import Observer, ObserverConfig
from tools.observer.gauges.microprice import Config

SCHEMA: Final = 1
KIND: Final = "microprice"


@dataclass(frozen=True, kw_only=True)
class MicroTable:
    """Shifts of one instrument.

    Parameters
    ----------
    instrument
        ``venue:SYMBOL``.
    buckets, spreads
        Of the imbalance, and spreads told apart.
    shift_ppm
        In millionths of a tick: `buckets` figures for each spread.
    transitions
        From quote to quote, that it was estimated on.
    inputs
        Name, size and SHA-256 of each recording.
    """

    instrument: str
    buckets: int
    spreads: int
    shift_ppm: tuple[int, ...]
    transitions: int
    inputs: tuple[dict[str, Any], ...] = ()

    def body(self) -> dict[str, object]:
        """Return everything but the version."""
        return {
            "buckets": self.buckets,
            "inputs": list(self.inputs),
            "instrument": self.instrument,
            "kind": KIND,
            "schema": SCHEMA,
            "shift_ppm": list(self.shift_ppm),
            "spreads": self.spreads,
            "transitions": self.transitions,
        }

    def version(self) -> str:
        """Return the digest that names this table."""
        return digest_text(encode(self.body()))

    def to_json(self) -> str:
        """Return the table as one line."""
        return encode({**self.body(), "version": self.version()})

    def config(self) -> Config:
        """Return the table as the gauge takes it."""
        return Config(
            buckets=self.buckets, spreads=self.spreads, shift_ppm=self.shift_ppm, version=self.version()
        )


def read_table(path: str) -> MicroTable:
    """Return the table of a file; `InputError` if it is missing, `ConfigError` if it is none."""
    text = read_text(path)
    try:
        body = json.loads(text)
    except ValueError:
        raise ConfigError(f"{path}: not JSON; write a table with the microprice command") from None
    if not isinstance(body, dict) or body.get("kind") != KIND or body.get("schema") != SCHEMA:
        raise ConfigError(f"{path}: not a {KIND} table of schema {SCHEMA}")
    version = body.pop("version", None)
    try:
        table = MicroTable(
            instrument=body["instrument"],
            buckets=body["buckets"],
            spreads=body["spreads"],
            shift_ppm=tuple(body["shift_ppm"]),
            transitions=body["transitions"],
            inputs=tuple(body["inputs"]),
        )
        known = table.body() == body and all(type(shift) is int for shift in table.shift_ppm)
    except (KeyError, TypeError):
        known = False
    if not known or table.version() != version:
        raise ConfigError(f"{path}: its version is not that of its figures; it was changed by hand")
    return table


def estimate(
    paths: Sequence[str],
    instrument: Instrument,
    instruments: dict[str, Instrument],
    buckets: int,
    spreads: int,
) -> MicroTable:
    """Return the table of one instrument over recordings; `InputError` if they hold no quote of it."""
    seen = Transitions(buckets, spreads)
    observer = Observer(instrument, ObserverConfig(metrics=False))
    run: list[Best] = []
    for event in open_collector(paths, instruments, only=(instrument.key,)):
        accepted = observer.admit(event)
        if isinstance(event, Quote) and accepted:
            run.append((event.bid_ticks, event.bid_lots, event.ask_ticks, event.ask_lots))
        elif isinstance(event, FeedStatus) and event.kind is FeedKind.CONNECTED:
            seen.add(run)  # no transition across a lost connection
            run = []
    seen.add(run)
    total = sum(seen.count) // 2
    if not total:
        raise InputError(f"{', '.join(paths)}: fewer than two quotes of {instrument.key}")
    return MicroTable(
        instrument=instrument.key,
        buckets=buckets,
        spreads=spreads,
        shift_ppm=shifts_ppm(seen),
        transitions=total,
        inputs=tuple(describe_input(path).to_dict() for path in paths),
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``microprice`` to a parser."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="recordings, plain or gzip, in any order")
    parser.add_argument("--symbol", required=True, metavar="S", help="the instrument, as venue:SYMBOL")
    parser.add_argument("--out", metavar="TABLE", help="write the table there instead of to stdout")
    parser.add_argument("--buckets", type=int, default=10, metavar="N", help="of the imbalance; default 10")
    parser.add_argument("--spreads", type=int, default=2, metavar="N", help="told apart, in ticks; default 2")
    parser.add_argument("--instruments", metavar="TOML", help="instead of configs/instruments.toml")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Estimate a table and write it."""
    instruments = read_instruments(args.instruments)
    instrument = instruments.get(args.symbol)
    if instrument is None:
        raise UsageError(
            f"--symbol {args.symbol[:40]}: not an instrument here; known: {', '.join(instruments)}"
        )
    if not 2 <= args.buckets <= 100 or not 1 <= args.spreads <= 10:
        raise UsageError("--buckets must be 2 to 100 and --spreads 1 to 10")
    table = estimate(args.files, instrument, instruments, args.buckets, args.spreads)
    if args.out is None:
        write_stdout(table.to_json())
        return ExitCode.DONE
    try:
        with open(args.out, "w", encoding="ascii", newline="\n") as file:
            file.write(table.to_json())
    except OSError as error:
        raise InputError(f"--out {args.out}: cannot be written ({error.strerror})") from None
    narrate(
        f"execlab microprice: {args.out}: {table.transitions} transitions, version {table.version()[:12]}"
    )
    return ExitCode.DONE
