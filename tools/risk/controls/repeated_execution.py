"""How often the strategy is filled and enters again without a human: a number, and then a latch.

A fill followed by an order that adds risk, in the same instrument, is one repetition. Beyond
`max_repeats` within the window the instrument is frozen until an operator opens it again; time
alone never does (RTS 6, article 15(3)).
"""

from dataclasses import dataclass
from typing import Final

from tools.core.errors import ConfigError
from tools.core.orders import OrderChange
from tools.core.reports import Liquidity
from tools.core.snapshots import Snapshot, read_bool, read_part
from tools.core.units import NS_PER_S
from tools.core.verdicts import Evidence
from tools.risk.approval import ApprovedOrder
from tools.risk.control import CHANGES, SENT, Control, Examples, Finding, Question
from tools.risk.exposure import Exposure
from tools.risk.holds import FreezeCause, LatchTrip, Trigger, Trip
from tools.risk.standing import Standing
from tools.risk.windows import SumWindow


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    max_repeats
        Greatest number of repetitions within the window.
    window_ns
        The period of time.
    """

    max_repeats: int = 1_000
    window_ns: int = 3_600 * NS_PER_S

    def __post_init__(self) -> None:
        if self.window_ns <= 0 or self.max_repeats < 0:
            raise ConfigError(
                "control.repeated_execution: window_ns must be positive, max_repeats not negative"
            )


class _Count:
    def __init__(self, window_ns: int) -> None:
        self.window: Final = SumWindow(window_ns)
        self.filled = False


class RepeatedExecution(Control):
    """Demands a latch on the instrument that has been filled and entered too often."""

    def __init__(self, config: Config) -> None:
        self._config: Final = config
        self._counts: Final[dict[str, _Count]] = {}

    def check(self, question: Question) -> Finding | None:
        """Let every order pass: this one watches what happens."""
        return None

    def listens(self) -> tuple[str, ...]:
        """Return orders and fills."""
        return (SENT, CHANGES)

    def _count(self, symbol: str) -> _Count:
        found = self._counts.get(symbol)
        if found is None:
            found = _Count(self._config.window_ns)
            self._counts[symbol] = found
        return found

    def on_change(
        self, change: OrderChange, liquidity: Liquidity, exposure: Exposure, now_ns: int
    ) -> Trip | None:
        """Note that something was filled."""
        if change.fill_lots > 0:
            self._count(change.symbol).filled = True
        return None

    def on_sent(self, client_id: str, order: ApprovedOrder, exposure: Exposure, now_ns: int) -> Trip | None:
        """Count an entry after a fill; demand the latch at one too many, and begin again at none."""
        symbol = order.intent.symbol
        count = self._count(symbol)
        if not count.filled or exposure.reduces(order.intent.side, 0):
            return None  # the exposure has the order already: with nothing added it still reduces
        count.filled = False
        count.window.add(now_ns, 1)
        repeats = count.window.total(now_ns)
        if repeats <= self._config.max_repeats:
            return None
        count.window.clear()
        return LatchTrip(
            FreezeCause(
                now_ns,
                Trigger.REPEATED_EXECUTION,
                symbol,
                f"Filled and entered again {repeats} times within the window",
                ("repeats_count", repeats, self._config.max_repeats),
                symbol,
            )
        )

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return the most repetitions of any instrument."""
        most = 0
        for count in self._counts.values():
            most = max(most, count.window.total(now.now_ns))
        return (("repeats_count", most, self._config.max_repeats),)

    def snapshot(self) -> Snapshot:
        """Return the counts."""
        out: Snapshot = {}
        for symbol, count in self._counts.items():
            out[symbol] = {"filled": count.filled, "window": count.window.snapshot()}
        return out

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._counts.clear()
        for symbol in saved:
            part = read_part(saved, symbol)
            count = self._count(symbol)
            count.filled = read_bool(part, "filled")
            count.window.restore(read_part(part, "window"))


_ROUND: Final = (("order", "a", "BUY", 1, 100), ("fill", "a", 1, 100), ("closed", "a"))
EXAMPLES: Final[Examples] = (
    (
        {"config": {"max_repeats": 0}, "before": (*_ROUND, ("order", "b", "BUY", 1, 100))},
        "REPEATED_EXECUTION",
    ),
    (
        {"config": {"max_repeats": 1}, "before": (*_ROUND, ("order", "b", "BUY", 1, 100))},
        None,
    ),
    # What only reduces is no entry.
    (
        {"config": {"max_repeats": 0}, "before": (*_ROUND, ("order", "b", "SELL", 1, 100))},
        None,
    ),
)


def build(config: Config) -> Control:
    """Return the control."""
    return RepeatedExecution(config)
