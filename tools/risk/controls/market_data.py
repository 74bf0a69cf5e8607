"""A market that cannot be seen is not traded in: no quote, a stale, crossed or absurdly wide one.

It refuses every order, those without a price of their own and reducing ones included: whoever
does not see the market does not know what an order would do in it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.units import NS_PER_S, UBPS_ONE, UBPS_PER_BPS
from tools.core.verdicts import Evidence
from tools.risk.control import Control, Examples, Finding, Question
from tools.risk.standing import Standing


class Reason(StrEnum):
    """Why this control refuses."""

    QUOTE_MISSING = "QUOTE_MISSING"  # no quote was ever seen
    QUOTE_STALE = "QUOTE_STALE"  # the last quote is too old, or from the future
    QUOTE_ABSURD = "QUOTE_ABSURD"  # the last quote is not positive, or its bid is not below its ask
    SPREAD_TOO_WIDE = "SPREAD_TOO_WIDE"  # the spread is no market's


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    max_age_ns
        Greatest age of the last quote.
    max_spread_ubps
        Greatest spread as a part of the mid.
    """

    max_age_ns: int = 10 * NS_PER_S
    max_spread_ubps: int = 500 * UBPS_PER_BPS


class MarketData(Control):
    """Refuses an order into a market that is not seen, or not one."""

    def __init__(self, config: Config) -> None:
        self._max_age_ns: Final = config.max_age_ns
        self._max_spread_ubps: Final = config.max_spread_ubps

    def check(self, question: Question) -> Finding | None:
        """Refuse unless the last quote is fresh and sane."""
        exposure = question.exposure
        quote_ns = exposure.quote_ns
        if quote_ns is None:
            return Reason.QUOTE_MISSING, (("quote_age_ns", None, self._max_age_ns),)
        age_ns = question.now_ns - quote_ns
        if not 0 <= age_ns <= self._max_age_ns:
            return Reason.QUOTE_STALE, (("quote_age_ns", age_ns, self._max_age_ns),)
        bid_ticks = exposure.bid_ticks
        spread_ticks = exposure.ask_ticks - bid_ticks
        if bid_ticks <= 0 or spread_ticks <= 0:
            return Reason.QUOTE_ABSURD, (("spread_ticks", spread_ticks, 1),)
        mid_ht = bid_ticks + exposure.ask_ticks
        if 2 * spread_ticks * UBPS_ONE > self._max_spread_ubps * mid_ht:
            spread_ubps = 2 * spread_ticks * UBPS_ONE // mid_ht
            return Reason.SPREAD_TOO_WIDE, (("spread_ubps", spread_ubps, self._max_spread_ubps),)
        return None

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return the oldest last quote and the widest spread of the instruments seen.

        Both are None before any was seen; the age where an instrument was never quoted, the spread
        where its last quote is absurd.
        """
        age_ns: int | None = None
        spread_ubps: int | None = None
        quoted = sane = True
        for exposure in now.book.by_symbol.values():
            if exposure.quote_ns is None:
                quoted = sane = False
                break
            old_ns = now.now_ns - exposure.quote_ns
            age_ns = old_ns if age_ns is None else max(age_ns, old_ns)
            bid_ticks, ask_ticks = exposure.bid_ticks, exposure.ask_ticks
            if not 0 < bid_ticks < ask_ticks:
                sane = False
                continue
            wide_ubps = 2 * (ask_ticks - bid_ticks) * UBPS_ONE // (bid_ticks + ask_ticks)
            spread_ubps = wide_ubps if spread_ubps is None else max(spread_ubps, wide_ubps)
        return (
            ("quote_age_ns", age_ns if quoted else None, self._max_age_ns),
            ("spread_ubps", spread_ubps if sane else None, self._max_spread_ubps),
        )

    def quiet_limits(self) -> tuple[str, ...]:
        """Return both: they are the market's doing, and health and gate look at them."""
        return "quote_age_ns", "spread_ubps"


EXAMPLES: Final[Examples] = (
    ({"quote": None}, "QUOTE_MISSING"),
    ({"quote": (99, 101), "quote_age_ns": 10 * NS_PER_S + 1}, "QUOTE_STALE"),
    ({"quote": (99, 101), "quote_age_ns": -1}, "QUOTE_STALE"),
    ({"quote": (101, 101)}, "QUOTE_ABSURD"),
    ({"quote": (0, 101)}, "QUOTE_ABSURD"),
    ({"quote": (970, 1030)}, "SPREAD_TOO_WIDE"),
    ({"quote": (975, 1025), "quote_age_ns": 10 * NS_PER_S}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return MarketData(config)
