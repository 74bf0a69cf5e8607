"""The width of the envelope on recordings: ghosts by hand, and the row that they make."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.core.errors import ExitCode
from tools.core.events import Depth, Levels, Market, Quote, Side, Trade
from tools.lab.truth import recordings
from tools.lab.truth.recordings import Width, main, page, rows_of
from tools.lab.truth.trial import FEEDS, L1, L2, Probe

S = 1_000_000_000
MS = 1_000_000
LOW, HIGH = "risk_averse", "optimistic"


class Tape:
    """A market by hand, told to ghosts that come to rest every 40 s from second 11 on."""

    def __init__(self) -> None:
        self.width = Width(40 * S)
        self.count = 0

    def quote(self, time_ns: int, bid: int, bid_lots: int, ask: int = 110, ask_lots: int = 5) -> None:
        self.count += 1
        self.width.on_event(Quote("t:A", time_ns, time_ns, bid, bid_lots, ask, ask_lots, self.count), time_ns)

    def trade(self, time_ns: int, price: int, lots: int, market: Market = Market.MARKET) -> None:
        self.count += 1
        event = Trade("t:A", time_ns, time_ns, price, lots, False, market, self.count, self.count)
        self.width.on_event(event, time_ns)

    def depth(self, time_ns: int, number: int, bids: Levels, snapshot: bool = False) -> None:
        asks: Levels = ((110, 5),) if snapshot else ()
        event = Depth("t:A", time_ns, time_ns, number, number, None, bids, asks, snapshot)
        self.width.on_event(event, time_ns)

    def ended(self) -> dict[int, Probe]:
        """Let all that rests end; return the ghosts by distance."""
        self.quote(80 * S, 100, 99)
        assert len({probe.side for probe in self.width.probes}) == 1
        return {probe.behind_ticks: probe for probe in self.width.probes}


def test_ghosts_at_every_distance_and_what_a_level_tells_of_them() -> None:
    """Bids 100 x 10, 99 x 4, 97 x 1; ghosts at 100, 99, 98, 97 at second 11, on the buying side.

    At 14 s the best falls to 99, which shows 4 + 20. A print of 6 at 99 gets past the 4 of
    which an update told at 12 s, and not past the 24 of the quote.
    """
    market = Tape()
    market.quote(1 * S, 100, 10)
    market.depth(1 * S, 1, ((100, 10), (99, 4), (97, 1)), snapshot=True)
    market.depth(2 * S, 2, ((97, 2),))
    market.depth(12 * S, 3, ((97, 1),))  # the first of the ghosts' time: they rest since second 11
    market.quote(12_100 * MS, 100, 11)
    market.depth(13 * S, 4, ((99, 24),))
    market.quote(14 * S, 99, 24)
    market.trade(15 * S, 99, 500, Market.OTHER)  # no print of the market
    market.trade(16 * S, 99, 6)
    ghosts = market.ended()
    assert sorted(ghosts) == [0, 1, 2, 3]
    assert {ticks: (ghost.side, ghost.price_ticks, ghost.rested_ns) for ticks, ghost in ghosts.items()} == {
        ticks: (Side.BUY, 100 - ticks, 11 * S) for ticks in range(4)
    }
    at = 16 * S
    # 100 was swept through: by a print beyond it both edges know.
    assert ghosts[0].filled_ns == {(feed, edge): at for feed in FEEDS for edge in (LOW, HIGH)}
    assert ghosts[1].filled_ns == {(L1, HIGH): at, (L2, HIGH): at, (L2, LOW): at}
    assert ghosts[2].filled_ns == ghosts[3].filled_ns == {}
    rows = rows_of("x", market.width.probes)
    assert rows[0] == ["x", 0, 1, "100.0 %", "100.0 %", "100.0 %", "100.0 %", "0.0 %", "0.0 %"]
    assert rows[1] == ["x", 1, 1, "100.0 %", "100.0 %", "0.0 %", "100.0 %", "100.0 %", "0.0 %"]
    assert rows[3] == ["x", 3, 1, "0.0 %", "0.0 %", "0.0 %", "0.0 %", "0.0 %", "0.0 %"]
    assert page({"x": market.width.probes})[2].startswith("| x | 0 | 1 | 100.0 % |")


def test_sides_take_turns_and_a_ghost_lives_for_30_s() -> None:
    market = Tape()
    market.quote(1 * S, 100, 10)
    market.quote(42 * S, 100, 11)
    assert {probe.side for probe in market.width.probes} == {Side.BUY}  # of second 11, ended at 41
    market.quote(60 * S, 100, 12)
    assert len(market.width.probes) == 4  # those of 51 s still rest
    market.quote(82 * S, 100, 13)
    sells = [probe for probe in market.width.probes if probe.side is Side.SELL]
    assert [probe.price_ticks for probe in sells] == [110, 111, 112, 113]


def test_none_rests_in_a_crossed_market() -> None:
    market = Tape()
    market.quote(1 * S, 100, 10, 100)
    market.quote(90 * S, 100, 11, 101)
    assert market.width.probes == []


def test_a_missing_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), "--print"]) == ExitCode.INPUT
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and "no such recording" in err


def test_the_page_has_a_place_for_the_table() -> None:
    text = (Path(__file__).parents[2] / recordings.PAGE).read_text("utf-8")
    head = page({})[0]
    assert text.partition(recordings.MARKER)[2].strip().startswith(head)
