"""An order book by price level, kept exact from a snapshot and the updates after it."""

from dataclasses import dataclass
from typing import Final

from tools.core.errors import ConfigError
from tools.core.events import Depth, Levels, Quote, Side, Trade
from tools.core.l2.agreement import Agreement
from tools.core.l2.chain import BEHIND, BEYOND, Chain, depth_from, follows, saved_depth
from tools.core.l2.states import (
    AHEAD,
    BOOK_TABLE,
    FAULT,
    HOLE,
    JOINED,
    LOST,
    OLD,
    STALE,
    UPDATE,
    BookState,
    FaultReason,
)
from tools.core.l2.view import BookView, Change, changes_from, saved_changes
from tools.core.snapshots import (
    Snapshot,
    read_int,
    read_opt,
    read_part,
    read_text,
)

_COUNTS: Final = (
    "applied", "contradicted", "crossed", "exhausted", "gaps", "kept", "locked", "lost", "old",
    "rounded", "snapshots_joined", "snapshots_stale", "unread",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class BookConfig:
    """Bounds of one book.

    Parameters
    ----------
    max_levels
        Levels kept on each side; beyond them the worst are forgotten and the horizon moves in.
    max_updates
        Updates kept for a snapshot that comes late.
    max_contradictions
        Contradictions in a row after which the book is given up.
    """

    max_levels: int = 10_000
    max_updates: int = 2_000
    max_contradictions: int = 3

    def __post_init__(self) -> None:
        if min(self.max_levels, self.max_updates, self.max_contradictions) < 1:
            raise ConfigError("book: every bound must be at least 1")


class L2Book(BookView):
    """The order book of one instrument: `BookState` says whether it may be read.

    Give it every depth event by `on_depth`; quotes and trades too where the feed has them,
    and it holds itself against them. What it answers is in `BookView`.

    Attributes
    ----------
    fault
        Why it was last given up, or None.
    agreement
        How it compares with the quotes and the prints.

    Examples
    --------
    >>> book = L2Book()
    >>> book.on_depth(Depth("demo:X", 1, 1, 7, 7, None, ((99, 5), (98, 2)), ((101, 4),), True))
    False
    >>> book.best(Side.BUY) is None  # no update has joined the snapshot yet
    True
    >>> book.on_depth(Depth("demo:X", 2, 2, 8, 8, None, ((99, 0),), ((100, 3),)))
    True
    >>> book.best(Side.BUY), book.best(Side.SELL), book.lots_through(Side.SELL, 101)
    ((98, 2), (100, 3), 7)
    """

    def __init__(self, config: BookConfig | None = None) -> None:
        settings = BookConfig() if config is None else config
        super().__init__(settings.max_levels)
        self.config: Final = settings
        self.fault: FaultReason | None = None
        self.agreement: Final = Agreement()
        self._chain: Final = Chain(self.config.max_updates)
        self._pending: Depth | None = None  # a snapshot that waits for the update that joins it
        self._counts: Final[dict[str, int]] = dict.fromkeys(_COUNTS, 0)

    # --- what comes in ----------------------------------------------------------------------

    def on_depth(self, event: Depth) -> bool:
        """Take in an update or a snapshot; return True if the book may be read afterwards."""
        self.changes = []
        self._counts["rounded"] += event.rounded_count
        if event.bids is None or event.asks is None:
            self._counts["unread"] += 1
        elif event.snapshot:
            self._snapshot(event)
        else:
            self._update(event, event.bids, event.asks)
        return self.state is BookState.LIVE

    def on_quote(self, quote: Quote) -> None:
        """Hold the book against a quote of the same instrument."""
        self.agreement.on_quote(quote)
        self._judge()

    def on_trade(self, trade: Trade) -> None:
        """Hold the book against a print of the same instrument."""
        if self.state is BookState.LIVE:
            self.agreement.on_trade(trade)

    def lost(self) -> None:
        """Forget everything: the connection was lost, and what was missed will never be told."""
        self._counts["lost"] += 1
        self._step(LOST)
        self._chain.clear()
        self._pending = None
        self.last_id = None
        self.exch_ns = None
        self._bids.clear()
        self._asks.clear()
        self.agreement.clear()
        self.changes = []

    def _step(self, event: str) -> None:
        self.state = BookState(BOOK_TABLE.step(self.state.value, event)[2])

    def _update(self, update: Depth, bids: Levels, asks: Levels) -> None:
        chain = self._chain
        last_id = chain.last_id
        if last_id is None or follows(update, last_id):
            self._step(UPDATE)
        elif update.last_id <= last_id:
            self._counts["old"] += 1
            self._step(OLD)
            return
        else:
            self._counts["gaps"] += 1
            self._step(HOLE)
            chain.clear()
        chain.add(update)
        if self.state is BookState.LIVE:
            self._apply(update, bids, asks)
        else:
            self._counts["kept"] += 1
        if self._pending is not None:
            self._join(self._pending, False)

    def _snapshot(self, snapshot: Depth) -> None:
        pending = self._pending
        if pending is not None and snapshot.last_id < pending.last_id:
            self._counts["snapshots_stale"] += 1
            self._step(OLD)
            return
        self._pending = snapshot
        self._join(snapshot, True)

    def _join(self, snapshot: Depth, fresh: bool) -> None:
        """Build the book from a snapshot and the kept updates, if they fit together."""
        first = self._chain.join(snapshot.last_id)
        if first == BEYOND:
            if fresh or self.state is BookState.GAP or self.state is BookState.BROKEN:
                self._step(AHEAD)
            return
        self._pending = None
        if first == BEHIND or snapshot.bids is None or snapshot.asks is None:
            self._counts["snapshots_stale"] += 1
            self._step(STALE)
            return
        self._counts["snapshots_joined"] += 1
        self._step(JOINED)
        self.epoch += 1
        self.fault = None
        self._bids.load(snapshot.bids)
        self._asks.load(snapshot.asks)
        self.agreement.restart()
        for update in self._chain.since(first):
            if update.bids is not None and update.asks is not None and self.state is BookState.LIVE:
                self._apply(update, update.bids, update.asks)
        self.changes = []

    def _apply(self, update: Depth, bids: Levels, asks: Levels) -> None:
        self._counts["applied"] += 1
        changes: list[Change] = []
        for price_ticks, lots in bids:
            before_lots = self._bids.put(price_ticks, lots)
            if before_lots is not None and before_lots != lots:
                changes.append((Side.BUY, price_ticks, before_lots, lots))
        for price_ticks, lots in asks:
            before_lots = self._asks.put(price_ticks, lots)
            if before_lots is not None and before_lots != lots:
                changes.append((Side.SELL, price_ticks, before_lots, lots))
        self.changes = changes
        before_ns = self.exch_ns
        self.last_id = update.last_id
        self.exch_ns = update.exch_ns
        bid = self._bids.best_ticks
        ask = self._asks.best_ticks
        bid_lots = self._bids.best_lots
        ask_lots = self._asks.best_lots
        if bid is None or ask is None or bid_lots is None or ask_lots is None:
            self._give_up(FaultReason.EXHAUSTED, "exhausted")
        elif bid >= ask:
            if bid > ask:
                self._give_up(FaultReason.CROSSED, "crossed")
            else:
                self._give_up(FaultReason.LOCKED, "locked")
        else:
            # spot updates tell when they were sent, not when the market was so
            if before_ns is not None and update.exch_ns is not None and update.prev_id is not None:
                self._hold_against_prints(before_ns, update.exch_ns, bid, ask)
            self.agreement.on_top(update.last_id, (bid, bid_lots, ask, ask_lots))
            self._judge()

    def _hold_against_prints(self, after_ns: int, before_ns: int, bid: int, ask: int) -> None:
        low, high = self.agreement.through(after_ns, before_ns)
        if low and bid > low and self.change_at(Side.BUY, bid) is None:
            self.agreement.untouched()
        if high > ask and self.change_at(Side.SELL, ask) is None:
            self.agreement.untouched()

    def _judge(self) -> None:
        if self.state is BookState.LIVE and self.agreement.run >= self.config.max_contradictions:
            self._give_up(FaultReason.CONTRADICTED, "contradicted")

    def _give_up(self, reason: FaultReason, count: str) -> None:
        self._counts[count] += 1
        self.fault = reason
        self._step(FAULT)
        self.agreement.restart()

    def counters(self) -> dict[str, int]:
        """Return what came in and what became of it.

        ``gaps``, ``lost``, ``crossed``, ``locked``, ``exhausted`` and ``contradicted`` count the
        ends of a book; the figures of `Agreement` stand beside them as ``quotes_...``.
        """
        return {
            **self._counts,
            "levels": len(self._bids) + len(self._asks),
            "levels_forgotten": self._bids.forgotten + self._asks.forgotten,
            "quotes_agreed": self.agreement.agreed,
            "quotes_contradicted": self.agreement.contradicted,
            "quotes_unchecked": self.agreement.unchecked,
            "stale_levels": self.agreement.stale_levels,
            "traded_through": self.agreement.traded_through,
            "updates_dropped": self._chain.dropped,
        }

    def snapshot(self) -> Snapshot:
        """Return the whole state; `restore` of it leads to the same future."""
        counts: Snapshot = {}
        for name, count in self._counts.items():
            counts[name] = count
        return {
            "agreement": self.agreement.snapshot(),
            "asks": self._asks.snapshot(),
            "bids": self._bids.snapshot(),
            "chain": self._chain.snapshot(),
            "changes": saved_changes(self.changes),
            "counts": counts,
            "epoch": self.epoch,
            "exch_ns": self.exch_ns,
            "fault": None if self.fault is None else self.fault.value,
            "last_id": self.last_id,
            "pending": None if self._pending is None else saved_depth(self._pending),
            "state": self.state.value,
        }

    def restore(self, state: Snapshot) -> None:
        """Take over what `snapshot` of a book with the same configuration returned."""
        self.agreement.restore(read_part(state, "agreement"))
        self._asks.restore(read_part(state, "asks"))
        self._bids.restore(read_part(state, "bids"))
        self._chain.restore(read_part(state, "chain"))
        self.changes = changes_from(state)
        counts = read_part(state, "counts")
        for name in self._counts:
            self._counts[name] = read_int(counts, name)
        self.epoch = read_int(state, "epoch")
        self.exch_ns = read_opt(state, "exch_ns")
        self.fault = None if state["fault"] is None else FaultReason(read_text(state, "fault"))
        self.last_id = read_opt(state, "last_id")
        self._pending = None
        if state["pending"] is not None:
            self._pending = depth_from(read_part(state, "pending"), True)
        self.state = BookState(read_text(state, "state"))
