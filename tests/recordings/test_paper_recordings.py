"""Paper trading on whole recordings: what was sent, what filled, and whether the books close.

Every set is replayed once, with everything that the market showed kept beside it, so that
each fill is held against the prints and quotes of its time, not against the venue's own word.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from tests.kit.recordings import DATA, SETS, UNFROZEN, Replayed, replayed
from tests.recordings.test_replay_recordings import events_2023
from tools.core.events import Market, Quote, Trade
from tools.core.timestamps import format_iso, parse_iso
from tools.core.units import NS_PER_MS, NS_PER_S
from tools.live.config import read_instruments
from tools.live.paper_exchange import PaperExchange

pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(not DATA.is_dir(), reason="the recordings (../shared/data) are not here"),
]

LATENCY_NS = 20 * NS_PER_MS  # of orders and of cancels, by default and at least
PASSIVE, TAKE = 1, 3


class Life:
    """One order, as its lines in the audit log tell it."""

    def __init__(self, sent: dict[str, Any]) -> None:
        self.sent = sent
        self.reports: list[dict[str, Any]] = []
        self.cancels_ns: list[int] = []

    @property
    def side(self) -> str:
        return str(self.sent["side"])

    @property
    def price_ticks(self) -> int:
        return int(self.sent["price_ticks"])

    @property
    def sign(self) -> int:
        return 1 if self.side == "BUY" else -1

    @property
    def took(self) -> bool:
        """Whether the venue treated it as immediate-or-cancel: it took, or what was left expired."""
        return any(r["report"] == "EXPIRED" or r["liquidity"] == "TAKER" for r in self.reports)

    @property
    def accepted_ns(self) -> int | None:
        """When it came to the venue; None if it was rejected there."""
        times = [r["time_ns"] for r in self.reports if r["report"] == "ACCEPTED"]
        return times[0] if times else None

    @property
    def ended_ns(self) -> int | None:
        """When it was over at the venue; None if it never was."""
        ends = [r for r in self.reports if r["status"] in ("FILLED", "CANCELED", "EXPIRED", "REJECTED")]
        return ends[0]["time_ns"] if ends else None

    def fills(self, liquidity: str = "") -> list[dict[str, Any]]:
        return [r for r in self.reports if r["report"] == "TRADE" and liquidity in ("", r["liquidity"])]


class Run:
    def __init__(self, found: Replayed) -> None:
        self.report = found.report
        self.shown = found.shown
        self.key = found.key
        self.body = found.body
        self.audit = found.audit
        self.orders: dict[str, Life] = {}
        self.decisions: list[dict[str, Any]] = []
        for record in self.audit:
            kind = record["kind"]
            if kind == "order":
                self.orders[record["client_id"]] = Life(record)
            elif kind == "report":
                self.orders[record["client_id"]].reports.append(record)
            elif kind == "cancel":
                self.orders[record["client_id"]].cancels_ns.append(record["time_ns"])
            elif kind == "decision":
                self.decisions.append(record)
        self._decision_lines = [record["line"] for record in self.decisions]

    def decision_at(self, line: int) -> dict[str, Any]:
        """Return the decision in force where a line was written."""
        return self.decisions[bisect_left(self._decision_lines, line) - 1]

    def fills(self, liquidity: str = "") -> list[tuple[Life, dict[str, Any]]]:
        return [(life, fill) for life in self.orders.values() for fill in life.fills(liquidity)]


@pytest.fixture(scope="module")
def run_of() -> Callable[[str], Run]:
    """Return ``run_of(name)``."""
    return cache(lambda name: Run(replayed(name, UNFROZEN)))


each_set = pytest.mark.parametrize("name", SETS)


@each_set
def test_the_life_of_every_order_closes(name: str, run_of: Callable[[str], Run]) -> None:
    run = run_of(name)
    life = run.report["lifecycle"]
    assert life["attempted"] == life["refused"] + life["rejected"] + life["accepted"] + life["unanswered"]
    assert life["accepted"] == life["filled"] + life["canceled"] + life["expired"] + life["open"]
    assert life["unanswered"] == 0  # the end waits for what is under way
    assert len(run.orders) == life["attempted"] - life["refused"] > 20
    ends = Counter(order.reports[-1]["status"] for order in run.orders.values())
    assert ends["FILLED"] == life["filled"] > 0
    assert ends["CANCELED"] == life["canceled"] > 0
    assert (ends["EXPIRED"], ends["REJECTED"]) == (life["expired"], life["rejected"])
    assert ends["NEW"] + ends["PARTIALLY_FILLED"] == life["open"]
    refused = [record for record in run.audit if record["kind"] == "refused"]
    assert len(refused) == life["refused"] == run.report["risk"]["blocks_total"]
    assert run.report["risk"]["alerts"] == {}
    assert {record["alert"] for order in run.orders.values() for record in order.reports} == {"NONE"}
    assert run.body["evaluations"] == run.body["with_order"] + sum(run.body["without_order"].values())
    assert 0 < run.body["with_order"] <= len(run.orders) + sum(len(o.cancels_ns) for o in run.orders.values())


# Limits that an order keeps to when it is sent; later the market may bring what stands beyond them.
MOVED_BY_THE_MARKET = {
    "quote_age_ns",
    "spread_ubps",
    "displayed_share_ppm",
    "paying_from_mark_ubps",
    "waiting_from_mark_ubps",
}


@each_set
def test_positions_and_money_are_those_of_the_fills(name: str, run_of: Callable[[str], Run]) -> None:
    run = run_of(name)
    position = run.body["position"]
    lots = cash_htl = 0
    for order, fill in run.fills():
        lots += order.sign * fill["last_lots"]
        cash_htl -= order.sign * fill["last_lots"] * 2 * fill["last_ticks"]
    assert (position["position_lots"], position["cash_htl"]) == (lots, cash_htl)
    last = run.shown.heard[-1]
    assert position["mark_ht"] == last.bid_ticks + last.ask_ticks
    assert position["realised_htl"] + position["unrealised_htl"] == cash_htl + lots * position["mark_ht"]
    for liquidity in ("MAKER", "TAKER"):
        told = run.body["quality"]["fills"][liquidity.lower()]
        fills = run.fills(liquidity)
        assert (told["fills"], told["lots"]) == (len(fills), sum(fill["last_lots"] for _, fill in fills))
    rows = {row["name"]: row for row in run.report["risk"]["headroom"]}
    for limit, row in rows.items():
        if row["used"] is None or row["limit"] is None:
            assert limit.startswith("least_") or row["limit"] is None, row
        elif limit == "least_same_order_age_ns":  # an order that has just left is younger than that
            assert 0 <= row["peak"] <= row["used"], row
        elif limit.startswith("least_"):
            assert row["used"] >= row["peak"] >= row["limit"], row
        elif limit == "aggressiveness_level":  # while the order rested the ceiling may have been any
            assert 0 <= row["used"] <= row["peak"] <= 3, row
        elif limit in MOVED_BY_THE_MARKET:
            assert 0 <= row["used"] <= row["peak"], row
        else:
            assert 0 <= row["used"] <= row["peak"] <= row["limit"], row
    for name in ("worst_inventory_e8", "worst_total_e8", "new_orders_count", "open_orders_side_count"):
        assert rows[name]["peak"] > 0, name


@each_set
def test_a_maker_fill_is_at_our_price_and_owed_to_the_market(name: str, run_of: Callable[[str], Run]) -> None:
    """By prints at our price or beyond and no more than they traded, or by a quote that came to it."""
    run = run_of(name)
    fills = run.fills("MAKER")
    assert len(fills) > 20
    queued = printed = 0
    for order, fill in fills:
        assert fill["last_ticks"] == order.price_ticks
        at_ns, arrived_ns = fill["time_ns"], order.accepted_ns
        assert arrived_ns is not None and arrived_ns < at_ns
        met = run.shown.met(order.side, order.price_ticks, arrived_ns, at_ns)
        if met and met[-1] == at_ns:
            continue
        seen = run.shown.reaching(order.side, order.price_ticks, arrived_ns, at_ns)
        assert seen and seen[-1][0] == at_ns
        printed += 1
        if met:
            continue
        assert fill["order_cum_lots"] <= sum(trade.qty_lots for _, trade in seen), fill
        book = run.shown.book_at(arrived_ns)
        best = book.bid_ticks if order.side == "BUY" else book.ask_ticks
        queued += best == order.price_ticks and all(
            trade.price_ticks == order.price_ticks for _, trade in seen
        )
    # Both ways of filling by prints occur: behind a queue, and by a print beyond our price.
    assert 0 < queued < printed


@each_set
def test_a_taker_fill_is_within_what_was_shown(name: str, run_of: Callable[[str], Run]) -> None:
    run = run_of(name)
    for order, fill in run.fills("TAKER"):
        book = run.shown.book_at(fill["time_ns"])
        if order.side == "BUY":
            shown_ticks, shown_lots = book.ask_ticks, book.ask_lots
            assert fill["last_ticks"] <= order.price_ticks
        else:
            shown_ticks, shown_lots = book.bid_ticks, book.bid_lots
            assert fill["last_ticks"] >= order.price_ticks
        assert fill["last_ticks"] == shown_ticks
        assert fill["last_lots"] <= shown_lots
        assert fill["time_ns"] >= order.sent["time_ns"] + LATENCY_NS


def test_some_recordings_have_taker_fills(run_of: Callable[[str], Run]) -> None:
    assert sum(len(run_of(name).fills("TAKER")) for name in SETS) > 10  # else the test above says nothing


@each_set
def test_no_order_goes_beyond_the_decision_in_force(name: str, run_of: Callable[[str], Run]) -> None:
    run = run_of(name)
    taking = 0
    for order in run.orders.values():
        decision = run.decision_at(order.sent["line"])
        assert decision["eligible"] is True
        book = run.shown.book_before(order.sent["seq"])
        own, opposite = book.bid_ticks, book.ask_ticks
        if order.side == "SELL":
            own, opposite = opposite, own
        if order.price_ticks == own:
            assert decision["ceiling"] >= PASSIVE
            continue
        # What is not at our own best crosses, by 2 bps at most.
        taking += 1
        assert decision["ceiling"] == TAKE
        assert 0 <= order.sign * (order.price_ticks - opposite) <= opposite * 2 // 10_000
    assert taking == len([order for order in run.orders.values() if order.took])


@each_set
def test_a_cancel_is_sent_once_in_five_seconds(name: str, run_of: Callable[[str], Run]) -> None:
    run = run_of(name)
    sent = 0
    for order in run.orders.values():
        times = order.cancels_ns
        sent += len(times)
        assert all(b - a >= 5 * NS_PER_S for a, b in pairwise(times)), order.sent
    assert sent > 10


@each_set
def test_one_resting_order_a_side(name: str, run_of: Callable[[str], Run]) -> None:
    """An order leaves only after its predecessor's end has been reported."""
    run = run_of(name)
    before: dict[str, Life] = {}
    for order in run.orders.values():
        if order.took:
            continue
        last = before.get(order.side)
        if last is not None:
            assert last.ended_ns is not None
            assert order.sent["time_ns"] >= last.ended_ns + LATENCY_NS
        before[order.side] = order


def test_the_insurance_funds_print_fills_nothing(run_of: Callable[[str], Run]) -> None:
    run = run_of("usdm-btc-2023")
    (odd,) = run.shown.odd
    assert odd.market is Market.OTHER
    for _, fill in run.fills():
        assert fill["time_ns"] != odd.recv_ns
        assert fill["last_ticks"] != odd.price_ticks


def fills_at(odd: Trade, print_: Trade) -> list[tuple[str, int]]:
    """Return what orders resting at the best and beside it get from a print in place of `odd`."""
    venue = PaperExchange(read_instruments())
    placed = False
    bid = ask = 0
    for event in events_2023():
        if isinstance(event, Trade) and event.recv_ns == odd.recv_ns and event.market is Market.OTHER:
            venue.reports()
            venue.on_market(print_, print_.recv_ns)
            venue.advance(odd.recv_ns + 3 * LATENCY_NS)
            return [(r.client_id, r.last_lots) for r in venue.reports() if r.time_ns == odd.recv_ns]
        if isinstance(event, Quote):
            bid, ask = event.bid_ticks, event.ask_ticks
        if isinstance(event, (Quote, Trade)):
            venue.on_market(event, event.recv_ns)
            venue.advance(event.recv_ns)
        if not placed and event.recv_ns > odd.recv_ns - NS_PER_S // 2:
            placed = True
            for number, away in enumerate((0, 1_000, 100_000)):
                for side, ticks in (("BUY", bid - away), ("SELL", ask + away)):
                    price = f"{ticks // 10}.{ticks % 10}"
                    venue.place_limit(f"{side}{number}", odd.symbol, side, "0.005", price)
    raise AssertionError("the print is not there")


def test_a_print_that_is_no_market_trade_fills_nothing_however_loud(run_of: Callable[[str], Run]) -> None:
    (odd,) = run_of("usdm-btc-2023").shown.odd

    def like(price_ticks: int, market: Market) -> Trade:
        buyer_took = price_ticks > odd.price_ticks
        return Trade(
            odd.symbol, odd.recv_ns, odd.exch_ns, price_ticks, 10**6,
            buyer_took, market, odd.first_id, odd.last_id,
        )  # fmt: skip

    assert fills_at(odd, odd) == []
    for price_ticks in (1, 10 * odd.price_ticks):
        assert fills_at(odd, like(price_ticks, Market.OTHER)) == []
        filled = fills_at(odd, like(price_ticks, Market.MARKET))
        assert len(filled) >= 2  # were it a market trade, what rests would fill
        assert {lots for _, lots in filled} == {5}


def test_during_nexos_burst_no_order_exists(run_of: Callable[[str], Run]) -> None:
    run = run_of("spot-nexo")
    until_ns = parse_iso("2024-07-24T02:36:38Z")
    alarms = [r for r in run.audit if r["kind"] == "regime" and r["regime"] != "NORMAL"]
    alarm_ns = next(r["time_ns"] for r in alarms if r["time_ns"] >= parse_iso("2024-07-24T02:34:00Z"))
    assert alarm_ns <= parse_iso("2024-07-24T02:34:12Z")
    sent = [o.sent["time_ns"] for o in run.orders.values() if alarm_ns <= o.sent["time_ns"] < until_ns]
    assert [format_iso(at_ns) for at_ns in sent] == []
    # A cancel is late by the feed's excess too, which the gate lets be no more than 500 ms.
    gone_ns = alarm_ns + LATENCY_NS + 500 * NS_PER_MS
    caught = 0
    for order in run.orders.values():
        if order.sent["time_ns"] < alarm_ns and (order.ended_ns is None or order.ended_ns >= alarm_ns):
            caught += 1
            assert order.ended_ns is not None
            assert order.cancels_ns and order.cancels_ns[0] <= alarm_ns, order.sent
            assert order.ended_ns <= gone_ns, order.sent
    assert caught > 0  # some did rest when the alarm came
    fills = [fill for _, fill in run.fills() if gone_ns < fill["time_ns"] < until_ns]
    assert fills == []
    assert [o for o in run.orders.values() if o.sent["time_ns"] >= until_ns]  # and it came back
