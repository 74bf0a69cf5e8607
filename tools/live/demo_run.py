"""One demo run from one record of settings, so that it can be run again from its audit log."""

from collections.abc import Callable
from dataclasses import dataclass, fields

from tools.core.audit import SCHEMA, AuditLog
from tools.core.errors import InputError
from tools.live.exchange import FakeExchangeClient
from tools.live.execution_loop import ExecutionLoop, ShadowParams
from tools.live.order_store import InMemoryOrderStore
from tools.risk import RuntimeRiskMonitor

PROGRAM = "exec_demo"
MAX_ITERATIONS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class DemoConfig:
    """Everything that a demo run depends on; figures are decimal text, exact as typed.

    `origin_ns` is the moment from which event time advances; `pretty` says how the report
    was written; `run_id` is for the ids that a venue is given, empty if none is.
    """

    origin_ns: int
    symbols: str = "BTCUSDT,ETHUSDT"
    iterations: int = 50
    max_inv: str = "10000"
    max_total: str = "50000"
    edge_threshold: str = "1.5"
    edge_end: str = "2"
    fill_rate: str = "0.7"
    reject_rate: str = "0.05"
    partial_fill_rate: str = "0.1"
    latency_ms: str = "100"
    seed: int = 42
    pretty: bool = False
    run_id: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return every field, for the audit header; a run id only where there is one."""
        out = {field.name: getattr(self, field.name) for field in fields(self)}
        if not self.run_id:
            del out["run_id"]
        return out


def config_from(header: dict[str, object]) -> DemoConfig:
    """Return the settings that an audit header records; raise `InputError` if it cannot be one."""
    stored = header.get("config")
    if not isinstance(stored, dict):
        raise InputError("the audit header does not hold the settings of a demo run")
    sample = DemoConfig(origin_ns=0).to_dict()
    if "run_id" in stored:
        sample["run_id"] = ""
    if set(stored) != set(sample):
        raise InputError("the audit header does not hold the settings of a demo run")
    for name, value in sample.items():
        if type(stored[name]) is not type(value):
            raise InputError(f"the audit header's {name} has the wrong type")
    if not 1 <= stored["iterations"] <= MAX_ITERATIONS:
        raise InputError(f"the audit header's iterations must be 1 to {MAX_ITERATIONS}")
    return DemoConfig(**stored)


def run_demo(
    config: DemoConfig,
    sink: Callable[[str], None] | None = None,
    narrate: Callable[[str], None] | None = None,
) -> dict[str, object]:
    """Run the demo and return its report.

    Parameters
    ----------
    config
        The settings.
    sink
        Takes the lines of the audit log; None keeps no log.
    narrate
        Takes the lines that belong on stderr.
    """
    audit = None
    if sink is not None:
        audit = AuditLog(sink)
        header = {"config": config.to_dict(), "inputs": [], "program": PROGRAM, "schema": SCHEMA}
        audit.write("header", 0, header)
    exchange = FakeExchangeClient(
        fill_rate=config.fill_rate,
        reject_rate=config.reject_rate,
        partial_fill_rate=config.partial_fill_rate,
        latency_ms=config.latency_ms,
        seed=config.seed,
    )
    risk = RuntimeRiskMonitor(
        max_inventory_usd_per_symbol=config.max_inv,
        max_total_notional_usd=config.max_total,
        edge_freeze_threshold_bps=config.edge_threshold,
    )
    loop = ExecutionLoop(
        exchange,
        InMemoryOrderStore(run_id=config.run_id),
        risk,
        lambda: config.origin_ns,
        audit=audit,
        narrate=narrate,
    )
    params = ShadowParams(
        symbols=tuple(config.symbols.split(",")),
        iterations=config.iterations,
        edge_end_bps=config.edge_end,
    )
    report = loop.run_shadow(params)
    if audit is not None:
        audit.write("summary", loop.seq, {"lifecycle": loop.lifecycle()})
        audit.close(loop.seq)
    return report
