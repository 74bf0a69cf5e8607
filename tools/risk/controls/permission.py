"""Only what is declared may be traded: instruments, sides, aggressiveness.

Under a profile that must be told what it may trade, a list that is empty keeps the engine from
starting (RTS 6, article 8: the number of instruments and venues is limited beforehand).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.events import Side
from tools.core.verdicts import Evidence
from tools.risk.control import Control, Examples, Finding, Question
from tools.risk.standing import Standing

# Looked up once: every check asks.
_BUY: Final = Side.BUY

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
        if not (self._buys if intent.side is _BUY else self._sells):
            return Reason.SIDE_NOT_PERMITTED, ()
        level = intent.aggressiveness
        if level > self._most or level <= 0:
            return Reason.AGGRESSION_NOT_PERMITTED, (("aggressiveness_level", int(level), self._most),)
        return None

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return how many open orders are not on the list, and how aggressive the most aggressive was.

        One of which nobody has told how aggressive it was makes that unknown.
        """
        undeclared = 0
        level: int | None = 0
        for symbol, exposure in now.book.by_symbol.items():
            declared = self._every or symbol in self._symbols
            for live in exposure.open.values():
                if not declared or not (self._buys if live.side is _BUY else self._sells):
                    undeclared += 1
                level = None if level is None or live.level == 0 else max(level, live.level)
        return (
            ("undeclared_orders_count", undeclared, 0),
            ("permitted_aggressiveness_level", level, self._most),
        )

    def quiet_limits(self) -> tuple[str, ...]:
        """Return its level: an order at it is as it should be."""
        return ("permitted_aggressiveness_level",)

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
