"""Which verdicts were in force at a time of the last minutes."""

from bisect import bisect_right
from typing import Final

from tools.core.verdicts import Colour, Gate, Regime
from tools.execution.tca.best import KEEP_NS
from tools.execution.tca.records import Context

_NOTHING_YET: Final = Context(Regime.UNKNOWN, Gate.BLOCKED, Colour.RED)


class Contexts:
    """Verdicts by our own time, the newest last; those of before two minutes ago are dropped."""

    def __init__(self) -> None:
        self._times: list[int] = [0]
        self._kept: list[Context] = [_NOTHING_YET]

    def take(self, time_ns: int, regime: Regime, gate: Gate, colour: Colour) -> None:
        """Take the verdicts in force from now on."""
        last = self._kept[-1]
        if last.regime is regime and last.gate is gate and last.colour is colour:
            return
        while len(self._times) > 1 and self._times[1] <= time_ns - KEEP_NS:
            del self._times[0], self._kept[0]
        self._times.append(time_ns)
        self._kept.append(Context(regime, gate, colour))

    def now(self) -> Context:
        """Return the newest."""
        return self._kept[-1]

    def at(self, time_ns: int) -> Context:
        """Return those in force at a time; the oldest kept for a time before them."""
        return self._kept[max(0, bisect_right(self._times, time_ns) - 1)]
