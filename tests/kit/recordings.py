"""Whole recordings, replayed through the command line once for all tests of a process."""

from __future__ import annotations

import json
import tempfile
from bisect import bisect_right
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.kit.cli import lab
from tools.core.events import Market, MarketEvent, Quote, Trade
from tools.engine.pipeline import Pipeline
from tools.lab import replay
from tools.live.feeds.two_clocks import LOCAL
from tools.live.session import Session

DATA = Path(__file__).parents[2].parent / "shared" / "data"

SETS = {
    "usdm-btc-2024": ("binance_usdm_20240718_19", ["btcusdt_20240718.gz", "btcusdt_20240719.gz"]),
    "usdm-eth-2024": ("binance_usdm_20240718_19", ["ethusdt_20240718.gz", "ethusdt_20240719.gz"]),
    "usdm-btc-2023": (
        "binance_btc_20230404_05",
        ["usdm_btcusdt_20230404.dat.gz", "usdm_btcusdt_20230405.dat.gz"],
    ),
    "spot-btc-2023": ("binance_btc_20230404_05", ["spot_btcusdt_20230405.dat.gz"]),
    "spot-nexo": (
        "binance_spot_nexo_20240723_24",
        ["nexousdt_20240723.dat.gz", "nexousdt_20240724.dat.gz"],
    ),
}
OF_2024 = ["usdm-btc-2024", "usdm-eth-2024"]

# The edge freeze would end the day of NEXO long before its burst.
UNFROZEN = "[quality]\nedge_fills = 0\n"


class Shown:
    """What the market showed: quotes and prints by the venue's time, quotes by ours, and odd prints."""

    def __init__(self) -> None:
        self.events = 0
        self.quotes: list[Quote] = []  # as the venue made them
        self.quote_ns: list[int] = []
        self.heard: list[Quote] = []  # as we heard of them
        self.heard_seq: list[int] = []
        self.prints: dict[bool, list[Trade]] = {True: [], False: []}  # by whether the buyer took
        self.print_ns: dict[bool, list[int]] = {True: [], False: []}
        self.odd: list[Trade] = []

    def take(self, event: MarketEvent, venue_ns: int) -> None:
        if venue_ns != LOCAL:
            if isinstance(event, Quote):
                self.quotes.append(event)
                self.quote_ns.append(venue_ns)
            elif isinstance(event, Trade):
                self.prints[event.buyer_aggressor].append(event)
                self.print_ns[event.buyer_aggressor].append(venue_ns)
            return
        self.events += 1
        if isinstance(event, Quote):
            self.heard.append(event)
            self.heard_seq.append(self.events)
        elif isinstance(event, Trade) and event.market is not Market.MARKET:
            self.odd.append(event)

    def book_at(self, at_ns: int) -> Quote:
        """Return the quote in force at an instant, one of that very instant included."""
        return self.quotes[bisect_right(self.quote_ns, at_ns) - 1]

    def book_before(self, seq: int) -> Quote:
        """Return the quote that we had last heard of at an event, that event included."""
        return self.heard[bisect_right(self.heard_seq, seq) - 1]

    def reaching(self, side: str, price_ticks: int, after_ns: int, until_ns: int) -> list[tuple[int, Trade]]:
        """Return the prints in ``(after, until]`` that came to a resting order's price or beyond, timed."""
        buyer_took = side == "SELL"
        times = self.print_ns[buyer_took]
        first, end = bisect_right(times, after_ns), bisect_right(times, until_ns)
        found = list(zip(times[first:end], self.prints[buyer_took][first:end], strict=True))
        if buyer_took:
            return [(ns, trade) for ns, trade in found if trade.price_ticks >= price_ticks]
        return [(ns, trade) for ns, trade in found if trade.price_ticks <= price_ticks]

    def met(self, side: str, price_ticks: int, after_ns: int, until_ns: int) -> list[int]:
        """Return the times in ``(after, until]`` at which the other side's quote came to an order's price."""
        first, end = bisect_right(self.quote_ns, after_ns), bisect_right(self.quote_ns, until_ns)
        out = []
        for quote, ns in zip(self.quotes[first:end], self.quote_ns[first:end], strict=True):
            if (quote.ask_ticks <= price_ticks) if side == "BUY" else (quote.bid_ticks >= price_ticks):
                out.append(ns)
        return out


class Sample:
    """What one chain said right after an evaluation, for the things that no file tells."""

    def __init__(self, pipeline: Pipeline) -> None:
        assert pipeline.state is not None
        self.time_ns = pipeline.state.time_ns
        self.tick = pipeline.state.tick
        self.trades_1s = pipeline.state.trades_1s
        self.regime = str(pipeline.regime.regime)
        self.latency_score = dict(pipeline.model.parts)["latency"]
        self.judged = str(pipeline.health.reason) != "WARMING_UP"


class WatchedSession(Session):
    """A session that keeps what it was shown, and on request a sample of every evaluation."""

    shown = Shown()
    samples: list[Sample] | None = None

    def take(self, event: MarketEvent, venue_ns: int) -> None:
        type(self).shown.take(event, venue_ns)
        super().take(event, venue_ns)

    def step(self, event: MarketEvent) -> None:
        samples = type(self).samples
        if samples is None:
            super().step(event)
            return
        before = {key: chain.tally.evaluations for key, chain in self.pipelines.items()}
        super().step(event)
        for key, chain in self.pipelines.items():
            if chain.tally.evaluations != before.get(key, 0):
                samples.append(Sample(chain))


class Replayed:
    """One replay: its report, its audit log, what the market showed, and samples of sets of 2024."""

    def __init__(self, report: dict[str, Any], audit: list[dict[str, Any]]) -> None:
        self.report = report
        self.audit = audit
        self.shown = WatchedSession.shown
        self.samples = WatchedSession.samples or []
        (self.key,) = report["instruments"]
        self.body: dict[str, Any] = report["instruments"][self.key]


@cache
def replayed(name: str, config: str) -> Replayed:
    """Return the replay of a set of recordings under a configuration; each pair is replayed once."""
    folder, names = SETS[name]
    arguments = [str(DATA / folder / file) for file in names]
    WatchedSession.shown = Shown()
    WatchedSession.samples = [] if name in OF_2024 else None
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        out = Path(place)
        (out / "config.toml").write_text(config)
        patch.setattr(replay, "Session", WatchedSession)
        done = lab("replay", *arguments, "--config", str(out / "config.toml"), "--out", str(out / "run"))
        assert (done.code, done.err) == (0, ""), done.err
        assert (out / "run" / "report.json").read_text() == done.out
        lines = (out / "run" / "audit.jsonl").read_text().splitlines()
    return Replayed(json.loads(done.out), [json.loads(line) for line in lines])
