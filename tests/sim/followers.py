"""What must hold in every state: of the ledger, and of the worst case that risk works with."""

from __future__ import annotations

from collections.abc import Sequence

from tests.kit.order_oracle import known
from tests.kit.venue_model import VenueOrder
from tests.sim.explorer import Follower, Lab, Step
from tools.core.demo import demo_instrument
from tools.core.events import Side
from tools.core.orders import ChangeAlert, OrderChange
from tools.core.reports import ReportKind
from tools.risk.exposure import Exposure

# What a venue that does only what it may can make us notice, whatever the wire does.
_EXPECTED = (ChangeAlert.NONE, ChangeAlert.LATE, ChangeAlert.GAP, ChangeAlert.DUPLICATE)
_AMENDS = (ReportKind.TRADE_CORRECT, ReportKind.TRADE_CANCEL)


def fills_to_come(lab: Lab, left: Sequence[Step], venue: VenueOrder) -> int:
    """Return how much more of an order can still be filled: all executions that are on their way.

    Where executions are corrected or busted, a fill and what takes it back may both be on their
    way, and what they come to together is returned.
    """
    if any(said.kind in _AMENDS for said in venue.venue.said):
        return venue.cum_lots - lab.order(venue.first_id).cum_lots
    lots = {
        step.tell.exec_id: step.tell.last_lots
        for step in left
        if step.tell is not None and step.client_id == venue.first_id and step.tell.exec_id not in lab.told
    }
    return sum(lots.values())


class LedgerFollower(Follower):
    """The ledger agrees with what was told, its counters close, and it ends as the venue has it."""

    def __init__(self) -> None:
        self.net_lots = 0  # all that the changes said was filled, less what they took back
        self.allowed: tuple[ChangeAlert, ...] = _EXPECTED

    def start(self, lab: Lab) -> None:
        said = lab.world.orders[0].venue.said
        if any(each.kind in _AMENDS for each in said):  # a fill may overtake the bust that made room for it
            self.allowed = (*_EXPECTED, ChangeAlert.OVERFILL)

    def follow(self, lab: Lab, step: Step, change: OrderChange | None) -> None:
        if change is None or step.tell is None:
            return
        assert change.alert in self.allowed, f"alert {change.alert}"
        repeated = step.tell.exec_id in lab.told
        assert (change.alert is ChangeAlert.DUPLICATE) == repeated, f"alert {change.alert}"
        if repeated:
            moved = (change.fill_lots, change.undone_lots, change.before is not change.after)
            assert moved == (0, 0, False), "a repetition changed something"
        self.net_lots += change.fill_lots - change.undone_lots

    def key(self) -> object:
        return self.net_lots

    def check(self, lab: Lab, left: Sequence[Step]) -> None:
        lab.store._check()
        counts = lab.store.counts()
        assert counts["sent"] == counts["rejected"] + counts["accepted"] + counts["unanswered"], "sent"
        ends = counts["filled"] + counts["canceled"] + counts["expired"] + counts["open"]
        assert counts["accepted"] == ends, "accepted"
        assert self.net_lots == sum(order.cum_lots for order in lab.store.all_orders()), "sum of fills"
        for venue in lab.world.orders:
            made = lab.order(venue.first_id)
            asked = [each for each in venue.asked if each.request_id in lab.asked]
            told = [each for each in lab.told.values() if each.exchange_id == f"V-{venue.first_id}"]
            oracle = known(venue.sent_lots, venue.time_in_force, asked, told)
            assert made.status is oracle.status, f"{made}, but {oracle.status} holds"
            figures = (made.cum_lots, made.leaves_lots, made.value_lot_ticks, made.fills)
            assert figures == (oracle.cum_lots, oracle.leaves_lots, oracle.value, oracle.fills), f"{made}"
            lots = fills_to_come(lab, left, venue)
            assert lots <= made.open_lots, f"{lots} lots are on their way, open are {made.open_lots}"

    def end(self, lab: Lab) -> None:
        assert len(lab.told) == len(lab.world.orders[0].venue.said), "a report was never told"
        for venue in lab.world.orders:
            made = lab.order(venue.first_id)
            assert (made.cum_lots, made.value_lot_ticks) == (venue.cum_lots, venue.value), f"{made}"
            assert made.fills == venue.fills, f"fills {made.fills}, at the venue {venue.fills}"
            assert made.leaves_lots == made.open_lots == venue.leaves_lots, f"{made}, open {made.open_lots}"
            assert made.client_ids == tuple(venue.client_ids), f"ids {made.client_ids}"
            assert made.closed == (venue.leaves_lots == 0), f"{made}, closed as {made.closed_as}"
            assert made.missing_lots == made.overfill_lots == 0, f"{made}"


class ExposureFollower(Follower):
    """No position that can still come about is outside the worst case of its side."""

    def __init__(self) -> None:
        self.exposure = Exposure(demo_instrument("BTCUSDT"))  # type: ignore[arg-type]

    def start(self, lab: Lab) -> None:
        for order in lab.store.all_orders():
            self.exposure.set_open(order.client_id, order.side, order.open_lots)

    def follow(self, lab: Lab, step: Step, change: OrderChange | None) -> None:
        if change is not None:
            self.exposure.fill(change.side, change.fill_lots - change.undone_lots)
            self.exposure.set_open(change.client_id, change.side, change.open_lots)
        elif step.ask is not None:  # whoever sends a replace counts it from then on
            order = lab.order(step.client_id)
            self.exposure.set_open(order.client_id, order.side, order.open_lots)

    def key(self) -> object:
        exposure = self.exposure
        return exposure.position_lots, exposure.open_buy_lots, exposure.open_sell_lots

    def check(self, lab: Lab, left: Sequence[Step]) -> None:
        self.exposure.check()
        longest = shortest = self.exposure.position_lots
        for venue in lab.world.orders:
            lots = max(0, fills_to_come(lab, left, venue))
            if venue.side is Side.BUY:
                longest += lots
            else:
                shortest -= lots
        assert longest <= self.exposure.worst_long_lots(), f"{longest} lots long can come about"
        assert shortest >= self.exposure.worst_short_lots(), f"{shortest} lots short can come about"

    def end(self, lab: Lab) -> None:
        sums = {Side.BUY: 0, Side.SELL: 0}
        for venue in lab.world.orders:
            sums[venue.side] += venue.cum_lots
        assert self.exposure.position_lots == sums[Side.BUY] - sums[Side.SELL], "position"


def house_followers() -> list[Follower]:
    """Return the followers that every exploration has."""
    return [LedgerFollower(), ExposureFollower()]
