"""What an order came to, in sentences: its place in the queue, what it cost, what its fills were worth."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tools.core.instrument import Steps
from tools.core.orders import FillClass
from tools.core.units import UBPS_ONE, div_half_even, format_scaled
from tools.engine.wording import figure
from tools.execution.tca import HORIZONS

_CLASSES: Final = {
    FillClass.CERTAIN: "both bounds of the queue fill it",
    FillClass.POSSIBLE: "only the optimistic bound of the queue fills it",
    FillClass.NO: "neither bound of the queue fills it",
}


def about_order(order: Mapping[str, Any], fills: Sequence[Mapping[str, Any]], steps: Steps) -> list[str]:
    """Return sentences from an order's `order_quality` line and the `fill_quality` lines of its fills."""
    lines = [_place(order["place"], steps), _cost(order, steps)]
    if fills:
        lines.append(_markouts(fills))
    return lines


def _place(place: Mapping[str, Any], steps: Steps) -> str:
    parts: list[str] = []
    distance, ahead, shown = place["distance_ticks"], place["ahead_lots"], place["shown_lots"]
    if distance is not None:
        ticks = f"{abs(distance)} tick{'' if abs(distance) == 1 else 's'}"
        where = "at" if distance == 0 else f"{ticks} {'behind' if distance > 0 else 'inside of'}"
        parts.append(f"arrived {where} the own best")
    if ahead is not None:
        of = "" if shown is None else f" of {steps.qty_text(shown)} displayed"
        share = "" if place["queue_ppm"] is None else f" ({figure('queue_ppm', place['queue_ppm'])})"
        parts.append(f"{steps.qty_text(ahead)}{of} ahead{share}")
    fill_class = place["fill_class"]
    if fill_class is None:
        parts.append("no class: rejected, or not over when the run ended")
    else:
        parts.append(f"{fill_class}: {_CLASSES[FillClass(fill_class)]}")
    if place["impact_suspect"]:
        parts.append(
            "impact_suspect: too large for the recorded market to stand for what would have happened"
        )
    return f"queue: {'; '.join(parts)}"


def _cost(order: Mapping[str, Any], steps: Steps) -> str:
    parts = order["shortfall"]
    whole, decision_ht = parts["shortfall_htl"], parts["decision_ht"]
    relative = ""
    if whole is not None and decision_ht:
        share_ubps = div_half_even(whole * UBPS_ONE, decision_ht * order["qty_lots"])
        relative = f" ({figure('share_ubps', share_ubps)} of quantity x decision mid)"
    named = " + ".join(
        f"{name} {_money(parts[f'{name}_htl'], steps)}" for name in ("delay", "trading", "opportunity")
    )
    return (
        f"cost in quote currency, positive is against us: shortfall {_money(whole, steps)}{relative}"
        f" = {named}; fees {_trim(format_scaled(parts['fees_e8'], 8))}"
    )


def _money(money_htl: int | None, steps: Steps) -> str:
    """Return half-tick x lot as exact decimal text in the quote currency."""
    if money_htl is None:
        return "unknown"
    decimals = steps.price_decimals + steps.qty_decimals + 1
    return _trim(format_scaled(5 * money_htl * steps.tick_units * steps.lot_units, decimals))


def _trim(text: str) -> str:
    return text.rstrip("0").rstrip(".")


def _markouts(fills: Sequence[Mapping[str, Any]]) -> str:
    """Return the gains by the mids after the fills, as `quality` relates them: over quantity x mid before."""
    said: list[str] = []
    for at, (name, _) in enumerate(HORIZONS):
        known = [f for f in fills if f["markouts_htl"][at] is not None and f["before_ht"] is not None]
        if not known:
            said.append(f"{name} unknown")
            continue
        gain_htl = sum(fill["markouts_htl"][at] for fill in known)
        base_htl = sum(fill["before_ht"] * fill["qty_lots"] for fill in known)
        text = figure("markout_ubps", div_half_even(gain_htl * UBPS_ONE, base_htl))
        said.append(f"{name} {text}" + (f" (of {len(known)})" if len(known) < len(fills) else ""))
    of = "its fill" if len(fills) == 1 else f"its {len(fills)} fills"
    return f"markout of {of}, positive is for us: {', '.join(said)}"
