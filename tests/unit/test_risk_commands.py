"""What an operator's commands, two sets of books and the profiles come to, in every figure."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.kit.risk import INSTRUMENTS, hold, monitor, ready
from tools.core.errors import InvariantError, UsageError
from tools.core.events import Side
from tools.core.instrument import Instrument
from tools.risk import AlertReason, Effect, Exposure, RuntimeRiskMonitor, Trigger
from tools.risk.controls import COMPARED, DECLARED, PROFILES
from tools.risk.exposure_book import ExposureBook
from tools.risk.hold_book import HoldBook
from tools.risk.panel import Panel
from tools.risk.parents import ParentBook
from tools.risk.standing import Standing

BUY, SELL = Side.BUY, Side.SELL


def frozen_by(risk: RuntimeRiskMonitor) -> tuple[Any, ...]:
    cause = risk.freeze_log.causes[-1]
    return (cause.time_ns, cause.trigger, cause.symbol, cause.text, cause.figure, cause.scope, cause.effect)


def started(at_ns: int = 9) -> RuntimeRiskMonitor:
    risk = ready(monitor(profile="replay"), "A", "B")
    risk.advance(at_ns)
    return risk


# -- commands -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("symbol", "scope"), [(None, ""), ("A", "A")])
def test_a_kill_and_a_reduce_only_are_signed_and_have_a_scope(symbol: str | None, scope: str) -> None:
    risk = started()
    assert risk.kill("anna", "drill", symbol) is True
    assert risk.kill("anna", "drill", symbol) is False
    assert frozen_by(risk) == (
        9, Trigger.KILL, symbol, "Killed by anna: drill", None, scope, Effect.KILL
    )  # fmt: skip
    assert risk.reduce_only("berta", "thin", symbol) is True
    assert frozen_by(risk) == (
        9, Trigger.REDUCE_ONLY_CALL, symbol, "Reduce only, by berta: thin", None, scope, Effect.REDUCE_ONLY
    )  # fmt: skip
    risk.thaw("anna", "over", symbol, Effect.KILL)
    assert not risk.is_frozen("A")
    assert risk.freeze_log.busy, "positions may still only shrink"
    risk.thaw("anna", "over", symbol, Effect.REDUCE_ONLY)
    assert not risk.freeze_log.busy


def test_a_freeze_by_call_is_about_a_symbol_and_holds_everything_or_it() -> None:
    risk = started()
    assert risk.freeze_symbol("look", "B") is True
    assert frozen_by(risk) == (9, Trigger.CALL, "B", "look", None, "B", Effect.HALT)
    assert (risk.is_frozen(), risk.is_frozen("A"), risk.is_frozen("B")) == (False, False, True)
    assert risk.freeze("stop", "B") is True
    assert risk.freeze("stop", "B") is False
    assert frozen_by(risk) == (9, Trigger.CALL, "B", "stop", None, "", Effect.HALT)
    assert risk.is_frozen("A")


def test_an_order_is_condemned_by_name_and_that_is_told() -> None:
    risk = started()
    with pytest.raises(UsageError):
        risk.condemn(" ", "odd", "c")
    assert risk.condemned == {}
    risk.condemn("anna", "odd", "c")
    assert list(risk.condemned) == ["c"]
    (alert,) = risk.alerts.take()
    assert (alert.time_ns, alert.reason, alert.symbol) == (9, AlertReason.HELD, "")
    assert alert.text == "c: killed by anna: odd"


def test_an_override_lasts_from_now() -> None:
    risk = started()
    made = risk.override("A", SELL, 3, 100, approver="anna", reason="meant", for_ns=5)
    assert (made.symbol, made.side, made.qty_lots, made.price_ticks) == ("A", SELL, 3, 100)
    assert (made.approver, made.reason, made.expires_ns) == ("anna", "meant", 14)
    with pytest.raises(UsageError):
        risk.override("A", SELL, 3, 100, approver="anna", reason="meant", for_ns=0)


# -- books --------------------------------------------------------------------------------------


def test_a_confirmed_difference_freezes_and_is_told_once() -> None:
    risk = started()
    hold(risk, "A", 5)
    risk.alerts.take()
    for _ in range(3):
        risk.on_books({}, [], {"A": 7})
    text = "POSITION A: ours 5 lots, the venue's 7 lots"
    assert frozen_by(risk) == (9, Trigger.RECONCILIATION, "A", text, None, "", Effect.HALT)
    told = [(one.reason, one.symbol, one.text) for one in risk.alerts.take()]
    assert told == [
        (AlertReason.HELD, "A", f"RECONCILIATION: {text}"),
        (AlertReason.MISMATCH, "A", text),
    ]


def test_books_that_cannot_be_had_are_told_once() -> None:
    risk = started()
    risk.on_books_missing("down")
    risk.on_books_missing("down")
    told = [(one.reason, one.symbol, one.text) for one in risk.alerts.take()]
    assert told == [(AlertReason.NOT_COMPARED, "", "down")]
    assert risk.verdict("A").reason == "NOT_RECONCILED"


@pytest.mark.parametrize(
    ("positions", "open_lots", "expected"),
    [
        ({"A": 5}, {}, None),
        ({"A": 4}, {}, ("A", ("position_lots", 5, 4))),
        ({}, {}, ("A", ("position_lots", 5, 0))),
        ({"A": 5}, {"c": 2}, ("", ("open_lots", 0, 2))),
    ],
)
def test_an_exposure_that_is_not_the_ledger_s_freezes(
    positions: dict[str, int], open_lots: dict[str, int], expected: tuple[Any, ...] | None
) -> None:
    risk = started()
    hold(risk, "A", 5)
    risk.verify_exposure(positions, open_lots)
    assert risk.is_frozen() is (expected is not None)
    if expected is not None:
        cause = risk.freeze_log.causes[-1]
        assert (cause.trigger, cause.symbol, cause.figure) == (Trigger.EXPOSURE_DRIFT, *expected)


def test_sums_that_are_not_those_of_the_open_orders_are_found() -> None:
    risk = started()
    hold(risk, "A", 5)
    risk.exposures()["A"].open_buy_lots += 1
    with pytest.raises(InvariantError, match="do not add up"):
        risk.verify_exposure({"A": 5}, {})


def test_a_cancel_that_leaves_counts_among_the_messages() -> None:
    risk = started()
    for sent in range(3):
        assert [used for name, used, _ in risk.headroom() if name == "cancels_count"] == [sent]
        risk.on_cancel_sent("c", "A")


# -- exposure -----------------------------------------------------------------------------------


def exposure() -> Exposure:
    made = Exposure(INSTRUMENTS["A"])
    made.on_quote(7, 99, 102, 3, 4)
    made.set_open("b1", BUY, 5, 98)
    made.set_open("b2", BUY, 2, 97)
    made.set_open("s", SELL, 9, 103)
    made.fill(SELL, 4)
    return made


def test_an_exposure_comes_back() -> None:
    made, twin = exposure(), Exposure(INSTRUMENTS["A"])
    twin.set_open("gone", BUY, 1)
    twin.restore(json.loads(json.dumps(made.snapshot())))
    assert twin.snapshot() == made.snapshot()
    twin.check()
    assert (twin.position_lots, twin.mark_ht, twin.quote_ns) == (-4, 99 + 102, 7)
    assert (twin.bid_ticks, twin.ask_ticks, twin.bid_lots, twin.ask_lots) == (99, 102, 3, 4)
    assert (twin.open_buy_lots, twin.open_sell_lots, twin.open_buys, twin.open_sells) == (7, 9, 2, 1)
    assert [(name, live.side, live.lots, live.price_ticks) for name, live in twin.open.items()] == [
        ("b1", BUY, 5, 98),
        ("b2", BUY, 2, 97),
        ("s", SELL, 9, 103),
    ]


@pytest.mark.parametrize("field", ["open_buy_lots", "open_sell_lots", "open_buys", "open_sells"])
def test_a_running_sum_that_is_off_by_one_is_a_broken_invariant(field: str) -> None:
    made = exposure()
    made.check()
    setattr(made, field, getattr(made, field) + 1)
    with pytest.raises(InvariantError, match="do not add up"):
        made.check()


def test_a_price_once_told_is_kept_and_a_new_one_replaces_it() -> None:
    made = exposure()
    made.set_open("b1", BUY, 4)
    assert (made.open["b1"].lots, made.open["b1"].price_ticks) == (4, 98)
    made.set_open("b1", BUY, 3, 96)
    assert (made.open["b1"].lots, made.open["b1"].price_ticks) == (3, 96)
    assert list(made.open) == ["b2", "s", "b1"], "a new price is a new place in the queue"
    made.check()


@pytest.mark.parametrize(("bid", "ask", "mark_ht"), [(1, 1, 2), (0, 5, None), (5, 4, None), (-1, 4, None)])
def test_a_quote_that_is_no_market_is_no_mark(bid: int, ask: int, mark_ht: int | None) -> None:
    made = exposure()
    made.on_quote(8, bid, ask, 1, 1)
    assert (made.mark_ht, made.quote_ns) == (mark_ht, 8)


def test_the_book_knows_its_instruments_and_no_others() -> None:
    book = ExposureBook(INSTRUMENTS)
    assert book.look(None) is None
    assert book.find("Z") is None
    assert book.look("A") is not None
    assert book.by_symbol == {}, "a look keeps nothing"
    found = book.find("A")
    assert book.by_symbol == {"A": found}
    assert book.look("A") is found
    assert ExposureBook().look("ANY") is not None


def test_a_mark_from_before_a_time_is_none() -> None:
    book = ExposureBook(INSTRUMENTS)
    for name in ("A", "B"):
        found = book.find(name)
        assert found is not None
        found.fill(BUY, 3)
        found.on_quote(7, 10, 10, 1, 1)
        found.set_open(f"o{name}", BUY, 1)
    assert book.others_worst_e8("A", 7) == 40
    assert book.others_worst_e8("", 7) == 80
    assert book.others_worst_e8("A", 8) is None
    assert book.open_count() == 2
    twin = ExposureBook({"B": INSTRUMENTS["B"]})
    twin.restore(json.loads(json.dumps(book.snapshot())))
    assert list(twin.by_symbol) == ["B"], "a symbol that is not known any more is left out"
    assert twin.by_symbol["B"].snapshot() == book.by_symbol["B"].snapshot()


def test_a_provider_s_mark_is_rounded_up_to_a_half_tick_and_a_bad_one_is_none() -> None:
    made = Exposure(Instrument(venue="t", symbol="X", tick="0.01", lot="1"))
    for answer, mark_ht in (("1.005", 201), ("1.0051", 202), ("0", None), ("-1", None), ("NaN", None)):
        made.provider_ht = 5
        made.ask_provider(lambda symbol, answer=answer: answer, "X")
        assert made.mark_ht == mark_ht


# -- profiles -----------------------------------------------------------------------------------


def test_profiles() -> None:
    # The checks of P0.1 and data sanity.
    assert PROFILES["demo"] == (
        "halt",
        "reduce_only",
        "sanity",
        "mark",
        "inventory",
        "total_notional",
        "edge",
    )
    # What a recording tells nothing of is asked for in a shadow run, beside all the rest.
    assert set(PROFILES["shadow"]) - set(PROFILES["replay"]) == {
        "instrument_status", "clock", "balance", "heartbeat"
    }  # fmt: skip
    assert PROFILES["shadow"][: len(PROFILES["replay"])] == PROFILES["replay"]
    assert (DECLARED, COMPARED) == (("shadow",), ("replay", "shadow"))


def test_a_panel_s_peaks_and_near_limits_come_back() -> None:
    panel, twin = Panel("demo", {}), Panel("demo", {})
    book = ExposureBook(INSTRUMENTS)
    found = book.find("A")
    assert found is not None
    found.on_quote(0, 10, 10, 1, 1)
    found.fill(BUY, 8 * 10**10)  # 8 x 10^11 of 10^12
    now = Standing(0, book, started().figures, HoldBook(), ParentBook(), {}, True)
    assert panel.usage(now, 800_000, True) == [("worst_inventory_e8", 8 * 10**11, 10**12)]
    assert panel.usage(now, 800_000, True) == []
    twin.restore(json.loads(json.dumps(panel.snapshot())))
    assert twin.peaks() == panel.peaks()
    assert twin.peaks()["worst_inventory_e8"] == twin.peaks()["worst_total_e8"] == 8 * 10**11
    assert twin.usage(now, 800_000, True) == [], "it was told already"
    found.fill(SELL, 1)
    assert twin.usage(now, 800_000, True) == []
    found.fill(BUY, 1)
    assert len(twin.usage(now, 800_000, True)) == 1, "a new crossing"
    with pytest.raises(InvariantError, match="profile demo"):
        twin.restore({**panel.snapshot(), "controls": {}})
    with pytest.raises(UsageError, match="unknown risk profile"):
        Panel("live", {})
