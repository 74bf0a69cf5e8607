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

    EDGE_BELOW_THRESHOLD = "EDGE_BELOW_THRESHOLD"  # the edge was reported below its threshold
    EDGE_NOT_FINITE = "EDGE_NOT_FINITE"  # the edge was reported as no finite number
    POSITION_UNKNOWN = "POSITION_UNKNOWN"  # a fill of a symbol that is not known
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

    def about(self) -> tuple[str, str | None]:
        """Return what the cause is about: its trigger and symbol."""
        return self.trigger.value, self.symbol


@dataclass(init=False)
class Thaw(Record):
    """Who opened the freeze, when and why."""

    time_ns: Final[int]
    operator: Final[str]
    reason: Final[str]

    def __init__(self, time_ns: int, operator: str, reason: str) -> None:
        self.time_ns = time_ns
        self.operator = operator
        self.reason = reason


def bps_text(edge_ubps: int) -> str:
    """Return micro-bps as basis points with two decimals, cut towards minus infinity."""
    return format_scaled(edge_ubps // (UBPS_PER_BPS // 100), 2)


class Freeze:
    """The latch itself.

    `causes` holds what closed it, one for each freeze, and `cause` the last of them, kept
    after a thaw too. `history` also has the causes that came while it was closed; a
    measured one once for each trigger, symbol and freeze. Repetitions and what is beyond
    its bound are counted in `history_dropped`.
    """

    def __init__(self) -> None:
        self._state = "ACTIVE"
        self._forget()

    def _forget(self) -> None:
        self.causes: list[FreezeCause] = []
        self.history: list[FreezeCause] = []
        self.history_dropped = 0
        self.thaws: list[Thaw] = []
        self._since = 0  # where in the history the present freeze begins

    @property
    def frozen(self) -> bool:
        """True while nothing new may be sent."""
        return self._state == "FROZEN"

    @property
    def cause(self) -> FreezeCause | None:
        """What closed it last."""
        return self.causes[-1] if self.causes else None

    @property
    def total(self) -> int:
        """How often it was closed."""
        return len(self.causes)

    @property
    def turns(self) -> int:
        """How often it was closed or opened."""
        return len(self.causes) + len(self.thaws)

    def freeze(self, cause: FreezeCause) -> bool:
        """Close the latch; return True if it was open before."""
        newly = not self.frozen
        self._state = FREEZE_TABLE.step(self._state, "FREEZE")[2]
        if newly:
            self.causes.append(cause)
            self._since = len(self.history)
        for known in self.history[self._since :]:
            if cause.trigger is not Trigger.CALL and known.about() == cause.about():
                self.history_dropped += 1
                return newly
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
        self.thaws.append(Thaw(time_ns, operator, reason))

    def reset(self) -> None:
        """Forget everything: a new run."""
        self._state = FREEZE_TABLE.step(self._state, "RESET")[2]
        self._forget()
