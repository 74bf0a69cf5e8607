"""Whatever a venue does with an order, and however the wire delivers it, the ledger ends the same.

Histories come from a model of a venue (`tests/kit/venue_model.py`); every report of one is then
delivered in any order, some more than once. What must come out is known three times over: from
the venue itself, from the same reports in the venue's order, and from a slow oracle that searches
the list of reports (`tests/kit/order_oracle.py`).
"""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.kit.effort import share
from tests.kit.order_oracle import known
from tests.kit.venue_model import Asked, Venue, VenueOrder, moves, play
from tools.core.orders import ChangeAlert, OrderStatus, TimeInForce
from tools.core.reports import ExecutionReport, ReportKind
from tools.live.order_store import InMemoryOrderStore

K, S, A = ReportKind, OrderStatus, ChangeAlert
RACE = settings(share(1), suppress_health_check=[HealthCheck.too_slow])
UNAPPLIED = (A.DUPLICATE, A.CONFLICT, A.BAD_ARITHMETIC)
FATES = (None, None, None, S.CANCELED, S.EXPIRED)


def ask(order: VenueOrder, store: InMemoryOrderStore | None, qty_lots: int | None) -> None:
    """Send a cancel, or a replace to `qty_lots`."""
    asked = Asked(f"{order.first_id}-{len(order.asked) + 1}", qty_lots)
    order.asked.append(asked)
    if store is not None:
        store.request(order.first_id, asked.request_id, asked.replace, qty_lots)


def ledger(store: InMemoryOrderStore, client_id: str) -> tuple[object, ...]:
    made = store.get(client_id)
    assert made is not None
    return (
        made.status,
        made.qty_lots,
        made.cum_lots,
        made.leaves_lots,
        made.open_lots,
        made.closed_as,
        made.value_lot_ticks,
        made.average_ticks_e8(),
        sorted(made.fills.items()),
        made.client_ids,
        made.exchange_id,
        made.overfill_lots,
        made.missing_lots,
    )


@st.composite
def histories(draw: st.DrawFn) -> VenueOrder:
    """Return an order that a venue has done a good deal with; `order.venue.said` tells what."""
    tif = draw(st.sampled_from([TimeInForce.GTC, TimeInForce.DAY]))
    order = VenueOrder(Venue(draw(st.booleans())), "C1", draw(st.integers(1, 12)), time_in_force=tif)
    for qty_lots in draw(st.lists(st.none() | st.integers(1, 24), max_size=3)):
        ask(order, None, qty_lots)
    for _ in range(draw(st.integers(1, 12))):
        open_moves = moves(order)
        if not open_moves:
            break
        play(order, draw(st.sampled_from(open_moves)), draw(st.integers(0, 60)))
    return order


def told(order: VenueOrder, arrivals: list[ExecutionReport]) -> InMemoryOrderStore:
    """Return a store that has sent the order and its requests and heard these reports."""
    store = InMemoryOrderStore()
    store.add("C1", "BTCUSDT", order.side, order.sent_lots, 500, 0, order.time_in_force)
    for asked in order.asked:
        store.request("C1", asked.request_id, asked.replace, asked.qty_lots)
    net = 0
    for each in arrivals:
        repeated = each.exec_id in store.get("C1").reports  # type: ignore[union-attr]
        before = ledger(store, "C1")
        change = store.apply(each)
        net += change.fill_lots - change.undone_lots
        store._check()
        assert change.alert in (A.NONE, A.LATE, A.GAP, A.DUPLICATE, A.OVERFILL)
        assert (change.alert is A.DUPLICATE) == repeated
        if repeated:
            assert ledger(store, "C1") == before
        made = store.get("C1")
        assert made is not None and net == made.cum_lots == change.cum_lots
        assert min(made.leaves_lots, made.open_lots, made.cum_lots, made.overfill_lots) >= 0
        assert made.leaves_lots <= made.open_lots
    return store


@RACE
@given(st.data(), histories())
def test_a_race_ends_the_same_in_any_order_and_with_repetitions(
    data: st.DataObject, order: VenueOrder
) -> None:
    said = order.venue.said
    repeats = data.draw(st.lists(st.sampled_from(said), max_size=6))
    arrivals = data.draw(st.permutations(said + repeats))
    store = told(order, arrivals)
    assert ledger(store, "C1") == ledger(told(order, said), "C1")
    made = store.get("C1")
    assert made is not None
    assert (made.cum_lots, made.value_lot_ticks, made.fills) == (order.cum_lots, order.value, order.fills)
    assert made.leaves_lots == order.leaves_lots or any(each.announced for each in order.asked)
    assert made.client_ids == tuple(order.client_ids)
    oracle = known(order.sent_lots, order.time_in_force, order.asked, said)
    assert made.status is oracle.status
    assert (made.qty_lots, made.leaves_lots) == (oracle.qty_lots, oracle.leaves_lots)
    assert made.fills == oracle.fills


@RACE
@given(st.data(), histories())
def test_at_every_moment_the_status_is_the_highest_condition_that_holds(
    data: st.DataObject, order: VenueOrder
) -> None:
    arrivals = data.draw(st.permutations(order.venue.said))
    for count in range(len(arrivals) + 1):
        made = told(order, arrivals[:count]).get("C1")
        assert made is not None
        oracle = known(order.sent_lots, order.time_in_force, order.asked, arrivals[:count])
        assert made.status is oracle.status
        assert (made.cum_lots, made.value_lot_ticks, made.fills) == (
            oracle.cum_lots,
            oracle.value,
            oracle.fills,
        )


@RACE
@given(st.data(), histories())
def test_what_is_open_bounds_what_the_venue_can_still_fill(data: st.DataObject, order: VenueOrder) -> None:
    """Nothing more is asked; the venue goes on as it may, and what it has said is still under way."""
    store = told(order, order.venue.said)
    made = store.get("C1")
    assert made is not None
    open_lots, cum_lots = made.open_lots, made.cum_lots
    for _ in range(data.draw(st.integers(0, 8))):
        # Corrections, and quantities of the venue's own choice, are not fills under any terms.
        open_moves = [move for move in moves(order) if move not in ("correct", "bust", "restate")]
        if not open_moves:
            break
        play(order, data.draw(st.sampled_from(open_moves)), data.draw(st.integers(0, 60)))
    assert order.cum_lots - cum_lots <= open_lots
