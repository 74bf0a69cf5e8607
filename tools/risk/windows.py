"""Sliding windows of the controls, in slots: a fixed cost whatever the rate.

A window of `window_ns` is kept in 32 slots and covers its length and at most one slot more,
so that a control sees everything of the last `window_ns` and never too little.
"""

from typing import Final

from tools.core.snapshots import Snapshot, read_ints

SLOTS: Final = 32


class SumWindow:
    """The sum of what was added within the window."""

    def __init__(self, window_ns: int) -> None:
        assert window_ns > 0
        self._slot_ns: Final = max(1, -(-window_ns // SLOTS))
        self._sums: list[int] = []
        self._slots: list[int] = []  # ascending
        self._total = 0

    def add(self, now_ns: int, amount: int) -> None:
        """Add to the present slot."""
        self._expire(now_ns)
        slot = now_ns // self._slot_ns
        if self._slots and self._slots[-1] >= slot:
            self._sums[-1] += amount
        else:
            self._slots.append(slot)
            self._sums.append(amount)
        self._total += amount

    def total(self, now_ns: int) -> int:
        """Return the sum; changes nothing."""
        slots = self._slots
        oldest = now_ns // self._slot_ns - SLOTS
        if not slots or slots[0] >= oldest:
            return self._total
        total = self._total
        for i in range(len(slots)):
            if slots[i] >= oldest:
                break
            total -= self._sums[i]
        return total

    def clear(self) -> None:
        """Forget everything."""
        self._sums = []
        self._slots = []
        self._total = 0

    def _expire(self, now_ns: int) -> None:
        oldest = now_ns // self._slot_ns - SLOTS
        gone = 0
        while gone < len(self._slots) and self._slots[gone] < oldest:
            self._total -= self._sums[gone]
            gone += 1
        if gone:
            del self._slots[:gone]
            del self._sums[:gone]

    def snapshot(self) -> Snapshot:
        """Return the slots."""
        return {"slots": list(self._slots), "sums": list(self._sums)}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._slots = read_ints(saved, "slots")
        self._sums = read_ints(saved, "sums")
        self._total = 0
        for amount in self._sums:
            self._total += amount


class RangeWindow:
    """The lowest and the highest of what was added within the window."""

    def __init__(self, window_ns: int) -> None:
        assert window_ns > 0
        self._slot_ns: Final = max(1, -(-window_ns // SLOTS))
        self._slots: list[int] = []
        self._lows: list[int] = []
        self._highs: list[int] = []

    def add(self, now_ns: int, value: int) -> None:
        """Take in a value."""
        slot = now_ns // self._slot_ns
        if self._slots and self._slots[-1] >= slot:
            if value < self._lows[-1]:
                self._lows[-1] = value
            elif value > self._highs[-1]:
                self._highs[-1] = value
            return
        self._expire(now_ns)
        self._slots.append(slot)
        self._lows.append(value)
        self._highs.append(value)

    def low(self, now_ns: int) -> int | None:
        """Return the lowest; None if the window is empty. Changes nothing."""
        found: int | None = None
        oldest = now_ns // self._slot_ns - SLOTS
        for i in range(len(self._slots)):
            if self._slots[i] >= oldest and (found is None or self._lows[i] < found):
                found = self._lows[i]
        return found

    def high(self, now_ns: int) -> int | None:
        """Return the highest; None if the window is empty. Changes nothing."""
        found: int | None = None
        oldest = now_ns // self._slot_ns - SLOTS
        for i in range(len(self._slots)):
            if self._slots[i] >= oldest and (found is None or self._highs[i] > found):
                found = self._highs[i]
        return found

    def _expire(self, now_ns: int) -> None:
        oldest = now_ns // self._slot_ns - SLOTS
        gone = 0
        while gone < len(self._slots) and self._slots[gone] < oldest:
            gone += 1
        if gone:
            del self._slots[:gone]
            del self._lows[:gone]
            del self._highs[:gone]

    def snapshot(self) -> Snapshot:
        """Return the slots."""
        return {"highs": list(self._highs), "lows": list(self._lows), "slots": list(self._slots)}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._slots = read_ints(saved, "slots")
        self._lows = read_ints(saved, "lows")
        self._highs = read_ints(saved, "highs")
