"""Latches and timers: complete tables, the first cause kept, a bounded history, and no way between them."""

from __future__ import annotations

import ast
import json
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.house.tree import ROOT
from tools.core.errors import UsageError
from tools.risk.hold_book import HISTORY_MAX, HoldBook
from tools.risk.holds import (
    EVERYTHING,
    FREEZE_TABLE,
    TIMER_TABLE,
    Effect,
    FreezeCause,
    Latch,
    LatchTrip,
    Pause,
    Resume,
    Thaw,
    TimerTrip,
    Trigger,
    trip_for,
)

S = 10**9


def cause(
    number: int = 1, trigger: Trigger = Trigger.CALL, scope: str = "", effect=Effect.HALT
) -> FreezeCause:
    return FreezeCause(number, trigger, "A", f"cause {number}", ("x_lots", number, 1), scope, effect)


def thaw(at: int = 3, scope: str = EVERYTHING, effect=Effect.HALT) -> Thaw:
    return Thaw(at, "anna", "because", scope, effect)


# -- the tables -------------------------------------------------------------------------------


@pytest.mark.parametrize("table", [FREEZE_TABLE, TIMER_TABLE])
def test_every_pair_is_a_row_or_illegal(table) -> None:
    legal = {(row[0], row[1]) for row in table.rows}
    assert legal | set(table.illegal) == set(product(table.states, table.events))
    assert not legal & set(table.illegal)
    assert all(len(row) == 4 and row[3].strip() for row in table.rows), "each says what happens"


def test_only_a_thaw_and_a_new_run_open_a_latch() -> None:
    opening = {row[1] for row in FREEZE_TABLE.rows if row[0] == "FROZEN" and row[2] == "ACTIVE"}
    assert opening == {"THAW", "RESET"}
    assert FREEZE_TABLE.step("FROZEN", "TIME")[2] == "FROZEN"


def test_only_its_time_ends_a_timer() -> None:
    assert {row[1] for row in TIMER_TABLE.rows if row[0] == "RUNNING" and row[2] == "IDLE"} == {"DUE"}


def test_a_latch_can_be_told_no_time_and_a_timer_no_thaw() -> None:
    """The types: nothing that a latch takes is an instant, nothing that a timer takes is a signature."""
    taken: dict[str, set[str]] = {}
    for node in ast.parse((ROOT / "tools/risk/holds.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name in ("Latch", "Timer"):
            arguments = [arg for arg in ast.walk(node) if isinstance(arg, ast.arg) and arg.annotation]
            taken[node.name] = {ast.unparse(arg.annotation) for arg in arguments if arg.annotation}
    assert taken == {"Latch": {"FreezeCause", "Thaw"}, "Timer": {"FreezeCause", "int"}}


@pytest.mark.parametrize(("operator", "reason"), [("", "x"), (" ", "x"), ("x", ""), ("x", "\t")])
def test_a_thaw_is_signed_or_is_none(operator: str, reason: str) -> None:
    with pytest.raises(UsageError):
        Thaw(1, operator, reason)


def test_zero_asks_for_a_latch_as_venues_write_it() -> None:
    assert isinstance(trip_for(cause(), 0), LatchTrip)
    timed = trip_for(cause(), 5)
    assert isinstance(timed, TimerTrip) and timed.for_ns == 5


# -- the book ---------------------------------------------------------------------------------


def test_the_first_cause_is_kept_and_the_others_join_the_history() -> None:
    book = HoldBook()
    assert book.latch(cause(1)) is True
    assert book.latch(cause(2)) is False
    assert (book.cause, book.history, book.total) == (cause(1), [cause(1), cause(2)], 1)
    book.thaw(thaw())
    assert book.cause == cause(1)  # still tells why it was
    assert book.latch(cause(9)) is True
    assert (book.cause, book.total, len(book.history)) == (cause(9), 2, 3)


def test_a_measured_cause_is_told_once_for_each_closing() -> None:
    book = HoldBook()
    for number in range(4):
        book.latch(cause(number, Trigger.EDGE_BELOW_THRESHOLD))
    assert (len(book.history), book.history_dropped) == (1, 3)
    book.thaw(thaw())
    book.latch(cause(9, Trigger.EDGE_BELOW_THRESHOLD))
    assert (len(book.history), book.history_dropped) == (2, 3)


def test_the_history_is_bounded_and_counts_what_it_drops() -> None:
    book = HoldBook()
    for number in range(HISTORY_MAX + 7):
        book.latch(cause(number))
    assert book.history == [cause(number) for number in range(HISTORY_MAX)]
    assert book.history_dropped == 7


def test_thawing_what_is_open_raises_and_changes_nothing() -> None:
    book = HoldBook()
    for scope, effect in product(("", "A"), Effect):
        with pytest.raises(UsageError, match="THAW is not possible in ACTIVE"):
            book.thaw(thaw(1, scope, effect))
    book.latch(cause(1, scope="A"))
    with pytest.raises(UsageError):
        book.thaw(thaw())  # everything is not held, a symbol is
    assert (book.thaws, book.busy) == ([], True)


@pytest.mark.parametrize("scope", ["", "A"])
@pytest.mark.parametrize("effect", Effect)
def test_a_scope_holds_itself_and_nothing_else(scope: str, effect: Effect) -> None:
    book = HoldBook()
    book.latch(cause(1, scope=scope, effect=effect))
    other = Effect.HALT if effect is Effect.REDUCE_ONLY else Effect.REDUCE_ONLY
    assert book.binding("A", effect) is not None
    assert (book.binding("B", effect) is not None) is (scope == "")
    assert book.binding("A", other) is None
    book.thaw(thaw(2, scope, effect))
    assert book.binding("A", effect) is None and not book.busy


def test_a_timer_ends_at_exactly_its_time_and_no_later_trip_shortens_it() -> None:
    book = HoldBook()
    trip = TimerTrip(cause(10 * S, Trigger.FILL_VELOCITY, "A"), 5 * S)
    assert book.apply(trip) is True
    assert book.apply(TimerTrip(cause(11 * S, Trigger.FILL_VELOCITY, "A"), 1 * S)) is False
    for at, held in ((15 * S - 1, True), (15 * S, False), (16 * S, False)):
        book.advance(at)
        assert (book.binding("A", Effect.HALT) is not None) is held, at
    assert [type(news) for news in book.take_news()] == [Pause, Resume]
    assert book.pauses == 1
    assert book.take_news() == []


def test_a_later_trip_moves_the_end_back() -> None:
    book = HoldBook()
    book.apply(TimerTrip(cause(10 * S, Trigger.FILL_VELOCITY, "A"), 5 * S))
    book.apply(TimerTrip(cause(12 * S, Trigger.FILL_VELOCITY, "A"), 5 * S))
    book.advance(16 * S)
    assert book.busy
    book.advance(17 * S)
    assert not book.busy


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 50), st.integers(1, 99)), max_size=12))
def test_no_passage_of_time_opens_a_latch(steps: list[tuple[bool, int, int]]) -> None:
    book = HoldBook()
    book.latch(cause(0, Trigger.REPEATED_EXECUTION, "A"))
    now = 0
    for trips, lasting, waiting in steps:
        if trips:
            book.apply(TimerTrip(cause(now, Trigger.LOSS_STREAK, "A"), lasting))
        now += waiting
        book.advance(now)
        assert isinstance(book.binding("A", Effect.HALT), Latch)
    book.advance(1 << 62)
    assert isinstance(book.binding("A", Effect.HALT), Latch)


def test_a_kill_is_known_even_if_something_else_froze_first() -> None:
    book = HoldBook()
    book.latch(cause(1))
    assert not book.killed()
    book.latch(cause(2, Trigger.KILL))
    assert book.killed() and book.killed("B")
    book.thaw(thaw())
    assert not book.killed()
    book.latch(cause(3, Trigger.KILL, "A"))
    assert book.killed("A") and not book.killed("B")


def test_what_is_restored_still_holds_and_is_told_again() -> None:
    book = HoldBook()
    book.latch(cause(1, Trigger.KILL))
    book.latch(cause(2, scope="A"))
    book.thaw(thaw(3, "A"))
    book.latch(cause(4, Trigger.DRAWDOWN, effect=Effect.REDUCE_ONLY))
    book.apply(TimerTrip(cause(5, Trigger.PRICE_VELOCITY, "B"), 100))
    book.take_news()
    twin = HoldBook()
    twin.restore(json.loads(json.dumps(book.snapshot())))
    assert twin.snapshot() == book.snapshot()
    told = [news for news in twin.take_news() if isinstance(news, FreezeCause)]
    assert [news.trigger for news in told] == [Trigger.KILL, Trigger.DRAWDOWN]
    assert twin.killed() and twin.busy
    assert [c.to_json() for c in twin.in_force()] == [c.to_json() for c in book.in_force()]
    twin.advance(105)
    assert isinstance(twin.binding("B", Effect.HALT), Latch)
    twin.thaw(thaw())
    assert twin.binding("B", Effect.HALT) is None
    assert isinstance(twin.binding("B", Effect.REDUCE_ONLY), Latch)
