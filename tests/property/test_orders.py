"""However the reports of a race arrive, and however often, the ledger ends the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.kit.effort import share
from tests.kit.orders import order, report
from tools.core.events import Side
from tools.core.orders import ChangeAlert, OrderStatus
from tools.core.reports import ExecutionReport, ReportKind
from tools.execution.order import Order
from tools.execution.order_facts import PRECEDENCE
from tools.live.order_store import InMemoryOrderStore

K = ReportKind
OUTRANK_FILLED = [status for status, rank in PRECEDENCE.items() if rank >= PRECEDENCE[OrderStatus.FILLED]]
QUIET = share(1)

RACES: dict[str, list[ExecutionReport]] = {
    "cancel wins": [
        report("A", K.ACCEPTED, exchange_id="V"),
        report("B", K.TRADE, 300, ticks=499),
        report("C", K.TRADE, 200, ticks=501),
        report("D", K.CANCELED),
    ],
    "fill wins": [
        report("A", K.ACCEPTED, exchange_id="V"),
        report("B", K.TRADE, 400),
        report("C", K.TRADE, 600),
        report("D", K.CANCEL_REJECTED),
    ],
    "fill wins and the cancel is told all the same": [
        report("A", K.ACCEPTED, exchange_id="V"),
        report("B", K.TRADE, 1000),
        report("C", K.CANCELED),
    ],
    "expiry": [
        report("A", K.ACCEPTED, exchange_id="V"),
        report("B", K.TRADE, 999),
        report("C", K.EXPIRED),
    ],
    "overfill": [
        report("A", K.ACCEPTED, exchange_id="V"),
        report("B", K.TRADE, 900),
        report("C", K.TRADE, 200),
        report("D", K.CANCELED),
    ],
    "a cancel that is announced": [
        report("A", K.ACCEPTED, exchange_id="V"),
        report("B", K.TRADE, 300),
        report("C", K.PENDING_CANCEL),
        report("D", K.CANCELED),
    ],
}


def ledger(made: Order) -> tuple[object, ...]:
    return (
        made.status,
        made.cum_lots,
        made.leaves_lots,
        made.average_ticks_e8(),
        sorted(made.fills.items()),
        made.exchange_id,
    )


def in_order(reports: list[ExecutionReport]) -> tuple[object, ...]:
    made = order(1000)
    for each in reports:
        made.apply(each)
    return ledger(made)


@QUIET
@given(st.data(), st.sampled_from(sorted(RACES)))
def test_a_race_ends_the_same_in_any_order_and_with_duplicates(data: st.DataObject, name: str) -> None:
    race = RACES[name]
    repeats = data.draw(st.lists(st.sampled_from(race), max_size=6))
    arrivals = data.draw(st.permutations(race + repeats))
    made = order(1000)
    filled = 0
    for each in arrivals:
        change = made.apply(each)
        filled += change.fill_lots
    assert ledger(made) == in_order(race)
    assert filled == made.cum_lots


kinds = st.sampled_from(list(ReportKind))
anything = st.builds(
    report,
    st.sampled_from([f"E{n}" for n in range(12)]),
    kinds,
    st.integers(-2, 700),
    ticks=st.integers(-1, 600),
    client_id=st.sampled_from(["C1", "C2", "C3", "stranger"]),
    exchange_id=st.just(""),
)


@QUIET
@given(st.lists(anything, max_size=40), st.sampled_from([None, 0, 1, 2]))
def test_whatever_a_venue_says_nothing_raises_and_the_ledger_is_consistent(reports, keep) -> None:
    store = InMemoryOrderStore(keep)
    for client_id in ("C1", "C2", "C3"):
        store.add(client_id, "BTCUSDT", Side.BUY, 1000, 500, 0)
    for each in reports:
        change = store.apply(each)
        store._check()
        held = store.get(each.client_id)
        if held is None:
            continue
        assert change.after is held.status
        assert held.cum_lots == sum(lots for lots, _ in held.fills.values())
        assert held.leaves_lots in (0, max(0, 1000 - held.cum_lots))
        assert (held.leaves_lots > 0) <= (not held.closed)
        if change.alert in (ChangeAlert.DUPLICATE, ChangeAlert.CONFLICT, ChangeAlert.BAD_ARITHMETIC):
            assert change.fill_lots == 0
            assert change.before is change.after
        if held.cum_lots >= 1000:
            assert held.status in OUTRANK_FILLED
    counts = store.counts()
    assert counts["sent"] == 3 == counts["rejected"] + counts["accepted"] + counts["unanswered"]
    assert counts["accepted"] == (counts["filled"] + counts["canceled"] + counts["expired"] + counts["open"])


@QUIET
@given(st.lists(anything, max_size=30))
def test_a_report_told_again_at_once_changes_nothing(reports) -> None:
    made = order(1000)
    for each in reports:
        first = made.apply(each)
        state = (ledger(made), made.text)
        again = made.apply(each)
        assert again.alert in (
            (first.alert,)
            if first.alert in (ChangeAlert.BAD_ARITHMETIC, ChangeAlert.CONFLICT)
            else (ChangeAlert.DUPLICATE,)
        )
        assert again.fill_lots == 0
        assert (ledger(made), made.text) == state
