"""Running one recording under several policies, and setting side by side what it came to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any, Final

from tools.core.audit import digest_text
from tools.core.canon import encode
from tools.core.errors import ConfigError, UsageError
from tools.core.funding import Funding
from tools.core.instrument import Instrument
from tools.core.units import PPM
from tools.lab.counterfactual.stands import Lines
from tools.lab.envelope import ENVELOPE, policies_of, with_fills
from tools.lab.fidelity import Fidelity, fidelity_of, net_edge_of
from tools.lab.quality.columns import Columns, fill_columns, length_of, rows_at
from tools.lab.quality.means import FILL_MEASURES, mean_rows, scales_of
from tools.lab.replay import Replay, plan_replay
from tools.lab.stats.bootstrap import SEED
from tools.live.config_tree import read_config_file, resolved_config
from tools.live.path import Path, Policy
from tools.live.settings import LabConfig

SCHEMA: Final = "execlab.counterfactual/1"

_MEASURES: Final = {name: FILL_MEASURES[name] for name in ("markout_5s", "markout_60s", "net_edge_5s")}


@dataclass(frozen=True, kw_only=True)
class PolicyFile:
    """A policy: the name of its file without its ending, and its configuration."""

    name: str
    config: LabConfig


def read_policies(paths: Sequence[str], fills: str) -> list[PolicyFile]:
    """Return the policies of configuration files; the first is what the others are held against.

    Raises
    ------
    UsageError
        There are fewer than two, or two files have one name.
    ConfigError
        One measures nothing: what a permission was worth is read off the measures of its fills.
    """
    if len(paths) < 2:
        raise UsageError("give --policy at least twice: the first is what the others are held against")
    out: list[PolicyFile] = []
    for path in paths:
        name = File(path).stem
        if any(name == known.name for known in out):
            raise UsageError(f"--policy {path}: there is a policy {name} already; rename one file")
        config = with_fills(read_config_file(path, LabConfig), fills)[0]
        if not config.quality.measures:
            raise ConfigError(f"{path}: quality.measures: must be true, or there is nothing to compare")
        out.append(PolicyFile(name=name, config=config))
    return out


def counterfactual(
    files: Sequence[str],
    instruments: Mapping[str, Instrument],
    policies: Sequence[PolicyFile],
    fills: str = "",
    symbol: str = "",
    funding: Sequence[Funding] = (),
) -> dict[str, object]:
    """Replay recordings under every policy, over one observer pass, and return what it came to.

    Raises
    ------
    ConfigError
        The policies differ in something that the observation depends on.
    InputError
        A file is missing or unusable.
    """
    envelope = fills if fills == ENVELOPE else ""
    plan = plan_replay(files, instruments, policies[0].config, symbol=symbol, funding=funding)
    by_policy: dict[str, tuple[Policy, ...]] = {
        one.name: policies_of(one.config, envelope, one.name) for one in policies
    }
    every = [policy for paths in by_policy.values() for policy in paths]
    lines = Lines(every[0].name, [paths[0].name for paths in by_policy.values()])
    replay = Replay(plan, lines.take, every)
    replay.run()
    lines.settle()
    paths = {path.name: path for path in replay.session.paths}
    results: dict[str, object] = {}
    base = every[: len(by_policy[policies[0].name])]
    for one in policies:
        own = by_policy[one.name]
        body = _of_policy(replay, lines, [paths[policy.name] for policy in own])
        body["config_sha256"] = digest_text(encode(resolved_config(one.config)))
        body["net_against_first_e8"] = _difference(paths, own, base)
        results[one.name] = body
    return {
        "events": replay.session.seq,
        "fills": envelope or policies[0].config.paper.fill_model,
        "first": policies[0].name,
        "first_ns": replay.session.first_ns,
        "inputs": [item.to_dict() for item in plan.inputs],
        "last_ns": replay.session.last_ns,
        "parted": lines.parted,
        "partings": lines.partings,
        "policies": results,
        "problems": replay.feed.problems,
        "schema": SCHEMA,
        "worth": _worth(replay, lines, policies, by_policy),
    }


def _of_policy(replay: Replay, lines: Lines, paths: list[Path]) -> dict[str, object]:
    """Return what one policy came to: on one path, or as the interval of two."""
    fidelity = fidelity_of(replay, paths)
    verdict = Fidelity(str(fidelity["verdict"]))
    edge = net_edge_of(paths, verdict)
    held: dict[str, int] = {}
    for timeline in lines.timelines.get(paths[0].name, {}).values():
        for name, ns in timeline.held_ns(replay.session.last_ns).items():
            held[name] = held.get(name, 0) + ns
    gate: dict[str, int] = {}
    for pipeline in paths[0].pipelines.values():
        for name, ns in pipeline.tally.gate.time_ns.items():
            gate[name] = gate.get(name, 0) + ns
    whole_ns = sum(held.values())
    return {
        "drawdown_e8": _figures([path.net_edge().drawdown_e8 for path in paths]),
        "eligible_ppm": held.get("eligible", 0) * PPM // whole_ns if whole_ns else None,
        "fidelity": {"reason": fidelity["reason"], "verdict": verdict},
        "fills": _figures([path.net_edge().fills for path in paths]),
        "gate_ns": dict(sorted(gate.items())),
        "held_ns": held,
        "markouts": {
            path.config.paper.fill_model: _means(replay, fill_columns(lines.quality.get(path.name, [])))
            for path in paths
        },
        "net_e8": _figures([path.net_edge().net_e8 for path in paths]),
        "net_edge": {"edge_ubps": edge["edge_ubps"], "reason": edge["reason"], "verdict": edge["verdict"]},
        "orders": _figures([path.loop.lifecycle()["accepted"] for path in paths]),
        "turnover_e8": _figures([path.net_edge().turnover_e8 for path in paths]),
    }


def _figures(values: Sequence[int | None]) -> object:
    """Return one value as it is, and two as ``[low, high]``; None if one is unknown."""
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    return known[0] if len(known) == 1 else sorted(known)


def _difference(paths: Mapping[str, Path], own: Sequence[Policy], base: Sequence[Policy]) -> object:
    """Return what a policy brought beyond the first one, fill model by fill model."""
    out: list[int | None] = []
    for one, other in zip(own, base, strict=True):
        mine, theirs = paths[one.name].net_edge().net_e8, paths[other.name].net_edge().net_e8
        out.append(None if mine is None or theirs is None else mine - theirs)
    return _figures(out)


def _means(replay: Replay, columns: Columns) -> dict[str, object]:
    """Return what some fills were worth, all of them and without those of suspected orders."""
    every = range(length_of(columns))
    others = [at for at in every if not columns["impact_suspect"][at]]
    return {
        **_worth_of(replay, columns),
        "impact_suspects": len(every) - len(others),
        "without_suspects": _worth_of(replay, rows_at(columns, others)),
    }


def _worth_of(replay: Replay, columns: Columns) -> dict[str, object]:
    """Return markouts and net edge of some fills: mean, effective number, interval, and the money."""
    steps = {key: instrument.steps() for key, instrument in replay.plan.instruments.items()}
    out: dict[str, object] = {"fills": length_of(columns)}
    net_e8 = 0
    measured = 0
    for symbol, markout_htl, fee_e8 in zip(
        columns["symbol"], columns["markout_5s_htl"], columns["fee_e8"], strict=True
    ):
        if markout_htl is not None:
            net_e8 += steps[symbol].e8_down(markout_htl) - fee_e8
            measured += 1
    out["net_5s_e8"] = net_e8
    out["measured"] = measured
    for row in mean_rows("markouts", columns, _MEASURES, "time_ns", scales_of(steps), {}, SEED):
        out[row.name] = {
            "effective": None if row.n_eff is None else int(row.n_eff),
            "hidden": row.hidden,
            "mean_ubps": _ubps(row.value),
            "range_ubps": None if row.low is None or row.high is None else [_ubps(row.low), _ubps(row.high)],
        }
    return out


def _ubps(bps: float | None) -> int | None:
    return None if bps is None else round(bps * 1_000_000)


def _worth(
    replay: Replay,
    lines: Lines,
    policies: Sequence[PolicyFile],
    by_policy: Mapping[str, Sequence[Policy]],
) -> list[dict[str, object]]:
    """Return the first policy's fills by what each of the others allowed when they came."""
    out: list[dict[str, object]] = []
    for one in policies[1:]:
        for base, other in zip(by_policy[policies[0].name], by_policy[one.name], strict=True):
            columns = fill_columns(lines.quality.get(base.name, []))
            places: dict[str, list[int]] = {}
            for at, label in enumerate(_labels(lines, columns, base.name, other.name)):
                places.setdefault(label, []).append(at)
            groups: dict[str, Any] = {
                label: _means(replay, rows_at(columns, found)) for label, found in sorted(places.items())
            }
            out.append(
                {
                    "fills_of": policies[0].name,
                    "groups": groups,
                    "model": base.config.paper.fill_model,
                    "under": one.name,
                }
            )
    return out


def _labels(lines: Lines, columns: Columns, base: str, other: str) -> list[str]:
    """Return for each fill what the other policy allowed: as much, less, or nothing, by its layer."""
    out: list[str] = []
    for symbol, time_ns in zip(columns["symbol"], columns["time_ns"], strict=True):
        own = lines.timelines[base][symbol].at(time_ns)
        theirs = lines.timelines[other][symbol].at(time_ns)
        if theirs is None or not theirs.eligible:
            out.append(f"refused:{'' if theirs is None else theirs.layer}")
        elif own is not None and (theirs.ceiling < own.ceiling or theirs.budget_ppm < own.budget_ppm):
            out.append("limited")
        else:
            out.append("allowed")
    return out
