"""The prices of our own orders and fills do not walk away over a period of time.

Each order may be near the mark and still follow it wherever it goes. Within the window no order
of ours may be priced further than the band from the lowest and the highest price at which we
have ordered or traded in this instrument. A refusal is an alert.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import ConfigError
from tools.core.orders import OrderChange
from tools.core.reports import Liquidity
from tools.core.snapshots import Snapshot, read_part
from tools.core.units import NS_PER_S, UBPS_ONE, UBPS_PER_BPS
from tools.core.verdicts import Evidence
from tools.risk.approval import ApprovedOrder
from tools.risk.control import CHANGES, SENT, Control, Examples, Finding, Question
from tools.risk.exposure import Exposure
from tools.risk.holds import Trip
from tools.risk.standing import Standing
from tools.risk.windows import RangeWindow


class Reason(StrEnum):
    """Why this control refuses."""

    PRICE_WALK = "PRICE_WALK"  # our own prices have moved too far within the window


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    max_move_ubps
        Greatest distance between two of our prices within the window, as a part of the lower.
    window_ns
        The period of time.
    """

    max_move_ubps: int = 500 * UBPS_PER_BPS
    window_ns: int = 60 * NS_PER_S

    def __post_init__(self) -> None:
        if self.window_ns <= 0 or self.max_move_ubps < 0:
            raise ConfigError("control.price_walk: window_ns must be positive, max_move_ubps not negative")


class PriceWalk(Control):
    """Refuses a price that is too far from our own of a moment ago; not one that only reduces."""

    def __init__(self, config: Config) -> None:
        self._config: Final = config
        self._prices: Final[dict[str, RangeWindow]] = {}

    def check(self, question: Question) -> Finding | None:
        """Refuse a price that has walked too far."""
        price_ticks = question.price_ticks
        window = self._prices.get(question.intent.symbol)
        if price_ticks is None or window is None or question.reducing:
            return None
        found = window.span(question.now_ns)
        if found is None:
            return None
        low_ticks, high_ticks = found
        if price_ticks < low_ticks:
            low_ticks = price_ticks
        elif price_ticks > high_ticks:
            high_ticks = price_ticks
        moved_ticks = max(high_ticks - price_ticks, price_ticks - low_ticks)
        if moved_ticks * UBPS_ONE <= self._config.max_move_ubps * low_ticks:
            return None
        moved_ubps = moved_ticks * UBPS_ONE // max(1, low_ticks)
        return Reason.PRICE_WALK, (("own_move_ubps", moved_ubps, self._config.max_move_ubps),)

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return how far our own prices of any instrument are apart within the window."""
        most_ubps = 0
        for window in self._prices.values():
            found = window.span(now.now_ns)
            if found is not None:
                most_ubps = max(most_ubps, (found[1] - found[0]) * UBPS_ONE // max(1, found[0]))
        return (("own_move_ubps", most_ubps, self._config.max_move_ubps),)

    def listens(self) -> tuple[str, ...]:
        """Return orders and fills."""
        return (SENT, CHANGES)

    def loud(self) -> bool:
        """Return True."""
        return True

    def overridable(self) -> bool:
        """Return True: RTS 6, article 15(6)."""
        return True

    def on_sent(self, client_id: str, order: ApprovedOrder, exposure: Exposure, now_ns: int) -> Trip | None:
        """Take in the order's price."""
        self._add(order.intent.symbol, order.price_ticks, now_ns)
        return None

    def on_change(
        self, change: OrderChange, liquidity: Liquidity, exposure: Exposure, now_ns: int
    ) -> Trip | None:
        """Take in a fill's price; what a redenomination adds has none."""
        if change.fill_ticks > 0:
            self._add(change.symbol, change.fill_ticks, now_ns)
        return None

    def _add(self, symbol: str, price_ticks: int, now_ns: int) -> None:
        window = self._prices.get(symbol)
        if window is None:
            window = RangeWindow(self._config.window_ns)
            self._prices[symbol] = window
        window.add(now_ns, price_ticks)

    def snapshot(self) -> Snapshot:
        """Return the windows."""
        return {symbol: window.snapshot() for symbol, window in self._prices.items()}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._prices.clear()
        for symbol in saved:
            self._prices[symbol] = RangeWindow(self._config.window_ns)
            self._prices[symbol].restore(read_part(saved, symbol))


EXAMPLES: Final[Examples] = (
    ({"before": (("order", "a", "BUY", 1, 1_000),), "price_ticks": 1_051}, "PRICE_WALK"),
    (
        {
            "before": (("order", "a", "BUY", 1, 1_000), ("order", "b", "BUY", 1, 1_040)),
            "price_ticks": 1_060,
        },
        "PRICE_WALK",
    ),
    ({"before": (("order", "a", "BUY", 1, 1_000),), "price_ticks": 1_050}, None),
    (
        {"before": (("order", "a", "BUY", 1, 1_000), ("at", 70 * NS_PER_S)), "price_ticks": 1_051},
        None,
    ),
)


def build(config: Config) -> Control:
    """Return the control."""
    return PriceWalk(config)
