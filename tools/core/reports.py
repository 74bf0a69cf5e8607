"""What an exchange client reports about orders: the only thing that changes one.

The kinds are those of FIX ExecType (tag 150), by what they mean for the order's ledger; a
venue's own words are translated by its client. A report states what the venue said and no
more: what it left out is None or empty, never 0.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.canon import Record
from tools.core.events import Side
from tools.core.snapshots import Snapshot, read_int, read_opt, read_text


class Liquidity(StrEnum):
    """Whether a fill added liquidity or took it."""

    MAKER = "MAKER"
    TAKER = "TAKER"
    UNKNOWN = "UNKNOWN"


class ReportKind(StrEnum):
    """Why the exchange client sends a report; the order's status is computed from all of them."""

    ACCEPTED = "ACCEPTED"  # the venue has the order; a cash order's quantity is known from here
    REJECTED = "REJECTED"  # the venue never took the order
    TRADE = "TRADE"  # an execution
    TRADE_CORRECT = "TRADE_CORRECT"  # replaces the execution named by `ref_id`
    TRADE_CANCEL = "TRADE_CANCEL"  # busts the execution named by `ref_id`
    PENDING_CANCEL = "PENDING_CANCEL"  # the venue looks into a cancel
    CANCELED = "CANCELED"  # nothing more fills, asked for or not
    PENDING_REPLACE = "PENDING_REPLACE"  # the venue looks into a replace
    REPLACED = "REPLACED"  # new quantity or price are in force
    CANCEL_REJECTED = "CANCEL_REJECTED"  # the venue refused a cancel or a replace (FIX 35=9)
    EXPIRED = "EXPIRED"  # nothing more fills: time in force, self-match, price range
    DONE_FOR_DAY = "DONE_FOR_DAY"  # nothing more fills today; a day order ends with it
    STOPPED = "STOPPED"  # an execution is guaranteed, not yet made
    SUSPENDED = "SUSPENDED"  # cannot fill until it is resumed
    CALCULATED = "CALCULATED"  # done for the day, and its commission is known
    RESTATED = "RESTATED"  # the venue changed or renewed the order by itself
    REDENOMINATED = "REDENOMINATED"  # restated in new units: a split; `cum_lots` is what was filled, in them
    TRIGGERED = "TRIGGERED"  # a stop order works from here
    STATUS = "STATUS"  # the answer to a question; changes nothing
    DUPLICATE_ID = "DUPLICATE_ID"  # a second request under a known id was refused; the first one stands
    UNRESOLVED = "UNRESOLVED"  # what became of a request is not known: a time-out, a lost connection


# Looked up once: every report is asked.
_TRADE: Final = ReportKind.TRADE
_CORRECT: Final = ReportKind.TRADE_CORRECT
_BUST: Final = ReportKind.TRADE_CANCEL
_REDENOMINATED: Final = ReportKind.REDENOMINATED


@dataclass(init=False)
class ExecutionReport(Record):
    """What the exchange client tells about an order.

    Parameters
    ----------
    exec_id
        Names the report; never empty, unique within a venue's account, applied once.
    kind, time_ns
        Why it was sent, and when it happened at the venue.
    client_id, orig_id
        The client order id that it is about or answers, and, for the answer to a cancel or
        replace that has an id of its own, the id that the order had before (ClOrdID and
        OrigClOrdID).
    exchange_id, symbol, side
        As the venue says; a symbol that is empty says nothing about the side either.
    last_lots, last_ticks
        The execution: of a TRADE, or as a TRADE_CORRECT makes it.
    cum_lots, qty_lots, leaves_lots
        Total filled, quantity in force, and remainder, according to the venue; None where it
        does not say.
    price_ticks
        Limit price in force according to the venue; None where it does not say.
    ref_id
        The execution that a correction or bust is about (ExecRefID).
    mid_ht
        The venue's mid when it happened; None where it does not say.
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
    cum_lots: Final[int | None]
    liquidity: Final[Liquidity]
    text: Final[str]
    mid_ht: Final[int | None]
    orig_id: Final[str]
    ref_id: Final[str]
    qty_lots: Final[int | None]
    leaves_lots: Final[int | None]
    price_ticks: Final[int | None]

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
        cum_lots: int | None = None,
        liquidity: Liquidity = Liquidity.UNKNOWN,
        text: str = "",
        mid_ht: int | None = None,
        orig_id: str = "",
        ref_id: str = "",
        qty_lots: int | None = None,
        leaves_lots: int | None = None,
        price_ticks: int | None = None,
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
        self.orig_id = orig_id
        self.ref_id = ref_id
        self.qty_lots = qty_lots
        self.leaves_lots = leaves_lots
        self.price_ticks = price_ticks

    def contradiction(self) -> str:
        """Return what in this report contradicts itself; empty if nothing does.

        Only what one report says is held against itself: its total may differ from ours
        because another report is still on its way, and that is no contradiction. A
        remainder of 0 is always allowed: whatever is closed states it (FIX, Appendix D).
        """
        kind = self.kind
        cum, qty, leaves = self.cum_lots, self.qty_lots, self.leaves_lots
        if kind is _TRADE or kind is _CORRECT:
            if self.last_lots <= 0:
                return "an execution of nothing"
            if self.last_ticks <= 0:
                return "an execution at no price"
            if kind is _TRADE and cum is not None and cum < self.last_lots:
                return "a total below its last execution"
        if (kind is _CORRECT or kind is _BUST) and (not self.ref_id or self.ref_id == self.exec_id):
            return "no execution that it refers to"
        if (cum is not None and cum < 0) or (qty is not None and qty < 0):
            return "a negative quantity"
        if leaves is not None and leaves != 0:
            if leaves < 0:
                return "a negative remainder"
            if cum is not None and qty is not None and leaves != qty - cum:
                return "a remainder that is not quantity less total"
        if kind is _REDENOMINATED and (cum is None or qty is None):
            return "new units without quantity and total"
        return ""


def report_from(saved: Snapshot) -> ExecutionReport:
    """Return the report that `ExecutionReport.to_dict` wrote."""
    return ExecutionReport(
        read_text(saved, "exec_id"),
        ReportKind(read_text(saved, "kind")),
        read_int(saved, "time_ns"),
        read_text(saved, "client_id"),
        read_text(saved, "exchange_id"),
        read_text(saved, "symbol"),
        Side(read_text(saved, "side")),
        read_int(saved, "last_lots"),
        read_int(saved, "last_ticks"),
        read_opt(saved, "cum_lots"),
        Liquidity(read_text(saved, "liquidity")),
        read_text(saved, "text"),
        read_opt(saved, "mid_ht"),
        read_text(saved, "orig_id"),
        read_text(saved, "ref_id"),
        read_opt(saved, "qty_lots"),
        read_opt(saved, "leaves_lots"),
        read_opt(saved, "price_ticks"),
    )
