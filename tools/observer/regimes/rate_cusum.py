"""Likelihood-ratio CUSUM of a rate: how much better does "twice as many" explain what came?

Each second of a count x adds ``(x ln r - (r - 1) m) / F`` to the sum S, which never falls below
0: the log-likelihood of a Poisson rate of r = 2 times usual against usual, in nats. m is the
mean of the last 300 admitted seconds; F is the dispersion, variance over mean of counts in
blocks, so that clustered flow needs more of the same evidence. S alarms at 13 nats: a false
alarm takes about e^13 s, five days, of flow that is as usual (Page 1954; the ratio of
likelihoods is the quickest statistic for a given rate of false alarms, Lorden 1971; dividing
by F is the quasi-likelihood of Wedderburn 1974).

A **run** is the time since S was last 0: the change, if there is one, began there. Its samples
wait outside of the baseline until S is 0 again; they are then admitted. A run with an alarm ends
with the alarm and is not admitted; one as long as the baseline (at most 300 s) is the new usual.
"""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import ConfigError
from tools.core.snapshots import Snapshot, read_bool, read_int, read_ints, read_part
from tools.core.units import NS_PER_S, PPM
from tools.core.verdicts import Evidence
from tools.observer.regimes.detector import FAST, UNSTABLE, RegimeDetector
from tools.observer.regimes.dispersion import Dispersion
from tools.observer.regimes.features import COUNTS, check_features
from tools.observer.regimes.ilog import LOG2_ONE, ilog2_1p
from tools.observer.regimes.watches import Watch, Watches

_LN2_MICRO: Final = 693_147
_LOG_SCALE: Final = 1 << 30  # so that `ilog2_1p` of a ratio is good to its last bit


class Reason(StrEnum):
    """Which feature, and whether one second was enough."""

    TRADES_RISE = "TRADES_RISE"  # trades per second: far more than usual since the run began
    TRADES_BURST = "TRADES_BURST"  # trades per second: one second alone was enough
    QUOTES_RISE = "QUOTES_RISE"  # quotes per second: far more than usual since the run began
    QUOTES_BURST = "QUOTES_BURST"  # quotes per second: one second alone was enough


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    features
        Of ``trades_1s`` and ``quotes_1s``.
    unstable_bursts_major, unstable_bursts_minor
        Those whose bursts are UNSTABLE instead of FAST, by profile.
    window
        Baseline: admitted samples whose mean is usual.
    ratio_milli
        The rise that it looks for, in thousandths of usual.
    alarm_milli
        S, in thousandths of a nat, that alarms; S goes no higher.
    going_on
        An alarm goes on while so many last seconds together speak for the rise.
    block, memory
        Dispersion: samples in a block, blocks over which it is averaged.
    relearn
        Length of a run, in samples, that makes it the new usual.
    hold_ns
        How long an alarm lasts.
    """

    features: tuple[str, ...] = COUNTS
    unstable_bursts_major: tuple[str, ...] = ()
    unstable_bursts_minor: tuple[str, ...] = ("trades_1s",)
    window: int = 300
    ratio_milli: int = 2_000
    alarm_milli: int = 13_000
    going_on: int = 10
    block: int = 20
    memory: int = 128
    relearn: int = 300
    hold_ns: int = 10 * NS_PER_S

    def __post_init__(self) -> None:
        check_features("detector.rate_cusum.features", self.features, COUNTS)
        check_features("detector.rate_cusum.unstable_bursts_major", self.unstable_bursts_major, COUNTS)
        check_features("detector.rate_cusum.unstable_bursts_minor", self.unstable_bursts_minor, COUNTS)
        if not self.features:
            raise ConfigError("detector.rate_cusum.features: must not be empty")
        for name, value in (
            ("window", self.window),
            ("alarm_milli", self.alarm_milli),
            ("block", self.block),
            ("memory", self.memory),
            ("relearn", self.relearn),
            ("going_on", self.going_on),
        ):
            if value < 1:
                raise ConfigError(f"detector.rate_cusum.{name}: must be at least 1, not {value}")
        if not 1_000 < self.ratio_milli <= 100_000:
            raise ConfigError("detector.rate_cusum.ratio_milli: must be above 1000 and at most 100000")
        if self.hold_ns < 0:
            raise ConfigError("detector.rate_cusum.hold_ns: must not be negative")


LIMITS: Final = ("alarm_milli",)
"""The parameters at which it alarms, for calibration."""

_RISE: Final = {"trades_1s": Reason.TRADES_RISE, "quotes_1s": Reason.QUOTES_RISE}
_BURST: Final = {"trades_1s": Reason.TRADES_BURST, "quotes_1s": Reason.QUOTES_BURST}


class RateWatch(Watch):
    """The sum of one feature, its baseline and the run that is under way."""

    def __init__(self, config: Config, feature: str, burst_level: int, min_samples: int) -> None:
        super().__init__(feature, config.hold_ns)
        if not 1 <= min_samples <= config.window:
            raise ConfigError(f"start.min_samples: must be within 1..{config.window}, not {min_samples}")
        self._config: Final = config
        self._burst_level: Final = burst_level
        self._min_samples: Final = min_samples
        # ln r: what one event adds before it is divided by F.
        doublings = ilog2_1p(config.ratio_milli * _LOG_SCALE // 1_000 - 1) - ilog2_1p(_LOG_SCALE - 1)
        self._event_micro: Final = _LN2_MICRO * doublings // LOG2_ONE
        self._limit_micro: Final = config.alarm_milli * 1_000
        self._usual: deque[int] = deque()
        self._usual_total = 0
        self._dispersion: Final = Dispersion(config.block, config.memory)
        self._last: deque[int] = deque()  # what the last seconds were worth
        self._last_micro = 0
        self._run: list[int] = []
        self._run_total = 0
        self._run_alarmed = False
        self._admitted = 0
        self._x = 0
        self.sum_micro = 0

    def warm(self) -> bool:
        """Return True once the baseline has its minimum of samples."""
        return self._admitted >= self._min_samples

    def sample(self, x: int, now_ns: int) -> None:
        """Add what one sample is worth to the sum, and alarm where it reaches the limit."""
        self._x = x
        if not self.warm():
            self._admit(x)
            return
        added_micro = self._worth_micro(x)
        sum_micro = max(0, min(self._limit_micro, self.sum_micro + added_micro))
        self.sum_micro = sum_micro
        self._run.append(x)
        self._run_total += x
        self._last.append(added_micro)
        self._last_micro += added_micro
        if len(self._last) > self._config.going_on:
            self._last_micro -= self._last.popleft()
        if sum_micro >= self._limit_micro:
            self._run_alarmed = True
            burst = added_micro >= self._limit_micro
            level = self._burst_level if burst else FAST
            reason = _BURST[self.feature] if burst else _RISE[self.feature]
            self.fire(now_ns, level, reason, self._evidence())
        elif self._last_micro > 0:
            self.extend(now_ns)
        if sum_micro == 0 or (self._run_alarmed and now_ns >= self.until_ns):
            self._close_run()
        elif len(self._run) >= min(self._config.relearn, len(self._usual)):
            self._relearn()

    def _mean_ppm(self) -> int:
        """Return the usual count of a second. One event more: nothing seen is not a rate of 0."""
        return (self._usual_total + 1) * PPM // len(self._usual)

    def _worth_micro(self, x: int) -> int:
        usual_micro = (self._config.ratio_milli - 1_000) * self._mean_ppm() // 1_000
        return (x * self._event_micro - usual_micro) * PPM // self._dispersion.ppm()

    def _admit(self, x: int) -> None:
        self._admitted += 1
        self._usual.append(x)
        self._usual_total += x
        if len(self._usual) > self._config.window:
            self._usual_total -= self._usual.popleft()
        self._dispersion.add(x)

    def _close_run(self) -> None:
        """Admit the samples of a run that was nothing; forget those of one that was something.

        After an alarm the sum starts again: a thin market would take an hour to work it off.
        """
        self.sum_micro = 0
        if not self._run_alarmed:
            for x in self._run:
                self._admit(x)
        self._new_run()

    def _relearn(self) -> None:
        """Take the run as the new baseline."""
        self._usual.clear()
        self._usual_total = 0
        for x in self._run:
            self._admit(x)
        self.sum_micro = 0
        self._last.clear()
        self._last_micro = 0
        self._new_run()

    def _new_run(self) -> None:
        self._run.clear()
        self._run_total = 0
        self._run_alarmed = False

    def _burst_at(self) -> int | None:
        """Return the least sample that would alarm by itself now."""
        if not self._usual:
            return None
        need_micro = -(-self._limit_micro * self._dispersion.ppm() // PPM)
        usual_micro = (self._config.ratio_milli - 1_000) * self._mean_ppm() // 1_000
        return -(-(need_micro + usual_micro) // self._event_micro)

    def _evidence(self) -> tuple[Evidence, ...]:
        usual = self._mean_ppm() * len(self._run) // PPM
        name = self.feature.removesuffix("_1s")
        return (
            (f"{self.feature}_llr_milli", self.sum_micro // 1_000, self._config.alarm_milli),
            (f"{name}_run", self._run_total, None),
            (f"{name}_run_usual", usual, None),
            ("run_ns", len(self._run) * NS_PER_S, None),
            (f"{name}_dispersion_milli", self._dispersion.ppm() // 1_000, None),
        )

    def bounds(self) -> tuple[Evidence, ...]:
        """Return the last sample with what would be a burst, and the sum with its limit."""
        return (
            (self.feature, self._x, self._burst_at()),
            (f"{self.feature}_llr_milli", self.sum_micro // 1_000, self._config.alarm_milli),
        )

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        return {
            **super().snapshot(),
            "admitted": self._admitted,
            "dispersion": self._dispersion.snapshot(),
            "last": list(self._last),
            "run": list(self._run),
            "run_alarmed": self._run_alarmed,
            "sum_micro": self.sum_micro,
            "usual": list(self._usual),
            "x": self._x,
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        super().restore(saved)
        self._admitted = read_int(saved, "admitted")
        self._dispersion.restore(read_part(saved, "dispersion"))
        self._last = deque(read_ints(saved, "last"))
        self._last_micro = sum(self._last)
        self._run = read_ints(saved, "run")
        self._run_total = sum(self._run)
        self._run_alarmed = read_bool(saved, "run_alarmed")
        self.sum_micro = read_int(saved, "sum_micro")
        self._usual = deque(read_ints(saved, "usual"))
        self._usual_total = sum(self._usual)
        self._x = read_int(saved, "x")


EXAMPLES: Final = (
    # Usual figures, figures of the seconds after them, and the reason after the last.
    # Usual 10 (a steady flow has dispersion 1): 34 are worth 34 x 0.693 - 10 = 13.6 nats.
    ({"trades_1s": 10}, ({"trades_1s": 34},), "TRADES_BURST"),
    ({"trades_1s": 10}, ({"trades_1s": 33},), ""),  # 12.9
    ({"trades_1s": 10}, ({"trades_1s": 25},) * 2, "TRADES_RISE"),  # 7.3 each
    ({"quotes_1s": 10}, ({"quotes_1s": 34},), "QUOTES_BURST"),
    ({"quotes_1s": 10}, ({"quotes_1s": 20},) * 4, "QUOTES_RISE"),  # 3.9 each
)


def build(config: Config, profile: str, min_samples: int) -> RegimeDetector:
    """Return the detector for an instrument of profile ``major`` or ``minor``."""
    bursts = config.unstable_bursts_minor if profile == "minor" else config.unstable_bursts_major
    watches: list[Watch] = []
    for feature in config.features:
        level = UNSTABLE if feature in bursts else FAST
        watches.append(RateWatch(config, feature, level, min_samples))
    return Watches(watches)
