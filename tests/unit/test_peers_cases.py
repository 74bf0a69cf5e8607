"""The small cases of `bench/peers` on this engine, and how a recording's differences are sorted."""

from __future__ import annotations

import pytest

from peers import ours
from peers.cases import CASES, Case
from peers.lines import QUOTE, TRADE, Line, Quoting, Tape
from tools.core.units import NS_PER_S
from tools.execution.fills import DEFAULT_FILL_MODEL

ACROSS = "a quote across our price"


@pytest.mark.parametrize("case", [case for case in CASES if case.name != ACROSS], ids=lambda case: case.name)
def test_ours_is_what_arithmetic_says(case: Case) -> None:
    given, position = ours.run_case(case, DEFAULT_FILL_MODEL)
    assert case.holds(given, position), case.why


def test_a_quote_across_our_price_never_gives_more_than_the_order() -> None:
    (case,) = [case for case in CASES if case.name == ACROSS]
    (lots,), position = ours.run_case(case, DEFAULT_FILL_MODEL)
    assert 0 <= lots <= case.truth[0][1]
    assert position == lots


def test_a_case_knows_what_it_holds() -> None:
    case = next(case for case in CASES if case.name == "the same lots taken twice")
    assert case.holds([8, 3], 11)
    assert not case.holds([8, 8], 16)
    assert not case.holds([8, 3], 8)
    assert not case.holds([3, 8], 11)


# Order 0 buys at 100 and order 1 sells at 102; both arrive at 1 s + 1 ns and are canceled 10 s later.
TAPE: list[Line] = [
    (QUOTE, 0, 100, 7, 102, 9),
    (TRADE, NS_PER_S + 1, 100, 50, -1, 0),  # at the instant of arrival: too early
    (TRADE, 2 * NS_PER_S, 100, 3, -1, 0),
    (TRADE, 3 * NS_PER_S, 99, 4, -1, 0),
    (TRADE, 4 * NS_PER_S, 100, 5, 1, 0),  # a buyer at the bid's price: not against our bid
    (TRADE, 5 * NS_PER_S, 102, 6, 1, 0),
    (QUOTE, 6 * NS_PER_S, 98, 1, 100, 2),  # offers at our bid
    (TRADE, 11 * NS_PER_S + 1, 100, 60, -1, 0),  # when the cancel arrives: too late
]


def test_the_tape_adds_up_what_the_other_side_traded_while_an_order_rested() -> None:
    tape = Tape(TAPE, Quoting(first_ns=NS_PER_S, every_ns=10 * NS_PER_S, delay_ns=1))
    assert tape.prices(0) == (100, 7)
    assert tape.prices(1) == (102, 9)
    assert tape.traded(0) == (3, 4, True)
    assert tape.traded(1) == (6, 0, False)


def test_the_same_orders_are_sent_whatever_is_filled() -> None:
    quoting = Quoting(first_ns=NS_PER_S, every_ns=3 * NS_PER_S, lots=5, delay_ns=1)
    run = ours.run_quoting(TAPE, quoting, DEFAULT_FILL_MODEL)
    assert len(run.given) == 2 * len(range(1, 11 + 1, 3))
    # The first bid waits behind 7, of which 3 are sold; the print of 4 at 99 has met our bid of 5 before.
    assert run.given[0] == 4
    assert run.held == run.position == sum(run.given[0::2]) - sum(run.given[1::2])
