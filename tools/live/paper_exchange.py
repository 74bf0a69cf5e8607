"""`PaperExchange`: an exchange client over a recorded market; a thin composition of execution parts."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from tools.core.entry import NewOrder
from tools.core.errors import ConfigError, UsageError
from tools.core.events import Depth, Quote, Trade, parse_side
from tools.core.funding import Funding, FundingReport
from tools.core.instrument import Instrument, Steps
from tools.core.orders import OpenOrder, OrderOutcome, TimeInForce
from tools.core.plugins import load_plugin
from tools.core.reports import ExecutionReport
from tools.core.snapshots import Snapshot
from tools.core.units import Amount
from tools.execution.bounds import DEFAULT_EDGES, EdgeConfigs
from tools.execution.fill_model import FillModel
from tools.execution.fills import optimistic, risk_averse
from tools.execution.venue import PaperVenue
from tools.execution.venue_config import PaperConfig
from tools.live.ports import IExchangeClient

__all__ = ["PaperAccount", "PaperConfig", "PaperExchange"]


class _Home:
    """Where the accounts of an exchange find its venue, which a reset replaces."""

    def __init__(self, instruments: Mapping[str, Instrument], venue: PaperVenue) -> None:
        self.venue = venue
        self.steps: Final[dict[str, Steps]] = {}
        for key, instrument in instruments.items():
            self.steps[key] = instrument.steps()


class PaperAccount(IExchangeClient):
    """One account at a paper exchange: its own ids, orders, positions and reports; also `OrderEntry`.

    Accounts share the venue, and with it the queue, the volume of each print, and what was
    taken out of the book: first come, first served. `PaperExchange` is the account without
    a name, and makes the others.
    """

    def __init__(self, home: _Home, account: str) -> None:
        self._home: Final = home
        self._account: Final = account

    def place_limit(
        self,
        client_order_id: str,
        symbol: str,
        side: str,
        qty: Amount,
        price: Amount,
        time_in_force: str = "GTC",
    ) -> None:
        """Send a limit order: post-only if ``"GTC"``, taking what is displayed if ``"IOC"``."""
        steps = self._home.steps.get(symbol)
        if steps is None:
            raise UsageError(f"unknown symbol {str(symbol)[:40]!r}")
        if time_in_force not in ("GTC", "IOC"):
            raise UsageError(f"{client_order_id}: time in force must be GTC or IOC")
        order = NewOrder(
            client_order_id,
            symbol,
            parse_side(side),
            steps.qty_lots(qty),
            steps.price_ticks(price),
            time_in_force=TimeInForce(time_in_force),
            post_only=time_in_force == "GTC",
        )
        self._home.venue.submit(self._account, order)

    def submit_order(self, order: NewOrder) -> None:
        """Send any order; what the venue does not take comes back as a rejection."""
        self._home.venue.submit(self._account, order)

    def amend_order(
        self, client_order_id: str, qty_lots: int | None = None, price_ticks: int | None = None
    ) -> None:
        """Ask for another total quantity, limit price, or both.

        The answer is REPLACED, or CANCEL_REJECTED. Another price or a larger quantity put the
        order at the back of the queue, a smaller quantity does not.
        """
        self._home.venue.amend(self._account, client_order_id, qty_lots, price_ticks)

    def cancel(self, client_order_id: str) -> None:
        """Ask to cancel; the answer is CANCELED, or CANCEL_REJECTED if it came too late."""
        self._home.venue.cancel_order(self._account, client_order_id)

    def get_open_orders(self, symbol: str | None = None) -> list[OpenOrder]:
        """Return what rests or waits at the venue, oldest first; of one symbol if given."""
        found = self._home.venue.open_orders(self._account)
        return [order for order in found if symbol is None or order.symbol == symbol]

    def get_positions(self) -> dict[str, Decimal]:
        """Return the sum of fills by symbol, in units of the instrument, exact."""
        return self._home.venue.held(self._account).quantities(self._home.steps)

    def get_entry_prices(self) -> dict[str, Decimal]:
        """Return the average price of what is held, by symbol; nothing of what is flat."""
        return self._home.venue.held(self._account).entry_prices(self._home.steps)

    def stream_fills(self) -> Iterator[ExecutionReport]:
        """Yield the fills among the waiting reports; the others keep waiting for `reports`."""
        fill = self._home.venue.next_fill(self._account)
        while fill is not None:
            yield fill
            fill = self._home.venue.next_fill(self._account)

    def advance(self, now_ns: int) -> None:
        """Let event time pass, for every account; raise `UsageError` if it went back."""
        self._home.venue.advance(now_ns)

    def reports(self) -> list[ExecutionReport]:
        """Return the reports that have arrived since the last call, in order."""
        return self._home.venue.reports(self._account)

    def outcomes(self) -> list[OrderOutcome]:
        """Return what the venue knows of orders whose last report has arrived since the last call."""
        return self._home.venue.outcomes(self._account)

    def fundings(self) -> list[FundingReport]:
        """Return the funding reports that have arrived since the last call, in order."""
        return self._home.venue.fundings(self._account)

    def held_lots(self, symbol: str) -> int:
        """Return what the venue holds of a symbol for this account, in lots."""
        return self._home.venue.held(self._account).lots.get(symbol, 0)

    def next_due_ns(self) -> int | None:
        """Return when something under way arrives next, or None if nothing is."""
        return self._home.venue.next_due_ns()


class PaperExchange(PaperAccount):
    """Trades on paper against the market events that `on_market` is shown.

    The venue's data come at the venue's time, and ours at the time of receipt: for each event
    `on_market(event, venue_ns)`, then `advance(recv_ns)`, then `reports()`, both in one order
    of time.

    Parameters
    ----------
    instruments
        What can be traded, by key (``binance-usdm:BTCUSDT``), which is the symbol here.
    config
        Defaults if not given.
    fill_config, latency_config
        ``Config`` of the two plug-ins; their defaults if not given.
    edges
        ``Config`` of the fill models that classify orders. If the fill model is one of them,
        that one has `fill_config` instead: what it fills is what its edge fills.
    """

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        config: PaperConfig | None = None,
        *,
        fill_config: object | None = None,
        latency_config: object | None = None,
        edges: EdgeConfigs = DEFAULT_EDGES,
    ) -> None:
        self.config: Final = PaperConfig() if config is None else config
        self._fill_module: Final[Any] = load_plugin("tools.execution.fills", self.config.fill_model)
        refused = getattr(self._fill_module, "NEEDS_ORDER_IDS", "")
        if refused:
            raise ConfigError(f"paper.fill_model: {refused}")
        self._latency_module: Final[Any] = load_plugin("tools.execution.latency", self.config.latency_model)
        self._fill_config: Final = fill_config
        self._latency_config: Final = latency_config
        if isinstance(fill_config, risk_averse.Config):
            edges = replace(edges, low=fill_config)
        elif isinstance(fill_config, optimistic.Config):
            edges = replace(edges, high=fill_config)
        self.edges: Final = edges
        self._instruments: Final = dict(instruments)
        super().__init__(_Home(instruments, self._new_venue()), "")
        self._accounts: Final[dict[str, PaperAccount]] = {"": self}

    def _new_venue(self) -> PaperVenue:
        models: dict[str, FillModel] = {}
        for key in self._instruments:
            models[key] = _built(self._fill_module, self._fill_config)
        latency = _built(self._latency_module, self._latency_config)
        return PaperVenue(models, latency, self.config, self.edges)

    @property
    def seed(self) -> int:
        """The seed of its chance."""
        return self.config.seed

    def reset(self) -> None:
        """Return to the state after construction; accounts that were made stay, and are empty."""
        self._home.venue = self._new_venue()

    def account(self, name: str) -> PaperAccount:
        """Return the account of a name, made at its first mention; ``""`` is the exchange itself."""
        found = self._accounts.get(name)
        if found is None:
            found = PaperAccount(self._home, name)
            self._accounts[name] = found
        return found

    def on_market(self, event: Quote | Trade | Depth, venue_ns: int) -> None:
        """Show the venue what happened in the market at `venue_ns`; raise `UsageError` if time went back.

        A depth event with levels lets taking orders reach beyond the best.
        """
        self._home.venue.on_market(event, venue_ns)

    def on_funding(self, funding: Funding) -> None:
        """Let a funding time come: every account that holds something is told what it is funded on.

        Raises
        ------
        UsageError
            Time went back, the symbol is unknown, or there is neither a mark nor a mid.
        """
        self._home.venue.on_funding(funding)

    def on_feed_excess(self, symbol: str, excess_ns: int) -> None:
        """Tell by how much the feed of an instrument lags behind its own best, as known now."""
        self._home.venue.on_feed_excess(symbol, excess_ns)

    @property
    def waiting(self) -> bool:
        """True while some account has something to hear that has arrived."""
        return self._home.venue.waiting

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on, of every account."""
        return self._home.venue.snapshot()

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned; instruments and configuration must be the same."""
        self._home.venue.restore(saved)


def _built(module: Any, config: object | None) -> Any:
    """Return a new instance of a plug-in."""
    return module.build(module.Config() if config is None else config)
