"""The measured net edge, in basis points: below its threshold everything freezes, by a latch.

The mean of the last `observations` of an instrument counts. Having frozen, the edge must come
back above the threshold by `recovery_ubps` before it counts as recovered; a thaw before that
lasts until the next measurement. A measurement that is no finite number freezes at once.
"""

from dataclasses import dataclass
from typing import Final

from tools.core.errors import ConfigError
from tools.core.snapshots import Snapshot, read_ints, read_list, read_part
from tools.core.units import UBPS_PER_BPS
from tools.core.verdicts import Evidence
from tools.risk.control import EDGES, Control, Examples, Finding, Question
from tools.risk.holds import FreezeCause, LatchTrip, Trigger, Trip, bps_text
from tools.risk.standing import Standing


@dataclass(frozen=True, kw_only=True)
class Config:
    """Parameters.

    Parameters
    ----------
    min_edge_ubps
        Below this (strictly) the system freezes.
    observations
        How many measurements of an instrument the mean is of.
    recovery_ubps
        How far above the threshold the edge must come back.
    """

    min_edge_ubps: int = 3 * UBPS_PER_BPS // 2
    observations: int = 1
    recovery_ubps: int = 0

    def __post_init__(self) -> None:
        if self.observations < 1 or self.recovery_ubps < 0:
            raise ConfigError("control.edge: observations must be at least 1, recovery_ubps not negative")


def _mean(values_ubps: list[int]) -> int:
    total_ubps = 0
    for value_ubps in values_ubps:
        total_ubps += value_ubps
    return total_ubps // len(values_ubps)


class Edge(Control):
    """Demands a latch on everything when an edge is gone."""

    def __init__(self, config: Config) -> None:
        self._config: Final = config
        self._seen: Final[dict[str, list[int]]] = {}
        self._gone: Final[dict[str, bool]] = {}

    def check(self, question: Question) -> Finding | None:
        """Let every order pass: this one watches what happens."""
        return None

    def headroom(self, now: Standing) -> tuple[Evidence, ...]:
        """Return the edge nearest to what it must be, or furthest below; None before one is measured."""
        found: tuple[int, int] | None = None
        for symbol, seen in self._seen.items():
            if len(seen) < self._config.observations:
                continue
            mean_ubps = _mean(seen)
            needed_ubps = self._needed_ubps(symbol)
            if found is None or mean_ubps - needed_ubps < found[0] - found[1]:
                found = mean_ubps, needed_ubps
        if found is None:
            return (("least_edge_ubps", None, self._config.min_edge_ubps),)
        return (("least_edge_ubps", found[0], found[1]),)

    def _needed_ubps(self, symbol: str) -> int:
        """Return what the edge of an instrument must be: more, having frozen, until it has recovered."""
        return self._config.min_edge_ubps + (self._config.recovery_ubps if symbol in self._gone else 0)

    def listens(self) -> tuple[str, ...]:
        """Return edges."""
        return (EDGES,)

    def on_edge(self, symbol: str, edge_ubps: int | None, now_ns: int) -> Trip | None:
        """Judge a measurement."""
        threshold_ubps = self._config.min_edge_ubps
        if edge_ubps is None:
            figure: Evidence = ("edge_ubps", None, threshold_ubps)
            return LatchTrip(
                FreezeCause(now_ns, Trigger.EDGE_NOT_FINITE, symbol, "Edge is not a finite number", figure)
            )
        seen = self._seen.get(symbol)
        if seen is None:
            seen = []
            self._seen[symbol] = seen
        seen.append(edge_ubps)
        if len(seen) > self._config.observations:
            del seen[0]
        if len(seen) < self._config.observations:
            return None
        mean_ubps = _mean(seen)
        needed_ubps = self._needed_ubps(symbol)
        if mean_ubps >= needed_ubps:
            self._gone.pop(symbol, None)
            return None
        self._gone[symbol] = True
        text = f"Edge degradation: {bps_text(mean_ubps)} BPS < {bps_text(needed_ubps)} BPS"
        figure = ("edge_ubps", mean_ubps, needed_ubps)
        return LatchTrip(FreezeCause(now_ns, Trigger.EDGE_BELOW_THRESHOLD, symbol, text, figure))

    def snapshot(self) -> Snapshot:
        """Return the measurements, and which edges are gone."""
        return {
            "gone": list(self._gone),
            "seen": {symbol: list(seen) for symbol, seen in self._seen.items()},
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._gone.clear()
        for symbol in read_list(saved, "gone"):
            self._gone[str(symbol)] = True
        self._seen.clear()
        seen = read_part(saved, "seen")
        for symbol in seen:
            self._seen[symbol] = read_ints(seen, symbol)


_HALF: Final = {"min_edge_ubps": 10, "observations": 2, "recovery_ubps": 5}
EXAMPLES: Final[Examples] = (
    ({"config": {"min_edge_ubps": 10}, "before": (("edge", 9),)}, "EDGE_BELOW_THRESHOLD"),
    ({"before": (("edge", None),)}, "EDGE_NOT_FINITE"),
    ({"config": _HALF, "before": (("edge", 20), ("edge", -1))}, "EDGE_BELOW_THRESHOLD"),
    # One good measurement brings nothing back.
    (
        {"config": _HALF, "before": (("edge", 9), ("edge", 9), ("thaw",), ("edge", 19))},
        "EDGE_BELOW_THRESHOLD",
    ),
    (
        {"config": _HALF, "before": (("edge", 9), ("edge", 9), ("thaw",), ("edge", 21))},
        None,
    ),
    ({"config": _HALF, "before": (("edge", 9),)}, None),
    ({"config": {"min_edge_ubps": 10}, "before": (("edge", 10),)}, None),
)


def build(config: Config) -> Control:
    """Return the control."""
    return Edge(config)
