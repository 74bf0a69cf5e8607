"""How bad the world is for the gate: 0 clean, 1 warn, 2 bad.

A hard fault is bad at once; a soft trigger must have lasted first, in event time, and is a
warning until then. A figure that cannot be known is bad.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import ConfigError
from tools.core.market import MarketState
from tools.core.snapshots import Snapshot, read_int, read_text
from tools.core.units import NS_PER_MS, NS_PER_S, PPM, UBPS_PER_BPS
from tools.core.verdicts import Evidence, Regime, RegimeVerdict

CLEAN: Final = 0
WARN: Final = 1
BAD: Final = 2
NEVER: Final = -1


class Reason(StrEnum):
    """Why the gate is where it is."""

    # the level itself
    CLEAN = "CLEAN"  # nothing is wrong and no time is left to wait
    WARMING_UP = "WARMING_UP"  # baselines are not warm: blocked, and no debt grows
    START_COOLDOWN = "START_COOLDOWN"  # the wait after the baselines have become warm
    START_PROBATION = "START_PROBATION"  # the first time of trading, with less
    COOLDOWN = "COOLDOWN"  # nothing bad now; the wait after the last bad time
    PROBATION = "PROBATION"  # the wait is over; less is allowed until nothing has been wrong for long enough
    # bad
    DISCONNECTED = "DISCONNECTED"  # the feed said that the link is down
    INPUT_MISSING = "INPUT_MISSING"  # a figure that the gate needs cannot be known
    CROSSED_BOOK = "CROSSED_BOOK"  # bid at or above ask
    REGIME_UNKNOWN = "REGIME_UNKNOWN"  # the regime cannot say
    REGIME_CAPPED = "REGIME_CAPPED"  # a hard cap of the regime is tripped
    REGIME_UNSTABLE = "REGIME_UNSTABLE"  # the regime has been UNSTABLE for long enough
    LATENCY_HIGH = "LATENCY_HIGH"  # the 95 % quantile of excess latency is at its bound, more than once
    SPREAD_WIDE = "SPREAD_WIDE"  # the spread is at its multiple of usual, for long enough
    # warnings
    UNSTABLE_PENDING = "UNSTABLE_PENDING"  # the regime is UNSTABLE, not yet for long enough to be bad
    LATENCY_RAISED = "LATENCY_RAISED"  # excess latency is raised, or high but only once
    SPREAD_RAISED = "SPREAD_RAISED"  # the spread is raised, or wide but not yet for long enough
    BAD_LINES = "BAD_LINES"  # a line was set aside within the last 10 s
    IDS_MISSING = "IDS_MISSING"  # trade ids were missing within the last 60 s


@dataclass(frozen=True, kw_only=True)
class SeverityConfig:
    """Parameters; a figure that reaches its limit counts.

    Parameters
    ----------
    unstable_persist_ns
        How long UNSTABLE must have lasted to be bad, where no hard cap holds it.
    latency_warn_ns, latency_bad_ns, latency_evaluations
        95 % quantile of excess latency over 10 s; bad at this many evaluations in a row, at
        different times.
    spread_warn_ppm, spread_bad_ppm, spread_persist_ns
        One-second spread as a multiple of its 1 h median, and how long bad must have lasted.
    spread_base_floor_ubps
        A median below this counts as this: six times next to nothing is next to nothing.
    """

    unstable_persist_ns: int = 2 * NS_PER_S
    latency_warn_ns: int = 100 * NS_PER_MS
    latency_bad_ns: int = 500 * NS_PER_MS
    latency_evaluations: int = 2
    spread_warn_ppm: int = 3 * PPM
    spread_bad_ppm: int = 6 * PPM
    spread_persist_ns: int = 500 * NS_PER_MS
    spread_base_floor_ubps: int = UBPS_PER_BPS // 10

    def __post_init__(self) -> None:
        if self.unstable_persist_ns < 0:
            raise ConfigError("permission.severity.unstable_persist_ns: must not be negative")
        if self.spread_persist_ns < 0:
            raise ConfigError("permission.severity.spread_persist_ns: must not be negative")
        if not 0 < self.latency_warn_ns <= self.latency_bad_ns:
            raise ConfigError("permission.severity.latency_warn_ns: must be within 1..latency_bad_ns")
        if not 0 < self.spread_warn_ppm <= self.spread_bad_ppm:
            raise ConfigError("permission.severity.spread_warn_ppm: must be within 1..spread_bad_ppm")
        if self.spread_base_floor_ubps < 0:
            raise ConfigError("permission.severity.spread_base_floor_ubps: must not be negative")
        if self.latency_evaluations < 1:
            raise ConfigError("permission.severity.latency_evaluations: must be at least 1")


class SeverityMeter:
    """Severity of one instrument; `reason` and `evidence` belong to the last step."""

    def __init__(self, config: SeverityConfig) -> None:
        self._config: Final = config
        self.severity = CLEAN
        self.reason: Reason = Reason.CLEAN
        self._unstable_since_ns = NEVER
        self._wide_since_ns = NEVER
        self._late_evaluations = 0
        self._late_at_ns = NEVER

    def step(self, regime: RegimeVerdict, state: MarketState, now_ns: int) -> int:
        """Return the severity of this evaluation."""
        level = regime.regime
        unstable = CLEAN if level is Regime.NORMAL or level is Regime.FAST else self._unstable(regime, now_ns)
        if unstable == CLEAN:
            self._unstable_since_ns = NEVER
        latency = self._latency(state, now_ns)
        spread = self._spread(state, now_ns)
        reason = Reason.CLEAN
        severity = BAD
        if state.disconnected:
            reason = Reason.DISCONNECTED
        elif state.missing or not state.warm or _unknown(state):
            reason = Reason.INPUT_MISSING
        elif state.crossed_ns is not None:
            reason = Reason.CROSSED_BOOK
        elif unstable == BAD:
            reason = _regime_reason(regime)
        elif latency == BAD:
            reason = Reason.LATENCY_HIGH
        elif spread == BAD:
            reason = Reason.SPREAD_WIDE
        else:
            severity = WARN
            if unstable == WARN:
                reason = Reason.UNSTABLE_PENDING
            elif latency == WARN:
                reason = Reason.LATENCY_RAISED
            elif spread == WARN:
                reason = Reason.SPREAD_RAISED
            elif state.bad_lines_10s > 0:
                reason = Reason.BAD_LINES
            elif state.gap_ids_60s > 0:
                reason = Reason.IDS_MISSING
            else:
                severity = CLEAN
        self.severity = severity
        self.reason = reason
        return severity

    def _unstable(self, regime: RegimeVerdict, now_ns: int) -> int:
        persist_ns = self._config.unstable_persist_ns
        if regime.hard or regime.regime is Regime.UNKNOWN:
            # Whatever follows within this stretch has lasted long enough.
            self._unstable_since_ns = now_ns - persist_ns
            return BAD
        if self._unstable_since_ns == NEVER:
            self._unstable_since_ns = now_ns
        return BAD if now_ns - self._unstable_since_ns >= persist_ns else WARN

    def _latency(self, state: MarketState, now_ns: int) -> int:
        p95_ns = state.excess_p95_10s_ns
        if p95_ns is None:
            return BAD
        if p95_ns < self._config.latency_warn_ns:
            self._late_evaluations = 0
            return CLEAN
        if p95_ns < self._config.latency_bad_ns:
            self._late_evaluations = 0
            return WARN
        if self._late_evaluations == 0 or now_ns > self._late_at_ns:
            self._late_evaluations += 1
            self._late_at_ns = now_ns
        return BAD if self._late_evaluations >= self._config.latency_evaluations else WARN

    def _spread(self, state: MarketState, now_ns: int) -> int:
        spread_ubps = state.spread_1s_ubps
        base_ubps = state.spread_base_1h_ubps
        if spread_ubps is None or base_ubps is None:
            return BAD
        base_ubps = max(base_ubps, self._config.spread_base_floor_ubps)
        scaled = spread_ubps * PPM
        if scaled < self._config.spread_warn_ppm * base_ubps:
            self._wide_since_ns = NEVER
            return CLEAN
        if scaled < self._config.spread_bad_ppm * base_ubps:
            self._wide_since_ns = NEVER
            return WARN
        if self._wide_since_ns == NEVER:
            self._wide_since_ns = now_ns
        return BAD if now_ns - self._wide_since_ns >= self._config.spread_persist_ns else WARN

    def evidence(self, regime: RegimeVerdict, state: MarketState, now_ns: int) -> tuple[Evidence, ...]:
        """Return the figures behind `reason`, given what the last step was given."""
        config = self._config
        reason = self.reason
        if reason is Reason.DISCONNECTED:
            return (("disconnected", 1, 1),)
        if reason is Reason.INPUT_MISSING:
            return _missing(state)
        if reason is Reason.CROSSED_BOOK:
            return (("crossed_ns", state.crossed_ns, 0),)
        if reason is Reason.REGIME_UNKNOWN or reason is Reason.REGIME_CAPPED:
            return regime.evidence
        if reason is Reason.REGIME_UNSTABLE or reason is Reason.UNSTABLE_PENDING:
            lasted = ("unstable_ns", now_ns - self._unstable_since_ns, config.unstable_persist_ns)
            return (lasted, *regime.evidence)
        if reason is Reason.LATENCY_HIGH:
            return (("excess_p95_10s_ns", state.excess_p95_10s_ns, config.latency_bad_ns),)
        if reason is Reason.LATENCY_RAISED:
            return (("excess_p95_10s_ns", state.excess_p95_10s_ns, config.latency_warn_ns),)
        if reason is Reason.SPREAD_WIDE:
            return (_spread_evidence(state, config, config.spread_bad_ppm),)
        if reason is Reason.SPREAD_RAISED:
            return (_spread_evidence(state, config, config.spread_warn_ppm),)
        if reason is Reason.BAD_LINES:
            return (("bad_lines_10s", state.bad_lines_10s, 1),)
        if reason is Reason.IDS_MISSING:
            return (("gap_ids_60s", state.gap_ids_60s, 1),)
        return ()

    def bounds(self, state: MarketState) -> tuple[Evidence, ...]:
        """Return the gate's own bounds in force: name with unit, observed, limit at which it is bad."""
        return (
            ("excess_p95_10s_ns", state.excess_p95_10s_ns, self._config.latency_bad_ns),
            _spread_evidence(state, self._config, self._config.spread_bad_ppm),
        )

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        return {
            "late_at_ns": self._late_at_ns,
            "late_evaluations": self._late_evaluations,
            "reason": str(self.reason),
            "severity": self.severity,
            "unstable_since_ns": self._unstable_since_ns,
            "wide_since_ns": self._wide_since_ns,
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._late_at_ns = read_int(saved, "late_at_ns")
        self._late_evaluations = read_int(saved, "late_evaluations")
        self.reason = Reason(read_text(saved, "reason"))
        self.severity = read_int(saved, "severity")
        self._unstable_since_ns = read_int(saved, "unstable_since_ns")
        self._wide_since_ns = read_int(saved, "wide_since_ns")


def _unknown(state: MarketState) -> bool:
    return (
        state.link_age_ns is None
        or state.excess_ns is None
        or state.excess_p95_10s_ns is None
        or state.spread_1s_ubps is None
        or state.spread_base_1h_ubps is None
    )


def _missing(state: MarketState) -> tuple[Evidence, ...]:
    out: list[Evidence] = []
    for name in state.missing:
        out.append((name, None, None))
    for figure, value in (
        ("link_age_ns", state.link_age_ns),
        ("excess_ns", state.excess_ns),
        ("excess_p95_10s_ns", state.excess_p95_10s_ns),
        ("spread_1s_ubps", state.spread_1s_ubps),
        ("spread_base_1h_ubps", state.spread_base_1h_ubps),
    ):
        if value is None:
            out.append((figure, None, None))
    if not state.warm:
        out.append(("warm", 0, 1))
    return tuple(out)


def _regime_reason(regime: RegimeVerdict) -> Reason:
    if regime.regime is Regime.UNKNOWN:
        return Reason.REGIME_UNKNOWN
    return Reason.REGIME_CAPPED if regime.hard else Reason.REGIME_UNSTABLE


def _spread_evidence(state: MarketState, config: SeverityConfig, limit_ppm: int) -> Evidence:
    base_ubps = state.spread_base_1h_ubps
    limit_ubps: int | None = None
    if base_ubps is not None:
        limit_ubps = -(-limit_ppm * max(base_ubps, config.spread_base_floor_ubps) // PPM)
    return ("spread_1s_ubps", state.spread_1s_ubps, limit_ubps)
