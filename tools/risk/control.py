"""What a risk control is: one question about one order, with the figures behind the answer.

Most controls look at nothing but the question. One that keeps state says in `listens` what it
must be told of; what it is told may make it demand a hold (a `Trip`). `check` changes nothing.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Final, Protocol

from tools.core.events import Side
from tools.core.orders import Intent, OrderChange
from tools.core.reports import Liquidity
from tools.core.snapshots import Snapshot
from tools.core.verdicts import Decision, Evidence
from tools.risk.approval import ApprovedOrder
from tools.risk.exposure import Exposure
from tools.risk.exposure_book import ExposureBook
from tools.risk.figures import Figures
from tools.risk.holds import Latch, Timer, Trip
from tools.risk.parents import Parent
from tools.risk.standing import Standing

Finding = tuple[str, tuple[Evidence, ...]]
"""``(reason, evidence)`` of a refusal."""

Examples = tuple[tuple[dict[str, object], str | None], ...]
"""``(what is given, reason of the refusal or trigger of the hold, or None)``, for the suite."""

_BUY: Final = Side.BUY  # looked up once: every check asks

# What a control may listen to.
SENT: Final = "sent"
CANCELS: Final = "cancels"
CHANGES: Final = "changes"
QUOTES: Final = "quotes"
TICKS: Final = "ticks"
EDGES: Final = "edges"
WITHDRAWS: Final = "withdraws"  # it has `cancels_wanted`


@dataclass(init=False)
class Question:
    """One intent and everything a control may look at; made once for each check.

    `price_ticks` is the order's price, or where it would be sent to without one; None if that
    cannot be known. `value_ht` is what a lot of the order and of its instrument is valued at:
    the higher of the mark and the order's own price, in half-ticks; None if both are missing.
    `side_worst_e8` is what the worst case of the order's side would be worth with it, and `worst_e8`
    the larger of both sides'. `others_e8` is the worst case of every other instrument, None if one
    has no fresh mark. All three are None for an order that only reduces, of which nobody asks, and
    the first two without a value.
    `decision` is the one in force, or None where no chain runs (the demo).
    """

    intent: Final[Intent]
    exposure: Final[Exposure]
    book: Final[ExposureBook]
    figures: Final[Figures]
    now_ns: Final[int]
    price_ticks: Final[int | None]
    value_ht: Final[int | None]
    reducing: Final[bool]
    side_worst_e8: Final[int | None]
    worst_e8: Final[int | None]
    others_e8: Final[int | None]
    decision: Final[Decision | None]
    halted: Final[Latch | Timer | None]
    reduce_only: Final[Latch | Timer | None]
    reconciled: Final[bool]
    parent_id: Final[str]
    parent: Final[Parent | None]

    def __init__(
        self,
        *,
        intent: Intent,
        exposure: Exposure,
        book: ExposureBook,
        figures: Figures,
        now_ns: int,
        price_ticks: int | None,
        value_ht: int | None,
        reducing: bool,
        others_e8: int | None = None,
        decision: Decision | None = None,
        halted: Latch | Timer | None = None,
        reduce_only: Latch | Timer | None = None,
        reconciled: bool = True,
        parent_id: str = "",
        parent: Parent | None = None,
    ) -> None:
        self.intent = intent
        self.exposure = exposure
        self.book = book
        self.figures = figures
        self.now_ns = now_ns
        self.price_ticks = price_ticks
        self.value_ht = value_ht
        self.reducing = reducing
        side_e8: int | None = None
        worst_e8: int | None = None
        if not reducing and value_ht is not None:
            held_lots = exposure.position_lots
            side_lots = held_lots + exposure.open_buy_lots
            other_lots = held_lots - exposure.open_sell_lots
            if intent.side is _BUY:
                side_lots = abs(side_lots + intent.qty_lots)
                other_lots = abs(other_lots)
            else:
                side_lots, other_lots = abs(other_lots - intent.qty_lots), abs(side_lots)
            side_e8 = worst_e8 = exposure.steps.e8_up(side_lots * value_ht)
            if other_lots > side_lots:
                worst_e8 = exposure.steps.e8_up(other_lots * value_ht)
        self.side_worst_e8 = side_e8
        self.worst_e8 = worst_e8
        self.others_e8 = others_e8
        self.decision = decision
        self.halted = halted
        self.reduce_only = reduce_only
        self.reconciled = reconciled
        self.parent_id = parent_id
        self.parent = parent


class Control(Protocol):
    """A pre-trade control, or a guard that watches what happens and demands holds, or both."""

    @abstractmethod
    def check(self, question: Question) -> Finding | None:
        """Return None to let the order pass, or the finding against it; must not change anything."""
        ...

    @abstractmethod
    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return how near what stands now is to each thing that it forbids, at least one.

        ``(name, used, limit)``, `used` None where it cannot be known, `limit` None where there is
        none. A name that begins with `least_` is that of a floor. No two controls share a name.
        """
        ...

    def quiet_limits(self) -> tuple[str, ...]:
        """Return its limits, by name, of which it is no alert that they are near."""
        return ()

    def listens(self) -> tuple[str, ...]:
        """Return what it must be told of; what is not named here never arrives."""
        return ()

    def overridable(self) -> bool:
        """Return True if a named person may let one refused order through."""
        return False

    def loud(self) -> bool:
        """Return True if each refusal is an alert."""
        return False

    def undeclared(self) -> tuple[str, ...]:
        """Return the limits without which trading must not start, by attribute, that are not set."""
        return ()

    def cancels_wanted(self, question: Question) -> tuple[str, ...]:
        """Return the client ids of own orders to be cancelled on behalf of this order."""
        return ()

    def on_sent(self, client_id: str, order: ApprovedOrder, exposure: Exposure, now_ns: int) -> Trip | None:
        """Hear of an order that leaves; the exposure has it already."""
        return None

    def on_cancel(self, client_id: str, symbol: str, now_ns: int) -> None:
        """Hear of a cancel that leaves."""
        return None

    def on_change(
        self, change: OrderChange, liquidity: Liquidity, exposure: Exposure, now_ns: int
    ) -> Trip | None:
        """Hear what became of an order; the exposure has it already."""
        return None

    def on_quote(self, symbol: str, exposure: Exposure, now_ns: int) -> Trip | None:
        """Hear of a quote; the exposure has it already."""
        return None

    def on_tick(self, book: ExposureBook, figures: Figures, now_ns: int) -> Trip | None:
        """Hear that time has passed."""
        return None

    def on_edge(self, symbol: str, edge_ubps: int | None, now_ns: int) -> Trip | None:
        """Hear of a measured net edge; None if it was no finite number."""
        return None

    def on_refused(self, question: Question) -> Trip | None:
        """Hear that this control has just refused an order."""
        return None

    def resolve(self, client_id: str) -> bool:
        """Wait no longer for an answer about an order; return True if one was waited for."""
        return False

    def to_ask(self, now_ns: int) -> tuple[str, ...]:
        """Return the orders, by client id, of which the venue should be asked now; each call counts."""
        return ()

    def overdue(self, now_ns: int) -> tuple[tuple[str, str, int], ...]:
        """Return ``(client id, symbol, since)`` of requests that came of age since the last call."""
        return ()

    def snapshot(self) -> Snapshot:
        """Return everything that its future answers depend on."""
        return {}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        return None
