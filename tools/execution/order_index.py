"""Where each order is found: by its ids, by the venue's ids, open or closed.

The indexes follow from the orders and prove it (`check`). Closed orders beyond a bound are
dropped, the oldest first; what they ended as is counted.
"""

from typing import Final

from tools.core.orders import OrderStatus
from tools.core.reports import ExecutionReport
from tools.core.snapshots import Snapshot, read_int, read_part, read_parts, read_texts
from tools.execution.order import Order, order_from

_NONE: Final[list[ExecutionReport]] = []


def _sent(order: Order) -> tuple[int, str]:
    return order.sent_ns, order.client_id


class OrderIndex:
    """Orders by client id, in the order in which they were added.

    Parameters
    ----------
    keep_closed
        How many closed orders stay; None keeps all.
    """

    def __init__(self, keep_closed: int | None) -> None:
        self._keep_closed: Final = keep_closed
        self.orders: dict[str, Order] = {}
        self.open: dict[str, Order] = {}
        self.closed: dict[str, Order] = {}
        self.reports: dict[str, ExecutionReport] = {}  # by execution id, of every order that is here
        self.left: dict[OrderStatus, int] = {}  # dropped orders, by what they ended as
        self._by_id: dict[str, Order] = {}  # by every id of an order and of its requests
        self._at_venue: dict[str, list[Order]] = {}  # by the venue's id: one, unless it gives it twice

    def get(self, client_id: str) -> Order | None:
        """Return an order by any of its ids: its own, or that of a cancel or replace."""
        return self._by_id.get(client_id)

    def at_venue(self, exchange_id: str, symbol: str = "") -> Order | None:
        """Return an order by the venue's id, which some venues give once for each symbol.

        Of several of one symbol, the one that was sent last; None if it is not said which.
        """
        found = self._at_venue.get(exchange_id)
        if found is None:
            return None
        if len(found) == 1:
            return found[0] if not symbol or found[0].symbol == symbol else None
        last: Order | None = None
        for order in found:
            if order.symbol == symbol and (last is None or _sent(order) > _sent(last)):
                last = order
        return last

    def find(self, report: ExecutionReport) -> Order | None:
        """Return the order that a report is about: by our ids, else by the venue's."""
        order = self._by_id.get(report.client_id)
        if order is None and report.orig_id:
            order = self._by_id.get(report.orig_id)
        if order is None and report.exchange_id:
            order = self.at_venue(report.exchange_id, report.symbol)
        return order

    def add(self, order: Order) -> None:
        """Take in an order under its own id."""
        self.orders[order.client_id] = order
        self.open[order.client_id] = order
        self._by_id[order.client_id] = order

    def add_request(self, request_id: str, order: Order) -> list[ExecutionReport]:
        """Take in the id of a request; returns as `file` does."""
        self._by_id[request_id] = order
        return self.file(order, order.closed)

    def follow(self, report: ExecutionReport, order: Order, closed: bool) -> list[ExecutionReport]:
        """Keep up with a report that was booked; returns as `file` does."""
        self.reports[report.exec_id] = report
        exchange_id = report.exchange_id
        if exchange_id:
            found = self._at_venue.get(exchange_id)
            if found is None or found[-1] is not order:
                self._note_venue_id(exchange_id, order)
        if report.client_id not in self._by_id and report.client_id in order.all_ids:
            self._by_id[report.client_id] = order
        if closed or order.client_id not in self.open:
            return self.file(order, closed)
        return _NONE

    def _note_venue_id(self, exchange_id: str, order: Order) -> None:
        found = self._at_venue.get(exchange_id)
        if found is None:
            self._at_venue[exchange_id] = [order]
        elif order not in found:
            found.append(order)

    def file(self, order: Order, closed: bool) -> list[ExecutionReport]:
        """Move an order between open and closed; return the reports of those that were dropped."""
        client_id = order.client_id
        if not closed:
            if client_id in self.closed:
                del self.closed[client_id]
                self._open_again(order)
            return _NONE
        if client_id in self.open:
            del self.open[client_id]
            self.closed[client_id] = order
        if self._keep_closed is None or len(self.closed) <= self._keep_closed:
            return _NONE
        gone: list[ExecutionReport] = []
        while len(self.closed) > self._keep_closed:
            order = self.closed.pop(next(iter(self.closed)))
            ended = order.closed_as
            assert ended is not None
            self.left[ended] = self.left.get(ended, 0) + 1
            gone += self._drop(order)
        return gone

    def _open_again(self, order: Order) -> None:
        """Put an order where it was: among the open ones, the oldest first."""
        was_open = self.open
        self.open = {}
        for client_id, each in self.orders.items():
            if each is order or client_id in was_open:
                self.open[client_id] = each

    def drop_open(self) -> None:
        """Forget the oldest open order."""
        self._drop(self.open.pop(next(iter(self.open))))

    def _drop(self, order: Order) -> list[ExecutionReport]:
        del self.orders[order.client_id]
        for known_as in order.all_ids:
            self._by_id.pop(known_as, None)
        gone = list(order.reports.values())
        for report in gone:
            del self.reports[report.exec_id]
            found = self._at_venue.get(report.exchange_id)
            if found is not None and order in found:
                found.remove(order)
                if not found:
                    del self._at_venue[report.exchange_id]
        return gone

    def lifecycle(self) -> dict[str, int]:
        """Return how many orders ended as what, or have not; those that were dropped included.

        An order is unanswered until the venue has said anything that shows it has it.
        """
        ended = dict(self.left)
        for order in self.closed.values():
            status = order.closed_as
            if status is not None:
                ended[status] = ended.get(status, 0) + 1
        unanswered = 0
        for order in self.open.values():
            if order.status is OrderStatus.PENDING_NEW:
                unanswered += 1
        filled = ended.get(OrderStatus.FILLED, 0)
        canceled = ended.get(OrderStatus.CANCELED, 0)
        done_for_day = ended.get(OrderStatus.DONE_FOR_DAY, 0)
        expired = ended.get(OrderStatus.EXPIRED, 0) + done_for_day
        resting = len(self.open) - unanswered
        return {
            "accepted": filled + canceled + expired + resting,
            "canceled": canceled,
            "done_for_day": done_for_day,
            "expired": expired,
            "filled": filled,
            "open": resting,
            "rejected": ended.get(OrderStatus.REJECTED, 0),
            "unanswered": unanswered,
        }

    def snapshot(self) -> Snapshot:
        """Return the orders, and which of them are closed, the oldest closed first."""
        left: Snapshot = {}
        for status, count in self.left.items():
            left[status.value] = count
        return {
            "closed": list(self.closed),
            "left": left,
            "orders": [order.snapshot() for order in self.orders.values()],
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned, in an index that is empty."""
        left = read_part(saved, "left")
        for name in left:
            self.left[OrderStatus(name)] = read_int(left, name)
        for part in read_parts(saved, "orders"):
            order = order_from(part)
            self.add(order)
            for known_as in order.all_ids:
                self._by_id[known_as] = order
            for report in order.reports.values():
                self.reports[report.exec_id] = report
                if report.exchange_id:
                    self._note_venue_id(report.exchange_id, order)
        for client_id in read_texts(saved, "closed"):
            self.closed[client_id] = self.open.pop(client_id)

    def check(self) -> None:
        """Assert that the indexes agree with the orders, and name nothing else."""
        assert len(self.open) + len(self.closed) == len(self.orders)
        names = 0
        reports = 0
        for client_id, order in self.orders.items():
            assert order.client_id == client_id
            assert (client_id in self.closed) == order.closed
            assert (client_id in self.open) != order.closed
            for known_as in order.all_ids:
                assert self._by_id[known_as] is order
                names += 1
            for exec_id, report in order.reports.items():
                assert self.reports[exec_id] is report
                reports += 1
                if report.exchange_id:
                    assert order in self._at_venue[report.exchange_id]
        assert (names, reports) == (len(self._by_id), len(self.reports))
        assert list(self.open) == [name for name in self.orders if name in self.open]
        for exchange_id, found in self._at_venue.items():
            assert found
            for order in found:
                assert self.orders[order.client_id] is order
                assert exchange_id in [report.exchange_id for report in order.reports.values()]
