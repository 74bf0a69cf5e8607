"""Figures that risk is told from outside: account, profit, clock, heartbeat, instrument status.

Each is kept with the time at which it was told. What cannot be read as a figure, or was said
by a provider that raised, is unknown; unknown and stale are for the controls to refuse.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from tools.core.errors import UsageError
from tools.core.instrument import DOWN, to_steps
from tools.core.snapshots import Snapshot, read_int, read_opt, read_part, read_text
from tools.core.units import Amount


class Figure(StrEnum):
    """The figures by name; the unit ends it."""

    FREE_BALANCE = "free_balance_e8"
    NET_PROFIT = "net_profit_e8"
    CLOCK_OFFSET = "clock_offset_ns"


_DECIMALS: Final[dict[Figure, int]] = {
    Figure.FREE_BALANCE: 8,
    Figure.NET_PROFIT: 8,
    Figure.CLOCK_OFFSET: 9,  # told in seconds
}


class TradingStatus(StrEnum):
    """What the venue lets be done with an instrument."""

    TRADING = "TRADING"
    HALT = "HALT"
    BREAK = "BREAK"
    CANCEL_ONLY = "CANCEL_ONLY"


class Figures:
    """What was told last, and when."""

    def __init__(self) -> None:
        self._values: dict[str, int] = {}
        self._told_ns: dict[str, int] = {}
        self.status: dict[str, TradingStatus] = {}
        self.heartbeat_ns: int | None = None

    def tell(self, figure: Figure, value: Amount | None, now_ns: int) -> int | None:
        """Take a figure in units of one (quote currency, seconds), rounded down.

        What is not a finite number makes the figure unknown. Returns what is kept.
        """
        try:
            kept = None if value is None else to_steps(value, 1, _DECIMALS[figure], DOWN, figure.value)
        except UsageError:
            kept = None
        self.put(figure, kept, now_ns)
        return kept

    def ask(self, figure: Figure, provider: Callable[[], Amount | None], now_ns: int) -> int | None:
        """Take what a provider says; whatever it raises makes the figure unknown."""
        try:
            value = provider()
        except Exception:  # det-ok: a provider that raises, whatever it raises, knows nothing
            value = None
        return self.tell(figure, value, now_ns)

    def put(self, figure: Figure, value: int | None, now_ns: int) -> None:
        """Take a figure that is already in its unit; None makes it unknown."""
        self._told_ns[figure.value] = now_ns
        if value is None:
            self._values.pop(figure.value, None)
        else:
            self._values[figure.value] = value

    def look(self, figure: Figure, now_ns: int) -> tuple[int | None, int | None]:
        """Return ``(figure, how long ago it was told)``; None where it is unknown, or never was told."""
        told_ns = self._told_ns.get(figure)
        return self._values.get(figure), None if told_ns is None else now_ns - told_ns

    def get(self, figure: Figure) -> int | None:
        """Return the figure; None if it is unknown."""
        return self._values.get(figure)

    def age_ns(self, figure: Figure, now_ns: int) -> int | None:
        """Return how long ago it was told; None if it never was."""
        return self.look(figure, now_ns)[1]

    def snapshot(self) -> Snapshot:
        """Return everything that was told."""
        return {
            "heartbeat_ns": self.heartbeat_ns,
            "status": {symbol: status.value for symbol, status in self.status.items()},
            "told_ns": dict(self._told_ns),
            "values": dict(self._values),
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.heartbeat_ns = read_opt(saved, "heartbeat_ns")
        status = read_part(saved, "status")
        told = read_part(saved, "told_ns")
        values = read_part(saved, "values")
        self.status = {symbol: TradingStatus(read_text(status, symbol)) for symbol in status}
        self._told_ns = {name: read_int(told, name) for name in told}
        self._values = {name: read_int(values, name) for name in values}
