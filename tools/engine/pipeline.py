"""The spine: one straight line of calls from an event to a decision.

It holds no question about markets. Each layer narrows what the next may allow, and says
why in its own record.
"""

from typing import Final

from tools.core.canon import Record, plain
from tools.core.errors import InvariantError
from tools.core.events import MarketEvent, Tick
from tools.core.instrument import Instrument
from tools.core.market import MarketState, state_from
from tools.core.quality import NO_ORDERS, ExecQuality
from tools.core.snapshots import Snapshot, read_part
from tools.core.verdicts import (
    Decision,
    Evidence,
    HealthVerdict,
    PermissionVerdict,
    RegimeVerdict,
    RiskVerdict,
)
from tools.engine.config import ChainConfig
from tools.engine.decision import DecisionLayer
from tools.engine.frame import Frame
from tools.engine.sight import Sight
from tools.engine.stance import Stance
from tools.engine.tally import Tally
from tools.health import HealthModel


class Pipeline:
    """The chain of one instrument.

    Parameters
    ----------
    instrument
        Whose events it takes.
    config
        Defaults if not given.
    metrics
        Keep the windows that only `Observer.metrics` shows.
    sight, stance
        Shared with other chains of the instrument; its own if not given.

    Notes
    -----
    `state` and the four verdicts are those of the last evaluation, `reason` is why it would
    have no order. `changed` says whether it brought a new verdict of any layer; `news` then
    holds those that are new, in chain order.
    """

    def __init__(
        self,
        instrument: Instrument,
        config: ChainConfig | None = None,
        metrics: bool = False,
        *,
        sight: Sight | None = None,
        stance: Stance | None = None,
    ) -> None:
        settings = ChainConfig() if config is None else config
        self.instrument: Final = instrument
        self.sight: Final = Sight(instrument, settings, metrics) if sight is None else sight
        self.stance: Final = Stance(instrument, settings) if stance is None else stance
        self.observer: Final = self.sight.observer
        self.regimes: Final = self.stance.regimes
        self.gate: Final = self.stance.gate
        self.model: Final = HealthModel(settings.health, settings.factors)
        self.decisions: Final = DecisionLayer(settings.decision)
        self.tally: Final = Tally()
        self.state: MarketState | None = None
        self.regime: RegimeVerdict = self.stance.regime
        self.permission: PermissionVerdict = self.stance.permission
        self.health: HealthVerdict = self.model.verdict
        self.decision: Decision = self.decisions.decision
        self._quality = NO_ORDERS
        self.changed = False
        self.news: list[tuple[str, Record]] = []
        self.reason = ""

    def step(self, event: MarketEvent, quality: ExecQuality, risk: RiskVerdict) -> bool:
        """Take one event through the chain; return True if it led to an evaluation."""
        if not self.observer.admit(event):
            return False
        self.evaluate(isinstance(event, Tick), quality, risk)
        return True

    def evaluate(self, tick: bool, quality: ExecQuality, risk: RiskVerdict) -> None:
        """Judge the world as the observer holds it now."""
        state = self.sight.look(tick)
        self.stance.judge(state)
        self.follow(state, quality, risk)

    def follow(self, state: MarketState, quality: ExecQuality, risk: RiskVerdict) -> None:
        """Judge what depends on our own orders too, once the stance has judged `state`."""
        self._quality = quality
        now_ns = state.time_ns
        regime = self.stance.regime
        permission = self.stance.permission
        health = self.model.step(state, regime, quality, now_ns)
        decision = self.decisions.step(regime, permission, health, risk, now_ns)

        self.tally.evaluation(now_ns)
        self.state = state
        self.changed = (
            decision is not self.decision
            or regime is not self.regime
            or permission is not self.permission
            or health is not self.health
            or self.tally.evaluations == 1
        )
        if self.changed:
            self._take(regime, permission, health, decision)
            self.tally.verdicts(now_ns, regime.regime, permission.gate, health.colour)

    def _take(
        self,
        regime: RegimeVerdict,
        permission: PermissionVerdict,
        health: HealthVerdict,
        decision: Decision,
    ) -> None:
        """Keep the verdicts, and which of them are news."""
        first = self.tally.evaluations == 1
        news: list[tuple[str, Record]] = []
        if first or regime is not self.regime:
            news.append(("regime", regime))
        if first or permission is not self.permission:
            news.append(("permission", permission))
        if first or health is not self.health:
            news.append(("health", health))
        if first or decision is not self.decision:
            news.append(("decision", decision))
        self.news = news
        self.regime = regime
        self.permission = permission
        self.health = health
        self.decision = decision
        self.reason = self._why_not()

    def _why_not(self) -> str:
        """Return the reason in force for having no order, as ``layer:REASON``.

        The first layer of the chain that binds speaks; the set of answers is closed: the
        union of the layers' own reasons.
        """
        decision = self.decision
        if decision.eligible:
            return "eligible"
        layer = decision.binding[0]
        if layer == "regime":
            return f"regime:{self.regime.reason}"
        if layer == "permission":
            return f"permission:{self.permission.reason}"
        if layer == "health":
            return f"health:{self.health.reason}"
        return f"{layer}:{decision.reason}"

    def frame(self, seq: int) -> Frame:
        """Return everything that the last evaluation decided; raise if there was none."""
        if self.state is None:
            raise InvariantError(f"{self.instrument.key}: no evaluation yet")
        return Frame(
            seq,
            self.instrument.key,
            self.state,
            self.regime,
            self.permission,
            self.health,
            self.decision,
        )

    def bounds(self) -> tuple[tuple[str, Evidence], ...]:
        """Return every bound in force now with the layer that holds it, for `explain`."""
        state = self.state
        if state is None:
            return ()
        out: list[tuple[str, Evidence]] = []
        for evidence in self.regimes.bounds(state):
            out.append(("regime", evidence))
        for evidence in self.gate.bounds(state):
            out.append(("permission", evidence))
        for evidence in self.model.figures(state, self._quality):
            out.append(("health", evidence))
        return tuple(out)

    def snapshot(self) -> Snapshot:
        """Return everything that the future of this chain depends on, and its last state."""
        return {
            "decision": self.decisions.snapshot(),
            "gate": self.gate.snapshot(),
            "model": self.model.snapshot(),
            "observer": self.observer.snapshot(),
            "regimes": self.regimes.snapshot(),
            "state": plain(self.state),
            "tally": self.tally.snapshot(),
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.decisions.restore(read_part(saved, "decision"))
        self.gate.restore(read_part(saved, "gate"))
        self.model.restore(read_part(saved, "model"))
        self.observer.restore(read_part(saved, "observer"))
        self.regimes.restore(read_part(saved, "regimes"))
        self.tally.restore(read_part(saved, "tally"))
        self.state = None if saved["state"] is None else state_from(read_part(saved, "state"))
        self.stance.regime = self.regime = self.regimes.verdict
        self.stance.permission = self.permission = self.gate.verdict
        self.health = self.model.verdict
        self.decision = self.decisions.decision
        if self.tally.evaluations:
            self.reason = self._why_not()
