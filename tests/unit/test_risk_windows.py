"""Windows in slots: what has just left, what is just still there, and what a snapshot brings back."""

from __future__ import annotations

import json

import pytest

from tools.risk.windows import SLOTS, RangeWindow, SumWindow

SLOT_NS = 5
WINDOW_NS = 32 * SLOT_NS


def test_a_slot_is_a_thirty_second_of_the_window_rounded_up() -> None:
    assert SLOTS == 32
    # 33 ns need slots of 2 ns: what was added in slot 0 is there in slot 32, until 65 ns.
    for window_ns, last_ns in ((WINDOW_NS, 33 * SLOT_NS - 1), (33, 33 * 2 - 1), (32, 32), (1, 32)):
        total, spread = SumWindow(window_ns), RangeWindow(window_ns)
        total.add(0, 7)
        spread.add(0, 7)
        assert (total.total(last_ns), spread.low(last_ns), spread.high(last_ns)) == (7, 7, 7)
        after_ns = last_ns + 1
        assert (total.total(after_ns), spread.low(after_ns), spread.high(after_ns)) == (0, None, None)


def test_a_sum_of_several_slots_loses_the_oldest_first() -> None:
    window = SumWindow(WINDOW_NS)
    for now_ns, amount in ((0, 1), (4, 10), (5, 100), (9, -1_000), (15, 10_000)):
        window.add(now_ns, amount)
    assert window.snapshot() == {"slots": [0, 1, 3], "sums": [11, -900, 10_000]}
    totals = [window.total(number * SLOT_NS) for number in (32, 33, 34, 35, 36)]
    assert totals == [9_111, 9_100, 10_000, 10_000, 0]
    assert window.total(15) == 9_111, "a look changes nothing"
    window.add(34 * SLOT_NS, 5)
    assert window.snapshot() == {"slots": [3, 34], "sums": [10_000, 5]}
    assert window.total(34 * SLOT_NS) == 10_005


def test_a_sum_takes_a_time_that_has_passed_into_its_last_slot() -> None:
    window = SumWindow(WINDOW_NS)
    window.add(10, 1)
    window.add(4, 2)
    assert window.snapshot() == {"slots": [2], "sums": [3]}


def test_a_sum_can_forget() -> None:
    window = SumWindow(WINDOW_NS)
    window.add(0, 1)
    window.clear()
    assert (window.total(0), window.snapshot()) == (0, {"slots": [], "sums": []})
    window.add(0, 2)
    assert window.total(0) == 2


def test_a_sum_comes_back_from_its_snapshot() -> None:
    window, twin = SumWindow(WINDOW_NS), SumWindow(WINDOW_NS)
    twin.add(0, 77)
    for now_ns in (0, 5, 15):
        window.add(now_ns, now_ns + 1)
    twin.restore(json.loads(json.dumps(window.snapshot())))
    assert twin.snapshot() == window.snapshot()
    assert [twin.total(n * SLOT_NS) for n in (3, 32, 33, 34, 36)] == [23, 23, 22, 16, 0]


@pytest.mark.parametrize("sign", [1, -1])
def test_only_a_new_extreme_is_told(sign: int) -> None:
    window = RangeWindow(WINDOW_NS)
    values = (50, 50, 51, 51, 49, 50, 52, 48, 48)
    told = [window.add(2 * number, sign * value) for number, value in enumerate(values)]
    assert told == [True, False, True, False, True, False, True, True, False]
    assert sorted((window.low(16) or 0, window.high(16) or 0)) == sorted((sign * 48, sign * 52))


def test_a_range_loses_the_oldest_first() -> None:
    window = RangeWindow(WINDOW_NS)
    for now_ns, value in ((0, 10), (1, 90), (5, 20), (6, 80), (15, 40), (16, 60)):
        window.add(now_ns, value)
    seen = [(window.low(n * SLOT_NS), window.high(n * SLOT_NS)) for n in (3, 32, 33, 34, 35, 36)]
    assert seen == [(10, 90), (10, 90), (20, 80), (40, 60), (40, 60), (None, None)]
    assert window.low(15) == 10, "a look changes nothing"
    assert window.add(33 * SLOT_NS, 30) is False  # 20 to 80 are still there
    assert window.snapshot() == {"highs": [80, 60, 30], "lows": [20, 40, 30], "slots": [1, 3, 33]}
    assert (window.low(33 * SLOT_NS), window.high(33 * SLOT_NS)) == (20, 80)
    assert window.add(34 * SLOT_NS, 29) is True  # the lowest of the last three slots was 30
    assert window.add(80 * SLOT_NS, 45) is True  # alone
    assert (window.low(80 * SLOT_NS), window.high(80 * SLOT_NS)) == (45, 45)


def test_a_range_comes_back_from_its_snapshot() -> None:
    window, twin = RangeWindow(WINDOW_NS), RangeWindow(WINDOW_NS)
    for now_ns, value in ((0, 10), (1, 90), (5, 20), (6, 80)):
        window.add(now_ns, value)
    twin.restore(json.loads(json.dumps(window.snapshot())))
    assert twin.snapshot() == window.snapshot()
    assert (twin.low(5), twin.high(5)) == (10, 90)
    assert [twin.add(7, value) for value in (10, 90, 9, 91)] == [False, False, True, True]
    empty = RangeWindow(WINDOW_NS)
    empty.restore(RangeWindow(WINDOW_NS).snapshot())
    assert empty.low(0) is None
