"""The updates that came last, each following the one before, and where a snapshot joins them.

An update follows another by the venue's own rule: where it names its predecessor (Binance
USD-M ``pu``) that must be the last id before it; otherwise (Binance spot) it begins one id
later. Rules as documented by the venue: "How to manage a local order book correctly".
"""

from typing import Final

from tools.core.errors import InvariantError
from tools.core.events import Depth, Levels
from tools.core.snapshots import Snapshot, read_int, read_list, read_opt, read_parts, read_text

BEHIND: Final = -1
"""What `Chain.join` returns for a snapshot older than what is kept."""

BEYOND: Final = -2
"""What it returns for a snapshot newer than every update."""


def follows(update: Depth, last_id: int) -> bool:
    """Return whether `update` comes right after the update, or snapshot, with `last_id`."""
    if update.prev_id is not None:
        return update.prev_id == last_id
    return update.first_id == last_id + 1


def _superseded(update: Depth, snapshot_id: int) -> bool:
    """Return whether the snapshot has all of this update, so that it is dropped."""
    if update.prev_id is not None:
        return update.last_id < snapshot_id
    return update.last_id <= snapshot_id


def _joins(update: Depth, snapshot_id: int) -> bool:
    """Return whether this may be the first update after a snapshot."""
    if follows(update, snapshot_id):
        return True
    if update.prev_id is not None:
        return update.first_id <= snapshot_id <= update.last_id
    return update.first_id <= snapshot_id + 1 <= update.last_id


class Chain:
    """At most `max_updates` updates without a hole, oldest first.

    They are kept while the book is LIVE too, because a snapshot is always older than the
    stream by the time it arrives.
    """

    def __init__(self, max_updates: int) -> None:
        self.max_updates: Final = max_updates
        self.last_id: int | None = None
        self.dropped = 0  # updates that fell out at the old end
        self._updates: list[Depth] = []

    def __len__(self) -> int:
        return len(self._updates)

    def clear(self) -> None:
        """Forget every update."""
        self.last_id = None
        self._updates = []

    def add(self, update: Depth) -> None:
        """Keep an update that follows the last one, or begins anew after `clear`."""
        self.last_id = update.last_id
        self._updates.append(update)
        if len(self._updates) > self.max_updates:
            # In blocks, so that a full chain does not move its whole list for each update.
            excess = len(self._updates) - self.max_updates + (self.max_updates >> 2)
            del self._updates[:excess]
            self.dropped += excess

    def join(self, snapshot_id: int) -> int:
        """Return the index of the first update to apply to a snapshot, `BEHIND` or `BEYOND`."""
        for index, update in enumerate(self._updates):
            if not _superseded(update, snapshot_id):
                return index if _joins(update, snapshot_id) else BEHIND
        return BEYOND

    def since(self, index: int) -> list[Depth]:
        """Return the updates from `index` on."""
        return self._updates[index:]

    def snapshot(self) -> Snapshot:
        """Return the whole state."""
        return {
            "dropped": self.dropped,
            "last_id": self.last_id,
            "updates": [saved_depth(update) for update in self._updates],
        }

    def restore(self, state: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.dropped = read_int(state, "dropped")
        self.last_id = read_opt(state, "last_id")
        self._updates = [depth_from(saved) for saved in read_parts(state, "updates")]


def saved_depth(update: Depth) -> Snapshot:
    """Return a depth event with levels as a snapshot holds it."""
    bids: Levels = update.bids if update.bids is not None else ()
    asks: Levels = update.asks if update.asks is not None else ()
    return {
        "asks": [[price_ticks, lots] for price_ticks, lots in asks],
        "bids": [[price_ticks, lots] for price_ticks, lots in bids],
        "exch_ns": update.exch_ns,
        "first_id": update.first_id,
        "last_id": update.last_id,
        "prev_id": update.prev_id,
        "recv_ns": update.recv_ns,
        "symbol": update.symbol,
    }


def depth_from(saved: Snapshot, snapshot: bool = False) -> Depth:
    """Return the event that `saved_depth` was made of."""
    return Depth(
        read_text(saved, "symbol"),
        read_int(saved, "recv_ns"),
        read_opt(saved, "exch_ns"),
        read_int(saved, "first_id"),
        read_int(saved, "last_id"),
        read_opt(saved, "prev_id"),
        _levels(saved, "bids"),
        _levels(saved, "asks"),
        snapshot,
    )


def _levels(saved: Snapshot, key: str) -> Levels:
    out: list[tuple[int, int]] = []
    for item in read_list(saved, key):
        if not isinstance(item, (list, tuple)) or len(item) != 2:
            raise InvariantError(f"snapshot: {key} is no list of levels")
        price_ticks, lots = item[0], item[1]
        if not isinstance(price_ticks, int) or not isinstance(lots, int):
            raise InvariantError(f"snapshot: {key} is no list of levels")
        out.append((price_ticks, lots))
    return tuple(out)
