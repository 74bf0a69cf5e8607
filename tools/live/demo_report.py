"""P0.1's report, with its blocks under their old names and ours beside them."""

from dataclasses import dataclass

from tools.core.timestamps import format_iso
from tools.core.units import to_float
from tools.live.audit_bodies import cause_body
from tools.live.order_store import InMemoryOrderStore
from tools.live.shadow_params import ShadowParams
from tools.risk import RuntimeRiskMonitor


@dataclass(frozen=True, kw_only=True)
class DemoFacts:
    """What the loop itself knows about a finished shadow run."""

    params: ShadowParams
    origin_ns: int
    seed: int | None
    skipped_quotes: int
    freeze_events: int
    lifecycle: dict[str, int]


def demo_report(facts: DemoFacts, store: InMemoryOrderStore, risk: RuntimeRiskMonitor) -> dict[str, object]:
    """Return the report of a shadow run.

    `orders` keeps P0.1's meanings (`filled` counts fill events); the counters that close
    are the block `lifecycle`.
    """
    counts = store.counts()
    execution: dict[str, object] = {
        "iterations": facts.params.iterations,
        "seed": facts.seed,
        "skipped_quotes": facts.skipped_quotes,
        "symbols": list(facts.params.symbols),
        "upstream_chain": "not run: the demo has no regime, permission, health or decision",
    }
    if store.ids.run_id:
        execution["run_id"] = store.ids.run_id
    return {
        "execution": execution,
        "lifecycle": facts.lifecycle,
        "orders": {
            "canceled": counts["canceled"],
            "filled": counts["fill_events"],
            "placed": counts["accepted"],
            "rejected": counts["rejected"],
            "risk_blocks": facts.lifecycle["refused"],
        },
        "positions": _positions(facts.params.symbols, risk),
        "risk": _risk(facts, store, risk),
        "runtime": {"utc": format_iso(facts.origin_ns)},
        "schema": "execlab.demo/1",
    }


def _risk(facts: DemoFacts, store: InMemoryOrderStore, risk: RuntimeRiskMonitor) -> dict[str, object]:
    log = risk.freeze_log
    cause = log.cause
    return {
        "alerts": store.alerts(),
        "blocks_total": risk.blocks_total,
        "freeze_events": facts.freeze_events,
        "freeze_history": [cause_body(cause) for cause in log.history],
        "freeze_history_dropped": log.history_dropped,
        "freezes_total": log.total,
        "frozen": log.frozen,
        "last_freeze_reason": None if cause is None else cause.text,
        "last_freeze_symbol": None if cause is None else cause.symbol,
        "profile": risk.profile,
        "refusals_by_reason": risk.refusals_by_reason(),
    }


def _positions(symbols: tuple[str, ...], risk: RuntimeRiskMonitor) -> dict[str, object]:
    """Return positions in base units and, rounded up, their value in USD at the mark."""
    by_symbol: dict[str, object] = {}
    value_by_symbol: dict[str, object] = {}
    total_e8: int | None = 0
    for symbol in symbols:
        exposure = risk.exposures()[symbol]
        steps = exposure.steps
        by_symbol[symbol] = to_float(exposure.position_lots * steps.lot_units, steps.qty_decimals)
        if exposure.mark_ht is None:  # worth unknown, not nothing
            value_by_symbol[symbol] = None
            total_e8 = None
            continue
        value_e8 = exposure.value_e8(exposure.position_lots, exposure.mark_ht)
        value_by_symbol[symbol] = to_float(value_e8, 8)
        if total_e8 is not None:
            total_e8 += value_e8
    return {
        "by_symbol": by_symbol,
        "net_pos_usd": value_by_symbol,
        "total_notional_usd": None if total_e8 is None else to_float(total_e8, 8),
    }
