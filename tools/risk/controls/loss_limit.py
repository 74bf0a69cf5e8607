"""The day's loss, and the fall from the peak, in money: realised and unrealised, after fees.

The profit is told from outside. A day begins at midnight UTC with the profit as it is then; the
peak is the highest profit since the start, at least 0. A breach lets positions only shrink, by a
latch, after `confirmations` figures in a row that breach; a thaw forgives nothing and lasts until the
next look at a profit that still breaches. A profit that cannot be known is a breach like any other,
and keeps new risk back at once.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import ConfigError
from tools.core.snapshots import Snapshot, read_int, read_opt
from tools.core.units import E8, NS_PER_S
from tools.core.verdicts import Evidence
from tools.risk.control import TICKS, Control, Examples, Finding, Question
from tools.risk.exposure_book import ExposureBook
from tools.risk.figures import Figure, Figures
from tools.risk.holds import Effect, FreezeCause, LatchTrip, Trigger, Trip
from tools.risk.standing import Standing

# Looked up once: every check asks.
_PROFIT: Final = Figure.NET_PROFIT

_DAY_NS: Final = 86_400 * NS_PER_S


class Reason(StrEnum):
    """Why this control refuses."""

    PNL_UNKNOWN = "PNL_UNKNOWN"  # the profit was never told, is no number, or is too old


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    max_daily_loss_e8, max_drawdown_e8
        Greatest loss since midnight UTC, and greatest fall from the peak.
    confirmations
        How many figures in a row must breach.
    max_told_age_ns
        How long a told profit is believed.
    """

    max_daily_loss_e8: int = 500 * E8
    max_drawdown_e8: int = 500 * E8
    confirmations: int = 1
    max_told_age_ns: int = 30 * NS_PER_S

    def __post_init__(self) -> None:
        if self.max_daily_loss_e8 < 0 or self.max_drawdown_e8 < 0 or self.max_told_age_ns < 0:
            raise ConfigError("control.loss_limit: no limit may be negative")
        if self.confirmations < 1:
            raise ConfigError("control.loss_limit.confirmations: must be at least 1")


class LossLimit(Control):
    """Refuses new risk while the profit is unknown, and demands a latch at a breach."""

    def __init__(self, config: Config) -> None:
        self._config: Final = config
        self._day = -1
        self._opening_e8 = 0  # profit at the beginning of the day
        self._peak_e8 = 0
        self._last_e8: int | None = None
        self._breaches = 0

    def check(self, question: Question) -> Finding | None:
        """Refuse new risk while the profit is unknown."""
        if question.reducing:
            return None
        net_e8, told_ns = question.figures.look(_PROFIT, question.now_ns)
        if net_e8 is None or told_ns is None:
            return Reason.PNL_UNKNOWN, (("net_profit_e8", None, None),)
        if not 0 <= told_ns <= self._config.max_told_age_ns:
            return Reason.PNL_UNKNOWN, (("told_age_ns", told_ns, self._config.max_told_age_ns),)
        return None

    def listens(self) -> tuple[str, ...]:
        """Return ticks."""
        return (TICKS,)

    def on_tick(self, book: ExposureBook, figures: Figures, now_ns: int) -> Trip | None:
        """Judge the profit as it was told last."""
        told_ns = figures.age_ns(_PROFIT, now_ns)
        if told_ns is None:
            return None  # nobody has begun to tell; `check` keeps new risk back
        net_e8 = figures.get(_PROFIT)
        if told_ns > self._config.max_told_age_ns:
            net_e8 = None
        day = now_ns // _DAY_NS
        if day != self._day and net_e8 is not None:
            self._opening_e8 = 0 if self._day < 0 else (self._last_e8 or 0)
            self._day = day
        self._last_e8 = net_e8 if net_e8 is not None else self._last_e8
        breach = self._breach(net_e8)
        if breach is None:
            self._breaches = 0
            return None
        self._breaches += 1
        if self._breaches < self._config.confirmations:
            return None
        trigger, text, figure = breach
        return LatchTrip(FreezeCause(now_ns, trigger, None, text, figure, effect=Effect.REDUCE_ONLY))

    def _breach(self, net_e8: int | None) -> tuple[Trigger, str, Evidence] | None:
        config = self._config
        if net_e8 is None:
            return Trigger.PNL_UNKNOWN, "Profit and loss cannot be known", ("net_profit_e8", None, None)
        self._peak_e8 = max(self._peak_e8, net_e8)
        loss_e8 = self._opening_e8 - net_e8
        if loss_e8 > config.max_daily_loss_e8:
            figure = ("daily_loss_e8", loss_e8, config.max_daily_loss_e8)
            return Trigger.DAILY_LOSS, "The day's loss is beyond its limit", figure
        fall_e8 = self._peak_e8 - net_e8
        if fall_e8 > config.max_drawdown_e8:
            figure = ("drawdown_e8", fall_e8, config.max_drawdown_e8)
            return Trigger.DRAWDOWN, "The fall from the peak is beyond its limit", figure
        return None

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return the day's loss and the fall from the peak; None while the profit is unknown."""
        net_e8 = now.figures.get(_PROFIT)
        loss_e8 = None if net_e8 is None else max(0, self._opening_e8 - net_e8)
        fall_e8 = None if net_e8 is None else max(0, self._peak_e8 - net_e8)
        return (
            ("daily_loss_e8", loss_e8, self._config.max_daily_loss_e8),
            ("drawdown_e8", fall_e8, self._config.max_drawdown_e8),
        )

    def snapshot(self) -> Snapshot:
        """Return day, opening, peak and how many breaches in a row there were."""
        return {
            "breaches": self._breaches,
            "day": self._day,
            "last_e8": self._last_e8,
            "opening_e8": self._opening_e8,
            "peak_e8": self._peak_e8,
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._breaches = read_int(saved, "breaches")
        self._day = read_int(saved, "day")
        self._last_e8 = read_opt(saved, "last_e8")
        self._opening_e8 = read_int(saved, "opening_e8")
        self._peak_e8 = read_int(saved, "peak_e8")


_LOSS: Final = {"max_daily_loss_e8": 10, "max_drawdown_e8": 20}
EXAMPLES: Final[Examples] = (
    ({}, "PNL_UNKNOWN"),
    ({"net_profit": "NaN"}, "PNL_UNKNOWN"),
    ({"config": _LOSS, "before": (("profit", -11), ("tick",))}, "DAILY_LOSS"),
    (
        {"config": _LOSS, "before": (("profit", 30), ("tick",), ("profit", 9), ("tick",))},
        "DRAWDOWN",
    ),
    (
        {
            "config": {**_LOSS, "confirmations": 2},
            "before": (("profit", -11), ("tick",), ("profit", None), ("tick",)),
        },
        "PNL_UNKNOWN",
    ),
    (
        {
            "config": {**_LOSS, "confirmations": 2},
            "before": (("profit", -11), ("tick",), ("profit", -10), ("tick",), ("profit", -11), ("tick",)),
        },
        None,
    ),
    ({"config": _LOSS, "before": (("profit", 30), ("tick",), ("profit", 10), ("tick",))}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return LossLimit(config)
