"""A request that nobody answers leaves its order's fate unknown: no new risk in the instrument.

An order that was sent, or a cancel, counts until the venue says anything new about the order. After
`max_age_ns` it is an alert, once, the books are to be compared with the venue's, and the venue is asked
about the order, where it can be asked. Nothing is concluded from silence: the order stays what it
was, and what could still fill of it counts. A person who has looked into it can end the waiting.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import ConfigError
from tools.core.orders import QUARANTINED, ChangeAlert, OrderChange
from tools.core.reports import Liquidity
from tools.core.snapshots import Snapshot, read_bool, read_int, read_part, read_text
from tools.core.units import NS_PER_S
from tools.core.verdicts import Evidence
from tools.risk.approval import ApprovedOrder
from tools.risk.control import CANCELS, CHANGES, SENT, Control, Examples, Finding, Question
from tools.risk.exposure import Exposure
from tools.risk.holds import Trip
from tools.risk.standing import Standing


class Reason(StrEnum):
    """Why this control refuses."""

    UNANSWERED_REQUEST = "UNANSWERED_REQUEST"  # the venue has not answered a request in this instrument


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    max_age_ns
        How long an answer may take.
    ask_every_ns
        From then on, time from one question to the venue about the order to the next.
    ask_times
        How often the venue is asked; then it takes a person.
    """

    max_age_ns: int = 5 * NS_PER_S
    ask_every_ns: int = 2 * NS_PER_S
    ask_times: int = 5

    def __post_init__(self) -> None:
        if self.max_age_ns <= 0 or self.ask_every_ns <= 0 or self.ask_times < 0:
            raise ConfigError("control.in_flight: the times must be positive, ask_times not negative")


class _Request:
    def __init__(self, symbol: str, since_ns: int) -> None:
        self.symbol: Final = symbol
        self.since_ns: Final = since_ns
        self.told = False
        self.asked = 0  # how often the venue was asked
        self.asked_ns = 0  # and when last


class InFlight(Control):
    """Refuses new risk in an instrument in which a request is too old; what reduces passes."""

    def __init__(self, config: Config) -> None:
        self._config: Final = config
        self._max_age_ns: Final = config.max_age_ns
        self._requests: Final[dict[str, _Request]] = {}  # by client id, oldest first

    def check(self, question: Question) -> Finding | None:
        """Refuse while a request in the instrument is too old."""
        if question.reducing or not self._requests:
            return None
        for request in self._requests.values():
            age_ns = question.now_ns - request.since_ns
            if age_ns <= self._max_age_ns:
                return None  # all that follow are younger
            if request.symbol == question.intent.symbol:
                return Reason.UNANSWERED_REQUEST, (("request_age_ns", age_ns, self._max_age_ns),)
        return None

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return the age of the oldest request."""
        for request in self._requests.values():
            return (("request_age_ns", now.now_ns - request.since_ns, self._max_age_ns),)
        return (("request_age_ns", 0, self._max_age_ns),)

    def listens(self) -> tuple[str, ...]:
        """Return orders, cancels and what becomes of them."""
        return (SENT, CANCELS, CHANGES)

    def on_sent(self, client_id: str, order: ApprovedOrder, exposure: Exposure, now_ns: int) -> Trip | None:
        """Wait for an answer."""
        self._requests[client_id] = _Request(order.intent.symbol, now_ns)
        return None

    def on_cancel(self, client_id: str, symbol: str, now_ns: int) -> None:
        """Wait for an answer, from the first of several cancels on."""
        if client_id not in self._requests:
            self._requests[client_id] = _Request(symbol, now_ns)

    def on_change(
        self, change: OrderChange, liquidity: Liquidity, exposure: Exposure, now_ns: int
    ) -> Trip | None:
        """Take any report about the order for an answer, but for repeated and unbelievable ones."""
        if change.alert is not ChangeAlert.DUPLICATE and change.alert not in QUARANTINED:
            self._requests.pop(change.client_id, None)
        return None

    def overdue(self, now_ns: int) -> tuple[tuple[str, str, int], ...]:
        """Return the requests that came of age since the last call."""
        out: list[tuple[str, str, int]] = []
        for client_id, request in self._requests.items():
            if now_ns - request.since_ns <= self._max_age_ns:
                break
            if not request.told:
                request.told = True
                out.append((client_id, request.symbol, request.since_ns))
        return tuple(out)

    def to_ask(self, now_ns: int) -> tuple[str, ...]:
        """Return the orders of which the venue should be asked, and count that it is."""
        out: list[str] = []
        for client_id, request in self._requests.items():
            if now_ns - request.since_ns <= self._max_age_ns:
                break
            due_ns = request.asked_ns + self._config.ask_every_ns if request.asked else now_ns
            if request.asked < self._config.ask_times and now_ns >= due_ns:
                request.asked += 1
                request.asked_ns = now_ns
                out.append(client_id)
        return tuple(out)

    def resolve(self, client_id: str) -> bool:
        """Wait no longer for an answer: a person has looked into it."""
        return self._requests.pop(client_id, None) is not None

    def snapshot(self) -> Snapshot:
        """Return the requests."""
        out: Snapshot = {}
        for client_id, request in self._requests.items():
            out[client_id] = {
                "asked": request.asked,
                "asked_ns": request.asked_ns,
                "since_ns": request.since_ns,
                "symbol": request.symbol,
                "told": request.told,
            }
        return out

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._requests.clear()
        found: list[tuple[int, str]] = []
        for client_id in saved:
            found.append((read_int(read_part(saved, client_id), "since_ns"), client_id))
        for since_ns, client_id in sorted(found):
            part = read_part(saved, client_id)
            request = _Request(read_text(part, "symbol"), since_ns)
            request.told = read_bool(part, "told")
            request.asked = read_int(part, "asked")
            request.asked_ns = read_int(part, "asked_ns")
            self._requests[client_id] = request


_ORDER: Final = ("order", "a", "BUY", 1, 100)
EXAMPLES: Final[Examples] = (
    ({"before": (_ORDER, ("at", 5 * NS_PER_S + 1))}, "UNANSWERED_REQUEST"),
    (
        {"before": (_ORDER, ("accepted", "a"), ("cancel", "a"), ("at", 5 * NS_PER_S + 1))},
        "UNANSWERED_REQUEST",
    ),
    ({"before": (_ORDER, ("accepted", "a"), ("at", 5 * NS_PER_S + 1))}, None),
    ({"before": (_ORDER, ("at", 5 * NS_PER_S))}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return InFlight(config)
