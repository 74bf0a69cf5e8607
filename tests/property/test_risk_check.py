"""A check is nothing but every control of the profile asked in turn, whatever has happened before."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.kit.controls import World
from tests.kit.effort import share
from tools.core.events import Side
from tools.risk.control import Question
from tools.risk.controls import PROFILES, permission
from tools.risk.panel import Panel

asked = st.fixed_dictionaries(
    {
        "side": st.sampled_from(["BUY", "SELL"]),
        "qty_lots": st.sampled_from([0, 1, 2, 40]),
        "price_ticks": st.sampled_from([None, 95, 100, 101, 120]),
        "aggressiveness": st.sampled_from(["PASSIVE", "TAKE"]),
        "position_lots": st.integers(-3, 3),
        "open_buy_lots": st.integers(0, 2),
        "open_sell_lots": st.integers(0, 2),
        "quote": st.sampled_from([None, (99, 101), (101, 99), (80, 120)]),
        "quote_age_ns": st.sampled_from([0, 11 * 10**9]),
        "decision": st.sampled_from([None, "NONE", "PASSIVE", "TAKE"]),
        "budget_ppm": st.sampled_from([0, 10**6]),
        "halted": st.sampled_from([None, "CALL", "TIMER"]),
        "reduce_only": st.sampled_from([None, "CALL"]),
        "reconciled": st.booleans(),
        "free_balance": st.sampled_from(["NaN", "0.000001", "1000"]),
        "others_position_lots": st.integers(0, 1),
        "others_mark_ht": st.sampled_from([None, 200]),
        "parent_id": st.sampled_from(["", "p"]),
        "status": st.sampled_from([None, "TRADING"]),
    }
)


@share(1)
@given(asked, st.sampled_from(sorted(PROFILES)))
def test_the_findings_are_those_of_each_control_by_itself_in_order(
    given_: dict[str, Any], profile: str
) -> None:
    worlds = {name: World(import_module(f"tools.risk.controls.{name}"), given_) for name in PROFILES[profile]}
    question = worlds["halt"].question()
    alone = []
    for world in worlds.values():
        finding = world.control.check(world.question())
        if finding is not None:
            alone.append((str(finding[0]), finding[1]))
    panel = Panel(profile, {"permission": permission.Config(symbols=("A",))})  # shadow wants it declared
    found = [(str(reason), evidence) for _, (reason, evidence) in panel.check(question)]
    assert found == alone


@share(1)
@given(asked)
def test_the_worst_cases_of_a_question_are_those_of_the_order_s_addition(given_: dict[str, Any]) -> None:
    """Worked out once for three controls: 1 lot x 1 tick is 1 e8, so the figures are sums of lots."""
    question: Question = World(import_module("tools.risk.controls.inventory"), given_).question()
    if question.reducing or question.value_ht is None:
        assert (question.side_worst_e8, question.worst_e8) == (None, None)
        return
    buys, sells = given_["open_buy_lots"], given_["open_sell_lots"]
    bought = given_["qty_lots"] if question.intent.side is Side.BUY else 0
    long_lots = given_["position_lots"] + buys + bought
    short_lots = given_["position_lots"] - sells - (given_["qty_lots"] - bought)
    side = long_lots if question.intent.side is Side.BUY else short_lots
    assert question.side_worst_e8 == -(-abs(side) * question.value_ht // 2)
    assert question.worst_e8 == -(-max(abs(long_lots), abs(short_lots)) * question.value_ht // 2)
