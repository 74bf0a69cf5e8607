"""Exact rolling windows over step functions: a value holds until the next one is set.

Spread, depth and mid are such functions of time. The rules of `tools.observer.windows`
apply: reading at `now_ns` looks at ``(now_ns - width_ns, now_ns]``, times never decrease.
"""

from typing import Final

from tools.core.snapshots import Snapshot, read_ints

_CUT: Final = 512  # dead entries before a list is cut


class StepMean:
    """Time-weighted mean of a step function over the last `width_ns`.

    The value set at one time holds until the next; the integral over the window is exact
    and its quotient by the width is floored.
    """

    def __init__(self, width_ns: int) -> None:
        self.width_ns: Final = width_ns
        self._times: list[int] = []
        self._values: list[int] = []
        self._head = 0
        self._last_ns = 0
        self._value = 0
        # Integral from the first held breakpoint to the last one.
        self._area = 0

    def put(self, time_ns: int, value: int) -> None:
        """Let the function have `value` from `time_ns` on."""
        self._area += self._value * (time_ns - self._last_ns)
        self._last_ns = time_ns
        self._value = value
        self._times.append(time_ns)
        self._values.append(value)

    def mean(self, now_ns: int) -> int | None:
        """Return the floored mean over ``(now_ns - width_ns, now_ns]``; None before a full window."""
        times = self._times
        head = self._head
        last = len(times) - 1
        edge = now_ns - self.width_ns
        while head < last:
            after = times[head + 1]
            if after > edge:
                break
            self._area -= self._values[head] * (after - times[head])
            head += 1
        if head > _CUT and head + head > last:
            del times[:head]
            del self._values[:head]
            head = 0
        self._head = head
        if last < 0 or times[head] > edge:
            return None
        area = self._area + self._value * (now_ns - self._last_ns)
        return (area - self._values[head] * (edge - times[head])) // self.width_ns

    def snapshot(self) -> Snapshot:
        """Return the breakpoints still held."""
        return {"times": self._times[self._head :], "values": self._values[self._head :]}

    def restore(self, state: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        times = read_ints(state, "times")
        values = read_ints(state, "values")
        self._times = []
        self._values = []
        self._head = 0
        self._last_ns = 0
        self._value = 0
        self._area = 0
        for index, time_ns in enumerate(times):
            self.put(time_ns, values[index])


class StepLag:
    """Value that a step function had exactly `width_ns` ago."""

    def __init__(self, width_ns: int) -> None:
        self.width_ns: Final = width_ns
        self._times: list[int] = []
        self._values: list[int] = []
        self._head = 0

    def put(self, time_ns: int, value: int) -> None:
        """Let the function have `value` from `time_ns` on."""
        self._times.append(time_ns)
        self._values.append(value)

    def lagged(self, now_ns: int) -> int | None:
        """Return the value in force at ``now_ns - width_ns``; None if there was none yet."""
        times = self._times
        head = self._head
        last = len(times) - 1
        edge = now_ns - self.width_ns
        while head < last and times[head + 1] <= edge:
            head += 1
        if head > _CUT and head + head > last:
            del times[:head]
            del self._values[:head]
            head = 0
        self._head = head
        if last < 0 or times[head] > edge:
            return None
        return self._values[head]

    def snapshot(self) -> Snapshot:
        """Return the breakpoints still held."""
        return {"times": self._times[self._head :], "values": self._values[self._head :]}

    def restore(self, state: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._times = read_ints(state, "times")
        self._values = read_ints(state, "values")
        self._head = 0
