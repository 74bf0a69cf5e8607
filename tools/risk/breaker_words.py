"""What the circuit breaker says: whether a call may leave, and why it opened."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.calls import Call
from tools.core.canon import Record
from tools.core.errors import InvariantError
from tools.core.snapshots import Snapshot, read_evidence, read_int, read_text
from tools.core.verdicts import Evidence


class BreakerReason(StrEnum):
    """Why a call may leave, or may not."""

    SENT = "SENT"  # the breaker is closed
    PROBE = "PROBE"  # half open: this query is the one probe
    CANCEL_PASSES = "CANCEL_PASSES"  # not closed, but a cancel is never blocked
    BREAKER_OPEN = "BREAKER_OPEN"  # too many failures; the open time is not over
    PROBE_FIRST = "PROBE_FIRST"  # half open: a query must succeed before an order may leave
    PROBE_UNDER_WAY = "PROBE_UNDER_WAY"  # half open: the one probe has no answer yet
    FORCED_OPEN = "FORCED_OPEN"  # an operator opened it; only an operator releases it


class OpeningReason(StrEnum):
    """Why the breaker opened."""

    FAILURES_IN_ROW = "FAILURES_IN_ROW"  # so many failures one after the other
    FAILURE_SHARE = "FAILURE_SHARE"  # too large a share of the last calls failed
    PROBE_FAILED = "PROBE_FAILED"  # the venue is not back: the probe failed
    PROBE_LOST = "PROBE_LOST"  # the venue is not back: the probe had no answer in time


@dataclass(init=False)
class BreakerPermit(Record):
    """The answer for one call; hand it back with the call's result."""

    call: Final[Call]
    admitted: Final[bool]
    reason: Final[BreakerReason]
    ticket_id: Final[int]  # ascending; 0 for a refusal
    retry_after_ns: Final[int | None]  # 0 if admitted; None if no passing of time will do

    def __init__(
        self, call: Call, admitted: bool, reason: BreakerReason, ticket_id: int, retry_after_ns: int | None
    ) -> None:
        self.call = call
        self.admitted = admitted
        self.reason = reason
        self.ticket_id = ticket_id
        self.retry_after_ns = retry_after_ns


@dataclass(init=False)
class BreakerOpening(Record):
    """When and why the breaker opened, and until when."""

    time_ns: Final[int]
    reason: Final[OpeningReason]
    evidence: Final[tuple[Evidence, ...]]
    until_ns: Final[int]

    def __init__(
        self, time_ns: int, reason: OpeningReason, evidence: tuple[Evidence, ...], until_ns: int
    ) -> None:
        self.time_ns = time_ns
        self.reason = reason
        self.evidence = evidence
        self.until_ns = until_ns


def read_opening(saved: Snapshot) -> BreakerOpening:
    """Return the record that ``to_dict()`` wrote; raise `InvariantError` if it is none."""
    text = read_text(saved, "reason")
    for reason in OpeningReason:
        if reason.value == text:
            evidence = read_evidence(saved, "evidence")
            return BreakerOpening(read_int(saved, "time_ns"), reason, evidence, read_int(saved, "until_ns"))
    raise InvariantError(f"snapshot: {text} is no reason for an opening")
