"""How an hftbacktest run is put together here: models by name, one asset, ticks and lots of 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from hftbacktest import BacktestAsset, HashMapMarketDepthBacktest

QUEUES = ("risk_averse", "power 3", "power3 3", "log")
EXCHANGES = ("partial", "whole")


def backtest(events: np.ndarray, queue: str, exchange: str, entry_ns: int = 0, response_ns: int = 0) -> Any:
    """Return a backtest over `events`.

    Parameters
    ----------
    queue
        Of `QUEUES`.
    exchange
        ``"partial"``: its exchange with partial fills; ``"whole"``: the one without.
    """
    asset = BacktestAsset().data(events).linear_asset(1.0)
    asset = asset.constant_order_latency(entry_ns, response_ns)
    if queue == "risk_averse":
        asset = asset.risk_adverse_queue_model()
    elif queue == "power 3":
        asset = asset.power_prob_queue_model(3.0)
    elif queue == "power3 3":
        asset = asset.power_prob_queue_model3(3.0)
    else:
        asset = asset.log_prob_queue_model()
    asset = asset.partial_fill_exchange() if exchange == "partial" else asset.no_partial_fill_exchange()
    asset = asset.trading_value_fee_model(0.0, 0.0).tick_size(1.0).lot_size(1.0).last_trades_capacity(1_000)
    return HashMapMarketDepthBacktest([asset])
