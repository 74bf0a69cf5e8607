"""Workload W: our run of it comes to what a plain reading of its text comes to, to the last fill."""

from __future__ import annotations

from itertools import pairwise

import pytest

import workload_w
from workload import reference
from workload.ours import WorkloadW, event_of
from workload.stream import QUOTE, rows

EVENTS = 6_000
SEEDS = (8, 19, 29)  # in each of which every regime comes up


@pytest.mark.parametrize("seed", SEEDS)
def test_our_run_is_the_references(seed: int) -> None:
    workload = WorkloadW()
    for number, row in enumerate(rows(seed, EVENTS), 1):
        workload.step(event_of(row, number))
    told, wanted = workload.checks().to_dict(), reference.run(rows(seed, EVENTS)).to_dict()
    # The reference takes logarithms of floats, ours rounds each move to 1e-10: the smallest move
    # is half a tick of 650,000, or 7,692 of these, so a sum of roots is off by 0.5/7,692 at most.
    assert told.pop("rv_10s") == pytest.approx(wanted.pop("rv_10s"), rel=0.5 / 7_692)
    assert told == wanted
    assert min(wanted[name] for name in ("normal", "fast", "unstable", "cancels", "fills")) > 0
    assert wanted["fills"] > wanted["orders"] - wanted["cancels"]  # so some order was filled in parts


def test_the_stream_is_what_the_workload_asks_for() -> None:
    stream = list(rows(42, 20_000))
    assert all(after[1] > before[1] for before, after in pairwise(stream))
    quotes = [row for row in stream if row[0] == QUOTE]
    assert 0.68 < len(quotes) / len(stream) < 0.72
    assert all(bid < ask and bid_lots > 0 and ask_lots > 0 for _, _, bid, bid_lots, ask, ask_lots in quotes)
    assert {row[4] for row in stream if row[0] != QUOTE} == {1, -1}
    assert all(row[3] > 0 for row in stream)


def test_the_stream_is_a_function_of_its_seed() -> None:
    assert list(rows(1, 500)) == list(rows(1, 500))
    assert list(rows(1, 500)) == list(rows(1, 1_000))[:500]
    assert list(rows(1, 500)) != list(rows(2, 500))


def test_engines_agree_up_to_fills_and_the_rounding_of_moves() -> None:
    mine = reference.run(rows(8, 2_000)).to_dict()
    assert (
        workload_w.agree("x", mine, {**mine, "fills": 0, "orders": 1, "rv_10s": mine["rv_10s"] * 1.000_05})
        == []
    )
    assert workload_w.agree("x", mine, {**mine, "rv_10s": mine["rv_10s"] * 1.000_2}) != []
    (line,) = workload_w.agree("x", mine, {**mine, "fast": mine["fast"] + 1})
    assert line == f"x: fast {mine['fast'] + 1}, not {mine['fast']}"


def test_a_run_of_the_script_is_the_run_of_its_parts() -> None:
    # In chunks, as it measures: nothing may be lost between two of them.
    told, seconds = workload_w.run(workload_w.CHUNK + 1, 8, "w_queue")
    assert told["events"] == workload_w.CHUNK + 1
    assert seconds > 0
