"""The quoter: one order a side at the own best price, as much as the decision allows.

It places nothing and cancels nothing by itself; a `Plan` says what it would do. An order is
moved by cancelling it, and its successor waits until the exchange has reported the cancel.

Taking: beyond the soft inventory limit, and only under a ceiling of TAKE, one immediate-or-
cancel order brings the position back to the limit, for no more than the displayed size and
no worse than the slippage limit. It waits until no own order rests on the side that it
would meet, and that side is not quoted meanwhile. Once for each breach: the next one needs
the last one closed, and then either the position to have been back inside the limit, or
`take_pause_ns` to have passed since the last one was sent and the level that it would take to
show another price or size than it did then: a level that never changed has nothing new to give.
"""

from typing import Final

from tools.core.events import Side
from tools.core.instrument import Instrument
from tools.core.market import MarketState
from tools.core.orders import Intent, TimeInForce
from tools.core.snapshots import Snapshot, read_bool, read_int, read_opt, read_part
from tools.core.units import UBPS_ONE
from tools.core.verdicts import Ceiling, Decision
from tools.execution.money import Money
from tools.execution.plan import CancelReason, Plan, QuoterReason, Working, acting
from tools.execution.quoter_config import QuoterConfig

__all__ = ["CancelReason", "Plan", "Quoter", "QuoterConfig", "QuoterReason", "Working"]


class _Track:
    """What is remembered of one side."""

    def __init__(self, side: Side) -> None:
        self.side: Final = side
        self.sign: Final = 1 if side is Side.BUY else -1
        self.wrong_since_ns: int | None = None
        self.wait_until_ns = 0

    def snapshot(self) -> Snapshot:
        return {"wait_until_ns": self.wait_until_ns, "wrong_since_ns": self.wrong_since_ns}

    def restore(self, saved: Snapshot) -> None:
        self.wait_until_ns = read_int(saved, "wait_until_ns")
        self.wrong_since_ns = read_opt(saved, "wrong_since_ns")


# Of two sides that do nothing, the earlier in this list speaks for both.
_RANK: Final[dict[QuoterReason, int]] = {
    QuoterReason.AWAITING_EXCHANGE: 0,
    QuoterReason.PATIENT: 1,
    QuoterReason.RESTING: 2,
    QuoterReason.BACKING_OFF: 3,
    QuoterReason.REDUCING: 4,
    QuoterReason.INVENTORY_FULL: 5,
    QuoterReason.BUDGET_TOO_SMALL: 6,
}
_STAND_DOWN: Final[dict[QuoterReason, Plan]] = {
    QuoterReason.NOT_ELIGIBLE: Plan((), (), QuoterReason.NOT_ELIGIBLE, ()),
    QuoterReason.NO_BOOK: Plan((), (), QuoterReason.NO_BOOK, ()),
}


class Quoter:
    """The quoter of one instrument.

    Parameters
    ----------
    config
        Parameters.
    instrument
        What it quotes; its key is the symbol of the intents.
    """

    def __init__(self, config: QuoterConfig, instrument: Instrument) -> None:
        self._config: Final = config
        self._symbol: Final = instrument.key
        steps = instrument.steps()
        self._money: Final = Money(steps)
        self._min_htl: Final = max(1, self._money.least_htl(steps.min_notional_e8))
        self._max_htl: Final = self._money.limit_htl(config.max_inventory_e8)
        self._soft_htl: Final = self._money.limit_htl(config.soft_inventory_e8)
        self._reprice_after_ns: Final = config.reprice_after_ns
        self._buy: Final = _Track(Side.BUY)
        self._sell: Final = _Track(Side.SELL)
        self._armed = True
        self._taken_ns = 0
        self._taken_ticks = 0  # the level that the last taking order was meant for
        self._taken_lots = 0
        self._budget_ppm = -1
        self._budget_htl = 0
        self._cancels: dict[str, CancelReason] = {}
        self._intents: list[Intent] = []
        self._plan = _STAND_DOWN[QuoterReason.NOT_ELIGIBLE]
        self._told: tuple[QuoterReason, QuoterReason, QuoterReason | None] | None = None

    def plan(
        self, decision: Decision, state: MarketState, position_lots: int, working: list[Working]
    ) -> Plan:
        """Return what to do now; the same object for as long as there is nothing to do.

        Parameters
        ----------
        decision, state
            Of this evaluation.
        position_lots
            Of our fills so far.
        working
            Every order of ours in this instrument that is not closed.
        """
        bid_ticks = state.bid_ticks
        ask_ticks = state.ask_ticks
        if not decision.eligible or decision.ceiling == Ceiling.NONE:
            return self._stand_down(working, QuoterReason.NOT_ELIGIBLE)
        if bid_ticks is None or ask_ticks is None or not 0 < bid_ticks < ask_ticks:
            return self._stand_down(working, QuoterReason.NO_BOOK)
        if decision.budget_ppm != self._budget_ppm:
            self._budget_ppm = decision.budget_ppm
            self._budget_htl = self._money.limit_htl(self._config.max_order_e8, decision.budget_ppm)
        self._cancels = {}
        self._intents = []
        buy: Working | None = None
        sell: Working | None = None
        taking: Working | None = None
        for order in working:
            if order.taking:
                taking = order
            elif order.side is Side.BUY and buy is None:
                buy = order
            elif order.side is Side.SELL and sell is None:
                sell = order
            elif not order.cancel_sent:  # a second one on its side
                self._cancels[order.client_id] = CancelReason.SECOND_ORDER
        now_ns = state.time_ns
        spared: Side | None = None if taking is None else _other(taking.side)
        note: QuoterReason | None = None
        if abs(position_lots) * (bid_ticks + ask_ticks) <= self._soft_htl:
            if taking is None:
                self._armed = True
        elif decision.ceiling < Ceiling.TAKE:
            note = QuoterReason.TAKE_NOT_PERMITTED
        else:
            spared = Side.BUY if position_lots > 0 else Side.SELL
            met = buy if position_lots > 0 else sell
            note = self._take(state, position_lots, taking, met)
        # A position that a taking order is about to shrink is still held in full.
        buys = self._side(self._buy, buy, bid_ticks, position_lots, now_ns, spared)
        sells = self._side(self._sell, sell, ask_ticks, position_lots, now_ns, spared)
        return self._told_once(buys, sells, note)

    def _told_once(self, buys: QuoterReason, sells: QuoterReason, note: QuoterReason | None) -> Plan:
        """Return a plan with what was collected, or the last one if still nothing is to be done."""
        notes = (buys, sells) if note is None else (buys, sells, note)
        if self._cancels or self._intents:
            self._told = None
            return acting(self._cancels, self._intents, notes)
        told = (buys, sells, note)
        if told != self._told:
            self._told = told
            self._plan = Plan((), (), buys if _RANK[buys] <= _RANK[sells] else sells, notes)
        return self._plan

    def _stand_down(self, working: list[Working], reason: QuoterReason) -> Plan:
        """Cancel every resting order that has no cancel under way; a taking one ends by itself."""
        self._buy.wrong_since_ns = None
        self._sell.wrong_since_ns = None
        cancels: dict[str, CancelReason] = {}
        for order in working:
            if not order.cancel_sent and not order.taking:
                cancels[order.client_id] = CancelReason(reason.value)  # both have the two of `_STAND_DOWN`
        return acting(cancels, [], (reason,)) if cancels else _STAND_DOWN[reason]

    def _side(
        self,
        track: _Track,
        order: Working | None,
        price_ticks: int,
        position_lots: int,
        now_ns: int,
        spared: Side | None,
    ) -> QuoterReason:
        """Decide about one side's resting order; return what is to be said about it."""
        if order is None:
            track.wrong_since_ns = None
            return self._quote(track, price_ticks, position_lots, now_ns, spared)
        if order.cancel_sent:
            return QuoterReason.AWAITING_EXCHANGE
        own_ht = 2 * order.price_ticks
        if spared is track.side:
            return self._drop(track, order, CancelReason.REDUCING)
        if order.leaves_lots * own_ht > self._budget_htl:
            return self._drop(track, order, CancelReason.OVER_BUDGET)
        if self._full(track.sign, position_lots, order.leaves_lots, own_ht):
            return self._drop(track, order, CancelReason.INVENTORY_FULL)
        if order.price_ticks == price_ticks:
            track.wrong_since_ns = None
            return QuoterReason.RESTING if order.acknowledged else QuoterReason.AWAITING_EXCHANGE
        if track.wrong_since_ns is None:
            track.wrong_since_ns = now_ns
        if now_ns - track.wrong_since_ns <= self._reprice_after_ns:
            return QuoterReason.PATIENT
        if not order.acknowledged:
            return QuoterReason.AWAITING_EXCHANGE
        return self._drop(track, order, CancelReason.MOVED)

    def _drop(self, track: _Track, order: Working, why: CancelReason) -> QuoterReason:
        track.wrong_since_ns = None
        self._cancels[order.client_id] = why
        return QuoterReason.ACTING

    def _quote(
        self, track: _Track, price_ticks: int, position_lots: int, now_ns: int, spared: Side | None
    ) -> QuoterReason:
        """Want a new order on a side that has none, if anything allows it."""
        price_ht = 2 * price_ticks
        qty_lots = self._budget_htl // price_ht
        if spared is track.side:
            return QuoterReason.REDUCING
        if qty_lots * price_ht < self._min_htl:
            return QuoterReason.BUDGET_TOO_SMALL
        if self._full(track.sign, position_lots, qty_lots, price_ht):
            return QuoterReason.INVENTORY_FULL
        if now_ns < track.wait_until_ns:
            return QuoterReason.BACKING_OFF
        self._intents.append(Intent(self._symbol, now_ns, track.side, qty_lots, price_ticks))
        return QuoterReason.ACTING

    def _full(self, sign: int, position_lots: int, qty_lots: int, price_ht: int) -> bool:
        """Return True if filling the order would carry a grown position beyond its limit."""
        after_lots = abs(position_lots + sign * qty_lots)
        return after_lots * price_ht > self._max_htl and after_lots > abs(position_lots)

    def _take(
        self, state: MarketState, position_lots: int, taking: Working | None, met: Working | None
    ) -> QuoterReason:
        """Want one taking order back to the soft limit, if it is its time."""
        if taking is not None:
            return QuoterReason.AWAITING_EXCHANGE
        selling = position_lots > 0
        best_ticks = (state.bid_ticks if selling else state.ask_ticks) or 0
        shown_lots = (state.bid_lots if selling else state.ask_lots) or 0
        if not self._armed and (
            state.time_ns - self._taken_ns < self._config.take_pause_ns
            or (best_ticks == self._taken_ticks and shown_lots == self._taken_lots)
        ):
            return QuoterReason.TAKE_PAUSED
        if met is not None:
            return QuoterReason.AWAITING_EXCHANGE
        mid_ht = (state.bid_ticks or 0) + (state.ask_ticks or 0)
        qty_lots = min(abs(position_lots) - self._soft_htl // mid_ht, shown_lots)
        if qty_lots * 2 * best_ticks < self._min_htl:
            return QuoterReason.TAKE_TOO_SMALL
        worse_ticks = best_ticks * self._config.max_slippage_ubps // UBPS_ONE
        self._armed = False
        self._taken_ns = state.time_ns
        self._taken_ticks = best_ticks
        self._taken_lots = shown_lots
        self._intents.append(
            Intent(
                self._symbol,
                state.time_ns,
                Side.SELL if selling else Side.BUY,
                qty_lots,
                best_ticks - worse_ticks if selling else best_ticks + worse_ticks,
                Ceiling.TAKE,
                TimeInForce.IOC,
            )
        )
        return QuoterReason.ACTING

    def on_turned_down(self, side: Side, time_ns: int) -> None:
        """Hear that a resting order of this side was refused by risk or rejected by the venue."""
        track = self._buy if side is Side.BUY else self._sell
        track.wait_until_ns = time_ns + self._config.retry_after_ns

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        return {
            "armed": self._armed,
            "buy": self._buy.snapshot(),
            "sell": self._sell.snapshot(),
            "taken_lots": self._taken_lots,
            "taken_ns": self._taken_ns,
            "taken_ticks": self._taken_ticks,
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._armed = read_bool(saved, "armed")
        self._buy.restore(read_part(saved, "buy"))
        self._sell.restore(read_part(saved, "sell"))
        self._taken_lots = read_int(saved, "taken_lots")
        self._taken_ns = read_int(saved, "taken_ns")
        self._taken_ticks = read_int(saved, "taken_ticks")


def _other(side: Side) -> Side:
    return Side.SELL if side is Side.BUY else Side.BUY
