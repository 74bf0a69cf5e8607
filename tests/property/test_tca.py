"""Both identities leave nothing over, and every mid is the one that a slow search finds."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tests.kit.books import A, Told, at
from tests.kit.effort import share
from tools.core.events import Side
from tools.core.orders import TimeInForce
from tools.core.reports import Liquidity, ReportKind
from tools.execution import FeeConfig
from tools.execution.tca import HORIZONS, QualityConfig

FEES = FeeConfig(maker_ubps=-700_001, taker_ubps=5_000_003)

quotes = st.tuples(st.just("quote"), st.integers(0, 20_000), st.integers(50, 150), st.integers(-1, 3))
trades = st.tuples(
    st.just("fill"),
    st.integers(0, 3_000),  # ms since it happened
    st.sampled_from(tuple(Side)),
    st.integers(1, 40),
    st.integers(60, 140),
    st.sampled_from(tuple(Liquidity)),
)
busts = st.tuples(st.just("bust"), st.integers(0, 30))
splits = st.tuples(st.just("split"), st.sampled_from(tuple(Side)), st.integers(1, 9))
stories = st.lists(st.one_of(quotes, quotes, trades, trades, busts, splits), max_size=40)


class Slow:
    """Keeps everything, and answers by looking at all of it."""

    def __init__(self) -> None:
        self.quotes: list[tuple[int, int]] = []  # (ms, mid), crossed ones left out
        self.fills: list[tuple[int, int, int, Liquidity]] = []  # (ms, signed lots, price_ht, liquidity)
        self.amends: list[tuple[int, int, int]] = []  # (quotes before it, signed lots, price_ht)

    def mid(self, ms: int, inclusive: bool) -> int | None:
        found = [mid for when, mid in self.quotes if when < ms or (inclusive and when == ms)]
        return found[-1] if found else None

    def before(self, fill: tuple[int, int, int, Liquidity]) -> int | None:
        return self.mid(fill[0], fill[3] is Liquidity.TAKER)

    def carried(self) -> int:
        """The integral of inventory over mid changes, change by change, fills at their own times."""
        total = 0
        for number in range(1, len(self.quotes)):
            when, mid = self.quotes[number]
            held = 0
            for fill in self.fills:
                taker = fill[3] is Liquidity.TAKER
                if fill[0] < when or (fill[0] == when and not taker):
                    held += fill[1]
            held += sum(lots for after, lots, _ in self.amends if after <= number)
            total += held * (mid - self.quotes[number - 1][1])
        return total


@share(1)
@given(stories)
def test_identities_leave_nothing_over(story: list[tuple]) -> None:
    told = Told(QualityConfig(edge_fills=3), FEES)
    slow = Slow()
    now = 0
    cash = held = 0
    for number, step in enumerate(story):
        if step[0] == "quote":
            now += step[1]
            told.quote(now, step[2], step[2] + step[3])
            if step[3] >= 0:
                slow.quotes.append((now, 2 * step[2] + step[3]))
        elif step[0] == "fill":
            _, ago, side, lots, ticks, liquidity = step
            when = max(0, now - ago)
            told.sides[f"X{number}"] = side
            told.hear(f"X{number}", ReportKind.TRADE, when, lots, ticks, heard=now, liquidity=liquidity)
            signed = lots if side is Side.BUY else -lots
            slow.fills.append((when, signed, 2 * ticks, liquidity))
            cash, held = cash - signed * 2 * ticks, held + signed
        elif step[0] == "bust" and slow.fills:
            _, signed, price_ht, _ = slow.fills[step[1] % len(slow.fills)]
            told.sides["B"] = Side.BUY if signed > 0 else Side.SELL
            undone = (abs(signed), price_ht // 2)
            told.hear("B", ReportKind.TRADE_CANCEL, now, heard=now, undone=undone)
            slow.amends.append((len(slow.quotes), -signed, price_ht))
            cash, held = cash + signed * price_ht, held - signed
        elif step[0] == "split":
            told.sides["S"] = step[1]
            told.hear("S", ReportKind.REDENOMINATED, now, step[2], 0, heard=now)
            signed = step[2] if step[1] is Side.BUY else -step[2]
            slow.amends.append((len(slow.quotes), signed, 0))
            held += signed
    told.books.finish(at(now))
    _book(told, slow, cash, held)
    _fills(told, slow, now)


def _book(told: Told, slow: Slow, cash: int, held: int) -> None:
    if A not in told.books.measures():
        return
    book = told.measures["book_identity"]
    assert book["residual_e8"] == 0
    if not slow.quotes:
        assert book["profit_htl"] is None
        return
    last = slow.quotes[-1][1]
    assert book["profit_htl"] == cash + held * last
    assert book["residual_htl"] == 0
    gross = sum(
        lots * ((price if (mid := slow.before(fill)) is None else mid) - price)
        for fill in slow.fills
        for _, lots, price, _ in (fill,)
    )
    assert book["gross_spread_htl"] == gross
    first = slow.quotes[0][1]
    amended = carried = 0
    for after, lots, price in slow.amends:
        base = slow.quotes[after - 1][1] if after else price
        amended += lots * (base - price)
        if not after:  # entered at its own price, before there was any mid
            carried += lots * (first - price)
    for fill in slow.fills:
        if slow.before(fill) is None:
            carried += fill[1] * (first - fill[2])
    assert book["amended_htl"] == amended
    assert book["inventory_htl"] + book["drift_5s_htl"] == carried + slow.carried()


def _fills(told: Told, slow: Slow, end: int) -> None:
    lines = told.records("fill_quality")
    assert len(lines) == len(slow.fills)
    by_name = {line["exec_id"]: line for line in lines}
    fees = 0
    sums = dict.fromkeys((name for name, _ in HORIZONS), 0)
    names = iter(sorted(by_name, key=lambda name: int(name[1:])))
    for fill in slow.fills:
        when, signed, price, _ = fill
        line = by_name[next(names)]
        before = slow.before(fill)
        assert line["before_ht"] == before
        assert line["capture_htl"] == (None if before is None else signed * (before - price))
        fees += line["fee_e8"]
        for place, (name, length_ns) in enumerate(HORIZONS):
            ms = when + length_ns // 10**6
            after = slow.mid(ms, True) if ms <= end else None
            assert line["after_ht"][place] == after
            assert line["markouts_htl"][place] == (None if after is None else signed * (after - price))
            if before is not None and after is not None:
                sums[name] += line["markouts_htl"][place]
                # markout = capture + drift
                assert line["markouts_htl"][place] == line["capture_htl"] + line["drifts_htl"][place]
    if slow.fills:
        assert told.measures["book_identity"]["fees_e8"] == fees
        for name, _ in HORIZONS:
            assert told.measures["edge_identity"][name]["markout_htl"] == sums[name]
            assert told.measures["edge_identity"][name]["residual_htl"] == 0


@share(1)
@given(
    st.sampled_from(tuple(Side)),
    st.integers(1, 50),
    st.lists(st.tuples(st.integers(1, 20), st.integers(90, 110)), max_size=5),
    st.tuples(*[st.integers(180, 220)] * 3),
)
def test_shortfall_is_the_sum_of_its_parts(
    side: Side, lots: int, fills: list[tuple[int, int]], mids: tuple[int, int, int]
) -> None:
    decision, arrival, end = mids
    told = Told()
    told.quote(0, decision // 2, decision - decision // 2)
    told.send("C1", 1, side, lots, 100, TimeInForce.GTC)
    told.hear("C1", ReportKind.ACCEPTED, 2, mid_ht=arrival)
    left, paid = lots, 0
    for number, (some, ticks) in enumerate(fills):
        taken = min(some, left)
        if taken:
            left -= taken
            paid += taken * 2 * ticks
            told.hear("C1", ReportKind.TRADE, 3 + number, taken, ticks, mid_ht=end)
    if left:
        told.hear("C1", ReportKind.CANCELED, 99, mid_ht=end)
    (order,) = told.records("order_quality")
    cost, sign, filled = order["shortfall"], 1 if side is Side.BUY else -1, lots - left
    # Paper portfolio against the real one (Perold): both end with the order's quantity at the end's mid.
    paper = Fraction(lots) * (end - decision)
    real = Fraction(filled) * end - paid
    assert cost["shortfall_htl"] == sign * (paper - real)
    assert cost["delay_htl"] == sign * filled * (arrival - decision)
    assert cost["trading_htl"] == sign * (paid - filled * arrival)
    assert cost["opportunity_htl"] == sign * left * (end - decision)
    assert cost["shortfall_htl"] == cost["delay_htl"] + cost["trading_htl"] + cost["opportunity_htl"]
    assert told.measures["shortfall"]["residual_htl"] == 0
