"""``python -m tools.lab.truth.recordings FOLDER``: how wide the envelope is on recordings, at L1 and at L2.

Nobody knows what would have become of a ghost there, so this says how far the edges are
apart and not whether they are right. FOLDER holds the recordings that `RECORDINGS` of
`tools.lab.depth_table` names. The table goes into ``docs/concepts/fills.md`` after its
marker; with ``--print`` to stdout instead.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tools.core.errors import InputError
from tools.core.events import Depth, Market, Quote, Side, Trade
from tools.core.instrument import Instrument
from tools.core.units import NS_PER_S
from tools.execution.fill_model import FillModel, Resting
from tools.lab.depth_table import RECORDINGS, share
from tools.lab.markdown import table
from tools.lab.page_tail import folder_parser, run_into_page
from tools.lab.truth.synthetic import BEHIND
from tools.lab.truth.trial import FEEDS, LIFE_NS, Name, Probe, View
from tools.live.config import read_instruments
from tools.live.feeds import open_collector
from tools.live.feeds.two_clocks import LOCAL, TwoClocks, TwoClocksConfig

COMMAND: Final = "python -m tools.lab.truth.recordings"
PAGE: Final = "docs/concepts/fills.md"
MARKER: Final = f"<!-- From here on written by `{COMMAND} FOLDER`. -->"
MEASURED: Final = {
    "USD-M BTC 2024": 2 * NS_PER_S,
    "USD-M ETH 2024": 2 * NS_PER_S,
    "USD-M BTC 2023": 2 * NS_PER_S,
    "spot NEXO 2024": 30 * NS_PER_S,
}
"""The recordings that have levels, and how often ghosts are placed: minutes of three, a day of one.

The recording of spot BTC lacks the snapshot that a book begins with.
"""

_EDGES: Final = ("risk_averse", "optimistic")
_WARM_UP_NS: Final = 10 * NS_PER_S


class _Ghost:
    """A probe that rests, with the edges that have not filled it, by feed."""

    def __init__(self, probe: Probe) -> None:
        self.probe: Final = probe
        self.ends_ns: Final = probe.rested_ns + LIFE_NS
        self.models: Final[dict[str, dict[Name, FillModel]]] = {}


class Width:
    """Ghosts in a recorded market, on the venue's clock.

    Every `every_ns` one comes to rest at each of the distances `BEHIND`, all on one side, the
    other one the next time. `probes` are those that have ended, with what each edge says of
    them; those that the recording ends before are left out.
    """

    def __init__(self, every_ns: int) -> None:
        self._every_ns: Final = every_ns
        self.probes: Final[list[Probe]] = []
        self._views: Final = [View(feed, _EDGES) for feed in FEEDS]
        self._ghosts: list[_Ghost] = []
        self._due_ns = 0
        self._placed = 0

    def on_event(self, event: Quote | Trade | Depth, time_ns: int) -> None:
        """Take in what the venue did at `time_ns`."""
        if self._due_ns == 0:
            self._due_ns = time_ns + _WARM_UP_NS
        while self._due_ns < time_ns:
            self._place(self._due_ns)
            self._due_ns += self._every_ns
        ended = [ghost.probe for ghost in self._ghosts if ghost.ends_ns < time_ns]
        if ended:
            self.probes.extend(ended)
            self._ghosts = [ghost for ghost in self._ghosts if ghost.ends_ns >= time_ns]
        if isinstance(event, Quote):
            self._quote(event, time_ns)
        elif isinstance(event, Depth):
            self._views[-1].book.on_depth(event, time_ns)
        elif event.market is Market.MARKET:
            self._trade(event, time_ns)

    def _place(self, due_ns: int) -> None:
        book = self._views[0].book
        if not book.usable or book.bid_ticks >= book.ask_ticks:
            return
        side = Side.SELL if self._placed % 2 else Side.BUY
        self._placed += 1
        for behind_ticks in BEHIND:
            if side is Side.BUY:
                price_ticks = book.bid_ticks - behind_ticks
            else:
                price_ticks = book.ask_ticks + behind_ticks
            if price_ticks < 1:
                continue
            ghost = _Ghost(Probe(side, price_ticks, due_ns, behind_ticks))
            order = Resting("G", side, price_ticks, 1, due_ns)
            for view in self._views:
                ghost.models[view.feed] = view.models(order)
            self._ghosts.append(ghost)

    def _quote(self, quote: Quote, time_ns: int) -> None:
        for view in self._views:
            book = view.book
            book.on_quote(quote)
            for model in view.bare.values():
                model.on_quote(book, time_ns)
            for ghost in self._ghosts:
                models = ghost.models[view.feed]
                for name in [name for name, model in models.items() if model.on_quote(book, time_ns)]:
                    ghost.probe.filled_ns[name] = time_ns
                    del models[name]

    def _trade(self, trade: Trade, time_ns: int) -> None:
        for view in self._views:
            for model in view.bare.values():
                model.on_trade(trade, time_ns)
            for ghost in self._ghosts:
                models = ghost.models[view.feed]
                for name in [name for name, model in models.items() if model.on_trade(trade, time_ns)]:
                    ghost.probe.filled_ns[name] = time_ns
                    del models[name]


def measured(paths: Sequence[Path], instrument: Instrument, every_ns: int) -> list[Probe]:
    """Return the ghosts of one recording."""
    feed = open_collector(paths, {instrument.key: instrument}, levels=True)
    clocks = TwoClocks(feed.next_batch, config=TwoClocksConfig(levels=True))
    width = Width(every_ns)
    while batch := clocks.next_batch():
        for event, venue_ns in batch:
            if venue_ns != LOCAL and isinstance(event, (Quote, Trade, Depth)):
                width.on_event(event, venue_ns)
    return width.probes


def rows_of(name: str, probes: list[Probe]) -> list[list[object]]:
    """Return a row for each distance: ghosts, shares that either edge fills, and their difference by feed."""
    out: list[list[object]] = []
    for behind_ticks in BEHIND:
        some = [probe for probe in probes if probe.behind_ticks == behind_ticks]
        row: list[object] = [name, behind_ticks, len(some)]
        for edge in reversed(_EDGES):
            row += [
                share(sum((feed, edge) in probe.filled_ns for probe in some), len(some)) for feed in FEEDS
            ]
        for feed in FEEDS:
            low, high = ((feed, edge) for edge in _EDGES)
            possible = sum(low not in probe.filled_ns and high in probe.filled_ns for probe in some)
            row.append(share(possible, len(some)))
        out.append(row)
    return out


def page(results: dict[str, list[Probe]]) -> list[str]:
    """Return the table, line by line."""
    head = (
        "recording", "ticks behind", "ghosts", "optimistic L1", "L2", "risk_averse L1", "L2",
        "POSSIBLE L1", "L2",
    )  # fmt: skip
    return table(head, [row for name, probes in results.items() for row in rows_of(name, probes)])


def measure(folder: Path, names: Sequence[str] = tuple(MEASURED)) -> dict[str, list[Probe]]:
    """Measure recordings; raise `InputError` if a file is missing."""
    known = read_instruments()
    out: dict[str, list[Probe]] = {}
    for name in names:
        key, files = RECORDINGS[name]
        paths = [folder / file for file in files]
        for path in paths:
            if not path.is_file():
                raise InputError(f"{path}: no such recording; FOLDER holds the folders of the collector")
        out[name] = measured(paths, known[key], MEASURED[name])
    return out


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    return folder_parser(COMMAND, "Measure how wide the envelope is on recordings.")


def main(arguments: list[str] | None = None) -> int:
    """Write the tables; return the exit code."""
    args = parser().parse_args(arguments)
    return run_into_page(args, "recordings", PAGE, MARKER, lambda folder: page(measure(folder)))


if __name__ == "__main__":
    sys.exit(main())
