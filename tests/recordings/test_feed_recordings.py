"""Every line of the recordings decodes; counts are those of the data's own description."""

import json
from pathlib import Path

import pytest

from tools.core.events import Market, Tick, Trade
from tools.live.config import read_instruments
from tools.live.feeds import describe_input, open_collector

DATA = Path(__file__).parents[2].parent / "shared" / "data"
pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(not DATA.is_dir(), reason="the recordings (../shared/data) are not here"),
]

# files, only, (trades, quotes, depth) as in the description of the data
SETS = [
    (["binance_usdm_20240718_19/btcusdt_20240718.gz", "binance_usdm_20240718_19/btcusdt_20240719.gz"],
     (10_701, 52_260, 9_022)),
    (["binance_usdm_20240718_19/ethusdt_20240719.gz", "binance_usdm_20240718_19/ethusdt_20240718.gz"],
     (13_655, 47_328, 8_929)),
    (["binance_btc_20230404_05/usdm_btcusdt_20230404.dat.gz",
      "binance_btc_20230404_05/usdm_btcusdt_20230405.dat.gz"], (12_935, 44_205, 16_110)),
    (["binance_btc_20230404_05/spot_btcusdt_20230405.dat.gz"], (3_144, 8_015, 3_929)),
    (["binance_spot_nexo_20240723_24/nexousdt_20240723.dat.gz"], (178, 437, 1_188)),
]  # fmt: skip


@pytest.mark.parametrize(("files", "wanted"), SETS, ids=lambda v: v[0] if isinstance(v, list) else "")
def test_every_line_decodes(files: list[str], wanted: tuple[int, int, int]) -> None:
    feed = open_collector([DATA / name for name in files], read_instruments())
    last_ns = 0
    ticks = []
    while batch := feed.next_batch():
        for event in batch:
            assert event.recv_ns >= last_ns or isinstance(event, Tick)
            last_ns = max(last_ns, event.recv_ns)
            if isinstance(event, Tick):
                ticks.append(event.recv_ns)
    counts = feed.counts
    assert counts.quarantined == {}
    assert feed.problems == []
    assert counts.backwards == 0
    assert (counts.kinds["Trade"], counts.kinds["Quote"], counts.kinds["Depth"]) == wanted
    assert counts.lines == sum(wanted) + sum(counts.ignored.values())
    assert ticks == list(range(ticks[0], ticks[-1] + 1, 1_000_000_000))
    assert feed.bytes_read == feed.bytes_total


def test_the_insurance_fund_print_is_no_market_trade() -> None:
    feed = open_collector([DATA / "binance_btc_20230404_05/usdm_btcusdt_20230405.dat.gz"], read_instruments())
    odd = [e for e in feed if isinstance(e, Trade) and e.market is Market.OTHER]
    assert [(e.first_id, e.price_ticks, e.qty_lots) for e in odd] == [(3_535_191_080, 287_225, 1)]


def test_spot_and_futures_side_by_side_give_the_sum_of_both() -> None:
    folder = DATA / "binance_btc_20230404_05"
    names = ["usdm_btcusdt_20230405", "spot_btcusdt_20230405", "usdm_btcusdt_20230404"]
    feed = open_collector([folder / f"{name}.dat.gz" for name in names], read_instruments())
    symbols: set[str] = set()
    last_ns = 0
    for event in feed:
        assert event.recv_ns >= last_ns
        last_ns = event.recv_ns
        if isinstance(event, Trade):
            symbols.add(event.symbol)
    assert symbols == {"binance-usdm:BTCUSDT", "binance-spot:BTCUSDT"}
    assert feed.counts.kinds["Trade"] == 12_935 + 3_144
    assert feed.counts.kinds["Quote"] == 44_205 + 8_015


def test_descriptions_equal_the_manifest() -> None:
    manifest = {entry["file"]: entry for entry in json.loads((DATA / "MANIFEST.json").read_text())}
    name = "binance_spot_nexo_20240723_24/nexousdt_20240723.dat.gz"
    described = describe_input(DATA / name)
    assert described.to_dict() == {
        "name": "nexousdt_20240723.dat.gz",
        "size": manifest[name]["bytes"],
        "sha256": manifest[name]["sha256"],
    }
