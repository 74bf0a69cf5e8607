"""What hftbacktest 2.4.4 makes of the small cases, by the rules that explain each figure.

If one of these fails under another version, the page that cites them has to be read anew.
"""

from __future__ import annotations

from importlib.util import find_spec

import pytest

if find_spec("hftbacktest") is None:
    pytest.skip("hftbacktest is not here: `make peers` runs these", allow_module_level=True)

from peers import theirs
from peers.__main__ import BEYOND, OTHER, OURS_MORE, QUEUE, kind_of
from peers.cases import CASES, Case
from peers.convert import event_array
from peers.lines import QUOTE, TRADE
from workload import reference
from workload.stream import rows

# With partial fills and the risk-averse queue: lots by order, position.
PARTIAL: dict[str, tuple[list[int], int]] = {
    "one print, two own orders": ([min(5, 15 - 10), min(5, 15 - 10)], 10),
    "a part of an order": ([12 - 10], 0),
    "an order in two parts": ([2 + 3], 3),
    "more than is displayed": ([50], 50),
    "the same lots taken twice": ([8, 8], 16),
    "a print beyond our price": ([5], 5),
    "a quote that tells of a print early": ([min(5, 5 - (5 - 5))], 5),
    "cancels somewhere in the queue": ([7 - min(6, 8)], 0),
    "a quote across our price": ([5], 5),
    "a cancel on its way": ([min(5, 7 - 2), 0], 5),
    "nobody ahead and nobody behind": ([4], 0),
}


def case_named(name: str) -> Case:
    return next(case for case in CASES if case.name == name)


def test_every_case_is_here() -> None:
    assert sorted(PARTIAL) == sorted(case.name for case in CASES)


@pytest.mark.parametrize("name", PARTIAL)
def test_with_partial_fills(name: str) -> None:
    assert theirs.run_case(case_named(name), "risk averse", "partial") == PARTIAL[name]


@pytest.mark.parametrize("queue", theirs.QUEUES)
def test_no_queue_model_shares_a_print(queue: str) -> None:
    assert theirs.run_case(case_named("one print, two own orders"), queue, "partial") == ([5, 5], 10)


def test_without_partial_fills_a_part_is_the_whole() -> None:
    assert theirs.run_case(case_named("a part of an order"), "risk averse", "whole") == ([5], 5)


def test_a_fraction_of_a_lot_is_rounded_up() -> None:
    # 6 ahead and 6 behind, 4 leave: (1 - (6/12)^3) = 7/8 of them behind us. 6 - 4/8 = 5.5 ahead, 7 sold.
    assert theirs.run_case(case_named("cancels somewhere in the queue"), "power3 3", "partial") == ([2], 0)


def test_quotes_become_depth_rows() -> None:
    array = event_array(
        [(QUOTE, 1, 100, 5, 102, 7), (QUOTE, 2, 101, 3, 102, 7), (TRADE, 3, 101, 2, -1, 0),
         (QUOTE, 4, 99, 6, 100, 1)]
    )  # fmt: skip
    told = [(int(row["local_ts"]), int(row["px"]), int(row["qty"])) for row in array]
    assert told[:3] == [(1, 100, 5), (1, 102, 7), (2, 101, 3)]  # a better bid hides the one before
    assert told[3] == (3, 101, 2)
    # Both bids are gone; the ask at 102 is hidden by a better one.
    assert told[4:] == [(4, 101, 0), (4, 100, 0), (4, 99, 6), (4, 100, 1)]


def test_workload_w_has_the_same_figures_before_any_fill() -> None:
    from peers.workload import run

    told, wanted = run(6_000, 8)[0].to_dict(), reference.run(rows(8, 6_000)).to_dict()
    for name in ("events", "requotes", "trades_1s", "spread_10s_ppm", "normal", "fast", "unstable"):
        assert told[name] == wanted[name], name
    assert told["rv_10s"] == pytest.approx(wanted["rv_10s"], rel=1e-9)


@pytest.mark.parametrize(
    ("theirs_lots", "our_lots", "displayed", "at_price", "beyond", "crossed", "kind"),
    [
        (10, 4, 7, 11, 3, False, BEYOND),
        (10, 4, 7, 11, 0, True, BEYOND),
        (10, 0, 7, 7, 0, False, QUEUE),  # prints alone give 7 - 7 = 0
        (4, 0, 7, 11, 0, False, OTHER),  # they give 11 - 7 = 4: the queue did not shrink
        (0, 4, 7, 11, 0, False, OURS_MORE),
    ],
)
def test_why_an_order_differs(
    theirs_lots: int, our_lots: int, displayed: int, at_price: int, beyond: int, crossed: bool, kind: str
) -> None:
    assert kind_of(theirs_lots, our_lots, displayed, at_price, beyond, crossed) == kind
