"""One limit on calls by weight: GCRA, the generic cell rate algorithm, on event time.

GCRA and not a token bucket, though both admit the same calls: its whole memory is one
absolute time, so it needs no refill step that rounds, nothing accrues while nobody asks, a
snapshot is one integer, and a clock that steps back can only make it stricter.

The time is the theoretical arrival time (TAT). A call of weight w conforms if it leaves the
TAT at most `burst` emission intervals ahead of now; equality conforms. It then moves the TAT
by w intervals, at once: the limit counts what was sent, not what was answered.

Venues count in fixed windows whose start we do not know, and two bursts may fall into one
window. So the interval is not `interval_ns / limit` but is chosen such that **no half-open
stretch of `interval_ns`, wherever it begins, holds more than `limit`**: a stretch holds at
most ``burst + (interval_ns - 1) // emission_ns``, and
``emission_ns = ceil(interval_ns / (limit - burst + 1))`` makes that at most `limit`. A burst
of 1 is pure pacing; a burst equal to the limit allows all at once and then one per interval.

A part of the burst is kept for cancels: other calls must leave the TAT that much lower.
Source: ITU-T I.371, the equivalence of virtual scheduling and the continuous leaky bucket.
"""

from dataclasses import dataclass
from typing import Final

from tools.core.errors import ConfigError, UsageError
from tools.core.snapshots import Snapshot, read_int
from tools.core.units import NS_PER_S


@dataclass(frozen=True, kw_only=True)
class LimitConfig:
    """Parameters of one limit; choose `limit` below the venue's, because answers jitter.

    Parameters
    ----------
    limit_id
        How calls name it.
    limit_count, interval_ns
        At most so much weight in any stretch of `interval_ns`.
    burst_count
        So much of it at once.
    cancel_reserve_count
        So much of the burst is for cancels alone.
    """

    limit_id: str = "requests"
    limit_count: int = 50
    interval_ns: int = 10 * NS_PER_S
    burst_count: int = 25
    cancel_reserve_count: int = 5

    def __post_init__(self) -> None:
        path = f"rate_limit.{self.limit_id.strip() or '(no id)'}"
        if not self.limit_id.strip():
            raise ConfigError(f"{path}.limit_id: must not be empty")
        if self.limit_count < 1:
            raise ConfigError(f"{path}.limit_count: must be positive, not {self.limit_count}")
        if self.interval_ns < 1:
            raise ConfigError(f"{path}.interval_ns: must be positive, not {self.interval_ns}")
        if not 1 <= self.burst_count <= self.limit_count:
            raise ConfigError(f"{path}.burst_count: must be from 1 to limit_count ({self.limit_count})")
        if not 0 <= self.cancel_reserve_count < self.burst_count:
            raise ConfigError(
                f"{path}.cancel_reserve_count: must be from 0 to less than burst_count ({self.burst_count})"
            )

    @property
    def emission_ns(self) -> int:
        """The time in which one unit of weight drains, rounded up."""
        return -(-self.interval_ns // (self.limit_count - self.burst_count + 1))


class Gcra:
    """The machine of one limit. `wait_ns` asks, `charge` books; a refusal books nothing.

    A venue may also state what it has counted, ours and others' (`tell_used`). That is a
    second bound beside our own count, in force until its window ends: the limiter believes
    the larger of the two, and adds to the venue's figure what it sends after it.
    """

    def __init__(self, config: LimitConfig) -> None:
        self.config: Final = config
        self.emission_ns: Final = config.emission_ns
        self._tat_ns = 0
        self._stated_count = 0
        self._stated_until_ns = 0

    def wait_ns(self, weight: int, now_ns: int, cancel: bool) -> int | None:
        """Return how long this weight has to wait: 0 to go now, None if it never fits.

        After exactly this time it conforms, if nothing else is sent until then.
        """
        if weight < 1:
            raise UsageError(f"{self.config.limit_id}: a weight is positive, not {weight}")
        reserve = 0 if cancel else self.config.cancel_reserve_count
        room = self.config.burst_count - reserve - weight
        if room < 0:
            return None
        own_ns = self._tat_ns - room * self.emission_ns - now_ns
        if now_ns < self._stated_until_ns and self._stated_count + weight > self.config.limit_count - reserve:
            own_ns = max(own_ns, self._stated_until_ns - now_ns)
        return max(0, own_ns)

    def charge(self, weight: int, now_ns: int) -> None:
        """Book what is being sent."""
        self._tat_ns = max(self._tat_ns, now_ns) + weight * self.emission_ns
        if now_ns < self._stated_until_ns:
            self._stated_count += weight

    def tell_used(self, used: int, now_ns: int, window_end_ns: int | None) -> None:
        """Take in the weight that the venue has counted in its window.

        Without the window's end the statement holds for one interval from the first that was
        told, since no window is longer. Within a window a smaller figure changes nothing: it is
        an older answer, or leaves out what is still under way. A statement about an earlier
        window is late and is dropped.
        """
        in_force = now_ns < self._stated_until_ns
        if window_end_ns is None or window_end_ns <= now_ns:
            window_end_ns = self._stated_until_ns if in_force else now_ns + self.config.interval_ns
        if not in_force or window_end_ns > self._stated_until_ns:
            self._stated_count, self._stated_until_ns = max(0, used), window_end_ns
        elif window_end_ns == self._stated_until_ns:
            self._stated_count = max(self._stated_count, used)

    def own_count(self, now_ns: int) -> int:
        """Return the weight sent that has not drained yet, rounded up."""
        return max(0, -((now_ns - self._tat_ns) // self.emission_ns))

    def stated_count(self, now_ns: int) -> int | None:
        """Return what the venue stated plus what was sent since; None if nothing is in force."""
        return self._stated_count if now_ns < self._stated_until_ns else None

    def room_count(self, now_ns: int, cancel: bool) -> int:
        """Return the largest weight that would conform now."""
        reserve = 0 if cancel else self.config.cancel_reserve_count
        room = self.config.burst_count - reserve - self.own_count(now_ns)
        if now_ns < self._stated_until_ns:
            room = min(room, self.config.limit_count - reserve - self._stated_count)
        return max(0, room)

    def snapshot(self) -> Snapshot:
        """Return everything but the configuration as plain values."""
        return {
            "stated_count": self._stated_count,
            "stated_until_ns": self._stated_until_ns,
            "tat_ns": self._tat_ns,
        }

    def restore(self, saved: Snapshot) -> None:
        """Go on where `snapshot` was taken; raise `InvariantError` on anything else."""
        self._tat_ns = read_int(saved, "tat_ns")
        self._stated_count = read_int(saved, "stated_count")
        self._stated_until_ns = read_int(saved, "stated_until_ns")
