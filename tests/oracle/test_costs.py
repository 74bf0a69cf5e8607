"""Trades joined with quotes by pandas: the costs of a synthetic market, window by window."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tools.core.events import Quote, Trade
from tools.core.units import NS_PER_MS, NS_PER_S
from tools.lab.observe import Observation, configs_of
from tools.lab.synthesize import synthesize
from tools.live.config import read_instruments
from tools.live.feeds import open_collector

HOLD_NS = 50 * NS_PER_MS


def test_windows_of_costs_are_those_of_an_asof_join(tmp_path: Path) -> None:
    pd, np = pytest.importorskip("pandas"), pytest.importorskip("numpy")
    path = tmp_path / "day.gz"  # before the scene in which messages come late
    path.write_bytes(gzip.compress(b"".join(synthesize(5, 6, "major"))))
    instruments = read_instruments()
    events = list(open_collector(str(path), instruments))
    market = [e for e in events if isinstance(e, Trade) and e.market == "MARKET"]
    trades = pd.DataFrame(
        [(e.recv_ns, e.exch_ns, e.price_ticks, e.qty_lots, 1 if e.buyer_aggressor else -1) for e in market],
        columns=["recv", "T", "p", "q", "s"],
    ).sort_values("T", kind="stable")  # fmt: skip
    quotes = pd.DataFrame(
        [(e.exch_ns, e.bid_ticks + e.ask_ticks) for e in events if isinstance(e, Quote)], columns=["T", "M"]
    )
    quotes["T"] = quotes["T"].cummax()
    trades = pd.merge_asof(trades, quotes, on="T", allow_exact_matches=False).rename(columns={"M": "M0"})
    horizons = {
        "100ms": NS_PER_S // 10,
        "1s": NS_PER_S,
        "5s": 5 * NS_PER_S,
        "30s": 30 * NS_PER_S,
        "60s": 60 * NS_PER_S,
    }
    for name, horizon in horizons.items():
        after = trades[["T"]].assign(T=trades["T"] + horizon)
        trades[name] = pd.merge_asof(after, quotes, on="T")["M"]
    seen = Observation(instruments, configs_of(("costs",), None))
    compared = 0
    for row in seen.rows(events):
        for name, horizon in horizons.items():
            if row[f"base_{name}_60s_htl"] is None:
                continue
            due = trades["recv"] + HOLD_NS + horizon
            known = trades[(due > row["time_ns"] - 60 * NS_PER_S) & (due <= row["time_ns"])]
            signed = known["s"] * known["q"]
            assert row[f"effective_{name}_60s_htl"] == int((signed * (2 * known["p"] - known["M0"])).sum())
            assert row[f"realised_{name}_60s_htl"] == int((signed * (2 * known["p"] - known[name])).sum())
            assert row[f"base_{name}_60s_htl"] == int((known["q"] * known["M0"]).sum())
            compared += 1
    assert compared > 1_000
    assert np.all(trades["q"] > 0)
