"""How many orders may be open: on one side of an instrument, in an instrument, in all of them.

An order counts from the moment it is sent until the venue has said that it is over.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import ConfigError
from tools.core.events import Side
from tools.core.verdicts import Evidence
from tools.risk.control import Control, Examples, Finding, Question
from tools.risk.standing import Standing

# Looked up once: every check asks.
_BUY: Final = Side.BUY


class Reason(StrEnum):
    """Why this control refuses."""

    OPEN_ORDERS_SIDE = "OPEN_ORDERS_SIDE"  # too many on this side of the instrument
    OPEN_ORDERS_SYMBOL = "OPEN_ORDERS_SYMBOL"  # too many in the instrument
    OPEN_ORDERS_ACCOUNT = "OPEN_ORDERS_ACCOUNT"  # too many in all instruments


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    max_side, max_symbol, max_account
        Greatest number of open orders, the new one included.
    """

    max_side: int = 10
    max_symbol: int = 20
    max_account: int = 100

    def __post_init__(self) -> None:
        if self.max_side < 0 or self.max_symbol < 0 or self.max_account < 0:
            raise ConfigError("control.open_orders: no limit may be negative")


class OpenOrders(Control):
    """Refuses the order that would be one too many."""

    def __init__(self, config: Config) -> None:
        self._side: Final = config.max_side
        self._symbol: Final = config.max_symbol
        self._account: Final = config.max_account

    def check(self, question: Question) -> Finding | None:
        """Refuse the order after the last that may be open."""
        exposure = question.exposure
        side = exposure.open_buys if question.intent.side is _BUY else exposure.open_sells
        if side >= self._side:
            return Reason.OPEN_ORDERS_SIDE, (("open_orders_count", side + 1, self._side),)
        symbol = len(exposure.open)
        if symbol >= self._symbol:
            return Reason.OPEN_ORDERS_SYMBOL, (("open_orders_count", symbol + 1, self._symbol),)
        account = question.book.open_count()
        if account >= self._account:
            return Reason.OPEN_ORDERS_ACCOUNT, (("open_orders_count", account + 1, self._account),)
        return None

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return the fullest side, the fullest instrument, and all."""
        side = 0
        symbol = 0
        for exposure in now.book.by_symbol.values():
            side = max(side, exposure.open_buys, exposure.open_sells)
            symbol = max(symbol, len(exposure.open))
        return (
            ("open_orders_side_count", side, self._side),
            ("open_orders_symbol_count", symbol, self._symbol),
            ("open_orders_account_count", now.book.open_count(), self._account),
        )


EXAMPLES: Final[Examples] = (
    (
        {"config": {"max_side": 1}, "before": (("order", "a", "BUY", 1, 100),), "price_ticks": 99},
        "OPEN_ORDERS_SIDE",
    ),
    ({"config": {"max_symbol": 1}, "before": (("order", "a", "SELL", 1, 105),)}, "OPEN_ORDERS_SYMBOL"),
    ({"config": {"max_account": 0}}, "OPEN_ORDERS_ACCOUNT"),
    ({"config": {"max_side": 1}, "before": (("order", "a", "SELL", 1, 105),)}, None),
    (
        {"config": {"max_side": 1}, "before": (("order", "a", "BUY", 1, 100), ("closed", "a"))},
        None,
    ),
)


def build(config: Config) -> Control:
    """Return the control."""
    return OpenOrders(config)
