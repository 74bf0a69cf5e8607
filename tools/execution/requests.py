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
        self.quiet = True  # nothing was ever asked
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
        self.quiet = False
        return made

    def announce(self, request: Request | None, replace: bool, time_ns: int) -> None:
        """The venue looks into it; `request` is None for one by the order's own id."""
        self.quiet = False
        if request is not None:
            request.pending = not request.answered
            return
        nameless = self._replace if replace else self._cancel
        nameless.announced_ns = max(nameless.announced_ns, time_ns)

    def answer(self, request: Request | None, time_ns: int, *, replace: bool, cancel: bool) -> None:
        """The venue has granted or refused it: a replace or a cancel, or it does not say which."""
        if request is not None:
            self._close(request, time_ns)
            return
        if replace:
            self._replace.answered_ns = max(self._replace.answered_ns, time_ns)
        if cancel:
            self._cancel.answered_ns = max(self._cancel.answered_ns, time_ns)

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

    def pending(self, replace: bool) -> bool:
        """Return True while the venue looks into a replace, or into a cancel."""
        nameless = self._replace if replace else self._cancel
        if nameless.announced_ns > nameless.answered_ns:
            return True
        return any(request.pending and request.replace is replace for request in self._by_id.values())

    def pending_status(self) -> OrderStatus | None:
        """Return the status of what is pending; None if nothing is."""
        if self.pending(False):
            return OrderStatus.PENDING_CANCEL
        return OrderStatus.PENDING_REPLACE if self.pending(True) else None

    @property
    def expected(self) -> bool:
        """True while an answer is expected that matters to an order that is filled."""
        return self.pending_status() is not None or bool(self.replaces_open())

    def replaces_open(self) -> list[Request]:
        """Return the replaces that are not answered: each may still come into force."""
        return [request for request in self._by_id.values() if request.replace and not request.answered]
