"""Average entry prices: the venue's own count, and its comparison with ours."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kit.orders import T0_NS, ScriptedExchange, report
from tools.core.errors import ConfigError
from tools.core.events import Quote, Side
from tools.core.instrument import Instrument
from tools.core.orders import Intent
from tools.core.reports import Liquidity, ReportKind
from tools.core.verdicts import Ceiling, Decision
from tools.execution import FeeConfig, Position
from tools.execution.venue_positions import VenuePositions
from tools.live.books import Books
from tools.live.exchange import FakeExchangeClient
from tools.live.execution_loop import ExecutionLoop
from tools.live.order_store import InMemoryOrderStore
from tools.live.paper_exchange import PaperExchange
from tools.live.ports import KnowsEntryPrices, TellsEntryPrices
from tools.risk import RiskConfig, RuntimeRiskMonitor
from tools.risk.reconcile import MismatchReason, Reconciler, compare_entries

S, E8, BPS = 10**9, 10**8, 10**6
SYMBOL = "BTCUSDT"
ONE = Instrument(venue="t", symbol=SYMBOL, tick="0.5", lot="0.001")
STEPS = {SYMBOL: ONE.steps()}
TAKE = Decision(0, True, Ceiling.TAKE, 1_000_000, "TEST", ())
fills = st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 50), st.integers(1, 10**6)), max_size=20)


def test_what_adds_is_averaged_what_reduces_releases_and_what_flips_begins_anew() -> None:
    held = VenuePositions()
    told = []
    for side, lots, ticks in (
        (Side.BUY, 1, 100),
        (Side.BUY, 3, 104),  # (100 + 3 x 104) / 4 = 103
        (Side.SELL, 2, 999),  # still 103
        (Side.SELL, 5, 110),  # flips: 3 short at 110
        (Side.SELL, 1, 114),  # (330 + 114) / 4 = 111
        (Side.BUY, 4, 1),  # flat
    ):
        held.fill(SYMBOL, side, lots, ticks)
        told.append(held.entry_prices(STEPS).get(SYMBOL))
    assert told == [Decimal(50), Decimal("51.5"), Decimal("51.5"), Decimal(55), Decimal("55.5"), None]
    assert held.quantities(STEPS) == {SYMBOL: Decimal(0)}


@given(fills)
def test_the_venue_s_average_and_ours_are_the_exact_one_to_within_rounding(booked) -> None:
    """Ours rounds by half a tick x lot with each fill that reduces, and the lots that are left share it."""
    venue, ours = VenuePositions(), Position(ONE.steps())
    lots, cost = 0, Fraction(0)
    for side, qty, ticks in booked:
        venue.fill(SYMBOL, side, qty, ticks)
        ours.on_fill(side, qty, ticks, Liquidity.MAKER)
        signed = qty if side is Side.BUY else -qty
        if lots * signed < 0:
            closed = min(qty, abs(lots))
            cost -= cost * closed / abs(lots)
            cost += (abs(signed) - closed) * ticks * (1 if signed > 0 else -1)
        else:
            cost += signed * ticks
        lots += signed
    assert venue.lots.get(SYMBOL, 0) == ours.position_lots == lots
    told, own = venue.entry_prices(STEPS).get(SYMBOL), ours.average_ticks_e8()
    if lots == 0:
        assert told is None and own is None
        return
    exact = cost / lots
    assert told is not None and own is not None
    assert abs(Fraction(told) / Fraction(1, 2) - exact) <= Fraction(len(booked) + 1, E8)
    assert abs(Fraction(own, E8) - exact) <= Fraction(len(booked), 2) + Fraction(1, E8)
    twin = VenuePositions()
    twin.restore(json.loads(json.dumps(venue.snapshot())))
    assert twin.entry_prices(STEPS) == venue.entry_prices(STEPS)


@pytest.mark.parametrize(
    ("own", "there", "venue_lots", "differs"),
    [
        (10_000 * E8, 10_000 * E8, 5, False),
        (50_000 * E8, 50_005 * E8, 5, False),  # 0.01 %, the tolerance
        (50_000 * E8, 50_005 * E8 + 1, 5, True),
        (50_000 * E8, 49_995 * E8, 5, False),
        (50_000 * E8, 49_995 * E8 - 1, 5, True),
        (100 * E8, 102 * E8, 5, False),  # two ticks are what rounding may come to
        (100 * E8, 102 * E8 + 1, 5, True),
        (10_000 * E8, None, 5, True),  # no price
        (10_000 * E8, 1, 4, False),  # the positions differ: that is told instead
    ],
)
def test_what_differs(own: int, there: int | None, venue_lots: int, differs: bool) -> None:
    found = compare_entries({"A": 5}, {"A": venue_lots}, {"A": own}, {"A": there}, BPS)
    assert [m.reason for m in found] == ([MismatchReason.ENTRY_PRICE] if differs else [])
    for mismatch in found:
        assert (mismatch.own_lots, mismatch.venue_lots) == (5, 5)
        assert (mismatch.own_entry_e8, mismatch.venue_entry_e8) == (own, there)


def test_what_one_side_alone_tells_is_not_compared() -> None:
    assert compare_entries({"A": 5}, {"A": 5}, {"A": 1}, {}, 0) == ()
    assert compare_entries({"A": 5}, {"A": 5}, {}, {"A": 1}, 0) == ()
    assert compare_entries({}, {}, {"A": 9 * E8}, {"A": 1}, 0) == ()


def test_the_difference_in_words() -> None:
    (found,) = compare_entries({"A": 5}, {"A": 5}, {"A": 3 * E8 // 2}, {"A": 4 * E8}, 0)
    assert found.text() == "ENTRY_PRICE A: ours 1.50000000 ticks, the venue's 4.00000000 ticks"
    (found,) = compare_entries({"A": 5}, {"A": 5}, {"A": E8}, {"A": None}, 0)
    assert found.text() == "ENTRY_PRICE A: ours 1.00000000 ticks, the venue's no price"
    with pytest.raises(ConfigError, match="entry_price_tolerance"):
        RiskConfig(entry_price_tolerance_ubps=-1)


class Telling(ScriptedExchange):
    """A venue that tells what it holds of ours, and at what price."""

    lots = Decimal(0)
    price = Decimal(500)

    def get_positions(self):
        return {SYMBOL: self.lots}

    def get_entry_prices(self) -> dict[str, Decimal]:
        return {SYMBOL: self.price} if self.lots else {}


@pytest.mark.parametrize(("price", "frozen"), [("250", False), ("251", False), ("251.01", True)])
def test_another_price_at_two_comparisons_in_a_row_freezes(price: str, frozen: bool) -> None:
    """Ours is 500 ticks of 0.5; two ticks more are 251."""
    venue = Telling()
    books = Books({SYMBOL: ONE}, FeeConfig(maker_ubps=0, taker_ubps=0))
    risk = RuntimeRiskMonitor(
        max_inventory_usd_per_symbol=10_000,
        max_total_notional_usd=50_000,
        edge_freeze_threshold_bps="1.5",
        instruments={SYMBOL: ONE},
        profile="replay",
    )
    loop = ExecutionLoop(venue, InMemoryOrderStore(), risk, listener=books)
    loop.advance(T0_NS)
    loop.tick()
    risk.on_quote(SYMBOL, 499, 501, 10, 10)
    risk.on_profit_e8(0)
    assert loop.submit(Intent(SYMBOL, T0_NS, Side.BUY, 4, 500, Ceiling.PASSIVE), TAKE) is None
    venue.waiting.append(report("E1", ReportKind.TRADE, 4, client_id="CLI00000001", symbol=SYMBOL))
    loop.on_fill()
    venue.lots, venue.price = Decimal("0.004"), Decimal(price)
    for second in (10, 11):
        assert not risk.is_frozen()
        loop.advance(T0_NS + second * S)
        loop.tick()
    assert risk.is_frozen() is frozen
    if frozen:
        cause = risk.freeze_log.cause
        assert cause is not None and cause.trigger.value == "RECONCILIATION"
        assert cause.text == "ENTRY_PRICE BTCUSDT: ours 500.00000000 ticks, the venue's 502.02000000 ticks"


def test_another_price_is_the_same_difference_while_fills_move_both() -> None:
    """What is confirmed is that they differ, not by how much."""
    books = Reconciler(True, 2, 10 * S)
    one = compare_entries({"A": 5}, {"A": 5}, {"A": 100 * E8}, {"A": 110 * E8}, 0)
    two = compare_entries({"A": 6}, {"A": 6}, {"A": 101 * E8}, {"A": 109 * E8}, 0)
    other = compare_entries({"B": 6}, {"B": 6}, {"B": 101 * E8}, {"B": 109 * E8}, 0)
    assert books.step(one, S) == ()
    assert books.step(other, 2 * S) == (), "of another instrument"
    assert books.step(one, 3 * S) == ()
    twin = Reconciler(True, 2, 10 * S)
    twin.restore(json.loads(json.dumps(books.snapshot())))
    assert books.step(two, 4 * S) == twin.step(two, 4 * S) == two


def test_the_simulated_venues_tell_and_the_books_know() -> None:
    assert isinstance(FakeExchangeClient(), TellsEntryPrices)
    assert isinstance(PaperExchange({SYMBOL: ONE}), TellsEntryPrices)
    assert isinstance(Books({SYMBOL: ONE}, FeeConfig()), KnowsEntryPrices)
    fake = FakeExchangeClient(fill_rate=1, reject_rate=0, partial_fill_rate=0, latency_ms=0)
    fake.advance(T0_NS)
    fake.place_limit("C1", SYMBOL, "Buy", "0.01", "50000.00")
    fake.place_limit("C2", SYMBOL, "Buy", "0.03", "50004.00")
    fake.advance(T0_NS + 1)
    assert fake.get_entry_prices() == {SYMBOL: Decimal("50003.00")}


def test_the_paper_venue_tells_what_it_filled_at() -> None:
    paper = PaperExchange({SYMBOL: ONE})
    paper.on_market(Quote(SYMBOL, T0_NS, T0_NS, 99, 5, 101, 5, 1), T0_NS)
    paper.advance(T0_NS)
    paper.place_limit("C1", SYMBOL, "Buy", "0.002", "50.5", "IOC")
    paper.advance(T0_NS + S)
    assert paper.get_entry_prices() == {SYMBOL: Decimal("50.5")}
