"""The rate limiter: budgets, the reserve for cancels, what the venue states, silences."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tools.core.calls import Call, Silence
from tools.core.errors import ConfigError, InvariantError, UsageError
from tools.core.units import NS_PER_S
from tools.risk import Gcra, LimitConfig, LimitReason, RateLimitConfig, RateLimiter

S = NS_PER_S
T0 = 1_735_689_600 * S
CHANGES_AND_READS = (Call.PLACE, Call.AMEND, Call.QUERY)

# 10 in any 10 s, 4 of them at once, 1 of these for cancels: one drains in ceil(10 s / 7).
TEN = LimitConfig(limit_id="ten", limit_count=10, interval_ns=10 * S, burst_count=4, cancel_reserve_count=1)
EMISSION_NS = 1_428_571_429
OTHER = LimitConfig(limit_id="other", limit_count=2, interval_ns=S, burst_count=2, cancel_reserve_count=0)


def limiter() -> RateLimiter:
    return RateLimiter(RateLimitConfig(limits=(TEN, OTHER)))


def sent(made: RateLimiter, call: Call, weight: int, now_ns: int = T0) -> bool:
    return made.ask(call, (("ten", weight),), now_ns).admitted


def test_the_interval_of_one_is_rounded_up() -> None:
    assert TEN.emission_ns == EMISSION_NS
    assert 7 * (EMISSION_NS - 1) < 10 * S < 7 * EMISSION_NS


def test_a_part_of_the_burst_is_for_cancels() -> None:
    made = limiter()
    assert [sent(made, Call.PLACE, 1) for _ in range(4)] == [True, True, True, False]
    assert [sent(made, Call.CANCEL, 1) for _ in range(2)] == [True, False]


@pytest.mark.parametrize("call", CHANGES_AND_READS)
def test_nothing_but_a_cancel_draws_on_the_reserve(call: Call) -> None:
    made = limiter()
    assert made.ask(call, (("ten", 4),), T0).reason is LimitReason.TOO_HEAVY
    assert made.ask(call, (("ten", 3),), T0).admitted
    assert made.ask(call, (("ten", 1),), T0).reason is LimitReason.LIMIT_REACHED


def test_equality_conforms_and_one_nanosecond_less_does_not() -> None:
    made = limiter()
    assert sent(made, Call.PLACE, 3)
    permit = made.ask(Call.PLACE, (("ten", 1),), T0)
    assert (permit.reason, permit.limit_id) == (LimitReason.LIMIT_REACHED, "ten")
    assert permit.retry_after_ns == EMISSION_NS
    assert not sent(made, Call.PLACE, 1, T0 + EMISSION_NS - 1)
    assert sent(made, Call.PLACE, 1, T0 + EMISSION_NS)


def test_a_call_draws_on_all_of_its_limits_or_on_none() -> None:
    made = limiter()
    both = (("ten", 1), ("other", 2))
    assert made.ask(Call.QUERY, both, T0).admitted
    refused = made.ask(Call.QUERY, both, T0)
    assert (refused.admitted, refused.limit_id) == (False, "other")
    assert refused.retry_after_ns == 2 * S  # both units of `other` drain at 1 s each
    ten, other = made.usage(T0)
    assert (ten.own_count, other.own_count, made.refused_total) == (1, 2, 1)


@pytest.mark.parametrize("charges", [(("tne", 1),), (), (("ten", 1), ("tne", 1))])
def test_a_limit_that_is_not_known_denies(charges: tuple[tuple[str, int], ...]) -> None:
    made = limiter()
    permit = made.ask(Call.CANCEL, charges, T0)
    assert (permit.admitted, permit.reason, permit.retry_after_ns) == (False, LimitReason.LIMIT_UNKNOWN, None)
    assert made.usage(T0)[0].own_count == 0


@pytest.mark.parametrize("charges", [(("ten", 0),), (("ten", -1),), (("ten", 1), ("ten", 1))])
def test_a_charge_that_cannot_be_is_a_mistake_of_the_caller(charges: tuple[tuple[str, int], ...]) -> None:
    made = limiter()
    with pytest.raises(UsageError):
        made.ask(Call.PLACE, charges, T0)
    assert made.usage(T0)[0].own_count == 0


def test_budgets_of_their_own_do_not_touch_each_other() -> None:
    ids = ("new", "cancel", "query")
    made = RateLimiter(
        RateLimitConfig(
            limits=tuple(
                LimitConfig(limit_id=name, limit_count=2, burst_count=2, cancel_reserve_count=0)
                for name in ids
            )
        )
    )
    for call, name in ((Call.PLACE, "new"), (Call.CANCEL, "cancel"), (Call.QUERY, "query")):
        assert [made.ask(call, ((name, 1),), T0).admitted for _ in range(3)] == [True, True, False]


# --- what the venue states ---------------------------------------------------------------------


def test_a_stated_usage_takes_the_room_of_others() -> None:
    made = limiter()
    assert made.tell_used("ten", 8, T0)
    assert (made.usage(T0)[0].room_count, made.usage(T0)[0].cancel_room_count) == (1, 2)
    assert [sent(made, Call.PLACE, 1) for _ in range(2)] == [True, False]
    assert sent(made, Call.CANCEL, 1)
    assert made.usage(T0)[0].stated_count == 10
    assert made.ask(Call.PLACE, (("ten", 1),), T0 + S).retry_after_ns == 9 * S  # when the window is over
    assert sent(made, Call.PLACE, 1, T0 + 10 * S)


@pytest.mark.parametrize("end_ns", [T0, T0 - 1])
def test_a_window_that_is_said_to_be_over_holds_for_an_interval(end_ns: int) -> None:
    # Bybit states the present time as that of the reset while the limit is not exceeded.
    made = limiter()
    made.tell_used("ten", 5, T0, end_ns)
    stated = [made.usage(T0 + span_ns)[0].stated_count for span_ns in (0, 10 * S - 1, 10 * S)]
    assert stated == [5, 5, None]


def test_it_never_believes_less_than_its_own_count() -> None:
    made = limiter()
    assert sent(made, Call.PLACE, 3)
    made.tell_used("ten", 0, T0)
    assert made.usage(T0)[0].own_count == 3
    assert not sent(made, Call.PLACE, 1)


def test_within_a_window_a_smaller_figure_changes_nothing() -> None:
    made = limiter()
    made.tell_used("ten", 9, T0)
    made.tell_used("ten", 2, T0 + 1)
    assert made.usage(T0 + 1)[0].stated_count == 9
    assert made.usage(T0 + 10 * S)[0].stated_count is None
    made.tell_used("ten", 2, T0 + 10 * S)
    assert made.usage(T0 + 10 * S)[0].stated_count == 2


@pytest.mark.parametrize(
    ("end_s", "used", "wanted"),
    [(5, 2, 9), (20, 2, 2), (10, 3, 9), (10, 10, 10), (0, 3, 9)],
    ids=["earlier window: late", "later window", "same, smaller", "same, larger", "an end that is over"],
)
def test_windows_whose_end_is_stated(end_s: int, used: int, wanted: int) -> None:
    made = limiter()
    made.tell_used("ten", 9, T0, T0 + 10 * S)
    made.tell_used("ten", used, T0 + S, T0 + end_s * S)
    assert made.usage(T0 + S)[0].stated_count == wanted


@pytest.mark.parametrize(("limit", "remaining", "wanted"), [(50, 30, 20), (10, 3, 7), (4, 4, 6), (10, 12, 0)])
def test_a_venue_that_states_what_is_left(limit: int, remaining: int, wanted: int) -> None:
    made = limiter()
    assert made.tell_remaining("ten", remaining, limit, T0)
    assert made.usage(T0)[0].stated_count == wanted


def test_a_statement_about_no_limit_of_ours_is_reported() -> None:
    made = limiter()
    assert not made.tell_used("tne", 1, T0)
    assert not made.tell_remaining("tne", 1, 1, T0)


# --- silences ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pause", "span_s"),
    [(Silence.EVERYTHING, 60), (Silence.FORBIDDEN, 600), (Silence.NEW_ORDERS, 60), (Silence.BAN, 120)],
)
def test_without_a_time_from_the_venue_ours_holds(pause: Silence, span_s: int) -> None:
    made = limiter()
    made.pause(pause, T0)
    assert made.deadline_ns(Call.PLACE, T0) == T0 + span_s * S


def test_a_duration_becomes_an_absolute_deadline() -> None:
    made = limiter()
    made.pause(Silence.EVERYTHING, T0, retry_after_ns=30 * S)
    made.pause(Silence.EVERYTHING, T0 + 5 * S, retry_after_ns=S)  # later and shorter
    for call in Call:
        permit = made.ask(call, (("ten", 1),), T0 + 6 * S)
        assert (permit.admitted, permit.reason, permit.retry_after_ns) == (False, LimitReason.SILENCE, 24 * S)
    assert sent(made, Call.PLACE, 1, T0 + 30 * S)


def test_the_later_of_a_duration_and_a_time_holds() -> None:
    made = limiter()
    made.pause(Silence.EVERYTHING, T0, retry_after_ns=30 * S, until_ns=T0 + 20 * S)
    assert made.deadline_ns(Call.QUERY, T0) == T0 + 30 * S


def test_too_many_orders_stops_orders_alone() -> None:
    made = limiter()
    made.pause(Silence.NEW_ORDERS, T0, retry_after_ns=10 * S)
    got = {call: made.ask(call, (("ten", 1),), T0).reason for call in Call}
    assert got == {
        Call.PLACE: LimitReason.ORDERS_PAUSED,
        Call.AMEND: LimitReason.ORDERS_PAUSED,
        Call.CANCEL: LimitReason.WITHIN_LIMITS,
        Call.QUERY: LimitReason.WITHIN_LIMITS,
    }
    assert made.deadline_ns(Call.CANCEL, T0) is None
    assert sent(made, Call.PLACE, 1, T0 + 10 * S)


def test_a_ban_is_a_latch_with_an_alert() -> None:
    made = limiter()
    made.pause(Silence.BAN, T0, until_ns=T0 + 60 * S)
    during = made.ask(Call.CANCEL, (("ten", 1),), T0)
    after = made.ask(Call.CANCEL, (("ten", 1),), T0 + 60 * S)
    assert [(p.admitted, p.reason, p.retry_after_ns) for p in (during, after)] == [
        (False, LimitReason.SILENCE, None),
        (False, LimitReason.BAN_LATCHED, None),
    ]
    assert made.everything.notices[0].ban
    made.everything.release(T0 + 60 * S, "anna", "found the loop")
    assert sent(made, Call.CANCEL, 1, T0 + 60 * S)


def test_what_is_refused_during_a_silence_costs_nothing() -> None:
    made = limiter()
    made.pause(Silence.EVERYTHING, T0)
    for _ in range(20):
        assert not sent(made, Call.QUERY, 1)
    assert made.usage(T0)[0].own_count == 0


def test_every_reason_has_been_given() -> None:
    made = limiter()
    seen = {made.ask(Call.PLACE, (("ten", weight),), T0).reason for weight in (3, 1, 4)}
    seen.add(made.ask(Call.PLACE, (), T0).reason)
    made.pause(Silence.NEW_ORDERS, T0)
    seen.add(made.ask(Call.PLACE, (("ten", 1),), T0).reason)
    made.pause(Silence.BAN, T0)
    seen |= {made.ask(Call.PLACE, (("ten", 1),), T0 + span * S).reason for span in (0, 120)}
    assert seen == set(LimitReason)


# --- monitoring, configuration, snapshots ------------------------------------------------------


def test_usage_says_how_full_a_limit_is() -> None:
    made = limiter()
    sent(made, Call.PLACE, 2)
    sent(made, Call.PLACE, 1)
    usage = made.usage(T0 + EMISSION_NS - 1)[0]
    assert (usage.limit_id, usage.limit_count, usage.interval_ns) == ("ten", 10, 10 * S)
    assert (usage.own_count, usage.stated_count, usage.room_count, usage.cancel_room_count) == (3, None, 0, 1)
    assert usage.free_at_ns == T0 + EMISSION_NS
    assert (usage.sent_count, usage.sent_weight_count) == (2, 3)


@pytest.mark.parametrize(
    ("path", "make"),
    [
        ("rate_limit.a.limit_count", lambda: LimitConfig(limit_id="a", limit_count=0)),
        ("rate_limit.a.interval_ns", lambda: LimitConfig(limit_id="a", interval_ns=0)),
        ("rate_limit.a.burst_count", lambda: LimitConfig(limit_id="a", burst_count=0)),
        ("rate_limit.a.burst_count", lambda: LimitConfig(limit_id="a", burst_count=51)),
        ("rate_limit.a.cancel_reserve_count", lambda: LimitConfig(limit_id="a", cancel_reserve_count=25)),
        ("rate_limit.a.cancel_reserve_count", lambda: LimitConfig(limit_id="a", cancel_reserve_count=-1)),
        (r"rate_limit.\(no id\).limit_id", lambda: LimitConfig(limit_id=" ")),
        ("rate_limit.limits", lambda: RateLimitConfig(limits=())),
        ("rate_limit.limits", lambda: RateLimitConfig(limits=(TEN, TEN))),
        ("rate_limit.wait_ns", lambda: RateLimitConfig(wait_ns=0)),
        ("rate_limit.forbidden_ns", lambda: RateLimitConfig(forbidden_ns=0)),
        ("rate_limit.ban_ns", lambda: RateLimitConfig(ban_ns=-1)),
    ],
)
def test_a_configuration_that_cannot_be(path: str, make: Callable[[], object]) -> None:
    with pytest.raises(ConfigError, match=f"^{path}: "):
        make()


def test_a_snapshot_survives_json_and_goes_on() -> None:
    made, other = limiter(), limiter()
    sent(made, Call.PLACE, 2)
    made.tell_used("ten", 5, T0)
    made.pause(Silence.NEW_ORDERS, T0, retry_after_ns=S)
    made.ask(Call.PLACE, (), T0)
    other.restore(json.loads(json.dumps(made.snapshot())))
    assert other.snapshot() == made.snapshot()
    for now_ns in (T0, T0 + S, T0 + 9 * S, T0 + 11 * S):
        for call in Call:
            charges = (("ten", 2),)
            assert other.ask(call, charges, now_ns).to_json() == made.ask(call, charges, now_ns).to_json()


def test_a_snapshot_of_other_limits_is_refused() -> None:
    with pytest.raises(InvariantError, match="rate limits"):
        limiter().restore(RateLimiter().snapshot())


def test_a_weight_is_positive() -> None:
    with pytest.raises(UsageError, match="positive"):
        Gcra(TEN).wait_ns(0, T0, False)
