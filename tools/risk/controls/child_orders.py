"""A child order belongs to a parent, and the children ask for no more than the parent did.

More children than `max_children`, or more lots than the parent's, means that whoever cuts the
orders has lost count: the order is refused and everything is frozen. Orders without a parent
pass unless `required`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import ConfigError
from tools.core.units import PPM
from tools.core.verdicts import Evidence
from tools.risk.control import Control, Examples, Finding, Question
from tools.risk.holds import FreezeCause, LatchTrip, Trigger, Trip
from tools.risk.standing import Standing


class Reason(StrEnum):
    """Why this control refuses."""

    PARENT_UNKNOWN = "PARENT_UNKNOWN"  # no such parent is open, or the order names none
    PARENT_MISMATCH = "PARENT_MISMATCH"  # the parent is of another symbol or side
    PARENT_QUANTITY = "PARENT_QUANTITY"  # the children would ask for more than the parent
    PARENT_CHILDREN = "PARENT_CHILDREN"  # the parent has too many children


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    max_children
        Greatest number of orders for one parent.
    required
        Refuse orders that name no parent.
    """

    max_children: int = 100
    required: bool = False

    def __post_init__(self) -> None:
        if self.max_children < 0:
            raise ConfigError("control.child_orders.max_children: must not be negative")


class ChildOrders(Control):
    """Refuses the child that its parent cannot account for, and demands a latch."""

    def __init__(self, config: Config) -> None:
        self._max: Final = config.max_children
        self._required: Final = config.required

    def check(self, question: Question) -> Finding | None:
        """Refuse a child beyond its parent."""
        if not question.parent_id:
            return (Reason.PARENT_UNKNOWN, ()) if self._required else None
        parent = question.parent
        intent = question.intent
        if parent is None:
            return Reason.PARENT_UNKNOWN, ()
        if parent.symbol != intent.symbol or parent.side is not intent.side:
            return Reason.PARENT_MISMATCH, ()
        if parent.children >= self._max:
            return Reason.PARENT_CHILDREN, (("children_count", parent.children + 1, self._max),)
        asked_lots = parent.asked_lots + intent.qty_lots
        if asked_lots > parent.qty_lots:
            return Reason.PARENT_QUANTITY, (("children_lots", asked_lots, parent.qty_lots),)
        return None

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return the most children of any parent, and how much of the fullest one they have asked for."""
        children = 0
        asked_ppm = 0
        for parent in now.parents.by_id.values():
            children = max(children, parent.children)
            asked_ppm = max(asked_ppm, parent.asked_lots * PPM // parent.qty_lots)
        return (
            ("parent_children_count", children, self._max),
            ("parent_asked_ppm", asked_ppm, PPM),
        )

    def quiet_limits(self) -> tuple[str, ...]:
        """Return what was asked for: a parent whose children have asked for all of it is as it should be."""
        return ("parent_asked_ppm",)

    def on_refused(self, question: Question) -> Trip | None:
        """Demand a latch on everything if the children have outgrown their parent."""
        finding = self.check(question)
        if finding is None or finding[0] not in (Reason.PARENT_QUANTITY, Reason.PARENT_CHILDREN):
            return None
        return LatchTrip(
            FreezeCause(
                question.now_ns,
                Trigger.CHILD_ORDERS,
                question.intent.symbol,
                f"The child orders of {question.parent_id[:40]!r} have outgrown it",
                finding[1][0],
            )
        )


_PARENT: Final = ("parent", "p", "BUY", 3)
EXAMPLES: Final[Examples] = (
    ({"parent_id": "q"}, "PARENT_UNKNOWN"),
    ({"config": {"required": True}}, "PARENT_UNKNOWN"),
    ({"before": (_PARENT,), "parent_id": "p", "side": "SELL"}, "PARENT_MISMATCH"),
    ({"before": (_PARENT,), "parent_id": "p", "qty_lots": 4}, "PARENT_QUANTITY"),
    ({"config": {"max_children": 0}, "before": (_PARENT,), "parent_id": "p"}, "PARENT_CHILDREN"),
    ({"before": (_PARENT,), "parent_id": "p", "qty_lots": 3}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return ChildOrders(config)
