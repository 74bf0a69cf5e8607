"""What venues' answers mean: total over the documented codes, and the dangerous ones one by one."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kit.answer_codes import BINANCE_SPOT_CODES, BINANCE_USDM_CODES, BYBIT_V5_CODES
from tools.core.calls import Call, CallResult, Silence
from tools.core.errors import InvariantError
from tools.execution.answers import BINANCE_SPOT, BINANCE_USDM, BYBIT_V5, AnswerTable, Meaning
from tools.execution.answers import answer as shapes
from tools.execution.answers.answer import STATUSES

SPOT, USDM, BYBIT = BINANCE_SPOT, BINANCE_USDM, BYBIT_V5
TABLES = (SPOT, USDM, BYBIT)
CODES = (BINANCE_SPOT_CODES, BINANCE_USDM_CODES, BYBIT_V5_CODES)
P, A, C, Q = Call.PLACE, Call.AMEND, Call.CANCEL, Call.QUERY
REFUSED, UNKNOWN, DONE = Meaning.REFUSED, Meaning.UNKNOWN, Meaning.DONE
ALREADY, BACK_OFF, FATAL = Meaning.ALREADY_DONE, Meaning.BACK_OFF, Meaning.FATAL

# --- totality ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "codes"), list(zip(TABLES, CODES, strict=True)), ids=[table.venue for table in TABLES]
)
def test_every_documented_code_has_exactly_one_meaning(table: AnswerTable, codes: tuple[int, ...]) -> None:
    assert table.codes() == sorted(set(codes))  # that no code is in two groups, the table checks itself
    for code, call in product(codes, Call):
        answer = table.read(call, 200 if table is BYBIT else 400, code)
        assert answer.listed
        assert answer.meaning is not DONE


def test_a_code_in_two_groups_or_in_none_is_refused() -> None:
    with pytest.raises(InvariantError, match="two groups"):
        AnswerTable("x", ((shapes.REFUSED, (1,)), (shapes.FATAL, (1,))))
    with pytest.raises(InvariantError, match="no group"):
        AnswerTable("x", ((shapes.REFUSED, (1,)),), clock=(2,))


# --- the dangerous ones, argued one by one -----------------------------------------------------
#
# (venue, call, HTTP status, code, text, meaning, why). The lists are the venues' own; "the
# table of responses" is the comparison in docs/concepts/venue-calls.md.

THROTTLED = "Request throttled by system-level protection. Reduce-only/close-position orders are exempt."
RESTRICTED = "Order was not canceled due to cancel restrictions."
DANGEROUS: list[tuple[AnswerTable, Call, int | None, int | None, str, Meaning, str]] = [
    (SPOT, P, 500, -1000, "", UNKNOWN, "an unknown error says nothing about what came before it"),
    (SPOT, P, 500, -1001, "", UNKNOWN, "internal error: cautious where the list says only 'try again'"),
    (
        USDM,
        P,
        503,
        -1001,
        "",
        UNKNOWN,
        "the futures page calls it a failure, spot does not: the cautious one",
    ),
    (SPOT, P, 500, -1006, "", UNKNOWN, "list: execution status unknown"),
    (SPOT, C, 504, -1007, "", UNKNOWN, "list: send status unknown, execution status unknown"),
    (USDM, P, 408, -1007, "", UNKNOWN, "futures send the time-out of their backend with 408, no 5xx"),
    (SPOT, Q, 504, -1007, "", UNKNOWN, "a read that timed out; it may be asked again"),
    (SPOT, P, 503, -1008, "", UNKNOWN, "overload: not said that nothing was done"),
    (SPOT, Q, 503, -1008, "", BACK_OFF, "overload: a read waits"),
    (USDM, P, 503, -1008, THROTTLED, BACK_OFF, "futures page on 503: this text is always a failure"),
    (USDM, P, 400, -1010, "", UNKNOWN, "the list gives no cause at all"),
    (SPOT, P, 429, -1003, "", BACK_OFF, "request weight: refused before anything else"),
    (SPOT, P, 429, -1015, "", BACK_OFF, "order count: refused, and only orders have to wait"),
    (SPOT, P, 418, -1003, "", BACK_OFF, "banned: refused"),
    (SPOT, P, 400, -1013, "", REFUSED, "list: did not reach the matching engine"),
    (SPOT, P, 400, -1021, "", REFUSED, "outside recvWindow: refused, and the clock is off"),
    (USDM, P, 400, -5028, "", REFUSED, "the engine's own recvWindow check"),
    (SPOT, P, 400, -2010, "Account has insufficient balance", REFUSED, "rejected by the engine"),
    (SPOT, P, 400, -2010, "Duplicate order sent.", ALREADY, "the first attempt with this id is live"),
    (USDM, P, 400, -4116, "", ALREADY, "the client id is taken: our first attempt, or a mistake"),
    (SPOT, C, 400, -2011, "Unknown order sent.", ALREADY, "filled, canceled or never there: ask which"),
    (SPOT, C, 400, -2011, RESTRICTED, REFUSED, "the same code, and the order is still live"),
    (SPOT, C, 400, -2011, "Market is closed.", REFUSED, "the order waits for the market to open"),
    (SPOT, C, 400, -2011, "This action is disabled on this account.", FATAL, "the account's rights"),
    (SPOT, C, 400, -2011, "This account may not place or cancel orders.", FATAL, "the account's rights"),
    (SPOT, P, 400, -2010, "This action is disabled on this account.", FATAL, "the account's rights"),
    (SPOT, P, 400, -2010, "This account may not place or cancel orders.", FATAL, "the account's rights"),
    (USDM, P, 400, -2010, "Duplicate order sent.", ALREADY, "the same text as on spot"),
    (SPOT, P, 400, -2011, "", UNKNOWN, "a cancel's answer to a placing cannot be read"),
    (SPOT, Q, 400, -2013, "", REFUSED, "an answer; no proof that a placing under way will not arrive"),
    (USDM, C, 400, -2012, "", UNKNOWN, "a batch of cancels that failed, perhaps by half"),
    (USDM, P, 400, -4083, "", UNKNOWN, "a batch of orders that failed, perhaps by half"),
    (SPOT, A, 409, -2021, "", UNKNOWN, "cancel-and-replace by half: look at both legs"),
    (SPOT, A, 400, -2022, "", UNKNOWN, "cancel-and-replace failed: its legs have codes of their own"),
    (USDM, P, 400, -2021, "", REFUSED, "the same number on futures: would trigger at once"),
    (USDM, P, 400, -2022, "", REFUSED, "the same number on futures: reduce-only refused"),
    (USDM, A, 400, -5027, "", ALREADY, "nothing to modify: the order is as asked"),
    (USDM, C, 400, -4117, "", UNKNOWN, "a stop that is triggering is about to be an order"),
    (USDM, P, 400, -5022, "", REFUSED, "post-only that would take: an ordinary reject"),
    (SPOT, P, 401, -2015, "", FATAL, "key, address or permissions: no retry can succeed"),
    (SPOT, P, 400, -1022, "", FATAL, "a wrong signature stays wrong"),
    (BYBIT, P, 200, 10000, "", UNKNOWN, "server time-out"),
    (BYBIT, P, 200, 10016, "", UNKNOWN, "internal error, or a restart in the middle"),
    (BYBIT, P, 200, 10019, "", BACK_OFF, "list: takes no new request; those under way are not affected"),
    (BYBIT, P, 200, 10002, "", REFUSED, "outside the time window; the clock is off"),
    (BYBIT, P, 200, 10006, "", BACK_OFF, "rate of the account"),
    (BYBIT, P, 200, 429, "", UNKNOWN, "high load, 'please retry': not said that nothing was done"),
    (BYBIT, P, 403, None, "", BACK_OFF, "too frequent from this address: ten minutes"),
    (BYBIT, P, 200, 10014, "", ALREADY, "a duplicate request: the first one may have been done"),
    (BYBIT, P, 200, 110072, "", ALREADY, "the order link id is unique for ever: ask by it"),
    (BYBIT, P, 200, 170141, "", ALREADY, "the same on spot"),
    (BYBIT, C, 200, 110001, "", ALREADY, "no such order: gone, or never there"),
    (BYBIT, C, 200, 110008, "", ALREADY, "completed or canceled: the difference is a position"),
    (BYBIT, C, 200, 170139, "", ALREADY, "it was filled: the cancel came too late"),
    (BYBIT, C, 200, 170147, "", UNKNOWN, "the cancel timed out"),
    (BYBIT, C, 200, 170212, "", UNKNOWN, "the cancel is being processed"),
    (BYBIT, C, 200, 110079, "", UNKNOWN, "the order is processing"),
    (BYBIT, P, 200, 170146, "", UNKNOWN, "the creation timed out"),
    (BYBIT, P, 200, 170149, "", UNKNOWN, "failed, without a cause"),
    (BYBIT, A, 200, 170310, "", UNKNOWN, "the modification timed out"),
    (BYBIT, A, 200, 40004, "", UNKNOWN, "modified while being replaced: list says check the status"),
    (BYBIT, A, 200, 34040, "", ALREADY, "not modified: it is as asked"),
    (BYBIT, P, 200, 110007, "", REFUSED, "balance"),
    (BYBIT, P, 200, 10003, "", FATAL, "key"),
    (BYBIT, P, 200, 33004, "", FATAL, "key expired"),
    (BYBIT, P, 200, 0, "", DONE, "the venue's code for success"),
    (SPOT, P, 200, 0, "", UNKNOWN, "not a success here: a stream's error code"),
    (SPOT, P, 200, None, "", DONE, "a success has no code"),
    (SPOT, P, None, None, "", UNKNOWN, "no answer"),
    (SPOT, P, 502, None, "", UNKNOWN, "5xx: the status page says not to take it for a failure"),
    (SPOT, P, 400, -9999, "", UNKNOWN, "a code in no table"),
    (SPOT, Q, 400, -9999, "", UNKNOWN, "the same on a read: it may be asked again"),
    (SPOT, P, 503, -2010, "", UNKNOWN, "a refusal under a 5xx is not believed"),
    (BYBIT, P, 500, 0, "", UNKNOWN, "a success under a 5xx is not believed"),
]


@pytest.mark.parametrize("row", DANGEROUS, ids=lambda row: f"{row[0].venue} {row[1]} {row[2]} {row[3]}")
def test_the_dangerous_ones(row: tuple[AnswerTable, Call, int | None, int | None, str, Meaning, str]) -> None:
    table, call, status, code, text, wanted, why = row
    assert table.read(call, status, code, text).meaning is wanted, why


# --- what follows from a meaning ---------------------------------------------------------------

FOLLOWS = {
    DONE: (CallResult.SUCCESS, False),
    REFUSED: (CallResult.NEUTRAL, False),
    ALREADY: (CallResult.NEUTRAL, False),
    BACK_OFF: (CallResult.FAILURE, True),
    FATAL: (CallResult.FAILURE, False),
    UNKNOWN: (CallResult.FAILURE, False),  # on a read: True
}
STATUSES_TRIED = (None, 200, 400, 418, 429, 503)
CASES = [
    (table, call, status, code)
    for table in TABLES
    for call, status, code in product(Call, STATUSES_TRIED, (None, *table.codes(), 12_345_678))
]


def test_what_follows_from_a_meaning() -> None:
    for table, call, status, code in CASES:
        answer = table.read(call, status, code)
        result, repeat = FOLLOWS[answer.meaning]
        assert answer.result is result
        assert answer.may_repeat is (repeat or (answer.meaning is UNKNOWN and call is Q))
        assert answer.must_query is (answer.meaning in (UNKNOWN, ALREADY) and call is not Q)
        if answer.meaning is BACK_OFF:
            assert answer.pause is not None
        if status == 418:
            assert answer.pause is Silence.BAN
    assert {table.read(call, status, code).meaning for table, call, status, code in CASES} == set(Meaning)


def test_an_unknown_outcome_of_a_change_is_never_repeated_blindly() -> None:
    for table, call, status, code in CASES:
        answer = table.read(call, status, code)
        if call is not Q and answer.meaning is UNKNOWN:
            assert not answer.may_repeat
            assert answer.must_query


@given(
    st.sampled_from(TABLES),
    st.sampled_from(tuple(Call)),
    st.none() | st.integers(-10, 10**6),
    st.none() | st.integers(-(10**9), 10**9),
    st.text(max_size=20),
)
def test_nothing_that_a_venue_says_raises_and_what_is_not_listed_is_unknown(
    table: AnswerTable, call: Call, status: int | None, code: int | None, text: str
) -> None:
    answer = table.read(call, status, code, text)
    if code is not None and code not in table.codes() and not (table is BYBIT and code == 0):
        assert answer.meaning is UNKNOWN
        assert not answer.listed


@pytest.mark.parametrize(
    ("table", "status", "code", "pause", "clock"),
    [
        (SPOT, 429, -1003, Silence.EVERYTHING, False),
        (SPOT, 429, -1015, Silence.NEW_ORDERS, False),
        (SPOT, 418, -1003, Silence.BAN, False),
        (SPOT, 418, -1015, Silence.BAN, False),
        (SPOT, 403, None, Silence.FORBIDDEN, False),
        (SPOT, 429, None, Silence.EVERYTHING, False),
        (SPOT, None, -1034, Silence.EVERYTHING, False),
        (USDM, 503, -1008, Silence.NEW_ORDERS, False),  # cancels are exempt, says the venue
        (USDM, 400, -5028, None, True),
        (SPOT, 400, -1021, None, True),
        (BYBIT, 200, 10002, None, True),
        (BYBIT, 200, 10006, Silence.EVERYTHING, False),
        (BYBIT, 200, 403, Silence.FORBIDDEN, False),
        (BYBIT, 200, 110007, None, False),
    ],
)
def test_what_to_tell_limiter_and_clock(
    table: AnswerTable, status: int | None, code: int | None, pause: Silence | None, clock: bool
) -> None:
    answer = table.read(P, status, code)
    assert (answer.pause, answer.clock) == (pause, clock)


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        (200, DONE), (204, DONE), (400, REFUSED), (401, FATAL), (403, BACK_OFF), (404, FATAL), (405, FATAL),
        (408, UNKNOWN), (409, UNKNOWN), (418, BACK_OFF), (429, BACK_OFF), (451, FATAL), (500, UNKNOWN),
        (502, UNKNOWN), (503, UNKNOWN), (504, UNKNOWN), (302, UNKNOWN), (422, UNKNOWN), (0, UNKNOWN),
    ],
)  # fmt: skip
def test_a_status_alone(status: int, wanted: Meaning) -> None:
    for table, call in product(TABLES, Call):
        assert table.read(call, status, None).meaning is wanted


def test_every_listed_status_is_tested_above() -> None:
    assert set(STATUSES) == {400, 401, 403, 404, 405, 408, 409, 418, 429, 451}
