"""``replay FILE...``: recorded days through the chain, and the report of what it said.

A replay is a function of its inputs' bytes and of what the audit header records. The
header is written first, so that `verify` and `explain` can run the same replay again.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tools.core.audit import SCHEMA, AuditLog, digest_text
from tools.core.canon import encode
from tools.core.errors import ConfigError, InputError, UsageError, VerifyError
from tools.core.events import MarketEvent
from tools.core.instrument import Instrument
from tools.execution.client_ids import check_run_id
from tools.lab.envelope import ENVELOPE, interval, policies_of, with_fills
from tools.lab.fidelity import Fidelity, fidelity_of, net_edge_of
from tools.lab.inputs import find_input
from tools.live.config_tree import config_from_resolved, resolved_config
from tools.live.feeds import CollectorFeed, InputFile, describe_input, open_collector
from tools.live.feeds.two_clocks import Timed, TwoClocks
from tools.live.path import Policy
from tools.live.session import DELTA, Session
from tools.live.settings import LabConfig, with_seed

PROGRAM = "replay"
_PROGRESS_EVERY_S = 0.5

Sink = Callable[[str], None]
Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class ReplayPlan:
    """Everything that a replay depends on.

    Parameters
    ----------
    paths, inputs
        Where the recordings are, and what they are; in the same order.
    instruments
        Every instrument that may appear, by key.
    config
        Of the chain.
    symbol
        Only this symbol or key; empty for all.
    seed
        Of everything that draws by chance.
    detail
        ``"delta"`` or ``"full"``.
    strict
        Stop at the first line that cannot be used.
    pretty
        How the report was written.
    run_id
        For the ids that a venue is given; empty if none is.
    fills
        ``"envelope"`` for two paths; empty for the one that `config` names.
    """

    paths: tuple[str, ...]
    inputs: tuple[InputFile, ...]
    instruments: Mapping[str, Instrument]
    config: LabConfig
    symbol: str = ""
    seed: int = 42
    detail: str = DELTA
    strict: bool = False
    pretty: bool = False
    run_id: str = ""
    fills: str = ""

    def header(self) -> dict[str, object]:
        """Return the audit header: enough to run the same replay again."""
        return {
            "config": resolved_config(self.config),
            "detail": self.detail,
            "inputs": [item.to_dict() for item in self.inputs],
            "instruments": {key: self.instruments[key].to_dict() for key in sorted(self.instruments)},
            "pretty": self.pretty,
            "program": PROGRAM,
            "schema": SCHEMA,
            "seed": self.seed,
            "strict": self.strict,
            "symbol": self.symbol,
            **self.named(),
        }

    def named(self) -> dict[str, object]:
        """Return run id and fills under their names, for header and report; nothing without them."""
        given = {"fills": self.fills, "run_id": self.run_id}
        return {name: value for name, value in given.items() if value}

    def policies(self) -> tuple[Policy, ...]:
        """Return what each path of the replay is run with."""
        return policies_of(self.config, self.fills)


def plan_replay(
    paths: Sequence[str],
    instruments: Mapping[str, Instrument],
    config: LabConfig,
    symbol: str = "",
    seed: int | None = None,
    detail: str = DELTA,
    strict: bool = False,
    pretty: bool = False,
    run_id: str = "",
    fills: str = "",
) -> ReplayPlan:
    """Look at the inputs and return the plan; raise `InputError` naming a file that is missing.

    `seed` is that of everything that draws by chance; None leaves it to the configuration.
    `fills` is a fill model by name, ``"envelope"``, or empty for that of the configuration.
    """
    if not paths:
        raise UsageError("name at least one recording")
    known = [name for item in instruments.values() for name in (item.key, item.symbol)]
    if symbol and symbol not in known:
        raise UsageError(f"--symbol {symbol[:40]}: not an instrument here; known: {', '.join(instruments)}")
    chosen, envelope = with_fills(config if seed is None else with_seed(config, seed), fills)
    return ReplayPlan(
        paths=tuple(paths),
        inputs=tuple(describe_input(path) for path in paths),
        instruments=instruments,
        config=chosen,
        symbol=symbol,
        seed=chosen.paper.seed,
        detail=detail,
        strict=strict,
        pretty=pretty,
        run_id=check_run_id(run_id) if run_id else "",
        fills=envelope,
    )


def plan_from_header(header: Mapping[str, Any], paths: Sequence[str]) -> ReplayPlan:
    """Return the plan that an audit header records, with its inputs found among `paths`.

    Raises
    ------
    InputError
        An input is not among the paths, or has other bytes; the message names it.
    VerifyError
        The header does not hold what a replay needs.
    """
    try:
        return _plan(header, paths)
    except (KeyError, TypeError, AttributeError, UsageError, ConfigError) as error:
        raise VerifyError(f"the header does not hold the plan of a replay: {error}") from None


def _plan(header: Mapping[str, Any], paths: Sequence[str]) -> ReplayPlan:
    wanted = [InputFile(**item) for item in header["inputs"]]
    for name, kind in (("symbol", str), ("seed", int), ("detail", str), ("strict", bool)):
        if type(header[name]) is not kind:
            raise UsageError(f"{name} has the wrong type")
    run_id = check_run_id(header["run_id"]) if "run_id" in header else ""
    fills = header.get("fills", "")
    if fills not in ("", ENVELOPE):
        raise UsageError("fills has a wrong value")
    found: list[str] = []
    for item in wanted:
        found.append(find_input(item, paths))
    return ReplayPlan(
        paths=tuple(found),
        inputs=tuple(wanted),
        instruments={key: Instrument(**value) for key, value in header["instruments"].items()},
        config=config_from_resolved(header["config"], LabConfig),
        symbol=header["symbol"],
        seed=header["seed"],
        detail=header["detail"],
        strict=header["strict"],
        pretty=header["pretty"],
        run_id=run_id,
        fills=fills,
    )


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
        self.clocks: Final = TwoClocks(self._read, plan.config.latency, plan.config.two_clocks)
        self.session = Session(
            plan.instruments,
            plan.config,
            self._audit,
            plan.detail,
            plan.run_id,
            policies or plan.policies(),
        )

    def _note_twins(self) -> None:
        """Note inputs that are the same bytes: every print in them counts twice."""
        first: dict[str, str] = {}
        for item in self.plan.inputs:
            if item.sha256 in first:
                self.feed.notes.append(f"{item.name}: has the same bytes as {first[item.sha256]}")
            first.setdefault(item.sha256, item.name)

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
        report of each.
        """
        paths = self.session.paths
        reports = [path.report() for path in paths]
        fidelity = fidelity_of(self, paths)
        body = reports[0]
        if self.plan.fills:
            named: dict[str, object] = {
                path.name: report for path, report in zip(paths, reports, strict=True)
            }
            body = {**interval(*reports), "paths": named}
        return {
            **body,
            **self.session.times(),
            "config_sha256": digest_text(encode(resolved_config(self.plan.config))),
            "feed": self.feed.counts.to_dict(),
            "fidelity": fidelity,
            "inputs": [item.to_dict() for item in self.plan.inputs],
            "late_venue_events": self.clocks.late,
            "net_edge": net_edge_of(paths, Fidelity(str(fidelity["verdict"]))),
            "notes": self.feed.notes,
            "problems": self.feed.problems,
            "schema": "execlab.replay/1",
            "seed": self.plan.seed,
            "symbol": self.plan.symbol,
            **self.plan.named(),
        }
