"""What was asked of an order: cancels and replaces, ours or somebody else's.

A request with an id of its own goes from sent to pending to answered and never back, so
that an answer that overtakes its announcement leaves nothing pending. One by the order's
own id, as P0.1's exchange has it, can be made again; whether it is pending follows from the
venue's times.
"""

from typing import Final

from tools.core.orders import OrderStatus
from tools.execution.life import NEVER_NS


class Request:
    """One cancel or replace with an id of its own.

    `qty_lots` and `price_ticks` are what a replace asks for, None for what it leaves; both
    are None for a cancel. `after` is how many reports the order had seen before it; None if
    the request was not ours, and became known by a report.
    """

    def __init__(
        self,
        request_id: str,
        number: int,
        replace: bool,
        qty_lots: int | None,
        price_ticks: int | None,
        after: int | None,
    ) -> None:
        self.request_id: Final = request_id
        self.number: Final = number
        self.replace: Final = replace
        self.qty_lots: Final = qty_lots
        self.price_ticks: Final = price_ticks
        self.after: Final = after
        self.pending = False
        self.answered = False
        self.answered_ns = NEVER_NS


class _Nameless:
    """Requests of one sort by the order's own id: when one was last announced, and last answered."""

    def __init__(self) -> None:
        self.announced_ns = NEVER_NS
        self.answered_ns = NEVER_NS


class Requests:
    """The requests about one order, by id, in the order in which they became known."""

    def __init__(self) -> None:
        self._by_id: dict[str, Request] = {}
        # Read with every report, and so settled with every change (`_settle`).
        self.quiet = True  # nothing is pending or may come into force
        self.pending_status: OrderStatus | None = None  # of what the venue looks into
        self.replaces_open: list[Request] = []  # those not answered: each may still come into force
        self._cancel: Final = _Nameless()
        self._replace: Final = _Nameless()

    def get(self, request_id: str) -> Request | None:
        """Return a request by its id."""
        return self._by_id.get(request_id)

    def all(self) -> list[Request]:
        """Return every request."""
        return list(self._by_id.values())

    def add(
        self, request_id: str, replace: bool, qty_lots: int | None, price_ticks: int | None, after: int | None
    ) -> Request:
        """Take note of a request."""
        made = Request(request_id, len(self._by_id) + 1, replace, qty_lots, price_ticks, after)
        self._by_id[request_id] = made
        self._settle()
        return made

    def announce(self, request: Request | None, replace: bool, time_ns: int) -> None:
        """The venue looks into it; `request` is None for one by the order's own id."""
        if request is not None:
            request.pending = not request.answered
        else:
            nameless = self._replace if replace else self._cancel
            nameless.announced_ns = max(nameless.announced_ns, time_ns)
        self._settle()

    def answer(self, request: Request | None, time_ns: int, *, replace: bool, cancel: bool) -> None:
        """The venue has granted or refused it: a replace or a cancel, or it does not say which."""
        if request is not None:
            self._close(request, time_ns)
        else:
            if replace:
                self._replace.answered_ns = max(self._replace.answered_ns, time_ns)
            if cancel:
                self._cancel.answered_ns = max(self._cancel.answered_ns, time_ns)
        self._settle()

    def answer_all(self, time_ns: int) -> None:
        """The venue's last word on the order answers whatever was asked."""
        for request in self._by_id.values():
            self._close(request, time_ns)
        self.answer(None, time_ns, replace=True, cancel=True)

    def _close(self, request: Request, time_ns: int) -> None:
        request.answered = True
        request.answered_ns = max(request.answered_ns, time_ns)
        request.pending = False

    def awaited(self, request: Request | None, announced_ns: int) -> bool:
        """Return True if a replace that was announced then has not been answered since."""
        if request is not None:
            return not request.answered
        return announced_ns > self._replace.answered_ns

    def _settle(self) -> None:
        cancel = self._cancel.announced_ns > self._cancel.answered_ns
        replace = self._replace.announced_ns > self._replace.answered_ns
        replaces_open: list[Request] = []
        for request in self._by_id.values():
            if request.replace:
                replace = replace or request.pending
                if not request.answered:
                    replaces_open.append(request)
            else:
                cancel = cancel or request.pending
        self.replaces_open = replaces_open
        if cancel:
            self.pending_status = OrderStatus.PENDING_CANCEL
        else:
            self.pending_status = OrderStatus.PENDING_REPLACE if replace else None
        self.quiet = self.pending_status is None and not replaces_open
