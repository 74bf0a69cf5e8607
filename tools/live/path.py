"""One path through the layers after the observation: chains, loop, risk, books, exchange.

Several paths may follow one observation: other fill models, other policies. None knows of
another, so a path does the same whatever runs beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

from tools.core.audit import AuditLog
from tools.core.events import Depth, Quote, Trade
from tools.core.funding import Funding
from tools.core.instrument import Instrument
from tools.core.market import MarketState
from tools.core.units import NS_PER_S, format_scaled
from tools.engine import ChainConfig, Pipeline, Sight, Stance
from tools.execution import Quoter
from tools.execution.bounds import EdgeConfigs
from tools.live.books import Books, in_units
from tools.live.execution_loop import ExecutionLoop
from tools.live.fill_classes import FillClasses
from tools.live.net_edge import NetEdge
from tools.live.order_store import InMemoryOrderStore
from tools.live.paper_exchange import PaperAccount, PaperExchange
from tools.live.reconciliation import open_lots
from tools.live.settings import LabConfig
from tools.risk import RuntimeRiskMonitor
from tools.risk.standing import worse

# Closed orders beyond these leave the store; the audit log has them.
_KEEP_CLOSED: Final = 1_000


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What one path is run with.

    Parameters
    ----------
    name
        Marks the path in audit log and report; empty for a session's only path.
    config
        Of everything after the observation.
    """

    name: str = ""
    config: LabConfig


class Path:
    """The part of a session that depends on what became of its own orders.

    Parameters
    ----------
    instruments
        By key.
    policy
        Its name and its configuration.
    audit
        Takes its lines.
    full
        Write a frame for each evaluation instead of what changed.
    run_id
        For the ids that a venue is given; empty if none is.
    exchange
        Where it trades, under an account of its name; one of its own if not given.
    """

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        policy: Policy,
        audit: AuditLog | None,
        full: bool,
        run_id: str = "",
        exchange: PaperExchange | None = None,
    ) -> None:
        config = policy.config
        self.name: Final = policy.name
        self.config: Final = config
        self.chain_config: Final[ChainConfig] = config.chain()
        self.audit: Final = audit
        self._full: Final = full
        self.exchange: Final = exchange_from(config, instruments) if exchange is None else exchange
        self.account: Final[PaperAccount] = self.exchange.account("" if exchange is None else policy.name)
        self.risk: Final = monitor_from(config, instruments)
        self.books: Final = Books(instruments, config.fees, config.quality, audit)
        self.loop: Final = ExecutionLoop(
            self.account,
            InMemoryOrderStore(keep_closed=_KEEP_CLOSED, run_id=run_id),
            self.risk,
            audit=audit,
            listener=self.books,
        )
        self.pipelines: Final[dict[str, Pipeline]] = {}
        self.funded: Final[dict[str, tuple[Funding, int]]] = {}  # the last of each symbol, and on what lots
        self.idle: Final[dict[str, str | None]] = {}  # why the last evaluation led to no action
        self.classes: Final = FillClasses()
        self._excess_ns: Final[dict[str, int]] = {}  # of each feed, as the exchange was last told
        self._profit_due_ns = 0
        self._peak_e8 = 0  # of the profit, looked at once a second and at the end
        self._drawdown_e8 = 0

    def open(self, key: str, sight: Sight, stance: Stance) -> None:
        """Begin with an instrument, on what is seen and judged of it."""
        self.pipelines[key] = Pipeline(sight.instrument, self.chain_config, sight=sight, stance=stance)
        self.books.quoters[key] = Quoter(self.config.quoter, sight.instrument)

    def on_venue(self, event: Quote | Trade | Depth, venue_ns: int, seq: int) -> None:
        """Let the paper exchange see what happened at the venue, once its earlier answers are booked."""
        self.answers(venue_ns, seq)
        self.exchange.on_market(event, venue_ns)
        if isinstance(event, Quote):
            self.books.seq = seq
            self.books.on_venue_quote(event.symbol, event.bid_ticks, event.ask_ticks, venue_ns)

    def on_funding(self, funding: Funding, seq: int) -> None:
        """Let the paper exchange fund what it holds, once its earlier answers are booked."""
        self.answers(funding.time_ns, seq)
        self.exchange.on_funding(funding)
        self.note_funding(funding)

    def note_funding(self, funding: Funding) -> None:
        """Note a funding time that the venue has seen, and what it held for us then."""
        self.funded[funding.symbol] = (funding, self.account.held_lots(funding.symbol))

    def on_quote(self, quote: Quote) -> None:
        """Show an accepted quote to risk and books."""
        self.risk.on_quote(
            quote.symbol,
            quote.bid_ticks,
            quote.ask_ticks,
            quote.bid_lots,
            quote.ask_lots,
            quote.recv_ns,
        )
        if quote.bid_ticks <= quote.ask_ticks:  # a crossed quote is no mark
            self.books.mark(quote.symbol, quote.bid_ticks + quote.ask_ticks)

    def answers(self, until_ns: int, seq: int) -> None:
        """Book what the exchange has to say before `until_ns`, each answer at its own time.

        A thin market may be silent for minutes; its answers do not wait for the next event.
        """
        due_ns = self.exchange.next_due_ns()
        while due_ns is not None and due_ns < until_ns:
            self.turn(due_ns, seq)
            due_ns = self.exchange.next_due_ns()

    def turn(self, now_ns: int, seq: int) -> None:
        """Let time pass for exchange and risk, and book what was reported."""
        self.books.now_ns = now_ns
        self.books.seq = seq
        self.loop.advance(now_ns, seq)
        for outcome in self.account.outcomes():
            self.classes.add(outcome)
            self.books.on_outcome(outcome)
        for symbol, edge_bps in self.books.fresh_edges():
            self.risk.on_edge_update(symbol, edge_bps)
        self.loop.drain()
        if not self.risk.reconciler.agreed:
            self.loop.reconcile()
        if now_ns >= self._profit_due_ns:
            self._profit_due_ns = now_ns + NS_PER_S
            self.risk.on_profit_e8(self._profit_e8())

    def _profit_e8(self) -> int | None:
        """Return the profit of now, and note how far it is below its peak."""
        net_e8 = self.books.net_profit_e8()
        if net_e8 is not None:
            self._peak_e8 = max(self._peak_e8, net_e8)
            self._drawdown_e8 = max(self._drawdown_e8, self._peak_e8 - net_e8)
        return net_e8

    def tick(self, now_ns: int) -> None:
        """Let risk look at the time, and hold its sums against the ledgers."""
        if self.risk.reconciler.due(now_ns):
            positions = self.books.positions.by_symbol
            lots = {symbol: position.position_lots for symbol, position in positions.items()}
            self.risk.verify_exposure(lots, open_lots(self.loop.store))
        self.loop.tick()

    def act(self, key: str, state: MarketState, now_ns: int, seq: int) -> None:
        """Evaluate a chain on the state of its market, and act on its decision."""
        pipeline = self.pipelines[key]
        if state.excess_ns is not None and state.excess_ns != self._excess_ns.get(key):
            self._excess_ns[key] = state.excess_ns
            self.exchange.on_feed_excess(key, state.excess_ns)
        pipeline.follow(state, self.books.book(key).recent(now_ns), self.risk.verdict(key))
        if pipeline.changed:
            regime, gate, colour = pipeline.regime.regime, pipeline.permission.gate, pipeline.health.colour
            self.books.on_verdicts(key, regime, gate, colour)
        if self.audit is not None:
            self._write_verdicts(pipeline, seq)
        idle = self.loop.on_decision(key, pipeline.decision, state, self.books.quoters[key])
        self.idle[key] = idle
        if idle is None:
            pipeline.tally.with_order += 1
        else:
            pipeline.tally.no_order(idle if pipeline.decision.eligible else pipeline.reason)

    def _write_verdicts(self, pipeline: Pipeline, seq: int) -> None:
        """Write what this evaluation brought: everything, or the verdicts that are new."""
        assert self.audit is not None
        if self._full:
            body = pipeline.frame(seq).to_dict()
            del body["seq"]  # every line has it
            self.audit.write("frame", seq, body)
        elif pipeline.changed:
            key = pipeline.instrument.key
            for kind, verdict in pipeline.news:
                self.audit.write(kind, seq, {"instrument": key, **verdict.to_dict()})

    def net_edge(self) -> NetEdge:
        """Return the profit at the marks after fees, and what was turned over for it."""
        turnover_e8 = fills = 0
        for key, position in self.books.positions.by_symbol.items():
            count, notional_htl = self.books.book(key).quality.filled()
            fills += count
            turnover_e8 += position.steps.e8_down(notional_htl)
        return NetEdge(self.books.net_profit_e8(), turnover_e8, fills, self._drawdown_e8)

    def finish(self, until_ns: int, seq: int, last_ns: int) -> None:
        """Wait for the answers under way; close books and verdicts at the time of the last event."""
        self.answers(until_ns, seq)
        self.books.finish(last_ns)
        self._profit_e8()  # what came after the last look at it is in the profit that is reported
        for pipeline in self.pipelines.values():
            pipeline.tally.settle()

    def report(self) -> dict[str, object]:
        """Return what the chains have said, and what became of the orders."""
        out: dict[str, object] = {}
        measures = self.books.measures()
        for key in sorted(self.pipelines):
            pipeline = self.pipelines[key]
            body = pipeline.tally.to_dict()
            body["observer"] = pipeline.observer.counters()
            position = self.books.positions.get(key)
            body["position"] = position.to_dict()
            body["in_units"] = in_units(position)
            body["quality"] = self.books.book(key).quality.to_dict()
            body["measures"] = measures.get(key)
            out[key] = body
        return {
            "edge": self.books.edges(),
            "instruments": out,
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


def exchange_from(config: LabConfig, instruments: Mapping[str, Instrument]) -> PaperExchange:
    """Return the paper exchange that a configuration describes."""
    return PaperExchange(
        instruments,
        config.paper,
        fill_config=getattr(config.fill, config.paper.fill_model, None),
        latency_config=getattr(config.delay, config.paper.latency_model, None),
        edges=EdgeConfigs(low=config.fill.risk_averse, high=config.fill.optimistic),
    )


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
