"""The reproduction tables: the page is what the recordings say, and the inequalities hold."""

from __future__ import annotations

import pytest

from tools.lab import tables
from tools.lab.tables_page import page, text_of

pytestmark = pytest.mark.no_packages
HERE = all((tables.DATA / file).is_file() for _, files in tables.RECORDED.values() for file in files)


def written() -> str:
    return (tables.ROOT / tables.PAGE).read_text(encoding="utf-8")


@pytest.mark.recordings
@pytest.mark.skipif(not HERE, reason="the recordings (../shared/data) are not here")
def test_the_page_is_what_the_recordings_say_and_the_gates_hold() -> None:
    found = tables.everything(tables.DATA)
    assert page({item.name: item.cells for item in found}) == written(), f"run {tables.COMMAND}"
    assert {
        item.name: [name for name, holds in tables.gates(item).items() if not holds] for item in found
    } == {item.name: [] for item in found}
    wanted = ("R2 of OFI > R2 of trades, 10 s", "slope of micro-price < half that of the mid")
    assert all(set(wanted) <= set(tables.gates(item)) for item in found[:3])


def test_the_synthetic_book_says_what_the_page_says() -> None:
    item = tables.synthetic("synthetic thin")
    assert all(tables.gates(item).values())
    for figure in ("ofi 10", "trades 10", "auc drawn", "msr drawn", "micro-price", "branching 10"):
        assert f"| {text_of(item.cells[figure])} |" in written()


def test_a_gate_can_fail() -> None:
    item = tables.Found("USD-M BTC 2024")
    wrong = {"ofi 10": 0.2, "trades 10": 0.3, "msr last": 0.3, "msr drawn": 0.2, "micro-price": 0.6}
    for figure, value in {**wrong, "mid": 1.0, "residual": 1.0}.items():
        item.cells[figure] = tables.Cell(100, value)
    assert list(tables.gates(item).values()) == [False, False, False, False]
