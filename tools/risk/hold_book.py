"""Every hold in force, by scope and effect, with a history; the risk room's one place for them."""

from typing import Final

from tools.core.snapshots import (
    Snapshot,
    read_bool,
    read_int,
    read_part,
    read_parts,
    read_text,
)
from tools.risk.holds import (
    EVERYTHING,
    Effect,
    FreezeCause,
    Latch,
    LatchTrip,
    Pause,
    Resume,
    Thaw,
    Timer,
    Trigger,
    Trip,
    cause_from,
)

HISTORY_MAX: Final = 100  # later causes are counted, not kept

HoldNews = FreezeCause | Thaw | Pause | Resume


class HoldBook:
    """Latches and timers.

    `causes` holds what closed a latch, one for each closing, and `cause` the last of them,
    kept after a thaw too. `history` also has the causes that came while it was closed; a
    measured one once for each trigger, symbol and closing. Repetitions and what is beyond
    its bound are counted in `history_dropped`. `news` is for whoever acts on holds.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything: a new run."""
        self._latches: dict[tuple[str, str], Latch] = {}
        self._timers: dict[tuple[str, str, str], Timer] = {}
        self.causes: list[FreezeCause] = []
        self.history: list[FreezeCause] = []
        self.history_dropped = 0
        self.thaws: list[Thaw] = []
        self.pauses = 0
        self.news: list[HoldNews] = []
        self.busy = False  # any hold in force
        self._seen: dict[tuple[str, str, str, str], bool] = {}  # told since the latch closed

    @property
    def frozen(self) -> bool:
        """True while a latch holds every order of every symbol."""
        return isinstance(self._latched(EVERYTHING, Effect.HALT), Latch)

    @property
    def cause(self) -> FreezeCause | None:
        """What closed a latch last."""
        return self.causes[-1] if self.causes else None

    @property
    def total(self) -> int:
        """How often a latch was closed."""
        return len(self.causes)

    def apply(self, trip: Trip) -> bool:
        """Do what a control demands; return True if it closed what was open."""
        if isinstance(trip, LatchTrip):
            return self.latch(trip.cause)
        return self.pause(trip.cause, trip.cause.time_ns + trip.for_ns)

    def latch(self, cause: FreezeCause) -> bool:
        """Close the latch of the cause's scope and effect; return True if it was open."""
        key = (cause.scope, cause.effect.value)
        found = self._latches.get(key)
        if found is None:
            found = Latch()
            self._latches[key] = found
        newly = found.trip(cause)
        self.busy = True
        if newly:
            self.causes.append(cause)
            self.news.append(cause)
        about = (cause.scope, cause.effect.value, cause.trigger.value, cause.symbol or "")
        measured = cause.trigger not in (Trigger.CALL, Trigger.KILL, Trigger.REDUCE_ONLY_CALL)
        repeated = measured and about in self._seen
        self._seen[about] = True
        if repeated or len(self.history) >= HISTORY_MAX:
            self.history_dropped += 1
        else:
            self.history.append(cause)
        return newly

    def thaw(self, thaw: Thaw) -> None:
        """Open one latch; raise `UsageError` if it is open."""
        found = self._latches.get((thaw.scope, thaw.effect.value))
        if found is None:
            found = Latch()  # whose table refuses
        found.release(thaw)
        self.thaws.append(thaw)
        self.news.append(thaw)
        for about in list(self._seen):
            if about[0] == thaw.scope and about[1] == thaw.effect.value:
                del self._seen[about]
        self._settle()

    def pause(self, cause: FreezeCause, until_ns: int) -> bool:
        """Start a timer, or move its end back; return True if it was not running."""
        key = (cause.scope, cause.effect.value, cause.trigger.value)
        found = self._timers.get(key)
        if found is None:
            found = Timer()
            self._timers[key] = found
        newly = not found.running
        if found.start(cause, until_ns):
            self.news.append(Pause(cause, until_ns))
            self.busy = True
            if newly:
                self.pauses += 1
                if len(self.history) < HISTORY_MAX:
                    self.history.append(cause)
                else:
                    self.history_dropped += 1
        return newly

    def advance(self, now_ns: int) -> None:
        """Let time pass: timers run out, latches do not."""
        if not self._timers:
            return
        for key, timer in list(self._timers.items()):
            if timer.step(now_ns):
                assert timer.cause is not None
                self.news.append(Resume(timer.until_ns, timer.cause.trigger, timer.cause.scope))
                del self._timers[key]
        self._settle()

    def _settle(self) -> None:
        busy = bool(self._timers)
        for latch in self._latches.values():
            busy = busy or latch.shut
        self.busy = busy

    def binding(self, symbol: str, effect: Effect) -> Latch | Timer | None:
        """Return the hold that keeps this symbol's orders back, latches first; None if none does."""
        if not self.busy:
            return None
        for scope in (EVERYTHING, symbol):
            latch = self._latched(scope, effect)
            if latch is not None:
                return latch
        for key, timer in self._timers.items():
            if key[1] == effect.value and key[0] in (EVERYTHING, symbol):
                return timer
        return None

    def _latched(self, scope: str, effect: Effect) -> Latch | None:
        """Return the latch that is shut for a scope; what halts is a kill first, else a freeze."""
        found: Latch | None = None
        if effect is Effect.HALT:
            found = self._latches.get((scope, Effect.KILL.value))
        if found is None or not found.shut:
            found = self._latches.get((scope, effect.value))
        return found if found is not None and found.shut else None

    def killed(self, symbol: str | None = None) -> bool:
        """Return True while a kill holds a symbol (anything, if None), whatever froze it first."""
        for about in self._seen:
            if about[2] == Trigger.KILL.value and (symbol is None or about[0] in (EVERYTHING, symbol)):
                return True
        return False

    def count(self, effect: Effect) -> int:
        """Return how many holds of an effect are in force."""
        count = 0
        for cause in self.in_force():
            if cause.effect is effect:
                count += 1
        return count

    def in_force(self) -> list[FreezeCause]:
        """Return the cause of every hold in force, latches first."""
        out: list[FreezeCause] = []
        for latch in self._latches.values():
            if latch.shut and latch.cause is not None:
                out.append(latch.cause)
        for timer in self._timers.values():
            if timer.cause is not None:
                out.append(timer.cause)
        return out

    def take_news(self) -> list[HoldNews]:
        """Return what has happened since the last call, in order."""
        if not self.news:
            return []
        taken = self.news
        self.news = []
        return taken

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on; news not taken yet is told again."""
        latches: list[object] = []
        for latch in self._latches.values():
            assert latch.cause is not None
            latches.append({"cause": latch.cause.to_dict(), "shut": latch.shut})
        timers: list[object] = []
        for timer in self._timers.values():
            assert timer.cause is not None
            timers.append({"cause": timer.cause.to_dict(), "until_ns": timer.until_ns})
        return {
            "causes": [cause.to_dict() for cause in self.causes],
            "history": [cause.to_dict() for cause in self.history],
            "history_dropped": self.history_dropped,
            "latches": latches,
            "pauses": self.pauses,
            "seen": [list(about) for about in self._seen],
            "thaws": [thaw.to_dict() for thaw in self.thaws],
            "timers": timers,
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned; every hold in force is news again."""
        self.reset()
        for part in read_parts(saved, "latches"):
            latch = Latch()
            cause = cause_from(read_part(part, "cause"))
            latch.trip(cause)
            if read_bool(part, "shut"):
                self.news.append(cause)
            else:
                latch.release(Thaw(0, "restore", "it was open"))
            self._latches[(cause.scope, cause.effect.value)] = latch
        for part in read_parts(saved, "timers"):
            timer = Timer()
            cause = cause_from(read_part(part, "cause"))
            timer.start(cause, read_int(part, "until_ns"))
            self._timers[(cause.scope, cause.effect.value, cause.trigger.value)] = timer
            self.news.append(Pause(cause, timer.until_ns))
        self.causes = [cause_from(part) for part in read_parts(saved, "causes")]
        self.history = [cause_from(part) for part in read_parts(saved, "history")]
        self.history_dropped = read_int(saved, "history_dropped")
        self.pauses = read_int(saved, "pauses")
        self.thaws = [_thaw_from(part) for part in read_parts(saved, "thaws")]
        for item in saved["seen"] if isinstance(saved["seen"], list) else ():
            self._seen[(str(item[0]), str(item[1]), str(item[2]), str(item[3]))] = True
        self._settle()


def _thaw_from(saved: Snapshot) -> Thaw:
    return Thaw(
        read_int(saved, "time_ns"),
        read_text(saved, "operator"),
        read_text(saved, "reason"),
        read_text(saved, "scope"),
        Effect(read_text(saved, "effect")),
    )
