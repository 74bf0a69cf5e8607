"""Cancels under way: sent once, sent again when lost or refused too early, never in a storm."""

from typing import Final

from tools.core.orders import QUARANTINED, ChangeAlert, OrderChange
from tools.core.reports import ExecutionReport, ReportKind
from tools.core.units import NS_PER_S

# A cancel that nobody has answered for this long may have been lost.
AGAIN_AFTER_NS: Final = 5 * NS_PER_S


class Cancels:
    """Remembers, by client id, when a cancel was sent and whether it was refused."""

    def __init__(self) -> None:
        self._sent_ns: dict[str, int] = {}
        self._refused: dict[str, int] = {}  # when the cancel that was refused had been sent

    def send(self, client_id: str, now_ns: int) -> bool:
        """Return True, and note it, if a cancel should leave now; False if one is under way."""
        if client_id in self._sent_ns and not self.overdue(client_id, now_ns):
            return False
        self._sent_ns[client_id] = now_ns
        return True

    def overdue(self, client_id: str, now_ns: int) -> bool:
        """Return True if a cancel was sent so long ago that it may have been lost."""
        sent_ns = self._sent_ns.get(client_id)
        return sent_ns is not None and now_ns - sent_ns >= AGAIN_AFTER_NS

    def failed(self, client_id: str, now_ns: int) -> None:
        """Note that a cancel could not be sent at all: it is due again in a second."""
        self._sent_ns[client_id] = now_ns - AGAIN_AFTER_NS + NS_PER_S

    def refused(self, client_id: str, now_ns: int) -> bool:
        """Return True if a cancel was refused a moment ago and nothing was said about the order since.

        Not for ever: a refusal may overtake the acknowledgement of the order that the venue did
        not know yet, and then nothing more is said of an order that rests.
        """
        sent_ns = self._refused.get(client_id)
        return sent_ns is not None and now_ns - sent_ns < AGAIN_AFTER_NS

    def forget_refusals(self) -> None:
        """Let what was refused be asked for again."""
        self._refused.clear()

    def follow(self, report: ExecutionReport, change: OrderChange) -> bool:
        """Note a report and its order's change; return True if it refused a cancel of ours.

        The order is the one that the change names: the report may name a request. Nothing is
        remembered of an order that is closed, and nothing is learnt from a report that was
        not applied or has been told before.

        Whatever else is told about an order makes a refused cancel worth repeating: a venue
        that did not know the order yet may know it now.
        """
        if change.alert is ChangeAlert.DUPLICATE or change.alert in QUARANTINED:
            return False
        client_id = change.client_id
        if report.kind is ReportKind.CANCEL_REJECTED:
            sent_ns = self._sent_ns.pop(client_id, None)
            if change.closed:
                self._refused.pop(client_id, None)
            elif sent_ns is not None:
                self._refused[client_id] = sent_ns
            return sent_ns is not None
        self._refused.pop(client_id, None)
        if change.closed or report.kind is ReportKind.CANCELED:
            self._sent_ns.pop(client_id, None)
        return False
