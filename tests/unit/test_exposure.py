"""Exposure: what is held, what could still fill, and what it is worth at worst."""

from __future__ import annotations

import pytest

from tests.kit.risk import INSTRUMENTS
from tools.core.events import Side
from tools.core.instrument import Instrument
from tools.risk.exposure import ANY_TICKS, Exposure
from tools.risk.exposure_book import ExposureBook

BUY, SELL = Side.BUY, Side.SELL


def exposure(position: int = 0, *orders: tuple[str, Side, int]) -> Exposure:
    made = Exposure(INSTRUMENTS["A"])
    if position:
        made.fill(BUY if position > 0 else SELL, abs(position))
    for client_id, side, lots in orders:
        made.set_open(client_id, side, lots)
    return made


def test_open_orders_by_side() -> None:
    made = exposure(5, ("a", BUY, 3), ("b", SELL, 20), ("c", BUY, 4))
    assert (made.worst_long_lots(), made.worst_short_lots()) == (12, -15)
    assert made.worst_e8(2 * 10) == 150  # marked at 10 ticks, the short side is the worse
    made.check()


def test_set_open_replaces_and_takes_out() -> None:
    made = exposure(0, ("a", BUY, 3))
    made.set_open("a", BUY, 1)
    assert made.worst_long_lots() == 1
    made.set_open("a", SELL, 2)
    assert (made.worst_long_lots(), made.worst_short_lots()) == (0, -2)
    for leaves in (0, -1, 0):
        made.set_open("a", BUY, leaves)
    assert (made.worst_long_lots(), made.worst_short_lots()) == (0, 0)
    made.check()


def test_what_is_restored_has_no_prices_of_before() -> None:
    made = exposure()
    nothing = made.snapshot()
    made.set_open("a", BUY, 3, 100)
    assert made.nearest_ticks()[0] == 100
    made.restore(nothing)
    assert made.nearest_ticks()[0] == 0


@pytest.mark.parametrize(
    ("position", "resting", "side", "lots", "reduces"),
    [
        (10, 0, SELL, 10, True),
        (10, 0, SELL, 11, False),
        (10, 0, BUY, 1, False),
        (10, 4, SELL, 6, True),
        (10, 4, SELL, 7, False),
        (-10, 0, BUY, 10, True),
        (-10, 0, BUY, 11, False),
        (-10, 4, BUY, 7, False),
        (0, 0, BUY, 1, False),
        (0, 0, SELL, 1, False),
    ],
)
def test_what_reduces(position: int, resting: int, side: Side, lots: int, reduces: bool) -> None:
    made = exposure(position, ("a", side, resting))
    assert made.reduces(side, lots) is reduces


def test_values_are_rounded_up_against_us() -> None:
    coarse = Exposure(Instrument(venue="t", symbol="X", tick="0.00001", lot="0.0001"))
    # One lot at one tick is 0.1 of an e8.
    assert [coarse.value_e8(lots, 2) for lots in (0, 1, 10, 11, -1)] == [0, 1, 1, 2, 1]


def test_the_book_leaves_out_one_symbol_and_needs_marks_only_where_something_is() -> None:
    book = ExposureBook()
    for name, instrument in INSTRUMENTS.items():
        book.by_symbol[name] = Exposure(instrument)
    assert book.others_worst_e8("A") == 0
    book.by_symbol["B"].set_open("x", SELL, 3)
    assert book.others_worst_e8("A") is None
    assert book.others_worst_e8("B") == 0
    book.by_symbol["B"].quote_ht = 2 * 7
    assert book.others_worst_e8("A") == 21
    assert book.others_worst_e8("no such") == 21


def test_an_order_of_unknown_price_could_be_at_any() -> None:
    made = Exposure(INSTRUMENTS["A"])
    assert made.nearest_ticks() == (0, ANY_TICKS)
    made.set_open("b", BUY, 1, 7)
    made.set_open("s", SELL, 1, 9)
    assert made.nearest_ticks() == (7, 9)
    made.set_open("x", BUY, 1)
    assert made.nearest_ticks() == (ANY_TICKS, 9)
    made.set_open("y", SELL, 1)
    assert made.nearest_ticks() == (ANY_TICKS, 0)


@pytest.mark.parametrize(("told", "kept"), [(0, 3), (1, 1)])
def test_how_aggressive_an_order_was_is_kept_at_another_price_unless_it_is_told_anew(
    told: int, kept: int
) -> None:
    made = exposure()
    made.set_open("a", BUY, 3, 100, 3)
    made.set_open("a", BUY, 3, 101, told)
    assert (made.open["a"].price_ticks, made.open["a"].level) == (101, kept)


def test_only_an_order_that_is_open_can_have_a_price_forgotten() -> None:
    made = exposure()
    made.set_open("a", BUY, 3, 100)
    made.forget_price("nobody")
    assert made.nearest_ticks()[0] == 100
    made.forget_price("a")
    assert made.nearest_ticks()[0] == ANY_TICKS


def test_a_book_that_is_restored_keeps_nothing_of_before() -> None:
    book = ExposureBook(INSTRUMENTS)
    book.find("A")
    saved = book.snapshot()
    book.find("B")
    book.restore(saved)
    assert list(book.by_symbol) == ["A"]
