"""Orders as the paper venue holds them, while they live and after."""

from typing import Final

from tools.core.entry import NewOrder, new_order_from
from tools.core.errors import UsageError
from tools.core.events import Side
from tools.core.orders import FillClass, OpenOrder, OrderOutcome
from tools.core.snapshots import Snapshot, read_bool, read_int, read_opt, read_part, read_text
from tools.execution.bounds import fill_class_of

_NAME_PARTS: Final = "|"  # stands between account and client order id


def order_key(account: str, client_id: str) -> str:
    """Return the name under which the venue knows an order: the account is part of it."""
    return f"{account}{_NAME_PARTS}{client_id}" if account else client_id


def check_name(account: str, client_id: str) -> None:
    """Raise `UsageError` if a request would name an order of another account."""
    if _NAME_PARTS in account or _NAME_PARTS in client_id:
        raise UsageError(f"{client_id}: neither account nor client order id may have a {_NAME_PARTS}")


class VenueOrder:
    """One order of ours, from its sending until it is closed. `exchange_id` is empty until it arrives.

    `qty_lots` and `price_ticks` (0 without a limit) are the terms in force. What follows
    `cum_lots` is kept for the order's outcome alone.
    """

    def __init__(self, account: str, request: NewOrder, arrives_ns: int) -> None:
        self.account: Final = account
        self.request: Final = request
        self.arrives_ns: Final = arrives_ns
        self.client_id: Final = request.client_id
        self.symbol: Final = request.symbol
        self.side: Final = request.side
        self.key: Final = order_key(account, request.client_id)
        self.qty_lots = request.qty_lots
        self.price_ticks = 0 if request.price_ticks is None else request.price_ticks
        self.exchange_id = ""
        self.ends_ns: int | None = None  # of a GTD order that has arrived
        self.cum_lots = 0
        self.closed = False
        self.triggered = False  # of a stop: a print has reached it
        self.mid_ht: int | None = None
        self.rested_ns: int | None = None
        self.ahead_lots: int | None = None
        self.shown_lots: int | None = None
        self.ra_lots = 0
        self.opt_lots = 0
        self.suspect = False

    @property
    def leaves_lots(self) -> int:
        """Quantity that has not filled."""
        return self.qty_lots - self.cum_lots

    @property
    def limit_ticks(self) -> int | None:
        """Limit price in force; None if it takes whatever is displayed."""
        return self.price_ticks if self.price_ticks > 0 else None

    def view(self) -> OpenOrder:
        """Return the order as the exchange client shows it."""
        return OpenOrder(
            self.client_id,
            self.exchange_id,
            self.symbol,
            self.side,
            self.qty_lots,
            self.leaves_lots,
            self.price_ticks,
        )

    def outcome(self, time_ns: int, most_lots: int) -> OrderOutcome:
        """Return what became of the order, which is closed now and could fill `most_lots` at most.

        The edges do not know that. One that has filled the order follows what an amendment puts
        back into the queue all the same, and none has ever heard of a position to reduce.
        """
        ra_lots, opt_lots = min(self.ra_lots, most_lots), min(self.opt_lots, most_lots)
        return OrderOutcome(
            self.client_id,
            self.symbol,
            self.side,
            self.price_ticks,
            self.qty_lots,
            fill_class_of(ra_lots, opt_lots),
            ra_lots,
            opt_lots,
            self.ahead_lots,
            self.shown_lots,
            self.mid_ht,
            self.rested_ns,
            time_ns,
            self.suspect,
            self.account,
        )

    def snapshot(self) -> Snapshot:
        """Return the order."""
        return {
            "account": self.account,
            "ahead_lots": self.ahead_lots,
            "arrives_ns": self.arrives_ns,
            "cum_lots": self.cum_lots,
            "ends_ns": self.ends_ns,
            "exchange_id": self.exchange_id,
            "mid_ht": self.mid_ht,
            "opt_lots": self.opt_lots,
            "price_ticks": self.price_ticks,
            "qty_lots": self.qty_lots,
            "ra_lots": self.ra_lots,
            "request": self.request.to_dict(),
            "rested_ns": self.rested_ns,
            "shown_lots": self.shown_lots,
            "suspect": self.suspect,
            "triggered": self.triggered,
        }


def order_from(saved: Snapshot) -> VenueOrder:
    """Return the order that `VenueOrder.snapshot` wrote."""
    order = VenueOrder(
        read_text(saved, "account"),
        new_order_from(read_part(saved, "request")),
        read_int(saved, "arrives_ns"),
    )
    order.ahead_lots = read_opt(saved, "ahead_lots")
    order.cum_lots = read_int(saved, "cum_lots")
    order.ends_ns = read_opt(saved, "ends_ns")
    order.exchange_id = read_text(saved, "exchange_id")
    order.mid_ht = read_opt(saved, "mid_ht")
    order.opt_lots = read_int(saved, "opt_lots")
    order.price_ticks = read_int(saved, "price_ticks")
    order.qty_lots = read_int(saved, "qty_lots")
    order.ra_lots = read_int(saved, "ra_lots")
    order.rested_ns = read_opt(saved, "rested_ns")
    order.shown_lots = read_opt(saved, "shown_lots")
    order.suspect = read_bool(saved, "suspect")
    order.triggered = read_bool(saved, "triggered")
    return order


def orders_from(parts: list[Snapshot]) -> dict[str, VenueOrder]:
    """Return orders by key, in the order in which they were written."""
    out: dict[str, VenueOrder] = {}
    for part in parts:
        order = order_from(part)
        out[order.key] = order
    return out


class Closed:
    """What the venue still knows of an order that is closed, to answer a late request."""

    def __init__(self, exchange_id: str, symbol: str, side: Side) -> None:
        self.exchange_id: Final = exchange_id
        self.symbol: Final = symbol
        self.side: Final = side


class ClosedOrders:
    """The last closed orders of each account by key; older ones are forgotten."""

    def __init__(self, keep: int) -> None:
        self._keep: Final = keep
        self._by_key: dict[str, Closed] = {}
        self._keys: dict[str, dict[str, None]] = {}  # of each account, oldest first

    def add(self, order: VenueOrder) -> None:
        """Remember an order."""
        self._add(order.account, order.key, Closed(order.exchange_id, order.symbol, order.side))

    def _add(self, account: str, key: str, closed: Closed) -> None:
        self._by_key[key] = closed
        keys = self._keys.setdefault(account, {})
        keys[key] = None
        if len(keys) > self._keep:
            oldest = next(iter(keys))
            del keys[oldest]
            del self._by_key[oldest]

    def get(self, key: str) -> Closed | None:
        """Return what is known of an order."""
        return self._by_key.get(key)

    def snapshot(self) -> list[object]:
        """Return the orders by account, oldest first."""
        out: list[object] = []
        for account, keys in self._keys.items():
            for key in keys:
                closed = self._by_key[key]
                out.append(
                    {
                        "account": account,
                        "exchange_id": closed.exchange_id,
                        "key": key,
                        "side": closed.side.value,
                        "symbol": closed.symbol,
                    }
                )
        return out

    def restore(self, parts: list[Snapshot]) -> None:
        """Take over what `snapshot` returned."""
        self._by_key = {}
        self._keys = {}
        for part in parts:
            closed = Closed(
                read_text(part, "exchange_id"), read_text(part, "symbol"), Side(read_text(part, "side"))
            )
            self._add(read_text(part, "account"), read_text(part, "key"), closed)


def outcome_from(saved: Snapshot) -> OrderOutcome:
    """Return the outcome that `OrderOutcome.to_dict` wrote."""
    return OrderOutcome(
        read_text(saved, "client_id"),
        read_text(saved, "symbol"),
        Side(read_text(saved, "side")),
        read_int(saved, "price_ticks"),
        read_int(saved, "qty_lots"),
        FillClass(read_text(saved, "fill_class")),
        read_int(saved, "ra_lots"),
        read_int(saved, "opt_lots"),
        read_opt(saved, "ahead_lots"),
        read_opt(saved, "shown_lots"),
        read_opt(saved, "mid_ht"),
        read_opt(saved, "rested_ns"),
        read_int(saved, "closed_ns"),
        read_bool(saved, "impact_suspect"),
        read_text(saved, "account"),
    )
