"""The permission gate: ALLOWED, PROBATION, COOLDOWN or BLOCKED, computed from until-times.

The gate keeps "until" times and moves them only by max(), and a debt that integrates bad
time and leaks in good time. Every update is a maximum of monotone functions, so the gate is
monotone as a whole: worse input never gives more permission. Counting strikes instead is
not monotone (a worse history can merge into fewer strikes). Severity holds from one
evaluation to the next, so that extra evaluations with the same input change nothing.
"""

from dataclasses import dataclass, field
from typing import Final

from tools.core.errors import ConfigError, InvariantError
from tools.core.market import MarketState
from tools.core.snapshots import Snapshot, read_bool, read_evidence, read_int, read_part, read_text
from tools.core.start import StartConfig
from tools.core.units import NS_PER_S
from tools.core.verdicts import Evidence, Gate, PermissionVerdict, Regime, RegimeVerdict
from tools.permission.severity import BAD, CLEAN, WARN, Reason, SeverityConfig, SeverityMeter


@dataclass(frozen=True, kw_only=True)
class GateConfig:
    """Parameters.

    Parameters
    ----------
    cooldown_ns, probation_ns
        Shortest cooldown after the last bad moment, and the probation after it.
    debt_factor, debt_max_ns, cooldown_max_ns
        The cooldown grows by this multiple of the debt; both are capped.
    leak_numerator, leak_denominator
        Share of good time by which the debt shrinks.
    severity
        What is a warning and what is bad.
    """

    cooldown_ns: int = 60 * NS_PER_S
    probation_ns: int = 30 * NS_PER_S
    debt_factor: int = 2
    debt_max_ns: int = 300 * NS_PER_S
    cooldown_max_ns: int = 600 * NS_PER_S
    leak_numerator: int = 1
    leak_denominator: int = 10
    severity: SeverityConfig = field(default_factory=SeverityConfig)

    def __post_init__(self) -> None:
        for name, value in (
            ("cooldown_ns", self.cooldown_ns),
            ("probation_ns", self.probation_ns),
            ("debt_factor", self.debt_factor),
            ("debt_max_ns", self.debt_max_ns),
            ("leak_numerator", self.leak_numerator),
        ):
            if value < 0:
                raise ConfigError(f"permission.{name}: must not be negative, not {value}")
        if self.leak_denominator < 1:
            raise ConfigError(f"permission.leak_denominator: must be positive, not {self.leak_denominator}")
        if self.cooldown_max_ns < self.cooldown_ns:
            raise ConfigError("permission.cooldown_max_ns: must not be below permission.cooldown_ns")


class GateTimers:
    """The gate's arithmetic alone: severities in, level out.

    `debt_scaled` is the debt in ns times the leak's denominator, so that no remainder of
    the leak is ever lost. Cost: O(1).
    """

    def __init__(self, config: GateConfig) -> None:
        self._config: Final = config
        self._debt_cap: Final = config.debt_max_ns * config.leak_denominator
        self.blocked_until_ns = 0
        self.probation_until_ns = 0
        self.debt_scaled = 0
        self.severity = CLEAN
        self.last_ns = 0

    def open_after(self, now_ns: int, cooldown_ns: int, probation_ns: int) -> None:
        """Start: shut for `cooldown_ns` from now, then on probation for `probation_ns`."""
        self.last_ns = now_ns
        self.blocked_until_ns = max(self.blocked_until_ns, now_ns + cooldown_ns)
        self.probation_until_ns = max(self.probation_until_ns, self.blocked_until_ns + probation_ns)

    def cooldown_ns(self) -> int:
        """Return the cooldown that a bad moment would start now."""
        config = self._config
        grown_ns = config.cooldown_ns + config.debt_factor * self.debt_scaled // config.leak_denominator
        return grown_ns if grown_ns < config.cooldown_max_ns else config.cooldown_max_ns

    def debt_ns(self) -> int:
        """Return the debt in whole ns."""
        return self.debt_scaled // self._config.leak_denominator

    def advance(self, severity: int, now_ns: int) -> Gate:
        """Take the severity that holds from now on; return the level now.

        Raises
        ------
        InvariantError
            `now_ns` is before the last one.
        """
        last_ns = self.last_ns
        if now_ns < last_ns:
            raise InvariantError(f"gate: time went back from {last_ns} to {now_ns}")
        self.last_ns = now_ns
        config = self._config
        if self.severity == BAD:
            self.debt_scaled = min(
                self._debt_cap, self.debt_scaled + (now_ns - last_ns) * config.leak_denominator
            )
        elif self.debt_scaled > 0:
            self.debt_scaled = max(0, self.debt_scaled - (now_ns - last_ns) * config.leak_numerator)
        if severity == BAD or self.severity == BAD:
            self.blocked_until_ns = max(self.blocked_until_ns, now_ns + self.cooldown_ns())
            self.probation_until_ns = max(
                self.probation_until_ns, self.blocked_until_ns + config.probation_ns
            )
        elif self.severity == WARN and self.probation_until_ns > last_ns and config.probation_ns:
            # The warning lasted until now and kept probation from running out. (A probation
            # of no length cannot be restarted.)
            self.probation_until_ns = max(self.probation_until_ns, now_ns + config.probation_ns)
        if severity == WARN and self.probation_until_ns > now_ns:
            self.probation_until_ns = max(self.probation_until_ns, now_ns + config.probation_ns)
        self.severity = severity
        if severity == BAD:
            return Gate.BLOCKED
        if now_ns < self.blocked_until_ns:
            return Gate.COOLDOWN
        if now_ns < self.probation_until_ns:
            return Gate.PROBATION
        return Gate.ALLOWED

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        return {
            "blocked_until_ns": self.blocked_until_ns,
            "debt_scaled": self.debt_scaled,
            "last_ns": self.last_ns,
            "probation_until_ns": self.probation_until_ns,
            "severity": self.severity,
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.blocked_until_ns = read_int(saved, "blocked_until_ns")
        self.debt_scaled = read_int(saved, "debt_scaled")
        self.last_ns = read_int(saved, "last_ns")
        self.probation_until_ns = read_int(saved, "probation_until_ns")
        self.severity = read_int(saved, "severity")


class PermissionGate:
    """The gate of one instrument.

    Shut with WARMING_UP until the state is warm and the regime known; the start cooldown
    and probation run from that evaluation. While the gate is BLOCKED, the until-times of
    its verdict are those of the moment it shut; `timers` has the current ones.
    """

    def __init__(self, config: GateConfig, start: StartConfig | None = None) -> None:
        self._start: Final = StartConfig() if start is None else start
        self.meter: Final = SeverityMeter(config.severity)
        self.timers: Final = GateTimers(config)
        self._debt_max_ns: Final = config.debt_max_ns
        self._started = False
        self._starting = False  # nothing bad has happened since the start
        self._told = False
        self.verdict = PermissionVerdict(0, Gate.BLOCKED, Reason.WARMING_UP, 0, 0, ())

    def step(self, regime: RegimeVerdict, state: MarketState, now_ns: int) -> PermissionVerdict:
        """Judge one evaluation; return the same object for as long as nothing changes.

        Raises
        ------
        InvariantError
            `now_ns` is before the last one.
        """
        timers = self.timers
        if not self._started:
            if not state.warm or regime.regime is Regime.UNKNOWN:
                return self._warming_up(state, now_ns)
            self._started = True
            self._starting = True
            timers.open_after(now_ns, self._start.cooldown_ns, self._start.probation_ns)
        severity = self.meter.step(regime, state, now_ns)
        level = timers.advance(severity, now_ns)
        if severity == BAD:
            self._starting = False
        reason = self.meter.reason
        if severity == CLEAN or (severity == WARN and level is Gate.COOLDOWN):
            reason = self._level_reason(level)
        verdict = self.verdict
        if verdict.gate is level and verdict.reason == reason:
            if severity != CLEAN or verdict.probation_until_ns == timers.probation_until_ns:
                return verdict
        self.verdict = PermissionVerdict(
            now_ns,
            level,
            reason,
            timers.blocked_until_ns,
            timers.probation_until_ns,
            self._evidence(level, severity, regime, state, now_ns),
        )
        return self.verdict

    def _warming_up(self, state: MarketState, now_ns: int) -> PermissionVerdict:
        if not self._told:
            self._told = True
            evidence = (("samples", state.samples, self._start.min_samples),)
            self.verdict = PermissionVerdict(now_ns, Gate.BLOCKED, Reason.WARMING_UP, 0, 0, evidence)
        return self.verdict

    def _level_reason(self, level: Gate) -> Reason:
        if level is Gate.ALLOWED:
            return Reason.CLEAN
        if level is Gate.COOLDOWN:
            return Reason.START_COOLDOWN if self._starting else Reason.COOLDOWN
        return Reason.START_PROBATION if self._starting else Reason.PROBATION

    def _evidence(
        self, level: Gate, severity: int, regime: RegimeVerdict, state: MarketState, now_ns: int
    ) -> tuple[Evidence, ...]:
        debt: Evidence = ("debt_ns", self.timers.debt_ns(), self._debt_max_ns)
        if level is Gate.COOLDOWN:
            return (("cooldown_left_ns", self.timers.blocked_until_ns - now_ns, None), debt)
        if level is Gate.ALLOWED:
            return self.meter.evidence(regime, state, now_ns)
        if level is Gate.PROBATION:
            left: Evidence = ("probation_left_ns", self.timers.probation_until_ns - now_ns, None)
            return (left, *self.meter.evidence(regime, state, now_ns))
        return (*self.meter.evidence(regime, state, now_ns), debt)

    def bounds(self, state: MarketState) -> tuple[Evidence, ...]:
        """Return the gate's bounds in force: name with unit, observed, limit."""
        timers = self.timers
        debt: Evidence = ("debt_ns", timers.debt_ns(), self._debt_max_ns)
        left: tuple[Evidence, ...] = ()
        if not self._started:
            left = (("samples", state.samples, self._start.min_samples),)
        elif state.time_ns < timers.blocked_until_ns:
            left = (("cooldown_left_ns", timers.blocked_until_ns - state.time_ns, None),)
        elif state.time_ns < timers.probation_until_ns:
            left = (("probation_left_ns", timers.probation_until_ns - state.time_ns, None),)
        return (*left, *self.meter.bounds(state), debt)

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        return {
            "meter": self.meter.snapshot(),
            "started": self._started,
            "starting": self._starting,
            "timers": self.timers.snapshot(),
            "told": self._told,
            "verdict": self.verdict.to_dict(),
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.meter.restore(read_part(saved, "meter"))
        self._started = read_bool(saved, "started")
        self._starting = read_bool(saved, "starting")
        self.timers.restore(read_part(saved, "timers"))
        self._told = read_bool(saved, "told")
        verdict = read_part(saved, "verdict")
        self.verdict = PermissionVerdict(
            read_int(verdict, "time_ns"),
            Gate(read_text(verdict, "gate")),
            read_text(verdict, "reason"),
            read_int(verdict, "blocked_until_ns"),
            read_int(verdict, "probation_until_ns"),
            read_evidence(verdict, "evidence"),
        )
