"""How far fills can be believed: the verdict by its table, and every figure as an interval."""

from __future__ import annotations

import pytest

from tests.kit.paper import at, feed, paper, quote, send
from tools.core.errors import InvariantError, UsageError
from tools.core.events import Side
from tools.core.orders import FillClass, OrderOutcome
from tools.execution import FeeConfig
from tools.execution.latency import constant, empirical, interpolated
from tools.lab.envelope import EDGES, ENVELOPE, interval, policies_of, with_fills
from tools.lab.fidelity import (
    EdgeReason,
    EdgeVerdict,
    Fidelity,
    FidelityReason,
    fees_text,
    judge,
    judge_edge,
    latency_source,
)
from tools.live.config_tree import resolved_config
from tools.live.fill_classes import Classes, FillClasses
from tools.live.paper_exchange import PaperConfig
from tools.live.settings import DelayConfigs, LabConfig

CERTAIN, POSSIBLE, NO = FillClass.CERTAIN, FillClass.POSSIBLE, FillClass.NO


def outcome(
    fill_class: FillClass = NO,
    *,
    ahead: int | None = 3,
    shown: int | None = 5,
    rested: int | None = 1,
    suspect: bool = False,
    symbol: str = "t:A",
) -> OrderOutcome:
    ra, opt = {CERTAIN: (1, 1), POSSIBLE: (0, 1), NO: (0, 0)}[fill_class]
    return OrderOutcome(
        "CLI1", symbol, Side.BUY, 100, 1, fill_class, ra, opt, ahead, shown, 201, rested, 9, suspect
    )


def classes(certain: int, possible: int, no: int) -> Classes:
    out = Classes()
    for fill_class, count in ((CERTAIN, certain), (POSSIBLE, possible), (NO, no)):
        for _ in range(count):
            out.add(outcome(fill_class))
    return out


@pytest.mark.parametrize(
    ("counts", "gaps", "verdict", "reason"),
    [
        ((30, 5, 65), 0, Fidelity.HIGH_FIDELITY, FidelityReason.NARROW),  # 5 of 100: just narrow
        ((30, 6, 64), 0, Fidelity.INTERVAL_ONLY, FidelityReason.WIDE),
        ((30, 20, 50), 0, Fidelity.INTERVAL_ONLY, FidelityReason.WIDE),  # 20 of 100: just an interval
        ((30, 21, 49), 0, Fidelity.NOT_DECIDABLE, FidelityReason.TOO_WIDE),
        ((30, 0, 0), 0, Fidelity.HIGH_FIDELITY, FidelityReason.NARROW),
        ((29, 0, 0), 0, Fidelity.NOT_DECIDABLE, FidelityReason.TOO_FEW_ORDERS),
        ((0, 0, 0), 0, Fidelity.NOT_DECIDABLE, FidelityReason.TOO_FEW_ORDERS),
        ((100, 0, 0), 1, Fidelity.NOT_DECIDABLE, FidelityReason.DATA_GAPS),
    ],
)
def test_the_verdict(
    counts: tuple[int, int, int], gaps: int, verdict: Fidelity, reason: FidelityReason
) -> None:
    assert judge(classes(*counts), gaps) == (verdict, reason)


@pytest.mark.parametrize(
    ("edges", "fidelity", "verdict", "reason"),
    [
        ([1, 2], Fidelity.HIGH_FIDELITY, EdgeVerdict.POSITIVE, EdgeReason.WHOLE_INTERVAL),
        ([-1, -2], Fidelity.INTERVAL_ONLY, EdgeVerdict.NEGATIVE, EdgeReason.WHOLE_INTERVAL),
        ([-1, 2], Fidelity.HIGH_FIDELITY, EdgeVerdict.UNKNOWN, EdgeReason.HOLDS_ZERO),
        ([2, 0], Fidelity.HIGH_FIDELITY, EdgeVerdict.UNKNOWN, EdgeReason.HOLDS_ZERO),
        ([1, 2], Fidelity.NOT_DECIDABLE, EdgeVerdict.UNKNOWN, EdgeReason.NOT_DECIDABLE),
        ([2], Fidelity.HIGH_FIDELITY, EdgeVerdict.UNKNOWN, EdgeReason.ONE_PATH),
        ([None, 2], Fidelity.HIGH_FIDELITY, EdgeVerdict.UNKNOWN, EdgeReason.NO_FILLS),
        ([None], Fidelity.HIGH_FIDELITY, EdgeVerdict.UNKNOWN, EdgeReason.NO_FILLS),
    ],
)
def test_what_may_be_claimed_of_the_edge(
    edges: list[int | None], fidelity: Fidelity, verdict: EdgeVerdict, reason: EdgeReason
) -> None:
    assert judge_edge(edges, fidelity) == (verdict, reason)


def test_every_reason_is_in_a_table_above() -> None:
    """A reason that no row reaches would be a word without a meaning."""
    reached = {row[3] for row in test_the_verdict.pytestmark[0].args[1]}  # type: ignore[attr-defined]
    assert reached == set(FidelityReason)
    edges = {row[3] for row in test_what_may_be_claimed_of_the_edge.pytestmark[0].args[1]}  # type: ignore[attr-defined]
    assert edges == set(EdgeReason)


MINE = (1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("model", "delays", "source"),
    [
        ("coupled", {}, "ASSUMED"),
        ("constant", {"constant": constant.Config(entry_ns=7)}, "ASSUMED"),  # a figure is no measurement
        ("empirical", {}, "ASSUMED"),
        ("empirical", {"empirical": empirical.Config(seed=7)}, "ASSUMED"),  # other draws from the same shape
        ("empirical", {"empirical": empirical.Config(seed=7, response_ns=MINE)}, "MEASURED"),
        ("empirical", {"interpolated": interpolated.Config(response_ns=(10**9,))}, "ASSUMED"),
        ("interpolated", {}, "ASSUMED"),
        ("interpolated", {"interpolated": interpolated.Config(response_ns=(10**9,))}, "MEASURED"),
    ],
)
def test_where_the_delays_are_from(model: str, delays: dict[str, object], source: str) -> None:
    config = LabConfig(paper=PaperConfig(latency_model=model), delay=DelayConfigs(**delays))
    assert latency_source(config) == source


@pytest.mark.parametrize(
    ("least_e8", "step_e8", "said"),
    [
        (0, 1, "fees 2.00 bps maker, 5.00 bps taker"),
        (1_000_000, 1, "fees 2.00 bps maker, 5.00 bps taker, at least 0.01000000"),
        (0, 100, "fees 2.00 bps maker, 5.00 bps taker, settled in steps of 0.00000100"),
    ],
)
def test_fees_are_told_whole(least_e8: int, step_e8: int, said: str) -> None:
    fees = resolved_config(FeeConfig(min_fee_e8=least_e8, settlement_step_e8=step_e8))
    assert fees_text(fees) == said


def test_shares_are_of_the_orders_that_rested_and_are_no_impact_suspects() -> None:
    found = classes(5, 2, 3)
    found.add(outcome(CERTAIN, suspect=True))
    found.add(outcome(CERTAIN, rested=None))
    told = found.to_dict()
    assert (told["orders"], told["impact_suspect"], told["never_rested"]) == (10, 1, 1)
    assert (told["p_ra_ppm"], told["p_opt_ppm"], told["width_ppm"]) == (500_000, 700_000, 200_000)
    assert told["impact_suspect_ppm"] == 1_000_000 // 11


def test_where_the_orders_joined() -> None:
    found = Classes()
    for ahead, shown in ((3, 5), (0, 5), (0, 0), (None, None)):
        found.add(outcome(ahead=ahead, shown=shown))
    assert found.to_dict()["joined"] == {"at_best": 2, "behind": 1, "inside": 1}


@pytest.mark.parametrize("model", ["risk_averse", "optimistic", "power", "through", "touch"])
def test_where_an_order_joined_is_no_opinion_of_the_fill_model(model: str) -> None:
    venue = paper(fill_model=model)
    feed(venue, quote(0, 100, 10, 103, 10))
    for price_ticks in (99, 100, 101):
        name = f"C{price_ticks}"
        send(venue, name, "BUY", 1, price_ticks)
        venue.cancel(name)
    venue.advance(at(90))
    found = Classes()
    for closed in venue.outcomes():
        found.add(closed)
    assert found.to_dict()["joined"] == {"at_best": 1, "behind": 1, "inside": 1}


def test_each_instrument_has_its_own() -> None:
    both = FillClasses()
    both.add(outcome(CERTAIN, symbol="t:A"))
    both.add(outcome(NO, symbol="t:B"))
    assert [both.get(key).counts["CERTAIN"] for key in ("t:A", "t:B", "t:C")] == [1, 0, 0]


# -- figures as intervals ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ({"n": 3}, {"n": 2}, {"n": [2, 3]}),
        ({"n": 3}, {"n": 3}, {"n": [3, 3]}),  # a figure is an interval even where both agree
        ({"n": -1}, {"n": 1}, {"n": [-1, 1]}),
        ({"by": {"A": 2}}, {"by": {"B": 5}}, {"by": {"A": [0, 2], "B": [0, 5]}}),
        ({"n": None}, {"n": 1}, {"n": None}),
        ({"n": None}, {"n": None}, {"n": None}),
        ({"t": "10.5"}, {"t": "9.75"}, {"t": ["9.75", "10.5"]}),  # by value, not by letters
        ({"t": "replay"}, {"t": "replay"}, {"t": "replay"}),
        ({"b": True}, {"b": False}, {"b": [True, False]}),
        ({"b": True}, {"b": True}, {"b": True}),
        ({"l": [{"n": 5}]}, {"l": [{"n": 4}]}, {"l": [{"n": [4, 5]}]}),
        ({"l": []}, {"l": ["x"]}, {"l": [[], ["x"]]}),
        ({"observer": {"n": 3}}, {"observer": {"n": 3}}, {"observer": {"n": 3}}),
    ],
)
def test_two_reports_as_one(
    one: dict[str, object], other: dict[str, object], wanted: dict[str, object]
) -> None:
    assert interval(one, other) == wanted


def test_a_limit_stands_once_unless_a_permission_sets_it_differently_on_the_paths() -> None:
    agreed = {"limit": 3, "peak": 3, "used": 1}
    assert interval(agreed, {**agreed, "used": 0}) == {"limit": 3, "peak": [3, 3], "used": [0, 1]}
    assert interval(agreed, {**agreed, "limit": 1})["limit"] == [1, 3]


def test_paths_that_saw_different_markets_are_no_envelope() -> None:
    with pytest.raises(InvariantError, match="gate"):
        interval({"gate": {"n": 1}}, {"gate": {"n": 2}})


@pytest.mark.parametrize(
    ("name", "model", "envelope"),
    [
        ("", "risk_averse", ""),
        ("ra", "risk_averse", ""),
        ("opt", "optimistic", ""),
        ("optimistic", "optimistic", ""),
        (ENVELOPE, "risk_averse", ENVELOPE),
    ],
)
def test_fill_models_by_name(name: str, model: str, envelope: str) -> None:
    config, told = with_fills(LabConfig(), name)
    assert (config.paper.fill_model, told) == (model, envelope)


@pytest.mark.parametrize(
    ("name", "said"), [("envelop", "did you mean envelope?"), ("zzz", "known: envelope, ra")]
)
def test_a_model_that_is_none(name: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        with_fills(LabConfig(), name)
    assert said in str(error.value)


def test_the_envelope_is_two_paths() -> None:
    assert [policy.name for policy in policies_of(LabConfig(), "")] == [""]
    assert tuple(policy.name for policy in policies_of(LabConfig(), ENVELOPE)) == EDGES
    assert [policy.config.paper.fill_model for policy in policies_of(LabConfig(), ENVELOPE, "tight")] == [
        *EDGES
    ]
    assert policies_of(LabConfig(), ENVELOPE, "tight")[0].name == "tight/risk_averse"
