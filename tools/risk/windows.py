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
        self._low = 0  # of all slots; means nothing while there are none
        self._high = 0

    def add(self, now_ns: int, value: int) -> bool:
        """Take in a value; return True if it is lower or higher than everything in the window."""
        slot = now_ns // self._slot_ns
        slots = self._slots
        if not slots or slots[-1] < slot:
            if slots:
                self._expire(slot - SLOTS)
            empty = not slots
            slots.append(slot)
            self._lows.append(value)
            self._highs.append(value)
            if empty:
                self._low = self._high = value
                return True
        elif value < self._lows[-1]:
            self._lows[-1] = value
        elif value > self._highs[-1]:
            self._highs[-1] = value
        if value < self._low:
            self._low = value
            return True
        if value > self._high:
            self._high = value
            return True
        return False

    def span(self, now_ns: int) -> tuple[int, int] | None:
        """Return ``(lowest, highest)``; None if the window is empty. Changes nothing."""
        slots = self._slots
        oldest = now_ns // self._slot_ns - SLOTS
        if not slots or slots[-1] < oldest:
            return None
        if slots[0] >= oldest:
            return self._low, self._high
        first = 0
        while slots[first] < oldest:
            first += 1
        return min(self._lows[first:]), max(self._highs[first:])

    def low(self, now_ns: int) -> int | None:
        """Return the lowest; None if the window is empty. Changes nothing."""
        found = self.span(now_ns)
        return None if found is None else found[0]

    def high(self, now_ns: int) -> int | None:
        """Return the highest; None if the window is empty. Changes nothing."""
        found = self.span(now_ns)
        return None if found is None else found[1]

    def _expire(self, oldest: int) -> None:
        gone = 0
        while gone < len(self._slots) and self._slots[gone] < oldest:
            gone += 1
        if gone:
            del self._slots[:gone]
            del self._lows[:gone]
            del self._highs[:gone]
            if self._slots:
                self._low = min(self._lows)
                self._high = max(self._highs)

    def snapshot(self) -> Snapshot:
        """Return the slots."""
        return {"highs": list(self._highs), "lows": list(self._lows), "slots": list(self._slots)}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._slots = read_ints(saved, "slots")
        self._lows = read_ints(saved, "lows")
        self._highs = read_ints(saved, "highs")
        if self._slots:
            self._low = min(self._lows)
            self._high = max(self._highs)
