"""The rows of ``quality``: money of several instruments, blocks, probabilities, many cells."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tools.core.canon import encode
from tools.core.errors import UsageError
from tools.core.events import Side
from tools.core.instrument import Instrument
from tools.core.orders import TimeInForce
from tools.core.units import NS_PER_S
from tools.core.verdicts import Colour, Gate, Regime
from tools.execution.tca.records import Context, OrderEnd, OrderQuality, OrderTimes, QueuePlace, Shortfall
from tools.lab.quality.columns import order_columns
from tools.lab.quality.document import slices
from tools.lab.quality.ends import count_rows, probability_rows, race_rows, time_rows
from tools.lab.quality.means import FILL_MEASURES, ORDER_MEASURES, block_of, mean_rows, scales_of
from tools.lab.quality.rows import Row, judged_together

STEPS = {
    "a:X": Instrument(venue="a", symbol="X", tick="0.1", lot="0.001").steps(),
    "b:Y": Instrument(venue="b", symbol="Y", tick="0.5", lot="10").steps(),
}


def test_money_of_instruments_is_added_in_one_unit() -> None:
    scales = scales_of(STEPS)
    # Half a tick x lot is 0.00005 of X and 2.5 of Y; 1e-8 is 1e-8.
    assert scales["b:Y"].htl(1) == 50_000 * scales["a:X"].htl(1)
    assert scales["a:X"].htl(1) == 5_000 * scales["a:X"].e8(1)
    assert scales["a:X"].e8(7) == scales["b:Y"].e8(7)


def test_a_mean_is_a_ratio_of_sums_over_instruments() -> None:
    columns = {
        "symbol": ["a:X", "b:Y"] * 40,
        "time_ns": [at * NS_PER_S for at in range(80)],
        "qty_lots": [3, 2] * 40,
        "price_ticks": [1_000, 50] * 40,
        "before_ht": [2_002, 99] * 40,
        "capture_htl": [6, -2] * 40,
        "markout_5s_htl": [3, None] * 40,
        "fee_e8": [1_000, 2_000] * 40,
    }
    measures = {name: FILL_MEASURES[name] for name in ("effective_spread", "net_edge_5s", "fee")}
    spread, edge, fee = mean_rows("fills", columns, measures, "time_ns", scales_of(STEPS), {}, 42)
    x, y = 0.00005, 2.5  # of the quote currency
    assert spread.n == 80
    assert spread.value == pytest.approx(1e4 * -2 * (6 * x - 2 * y) / (3 * 2_002 * x + 2 * 99 * y))
    assert edge.n == 40  # the markout of the other instrument is not known
    assert edge.value == pytest.approx(1e4 * (3 * x - 1_000e-8) / (3 * 2_000 * x))
    assert fee.value == pytest.approx(1e4 * 3_000e-8 / (3 * 2_000 * x + 2 * 100 * y))
    assert spread.differs is True and spread.low is not None and spread.high is not None


def test_a_mean_over_too_few_is_hidden_and_one_over_nothing_is_none() -> None:
    columns = {
        "symbol": ["a:X"] * 29,
        "time_ns": list(range(29)),
        "qty_lots": [1] * 29,
        "before_ht": [2_000] * 29,
        "capture_htl": list(range(29)),
    }
    spread = {"effective_spread": FILL_MEASURES["effective_spread"]}
    (row,) = mean_rows("fills", columns, spread, "time_ns", scales_of(STEPS), {}, 42)
    assert (row.n, row.value, row.hidden) == (29, None, True)
    empty = {name: [] for name in columns}
    (row,) = mean_rows("fills", empty, spread, "time_ns", scales_of(STEPS), {}, 42)
    assert (row.n, row.value, row.hidden) == (0, None, False)


def test_order_measures_need_what_they_are_made_of() -> None:
    scale = scales_of(STEPS)["a:X"]
    row = {
        "symbol": "a:X", "qty_lots": 10, "filled_lots": 4, "decision_ht": 200, "arrival_ht": 201,
        "shortfall_htl": 30, "delay_htl": 4, "trading_htl": -2, "opportunity_htl": 28, "fees_e8": 50_000,
    }  # fmt: skip
    one = scale.htl(1)
    assert ORDER_MEASURES["shortfall"](row, scale) == (30 * one, 2_000 * one)
    assert ORDER_MEASURES["arrival_slippage"](row, scale) == (-2 * one, 4 * 201 * one)
    assert ORDER_MEASURES["fees"](row, scale) == (10 * one, 2_000 * one)  # 50,000 e8 are 10 htl
    assert ORDER_MEASURES["arrival_slippage"]({**row, "filled_lots": 0}, scale) is None
    assert ORDER_MEASURES["opportunity"]({**row, "opportunity_htl": None}, scale) is None
    assert ORDER_MEASURES["fees"]({**row, "decision_ht": None}, scale) is None


def test_a_block_is_ten_or_as_many_as_share_a_minute() -> None:
    assert block_of([]) == 10
    assert block_of([at * 60 * NS_PER_S for at in range(100)]) == 10  # the next one is just outside
    # 100 fills, one a second: 41 of them see 60, the others 59, 58, ... 1.
    assert block_of([at * NS_PER_S for at in range(100)]) == -(-(41 * 60 + sum(range(1, 60))) // 100)


@pytest.mark.parametrize(
    ("fills", "became", "resting", "first"),
    [
        ((), "NONE", 0, None),
        ((("MAKER", 7), ("MAKER", 5)), "MAKER", 2, 5),
        ((("TAKER", 1),), "TAKER", 0, None),
        ((("TAKER", 1), ("MAKER", 9)), "BOTH", 1, 9),
        ((("TAKER", 1), ("UNKNOWN", 9)), "UNKNOWN", 1, 9),
        ((("UNKNOWN", 2), ("MAKER", 9)), "UNKNOWN", 2, 2),
    ],
)
def test_what_an_order_became(fills: tuple, became: str, resting: int, first: int | None) -> None:
    order = OrderQuality(
        "C1", "a:X", Side.BUY, TimeInForce.GTC, 100, 9, 0, 0, 0, 0, OrderEnd.CANCEL, False,
        OrderTimes(0, 0, 0, 0, None, None, 9), Shortfall(1, 1, 1, 0, 0, 0, 0, 0),
        QueuePlace(0, 0, 0, 0, None, None, None, False), Context(Regime.NORMAL, Gate.ALLOWED, Colour.GREEN),
    )  # fmt: skip
    lines = [{"kind": "order_quality", **order.to_dict()}]
    lines += [
        {"kind": "fill_quality", "client_id": "C1", "liquidity": kind, "time_ns": at} for kind, at in fills
    ]
    lines.append({"kind": "fill_quality", "client_id": "C2", "liquidity": "MAKER", "time_ns": 0})
    found = order_columns([json.loads(encode(line)) for line in lines])
    assert found["liquidity"] == [became]
    assert (found["resting_fills"], found["first_resting_fill_ns"]) == ([resting], [first])


def orders(*rows: dict[str, object]) -> dict[str, list[object]]:
    usual = {
        "end": "CANCEL", "time_in_force": "GTC", "arrived_ns": 0, "rested_ns": None, "fills": 0,
        "distance_ticks": 0, "queue_ppm": 500_000, "first_fill_ns": None, "ended_ns": 10 * NS_PER_S,
        "cancel_sent_ns": None, "raced_fills": 0, "post_only_reject": False, "impact_suspect": False,
        "fill_class": None,
    }  # fmt: skip
    filled = [{**usual, **row} for row in rows]
    for row in filled:  # made by resting, unless a row says otherwise
        row.setdefault("resting_fills", row["fills"])
        row.setdefault("first_resting_fill_ns", row["first_fill_ns"])
    return {name: [row[name] for row in filled] for name in filled[0]}


def values(rows: list[Row]) -> dict[str, tuple[float | None, int]]:
    return {row.name: (row.value, row.n) for row in rows}


def test_fill_probability_by_distance_and_by_place_in_the_queue() -> None:
    found = values(
        probability_rows(
            orders(
                {"fills": 2, "end": "FILL", "first_fill_ns": 1},
                {"distance_ticks": -1, "queue_ppm": 0, "fills": 1, "first_fill_ns": 1},
                {"distance_ticks": 4, "queue_ppm": None},
                {"distance_ticks": 11, "queue_ppm": 1_000_001},
                {"end": "REJECT"},  # it never rested
                {"time_in_force": "IOC", "fills": 1, "first_fill_ns": 1},  # nor did this one
                {"arrived_ns": None},  # nobody knows
                {
                    "fill_class": "CERTAIN",
                    "fills": 1,
                    "end": "FILL",
                    "first_fill_ns": 0,
                },  # it took all at once
            ),
            {},
        )
    )
    assert found == {
        "all": (0.5, 4),
        "distance inside": (1.0, 1),
        "distance 0": (1.0, 1),
        "distance 3..5": (0.0, 1),
        "distance over 10": (0.0, 1),
        "queue first": (1.0, 1),
        "queue to 50%": (1.0, 1),
        "queue over 100%": (0.0, 1),
        "queue unknown": (0.0, 1),
    }


def test_the_first_fill_is_the_end_that_counts() -> None:
    second = NS_PER_S
    found = values(
        time_rows(
            orders(
                {"first_fill_ns": 3 * second, "fills": 1},  # filled in part, cancelled later
                {"rested_ns": second, "ended_ns": 2 * second},  # 1 s after it came to rest
                {"end": "EXPIRE", "ended_ns": 4 * second},
                {"end": "OPEN", "ended_ns": 5 * second},  # lost from sight
            ),
            {},
        )
    )
    assert found["cancel within 1s"] == (0.25, 4)
    assert found["fill within 1s"] == (0.0, 4)
    assert found["fill within 5s"] == (0.25, 4)
    assert found["expire within 5s"] == (0.25, 4)
    # The longest was watched for 5 s, and was still there.
    assert found["fill within 20s"] == found["cancel within 20s"] == (None, 4)
    assert found["fill within 20s, if never cancelled"] == (None, 4)
    # Without the cancelled one there are three, of which one has filled by 3 s.
    assert found["fill within 5s, if never cancelled"][0] == pytest.approx(1 / 3)


def test_what_an_order_took_as_it_arrived_is_no_fill_of_a_resting_order() -> None:
    second = NS_PER_S
    took = {"fills": 1, "first_fill_ns": second, "rested_ns": second, "resting_fills": 0}
    columns = orders(
        {**took, "first_resting_fill_ns": None},  # took in part, rested, was cancelled
        {**took, "fills": 2, "resting_fills": 1, "first_resting_fill_ns": 4 * second},  # and then made
        {"rested_ns": second},
    )
    found = values(time_rows(columns, {}))
    assert found["fill within 100ms"] == (0.0, 3)
    assert found["fill within 1s"] == (0.0, 3)
    assert found["fill within 5s"][0] == pytest.approx(1 / 3)  # 3 s after it came to rest
    assert values(probability_rows(columns, {}))["all"] == (pytest.approx(1 / 3), 3)


def test_counts_and_races() -> None:
    columns = orders(
        {"cancel_sent_ns": 5, "raced_fills": 1, "fills": 1},
        {"cancel_sent_ns": 5},
        {"end": "REJECT", "post_only_reject": True},
        {"end": "OPEN", "impact_suspect": True},
    )
    counts = values(count_rows(columns, 1, {}))
    assert (counts["orders"][0], counts["fills"][0], counts["orders_per_fill"][0]) == (4, 1, 4)
    assert (counts["ended_cancel"][0], counts["ended_reject"][0], counts["ended_open"][0]) == (2, 1, 1)
    assert (counts["post_only_rejects"][0], counts["impact_suspects"][0]) == (0.25, 1)
    assert values(race_rows(columns, {})) == {"filled_before_cancel": (0.5, 2)}
    assert values(count_rows(columns, 0, {}))["orders_per_fill"][0] is None


def test_beyond_ten_cells_each_measure_is_judged_as_a_whole() -> None:
    row = Row(table="fills", name="fee", unit="bps", cell={}, n=50, n_eff=50.0, value=1.0, differs=True)
    rows = [replace(row, p_value=p) for p in (0.001, 0.02, 0.04)] + [replace(row, name="x", p_value=0.04)]
    assert judged_together(rows, 10) == rows
    found = judged_together(rows, 11)
    assert [one.p_value for one in found] == pytest.approx([0.003, 0.03, 0.04, 0.04])
    many = [replace(row, p_value=0.04) for _ in range(1)] + [replace(row, p_value=0.9) for _ in range(10)]
    first = judged_together(many, 11)[0]
    assert (first.p_value, first.differs) == (pytest.approx(0.04 * 11), False)
    assert judged_together([replace(row, p_value=None)], 11)[0].differs is True


def test_slices() -> None:
    assert slices("") == ()
    assert slices("regime, class") == ("regime", "class")
    with pytest.raises(UsageError, match="weather"):
        slices("weather")
    with pytest.raises(UsageError, match="twice"):
        slices("side,side")
