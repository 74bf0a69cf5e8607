"""P0.1's quoter: a buy and a sell around the mid of every quote, never replaced."""

from typing import Final

from tools.core.events import Quote, Side
from tools.core.orders import Intent

_HALF_BPS: Final = 20_000  # half-basis-points in one


class SpreadQuoter:
    """Quotes ``mid x (1 -/+ spread_bps / 2 bps)``: buy first, rounded down; sell rounded up.

    Parameters
    ----------
    qty_lots
        Quantity of each order.
    spread_bps
        Distance between the two prices in whole basis points.
    """

    def __init__(self, qty_lots: int, spread_bps: int) -> None:
        self._qty_lots: Final = qty_lots
        self._spread_bps: Final = spread_bps

    def intents(self, quote: Quote) -> list[Intent]:
        """Return what P0.1 would send on this quote."""
        mid_ht = quote.bid_ticks + quote.ask_ticks
        # Ticks = mid_ht / 2 x (1 -/+ spread / 20,000), kept as one fraction until rounded.
        unit = 2 * _HALF_BPS
        buy_ticks = mid_ht * (_HALF_BPS - self._spread_bps) // unit
        sell_ticks = -(-mid_ht * (_HALF_BPS + self._spread_bps) // unit)
        return [
            Intent(quote.symbol, quote.recv_ns, Side.BUY, self._qty_lots, buy_ticks),
            Intent(quote.symbol, quote.recv_ns, Side.SELL, self._qty_lots, sell_ticks),
        ]
