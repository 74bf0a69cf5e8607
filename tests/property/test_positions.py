"""Profit identities hold exactly, for every sequence of fills and every mark."""

from __future__ import annotations

import json
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tests.kit.effort import share
from tools.core.events import Side
from tools.core.instrument import Instrument
from tools.core.reports import Liquidity
from tools.core.units import HALF_E8
from tools.execution.fees import FeeConfig
from tools.execution.positions import Position

BTC = Instrument(venue="t", symbol="BTC", tick="0.1", lot="0.001")
FEES = FeeConfig(maker_ubps=-700_001, taker_ubps=5_000_003)
fills = st.lists(
    st.tuples(
        st.sampled_from(tuple(Side)),
        st.integers(1, 1000),
        st.integers(1, 10**6),
        st.sampled_from((Liquidity.MAKER, Liquidity.TAKER)),
    ),
    max_size=30,
)


@share(1)
@given(fills, st.integers(1, 2 * 10**6), st.integers(0, 30))
def test_identities(story: list[tuple[Side, int, int, Liquidity]], mark_ht: int, cut: int) -> None:
    position = Position(BTC.steps(), FEES)
    held = cash = 0
    fees = Fraction(0)
    reductions = 0
    exact_realised = Fraction(0)
    average = Fraction(0)
    for number, (side, lots, ticks, liquidity) in enumerate(story):
        if number == cut:
            saved = json.loads(json.dumps(position.snapshot()))
            position = Position(BTC.steps(), FEES)
            position.restore(saved)
        sign = 1 if side is Side.BUY else -1
        # The oracle: average cost in fractions.
        closing = min(lots, abs(held)) if held * sign < 0 else 0
        exact_realised += -sign * closing * (2 * ticks - average)
        if closing == 0:
            average = (average * abs(held) + 2 * ticks * lots) / (abs(held) + lots)
        elif lots > abs(held):
            average = Fraction(2 * ticks)
        reductions += closing > 0
        held += sign * lots
        cash -= sign * 2 * ticks * lots
        ubps = FEES.maker_ubps if liquidity is Liquidity.MAKER else FEES.taker_ubps
        exact_fee = Fraction(ticks * lots * 10_000 * ubps, 10**10)  # 0.0001 USD each, in e8
        fees += exact_fee
        fee = position.on_fill(side, lots, ticks, liquidity)
        assert 0 <= fee - exact_fee < 1
        rate_ubps = (number % 5 - 2) * 333_333
        exact_funding = Fraction(-held * mark_ht * 5_000 * rate_ubps, 10**10)
        before = position.funding_e8
        received = position.on_funding(rate_ubps, mark_ht * HALF_E8)
        assert 0 <= exact_funding - received < 1 and position.funding_e8 == before + received
        position.mark_ht = mark_ht
        gross = position.gross_e8()
        assert gross == (cash + held * mark_ht) * 5_000  # htl of this instrument are 5,000 e8 each
        assert position.net_e8() == gross - position.fees_e8 + position.funding_e8
        # Exactly, at every moment and mark:
        assert position.position_lots == held
        assert position.cash_htl == cash
        assert position.realised_htl + position.unrealised_htl(mark_ht) == cash + held * mark_ht
        if held == 0:
            assert position.realised_htl == cash and position.cost_htl == 0
        # Realised is never the larger of the two, and near the exact figure: what was rounded
        # is less than one half-tick x lot for each reduction.
        assert -reductions - 1 < position.realised_htl - exact_realised <= reductions
        assert position.cost_htl == 0 or (position.cost_htl > 0) == (held > 0)
    assert 0 <= position.fees_e8 - fees <= len(story)


@share(2)
@given(fills)
def test_a_sequence_that_ends_flat_has_realised_its_cash(
    story: list[tuple[Side, int, int, Liquidity]],
) -> None:
    position = Position(BTC.steps(), FEES)
    for side, lots, ticks, liquidity in story:
        position.on_fill(side, lots, ticks, liquidity)
    if position.position_lots:
        side = Side.SELL if position.position_lots > 0 else Side.BUY
        position.on_fill(side, abs(position.position_lots), 500_000, Liquidity.MAKER)
    assert (position.realised_htl, position.cost_htl) == (position.cash_htl, 0)
