"""Messages per window: new orders within their own budget, and never into the reserve of cancels.

Cancels are never refused; they have a larger budget of their own, and while it is used up no
new order leaves. Of all messages together the last `cancel_reserve` are for cancels alone. An
order that is refused here is dropped, not queued.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import ConfigError
from tools.core.snapshots import Snapshot, read_part
from tools.core.units import NS_PER_S
from tools.core.verdicts import Evidence
from tools.risk.approval import ApprovedOrder
from tools.risk.control import CANCELS, SENT, Control, Examples, Finding, Question
from tools.risk.exposure import Exposure
from tools.risk.holds import Trip
from tools.risk.standing import Standing
from tools.risk.windows import SumWindow


class Reason(StrEnum):
    """Why this control refuses."""

    ORDER_RATE = "ORDER_RATE"  # too many new orders within the window
    CANCEL_RATE = "CANCEL_RATE"  # too many cancels within the window
    MESSAGE_RESERVE = "MESSAGE_RESERVE"  # what is left of the window is kept for cancels


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    max_new, max_cancels, max_messages
        Greatest number of new orders, of cancels, and of both within the window.
    cancel_reserve
        How many of `max_messages` only cancels may use.
    window_ns
        The period of time.
    """

    max_new: int = 50
    max_cancels: int = 100
    max_messages: int = 120
    cancel_reserve: int = 40
    window_ns: int = NS_PER_S

    def __post_init__(self) -> None:
        if self.window_ns <= 0 or self.max_new < 0 or self.max_cancels < 0:
            raise ConfigError("control.message_rate: window_ns must be positive, no budget negative")
        if not 0 <= self.cancel_reserve <= self.max_messages:
            raise ConfigError("control.message_rate.cancel_reserve: must be within 0..max_messages")


class MessageRate(Control):
    """Refuses the order that would be one message too many."""

    def __init__(self, config: Config) -> None:
        self._config: Final = config
        self._new: Final = SumWindow(config.window_ns)
        self._cancels: Final = SumWindow(config.window_ns)

    def check(self, question: Question) -> Finding | None:
        """Refuse the message after the last that new orders may use."""
        config = self._config
        now_ns = question.now_ns
        new = self._new.total(now_ns)
        if new >= config.max_new:
            return Reason.ORDER_RATE, (("new_orders_count", new + 1, config.max_new),)
        cancels = self._cancels.total(now_ns)
        if cancels >= config.max_cancels:
            return Reason.CANCEL_RATE, (("cancels_count", cancels, config.max_cancels),)
        left = config.max_messages - config.cancel_reserve
        if new + cancels >= left:
            return Reason.MESSAGE_RESERVE, (("messages_count", new + cancels + 1, left),)
        return None

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return new orders, cancels, and both together, against what new orders may bring them to."""
        config = self._config
        new = self._new.total(now.now_ns)
        cancels = self._cancels.total(now.now_ns)
        return (
            ("new_orders_count", new, config.max_new),
            ("cancels_count", cancels, config.max_cancels),
            ("messages_count", new + cancels, config.max_messages - config.cancel_reserve),
        )

    def listens(self) -> tuple[str, ...]:
        """Return orders and cancels."""
        return (SENT, CANCELS)

    def on_sent(self, client_id: str, order: ApprovedOrder, exposure: Exposure, now_ns: int) -> Trip | None:
        """Count an order."""
        self._new.add(now_ns, 1)
        return None

    def on_cancel(self, client_id: str, symbol: str, now_ns: int) -> None:
        """Count a cancel."""
        self._cancels.add(now_ns, 1)

    def snapshot(self) -> Snapshot:
        """Return both windows."""
        return {"cancels": self._cancels.snapshot(), "new": self._new.snapshot()}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._cancels.restore(read_part(saved, "cancels"))
        self._new.restore(read_part(saved, "new"))


_ORDER: Final = ("order", "a", "BUY", 1, 100)
_CANCEL: Final = ("cancel", "a")
EXAMPLES: Final[Examples] = (
    ({"config": {"max_new": 1}, "before": (_ORDER,)}, "ORDER_RATE"),
    ({"config": {"max_cancels": 1}, "before": (_ORDER, _CANCEL)}, "CANCEL_RATE"),
    (
        {"config": {"max_messages": 4, "cancel_reserve": 2}, "before": (_ORDER, _CANCEL)},
        "MESSAGE_RESERVE",
    ),
    ({"config": {"max_new": 1}, "before": (_ORDER, ("at", 2 * NS_PER_S))}, None),
    ({"config": {"max_messages": 5, "cancel_reserve": 2}, "before": (_ORDER, _CANCEL)}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return MessageRate(config)
