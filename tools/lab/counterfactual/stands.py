"""What every policy allowed, and when: read off the audit lines of a run with several paths."""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any, Final

from tools.lab.audit_file import parse_line

_LAYERS: Final = ("regime", "permission", "health")
_READ: Final = ("regime", "permission", "health", "decision", "fill_quality", "order_quality")
_MARKS: Final = tuple(f'"kind":"{kind}"' for kind in _READ)

MOST_PARTINGS: Final = 10


@dataclass(frozen=True)
class Stand:
    """What a chain allowed: up to which ceiling, with which share of the budget, and why no more.

    `layer` is the first that bound, empty if none did; `evidence` is that of its verdict.
    """

    eligible: bool
    ceiling: int
    budget_ppm: int
    layer: str
    reason: str
    evidence: tuple[tuple[str, Any, Any], ...] = field(default=(), compare=False)

    @property
    def allows(self) -> tuple[int, int]:
        """Ceiling and budget: what policies part in."""
        return self.ceiling, self.budget_ppm

    def to_dict(self) -> dict[str, object]:
        """Return the stand as the result holds it."""
        return {
            "budget_ppm": self.budget_ppm,
            "ceiling": self.ceiling,
            "eligible": self.eligible,
            "evidence": [list(item) for item in self.evidence],
            "reason": f"{self.layer}:{self.reason}" if self.layer else self.reason,
        }


@dataclass
class Timeline:
    """The stands of one chain, each from its time on."""

    times: list[int] = field(default_factory=list)
    stands: list[Stand] = field(default_factory=list)

    def at(self, time_ns: int) -> Stand | None:
        """Return the stand at a time; None before the first."""
        place = bisect_right(self.times, time_ns)
        return self.stands[place - 1] if place else None

    def held_ns(self, until_ns: int) -> dict[str, int]:
        """Return how long it was allowed to trade (``"eligible"``), and how long each layer refused."""
        out: dict[str, int] = {}
        ends = [*self.times, until_ns][1:]
        for start_ns, end_ns, stand in zip(self.times, ends, self.stands, strict=True):
            name = "eligible" if stand.eligible else stand.layer
            out[name] = out.get(name, 0) + end_ns - start_ns
        return dict(sorted(out.items()))


class Lines:
    """Takes the lines of an audit log, and keeps what the comparison needs.

    Parameters
    ----------
    first
        Name of the path whose lines bear none.
    compared
        The paths that are held against each other, one for each policy.
    """

    def __init__(self, first: str, compared: list[str]) -> None:
        self.quality: Final[dict[str, list[dict[str, Any]]]] = {}  # records by path
        self.timelines: Final[dict[str, dict[str, Timeline]]] = {}  # by path and instrument
        self.partings: Final[list[dict[str, object]]] = []
        self.parted = 0
        self._first: Final = first
        self._compared: Final = compared
        self._held: Final[dict[tuple[str, str], dict[str, dict[str, Any]]]] = {}
        self._touched: dict[tuple[str, str], None] = {}
        self._apart: Final[dict[str, bool]] = {}
        self._seq = 0
        self._time_ns = 0

    def take(self, line: str) -> None:
        """Take one line."""
        if not any(mark in line for mark in _MARKS):
            return
        record = parse_line(line)
        path = str(record.get("path", self._first))
        kind = str(record["kind"])
        if kind.endswith("_quality"):
            self.quality.setdefault(path, []).append(record)
            return
        if record["seq"] != self._seq:
            self.settle()
            self._seq = int(record["seq"])
        key = (path, str(record["instrument"]))
        self._held.setdefault(key, {})[kind] = record
        self._touched[key] = None
        self._time_ns = int(record["time_ns"])

    def settle(self) -> None:
        """Conclude the event: every path has said what it has to say about it."""
        instruments: dict[str, None] = {}
        for path, instrument in self._touched:
            stand = _stand(self._held[path, instrument])
            timeline = self.timelines.setdefault(path, {}).setdefault(instrument, Timeline())
            if not timeline.stands or timeline.stands[-1] != stand:
                timeline.times.append(self._time_ns)
                timeline.stands.append(stand)
            instruments[instrument] = None
        self._touched = {}
        for instrument in instruments:
            self._compare(instrument)

    def _compare(self, instrument: str) -> None:
        """Note where policies begin to allow different things."""
        stands: dict[str, Stand] = {}
        for path in self._compared:
            timeline = self.timelines.get(path, {}).get(instrument)
            if timeline is None:
                return
            stands[path] = timeline.stands[-1]
        apart = len({stand.allows for stand in stands.values()}) > 1
        if apart and not self._apart.get(instrument, False):
            self.parted += 1
            if len(self.partings) < MOST_PARTINGS:
                self.partings.append(
                    {
                        "instrument": instrument,
                        "seq": self._seq,
                        "stands": {path: stand.to_dict() for path, stand in stands.items()},
                        "time_ns": self._time_ns,
                    }
                )
        self._apart[instrument] = apart


def _stand(held: dict[str, dict[str, Any]]) -> Stand:
    decision = held["decision"]
    layer = str(decision["binding"][0]) if decision["binding"] else ""
    verdict = held[layer] if layer in _LAYERS else decision
    return Stand(
        bool(decision["eligible"]),
        int(decision["ceiling"]),
        int(decision["budget_ppm"]),
        layer,
        str(verdict["reason"]),
        tuple((str(name), observed, limit) for name, observed, limit in verdict.get("evidence", ())),
    )
