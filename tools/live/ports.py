"""The public Protocols: what an exchange, a clock and a quoter must be able to do.

This module stays uncompiled, so that classes outside the project may inherit from them.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Protocol, runtime_checkable

from tools.core.entry import NewOrder
from tools.core.orders import OpenOrder, OrderChange
from tools.core.reports import ExecutionReport
from tools.core.units import Amount
from tools.risk import ApprovedOrder


class IExchangeClient(Protocol):
    """An exchange, real or simulated.

    A request returns at once and proves nothing beyond "sent": acknowledgement, rejection,
    fill, cancel, refusal of a cancel and expiry arrive as reports, in order. Nothing that
    a venue answers raises; a request that no venue could understand raises `UsageError`.
    """

    def place_limit(
        self,
        client_order_id: str,
        symbol: str,
        side: str,
        qty: Amount,
        price: Amount,
        time_in_force: str = "GTC",
    ) -> None:
        """Send a limit order; `qty` and `price` are in units of the instrument."""
        ...

    def cancel(self, client_order_id: str) -> None:
        """Ask to cancel an order by *our* id."""
        ...

    def get_open_orders(self, symbol: str | None = None) -> list[OpenOrder]:
        """Return the orders that rest at the venue now, oldest first."""
        ...

    def get_positions(self) -> dict[str, Decimal]:
        """Return the venue's positions in units of the instrument, by symbol."""
        ...

    def stream_fills(self) -> Iterator[ExecutionReport]:
        """Yield the fills among the waiting reports; the others keep waiting for `reports`."""
        ...

    def advance(self, now_ns: int) -> None:
        """Let event time pass; it never goes back. Nothing sleeps."""
        ...

    def reports(self) -> list[ExecutionReport]:
        """Return the reports that have arrived since the last call, in order."""
        ...


class OrderEntry(Protocol):
    """What an exchange offers beyond `IExchangeClient`: every type of order, and amendments.

    Answers are reports, here too: what the venue does not take is rejected with a reason.
    `UsageError` is for what no venue could read: an id in use, a figure that is not positive.
    """

    def submit_order(self, order: NewOrder) -> None:
        """Send an order."""
        ...

    def amend_order(
        self, client_order_id: str, qty_lots: int | None = None, price_ticks: int | None = None
    ) -> None:
        """Ask for another total quantity, limit price, or both."""
        ...


class OrderListener(Protocol):
    """Follows what is sent and what is reported: positions, execution quality."""

    def on_sent(self, client_id: str, order: ApprovedOrder, time_ns: int) -> None:
        """Note an order that leaves now."""
        ...

    def on_cancel(self, client_id: str, symbol: str, time_ns: int) -> None:
        """Note a cancel that leaves now; the symbol is empty if the order is not known."""
        ...

    def on_report(self, report: ExecutionReport, change: OrderChange) -> None:
        """Note a report and what it did to its order."""
        ...


@runtime_checkable
class Simulated(Protocol):
    """What a simulated exchange can do besides: start afresh, and say when it will answer."""

    @property
    def seed(self) -> int:
        """The seed of its chance."""
        ...

    def reset(self) -> None:
        """Return to the state after construction, chance included."""
        ...

    def next_due_ns(self) -> int | None:
        """Return when the next answer is due, or None if nothing is under way."""
        ...


class Clock(Protocol):
    """Where a runner takes the present from: nanoseconds since the Unix epoch, UTC."""

    def __call__(self) -> int:
        """Return the present."""
        ...
