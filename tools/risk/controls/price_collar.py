"""The price of one order stays within a band around the mark, on both sides of it.

``|price - mark| <= band x mark``, with a band for the side towards which the order pays more
(a buy above, a sell below) and one for the other. Equality passes. No mark, no order.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import ConfigError
from tools.core.events import Side
from tools.core.units import UBPS_ONE, UBPS_PER_BPS
from tools.core.verdicts import Evidence
from tools.risk.control import Control, Examples, Finding, Question
from tools.risk.standing import Standing

# Looked up once: every check asks.
_SELL: Final = Side.SELL


class Reason(StrEnum):
    """Why this control refuses."""

    REFERENCE_MISSING = "REFERENCE_MISSING"  # there is no mark to hold the price against
    PRICE_COLLAR = "PRICE_COLLAR"  # too far from the mark


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    max_paying_ubps
        Band on the side on which the order pays more than the mark.
    max_waiting_ubps
        Band on the other side, where the order only waits.
    """

    max_paying_ubps: int = 200 * UBPS_PER_BPS
    max_waiting_ubps: int = 500 * UBPS_PER_BPS

    def __post_init__(self) -> None:
        if self.max_paying_ubps < 0 or self.max_waiting_ubps < 0:
            raise ConfigError("control.price_collar: no band may be negative")


class PriceCollar(Control):
    """Refuses a price outside of its band; of a reducing order too, for that is the same mistake."""

    def __init__(self, config: Config) -> None:
        self._paying_ubps: Final = config.max_paying_ubps
        self._waiting_ubps: Final = config.max_waiting_ubps

    def check(self, question: Question) -> Finding | None:
        """Refuse a price that is too far from the mark, and any without a mark."""
        mark_ht = question.exposure.mark_ht
        if mark_ht is None:
            if question.reducing:
                return None  # it can be sent at its own price, and makes nothing worse
            return Reason.REFERENCE_MISSING, (("mark_ht", None, None),)
        if question.price_ticks is None:
            return None
        apart_ht = 2 * question.price_ticks - mark_ht
        if question.intent.side is _SELL:
            apart_ht = -apart_ht
        limit_ubps = self._paying_ubps if apart_ht > 0 else self._waiting_ubps
        apart_ht = abs(apart_ht)
        if apart_ht * UBPS_ONE <= limit_ubps * mark_ht:
            return None
        return Reason.PRICE_COLLAR, (("from_mark_ubps", apart_ht * UBPS_ONE // mark_ht, limit_ubps),)

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return the open orders furthest from their marks, on either side.

        None where an instrument with open orders has no mark, or an order no known price.
        """
        paying_ubps = waiting_ubps = 0
        for exposure in now.book.by_symbol.values():
            mark_ht = exposure.mark_ht
            for live in exposure.open.values():
                if mark_ht is None or live.price_ticks <= 0:
                    return (
                        ("paying_from_mark_ubps", None, self._paying_ubps),
                        ("waiting_from_mark_ubps", None, self._waiting_ubps),
                    )
                apart_ht = 2 * live.price_ticks - mark_ht
                if live.side is _SELL:
                    apart_ht = -apart_ht
                apart_ubps = abs(apart_ht) * UBPS_ONE // mark_ht
                if apart_ht > 0:
                    paying_ubps = max(paying_ubps, apart_ubps)
                else:
                    waiting_ubps = max(waiting_ubps, apart_ubps)
        return (
            ("paying_from_mark_ubps", paying_ubps, self._paying_ubps),
            ("waiting_from_mark_ubps", waiting_ubps, self._waiting_ubps),
        )

    def quiet_limits(self) -> tuple[str, ...]:
        """Return both: a resting order that the market has left behind is as it should be."""
        return "paying_from_mark_ubps", "waiting_from_mark_ubps"

    def overridable(self) -> bool:
        """Return True: RTS 6, article 15(6)."""
        return True


EXAMPLES: Final[Examples] = (
    ({"mark_ht": None}, "REFERENCE_MISSING"),
    ({"mark_ht": 2_000, "price_ticks": 1_021}, "PRICE_COLLAR"),
    ({"mark_ht": 2_000, "price_ticks": 949}, "PRICE_COLLAR"),
    ({"mark_ht": 2_000, "price_ticks": 979, "side": "SELL"}, "PRICE_COLLAR"),
    ({"mark_ht": 2_000, "price_ticks": 1_051, "side": "SELL"}, "PRICE_COLLAR"),
    ({"mark_ht": 2_000, "price_ticks": 1_020}, None),
    ({"mark_ht": 2_000, "price_ticks": 950}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return PriceCollar(config)
