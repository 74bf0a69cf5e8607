"""A market that has moved too far within a short time pauses the instrument.

It is a local form of the venues' velocity logic: highest less lowest mid within the window, as a
part of the lowest. Cancels pass, and the pause runs out by itself; 0 means until an operator
opens it.
"""

from dataclasses import dataclass
from typing import Final

from tools.core.errors import ConfigError
from tools.core.snapshots import Snapshot, read_part
from tools.core.units import NS_PER_S, UBPS_ONE, UBPS_PER_BPS
from tools.core.verdicts import Evidence
from tools.risk.control import QUOTES, Control, Examples, Finding, Question
from tools.risk.exposure import Exposure
from tools.risk.holds import FreezeCause, Trigger, Trip, trip_for
from tools.risk.standing import Standing
from tools.risk.windows import RangeWindow


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    max_move_ubps
        Greatest move of the mid within the window, as a part of its lowest.
    window_ns
        The period of time.
    frozen_ns
        How long the pause lasts; 0 for a latch.
    """

    max_move_ubps: int = 300 * UBPS_PER_BPS
    window_ns: int = NS_PER_S
    frozen_ns: int = 5 * NS_PER_S

    def __post_init__(self) -> None:
        if self.window_ns <= 0 or self.frozen_ns < 0 or self.max_move_ubps < 0:
            raise ConfigError("control.velocity: window_ns must be positive, the others not negative")


class Velocity(Control):
    """Demands a pause of the instrument whose market runs away."""

    def __init__(self, config: Config) -> None:
        self._config: Final = config
        self._mids: Final[dict[str, RangeWindow]] = {}

    def check(self, question: Question) -> Finding | None:
        """Let every order pass: this one watches what happens."""
        return None

    def listens(self) -> tuple[str, ...]:
        """Return quotes."""
        return (QUOTES,)

    def _window(self, symbol: str) -> RangeWindow:
        found = self._mids.get(symbol)
        if found is None:
            found = RangeWindow(self._config.window_ns)
            self._mids[symbol] = found
        return found

    def on_quote(self, symbol: str, exposure: Exposure, now_ns: int) -> Trip | None:
        """Take in a mid; demand the pause if it is too far from the others."""
        mid_ht = exposure.quote_ht
        if mid_ht is None:
            return None
        window = self._window(symbol)
        if not window.add(now_ns, mid_ht):
            return None  # a range that has not grown was judged before
        found = window.span(now_ns)
        if found is None:
            return None
        low_ht, high_ht = found  # a mid is positive
        if (high_ht - low_ht) * UBPS_ONE <= self._config.max_move_ubps * low_ht:
            return None
        moved_ubps = (high_ht - low_ht) * UBPS_ONE // low_ht
        cause = FreezeCause(
            now_ns,
            Trigger.PRICE_VELOCITY,
            symbol,
            "The market has moved too far within the window",
            ("moved_ubps", moved_ubps, self._config.max_move_ubps),
            symbol,
        )
        return trip_for(cause, self._config.frozen_ns)

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return the largest move of any instrument within the window."""
        most_ubps = 0
        for window in self._mids.values():
            found = window.span(now.now_ns)
            if found is not None:
                most_ubps = max(most_ubps, (found[1] - found[0]) * UBPS_ONE // found[0])
        return (("moved_ubps", most_ubps, self._config.max_move_ubps),)

    def snapshot(self) -> Snapshot:
        """Return the windows."""
        return {symbol: window.snapshot() for symbol, window in self._mids.items()}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._mids.clear()
        for symbol in saved:
            self._window(symbol).restore(read_part(saved, symbol))


EXAMPLES: Final[Examples] = (
    ({"before": (("quote", 1_000, 1_000, 1, 1), ("quote", 1_031, 1_031, 1, 1))}, "PRICE_VELOCITY"),
    ({"before": (("quote", 1_031, 1_031, 1, 1), ("quote", 1_000, 1_000, 1, 1))}, "PRICE_VELOCITY"),
    ({"before": (("quote", 1_000, 1_000, 1, 1), ("quote", 1_030, 1_030, 1, 1))}, None),
    (
        {
            "before": (
                ("quote", 1_000, 1_000, 1, 1),
                ("at", 2 * NS_PER_S),
                ("quote", 1_031, 1_031, 1, 1),
            )
        },
        None,
    ),
)


def build(config: Config) -> Control:
    """Return the control."""
    return Velocity(config)
