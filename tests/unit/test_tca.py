"""What is measured about an order and a fill, by hand: every number is worked out beside it."""

from __future__ import annotations

import pytest

from tests.kit.books import A, Told, at
from tools.core.errors import ConfigError
from tools.core.events import Side
from tools.core.orders import FillClass, TimeInForce
from tools.core.reports import Liquidity, ReportKind
from tools.core.verdicts import Colour, Gate, Regime
from tools.execution import FeeConfig
from tools.execution.tca import QualityConfig
from tools.execution.tca.best import BestHistory
from tools.execution.venue_words import VenueReason

K = ReportKind
BPS = 1_000_000


def test_shortfall_and_its_parts() -> None:
    told = Told(fees=FeeConfig(maker_ubps=2 * BPS, taker_ubps=0))
    told.quote(0, 100, 102)  # decision mid 202 half-ticks
    told.send("C1", 1, Side.BUY, lots=10, ticks=100)
    told.hear("C1", K.ACCEPTED, 21, mid_ht=204)
    told.hear("C1", K.TRADE, 500, 4, 100)
    told.hear("C1", K.TRADE, 600, 2, 100)
    told.hear("C1", K.CANCELED, 900, mid_ht=210)
    (order,) = told.records("order_quality")
    cost = order["shortfall"]
    assert (cost["decision_ht"], cost["arrival_ht"], cost["end_ht"]) == (202, 204, 210)
    assert cost["delay_htl"] == 6 * (204 - 202)
    assert cost["trading_htl"] == 6 * 200 - 6 * 204  # filled below the arrival's mid: a gain
    assert cost["opportunity_htl"] == 4 * (210 - 202)
    assert cost["shortfall_htl"] == (6 * 200 + 4 * 210) - 10 * 202 == 12 - 24 + 32
    # A tick of 0.1 and a lot of 0.001: 6 lots at 100 ticks are 0.06, of which 2 bps are 0.000012.
    assert cost["fees_e8"] == 1_200
    assert (order["end"], order["filled_lots"], order["fills"], order["qty_lots"]) == ("CANCEL", 6, 2, 10)
    assert told.measures["shortfall"] == {
        "delay_htl": 12,
        "fees_e8": 1_200,
        "opportunity_htl": 32,
        "orders": 1,
        "residual_htl": 0,
        "shortfall_htl": 20,
        "trading_htl": -24,
        "unmeasured": 0,
    }


def test_a_sale_turns_every_sign() -> None:
    told = Told()
    told.quote(0, 100, 102)
    told.send("C1", 1, Side.SELL, lots=10, ticks=102)
    told.hear("C1", K.ACCEPTED, 21, mid_ht=204)
    told.hear("C1", K.TRADE, 500, 6, 102)
    told.hear("C1", K.EXPIRED, 900, mid_ht=210)
    cost = told.records("order_quality")[0]["shortfall"]
    assert cost["delay_htl"] == -6 * (204 - 202)
    assert cost["trading_htl"] == -(6 * 204 - 6 * 204)
    assert cost["opportunity_htl"] == -4 * (210 - 202)
    assert cost["shortfall_htl"] == -12 - 0 - 32


def test_what_needs_a_mid_that_nobody_knows_is_none() -> None:
    told = Told()
    told.send("C1", 1)  # no quote yet: no decision mid
    told.hear("C1", K.ACCEPTED, 21)
    told.hear("C1", K.TRADE, 30, 4, 100)
    told.hear("C1", K.CANCELED, 40)
    cost = told.records("order_quality")[0]["shortfall"]
    assert [cost[f"{part}_htl"] for part in ("shortfall", "delay", "trading", "opportunity")] == [None] * 4
    fill = told.records("fill_quality")
    assert fill == []  # 60 s are not over
    told.books.finish(at(50))
    (fill,) = told.records("fill_quality")
    assert (fill["before_ht"], fill["capture_htl"]) == (None, None)
    assert told.measures["shortfall"]["unmeasured"] == 1
    assert told.measures["edge_identity"]["without_mid"] == 1
    assert told.measures["book_identity"]["residual_htl"] is None  # no mid, no profit


def test_markouts_are_taken_from_the_quote_in_force_at_the_horizon() -> None:
    told = Told()
    told.quote(0, 100, 102)
    told.quote(1_000, 101, 103)  # at the very time of the fill: not before it
    told.hear("X", K.TRADE, 1_000, 5, 100)
    told.quote(1_100, 102, 104)  # at 100 ms exactly: in force
    told.quote(2_001, 103, 105)  # 1 ms beyond 1 s: not yet
    told.quote(61_000, 90, 92)  # at 60 s exactly
    assert told.records("fill_quality") == []  # another quote could still come at that very time
    told.quote(61_001, 1, 3)
    (fill,) = told.records("fill_quality")
    assert fill["before_ht"] == 202
    assert fill["capture_htl"] == 5 * (202 - 200)
    assert fill["after_ht"] == [206, 206, 208, 208, 182]
    assert fill["markouts_htl"] == [5 * (mid - 200) for mid in (206, 206, 208, 208, 182)]
    assert fill["drifts_htl"] == [5 * (mid - 202) for mid in (206, 206, 208, 208, 182)]


def test_a_taker_is_held_against_the_quote_that_it_met() -> None:
    told = Told()
    told.quote(0, 100, 102)
    told.quote(1_000, 101, 103)
    told.hear("X", K.TRADE, 1_000, 5, 103, liquidity=Liquidity.TAKER)
    told.books.finish(at(1_500))
    (fill,) = told.records("fill_quality")
    assert (fill["before_ht"], fill["capture_htl"]) == (204, 5 * (204 - 206))
    assert fill["after_ht"] == [204, None, None, None, None]  # the run ends before the others


def test_a_crossed_quote_is_no_mid_and_quotes_of_one_price_change_nothing() -> None:
    told = Told()
    told.quote(0, 100, 102)
    told.quote(10, 105, 103)
    told.quote(20, 100, 102)
    told.hear("X", K.TRADE, 30, 5, 100)
    told.quote(40, 104, 102)
    told.books.finish(at(200))
    (fill,) = told.records("fill_quality")
    assert (fill["before_ht"], fill["after_ht"][0]) == (202, 202)


def test_a_fill_that_is_heard_of_a_minute_late_still_finds_its_mids() -> None:
    told = Told()
    for second in range(140):
        told.quote(1_000 * second, 100 + second, 102 + second)
    told.hear("X", K.TRADE, 75_500, 1, 100, heard=139_000)
    told.quote(140_000, 1, 3)
    (fill,) = told.records("fill_quality")
    assert fill["before_ht"] == 2 * 75 + 202
    assert fill["after_ht"] == [2 * second + 202 for second in (75, 76, 80, 105, 135)]


def test_a_fill_later_than_that_is_counted_without_mids() -> None:
    told = Told()
    for second in range(300):
        told.quote(1_000 * second, 100 + second, 102 + second)
    told.hear("X", K.TRADE, 75_500, 1, 100, heard=299_000)
    told.quote(300_000, 1, 3)
    (fill,) = told.records("fill_quality")
    assert (fill["before_ht"], fill["markouts_htl"][0]) == (None, None)
    assert told.measures["book_identity"]["residual_htl"] == 0


@pytest.mark.parametrize(
    ("side", "ticks", "distance"),
    [(Side.BUY, 100, 0), (Side.BUY, 97, 3), (Side.BUY, 101, -1), (Side.SELL, 104, 0), (Side.SELL, 106, 2)],
)
def test_the_distance_is_from_the_own_best_at_arrival(side: Side, ticks: int, distance: int) -> None:
    told = Told()
    told.quote(0, 90, 92)
    told.send("C1", 1, side, ticks=ticks)
    told.quote(20, 100, 104)
    told.hear("C1", K.ACCEPTED, 21)
    told.quote(22, 110, 114)
    told.hear("C1", K.CANCELED, 30)
    assert told.records("order_quality")[0]["place"]["distance_ticks"] == distance


@pytest.mark.parametrize(
    ("ahead", "shown", "share"),
    [(5, 20, 250_000), (0, 0, 0), (None, 7, None), (30, 20, 1_500_000), (3, 0, None)],
)
def test_what_the_venue_knows_is_in_the_line(ahead: int | None, shown: int, share: int | None) -> None:
    told = Told()
    told.send("C1", 1)
    told.hear("C1", K.ACCEPTED, 21)
    told.outcome("C1", FillClass.POSSIBLE, ahead, shown)
    told.hear("C1", K.CANCELED, 30)
    place = told.records("order_quality")[0]["place"]
    assert (place["ahead_lots"], place["shown_lots"], place["queue_ppm"]) == (ahead, shown, share)
    assert (place["fill_class"], place["ra_lots"], place["opt_lots"]) == ("POSSIBLE", 3, 7)
    assert place["impact_suspect"] is True


def test_a_fill_after_the_cancel_has_left_is_a_race() -> None:
    told = Told()
    told.quote(0, 100, 102)
    told.send("C1", 1)
    told.hear("C1", K.ACCEPTED, 21)
    told.hear("C1", K.TRADE, 100, 3, 100)
    told.cancel("C1", 100)  # the fill at that very time was before it
    told.hear("C1", K.TRADE, 110, 2, 100)
    told.cancel("C1", 115)  # once more: the first one counts
    told.hear("C1", K.CANCELED, 120)
    (order,) = told.records("order_quality")
    assert (order["raced_fills"], order["raced_lots"]) == (1, 2)
    assert order["times"]["cancel_sent_ns"] == at(100)
    told.quote(5_050, 95, 97)
    told.books.finish(at(70_000))
    assert [fill["racing"] for fill in told.records("fill_quality")] == [False, True]
    assert told.measures["cancel_race"] == {
        "cancels_sent": 2,
        "markout_5s_htl": 2 * (192 - 200),
        "notional_htl": 2 * 200,
        "orders": 1,
        "raced_fills": 1,
        "raced_orders": 1,
    }


def test_ends_and_rejects() -> None:
    told = Told()
    told.quote(0, 100, 102)
    for number, (kind, text) in enumerate(
        ((K.REJECTED, VenueReason.WOULD_CROSS), (K.REJECTED, "No market data"), (K.EXPIRED, ""))
    ):
        told.send(f"C{number}", 1)
        told.hear(f"C{number}", kind, 21, text=text)
    told.send("C9", 50, tif=TimeInForce.IOC)
    told.books.finish(at(60))
    found = {
        line["client_id"]: (line["end"], line["post_only_reject"]) for line in told.records("order_quality")
    }
    assert found == {
        "C0": ("REJECT", True),
        "C1": ("REJECT", False),
        "C2": ("EXPIRE", False),
        "C9": ("OPEN", False),
    }
    counts = told.measures["orders"]
    assert (counts["sent"], counts["reject"], counts["expire"], counts["open"]) == (4, 2, 1, 1)
    assert counts["post_only_rejects"] == 1


def test_times_are_ours_or_the_venue_s() -> None:
    told = Told()
    told.quote(0, 100, 102)
    told.send("C1", 5)
    told.hear("C1", K.ACCEPTED, 25, heard=48)
    told.hear("C1", K.TRADE, 300, 10, 100, heard=333)
    times = told.records("order_quality")[0]["times"]
    assert times == {
        "acknowledged_ns": at(48),
        "arrived_ns": at(25),
        "cancel_sent_ns": None,
        "ended_ns": at(300),
        "first_fill_ns": at(300),
        "rested_ns": None,
        "sent_ns": at(5),
    }
    latency = told.measures["latency"]
    assert latency["decision_to_arrival"]["max_ns"] == at(25) - at(5)
    assert latency["fill_to_report"]["max_ns"] == at(333) - at(300)


def test_the_context_is_that_of_the_decision_and_that_of_the_fill() -> None:
    told = Told()
    told.quote(0, 100, 102)
    told.books.now_ns = at(1)
    told.books.on_verdicts(A, Regime.NORMAL, Gate.ALLOWED, Colour.GREEN)
    told.send("C1", 2)
    told.hear("C1", K.ACCEPTED, 21)
    told.books.now_ns = at(100)
    told.books.on_verdicts(A, Regime.FAST, Gate.ALLOWED, Colour.YELLOW)
    told.books.now_ns = at(205)
    told.books.on_verdicts(A, Regime.UNSTABLE, Gate.BLOCKED, Colour.RED)
    told.hear("C1", K.TRADE, 204, 10, 100, heard=224)  # heard of in worse times than it happened in
    told.books.finish(at(300))
    assert told.records("order_quality")[0]["context"] == {
        "colour": "GREEN",
        "gate": "ALLOWED",
        "regime": "NORMAL",
    }
    assert told.records("fill_quality")[0]["context"] == {
        "colour": "YELLOW",
        "gate": "ALLOWED",
        "regime": "FAST",
    }


def test_an_order_of_another_size_is_measured_by_what_was_last_in_force() -> None:
    told = Told()
    told.quote(0, 100, 102)
    told.send("C1", 1, lots=10)
    told.hear("C1", K.ACCEPTED, 21)
    told.sizes["C1"] = 4  # amended
    told.hear("C1", K.REPLACED, 30)
    told.hear("C1", K.CANCELED, 40, mid_ht=206)
    (order,) = told.records("order_quality")
    assert order["qty_lots"] == 4
    assert order["shortfall"]["opportunity_htl"] == 4 * (206 - 202)


# -- the edge ------------------------------------------------------------------------------


def edge_of(told: Told) -> dict[str, object]:
    return told.books.edges()[A]


def test_the_edge_is_the_five_second_markout_after_fees_of_the_last_fills() -> None:
    told = Told(QualityConfig(edge_fills=2), FeeConfig(maker_ubps=2 * BPS, taker_ubps=0))
    told.quote(0, 100, 102)
    for number, ms in enumerate((1_000, 2_000, 3_000)):
        told.hear(f"X{number}", K.TRADE, ms, 10 * (number + 1), 100)
    told.quote(6_500, 101, 103)
    assert told.books.fresh_edges() == []  # one fill is too few
    assert edge_of(told) == {
        "edge_ubps": 2 * 100 * BPS // 2 - 2 * BPS,
        "fills": 1,
        "needed": 2,
        "shown": False,
    }
    told.quote(7_500, 99, 101)
    # Fills of 10 and 20 lots at 200 half-ticks; the mids 5 s later are 202 and 204.
    gain, notional = 10 * 2 + 20 * 4, 30 * 200
    wanted = gain * 10**10 // notional - 2 * BPS
    assert told.books.fresh_edges() == [(A, f"{wanted / BPS:.6f}")]
    assert told.books.fresh_edges() == []  # nothing new
    told.quote(8_001, 99, 101)
    gain, notional = 20 * 4 + 30 * 0, 50 * 200  # the first fill has left; at 8 s the mid is 200
    assert told.books.fresh_edges() == [(A, f"{(gain * 10**10 // notional - 2 * BPS) / BPS:.6f}")]
    assert edge_of(told)["shown"] is True


def test_an_edge_that_the_end_of_the_run_completes_was_shown_to_nobody() -> None:
    told = Told(QualityConfig(edge_fills=1), FeeConfig(maker_ubps=0, taker_ubps=0))
    told.quote(0, 100, 102)
    told.hear("X", K.TRADE, 1_000, 10, 100)
    told.books.finish(at(9_000))
    assert edge_of(told) == {"edge_ubps": 100 * BPS, "fills": 1, "needed": 1, "shown": False}


def test_an_edge_is_rounded_down_once() -> None:
    told = Told(QualityConfig(edge_fills=1), FeeConfig(maker_ubps=0, taker_ubps=0))
    told.quote(0, 99, 102)  # mid 201
    told.hear("X", K.TRADE, 1_000, 1, 101)  # -1 of 202
    told.quote(7_000, 1, 3)
    assert 202 * 49_504_950 < 10**10 < 202 * 49_504_951
    assert edge_of(told)["edge_ubps"] == -49_504_951


def test_without_a_window_risk_is_shown_nothing() -> None:
    told = Told(QualityConfig(edge_fills=0))
    told.quote(0, 100, 102)
    told.hear("X", K.TRADE, 1_000, 10, 100)
    told.quote(9_000, 1, 3)
    assert told.books.fresh_edges() == []
    assert edge_of(told) == {"edge_ubps": None, "fills": 0, "needed": 0, "shown": False}


def test_nothing_is_measured_where_that_is_asked() -> None:
    told = Told(QualityConfig(measures=False, edge_fills=0))
    told.quote(0, 100, 102)
    told.send("C1", 1)
    told.cancel("C1", 2)
    told.hear("C1", K.ACCEPTED, 21)
    told.outcome("C1", FillClass.NO, 1, 2)
    told.hear("C1", K.TRADE, 100, 10, 100)
    told.books.finish(at(200))
    assert (told.lines, told.books.measures(), told.books.edges(), told.books.fresh_edges()) == (
        [],
        {},
        {},
        [],
    )
    assert told.books.positions.get(A).position_lots == 10


def test_an_edge_needs_measures() -> None:
    with pytest.raises(ConfigError, match="edge_fills"):
        QualityConfig(measures=False)
    with pytest.raises(ConfigError, match="edge_fills"):
        QualityConfig(edge_fills=-1)


def test_a_quote_that_is_told_with_an_earlier_time_counts_from_the_last_one() -> None:
    best = BestHistory()
    assert best.take(1, 2, 10) and best.take(3, 4, 5)
    assert (best.mid_before(10), best.mid_at(9), best.mid_at(10)) == (None, None, 7)


def test_measures_that_begin_later_than_the_position_say_so_by_what_is_left_over() -> None:
    """Nothing restores measures: beside a position that was restored they leave over what came before."""
    before = Told(fees=FeeConfig(maker_ubps=2 * BPS, taker_ubps=0))
    before.quote(0, 100, 102)
    before.hear("X", K.TRADE, 1_000, 5, 100)
    after = Told(fees=FeeConfig(maker_ubps=2 * BPS, taker_ubps=0))
    after.books.positions.restore(before.books.positions.snapshot())
    after.quote(2_000, 102, 104)
    after.hear("Y", K.TRADE, 3_000, 2, 102)
    after.quote(4_000, 103, 105)
    book = after.measures["book_identity"]
    # The 5 lots bought at 200 half-ticks are worth 208 now; of them the new measures know nothing.
    assert book["residual_htl"] == 5 * (208 - 200)
    assert book["residual_e8"] == before.measures["book_identity"]["fees_e8"] == 1_000
    assert before.measures["book_identity"]["residual_htl"] == 0
