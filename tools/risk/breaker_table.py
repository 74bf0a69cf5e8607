"""The circuit breaker's table: every state, every event, what follows.

HALF_OPEN is the state in which one harmless probe may leave; PROBING is while it is under
way. The two are apart so that "exactly one probe" is a row and not a counter. Which event
it is (whose result, counted or late, enough to trip or not) is found in `tools.risk.breaker`.
"""

from typing import Final

from tools.core.machine import Table

CLOSED: Final = "CLOSED"
OPEN: Final = "OPEN"
HALF_OPEN: Final = "HALF_OPEN"
PROBING: Final = "PROBING"
FORCED_OPEN: Final = "FORCED_OPEN"

BREAKER_TABLE: Final = Table(
    "circuit breaker",
    (
        ("CLOSED", "NEW", "CLOSED", "sent"),
        ("CLOSED", "QUERY", "CLOSED", "sent"),
        ("CLOSED", "CANCEL", "CLOSED", "sent"),
        ("CLOSED", "SUCCESS", "CLOSED", "the failures in a row begin anew; the window takes it in"),
        ("CLOSED", "NEUTRAL", "CLOSED", "a business reject, or a cancel that worked: changes nothing"),
        ("CLOSED", "FAILURE", "CLOSED", "counted, in a row and in the window"),
        ("CLOSED", "TRIP", "OPEN", "the failures are enough: the open time starts"),
        ("CLOSED", "LATE", "CLOSED", "the result of a call from before the last opening: nothing changes"),
        ("CLOSED", "FORCE", "FORCED_OPEN", "by an operator, with name and reason"),
        ("OPEN", "NEW", "OPEN", "refused until the open time is over"),
        ("OPEN", "QUERY", "OPEN", "refused until the open time is over"),
        ("OPEN", "CANCEL", "OPEN", "sent: a breaker never blocks a cancel"),
        ("OPEN", "TIME_UP", "HALF_OPEN", "the open time is over"),
        ("OPEN", "LATE", "OPEN", "a late result changes nothing, good or bad"),
        ("OPEN", "FORCE", "FORCED_OPEN", "by an operator, with name and reason"),
        ("HALF_OPEN", "NEW", "HALF_OPEN", "refused: a probe goes first"),
        ("HALF_OPEN", "QUERY", "PROBING", "sent: this is the probe"),
        ("HALF_OPEN", "CANCEL", "HALF_OPEN", "sent: a breaker never blocks a cancel"),
        ("HALF_OPEN", "LATE", "HALF_OPEN", "a late result changes nothing, good or bad"),
        ("HALF_OPEN", "FORCE", "FORCED_OPEN", "by an operator, with name and reason"),
        ("PROBING", "NEW", "PROBING", "refused: a probe is under way"),
        ("PROBING", "QUERY", "PROBING", "refused: a probe is under way"),
        ("PROBING", "CANCEL", "PROBING", "sent: a breaker never blocks a cancel"),
        ("PROBING", "PROBE_GOOD", "HALF_OPEN", "the venue answered; more probes are asked for"),
        ("PROBING", "RECOVERED", "CLOSED", "the venue answered often enough: all counts are zero"),
        ("PROBING", "PROBE_BAD", "OPEN", "failed, or no answer in time: a new open time, twice as long"),
        ("PROBING", "PROBE_UNSENT", "HALF_OPEN", "something else held it back: another may go"),
        ("PROBING", "LATE", "PROBING", "a late result changes nothing, good or bad"),
        ("PROBING", "FORCE", "FORCED_OPEN", "by an operator, with name and reason"),
        ("FORCED_OPEN", "NEW", "FORCED_OPEN", "refused until an operator releases it"),
        ("FORCED_OPEN", "QUERY", "FORCED_OPEN", "refused until an operator releases it"),
        ("FORCED_OPEN", "CANCEL", "FORCED_OPEN", "sent: a breaker never blocks a cancel"),
        ("FORCED_OPEN", "LATE", "FORCED_OPEN", "a late result changes nothing, good or bad"),
        ("FORCED_OPEN", "FORCE", "FORCED_OPEN", "recorded; the first act stays in force"),
        ("FORCED_OPEN", "RELEASE", "HALF_OPEN", "by an operator, with name and reason: a probe may go"),
    ),
    illegal=(
        # Only a closed breaker counts results; elsewhere every result but the probe's is late.
        ("OPEN", "SUCCESS"), ("OPEN", "NEUTRAL"), ("OPEN", "FAILURE"), ("OPEN", "TRIP"),
        ("HALF_OPEN", "SUCCESS"), ("HALF_OPEN", "NEUTRAL"), ("HALF_OPEN", "FAILURE"), ("HALF_OPEN", "TRIP"),
        ("PROBING", "SUCCESS"), ("PROBING", "NEUTRAL"), ("PROBING", "FAILURE"), ("PROBING", "TRIP"),
        ("FORCED_OPEN", "SUCCESS"), ("FORCED_OPEN", "NEUTRAL"), ("FORCED_OPEN", "FAILURE"),
        ("FORCED_OPEN", "TRIP"),
        # Only an open breaker has an open time; no timer ends what a person has forced.
        ("CLOSED", "TIME_UP"), ("HALF_OPEN", "TIME_UP"), ("PROBING", "TIME_UP"), ("FORCED_OPEN", "TIME_UP"),
        # Only a probe that is under way can end.
        ("CLOSED", "PROBE_GOOD"), ("OPEN", "PROBE_GOOD"), ("HALF_OPEN", "PROBE_GOOD"),
        ("FORCED_OPEN", "PROBE_GOOD"),
        ("CLOSED", "RECOVERED"), ("OPEN", "RECOVERED"), ("HALF_OPEN", "RECOVERED"),
        ("FORCED_OPEN", "RECOVERED"),
        ("CLOSED", "PROBE_BAD"), ("OPEN", "PROBE_BAD"), ("HALF_OPEN", "PROBE_BAD"),
        ("FORCED_OPEN", "PROBE_BAD"),
        ("CLOSED", "PROBE_UNSENT"), ("OPEN", "PROBE_UNSENT"), ("HALF_OPEN", "PROBE_UNSENT"),
        ("FORCED_OPEN", "PROBE_UNSENT"),
        # An operator releases what an operator has forced, and nothing else.
        ("CLOSED", "RELEASE"), ("OPEN", "RELEASE"), ("HALF_OPEN", "RELEASE"), ("PROBING", "RELEASE"),
    ),
)  # fmt: skip
