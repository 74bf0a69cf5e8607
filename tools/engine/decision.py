"""The decision: the meet of what every layer allows.

Each layer gives a ceiling and a budget; the decision takes the least of each. The least
and not the product, because a product hides which layer binds. Nothing here looks at a
market, and nothing branches on a reason.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import ConfigError
from tools.core.snapshots import Snapshot, read_bool, read_int, read_list, read_part, read_text
from tools.core.units import PPM
from tools.core.verdicts import (
    Ceiling,
    Colour,
    Decision,
    Gate,
    HealthVerdict,
    PermissionVerdict,
    Regime,
    RegimeVerdict,
    RiskVerdict,
)

LAYERS: Final = ("regime", "permission", "health", "risk")


class Reason(StrEnum):
    """ELIGIBLE, or the first layer in the chain that forbids; that layer's verdict has the cause."""

    ELIGIBLE = "ELIGIBLE"  # every layer permits something
    REGIME = "REGIME"  # the regime forbids
    PERMISSION = "PERMISSION"  # the gate forbids
    HEALTH = "HEALTH"  # health forbids
    RISK = "RISK"  # risk forbids: frozen, paused, or its books are not agreed


_REASONS: Final = (Reason.REGIME, Reason.PERMISSION, Reason.HEALTH, Reason.RISK)


@dataclass(frozen=True, kw_only=True)
class DecisionConfig:
    """Budgets of the verdicts that narrow without forbidding, in ppm of the configured maximum."""

    fast_budget_ppm: int = 500_000
    probation_budget_ppm: int = 250_000
    yellow_budget_ppm: int = 500_000

    def __post_init__(self) -> None:
        for name, value in (
            ("fast_budget_ppm", self.fast_budget_ppm),
            ("probation_budget_ppm", self.probation_budget_ppm),
            ("yellow_budget_ppm", self.yellow_budget_ppm),
        ):
            if not 0 < value <= PPM:
                raise ConfigError(f"decision.{name}: must be within 1..{PPM}, not {value}")


DEFAULTS: Final = DecisionConfig()
_OPEN: Final = (Ceiling.TAKE, PPM)
_SHUT: Final = (Ceiling.NONE, 0)


def decide(
    regime: RegimeVerdict,
    permission: PermissionVerdict,
    health: HealthVerdict,
    risk: RiskVerdict,
    now_ns: int,
    config: DecisionConfig = DEFAULTS,
) -> Decision:
    """Return the meet of the four layers' ceilings and budgets.

    `binding` names the layers at the least ceiling or the least budget, in chain order; it
    is empty when nothing narrows. A ceiling of NONE has budget 0 and is not eligible.
    """
    limits = (
        _regime_limit(regime.regime, config),
        _gate_limit(permission.gate, config),
        _colour_limit(health.colour, config),
        _OPEN if risk.open else _SHUT,
    )
    ceiling = Ceiling.TAKE
    budget_ppm = PPM
    for limit in limits:
        if limit[0] < ceiling:
            ceiling = limit[0]
        if limit[1] < budget_ppm:
            budget_ppm = limit[1]
    binding: list[str] = []
    reason = Reason.ELIGIBLE
    for i, limit in enumerate(limits):
        at_ceiling = limit[0] == ceiling and ceiling < Ceiling.TAKE
        at_budget = limit[1] == budget_ppm and budget_ppm < PPM
        if at_ceiling or at_budget:
            binding.append(LAYERS[i])
            if ceiling == Ceiling.NONE and reason is Reason.ELIGIBLE:
                reason = _REASONS[i]
    return Decision(now_ns, ceiling > Ceiling.NONE, ceiling, budget_ppm, reason, tuple(binding))


def _regime_limit(regime: Regime, config: DecisionConfig) -> tuple[Ceiling, int]:
    if regime is Regime.NORMAL:
        return _OPEN
    if regime is Regime.FAST:
        return (Ceiling.IMPROVE, config.fast_budget_ppm)
    return _SHUT


def _gate_limit(gate: Gate, config: DecisionConfig) -> tuple[Ceiling, int]:
    if gate is Gate.ALLOWED:
        return _OPEN
    if gate is Gate.PROBATION:
        return (Ceiling.PASSIVE, config.probation_budget_ppm)
    return _SHUT


def _colour_limit(colour: Colour, config: DecisionConfig) -> tuple[Ceiling, int]:
    if colour is Colour.GREEN:
        return _OPEN
    if colour is Colour.YELLOW:
        return (Ceiling.PASSIVE, config.yellow_budget_ppm)
    return _SHUT


class DecisionLayer:
    """`decide` with its last answer kept: the same object for as long as no verdict changes."""

    def __init__(self, config: DecisionConfig = DEFAULTS) -> None:
        self._config: Final = config
        self._regime = Regime.UNKNOWN
        self._gate = Gate.BLOCKED
        self._colour = Colour.RED
        self._open = False
        self._decided = False
        self.decision = Decision(0, False, Ceiling.NONE, 0, Reason.REGIME, LAYERS)

    def step(
        self,
        regime: RegimeVerdict,
        permission: PermissionVerdict,
        health: HealthVerdict,
        risk: RiskVerdict,
        now_ns: int,
    ) -> Decision:
        """Return the decision in force; its `time_ns` says since when."""
        if (
            self._decided
            and regime.regime is self._regime
            and permission.gate is self._gate
            and health.colour is self._colour
            and risk.open == self._open
        ):
            return self.decision
        self._decided = True
        self._regime = regime.regime
        self._gate = permission.gate
        self._colour = health.colour
        self._open = risk.open
        self.decision = decide(regime, permission, health, risk, now_ns, self._config)
        return self.decision

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        return {
            "colour": str(self._colour),
            "decided": self._decided,
            "decision": self.decision.to_dict(),
            "gate": str(self._gate),
            "open": self._open,
            "regime": str(self._regime),
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._colour = Colour(read_text(saved, "colour"))
        self._decided = read_bool(saved, "decided")
        self._gate = Gate(read_text(saved, "gate"))
        self._open = read_bool(saved, "open")
        self._regime = Regime(read_text(saved, "regime"))
        decision = read_part(saved, "decision")
        self.decision = Decision(
            read_int(decision, "time_ns"),
            read_bool(decision, "eligible"),
            Ceiling(read_int(decision, "ceiling")),
            read_int(decision, "budget_ppm"),
            read_text(decision, "reason"),
            tuple([str(name) for name in read_list(decision, "binding")]),
        )
