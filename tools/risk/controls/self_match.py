"""Our own orders do not trade with each other.

An order that would cross an own resting one is dealt with by `mode`:

``refuse``
    the new order is refused;
``cancel_resting``
    the resting orders are cancelled first, and the new one follows behind the cancels;
``cancel_both``
    the new order is refused and the resting ones are cancelled.

An order of which nobody knows the price is taken to cross.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import ConfigError
from tools.core.events import Side
from tools.core.verdicts import Evidence
from tools.risk.control import WITHDRAWS, Control, Examples, Finding, Question
from tools.risk.exposure import Exposure
from tools.risk.standing import Standing

# Looked up once: every check asks.
_BUY: Final = Side.BUY

_MODES: Final = ("refuse", "cancel_resting", "cancel_both")


class Reason(StrEnum):
    """Why this control refuses."""

    SELF_MATCH = "SELF_MATCH"  # it would trade with an own resting order


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    mode
        ``refuse``, ``cancel_resting`` or ``cancel_both``.
    """

    mode: str = "refuse"

    def __post_init__(self) -> None:
        if self.mode not in _MODES:
            raise ConfigError(f"control.self_match.mode: must be one of {', '.join(_MODES)}")


class SelfMatch(Control):
    """Keeps an order from meeting an own one."""

    def __init__(self, config: Config) -> None:
        self._refuse: Final = config.mode != "cancel_resting"
        self._cancel: Final = config.mode != "refuse"

    def check(self, question: Question) -> Finding | None:
        """Refuse an order that crosses an own one, in the modes that refuse."""
        if not self._refuse:
            return None
        price_ticks = question.price_ticks
        if price_ticks is not None:
            buy_ticks, sell_ticks = question.exposure.nearest_ticks()
            if price_ticks < sell_ticks if question.intent.side is _BUY else price_ticks > buy_ticks:
                return None
        own = self._crossed(question)
        if not own:
            return None
        resting = question.exposure.open[own[0]]
        return Reason.SELF_MATCH, (("price_ticks", question.price_ticks, resting.price_ticks),)

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return how many own open orders could trade with another; none may, however they came about."""
        count = 0
        for exposure in now.book.by_symbol.values():
            if exposure.open_buys and exposure.open_sells:
                count += _crossing(exposure)
        return (("crossing_orders_count", count, 0),)

    def listens(self) -> tuple[str, ...]:
        """Return that it may want own orders to be cancelled."""
        return (WITHDRAWS,)

    def cancels_wanted(self, question: Question) -> tuple[str, ...]:
        """Return the own orders that it would meet, in the modes that cancel them."""
        return tuple(self._crossed(question)) if self._cancel else ()

    def _crossed(self, question: Question) -> list[str]:
        exposure = question.exposure
        side = question.intent.side
        buying = side is _BUY
        if not (exposure.open_sells if buying else exposure.open_buys):
            return []
        price_ticks = question.price_ticks
        out: list[str] = []
        for client_id, live in exposure.open.items():
            if live.side is side:
                continue
            if price_ticks is None or live.price_ticks <= 0:
                out.append(client_id)
            elif price_ticks >= live.price_ticks if buying else price_ticks <= live.price_ticks:
                out.append(client_id)
        return out


def _crossing(exposure: Exposure) -> int:
    """Return how many open orders could trade with one of the other side; one of unknown price with any."""
    buy_ticks, sell_ticks = exposure.nearest_ticks()
    count = 0
    for live in exposure.open.values():
        price_ticks = live.price_ticks
        if price_ticks <= 0 or (price_ticks >= sell_ticks if live.side is _BUY else price_ticks <= buy_ticks):
            count += 1
    return count


EXAMPLES: Final[Examples] = (
    ({"before": (("order", "a", "SELL", 1, 100),), "price_ticks": 100}, "SELF_MATCH"),
    (
        {"before": (("order", "a", "BUY", 1, 100),), "price_ticks": 99, "side": "SELL"},
        "SELF_MATCH",
    ),
    (
        {
            "config": {"mode": "cancel_both"},
            "before": (("order", "a", "SELL", 1, 100),),
            "price_ticks": 101,
        },
        "SELF_MATCH",
    ),
    (
        {
            "config": {"mode": "cancel_resting"},
            "before": (("order", "a", "SELL", 1, 100),),
            "price_ticks": 101,
        },
        None,
    ),
    ({"before": (("order", "a", "SELL", 1, 100),), "price_ticks": 99}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return SelfMatch(config)
