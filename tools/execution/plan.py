"""The words between the quoter and the execution loop."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.canon import Record
from tools.core.events import Side
from tools.core.orders import Intent


class QuoterReason(StrEnum):
    """Why the quoter does nothing: on one side, about taking, or altogether."""

    ACTING = "ACTING"  # it does something
    RESTING = "RESTING"  # an order rests where it should
    PATIENT = "PATIENT"  # it rests at a wrong price, not yet for long enough
    AWAITING_EXCHANGE = "AWAITING_EXCHANGE"  # a request is under way
    BACKING_OFF = "BACKING_OFF"  # an order of this side was turned down a moment ago
    REDUCING = "REDUCING"  # this side would add to inventory that is being brought back
    INVENTORY_FULL = "INVENTORY_FULL"  # this side would carry inventory beyond its limit
    BUDGET_TOO_SMALL = "BUDGET_TOO_SMALL"  # the budget buys less than the least order
    NO_BOOK = "NO_BOOK"  # no best bid and ask to quote at, or crossed
    NOT_ELIGIBLE = "NOT_ELIGIBLE"  # the decision permits no order
    TAKE_NOT_PERMITTED = "TAKE_NOT_PERMITTED"  # inventory beyond the soft limit, ceiling below TAKE
    TAKE_PAUSED = "TAKE_PAUSED"  # too soon after the last one, or nothing new is displayed
    TAKE_TOO_SMALL = "TAKE_TOO_SMALL"  # what is displayed is worth less than the least order


class CancelReason(StrEnum):
    """Why the quoter takes an order back."""

    NOT_ELIGIBLE = "NOT_ELIGIBLE"  # the decision permits no order
    NO_BOOK = "NO_BOOK"  # no best bid and ask to rest at, or crossed
    SECOND_ORDER = "SECOND_ORDER"  # another one rests on its side
    REDUCING = "REDUCING"  # its side would add to inventory being brought back, or meet what does
    OVER_BUDGET = "OVER_BUDGET"  # it is worth more than the budget of now
    INVENTORY_FULL = "INVENTORY_FULL"  # it would carry inventory beyond its limit
    MOVED = "MOVED"  # the best has been elsewhere for long enough


class Working:
    """An order of ours that is not closed; the execution loop keeps it up to date."""

    def __init__(
        self,
        client_id: str,
        side: Side,
        price_ticks: int,
        leaves_lots: int,
        taking: bool = False,
        cancel_sent: bool = False,
        acknowledged: bool = False,
    ) -> None:
        self.client_id: Final = client_id
        self.side: Final = side
        self.price_ticks: Final = price_ticks
        self.taking: Final = taking
        self.leaves_lots = leaves_lots
        self.cancel_sent = cancel_sent
        self.acknowledged = acknowledged


@dataclass(init=False)
class Plan(Record):
    """What to do now: cancels by client id, each with its reason in `cancel_reasons`, then new orders.

    `reason` says why nothing is done, and is ACTING when something is. `notes` holds the
    buy side's reason, the sell side's, and that about taking where there is something to say.
    """

    cancels: Final[tuple[str, ...]]
    intents: Final[tuple[Intent, ...]]
    reason: Final[QuoterReason]
    notes: Final[tuple[QuoterReason, ...]]
    cancel_reasons: Final[tuple[CancelReason, ...]]

    def __init__(
        self,
        cancels: tuple[str, ...],
        intents: tuple[Intent, ...],
        reason: QuoterReason,
        notes: tuple[QuoterReason, ...],
        cancel_reasons: tuple[CancelReason, ...] = (),
    ) -> None:
        self.cancels = cancels
        self.intents = intents
        self.reason = reason
        self.notes = notes
        self.cancel_reasons = cancel_reasons


def acting(cancels: dict[str, CancelReason], intents: list[Intent], notes: tuple[QuoterReason, ...]) -> Plan:
    """Return the plan that does this; `cancels` has the reason of each by client id."""
    return Plan(tuple(cancels), tuple(intents), QuoterReason.ACTING, notes, tuple(cancels.values()))
