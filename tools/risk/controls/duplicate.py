"""The same order twice within a moment, while the first is not over, is a mistake.

Same means symbol, side, price, quantity and time in force. Client ids are never used twice: the
order store gives them out.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import ConfigError
from tools.core.orders import Intent
from tools.core.snapshots import Snapshot, read_int
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


def _content(intent: Intent, price_ticks: int) -> str:
    return f"{intent.symbol} {intent.side.value} {intent.qty_lots} {price_ticks} {intent.time_in_force.value}"


class Duplicate(Control):
    """Refuses the second of two equal orders."""

    def __init__(self, config: Config) -> None:
        self._window_ns: Final = config.window_ns
        self._sent_ns: Final[dict[str, int]] = {}  # content -> when, oldest first
        self._client_id: Final[dict[str, str]] = {}  # content -> the order that had it last

    def check(self, question: Question) -> Finding | None:
        """Refuse what was sent a moment ago and could still fill."""
        if question.price_ticks is None or not self._sent_ns:
            return None
        content = _content(question.intent, question.price_ticks)
        sent_ns = self._sent_ns.get(content)
        if sent_ns is None or question.now_ns - sent_ns >= self._window_ns:
            return None
        if self._client_id[content] not in question.exposure.open:
            return None
        age_ns = question.now_ns - sent_ns
        return Reason.DUPLICATE_ORDER, (("same_order_age_ns", age_ns, self._window_ns),)

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return how long ago the youngest order left that is not over; None if there is none.

        The same order again is refused until that is the window.
        """
        age_ns: int | None = None
        for content, sent_ns in self._sent_ns.items():
            exposure = now.book.by_symbol.get(content.partition(" ")[0])
            if exposure is not None and self._client_id[content] in exposure.open:
                age_ns = now.now_ns - sent_ns  # the youngest comes last
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
        content = _content(order.intent, order.price_ticks)
        self._sent_ns.pop(content, None)  # so that it becomes the newest
        self._sent_ns[content] = now_ns
        self._client_id[content] = client_id
        for old in list(self._sent_ns):
            if now_ns - self._sent_ns[old] < self._window_ns:
                break
            del self._sent_ns[old]
            del self._client_id[old]
        return None

    def snapshot(self) -> Snapshot:
        """Return what was sent a moment ago."""
        return {"client_id": dict(self._client_id), "sent_ns": dict(self._sent_ns)}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._sent_ns.clear()
        self._client_id.clear()
        sent, ids = saved["sent_ns"], saved["client_id"]
        if isinstance(sent, dict) and isinstance(ids, dict):
            # The oldest first, whatever order the keys came back in.
            for content in sorted(sent, key=lambda name: (read_int(sent, name), name)):
                self._sent_ns[content] = read_int(sent, content)
                self._client_id[content] = str(ids[content])


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
