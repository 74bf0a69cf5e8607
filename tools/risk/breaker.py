"""The circuit breaker of one path to a venue, on event time.

It answers one question before each call: is this path well enough to send on? It trips on
failures in a row, or on the share of failures among the last calls. Both rules count calls
and not seconds: a rule of the form "100 calls a minute" never trips on an API that is called
ten times an hour, and an old failure leaves the window when newer calls push it out.

- A business reject is no failure, and it is no success either: a reject between two time-outs
  must not hide the outage (some breakers reset their count there).
- A breaker never refuses a cancel. The failure of a cancel counts, because an order that
  cannot be withdrawn should not be placed; its success proves nothing about placing.
- Reads have a breaker of their own: a second `CircuitBreaker`, asked for each ordinary query.
  The breaker of the order path is asked for a query only when it is the probe.
- When the open time is over, one query may leave. Its answer decides. A probe without an
  answer counts as failed after `probe_ns`.
- Results carry the permit of their call; those from before the last opening change nothing.

Time is an argument; a deadline that was seen to pass has passed. Where the rules come from:
docs/concepts/venue-calls.md.
"""

from typing import Final

from tools.core.calls import Call, CallResult, adds_risk
from tools.core.errors import InvariantError, UsageError
from tools.core.snapshots import Snapshot, read_int, read_ints, read_opt, read_parts, read_text
from tools.core.units import PPM
from tools.core.verdicts import Evidence
from tools.risk.breaker_config import BreakerConfig
from tools.risk.breaker_table import BREAKER_TABLE, CLOSED, FORCED_OPEN, HALF_OPEN, OPEN, PROBING
from tools.risk.breaker_words import (
    BreakerOpening,
    BreakerPermit,
    BreakerReason,
    OpeningReason,
    read_opening,
)
from tools.risk.operator import OperatorAct, operator_act, read_act

KEPT_MAX: Final = 100  # later openings and acts of operators are counted, not kept


# What is answered in a state that is not CLOSED, cancels apart.
_REFUSALS: Final[dict[str, BreakerReason]] = {
    OPEN: BreakerReason.BREAKER_OPEN,
    HALF_OPEN: BreakerReason.PROBE_FIRST,
    PROBING: BreakerReason.PROBE_UNDER_WAY,
    FORCED_OPEN: BreakerReason.FORCED_OPEN,
}


class CircuitBreaker:
    """The machine; its rows are `BREAKER_TABLE`.

    `state`, `open_until_ns` (None unless OPEN), `failures_in_row`, `refused_total`, `openings`
    (when and why, with evidence) and `acts` (what operators did) may be read at any time; a
    name in `_total` counts all. A deadline that has passed shows in `state` after the next
    `ask` or `advance`.
    """

    def __init__(self, config: BreakerConfig | None = None) -> None:
        self.config: Final = config if config is not None else BreakerConfig()
        self.state = CLOSED
        self.open_until_ns: int | None = None
        self.failures_in_row = 0
        self.openings: list[BreakerOpening] = []
        self.openings_total = 0
        self.refused_total = 0
        self.acts: list[OperatorAct] = []
        self.acts_total = 0
        self._open_ns = self.config.open_ns  # the open time of the next opening
        self._last_id = 0  # of the last ticket given
        self._first_id = 1  # tickets before this one are from before the last opening
        self._probe_id = 0
        self._probe_until_ns = 0
        self._probes_good = 0
        self._window: list[int] = []  # 1 for a failure, 0 for a success, the oldest first

    # --- asking ---------------------------------------------------------------------------

    def advance(self, now_ns: int) -> None:
        """Let deadlines pass: the end of the open time, and of a probe without an answer."""
        if self.state == PROBING and now_ns >= self._probe_until_ns:
            lost: Evidence = ("probe_ns", self.config.probe_ns, self.config.probe_ns)
            self._open("PROBE_BAD", OpeningReason.PROBE_LOST, (lost,), self._probe_until_ns)
        if self.state == OPEN and self.open_until_ns is not None and now_ns >= self.open_until_ns:
            self._step("TIME_UP")
            self.open_until_ns = None

    def ask(self, call: Call, now_ns: int) -> BreakerPermit:
        """Return whether this call may leave now. A refusal is final for this call: nothing queues."""
        self.advance(now_ns)
        state = self.state
        event = "NEW" if adds_risk(call) else call.value
        self._step(event)
        if state == CLOSED:
            reason = BreakerReason.SENT
        elif call is Call.CANCEL:
            reason = BreakerReason.CANCEL_PASSES
        elif state == HALF_OPEN and call is Call.QUERY:
            reason = BreakerReason.PROBE
        else:
            self.refused_total += 1
            return BreakerPermit(call, False, _REFUSALS[state], 0, self.retry_after_ns(now_ns))
        self._last_id += 1
        if reason is BreakerReason.PROBE:
            self._probe_id = self._last_id
            self._probe_until_ns = now_ns + self.config.probe_ns
        return BreakerPermit(call, True, reason, self._last_id, 0)

    def retry_after_ns(self, now_ns: int) -> int | None:
        """Return how long until a query may leave: 0 for now, None if that depends on no clock.

        While a probe is under way this is None: its answer decides, at the latest
        `probe_ns` after it left.
        """
        if self.state == OPEN and self.open_until_ns is not None:
            return max(0, self.open_until_ns - now_ns)
        return 0 if self.state in (CLOSED, HALF_OPEN) else None

    # --- results --------------------------------------------------------------------------

    def result(self, permit: BreakerPermit, result: CallResult, now_ns: int) -> None:
        """Take in what became of a call; raise `UsageError` for a permit that let nothing leave.

        A call without an answer has a result too: FAILURE, when its time-out is over.
        """
        if not permit.admitted or not 0 < permit.ticket_id <= self._last_id:
            raise UsageError("circuit breaker: a result needs the permit of a call that was sent")
        self.advance(now_ns)
        if self.state == PROBING and permit.ticket_id == self._probe_id:
            self._probed(result, now_ns)
        elif self.state != CLOSED or permit.ticket_id < self._first_id:
            self._step("LATE")
        elif result is CallResult.FAILURE:
            self._step("FAILURE")
            self.failures_in_row += 1
            self._note(1)
            self._judge(now_ns)
        elif result is CallResult.SUCCESS and permit.call is not Call.CANCEL:
            self._step("SUCCESS")
            self.failures_in_row = 0
            self._note(0)
        else:
            self._step("NEUTRAL")

    def unsent(self, permit: BreakerPermit) -> None:
        """Give back the permit of a call that did not leave after all, such as for a rate limit."""
        if self.state == PROBING and permit.ticket_id == self._probe_id:
            self._step("PROBE_UNSENT")

    def _probed(self, result: CallResult, now_ns: int) -> None:
        if result is CallResult.FAILURE:
            self._open("PROBE_BAD", OpeningReason.PROBE_FAILED, (), now_ns)
            return
        # Any readable answer, "no such order" included, shows that the venue is back.
        self._probes_good += 1
        if self._probes_good < self.config.probe_count:
            self._step("PROBE_GOOD")
            return
        self._step("RECOVERED")
        self._clear()
        self._open_ns = self.config.open_ns

    def _note(self, failed: int) -> None:
        self._window.append(failed)
        if len(self._window) > self.config.window_count:
            del self._window[0]

    def _judge(self, now_ns: int) -> None:
        """Open, after a failure, if it is time to; a share equal to the limit is enough."""
        row: Evidence = ("failures_in_row", self.failures_in_row, self.config.trip_count)
        if self.failures_in_row >= self.config.trip_count:
            self._open("TRIP", OpeningReason.FAILURES_IN_ROW, (row,), now_ns)
            return
        seen_count = len(self._window)
        share_ppm = sum(self._window) * PPM // seen_count
        if seen_count >= self.config.min_count and share_ppm >= self.config.trip_ppm:
            seen: Evidence = ("window_count", seen_count, self.config.min_count)
            share: Evidence = ("failed_ppm", share_ppm, self.config.trip_ppm)
            self._open("TRIP", OpeningReason.FAILURE_SHARE, (share, seen), now_ns)

    # --- moving ---------------------------------------------------------------------------

    def _step(self, event: str) -> None:
        self.state = BREAKER_TABLE.step(self.state, event)[2]

    def _clear(self) -> None:
        """Forget what was counted; calls that are still under way will be late."""
        self.failures_in_row = 0
        self._window = []
        self._probes_good = 0
        self._first_id = self._last_id + 1

    def _open(self, event: str, reason: OpeningReason, evidence: tuple[Evidence, ...], from_ns: int) -> None:
        self._step(event)
        self._clear()
        until_ns = from_ns + self._open_ns
        self.open_until_ns = until_ns
        self._open_ns = min(2 * self._open_ns, self.config.open_max_ns)
        self.openings_total += 1
        if len(self.openings) < KEPT_MAX:
            self.openings.append(BreakerOpening(from_ns, reason, evidence, until_ns))

    # --- operators ------------------------------------------------------------------------

    def force_open(self, now_ns: int, operator: str, reason: str) -> None:
        """Open it until `release`; raise `UsageError` without a name and a reason."""
        act = operator_act(now_ns, "FORCE", operator, reason)
        self._step("FORCE")
        self._clear()
        self.open_until_ns = None
        self._record(act)

    def release(self, now_ns: int, operator: str, reason: str) -> None:
        """Let a probe go; raise `UsageError` if no operator forced it open, or without name and reason.

        The release does not close it: a person may be wrong about the venue, a probe is not.
        """
        act = operator_act(now_ns, "RELEASE", operator, reason)
        self._step("RELEASE")
        self._record(act)

    def _record(self, act: OperatorAct) -> None:
        self.acts_total += 1
        if len(self.acts) < KEPT_MAX:
            self.acts.append(act)

    # --- stop and go on -------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Return everything but the configuration as plain values."""
        return {
            "acts": [act.to_dict() for act in self.acts],
            "acts_total": self.acts_total,
            "counts": [self.failures_in_row, self.openings_total, self.refused_total, self._probes_good],
            "ids": [self._last_id, self._first_id, self._probe_id],
            "open_until_ns": self.open_until_ns,
            "openings": [opening.to_dict() for opening in self.openings],
            "spans_ns": [self._open_ns, self._probe_until_ns],
            "state": self.state,
            "window": list(self._window),
        }

    def restore(self, saved: Snapshot) -> None:
        """Go on where `snapshot` was taken; raise `InvariantError` on anything else."""
        state = read_text(saved, "state")
        if state not in BREAKER_TABLE.states:
            raise InvariantError(f"snapshot: {state} is no state of a circuit breaker")
        self.state = state
        self.failures_in_row, self.openings_total, self.refused_total, self._probes_good = read_ints(
            saved, "counts"
        )
        self._last_id, self._first_id, self._probe_id = read_ints(saved, "ids")
        self._open_ns, self._probe_until_ns = read_ints(saved, "spans_ns")
        self.open_until_ns = read_opt(saved, "open_until_ns")
        self._window = read_ints(saved, "window")
        self.openings = [read_opening(part) for part in read_parts(saved, "openings")]
        self.acts = [read_act(part) for part in read_parts(saved, "acts")]
        self.acts_total = read_int(saved, "acts_total")
