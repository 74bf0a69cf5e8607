"""The regime: hard caps and detectors joined, with a dwell on the way back.

Getting worse is immediate. Getting better goes one step at a time: UNSTABLE to FAST after
30 s without a trigger, FAST to NORMAL after 10 s more. A trigger that was on at the last
evaluation counts as on until this one.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from tools.core.canon import plain
from tools.core.errors import ConfigError, InvariantError, UsageError
from tools.core.market import MarketState
from tools.core.plugins import load_plugin
from tools.core.snapshots import Snapshot, read_bool, read_evidence, read_int, read_part, read_text
from tools.core.start import StartConfig
from tools.core.units import NS_PER_S
from tools.core.verdicts import Evidence, Regime, RegimeVerdict
from tools.observer.regimes import caps as hard_caps
from tools.observer.regimes.caps import CapsConfig, HardCaps
from tools.observer.regimes.detector import FAST, QUIET, UNSTABLE, RegimeDetector

UNKNOWN: Final = 3
_REGIMES: Final = (Regime.NORMAL, Regime.FAST, Regime.UNSTABLE, Regime.UNKNOWN)


class Reason(StrEnum):
    """Reasons of the engine itself; alarms and caps have their own."""

    NORMAL = "NORMAL"  # no cap and no alarm
    WARMING_UP = "WARMING_UP"  # the baselines have too few samples
    DWELL = "DWELL"  # nothing is wrong any more, but not yet for long enough to get better by a step


@dataclass(frozen=True, kw_only=True)
class RegimeConfig:
    """Parameters.

    Parameters
    ----------
    detector
        The plug-in's file under ``tools/observer/regimes``.
    caps
        Hard caps.
    fast_dwell_ns, unstable_dwell_ns
        Time without a trigger before FAST becomes NORMAL, and UNSTABLE becomes FAST.
    """

    detector: str = "robust_cusum"
    caps: CapsConfig = field(default_factory=CapsConfig)
    fast_dwell_ns: int = 10 * NS_PER_S
    unstable_dwell_ns: int = 30 * NS_PER_S

    def __post_init__(self) -> None:
        if self.fast_dwell_ns < 0:
            raise ConfigError(f"regime.fast_dwell_ns: must not be negative, not {self.fast_dwell_ns}")
        if self.unstable_dwell_ns < 0:
            raise ConfigError(f"regime.unstable_dwell_ns: must not be negative, not {self.unstable_dwell_ns}")


class RegimeEngine:
    """The regime of one instrument.

    Parameters
    ----------
    config
        Parameters.
    profile
        ``"major"`` or ``"minor"``.
    start
        How many samples the detector needs.
    detector
        Used instead of the one that `config` names.
    parameters
        ``Config`` of the detector that `config` names; its defaults if not given.
    """

    def __init__(
        self,
        config: RegimeConfig | None = None,
        profile: str = "major",
        start: StartConfig | None = None,
        detector: RegimeDetector | None = None,
        parameters: object = None,
    ) -> None:
        if profile not in ("major", "minor"):
            raise UsageError(f"profile must be major or minor, not {profile!r}")
        settings = RegimeConfig() if config is None else config
        self._config: Final = settings
        self._caps: Final = HardCaps(settings.caps, profile)
        self._min_samples: Final = (StartConfig() if start is None else start).min_samples
        self._detector: Final = (
            detector
            if detector is not None
            else _build(settings.detector, parameters, profile, self._min_samples)
        )
        self._started = False
        self._last_ns = 0
        self._trigger = QUIET  # the level that held at the last evaluation
        self._fast_until_ns = 0
        self._unstable_until_ns = 0
        self._alarms_until_ns = 0
        self._quiet = False
        self._cause: tuple[Evidence, ...] = ()
        self.verdict = RegimeVerdict(0, Regime.UNKNOWN, Reason.WARMING_UP, 0, ())

    def step(self, state: MarketState) -> RegimeVerdict:
        """Judge one evaluation; return the same object for as long as nothing changes.

        Raises
        ------
        InvariantError
            The state is older than the one before.
        """
        now_ns = state.time_ns
        if now_ns < self._last_ns:
            raise InvariantError(f"regime: time went back from {self._last_ns} to {now_ns}")
        self._last_ns = now_ns
        cap = self._caps.judge(state)
        if state.tick and not hard_caps.is_silent(cap):
            # A dead link says nothing about the market, so its silence is not learnt.
            self._detector.sample(state)
            self._alarms_until_ns = self._detector.hold_until_ns()
        elif self._quiet and cap is None and state.warm:
            return self.verdict
        return self._judge(state, now_ns, cap)

    def _judge(self, state: MarketState, now_ns: int, cap: hard_caps.Reason | None) -> RegimeVerdict:
        warm = state.warm and self._detector.warm()
        if not self._started and warm and (cap is None or not hard_caps.is_missing(cap)):
            self._started = True
        alarm = self._detector.level(now_ns) if now_ns < self._alarms_until_ns else QUIET
        trigger = alarm
        if cap is not None and not hard_caps.is_missing(cap):
            trigger = UNSTABLE
        elif self._started and (cap is not None or not warm):
            trigger = UNKNOWN
        self._dwell(now_ns, trigger)
        level = trigger
        if not self._started:
            level = UNKNOWN
        elif trigger < UNSTABLE and now_ns < self._unstable_until_ns:
            level = UNSTABLE
        elif trigger < FAST and now_ns < self._fast_until_ns:
            level = FAST
        self._quiet = self._started and level == QUIET and now_ns >= self._alarms_until_ns
        return self._tell(state, now_ns, cap, alarm, trigger, level)

    def _dwell(self, now_ns: int, trigger: int) -> None:
        """Move the until-times; they only ever grow, so a worse past never ends sooner."""
        worst = max(trigger, self._trigger)
        self._trigger = trigger
        if worst >= UNSTABLE:
            self._unstable_until_ns = max(self._unstable_until_ns, now_ns + self._config.unstable_dwell_ns)
            self._fast_until_ns = max(
                self._fast_until_ns, self._unstable_until_ns + self._config.fast_dwell_ns
            )
        elif worst == FAST:
            self._fast_until_ns = max(self._fast_until_ns, now_ns + self._config.fast_dwell_ns)

    def _tell(
        self,
        state: MarketState,
        now_ns: int,
        cap: hard_caps.Reason | None,
        alarm: int,
        trigger: int,
        level: int,
    ) -> RegimeVerdict:
        """Return the verdict of a level; a new object only if regime, reason or hardness changed."""
        regime = _REGIMES[level]
        reason: str
        if cap is not None:
            reason = cap
        elif level == UNKNOWN:
            reason = Reason.WARMING_UP
        elif level == QUIET:
            reason = Reason.NORMAL
        elif alarm == level:
            reason = self._detector.reason(now_ns)
        else:
            reason = Reason.DWELL
        hard = cap is not None and trigger == UNSTABLE
        verdict = self.verdict
        if (
            verdict.regime is regime
            and verdict.reason == reason
            and verdict.hard == hard
            and verdict.time_ns > 0
        ):
            if level != QUIET and alarm == level:
                self._cause = self._detector.evidence(now_ns)
            return verdict
        evidence = self._evidence(state, now_ns, cap, level, reason)
        self.verdict = RegimeVerdict(
            now_ns, regime, reason, self._until_ns(state, now_ns, level), evidence, hard
        )
        return self.verdict

    def _evidence(
        self, state: MarketState, now_ns: int, cap: hard_caps.Reason | None, level: int, reason: str
    ) -> tuple[Evidence, ...]:
        if cap is not None:
            self._cause = self._caps.evidence(cap, state)
            return self._cause
        if level == UNKNOWN:
            return (("samples", state.samples, self._min_samples),)
        if level == QUIET:
            self._cause = ()
            return ()
        if reason == Reason.DWELL:
            # What is being recovered from, as it was when it last held.
            return (("dwell_left_ns", self._until_ns(state, now_ns, level) - now_ns, None), *self._cause)
        self._cause = self._detector.evidence(now_ns)
        return self._cause

    def _until_ns(self, state: MarketState, now_ns: int, level: int) -> int:
        """Return the earliest time at which the level could be better."""
        if not self._started:
            left = self._min_samples - state.samples
            return now_ns + left * NS_PER_S if left > 0 else now_ns
        if level >= UNSTABLE:
            if self._trigger == UNSTABLE and now_ns < self._alarms_until_ns:
                return max(self._unstable_until_ns, self._alarms_until_ns + self._config.unstable_dwell_ns)
            return self._unstable_until_ns
        if level == FAST:
            if self._trigger == FAST:
                return max(self._fast_until_ns, self._alarms_until_ns + self._config.fast_dwell_ns)
            return self._fast_until_ns
        return now_ns

    def bounds(self, state: MarketState) -> tuple[Evidence, ...]:
        """Return every bound that is in force: name with unit, observed, limit."""
        left: tuple[Evidence, ...] = ()
        if self._started and self.verdict.regime is not Regime.NORMAL:
            until_ns = self._unstable_until_ns
            if state.time_ns >= until_ns:
                until_ns = self._fast_until_ns
            left = (("dwell_left_ns", max(0, until_ns - state.time_ns), None),)
        return left + self._caps.bounds(state) + self._detector.bounds()

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        return {
            "alarms_until_ns": self._alarms_until_ns,
            "cause": plain(self._cause),
            "detector": self._detector.snapshot(),
            "fast_until_ns": self._fast_until_ns,
            "last_ns": self._last_ns,
            "quiet": self._quiet,
            "started": self._started,
            "trigger": self._trigger,
            "unstable_until_ns": self._unstable_until_ns,
            "verdict": self.verdict.to_dict(),
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._alarms_until_ns = read_int(saved, "alarms_until_ns")
        self._cause = read_evidence(saved, "cause")
        self._detector.restore(read_part(saved, "detector"))
        self._fast_until_ns = read_int(saved, "fast_until_ns")
        self._last_ns = read_int(saved, "last_ns")
        self._quiet = read_bool(saved, "quiet")
        self._started = read_bool(saved, "started")
        self._trigger = read_int(saved, "trigger")
        self._unstable_until_ns = read_int(saved, "unstable_until_ns")
        verdict = read_part(saved, "verdict")
        self.verdict = RegimeVerdict(
            read_int(verdict, "time_ns"),
            Regime(read_text(verdict, "regime")),
            read_text(verdict, "reason"),
            read_int(verdict, "until_ns"),
            read_evidence(verdict, "evidence"),
            read_bool(verdict, "hard"),
        )


def _build(name: str, parameters: object, profile: str, min_samples: int) -> RegimeDetector:
    module = load_plugin("tools.observer.regimes", name)
    settings = module.Config() if parameters is None else parameters
    detector: RegimeDetector = module.build(settings, profile, min_samples)
    return detector
