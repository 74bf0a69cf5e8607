"""The ledger of executions: trades, corrections, busts, chains of them, and new units."""

from __future__ import annotations

from itertools import permutations

import pytest

from tools.execution.executions import NOTHING, Executions

# A statement: execution id, what it is about ("" for a trade), lots, ticks, venue time.
Row = tuple[str, str, int, int, int]
TRADE: Row = ("T", "", 5, 100, 1)

CHAINS: dict[str, tuple[list[Row], dict[str, tuple[int, int]]]] = {
    "a trade": ([TRADE], {"T": (5, 100)}),
    "two trades": ([TRADE, ("U", "", 3, 90, 2)], {"T": (5, 100), "U": (3, 90)}),
    "a correction of quantity and price": ([TRADE, ("X", "T", 4, 99, 2)], {"X": (4, 99)}),
    "a bust": ([TRADE, ("X", "T", 0, 0, 2)], {}),
    "a correction of a correction": ([TRADE, ("X", "T", 4, 99, 2), ("Y", "X", 2, 98, 3)], {"Y": (2, 98)}),
    "a bust of a correction": ([TRADE, ("X", "T", 4, 99, 2), ("Y", "X", 0, 0, 3)], {}),
    "two about one execution: the later by the venue's time": (
        [TRADE, ("X", "T", 4, 99, 3), ("Y", "T", 2, 98, 2)],
        {"X": (4, 99)},
    ),
    "two about one execution at one time: the later id": (
        [TRADE, ("X", "T", 4, 99, 2), ("Y", "T", 2, 98, 2)],
        {"Y": (2, 98)},
    ),
    "a statement about a displaced one counts no more than that": (
        [TRADE, ("X", "T", 4, 99, 2), ("Y", "T", 2, 98, 3), ("Z", "X", 1, 97, 4)],
        {"Y": (2, 98)},
    ),
    "a correction of a bust, of all things": (
        [TRADE, ("X", "T", 0, 0, 2), ("Y", "X", 1, 97, 3)],
        {"Y": (1, 97)},
    ),
    "a correction of what is never told": ([("X", "?", 4, 99, 2), TRADE], {"X": (4, 99), "T": (5, 100)}),
    "a chain beside a trade": (
        [TRADE, ("U", "", 3, 90, 1), ("X", "T", 0, 0, 2), ("Y", "U", 2, 91, 3)],
        {"Y": (2, 91)},
    ),
}


def tell(made: Executions, row: Row) -> tuple[int, int]:
    """Tell one statement; return what it moved of quantity and value."""
    exec_id, ref_id, lots, ticks, time_ns = row
    if not ref_id:
        added = made.trade(exec_id, lots, ticks, time_ns)
        return added[0], added[0] * added[1]
    moved = made.amend(exec_id, ref_id, lots, ticks, time_ns)
    assert moved is not None
    back, added = moved
    return added[0] - back[0], added[0] * added[1] - back[0] * back[1]


@pytest.mark.parametrize("name", CHAINS)
def test_what_counts_of_a_chain_is_its_end_in_whatever_order_it_is_told(name: str) -> None:
    rows, counts = CHAINS[name]
    for arrivals in permutations(rows):
        made = Executions()
        cum = value = 0
        for row in arrivals:
            lots, worth = tell(made, row)
            cum, value = cum + lots, value + worth
            assert (made.cum_lots, made.value) == (cum, value)
        assert made.counting() == counts
        assert cum == sum(lots for lots, _ in counts.values())
        assert value == sum(lots * ticks for lots, ticks in counts.values())


def test_a_statement_says_what_it_takes_back_and_what_it_adds() -> None:
    made = Executions()
    assert made.trade("T", 5, 100, 1) == (5, 100)
    assert made.amend("X", "T", 4, 99, 3) == ((5, 100), (4, 99))
    assert made.amend("Y", "T", 3, 98, 2) == (NOTHING, NOTHING)  # an older one, told late
    assert made.amend("Z", "X", 0, 0, 4) == ((4, 99), (0, 0))


def test_a_correction_that_comes_first_counts_at_once_and_its_trade_then_not() -> None:
    made = Executions()
    assert made.amend("X", "T", 4, 99, 2) == (NOTHING, (4, 99))
    assert made.trade("T", 5, 100, 1) == NOTHING
    assert (made.cum_lots, made.value) == (4, 396)


def test_a_link_that_comes_last_closes_the_chain() -> None:
    made = Executions()
    made.trade("T", 5, 100, 1)
    assert made.amend("Y", "X", 2, 98, 3) == (NOTHING, (2, 98))  # about a correction that is on its way
    assert made.cum_lots == 7
    assert made.amend("X", "T", 4, 99, 2) == ((5, 100), NOTHING)
    assert made.counting() == {"Y": (2, 98)}


def test_a_link_that_is_displaced_as_it_comes_takes_its_followers_with_it() -> None:
    made = Executions()
    made.trade("T", 5, 100, 1)
    made.amend("W", "T", 3, 97, 9)
    made.amend("Y", "X", 2, 98, 3)
    assert made.cum_lots == 5
    assert made.amend("X", "T", 4, 99, 2) == ((2, 98), NOTHING)  # W is later
    assert made.counting() == {"W": (3, 97)}


@pytest.mark.parametrize("links", [[("Y", "X")], [("Y", "X"), ("Z", "Y")]])
def test_a_chain_that_comes_round_to_itself_is_refused_and_changes_nothing(links) -> None:
    made = Executions()
    for exec_id, ref_id in links:
        made.amend(exec_id, ref_id, 2, 98, 3)
    before = (made.cum_lots, made.value, made.counting())
    assert made.amend("X", links[-1][0], 4, 99, 2) is None
    assert (made.cum_lots, made.value, made.counting()) == before


SPLITS = [
    # lots of the fills, new total -> new lots of each, in the order in which they were booked
    ([5, 3], 16, [10, 6]),  # two for one
    ([5, 3], 4, [2, 2]),  # one for two: 5 * 4 // 8, and the rest
    ([1, 1, 1], 10, [3, 3, 4]),  # what does not divide: running totals, rounded down
    ([5, 3], 8, [5, 3]),
    ([5, 3], 0, [0, 0]),
]


@pytest.mark.parametrize(("fills", "total", "made_of"), SPLITS)
def test_new_units_share_out_the_total_and_leave_what_was_paid(fills, total, made_of) -> None:
    made = Executions()
    for number, lots in enumerate(fills):
        made.trade(f"T{number}", lots, 100, number)
    assert made.redenominate(total) == total - sum(fills)
    assert (made.cum_lots, made.value) == (total, 100 * sum(fills))
    expected = {f"T{number}": (lots, 100) for number, lots in enumerate(made_of) if lots}
    assert made.counting() == expected


def test_new_units_hold_for_what_was_corrected_too() -> None:
    made = Executions()
    made.trade("T", 6, 100, 1)
    made.amend("X", "T", 4, 100, 3)
    made.amend("Y", "T", 2, 100, 2)  # displaced by X
    assert made.redenominate(8) == 4
    assert made.counting() == {"X": (8, 100)}
    assert made.until(1) == 12  # six of the old units
    assert made.until(2) == 4
    # A bust takes the new units back, and all that was paid.
    assert made.amend("Z", "X", 0, 0, 4) == ((8, 100), (0, 0))
    assert (made.cum_lots, made.value) == (0, 0)


def test_with_nothing_filled_new_units_change_nothing() -> None:
    made = Executions()
    assert made.redenominate(7) == 0
    assert made.cum_lots == 0


def test_what_was_filled_by_then_is_what_was_known_and_not_yet_corrected() -> None:
    made = Executions()
    for row in [("T", "", 5, 100, 10), ("U", "", 3, 100, 20), ("X", "T", 2, 100, 30), ("Y", "X", 0, 0, 40)]:
        tell(made, row)
    assert [made.until(ns) for ns in (9, 10, 19, 20, 29, 30, 39, 40)] == [0, 5, 5, 8, 8, 5, 5, 3]
