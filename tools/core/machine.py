"""State machines as literal row tables ``(state, event, next, reason)``.

A table is complete: every pair of a state and an event is a row or is listed as illegal.
`Table` checks that when it is made, and the pages of the documentation are generated from
the same rows.
"""

from typing import Final

from tools.core.errors import InvariantError, UsageError

Row = tuple[str, str, str, str]


class Table:
    """A complete transition table over text states and events.

    Parameters
    ----------
    name
        What the machine is called in errors and in the documentation.
    rows
        ``(state, event, next, reason)``, one for each legal pair.
    illegal
        The pairs ``(state, event)`` that mean a mistake of the caller.
    """

    def __init__(self, name: str, rows: tuple[Row, ...], illegal: tuple[tuple[str, str], ...] = ()) -> None:
        self.name: Final = name
        self.rows: Final = rows
        self.illegal: Final = illegal
        self._next: dict[tuple[str, str], Row] = {}
        states: dict[str, None] = {}
        events: dict[str, None] = {}
        for row in rows:
            pair = (row[0], row[1])
            if pair in self._next:
                raise InvariantError(f"{name}: two rows for {pair}")
            self._next[pair] = row
            states[row[0]] = None
            states[row[2]] = None
            events[row[1]] = None
        self.states: Final = tuple(states)
        self.events: Final = tuple(events)
        for state in self.states:
            for event in self.events:
                pair = (state, event)
                if (pair in self._next) == (pair in illegal):
                    raise InvariantError(f"{name}: {pair} must be either a row or illegal")

    def step(self, state: str, event: str) -> Row:
        """Return the row for this pair; raise `UsageError` if it is illegal or unknown."""
        row = self._next.get((state, event))
        if row is None:
            raise UsageError(f"{self.name}: {event} is not possible in {state}")
        return row
