"""`FakeExchangeClient`: P0.1's deterministic exchange, with dice and simulated latency.

The dice are P0.1's own, drawn from one ``random.Random(seed).random()`` stream in a fixed
order for each order: reject? fill? and only if it fills: partial? and only if partial: how
much. The venue takes an order in at once; everything it has to say about it arrives
`latency_ms` of event time later.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from heapq import heappop, heappush
from random import Random
from typing import Final

from tools.core.demo import demo_instrument
from tools.core.errors import UsageError
from tools.core.events import Side, parse_side
from tools.core.instrument import DOWN, Instrument, Steps, to_steps
from tools.core.orders import OpenOrder
from tools.core.reports import ExecutionReport, Liquidity, ReportKind
from tools.core.units import POW10, Amount, div_half_even, div_up, scaled_from
from tools.execution.venue_positions import VenuePositions
from tools.live.ports import IExchangeClient

__all__ = ["FakeExchangeClient", "IExchangeClient"]

_UNIT_BITS: Final = 53  # random() is a whole number of 2**-53
_RATE_DECIMALS: Final = 18


class _Resting:
    """An order as the fake venue holds it."""

    def __init__(
        self, client_id: str, exchange_id: str, symbol: str, side: Side, qty_lots: int, price_ticks: int
    ) -> None:
        self.client_id: Final = client_id
        self.exchange_id: Final = exchange_id
        self.symbol: Final = symbol
        self.side: Final = side
        self.qty_lots: Final = qty_lots
        self.price_ticks: Final = price_ticks
        self.cum_lots = 0


# What waits in the heap: (due_ns, number, what, client id, lots)
_Due = tuple[int, int, str, str, int]


class FakeExchangeClient(IExchangeClient):
    """A venue whose answers are dice, the same for the same seed.

    Parameters
    ----------
    fill_rate, reject_rate, partial_fill_rate
        Probabilities in 0..1: an order is rejected; an accepted one fills; a fill is only
        partial (50 to 90 % of the quantity, the rest keeps resting).
    latency_ms
        Event time between a request and every answer to it; simulated, nothing sleeps.
    seed
        Of the dice.
    instruments
        Instruments by symbol; without it every well-formed symbol trades with the demo's
        tick (0.01) and lot (1e-8).
    """

    def __init__(
        self,
        *,
        fill_rate: Amount = "0.8",
        reject_rate: Amount = "0.05",
        latency_ms: Amount = 100,
        partial_fill_rate: Amount = "0.1",
        seed: int = 42,
        instruments: Mapping[str, Instrument] | None = None,
    ) -> None:
        self._fill_e18: Final = _probability("fill_rate", fill_rate)
        self._reject_e18: Final = _probability("reject_rate", reject_rate)
        self._partial_e18: Final = _probability("partial_fill_rate", partial_fill_rate)
        self.latency_ns: Final = scaled_from(latency_ms, 6)
        if self.latency_ns < 0:
            raise UsageError("latency_ms must not be negative")
        self._seed: Final = seed
        self._instruments = instruments
        self.reset()

    @property
    def seed(self) -> int:
        """The seed of the dice."""
        return self._seed

    def reset(self) -> None:
        """Return to the state after construction, the dice included."""
        self._dice = Random(self._seed)
        self._now_ns = 0
        self._begun = False
        self._orders = 0
        self._executions = 0
        self._queued = 0
        self._steps: dict[str, Steps] = {}
        self._open: dict[str, _Resting] = {}
        self._held = VenuePositions()
        # Of every request: client id -> (exchange id or "", symbol, side).
        self._known: dict[str, tuple[str, str, Side]] = {}
        self._due: list[_Due] = []
        self._arrived: list[ExecutionReport] = []

    def place_limit(
        self,
        client_order_id: str,
        symbol: str,
        side: str,
        qty: Amount,
        price: Amount,
        time_in_force: str = "GTC",
    ) -> None:
        """Send a limit order; the dice are thrown now, the answers arrive after the latency."""
        if time_in_force != "GTC":
            raise UsageError(f"{client_order_id}: this exchange takes GTC orders only")
        steps = self._steps_of(symbol)
        known_side = parse_side(side)
        qty_lots = steps.qty_lots(qty)
        price_ticks = steps.price_ticks(price)
        if qty_lots <= 0 or price_ticks <= 0:
            raise UsageError(f"{client_order_id}: quantity and price must be positive")
        if client_order_id in self._known:
            raise UsageError(f"{client_order_id}: this client order id was already used")
        if self._roll() < self._scale(self._reject_e18):
            self._known[client_order_id] = ("", symbol, known_side)
            self._queue("REJECT", client_order_id, 0)
            return
        self._orders += 1
        exchange_id = f"ORD{self._orders:06d}"
        self._known[client_order_id] = (exchange_id, symbol, known_side)
        order = _Resting(client_order_id, exchange_id, symbol, known_side, qty_lots, price_ticks)
        self._open[client_order_id] = order
        self._queue("ACCEPT", client_order_id, 0)
        if self._roll() < self._scale(self._fill_e18):
            fill_lots = qty_lots
            if self._roll() < self._scale(self._partial_e18):
                fill_lots = _partial_lots(qty_lots, self._roll())
            if fill_lots > 0:
                self._queue("FILL", client_order_id, fill_lots)

    def cancel(self, client_order_id: str) -> None:
        """Ask to cancel; the answer is CANCELED, or CANCEL_REJECTED if it came too late."""
        self._queue("CANCEL", client_order_id, 0)

    def get_open_orders(self, symbol: str | None = None) -> list[OpenOrder]:
        """Return what rests at the venue, oldest first; of one symbol if given."""
        found: list[OpenOrder] = []
        for order in self._open.values():
            if symbol is None or order.symbol == symbol:
                asked = (order.qty_lots, order.qty_lots - order.cum_lots, order.price_ticks)
                found.append(OpenOrder(order.client_id, order.exchange_id, order.symbol, order.side, *asked))
        return found

    def get_positions(self) -> dict[str, Decimal]:
        """Return the sum of fills by symbol, in units of the instrument, exact."""
        return self._held.quantities(self._steps)

    def get_entry_prices(self) -> dict[str, Decimal]:
        """Return the average price of what is held, by symbol; nothing of what is flat."""
        return self._held.entry_prices(self._steps)

    def stream_fills(self) -> Iterator[ExecutionReport]:
        """Yield the fills among the waiting reports; the others keep waiting for `reports`."""
        while True:
            fill = next((r for r in self._arrived if r.kind is ReportKind.TRADE), None)
            if fill is None:
                return
            self._arrived.remove(fill)
            yield fill

    def reports(self) -> list[ExecutionReport]:
        """Return the reports that have arrived since the last call, in order."""
        arrived = self._arrived
        self._arrived = []
        return arrived

    def advance(self, now_ns: int) -> None:
        """Let event time pass and deliver what is due; raise `UsageError` if it went back."""
        if self._begun and now_ns < self._now_ns:
            raise UsageError(f"event time went back from {self._now_ns} to {now_ns} ns")
        self._begun = True  # the first instant may be any, before 1970 too
        self._now_ns = now_ns
        while self._due and self._due[0][0] <= now_ns:
            due_ns, _, what, client_id, lots = heappop(self._due)
            self._deliver(due_ns, what, client_id, lots)

    def next_due_ns(self) -> int | None:
        """Return when the next answer is due, or None if nothing is under way."""
        return self._due[0][0] if self._due else None

    # -- inside the venue ---------------------------------------------------------------

    def _deliver(self, due_ns: int, what: str, client_id: str, lots: int) -> None:
        order = self._open.get(client_id)
        if what == "REJECT":
            self._report_refusal(client_id, ReportKind.REJECTED, due_ns, "Simulated rejection")
        elif order is None:
            # Only a cancel can find no order: acceptance and fill take as long as a cancel
            # does, so they are always ahead of the one that closes the order.
            text = "Order is already closed" if client_id in self._known else "Unknown order"
            self._report_refusal(client_id, ReportKind.CANCEL_REJECTED, due_ns, text)
        elif what == "ACCEPT":
            self._report_on(order, ReportKind.ACCEPTED, due_ns, 0)
        elif what == "CANCEL":
            del self._open[client_id]
            self._report_on(order, ReportKind.CANCELED, due_ns, 0)
        else:
            order.cum_lots += lots
            self._held.fill(order.symbol, order.side, lots, order.price_ticks)
            if order.cum_lots >= order.qty_lots:
                del self._open[client_id]
            self._report_on(order, ReportKind.TRADE, due_ns, lots)

    def _report_on(self, order: _Resting, kind: ReportKind, time_ns: int, lots: int) -> None:
        """Report about an order that the venue holds."""
        self._executions += 1
        self._arrived.append(
            ExecutionReport(
                exec_id=f"EXE{self._executions:08d}",
                kind=kind,
                time_ns=time_ns,
                client_id=order.client_id,
                exchange_id=order.exchange_id,
                symbol=order.symbol,
                side=order.side,
                last_lots=lots,
                last_ticks=order.price_ticks if lots else 0,
                cum_lots=order.cum_lots,
                liquidity=Liquidity.UNKNOWN,
            )
        )

    def _report_refusal(self, client_id: str, kind: ReportKind, time_ns: int, text: str) -> None:
        """Report about a request that the venue turned down."""
        self._executions += 1
        taken = self._known.get(client_id)
        self._arrived.append(
            ExecutionReport(
                exec_id=f"EXE{self._executions:08d}",
                kind=kind,
                time_ns=time_ns,
                client_id=client_id,
                exchange_id="" if taken is None else taken[0],
                symbol="" if taken is None else taken[1],
                side=Side.BUY if taken is None else taken[2],
                text=text,
            )
        )

    def _queue(self, what: str, client_id: str, lots: int) -> None:
        self._queued += 1
        heappush(self._due, (self._now_ns + self.latency_ns, self._queued, what, client_id, lots))

    def _roll(self) -> int:
        """Return the next ``random()`` as a whole number of ``2**-53``, which it exactly is."""
        return int(self._dice.random() * (1 << _UNIT_BITS))

    def _scale(self, rate_e18: int) -> int:
        """Return a probability in units of 1e-18 as a bound for `_roll`, rounded up."""
        return div_up(rate_e18 << _UNIT_BITS, POW10[_RATE_DECIMALS])

    def _steps_of(self, symbol: str) -> Steps:
        found = self._steps.get(symbol)
        if found is not None:
            return found
        instrument = demo_instrument(symbol) if self._instruments is None else self._instruments.get(symbol)
        if instrument is None:
            raise UsageError(f"unknown symbol {str(symbol)[:20]!r}")
        steps = instrument.steps()
        self._steps[symbol] = steps
        return steps


def _probability(name: str, value: Amount) -> int:
    """Return a probability in units of 1e-18; raise `UsageError` outside 0..1 or on NaN."""
    try:
        scaled = to_steps(value, 1, _RATE_DECIMALS, DOWN, name)
    except UsageError:
        scaled = -1
    if not 0 <= scaled <= POW10[_RATE_DECIMALS]:
        raise UsageError(f"{name} must be between 0 and 1, not {str(value)[:40]}")
    return scaled


def _partial_lots(qty_lots: int, roll: int) -> int:
    """Return ``qty x (0.5 + 0.4 u)`` in whole lots, ties to even; u is ``roll x 2**-53``."""
    unit = 1 << _UNIT_BITS
    return div_half_even(qty_lots * (5 * unit + 4 * roll), 10 * unit)
