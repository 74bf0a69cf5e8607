"""`PaperExchange`: an exchange client over a recorded market; a thin composition of execution parts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from tools.core.errors import ConfigError, UsageError
from tools.core.events import Quote, Trade, parse_side
from tools.core.instrument import Instrument, Steps
from tools.core.orders import OpenOrder, TimeInForce
from tools.core.plugins import load_plugin
from tools.core.reports import ExecutionReport, ReportKind
from tools.core.snapshots import Snapshot
from tools.core.units import Amount
from tools.execution.fill_model import FillModel
from tools.execution.fills import DEFAULT_FILL_MODEL
from tools.execution.latency import DEFAULT_LATENCY_MODEL
from tools.execution.venue import PaperVenue
from tools.live.ports import IExchangeClient

__all__ = ["PaperConfig", "PaperExchange"]


@dataclass(frozen=True, kw_only=True)
class PaperConfig:
    """What the paper exchange is made of.

    Parameters
    ----------
    fill_model, latency_model
        Plug-ins of ``execution/fills`` and ``execution/latency`` by name.
    keep_closed
        How many closed orders the venue remembers for late cancels.
    seed
        Of chance; no model in use draws any yet.
    """

    fill_model: str = DEFAULT_FILL_MODEL
    latency_model: str = DEFAULT_LATENCY_MODEL
    keep_closed: int = 1_000
    seed: int = 42

    def __post_init__(self) -> None:
        if self.keep_closed < 1:
            raise ConfigError(f"paper.keep_closed: must be at least 1, not {self.keep_closed}")


class PaperExchange(IExchangeClient):
    """Trades on paper against the quotes and prints that `on_market` is shown.

    For each event: `on_market(event)`, then `advance(event.recv_ns)`, then `reports()`.

    Parameters
    ----------
    instruments
        What can be traded, by key (``binance-usdm:BTCUSDT``), which is the symbol here.
    config
        Defaults if not given.
    fill_config, latency_config
        ``Config`` of the two plug-ins; their defaults if not given.
    """

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        config: PaperConfig | None = None,
        *,
        fill_config: object | None = None,
        latency_config: object | None = None,
    ) -> None:
        self.config: Final = PaperConfig() if config is None else config
        self._fill_module: Final[Any] = load_plugin("tools.execution.fills", self.config.fill_model)
        self._latency_module: Final[Any] = load_plugin("tools.execution.latency", self.config.latency_model)
        self._fill_config: Final = fill_config
        self._latency_config: Final = latency_config
        self._steps: Final[dict[str, Steps]] = {}
        for key, instrument in instruments.items():
            self._steps[key] = instrument.steps()
        self.reset()

    @property
    def seed(self) -> int:
        """The seed of its chance."""
        return self.config.seed

    def reset(self) -> None:
        """Return to the state after construction."""
        models: dict[str, FillModel] = {}
        for key in self._steps:
            models[key] = _built(self._fill_module, self._fill_config)
        latency = _built(self._latency_module, self._latency_config)
        self._venue = PaperVenue(models, latency, self.config.keep_closed)
        self._arrived: list[ExecutionReport] = []  # handed to `stream_fills` and left there

    def on_market(self, event: Quote | Trade) -> None:
        """Show the venue a quote or a print; raise `UsageError` if its time went back."""
        self._venue.on_market(event)

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
        steps = self._steps.get(symbol)
        if steps is None:
            raise UsageError(f"unknown symbol {str(symbol)[:40]!r}")
        if time_in_force not in ("GTC", "IOC"):
            raise UsageError(f"{client_order_id}: time in force must be GTC or IOC")
        self._venue.place(
            client_order_id,
            symbol,
            parse_side(side),
            steps.qty_lots(qty),
            steps.price_ticks(price),
            TimeInForce(time_in_force),
        )

    def cancel(self, client_order_id: str) -> None:
        """Ask to cancel; the answer is CANCELED, or CANCEL_REJECTED if it came too late."""
        self._venue.request_cancel(client_order_id)

    def get_open_orders(self, symbol: str | None = None) -> list[OpenOrder]:
        """Return what rests at the venue, oldest first; of one symbol if given."""
        return [order for order in self._venue.open_orders() if symbol is None or order.symbol == symbol]

    def get_positions(self) -> dict[str, Decimal]:
        """Return the sum of fills by symbol, in units of the instrument, exact."""
        return self._venue.held.quantities(self._steps)

    def get_entry_prices(self) -> dict[str, Decimal]:
        """Return the average price of what is held, by symbol; nothing of what is flat."""
        return self._venue.held.entry_prices(self._steps)

    def stream_fills(self) -> Iterator[ExecutionReport]:
        """Yield the fills among the waiting reports; the others keep waiting for `reports`."""
        self._arrived.extend(self._venue.reports())
        while True:
            fill = next((r for r in self._arrived if r.kind is ReportKind.TRADE), None)
            if fill is None:
                return
            self._arrived.remove(fill)
            yield fill

    def advance(self, now_ns: int) -> None:
        """Let event time pass; raise `UsageError` if it went back."""
        self._venue.advance(now_ns)

    def reports(self) -> list[ExecutionReport]:
        """Return the reports that have arrived since the last call, in order."""
        if not self._arrived:
            return self._venue.reports()
        waiting = self._arrived
        self._arrived = []
        return waiting + self._venue.reports()

    def next_due_ns(self) -> int | None:
        """Return when something under way arrives next, or None if nothing is."""
        return self._venue.next_due_ns()

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        return self._venue.snapshot()

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned; instruments and configuration must be the same."""
        self._venue.restore(saved)


def _built(module: Any, config: object | None) -> Any:
    """Return a new instance of a plug-in."""
    return module.build(module.Config() if config is None else config)
