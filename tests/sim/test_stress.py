"""Twice the peak: the loop under twice the greatest message rate that was recorded keeps every promise.

Where the recordings are present their busiest minutes are told in half the time, so that their
peak comes at twice its rate; everywhere a made-up market floods at twice the rate of the golden
``flood``. Both run through the whole chain, with a kill in the middle. No time is measured here: what
is held is that nothing breaks, not how fast it goes.
"""

from __future__ import annotations

import gzip
import io
import json
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.golden.cases import START_NS, Market
from tools.core.audit import AuditLog
from tools.core.events import FeedStatus, MarketEvent, Tick
from tools.core.units import NS_PER_S
from tools.live.config import read_instruments
from tools.live.config_tree import parse_config
from tools.live.feeds import CollectorFeed, Recording
from tools.live.feeds.two_clocks import LOCAL, TwoClocks
from tools.live.reconciliation import open_lots
from tools.live.session import Session
from tools.live.settings import LabConfig
from tools.observer.decode import binance

DATA = Path(__file__).parents[2].parent / "shared" / "data"
KEY = "binance-usdm:BTCUSDT"
CONFIG = (Path(__file__).parents[1] / "golden" / "flood" / "config.toml").read_text(encoding="utf-8")
FLOOD_PER_S = 300  # of the golden: 600 quotes within two seconds
WARM_S = 40  # before the stretch that is told in half the time


def events_of(lines: Iterable[bytes]) -> list[MarketEvent]:
    data = b"".join(lines)
    recording = Recording(name="part", size=len(data), opener=lambda: io.BytesIO(data))
    return list(CollectorFeed([recording], binance.build(read_instruments())))


def at_twice_the_rate(events: list[MarketEvent], from_ns: int) -> list[MarketEvent]:
    """Return the events with every time after `from_ns` told in half the time, ticks made anew."""
    out: list[MarketEvent] = []
    for event in events:
        if isinstance(event, (Tick, FeedStatus)):
            continue
        given: dict[str, Any] = {item.name: getattr(event, item.name) for item in fields(event)}
        for name in ("recv_ns", "exch_ns"):
            time_ns = given.get(name)
            if time_ns is not None and time_ns > from_ns:
                given[name] = from_ns + (time_ns - from_ns) // 2
        moved = type(event)(**given)
        last_ns = out[-1].recv_ns if out else moved.recv_ns
        for second in range(last_ns // NS_PER_S + 1, moved.recv_ns // NS_PER_S + 1):
            out.append(Tick(second * NS_PER_S))
        out.append(moved)
    return out


def densest(events: Iterable[MarketEvent], window_ns: int) -> int:
    """Return the most messages within any stretch of `window_ns`."""
    most = 0
    window: deque[int] = deque()
    for event in events:
        if isinstance(event, (Tick, FeedStatus)):
            continue
        window.append(event.recv_ns)
        while window[0] <= event.recv_ns - window_ns:
            window.popleft()
        most = max(most, len(window))
    return most


def made_up() -> list[MarketEvent]:
    """A calm market, then five seconds of twice the flood: quotes that move and prints that meet them."""
    market = Market()
    market.calm(0, 34)
    step_us = 1_000_000 // (2 * FLOOD_PER_S)
    for number in range(5 * 2 * FLOOD_PER_S):
        at_ms = 34_000 + number * step_us // 1_000
        price = 93_500 + number // 8 % 4
        if number % 4:
            market.quote(at_ms, bid=f"{price}.00", ask=f"{price}.10")
        else:
            market.trade(at_ms, price=f"{price}.{'00' if number % 8 else '10'}", seller=number % 8 > 0)
    market.calm(39, 60)
    return events_of(market.lines())


def recorded() -> tuple[list[MarketEvent], int]:
    """Return the events around the busiest recorded second, and where the stretch begins."""
    path = DATA / "binance_usdm_20240718_19" / "btcusdt_20240719.gz"
    with gzip.open(path) as stream:
        lines = list(stream)
    seconds = Counter(int(line[:10]) for line in lines)
    busiest = max(seconds, key=lambda second: (seconds[second], second))
    from_s = max(busiest - 5, int(lines[0][:10]) + WARM_S)
    until_s = max(busiest, from_s) + 40
    return events_of(line for line in lines if int(line[:10]) < until_s), min(busiest, from_s) * NS_PER_S


class Held:
    """A session in which every promise is looked at again and again."""

    def __init__(self, kill_ns: int) -> None:
        self.lines: list[str] = []
        self.config = parse_config(CONFIG, LabConfig, "config.toml")
        self.session = Session(read_instruments(), self.config, AuditLog(self.lines.append))
        self.kill_ns = kill_ns
        self.killed_at = 0

    def run(self, events: list[MarketEvent]) -> None:
        session = self.session
        batches = [events]
        clocks = TwoClocks(lambda: batches.pop() if batches else [], self.config.latency)
        while timed := clocks.next_batch():
            for event, venue_ns in timed:
                if venue_ns == LOCAL and not self.killed_at and event.recv_ns >= self.kill_ns:
                    session.loop.kill("operator", "stress")
                    self.killed_at = len(self.lines)
                session.take(event, venue_ns)
                self.check()
                if session.seq % 50 == 0:
                    self.check_books()
        session.finish()
        self.check()
        self.check_books()

    def check(self) -> None:
        """What holds after every event: the counters close, and exposure stays within its limits."""
        life = self.session.loop.lifecycle()
        assert life["attempted"] == sum(life[k] for k in ("refused", "rejected", "accepted", "unanswered"))
        assert life["accepted"] == sum(life[k] for k in ("filled", "canceled", "expired", "open"))
        rows = {name: (used, limit) for name, used, limit in self.session.risk.headroom()}
        for name in ("worst_inventory_e8", "worst_total_e8", "new_orders_count", "open_orders_symbol_count"):
            used, limit = rows[name]
            assert used is not None and limit is not None and used <= limit, name
        assert rows["crossing_orders_count"] == (0, 0)

    def check_books(self) -> None:
        """Two calculations of what we hold and of what could still fill agree, and so do the venue's."""
        session = self.session
        lots = {key: p.position_lots for key, p in session.books.positions.by_symbol.items()}
        session.risk.verify_exposure(lots, open_lots(session.loop.store))
        causes = [cause.trigger.value for cause in session.risk.holds.in_force()]
        assert "EXPOSURE_DRIFT" not in causes and "RECONCILIATION" not in causes
        assert session.loop.store.alerts() == {}

    def records(self, kind: str) -> list[dict[str, Any]]:
        return [record for record in map(json.loads, self.lines) if record["kind"] == kind]


def held(events: list[MarketEvent], kill_ns: int) -> Held:
    run = Held(kill_ns)
    run.run(events)
    return run


def hold_everything(run: Held, events: list[MarketEvent]) -> None:
    """What holds of the whole run."""
    # The kill: nothing left after it, and nothing rests.
    assert run.killed_at
    after = [json.loads(line)["kind"] for line in run.lines[run.killed_at :]]
    assert "order" not in after
    assert run.session.loop.lifecycle()["open"] == 0
    # The budget of new orders, by an independent count over every window.
    rate = run.config.control.message_rate
    window: deque[int] = deque()
    for order in run.records("order"):
        window.append(order["time_ns"])
        while window[0] <= order["time_ns"] - rate.window_ns:
            window.popleft()
        assert len(window) <= rate.max_new
    # Each line has its place and its event, in order; the same input is the same bytes.
    seqs = [json.loads(line)["seq"] for line in run.lines]
    assert all(one <= other for one, other in pairwise(seqs))
    assert held(events, run.kill_ns).lines == run.lines


def test_twice_the_flood() -> None:
    events = made_up()
    assert densest(events, NS_PER_S) >= 2 * FLOOD_PER_S
    run = held(events, START_NS + 37 * NS_PER_S)
    hold_everything(run, events)
    sent_ns = [order["time_ns"] for order in run.records("order")]
    assert any(START_NS + 34 * NS_PER_S <= time_ns < run.kill_ns for time_ns in sent_ns), "it traded in it"


@pytest.mark.recordings
@pytest.mark.skipif(not DATA.is_dir(), reason="the recordings (../shared/data) are not here")
def test_twice_the_recorded_peak() -> None:
    events, from_ns = recorded()
    fast = at_twice_the_rate(events, from_ns)
    assert densest(fast, NS_PER_S // 2) >= densest(events, NS_PER_S), "the peak comes at twice its rate"
    run = held(fast, fast[-1].recv_ns - 5 * NS_PER_S)
    hold_everything(run, fast)
