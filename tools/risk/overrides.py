"""Overrides: a refused order that a named person lets through, once and for a short time."""

from dataclasses import dataclass
from typing import Final

from tools.core.canon import Record
from tools.core.errors import UsageError
from tools.core.events import Side
from tools.core.orders import Intent
from tools.core.snapshots import Snapshot, read_bool, read_int, read_opt, read_parts, read_text


@dataclass(init=False)
class Override(Record):
    """Which order, who lets it through, why, and until when. Raises `UsageError` if unsigned."""

    symbol: Final[str]
    side: Final[Side]
    qty_lots: Final[int]
    price_ticks: Final[int | None]
    approver: Final[str]
    reason: Final[str]
    expires_ns: Final[int]

    def __init__(
        self,
        symbol: str,
        side: Side,
        qty_lots: int,
        price_ticks: int | None,
        approver: str,
        reason: str,
        expires_ns: int,
    ) -> None:
        if not approver.strip() or not reason.strip():
            raise UsageError("an override needs the name of the approver and a reason")
        self.symbol = symbol
        self.side = side
        self.qty_lots = qty_lots
        self.price_ticks = price_ticks
        self.approver = approver
        self.reason = reason
        self.expires_ns = expires_ns

    def covers(self, intent: Intent) -> bool:
        """Return True if this is the order that was let through, in every figure."""
        return (
            self.symbol == intent.symbol
            and self.side is intent.side
            and self.qty_lots == intent.qty_lots
            and self.price_ticks == intent.price_ticks
        )


class Overrides:
    """Overrides that wait for their order."""

    def __init__(self) -> None:
        self.waiting: list[Override] = []

    def grant(self, override: Override, now_ns: int) -> None:
        """Let one order through, once; raise `UsageError` if it has expired already."""
        if override.expires_ns <= now_ns:
            raise UsageError("an override must expire later than now")
        self.waiting.append(override)

    def use(self, intent: Intent, now_ns: int) -> Override | None:
        """Return and use up the override of this order; None if there is none, or none any more."""
        found = self.find(intent, now_ns)
        if found is not None:
            self.waiting.remove(found)
        return found

    def find(self, intent: Intent, now_ns: int) -> Override | None:
        """Return the override of this order; None if there is none, or none any more."""
        self.waiting = [override for override in self.waiting if override.expires_ns > now_ns]
        for override in self.waiting:
            if override.covers(intent):
                return override
        return None

    def snapshot(self) -> Snapshot:
        """Return what waits."""
        return {"waiting": [{**o.to_dict(), "buy": o.side is Side.BUY} for o in self.waiting]}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.waiting = []
        for part in read_parts(saved, "waiting"):
            self.waiting.append(
                Override(
                    read_text(part, "symbol"),
                    Side.BUY if read_bool(part, "buy") else Side.SELL,
                    read_int(part, "qty_lots"),
                    read_opt(part, "price_ticks"),
                    read_text(part, "approver"),
                    read_text(part, "reason"),
                    read_int(part, "expires_ns"),
                )
            )
