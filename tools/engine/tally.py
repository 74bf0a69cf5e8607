"""Counting what the layers said: how long each verdict held, how often, and why no order.

Time is credited to the verdict in force, from evaluation to evaluation, so the parts add
up to the observed time exactly.
"""

from typing import Final

from tools.core.snapshots import Snapshot, read_int, read_part


class Clocked:
    """Time spent in each of the values that something takes, and the number of stretches."""

    def __init__(self) -> None:
        self.time_ns: dict[str, int] = {}
        self.stretches: dict[str, int] = {}
        self._value = ""
        self._since_ns = 0

    def enter(self, now_ns: int, value: str) -> None:
        """Note that `value` holds from `now_ns` on."""
        if value == self._value:
            return
        self.settle(now_ns)
        self._value = value
        self.stretches[value] = self.stretches.get(value, 0) + 1

    def settle(self, now_ns: int) -> None:
        """Credit the value in force with the time up to `now_ns`."""
        if self._value:
            held_ns = now_ns - self._since_ns
            self.time_ns[self._value] = self.time_ns.get(self._value, 0) + held_ns
        self._since_ns = now_ns

    def to_dict(self) -> dict[str, object]:
        """Return times and stretches by value, sorted by name."""
        return {
            "stretches": dict(sorted(self.stretches.items())),
            "time_ns": dict(sorted(self.time_ns.items())),
        }

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        return {
            "since_ns": self._since_ns,
            "stretches": dict(self.stretches),
            "time_ns": dict(self.time_ns),
            "value": self._value,
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._since_ns = read_int(saved, "since_ns")
        self.stretches = read_counts(saved, "stretches")
        self.time_ns = read_counts(saved, "time_ns")
        self._value = str(saved["value"])


def read_counts(saved: Snapshot, key: str) -> dict[str, int]:
    """Return a dict of integers by name out of a snapshot."""
    part = saved[key]
    assert isinstance(part, dict)
    return {str(name): int(count) for name, count in part.items()}


class Tally:
    """What one instrument's chain has said so far.

    `without_order` counts the evaluations that led to no order action, by the reason in
    force; together with `with_order` they are all evaluations.
    """

    def __init__(self) -> None:
        self.evaluations = 0
        self.with_order = 0
        self.without_order: dict[str, int] = {}
        self.regime: Final = Clocked()
        self.gate: Final = Clocked()
        self.colour: Final = Clocked()
        self.episodes: Final = Clocked()
        self.first_ns = 0
        self.last_ns = 0

    def evaluation(self, now_ns: int) -> None:
        """Note an evaluation."""
        if self.evaluations == 0:
            self.first_ns = now_ns
        self.evaluations += 1
        self.last_ns = now_ns

    def verdicts(self, now_ns: int, regime: str, gate: str, colour: str) -> None:
        """Note what holds from `now_ns` on; called when one of them has changed."""
        self.regime.enter(now_ns, regime)
        self.gate.enter(now_ns, gate)
        self.colour.enter(now_ns, colour)
        # An episode is a maximal stretch of a regime other than NORMAL, named by its worst.
        self.episodes.enter(now_ns, "NORMAL" if regime == "NORMAL" else "OTHER")

    def no_order(self, reason: str) -> None:
        """Count an evaluation without an order action."""
        self.without_order[reason] = self.without_order.get(reason, 0) + 1

    def settle(self) -> None:
        """Credit the verdicts in force with the time up to the last evaluation."""
        for clocked in (self.regime, self.gate, self.colour, self.episodes):
            clocked.settle(self.last_ns)

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        return {
            "colour": self.colour.snapshot(),
            "episodes": self.episodes.snapshot(),
            "evaluations": self.evaluations,
            "first_ns": self.first_ns,
            "gate": self.gate.snapshot(),
            "last_ns": self.last_ns,
            "regime": self.regime.snapshot(),
            "with_order": self.with_order,
            "without_order": dict(self.without_order),
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.colour.restore(read_part(saved, "colour"))
        self.episodes.restore(read_part(saved, "episodes"))
        self.evaluations = read_int(saved, "evaluations")
        self.first_ns = read_int(saved, "first_ns")
        self.gate.restore(read_part(saved, "gate"))
        self.last_ns = read_int(saved, "last_ns")
        self.regime.restore(read_part(saved, "regime"))
        self.with_order = read_int(saved, "with_order")
        self.without_order = read_counts(saved, "without_order")

    def to_dict(self) -> dict[str, object]:
        """Return everything for the report."""
        return {
            "colour": self.colour.to_dict(),
            "episodes": self.episodes.stretches.get("OTHER", 0),
            "evaluations": self.evaluations,
            "first_ns": self.first_ns,
            "gate": self.gate.to_dict(),
            "last_ns": self.last_ns,
            "regime": self.regime.to_dict(),
            "with_order": self.with_order,
            "without_order": dict(sorted(self.without_order.items())),
        }
