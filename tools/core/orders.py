"""The words of orders: what we ask for, what may be sent, and what the venue reports."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.canon import Record
from tools.core.events import Side
from tools.core.verdicts import Ceiling, Evidence


class TimeInForce(StrEnum):
    """How long an order may rest."""

    GTC = "GTC"  # until it is canceled
    IOC = "IOC"  # what does not fill at once is gone
    FOK = "FOK"  # all at once, or nothing
    DAY = "DAY"  # until the end of the venue's day
    GTD = "GTD"  # until a given time


@dataclass(init=False)
class Intent(Record):
    """What we would do. Price in ticks, quantity in lots; None as price means at the mark."""

    symbol: Final[str]
    time_ns: Final[int]
    side: Final[Side]
    qty_lots: Final[int]
    price_ticks: Final[int | None]
    aggressiveness: Final[Ceiling]
    time_in_force: Final[TimeInForce]

    def __init__(
        self,
        symbol: str,
        time_ns: int,
        side: Side,
        qty_lots: int,
        price_ticks: int | None,
        aggressiveness: Ceiling = Ceiling.PASSIVE,
        time_in_force: TimeInForce = TimeInForce.GTC,
    ) -> None:
        self.symbol = symbol
        self.time_ns = time_ns
        self.side = side
        self.qty_lots = qty_lots
        self.price_ticks = price_ticks
        self.aggressiveness = aggressiveness
        self.time_in_force = time_in_force


@dataclass(init=False)
class RefusedOrder(Record):
    """An intent that risk did not let through: one primary reason, the others, the evidence."""

    intent: Final[Intent]
    reason: Final[str]
    also: Final[tuple[str, ...]]
    evidence: Final[tuple[Evidence, ...]]

    def __init__(
        self, intent: Intent, reason: str, also: tuple[str, ...], evidence: tuple[Evidence, ...]
    ) -> None:
        self.intent = intent
        self.reason = reason
        self.also = also
        self.evidence = evidence


class OrderStatus(StrEnum):
    """Computed status of an order, in the vocabulary of FIX OrdStatus (tag 39)."""

    PENDING_NEW = "PENDING_NEW"  # sent, and no word of it yet
    NEW = "NEW"  # the venue has it
    PARTIALLY_FILLED = "PARTIALLY_FILLED"  # some of it is filled
    FILLED = "FILLED"  # all of it is filled
    CANCELED = "CANCELED"  # the rest will not fill: canceled, by us or by the venue
    EXPIRED = "EXPIRED"  # the rest will not fill: its time, or a rule of the venue
    REJECTED = "REJECTED"  # the venue never took it
    DONE_FOR_DAY = "DONE_FOR_DAY"  # nothing more today
    PENDING_CANCEL = "PENDING_CANCEL"  # the venue looks into a cancel
    PENDING_REPLACE = "PENDING_REPLACE"  # the venue looks into a replace
    STOPPED = "STOPPED"  # an execution is guaranteed
    SUSPENDED = "SUSPENDED"  # at the venue, and cannot fill
    CALCULATED = "CALCULATED"  # filled or done for the day, and its commission is known


class ChangeAlert(StrEnum):
    """What was odd about a report; nothing that a venue reports ever raises."""

    NONE = "NONE"  # nothing odd
    DUPLICATE = "DUPLICATE"  # same execution id, same content: nothing to do
    CONFLICT = "CONFLICT"  # other content under a known id; no fill, and another symbol or side: unchanged
    UNKNOWN_ORDER = "UNKNOWN_ORDER"  # about no order of ours, or another symbol or side: a fill counts
    OVERFILL = "OVERFILL"  # booked, and beyond the ordered quantity
    GAP = "GAP"  # booked; the total that the venue states is not the ledger's: a report is missing
    LATE = "LATE"  # after the order's end, or said before: a fill is booked
    BAD_ARITHMETIC = "BAD_ARITHMETIC"  # contradicts itself: quarantined, unchanged


QUARANTINED: Final = (ChangeAlert.CONFLICT, ChangeAlert.BAD_ARITHMETIC)
"""Alerts about reports that were not applied."""


@dataclass(init=False)
class OrderChange(Record):
    """What became of an order by one report: quantities after it, and what it booked.

    `fill_lots` at `fill_ticks` is what this report added to the executions, `undone_lots`
    at `undone_ticks` what it took back (a bust; a correction does both). Exposure follows
    from these alone, so that a fill of an unknown order counts too. A redenomination adds
    or takes back lots at 0 ticks: it moves the position and not what was paid.

    `open_lots` is the most that can still fill under any terms in force or asked for.
    `closed_as` is FILLED, CANCELED, EXPIRED, DONE_FOR_DAY or REJECTED once nothing more is
    expected of the order, else None.
    """

    client_id: Final[str]
    symbol: Final[str]
    side: Final[Side]
    before: Final[OrderStatus | None]
    after: Final[OrderStatus | None]
    fill_lots: Final[int]
    fill_ticks: Final[int]
    undone_lots: Final[int]
    undone_ticks: Final[int]
    cum_lots: Final[int]
    leaves_lots: Final[int]
    open_lots: Final[int]
    closed_as: Final[OrderStatus | None]
    alert: Final[ChangeAlert]

    def __init__(
        self,
        client_id: str,
        symbol: str,
        side: Side,
        before: OrderStatus | None,
        after: OrderStatus | None,
        fill_lots: int,
        fill_ticks: int,
        undone_lots: int,
        undone_ticks: int,
        cum_lots: int,
        leaves_lots: int,
        open_lots: int,
        closed_as: OrderStatus | None,
        alert: ChangeAlert,
    ) -> None:
        self.client_id = client_id
        self.symbol = symbol
        self.side = side
        self.before = before
        self.after = after
        self.fill_lots = fill_lots
        self.fill_ticks = fill_ticks
        self.undone_lots = undone_lots
        self.undone_ticks = undone_ticks
        self.cum_lots = cum_lots
        self.leaves_lots = leaves_lots
        self.open_lots = open_lots
        self.closed_as = closed_as
        self.alert = alert

    @property
    def closed(self) -> bool:
        """True once nothing more is expected of the order."""
        return self.closed_as is not None

    def of_stranger(self, before: OrderStatus | None) -> "OrderChange":
        """Return the same change as one of an order that was not sent from here."""
        return OrderChange(
            self.client_id,
            self.symbol,
            self.side,
            before,
            self.after,
            self.fill_lots,
            self.fill_ticks,
            self.undone_lots,
            self.undone_ticks,
            self.cum_lots,
            self.leaves_lots,
            self.open_lots,
            self.closed_as,
            ChangeAlert.UNKNOWN_ORDER,
        )


@dataclass(init=False)
class OpenOrder(Record):
    """An order that rests at the venue, as the venue sees it."""

    client_id: Final[str]
    exchange_id: Final[str]
    symbol: Final[str]
    side: Final[Side]
    qty_lots: Final[int]
    leaves_lots: Final[int]
    price_ticks: Final[int]

    def __init__(
        self,
        client_id: str,
        exchange_id: str,
        symbol: str,
        side: Side,
        qty_lots: int,
        leaves_lots: int,
        price_ticks: int,
    ) -> None:
        self.client_id = client_id
        self.exchange_id = exchange_id
        self.symbol = symbol
        self.side = side
        self.qty_lots = qty_lots
        self.leaves_lots = leaves_lots
        self.price_ticks = price_ticks


class FillClass(StrEnum):
    """How sure a resting order's fills are, between two models that bracket the truth."""

    CERTAIN = "CERTAIN"  # the pessimistic model filled it too, at least in part
    POSSIBLE = "POSSIBLE"  # only the optimistic model filled it
    NO = "NO"  # not even the optimistic model filled it


@dataclass(init=False)
class OrderOutcome(Record):
    """What the paper venue knows of an order that is closed, and a real one would not tell.

    It goes beside the reports, and no decision may read it. Price and quantity are those in
    force at the end (0 ticks for a market order); `ra_lots` and `opt_lots` are what the
    pessimistic and the optimistic model filled, and what it took before it rested, under
    both, up to its quantity or to what it could reduce. `ahead_lots` of others and
    `shown_lots` at its price, as the quote had it, are as of its first coming to rest at
    `rested_ns`; None if unknown, as behind the best, or if it never did. `mid_ht` is the
    venue's at its arrival. `impact_suspect`: too large for the recorded market to stand for
    what would have happened. `account` is empty for the only one.
    """

    client_id: Final[str]
    symbol: Final[str]
    side: Final[Side]
    price_ticks: Final[int]
    qty_lots: Final[int]
    fill_class: Final[FillClass]
    ra_lots: Final[int]
    opt_lots: Final[int]
    ahead_lots: Final[int | None]
    shown_lots: Final[int | None]
    mid_ht: Final[int | None]
    rested_ns: Final[int | None]
    closed_ns: Final[int]
    impact_suspect: Final[bool]
    account: Final[str]

    def __init__(
        self,
        client_id: str,
        symbol: str,
        side: Side,
        price_ticks: int,
        qty_lots: int,
        fill_class: FillClass,
        ra_lots: int,
        opt_lots: int,
        ahead_lots: int | None,
        shown_lots: int | None,
        mid_ht: int | None,
        rested_ns: int | None,
        closed_ns: int,
        impact_suspect: bool,
        account: str = "",
    ) -> None:
        self.client_id = client_id
        self.symbol = symbol
        self.side = side
        self.price_ticks = price_ticks
        self.qty_lots = qty_lots
        self.fill_class = fill_class
        self.ra_lots = ra_lots
        self.opt_lots = opt_lots
        self.ahead_lots = ahead_lots
        self.shown_lots = shown_lots
        self.mid_ht = mid_ht
        self.rested_ns = rested_ns
        self.closed_ns = closed_ns
        self.impact_suspect = impact_suspect
        self.account = account
