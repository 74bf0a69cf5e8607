"""One moment of a run in sentences: what the chain said, and what became of it."""

from collections.abc import Mapping
from typing import Any

from tools.core.instrument import Steps
from tools.core.timestamps import format_clock, format_iso
from tools.core.units import format_scaled
from tools.engine import Pipeline
from tools.engine.wording import evidence_text, headroom_text, sentence
from tools.live.path import Path
from tools.risk.holds import Effect


def about_chain(pipeline: Pipeline, seq: int) -> list[str]:
    """Return the verdicts in force after an event, and every bound."""
    if pipeline.state is None:
        return [f"{pipeline.instrument.key}: no evaluation yet."]
    frame = pipeline.frame(seq)
    decision = frame.decision
    lines = [f"{frame.instrument} at {format_iso(frame.state.time_ns)} (event {seq})"]
    if decision.eligible:
        lines.append(
            f"An order was possible: up to {decision.ceiling.name},"
            f" with {decision.budget_ppm // 10_000} % of the budget."
        )
    else:
        lines.append(f"No order was possible: {pipeline.reason}.")
    if decision.binding:
        lines.append(f"What bound it: {', '.join(decision.binding)}.")
    regime, permission, health = frame.regime, frame.permission, frame.health
    for text, since_ns in (
        (sentence("The regime", regime.regime, regime.reason, regime.evidence), regime.time_ns),
        (sentence("The gate", permission.gate, permission.reason, permission.evidence), permission.time_ns),
        (sentence("Health", health.colour, health.reason, health.evidence), health.time_ns),
    ):
        lines.append(f"{text} Since {format_clock(since_ns)}.")
    lines.append("Bounds, observed against limit:")
    for layer, evidence in pipeline.bounds():
        lines.append(f"  {layer:<10} {headroom_text(evidence)}")
    return lines


def about_desk(path: Path, key: str) -> list[str]:
    """Return what became of the decision: quoter, risk, own orders, position."""
    if path.pipelines[key].state is None:
        return []
    idle = path.idle.get(key)
    steps = path.pipelines[key].observer.instrument.steps()
    position = path.books.positions.get(key)
    lines = [f"  risk       {headroom_text(evidence)}" for evidence in path.risk.headroom()]
    lines += _about_hold(path, key)
    if idle is not None:
        lines.append(f"No order action followed: {idle}.")
    elif path.pipelines[key].decision.eligible:
        lines.append("It led to an order action.")
    else:
        lines.append("It led to cancels of what rests, and to no order.")
    refused = path.risk.last_refusal
    if idle is not None and refused is not None and idle == f"risk:{refused.reason}":
        because = "; ".join(evidence_text(item) for item in refused.evidence)
        lines.append(
            f"Risk refused {refused.intent.side} {steps.qty_text(refused.intent.qty_lots)}: {because}."
        )
    lines.append(f"Position: {steps.qty_text(position.position_lots)}.")
    lines += about_funding(path, key, steps)
    for order in path.loop.store.open_orders(key):
        lines.append(
            f"Own order {order.client_id}: {order.side} {steps.qty_text(order.leaves_lots)}"
            f" at {steps.price_text(order.price_ticks)}, {order.status}."
        )
    return lines


def _about_hold(path: Path, key: str) -> list[str]:
    """Return why risk lets nothing new be sent; nothing while it does."""
    verdict = path.risk.verdict(key)
    if verdict.open:
        return []
    hold = path.risk.holds.binding(key, Effect.HALT)
    because = "" if hold is None or hold.cause is None else f": {hold.cause.text}"
    return [f"Risk is {verdict.reason}{because}. Since {format_clock(verdict.time_ns)}."]


def about_funding(path: Path, key: str, steps: Steps) -> list[str]:
    """Return what is known of the last funding time of an instrument; nothing before the first."""
    if key not in path.funded:
        return []
    funding, lots = path.funded[key]
    booked = path.books.fundings.get(key)
    if lots != 0 and booked is not None and booked[0].time_ns == funding.time_ns:
        report, funding_e8 = booked
        all_e8 = path.books.positions.get(key).funding_e8
        so_far = f" So far it is {format_scaled(all_e8, 8)} in all."
        return [funding_text({**report.to_dict(), "funding_e8": funding_e8}, steps) + so_far]
    said = _funding_time(funding.time_ns, funding.rate_ubps)
    if lots == 0:
        return [f"{said}nothing was held, nothing is due."]
    return [f"{said}{steps.qty_text(lots)} were held; what that comes to has not been heard of yet."]


def funding_text(line: Mapping[str, Any], steps: Steps) -> str:
    """Return a sentence about a payment, from its line in the audit log."""
    mark = _trimmed(line["mark_ticks_e8"] * steps.tick_units, steps.price_decimals + 8)
    funding_e8 = int(line["funding_e8"])
    did = "paid" if funding_e8 < 0 else "received"
    held = f"{steps.qty_text(line['position_lots'])} were held at a mark of {mark}"
    amount = format_scaled(abs(funding_e8), 8)
    return f"{_funding_time(line['time_ns'], line['rate_ubps'])}{held}; {did} {amount}."


def _funding_time(time_ns: int, rate_ubps: int) -> str:
    return f"Funding at {format_iso(time_ns)}, rate {_trimmed(rate_ubps, 6)} bps: "


def _trimmed(value: int, decimals: int) -> str:
    return format_scaled(value, decimals).rstrip("0").rstrip(".")
