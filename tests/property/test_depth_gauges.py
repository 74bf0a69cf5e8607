"""Cancelled volume, flicker and resiliency against slow accounts of the same story."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.kit.effort import share
from tools.core.events import Market, Quote, Trade
from tools.observer.gauges.best_flow import COLUMNS, FLEETING_NS, HOLD_NS, WIDTH_NS, BestFlow
from tools.observer.gauges.resiliency import LONGEST_NS, MIN_SAMPLES, Resiliency
from tools.observer.removals import JOIN_NS

MS = 1_000_000
STEP = st.tuples(
    st.integers(0, 120),  # ms since the event before
    st.integers(-60, 60),  # ms of exchange time against receive time
    st.integers(96, 99), st.integers(1, 6), st.integers(101, 104), st.integers(1, 6),
    st.sampled_from(["quote", "quote", "buy", "sell", "reserve print"]),
)  # fmt: skip


class Fact:
    """One removal, loss or print, with everything about it in the open."""

    def __init__(self, kind: str, recv: int, at: int, bid: bool, price: int, lots: int, since=None) -> None:
        self.kind, self.recv, self.at, self.bid, self.price, self.lots = kind, recv, at, bid, price, lots
        self.since = since
        self.left = lots
        self.reached = False


def account(steps, by_exchange: bool) -> list[Fact]:
    """Return every removal and loss, matched with the prints by comparing all pairs in order of arrival."""
    facts: list[Fact] = []
    became_best: dict[tuple[bool, int], int] = {}  # when a price improved on the best, while it is live
    best = None
    recv = 0
    for gap, skew, bid, bid_lots, ask, ask_lots, kind in steps:
        recv += gap * MS
        at = recv + skew * MS if by_exchange else recv
        new: list[Fact] = []
        if kind == "quote":
            if best is not None:
                pairs = ((True, best[0:2], (bid, bid_lots)), (False, best[2:4], (ask, ask_lots)))
                for is_bid, (was, was_lots), (price, lots) in pairs:
                    sign = 1 if is_bid else -1
                    if price == was and lots < was_lots:
                        new.append(Fact("removal", recv, at, is_bid, price, was_lots - lots))
                    elif sign * price > sign * was:
                        became_best[is_bid, price] = at
                    elif price != was:
                        gone = [
                            key for key in became_best if key[0] == is_bid and sign * key[1] > sign * price
                        ]
                        if (is_bid, was) not in gone:
                            new.append(Fact("loss", recv, at, is_bid, was, was_lots))
                        for key in sorted(gone, key=lambda key: -sign * key[1]):
                            since = became_best.pop(key)
                            new.append(
                                Fact(
                                    "loss", recv, at, is_bid, key[1], was_lots if key[1] == was else 0, since
                                )
                            )
            best = (bid, bid_lots, ask, ask_lots)
        elif best is not None and kind != "reserve print":
            buy = kind == "buy"
            new.append(
                Fact("print", recv, at, not buy, ask if buy else bid, ask_lots if buy else bid_lots, None)
            )
        for fact in new:
            for other in facts:
                if (fact.kind == "print") == (other.kind == "print") or fact.bid != other.bid:
                    continue
                if recv - other.recv >= HOLD_NS or abs(fact.at - other.at) > JOIN_NS:
                    continue
                print_, gone = (fact, other) if fact.kind == "print" else (other, fact)
                if print_.price == gone.price:
                    matched = min(print_.left, gone.left)
                    print_.left -= matched
                    gone.left -= matched
                    gone.reached = True
                elif (print_.price < gone.price) == gone.bid:
                    gone.reached = True
        facts += new
    return facts


def play(flow: BestFlow, steps, by_exchange: bool, recv: int = 0) -> int:
    for gap, skew, bid, bid_lots, ask, ask_lots, kind in steps:
        recv += gap * MS
        at = recv + skew * MS
        if kind == "quote":
            flow.on_quote(
                Quote("X", recv, at if by_exchange else None, bid, bid_lots, ask, ask_lots, recv), recv
            )
        else:
            buy = kind == "buy"
            market = Market.OTHER if kind == "reserve print" else Market.MARKET
            price, lots = (ask, ask_lots) if buy else (bid, bid_lots)
            flow.on_trade(Trade("X", recv, at, price, lots, buy, market, 1, 1), recv)
    return recv


# A minute in which nothing happens, so that the window is full when the story begins.
LEAD = [(gap, 0, 97, 3, 102, 3, "quote") for gap in (0, 61_000)]


@share(1)
@given(st.lists(STEP, max_size=50), st.booleans(), st.integers(0, 300))
def test_equals_the_slow_account(story, by_exchange: bool, wait: int) -> None:
    flow = BestFlow()
    steps = LEAD + story
    now = play(flow, steps, by_exchange) + wait * MS
    told = dict(zip([column.name for column in COLUMNS], flow.read(now), strict=True))
    due = [fact for fact in account(steps, by_exchange) if fact.recv + HOLD_NS <= now]
    removals = [fact for fact in due if fact.kind == "removal"]
    losses = [fact for fact in due if fact.kind == "loss" and fact.since is not None]
    inside = now - WIDTH_NS
    recent = [fact for fact in removals if fact.recv + HOLD_NS > inside]
    assert flow.removed_lots == sum(fact.lots for fact in removals)
    assert flow.matched_lots == sum(fact.lots - fact.left for fact in removals)
    left, gone = sum(fact.left for fact in recent), sum(fact.lots for fact in recent)
    assert (told["cancelled_60s_lots"], told["matched_60s_lots"]) == (left, gone - left)
    assert told["cancel_share_60s_ppm"] == (left * 1_000_000 // gone if gone else None)
    lives = [max(fact.at - fact.since, 0) for fact in losses]
    assert flow.ended == told["improvements_60s"] == len(lives)
    assert flow.fleeting == sum(life < FLEETING_NS for life in lives)
    quiet = [life for life, fact in zip(lives, losses, strict=True) if not fact.reached]
    short = sum(life < FLEETING_NS for life in quiet)
    assert (flow.unreached, flow.unreached_fleeting) == (len(quiet), short)
    assert told["improvement_life_60s_ns"] == (sorted(lives)[(len(lives) - 1) // 2] if lives else None)
    assert told["fleeting_60s_ppm"] == (short * 1_000_000 // len(quiet) if quiet else None)
    assert told["fleeting_any_60s_ppm"] == (flow.fleeting * 1_000_000 // len(lives) if lives else None)
    assert flow.by_exchange is by_exchange


@share(1)
@given(st.lists(STEP, max_size=30), st.lists(STEP, max_size=30), st.booleans())
def test_restored_has_the_same_future(first, then, by_exchange: bool) -> None:
    flow = BestFlow()
    now = play(flow, first, by_exchange)
    copy = BestFlow()
    copy.restore(json.loads(json.dumps(flow.snapshot())))
    assert copy.snapshot() == flow.snapshot()
    play(flow, then, by_exchange, now)
    play(copy, then, by_exchange, now)
    assert copy.snapshot() == flow.snapshot()


SECOND = st.tuples(
    st.integers(1, 5),  # spread after this second's quote
    st.integers(-200, 200),  # ms of exchange time against receive time
    st.sampled_from(["", "", "", "one price", "sweep", "sweep first"]),
)


def tell(resiliency: Resiliency, seconds, start: int, by_exchange: bool) -> None:
    for index, (spread, skew, kind) in enumerate(seconds, start):
        recv = index * 1_000 * MS
        at = recv + (500 + skew) * MS
        quote = Quote("X", recv + 500 * MS, at if by_exchange else None, 100, 1, 100 + spread, 1, index + 1)
        prints = []
        if kind:
            prices = (101, 101) if kind == "one price" else (101, 102)
            prints = [Trade("X", quote.recv_ns, at, price, 1, True, Market.MARKET, 1, 1) for price in prices]
        for event in (*prints, quote) if kind == "sweep first" else (quote, *prints):
            if isinstance(event, Quote):
                resiliency.on_quote(event, event.recv_ns)
            else:
                resiliency.on_trade(event, event.recv_ns)
        resiliency.on_tick(recv + 1_000 * MS)


def slow_recoveries(seconds, by_exchange: bool) -> list[int]:
    """Return how long each recovery took, from the whole history."""
    took: list[int] = []
    spreads: list[int] = []  # at the whole seconds
    opened: tuple[int, int, int] | None = None  # exchange time, receive time, target
    for index, (spread, skew, kind) in enumerate(seconds):
        recv = (index * 1_000 + 500) * MS
        at = recv + skew * MS if by_exchange else recv
        last = sorted(spreads[-60:])
        steps = ["quote"]
        if kind.startswith("sweep"):
            steps = ["sweep", "quote"] if kind == "sweep first" else ["quote", "sweep"]
        for step in steps:
            if step == "sweep":
                if opened is None and len(last) >= MIN_SAMPLES:
                    opened = (at, recv, last[(len(last) - 1) // 2])
                    if not (by_exchange and kind == "sweep"):
                        continue  # the quote that shows the book after it is still to come
                else:
                    continue
            if opened is None:
                continue
            if recv - opened[1] > LONGEST_NS or at - opened[0] > LONGEST_NS:
                took.append(LONGEST_NS)
                opened = None
            elif at >= opened[0] and spread <= opened[2]:
                took.append(at - opened[0])
                opened = None
        if opened is not None and recv + 500 * MS - opened[1] > LONGEST_NS:
            took.append(LONGEST_NS)
            opened = None
        spreads.append(spread)
    return took


@share(1)
@given(st.lists(SECOND, min_size=40, max_size=170), st.booleans())
def test_recoveries_equal_the_slow_account(seconds, by_exchange: bool) -> None:
    resiliency = Resiliency()
    tell(resiliency, seconds, 0, by_exchange)
    took = slow_recoveries(seconds, by_exchange)
    assert resiliency.recovered + resiliency.given_up == len(took)
    now = len(seconds) * 1_000 * MS
    assert resiliency.read(now)[1] == (sorted(took)[(len(took) - 1) // 2] if took else None)
    assert resiliency.took_ns == (took[-1] if took else None)


@share(3)
@given(st.lists(SECOND, min_size=20, max_size=60), st.lists(SECOND, max_size=60), st.booleans())
def test_restored_resiliency_has_the_same_future(first, then, by_exchange: bool) -> None:
    one = Resiliency()
    tell(one, first, 0, by_exchange)
    two = Resiliency()
    two.restore(json.loads(json.dumps(one.snapshot())))
    assert two.snapshot() == one.snapshot()
    for each in (one, two):
        tell(each, then, len(first), by_exchange)
    assert two.snapshot() == one.snapshot()
