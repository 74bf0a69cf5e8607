"""A market seen through the chains of its instruments, and traded on paper, event by event.

For each event, in this order: the paper exchange sees it and lets time pass; what it has
reported is booked; the chain of the instrument decides; the execution loop acts on the
decision. Fills come back as reports and touch health at the next step: there is no cycle
inside one. The session looks at no clock and reads no file: feeds do.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Final

from tools.core.audit import AuditLog
from tools.core.errors import UsageError
from tools.core.events import FeedKind, FeedStatus, MarketEvent, Quote, Tick, Trade
from tools.core.instrument import Instrument
from tools.core.units import NS_PER_S, format_scaled
from tools.engine import Pipeline
from tools.execution import Quoter
from tools.live.books import Books, in_units
from tools.live.execution_loop import ExecutionLoop
from tools.live.order_store import InMemoryOrderStore
from tools.live.paper_exchange import PaperExchange
from tools.live.reconciliation import open_lots
from tools.live.settings import LabConfig
from tools.risk import RuntimeRiskMonitor
from tools.risk.standing import worse

DELTA: Final = "delta"
FULL: Final = "full"

_NEVER_NS: Final = 1 << 63

# Closed orders beyond these leave the store; the audit log has them.
_KEEP_CLOSED: Final = 1_000


class Session:
    """Runs the chains and one execution loop for all of them.

    Parameters
    ----------
    instruments
        By key; a chain is made when the first event of an instrument arrives.
    config
        Of every chain, and of the paper trading.
    audit
        Takes a line for each verdict that changed (``delta``), or one for each evaluation
        with everything in it (``full``); and one for each order, refusal, report and cancel.
    detail
        ``"delta"`` or ``"full"``. The report does not depend on it.
    run_id
        For the ids that a venue is given; empty if none is.
    """

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        config: LabConfig,
        audit: AuditLog | None = None,
        detail: str = DELTA,
        run_id: str = "",
    ) -> None:
        self._instruments: Final = instruments
        self._config: Final = config
        self._chain_config: Final = config.chain()
        self._audit: Final = audit
        self._full: Final = detail == FULL
        self.exchange: Final = PaperExchange(
            instruments,
            config.paper,
            fill_config=getattr(config.fill, config.paper.fill_model, None),
            latency_config=getattr(config.delay, config.paper.latency_model, None),
        )
        self.risk: Final = monitor_from(config, instruments)
        self.books: Final = Books(instruments, config.fees)
        self.loop: Final = ExecutionLoop(
            self.exchange,
            InMemoryOrderStore(keep_closed=_KEEP_CLOSED, run_id=run_id),
            self.risk,
            audit=audit,
            listener=self.books,
        )
        self.pipelines: Final[dict[str, Pipeline]] = {}
        self.idle: Final[dict[str, str | None]] = {}  # why the last evaluation led to no action
        self.seq = 0
        self._profit_due_ns = 0
        self.first_ns = 0
        self.last_ns = 0

    def step(self, event: MarketEvent) -> None:
        """Take in one event."""
        self.seq += 1
        now_ns = event.recv_ns
        self.last_ns = now_ns
        if self.seq == 1:
            self.first_ns = now_ns
        self._answers(now_ns)
        if isinstance(event, (Quote, Trade)):
            pipeline = self._pipeline(event.symbol)
            # Venue, marks and books see only what the observer accepts: no print counts twice.
            accepted = pipeline.observer.admit(event)
            if accepted:
                self._show(event)
            self._turn(now_ns)
            if accepted:
                self._act(pipeline, False)
        elif isinstance(event, Tick):
            self._turn(now_ns)
            self._tick()
            for pipeline in self.pipelines.values():
                if pipeline.observer.admit(event):
                    self._act(pipeline, True)
        else:
            self._turn(now_ns)
            if isinstance(event, FeedStatus):
                self._status(event)
            else:
                self._pipeline(event.symbol).observer.admit(event)

    def _show(self, event: Quote | Trade) -> None:
        """Show an accepted quote or print to the paper exchange, and a quote to risk and books."""
        self.exchange.on_market(event)
        if isinstance(event, Quote):
            self.risk.on_quote(
                event.symbol,
                event.bid_ticks,
                event.ask_ticks,
                event.bid_lots,
                event.ask_lots,
                event.recv_ns,
            )
            if event.bid_ticks <= event.ask_ticks:  # a crossed quote is no mark
                self.books.mark(event.symbol, event.bid_ticks + event.ask_ticks)

    def _answers(self, until_ns: int) -> None:
        """Book what the exchange has to say before `until_ns`, each answer at its own time.

        A thin market may be silent for minutes; its answers do not wait for the next event.
        """
        due_ns = self.exchange.next_due_ns()
        while due_ns is not None and due_ns < until_ns:
            self._turn(due_ns)
            due_ns = self.exchange.next_due_ns()

    def _turn(self, now_ns: int) -> None:
        """Let time pass for exchange and risk, and book what was reported."""
        self.books.now_ns = now_ns
        self.loop.advance(now_ns, self.seq)
        self.loop.drain()
        if not self.risk.reconciler.agreed:
            self.loop.reconcile()
        if now_ns >= self._profit_due_ns:
            self._profit_due_ns = now_ns + NS_PER_S
            self.risk.on_profit_e8(self.books.net_profit_e8())

    def _tick(self) -> None:
        """Let risk look at the time, and hold its sums against the ledgers."""
        if self.risk.reconciler.due(self.last_ns):
            positions = self.books.positions.by_symbol
            lots = {symbol: position.position_lots for symbol, position in positions.items()}
            self.risk.verify_exposure(lots, open_lots(self.loop.store))
        self.loop.tick()

    def _pipeline(self, key: str) -> Pipeline:
        found = self.pipelines.get(key)
        if found is None:
            if key not in self._instruments:
                raise UsageError(f"unknown instrument {key[:60]!r}")
            instrument = self._instruments[key]
            found = Pipeline(instrument, self._chain_config, metrics=self._full)
            self.pipelines[key] = found
            self.books.quoters[key] = Quoter(self._config.quoter, instrument)
        return found

    def _status(self, event: FeedStatus) -> None:
        """Tell the chain that a status is about, if there is one yet; all of them if it names none."""
        if event.kind is not FeedKind.IGNORED:
            body = event.to_dict()
            body["status"] = body.pop("kind")
            self._write("feed", body)
        for key, pipeline in self.pipelines.items():
            if event.symbol in ("", key) and pipeline.observer.admit(event):
                self._act(pipeline, False)

    def _act(self, pipeline: Pipeline, tick: bool) -> None:
        """Evaluate a chain, and act on its decision."""
        key = pipeline.instrument.key
        pipeline.evaluate(tick, self.books.book(key).recent(self.last_ns), self.risk.verdict(key))
        if self._audit is not None:
            self._write_verdicts(pipeline)
        state = pipeline.state
        assert state is not None
        idle = self.loop.on_decision(key, pipeline.decision, state, self.books.quoters[key])
        self.idle[key] = idle
        if idle is None:
            pipeline.tally.with_order += 1
        else:
            pipeline.tally.no_order(idle if pipeline.decision.eligible else pipeline.reason)

    def _write_verdicts(self, pipeline: Pipeline) -> None:
        """Write what this evaluation brought: everything, or the verdicts that are new."""
        if self._full:
            body = pipeline.frame(self.seq).to_dict()
            del body["seq"]  # every line has it
            self._write("frame", body)
        elif pipeline.changed:
            key = pipeline.instrument.key
            for kind, verdict in pipeline.news:
                self._write(kind, {"instrument": key, **verdict.to_dict()})

    def _write(self, kind: str, body: dict[str, object]) -> None:
        if self._audit is not None:
            self._audit.write(kind, self.seq, body)

    def finish(self) -> None:
        """Wait for the answers under way, and credit the verdicts in force; call once, at the end."""
        self._answers(_NEVER_NS)
        for pipeline in self.pipelines.values():
            pipeline.tally.settle()

    def report(self) -> dict[str, object]:
        """Return what the chains have seen and said, and what became of the orders."""
        out: dict[str, object] = {}
        for key in sorted(self.pipelines):
            pipeline = self.pipelines[key]
            body = pipeline.tally.to_dict()
            body["observer"] = pipeline.observer.counters()
            position = self.books.positions.get(key)
            body["position"] = position.to_dict()
            body["in_units"] = in_units(position)
            body["quality"] = self.books.book(key).quality.to_dict()
            out[key] = body
        return {
            "edge": "not measured",
            "events": self.seq,
            "first_ns": self.first_ns,
            "instruments": out,
            "last_ns": self.last_ns,
            "lifecycle": self.loop.lifecycle(),
            "risk": self._risk(),
        }

    def _risk(self) -> dict[str, object]:
        """Return refusals, and each limit with what is used of it now and was at most."""
        peaks = self.risk.peaks()
        limits: list[dict[str, object]] = []
        for name, used, limit in self.risk.headroom():
            peak = worse(name, peaks.get(name), used)
            limits.append({"limit": limit, "name": name, "peak": peak, "used": used})
        return {
            "alerts": self.loop.store.alerts(),
            "alerts_by_reason": self.risk.alerts.counts(),
            "blocks_total": self.risk.blocks_total,
            "frozen": self.risk.is_frozen(),
            "headroom": limits,
            "holds_in_force": [cause.to_dict() for cause in self.risk.holds.in_force()],
            "latched_total": self.risk.holds.total,
            "paused_total": self.risk.holds.pauses,
            "profile": self.risk.profile,
            "refusals_by_reason": self.risk.refusals_by_reason(),
        }


def monitor_from(config: LabConfig, instruments: Mapping[str, Instrument]) -> RuntimeRiskMonitor:
    """Return the risk monitor that a configuration describes."""
    limits = config.risk
    return RuntimeRiskMonitor(
        max_inventory_usd_per_symbol=format_scaled(limits.max_inventory_e8, 8),
        max_total_notional_usd=format_scaled(limits.max_total_e8, 8),
        edge_freeze_threshold_bps=format_scaled(limits.edge_freeze_threshold_ubps, 6),
        instruments=instruments,
        profile=limits.profile,
        controls={item.name: getattr(config.control, item.name) for item in fields(config.control)},
        config=limits,
    )
