"""Only what is declared may be traded: instruments, sides, aggressiveness.

Under a profile that must be told what it may trade, a list that is empty keeps the engine from
starting (RTS 6, article 8: the number of instruments and venues is limited beforehand).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.events import Side
from tools.core.verdicts import Ceiling
from tools.risk.control import Control, Examples, Finding, Question

EVERY: Final = "*"


class Reason(StrEnum):
    """Why this control refuses."""

    SYMBOL_NOT_PERMITTED = "SYMBOL_NOT_PERMITTED"  # the instrument is not on the list
    SIDE_NOT_PERMITTED = "SIDE_NOT_PERMITTED"  # this side is not
    AGGRESSION_NOT_PERMITTED = "AGGRESSION_NOT_PERMITTED"  # so aggressive an order never is


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    symbols
        Instruments by key; ``"*"`` stands for every one that has an entry of its own.
    buys, sells
        Whether this side may be traded.
    max_aggressiveness
        1 rests, 2 improves, 3 takes.
    """

    symbols: tuple[str, ...] = ("*",)
    buys: bool = True
    sells: bool = True
    max_aggressiveness: int = 3


class Permission(Control):
    """Refuses what is not on the list."""

    def __init__(self, config: Config) -> None:
        self._symbols: Final[dict[str, bool]] = {}
        for symbol in config.symbols:
            self._symbols[symbol] = True
        self._every: Final = EVERY in self._symbols
        self._buys: Final = config.buys
        self._sells: Final = config.sells
        self._most: Final = config.max_aggressiveness

    def check(self, question: Question) -> Finding | None:
        """Refuse an undeclared instrument, side or aggressiveness."""
        intent = question.intent
        if not self._every and intent.symbol not in self._symbols:
            return Reason.SYMBOL_NOT_PERMITTED, ()
        if not (self._buys if intent.side is Side.BUY else self._sells):
            return Reason.SIDE_NOT_PERMITTED, ()
        level = int(intent.aggressiveness)
        if level > self._most or level <= int(Ceiling.NONE):
            return Reason.AGGRESSION_NOT_PERMITTED, (("aggressiveness_level", level, self._most),)
        return None

    def undeclared(self) -> tuple[str, ...]:
        """Return ``symbols`` where the list names none."""
        return () if self._symbols and not self._every else ("symbols",)


EXAMPLES: Final[Examples] = (
    ({"config": {"symbols": ("B",)}}, "SYMBOL_NOT_PERMITTED"),
    ({"config": {"symbols": ()}}, "SYMBOL_NOT_PERMITTED"),
    ({"config": {"buys": False}}, "SIDE_NOT_PERMITTED"),
    ({"config": {"max_aggressiveness": 1}, "aggressiveness": "TAKE"}, "AGGRESSION_NOT_PERMITTED"),
    ({"config": {"symbols": ("A",), "sells": False}}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return Permission(config)
