"""Too much filled within a short time pauses the instrument, as venues' market-maker protection does.

Two limits, independent of each other: the value of all fills within the window, and the value
of their net quantity. A bust moves the net quantity back, which may be further out; a correction
counts as what it adds to the execution that it corrects. `frozen_ns` is how long the instrument
pauses; 0 means until an operator opens it. With `maker_only` fills that took liquidity do not count.
"""

from dataclasses import dataclass
from typing import Final

from tools.core.errors import ConfigError
from tools.core.events import Side
from tools.core.orders import OrderChange
from tools.core.reports import Liquidity
from tools.core.snapshots import Snapshot, read_part
from tools.core.units import E8, NS_PER_S
from tools.core.verdicts import Evidence
from tools.risk.control import CHANGES, Control, Examples, Finding, Question
from tools.risk.exposure import Exposure
from tools.risk.holds import FreezeCause, Trigger, Trip, trip_for
from tools.risk.standing import Standing
from tools.risk.windows import SumWindow


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    max_filled_e8, max_net_e8
        Greatest value of all fills, and of buys less sells, within the window.
    window_ns
        The period of time.
    frozen_ns
        How long the pause lasts; 0 for a latch.
    maker_only
        Count only fills that added liquidity.
    """

    max_filled_e8: int = 20_000 * E8
    max_net_e8: int = 10_000 * E8
    window_ns: int = 5 * NS_PER_S
    frozen_ns: int = 10 * NS_PER_S
    maker_only: bool = False

    def __post_init__(self) -> None:
        if self.window_ns <= 0 or self.frozen_ns < 0:
            raise ConfigError("control.fill_velocity: window_ns must be positive, frozen_ns not negative")
        if self.max_filled_e8 < 0 or self.max_net_e8 < 0:
            raise ConfigError("control.fill_velocity: no limit may be negative")


class _Sums:
    def __init__(self, window_ns: int) -> None:
        self.filled_e8: Final = SumWindow(window_ns)
        self.net_e8: Final = SumWindow(window_ns)


class FillVelocity(Control):
    """Demands a pause of the instrument in which too much was filled too fast."""

    def __init__(self, config: Config) -> None:
        self._config: Final = config
        self._sums: Final[dict[str, _Sums]] = {}

    def check(self, question: Question) -> Finding | None:
        """Let every order pass: this one watches what happens."""
        return None

    def listens(self) -> tuple[str, ...]:
        """Return fills."""
        return (CHANGES,)

    def _of(self, symbol: str) -> _Sums:
        found = self._sums.get(symbol)
        if found is None:
            found = _Sums(self._config.window_ns)
            self._sums[symbol] = found
        return found

    def on_change(
        self, change: OrderChange, liquidity: Liquidity, exposure: Exposure, now_ns: int
    ) -> Trip | None:
        """Count a fill or what takes one back; demand a pause beyond a limit, and begin again with it."""
        config = self._config
        if change.fill_lots == 0 and change.undone_lots == 0:
            return None
        if config.maker_only and liquidity is Liquidity.TAKER:
            return None
        added_e8 = exposure.value_e8(change.fill_lots, 2 * change.fill_ticks)
        if not config.maker_only or liquidity is Liquidity.MAKER:  # else it may never have counted
            added_e8 -= exposure.value_e8(change.undone_lots, 2 * change.undone_ticks)
        sums = self._of(change.symbol)
        sums.filled_e8.add(now_ns, max(0, added_e8))
        sums.net_e8.add(now_ns, added_e8 if change.side is Side.BUY else -added_e8)
        filled_e8 = sums.filled_e8.total(now_ns)
        net_e8 = abs(sums.net_e8.total(now_ns))
        if filled_e8 > config.max_filled_e8:
            figure: Evidence = ("filled_e8", filled_e8, config.max_filled_e8)
        elif net_e8 > config.max_net_e8:
            figure = ("net_filled_e8", net_e8, config.max_net_e8)
        else:
            return None
        sums.filled_e8.clear()
        sums.net_e8.clear()
        symbol = change.symbol
        text = "Too much was filled within the window"
        cause = FreezeCause(now_ns, Trigger.FILL_VELOCITY, symbol, text, figure, symbol)
        return trip_for(cause, config.frozen_ns)

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return the most of any instrument against both limits."""
        filled_e8 = 0
        net_e8 = 0
        for sums in self._sums.values():
            filled_e8 = max(filled_e8, sums.filled_e8.total(now.now_ns))
            net_e8 = max(net_e8, abs(sums.net_e8.total(now.now_ns)))
        return (
            ("filled_e8", filled_e8, self._config.max_filled_e8),
            ("net_filled_e8", net_e8, self._config.max_net_e8),
        )

    def snapshot(self) -> Snapshot:
        """Return the windows."""
        out: Snapshot = {}
        for symbol, sums in self._sums.items():
            out[symbol] = {"filled": sums.filled_e8.snapshot(), "net": sums.net_e8.snapshot()}
        return out

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._sums.clear()
        for symbol in saved:
            part = read_part(saved, symbol)
            self._of(symbol).filled_e8.restore(read_part(part, "filled"))
            self._of(symbol).net_e8.restore(read_part(part, "net"))


_TWO: Final = (("order", "a", "BUY", 2, 100), ("fill", "a", 1, 100))
EXAMPLES: Final[Examples] = (
    ({"config": {"max_filled_e8": 199}, "before": (*_TWO, ("fill", "a", 1, 100))}, "FILL_VELOCITY"),
    ({"config": {"max_net_e8": 199}, "before": (*_TWO, ("fill", "a", 1, 100))}, "FILL_VELOCITY"),
    ({"config": {"max_filled_e8": 200}, "before": (*_TWO, ("fill", "a", 1, 100))}, None),
    (
        {
            "config": {"max_filled_e8": 199},
            "before": (*_TWO, ("at", 6 * NS_PER_S), ("fill", "a", 1, 100)),
        },
        None,
    ),
)


def build(config: Config) -> Control:
    """Return the control."""
    return FillVelocity(config)
