"""The same order twice within a moment, while the first is not over, is a mistake.

Same means symbol, side, price, quantity and time in force. Client ids are never used twice: the
order store gives them out.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import ConfigError
from tools.core.snapshots import Snapshot, read_int, read_parts, read_text
from tools.core.units import NS_PER_MS
from tools.core.verdicts import Evidence
from tools.risk.approval import ApprovedOrder
from tools.risk.control import SENT, Control, Examples, Finding, Question
from tools.risk.exposure import Exposure
from tools.risk.holds import Trip
from tools.risk.standing import Standing


class Reason(StrEnum):
    """Why this control refuses."""

    DUPLICATE_ORDER = "DUPLICATE_ORDER"  # the same order was sent a moment ago and is not over


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    window_ns
        How long an order keeps the same one from leaving.
    """

    window_ns: int = 500 * NS_PER_MS

    def __post_init__(self) -> None:
        if self.window_ns < 0:
            raise ConfigError("control.duplicate.window_ns: must not be negative")


_Content = tuple[str, int, int, str, str]  # symbol, quantity, price, side, time in force


class _Sent:
    def __init__(self, client_id: str, sent_ns: int) -> None:
        self.client_id: Final = client_id
        self.sent_ns: Final = sent_ns


class Duplicate(Control):
    """Refuses the second of two equal orders."""

    def __init__(self, config: Config) -> None:
        self._window_ns: Final = config.window_ns
        self._sent: Final[dict[_Content, _Sent]] = {}  # the last order with each content, oldest first

    def check(self, question: Question) -> Finding | None:
        """Refuse what was sent a moment ago and could still fill."""
        price_ticks = question.price_ticks
        if price_ticks is None or not self._sent:
            return None
        intent = question.intent
        sent = self._sent.get(
            (intent.symbol, intent.qty_lots, price_ticks, intent.side, intent.time_in_force)
        )
        if sent is None or sent.client_id not in question.exposure.open:
            return None
        age_ns = question.now_ns - sent.sent_ns
        if age_ns >= self._window_ns:
            return None
        return Reason.DUPLICATE_ORDER, (("same_order_age_ns", age_ns, self._window_ns),)

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return how long ago the youngest order left that is not over; None if there is none.

        The same order again is refused until that is the window.
        """
        age_ns: int | None = None
        for content, sent in self._sent.items():
            exposure = now.book.by_symbol.get(content[0])
            if exposure is not None and sent.client_id in exposure.open:
                age_ns = now.now_ns - sent.sent_ns  # the youngest comes last
        return (("least_same_order_age_ns", age_ns, self._window_ns),)

    def quiet_limits(self) -> tuple[str, ...]:
        """Return its age: every order that has just left is that young."""
        return ("least_same_order_age_ns",)

    def listens(self) -> tuple[str, ...]:
        """Return orders."""
        return (SENT,)

    def overridable(self) -> bool:
        """Return True: two equal orders may be meant."""
        return True

    def on_sent(self, client_id: str, order: ApprovedOrder, exposure: Exposure, now_ns: int) -> Trip | None:
        """Remember an order, and forget what is too old to matter."""
        intent = order.intent
        content = (
            intent.symbol,
            intent.qty_lots,
            order.price_ticks,
            intent.side.value,
            intent.time_in_force.value,
        )
        self._sent.pop(content, None)  # so that it becomes the newest
        self._sent[content] = _Sent(client_id, now_ns)
        for old, sent in list(self._sent.items()):
            if now_ns - sent.sent_ns < self._window_ns:
                break
            del self._sent[old]
        return None

    def snapshot(self) -> Snapshot:
        """Return what was sent a moment ago, oldest first."""
        out: list[object] = []
        for content, sent in self._sent.items():
            out.append(
                {
                    "client_id": sent.client_id,
                    "price_ticks": content[2],
                    "qty_lots": content[1],
                    "sent_ns": sent.sent_ns,
                    "side": content[3],
                    "symbol": content[0],
                    "time_in_force": content[4],
                }
            )
        return {"sent": out}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._sent.clear()
        for part in read_parts(saved, "sent"):
            content = (
                read_text(part, "symbol"),
                read_int(part, "qty_lots"),
                read_int(part, "price_ticks"),
                read_text(part, "side"),
                read_text(part, "time_in_force"),
            )
            self._sent[content] = _Sent(read_text(part, "client_id"), read_int(part, "sent_ns"))


_ORDER: Final = ("order", "a", "BUY", 1, 100)
EXAMPLES: Final[Examples] = (
    ({"before": (_ORDER,)}, "DUPLICATE_ORDER"),
    ({"before": (_ORDER, ("at", 499 * NS_PER_MS))}, "DUPLICATE_ORDER"),
    ({"before": (_ORDER, ("at", 500 * NS_PER_MS))}, None),
    ({"before": (_ORDER, ("closed", "a"))}, None),
    ({"before": (_ORDER,), "price_ticks": 101}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return Duplicate(config)
