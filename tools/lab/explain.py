"""``explain DIR``: what was in force, and why, in sentences.

The audit log says which verdicts held; how far each bound was from letting go at another
moment than that of a change it does not say, so that is worked out by running the replay
again up to the moment, from the inputs, and the answer says so.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.core.demo import demo_instrument
from tools.core.errors import InputError, UsageError, VerifyError
from tools.core.funding import Funding
from tools.core.instrument import Instrument, Steps
from tools.core.timestamps import format_clock, format_iso, parse_iso
from tools.core.units import NS_PER_S, format_scaled
from tools.core.verdicts import Ceiling
from tools.engine.wording import sentence
from tools.lab.audit_file import check_chain, header_of, parse_line, read_lines, remembered_inputs
from tools.lab.explain_moment import about_chain, about_desk, funding_text
from tools.lab.explain_quality import about_order
from tools.lab.fidelity import sentences as fidelity_sentences
from tools.lab.replay import PROGRAM as REPLAY
from tools.lab.replay import Replay, plan_from_header
from tools.lab.run_paths import account_of, lines_of, mark_of
from tools.live.feeds.two_clocks import LOCAL
from tools.live.journal import AUDIT

_DAY_NS = 86_400 * NS_PER_S
_LAYERS = (("regime", "regime"), ("permission", "gate"), ("health", "colour"))
_VERDICTS = ("regime", "permission", "health", "decision")
_LIFE = ("order", "cancel", "query", "report")
_SUBJECTS = {"regime": "The regime", "permission": "The gate", "health": "Health"}


class Run:
    """A run's directory, opened for questions.

    Of several paths it shows one: that of the name, or the first, whose lines bear none.
    """

    def __init__(self, directory: str, inputs: Sequence[str] = (), path: str = "") -> None:
        lines = read_lines(Path(directory) / AUDIT)
        self.header = header_of(lines)
        broken = check_chain(lines)
        if broken is not None:
            raise VerifyError(f"{AUDIT}: {broken}")
        records = [parse_line(line) for line in lines]
        self.path = mark_of(self.header, records, path)
        self.records = lines_of(records, self.path)
        account, every = account_of(self.header, self.path)
        self.heading = [f"Account {account} of {', '.join(every)}."] if account else []
        self.inputs = [*inputs, *remembered_inputs(directory)]

    def steps(self, symbol: str) -> Steps:
        """Return the steps of a symbol as the run knew them; the demo's for a demo run."""
        known = self.header.get("instruments", {}).get(symbol)
        instrument = demo_instrument(symbol) if known is None else Instrument(**known)
        return (instrument or Instrument(venue="", symbol=symbol, tick="1", lot="1")).steps()

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """Return the audit records of one kind, in order."""
        return [record for record in self.records if record.get("kind") == kind]

    def summary(self) -> dict[str, Any]:
        """Return the last summary; raise `InputError` if the run has none."""
        found = self.of_kind("summary")
        if not found:
            raise InputError(f"{AUDIT}: the run has no summary line: it did not end")
        return found[-1]


def moment(run: Run, text: str) -> int:
    """Return a time given as ISO 8601, or as a time of day that the run holds exactly once."""
    summary = run.summary()
    first_ns, last_ns = int(summary["first_ns"]), int(summary["last_ns"])
    if "T" in text or " " in text.strip():
        at_ns = parse_iso(text)
        if not first_ns <= at_ns <= last_ns:
            raise UsageError(_not_held(text, "does not hold this time", first_ns, last_ns))
        return at_ns
    try:
        of_day_ns = parse_iso(f"1970-01-01T{text}Z")
    except UsageError:
        raise UsageError(f"--at {text[:40]}: give HH:MM:SS[.fff], or an ISO 8601 time") from None
    start_ns = first_ns // _DAY_NS * _DAY_NS
    found = []
    while start_ns <= last_ns:
        if first_ns <= start_ns + of_day_ns <= last_ns:
            found.append(start_ns + of_day_ns)
        start_ns += _DAY_NS
    if len(found) != 1:
        said = "holds this time more than once (give the date)" if found else "does not hold this time"
        raise UsageError(_not_held(text, said, first_ns, last_ns))
    return found[0]


def _not_held(text: str, said: str, first_ns: int, last_ns: int) -> str:
    return f"--at {text[:40]}: the run {said}; it goes from {format_iso(first_ns)} to {format_iso(last_ns)}"


def explain_at(run: Run, at_ns: int | None, seq: int | None, symbol: str = "") -> list[str]:
    """Return sentences about the verdicts in force after a moment or an event number."""
    if run.header.get("program") != REPLAY:
        raise UsageError("only a replay has verdicts to explain; a demo run has orders: --order")
    summary = run.summary()
    if seq is not None and not 1 <= seq <= int(summary["events"]):
        raise UsageError(f"--seq {seq}: the run has events 1 to {summary['events']}")
    if symbol and not any(symbol in (key, key.partition(":")[2]) for key in summary["instruments"]):
        known = ", ".join(sorted(summary["instruments"]))
        raise UsageError(f"--symbol {symbol[:40]}: not in this run, which has {known}")
    try:
        plan = plan_from_header(run.header, run.inputs)
    except InputError as error:
        return [*run.heading, *_from_audit(run, at_ns, seq, symbol), f"(From the audit log alone: {error}.)"]
    replay = Replay(plan)
    _run_to(replay, at_ns, seq)
    paths = replay.session.paths
    path = next((one for one in paths if one.name == run.path), paths[0])
    lines: list[str] = []
    for key, pipeline in sorted(path.pipelines.items()):
        if symbol in ("", key, pipeline.instrument.symbol):
            lines += about_chain(pipeline, replay.session.seq) + about_desk(path, key)
    if not lines:
        return ["Nothing had been evaluated yet at that moment."]
    return [*run.heading, *lines, "(Figures re-executed from the inputs up to this moment.)"]


def _run_to(replay: Replay, at_ns: int | None, seq: int | None) -> None:
    """Run up to a moment, with the answers that came by then after the last event, or to an event."""
    session = replay.session
    _take_until(replay, at_ns, seq)
    if at_ns is not None:
        session.answers(at_ns + 1)


def _take_until(replay: Replay, at_ns: int | None, seq: int | None) -> None:
    session = replay.session
    while batch := replay.next_batch():
        for event, venue_ns in batch:
            now_ns = venue_ns if isinstance(event, Funding) or venue_ns != LOCAL else event.recv_ns
            if at_ns is not None and now_ns > at_ns:
                return
            if seq is not None and session.seq >= seq:
                return
            session.take(event, venue_ns)


def _from_audit(run: Run, at_ns: int | None, seq: int | None, symbol: str) -> list[str]:
    """Return sentences from the audit lines alone: verdicts as they were when they changed."""
    held: dict[str, dict[str, dict[str, Any]]] = {}
    for record in run.records:
        if seq is not None and int(record["seq"]) > seq:
            continue
        for kind, verdict in _verdicts_of(record):
            if at_ns is None or int(verdict["time_ns"]) <= at_ns:
                held.setdefault(str(record["instrument"]), {})[kind] = verdict
        if record.get("kind") == "funding" and (at_ns is None or int(record["heard_ns"]) <= at_ns):
            held.setdefault(str(record["symbol"]), {})["funding"] = record
    lines: list[str] = []
    for key, by_kind in sorted(held.items()):
        if symbol not in ("", key, key.partition(":")[2]):
            continue
        decision = by_kind["decision"]
        lines.append(f"{key}, by the verdicts in the log")
        lines.append("An order was possible." if decision["eligible"] else "No order was possible.")
        if decision["binding"]:
            lines.append(f"What bound it: {', '.join(decision['binding'])}.")
        for kind, value in _LAYERS:
            record = by_kind[kind]
            text = sentence(_SUBJECTS[kind], record[value], record["reason"], record["evidence"])
            lines.append(f"{text} Since {format_clock(int(record['time_ns']))}.")
        if "funding" in by_kind:
            lines.append(funding_text(by_kind["funding"], run.steps(key)))
    return lines or ["Nothing had been evaluated yet at that moment."]


def _verdicts_of(record: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the verdicts that an audit record holds: its own, or all four of a frame."""
    kind = record.get("kind")
    if kind == "frame":
        return [(name, record[name]) for name in _VERDICTS]
    return [(str(kind), record)] if kind in _VERDICTS else []


def explain_order(run: Run, client_id: str) -> list[str]:
    """Return the life of one order, from the decision that it was made under to its end and its worth."""
    lines: list[str] = []
    decisions: dict[str, dict[str, Any]] = {}
    for record in run.records:
        for kind, verdict in _verdicts_of(record):
            if kind == "decision":
                decisions[str(record["instrument"])] = verdict
        if record.get("client_id") != client_id or record["kind"] not in _LIFE:
            continue
        if not lines and record.get("symbol") in decisions:
            lines.append(_decision_line(decisions[str(record["symbol"])]))
        lines.append(f"event {record['seq']}: {_order_line(run, record)}")
    if not lines:
        raise UsageError(f"--order {client_id[:40]}: the run has no such order")
    fills = [record for record in run.of_kind("fill_quality") if record["client_id"] == client_id]
    for record in run.of_kind("order_quality"):
        if record["client_id"] == client_id:
            lines += about_order(record, fills, run.steps(str(record["symbol"])))
    return [*run.heading, f"{client_id}:", *lines]


def _decision_line(decision: dict[str, Any]) -> str:
    bound = ", ".join(decision["binding"]) or "nothing"
    return (
        f"decided under: up to {Ceiling(decision['ceiling']).name},"
        f" {decision['budget_ppm'] // 10_000} % of the budget, bound by {bound},"
        f" in force since {format_iso(int(decision['time_ns']))}"
    )


def _order_line(run: Run, record: dict[str, Any]) -> str:
    when = format_iso(int(record["time_ns"]))
    kind = record["kind"]
    steps = run.steps(str(record.get("symbol", "")))
    if kind == "order":
        known_as = f" as {record['venue_id']}" if "venue_id" in record else ""
        return (
            f"approved and sent at {when}{known_as}: {record['side']} {record['time_in_force']}"
            f" {steps.qty_text(record['qty_lots'])} of"
            f" {record['symbol']} at {steps.price_text(record['price_ticks'])}"
        )
    if kind == "cancel":
        return f"cancel sent at {when}, {record['reason']}"
    if kind == "query":
        return f"unanswered, the venue was asked about it at {when}"
    said = f"{record['report']} at the venue at {when}"
    if record.get("last_lots"):
        amount, price = steps.qty_text(record["last_lots"]), steps.price_text(record["last_ticks"])
        said += f": {amount} at {price} ({record['liquidity']})"
    if record["text"]:
        said += f": {record['text']}"
    left = steps.qty_text(record["order_leaves_lots"])
    return f"{said}; the order is then {record['status']}, {left} left"


def explain_summary(run: Run) -> list[str]:
    """Return how long each verdict held, and why there was no order, by reason."""
    summary = run.summary()
    lines = [*run.heading]
    for record in run.of_kind("fidelity"):
        lines += fidelity_sentences(record["fidelity"], record["net_edge"])
    for key, body in sorted(summary.get("instruments", {}).items()):
        total_ns = max(1, int(body["last_ns"]) - int(body["first_ns"]))
        lines.append(f"{key}: {format_iso(body['first_ns'])} to {format_iso(body['last_ns'])}")
        for layer in ("regime", "gate", "colour"):
            parts = [
                f"{name} {100 * held_ns / total_ns:.1f} %"
                for name, held_ns in sorted(body[layer]["time_ns"].items())
            ]
            lines.append(f"  {layer}: {', '.join(parts)}")
        lines.append(
            f"  {body['evaluations']} evaluations, {body['with_order']} with an order action; without:"
        )
        ranked = sorted(body["without_order"].items(), key=lambda item: (-item[1], item[0]))
        lines += [f"    {count:>9}  {reason}" for reason, count in ranked]
    paid: dict[str, list[int]] = {}
    for record in run.of_kind("funding"):
        paid.setdefault(str(record["symbol"]), []).append(int(record["funding_e8"]))
    for symbol, amounts in sorted(paid.items()):
        times = f"{len(amounts)} time{'' if len(amounts) == 1 else 's'}"
        lines.append(
            f"  funding of {symbol}: {times}, {format_scaled(sum(amounts), 8)} in all (received less paid)"
        )
    for freeze in run.of_kind("freeze"):
        lines.append(f"  frozen at {format_iso(int(freeze['time_ns']))}: {freeze['text']}")
    refusals: dict[str, int] = {}
    for record in run.of_kind("refused"):
        refusals[str(record["reason"])] = refusals.get(str(record["reason"]), 0) + 1
    for reason, count in sorted(refusals.items()):
        lines.append(f"  refused {reason}: {count}")
    for name, count in sorted(summary.get("lifecycle", {}).items()):
        lines.append(f"  orders {name}: {count}")
    return lines
