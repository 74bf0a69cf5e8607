"""An order far larger than what the market displays is a mistake.

The measure is the largest size shown at the best level within the window, either side. Orders
worth no more than a floor are small whatever is displayed.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import ConfigError
from tools.core.snapshots import Snapshot, read_part
from tools.core.units import E8, NS_PER_S, PPM
from tools.core.verdicts import Evidence
from tools.risk.control import QUOTES, Control, Examples, Finding, Question
from tools.risk.exposure import Exposure
from tools.risk.holds import Trip
from tools.risk.standing import Standing
from tools.risk.windows import RangeWindow


class Reason(StrEnum):
    """Why this control refuses."""

    DISPLAYED_SIZE_UNKNOWN = "DISPLAYED_SIZE_UNKNOWN"  # no size was displayed within the window
    FAT_FINGER = "FAT_FINGER"  # many times what the market displays


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    max_displayed_ppm
        Greatest quantity as a share of the largest displayed size.
    floor_e8
        Orders worth no more than this pass, 1e-8 quote currency.
    window_ns
        Within which the displayed sizes count.
    """

    max_displayed_ppm: int = 10 * PPM
    floor_e8: int = 1_000 * E8
    window_ns: int = 60 * NS_PER_S

    def __post_init__(self) -> None:
        if self.window_ns <= 0 or self.max_displayed_ppm < 0 or self.floor_e8 < 0:
            raise ConfigError("control.fat_finger: window_ns must be positive, the others not negative")


class FatFinger(Control):
    """Refuses a quantity that is out of all proportion to the market."""

    def __init__(self, config: Config) -> None:
        self._config: Final = config
        self._sizes: Final[dict[str, RangeWindow]] = {}

    def check(self, question: Question) -> Finding | None:
        """Refuse what is many times the displayed size."""
        intent = question.intent
        if question.value_ht is None:
            return None
        if question.exposure.steps.e8_up(question.value_ht * intent.qty_lots) <= self._config.floor_e8:
            return None
        window = self._sizes.get(intent.symbol)
        largest_lots = None if window is None else window.high(question.now_ns)
        if largest_lots is None or largest_lots <= 0:
            return Reason.DISPLAYED_SIZE_UNKNOWN, (("displayed_lots", largest_lots, 1),)
        limit_lots = largest_lots * self._config.max_displayed_ppm // PPM
        if intent.qty_lots > limit_lots:
            return Reason.FAT_FINGER, (("qty_lots", intent.qty_lots, limit_lots),)
        return None

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return the largest open order above the floor as a share of what its market displays.

        None if that is not known of one of them; 0 if none is above the floor.
        """
        config = self._config
        most_ppm = 0
        for symbol, exposure in now.book.by_symbol.items():
            if not exposure.open:
                continue
            window = self._sizes.get(symbol)
            largest_lots = None if window is None else window.high(now.now_ns)
            for live in exposure.open.values():
                value_ht = max(2 * live.price_ticks, exposure.mark_ht or 0)
                if 0 < exposure.steps.e8_up(value_ht * live.asked_lots) <= config.floor_e8:
                    continue
                if largest_lots is None or largest_lots <= 0:
                    return (("displayed_share_ppm", None, config.max_displayed_ppm),)
                most_ppm = max(most_ppm, live.asked_lots * PPM // largest_lots)
        return (("displayed_share_ppm", most_ppm, config.max_displayed_ppm),)

    def quiet_limits(self) -> tuple[str, ...]:
        """Return its share: an order of that size is as it should be."""
        return ("displayed_share_ppm",)

    def listens(self) -> tuple[str, ...]:
        """Return quotes."""
        return (QUOTES,)

    def on_quote(self, symbol: str, exposure: Exposure, now_ns: int) -> Trip | None:
        """Take in the displayed sizes."""
        window = self._sizes.get(symbol)
        if window is None:
            window = RangeWindow(self._config.window_ns)
            self._sizes[symbol] = window
        window.add(now_ns, max(exposure.bid_lots, exposure.ask_lots))
        return None

    def overridable(self) -> bool:
        """Return True: RTS 6, article 15(6)."""
        return True

    def snapshot(self) -> Snapshot:
        """Return the windows."""
        return {symbol: window.snapshot() for symbol, window in self._sizes.items()}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._sizes.clear()
        for symbol in saved:
            self._sizes[symbol] = RangeWindow(self._config.window_ns)
            self._sizes[symbol].restore(read_part(saved, symbol))


EXAMPLES: Final[Examples] = (
    ({"config": {"floor_e8": 99}}, "DISPLAYED_SIZE_UNKNOWN"),
    ({"config": {"floor_e8": 99}, "before": (("quote", 99, 101, 1, 2),), "qty_lots": 21}, "FAT_FINGER"),
    ({"config": {"floor_e8": 99}, "before": (("quote", 99, 101, 1, 2),), "qty_lots": 20}, None),
    ({"config": {"floor_e8": 100}}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return FatFinger(config)
