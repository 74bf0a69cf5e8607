"""What a venue's answer means: five meanings, and the table that finds them.

"An error was returned" is not "the order was not placed". Every code that a venue documents
has exactly one meaning for each kind of call, and what is not in the table is an unknown
outcome. Only reads may be asked again without asking what became of the first time.

The code decides where there is one; the HTTP status where there is none. The status can only
make an answer worse: a refusal that arrives under a 5xx is not believed.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.calls import Call, CallResult, Silence, changes
from tools.core.canon import Record
from tools.core.errors import InvariantError


class Meaning(StrEnum):
    """What an answer says about the call that it answers."""

    DONE = "DONE"  # the venue did it; no error code has this meaning
    REFUSED = "REFUSED"  # definitive: nothing was changed, and the same call would be refused again
    UNKNOWN = "UNKNOWN"  # it may have been done: ask for the order's state before anything else
    ALREADY_DONE = "ALREADY_DONE"  # what was asked for is the case; ask how it came about
    BACK_OFF = "BACK_OFF"  # refused for load or rate: nothing was changed, be silent for a while
    FATAL = "FATAL"  # keys, permission, region, protocol: stop; no retry can succeed


@dataclass(init=False)
class Shape:
    """One meaning for each kind of call."""

    place: Final[Meaning]
    amend: Final[Meaning]
    cancel: Final[Meaning]
    query: Final[Meaning]

    def __init__(self, place: Meaning, amend: Meaning, cancel: Meaning, query: Meaning) -> None:
        self.place = place
        self.amend = amend
        self.cancel = cancel
        self.query = query

    def of(self, call: Call) -> Meaning:
        """Return the meaning for this kind of call."""
        if call is Call.PLACE:
            return self.place
        if call is Call.AMEND:
            return self.amend
        return self.cancel if call is Call.CANCEL else self.query


_R: Final = Meaning.REFUSED
_U: Final = Meaning.UNKNOWN
_A: Final = Meaning.ALREADY_DONE
_B: Final = Meaning.BACK_OFF
_F: Final = Meaning.FATAL

#                        place  amend  cancel query
REFUSED: Final = Shape(_R, _R, _R, _R)
UNKNOWN: Final = Shape(_U, _U, _U, _U)
BACK_OFF: Final = Shape(_B, _B, _B, _B)
FATAL: Final = Shape(_F, _F, _F, _F)
# Too busy to say whether it was taken in: silence, and for a change first the question.
BUSY: Final = Shape(_U, _U, _U, _B)
# The order is not (or no longer) live. It makes no sense as the answer to a placing. To a query
# it is an answer, but no proof: a placing that is under way can still arrive.
GONE: Final = Shape(_U, _R, _A, _R)
# An order with this client id is there already: our own earlier attempt, or a mistake.
DUPLICATE: Final = Shape(_A, _R, _R, _R)
# The venue took this very request in before.
REPEATED: Final = Shape(_A, _A, _A, _R)
# Nothing to change: it is as asked.
UNCHANGED: Final = Shape(_R, _A, _R, _R)
# The order is on its way to another state, and the answer does not say to which.
IN_TRANSIT: Final = Shape(_R, _U, _U, _R)
# About subscriptions and reads; as the answer to a change it cannot be read.
READS_ONLY: Final = Shape(_U, _U, _U, _R)

# HTTP statuses with a meaning of their own. Not listed: 2xx is DONE, 5xx and all others UNKNOWN.
STATUSES: Final[dict[int, Shape]] = {
    400: REFUSED,
    401: FATAL,
    403: BACK_OFF,  # the firewall, for rate or security
    404: FATAL,  # a wrong path
    405: FATAL,
    408: UNKNOWN,  # Binance: no answer from its own backend in time
    409: UNKNOWN,  # Binance: a cancel-and-replace was done by half
    418: BACK_OFF,
    429: BACK_OFF,
    451: FATAL,  # a region
}
STATUS_PAUSES: Final[dict[int, Silence]] = {403: Silence.FORBIDDEN, 418: Silence.BAN, 429: Silence.EVERYTHING}


@dataclass(init=False)
class Answer(Record):
    """What one answer of a venue means for the call that it answers."""

    call: Final[Call]
    status: Final[int | None]  # HTTP; None if there was no answer
    code: Final[int | None]  # the venue's
    meaning: Final[Meaning]
    listed: Final[bool]  # False: the code is in no table, tell the people who keep it
    pause: Final[Silence | None]  # tell the rate limiter
    clock: Final[bool]  # our clock is off: set it against the venue's before anything is sent

    def __init__(
        self,
        call: Call,
        status: int | None,
        code: int | None,
        meaning: Meaning,
        listed: bool,
        pause: Silence | None,
        clock: bool,
    ) -> None:
        self.call = call
        self.status = status
        self.code = code
        self.meaning = meaning
        self.listed = listed
        self.pause = pause
        self.clock = clock

    @property
    def result(self) -> CallResult:
        """What to tell the circuit breaker; what no retry can heal counts as a failure too."""
        if self.meaning is Meaning.DONE:
            return CallResult.SUCCESS
        if self.meaning is Meaning.REFUSED or self.meaning is Meaning.ALREADY_DONE:
            return CallResult.NEUTRAL
        return CallResult.FAILURE

    @property
    def may_repeat(self) -> bool:
        """True if the same call may be sent again, after any silence, without asking first."""
        if self.meaning is Meaning.BACK_OFF:
            return True
        return self.meaning is Meaning.UNKNOWN and not changes(self.call)

    @property
    def must_query(self) -> bool:
        """True if the order's state has to be asked for before it is believed or touched again."""
        open_end = self.meaning is Meaning.UNKNOWN or self.meaning is Meaning.ALREADY_DONE
        return open_end and changes(self.call)


class AnswerTable:
    """The codes of one venue.

    Parameters
    ----------
    venue
        Its name in errors.
    groups
        Shapes with their codes; a code is in exactly one of them.
    texts
        Codes whose text decides: the shape for ``(code, start of the text)``.
    pauses
        How to be silent after a code; not given, a back-off silences everything.
    clock
        Codes that say that our clock is off.
    success
        The code that means no error, if the venue has one.
    """

    def __init__(
        self,
        venue: str,
        groups: tuple[tuple[Shape, tuple[int, ...]], ...],
        *,
        texts: tuple[tuple[int, str, Shape], ...] = (),
        pauses: tuple[tuple[Silence, tuple[int, ...]], ...] = (),
        clock: tuple[int, ...] = (),
        success: int | None = None,
    ) -> None:
        self.venue: Final = venue
        self._success: Final = success
        self._texts: Final = texts
        self._clock: Final = clock
        self._shapes: dict[int, Shape] = {}
        self._pauses: dict[int, Silence] = {}
        for shape, codes in groups:
            for code in codes:
                if code in self._shapes:
                    raise InvariantError(f"{venue}: {code} is in two groups")
                self._shapes[code] = shape
                if shape.place is Meaning.BACK_OFF:
                    self._pauses[code] = Silence.EVERYTHING
        for pause, codes in pauses:
            for code in codes:
                self._pauses[code] = pause
        special = [*[code for _, codes in pauses for code in codes], *clock, *[row[0] for row in texts]]
        for code in special:
            if code not in self._shapes:
                raise InvariantError(f"{venue}: {code} is in no group")

    def codes(self) -> list[int]:
        """Return every code of the table, ascending."""
        return sorted(self._shapes)

    def rows(self) -> list[tuple[int, str, Shape, Silence | None, bool]]:
        """Return ``(code, start of the text, shape, pause, clock)``, texts first, then by size."""
        out = [
            (row[0], row[1], row[2], self._pauses.get(row[0]), row[0] in self._clock) for row in self._texts
        ]
        for code in sorted(self._shapes, key=abs):
            out.append((code, "", self._shapes[code], self._pauses.get(code), code in self._clock))
        return out

    def read(self, call: Call, status: int | None, code: int | None, text: str = "") -> Answer:
        """Return what an answer means for this call; never raises, whatever the venue says.

        Parameters
        ----------
        call
            What was asked.
        status
            The HTTP status; None if no answer came, or none that could be read.
        code
            The venue's code; None if the answer is a success or has none.
        text
            The venue's text for it, where a code says several things.
        """
        if code == self._success:
            code = None
        shape = None if code is None else self._shape(code, text)
        if shape is not None:
            meaning = shape.of(call)
        elif code is None and status is not None and 200 <= status < 300:
            return Answer(call, status, None, Meaning.DONE, True, None, False)
        elif code is None and status is not None:
            meaning = STATUSES.get(status, UNKNOWN).of(call)
        else:
            meaning = Meaning.UNKNOWN
        pause = None if status is None else STATUS_PAUSES.get(status)
        if code is not None and code in self._pauses and pause is not Silence.BAN:
            pause = self._pauses[code]
        if status is not None and status >= 500 and meaning is Meaning.REFUSED:
            meaning = Meaning.UNKNOWN
        clock = code is not None and code in self._clock
        return Answer(call, status, code, meaning, code is None or shape is not None, pause, clock)

    def _shape(self, code: int, text: str) -> Shape | None:
        for row in self._texts:
            if row[0] == code and text.startswith(row[1]):
                return row[2]
        return self._shapes.get(code)
