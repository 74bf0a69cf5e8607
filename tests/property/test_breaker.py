"""The circuit breaker: what no interleaving of calls, results, time and operators can break."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from tools.core.calls import Call, CallResult
from tools.core.units import NS_PER_S
from tools.risk import BreakerConfig, BreakerPermit, CircuitBreaker

T0 = 1_735_689_600 * NS_PER_S
CONFIGS = st.sampled_from(
    (
        BreakerConfig(trip_count=2, window_count=4, min_count=3, open_ns=20, open_max_ns=60, probe_ns=15),
        BreakerConfig(
            trip_count=9, window_count=6, min_count=2, trip_ppm=300_000, open_ns=5, open_max_ns=5, probe_ns=1
        ),
        BreakerConfig(
            trip_count=1, window_count=1, min_count=1, open_ns=30, open_max_ns=99, probe_ns=40, probe_count=3
        ),
    )
)
# Gap, what, which call, which result, which of the open permits.
Step = tuple[int, str, Call, CallResult, int]
STEPS = st.lists(
    st.tuples(
        st.integers(0, 12),
        st.sampled_from(("ask", "ask", "ask", "result", "result", "result", "result", "force", "release")),
        st.sampled_from(tuple(Call)),
        st.sampled_from((CallResult.FAILURE, CallResult.FAILURE, CallResult.SUCCESS, CallResult.NEUTRAL)),
        st.integers(0, 7),
    ),
    max_size=80,
)


class Run:
    """A breaker with the permits that have no result yet."""

    def __init__(self, config: BreakerConfig) -> None:
        self.made = CircuitBreaker(config)
        self.waiting: list[BreakerPermit] = []

    def step(self, step: Step, now_ns: int) -> BreakerPermit | None:
        _, what, call, result, which = step
        if what == "ask":
            permit = self.made.ask(call, now_ns)
            if permit.admitted:
                self.waiting.append(permit)
            return permit
        if what == "result" and self.waiting:
            self.made.result(self.waiting.pop(which % len(self.waiting)), result, now_ns)
        elif what == "force" and which == 0:
            self.made.force_open(now_ns, "anna", "drill")
        elif what == "release" and self.made.state == "FORCED_OPEN":
            self.made.release(now_ns, "anna", "over")
        return None


@given(CONFIGS, STEPS)
def test_invariants(config: BreakerConfig, sequence: list[Step]) -> None:
    run, now_ns = Run(config), T0
    probe: BreakerPermit | None = None
    for step in sequence:
        now_ns += step[0]
        run.made.advance(now_ns)
        state, until_ns = run.made.state, run.made.open_until_ns
        permit = run.step(step, now_ns)
        after = run.made.state
        assert (run.made.open_until_ns is None) == (after != "OPEN")
        assert run.made.failures_in_row < config.trip_count
        if state == "OPEN":
            assert until_ns is not None
            assert now_ns < until_ns
            assert after == "FORCED_OPEN" or (after, run.made.open_until_ns) == ("OPEN", until_ns)
        if state == "FORCED_OPEN" and after != state:
            assert (step[1], after) == ("release", "HALF_OPEN")
        if state in ("HALF_OPEN", "PROBING") and step[1] != "result":
            assert after in ("HALF_OPEN", "PROBING", "FORCED_OPEN")  # only a result closes or opens it
        if permit is None:
            continue
        if permit.call is Call.CANCEL:
            assert permit.admitted
        elif permit.call is Call.QUERY:
            assert permit.admitted == (state in ("CLOSED", "HALF_OPEN"))
        else:
            assert permit.admitted == (state == "CLOSED")
        assert permit.admitted == (permit.retry_after_ns == 0) or state == "HALF_OPEN"
        if permit.reason == "PROBE":
            assert state == "HALF_OPEN"
            assert after == "PROBING"
            probe = permit
        if state == "PROBING" and permit.call is not Call.CANCEL:
            assert probe is not None  # the one probe, and no other, is under way
            assert not permit.admitted


@given(CONFIGS, STEPS, st.integers(0, 60))
def test_restored_anywhere_it_has_the_same_future(
    config: BreakerConfig, sequence: list[Step], cut: int
) -> None:
    one, other, now_ns = Run(config), Run(config), T0
    for number, step in enumerate(sequence):
        now_ns += step[0]
        if number == cut:
            other.made.restore(json.loads(json.dumps(one.made.snapshot())))
            other.waiting = list(one.waiting)
        said = one.step(step, now_ns)
        if number >= cut:
            again = other.step(step, now_ns)
            assert (said and said.to_json()) == (again and again.to_json())
            assert other.made.snapshot() == one.made.snapshot()


@given(CONFIGS, STEPS)
def test_looking_more_often_changes_nothing(config: BreakerConfig, sequence: list[Step]) -> None:
    """Deadlines are noticed lazily; when they are noticed must not matter."""
    often, seldom, now_ns = Run(config), Run(config), T0
    for step in sequence:
        for _ in range(step[0]):
            now_ns += 1
            often.made.advance(now_ns)
        one, other = often.step(step, now_ns), seldom.step(step, now_ns)
        assert (one and one.to_json()) == (other and other.to_json())
    often.made.advance(now_ns)
    seldom.made.advance(now_ns)
    assert often.made.snapshot() == seldom.made.snapshot()
