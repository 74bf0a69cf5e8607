"""Fees, positions and profit, each by hand. 1 lot x 1 tick is 1 of the quote currency here."""

from __future__ import annotations

import json

import pytest

from tools.core.errors import ConfigError, UsageError
from tools.core.events import Side
from tools.core.instrument import Instrument
from tools.core.reports import Liquidity
from tools.core.units import E8, HALF_E8, UBPS_ONE
from tools.execution.fees import FeeConfig, Fees
from tools.execution.money import Money
from tools.execution.positions import Position, Positions

ONE = Instrument(venue="t", symbol="AAA", tick="1", lot="1")
BTC = Instrument(venue="binance-usdm", symbol="BTCUSDT", tick="0.1", lot="0.001")
FREE = FeeConfig(maker_ubps=0, taker_ubps=0)
MAKER, TAKER, UNKNOWN = Liquidity.MAKER, Liquidity.TAKER, Liquidity.UNKNOWN


@pytest.mark.parametrize(
    ("instrument", "liquidity", "ticks", "lots", "fee_e8"),
    [
        # 65,000.0 x 0.015 = 975 USD; 2 bps = 0.195 USD, 5 bps = 0.4875 USD.
        (BTC, MAKER, 650_000, 15, 19_500_000),
        (BTC, TAKER, 650_000, 15, 48_750_000),
        # Where the venue does not say: the dearer one.
        (BTC, UNKNOWN, 650_000, 15, 48_750_000),
        # 0.1 x 0.001 = 0.0001 USD = 10,000 e8; 2 bps of it = 2 e8.
        (BTC, MAKER, 1, 1, 2),
    ],
)
def test_fees(instrument: Instrument, liquidity: Liquidity, ticks: int, lots: int, fee_e8: int) -> None:
    assert Fees(FeeConfig(), instrument.steps()).fee_e8(liquidity, ticks, lots) == fee_e8


@pytest.mark.parametrize(
    ("maker_ubps", "fee_e8"),
    [
        # 10,000 e8 of notional: 0.5 bps are 0.5 e8, paid as 1 and received as 0;
        # 1.5 bps are 1.5 e8, paid as 2 and received as 1.
        (500_000, 1),
        (-500_000, 0),
        (1_500_000, 2),
        (-1_500_000, -1),
        (0, 0),
    ],
)
def test_fees_round_against_us(maker_ubps: int, fee_e8: int) -> None:
    assert Fees(FeeConfig(maker_ubps=maker_ubps), BTC.steps()).fee_e8(MAKER, 1, 1) == fee_e8


@pytest.mark.parametrize(
    ("maker_ubps", "fee_e8"),
    [
        # 10,000 e8 of notional, settled in steps of 100 e8: 1.5 bps are 1.5 e8.
        (1_500_000, 300),  # paid as one step, and the least fee is three
        (500_000_000, 500),  # 500 bps: five steps, above the least
        (500_000_001, 600),  # and a little more is the next step
        (-199_000_000, -100),  # 199 e8 received as one step: a rebate is no fee and has no least
        (-99_000_000, 0),
        (0, 0),  # nothing to pay, and so no least fee either
    ],
)
def test_fees_settle_in_whole_steps_and_have_a_least(maker_ubps: int, fee_e8: int) -> None:
    fees = Fees(FeeConfig(maker_ubps=maker_ubps, min_fee_e8=300, settlement_step_e8=100), BTC.steps())
    assert fees.fee_e8(MAKER, 1, 1) == fee_e8


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"taker_ubps": UBPS_ONE}, "taker_ubps"),
        ({"settlement_step_e8": 0}, "settlement_step_e8"),
        ({"min_fee_e8": -1}, "min_fee_e8"),
        ({"min_fee_e8": 5, "settlement_step_e8": 2}, "min_fee_e8"),
    ],
)
def test_fee_configuration_is_checked(config: dict[str, int], named: str) -> None:
    with pytest.raises(ConfigError, match=rf"fees\.{named}"):
        FeeConfig(**config)


@pytest.mark.parametrize(
    ("side", "rate_ubps", "funding_e8"),
    [
        # 15 lots of 0.001 at a mark of 65,000.05 are 975.00075 USD; 1 bps of it is 9,750,007.5 e8.
        (Side.BUY, 1_000_000, -9_750_008),  # longs pay, rounded up
        (Side.SELL, 1_000_000, 9_750_007),  # shorts receive, rounded down
        (Side.BUY, -1_000_000, 9_750_007),
        (Side.SELL, -1_000_000, -9_750_008),
    ],
)
def test_funding(side: Side, rate_ubps: int, funding_e8: int) -> None:
    positions = Positions({"a": BTC}, FREE)
    assert positions.on_funding("a", rate_ubps) == 0  # flat
    positions.on_fill("a", side, 15, 650_000, MAKER)
    with pytest.raises(UsageError, match="mark"):
        positions.on_funding("a", rate_ubps)
    positions.mark("a", 1_300_001)
    assert positions.on_funding("a", rate_ubps) == funding_e8
    position = positions.get("a")
    gross_e8 = 75_000 if side is Side.BUY else -75_000  # 15 lots x half a tick of 5,000 e8
    assert (position.gross_e8(), position.funding_e8) == (gross_e8, funding_e8)
    assert position.net_e8() == gross_e8 + funding_e8
    # At a price of the venue's own: twice the mark, twice the funding but for the rounding.
    assert positions.on_funding("a", 2 * rate_ubps, 1_300_001 * HALF_E8) in (
        2 * funding_e8,
        2 * funding_e8 + 1,
    )
    other = Positions({"a": BTC}, FREE)
    other.restore(json.loads(json.dumps(positions.snapshot())))
    assert other.to_dict() == positions.to_dict()


def test_money_converts_limits_exactly() -> None:
    money = Money(BTC.steps())
    # 1 htl = 0.05 x 0.001 USD = 5,000 e8.
    assert money.limit_htl(1_000 * E8) == 20_000_000
    assert money.limit_htl(1_000 * E8, 250_000) == 5_000_000
    assert (money.limit_htl(9_999), money.limit_htl(10_000)) == (1, 2)
    assert (money.least_htl(9_999), money.least_htl(10_001)) == (2, 3)


# (side, lots, ticks) -> position, cash, realised, entry cost, all in half-ticks x lots.
STORY = [
    ((Side.BUY, 10, 100), (10, -2000, 0, 2000)),
    ((Side.BUY, 5, 106), (15, -3060, 0, 3060)),  # 2000 + 5 x 212
    # Average 204 half-ticks; 6 sold at 2 x 105 = 210: 6 x 6 = 36 realised.
    ((Side.SELL, 6, 105), (9, -1800, 36, 1836)),
    # Sells 12: closes 9 at 2 x 99 = 198 (9 x -6 = -54), opens 3 short at 198.
    ((Side.SELL, 12, 99), (-3, 576, -18, -594)),
    # Buys back 1 at 2 x 90 = 180: 18 realised.
    ((Side.BUY, 1, 90), (-2, 396, 0, -396)),
    ((Side.BUY, 2, 99), (0, 0, 0, 0)),
]


def test_a_position_s_story() -> None:
    position = Position(ONE.steps(), FREE)
    for (side, lots, ticks), expected in STORY:
        position.on_fill(side, lots, ticks, MAKER)
        figures = (position.position_lots, position.cash_htl, position.realised_htl, position.cost_htl)
        assert figures == expected
        assert position.realised_htl + position.unrealised_htl(207) == position.cash_htl + expected[0] * 207


def test_what_does_not_divide_stays_in_the_entry_cost() -> None:
    # 3 lots for 2 x (100 + 100 + 101) = 602. Selling 1 at 101 releases 602/3 = 200.67, taken as
    # 201: realised 202 - 201 = 1. The two left cost 401; sold at 101 they bring 404: 3 more.
    position = Position(ONE.steps(), FREE)
    position.on_fill(Side.BUY, 2, 100, MAKER)
    position.on_fill(Side.BUY, 1, 101, MAKER)
    assert position.average_ticks_e8() == 10_033_333_333  # 301/3 ticks
    position.on_fill(Side.SELL, 1, 101, MAKER)
    assert (position.realised_htl, position.cost_htl) == (1, 401)
    position.on_fill(Side.SELL, 2, 101, MAKER)
    assert (position.realised_htl, position.cost_htl, position.average_ticks_e8()) == (4, 0, None)
    # The mirror: short 3 for 602, buying 1 back at 100 releases -200.67, taken as -200.
    position = Position(ONE.steps(), FREE)
    position.on_fill(Side.SELL, 2, 100, MAKER)
    position.on_fill(Side.SELL, 1, 101, MAKER)
    position.on_fill(Side.BUY, 1, 100, MAKER)
    assert (position.realised_htl, position.cost_htl) == (0, -402)


def test_report_figures() -> None:
    positions = Positions({"a": BTC, "b": ONE})
    assert positions.on_fill("a", Side.BUY, 15, 650_000, MAKER) == 19_500_000
    assert positions.to_dict()["a"] == {
        "average_entry_ticks_e8": 650_000 * E8,
        "cash_htl": -19_500_000,
        "fees_e8": 19_500_000,
        "funding_e8": 0,
        "gross_e8": None,
        "mark_ht": None,
        "net_e8": None,  # nothing is known about it without a mark
        "position_lots": 15,
        "realised_e8": 0,
        "realised_htl": 0,
        "unrealised_e8": None,
        "unrealised_htl": None,
    }
    positions.mark("a", 1_300_003)  # 1.5 ticks above: 15 x 3 = 45 htl of 5,000 e8 each
    a = positions.to_dict()["a"]
    assert isinstance(a, dict)
    assert (a["unrealised_htl"], a["unrealised_e8"], a["net_e8"]) == (45, 225_000, 225_000 - 19_500_000)
    b = positions.to_dict()["b"]
    assert isinstance(b, dict)
    assert (b["unrealised_htl"], b["net_e8"]) == (0, 0)  # flat needs no mark


def test_misuse_raises() -> None:
    positions = Positions({"a": BTC})
    with pytest.raises(UsageError, match="unknown symbol"):
        positions.on_fill("b", Side.BUY, 1, 1, MAKER)
    with pytest.raises(UsageError, match="positive"):
        positions.on_fill("a", Side.BUY, 0, 1, MAKER)
    with pytest.raises(UsageError, match="positive"):
        positions.on_fill("a", Side.BUY, 1, 0, MAKER)


def test_snapshot() -> None:
    positions = Positions({"a": BTC, "b": ONE})
    positions.on_fill("a", Side.SELL, 3, 650_001, TAKER)
    positions.mark("b", 9)
    other = Positions({"a": BTC, "b": ONE})
    other.restore(json.loads(json.dumps(positions.snapshot())))
    assert other.to_dict() == positions.to_dict()
