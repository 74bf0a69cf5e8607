"""``python -m tools.lab.depth_table FOLDER``: measure the order book on recordings.

FOLDER holds the recordings that `RECORDINGS` names. The tables go into
``docs/concepts/order-book.md`` after its marker; with ``--print`` to stdout instead. All
figures are exact integers until they are printed, so the page is the same everywhere.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.core.errors import InputError
from tools.core.events import Side, Tick
from tools.core.instrument import Instrument
from tools.core.units import NS_PER_MS, format_scaled
from tools.lab.markdown import table
from tools.lab.page_tail import folder_parser, run_into_page
from tools.live.config import read_instruments
from tools.live.feeds import open_collector
from tools.observer import Observer, ObserverConfig
from tools.observer.gauges import best_flow, depth, resiliency

COMMAND: Final = "python -m tools.lab.depth_table"
PAGE: Final = "docs/concepts/order-book.md"
MARKER: Final = f"<!-- From here on written by `{COMMAND} FOLDER`. -->"

_USDM24: Final = "binance_usdm_20240718_19"
_BTC23: Final = "binance_btc_20230404_05"
_NEXO: Final = "binance_spot_nexo_20240723_24"
RECORDINGS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "USD-M BTC 2024": (
        "binance-usdm:BTCUSDT",
        (f"{_USDM24}/btcusdt_20240718.gz", f"{_USDM24}/btcusdt_20240719.gz"),
    ),
    "USD-M ETH 2024": (
        "binance-usdm:ETHUSDT",
        (f"{_USDM24}/ethusdt_20240718.gz", f"{_USDM24}/ethusdt_20240719.gz"),
    ),
    "USD-M BTC 2023": (
        "binance-usdm:BTCUSDT",
        (f"{_BTC23}/usdm_btcusdt_20230404.dat.gz", f"{_BTC23}/usdm_btcusdt_20230405.dat.gz"),
    ),
    "spot BTC 2023": ("binance-spot:BTCUSDT", (f"{_BTC23}/spot_btcusdt_20230405.dat.gz",)),
    "spot NEXO 2024": (
        "binance-spot:NEXOUSDT",
        (f"{_NEXO}/nexousdt_20240723.dat.gz", f"{_NEXO}/nexousdt_20240724.dat.gz"),
    ),
}
"""Instrument and files of each recording, by the name that its row has."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one recording came to: the gauges at its end, and their samples at whole seconds.

    `within_htl` has, for each of `depth.DISTANCES_BPS`, the value of both sides within that
    distance at each second at which it was known; `seconds` counts all of them.
    `recoveries_ns` has the time that each recovery from a sweep took.
    """

    instrument: Instrument
    depth: depth.DepthGauge
    flow: best_flow.BestFlow
    resiliency: resiliency.Resiliency
    seconds: int
    live_seconds: int
    within_htl: tuple[tuple[int, ...], ...]
    recoveries_ns: tuple[int, ...]


def measured(paths: Sequence[Path], instrument: Instrument) -> Measured:
    """Run the files of one recording through an observer that keeps the order book."""
    kept = {"depth": depth.Config(), "best_flow": best_flow.Config(), "resiliency": resiliency.Config()}
    observer = Observer(instrument, ObserverConfig(gauges=kept))
    book, flow, spread = observer.gauges
    assert isinstance(book, depth.DepthGauge)
    assert isinstance(flow, best_flow.BestFlow)
    assert isinstance(spread, resiliency.Resiliency)
    within: tuple[list[int], ...] = tuple([] for _ in depth.DISTANCES_BPS)
    recoveries_ns: list[int] = []
    seconds = live_seconds = 0
    for event in open_collector(paths, {instrument.key: instrument}, levels=True):
        observer.admit(event)
        if spread.recovered + spread.given_up > len(recoveries_ns) and spread.took_ns is not None:
            recoveries_ns.append(spread.took_ns)
        if isinstance(event, Tick):
            seconds += 1
            live_seconds += book.book.live
            for index, bps in enumerate(depth.DISTANCES_BPS):
                bid_htl = book.within_htl(Side.BUY, bps)
                ask_htl = book.within_htl(Side.SELL, bps)
                if bid_htl is not None and ask_htl is not None:
                    within[index].append(bid_htl + ask_htl)
    # What still waits to be decided is left out, as it is in a window.
    return Measured(
        instrument=instrument,
        depth=book,
        flow=flow,
        resiliency=spread,
        seconds=seconds,
        live_seconds=live_seconds,
        within_htl=tuple(tuple(values) for values in within),
        recoveries_ns=tuple(recoveries_ns),
    )


def measure_all(folder: Path) -> dict[str, Measured]:
    """Measure every recording of `RECORDINGS`; raise `InputError` if a file is missing."""
    known = read_instruments()
    out: dict[str, Measured] = {}
    for name, (key, files) in RECORDINGS.items():
        paths = [folder / file for file in files]
        for path in paths:
            if not path.is_file():
                raise InputError(f"{path}: no such recording; FOLDER holds the folders of the collector")
        out[name] = measured(paths, known[key])
    return out


def share(part: int, whole: int) -> str:
    """Return a share in percent with one decimal, rounded half up; a dash for nothing."""
    return f"{format_scaled((2000 * part + whole) // (2 * whole), 1)} %" if whole else "-"


def _median(values: Sequence[int]) -> int | None:
    return sorted(values)[(len(values) - 1) // 2] if values else None


def _book_row(name: str, one: Measured) -> list[object]:
    counts = one.depth.book.counters()
    checked = counts["quotes_agreed"] + counts["quotes_contradicted"]
    money: list[str] = []
    for values in one.within_htl:
        median_htl = _median(values)
        if median_htl is None:
            money.append("-")
        else:
            whole = one.instrument.steps().e8_down(median_htl) // 100_000_000
            money.append(f"{whole:,} ({share(len(values), one.seconds)})")
    return [
        name,
        f"{counts['applied']:,}",
        counts["gaps"] + counts["crossed"] + counts["locked"] + counts["exhausted"] + counts["contradicted"],
        share(one.live_seconds, one.seconds),
        f"{counts['quotes_agreed']:,} of {checked:,}" if checked else "-",
        *money,
    ]


def _flow_row(name: str, one: Measured) -> list[object]:
    flow = one.flow
    recovery_ns = _median(one.recoveries_ns)
    return [
        name,
        share(flow.printed_lots, flow.removed_lots),
        share(flow.matched_lots, flow.removed_lots),
        f"{flow.ended:,}",
        share(flow.fleeting, flow.ended),
        f"{share(flow.unreached_fleeting, flow.unreached)} of {flow.unreached:,}",
        f"{one.resiliency.sweeps:,}",
        "-" if recovery_ns is None else f"{recovery_ns // NS_PER_MS:,} ms",
        one.resiliency.given_up,
    ]


def page(results: dict[str, Measured]) -> list[str]:
    """Return the two tables, line by line."""
    distances = [f"within {bps} bps (known)" for bps in depth.DISTANCES_BPS]
    head = ("recording", "updates applied", "times given up", "seconds LIVE", "top as quoted", *distances)
    out = ["## Measured: the book", ""]
    out += table(head, [_book_row(name, one) for name, one in results.items()])
    head = (
        "recording", "printed / removed", "explained", "improvements", "below 100 ms",
        "below 100 ms, no print", "sweeps", "recovery", "cut at 60 s",
    )  # fmt: skip
    out += ["## Measured: the best prices", ""]
    return out + table(head, [_flow_row(name, one) for name, one in results.items()])


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    return folder_parser(COMMAND, "Measure the order book on recordings.")


def main(arguments: list[str] | None = None) -> int:
    """Write the tables; return the exit code."""
    args = parser().parse_args(arguments)
    return run_into_page(args, "depth_table", PAGE, MARKER, lambda folder: page(measure_all(folder)))


if __name__ == "__main__":
    sys.exit(main())
