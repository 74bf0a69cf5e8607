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
    def __init__(self, content: _Content, client_id: str, sent_ns: int) -> None:
        self.content: Final = content
        self.client_id: Final = client_id
        self.sent_ns: Final = sent_ns


class Duplicate(Control):
    """Refuses the second of two equal orders."""

    def __init__(self, config: Config) -> None:
        self._window_ns: Final = config.window_ns
        self._sent: list[_Sent] = []  # of the last window, oldest first
        self._alike: Final[dict[_Content, list[_Sent]]] = {}  # the same, by content

    def check(self, question: Question) -> Finding | None:
        """Refuse what was sent a moment ago and could still fill."""
        price_ticks = question.price_ticks
        if price_ticks is None or not self._sent:
            return None
        intent = question.intent
        alike = self._alike.get(
            (intent.symbol, intent.qty_lots, price_ticks, intent.side, intent.time_in_force)
        )
        if alike is None:
            return None
        found: _Sent | None = None  # an override may have let a younger one through, which is over
        for sent in alike:
            if sent.client_id in question.exposure.open:
                found = sent
        if found is None or question.now_ns - found.sent_ns >= self._window_ns:
            return None
        age_ns = question.now_ns - found.sent_ns
        return Reason.DUPLICATE_ORDER, (("same_order_age_ns", age_ns, self._window_ns),)

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return how long ago the youngest order left that is not over; None if there is none.

        The same order again is refused until that is the window.
        """
        age_ns: int | None = None
        for sent in self._sent:
            exposure = now.book.by_symbol.get(sent.content[0])
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
        self._remember(_Sent(content, client_id, now_ns))
        stale = 0
        for sent in self._sent:
            if now_ns - sent.sent_ns < self._window_ns:
                break
            stale += 1
            alike = self._alike[sent.content]
            del alike[0]
            if not alike:
                del self._alike[sent.content]
        del self._sent[:stale]
        return None

    def _remember(self, sent: _Sent) -> None:
        self._sent.append(sent)
        self._alike.setdefault(sent.content, []).append(sent)

    def snapshot(self) -> Snapshot:
        """Return what was sent a moment ago, oldest first."""
        out: list[object] = []
        for sent in self._sent:
            content = sent.content
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
        self._sent = []
        self._alike.clear()
        for part in read_parts(saved, "sent"):
            content = (
                read_text(part, "symbol"),
                read_int(part, "qty_lots"),
                read_int(part, "price_ticks"),
                read_text(part, "side"),
                read_text(part, "time_in_force"),
            )
            self._remember(_Sent(content, read_text(part, "client_id"), read_int(part, "sent_ns")))


_ORDER: Final = ("order", "a", "BUY", 1, 100)
EXAMPLES: Final[Examples] = (
    ({"before": (_ORDER,)}, "DUPLICATE_ORDER"),
    ({"before": (_ORDER, ("at", 499 * NS_PER_MS))}, "DUPLICATE_ORDER"),
    ({"before": (_ORDER, ("at", 500 * NS_PER_MS))}, None),
    ({"before": (_ORDER, ("closed", "a"))}, None),
    ({"before": (_ORDER, ("order", "b", "BUY", 1, 100), ("closed", "b"))}, "DUPLICATE_ORDER"),
    ({"before": (_ORDER,), "price_ticks": 101}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return Duplicate(config)
