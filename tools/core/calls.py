"""Calls to a venue, and what becomes of them: the words that risk and execution share.

The controls in `tools.risk` decide whether a call may leave; the tables in
`tools.execution.answers` say what came back. They meet here and nowhere else.
"""

from enum import StrEnum


class Call(StrEnum):
    """What a call asks of the venue; everything about sending depends on it."""

    PLACE = "PLACE"  # a new order
    AMEND = "AMEND"  # another price or quantity for a live order, cancel-and-replace included
    CANCEL = "CANCEL"  # withdraw one order or all
    QUERY = "QUERY"  # a read: it changes nothing, so it may be asked again


class CallResult(StrEnum):
    """What an answer says about the venue's health; the circuit breaker counts these."""

    SUCCESS = "SUCCESS"  # the venue did what it was asked
    NEUTRAL = "NEUTRAL"  # a business reject: the venue is well and says no
    FAILURE = "FAILURE"  # time-out, disconnect, 5xx, 429, 418, or an answer nobody can read


class Silence(StrEnum):
    """How a venue told us to be silent; the rate limiter turns it into an absolute deadline."""

    NEW_ORDERS = "NEW_ORDERS"  # too many orders: cancels and queries go on
    EVERYTHING = "EVERYTHING"  # HTTP 429: nothing is sent
    FORBIDDEN = "FORBIDDEN"  # HTTP 403 from the firewall: nothing is sent, for longer
    BAN = "BAN"  # HTTP 418: nothing is sent, and a person has to look before it goes on


def adds_risk(call: Call) -> bool:
    """Return True for the calls that can leave more at stake than there was before."""
    return call is Call.PLACE or call is Call.AMEND


def changes(call: Call) -> bool:
    """Return True for the calls that must not be repeated while their outcome is unknown."""
    return call is not Call.QUERY
