"""The records by which the layers of the chain speak to each other.

A verdict is for code, its reason is for people: nothing branches on a reason. Siblings
never import each other; they meet in these records.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from tools.core.canon import Record

Evidence = tuple[str, int | None, int | None]
"""``(name_with_unit, observed, limit)``; None where a figure was missing."""


class Regime(StrEnum):
    """Structural market condition; UNKNOWN counts as UNSTABLE everywhere."""

    NORMAL = "NORMAL"
    FAST = "FAST"
    UNSTABLE = "UNSTABLE"
    UNKNOWN = "UNKNOWN"


class Gate(StrEnum):
    """The permission gate, from open to shut."""

    ALLOWED = "ALLOWED"
    PROBATION = "PROBATION"
    COOLDOWN = "COOLDOWN"
    BLOCKED = "BLOCKED"


class Colour(StrEnum):
    """Execution health."""

    GREEN = "GREEN"
    YELLOW = "YELLOW"
    RED = "RED"


class Ceiling(IntEnum):
    """How aggressive an order may be, at most.

    PASSIVE rests at or behind the own best price, IMPROVE rests inside the spread, TAKE
    may cross it (marketable limit, capped).
    """

    NONE = 0
    PASSIVE = 1
    IMPROVE = 2
    TAKE = 3


@dataclass(init=False)
class RegimeVerdict(Record):
    """NORMAL, FAST, UNSTABLE or UNKNOWN, and which rule said so.

    `until_ns` is the earliest time at which it could be better. `hard` is True while a
    hard cap holds it, which the gate answers without waiting.
    """

    time_ns: Final[int]
    regime: Final[Regime]
    reason: Final[str]
    until_ns: Final[int]
    evidence: Final[tuple[Evidence, ...]]
    hard: Final[bool]

    def __init__(
        self,
        time_ns: int,
        regime: Regime,
        reason: str,
        until_ns: int,
        evidence: tuple[Evidence, ...],
        hard: bool = False,
    ) -> None:
        self.time_ns = time_ns
        self.regime = regime
        self.reason = reason
        self.until_ns = until_ns
        self.evidence = evidence
        self.hard = hard


@dataclass(init=False)
class PermissionVerdict(Record):
    """The gate's level; `blocked_until_ns` and `probation_until_ns` say when it could open."""

    time_ns: Final[int]
    gate: Final[Gate]
    reason: Final[str]
    blocked_until_ns: Final[int]
    probation_until_ns: Final[int]
    evidence: Final[tuple[Evidence, ...]]

    def __init__(
        self,
        time_ns: int,
        gate: Gate,
        reason: str,
        blocked_until_ns: int,
        probation_until_ns: int,
        evidence: tuple[Evidence, ...],
    ) -> None:
        self.time_ns = time_ns
        self.gate = gate
        self.reason = reason
        self.blocked_until_ns = blocked_until_ns
        self.probation_until_ns = probation_until_ns
        self.evidence = evidence


@dataclass(init=False)
class HealthVerdict(Record):
    """Colour and score (0 to 100); `parts` holds each factor's score by name, in factor order.

    `binding` names the worst factor, which is also the reason when the colour is not GREEN.
    """

    time_ns: Final[int]
    colour: Final[Colour]
    score: Final[int]
    reason: Final[str]
    binding: Final[str]
    parts: Final[tuple[tuple[str, int], ...]]
    evidence: Final[tuple[Evidence, ...]]

    def __init__(
        self,
        time_ns: int,
        colour: Colour,
        score: int,
        reason: str,
        binding: str,
        parts: tuple[tuple[str, int], ...],
        evidence: tuple[Evidence, ...],
    ) -> None:
        self.time_ns = time_ns
        self.colour = colour
        self.score = score
        self.reason = reason
        self.binding = binding
        self.parts = parts
        self.evidence = evidence


@dataclass(init=False)
class RiskVerdict(Record):
    """What the risk monitor says as a whole: may anything new be sent at all?"""

    time_ns: Final[int]
    open: Final[bool]
    reason: Final[str]

    def __init__(self, time_ns: int, open: bool, reason: str) -> None:
        self.time_ns = time_ns
        self.open = open
        self.reason = reason


@dataclass(init=False)
class Decision(Record):
    """What the system may do now: the meet of all layers.

    `budget_ppm` is in parts per million of the configured maximum; `binding` names the
    layers that hold the ceiling or the budget where it is.
    """

    time_ns: Final[int]
    eligible: Final[bool]
    ceiling: Final[Ceiling]
    budget_ppm: Final[int]
    reason: Final[str]
    binding: Final[tuple[str, ...]]

    def __init__(
        self,
        time_ns: int,
        eligible: bool,
        ceiling: Ceiling,
        budget_ppm: int,
        reason: str,
        binding: tuple[str, ...],
    ) -> None:
        self.time_ns = time_ns
        self.eligible = eligible
        self.ceiling = ceiling
        self.budget_ppm = budget_ppm
        self.reason = reason
        self.binding = binding
