"""Positions that a kill is to bring to flat: what is due, and what takes too long."""

from collections.abc import Mapping
from typing import Final

from tools.core.units import NS_PER_S
from tools.risk import Exposure
from tools.risk.holds import EVERYTHING

AGAIN_AFTER_NS: Final = NS_PER_S
LATE_AFTER_NS: Final = 10 * NS_PER_S


class Flattening:
    """Remembers which scopes are to be flat, since when, and what was sent for it."""

    def __init__(self) -> None:
        self.wanted: dict[str, int] = {}  # scope -> since
        self._tried_ns: dict[str, int] = {}
        self._orders: dict[str, bool] = {}
        self._told: dict[str, bool] = {}

    def start(self, scope: str, now_ns: int) -> None:
        """Bring a scope to flat."""
        self.wanted.setdefault(scope, now_ns)

    def stop(self, scope: str) -> None:
        """Let a scope be as it is: its kill is over, and another kill has to ask for it again."""
        self.wanted.pop(scope, None)
        self._told.clear()

    def over(self, client_id: str) -> None:
        """Forget an order of which nothing more is expected."""
        self._orders.pop(client_id, None)

    def sent(self, client_id: str) -> bool:
        """Return True for an order that was sent to close a position: it is not withdrawn."""
        return client_id in self._orders

    def note(self, symbol: str, client_id: str, now_ns: int) -> None:
        """Note an order that was sent, or (without an id) that could not be."""
        self._tried_ns[symbol] = now_ns
        if client_id:
            self._orders[client_id] = True

    def _since_ns(self, symbol: str) -> int | None:
        since_ns = self.wanted.get(symbol)
        return self.wanted.get(EVERYTHING) if since_ns is None else since_ns

    def due(self, exposures: Mapping[str, Exposure], now_ns: int) -> list[str]:
        """Return the symbols that hold something and were not tried a moment ago."""
        out: list[str] = []
        for symbol, exposure in exposures.items():
            if self._since_ns(symbol) is None or exposure.position_lots == 0:
                continue
            tried_ns = self._tried_ns.get(symbol)
            if tried_ns is None or now_ns - tried_ns >= AGAIN_AFTER_NS:
                out.append(symbol)
        return out

    def late(self, exposures: Mapping[str, Exposure], now_ns: int) -> list[str]:
        """Return the symbols that should have been flat by now, once each."""
        out: list[str] = []
        for symbol, exposure in exposures.items():
            since_ns = self._since_ns(symbol)
            if since_ns is None or symbol in self._told or exposure.flat:
                continue
            if now_ns - since_ns >= LATE_AFTER_NS:
                self._told[symbol] = True
                out.append(symbol)
        return out
