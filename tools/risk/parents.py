"""Parent orders: what their children have asked for so far.

Knight Capital's router sent more than four million orders for 212 parents, because nothing
held the children against the parent that they were for.
"""

from typing import Final

from tools.core.errors import UsageError
from tools.core.events import Side
from tools.core.snapshots import Snapshot, read_bool, read_int, read_part, read_text


class Parent:
    """One parent order; `asked_lots` counts what its children have filled or could still fill."""

    def __init__(self, symbol: str, side: Side, qty_lots: int) -> None:
        self.symbol: Final = symbol
        self.side: Final = side
        self.qty_lots: Final = qty_lots
        self.asked_lots = 0
        self.children = 0


class ParentBook:
    """Parents by id, and the child orders that are open."""

    def __init__(self) -> None:
        self.by_id: dict[str, Parent] = {}
        self._child: dict[str, tuple[str, int]] = {}  # client id -> (parent id, leaves)

    def open(self, parent_id: str, symbol: str, side: Side, qty_lots: int) -> None:
        """Take in a parent; raise `UsageError` if the id is taken or empty, or without a quantity."""
        if not parent_id or parent_id in self.by_id:
            raise UsageError(f"{parent_id[:40]!r}: this parent id is empty or taken")
        if qty_lots <= 0:
            raise UsageError(f"{parent_id[:40]!r}: a parent needs a positive quantity")
        self.by_id[parent_id] = Parent(symbol, side, qty_lots)

    def close(self, parent_id: str) -> None:
        """Forget a parent: from now on no child of it passes."""
        self.by_id.pop(parent_id, None)

    def sent(self, client_id: str, parent_id: str, qty_lots: int) -> None:
        """Count a child that leaves."""
        parent = self.by_id.get(parent_id)
        if parent is not None:
            parent.children += 1
            parent.asked_lots += qty_lots
            self._child[client_id] = (parent_id, qty_lots)

    def changed(self, client_id: str, fill_lots: int, open_lots: int, closed: bool) -> None:
        """Give back what a child can no longer fill; what it has filled stays counted."""
        found = self._child.get(client_id)
        if found is None:
            return
        parent = self.by_id.get(found[0])
        if parent is not None:
            parent.asked_lots += fill_lots + open_lots - found[1]
        if closed:
            del self._child[client_id]
        else:
            self._child[client_id] = (found[0], open_lots)

    def snapshot(self) -> Snapshot:
        """Return every parent and open child."""
        parents: Snapshot = {}
        for parent_id, parent in self.by_id.items():
            parents[parent_id] = {
                "asked_lots": parent.asked_lots,
                "buy": parent.side is Side.BUY,
                "children": parent.children,
                "qty_lots": parent.qty_lots,
                "symbol": parent.symbol,
            }
        children: Snapshot = {}
        for client_id, (parent_id, lots) in self._child.items():
            children[client_id] = {"lots": lots, "parent_id": parent_id}
        return {"children": children, "parents": parents}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.by_id = {}
        self._child = {}
        parents = read_part(saved, "parents")
        for parent_id in parents:
            part = read_part(parents, parent_id)
            side = Side.BUY if read_bool(part, "buy") else Side.SELL
            parent = Parent(read_text(part, "symbol"), side, read_int(part, "qty_lots"))
            parent.asked_lots = read_int(part, "asked_lots")
            parent.children = read_int(part, "children")
            self.by_id[parent_id] = parent
        children = read_part(saved, "children")
        for client_id in children:
            part = read_part(children, client_id)
            self._child[client_id] = (read_text(part, "parent_id"), read_int(part, "lots"))
