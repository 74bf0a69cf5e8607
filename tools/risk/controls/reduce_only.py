"""Under a reduce-only hold an order may only bring the position nearer to flat.

Flat, nothing reduces. An order that would flip the position does not reduce it, and neither
does one that could flip it together with what is already open on its side.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.verdicts import Evidence
from tools.risk.control import Control, Examples, Finding, Question
from tools.risk.holds import Effect
from tools.risk.standing import Standing


class Reason(StrEnum):
    """Why this control refuses."""

    REDUCE_ONLY = "REDUCE_ONLY"  # the order does not only reduce the position


@dataclass(frozen=True, kw_only=True)
class Config:
    """This control has no parameters."""


class ReduceOnly(Control):
    """Refuses what could leave more at risk while a hold lets positions only shrink."""

    def check(self, question: Question) -> Finding | None:
        """Refuse unless the order only reduces."""
        if question.reduce_only is None or question.reducing:
            return None
        figure = ("position_lots", question.exposure.position_lots, 0)
        return Reason.REDUCE_ONLY, (figure,)

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return how many holds let positions only shrink; none may."""
        return (("reduce_only_holds_count", now.holds.count(Effect.REDUCE_ONLY), 0),)


EXAMPLES: Final[Examples] = (
    ({"reduce_only": "CALL"}, "REDUCE_ONLY"),
    ({"reduce_only": "CALL", "side": "SELL", "position_lots": 3, "qty_lots": 4}, "REDUCE_ONLY"),
    (
        {"reduce_only": "CALL", "side": "SELL", "position_lots": 3, "open_sell_lots": 2, "qty_lots": 2},
        "REDUCE_ONLY",
    ),
    ({"reduce_only": "TIMER", "side": "SELL", "position_lots": 3, "qty_lots": 3}, None),
    ({}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return ReduceOnly()
