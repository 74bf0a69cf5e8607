"""The trading part of a session: answers at their own times, counts, the end, the audit.

The chain is replaced by one that evaluates every quote and says what a test tells it to; the
loop, the quoter, risk and the paper exchange (20 ms each way) are the real ones.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.kit.session import AA, SMALL, T0, A, Rig, at, quote, sold
from tools.core.events import Depth, MarketEvent, Tick
from tools.core.units import E8, NS_PER_MS
from tools.core.verdicts import Ceiling
from tools.live.session import Session
from tools.live.settings import ControlConfigs
from tools.risk import RiskConfig
from tools.risk.controls import loss_limit


def test_answers_are_booked_at_their_own_times_however_late_the_next_event_is() -> None:
    rig = Rig().take(quote(0))
    assert (rig.life["attempted"], rig.life["unanswered"]) == (2, 2)
    rig.take(quote(60_000))
    assert (rig.life["accepted"], rig.life["unanswered"]) == (2, 0)
    told = rig.quality["decision_to_acknowledge"]
    assert (told["count"], told["min_ns"], told["max_ns"]) == (2, 40 * NS_PER_MS, 40 * NS_PER_MS)


def test_an_answer_that_is_due_at_the_very_event_is_known_to_it() -> None:
    rig = Rig().take(quote(0), quote(39))
    assert rig.life["unanswered"] == 2
    rig.take(quote(40))
    assert rig.life["unanswered"] == 0


def test_a_rejection_counts_from_its_own_time() -> None:
    rig = Rig().take(quote(0), quote(10, 98, 99))  # our buy at 100 would cross when it arrives
    rig.take(quote(60_030, 98, 99))
    assert rig.life["rejected"] == 1
    # Heard of at 40 ms: it has 10 ms of its minute left; what was sent at 0 is out of it.
    quality = rig.chain.asked[-1][0]
    assert (quality.sent_60s, quality.rejected_60s) == (0, 1)
    rig.take(quote(60_040, 98, 99))
    assert rig.chain.asked[-1][0].rejected_60s == 0


def test_a_fill_is_in_the_position_before_the_next_decision() -> None:
    rig = Rig().take(quote(0), quote(100), sold(200, 99, 4))
    assert rig.session.books.positions.get(A).to_dict()["position_lots"] == 0  # not heard of yet
    rig.take(quote(5_000))
    assert rig.session.books.positions.get(A).to_dict()["position_lots"] == 4
    assert rig.session.risk.exposures()[A].position_lots == 4
    assert rig.quality["decision_to_first_fill"]["max_ns"] == 200 * NS_PER_MS  # at the venue


def test_a_print_fills_nothing_that_arrives_after_it() -> None:
    rig = Rig().take(quote(0), sold(20, 99, 4), quote(100))
    assert rig.quality["fills"]["maker"]["fills"] == 0
    rig = Rig().take(quote(0), sold(21, 99, 4), quote(100))
    assert rig.quality["fills"]["maker"]["fills"] == 1


def test_finish_waits_for_the_answers() -> None:
    rig = Rig().take(quote(0))
    rig.session.finish()
    assert (rig.life["accepted"], rig.life["unanswered"], rig.life["open"]) == (2, 0, 2)
    assert [r["report"] for r in rig.records("report")] == ["ACCEPTED", "ACCEPTED"]
    report = rig.session.report()
    assert report["last_ns"] == T0  # the last event, not the last answer
    assert report["lifecycle"] == rig.life


def test_finish_without_anything_under_way_only_tells_of_the_orders_still_open() -> None:
    rig = Rig().take(quote(0), quote(100))
    before = list(rig.lines)
    rig.session.finish()
    assert rig.lines[: len(before)] == before
    assert [json.loads(line)["kind"] for line in rig.lines[len(before) :]] == ["order_quality"] * 2
    assert [r["end"] for r in rig.records("order_quality")] == ["OPEN"] * 2


def test_evaluations_are_counted_by_what_came_of_them() -> None:
    rig = Rig().take(quote(0), quote(10), quote(100), sold(110, 90, 1))
    tally = rig.chain.tally
    assert tally.with_order == 1
    assert tally.without_order == {"quoter:AWAITING_EXCHANGE": 1, "quoter:RESTING": 2}
    rig.chain.allow(Ceiling.NONE)
    rig.take(quote(200), quote(210), quote(300))  # cancels both; then waits; then has none
    assert tally.with_order == 2
    assert tally.without_order["permission:TEST"] == 2
    assert tally.evaluations == tally.with_order + sum(tally.without_order.values()) == 7
    assert [r["client_id"] for r in rig.records("cancel")] == ["CLI00000001", "CLI00000002"]
    # One lot had filled before the cancels came: canceled is what became of the rest.
    assert (rig.life["canceled"], rig.life["open"]) == (2, 0)


def test_a_refusal_by_risk_is_counted_by_its_reason_and_the_side_backs_off() -> None:
    rig = Rig(replace(SMALL, risk=RiskConfig(max_inventory_e8=100 * E8, max_total_e8=10_000 * E8)))
    rig.take(quote(0), quote(10), quote(1_000))
    assert rig.chain.tally.without_order == {"risk:INVENTORY_LIMIT": 2, "quoter:BACKING_OFF": 1}
    assert (rig.life["attempted"], rig.life["refused"], rig.life["accepted"]) == (4, 4, 0)
    report: Any = rig.session.report()["risk"]
    assert (report["blocks_total"], report["refusals_by_reason"]) == (4, {"INVENTORY_LIMIT": 4})
    assert [r["reason"] for r in rig.records("refused")] == ["INVENTORY_LIMIT"] * 4


def test_a_freeze_stops_cancels_and_is_told_to_the_chain() -> None:
    rig = Rig().take(quote(0), quote(100))
    assert rig.chain.asked[-1][1].open is True
    rig.session.risk.freeze("stop")
    rig.take(quote(200), quote(300))
    assert rig.chain.asked[-1][1].open is False
    assert rig.life["canceled"] == 2 and rig.life["open"] == 0
    assert rig.chain.tally.without_order["risk:FROZEN"] == 2
    assert [r["text"] for r in rig.records("freeze")] == ["stop"]
    report: Any = rig.session.report()["risk"]
    assert report["frozen"] is True


def test_every_line_bears_the_number_of_its_event_and_a_decision_comes_before_its_orders() -> None:
    rig = Rig().take(quote(0), Tick(at(30)), quote(1_000))
    seen = [(r["kind"], r["seq"]) for r in map(json.loads, rig.lines)]
    assert seen == [("decision", 1), ("order", 1), ("order", 1), ("report", 3), ("report", 3)]


def test_headroom_tells_what_was_used_at_most() -> None:
    rig = Rig().take(quote(0), quote(100))
    rig.chain.allow(Ceiling.NONE)
    rig.take(quote(200), quote(300))
    report: Any = rig.session.report()["risk"]
    rows = {row["name"]: row for row in report["headroom"]}
    # Ten lots a side, valued at the mid of 100.5; now nothing is open any more.
    buy, sell = 1_000 * E8 // (100 * E8), 1_000 * E8 // (101 * E8)
    most = max(buy, sell) * 201 * E8 // 2
    for name in ("worst_inventory_e8", "worst_total_e8"):
        assert (rows[name]["peak"], rows[name]["used"]) == (most, 0)
    assert rows["worst_inventory_e8"]["limit"] == 10_000 * E8


@pytest.mark.parametrize("gap_ms", [1, 39, 41, 1_000])
def test_what_is_booked_does_not_depend_on_ticks_in_between(gap_ms: int) -> None:
    """Events that change nothing, at any times, leave every figure of the orders as it is."""
    plain = Rig().take(quote(0), sold(3_000, 99, 4), quote(5_000))
    busy = Rig().take(quote(0))
    for ms in range(gap_ms, 3_000, max(gap_ms, 7)):
        busy.take(Tick(at(ms)))
    busy.take(sold(3_000, 99, 4), quote(5_000))
    assert busy.quality == plain.quality
    assert busy.life == plain.life


# -- risk in a session ----------------------------------------------------------------------------


def ticks(rig: Rig, from_s: int, to_s: int, bid: int = 100) -> None:
    for second in range(from_s, to_s + 1):
        rig.take(quote(second * 1_000 - 1, bid, bid + 1), Tick(at(second * 1_000)))


def test_nothing_is_allowed_before_the_books_have_agreed_and_they_do_at_the_first_event() -> None:
    rig = Rig()
    assert rig.session.risk.verdict(A).reason == "NOT_RECONCILED"
    rig.take(quote(0))
    assert rig.chain.asked[0][1].open
    assert rig.life["attempted"] == 2 and rig.life["refused"] == 0


def test_an_exposure_that_is_not_the_ledger_s_freezes_within_one_cycle() -> None:
    rig = Rig().take(quote(0))
    ticks(rig, 1, 3)
    rig.session.risk.exposures()[A].position_lots += 1
    ticks(rig, 4, 14)
    assert rig.session.risk.is_frozen()
    triggers = {record["trigger"] for record in rig.records("freeze")}
    assert triggers == {"EXPOSURE_DRIFT"}, "and the venue's books, a second later, were looked at too"
    assert rig.session.report()["risk"]["alerts_by_reason"]["HELD"] >= 1  # type: ignore[index]


def test_a_loss_beyond_its_limit_lets_the_position_only_shrink() -> None:
    config = ControlConfigs(loss_limit=loss_limit.Config(max_daily_loss_e8=0, max_drawdown_e8=0))
    rig = Rig(replace(SMALL, control=config)).take(quote(0), quote(50), sold(60, 100, 80))
    ticks(rig, 1, 3, 99)  # bought at 100, worth 99.5
    assert rig.session.books.positions.get(A).position_lots > 0
    (cause,) = rig.session.risk.holds.in_force()
    assert (cause.trigger.value, cause.effect.value) == ("DAILY_LOSS", "REDUCE_ONLY")
    sent = len(rig.records("order"))
    ticks(rig, 4, 9, 99)
    assert {record["side"] for record in rig.records("order")[sent:]} <= {"SELL"}


def test_depth_that_the_venue_is_shown_lets_an_order_reach_beyond_the_best() -> None:
    taken = {}
    for shown in (False, True):
        session = Session({A: AA}, SMALL)
        told: list[MarketEvent] = []
        if shown:
            book = ((100, 50),), ((101, 50), (102, 30))
            told += [
                Depth(A, at(0), None, 7, 7, None, *book, True),
                Depth(A, at(1), at(1), 8, 8, None, (), ((103, 9),)),
            ]
        for event in [*told, quote(2)]:
            session.take(event, event.recv_ns)
        session.exchange.advance(at(2))
        session.exchange.place_limit("C1", A, "BUY", 70, 102, "IOC")
        session.exchange.advance(at(100))
        fills = [report for report in session.exchange.reports() if report.last_lots]
        taken[shown] = [(report.last_ticks, report.last_lots) for report in fills]
    # Four fifths of what is displayed can be had: 40 of 50 at the best, 24 of 30 behind it.
    assert taken == {False: [(101, 40)], True: [(101, 40), (102, 24)]}


def test_the_fall_from_the_peak_is_no_smaller_than_the_loss_at_the_end() -> None:
    # Bought at 100 and worth 89.5 at 500 ms, within the second after the last look.
    rig = Rig().take(quote(0), quote(50), sold(60, 99, 4), quote(90), quote(500, 89, 90))
    rig.session.finish()
    (path,) = rig.session.paths
    edge = path.net_edge()
    assert edge.fills > 0 and edge.net_e8 is not None and edge.net_e8 < 0
    assert edge.drawdown_e8 == -edge.net_e8  # the peak is the beginning, at 0


def test_a_crossed_quote_is_no_mark() -> None:
    rig = Rig().take(quote(0), quote(10, 105, 101))
    assert rig.session.books.positions.get(A).mark_ht == 100 + 101
    rig.take(quote(20, 104, 104))  # a locked one is
    assert rig.session.books.positions.get(A).mark_ht == 208
