"""Our books against the venue's: compared, never corrected.

Trading is not allowed until they have agreed once. Reports that are still under way make them
differ for a moment; what differs in the same way at as many comparisons in a row as
`confirmations` asks for is a mismatch, and freezes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.canon import Record
from tools.core.orders import OpenOrder
from tools.core.snapshots import Snapshot, read_int, read_part
from tools.core.units import E8, UBPS_ONE, format_scaled

NOTHING: Final[dict[str, int]] = {}  # of what one side does not tell
ROUNDING_E8: Final = 2 * E8  # ticks of an average that rounding may come to
LOOK_AGAIN_NS: Final = 1_000_000_000  # time from a difference to the next look at it


class MismatchReason(StrEnum):
    """How our books and the venue's differ."""

    POSITION = "POSITION"  # another position
    ORDER_MISSING = "ORDER_MISSING"  # an order that we believe rests does not rest at the venue
    ORDER_UNKNOWN = "ORDER_UNKNOWN"  # an order rests at the venue that we do not know
    ORDER_QUANTITY = "ORDER_QUANTITY"  # another quantity remains
    ENTRY_PRICE = "ENTRY_PRICE"  # the same position, but entered at another average price


@dataclass(init=False)
class Mismatch(Record):
    """One difference, in lots; None where one of the two has nothing.

    The entries are average entry prices in 1e-8 ticks, where those differ.
    """

    reason: Final[MismatchReason]
    symbol: Final[str]
    client_id: Final[str]
    own_lots: Final[int | None]
    venue_lots: Final[int | None]
    own_entry_e8: Final[int | None]
    venue_entry_e8: Final[int | None]

    def __init__(
        self,
        reason: MismatchReason,
        symbol: str,
        client_id: str,
        own_lots: int | None,
        venue_lots: int | None,
        own_entry_e8: int | None = None,
        venue_entry_e8: int | None = None,
    ) -> None:
        self.reason = reason
        self.symbol = symbol
        self.client_id = client_id
        self.own_lots = own_lots
        self.venue_lots = venue_lots
        self.own_entry_e8 = own_entry_e8
        self.venue_entry_e8 = venue_entry_e8

    def key(self) -> str:
        """Return what two looks at the same difference agree in.

        All of it, but for entry prices: every fill moves both averages, and they differ all the same.
        """
        if self.reason is MismatchReason.ENTRY_PRICE:
            return f"{self.reason.value} {self.symbol}"
        return self.to_json()

    def text(self) -> str:
        """Return the difference in words."""
        if self.reason is MismatchReason.ENTRY_PRICE:
            own, there = _ticks(self.own_entry_e8), _ticks(self.venue_entry_e8)
            return f"{self.reason.value} {self.symbol[:40]}: ours {own}, the venue's {there}"
        order = f" order {self.client_id[:40]}" if self.client_id else ""
        return (
            f"{self.reason.value} {self.symbol[:40]}{order}: "
            f"ours {_lots(self.own_lots)}, the venue's {_lots(self.venue_lots)}"
        )


def _lots(lots: int | None) -> str:
    return "nothing" if lots is None else f"{lots} lots"


def compare(
    own_positions: Mapping[str, int],
    venue_positions: Mapping[str, int | None],
    own_orders: Mapping[str, tuple[str, int, bool]],
    venue_orders: list[OpenOrder],
) -> tuple[Mismatch, ...]:
    """Return every difference, in order of symbol and client id.

    Parameters
    ----------
    own_positions, venue_positions
        Lots by symbol; a symbol that is missing holds 0. None is a quantity that no lots make.
    own_orders
        ``(symbol, leaves, settled)`` by client id; an order that is not settled (nobody has
        answered yet, or its cancel is under way) may or may not rest at the venue.
    venue_orders
        What rests there.
    """
    out: list[Mismatch] = []
    for symbol in sorted({**own_positions, **venue_positions}):
        own = own_positions.get(symbol, 0)
        there = venue_positions.get(symbol, 0)
        if own != there:
            out.append(Mismatch(MismatchReason.POSITION, symbol, "", own, there))
    resting: dict[str, OpenOrder] = {}
    for order in venue_orders:
        resting[order.client_id] = order
    for client_id in sorted({**own_orders, **resting}):
        known = own_orders.get(client_id)
        found = resting.get(client_id)
        if known is None:
            assert found is not None
            out.append(
                Mismatch(MismatchReason.ORDER_UNKNOWN, found.symbol, client_id, None, found.leaves_lots)
            )
        elif found is None:
            if known[2]:
                out.append(Mismatch(MismatchReason.ORDER_MISSING, known[0], client_id, known[1], None))
        elif known[2] and known[1] != found.leaves_lots:
            out.append(
                Mismatch(MismatchReason.ORDER_QUANTITY, known[0], client_id, known[1], found.leaves_lots)
            )
    return tuple(out)


def _ticks(ticks_e8: int | None) -> str:
    return "no price" if ticks_e8 is None else f"{format_scaled(ticks_e8, 8)} ticks"


def compare_entries(
    own_positions: Mapping[str, int],
    venue_positions: Mapping[str, int | None],
    own_entries: Mapping[str, int],
    venue_entries: Mapping[str, int | None],
    tolerance_ubps: int,
) -> tuple[Mismatch, ...]:
    """Return every position on which both agree, but not on its average entry price.

    Entries are in 1e-8 ticks; one that is told by one side alone is not compared, and None is a
    price that cannot be read. Equality of distance and tolerance passes, and so do two ticks: each
    fill that reduces rounds our cost by up to half a tick x lot, which the lots that are left share.
    """
    out: list[Mismatch] = []
    for symbol in sorted(own_entries):
        lots = own_positions.get(symbol, 0)
        if symbol not in venue_entries or lots == 0 or venue_positions.get(symbol, 0) != lots:
            continue
        own, there = own_entries[symbol], venue_entries[symbol]
        if there is None or (
            abs(own - there) > ROUNDING_E8 and abs(own - there) * UBPS_ONE > tolerance_ubps * own
        ):
            out.append(Mismatch(MismatchReason.ENTRY_PRICE, symbol, "", lots, lots, own, there))
    return tuple(out)


class Reconciler:
    """Whether the books agree, and since when they have not.

    Parameters
    ----------
    required
        False where there is nobody to compare with: then it agrees from the start.
    confirmations
        How many comparisons in a row must show the same difference.
    every_ns
        Time from one comparison to the next; a difference is looked at again after a second.
    """

    def __init__(self, required: bool, confirmations: int, every_ns: int) -> None:
        self.required: Final = required
        self._confirmations: Final = confirmations
        self._every_ns: Final = every_ns
        self.agreed = not required
        self._seen: dict[str, int] = {}  # key of the difference -> comparisons in a row
        self._next_ns: int | None = None
        self.compared = 0

    def due(self, now_ns: int) -> bool:
        """Return True if the books should be compared now."""
        return self.required and (self._next_ns is None or now_ns >= self._next_ns)

    def demand(self) -> None:
        """Believe nothing until the books have agreed again, and compare at once."""
        if self.required:
            self.agreed = False
            self._next_ns = None

    def look_now(self) -> None:
        """Compare at the next occasion; what agreed is still believed."""
        self._next_ns = None

    def failed(self, now_ns: int) -> None:
        """Note that the venue could not be asked: what agreed is not believed any more."""
        self.agreed = not self.required
        self._next_ns = now_ns + LOOK_AGAIN_NS

    def step(self, mismatches: tuple[Mismatch, ...], now_ns: int) -> tuple[Mismatch, ...]:
        """Take a comparison; return the differences that are confirmed by it, or nothing."""
        self.compared += 1
        seen: dict[str, int] = {}
        confirmed: list[Mismatch] = []
        for mismatch in mismatches:
            key = mismatch.key()
            seen[key] = self._seen.get(key, 0) + 1
            if seen[key] >= self._confirmations:
                confirmed.append(mismatch)
        self._seen = seen
        if not mismatches:
            self.agreed = True
            self._next_ns = now_ns + self._every_ns
            return ()
        self._next_ns = now_ns + LOOK_AGAIN_NS
        if confirmed:
            self.agreed = False
        return tuple(confirmed)

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        return {"agreed": self.agreed, "compared": self.compared, "seen": dict(self._seen)}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned; what agreed before a stop must agree again."""
        self.agreed = not self.required
        self.compared = read_int(saved, "compared")
        seen = read_part(saved, "seen")
        self._seen = {key: read_int(seen, key) for key in seen}
        self._next_ns = None
