"""The kill and the worst case, held against the real loop and the real risk at every state of a world.

`with_kill` puts a kill at every position of a world, and after it a venue that refuses the kill's
cancel of the last order. `KillFollower` runs `ExecutionLoop` and `RuntimeRiskMonitor` beside the
explorer's own store, over a venue that delivers exactly the explorer's reports and whose first
cancel of the first of two orders raises. A state is thrown away after `check`, so that `check` may
try every door, let time pass and start again from a snapshot.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from tests.kit.orders import T0_NS, ScriptedExchange, intent, quote, report
from tests.sim.explorer import Follower, Lab, Step, World
from tests.sim.followers import fills_to_come
from tools.core.events import Side
from tools.core.orders import OrderChange
from tools.core.reports import ExecutionReport, ReportKind, report_from
from tools.core.verdicts import Ceiling, Decision
from tools.execution.plan import Plan, QuoterReason
from tools.live import ExecutionLoop, InMemoryOrderStore, RuntimeRiskMonitor, ShadowParams

SYMBOL = "BTCUSDT"
_S = 10**9
_TAKE = Decision(0, True, Ceiling.TAKE, 1_000_000, "TEST", ())
_PARAMS = ShadowParams(symbols=(SYMBOL,))


def with_kill(world: World, flatten: bool = False) -> World:
    """Return the world with a kill somewhere in it, whose cancel of the last order is refused once."""
    at = len(world.steps)
    refused = world.orders[-1].first_id
    kill = Step("kill", act="kill and flatten" if flatten else "kill")
    refusal = Step(f"the cancel of {refused} is refused", (at,), act="refuse")
    name = f"{'kill and flatten' if flatten else 'kill'}, {world.name}"
    return world._replace(name=name, steps=(*world.steps, kill, refusal))


class Venue(ScriptedExchange):
    """Notes which cancels stand: sent, not refused since; the first cancel of a `raising` order raises."""

    def __init__(self, raising: Sequence[str] = ()) -> None:
        super().__init__()
        self.raising = list(raising)
        self.tried: list[str] = []
        self.standing: dict[str, bool] = {}
        self.watch: Callable[[str, int], None] | None = None
        self.store = InMemoryOrderStore()

    def place_limit(self, client_order_id, symbol, side, qty, price, time_in_force="GTC") -> None:
        super().place_limit(client_order_id, symbol, side, qty, price, time_in_force)
        if self.watch is not None:
            self.watch(str(side), int(qty.replace(".", "")))

    def cancel(self, client_order_id: str) -> None:
        # The loop cancels by the id that a replace has given the order; here it goes by its first.
        order = self.store.get(client_order_id)
        assert order is not None and client_order_id == order.client_ids[-1], client_order_id
        first_id = order.client_id
        self.tried.append(first_id)
        if first_id in self.raising:
            self.raising.remove(first_id)
            raise ConnectionError("down")
        super().cancel(first_id)
        self.standing[first_id] = True


class Eager:
    """A quoter that would always like to buy and to sell."""

    def plan(self, decision, state, position_lots, working) -> Plan:
        wanted = (intent(Side.BUY, 1, 500), intent(Side.SELL, 1, 500))
        return Plan((), wanted, QuoterReason.ACTING, ())

    def on_turned_down(self, side: Side, now_ns: int) -> None:
        """Take note of nothing."""


def monitor() -> RuntimeRiskMonitor:
    """Return the monitor of the explorations."""
    return RuntimeRiskMonitor(
        max_inventory_usd_per_symbol=10_000, max_total_notional_usd=50_000, edge_freeze_threshold_bps=1
    )


class KillFollower(Follower):
    """The loop and risk beside the store of the exploration; a kill must hold, whatever follows.

    `make_loop` makes the loop, `told` keeps the translated reports for the other paths of a world.
    """

    def __init__(self, told: dict[str, ExecutionReport], make_loop: Callable[..., Any]) -> None:
        self.told = told
        self.make_loop = make_loop
        self.killed = self.flatten = False
        self.refused = ""  # the order whose cancel was refused and of which nothing new was heard since
        self.wrong: list[str] = []  # orders that left after the kill and must not have

    def start(self, lab: Lab) -> None:
        orders = lab.world.orders
        self.venue = Venue(["CLI00000001"] if len(orders) > 1 else [])
        self.risk = monitor()
        self.loop = self.make_loop(self.venue, self.venue.store, self.risk)
        self.loop.advance(T0_NS)
        self.risk.on_quote(SYMBOL, 499, 501)
        self.ours: dict[str, str] = {}
        for number, each in enumerate(orders, 1):
            assert self.loop.submit(intent(each.side, each.sent_lots, 500)) is None, "an order was refused"
            self.ours[each.first_id] = f"CLI{number:08}"
        self.last = self.ours[orders[-1].first_id]

    def _ours(self, client_id: str) -> str:
        """Return an id of a world (the order's, or that of a request about it) as the loop's."""
        return self.ours[client_id[:1]] + client_id[1:] if client_id else ""

    # -- what happens ---------------------------------------------------------------------

    def follow(self, lab: Lab, step: Step, change: OrderChange | None) -> None:
        if step.tell is not None:
            said = self.told.get(step.tell.exec_id)
            if said is None:
                body = step.tell.to_dict()
                for name in ("client_id", "orig_id"):
                    body[name] = self._ours(str(body[name]))
                said = self.told[step.tell.exec_id] = report_from(body)
            # A repetition says nothing that a refused cancel could be worth repeating for.
            news = step.tell.exec_id not in lab.told
            self._hear(said, self.ours[step.client_id] if news else "")
        elif step.ask is not None:
            ask = step.ask
            client_id = self.ours[step.client_id]
            self.loop.note_request(client_id, self._ours(ask.request_id), ask.replace, ask.qty_lots)
            self.loop.on_fill()  # a replace may bring what was filled to life; the loop sees it now
        elif step.act.startswith("kill"):
            self.killed = True
            self.flatten = step.act == "kill and flatten"
            self.venue.watch = self._watch
            self.loop.kill("operator", "exploration", flatten=self.flatten)
        elif step.act == "refuse":
            self.venue.standing.pop(self.last, None)
            side = lab.world.orders[-1].side
            self._hear(report("refusal", ReportKind.CANCEL_REJECTED, client_id=self.last, side=side), "")
            self.refused = self.last

    def _hear(self, said: ExecutionReport, about: str) -> None:
        if about == self.refused:
            self.refused = ""
        self.venue.waiting.append(said)
        self.loop.on_fill()

    def _watch(self, side: str, lots: int) -> None:
        """Hold an order that leaves after the kill against the only one that may."""
        exposure = self.risk.exposures()[SYMBOL]
        wanted = "SELL" if exposure.position_lots > 0 else "BUY"
        open_lots = exposure.open_sell_lots if wanted == "SELL" else exposure.open_buy_lots
        if not self.flatten or (side.upper(), lots, open_lots) != (wanted, abs(exposure.position_lots), 0):
            self.wrong.append(f"{side} {lots} left after the kill")

    def key(self) -> object:
        exposure = self.risk.exposures()[SYMBOL]
        cancels = self.loop._cancels
        return (
            (self.killed, self.flatten, self.refused, exposure.position_lots),
            tuple(sorted([(client_id, live.lots) for client_id, live in exposure.open.items()])),
            tuple(sorted(self.venue.standing)),
            tuple(sorted(cancels._sent_ns.items())),
            tuple(sorted(cancels._refused.items())),
            len(self.venue.placed),
        )

    # -- what must hold -------------------------------------------------------------------

    def check(self, lab: Lab, left: Sequence[Step]) -> None:
        self._check_books(lab, left)
        if not self.killed:
            return
        assert not self.wrong, self.wrong[0]
        for order in self._open():
            client_id = order.client_id
            tried = client_id in self.venue.tried
            assert tried, f"{client_id} is open after a kill without a cancel"
            if client_id != self.refused and client_id in self.venue.canceled:
                assert self.venue.standing.get(client_id), f"{client_id} was heard of, and its cancel refused"
        self._check_restart()
        self._check_doors()
        self._check_later()

    def _open(self) -> list[Any]:
        ours = self.ours.values()
        return [order for order in self.loop.store.open_orders() if order.client_id in ours]

    def _check_books(self, lab: Lab, left: Sequence[Step]) -> None:
        """Assert that every fill was booked, and that the worst case bounds what can still come."""
        exposure = self.risk.exposures()[SYMBOL]
        longest = shortest = booked_lots = 0
        for venue in lab.world.orders:
            sign = 1 if venue.side is Side.BUY else -1
            booked_lots += sign * lab.order(venue.first_id).cum_lots
            lots = max(0, fills_to_come(lab, left, venue))
            longest += lots if sign > 0 else 0
            shortest -= lots if sign < 0 else 0
        position_lots = exposure.position_lots
        assert position_lots == booked_lots, f"{position_lots} lots, the ledger has {booked_lots}"
        for order in self.loop.store.open_orders():
            if order.client_id not in self.ours.values():  # the order that closes the position
                longest += order.open_lots if order.side is Side.BUY else 0
                shortest -= order.open_lots if order.side is Side.SELL else 0
        most, least = position_lots + longest, position_lots + shortest
        assert most <= exposure.worst_long_lots(), f"{most} lots can come about, thought of are fewer"
        assert least >= exposure.worst_short_lots(), f"{least} lots can come about, thought of are fewer"

    def _check_restart(self) -> None:
        """Assert that the kill outlives the process: risk and store from their snapshots, a new loop."""
        risk, venue = monitor(), Venue()
        store = venue.store
        risk.restore(json.loads(json.dumps(self.risk.snapshot())))
        store.restore(json.loads(json.dumps(self.loop.store.snapshot())))
        assert risk.is_frozen() and risk.holds.killed(), "the kill was lost at a restart"
        mine, other = self.risk.exposures()[SYMBOL], risk.exposures()[SYMBOL]
        assert (mine.worst_long_lots(), mine.worst_short_lots()) == (
            other.worst_long_lots(),
            other.worst_short_lots(),
        ), "the worst case was lost at a restart"
        loop = ExecutionLoop(venue, store, risk)
        loop.advance(T0_NS)
        loop.on_fill()
        open_ids = [order.client_id for order in store.open_orders()]
        assert sorted(venue.standing) == sorted(open_ids), "not everything is withdrawn after a restart"
        assert loop.submit(intent(Side.BUY, 1, 500)) == "risk:KILLED", "an order left after a restart"
        assert venue.placed == []

    def _check_doors(self) -> None:
        """Assert that nothing leaves by any door, whatever it would do to the position."""
        loop, exposure = self.loop, self.risk.exposures()[SYMBOL]
        placed = len(self.venue.placed)
        loop.on_quote(quote(), _PARAMS)
        loop.on_decision(SYMBOL, _TAKE, None, Eager())
        loop.on_edge_update(SYMBOL, 50)
        closing = Side.SELL if exposure.position_lots > 0 else Side.BUY
        for wanted in (
            intent(Side.BUY, 1, 500),
            intent(Side.SELL, 1, None),
            intent(closing, max(1, abs(exposure.position_lots)), 500),
        ):
            loop.submit(wanted)
            assert not self.risk.check_before_order(SYMBOL, str(wanted.side), "0.01"), "a check has passed"
        loop.tick()
        loop.on_fill()
        if not self.flatten:
            assert len(self.venue.placed) == placed, "an order left after the kill"
        assert not self.wrong, self.wrong[0]

    def _check_later(self) -> None:
        """Assert that a cancel that raised leaves a second later, and one refused after five more."""
        for after_s in (1, 6):
            self.loop.advance(T0_NS + after_s * _S)
            self.loop.tick()
            for order in self._open():
                if after_s == 6 or order.client_id != self.refused:
                    stands = self.venue.standing.get(order.client_id)
                    assert stands, f"{order.client_id} is open {after_s} s later, and no cancel stands"
        assert not self.wrong, self.wrong[0]


def worlds_with_kill(worlds: Sequence[World]) -> list[World]:
    """Return worlds with a kill in them, every other with one that flattens: of `make explore`."""
    pairs = [each for each in worlds if len(each.orders) > 1]
    found = [
        with_kill(each, flatten) for each in worlds if len(each.orders) == 1 for flatten in (False, True)
    ]
    return found + [with_kill(each, bool(number % 2)) for number, each in enumerate(pairs[::12])]


def slice_with_kill(worlds: Sequence[World]) -> list[World]:
    """Return a few of them, some seconds of work: of `make explore-slice`."""
    single = [each for each in worlds if len(each.orders) == 1]
    pair = min((each for each in worlds if len(each.orders) > 1), key=lambda each: len(each.steps))
    return [with_kill(single[1]), with_kill(single[1], flatten=True), with_kill(pair)]


def kill_followers(make_loop: Callable[..., Any] = ExecutionLoop) -> Callable[[], list[Follower]]:
    """Return what makes the followers of one world with a kill in it."""
    told: dict[str, ExecutionReport] = {}
    return lambda: [KillFollower(told, make_loop)]
