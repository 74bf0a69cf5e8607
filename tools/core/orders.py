"""The words of orders: what we ask for, what may be sent, and what the venue reports."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.canon import Record
from tools.core.events import Side
from tools.core.verdicts import Ceiling, Evidence


class TimeInForce(StrEnum):
    """How long an order may rest."""

    GTC = "GTC"
    IOC = "IOC"


class Liquidity(StrEnum):
    """Whether a fill added liquidity or took it."""

    MAKER = "MAKER"
    TAKER = "TAKER"
    UNKNOWN = "UNKNOWN"


class ReportKind(StrEnum):
    """Why the exchange client sends a report; the order's status is computed from all of them."""

    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    TRADE = "TRADE"
    PENDING_CANCEL = "PENDING_CANCEL"
    CANCELED = "CANCELED"
    CANCEL_REJECTED = "CANCEL_REJECTED"
    EXPIRED = "EXPIRED"


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


@dataclass(init=False)
class ExecutionReport(Record):
    """What the exchange client tells about one of our orders.

    `exec_id` names the report and is applied once. For a TRADE, `last_lots` and
    `last_ticks` are the fill; `cum_lots` is the total filled according to the venue.
    `mid_ht` is the venue's mid when it happened; None where the venue does not say.
    """

    exec_id: Final[str]
    kind: Final[ReportKind]
    time_ns: Final[int]
    client_id: Final[str]
    exchange_id: Final[str]
    symbol: Final[str]
    side: Final[Side]
    last_lots: Final[int]
    last_ticks: Final[int]
    cum_lots: Final[int]
    liquidity: Final[Liquidity]
    text: Final[str]
    mid_ht: Final[int | None]

    def __init__(
        self,
        exec_id: str,
        kind: ReportKind,
        time_ns: int,
        client_id: str,
        exchange_id: str,
        symbol: str,
        side: Side,
        last_lots: int = 0,
        last_ticks: int = 0,
        cum_lots: int = 0,
        liquidity: Liquidity = Liquidity.UNKNOWN,
        text: str = "",
        mid_ht: int | None = None,
    ) -> None:
        self.exec_id = exec_id
        self.kind = kind
        self.time_ns = time_ns
        self.client_id = client_id
        self.exchange_id = exchange_id
        self.symbol = symbol
        self.side = side
        self.last_lots = last_lots
        self.last_ticks = last_ticks
        self.cum_lots = cum_lots
        self.liquidity = liquidity
        self.text = text
        self.mid_ht = mid_ht


class OrderStatus(StrEnum):
    """Computed status of an order, in the vocabulary of FIX OrdStatus (tag 39)."""

    PENDING_NEW = "PENDING_NEW"
    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    PENDING_CANCEL = "PENDING_CANCEL"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


CLOSED_STATUSES: Final = (
    OrderStatus.FILLED,
    OrderStatus.CANCELED,
    OrderStatus.REJECTED,
    OrderStatus.EXPIRED,
)


class ChangeAlert(StrEnum):
    """What was odd about a report; nothing that a venue reports ever raises."""

    NONE = "NONE"  # nothing odd
    DUPLICATE = "DUPLICATE"  # same execution id, same content: nothing to do
    CONFLICT = "CONFLICT"  # other content under a known execution id, symbol or side: unchanged
    UNKNOWN_ORDER = "UNKNOWN_ORDER"  # counted into exposure, not into any order
    OVERFILL = "OVERFILL"  # booked, and beyond the ordered quantity
    LATE = "LATE"  # after the order's end: a fill is booked, anything else changes nothing
    BAD_ARITHMETIC = "BAD_ARITHMETIC"  # quantities that cannot be: quarantined


@dataclass(init=False)
class OrderChange(Record):
    """What became of an order by one report: quantities after it, and the fill it brought.

    `fill_lots` is what this report added (0 for none); exposure follows from it alone, so
    that a fill of an unknown order counts too.
    """

    client_id: Final[str]
    symbol: Final[str]
    side: Final[Side]
    before: Final[OrderStatus | None]
    after: Final[OrderStatus | None]
    fill_lots: Final[int]
    fill_ticks: Final[int]
    cum_lots: Final[int]
    leaves_lots: Final[int]
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
        cum_lots: int,
        leaves_lots: int,
        alert: ChangeAlert,
    ) -> None:
        self.client_id = client_id
        self.symbol = symbol
        self.side = side
        self.before = before
        self.after = after
        self.fill_lots = fill_lots
        self.fill_ticks = fill_ticks
        self.cum_lots = cum_lots
        self.leaves_lots = leaves_lots
        self.alert = alert


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
