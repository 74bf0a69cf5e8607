"""A passive probe: what it costs to have joined the best at a moment, five seconds after the fill."""

from typing import Final

from tools.core.events import Quote, Side, Trade
from tools.core.units import NS_PER_S, UBPS_ONE
from tools.execution.fill_model import FillLots, Resting
from tools.execution.fills import risk_averse
from tools.execution.venue_book import VenueBook

LIFE_NS: Final = 30 * NS_PER_S
HORIZON_NS: Final = 5 * NS_PER_S


class Probe:
    """One lot joins each side of the best every second, behind what is displayed.

    It rests for at most 30 s and fills by the pessimistic queue of `risk_averse`. `costs` has
    ``(second in which it was placed, cost)``: how far the mid has moved against the fill after
    5 s, relative to that mid, in micro basis points; negative where it paid.
    """

    def __init__(self) -> None:
        self.costs: Final[list[tuple[int, int]]] = []
        self._model: Final = risk_averse.build(risk_averse.Config())
        self._book: Final = VenueBook()
        self._resting: Final[dict[str, tuple[int, Side, int, int]]] = {}
        self._filled: Final[list[tuple[int, int, Side, int]]] = []  # due, second, side, price
        self._head = 0
        self._count = 0

    def pass_time(self, now_ns: int) -> None:
        """Settle what is due before `now_ns`, by the mid that stands; call before every event."""
        filled = self._filled
        while self._head < len(filled) and filled[self._head][0] < now_ns:
            _, second, side, price_ticks = filled[self._head]
            self._head += 1
            mid_ht = self._book.mid_ht
            if mid_ht is not None:
                against_ht = 2 * price_ticks - mid_ht
                if side is Side.SELL:
                    against_ht = -against_ht
                self.costs.append((second, against_ht * UBPS_ONE // mid_ht))

    def on_quote(self, quote: Quote) -> None:
        """Follow the best."""
        self._book.on_quote(quote)
        self._fills(self._model.on_quote(self._book, quote.recv_ns), quote.recv_ns)

    def on_trade(self, trade: Trade) -> None:
        """Follow a print."""
        self._fills(self._model.on_trade(trade, trade.recv_ns), trade.recv_ns)

    def _fills(self, fills: tuple[FillLots, ...], now_ns: int) -> None:
        for fill in fills:
            second, side, price_ticks, _ = self._resting.pop(fill.client_id)
            self._filled.append((now_ns + HORIZON_NS, second, side, price_ticks))

    def place(self, second: int, now_ns: int) -> None:
        """Take back what has rested for too long, and join both sides as of `second`."""
        for client_id in [key for key, item in self._resting.items() if item[3] <= now_ns]:
            del self._resting[client_id]
            self._model.on_gone(client_id)
        book = self._book
        if not book.usable or book.bid_ticks >= book.ask_ticks:
            return
        for side, price_ticks in ((Side.BUY, book.bid_ticks), (Side.SELL, book.ask_ticks)):
            self._count += 1
            client_id = str(self._count)
            self._resting[client_id] = (second, side, price_ticks, now_ns + LIFE_NS)
            self._model.on_rest(Resting(client_id, side, price_ticks, 1, now_ns), book)
