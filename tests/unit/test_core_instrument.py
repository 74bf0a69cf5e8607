"""Instruments: the only door between decimal text and ticks and lots."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tools.core.demo import demo_instrument
from tools.core.errors import UsageError
from tools.core.instrument import DOWN, UP, Instrument


def steps(tick: str = "0.25", lot: str = "0.001", **settings):
    return Instrument(venue="v", symbol="X", tick=tick, lot=lot, **settings).steps()


@pytest.mark.parametrize("value", ["100.50", 100.5, Decimal("100.5"), "100.5000"])
def test_whole_steps_convert_exactly(value: object) -> None:
    assert steps().price_ticks(value) == 402


@pytest.mark.parametrize(
    ("value", "down", "up"),
    [("100.6", 402, 403), ("-100.6", -403, -402), ("0.01", 0, 1), ("100.5", 402, 402)],
)
def test_what_lies_between_two_steps_rounds_only_when_asked(value: str, down: int, up: int) -> None:
    assert steps().price_ticks(value, DOWN) == down
    assert steps().price_ticks(value, UP) == up
    if down != up:
        with pytest.raises(UsageError, match=r"price .* is not a multiple of 0\.25"):
            steps().price_ticks(value)


def test_quantities_are_refused_by_name() -> None:
    assert steps().qty_lots("0.005") == 5
    with pytest.raises(UsageError, match=r"quantity 0\.0005 is not a multiple of 0\.001"):
        steps().qty_lots("0.0005")
    with pytest.raises(UsageError):
        steps().qty_lots(0.1 + 0.2)


@pytest.mark.parametrize(
    ("tick", "lot"), [("0.25", "0.001"), ("5", "100"), ("0.00000001", "1"), ("1.5", "0.3")]
)
def test_text_and_steps_are_inverse(tick: str, lot: str) -> None:
    made = steps(tick, lot)
    for count in (0, 1, -1, 7, 123_456_789):
        assert made.price_ticks(made.price_text(count)) == count
        assert made.qty_lots(made.qty_text(count)) == count
        assert Decimal(made.price_text(count)) == count * Decimal(tick)
        assert Decimal(made.qty_text(count)) == count * Decimal(lot)
        assert Decimal(made.mid_text(count)) == count * Decimal(tick) / 2


@pytest.mark.parametrize(("tick", "lot"), [("0.25", "0.001"), ("0.01", "0.00000001"), ("0.1", "0.001")])
@pytest.mark.parametrize("money_htl", [0, 1, 2, 3, 999, 10**12 + 1, -1, -3])
def test_money_rounds_against_us(tick: str, lot: str, money_htl: int) -> None:
    exact = money_htl * Decimal(tick) / 2 * Decimal(lot) * 10**8
    made = steps(tick, lot)
    assert made.e8_up(money_htl) == exact.to_integral_value("ROUND_CEILING")
    assert made.e8_down(money_htl) == exact.to_integral_value("ROUND_FLOOR")


def test_keys_and_minimum() -> None:
    made = Instrument(venue="binance-usdm", symbol="BTCUSDT", tick="0.1", lot="0.001", min_notional="100")
    assert made.key == "binance-usdm:BTCUSDT"
    assert made.steps().min_notional_e8 == 100 * 10**8
    assert made.to_dict()["profile"] == "major"


@pytest.mark.parametrize(
    "changed",
    [{"tick": bad} for bad in ("0", "-1", "x", "NaN", "0.0000000000000000001")]
    + [{"lot": bad} for bad in ("0", "-1", "")]
    + [{"profile": "middling"}],
)
def test_instruments_that_cannot_be_are_refused(changed: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        Instrument(**{"venue": "v", "symbol": "X", "tick": "1", "lot": "1", **changed})


@pytest.mark.parametrize("symbol", ["BTCUSDT", "AB", "1INCHUSDT", "A" * 20])
def test_the_demo_trades_every_well_formed_symbol(symbol: str) -> None:
    made = demo_instrument(symbol)
    assert made is not None
    assert (made.symbol, made.tick, made.lot) == (symbol, "0.01", "0.00000001")


@pytest.mark.parametrize("symbol", ["", "A", "A" * 21, "btc", "BTC-USD", "BTC\n", "ＡＢ", "٣٣", None])
def test_and_no_other(symbol: object) -> None:
    assert demo_instrument(symbol) is None
