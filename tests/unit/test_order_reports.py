"""A report states what the venue said: its words, its contradictions, and its way through a snapshot."""

from __future__ import annotations

import json

import pytest

from tests.kit.orders import report
from tools.core.errors import InvariantError
from tools.core.events import Side
from tools.core.orders import OrderStatus, TimeInForce
from tools.core.reports import ExecutionReport, Liquidity, ReportKind, report_from

K = ReportKind


@pytest.mark.parametrize("words", [ReportKind, Liquidity, OrderStatus, TimeInForce])
def test_words_are_written_as_they_are_named(words) -> None:
    assert [(one.name, one.value) for one in words] == [(one.name, one.name) for one in words]


def test_what_is_left_out_is_not_said() -> None:
    made = ExecutionReport("E", K.STATUS, 7, "C", "V", "S", Side.SELL)
    assert (made.last_lots, made.last_ticks, made.cum_lots, made.liquidity) == (0, 0, None, Liquidity.UNKNOWN)
    assert (made.text, made.mid_ht, made.orig_id, made.ref_id) == ("", None, "", "")
    assert (made.qty_lots, made.leaves_lots, made.price_ticks) == (None, None, None)


NOTHING = "an execution of nothing"
NO_PRICE = "an execution at no price"
TOTAL = "a total below its last execution"
NO_REF = "no execution that it refers to"
NEGATIVE = "a negative quantity"
LEAVES = "a negative remainder"
REMAINDER = "a remainder that is not quantity less total"
UNITS = "new units without quantity and total"

CONTRADICTIONS = [
    (report("E", K.TRADE, 1, ticks=1), ""),
    (report("E", K.TRADE, 0), NOTHING),
    (report("E", K.TRADE, -1), NOTHING),
    (report("E", K.TRADE, 1, ticks=0), NO_PRICE),
    (report("E", K.TRADE, 2, cum_lots=2), ""),
    (report("E", K.TRADE, 2, cum_lots=1), TOTAL),
    (report("E", K.TRADE_CORRECT, 1, ticks=1, ref_id="T"), ""),
    (report("E", K.TRADE_CORRECT, 2, cum_lots=1, ref_id="T"), ""),  # the rest of the chain may be less
    (report("E", K.TRADE_CORRECT, 0, ref_id="T"), NOTHING),
    (report("E", K.TRADE_CORRECT, 1, ticks=0, ref_id="T"), NO_PRICE),
    (report("E", K.TRADE_CORRECT, 1), NO_REF),
    (report("E", K.TRADE_CORRECT, 1, ref_id="E"), NO_REF),
    (report("E", K.TRADE_CANCEL, ref_id="T"), ""),
    (report("E", K.TRADE_CANCEL), NO_REF),
    (report("E", K.TRADE_CANCEL, ref_id="E"), NO_REF),
    (report("E", K.CANCELED, ref_id="E"), ""),  # says nothing about executions
    (report("E", K.ACCEPTED, cum_lots=0, qty_lots=0), ""),
    (report("E", K.ACCEPTED, cum_lots=-1), NEGATIVE),
    (report("E", K.ACCEPTED, qty_lots=-1), NEGATIVE),
    (report("E", K.ACCEPTED, cum_lots=1, qty_lots=-1), NEGATIVE),
    (report("E", K.ACCEPTED, leaves_lots=-1), LEAVES),
    (report("E", K.ACCEPTED, leaves_lots=1), ""),
    (report("E", K.ACCEPTED, leaves_lots=7, qty_lots=10), ""),  # without a total nothing to hold it against
    (report("E", K.ACCEPTED, leaves_lots=7, cum_lots=10), ""),
    (report("E", K.ACCEPTED, leaves_lots=7, qty_lots=10, cum_lots=3), ""),
    (report("E", K.ACCEPTED, leaves_lots=6, qty_lots=10, cum_lots=3), REMAINDER),
    (report("E", K.ACCEPTED, leaves_lots=8, qty_lots=10, cum_lots=3), REMAINDER),
    (report("E", K.CANCELED, leaves_lots=0, qty_lots=10, cum_lots=3), ""),  # closed: nothing remains
    (report("E", K.REDENOMINATED, qty_lots=10, cum_lots=3), ""),
    (report("E", K.REDENOMINATED, qty_lots=10), UNITS),
    (report("E", K.REDENOMINATED, cum_lots=3), UNITS),
    (report("E", K.RESTATED), ""),
]


@pytest.mark.parametrize(("made", "said"), CONTRADICTIONS)
def test_only_what_one_report_says_is_held_against_itself(made: ExecutionReport, said: str) -> None:
    assert made.contradiction() == said


FULL = ExecutionReport(
    exec_id="E1",
    kind=K.TRADE,
    time_ns=2,
    client_id="C3",
    exchange_id="V4",
    symbol="S5",
    side=Side.SELL,
    last_lots=6,
    last_ticks=7,
    cum_lots=8,
    liquidity=Liquidity.MAKER,
    text="nine",
    mid_ht=10,
    orig_id="O11",
    ref_id="R12",
    qty_lots=13,
    leaves_lots=14,
    price_ticks=15,
)


@pytest.mark.parametrize("made", [FULL, ExecutionReport("E", K.STATUS, 7, "C", "V", "S", Side.BUY)])
def test_a_report_comes_back_from_json_as_it_was(made: ExecutionReport) -> None:
    assert report_from(json.loads(made.to_json())) == made


@pytest.mark.parametrize("field", list(FULL.to_dict()))
def test_a_report_without_a_field_is_a_broken_snapshot(field: str) -> None:
    saved = FULL.to_dict()
    del saved[field]
    with pytest.raises((InvariantError, ValueError)):
        report_from(saved)
