"""The worst case of all instruments stays within the account's free balance.

``worst case with this order x margin <= free balance``; equality passes. A balance that was
never told, is no number or was told too long ago is unknown, and unknown is refused.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import ConfigError
from tools.core.units import NS_PER_S, PPM, div_up
from tools.core.verdicts import Evidence
from tools.risk.control import Control, Examples, Finding, Question
from tools.risk.figures import Figure
from tools.risk.standing import Standing

# Looked up once: every check asks.
_FREE: Final = Figure.FREE_BALANCE


class Reason(StrEnum):
    """Why this control refuses."""

    BALANCE_UNKNOWN = "BALANCE_UNKNOWN"  # the free balance, or what would be needed, is unknown
    BALANCE_EXCEEDED = "BALANCE_EXCEEDED"  # the worst case would need more than is free


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    margin_ppm
        What the account must hold for one unit of exposure; 100 % is fully paid.
    max_told_age_ns
        How long a told balance is believed.
    """

    margin_ppm: int = PPM
    max_told_age_ns: int = 60 * NS_PER_S

    def __post_init__(self) -> None:
        if self.margin_ppm <= 0 or self.max_told_age_ns < 0:
            raise ConfigError("control.balance: margin_ppm must be positive, max_told_age_ns not negative")


class Balance(Control):
    """Refuses what the account could not carry; what only reduces passes."""

    def __init__(self, config: Config) -> None:
        self._config: Final = config

    def check(self, question: Question) -> Finding | None:
        """Refuse a worst case beyond the free balance."""
        if question.reducing:
            return None
        config = self._config
        free_e8, told_ns = question.figures.look(_FREE, question.now_ns)
        if free_e8 is None or told_ns is None or not 0 <= told_ns <= config.max_told_age_ns:
            return Reason.BALANCE_UNKNOWN, (("told_age_ns", told_ns, config.max_told_age_ns),)
        own_e8, others_e8 = question.worst_e8, question.others_e8
        if others_e8 is None or own_e8 is None:
            return Reason.BALANCE_UNKNOWN, (("mark_ht", None, None),)
        needed_e8 = div_up((own_e8 + others_e8) * config.margin_ppm, PPM)
        if needed_e8 > free_e8:
            return Reason.BALANCE_EXCEEDED, (("balance_needed_e8", needed_e8, free_e8),)
        return None

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return what is needed now against what is free."""
        worst_e8 = now.book.others_worst_e8("")
        needed_e8 = None if worst_e8 is None else div_up(worst_e8 * self._config.margin_ppm, PPM)
        return (("balance_needed_e8", needed_e8, now.figures.get(_FREE)),)


EXAMPLES: Final[Examples] = (
    ({}, "BALANCE_UNKNOWN"),
    ({"free_balance": "NaN"}, "BALANCE_UNKNOWN"),
    ({"free_balance": "0.00000099", "price_ticks": 100}, "BALANCE_EXCEEDED"),
    ({"free_balance": "0.000001", "price_ticks": 100}, None),
    ({"free_balance": "0.00000025", "price_ticks": 100, "config": {"margin_ppm": 250_000}}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return Balance(config)
