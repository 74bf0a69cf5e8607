"""The rate limiter of one connection to a venue: what may be sent, and what the venue asked for.

A call names what it draws on, ``(limit_id, weight)`` each, and leaves only if every one of
them has room; then all are charged, else none. Budgets are kept apart by naming: a limit for
new orders, one for cancels, one for queries, and the venue's own request weight that all share,
in which a part is kept for cancels (`cancel_reserve_count`). A limit that is not known denies:
a mistyped id must not be a way around the limit.

A refused call does not queue. An order that waits is an order nobody decided on.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.calls import Call, Silence, adds_risk
from tools.core.canon import Record
from tools.core.errors import ConfigError, InvariantError, UsageError
from tools.core.snapshots import Snapshot, read_ints, read_part
from tools.core.units import NS_PER_S
from tools.risk.back_off import LATCHED, BackOff
from tools.risk.gcra import Gcra, LimitConfig

Charge = tuple[str, int]
"""What a call draws on: the id of a limit, and the weight."""


class LimitReason(StrEnum):
    """Why a call may leave, or may not."""

    WITHIN_LIMITS = "WITHIN_LIMITS"  # every limit it draws on has room
    SILENCE = "SILENCE"  # the venue asked for silence, and the deadline is not over
    BAN_LATCHED = "BAN_LATCHED"  # a ban is over, and no operator has released it
    ORDERS_PAUSED = "ORDERS_PAUSED"  # the venue takes no new orders from us until the deadline
    LIMIT_UNKNOWN = "LIMIT_UNKNOWN"  # it names a limit that is not configured, or none at all
    TOO_HEAVY = "TOO_HEAVY"  # more weight than the limit ever lets through at once
    LIMIT_REACHED = "LIMIT_REACHED"  # a limit that it draws on has no room now


@dataclass(frozen=True, kw_only=True)
class RateLimitConfig:
    """Parameters. The pauses hold where the venue does not say how long.

    Parameters
    ----------
    limits
        The limits, each with an id of its own.
    wait_ns
        After HTTP 429, or too many orders, without ``Retry-After``.
    forbidden_ns
        After HTTP 403 from the firewall; Bybit asks for ten minutes at least.
    ban_ns
        After HTTP 418 without a deadline; Binance's shortest ban. A person looks after it.
    """

    limits: tuple[LimitConfig, ...] = (LimitConfig(),)
    wait_ns: int = 60 * NS_PER_S
    forbidden_ns: int = 600 * NS_PER_S
    ban_ns: int = 120 * NS_PER_S

    def __post_init__(self) -> None:
        for name, value in (
            ("wait_ns", self.wait_ns),
            ("forbidden_ns", self.forbidden_ns),
            ("ban_ns", self.ban_ns),
        ):
            if value < 1:
                raise ConfigError(f"rate_limit.{name}: must be positive, not {value}")
        names = [limit.limit_id for limit in self.limits]
        if not names:
            raise ConfigError("rate_limit.limits: at least one, or nothing could ever be sent")
        for name in names:
            if names.count(name) > 1:
                raise ConfigError(f"rate_limit.limits: {name} is there twice")


@dataclass(init=False)
class LimitPermit(Record):
    """The answer for one call."""

    call: Final[Call]
    admitted: Final[bool]
    reason: Final[LimitReason]
    limit_id: Final[str]  # the limit that binds; empty if none does
    retry_after_ns: Final[int | None]  # 0 if admitted; None if no passing of time will do

    def __init__(
        self, call: Call, admitted: bool, reason: LimitReason, limit_id: str, retry_after_ns: int | None
    ) -> None:
        self.call = call
        self.admitted = admitted
        self.reason = reason
        self.limit_id = limit_id
        self.retry_after_ns = retry_after_ns


@dataclass(init=False)
class LimitUsage(Record):
    """How full one limit is, for monitoring."""

    limit_id: Final[str]
    limit_count: Final[int]
    interval_ns: Final[int]
    own_count: Final[int]  # weight that we sent and that has not drained
    stated_count: Final[int | None]  # what the venue stated, and what was sent since
    room_count: Final[int]  # largest weight that may leave now
    cancel_room_count: Final[int]  # the same for a cancel
    free_at_ns: Final[int]  # when a call of weight 1 may leave
    sent_count: Final[int]  # calls that drew on it, ever
    sent_weight_count: Final[int]  # and their weight

    def __init__(self, gcra: Gcra, sent_count: int, sent_weight_count: int, now_ns: int) -> None:
        self.limit_id = gcra.config.limit_id
        self.limit_count = gcra.config.limit_count
        self.interval_ns = gcra.config.interval_ns
        self.own_count = gcra.own_count(now_ns)
        self.stated_count = gcra.stated_count(now_ns)
        self.room_count = gcra.room_count(now_ns, False)
        self.cancel_room_count = gcra.room_count(now_ns, True)
        self.free_at_ns = now_ns + (gcra.wait_ns(1, now_ns, False) or 0)
        self.sent_count = sent_count
        self.sent_weight_count = sent_weight_count


class RateLimiter:
    """The machine. `everything` and `new_orders` are the two silences; `refused_total` counts."""

    def __init__(self, config: RateLimitConfig | None = None) -> None:
        self.config: Final = config if config is not None else RateLimitConfig()
        self.everything: Final = BackOff()
        self.new_orders: Final = BackOff()
        self.refused_total = 0
        self._limits: dict[str, Gcra] = {limit.limit_id: Gcra(limit) for limit in self.config.limits}
        self._sent: dict[str, list[int]] = {limit.limit_id: [0, 0] for limit in self.config.limits}

    def ask(self, call: Call, charges: tuple[Charge, ...], now_ns: int) -> LimitPermit:
        """Return whether this call may leave now, and if so book it.

        Raises
        ------
        UsageError
            A weight is not positive, or a limit is named twice.
        """
        permit = self._judge(call, charges, now_ns)
        if not permit.admitted:
            self.refused_total += 1
            return permit
        for limit_id, weight in charges:
            self._limits[limit_id].charge(weight, now_ns)
            self._sent[limit_id][0] += 1
            self._sent[limit_id][1] += weight
        return permit

    def _judge(self, call: Call, charges: tuple[Charge, ...], now_ns: int) -> LimitPermit:
        for one in charges:
            if [other[0] for other in charges].count(one[0]) > 1:
                raise UsageError(f"rate limiter: {one[0]} is named twice; add the weights")
        if self.everything.silent(now_ns):
            latched = self.everything.state == LATCHED
            reason = LimitReason.BAN_LATCHED if latched else LimitReason.SILENCE
            return LimitPermit(call, False, reason, "", self.everything.wait_ns(now_ns))
        if adds_risk(call) and self.new_orders.silent(now_ns):
            return LimitPermit(call, False, LimitReason.ORDERS_PAUSED, "", self.new_orders.wait_ns(now_ns))
        if not charges:
            return LimitPermit(call, False, LimitReason.LIMIT_UNKNOWN, "", None)
        longest_ns, binding = 0, ""
        for limit_id, weight in charges:
            limit = self._limits.get(limit_id)
            if limit is None:
                return LimitPermit(call, False, LimitReason.LIMIT_UNKNOWN, limit_id, None)
            wait_ns = limit.wait_ns(weight, now_ns, call is Call.CANCEL)
            if wait_ns is None:
                return LimitPermit(call, False, LimitReason.TOO_HEAVY, limit_id, None)
            if wait_ns > longest_ns:
                longest_ns, binding = wait_ns, limit_id
        if longest_ns:
            return LimitPermit(call, False, LimitReason.LIMIT_REACHED, binding, longest_ns)
        return LimitPermit(call, True, LimitReason.WITHIN_LIMITS, "", 0)

    # --- what the venue says ----------------------------------------------------------------

    def pause(
        self, pause: Silence, now_ns: int, retry_after_ns: int | None = None, until_ns: int | None = None
    ) -> None:
        """Take in a request for silence, as a duration, as a time, or as neither.

        Of several the latest deadline holds, and a later answer never shortens it.
        """
        if retry_after_ns is None and until_ns is None:
            if pause is Silence.BAN:
                retry_after_ns = self.config.ban_ns
            elif pause is Silence.FORBIDDEN:
                retry_after_ns = self.config.forbidden_ns
            else:
                retry_after_ns = self.config.wait_ns
        deadline_ns = max(now_ns + (retry_after_ns or 0), until_ns or 0)
        target = self.new_orders if pause is Silence.NEW_ORDERS else self.everything
        target.told(now_ns, deadline_ns, pause is Silence.BAN, pause.value)

    def tell_used(self, limit_id: str, used: int, now_ns: int, window_end_ns: int | None = None) -> bool:
        """Take in a venue's count from its headers; return False if no such limit is configured."""
        limit = self._limits.get(limit_id)
        if limit is None:
            return False
        limit.tell_used(used, now_ns, window_end_ns)
        return True

    def tell_remaining(
        self, limit_id: str, remaining: int, stated_limit: int, now_ns: int, window_end_ns: int | None = None
    ) -> bool:
        """The same for a venue that states what is left of its limit, and the limit.

        Where its limit is not ours, the smaller of the two holds.
        """
        limit = self._limits.get(limit_id)
        if limit is None:
            return False
        limit.tell_used(max(stated_limit, limit.config.limit_count) - remaining, now_ns, window_end_ns)
        return True

    # --- monitoring -------------------------------------------------------------------------

    def usage(self, now_ns: int) -> tuple[LimitUsage, ...]:
        """Return how full each limit is, in the order of the configuration."""
        return tuple(
            [
                LimitUsage(limit, self._sent[limit_id][0], self._sent[limit_id][1], now_ns)
                for limit_id, limit in self._limits.items()
            ]
        )

    def deadline_ns(self, call: Call, now_ns: int) -> int | None:
        """Return until when a call of this kind is silenced; None if it is not."""
        latest_ns = self.everything.until_ns if self.everything.silent(now_ns) else 0
        if adds_risk(call) and self.new_orders.silent(now_ns):
            latest_ns = max(latest_ns, self.new_orders.until_ns)
        return latest_ns or None

    # --- stop and go on ---------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Return everything but the configuration as plain values."""
        return {
            "everything": self.everything.snapshot(),
            "limits": {limit_id: limit.snapshot() for limit_id, limit in self._limits.items()},
            "new_orders": self.new_orders.snapshot(),
            "refused": [self.refused_total],
            "sent": {limit_id: list(sent) for limit_id, sent in self._sent.items()},
        }

    def restore(self, saved: Snapshot) -> None:
        """Go on where `snapshot` was taken; raise `InvariantError` on anything else."""
        limits, sent = read_part(saved, "limits"), read_part(saved, "sent")
        if sorted(limits) != sorted(self._limits) or sorted(sent) != sorted(self._limits):
            raise InvariantError("snapshot: its rate limits are not those of the configuration")
        self.everything.restore(read_part(saved, "everything"))
        self.new_orders.restore(read_part(saved, "new_orders"))
        (self.refused_total,) = read_ints(saved, "refused")
        for limit_id, limit in self._limits.items():
            limit.restore(read_part(limits, limit_id))
            self._sent[limit_id] = read_ints(sent, limit_id)
