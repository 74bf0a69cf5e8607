"""P0.1's shadow run: the synthetic market through an execution loop, and the report."""

from typing import TYPE_CHECKING, Final

from tools.core.units import NS_PER_MS, NS_PER_S, format_scaled, scaled_from
from tools.live.demo_market import demo_edge_ubps, demo_quote
from tools.live.demo_report import DemoFacts, demo_report
from tools.live.ports import Simulated
from tools.live.shadow_params import ShadowParams

if TYPE_CHECKING:
    from tools.live.execution_loop import ExecutionLoop

# Fills of an iteration are drained this long after its quotes, so that a latency below one
# second fills within its own iteration, as P0.1's samples show.
_DRAIN_AFTER_NS: Final = 999 * NS_PER_MS


def run_shadow(loop: "ExecutionLoop", origin_ns: int, params: ShadowParams) -> dict[str, object]:
    """Run the synthetic market and return the report.

    Each iteration is one second of event time from `origin_ns`: all quotes, then fills, then
    the edge of each symbol. After the last one the run waits, in event time, for every
    answer that is still under way.
    """
    start_ubps = scaled_from(params.edge_start_bps, 6)
    end_ubps = scaled_from(params.edge_end_bps, 6)
    for iteration in range(params.iterations):
        at_ns = origin_ns + iteration * NS_PER_S
        for symbol in params.symbols:
            loop.on_quote(demo_quote(symbol, iteration, at_ns), params)
        loop.advance(at_ns + _DRAIN_AFTER_NS)
        loop.on_fill()
        edge_ubps = demo_edge_ubps(iteration, params.iterations, start_ubps, end_ubps)
        for symbol in params.symbols:
            loop.on_edge_update(symbol, format_scaled(edge_ubps, 6))
    loop.settle()
    facts = DemoFacts(
        params=params,
        origin_ns=origin_ns,
        seed=loop.exchange.seed if isinstance(loop.exchange, Simulated) else None,
        skipped_quotes=loop.skipped_quotes,
        freeze_events=loop.freeze_events,
        lifecycle=loop.lifecycle(),
    )
    return demo_report(facts, loop.store, loop.risk)
