"""A market seen through the chains of its instruments, event by event.

The session numbers the events, hands each to the chain it belongs to, and writes what
changed to the audit log. It looks at no clock and reads no file: feeds do.
"""

from collections.abc import Mapping
from typing import Final

from tools.core.audit import AuditLog
from tools.core.events import FeedKind, FeedStatus, MarketEvent, Tick
from tools.core.instrument import Instrument
from tools.core.quality import NO_ORDERS
from tools.core.verdicts import RiskVerdict
from tools.engine import Pipeline
from tools.live.settings import LabConfig

DELTA: Final = "delta"
FULL: Final = "full"

_NO_RISK: Final = RiskVerdict(0, True, "OPEN")


class Session:
    """Runs the chains.

    Parameters
    ----------
    instruments
        By key; a chain is made when the first event of an instrument arrives.
    config
        Of every chain.
    audit
        Takes a line for each verdict that changed (``delta``), or one for each evaluation
        with everything in it (``full``).
    detail
        ``"delta"`` or ``"full"``. The report does not depend on it.
    """

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        config: LabConfig,
        audit: AuditLog | None = None,
        detail: str = DELTA,
    ) -> None:
        self._instruments: Final = instruments
        self._config: Final = config
        self._chain_config: Final = config.chain()
        self._audit: Final = audit
        self._full: Final = detail == FULL
        self.pipelines: Final[dict[str, Pipeline]] = {}
        self.seq = 0
        self.first_ns = 0
        self.last_ns = 0

    def step(self, event: MarketEvent) -> None:
        """Take in one event."""
        self.seq += 1
        self.last_ns = event.recv_ns
        if self.seq == 1:
            self.first_ns = event.recv_ns
        if isinstance(event, Tick):
            for pipeline in self.pipelines.values():
                self._evaluate(pipeline, event)
            return
        if isinstance(event, FeedStatus):
            self._status(event)
            return
        pipeline_or_none = self.pipelines.get(event.symbol)
        if pipeline_or_none is None:
            pipeline_or_none = self._open(event.symbol)
        self._evaluate(pipeline_or_none, event)

    def _open(self, key: str) -> Pipeline:
        pipeline = Pipeline(self._instruments[key], self._chain_config, metrics=self._full)
        self.pipelines[key] = pipeline
        return pipeline

    def _status(self, event: FeedStatus) -> None:
        """Tell the chain that a status is about, if there is one yet; all of them if it names none."""
        if event.kind is not FeedKind.IGNORED:
            body = event.to_dict()
            body["status"] = body.pop("kind")
            self._write("feed", body)
        if event.symbol:
            if event.symbol in self.pipelines:
                self._evaluate(self.pipelines[event.symbol], event)
            return
        for pipeline in self.pipelines.values():
            self._evaluate(pipeline, event)

    def _evaluate(self, pipeline: Pipeline, event: MarketEvent) -> None:
        if not pipeline.step(event, NO_ORDERS, _NO_RISK):
            return
        pipeline.tally.no_order(pipeline.reason)
        if self._audit is None:
            return
        if self._full:
            body = pipeline.frame(self.seq).to_dict()
            del body["seq"]  # every line has it
            self._write("frame", body)
        elif pipeline.changed:
            self._write_changes(pipeline)

    def _write_changes(self, pipeline: Pipeline) -> None:
        """Write the verdicts that this evaluation brought, each as a line of its own."""
        key = pipeline.instrument.key
        for kind, verdict in pipeline.news:
            self._write(kind, {"instrument": key, **verdict.to_dict()})

    def _write(self, kind: str, body: dict[str, object]) -> None:
        if self._audit is not None:
            self._audit.write(kind, self.seq, body)

    def finish(self) -> None:
        """Credit the verdicts in force up to the last event; call once, at the end."""
        for pipeline in self.pipelines.values():
            pipeline.tally.settle()

    def report(self) -> dict[str, object]:
        """Return what the chains have seen and said, by instrument."""
        out: dict[str, object] = {}
        for key in sorted(self.pipelines):
            pipeline = self.pipelines[key]
            body = pipeline.tally.to_dict()
            body["observer"] = pipeline.observer.counters()
            out[key] = body
        return {
            "events": self.seq,
            "first_ns": self.first_ns,
            "instruments": out,
            "last_ns": self.last_ns,
        }
