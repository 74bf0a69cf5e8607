"""A small venue for tests: what is true of an order there, and the reports that it says it with.

It does only what a venue may do (no fill of what is canceled, no second answer to a request),
and each report carries the venue's time. What a test does with the reports is the wire's
doing: they may arrive in any order, and more than once.
"""

from __future__ import annotations

from tests.kit.orders import report
from tools.core.events import Side
from tools.core.orders import OrderStatus, TimeInForce
from tools.core.reports import ExecutionReport, ReportKind

K = ReportKind


class Asked:
    """A cancel, or a replace to `qty_lots`, as it was sent; the venue answers it once."""

    def __init__(self, request_id: str, qty_lots: int | None = None) -> None:
        self.request_id = request_id
        self.qty_lots = qty_lots
        self.replace = qty_lots is not None
        self.announced = False
        self.answered = False


class Venue:
    """The venue's clock and its execution ids; `said` is all that it has reported, in its order.

    `states_asked` is a habit of some venues: while they look into a replace they state the
    quantity that was asked for, not the one in force.
    """

    def __init__(self, states_asked: bool = False) -> None:
        self.said: list[ExecutionReport] = []
        self.states_asked = states_asked
        self.now = 0
        self._ids = 0

    def say(self, order: VenueOrder, kind: ReportKind, lots: int = 0, **more) -> ExecutionReport:
        """Report; the total that is stated is the one after what happened. A refusal states none."""
        self.now += 1
        if kind is not K.CANCEL_REJECTED:
            more.setdefault("cum_lots", order.cum_lots)
        self._ids += 1
        said = report(
            f"E{self._ids}",
            kind,
            lots,
            client_id=more.pop("client_id", order.client_id),
            exchange_id=f"V-{order.first_id}",
            side=order.side,
            at=self.now,
            cum_lots=more.pop("cum_lots", None),
            **more,
        )
        self.said.append(said)
        return said


class VenueOrder:
    """One order at the venue. Every method is something that the venue does, and may do if `may_...`."""

    def __init__(
        self,
        venue: Venue,
        client_id: str,
        qty_lots: int,
        side: Side = Side.BUY,
        time_in_force: TimeInForce = TimeInForce.GTC,
    ) -> None:
        self.venue = venue
        self.first_id = client_id
        self.client_id = client_id
        self.client_ids = [client_id]
        self.side = side
        self.sent_lots = qty_lots
        self.qty_lots = qty_lots
        self.time_in_force = time_in_force
        self.fills: dict[str, tuple[int, int]] = {}
        self.asked: list[Asked] = []
        self.accepted = False
        self.ended: OrderStatus | None = None
        self.done = False
        self.suspended = False
        self.calculated = False

    # -- what is true --------------------------------------------------------------------

    @property
    def cum_lots(self) -> int:
        return sum(lots for lots, _ in self.fills.values())

    @property
    def value(self) -> int:
        return sum(lots * ticks for lots, ticks in self.fills.values())

    @property
    def leaves_lots(self) -> int:
        return 0 if self.ended else max(0, self.qty_lots - self.cum_lots)

    @property
    def works(self) -> bool:
        """True while it is at the venue and nothing has ended it; it may still be filled up."""
        return self.accepted and self.ended is None

    @property
    def fillable(self) -> bool:
        return self.works and not self.done and not self.suspended and self.leaves_lots > 0

    # -- what the venue does -------------------------------------------------------------

    def accept(self) -> None:
        self.accepted = True
        self.venue.say(self, K.ACCEPTED, qty_lots=self.qty_lots)

    def reject(self) -> None:
        self.ended = OrderStatus.REJECTED
        self.venue.say(self, K.REJECTED)

    def trade(self, lots: int, ticks: int = 500) -> None:
        cum_lots = self.cum_lots + lots
        said = self.venue.say(self, K.TRADE, lots, ticks=ticks, cum_lots=cum_lots)
        self.fills[said.exec_id] = (lots, ticks)

    def correct(self, exec_id: str, lots: int, ticks: int) -> None:
        del self.fills[exec_id]
        cum_lots = self.cum_lots + lots
        said = self.venue.say(self, K.TRADE_CORRECT, lots, ticks=ticks, ref_id=exec_id, cum_lots=cum_lots)
        self.fills[said.exec_id] = (lots, ticks)

    def bust(self, exec_id: str) -> None:
        del self.fills[exec_id]
        self.venue.say(self, K.TRADE_CANCEL, ref_id=exec_id)

    def announce(self, asked: Asked) -> None:
        """Say that a request is looked into."""
        asked.announced = True
        kind = K.PENDING_REPLACE if asked.replace else K.PENDING_CANCEL
        qty_lots = asked.qty_lots if self.venue.states_asked else None
        self.venue.say(self, kind, client_id=asked.request_id, orig_id=self.client_id, qty_lots=qty_lots)

    def refuse(self, asked: Asked) -> None:
        asked.answered = True
        self.venue.say(self, K.CANCEL_REJECTED, client_id=asked.request_id, orig_id=self.client_id)

    def grant(self, asked: Asked) -> None:
        """Grant a request, or refuse it where it comes too late."""
        if not self.works or (not asked.replace and self.leaves_lots == 0):
            self.refuse(asked)
            return
        asked.answered = True
        before = self.client_id
        if not asked.replace:
            self._end(OrderStatus.CANCELED, K.CANCELED, client_id=asked.request_id, orig_id=before)
            return
        self.client_id = asked.request_id
        self.client_ids.append(asked.request_id)
        self.qty_lots = max(asked.qty_lots or 0, self.cum_lots)
        self._renew()
        self.venue.say(self, K.REPLACED, orig_id=before, qty_lots=self.qty_lots)

    def cancel(self) -> None:
        """Cancel it unasked."""
        self._end(OrderStatus.CANCELED, K.CANCELED)

    def expire(self) -> None:
        self._end(OrderStatus.EXPIRED, K.EXPIRED)

    def finish_day(self) -> None:
        if self.time_in_force is TimeInForce.DAY:
            self._end(OrderStatus.DONE_FOR_DAY, K.DONE_FOR_DAY)
        else:
            self.done = True
            self.venue.say(self, K.DONE_FOR_DAY)

    def calculate(self) -> None:
        self.calculated = True
        self.venue.say(self, K.CALCULATED)

    def restate(self, qty_lots: int) -> None:
        """Renew it, with a quantity of the venue's own choice."""
        self.qty_lots = max(qty_lots, self.cum_lots)
        self._renew()
        self.venue.say(self, K.RESTATED, qty_lots=self.qty_lots)

    def suspend(self) -> None:
        self.suspended = True
        self.venue.say(self, K.SUSPENDED)

    def resume(self) -> None:
        self.suspended = False
        self.venue.say(self, K.ACCEPTED, qty_lots=self.qty_lots)

    def stop(self) -> None:
        self.venue.say(self, K.STOPPED)

    def _renew(self) -> None:
        self.done = self.suspended = self.calculated = False

    def _end(self, ended: OrderStatus, kind: ReportKind, **more) -> None:
        self.ended = ended
        for asked in self.asked:  # its last word answers whatever was asked
            asked.answered = True
        self.venue.say(self, kind, **more)


def moves(order: VenueOrder) -> list[str]:
    """Return what the venue may do next with an order, by name, for `play`."""
    found = ["accept", "reject"] if not order.accepted and order.ended is None else []
    for number, asked in enumerate(order.asked):
        if order.accepted and not asked.answered:
            if not asked.announced and order.works:
                found.append(f"announce {number}")
            found += [f"grant {number}", f"refuse {number}"]
    if order.fillable:
        found += ["trade", "trade all"]
    if order.works:
        found += ["restate", "stop"]
        found += ["expire", "cancel"] if order.leaves_lots > 0 else []
        found += [] if order.done else ["finish day"]
        found.append("resume" if order.suspended else "suspend")
    if (order.done or (order.works and order.leaves_lots == 0)) and not order.calculated:
        found.append("calculate")
    return [*found, "correct", "bust"] if order.fills else found


def play(order: VenueOrder, move: str, number: int) -> None:
    """Do one of `moves`; `number` chooses quantity, price, or execution where there is a choice."""
    name, _, which = move.partition(" ")
    fills = list(order.fills)
    ticks = 490 + number % 20
    if name in ("announce", "grant", "refuse"):
        getattr(order, name)(order.asked[int(which)])
    elif name == "trade":
        order.trade(order.leaves_lots if which else 1 + number % order.leaves_lots, ticks)
    elif name == "correct":
        exec_id = fills[number % len(fills)]
        order.correct(exec_id, 1 + number % order.fills[exec_id][0], ticks)
    elif name == "bust":
        order.bust(fills[number % len(fills)])
    elif name == "restate":
        order.restate(1 + number % (2 * order.sent_lots))
    else:
        getattr(order, move.replace("finish day", "finish_day"))()
