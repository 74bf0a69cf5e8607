"""Accounts that never meet in price: what one does and hears is the same whoever else is there."""

from __future__ import annotations

import json

import pytest

from tests.kit.paper import INSTRUMENTS, KEY, B, at, feed, quote, trade
from tools.core.entry import NewOrder
from tools.core.events import Side
from tools.core.reports import ExecutionReport
from tools.live.paper_exchange import PaperAccount, PaperConfig, PaperExchange

BUSY = 5  # orders that the other account sends at each step


def venue_with(latency_model: str, keep_closed: int = 1_000) -> PaperExchange:
    return PaperExchange(INSTRUMENTS, PaperConfig(latency_model=latency_model, keep_closed=keep_closed))


def heard(account: PaperAccount, now_ms: int) -> list[tuple[object, ...]]:
    """Return what an account hears now, but for the ids, which count over all accounts."""
    told: list[ExecutionReport] = account.reports()
    return [(now_ms, r.client_id, r.kind, r.time_ns, r.last_lots, r.text) for r in told]


def place(account: PaperAccount, name: str, key: str, price: int) -> None:
    account.submit_order(NewOrder(name, key, Side.BUY, 1, price, post_only=True))


def one_heard(latency_model: str, busy: int, again: bool = False) -> list[tuple[object, ...]]:
    """Return what account ``one`` hears, of AAA alone, while ``two`` sends `busy` orders of BBB at each step.

    The feed of BBB lags by a second. With `again`, the venue is taken up from a snapshot at every step.
    """
    venue = venue_with(latency_model)
    out: list[tuple[object, ...]] = []
    feed(venue, quote(0, 100, 9, 102, 9), quote(0, 100, 9, 102, 9, B.key))
    for step in range(40):
        ms = 1 + step * 50
        venue.on_feed_excess(B.key, 10**9)
        for n in range(busy):
            place(venue.account("two"), f"T{step}.{n}", B.key, 90 + n)
        place(venue.account("one"), f"O{step}", KEY, 100)
        if step % 3 == 2:
            venue.account("one").cancel(f"O{step - 1}")
        for later in range(1, 50):
            venue.advance(at(ms + later))
            out += heard(venue.account("one"), ms + later)
            venue.account("two").reports()
        if again:
            saved = json.loads(json.dumps(venue.snapshot()))
            venue = venue_with(latency_model)
            venue.restore(saved)
        feed(venue, trade(ms + 49, 99, 1, "SELL"))
    return out


@pytest.mark.parametrize("latency_model", ["constant", "coupled", "empirical"])
def test_what_one_account_hears_and_when_does_not_depend_on_another_in_another_market(
    latency_model: str,
) -> None:
    alone = one_heard(latency_model, 0)
    assert len({row[2] for row in alone}) >= 3, "accepted, filled, canceled"
    assert one_heard(latency_model, BUSY) == alone
    assert one_heard(latency_model, BUSY, again=True) == alone


def test_an_outcome_comes_out_with_the_report_that_closed_the_order_whatever_else_is_under_way() -> None:
    venue = venue_with("coupled")
    feed(venue, quote(0, 100, 9, 102, 9), quote(0, 100, 9, 102, 9, B.key))
    one, two = venue.account("one"), venue.account("two")
    place(one, "mine", KEY, 100)
    feed(venue, quote(30, 100, 9, 102, 9))
    venue.on_feed_excess(B.key, 10**9)
    place(two, "theirs", B.key, 100)  # arrives after 1,020 ms, and is answered as late again
    feed(venue, quote(1_060, 100, 9, 102, 9))
    one.cancel("mine")
    feed(venue, quote(1_099, 100, 9, 102, 9))
    assert [r.client_id for r in one.reports()] == ["mine"], "accepted"
    assert one.outcomes() == []
    feed(venue, quote(1_100, 100, 9, 102, 9))
    assert [(r.client_id, r.kind.value) for r in one.reports()] == [("mine", "CANCELED")]
    assert [outcome.client_id for outcome in one.outcomes()] == ["mine"]
    assert (two.reports(), two.outcomes()) == ([], [])
    assert venue.next_due_ns() == at(1_050 + 1_020)


def test_an_account_that_closes_much_does_not_make_the_venue_forget_the_orders_of_another() -> None:
    answers: list[str] = []
    for busy in (0, BUSY):
        venue = venue_with("constant", keep_closed=2)
        feed(venue, quote(0, 100, 9, 102, 9), quote(0, 100, 9, 102, 9, B.key))
        one, two = venue.account("one"), venue.account("two")
        place(one, "mine", KEY, 100)
        feed(venue, quote(30, 100, 9, 102, 9))
        one.cancel("mine")
        feed(venue, quote(60, 100, 9, 102, 9))
        for n in range(busy):
            two.submit_order(
                NewOrder(f"T{n}", B.key, Side.BUY, 1, 105, post_only=True)
            )  # refused: it crosses
        feed(venue, quote(90, 100, 9, 102, 9))
        one.cancel("mine")
        feed(venue, quote(200, 100, 9, 102, 9))
        answers.append(one.reports()[-1].text)
    assert answers[0] == answers[1] == "Order is already closed"
