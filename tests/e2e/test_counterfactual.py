"""``counterfactual``: policies side by side, each doing what it does alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.kit.cli import ROOT, lab
from tools.core.canon import encode
from tools.core.errors import ConfigError, UsageError
from tools.lab.counterfactual.compare import PolicyFile, counterfactual, read_policies
from tools.lab.counterfactual.show import mean_text
from tools.lab.counterfactual.stands import Lines, Timeline
from tools.lab.quality import fills
from tools.lab.synthesize import write_recording
from tools.live.config import read_instruments
from tools.live.config_tree import read_config_file
from tools.live.feeds.synthetic import synthesize
from tools.live.settings import LabConfig

KEY = "binance-usdm:BTCUSDT"
BASE = "[start]\nmin_samples = 10\n"
OPEN = BASE + 'cooldown = "0 s"\nprobation = "0 s"\n'
SHUT = BASE + 'cooldown = "60 s"\nprobation = "5 s"\n'
# Orders so large that some of them are suspected of an effect of their own.
LARGE = """
[quoter]
max_order = "50000 USD"
max_inventory = "100000 USD"
soft_inventory = "50000 USD"
[risk]
max_inventory = "200000 USD"
max_total = "200000 USD"
[control.order_value]
max_order = "100000 USD"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("counterfactual")
    write_recording(where / "input.log.gz", list(synthesize(42, 3)))
    for name, text in (("open", OPEN), ("shut", SHUT)):
        (where / f"{name}.toml").write_text(text)
    return where


@pytest.fixture(scope="module")
def arguments(folder: Path) -> list[str]:
    policies = [part for name in ("open", "shut") for part in ("--policy", str(folder / f"{name}.toml"))]
    return ["counterfactual", str(folder / "input.log.gz"), *policies]


@pytest.fixture(scope="module")
def found(arguments: list[str]) -> dict[str, Any]:
    done = lab(*arguments, "--format", "json")
    assert (done.code, done.err) == (0, "")
    out: dict[str, Any] = json.loads(done.out)
    return out


def test_every_policy_does_what_it_does_alone(found: dict[str, Any], folder: Path) -> None:
    for name in ("open", "shut"):
        alone = json.loads(
            lab("replay", str(folder / "input.log.gz"), "--config", str(folder / f"{name}.toml")).out
        )
        body = found["policies"][name]
        assert body["config_sha256"] == alone["config_sha256"]
        assert body["orders"] == alone["lifecycle"]["accepted"]
        edge = alone["net_edge"]["paths"]["risk_averse"]
        for key in ("drawdown_e8", "fills", "net_e8", "turnover_e8"):
            assert body[key] == edge[key]
        assert body["gate_ns"] == alone["instruments"][KEY]["gate"]["time_ns"]
    assert found["policies"]["open"]["fills"] > 0


def test_time_adds_up_to_what_was_observed(found: dict[str, Any]) -> None:
    open_, shut = (found["policies"][name]["held_ns"] for name in ("open", "shut"))
    assert sum(open_.values()) == sum(shut.values()) <= found["last_ns"] - found["first_ns"]
    # Both wait for the same baselines; then one waits a minute longer before its probation.
    assert open_["regime"] == shut["regime"]
    assert shut["permission"] == 60 * 10**9
    assert "permission" not in open_


def test_the_first_parting_is_where_the_longer_wait_begins(found: dict[str, Any]) -> None:
    first = found["partings"][0]
    assert first["instrument"] == KEY
    stands = first["stands"]
    assert stands["open"]["eligible"] and not stands["shut"]["eligible"]
    assert stands["shut"]["reason"] == "permission:START_COOLDOWN"
    assert (
        stands["shut"]["evidence"][0] == ["cooldown_left_ns", 60 * 10**9, None] or stands["shut"]["evidence"]
    )
    assert len(found["partings"]) <= found["parted"]


def test_every_fill_of_the_first_is_in_one_group(found: dict[str, Any]) -> None:
    (worth,) = found["worth"]
    assert (worth["fills_of"], worth["under"], worth["model"]) == ("open", "shut", "risk_averse")
    groups = worth["groups"]
    assert set(groups) <= {"allowed", "limited", "refused:permission", "refused:regime", "refused:health"}
    assert sum(body["fills"] for body in groups.values()) == found["policies"]["open"]["fills"]
    for body in [*groups.values(), *(body["without_suspects"] for body in groups.values())]:
        few = body["net_edge_5s"]["effective"] < 30
        assert body["net_edge_5s"]["hidden"] is (few and body["measured"] > 0)


def test_a_mean_stands_beside_that_without_suspected_orders(folder: Path) -> None:
    """Held against a run of the first policy alone: its fills by their orders' suspicion."""
    recording, run, large = str(folder / "input.log.gz"), str(folder / "large"), str(folder / "large.toml")
    (folder / "large.toml").write_text(OPEN + LARGE)
    policies = ("--policy", large, "--policy", str(folder / "shut.toml"))
    arguments = ("counterfactual", recording, *policies)
    assert lab("replay", recording, "--config", large, "--out", run, "--quiet").code == 0
    columns = fills(run)
    found = json.loads(lab(*arguments, "--format", "json").out)
    body = found["policies"]["large"]["markouts"]["risk_averse"]
    lone = [at for at, suspect in enumerate(columns["impact_suspect"]) if not suspect]
    suspects = len(columns["time_ns"]) - len(lone)
    assert (body["fills"], body["impact_suspects"]) == (len(columns["time_ns"]), suspects)
    assert 0 < suspects < body["fills"]
    for part, places in ((body, range(body["fills"])), (body["without_suspects"], lone)):
        known = [at for at in places if columns["markout_5s_htl"][at] is not None]
        assert (part["fills"], part["measured"]) == (len(places), len(known))
        # A half-tick of 0.05 x a lot of 0.001 is 5,000 e8.
        money_e8 = sum(columns["markout_5s_htl"][at] * 5_000 - columns["fee_e8"][at] for at in known)
        assert part["net_5s_e8"] == money_e8
    (worth,) = found["worth"]
    suspected = [group for group in worth["groups"].values() if group["impact_suspects"]]
    assert sum(group["impact_suspects"] for group in suspected) == suspects
    shown = [line for line in lab(*arguments).out.splitlines() if line.startswith("    without suspects")]
    others = [group["without_suspects"]["fills"] for group in suspected]
    assert [int(line.split()[2]) for line in shown] == others


def test_the_difference_is_that_of_the_profits(found: dict[str, Any]) -> None:
    open_, shut = found["policies"]["open"], found["policies"]["shut"]
    assert open_["net_against_first_e8"] == 0
    assert shut["net_against_first_e8"] == shut["net_e8"] - open_["net_e8"]


def test_with_the_envelope_every_figure_is_an_interval(folder: Path, arguments: list[str]) -> None:
    two = json.loads(lab(*arguments, "--fills", "envelope", "--format", "json").out)
    alone = json.loads(
        lab(
            "replay",
            str(folder / "input.log.gz"),
            "--config",
            str(folder / "shut.toml"),
            "--fills",
            "envelope",
        ).out
    )
    body = two["policies"]["shut"]
    assert body["orders"] == alone["lifecycle"]["accepted"]
    assert body["net_edge"]["edge_ubps"] == alone["net_edge"]["edge_ubps"]
    assert body["fidelity"]["verdict"] == alone["fidelity"]["verdict"]
    assert [one["model"] for one in two["worth"]] == ["risk_averse", "optimistic"]


def test_the_text_holds_the_same_figures(arguments: list[str], found: dict[str, Any]) -> None:
    done = lab(*arguments)
    assert done.code == 0
    rows = {line[:26].strip(): line[26:].split() for line in done.out.splitlines()}
    assert rows["fills"] == [str(found["policies"][name]["fills"]) for name in ("open", "shut")]
    assert f"The policies part {found['parted']} times" in done.out


def test_policies_that_see_another_market_are_refused(folder: Path) -> None:
    config = read_config_file(folder / "open.toml", LabConfig)
    other = replace(config, latency=replace(config.latency, rho_ppm=300))
    policies = [PolicyFile(name="open", config=config), PolicyFile(name="other", config=other)]
    with pytest.raises(ConfigError, match=r"policy other: .* must observe alike, not so latency$"):
        counterfactual([str(folder / "input.log.gz")], read_instruments(), policies)


def test_a_mean_of_nothing_is_not_known_and_one_of_little_hidden() -> None:
    nothing = {"effective": 0, "hidden": False, "mean_ubps": None, "range_ubps": None}
    assert mean_text(nothing) == "not known"
    assert mean_text({**nothing, "effective": 12, "hidden": True}) == "hidden (n_eff 12)"
    assert mean_text({**nothing, "mean_ubps": -1_234_999}) == "-1.23"
    assert (
        mean_text({**nothing, "mean_ubps": 10_000, "range_ubps": [-20_000, 30_000]}) == "0.01 [-0.02 .. 0.03]"
    )


def test_a_policy_that_measures_nothing_is_refused(folder: Path) -> None:
    blind = folder / "blind.toml"
    blind.write_text(BASE + "[quality]\nmeasures = false\nedge_fills = 0\n")
    with pytest.raises(ConfigError, match=r"blind\.toml: quality\.measures: must be true"):
        read_policies([str(folder / "open.toml"), str(blind)], "")


def test_two_policies_are_needed_with_two_names(folder: Path) -> None:
    one = str(folder / "open.toml")
    with pytest.raises(UsageError, match="at least twice"):
        read_policies([one], "")
    with pytest.raises(UsageError, match="a policy open already"):
        read_policies([one, one], "")


# -- the policies that come with the project -----------------------------------------------------


def policy(name: str) -> LabConfig:
    return read_config_file(ROOT / "configs" / "policies" / f"{name}.toml", LabConfig)


def test_the_default_policy_changes_nothing() -> None:
    assert policy("default") == LabConfig()


@pytest.mark.parametrize("name", ["gate_off", "tight"])
def test_the_others_change_the_gate_alone(name: str) -> None:
    own, usual = policy(name), LabConfig()
    assert own.permission != usual.permission
    assert own.start.min_samples == usual.start.min_samples
    assert replace(own, permission=usual.permission, start=usual.start) == usual


# -- reading the lines ---------------------------------------------------------------------------


def line(kind: str, seq: int, time_s: int, path: str = "", **body: object) -> str:
    marked: dict[str, object] = {"path": path} if path else {}
    return encode(
        {
            "instrument": "t:A",
            "kind": kind,
            "line": 0,
            "seq": seq,
            "time_ns": time_s * 10**9,
            **marked,
            **body,
        }
    )


def decision(seq: int, time_s: int, ceiling: int, binding: list[str], path: str = "") -> str:
    return line(
        "decision",
        seq,
        time_s,
        path,
        binding=binding,
        budget_ppm=1_000_000 if ceiling else 0,
        ceiling=ceiling,
        eligible=ceiling > 0,
        reason="ELIGIBLE" if ceiling else "REFUSED",
    )


def verdict(kind: str, seq: int, time_s: int, reason: str, path: str = "") -> str:
    return line(kind, seq, time_s, path, reason=reason, evidence=[["x_ns", 5, 4]])


def test_stands_change_with_the_whole_event_and_policies_part_once_until_they_agree_again() -> None:
    lines = Lines("one", ["one", "two"])
    for path in ("", "two"):
        for kind in ("regime", "permission", "health"):
            lines.take(verdict(kind, 1, 1, "CLEAN", path))
        lines.take(decision(1, 1, 3, [], path))
    lines.take(verdict("permission", 2, 4, "SPREAD_WIDE", "two"))
    lines.take(decision(2, 4, 0, ["permission"], "two"))
    lines.take(verdict("permission", 3, 5, "COOLDOWN", "two"))  # still apart, for another reason
    lines.take(line("order", 4, 6))
    lines.take(verdict("permission", 5, 9, "CLEAN", "two"))
    lines.take(decision(5, 9, 3, [], "two"))
    lines.take(verdict("health", 6, 10, "MOVE"))
    lines.take(decision(6, 10, 0, ["health"]))
    lines.settle()
    assert [(one["seq"], one["time_ns"]) for one in lines.partings] == [(2, 4 * 10**9), (6, 10 * 10**9)]
    assert lines.parted == 2
    stands: Any = lines.partings[0]["stands"]
    assert stands["one"]["reason"] == "ELIGIBLE"
    assert stands["two"]["reason"] == "permission:SPREAD_WIDE"
    assert stands["two"]["evidence"] == [["x_ns", 5, 4]]
    second = lines.timelines["two"]["t:A"]
    assert [(stand.layer, stand.reason) for stand in second.stands] == [
        ("", "ELIGIBLE"),
        ("permission", "SPREAD_WIDE"),
        ("permission", "COOLDOWN"),
        ("", "ELIGIBLE"),
    ]
    assert second.held_ns(12 * 10**9) == {"eligible": 6 * 10**9, "permission": 5 * 10**9}
    assert second.at(0) is None
    assert second.at(4 * 10**9 - 1) == second.stands[0]
    assert second.at(4 * 10**9) == second.stands[1]


def test_a_timeline_of_nothing_holds_nothing() -> None:
    assert Timeline().held_ns(5) == {}
