"""One control by itself: told what an example says, and asked what it says about an order.

The examples of the control files are written in these words. ``before`` holds what happens
first, one tuple for each: order, accepted, fill, closed, cancel, quote, tick, at, profit, edge,
heartbeat, parent, child, latch, pause, thaw.
"""

from __future__ import annotations

import json
from dataclasses import replace
from types import ModuleType
from typing import Any

from tests.kit.risk import INSTRUMENTS, change
from tools.core.events import Side
from tools.core.orders import Intent, OrderStatus
from tools.core.reports import Liquidity
from tools.core.verdicts import Ceiling, Decision, Evidence
from tools.risk import ApprovedOrder, Exposure, ExposureBook, Figure, TradingStatus
from tools.risk.control import Control, Question
from tools.risk.figures import Figures
from tools.risk.hold_book import HoldBook
from tools.risk.holds import Effect, FreezeCause, Latch, Timer, Trigger, Trip
from tools.risk.parents import ParentBook
from tools.risk.standing import Standing

T0 = 1_735_689_600 * 10**9
KNOWN = frozenset(
    "config before instrument side qty_lots price_ticks aggressiveness mark_ht quote quote_age_ns "
    "position_lots open_buy_lots open_sell_lots others_mark_ht others_position_lots decision "
    "budget_ppm halted reduce_only reconciled parent_id status intent_age_ns clock_offset "
    "free_balance net_profit".split()
)
FINE: dict[str, Any] = {
    "before": (("heartbeat",), ("quote", 99, 101, 100, 100)),
    "status": "TRADING",
    "clock_offset": "0",
    "free_balance": "1000",
    "net_profit": "0",
}
"""Everything that any control wants to be told, as it should be."""


def latch(trigger: Trigger) -> Latch:
    made = Latch()
    made.trip(FreezeCause(T0, trigger, None, "test"))
    return made


def timer() -> Timer:
    made = Timer()
    made.start(FreezeCause(T0, Trigger.FILL_VELOCITY, "A", "test"), T0 + 10**9)
    return made


class World:
    """What one control is told and asked about; 1 lot x 1 tick of each instrument is 1 e8."""

    def __init__(self, module: ModuleType, given: dict[str, Any]) -> None:
        assert set(given) <= KNOWN, set(given) - KNOWN
        self.module = module
        self.given = given
        self.control: Control = module.build(module.Config(**given.get("config", {})))
        self.book = ExposureBook()
        instrument = replace(INSTRUMENTS["A"], **given.get("instrument", {}))
        self.own = self.book.by_symbol["A"] = Exposure(instrument)
        self.figures = Figures()
        self.parents = ParentBook()
        self.holds = HoldBook()
        self.now_ns = T0
        self.trips: list[Trip] = []
        self._sides: dict[str, Side] = {}
        self._tell_figures()
        for happening in given.get("before", ()):
            self.happen(*happening)
        self._set_up()

    def _tell_figures(self) -> None:
        given, figures = self.given, self.figures
        for key, figure in (
            ("clock_offset", Figure.CLOCK_OFFSET),
            ("free_balance", Figure.FREE_BALANCE),
            ("net_profit", Figure.NET_PROFIT),
        ):
            if key in given:
                figures.tell(figure, given[key], self.now_ns)
        if given.get("status") is not None:
            figures.status["A"] = TradingStatus(given["status"])

    def _set_up(self) -> None:
        given = self.given
        self.own.position_lots += given.get("position_lots", 0)
        self.own.set_open("open-buy", Side.BUY, given.get("open_buy_lots", 0))
        self.own.set_open("open-sell", Side.SELL, given.get("open_sell_lots", 0))
        if "quote" in given and given["quote"] is not None:
            self.own.on_quote(self.now_ns - given.get("quote_age_ns", 0), *given["quote"], 100, 100)
        if "mark_ht" in given:
            self.own.quote_ht = given["mark_ht"]
        if "others_mark_ht" in given or "others_position_lots" in given:
            other = self.book.by_symbol["B"] = Exposure(INSTRUMENTS["B"])
            other.position_lots = given.get("others_position_lots", 0)
            other.quote_ht = given.get("others_mark_ht")
            other.quote_ns = self.now_ns

    # -- what happens -----------------------------------------------------------------------

    def happen(self, what: str, *args: Any) -> None:
        getattr(self, f"_{what}")(*args)

    def _keep(self, trip: Trip | None) -> None:
        self.trips += [] if trip is None else [trip]

    def _at(self, after_ns: int) -> None:
        self.now_ns = T0 + after_ns
        self.holds.advance(self.now_ns)

    def _order(self, client_id: str, side: str, lots: int, ticks: int, level: str = "PASSIVE") -> None:
        self._sides[client_id] = Side(side)
        self.own.set_open(client_id, Side(side), lots, ticks, int(Ceiling[level]))
        intent = Intent("A", self.now_ns, Side(side), lots, ticks, Ceiling[level])
        self._keep(self.control.on_sent(client_id, ApprovedOrder(intent, ticks), self.own, self.now_ns))

    def _change(self, client_id: str, fill: int, after: OrderStatus, ticks: int = 100) -> None:
        side = self._sides[client_id]
        live = self.own.open.get(client_id)
        leaves = 0 if live is None or after is OrderStatus.CANCELED else live.lots - fill
        self.own.fill(side, fill)
        self.own.set_open(client_id, side, leaves)
        told = change("A", side, fill, leaves, client_id, after, ticks)
        self._keep(self.control.on_change(told, Liquidity.MAKER, self.own, self.now_ns))

    def _accepted(self, client_id: str) -> None:
        self._change(client_id, 0, OrderStatus.NEW)

    def _fill(self, client_id: str, lots: int, ticks: int) -> None:
        self._change(client_id, lots, OrderStatus.PARTIALLY_FILLED, ticks)

    def _closed(self, client_id: str) -> None:
        self._change(client_id, 0, OrderStatus.CANCELED)

    def _cancel(self, client_id: str) -> None:
        self.control.on_cancel(client_id, "A", self.now_ns)

    def _quote(self, bid: int, ask: int, bid_lots: int, ask_lots: int) -> None:
        self.own.on_quote(self.now_ns, bid, ask, bid_lots, ask_lots)
        self._keep(self.control.on_quote("A", self.own, self.now_ns))

    def _tick(self) -> None:
        self._keep(self.control.on_tick(self.book, self.figures, self.now_ns))

    def _profit(self, net_e8: int | None) -> None:
        self.figures.put(Figure.NET_PROFIT, net_e8, self.now_ns)

    def _edge(self, ubps: int | None) -> None:
        self._keep(self.control.on_edge("A", ubps, self.now_ns))

    def _thaw(self) -> None:
        self.trips.clear()

    def _heartbeat(self) -> None:
        self.figures.heartbeat_ns = self.now_ns

    def _parent(self, parent_id: str, side: str, lots: int) -> None:
        self.parents.open(parent_id, "A", Side(side), lots)

    def _child(self, parent_id: str, lots: int) -> None:
        self.parents.sent(f"{parent_id}{self.parents.by_id[parent_id].children}", parent_id, lots)

    def _latch(self, trigger: str, effect: str, scope: str = "") -> None:
        cause = FreezeCause(self.now_ns, Trigger(trigger), None, "test", None, scope, Effect(effect))
        self.holds.latch(cause)

    def _pause(self, effect: str, for_ns: int) -> None:
        cause = FreezeCause(self.now_ns, Trigger.CALL, None, "test", effect=Effect(effect))
        self.holds.pause(cause, self.now_ns + for_ns)

    # -- what is asked ----------------------------------------------------------------------

    def question(self, **changed: Any) -> Question:
        given = {**self.given, **changed}
        price_ticks = given.get("price_ticks", 100)
        mark_ht = self.own.mark_ht
        asked = Intent(
            "A",
            self.now_ns - given.get("intent_age_ns", 0),
            Side(given.get("side", "BUY")),
            given.get("qty_lots", 1),
            price_ticks,
            Ceiling[given.get("aggressiveness", "PASSIVE")],
        )
        ceiling = given.get("decision", "TAKE")
        decision = None
        if ceiling is not None:
            budget_ppm = given.get("budget_ppm", 1_000_000)
            decision = Decision(0, ceiling != "NONE", Ceiling[ceiling], budget_ppm, "", ())
        held = {"CALL": latch(Trigger.CALL), "KILL": latch(Trigger.KILL), "TIMER": timer(), None: None}
        value_ht = max(2 * (price_ticks or 0), mark_ht or 0)
        parent_id = given.get("parent_id", "")
        return Question(
            intent=asked,
            exposure=self.own,
            book=self.book,
            figures=self.figures,
            now_ns=self.now_ns,
            price_ticks=(mark_ht or 0) // 2 or None if price_ticks is None else price_ticks,
            value_ht=value_ht or (0 if price_ticks is not None else None),
            reducing=self.own.reduces(asked.side, asked.qty_lots),
            others_e8=self.book.others_worst_e8("A"),
            decision=decision,
            halted=held[given.get("halted")],
            reduce_only=held[given.get("reduce_only")],
            reconciled=given.get("reconciled", True),
            parent_id=parent_id,
            parent=self.parents.by_id.get(parent_id),
        )

    def standing(self) -> Standing:
        """Return what stands now, as a monitor would show it to the control."""
        decisions: dict[str, Decision] = {}
        ceiling = self.given.get("decision")
        if ceiling is not None:
            budget_ppm = self.given.get("budget_ppm", 1_000_000)
            decisions["A"] = Decision(0, ceiling != "NONE", Ceiling[ceiling], budget_ppm, "", ())
        return Standing(
            self.now_ns,
            self.book,
            self.figures,
            self.holds,
            self.parents,
            decisions,
            self.given.get("reconciled", True),
        )

    def headroom(self) -> tuple[Evidence, ...]:
        return self.control.headroom(self.standing())

    def answer(self, **changed: Any) -> str | None:
        """Return the reason of the refusal, or None."""
        finding = self.control.check(self.question(**changed))
        return None if finding is None else str(finding[0])

    def trigger(self) -> str | None:
        """Return the trigger of the last hold that was demanded, or None."""
        return self.trips[-1].cause.trigger.value if self.trips else None

    def restored(self) -> World:
        """Return the same world, with a control that a snapshot of this one brings back."""
        other = World(self.module, self.given)
        other.control = self.module.build(self.module.Config(**self.given.get("config", {})))
        other.control.restore(json.loads(json.dumps(self.control.snapshot())))
        return other
