"""Continuity of ids: what the venue sent and we did not see."""

from typing import Final

from tools.core.snapshots import Snapshot, read_int, read_opt

DUPLICATE: Final = -1
"""What `TradeSequence.check` returns for ids that were seen before."""


class TradeSequence:
    """Continuity of trade ids, checked before anything is filtered.

    A message covers ``first_id .. last_id`` (one id for a single trade, a range for an
    aggregate); the next one must begin at ``last_id + 1``.
    """

    def __init__(self) -> None:
        self.gaps = 0
        self.missing = 0
        self.duplicates = 0
        self.overlaps = 0
        self._last_id: int | None = None

    def check(self, first_id: int, last_id: int) -> int:
        """Return how many ids are missing before this message, or `DUPLICATE`.

        A range that begins inside what was seen and ends beyond it is counted as an
        overlap and is new.
        """
        previous = self._last_id
        if previous is None:
            self._last_id = last_id
            return 0
        if first_id == previous + 1:
            self._last_id = last_id
            return 0
        if last_id <= previous:
            self.duplicates += 1
            return DUPLICATE
        self._last_id = last_id
        missing = first_id - previous - 1
        if missing < 0:
            self.overlaps += 1
            return 0
        self.gaps += 1
        self.missing += missing
        return missing

    def snapshot(self) -> Snapshot:
        """Return the whole state."""
        return {
            "duplicates": self.duplicates,
            "gaps": self.gaps,
            "last_id": self._last_id,
            "missing": self.missing,
            "overlaps": self.overlaps,
        }

    def restore(self, state: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.duplicates = read_int(state, "duplicates")
        self.gaps = read_int(state, "gaps")
        self._last_id = read_opt(state, "last_id")
        self.missing = read_int(state, "missing")
        self.overlaps = read_int(state, "overlaps")
