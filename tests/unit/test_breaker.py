"""The circuit breaker: every row of its table, the small samples, the probe, the operator."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product

import pytest

from tools.core.calls import Call, CallResult
from tools.core.errors import ConfigError, InvariantError, UsageError
from tools.core.units import NS_PER_S
from tools.risk import BreakerConfig, BreakerPermit, BreakerReason, CircuitBreaker, OpeningReason
from tools.risk.breaker import KEPT_MAX
from tools.risk.breaker_table import BREAKER_TABLE

S = NS_PER_S
T0 = 1_735_689_600 * S
CONFIG = BreakerConfig(
    trip_count=3,
    window_count=8,
    min_count=6,
    trip_ppm=500_000,
    open_ns=10 * S,
    open_max_ns=40 * S,
    probe_ns=5 * S,
)
GOOD, BAD, NO = CallResult.SUCCESS, CallResult.FAILURE, CallResult.NEUTRAL
STATES = ("CLOSED", "OPEN", "HALF_OPEN", "PROBING", "FORCED_OPEN")


def call(made: CircuitBreaker, result: CallResult, now_ns: int = T0, kind: Call = Call.PLACE) -> None:
    permit = made.ask(kind, now_ns)
    assert permit.admitted
    made.result(permit, result, now_ns)


def breaker(state: str = "CLOSED", config: BreakerConfig = CONFIG) -> tuple[CircuitBreaker, int]:
    """Return a breaker in this state, and a time at which it is."""
    made, now_ns = CircuitBreaker(config), T0
    if state == "FORCED_OPEN":
        made.force_open(now_ns, "anna", "drill")
    elif state != "CLOSED":
        for _ in range(config.trip_count):
            call(made, BAD)
        if state != "OPEN":
            now_ns += config.open_ns
            made.advance(now_ns)
        if state == "PROBING":
            assert made.ask(Call.QUERY, now_ns).admitted
    assert made.state == state
    return made, now_ns


def test_every_pair_is_a_row_or_illegal() -> None:
    legal = {(row[0], row[1]) for row in BREAKER_TABLE.rows}
    assert set(BREAKER_TABLE.states) == set(STATES)
    assert legal | set(BREAKER_TABLE.illegal) == set(product(STATES, BREAKER_TABLE.events))
    assert not legal & set(BREAKER_TABLE.illegal)
    assert all(len(row) == 4 and row[3].strip() for row in BREAKER_TABLE.rows), "each says what happens"


# --- the admission of every call in every state, and that the table says the same ------------

ADMITTED = {
    "CLOSED": dict.fromkeys(Call, BreakerReason.SENT),
    "OPEN": dict.fromkeys(Call, BreakerReason.BREAKER_OPEN),
    "HALF_OPEN": {**dict.fromkeys(Call, BreakerReason.PROBE_FIRST), Call.QUERY: BreakerReason.PROBE},
    "PROBING": dict.fromkeys(Call, BreakerReason.PROBE_UNDER_WAY),
    "FORCED_OPEN": dict.fromkeys(Call, BreakerReason.FORCED_OPEN),
}
SENDING = (BreakerReason.SENT, BreakerReason.PROBE, BreakerReason.CANCEL_PASSES)


@pytest.mark.parametrize(("state", "kind"), list(product(STATES, Call)))
def test_who_may_leave(state: str, kind: Call) -> None:
    wanted = ADMITTED[state][kind]
    if kind is Call.CANCEL and state != "CLOSED":
        wanted = BreakerReason.CANCEL_PASSES
    made, now_ns = breaker(state)
    permit = made.ask(kind, now_ns)
    assert permit.reason is wanted
    assert permit.admitted is (wanted in SENDING)
    event = "NEW" if kind in (Call.PLACE, Call.AMEND) else kind.value
    row = BREAKER_TABLE.step(state, event)
    assert row[3].split(" ")[0].rstrip(":") == ("sent" if permit.admitted else "refused")
    assert made.state == row[2]


def test_every_reason_has_been_given() -> None:
    given = {reason for row in ADMITTED.values() for reason in row.values()}
    assert given | {BreakerReason.CANCEL_PASSES} == set(BreakerReason)


# --- the test table of the comparison, row by row --------------------------------------------


def test_a_success_resets_the_failures_in_a_row() -> None:
    made, _ = breaker()
    for result in (BAD, BAD, GOOD, BAD, BAD):
        call(made, result)
    assert (made.state, made.failures_in_row) == ("CLOSED", 2)


def test_failures_in_a_row_open_it_once() -> None:
    made, _ = breaker()
    for _ in range(3):
        assert made.openings == []
        call(made, BAD, T0 + 1)
    assert (made.state, made.openings_total, made.open_until_ns) == ("OPEN", 1, T0 + 1 + 10 * S)
    assert made.openings[0].to_dict() == {
        "time_ns": T0 + 1,
        "reason": "FAILURES_IN_ROW",
        "evidence": [["failures_in_row", 3, 3]],
        "until_ns": T0 + 1 + 10 * S,
    }


@pytest.mark.parametrize("ago_ns", [10 * S, 1])
def test_before_the_open_time_is_over_it_says_how_long(ago_ns: int) -> None:
    made, _ = breaker("OPEN")
    permit = made.ask(Call.QUERY, T0 + 10 * S - ago_ns)
    assert (permit.admitted, permit.retry_after_ns, made.refused_total) == (False, ago_ns, 1)
    assert made.retry_after_ns(T0 + 10 * S - ago_ns) == ago_ns


def test_when_the_open_time_is_over_exactly_one_probe_leaves() -> None:
    made, _ = breaker("OPEN")
    now_ns = T0 + 10 * S
    asked = [Call.PLACE, Call.QUERY, Call.QUERY, Call.AMEND, Call.QUERY]
    assert [made.ask(kind, now_ns).admitted for kind in asked] == [False, True, False, False, False]
    assert made.retry_after_ns(now_ns) is None


def test_a_failed_probe_opens_it_for_twice_as_long_up_to_the_longest() -> None:
    made, now_ns = breaker("OPEN")
    for span_s in (10, 20, 40, 40):
        assert made.open_until_ns == now_ns + span_s * S
        now_ns = made.open_until_ns
        call(made, BAD, now_ns, Call.QUERY)
        assert made.state == "OPEN"
    given = [opening.reason for opening in made.openings]
    assert given == [OpeningReason.FAILURES_IN_ROW] + 4 * [OpeningReason.PROBE_FAILED]


def test_a_probe_without_an_answer_has_failed_when_its_time_is_over() -> None:
    made, now_ns = breaker("PROBING")
    made.advance(now_ns + 5 * S - 1)
    assert made.state == "PROBING"
    made.advance(now_ns + 7 * S)
    assert (made.state, made.open_until_ns) == ("OPEN", now_ns + 5 * S + 20 * S)
    assert made.openings[-1].reason is OpeningReason.PROBE_LOST


def test_a_probe_that_did_not_leave_makes_way_for_another() -> None:
    made, now_ns = breaker("HALF_OPEN")
    other = made.ask(Call.CANCEL, now_ns)
    probe = made.ask(Call.QUERY, now_ns)
    made.unsent(other)
    assert made.state == "PROBING"
    made.unsent(probe)
    assert made.ask(Call.QUERY, now_ns).reason is BreakerReason.PROBE


@pytest.mark.parametrize("result", [GOOD, NO])
def test_a_probe_with_any_readable_answer_closes_it_with_all_counts_zero(result: CallResult) -> None:
    made, now_ns = breaker("HALF_OPEN")
    call(made, result, now_ns, Call.QUERY)
    assert (made.state, made.failures_in_row, made.open_until_ns) == ("CLOSED", 0, None)
    for _ in range(2):
        call(made, BAD, now_ns)
    assert made.state == "CLOSED"
    call(made, BAD, now_ns)
    assert made.open_until_ns == now_ns + 10 * S  # the first open time again


def test_several_probes_one_after_the_other() -> None:
    config = BreakerConfig(trip_count=1, min_count=1, window_count=1, probe_count=2)
    made, now_ns = breaker("HALF_OPEN", config)
    call(made, GOOD, now_ns, Call.QUERY)
    assert made.state == "HALF_OPEN"
    assert not made.ask(Call.PLACE, now_ns).admitted
    call(made, GOOD, now_ns, Call.QUERY)
    assert made.state == "CLOSED"


@pytest.mark.parametrize(
    ("state", "result"), list(product(("OPEN", "HALF_OPEN", "PROBING", "FORCED_OPEN"), CallResult))
)
def test_a_late_result_changes_nothing(state: str, result: CallResult) -> None:
    made = CircuitBreaker(CONFIG)
    old = made.ask(Call.PLACE, T0)
    for _ in range(3):
        call(made, BAD)
    now_ns = T0
    if state == "FORCED_OPEN":
        made.force_open(T0, "anna", "drill")
    elif state != "OPEN":
        now_ns = T0 + 10 * S
        made.advance(now_ns)
    if state == "PROBING":
        made.ask(Call.QUERY, now_ns)
    before = made.snapshot()
    made.result(old, result, now_ns)
    assert made.state == state
    assert made.snapshot() == before


def test_a_result_from_before_the_opening_is_late_after_the_closing_too() -> None:
    made = CircuitBreaker(CONFIG)
    old = [made.ask(Call.PLACE, T0) for _ in range(3)]
    for _ in range(3):
        call(made, BAD)
    call(made, GOOD, T0 + 10 * S, Call.QUERY)
    for permit in old:
        made.result(permit, BAD, T0 + 10 * S)
    assert (made.state, made.failures_in_row) == ("CLOSED", 0)


def test_only_an_operator_releases_what_an_operator_forced() -> None:
    made, _ = breaker("FORCED_OPEN")
    made.advance(T0 + 10**6 * S)
    permit = made.ask(Call.QUERY, T0 + 10**6 * S)
    assert (permit.reason, permit.retry_after_ns) == (BreakerReason.FORCED_OPEN, None)
    made.release(T0 + 10**6 * S, "berta", "the venue is back")
    assert made.state == "HALF_OPEN"  # a probe decides, not a person
    assert [(act.act, act.operator) for act in made.acts] == [("FORCE", "anna"), ("RELEASE", "berta")]


def test_a_business_reject_neither_counts_nor_resets() -> None:
    made, _ = breaker()
    for _ in range(50):
        call(made, NO)
    for result in (BAD, NO, BAD, NO):
        call(made, result)
    assert (made.state, made.failures_in_row) == ("CLOSED", 2)
    call(made, BAD)
    assert made.state == "OPEN"


def test_a_cancel_that_fails_counts_and_one_that_works_resets_nothing() -> None:
    made, _ = breaker()
    call(made, BAD)
    call(made, GOOD, kind=Call.CANCEL)
    assert made.failures_in_row == 1
    call(made, BAD, kind=Call.CANCEL)
    call(made, BAD, kind=Call.CANCEL)
    assert made.state == "OPEN"


# --- the share of failures --------------------------------------------------------------------


def shares(made: CircuitBreaker, pattern: str) -> str:
    """Return the state after each result, by its first letter; ``x`` is a failure."""
    out = ""
    for letter in pattern:
        if made.state == "CLOSED":
            call(made, BAD if letter == "x" else GOOD)
        out += made.state[0]
    return out


@pytest.mark.parametrize(
    ("pattern", "states"),
    [
        ("oxoxox", "CCCCCO"),  # 3 of 6: the sixth call is the first that is enough to judge by
        ("xoxoxoox", "CCCCCCCO"),  # the sixth is no failure: a success never opens it; then 4 of 8
        ("xxoxo", "CCCCC"),  # 3 of 5 is more, but too small a sample
        ("ooooooooxxoxxo", "C" * 12 + "OO"),  # 4 of the last 8
        ("ooooooxooxooxoo", "C" * 15),  # never half
    ],
)
def test_the_share_of_failures_opens_it(pattern: str, states: str) -> None:
    made, _ = breaker()
    assert shares(made, pattern) == states


def test_an_opening_for_the_share_says_what_was_seen() -> None:
    made, _ = breaker()
    shares(made, "oxxoxox")  # 4 of 7
    (opening,) = made.openings
    assert opening.reason is OpeningReason.FAILURE_SHARE
    assert opening.evidence == (("failed_ppm", 4 * 1_000_000 // 7, 500_000), ("window_count", 7, 6))


def test_the_rules_count_calls_and_not_seconds() -> None:
    made, _ = breaker()
    for number in range(3):
        call(made, BAD, T0 + number * 86_400 * S)  # one call a day
    assert made.state == "OPEN"


# --- misuse, configuration, operators, snapshots ----------------------------------------------


def test_results_need_the_permit_of_a_call_that_left() -> None:
    made, _ = breaker("OPEN")
    refused = made.ask(Call.PLACE, T0)
    foreign = BreakerPermit(Call.PLACE, True, BreakerReason.SENT, 10**6, 0)
    for permit in (refused, foreign):
        with pytest.raises(UsageError, match="permit"):
            made.result(permit, GOOD, T0)


ACTS: list[Callable[[CircuitBreaker], None]] = [
    lambda made: made.force_open(T0, " ", "why"),
    lambda made: made.force_open(T0, "anna", ""),
    lambda made: made.release(T0, "", "why"),
    lambda made: made.release(T0, "anna", "why"),  # nothing is forced
]


@pytest.mark.parametrize("act", ACTS)
def test_an_act_without_name_reason_or_cause_changes_nothing(act: Callable[[CircuitBreaker], None]) -> None:
    made, _ = breaker()
    before = made.snapshot()
    with pytest.raises(UsageError):
        act(made)
    assert made.snapshot() == before


def test_openings_are_bounded_and_counted() -> None:
    made, now_ns = breaker("OPEN")
    for _ in range(KEPT_MAX + 3):
        now_ns += 40 * S
        call(made, BAD, now_ns, Call.QUERY)
    assert (len(made.openings), made.openings_total) == (KEPT_MAX, KEPT_MAX + 4)


def test_acts_are_bounded_and_counted() -> None:
    made, _ = breaker()
    for _ in range(KEPT_MAX + 3):
        made.force_open(T0, "anna", "again")
    assert (len(made.acts), made.acts_total) == (KEPT_MAX, KEPT_MAX + 3)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("trip_count", lambda: BreakerConfig(trip_count=0)),
        ("min_count", lambda: BreakerConfig(min_count=0)),
        ("min_count", lambda: BreakerConfig(min_count=21)),
        ("trip_ppm", lambda: BreakerConfig(trip_ppm=0)),
        ("trip_ppm", lambda: BreakerConfig(trip_ppm=1_000_001)),
        ("open_ns", lambda: BreakerConfig(open_ns=0)),
        ("open_max_ns", lambda: BreakerConfig(open_max_ns=1)),
        ("probe_ns", lambda: BreakerConfig(probe_ns=0)),
        ("probe_count", lambda: BreakerConfig(probe_count=0)),
    ],
)
def test_a_configuration_that_cannot_be(name: str, make: Callable[[], BreakerConfig]) -> None:
    with pytest.raises(ConfigError, match=f"^breaker.{name}: "):
        make()


@pytest.mark.parametrize("state", STATES)
def test_a_snapshot_survives_json_and_goes_on(state: str) -> None:
    made, now_ns = breaker(state)
    other = CircuitBreaker(CONFIG)
    other.restore(json.loads(json.dumps(made.snapshot())))
    assert other.snapshot() == made.snapshot()
    for kind in Call:
        assert other.ask(kind, now_ns).to_json() == made.ask(kind, now_ns).to_json()


def test_a_snapshot_of_something_else_is_refused() -> None:
    made, _ = breaker()
    with pytest.raises(InvariantError):
        made.restore({**made.snapshot(), "state": "AJAR"})
    opening = {"time_ns": 1, "reason": "WHIM", "evidence": [], "until_ns": 2}
    with pytest.raises(InvariantError, match="WHIM"):
        made.restore({**made.snapshot(), "openings": [opening]})
