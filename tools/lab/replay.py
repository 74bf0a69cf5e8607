"""``replay FILE...``: recorded days through the chain, and the report of what it said.

A replay is a function of its inputs' bytes and of what the audit header records. The
header is written first, so that `verify` and `explain` can run the same replay again.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final

from tools.core.audit import AuditLog, digest_text
from tools.core.canon import encode
from tools.core.errors import InputError
from tools.core.events import MarketEvent
from tools.lab.accounts import accounts_to_header, edge_together, together
from tools.lab.envelope import interval
from tools.lab.fidelity import Fidelity, fidelity_of, net_edge_of
from tools.lab.replay_plan import PROGRAM, ReplayPlan, plan_from_header, plan_replay
from tools.live.config_tree import resolved_config
from tools.live.feeds import CollectorFeed, open_collector
from tools.live.feeds.two_clocks import Timed, TwoClocks
from tools.live.path import Policy
from tools.live.session import Session

__all__ = ["PROGRAM", "Replay", "ReplayPlan", "plan_from_header", "plan_replay"]

_PROGRESS_EVERY_S = 0.5

Sink = Callable[[str], None]
Progress = Callable[[str], None]


class Replay:
    """One replay in progress; `advance` takes it up to an event number.

    Parameters
    ----------
    plan
        What to run.
    sink
        Takes the lines of the audit log; None keeps no log.
    policies
        What the paths are run with, if not what the plan says.
    """

    def __init__(self, plan: ReplayPlan, sink: Sink | None = None, policies: Sequence[Policy] = ()) -> None:
        self.plan = plan
        self._audit = AuditLog(sink) if sink is not None else None
        if self._audit is not None:
            self._audit.write("header", 0, plan.header())
        self.feed: CollectorFeed = open_collector(
            plan.paths,
            dict(plan.instruments),
            plan.config.decode,
            (plan.symbol,) if plan.symbol else (),
            levels=plan.config.two_clocks.levels,
        )
        self._note_twins()
        self.fundings: Final = plan.fundings()
        self.clocks: Final = TwoClocks(self._read, plan.config.latency, plan.config.two_clocks, self.fundings)
        self.session = Session(
            plan.instruments,
            plan.config,
            self._audit,
            plan.detail,
            plan.run_id,
            policies or plan.policies(),
            funded=bool(self.fundings),
            accounts=bool(plan.accounts),
        )

    def _note_twins(self) -> None:
        """Note inputs that are the same bytes: every print in them counts twice."""
        first: dict[str, str] = {}
        for item in self.plan.inputs:
            if item.sha256 in first:
                self.feed.notes.append(f"{item.name}: has the same bytes as {first[item.sha256]}")
            first.setdefault(item.sha256, item.name)

    def _note_fundings(self) -> None:
        """Note the funding times that were not within the recordings, or of nothing that is in them."""
        for key in sorted({funding.symbol for funding in self.fundings}.difference(self.session.seen)):
            self.feed.notes.append(f"{key} has funding times, and the recordings hold nothing of it")
        left = self.clocks.fundings_left()
        if left:
            self.feed.notes.append(
                f"{left} of {len(self.fundings)} funding times are outside of the recordings"
            )

    def _read(self) -> list[MarketEvent]:
        """Return the next events of the feed; raise if strict and one is bad."""
        batch = self.feed.next_batch()
        if self.plan.strict:
            for reason, place in self.feed.counts.first_place.items():
                raise InputError(f"{place}: {reason} (--strict stops here)")
        return batch

    def next_batch(self) -> list[Timed]:
        """Return the next events on their two clocks, not yet taken in."""
        return self.clocks.next_batch()

    def run(self, progress: Progress | None = None) -> dict[str, object]:
        """Run to the end and return the report."""
        started = time.monotonic()
        shown = started
        take = self.session.take
        while batch := self.next_batch():
            for event, venue_ns in batch:
                take(event, venue_ns)
            if progress is not None and time.monotonic() - shown > _PROGRESS_EVERY_S:
                shown = time.monotonic()
                progress(self._progress_line(shown - started))
        self.session.finish()
        if self.plan.symbol and not self.session.pipelines:
            self.feed.problems.append(f"{self.plan.symbol}: the recordings hold nothing of it")
        self._note_fundings()
        report = self.report()
        if self._audit is not None:
            seq = self.session.seq
            self.session.summarise()
            self._audit.write("fidelity", seq, {key: report[key] for key in ("fidelity", "net_edge")})
            self._audit.close(seq)
        return report

    def _progress_line(self, elapsed_s: float) -> str:
        read, total = self.feed.bytes_read, max(1, self.feed.bytes_total)
        left_s = elapsed_s * (total - read) / max(1, read)
        rate = self.session.seq / elapsed_s
        return f"{100 * read // total:3d} %  {rate:,.0f} events/s  {left_s:.0f} s left"

    def report(self) -> dict[str, object]:
        """Return the report; the same at every detail.

        Of two paths every figure that depends on fills is an interval, and `paths` holds the
        report of each. Of several accounts it has what they come to together, and `accounts`
        the report of each.
        """
        paths = self.session.paths
        reports = [path.report() for path in paths]
        fidelity = fidelity_of(self, paths)
        body = reports[0]
        named = {path.name: report for path, report in zip(paths, reports, strict=True)}
        verdict = Fidelity(str(fidelity["verdict"]))
        depends: object = resolved_config(self.plan.config)
        if self.plan.fills:
            body = {**interval(*reports), "paths": named}
        elif self.plan.accounts:
            body = {**together(named), "accounts": named}
            depends = accounts_to_header(self.plan.accounts)
        if self.fundings:
            left = self.clocks.fundings_left()
            body = {**body, "funding": {"given": len(self.fundings), "outside": left}}
        return {
            **body,
            **self.session.times(),
            "config_sha256": digest_text(encode(depends)),
            "feed": self.feed.counts.to_dict(),
            "fidelity": fidelity,
            "inputs": [item.to_dict() for item in self.plan.inputs],
            "late_venue_events": self.clocks.late,
            "net_edge": (edge_together if self.plan.accounts else net_edge_of)(paths, verdict),
            "notes": self.feed.notes,
            "problems": self.feed.problems,
            "schema": "execlab.replay/1",
            "seed": self.plan.seed,
            "symbol": self.plan.symbol,
            **self.plan.named(),
        }
