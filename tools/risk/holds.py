"""Holds: what keeps orders from leaving, of two kinds that are two types.

A `Latch` is opened by an operator's command and by nothing else: its one way back takes a
`Thaw`, which cannot be made without a name and a reason. A `Timer` runs out by itself at the
time it was given and nothing shortens it. Neither can become the other, so no passage of
time opens a latch.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.canon import Record
from tools.core.errors import UsageError
from tools.core.machine import Table
from tools.core.snapshots import Snapshot, read_evidence, read_int, read_text
from tools.core.units import UBPS_PER_BPS, format_scaled
from tools.core.verdicts import Evidence

EVERYTHING: Final = ""  # the scope of a hold that holds every symbol


class Effect(StrEnum):
    """What a hold keeps from leaving. Cancels pass every hold."""

    HALT = "HALT"  # every order
    KILL = "KILL"  # every order, by a kill: a latch of its own, which opening another does not open
    REDUCE_ONLY = "REDUCE_ONLY"  # every order that could leave more at risk


class Trigger(StrEnum):
    """What closed a hold."""

    EDGE_BELOW_THRESHOLD = "EDGE_BELOW_THRESHOLD"  # the edge was reported below its threshold
    EDGE_NOT_FINITE = "EDGE_NOT_FINITE"  # the edge was reported as no finite number
    POSITION_UNKNOWN = "POSITION_UNKNOWN"  # a fill of a symbol that is not known
    CALL = "CALL"  # freeze() was called
    KILL = "KILL"  # an operator has killed trading
    REDUCE_ONLY_CALL = "REDUCE_ONLY_CALL"  # an operator lets positions only shrink
    REPEATED_EXECUTION = "REPEATED_EXECUTION"  # filled and entered again too often without a human
    CHILD_ORDERS = "CHILD_ORDERS"  # more child orders than their parent can account for
    FILL_VELOCITY = "FILL_VELOCITY"  # too much was filled within a short time
    DAILY_LOSS = "DAILY_LOSS"  # the day's loss has reached its limit
    DRAWDOWN = "DRAWDOWN"  # profit has fallen too far from its peak
    PNL_UNKNOWN = "PNL_UNKNOWN"  # profit and loss cannot be known
    LOSS_STREAK = "LOSS_STREAK"  # too many losing exits within a time
    PRICE_VELOCITY = "PRICE_VELOCITY"  # the market has moved too far within a short time
    HEARTBEAT_LOST = "HEARTBEAT_LOST"  # nothing was heard from the venue for too long
    RECONCILIATION = "RECONCILIATION"  # our books and the venue's differ
    EXPOSURE_DRIFT = "EXPOSURE_DRIFT"  # two of our own calculations of a position differ


FREEZE_TABLE: Final = Table(
    "latch",
    (
        ("ACTIVE", "FREEZE", "FROZEN", "the cause is kept"),
        ("ACTIVE", "TIME", "ACTIVE", "nothing to do"),
        ("ACTIVE", "RESET", "ACTIVE", "nothing to undo"),
        ("FROZEN", "FREEZE", "FROZEN", "the first cause stays; this one joins the history"),
        ("FROZEN", "TIME", "FROZEN", "however long it takes: time opens no latch"),
        ("FROZEN", "THAW", "ACTIVE", "an explicit call, recorded with name and reason"),
        ("FROZEN", "RESET", "ACTIVE", "a new run starts"),
    ),
    illegal=(("ACTIVE", "THAW"),),
)

TIMER_TABLE: Final = Table(
    "timer",
    (
        ("IDLE", "START", "RUNNING", "until a time that is fixed now"),
        ("IDLE", "EARLY", "IDLE", "nothing to do"),
        ("IDLE", "DUE", "IDLE", "nothing to do"),
        ("RUNNING", "START", "RUNNING", "the later end counts"),
        ("RUNNING", "EARLY", "RUNNING", "its time has not come"),
        ("RUNNING", "DUE", "IDLE", "at exactly its time, by itself"),
    ),
)


@dataclass(init=False)
class FreezeCause(Record):
    """Why, when and about what a hold was called for.

    `symbol` is what the cause is about, `scope` what is held: a symbol, or everything
    (empty text). `figure` is what was measured against which limit, where it was measured.
    """

    time_ns: Final[int]
    trigger: Final[Trigger]
    symbol: Final[str | None]
    text: Final[str]
    figure: Final[Evidence | None]
    scope: Final[str]
    effect: Final[Effect]

    def __init__(
        self,
        time_ns: int,
        trigger: Trigger,
        symbol: str | None,
        text: str,
        figure: Evidence | None = None,
        scope: str = EVERYTHING,
        effect: Effect = Effect.HALT,
    ) -> None:
        self.time_ns = time_ns
        self.trigger = trigger
        self.symbol = symbol
        self.text = text
        self.figure = figure
        self.scope = scope
        self.effect = effect

    def about(self) -> tuple[str, str | None]:
        """Return what the cause is about: its trigger and symbol."""
        return self.trigger.value, self.symbol


def cause_from(saved: Snapshot) -> FreezeCause:
    """Return the cause that `FreezeCause.to_dict` was made of."""
    symbol, figure = saved["symbol"], saved["figure"]
    return FreezeCause(
        read_int(saved, "time_ns"),
        Trigger(read_text(saved, "trigger")),
        None if symbol is None else read_text(saved, "symbol"),
        read_text(saved, "text"),
        None if figure is None else read_evidence({"figure": [figure]}, "figure")[0],
        read_text(saved, "scope"),
        Effect(read_text(saved, "effect")),
    )


@dataclass(init=False)
class Thaw(Record):
    """Who opened a latch, when and why; raises `UsageError` without a name and a reason."""

    time_ns: Final[int]
    operator: Final[str]
    reason: Final[str]
    scope: Final[str]
    effect: Final[Effect]

    def __init__(
        self,
        time_ns: int,
        operator: str,
        reason: str,
        scope: str = EVERYTHING,
        effect: Effect = Effect.HALT,
    ) -> None:
        if not operator.strip() or not reason.strip():
            raise UsageError("thaw needs the name of the operator and a reason")
        self.time_ns = time_ns
        self.operator = operator
        self.reason = reason
        self.scope = scope
        self.effect = effect


@dataclass(init=False)
class Pause(Record):
    """A timer that was started, or whose end has moved: why, and until when."""

    cause: Final[FreezeCause]
    until_ns: Final[int]

    def __init__(self, cause: FreezeCause, until_ns: int) -> None:
        self.cause = cause
        self.until_ns = until_ns


@dataclass(init=False)
class Resume(Record):
    """A timer that has run out; `time_ns` is when it was due, not when somebody looked."""

    time_ns: Final[int]
    trigger: Final[Trigger]
    scope: Final[str]

    def __init__(self, time_ns: int, trigger: Trigger, scope: str) -> None:
        self.time_ns = time_ns
        self.trigger = trigger
        self.scope = scope


class Latch:
    """Closed by causes, opened by a `Thaw`. It is told no time and so cannot run out."""

    def __init__(self) -> None:
        self._state = "ACTIVE"
        self.cause: FreezeCause | None = None

    @property
    def shut(self) -> bool:
        """True while it holds."""
        return self._state == "FROZEN"

    def trip(self, cause: FreezeCause) -> bool:
        """Close it; return True if it was open. The first cause stays."""
        newly = not self.shut
        self._state = FREEZE_TABLE.step(self._state, "FREEZE")[2]
        if newly:
            self.cause = cause
        return newly

    def release(self, thaw: Thaw) -> None:
        """Open it; raise `UsageError` if it is open."""
        assert thaw.operator
        self._state = FREEZE_TABLE.step(self._state, "THAW")[2]


class Timer:
    """Runs from its start to its end; there is no way to stop it."""

    def __init__(self) -> None:
        self._state = "IDLE"
        self.cause: FreezeCause | None = None
        self.until_ns = 0

    @property
    def running(self) -> bool:
        """True while it holds."""
        return self._state == "RUNNING"

    def start(self, cause: FreezeCause, until_ns: int) -> bool:
        """Start it, or move its end back; return True if that changed anything."""
        newly = not self.running
        if not newly and until_ns <= self.until_ns:
            return False
        self._state = TIMER_TABLE.step(self._state, "START")[2]
        if newly:
            self.cause = cause
        self.until_ns = until_ns
        return True

    def step(self, now_ns: int) -> bool:
        """Let time pass; return True if it ran out now."""
        was = self.running
        self._state = TIMER_TABLE.step(self._state, "DUE" if now_ns >= self.until_ns else "EARLY")[2]
        return was and not self.running


@dataclass(init=False)
class LatchTrip:
    """A control's demand for a latch."""

    cause: Final[FreezeCause]

    def __init__(self, cause: FreezeCause) -> None:
        self.cause = cause


@dataclass(init=False)
class TimerTrip:
    """A control's demand for a timer of `for_ns`, which is positive."""

    cause: Final[FreezeCause]
    for_ns: Final[int]

    def __init__(self, cause: FreezeCause, for_ns: int) -> None:
        assert for_ns > 0
        self.cause = cause
        self.for_ns = for_ns


Trip = LatchTrip | TimerTrip


def trip_for(cause: FreezeCause, for_ns: int) -> Trip:
    """Return the demand for a hold of `for_ns`; 0 asks for a latch, as venues write it."""
    return TimerTrip(cause, for_ns) if for_ns > 0 else LatchTrip(cause)


def bps_text(edge_ubps: int) -> str:
    """Return micro-bps as basis points with two decimals, cut towards minus infinity."""
    return format_scaled(edge_ubps // (UBPS_PER_BPS // 100), 2)
