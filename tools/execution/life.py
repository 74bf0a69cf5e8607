"""What the venue has said about an order besides executions, terms and requests: its flags.

A flag that can be lifted again (done for the day, calculated, suspended) is kept as the
venue's time at which it was last set, beside the time of what lifts it, so that it does not
matter which of the two arrives first.
"""

from typing import Final

from tools.core.orders import OrderStatus, TimeInForce
from tools.core.reports import ReportKind

NEVER_NS: Final = -(1 << 63)

# Looked up once.
_ACCEPTED: Final = ReportKind.ACCEPTED


class Life:
    """The flags of one order."""

    def __init__(self, time_in_force: TimeInForce) -> None:
        self._day: Final = time_in_force is TimeInForce.DAY
        self.accepted = False
        self.rejected = False
        self.canceled = False
        self.expired = False
        self.stopped = False
        self.unresolved = False
        self.marked = False  # done for the day, calculated, stopped or suspended, now or ever
        self._done_ns = NEVER_NS
        self._calculated_ns = NEVER_NS
        self._suspended_ns = NEVER_NS
        self._renewed_ns = NEVER_NS  # restated or replaced
        self._resumed_ns = NEVER_NS  # accepted or triggered
        self._traded_ns = NEVER_NS

    @property
    def done_for_day(self) -> bool:
        """True while the day that the venue closed has not been followed by another.

        A renewal begins another day; so does a trade, unless the order was for the day.
        """
        if self._done_ns == NEVER_NS or self._done_ns < self._renewed_ns:
            return False
        return self._day or self._done_ns >= self._traded_ns

    @property
    def calculated(self) -> bool:
        """True while the venue has closed the order's account and not renewed the order."""
        return self._calculated_ns > self._renewed_ns

    @property
    def suspended(self) -> bool:
        """True while the order cannot fill."""
        return self._suspended_ns > self._renewed_ns and self._suspended_ns > self._resumed_ns

    @property
    def working(self) -> bool:
        """True once the venue has acknowledged the order, unless it has suspended it."""
        return self.accepted and not (self.marked and self.suspended)

    def ended(self, cum_lots: int) -> bool:
        """Return True once the venue has said that nothing more fills.

        A rejection of an order that fills all the same was none.
        """
        if self.canceled or self.expired:
            return True
        if self.rejected and cum_lots == 0:
            return True
        return self._day and self.marked and self.done_for_day

    def marked_status(self, outcome: OrderStatus) -> OrderStatus:
        """Return the status of an order that goes on, by the marks that outrank its outcome."""
        if outcome is OrderStatus.DONE_FOR_DAY:
            return outcome
        if self.calculated:
            return OrderStatus.CALCULATED
        if outcome is OrderStatus.FILLED:
            return outcome
        if self.stopped:
            return OrderStatus.STOPPED
        return OrderStatus.SUSPENDED if self.suspended else outcome

    def traded(self, time_ns: int) -> None:
        """Note an execution."""
        if time_ns > self._traded_ns:
            self._traded_ns = time_ns

    def take(self, kind: ReportKind, time_ns: int) -> bool:
        """Set the flag that a report stands for; return True if it is the venue's last word."""
        if kind is _ACCEPTED:
            self.accepted = True
            if time_ns > self._resumed_ns:
                self._resumed_ns = time_ns
        elif kind is ReportKind.TRIGGERED:
            self._resumed_ns = max(self._resumed_ns, time_ns)
        elif kind is ReportKind.REPLACED:
            self.accepted = True
            self._renewed_ns = max(self._renewed_ns, time_ns)
        elif kind is ReportKind.RESTATED or kind is ReportKind.REDENOMINATED:
            self._renewed_ns = max(self._renewed_ns, time_ns)
        elif kind is ReportKind.SUSPENDED:
            self._suspended_ns = max(self._suspended_ns, time_ns)
            self.marked = True
        elif kind is ReportKind.CALCULATED:
            self._calculated_ns = max(self._calculated_ns, time_ns)
            self.marked = True
        elif kind is ReportKind.STOPPED:
            self.stopped = True
            self.marked = True
        elif kind is ReportKind.DONE_FOR_DAY:
            self._done_ns = max(self._done_ns, time_ns)
            self.marked = True
            return self._day
        elif kind is ReportKind.REJECTED:
            self.rejected = True
            return True
        elif kind is ReportKind.CANCELED:
            self.canceled = True
            return True
        elif kind is ReportKind.EXPIRED:
            self.expired = True
            return True
        return False
