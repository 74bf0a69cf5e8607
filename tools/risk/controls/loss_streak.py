"""Too many losing exits within a time let the instrument's position only shrink for a while.

An exit is a fill that reduces the position; it loses if what it realises, by average entry price
and before fees, is a loss of more than `small_loss_e8`. Each losing exit counts once; a winning
one during the pause does not make it longer. What a bust or a correction takes back is
booked as the opposite at its own price and loses nothing; what a correction puts in its place counts
by what it loses more.
"""

from dataclasses import dataclass
from typing import Final

from tools.core.errors import ConfigError
from tools.core.events import Side
from tools.core.orders import OrderChange
from tools.core.reports import Liquidity
from tools.core.snapshots import Snapshot, read_int, read_part
from tools.core.units import E8, NS_PER_S
from tools.core.verdicts import Evidence
from tools.risk.control import CHANGES, Control, Examples, Finding, Question
from tools.risk.exposure import Exposure
from tools.risk.holds import Effect, FreezeCause, Trigger, Trip, trip_for
from tools.risk.standing import Standing
from tools.risk.windows import SumWindow


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    max_losses
        Greatest number of losing exits within the window.
    small_loss_e8
        Losses of no more than this do not count, 1e-8 quote currency.
    window_ns
        The period of time.
    frozen_ns
        How long the pause lasts; 0 for a latch.
    """

    max_losses: int = 20
    small_loss_e8: int = 1 * E8
    window_ns: int = 3_600 * NS_PER_S
    frozen_ns: int = 600 * NS_PER_S

    def __post_init__(self) -> None:
        if self.window_ns <= 0 or self.frozen_ns < 0:
            raise ConfigError("control.loss_streak: window_ns must be positive, frozen_ns not negative")
        if self.max_losses < 0 or self.small_loss_e8 < 0:
            raise ConfigError("control.loss_streak: no limit may be negative")


class _Track:
    def __init__(self, window_ns: int) -> None:
        self.position_lots = 0
        self.cost_htl = 0  # of the position's sign
        self.losses: Final = SumWindow(window_ns)


class LossStreak(Control):
    """Demands that the instrument's position only shrink after too many losing exits."""

    def __init__(self, config: Config) -> None:
        self._config: Final = config
        self._tracks: Final[dict[str, _Track]] = {}

    def check(self, question: Question) -> Finding | None:
        """Let every order pass: this one watches what happens."""
        return None

    def listens(self) -> tuple[str, ...]:
        """Return fills."""
        return (CHANGES,)

    def _track(self, symbol: str) -> _Track:
        found = self._tracks.get(symbol)
        if found is None:
            found = _Track(self._config.window_ns)
            self._tracks[symbol] = found
        return found

    def on_change(
        self, change: OrderChange, liquidity: Liquidity, exposure: Exposure, now_ns: int
    ) -> Trip | None:
        """Book a fill; demand the pause at one losing exit too many."""
        if change.fill_lots == 0 and change.undone_lots == 0:
            return None
        track = self._track(change.symbol)
        buying = change.side is Side.BUY
        _book(track, not buying, change.undone_lots, change.undone_ticks)
        lost_htl = _book(track, buying, change.fill_lots, change.fill_ticks)
        lost_e8 = exposure.steps.e8_up(lost_htl) if lost_htl > 0 else 0
        if lost_e8 <= self._config.small_loss_e8:
            return None
        track.losses.add(now_ns, 1)
        losses = track.losses.total(now_ns)
        if losses <= self._config.max_losses:
            return None
        track.losses.clear()
        cause = FreezeCause(
            now_ns,
            Trigger.LOSS_STREAK,
            change.symbol,
            f"{losses} losing exits within the window",
            ("losing_exits_count", losses, self._config.max_losses),
            change.symbol,
            Effect.REDUCE_ONLY,
        )
        return trip_for(cause, self._config.frozen_ns)

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return the most losing exits of any instrument."""
        most = 0
        for track in self._tracks.values():
            most = max(most, track.losses.total(now.now_ns))
        return (("losing_exits_count", most, self._config.max_losses),)

    def snapshot(self) -> Snapshot:
        """Return positions, costs and losses."""
        out: Snapshot = {}
        for symbol, track in self._tracks.items():
            out[symbol] = {
                "cost_htl": track.cost_htl,
                "losses": track.losses.snapshot(),
                "position_lots": track.position_lots,
            }
        return out

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._tracks.clear()
        for symbol in saved:
            part = read_part(saved, symbol)
            track = self._track(symbol)
            track.cost_htl = read_int(part, "cost_htl")
            track.position_lots = read_int(part, "position_lots")
            track.losses.restore(read_part(part, "losses"))


def _book(track: _Track, buying: bool, lots: int, price_ticks: int) -> int:
    """Book a fill at average cost; return what it loses in half-tick x lot (0 or less: nothing).

    Without a price (a redenomination) the position moves, and not what was paid for it.
    """
    signed_lots = lots if buying else -lots
    price_ht = 2 * price_ticks
    held_lots = track.position_lots
    track.position_lots = held_lots + signed_lots
    if price_ticks == 0:
        return 0
    if held_lots * signed_lots >= 0:
        track.cost_htl += signed_lots * price_ht
        return 0
    closing_lots = min(abs(signed_lots), abs(held_lots))
    released_htl = track.cost_htl * closing_lots // abs(held_lots)
    sign = 1 if held_lots > 0 else -1
    track.cost_htl -= released_htl
    opened_lots = abs(signed_lots) - closing_lots
    track.cost_htl -= sign * opened_lots * price_ht
    return released_htl - sign * closing_lots * price_ht


_LOSING: Final = (
    ("order", "a", "BUY", 2, 100),
    ("fill", "a", 2, 100),
    ("closed", "a"),
    ("order", "b", "SELL", 1, 90),
    ("fill", "b", 1, 90),
)
EXAMPLES: Final[Examples] = (
    ({"config": {"max_losses": 0, "small_loss_e8": 9}, "before": _LOSING}, "LOSS_STREAK"),
    ({"config": {"max_losses": 0, "small_loss_e8": 10}, "before": _LOSING}, None),
    ({"config": {"max_losses": 1, "small_loss_e8": 0}, "before": _LOSING}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return LossStreak(config)
