"""The slow path of the order book by level: dictionaries, walked whole for every record.

It shares nothing with `tools.core.l2`: no ladder, no running sums, no state. Whether the book may
be read is the observer's verdict, as it is the observer that holds it against quotes and prints;
what such a book says is worked out anew from the last snapshot that an update joins.
"""

from typing import Final

from tools.core.events import Depth
from tools.lab.reference import Tape
from tools.observer.gauge import Figure

_BPS: Final = 10_000
_DISTANCES_BPS: Final = (1, 5, 10)


def _continues(update: Depth, last_id: int) -> bool:
    """Return whether an update is the one after an id: by its predecessor, or else by its first id."""
    if update.prev_id is None:
        return update.first_id - last_id == 1
    return update.prev_id == last_id


def _held(update: Depth, snapshot: Depth) -> bool:
    """Return whether a snapshot has all of an update: of spot its id too, of USD-M the ids below it."""
    return update.last_id < snapshot.last_id + (update.prev_id is None)


class SlowLevels:
    """The money within 1, 5 and 10 bps of the book's mid."""

    def __init__(self) -> None:
        self._read = 0
        self._run: list[Depth] = []  # updates since the last hole, each continuing the one before
        self._snapshots: list[Depth] = []
        self._base: Depth | None = None  # the snapshot that the dictionaries come from
        self._applied = 0  # updates of the run in them
        self._bids: dict[int, int] = {}
        self._asks: dict[int, int] = {}

    def __call__(self, tape: Tape) -> dict[str, Figure]:
        """Return the six figures; None where the book may not be read or does not reach so far."""
        for event in tape.depths[self._read :]:
            self._take(event)
        self._read = len(tape.depths)
        names = [f"{side}_{bps}bps_htl" for bps in _DISTANCES_BPS for side in ("bid", "ask")]
        if tape.book_state != "LIVE" or not self._rebuilt():
            return dict.fromkeys(names)
        base = self._base
        assert base is not None and base.bids is not None and base.asks is not None
        mid_ht = max(self._bids) + min(self._asks)
        lowest, highest = min(base.bids)[0], max(base.asks)[0]
        out: dict[str, Figure] = {}
        for bps in _DISTANCES_BPS:
            # A price p is within if |2 p - mid| 10,000 <= bps mid; the last such price must be known.
            low = -(-mid_ht * (_BPS - bps) // (2 * _BPS))
            high = mid_ht * (_BPS + bps) // (2 * _BPS)
            bid_htl = sum(2 * p * q for p, q in self._bids.items() if (mid_ht - 2 * p) * _BPS <= bps * mid_ht)
            ask_htl = sum(2 * p * q for p, q in self._asks.items() if (2 * p - mid_ht) * _BPS <= bps * mid_ht)
            out[f"bid_{bps}bps_htl"] = bid_htl if low >= lowest else None
            out[f"ask_{bps}bps_htl"] = ask_htl if high <= highest else None
        return out

    def _take(self, event: Depth | None) -> None:
        if event is None:  # the connection was lost or came back
            self._run, self._snapshots, self._base = [], [], None
        elif event.bids is None or event.asks is None:
            pass  # a feed that reads no levels
        elif event.snapshot:
            # One that is older than one that still waits for its update is of no use.
            if not (
                self._snapshots
                and self._waits(self._snapshots[-1])
                and event.last_id < self._snapshots[-1].last_id
            ):
                self._snapshots.append(event)
        elif not self._run or _continues(event, self._run[-1].last_id):
            self._run.append(event)
        elif event.last_id > self._run[-1].last_id:
            self._run, self._base = [event], None

    def _rebuilt(self) -> bool:
        """Bring the dictionaries up to the last update; return False if no snapshot joins the run."""
        for snapshot in reversed(self._snapshots):
            first = self._first_after(snapshot)
            if first is not None:
                break
        else:
            return False
        assert snapshot.bids is not None and snapshot.asks is not None
        if self._base is not snapshot:
            self._base = snapshot
            self._bids, self._asks = dict(snapshot.bids), dict(snapshot.asks)
            self._applied = first
        lowest, highest = min(snapshot.bids)[0], max(snapshot.asks)[0]
        for update in self._run[self._applied :]:
            for price, lots in update.bids or ():
                if price >= lowest:
                    self._bids[price] = lots
            for price, lots in update.asks or ():
                if price <= highest:
                    self._asks[price] = lots
        self._applied = len(self._run)
        self._bids = {price: lots for price, lots in self._bids.items() if lots > 0}
        self._asks = {price: lots for price, lots in self._asks.items() if lots > 0}
        return bool(self._bids and self._asks)

    def _waits(self, snapshot: Depth) -> bool:
        """Return whether no update has come that a snapshot does not hold already."""
        return not self._run or _held(self._run[-1], snapshot)

    def _first_after(self, snapshot: Depth) -> int | None:
        """Return where the run goes on from a snapshot, by the venue's documented rule; None if nowhere.

        Of USD-M the first update has ``U <= id <= u`` or continues the id, of spot ``U <= id + 1 <= u``.
        """
        for at, update in enumerate(self._run):
            if _held(update, snapshot):
                continue
            wanted = snapshot.last_id + (update.prev_id is None)
            inside = update.first_id <= wanted <= update.last_id
            return at if inside or _continues(update, snapshot.last_id) else None
        return None
