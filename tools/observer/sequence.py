"""Continuity of ids: what the venue sent and we did not see."""

from typing import Final

from tools.core.snapshots import Snapshot, read_int, read_opt

DUPLICATE: Final = -1
"""What `TradeSequence.check` returns for ids that were seen before."""


ABSURD: Final = -2
"""What it returns for ids so far ahead that they are none of this venue."""

_ABSURD_JUMP: Final = 10**10
REBASE_AFTER: Final = 1_000
"""Messages in a row below an odd id after which that id is given up."""


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
        self.absurd = 0
        self._last_id: int | None = None
        self._behind = 0  # length of a run of ids going up below the last one
        self._behind_id = 0

    def check(self, first_id: int, last_id: int) -> int:
        """Return how many ids are missing before this message, or `DUPLICATE`, or `ABSURD`.

        A range that begins inside what was seen and ends beyond it is counted as an
        overlap and is new.
        """
        previous = self._last_id
        if previous is None:
            self._last_id = last_id
            return 0
        if first_id == previous + 1:
            self._last_id = last_id
            self._behind = 0
            return 0
        if last_id <= previous:
            if not self._rebased(last_id):
                self.duplicates += 1
                return DUPLICATE
            self._last_id = last_id
            return 0
        if first_id - previous > _ABSURD_JUMP:
            self.absurd += 1
            return ABSURD
        self._behind = 0
        self._last_id = last_id
        missing = first_id - previous - 1
        if missing < 0:
            self.overlaps += 1
            return 0
        self.gaps += 1
        self.missing += missing
        return missing

    def _rebased(self, last_id: int) -> bool:
        """Return True if so many ids have gone up below the last one that it was the odd one."""
        self._behind = self._behind + 1 if last_id > self._behind_id else 1
        self._behind_id = last_id
        if self._behind < REBASE_AFTER:
            return False
        self._behind = 0
        return True

    def counters(self) -> dict[str, int]:
        """Return what was odd about the ids."""
        return {
            "trade_gaps": self.gaps,
            "trade_ids_missing": self.missing,
            "trades_absurd": self.absurd,
            "trades_duplicate": self.duplicates,
            "trades_overlapping": self.overlaps,
        }

    def snapshot(self) -> Snapshot:
        """Return the whole state."""
        return {
            "absurd": self.absurd,
            "behind": self._behind,
            "behind_id": self._behind_id,
            "duplicates": self.duplicates,
            "gaps": self.gaps,
            "last_id": self._last_id,
            "missing": self.missing,
            "overlaps": self.overlaps,
        }

    def restore(self, state: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.absurd = read_int(state, "absurd")
        self._behind = read_int(state, "behind")
        self._behind_id = read_int(state, "behind_id")
        self.duplicates = read_int(state, "duplicates")
        self.gaps = read_int(state, "gaps")
        self._last_id = read_opt(state, "last_id")
        self.missing = read_int(state, "missing")
        self.overlaps = read_int(state, "overlaps")
