"""Execution health: factor scores joined into one score, and a colour with hysteresis.

``H = min(worst critical score, weighted mean of the others)``: one fatal factor is decisive
and has a name. RED below 40 until H has been 50 or more for 10 s, YELLOW below 70 until H
has been 80 or more for 5 s; getting worse is immediate, getting better one step at a time.
The latches are until-times that only ever grow, so the colour is monotone in the scores.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from tools.core.errors import ConfigError, InvariantError
from tools.core.market import MarketState
from tools.core.plugins import load_plugin
from tools.core.quality import ExecQuality
from tools.core.snapshots import (
    Snapshot,
    read_bool,
    read_evidence,
    read_int,
    read_ints,
    read_list,
    read_part,
    read_text,
)
from tools.core.verdicts import Colour, Evidence, HealthVerdict, Regime, RegimeVerdict
from tools.health.factor import FULL, HealthFactor
from tools.health.latch import ColourLatch, HealthConfig

NOBODY: Final = -1
MEAN: Final = -2  # the weighted factors together; which of them is looked up when it is told


class Reason(StrEnum):
    """Reasons of the model itself; when a factor binds, the reason is the factor's own."""

    HEALTHY = "HEALTHY"  # the score is GREEN
    WARMING_UP = "WARMING_UP"  # the baselines have too few samples; nothing is scored
    RECOVERING = "RECOVERING"  # the score is better again, but not yet for long enough


class HealthModel:
    """The health of execution in one instrument.

    `score`, `scores` and `parts` always hold the present figures; a new verdict is made
    only when the colour changes or, while it is not GREEN, what binds.

    Parameters
    ----------
    config
        Parameters.
    settings
        A factor's ``Config`` by its name, for those that are not at their defaults.
    """

    def __init__(self, config: HealthConfig, settings: Mapping[str, Any] | None = None) -> None:
        self.names: Final = config.factors
        self._factors: Final[list[HealthFactor]] = []
        self._weights: Final[list[int]] = []  # 0 where critical
        given: Mapping[str, Any] = {} if settings is None else settings
        for name in given:
            if name not in config.factors:
                raise ConfigError(f"health.{name}: this factor is not in health.factors")
        weight_sum = 0
        for name in config.factors:
            module = load_plugin("tools.health.factors", name)
            part = given.get(name, module.Config())
            weight: int = part.weight
            self._factors.append(module.build(part))
            self._weights.append(weight)
            weight_sum += weight
        self._weight_sum: Final = weight_sum
        self._latch: Final = ColourLatch(config)
        self._red_below: Final = config.red_below
        self._red_exit: Final = config.red_exit
        self._yellow_below: Final = config.yellow_below
        self._yellow_exit: Final = config.yellow_exit
        self._started = False
        self._told = False
        self._last_ns = 0
        self.score = 0
        self.scores: list[int] = [0] * len(config.factors)
        self._binding = NOBODY
        self.verdict = HealthVerdict(0, Colour.RED, 0, Reason.WARMING_UP, "", (), ())

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """Each factor's present score by name, in order."""
        return tuple(zip(self.names, self.scores, strict=True))

    def step(
        self, state: MarketState, regime: RegimeVerdict, quality: ExecQuality, now_ns: int
    ) -> HealthVerdict:
        """Judge one evaluation; return the same object for as long as nothing changes.

        Raises
        ------
        InvariantError
            `now_ns` is before the last one.
        """
        if now_ns < self._last_ns:
            raise InvariantError(f"health: time went back from {self._last_ns} to {now_ns}")
        self._last_ns = now_ns
        if not self._started:
            if not state.warm or regime.regime is Regime.UNKNOWN:
                return self._warming_up(state, now_ns)
            self._started = True
        score = self._measure(state, quality)
        self.score = score
        colour = self._latch.step(score, now_ns)
        verdict = self.verdict
        if colour is Colour.GREEN:
            if verdict.colour is Colour.GREEN:
                return verdict
            return self._tell(now_ns, colour, Reason.HEALTHY, "", ())
        # What the score alone would say; the latch may still hold something worse.
        if score >= self._yellow_below or (colour is Colour.RED and score >= self._red_below):
            if verdict.colour is colour and verdict.reason == Reason.RECOVERING:
                return verdict
            return self._tell(
                now_ns, colour, Reason.RECOVERING, verdict.binding, self._recovery(colour, now_ns)
            )
        index = self._heaviest() if self._binding == MEAN else self._binding
        reason = self._factors[index].reason(state, quality)
        name = self.names[index]
        if verdict.colour is colour and verdict.reason == reason and verdict.binding == name:
            return verdict
        below = self._red_below if colour is Colour.RED else self._yellow_below
        evidence = (("health_score", score, below), *self._factors[index].evidence(state, quality))
        return self._tell(now_ns, colour, reason, name, evidence)

    def _measure(self, state: MarketState, quality: ExecQuality) -> int:
        """Score every factor; return the joint score and note which factor binds."""
        scores = self.scores
        weights = self._weights
        health = FULL
        binding = NOBODY
        weighted = 0
        for i, factor in enumerate(self._factors):
            part = factor.score(state, quality)
            scores[i] = part
            weight = weights[i]
            if weight:
                weighted += weight * part
            elif part < health:
                health = part
                binding = i
        if self._weight_sum and weighted < health * self._weight_sum:
            health = weighted // self._weight_sum
            binding = MEAN
        self._binding = binding
        return health

    def _heaviest(self) -> int:
        """Return which weighted factor takes most off the mean; the first of equals."""
        most = 0
        binding = NOBODY
        for i, weight in enumerate(self._weights):
            loss = weight * (FULL - self.scores[i])
            if loss > most:
                most = loss
                binding = i
        return binding

    def _recovery(self, colour: Colour, now_ns: int) -> tuple[Evidence, ...]:
        """Return the score with the one it must hold, and for how long it still must."""
        red = colour is Colour.RED
        until_ns = self._latch.red_until_ns if red else self._latch.yellow_until_ns
        exit_score = self._red_exit if red else self._yellow_exit
        return (("health_score", self.score, exit_score), ("hold_left_ns", until_ns - now_ns, None))

    def _warming_up(self, state: MarketState, now_ns: int) -> HealthVerdict:
        if not self._told:
            self._told = True
            evidence: tuple[Evidence, ...] = (("samples", state.samples, None),)
            self.verdict = HealthVerdict(now_ns, Colour.RED, 0, Reason.WARMING_UP, "", (), evidence)
        return self.verdict

    def _tell(
        self, now_ns: int, colour: Colour, reason: str, binding: str, evidence: tuple[Evidence, ...]
    ) -> HealthVerdict:
        self.verdict = HealthVerdict(now_ns, colour, self.score, reason, binding, self.parts, evidence)
        return self.verdict

    def bounds(self) -> tuple[Evidence, ...]:
        """Return the joint score and every factor's, each with the score below which it is RED."""
        out: list[Evidence] = [("health_score", self.score, self._red_below)]
        for name, part in self.parts:
            out.append((f"{name}_score", part, self._red_below))
        return tuple(out)

    def figures(self, state: MarketState, quality: ExecQuality) -> tuple[Evidence, ...]:
        """Return every factor's figure with its ``bad`` anchor, and what is left of a hold."""
        out: list[Evidence] = []
        colour = self.verdict.colour
        if self._started and colour is not Colour.GREEN:
            red = colour is Colour.RED
            until_ns = self._latch.red_until_ns if red else self._latch.yellow_until_ns
            out.append(("hold_left_ns", max(0, until_ns - state.time_ns), None))
        for factor in self._factors:
            out.extend(factor.evidence(state, quality))
        return tuple(out)

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        return {
            "binding": self._binding,
            "last_ns": self._last_ns,
            "latch": self._latch.snapshot(),
            "score": self.score,
            "scores": list(self.scores),
            "started": self._started,
            "told": self._told,
            "verdict": self.verdict.to_dict(),
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._binding = read_int(saved, "binding")
        self._last_ns = read_int(saved, "last_ns")
        self._latch.restore(read_part(saved, "latch"))
        self.score = read_int(saved, "score")
        self.scores = read_ints(saved, "scores")
        self._started = read_bool(saved, "started")
        self._told = read_bool(saved, "told")
        verdict = read_part(saved, "verdict")
        self.verdict = HealthVerdict(
            read_int(verdict, "time_ns"),
            Colour(read_text(verdict, "colour")),
            read_int(verdict, "score"),
            read_text(verdict, "reason"),
            read_text(verdict, "binding"),
            _read_parts(verdict),
            read_evidence(verdict, "evidence"),
        )


def _read_parts(saved: Snapshot) -> tuple[tuple[str, int], ...]:
    out: list[tuple[str, int]] = []
    for item in read_list(saved, "parts"):
        if not isinstance(item, (list, tuple)) or len(item) != 2:
            raise InvariantError("snapshot: parts holds something else than name and score")
        name, score = item[0], item[1]
        if not isinstance(name, str) or not isinstance(score, int):
            raise InvariantError("snapshot: parts holds something else than name and score")
        out.append((name, score))
    return tuple(out)
