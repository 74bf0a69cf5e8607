"""The same market told in another way leads to the same verdicts, through the whole chain.

Each relation changes a stream of events in a way that must not matter: shifted in time, of
another name, in other units, told twice, looked at twice. `tests/golden/test_metamorphic.py`
does the same to recorded bytes.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from tests.kit.effort import share
from tests.kit.event_stream import CONFIG, INSTRUMENT, KEY, KINDS, OPEN, T0, WAITS, events_of, new_chain, told
from tools.core.events import Depth, FeedStatus, MarketEvent, Quote, Tick, Trade
from tools.core.instrument import Instrument
from tools.core.quality import NO_ORDERS
from tools.core.units import NS_PER_S
from tools.engine import Pipeline

actions = st.lists(
    st.tuples(st.sampled_from(KINDS), st.sampled_from(WAITS), st.integers(min_value=1, max_value=9)),
    max_size=20,
)
Drawn = list[tuple[str, int, int]]
LIVELY: Drawn = [("trades", 0, 9), ("late", 5, 9), ("calm", 0, 9), ("wide", 0, 9), ("calm", 0, 9)]
VERDICTS = ("regime", "permission", "health", "decision")


def changed(event: MarketEvent, **fields: Any) -> MarketEvent:
    """Return a copy of an event with some fields changed."""
    return type(event)(**{**{name: getattr(event, name) for name in event.__dataclass_fields__}, **fields})


def verdicts(chain: Pipeline) -> list[object]:
    return [chain.regime, chain.permission, chain.health, chain.decision, chain.reason]


def in_step(here: Pipeline, there: Pipeline, one: MarketEvent, other: MarketEvent) -> bool:
    """Take an event and its image; return True if the chains have just changed, and alike."""
    evaluated = here.step(one, NO_ORDERS, OPEN)
    assert there.step(other, NO_ORDERS, OPEN) == evaluated
    if not evaluated:
        return False
    assert (there.changed, there.reason) == (here.changed, here.reason)
    return here.changed


# --- time ---------------------------------------------------------------------------------


def shifted_back(value: Any, shift_ns: int) -> Any:
    """Return a record's dict with every time in it moved back; durations stay as they are."""
    if isinstance(value, dict):
        return {key: shifted_back(item, shift_ns) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [shifted_back(item, shift_ns) for item in value]
    return value - shift_ns if isinstance(value, int) and value >= T0 - NS_PER_S * 100 else value


@share(10)
@given(actions, st.integers(min_value=1, max_value=10**17))
@example(LIVELY, 1)
@example(LIVELY, 86_400 * 365 * NS_PER_S)
def test_a_shift_in_time_changes_nothing_but_times(drawn: Drawn, shift_ns: int) -> None:
    """By any number of ns: no layer knows where a second, an hour or a day begins."""
    here, there = new_chain(), new_chain()
    for event in events_of(drawn):
        moved = {"recv_ns": event.recv_ns + shift_ns}
        if getattr(event, "exch_ns", None) is not None:
            moved["exch_ns"] = event.exch_ns + shift_ns  # type: ignore[union-attr]
        if in_step(here, there, event, changed(event, **moved)):
            mine, theirs = here.frame(1).to_dict(), there.frame(1).to_dict()
            assert shifted_back(theirs, shift_ns) == json.loads(json.dumps(mine))


# --- names and units ----------------------------------------------------------------------


@share(10)
@given(actions)
@example(LIVELY)
def test_another_name_changes_nothing_but_the_name(drawn: Drawn) -> None:
    name = Instrument(venue="elsewhere", symbol="ZZ", tick=INSTRUMENT.tick, lot=INSTRUMENT.lot)
    here, there = new_chain(), Pipeline(name, CONFIG)
    for event in events_of(drawn):
        image = event if isinstance(event, Tick) else changed(event, symbol=name.key)
        if in_step(here, there, event, image):
            mine, theirs = here.frame(1).to_dict(), there.frame(1).to_dict()
            assert (mine.pop("instrument"), theirs.pop("instrument")) == (KEY, name.key)
            assert theirs == mine


def rescaled(event: MarketEvent, ticks: int, lots: int) -> MarketEvent:
    """Return the same market in ticks and lots that are so many times finer."""
    if isinstance(event, Quote):
        return changed(
            event,
            bid_ticks=event.bid_ticks * ticks,
            ask_ticks=event.ask_ticks * ticks,
            bid_lots=event.bid_lots * lots,
            ask_lots=event.ask_lots * lots,
        )
    if isinstance(event, Trade):
        return changed(event, price_ticks=event.price_ticks * ticks, qty_lots=event.qty_lots * lots)
    return event


@share(10)
@given(actions, st.integers(2, 1_000), st.integers(2, 1_000))
@example(LIVELY, 10, 10)
def test_finer_ticks_and_lots_leave_regime_and_gate_as_they_are(drawn: Drawn, ticks: int, lots: int) -> None:
    """Exactly, evidence included: the detector counts messages, and every cap is a ratio.

    Health is not part of it. Its factors `move` and `depth` are ratios of figures rounded to
    half-ticks and lots, and the usual move is never taken as less than a tick.
    """
    here, there = new_chain(), new_chain()
    for event in events_of(drawn):
        evaluated = here.step(event, NO_ORDERS, OPEN)
        assert there.step(rescaled(event, ticks, lots), NO_ORDERS, OPEN) == evaluated
        if evaluated:
            assert there.regime.to_json() == here.regime.to_json()
            assert there.permission.to_json() == here.permission.to_json()


# --- told twice, looked at twice -------------------------------------------------------------


@share(10)
@given(actions, st.lists(st.booleans(), min_size=1, max_size=7))
@example(LIVELY, [True])
@example([("early", 450, 3), ("depth", 450, 1), ("quote", 450, 1), ("calm", 0, 9)], [True])
def test_a_message_told_twice_changes_nothing(drawn: Drawn, twice: list[bool]) -> None:
    """At the same instant; not one figure of the state is another."""
    here, there = new_chain(), new_chain()
    for number, event in enumerate(events_of(drawn)):
        assert told(there, event) == told(here, event)
        if isinstance(event, (Quote, Trade, Depth)) and twice[number % len(twice)]:
            before = verdicts(there)
            assert not there.step(event, NO_ORDERS, OPEN)
            assert all(a is b for a, b in zip(verdicts(there), before, strict=True))


@share(10)
@given(actions, st.integers(1, 3))
@example(LIVELY, 2)
def test_an_evaluation_more_at_the_same_time_changes_nothing(drawn: Drawn, more: int) -> None:
    here, there = new_chain(), new_chain()
    for event in events_of(drawn):
        said = told(here, event)
        assert told(there, event) == said
        if said[0]:
            before = verdicts(there)
            for _ in range(more):
                there.evaluate(False, NO_ORDERS, OPEN)
                assert not there.changed
            assert all(a is b for a, b in zip(verdicts(there), before, strict=True))


@share(10)
@given(actions)
def test_events_that_lead_to_no_evaluation_change_no_verdict(drawn: Drawn) -> None:
    chain = new_chain()
    for event in events_of(drawn):
        before = verdicts(chain)
        evaluations = chain.tally.evaluations
        if not chain.step(event, NO_ORDERS, OPEN):
            assert all(a is b for a, b in zip(verdicts(chain), before, strict=True))
            assert chain.tally.evaluations == evaluations
            assert isinstance(event, (Quote, Trade, Depth, FeedStatus))
