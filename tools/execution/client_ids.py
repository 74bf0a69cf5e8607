"""Client order ids: P0.1's inside, and what a venue is given.

Inside a run an order is ``CLI00000001``. A venue needs ids that no other run has used: the
run's own id goes in front, ``<run>-CLI00000001``. The run id is an input of the run and
never drawn, so that a replay gives the same ids.
"""

import re
from typing import Final

from tools.core.errors import UsageError

VENUE_ID_MAX: Final = 36  # the shortest bound among the venues: Binance, Bybit
_PREFIX: Final = "CLI"
_RUN_ID: Final = re.compile(r"[A-Za-z0-9_-]+\Z")
_RUN_ID_MAX: Final = 20  # leaves room for twelve digits


def check_run_id(run_id: str) -> str:
    """Return the run id; raise `UsageError` if a venue's ids could not be made with it."""
    if len(run_id) > _RUN_ID_MAX or _RUN_ID.match(run_id) is None:
        shown = repr(run_id[:40])
        raise UsageError(f"run id {shown}: 1 to {_RUN_ID_MAX} of A-Z a-z 0-9 _ - are needed")
    return run_id


class ClientIds:
    """Gives out the ids of one run, each once.

    Parameters
    ----------
    run_id
        Of the run; empty where no venue needs ids.
    """

    def __init__(self, run_id: str = "") -> None:
        self.run_id: Final = check_run_id(run_id) if run_id else ""
        self.given = 0

    def next(self) -> str:
        """Return the next id: CLI00000001, CLI00000002, ..."""
        self.given += 1
        return f"{_PREFIX}{self.given:08d}"

    def for_venue(self, client_id: str) -> str:
        """Return the id that a venue is given.

        Raises `UsageError` without a run id, if it is too long, or if it could not be told
        from an id of another run: the last ``-`` is where the run's own id ends.
        """
        if not self.run_id:
            raise UsageError("a venue needs ids that no other run has: give the run an id")
        made = f"{self.run_id}-{client_id}"
        if len(made) > VENUE_ID_MAX or _RUN_ID.match(made) is None or "-" in client_id:
            raise UsageError(f"{made[:60]!r} is no id for a venue: at most {VENUE_ID_MAX} of A-Z a-z 0-9 _")
        return made

    def from_venue(self, venue_id: str) -> str | None:
        """Return our id of an order that a venue names; None if it is not of this run."""
        run, _, client_id = venue_id.rpartition("-")
        return client_id if self.run_id and run == self.run_id and client_id else None
