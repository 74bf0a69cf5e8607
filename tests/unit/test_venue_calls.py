"""Breakers, limits and weights from TOML: what is built, and what is refused in which words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tools.core.calls import Call
from tools.core.errors import ConfigError
from tools.live.venue_calls import load_venue_calls, read_venue_calls
from tools.risk import BreakerConfig, LimitConfig, LimitReason, RateLimitConfig

S = 10**9
LIMIT = """[venue_calls.v.limit."w 60 s"]
limit_count = 10
interval = "1 min"
burst_count = 4
cancel_reserve_count = 1
"""
CHARGES = "".join(
    f'[venue_calls.v.charge.{name}]\n"w 60 s" = 1\n' for name in ("place", "amend", "cancel", "query")
)
GOOD = LIMIT + CHARGES


def test_the_file_that_comes_with_this_is_the_guide_s() -> None:
    (venue,) = read_venue_calls().values()
    weight = LimitConfig(
        limit_id="weight 60 s",
        limit_count=4_800,
        interval_ns=60 * S,
        burst_count=400,
        cancel_reserve_count=100,
    )
    orders = LimitConfig(
        limit_id="orders 10 s", limit_count=40, interval_ns=10 * S, burst_count=20, cancel_reserve_count=0
    )
    assert venue.limiter == RateLimitConfig(
        limits=(weight, orders), wait_ns=60 * S, forbidden_ns=600 * S, ban_ns=120 * S
    )
    assert venue.orders == venue.reads == BreakerConfig(trip_count=3)
    both = (("weight 60 s", 1), ("orders 10 s", 1))
    assert venue.charges == {
        Call.PLACE: both,
        Call.AMEND: both,
        Call.CANCEL: (("weight 60 s", 1),),
        Call.QUERY: (("weight 60 s", 4),),
    }


def test_what_is_not_given_has_its_default_and_units_are_converted() -> None:
    text = GOOD + '[venue_calls.v.breaker.orders]\ntrip = "25 %"\nopen = "5 s"\n'
    text += '[venue_calls.v.pauses]\nban = "1 h"\n'
    venue = load_venue_calls(text, "mine.toml")["v"]
    assert venue.orders == replace(BreakerConfig(), trip_ppm=250_000, open_ns=5 * S)
    assert venue.reads == BreakerConfig()
    assert venue.limiter.ban_ns == 3_600 * S
    assert venue.limiter.wait_ns == RateLimitConfig().wait_ns
    assert load_venue_calls("", "none.toml") == {}


def test_clients_are_built_from_it() -> None:
    venue = load_venue_calls(GOOD, "mine.toml")["v"]
    limiter = venue.rate_limiter()
    breaker = venue.breaker_for_orders()
    sent = 0
    while limiter.ask(Call.PLACE, venue.charges[Call.PLACE], 0).admitted:
        assert breaker.ask(Call.PLACE, 0).admitted
        sent += 1
    assert sent == 4 - 1, "the burst less what is kept for cancels"
    assert limiter.ask(Call.PLACE, venue.charges[Call.PLACE], 0).reason is LimitReason.LIMIT_REACHED
    assert limiter.ask(Call.CANCEL, venue.charges[Call.CANCEL], 0).admitted
    assert venue.breaker_for_reads() is not venue.breaker_for_reads()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[venue_call.v]", "venue_call: no such section; did you mean venue_calls?"),
        ("venue_calls = 1", "venue_calls: must be a table"),
        ("[venue_calls]\nv = 1", "venue_calls.v: must be a table"),
        ("[venue_calls.v]", "venue_calls.v.limit: at least one"),
        ("[venue_calls.v.limits]", "venue_calls.v.limits: no such section; did you mean limit?"),
        ("[venue_calls.v.breaker.writes]", "venue_calls.v.breaker.writes: no such section"),
        (
            GOOD + "[venue_calls.v.breaker.orders]\ntrip_cuont = 1",
            "orders.trip_cuont: no such key; did you mean",
        ),
        (
            GOOD + "[venue_calls.v.breaker.reads]\ntrip_count = 0",
            "venue_calls.v.breaker.reads.trip_count: must be positive, not 0",
        ),
        (
            GOOD + "[venue_calls.v.breaker.reads]\nopen = 5",
            "^venue_calls.v.breaker.reads.open: must be text with a unit",
        ),
        (
            GOOD + "[venue_calls.v.breaker.orders]\ntrip_count = 'x'",
            "^venue_calls.v.breaker.orders.trip_count: must be a whole number, not text",
        ),
        (GOOD + "[venue_calls.v.pauses]\nwait = '0 s'", "venue_calls.v.pauses.wait: must be positive, not 0"),
        (GOOD + "[venue_calls.v.pauses]\nlimits = []", "venue_calls.v.pauses.limits: no such key"),
        (
            LIMIT.replace("burst_count = 4", "burst_count = 11"),
            "venue_calls.v.limit.w 60 s.burst_count: must be from 1 to limit_count (10)",
        ),
        (LIMIT + "limit_id = 'x'", "venue_calls.v.limit.w 60 s.limit_id: no such key"),
        (LIMIT, "venue_calls.v.charge.place: draws on no limit"),
        (
            GOOD + "[venue_calls.v.charge.plaec]",
            "venue_calls.v.charge.plaec: no such kind of call; did you mean place?",
        ),
        (
            GOOD.replace('place]\n"w 60 s"', 'place]\n"w 6 s"'),
            "charge.place.w 6 s: no such limit; did you mean w 60 s?",
        ),
        (
            GOOD.replace('place]\n"w 60 s" = 1', 'place]\n"w 60 s" = 4'),
            "place.w 60 s: must be a whole number from 1 to 3",
        ),
        (
            GOOD.replace('cancel]\n"w 60 s" = 1', 'cancel]\n"w 60 s" = 5'),
            "cancel.w 60 s: must be a whole number from 1 to 4",
        ),
        (
            GOOD.replace('query]\n"w 60 s" = 1', 'query]\n"w 60 s" = true'),
            "query.w 60 s: must be a whole number",
        ),
        (
            GOOD.replace('query]\n"w 60 s" = 1', 'query]\n"w 60 s" = 0'),
            "query.w 60 s: must be a whole number",
        ),
        ("[", "mine.toml: not TOML"),
    ],
)
def test_what_is_refused_and_in_which_words(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_venue_calls(text, "mine.toml")
    told = str(caught.value)
    assert told.startswith(said[1:]) if said.startswith("^") else said in told
    assert "\n" not in str(caught.value)
