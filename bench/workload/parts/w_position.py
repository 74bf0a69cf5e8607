"""The risk check of workload W: an order passes if, filled whole, it leaves at most 50 lots."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tools.core.events import Side
from workload.terms import MAX_LOTS


class Reason(StrEnum):
    """Why this control refuses."""

    POSITION_LIMIT = "POSITION_LIMIT"  # the position would be beyond its limit


@dataclass(frozen=True, kw_only=True)
class Config:
    """`max_lots`: the largest position, either way."""

    max_lots: int = MAX_LOTS


class Position:
    """Conforms by its methods alone: an interpreted class cannot inherit a compiled Protocol."""

    def __init__(self, config: Config) -> None:
        self._max_lots = config.max_lots

    def check(self, question: Any) -> Any:
        lots = question.intent.qty_lots if question.intent.side is Side.BUY else -question.intent.qty_lots
        after = abs(question.exposure.position_lots + lots)
        if after <= self._max_lots:
            return None
        return Reason.POSITION_LIMIT, (("position_lots", after, self._max_lots),)

    def headroom(self, now: Any) -> tuple[Any, ...]:
        most = 0
        for exposure in now.book.by_symbol.values():
            most = max(most, abs(exposure.position_lots))
        return (("position_lots", most, self._max_lots),)

    def quiet_limits(self) -> tuple[str, ...]:
        return ("position_lots",)

    def listens(self) -> tuple[str, ...]:
        return ()

    def overridable(self) -> bool:
        return False

    def loud(self) -> bool:
        return False

    def undeclared(self) -> tuple[str, ...]:
        return ()

    def cancels_wanted(self, question: Any) -> tuple[str, ...]:
        return ()

    def on_refused(self, question: Any) -> Any:
        return None

    def overdue(self, now_ns: int) -> tuple[Any, ...]:
        return ()

    def snapshot(self) -> dict[str, object]:
        return {}

    def restore(self, saved: dict[str, object]) -> None:
        return None


EXAMPLES: Final[tuple[Any, ...]] = ()


def build(config: Config) -> Position:
    """Return the control."""
    return Position(config)
