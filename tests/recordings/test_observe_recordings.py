"""`observe` on real recordings: the slow path agrees, trades fit the quotes they are joined with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.kit.cli import lab
from tools.core.units import NS_PER_S
from tools.lab.observe import Observation, configs_of
from tools.live.config import read_instruments
from tools.live.feeds import open_collector
from tools.observer.gauges import GAUGES

DATA = Path(__file__).parents[2].parent / "shared" / "data"
pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(not DATA.is_dir(), reason="the recordings (../shared/data) are not here"),
]
BTC_2023 = "binance_btc_20230404_05"


@pytest.mark.parametrize(
    ("name", "every_s"),
    [(f"{BTC_2023}/usdm_btcusdt_20230404.dat.gz", 1), (f"{BTC_2023}/spot_btcusdt_20230405.dat.gz", 5),
     ("binance_spot_nexo_20240723_24/nexousdt_20240723.dat.gz", 10)],
)  # fmt: skip
def test_every_figure_is_that_of_the_slow_path(name: str, every_s: int) -> None:
    instruments = read_instruments()
    seen = Observation(instruments, configs_of(GAUGES, None), every_s * NS_PER_S, reference=True)
    records = sum(1 for _ in seen.rows(open_collector(DATA / name, instruments, levels=True)))
    assert records == seen.records > 50
    assert (seen.differ, seen.first_difference) == (0, "")
    assert seen.compared > 90 * records


@pytest.mark.parametrize(("gauges", "states"), [("depth", {"SYNCING", "LIVE"}), ("best_flow", {None})])
def test_the_command_reads_levels_where_a_gauge_needs_them(gauges: str, states: set[str | None]) -> None:
    file = str(DATA / BTC_2023 / "usdm_btcusdt_20230404.dat.gz")
    done = lab("observe", file, "--gauges", gauges, "--every", "250ms", "--symbol", "binance-usdm:BTCUSDT")
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 0 and len(rows) > 300
    assert {row.get("book_state") for row in rows} <= states
    if gauges == "depth":
        assert rows[-1]["book_state"] == "LIVE" and rows[-1]["bid_1bps_htl"] > 0


@pytest.mark.parametrize(
    ("names", "join", "inside_ppm"),
    [
        # Measured by other code: 0.0 % inside the opposite best on both.
        (["binance_usdm_20240718_19/btcusdt_20240718.gz", "binance_usdm_20240718_19/btcusdt_20240719.gz"],
         "exchange", (0, 1_000)),
        ([f"{BTC_2023}/usdm_btcusdt_20230404.dat.gz", f"{BTC_2023}/usdm_btcusdt_20230405.dat.gz"],
         "exchange", (0, 1_000)),
        # By the order of arrival, between 0.5 and 22 %.
        ([f"{BTC_2023}/spot_btcusdt_20230405.dat.gz"], "receive", (5_000, 220_000)),
    ],
)  # fmt: skip
def test_trades_fit_their_quotes(names: list[str], join: str, inside_ppm: tuple[int, int]) -> None:
    instruments = read_instruments()
    seen = Observation(instruments, configs_of(("costs",), None), 60 * NS_PER_S)
    rows = list(seen.rows(open_collector([DATA / name for name in names], instruments)))
    last = [row for row in rows if row["inside_300s_ppm"] is not None][-1]
    assert last["join"] == join
    assert inside_ppm[0] <= last["inside_300s_ppm"] <= inside_ppm[1]
    assert last["inside_alarm"] == 0
    # A share is rounded down: three of them lack at most two millionths.
    whole = last["at_300s_ppm"] + last["through_300s_ppm"] + last["inside_300s_ppm"]
    assert 999_998 <= whole <= 1_000_000
