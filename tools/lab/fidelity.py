"""How far a replay's fills can be believed: the verdict that goes with every report.

The envelope decides. An order is certain if the pessimistic model fills it while it lives,
possible if only the optimistic one does; the share of possible orders is the width W. Beyond
that the data must be whole, and there must be enough orders for a share to mean anything.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from tools.core.units import format_scaled
from tools.execution.latency import empirical
from tools.live.config_tree import resolved_config
from tools.live.fill_classes import Classes
from tools.live.path import Path
from tools.live.settings import LabConfig

if TYPE_CHECKING:
    from tools.lab.replay import Replay

HIGH_PPM: Final = 50_000
INTERVAL_PPM: Final = 200_000
MIN_ORDERS: Final = 30

_MEASURED: Final = ("empirical", "interpolated")  # latency models that are made of measurements


class Fidelity(StrEnum):
    """What may be claimed of the fills, best first."""

    HIGH_FIDELITY = "HIGH_FIDELITY"
    INTERVAL_ONLY = "INTERVAL_ONLY"
    NOT_DECIDABLE = "NOT_DECIDABLE"


class FidelityReason(StrEnum):
    """Why the verdict is what it is."""

    NARROW = "NARROW"  # the two models agree on all but 5 % of the orders
    WIDE = "WIDE"  # they disagree on up to 20 %: every figure is an interval
    TOO_WIDE = "TOO_WIDE"  # they disagree on more: this feed does not say what would have filled
    DATA_GAPS = "DATA_GAPS"  # ids are missing, lines were unusable, or the connection broke
    TOO_FEW_ORDERS = "TOO_FEW_ORDERS"  # fewer than 30 came to rest and are closed


class EdgeVerdict(StrEnum):
    """Whether the fills have earned anything, after fees."""

    POSITIVE = "POSITIVE"
    NEGATIVE = "NEGATIVE"
    UNKNOWN = "UNKNOWN"


class EdgeReason(StrEnum):
    """Why the edge is what it is."""

    WHOLE_INTERVAL = "WHOLE_INTERVAL"  # both ends are on the same side of zero
    HOLDS_ZERO = "HOLDS_ZERO"
    ONE_PATH = "ONE_PATH"  # a single model is one point and no interval
    NO_FILLS = "NO_FILLS"  # on one of the paths at least
    NOT_DECIDABLE = "NOT_DECIDABLE"  # the fills themselves are


def judge(classes: Classes, gaps: int) -> tuple[Fidelity, FidelityReason]:
    """Return the verdict over one instrument's orders, given how many holes its data have."""
    if gaps:
        return Fidelity.NOT_DECIDABLE, FidelityReason.DATA_GAPS
    width_ppm = classes.width_ppm()
    if width_ppm is None or classes.orders < MIN_ORDERS:
        return Fidelity.NOT_DECIDABLE, FidelityReason.TOO_FEW_ORDERS
    if width_ppm <= HIGH_PPM:
        return Fidelity.HIGH_FIDELITY, FidelityReason.NARROW
    if width_ppm <= INTERVAL_PPM:
        return Fidelity.INTERVAL_ONLY, FidelityReason.WIDE
    return Fidelity.NOT_DECIDABLE, FidelityReason.TOO_WIDE


def judge_edge(edges: list[int | None], fidelity: Fidelity) -> tuple[EdgeVerdict, EdgeReason]:
    """Return what may be claimed of the net edge on one path or two; None where nothing filled."""
    known = [edge for edge in edges if edge is not None]
    if len(known) < len(edges):
        return EdgeVerdict.UNKNOWN, EdgeReason.NO_FILLS
    if len(edges) < 2:
        return EdgeVerdict.UNKNOWN, EdgeReason.ONE_PATH
    if min(known) <= 0 <= max(known):
        return EdgeVerdict.UNKNOWN, EdgeReason.HOLDS_ZERO
    if fidelity is Fidelity.NOT_DECIDABLE:
        return EdgeVerdict.UNKNOWN, EdgeReason.NOT_DECIDABLE
    return (EdgeVerdict.POSITIVE if known[0] > 0 else EdgeVerdict.NEGATIVE), EdgeReason.WHOLE_INTERVAL


def fidelity_of(replay: "Replay", paths: list[Path]) -> dict[str, object]:
    """Return the fidelity block of some paths of a replay.

    The orders of the first are classified, or those of all if the paths are accounts at one
    venue. See ``docs/concepts/fidelity.md``.
    """
    accounts = paths if replay.plan.accounts else paths[:1]
    path = paths[0]
    config = path.config
    problems = len(replay.feed.problems)
    bad_lines = sum(replay.feed.counts.quarantined.values())
    instruments: dict[str, object] = {}
    found: list[tuple[Fidelity, FidelityReason]] = []
    for key in sorted(path.pipelines):
        pipeline = path.pipelines[key]
        classes = Classes()
        for account in accounts:
            classes.take_in(account.classes.get(key))
        counted = pipeline.observer.counters()
        gaps = {
            "bad_lines": bad_lines,
            "disconnected": counted["status_disconnected"],
            "trade_ids_missing": counted["trade_ids_missing"],
            "truncated_files": problems,
        }
        verdict, reason = judge(classes, sum(gaps.values()))
        found.append((verdict, reason))
        instruments[key] = {
            **classes.to_dict(),
            "data_gaps": gaps,
            "join": replay.clocks.join(key),
            "reason": reason,
            "symbol": pipeline.instrument.symbol,
            "venue": pipeline.instrument.venue,
            "verdict": verdict,
        }
    overall, why = max(found, key=_rank) if found else (Fidelity.NOT_DECIDABLE, FidelityReason.TOO_FEW_ORDERS)
    return {
        "calibration": None,
        "feed_level": "L2" if replay.clocks.depths else "L1",
        "fees": (
            {account.name: resolved_config(account.config.fees) for account in accounts}
            if replay.plan.accounts
            else resolved_config(config.fees)
        ),
        "fill_paths": [one.config.paper.fill_model for one in (paths[:1] if replay.plan.accounts else paths)],
        "instruments": instruments,
        "late_venue_events": replay.clocks.late,
        "latency_model": config.paper.latency_model,
        "latency_source": latency_source(config),
        "reason": why,
        "verdict": overall,
    }


def latency_source(config: LabConfig) -> str:
    """Return where the delays are from; a model's own defaults are a shape to try things with."""
    name = config.paper.latency_model
    own = getattr(config.delay, name, None)
    if name not in _MEASURED or own is None:
        return "ASSUMED"
    shape = type(own)()
    if isinstance(own, empirical.Config):
        shape = replace(shape, seed=own.seed)  # other draws from the same shape measure nothing
    return "ASSUMED" if own == shape else "MEASURED"


def _rank(found: tuple[Fidelity, FidelityReason]) -> int:
    return list(Fidelity).index(found[0])


def net_edge_of(paths: list[Path], fidelity: Fidelity) -> dict[str, object]:
    """Return what every path has earned on what it turned over, and what may be claimed of it."""
    by_path = [path.net_edge() for path in paths]
    edges = [edge.edge_ubps() for edge in by_path]
    verdict, reason = judge_edge(edges, fidelity)
    known = [edge for edge in edges if edge is not None]
    bounds: object = edges[0]
    if len(edges) > 1:
        bounds = sorted(known) if len(known) == len(edges) else None
    return {
        "edge_ubps": bounds,
        "paths": {
            path.config.paper.fill_model: edge.to_dict() for path, edge in zip(paths, by_path, strict=True)
        },
        "reason": reason,
        "verdict": verdict,
    }


def sentences(block: Mapping[str, object], edge: Mapping[str, object]) -> list[str]:
    """Return a fidelity block and a net edge as sentences, for `explain`."""
    fees = block["fees"]
    paths = block["fill_paths"]
    instruments = block["instruments"]
    assert isinstance(fees, dict) and isinstance(paths, list) and isinstance(instruments, dict)
    source = str(block["latency_source"]).lower()
    how = [
        f"fills by {' and '.join(paths)} on {block['feed_level']}",
        f"latency {block['latency_model']} ({source})",
        fees_text(fees),
        f"late venue events {block['late_venue_events']}",
    ]
    lines = [f"Fidelity: {block['verdict']} ({block['reason']}); {'; '.join(how)}."]
    for key, body in instruments.items():
        classes, joined, gaps = body["classes"], body["joined"], body["data_gaps"]
        width = "unknown" if body["width_ppm"] is None else f"{_percent(body['width_ppm'])} of orders"
        lines.append(
            f"  {key}: {body['verdict']} ({body['reason']}): {classes['CERTAIN']} orders certain,"
            f" {classes['POSSIBLE']} possible, {classes['NO']} not filled; envelope width {width};"
            f" {body['impact_suspect']} impact-suspect; joined {joined['at_best']} at the best,"
            f" {joined['inside']} inside, {joined['behind']} behind; data gaps {sum(gaps.values())}."
        )
    whose = " of all accounts" if _by_account(fees) else ""
    lines.append(f"Net edge{whose}: {edge['verdict']} ({edge['reason']}): {_edge_text(edge['edge_ubps'])}.")
    return lines


def fees_text(fees: Mapping[str, Any]) -> str:
    """Return fees in words, account by account if each has its own.

    The least fee and the settlement step are told where they are not the usual none.
    """
    if _by_account(fees):
        return "; ".join(f"{name}: {fees_text(own)}" for name, own in fees.items())
    text = f"fees {_bps(fees['maker_ubps'])} maker, {_bps(fees['taker_ubps'])} taker"
    least_e8, step_e8 = fees.get("min_fee_e8", 0), fees.get("settlement_step_e8", 1)
    if least_e8:
        text += f", at least {format_scaled(least_e8, 8)}"
    if step_e8 != 1:
        text += f", settled in steps of {format_scaled(step_e8, 8)}"
    return text


def _by_account(fees: Mapping[str, Any]) -> bool:
    """Return True where each account has fees of its own, even one that is named like a fee."""
    return "maker_ubps" not in fees or isinstance(fees["maker_ubps"], Mapping)


def _edge_text(value: object) -> str:
    if isinstance(value, list):
        return f"between {_bps(value[0])} and {_bps(value[1])} of what was turned over"
    return f"{_bps(value)} of what was turned over" if isinstance(value, int) else "no figure"


def _bps(ubps: int) -> str:
    sign = "-" if ubps < 0 else ""
    whole, part = divmod((abs(ubps) + 5_000) // 10_000, 100)
    return f"{sign}{whole}.{part:02d} bps"


def _percent(ppm: int) -> str:
    return f"{ppm // 10_000}.{ppm // 100 % 100:02d} %"
