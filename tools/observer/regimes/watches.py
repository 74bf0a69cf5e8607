"""A detector of several features side by side, each watched by one object with one alarm.

What is left to write for such a detector is the watch: how it learns and when it fires.
"""

from abc import ABC, abstractmethod
from typing import Final

from tools.core.canon import plain
from tools.core.market import MarketState
from tools.core.snapshots import Snapshot, read_evidence, read_int, read_part, read_text
from tools.core.verdicts import Evidence
from tools.observer.regimes.detector import QUIET, RegimeDetector
from tools.observer.regimes.features import Sampler


class Watch(ABC):
    """One feature and its alarm. A subclass has `sample`, `warm` and `bounds`."""

    def __init__(self, feature: str, hold_ns: int) -> None:
        self.feature: Final = feature
        self._hold_ns: Final = hold_ns
        self.until_ns = 0  # from when on the alarm does not hold
        self.level = QUIET
        self.reason = ""
        self.fired: tuple[Evidence, ...] = ()

    @abstractmethod
    def sample(self, x: int, now_ns: int) -> None:
        """Learn from one sample and judge it."""

    @abstractmethod
    def warm(self) -> bool:
        """Return True once it has its minimum of samples."""

    @abstractmethod
    def bounds(self) -> tuple[Evidence, ...]:
        """Return each present figure with the limit at which it would fire."""

    def fire(self, now_ns: int, level: int, reason: str, evidence: tuple[Evidence, ...]) -> None:
        """Hold an alarm from now on; one that is worse and still holds stays what it is."""
        if now_ns >= self.until_ns or level >= self.level:
            self.level = level
            self.reason = reason
            self.fired = evidence
        self.until_ns = now_ns + self._hold_ns

    def extend(self, now_ns: int) -> None:
        """Let an alarm that holds now hold for a whole time more."""
        if now_ns < self.until_ns:
            self.until_ns = now_ns + self._hold_ns

    def snapshot(self) -> Snapshot:
        """Return the state of the alarm; a subclass adds its own."""
        return {
            "fired": plain(self.fired),
            "level": self.level,
            "reason": self.reason,
            "until_ns": self.until_ns,
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.fired = read_evidence(saved, "fired")
        self.level = read_int(saved, "level")
        self.reason = read_text(saved, "reason")
        self.until_ns = read_int(saved, "until_ns")


class Watches(RegimeDetector):
    """The watches of a detector; the worst alarm counts, earlier features first."""

    def __init__(self, watches: list[Watch]) -> None:
        self.watches: Final = watches
        names: list[str] = []
        for watch in watches:
            names.append(watch.feature)
        self._sampler: Final = Sampler(tuple(names))
        self._warm = False

    def sample(self, state: MarketState) -> None:
        """Take the sample of this second; a feature that cannot be known takes none."""
        warm = True
        self._sampler.see(state)
        for watch in self.watches:
            x = self._sampler.sample(watch.feature, state)
            if x is not None:
                watch.sample(x, state.time_ns)
            warm = warm and watch.warm()
        self._warm = warm

    def warm(self) -> bool:
        """Return True once every feature has its minimum of samples."""
        return self._warm

    def hold_until_ns(self) -> int:
        """Return the time from which no alarm holds any more."""
        until_ns = 0
        for watch in self.watches:
            until_ns = max(until_ns, watch.until_ns)
        return until_ns

    def _holder(self, now_ns: int) -> int:
        """Return the index of the watch that holds the worst level; -1 if none holds any."""
        level = QUIET
        index = -1
        for i, watch in enumerate(self.watches):
            if now_ns < watch.until_ns and watch.level > level:
                level = watch.level
                index = i
        return index

    def level(self, now_ns: int) -> int:
        """Return the worst level that an alarm holds."""
        index = self._holder(now_ns)
        return QUIET if index < 0 else self.watches[index].level

    def reason(self, now_ns: int) -> str:
        """Return the alarm that holds that level; empty when quiet."""
        index = self._holder(now_ns)
        return "" if index < 0 else self.watches[index].reason

    def evidence(self, now_ns: int) -> tuple[Evidence, ...]:
        """Return the figures of that alarm as they were when it last fired."""
        index = self._holder(now_ns)
        return () if index < 0 else self.watches[index].fired

    def bounds(self) -> tuple[Evidence, ...]:
        """Return the bounds of every feature, in order."""
        out: list[Evidence] = []
        for watch in self.watches:
            out.extend(watch.bounds())
        return tuple(out)

    def snapshot(self) -> Snapshot:
        """Return every feature's snapshot by name."""
        out: Snapshot = {"sampler": self._sampler.snapshot()}
        for watch in self.watches:
            out[watch.feature] = watch.snapshot()
        return out

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        warm = True
        self._sampler.restore(read_part(saved, "sampler"))
        for watch in self.watches:
            watch.restore(read_part(saved, watch.feature))
            warm = warm and watch.warm()
        self._warm = warm
