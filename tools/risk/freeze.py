"""The freeze: a latch with its first cause and a history.

A freeze keeps the cause that closed it, however many others follow; they go into the
history. It opens only by an explicit call that names who and why.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.canon import Record
from tools.core.errors import UsageError
from tools.core.machine import Table
from tools.core.units import UBPS_PER_BPS, format_scaled

HISTORY_MAX: Final = 100  # later causes are counted, not kept


class Trigger(StrEnum):
    """What closed the freeze."""

    EDGE_BELOW_THRESHOLD = "EDGE_BELOW_THRESHOLD"
    EDGE_NOT_FINITE = "EDGE_NOT_FINITE"
    CALL = "CALL"  # freeze() was called


FREEZE_TABLE: Final = Table(
    "freeze",
    (
        ("ACTIVE", "FREEZE", "FROZEN", "the cause is kept"),
        ("ACTIVE", "RESET", "ACTIVE", "nothing to undo"),
        ("FROZEN", "FREEZE", "FROZEN", "the first cause stays; this one joins the history"),
        ("FROZEN", "THAW", "ACTIVE", "an explicit call, recorded with name and reason"),
        ("FROZEN", "RESET", "ACTIVE", "a new run starts"),
    ),
    illegal=(("ACTIVE", "THAW"),),
)


@dataclass(init=False)
class FreezeCause(Record):
    """Why, when and about what a freeze was called for; values in micro basis points or None."""

    time_ns: Final[int]
    trigger: Final[Trigger]
    symbol: Final[str | None]
    observed_ubps: Final[int | None]
    threshold_ubps: Final[int | None]
    text: Final[str]

    def __init__(
        self,
        time_ns: int,
        trigger: Trigger,
        symbol: str | None,
        observed_ubps: int | None,
        threshold_ubps: int | None,
        text: str,
    ) -> None:
        self.time_ns = time_ns
        self.trigger = trigger
        self.symbol = symbol
        self.observed_ubps = observed_ubps
        self.threshold_ubps = threshold_ubps
        self.text = text


def bps_text(edge_ubps: int) -> str:
    """Return micro-bps as basis points with two decimals, cut towards minus infinity."""
    return format_scaled(edge_ubps // (UBPS_PER_BPS // 100), 2)


class Freeze:
    """The latch itself; `cause` is the one that closed it last, kept after a thaw too."""

    def __init__(self) -> None:
        self._state = "ACTIVE"
        self.cause: FreezeCause | None = None
        self.history: list[FreezeCause] = []
        self.history_dropped = 0
        self.total = 0
        self.thaws: list[tuple[int, str, str]] = []

    @property
    def frozen(self) -> bool:
        """True while nothing new may be sent."""
        return self._state == "FROZEN"

    def freeze(self, cause: FreezeCause) -> bool:
        """Close the latch; return True if it was open before."""
        newly = not self.frozen
        self._state = FREEZE_TABLE.step(self._state, "FREEZE")[2]
        if newly:
            self.cause = cause
            self.total += 1
        if len(self.history) < HISTORY_MAX:
            self.history.append(cause)
        else:
            self.history_dropped += 1
        return newly

    def thaw(self, time_ns: int, operator: str, reason: str) -> None:
        """Open the latch; raise `UsageError` if it is open, or without a name and a reason."""
        if not operator.strip() or not reason.strip():
            raise UsageError("thaw needs the name of the operator and a reason")
        self._state = FREEZE_TABLE.step(self._state, "THAW")[2]
        self.thaws.append((time_ns, operator, reason))

    def reset(self) -> None:
        """Forget everything: a new run."""
        self._state = FREEZE_TABLE.step(self._state, "RESET")[2]
        self.cause = None
        self.history = []
        self.history_dropped = 0
        self.total = 0
        self.thaws = []
