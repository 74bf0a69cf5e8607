"""What is written about an order when it is over, and about a fill when its last mid is known.

d is +1 for a buy and -1 for a sell, prices and mids are in half-ticks, and money is in
half-tick x lot, so that nothing is rounded. Fees are in 1e-8 of the quote currency, rounded
against us, and stay apart: the two are never added.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.canon import Record
from tools.core.events import Side
from tools.core.orders import FillClass, TimeInForce
from tools.core.reports import Liquidity
from tools.core.verdicts import Colour, Gate, Regime


class OrderEnd(StrEnum):
    """How an order ended."""

    FILL = "FILL"  # all of it is filled
    CANCEL = "CANCEL"  # canceled, whether we asked or not
    EXPIRE = "EXPIRE"  # its time, or a rule of the venue
    REJECT = "REJECT"  # the venue never took it
    OPEN = "OPEN"  # the run ended first


@dataclass(init=False)
class Context(Record):
    """The verdicts that were in force at a moment."""

    regime: Final[Regime]
    gate: Final[Gate]
    colour: Final[Colour]

    def __init__(self, regime: Regime, gate: Gate, colour: Colour) -> None:
        self.regime = regime
        self.gate = gate
        self.colour = colour


@dataclass(init=False)
class OrderTimes(Record):
    """When things happened to an order; what never happened is None.

    `sent_ns`, `acknowledged_ns` and `cancel_sent_ns` are ours, the others the venue's.
    `cancel_sent_ns` is that of the first cancel, `rested_ns` when it first came to rest.
    """

    sent_ns: Final[int]
    arrived_ns: Final[int | None]
    rested_ns: Final[int | None]
    acknowledged_ns: Final[int | None]
    first_fill_ns: Final[int | None]
    cancel_sent_ns: Final[int | None]
    ended_ns: Final[int]

    def __init__(
        self,
        sent_ns: int,
        arrived_ns: int | None,
        rested_ns: int | None,
        acknowledged_ns: int | None,
        first_fill_ns: int | None,
        cancel_sent_ns: int | None,
        ended_ns: int,
    ) -> None:
        self.sent_ns = sent_ns
        self.arrived_ns = arrived_ns
        self.rested_ns = rested_ns
        self.acknowledged_ns = acknowledged_ns
        self.first_fill_ns = first_fill_ns
        self.cancel_sent_ns = cancel_sent_ns
        self.ended_ns = ended_ns


@dataclass(init=False)
class Shortfall(Record):
    """Implementation shortfall (Perold 1988) and its parts; positive is a cost, None not known.

    With Q ordered, F filled for P in all, and the mids at decision, arrival and end:
    ``shortfall = d (P - F decision) + d (Q - F) (end - decision)``, ``delay = d F (arrival -
    decision)``, ``trading = d (P - F arrival)``, ``opportunity = d (Q - F) (end - decision)``.
    The three parts sum to it exactly; fees come on top.
    """

    decision_ht: Final[int | None]
    arrival_ht: Final[int | None]
    end_ht: Final[int | None]
    shortfall_htl: Final[int | None]
    delay_htl: Final[int | None]
    trading_htl: Final[int | None]
    opportunity_htl: Final[int | None]
    fees_e8: Final[int]

    def __init__(
        self,
        decision_ht: int | None,
        arrival_ht: int | None,
        end_ht: int | None,
        shortfall_htl: int | None,
        delay_htl: int | None,
        trading_htl: int | None,
        opportunity_htl: int | None,
        fees_e8: int,
    ) -> None:
        self.decision_ht = decision_ht
        self.arrival_ht = arrival_ht
        self.end_ht = end_ht
        self.shortfall_htl = shortfall_htl
        self.delay_htl = delay_htl
        self.trading_htl = trading_htl
        self.opportunity_htl = opportunity_htl
        self.fees_e8 = fees_e8


@dataclass(init=False)
class QueuePlace(Record):
    """Where an order joined, and what the bounds of its fills were; None where nobody said.

    `distance_ticks` is how far behind the own best it arrived, negative inside the spread.
    `queue_ppm` is `ahead_lots` relative to `shown_lots`. `ra_lots` and `opt_lots` are what the
    risk-averse and the optimistic model have filled of it.
    """

    distance_ticks: Final[int | None]
    ahead_lots: Final[int | None]
    shown_lots: Final[int | None]
    queue_ppm: Final[int | None]
    fill_class: Final[FillClass | None]
    ra_lots: Final[int | None]
    opt_lots: Final[int | None]
    impact_suspect: Final[bool]

    def __init__(
        self,
        distance_ticks: int | None,
        ahead_lots: int | None,
        shown_lots: int | None,
        queue_ppm: int | None,
        fill_class: FillClass | None,
        ra_lots: int | None,
        opt_lots: int | None,
        impact_suspect: bool,
    ) -> None:
        self.distance_ticks = distance_ticks
        self.ahead_lots = ahead_lots
        self.shown_lots = shown_lots
        self.queue_ppm = queue_ppm
        self.fill_class = fill_class
        self.ra_lots = ra_lots
        self.opt_lots = opt_lots
        self.impact_suspect = impact_suspect


@dataclass(init=False)
class OrderQuality(Record):
    """One order from its decision to its end.

    `raced_lots` in `raced_fills` were filled after a cancel had left. `context` is that of the
    decision. `post_only_reject` is True if it was rejected because it would have taken.
    """

    client_id: Final[str]
    symbol: Final[str]
    side: Final[Side]
    time_in_force: Final[TimeInForce]
    price_ticks: Final[int]
    qty_lots: Final[int]
    filled_lots: Final[int]
    fills: Final[int]
    raced_lots: Final[int]
    raced_fills: Final[int]
    end: Final[OrderEnd]
    post_only_reject: Final[bool]
    times: Final[OrderTimes]
    shortfall: Final[Shortfall]
    place: Final[QueuePlace]
    context: Final[Context]

    def __init__(
        self,
        client_id: str,
        symbol: str,
        side: Side,
        time_in_force: TimeInForce,
        price_ticks: int,
        qty_lots: int,
        filled_lots: int,
        fills: int,
        raced_lots: int,
        raced_fills: int,
        end: OrderEnd,
        post_only_reject: bool,
        times: OrderTimes,
        shortfall: Shortfall,
        place: QueuePlace,
        context: Context,
    ) -> None:
        self.client_id = client_id
        self.symbol = symbol
        self.side = side
        self.time_in_force = time_in_force
        self.price_ticks = price_ticks
        self.qty_lots = qty_lots
        self.filled_lots = filled_lots
        self.fills = fills
        self.raced_lots = raced_lots
        self.raced_fills = raced_fills
        self.end = end
        self.post_only_reject = post_only_reject
        self.times = times
        self.shortfall = shortfall
        self.place = place
        self.context = context


@dataclass(init=False)
class FillQuality(Record):
    """One fill, with the mid before it and the mids at each horizon after it.

    `capture_htl` is ``d q (before - p)``, the spread that it earned; for each horizon,
    `markouts_htl` holds ``d q (after - p)`` and `drifts_htl` ``d q (after - before)``, which is
    adverse selection with its sign turned. markout = capture + drift, exactly. None: no quote
    before it, or the run ended first. `time_ns` is the venue's, `heard_ns` ours; `context` is
    that of `time_ns`.
    """

    client_id: Final[str]
    exec_id: Final[str]
    symbol: Final[str]
    side: Final[Side]
    liquidity: Final[Liquidity]
    price_ticks: Final[int]
    qty_lots: Final[int]
    time_ns: Final[int]
    heard_ns: Final[int]
    fee_e8: Final[int]
    racing: Final[bool]
    before_ht: Final[int | None]
    after_ht: Final[tuple[int | None, ...]]
    capture_htl: Final[int | None]
    markouts_htl: Final[tuple[int | None, ...]]
    drifts_htl: Final[tuple[int | None, ...]]
    context: Final[Context]

    def __init__(
        self,
        client_id: str,
        exec_id: str,
        symbol: str,
        side: Side,
        liquidity: Liquidity,
        price_ticks: int,
        qty_lots: int,
        time_ns: int,
        heard_ns: int,
        fee_e8: int,
        racing: bool,
        before_ht: int | None,
        after_ht: tuple[int | None, ...],
        capture_htl: int | None,
        markouts_htl: tuple[int | None, ...],
        drifts_htl: tuple[int | None, ...],
        context: Context,
    ) -> None:
        self.client_id = client_id
        self.exec_id = exec_id
        self.symbol = symbol
        self.side = side
        self.liquidity = liquidity
        self.price_ticks = price_ticks
        self.qty_lots = qty_lots
        self.time_ns = time_ns
        self.heard_ns = heard_ns
        self.fee_e8 = fee_e8
        self.racing = racing
        self.before_ht = before_ht
        self.after_ht = after_ht
        self.capture_htl = capture_htl
        self.markouts_htl = markouts_htl
        self.drifts_htl = drifts_htl
        self.context = context
