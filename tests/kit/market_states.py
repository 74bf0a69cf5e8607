"""A calm, warm market state, to be changed in one figure at a time."""

from __future__ import annotations

from typing import Any

from tools.core.market import MarketState
from tools.core.units import NS_PER_MS, NS_PER_S, UBPS_PER_BPS
from tools.core.verdicts import (
    Colour,
    Gate,
    HealthVerdict,
    PermissionVerdict,
    Regime,
    RegimeVerdict,
    RiskVerdict,
)

S = NS_PER_S
T0 = 1_700_000_000 * S

CALM: dict[str, Any] = {
    "tick": False,
    "bid_ticks": 100_000,
    "bid_lots": 50,
    "ask_ticks": 100_001,
    "ask_lots": 50,
    "mid_ht": 200_001,
    "crossed_ns": None,
    "quote_age_ns": 10 * NS_PER_MS,
    "quote_p999_ns": 300 * NS_PER_MS,
    "trade_age_ns": 300 * NS_PER_MS,
    "trade_p999_ns": 3 * NS_PER_S,
    "link_age_ns": 10 * NS_PER_MS,
    "link_p999_ns": 300 * NS_PER_MS,
    "spread_1s_ubps": UBPS_PER_BPS // 10,
    "spread_base_1h_ubps": UBPS_PER_BPS // 10,
    "spread_base_24h_ubps": UBPS_PER_BPS // 10,
    "depth_10s_lots": 50,
    "depth_base_1h_lots": 50,
    "move_1s_ht": 0,
    "move_10s_ht": 0,
    "move_base_ht": 4,
    "trades_1s": 3,
    "quotes_1s": 10,
    "excess_ns": NS_PER_MS,
    "excess_p95_10s_ns": 5 * NS_PER_MS,
    "clock_jump_ns": 0,
    "gap_ids_60s": 0,
    "bad_lines_10s": 0,
    "disconnected": False,
    "loop_lag_ns": None,
    "samples": 500,
    "warm": True,
    "missing": (),
}


def calm_state(time_ns: int = T0, **changed: Any) -> MarketState:
    """Return the calm state at a time, with the given figures changed."""
    unknown = set(changed) - set(CALM)
    assert not unknown, unknown
    return MarketState(time_ns=time_ns, **{**CALM, **changed})


def regime_verdict(regime: Regime = Regime.NORMAL, time_ns: int = T0, hard: bool = False) -> RegimeVerdict:
    """Return a regime verdict with no reason of its own."""
    return RegimeVerdict(time_ns, regime, "TEST", time_ns, (("test_ns", 1, 2),), hard)


def gate_verdict(gate: Gate, time_ns: int = T0) -> PermissionVerdict:
    """Return a permission verdict with no reason of its own."""
    return PermissionVerdict(time_ns, gate, "TEST", 0, 0, ())


def health_verdict(colour: Colour, time_ns: int = T0) -> HealthVerdict:
    """Return a health verdict with no reason of its own."""
    return HealthVerdict(time_ns, colour, 100, "TEST", "", (), ())


def risk_verdict(is_open: bool, time_ns: int = T0) -> RiskVerdict:
    """Return a risk verdict with no reason of its own."""
    return RiskVerdict(time_ns, is_open, "TEST")
