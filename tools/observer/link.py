"""The connection and its streams: when they last spoke, how they usually pause, what was said."""

from typing import Final

from tools.core.events import FeedKind, FeedStatus
from tools.core.histogram import LogHistRing
from tools.core.snapshots import Snapshot, read_bool, read_int, read_opt, read_part
from tools.core.units import NS_PER_S
from tools.observer.windows import CountWindow

P999: Final = 999_000
_BITS: Final = 5


class Pauses:
    """When something last arrived, and how it usually pauses.

    The pause over a disconnection is none of its own and is left out of the quantile.
    """

    def __init__(self) -> None:
        self.seen = False
        self.last_ns = 0
        self.p999_ns: int | None = None
        self._gaps = LogHistRing(60 * NS_PER_S, 60, _BITS)
        self._paused = False

    def touch(self, now_ns: int) -> None:
        """Note that a message arrived."""
        if self.seen and not self._paused:
            self._gaps.add(now_ns, now_ns - self.last_ns)
        else:
            self.seen = True
            self._paused = False
        self.last_ns = now_ns

    def again(self, now_ns: int) -> None:
        """Note a message that tells nothing new: a sign of life, but no gap within one instant."""
        if now_ns > self.last_ns:
            self.touch(now_ns)

    def pause(self) -> None:
        """Leave the time until the next message out of the gaps."""
        self._paused = True

    def age_ns(self, now_ns: int) -> int | None:
        """Return the time since the last message; None before the first."""
        return now_ns - self.last_ns if self.seen else None

    def refresh(self, now_ns: int) -> None:
        """Work out the quantile of the gaps anew."""
        self.p999_ns = self._gaps.quantile(now_ns, P999)

    def quantile_ns(self, now_ns: int, quantile_ppm: int) -> int | None:
        """Return any quantile of the gaps of the last hour; None when there are none."""
        return self._gaps.quantile(now_ns, quantile_ppm)

    def pauses(self) -> Snapshot:
        """Return this part of a snapshot."""
        return {
            "gaps": self._gaps.snapshot(),
            "last_ns": self.last_ns,
            "p999_ns": self.p999_ns,
            "paused": self._paused,
            "seen": self.seen,
        }

    def restore_pauses(self, saved: Snapshot) -> None:
        """Take over what `pauses` returned."""
        self._gaps.restore(read_part(saved, "gaps"))
        self.last_ns = read_int(saved, "last_ns")
        self.p999_ns = read_opt(saved, "p999_ns")
        self._paused = read_bool(saved, "paused")
        self.seen = read_bool(saved, "seen")


class Link(Pauses):
    """Age of the link, its usual gaps over the last hour, and the state of the feed.

    The link is everything that arrives for an instrument, whatever it says. A line that
    names no instrument is nobody's sign of life.
    """

    def __init__(self) -> None:
        super().__init__()
        self.disconnected = False
        self.loop_lag_ns: int | None = None
        self.bad_lines = CountWindow(10 * NS_PER_S)
        self.bad = 0
        self.ignored = 0
        self.lag_reports = 0
        self.disconnects = 0
        self.connects = 0

    def status(self, event: FeedStatus, now_ns: int) -> None:
        """Take in what the feed says about itself."""
        kind = event.kind
        if kind == FeedKind.IGNORED:
            self.ignored += 1
            if event.symbol:
                self.touch(now_ns)
        elif kind == FeedKind.QUARANTINED:
            self.bad += 1
            self.bad_lines.add(now_ns)
            if event.symbol:
                self.touch(now_ns)
        elif kind == FeedKind.LOOP_LAG:
            self.lag_reports += 1
            self.loop_lag_ns = event.value
        elif kind == FeedKind.DISCONNECTED:
            self.disconnects += 1
            self.disconnected = True
            self.pause()
        else:
            self.connects += 1
            self.disconnected = False
            self.pause()

    def reject(self, now_ns: int) -> None:
        """Count a message that could be read but not be used as a bad line."""
        self.bad_lines.add(now_ns)

    def stale(self, now_ns: int, limit_ns: int) -> bool:
        """Return whether the link has been silent for longer than it ever usually is.

        The limit is the larger of `limit_ns` and three times the usual longest gap.
        """
        if not self.seen:
            return True
        usual_ns = self.unusual_ns()
        return now_ns - self.last_ns > (limit_ns if limit_ns > usual_ns else usual_ns)

    def unusual_ns(self) -> int:
        """Return three times the usual longest gap: a silence that the link does not explain."""
        return 0 if self.p999_ns is None else 3 * self.p999_ns

    def counters(self) -> dict[str, int]:
        """Return how often the feed said something about itself, and what."""
        return {
            "status": self.bad + self.ignored + self.lag_reports + self.disconnects + self.connects,
            "status_bad": self.bad,
            "status_connected": self.connects,
            "status_disconnected": self.disconnects,
            "status_ignored": self.ignored,
            "status_loop_lag": self.lag_reports,
        }

    def snapshot(self) -> Snapshot:
        """Return the whole state."""
        return {
            "bad": self.bad,
            "bad_lines": self.bad_lines.snapshot(),
            "connects": self.connects,
            "disconnected": self.disconnected,
            "disconnects": self.disconnects,
            "ignored": self.ignored,
            "lag_reports": self.lag_reports,
            "loop_lag_ns": self.loop_lag_ns,
            "pauses": self.pauses(),
        }

    def restore(self, state: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.bad = read_int(state, "bad")
        self.bad_lines.restore(read_part(state, "bad_lines"))
        self.connects = read_int(state, "connects")
        self.disconnected = read_bool(state, "disconnected")
        self.disconnects = read_int(state, "disconnects")
        self.ignored = read_int(state, "ignored")
        self.lag_reports = read_int(state, "lag_reports")
        self.loop_lag_ns = read_opt(state, "loop_lag_ns")
        self.restore_pauses(read_part(state, "pauses"))
