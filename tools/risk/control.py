"""What a risk control is: one question about one order, with the figures behind the answer."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Final, Protocol

from tools.core.orders import Intent
from tools.core.verdicts import Decision, Evidence
from tools.risk.exposure import Exposure, ExposureBook

Finding = tuple[str, tuple[Evidence, ...]]
"""``(reason, evidence)`` of a refusal."""


@dataclass(init=False)
class Question:
    """One intent and everything a control may look at; made once for each check.

    `value_ht` is what a lot of the order and of its instrument is valued at: the higher
    of the mark and the order's own price, in half-ticks; None if both are missing.
    `decision` is the one in force, or None where no chain runs (the demo).
    """

    intent: Final[Intent]
    exposure: Final[Exposure]
    book: Final[ExposureBook]
    frozen: Final[bool]
    reducing: Final[bool]
    value_ht: Final[int | None]
    decision: Final[Decision | None]

    def __init__(
        self,
        intent: Intent,
        exposure: Exposure,
        book: ExposureBook,
        frozen: bool,
        reducing: bool,
        value_ht: int | None,
        decision: Decision | None = None,
    ) -> None:
        self.intent = intent
        self.exposure = exposure
        self.book = book
        self.frozen = frozen
        self.reducing = reducing
        self.value_ht = value_ht
        self.decision = decision


class Control(Protocol):
    """A pre-trade control. Returns None to let the order pass, or its finding."""

    @abstractmethod
    def check(self, question: Question) -> Finding | None:
        """Judge one order; must not change anything."""
        ...

    def headroom(self, book: ExposureBook) -> tuple[Evidence, ...]:
        """Return each of its limits with how much of it is used now; nothing if it has none."""
        return ()
