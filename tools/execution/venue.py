"""The paper venue: orders of ours against a recorded market, in event time and in integers.

Requests travel to it and reports travel back with the delays of a latency model. What
happened in the market up to and including the instant at which a request arrives is applied
before the request; a trade at or before that instant never fills an order. Resting orders
fill by the fill model alone and at their own limit price; taking orders fill at displayed
prices, up to what is displayed. Nothing that we do moves the recorded market.
"""

from collections.abc import Mapping
from heapq import heappop, heappush
from typing import Final

from tools.core.entry import NewOrder
from tools.core.errors import UsageError
from tools.core.events import Depth, Quote, Trade
from tools.core.funding import Funding, FundingReport
from tools.core.orders import OpenOrder, OrderOutcome
from tools.core.reports import ExecutionReport
from tools.core.snapshots import Snapshot, read_int, read_part, read_parts, read_text
from tools.execution.bounds import DEFAULT_EDGES, EdgeConfigs
from tools.execution.fill_model import FillModel
from tools.execution.latency_model import LatencyModel
from tools.execution.venue_config import PaperConfig
from tools.execution.venue_matching import VenueMatching
from tools.execution.venue_orders import VenueOrder, check_name, order_key, orders_from
from tools.execution.venue_positions import VenuePositions
from tools.execution.venue_reports import ReportChannel

_NEW: Final = 0
_CANCEL: Final = 1
_AMEND: Final = 2


class Request:
    """A request under way. Of an amendment, 0 leaves a figure as it is."""

    def __init__(
        self, what: int, account: str, client_id: str, qty_lots: int = 0, price_ticks: int = 0
    ) -> None:
        self.what: Final = what
        self.account: Final = account
        self.client_id: Final = client_id
        self.qty_lots: Final = qty_lots
        self.price_ticks: Final = price_ticks


class PaperVenue:
    """The venue behind its two channels. Times are the venue's (`venue_ns`) and never go back.

    Parameters
    ----------
    fill_models
        One for each symbol that trades here.
    latency
        Delays of both channels. Neither channel overtakes itself where it would matter: a
        cancel never arrives before its order, a report never before an earlier report to its
        account. Messages are numbered by account: none is slower for what another one sends.
    config
        The venue's rules; its defaults if not given.
    edges
        Of the models that bracket the truth; their defaults if not given.
    """

    def __init__(
        self,
        fill_models: Mapping[str, FillModel],
        latency: LatencyModel,
        config: PaperConfig | None = None,
        edges: EdgeConfigs = DEFAULT_EDGES,
    ) -> None:
        self._latency: Final = latency
        self._channel: Final = ReportChannel(latency)
        self._matching: Final = VenueMatching(
            fill_models, self._channel, PaperConfig() if config is None else config, edges
        )
        self._now_ns = 0
        self._numbers = 0  # of requests
        self._asked: dict[str, int] = {}  # how many, by account: what names a draw
        self._due: list[tuple[int, int]] = []  # (arrives, number) of requests
        self._requests: dict[int, Request] = {}  # by number
        self._sent: dict[str, VenueOrder] = {}  # on their way, by key

    # -- our side of the channels -------------------------------------------------------

    def submit(self, account: str, order: NewOrder) -> None:
        """Send an order; raise `UsageError` on an id in use, or figures that no venue could read."""
        self._check_request(account, order)
        excess_ns = self._channel.excess_ns(order.symbol)
        arrives_ns = self._now_ns + self._latency.entry_ns(self._now_ns, self._number(account), excess_ns)
        made = VenueOrder(account, order, arrives_ns)
        self._sent[made.key] = made
        self._send(arrives_ns, Request(_NEW, account, order.client_id))

    def _check_request(self, account: str, order: NewOrder) -> None:
        client_id, matching = order.client_id, self._matching
        if order.symbol not in matching.models:
            raise UsageError(f"unknown symbol {order.symbol[:40]!r}")
        for figure in (order.qty_lots, order.price_ticks, order.stop_ticks, order.ttl_ns):
            if figure is not None and figure <= 0:
                raise UsageError(f"{client_id}: quantity, prices and time to live must be positive")
        check_name(account, client_id)
        if matching.knows(order_key(account, client_id)) or order_key(account, client_id) in self._sent:
            raise UsageError(f"{client_id}: this client order id was already used")

    def cancel_order(self, account: str, client_id: str) -> None:
        """Ask to cancel an order by our id; raise `UsageError` if it cannot be one."""
        self._ask(Request(_CANCEL, account, client_id))

    def amend(self, account: str, client_id: str, qty_lots: int | None, price_ticks: int | None) -> None:
        """Ask for other terms; raise `UsageError` if none are given, or one of them or the id cannot be."""
        if qty_lots is None and price_ticks is None:
            raise UsageError(f"{client_id}: an amendment needs a quantity or a price")
        for figure in (qty_lots, price_ticks):
            if figure is not None and figure <= 0:
                raise UsageError(f"{client_id}: quantity and price must be positive")
        self._ask(Request(_AMEND, account, client_id, qty_lots or 0, price_ticks or 0))

    def _ask(self, request: Request) -> None:
        """Send a request about an order; it never overtakes the order."""
        check_name(request.account, request.client_id)
        key = order_key(request.account, request.client_id)
        on_its_way = self._sent.get(key)
        symbol = self._matching.symbol_of(key) if on_its_way is None else on_its_way.symbol
        excess_ns, number = self._channel.excess_ns(symbol), self._number(request.account)
        arrives_ns = self._now_ns + self._latency.cancel_ns(self._now_ns, number, excess_ns)
        if on_its_way is not None:
            arrives_ns = max(arrives_ns, on_its_way.arrives_ns)
        self._send(arrives_ns, request)

    def _number(self, account: str) -> int:
        """Return the number of an account's next request."""
        self._asked[account] = self._asked.get(account, 0) + 1
        return self._asked[account]

    def _send(self, arrives_ns: int, request: Request) -> None:
        self._numbers += 1
        self._requests[self._numbers] = request
        heappush(self._due, (arrives_ns, self._numbers))

    def on_feed_excess(self, symbol: str, excess_ns: int) -> None:
        """Note by how much the feed of an instrument lags behind its own best, as known now."""
        self._channel.on_feed_excess(symbol, max(0, excess_ns))

    def advance(self, now_ns: int) -> None:
        """Let time pass: what arrives up to now arrives, and reports that are due come out."""
        self._check_time(now_ns)
        self._arrivals(now_ns)
        self._now_ns = now_ns
        self._channel.advance(now_ns)

    def reports(self, account: str) -> list[ExecutionReport]:
        """Return the reports to an account that came out since the last call."""
        return self._channel.drain(account)

    def next_fill(self, account: str) -> ExecutionReport | None:
        """Take out an account's oldest fill that came out; the other reports wait for `reports`."""
        return self._channel.next_fill(account)

    def fundings(self, account: str) -> list[FundingReport]:
        """Return the funding reports to an account that came out since the last call."""
        return self._channel.fundings(account)

    def outcomes(self, account: str) -> list[OrderOutcome]:
        """Return the outcomes of an account's orders whose last report came out since the last call."""
        return self._channel.outcomes(account)

    @property
    def waiting(self) -> bool:
        """True while a report came out, to whichever account, that was not fetched."""
        return self._channel.waiting

    def next_due_ns(self) -> int | None:
        """Return when something under way arrives next at either end; None if nothing is.

        The end of a GTD order is not under way: it comes with the time, if that comes.
        """
        report_ns = self._channel.next_due_ns()
        request_ns = self._matching.next_triggered_ns()
        if request_ns is None and self._due:
            request_ns = self._due[0][0]
        if request_ns is None or report_ns is None:
            return report_ns if request_ns is None else request_ns
        return min(request_ns, report_ns)

    def open_orders(self, account: str) -> list[OpenOrder]:
        """Return what rests or waits of an account, oldest first."""
        return self._matching.open_orders(account)

    def held(self, account: str) -> VenuePositions:
        """Return what an account holds; not to be changed."""
        return self._matching.held(account)

    # -- the market's side --------------------------------------------------------------

    def on_market(self, event: Quote | Trade | Depth, venue_ns: int) -> None:
        """Apply what happened in the market at `venue_ns`, after everything that arrived before it."""
        self._check_time(venue_ns)
        if event.symbol not in self._matching.models:
            raise UsageError(f"unknown symbol {event.symbol[:40]!r}")
        self._arrivals(venue_ns - 1)
        self._now_ns = venue_ns
        self._matching.on_market(event, venue_ns)

    def on_funding(self, funding: Funding) -> None:
        """Fund every position as it was before anything else that happens at that instant."""
        self._check_time(funding.time_ns)
        if funding.symbol not in self._matching.models:
            raise UsageError(f"unknown symbol {funding.symbol[:40]!r}")
        self._arrivals(funding.time_ns - 1)
        self._now_ns = funding.time_ns
        self._matching.on_funding(funding)

    def _check_time(self, now_ns: int) -> None:
        if now_ns < self._now_ns:
            raise UsageError(f"event time went back from {self._now_ns} to {now_ns} ns")

    def _arrivals(self, until_ns: int) -> None:
        """Let everything happen that is due up to a moment, in order of time.

        At the same instant a stop that was triggered comes first, then the end of a GTD
        order, then what arrives.
        """
        matching = self._matching
        while self._due or matching.has_due:
            triggered_ns, end_ns = matching.next_triggered_ns(), matching.next_end_ns()
            next_ns = self._due[0][0] if self._due else until_ns + 1
            if end_ns is not None and end_ns <= next_ns:
                next_ns = end_ns
            if triggered_ns is not None and triggered_ns <= next_ns:
                next_ns = triggered_ns
            if next_ns > until_ns:
                return
            if next_ns == triggered_ns:
                matching.work_next()
            elif next_ns == end_ns:
                matching.end_next()
            else:
                self._arrival()

    def _arrival(self) -> None:
        arrives_ns, number = heappop(self._due)
        request = self._requests.pop(number)
        account, client_id = request.account, request.client_id
        if request.what == _NEW:
            self._matching.arrive(self._sent.pop(order_key(account, client_id)), arrives_ns)
        elif request.what == _CANCEL:
            self._matching.cancel_order(account, client_id, arrives_ns)
        else:
            self._matching.amend(account, client_id, request.qty_lots, request.price_ticks, arrives_ns)

    # -- snapshot -----------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        requests: list[object] = []
        for arrives_ns, number in sorted(self._due):
            request = self._requests[number]
            requests.append(
                {
                    "account": request.account,
                    "arrives_ns": arrives_ns,
                    "client_id": request.client_id,
                    "number": number,
                    "price_ticks": request.price_ticks,
                    "qty_lots": request.qty_lots,
                    "what": request.what,
                }
            )
        return {
            "asked": dict(self._asked),
            "matching": self._matching.snapshot(),
            "now_ns": self._now_ns,
            "numbers": self._numbers,
            "reports": self._channel.snapshot(),
            "requests": requests,
            "sent": [order.snapshot() for order in self._sent.values()],
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned; the venue must have the same symbols."""
        self._matching.restore(read_part(saved, "matching"))
        self._now_ns = read_int(saved, "now_ns")
        self._numbers = read_int(saved, "numbers")
        asked = read_part(saved, "asked")
        self._asked = {account: read_int(asked, account) for account in asked}
        self._channel.restore(read_part(saved, "reports"))
        self._due = []  # sorted, which is a heap
        self._requests = {}
        for part in read_parts(saved, "requests"):
            number = read_int(part, "number")
            self._due.append((read_int(part, "arrives_ns"), number))
            self._requests[number] = Request(
                read_int(part, "what"),
                read_text(part, "account"),
                read_text(part, "client_id"),
                read_int(part, "qty_lots"),
                read_int(part, "price_ticks"),
            )
        self._sent = orders_from(read_parts(saved, "sent"))
